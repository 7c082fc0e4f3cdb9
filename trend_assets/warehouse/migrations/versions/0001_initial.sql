CREATE SCHEMA IF NOT EXISTS "capture";

CREATE SCHEMA IF NOT EXISTS "source";

CREATE SCHEMA IF NOT EXISTS "trends";

CREATE SCHEMA IF NOT EXISTS "comets";

CREATE SCHEMA IF NOT EXISTS "velocity";

CREATE SCHEMA IF NOT EXISTS "ops";

CREATE SCHEMA IF NOT EXISTS "competitors";

CREATE SCHEMA IF NOT EXISTS "media";

CREATE SCHEMA IF NOT EXISTS "api";

CREATE SCHEMA IF NOT EXISTS "feed";

CREATE SCHEMA IF NOT EXISTS "imports";

CREATE SEQUENCE IF NOT EXISTS ops.fencing_token AS bigint;

CREATE TABLE IF NOT EXISTS "capture"."answers" (
    "capture_id" text NOT NULL,
    "observed_date" date NOT NULL,
    "source" text NOT NULL,
    "provider" text NOT NULL,
    "request_key" text NOT NULL,
    "request" jsonb NOT NULL,
    "collection_id" text NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "fetched_at" timestamptz NOT NULL,
    "status" integer NOT NULL,
    "outcome" text NOT NULL,
    "note" text,
    "body" bytea NOT NULL,
    "body_bytes" bigint NOT NULL,
    "body_sha256" text NOT NULL,
    "cost_usd" numeric(14,6) NOT NULL,
    "units" integer NOT NULL,
    "external_run_id" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "answers_pkey" PRIMARY KEY ("capture_id"),
    CONSTRAINT "answers_body_bytes_check" CHECK ("body_bytes" >= 0),
    CONSTRAINT "answers_cost_usd_check" CHECK ("cost_usd" >= 0),
    CONSTRAINT "answers_units_check" CHECK ("units" >= 0)
);
CREATE INDEX IF NOT EXISTS "answers_observed_date_source_request_key_idx" ON "capture"."answers" ("observed_date", "source", "request_key");
CREATE INDEX IF NOT EXISTS "answers_source_fetched_at_idx" ON "capture"."answers" ("source", "fetched_at");
COMMENT ON TABLE "capture"."answers" IS 'One row per call to a provider that was answered. Verbatim bodies (zstd) with redacted request, status, time, hash, items and price. Also the cache.';
COMMENT ON COLUMN "capture"."answers"."capture_id" IS 'Id of the capture (UUIDv4).';
COMMENT ON COLUMN "capture"."answers"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "capture"."answers"."source" IS 'The source that asked.';
COMMENT ON COLUMN "capture"."answers"."provider" IS 'The API behind it.';
COMMENT ON COLUMN "capture"."answers"."request_key" IS 'sha256 of the canonical request.';
COMMENT ON COLUMN "capture"."answers"."request" IS 'The request without secrets.';
COMMENT ON COLUMN "capture"."answers"."collection_id" IS 'The collection it belongs to (root run id, or the CLI''s own).';
COMMENT ON COLUMN "capture"."answers"."collected_at" IS 'Start of that collection.';
COMMENT ON COLUMN "capture"."answers"."fetched_at" IS 'When the answer arrived.';
COMMENT ON COLUMN "capture"."answers"."status" IS 'HTTP status.';
COMMENT ON COLUMN "capture"."answers"."outcome" IS 'ok, partial or failed; only ok and partial are replayed.';
COMMENT ON COLUMN "capture"."answers"."note" IS 'What was odd about it, in a sentence.';
COMMENT ON COLUMN "capture"."answers"."body" IS 'The verbatim body, zstd-compressed.';
COMMENT ON COLUMN "capture"."answers"."body_bytes" IS 'Size of the verbatim body. Unit: bytes.';
COMMENT ON COLUMN "capture"."answers"."body_sha256" IS 'sha256 of the verbatim body.';
COMMENT ON COLUMN "capture"."answers"."cost_usd" IS 'What it really cost. Unit: USD.';
COMMENT ON COLUMN "capture"."answers"."units" IS 'Quota units it used. Unit: units.';
COMMENT ON COLUMN "capture"."answers"."external_run_id" IS 'The provider''s run id (Apify).';
COMMENT ON COLUMN "capture"."answers"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "source"."trending_keywords" (
    "observed_date" date NOT NULL,
    "keyword" text NOT NULL,
    "rank" integer NOT NULL,
    "word_type" text,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "trending_keywords_pkey" PRIMARY KEY ("observed_date", "collected_at", "keyword"),
    CONSTRAINT "trending_keywords_rank_check" CHECK ("rank" >= 1)
);
COMMENT ON TABLE "source"."trending_keywords" IS 'One row per day, collection and trending search keyword. TikTok''s trending search words, as TikHub lists them (SPEC C1).';
COMMENT ON COLUMN "source"."trending_keywords"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."trending_keywords"."keyword" IS 'The keyword, white space folded.';
COMMENT ON COLUMN "source"."trending_keywords"."rank" IS 'Place in the list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."trending_keywords"."word_type" IS 'The provider''s type mark; its meaning is not documented.';
COMMENT ON COLUMN "source"."trending_keywords"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."trending_keywords"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."trending_keywords"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."trending_keywords"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."comet_videos" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "creator_sec_uid" text,
    "creator_hearts" bigint,
    "creator_videos" bigint,
    "creator_avatar_url" text,
    "creator_signature" text,
    "region" text,
    "cover_urls" text[],
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "comet_videos_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "comet_videos_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "comet_videos_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "comet_videos_views_check" CHECK ("views" >= 0),
    CONSTRAINT "comet_videos_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "comet_videos_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "comet_videos_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "comet_videos_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "comet_videos_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "comet_videos_list_rank_check" CHECK ("list_rank" >= 1),
    CONSTRAINT "comet_videos_creator_hearts_check" CHECK ("creator_hearts" >= 0),
    CONSTRAINT "comet_videos_creator_videos_check" CHECK ("creator_videos" >= 0)
);
COMMENT ON TABLE "source"."comet_videos" IS 'One row per day, collection, keyword and TikTok video. TikTok videos found by searching the day''s trending keywords (SPEC C2); list_name is the keyword.';
COMMENT ON COLUMN "source"."comet_videos"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."comet_videos"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."comet_videos"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."comet_videos"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."comet_videos"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."comet_videos"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."comet_videos"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."comet_videos"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."comet_videos"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."comet_videos"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."comet_videos"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."comet_videos"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."comet_videos"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."comet_videos"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."comet_videos"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."comet_videos"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."comet_videos"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."comet_videos"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."comet_videos"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."comet_videos"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."comet_videos"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."comet_videos"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."comet_videos"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."comet_videos"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."comet_videos"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."comet_videos"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."comet_videos"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."comet_videos"."creator_sec_uid" IS 'TikTok''s second stable id of the creator.';
COMMENT ON COLUMN "source"."comet_videos"."creator_hearts" IS 'Hearts of the creator; search answers do not carry it (NULL). Unit: likes.';
COMMENT ON COLUMN "source"."comet_videos"."creator_videos" IS 'Videos of the creator; search answers do not carry it (NULL). Unit: videos.';
COMMENT ON COLUMN "source"."comet_videos"."creator_avatar_url" IS 'Address of the creator''s avatar.';
COMMENT ON COLUMN "source"."comet_videos"."creator_signature" IS 'The creator''s bio, where the answer has one.';
COMMENT ON COLUMN "source"."comet_videos"."region" IS 'Upload region.';
COMMENT ON COLUMN "source"."comet_videos"."cover_urls" IS 'All addresses of the covers, best decodable format first.';
COMMENT ON COLUMN "source"."comet_videos"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."comet_videos"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."comet_videos"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."comet_videos"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."tiktok_trending" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "tiktok_trending_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "tiktok_trending_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "tiktok_trending_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "tiktok_trending_views_check" CHECK ("views" >= 0),
    CONSTRAINT "tiktok_trending_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "tiktok_trending_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "tiktok_trending_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "tiktok_trending_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "tiktok_trending_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "tiktok_trending_list_rank_check" CHECK ("list_rank" >= 1)
);
COMMENT ON TABLE "source"."tiktok_trending" IS 'One row per day, collection and trending TikTok video. TikTok trending videos ranked by the trending actor, counts from the second call (SPEC T1). list_name is the country.';
COMMENT ON COLUMN "source"."tiktok_trending"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."tiktok_trending"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."tiktok_trending"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."tiktok_trending"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."tiktok_trending"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."tiktok_trending"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."tiktok_trending"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."tiktok_trending"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."tiktok_trending"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."tiktok_trending"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."tiktok_trending"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."tiktok_trending"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."tiktok_trending"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."tiktok_trending"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."tiktok_trending"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."tiktok_trending"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."tiktok_trending"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."tiktok_trending"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."tiktok_trending"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."tiktok_trending"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."tiktok_trending"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."tiktok_trending"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."tiktok_trending"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."tiktok_trending"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."tiktok_trending"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."tiktok_trending"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."tiktok_trending"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."tiktok_trending"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."tiktok_trending"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."tiktok_trending"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."tiktok_trending"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."tiktok_commerce" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "is_seller" boolean,
    "is_commerce_user" boolean,
    "is_commerce" boolean NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "tiktok_commerce_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "tiktok_commerce_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "tiktok_commerce_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "tiktok_commerce_views_check" CHECK ("views" >= 0),
    CONSTRAINT "tiktok_commerce_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "tiktok_commerce_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "tiktok_commerce_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "tiktok_commerce_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "tiktok_commerce_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "tiktok_commerce_list_rank_check" CHECK ("list_rank" >= 1)
);
COMMENT ON TABLE "source"."tiktok_commerce" IS 'One row per day, collection, hashtag and TikTok video. TikTok videos under commerce hashtags (SPEC S2); list_name is the hashtag.';
COMMENT ON COLUMN "source"."tiktok_commerce"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."tiktok_commerce"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."tiktok_commerce"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."tiktok_commerce"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."tiktok_commerce"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."tiktok_commerce"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."tiktok_commerce"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."tiktok_commerce"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."tiktok_commerce"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."tiktok_commerce"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."tiktok_commerce"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."tiktok_commerce"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."tiktok_commerce"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."tiktok_commerce"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."tiktok_commerce"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."tiktok_commerce"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."tiktok_commerce"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."tiktok_commerce"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."tiktok_commerce"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."tiktok_commerce"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."tiktok_commerce"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."tiktok_commerce"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."tiktok_commerce"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."tiktok_commerce"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."tiktok_commerce"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."tiktok_commerce"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."tiktok_commerce"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."tiktok_commerce"."is_seller" IS 'The creator is a TikTok seller (ttSeller).';
COMMENT ON COLUMN "source"."tiktok_commerce"."is_commerce_user" IS 'The creator has a commerce account.';
COMMENT ON COLUMN "source"."tiktok_commerce"."is_commerce" IS 'Commerce by seller, account, ad flag or hashtag in the text (SPEC S2).';
COMMENT ON COLUMN "source"."tiktok_commerce"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."tiktok_commerce"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."tiktok_commerce"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."tiktok_commerce"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."youtube_shorts" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "channel_id" text,
    "category_id" text,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "youtube_shorts_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "youtube_shorts_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "youtube_shorts_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "youtube_shorts_views_check" CHECK ("views" >= 0),
    CONSTRAINT "youtube_shorts_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "youtube_shorts_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "youtube_shorts_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "youtube_shorts_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "youtube_shorts_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "youtube_shorts_list_rank_check" CHECK ("list_rank" >= 1)
);
COMMENT ON TABLE "source"."youtube_shorts" IS 'One row per day, collection, query and YouTube Short. YouTube Shorts of the last seven days (SPEC T2); list_name is the query.';
COMMENT ON COLUMN "source"."youtube_shorts"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."youtube_shorts"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."youtube_shorts"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."youtube_shorts"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."youtube_shorts"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."youtube_shorts"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."youtube_shorts"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."youtube_shorts"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."youtube_shorts"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."youtube_shorts"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."youtube_shorts"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."youtube_shorts"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."youtube_shorts"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."youtube_shorts"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."youtube_shorts"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."youtube_shorts"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."youtube_shorts"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."youtube_shorts"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."youtube_shorts"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."youtube_shorts"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."youtube_shorts"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."youtube_shorts"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."youtube_shorts"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."youtube_shorts"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."youtube_shorts"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."youtube_shorts"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."youtube_shorts"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."youtube_shorts"."channel_id" IS 'The channel''s id.';
COMMENT ON COLUMN "source"."youtube_shorts"."category_id" IS 'YouTube''s category id.';
COMMENT ON COLUMN "source"."youtube_shorts"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."youtube_shorts"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."youtube_shorts"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."youtube_shorts"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."x_posts" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "is_retweet" boolean,
    "is_reply" boolean,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "x_posts_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "x_posts_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "x_posts_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "x_posts_views_check" CHECK ("views" >= 0),
    CONSTRAINT "x_posts_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "x_posts_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "x_posts_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "x_posts_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "x_posts_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "x_posts_list_rank_check" CHECK ("list_rank" >= 1)
);
COMMENT ON TABLE "source"."x_posts" IS 'One row per day, collection, search and X post. Posts of curated founders and brands and of searches on X (SPEC S1); list_name is the search term.';
COMMENT ON COLUMN "source"."x_posts"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."x_posts"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."x_posts"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."x_posts"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."x_posts"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."x_posts"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."x_posts"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."x_posts"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."x_posts"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."x_posts"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."x_posts"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."x_posts"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."x_posts"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."x_posts"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."x_posts"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."x_posts"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."x_posts"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."x_posts"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."x_posts"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."x_posts"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."x_posts"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."x_posts"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."x_posts"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."x_posts"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."x_posts"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."x_posts"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."x_posts"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."x_posts"."is_retweet" IS 'It repeats somebody else''s post.';
COMMENT ON COLUMN "source"."x_posts"."is_reply" IS 'It answers another post.';
COMMENT ON COLUMN "source"."x_posts"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."x_posts"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."x_posts"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."x_posts"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."amazon_positions" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "price" numeric(14,2),
    "currency" text,
    "stars" double precision,
    "reviews" bigint,
    "page_rank_change_pct" double precision,
    "page_previous_rank" integer,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "amazon_positions_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "amazon_positions_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "amazon_positions_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "amazon_positions_views_check" CHECK ("views" >= 0),
    CONSTRAINT "amazon_positions_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "amazon_positions_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "amazon_positions_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "amazon_positions_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "amazon_positions_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "amazon_positions_list_rank_check" CHECK ("list_rank" >= 1),
    CONSTRAINT "amazon_positions_price_check" CHECK ("price" >= 0),
    CONSTRAINT "amazon_positions_stars_check" CHECK ("stars" >= 0 AND "stars" <= 5),
    CONSTRAINT "amazon_positions_reviews_check" CHECK ("reviews" >= 0),
    CONSTRAINT "amazon_positions_page_previous_rank_check" CHECK ("page_previous_rank" >= 1)
);
COMMENT ON TABLE "source"."amazon_positions" IS 'One row per day, collection, category and product. Best-seller positions on Amazon (SPEC S3); list_name is the category, list_rank the position.';
COMMENT ON COLUMN "source"."amazon_positions"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."amazon_positions"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."amazon_positions"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."amazon_positions"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."amazon_positions"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."amazon_positions"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."amazon_positions"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."amazon_positions"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."amazon_positions"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."amazon_positions"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."amazon_positions"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."amazon_positions"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."amazon_positions"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."amazon_positions"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."amazon_positions"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."amazon_positions"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."amazon_positions"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."amazon_positions"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."amazon_positions"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."amazon_positions"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."amazon_positions"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."amazon_positions"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."amazon_positions"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."amazon_positions"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."amazon_positions"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."amazon_positions"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."amazon_positions"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."amazon_positions"."price" IS 'Price; the lower bound of a range.';
COMMENT ON COLUMN "source"."amazon_positions"."currency" IS 'Currency symbol or code as shown.';
COMMENT ON COLUMN "source"."amazon_positions"."stars" IS 'Mean rating. Unit: stars.';
COMMENT ON COLUMN "source"."amazon_positions"."reviews" IS 'Number of ratings. Unit: ratings.';
COMMENT ON COLUMN "source"."amazon_positions"."page_rank_change_pct" IS 'The page''s own rank change, where it has one. Unit: percent.';
COMMENT ON COLUMN "source"."amazon_positions"."page_previous_rank" IS 'The page''s own previous sales rank, where it has one. Unit: rank.';
COMMENT ON COLUMN "source"."amazon_positions"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."amazon_positions"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."amazon_positions"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."amazon_positions"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."reddit_posts" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "upvote_ratio" double precision,
    "linked_url" text,
    "is_over_18" boolean,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "reddit_posts_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "reddit_posts_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "reddit_posts_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "reddit_posts_views_check" CHECK ("views" >= 0),
    CONSTRAINT "reddit_posts_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "reddit_posts_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "reddit_posts_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "reddit_posts_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "reddit_posts_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "reddit_posts_list_rank_check" CHECK ("list_rank" >= 1),
    CONSTRAINT "reddit_posts_upvote_ratio_check" CHECK ("upvote_ratio" >= 0 AND "upvote_ratio" <= 1)
);
COMMENT ON TABLE "source"."reddit_posts" IS 'One row per day, collection, subreddit and post. Top posts of the day on Reddit; list_name is the subreddit.';
COMMENT ON COLUMN "source"."reddit_posts"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."reddit_posts"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."reddit_posts"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."reddit_posts"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."reddit_posts"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."reddit_posts"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."reddit_posts"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."reddit_posts"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."reddit_posts"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."reddit_posts"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."reddit_posts"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."reddit_posts"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."reddit_posts"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."reddit_posts"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."reddit_posts"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."reddit_posts"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."reddit_posts"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."reddit_posts"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."reddit_posts"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."reddit_posts"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."reddit_posts"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."reddit_posts"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."reddit_posts"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."reddit_posts"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."reddit_posts"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."reddit_posts"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."reddit_posts"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."reddit_posts"."upvote_ratio" IS 'Share of upvotes. Unit: share 0-1.';
COMMENT ON COLUMN "source"."reddit_posts"."linked_url" IS 'Address that the post links to.';
COMMENT ON COLUMN "source"."reddit_posts"."is_over_18" IS 'Marked as for adults.';
COMMENT ON COLUMN "source"."reddit_posts"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."reddit_posts"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."reddit_posts"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."reddit_posts"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."panel_tiktok" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "panel_tiktok_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "panel_tiktok_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "panel_tiktok_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "panel_tiktok_views_check" CHECK ("views" >= 0),
    CONSTRAINT "panel_tiktok_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "panel_tiktok_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "panel_tiktok_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "panel_tiktok_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "panel_tiktok_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "panel_tiktok_list_rank_check" CHECK ("list_rank" >= 1)
);
COMMENT ON TABLE "source"."panel_tiktok" IS 'One row per day, collection and known TikTok video measured again. Known TikTok videos measured again by id after they left the lists (DESIGN §7); list_name is `panel`.';
COMMENT ON COLUMN "source"."panel_tiktok"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."panel_tiktok"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."panel_tiktok"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."panel_tiktok"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."panel_tiktok"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."panel_tiktok"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."panel_tiktok"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."panel_tiktok"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."panel_tiktok"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."panel_tiktok"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."panel_tiktok"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."panel_tiktok"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."panel_tiktok"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."panel_tiktok"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."panel_tiktok"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."panel_tiktok"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."panel_tiktok"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."panel_tiktok"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."panel_tiktok"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."panel_tiktok"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."panel_tiktok"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."panel_tiktok"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."panel_tiktok"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."panel_tiktok"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."panel_tiktok"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."panel_tiktok"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."panel_tiktok"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."panel_tiktok"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."panel_tiktok"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."panel_tiktok"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."panel_tiktok"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."panel_youtube" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "panel_youtube_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "panel_youtube_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "panel_youtube_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "panel_youtube_views_check" CHECK ("views" >= 0),
    CONSTRAINT "panel_youtube_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "panel_youtube_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "panel_youtube_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "panel_youtube_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "panel_youtube_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "panel_youtube_list_rank_check" CHECK ("list_rank" >= 1)
);
COMMENT ON TABLE "source"."panel_youtube" IS 'One row per day, collection and known YouTube Short measured again. Known YouTube Shorts measured again by id after they left the lists (DESIGN §7); list_name is `panel`.';
COMMENT ON COLUMN "source"."panel_youtube"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."panel_youtube"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."panel_youtube"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."panel_youtube"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."panel_youtube"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."panel_youtube"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."panel_youtube"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."panel_youtube"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."panel_youtube"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."panel_youtube"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."panel_youtube"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."panel_youtube"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."panel_youtube"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."panel_youtube"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."panel_youtube"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."panel_youtube"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."panel_youtube"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."panel_youtube"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."panel_youtube"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."panel_youtube"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."panel_youtube"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."panel_youtube"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."panel_youtube"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."panel_youtube"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."panel_youtube"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."panel_youtube"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."panel_youtube"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."panel_youtube"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."panel_youtube"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."panel_youtube"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."panel_youtube"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "source"."imported_posts" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "import_source" text NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "imported_posts_pkey" PRIMARY KEY ("observed_date", "collected_at", "list_name", "platform", "external_id"),
    CONSTRAINT "imported_posts_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "imported_posts_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "imported_posts_views_check" CHECK ("views" >= 0),
    CONSTRAINT "imported_posts_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "imported_posts_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "imported_posts_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "imported_posts_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "imported_posts_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "imported_posts_list_rank_check" CHECK ("list_rank" >= 1)
);
COMMENT ON TABLE "source"."imported_posts" IS 'One row per day, observation time, list and post of a user''s file. Rows that the user imported (SPEC D5), each on its own observation day; list_name is the import''s name unless the file names its lists.';
COMMENT ON COLUMN "source"."imported_posts"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "source"."imported_posts"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "source"."imported_posts"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "source"."imported_posts"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "source"."imported_posts"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "source"."imported_posts"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "source"."imported_posts"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "source"."imported_posts"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "source"."imported_posts"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "source"."imported_posts"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "source"."imported_posts"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "source"."imported_posts"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "source"."imported_posts"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "source"."imported_posts"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "source"."imported_posts"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "source"."imported_posts"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "source"."imported_posts"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "source"."imported_posts"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "source"."imported_posts"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "source"."imported_posts"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "source"."imported_posts"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "source"."imported_posts"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "source"."imported_posts"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "source"."imported_posts"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "source"."imported_posts"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "source"."imported_posts"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "source"."imported_posts"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "source"."imported_posts"."import_source" IS 'The name that the user gave to the import.';
COMMENT ON COLUMN "source"."imported_posts"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "source"."imported_posts"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "source"."imported_posts"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "source"."imported_posts"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "trends"."posts" (
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text NOT NULL,
    "title" text,
    "description" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "cover_url" text,
    "hashtags" text[],
    "sound" text,
    "duration_seconds" double precision,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "metrics_unavailable" text[],
    "is_sponsored" boolean,
    "first_collected_at" timestamptz NOT NULL,
    "first_source" text NOT NULL,
    "last_collected_at" timestamptz NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "sources" text[] NOT NULL,
    "archived_at" timestamptz,
    "duplicate_of" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "posts_pkey" PRIMARY KEY ("platform", "external_id"),
    CONSTRAINT "posts_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "posts_duration_seconds_check" CHECK ("duration_seconds" >= 0),
    CONSTRAINT "posts_views_check" CHECK ("views" >= 0),
    CONSTRAINT "posts_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "posts_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "posts_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "posts_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "posts_quotes_check" CHECK ("quotes" >= 0)
) WITH (fillfactor = 75);
CREATE INDEX IF NOT EXISTS "posts_last_collected_at_platform_external_id_idx" ON "trends"."posts" ("last_collected_at", "platform", "external_id");
CREATE INDEX IF NOT EXISTS "posts_platform_last_collected_at_external_id_idx" ON "trends"."posts" ("platform", "last_collected_at", "external_id");
CREATE INDEX IF NOT EXISTS "posts_platform_creator_id_idx" ON "trends"."posts" ("platform", "creator_id");
CREATE INDEX IF NOT EXISTS "posts_platform_url_idx" ON "trends"."posts" ("platform", "url");
CREATE INDEX IF NOT EXISTS "posts_archived_at_last_collected_at_platform_external_id_idx" ON "trends"."posts" ("archived_at", "last_collected_at", "platform", "external_id");
CREATE INDEX IF NOT EXISTS "posts_platform_archived_at_last_collected_at_external_id_idx" ON "trends"."posts" ("platform", "archived_at", "last_collected_at", "external_id");
COMMENT ON TABLE "trends"."posts" IS 'One row per platform and post, ever seen. The newest known text and metrics of every post; the first-collected time never changes (SPEC T7).';
COMMENT ON COLUMN "trends"."posts"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "trends"."posts"."external_id" IS 'The platform''s own id of the post, video or product (ASIN).';
COMMENT ON COLUMN "trends"."posts"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "trends"."posts"."title" IS 'Title where the platform has one; the product''s name on Amazon.';
COMMENT ON COLUMN "trends"."posts"."description" IS 'Caption, tweet text, self text or description, cleaned, at most 20,000 characters.';
COMMENT ON COLUMN "trends"."posts"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "trends"."posts"."creator_id" IS 'The platform''s stable id of the creator.';
COMMENT ON COLUMN "trends"."posts"."creator_handle" IS 'The creator''s handle at that time, without @; may change.';
COMMENT ON COLUMN "trends"."posts"."creator_name" IS 'The creator''s display name at that time.';
COMMENT ON COLUMN "trends"."posts"."creator_followers" IS 'The creator''s followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "trends"."posts"."url" IS 'Public https address of the post.';
COMMENT ON COLUMN "trends"."posts"."cover_url" IS 'Address of the cover or thumbnail; often signed and short-lived.';
COMMENT ON COLUMN "trends"."posts"."hashtags" IS 'Hashtags without #, lower case, in order, without repeats.';
COMMENT ON COLUMN "trends"."posts"."sound" IS 'Title of the sound or music, where there is one.';
COMMENT ON COLUMN "trends"."posts"."duration_seconds" IS 'Length of the video. Unit: seconds.';
COMMENT ON COLUMN "trends"."posts"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "trends"."posts"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "trends"."posts"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "trends"."posts"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "trends"."posts"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "trends"."posts"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "trends"."posts"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "trends"."posts"."metrics_unavailable" IS 'Fields that this platform''s API does not expose, apart from a true zero.';
COMMENT ON COLUMN "trends"."posts"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "trends"."posts"."first_collected_at" IS 'When it was first collected.';
COMMENT ON COLUMN "trends"."posts"."first_source" IS 'The source that had it first.';
COMMENT ON COLUMN "trends"."posts"."last_collected_at" IS 'When it was last collected.';
COMMENT ON COLUMN "trends"."posts"."measured_at" IS 'When the stored counts were measured.';
COMMENT ON COLUMN "trends"."posts"."sources" IS 'All sources that had it.';
COMMENT ON COLUMN "trends"."posts"."archived_at" IS 'When it was archived for not being seen (SPEC T12); NULL while live.';
COMMENT ON COLUMN "trends"."posts"."duplicate_of" IS 'external_id of the post that it repeats: same platform and address under another id (SPEC T12).';
COMMENT ON COLUMN "trends"."posts"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "trends"."post_snapshots" (
    "observed_date" date NOT NULL,
    "source" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "list_name" text NOT NULL,
    "list_rank" integer,
    "creator_id" text,
    "creator_handle" text,
    "creator_followers" bigint,
    "posted_at" timestamptz,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "saves" bigint,
    "quotes" bigint,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "post_snapshots_pkey" PRIMARY KEY ("observed_date", "source", "list_name", "platform", "external_id", "measured_at"),
    CONSTRAINT "post_snapshots_list_rank_check" CHECK ("list_rank" >= 1),
    CONSTRAINT "post_snapshots_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "post_snapshots_views_check" CHECK ("views" >= 0),
    CONSTRAINT "post_snapshots_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "post_snapshots_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "post_snapshots_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "post_snapshots_saves_check" CHECK ("saves" >= 0),
    CONSTRAINT "post_snapshots_quotes_check" CHECK ("quotes" >= 0)
);
CREATE INDEX IF NOT EXISTS "post_snapshots_platform_external_id_measured_at_idx" ON "trends"."post_snapshots" ("platform", "external_id", "measured_at");
COMMENT ON TABLE "trends"."post_snapshots" IS 'One row per day, source, list, post and measurement. Counts as measured, append-only: all velocity comes from here. Unknown is NULL.';
COMMENT ON COLUMN "trends"."post_snapshots"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "trends"."post_snapshots"."source" IS 'The source that measured it (a row of the source registry).';
COMMENT ON COLUMN "trends"."post_snapshots"."platform" IS 'Platform.';
COMMENT ON COLUMN "trends"."post_snapshots"."external_id" IS 'The platform''s own id.';
COMMENT ON COLUMN "trends"."post_snapshots"."list_name" IS 'The list it was seen in: keyword, hashtag, subreddit, query or category.';
COMMENT ON COLUMN "trends"."post_snapshots"."list_rank" IS 'Place in that list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "trends"."post_snapshots"."creator_id" IS 'The creator''s stable id.';
COMMENT ON COLUMN "trends"."post_snapshots"."creator_handle" IS 'The creator''s handle at that time.';
COMMENT ON COLUMN "trends"."post_snapshots"."creator_followers" IS 'Followers as said with the post. Unit: followers.';
COMMENT ON COLUMN "trends"."post_snapshots"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "trends"."post_snapshots"."views" IS 'Views as counted by the platform at measured_at. Unit: views.';
COMMENT ON COLUMN "trends"."post_snapshots"."likes" IS 'Likes, hearts or score at measured_at. Unit: likes.';
COMMENT ON COLUMN "trends"."post_snapshots"."comments" IS 'Comments or replies at measured_at. Unit: comments.';
COMMENT ON COLUMN "trends"."post_snapshots"."shares" IS 'Shares or reposts (retweets) at measured_at. Unit: shares.';
COMMENT ON COLUMN "trends"."post_snapshots"."saves" IS 'Saves or bookmarks at measured_at. Unit: saves.';
COMMENT ON COLUMN "trends"."post_snapshots"."quotes" IS 'Quotes (X) at measured_at. Unit: quotes.';
COMMENT ON COLUMN "trends"."post_snapshots"."measured_at" IS 'When the answer that holds these counts was fetched.';
COMMENT ON COLUMN "trends"."post_snapshots"."collected_at" IS 'Start of the collection it belongs to; several a day are normal.';
COMMENT ON COLUMN "trends"."post_snapshots"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "trends"."post_snapshots"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "comets"."creators" (
    "user_id" text NOT NULL,
    "sec_uid" text,
    "handle" text,
    "nickname" text,
    "avatar_url" text,
    "signature" text,
    "first_seen" timestamptz NOT NULL,
    "first_keyword" text,
    "last_updated_at" timestamptz NOT NULL,
    "state" text NOT NULL,
    "state_since" date NOT NULL,
    "is_tracked_only" boolean DEFAULT false NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "creators_pkey" PRIMARY KEY ("user_id")
) WITH (fillfactor = 75);
COMMENT ON TABLE "comets"."creators" IS 'One row per creator ever accepted, or tracked by a user. The roster (SPEC C9, D4). Handles change, user_id does not; nobody is deleted for being quiet.';
COMMENT ON COLUMN "comets"."creators"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."creators"."sec_uid" IS 'TikTok''s second stable id.';
COMMENT ON COLUMN "comets"."creators"."handle" IS 'The handle as last seen.';
COMMENT ON COLUMN "comets"."creators"."nickname" IS 'The display name as last seen.';
COMMENT ON COLUMN "comets"."creators"."avatar_url" IS 'Address of the avatar as last seen.';
COMMENT ON COLUMN "comets"."creators"."signature" IS 'The bio as last seen.';
COMMENT ON COLUMN "comets"."creators"."first_seen" IS 'When it came on the roster.';
COMMENT ON COLUMN "comets"."creators"."first_keyword" IS 'The keyword that found it first.';
COMMENT ON COLUMN "comets"."creators"."last_updated_at" IS 'When a number or a name was last confirmed.';
COMMENT ON COLUMN "comets"."creators"."state" IS 'active, quiet, private, gone or outgrown.';
COMMENT ON COLUMN "comets"."creators"."state_since" IS 'Day since which the state holds.';
COMMENT ON COLUMN "comets"."creators"."is_tracked_only" IS 'True: followed because a user tracks it; the filter layers have not accepted it.';
COMMENT ON COLUMN "comets"."creators"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."candidates" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "sec_uid" text,
    "handle" text,
    "nickname" text,
    "signature" text,
    "avatar_url" text,
    "followers" bigint,
    "keyword" text NOT NULL,
    "keywords" text[] NOT NULL,
    "videos_found" integer NOT NULL,
    "top_video_id" text NOT NULL,
    "top_views" bigint,
    "measured_at" timestamptz NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "candidates_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "candidates_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "candidates_videos_found_check" CHECK ("videos_found" >= 1),
    CONSTRAINT "candidates_top_views_check" CHECK ("top_views" >= 0)
);
COMMENT ON TABLE "comets"."candidates" IS 'One row per day and creator whose video a trending keyword found. Creators of the day''s video search (SPEC C2). Search answers carry followers, but no hearts, video count or bio; those are unknown here, not 0.';
COMMENT ON COLUMN "comets"."candidates"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."candidates"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."candidates"."sec_uid" IS 'TikTok''s second stable id.';
COMMENT ON COLUMN "comets"."candidates"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."candidates"."nickname" IS 'The display name on that day.';
COMMENT ON COLUMN "comets"."candidates"."signature" IS 'The bio, where the search answer has one.';
COMMENT ON COLUMN "comets"."candidates"."avatar_url" IS 'Address of the avatar.';
COMMENT ON COLUMN "comets"."candidates"."followers" IS 'Followers as said with the newest video. Unit: followers.';
COMMENT ON COLUMN "comets"."candidates"."keyword" IS 'The keyword whose result held it in the best place.';
COMMENT ON COLUMN "comets"."candidates"."keywords" IS 'All keywords that found it, best place first.';
COMMENT ON COLUMN "comets"."candidates"."videos_found" IS 'Videos of it that were found. Unit: videos.';
COMMENT ON COLUMN "comets"."candidates"."top_video_id" IS 'The found video with the most views.';
COMMENT ON COLUMN "comets"."candidates"."top_views" IS 'Most views of a found video. Unit: views.';
COMMENT ON COLUMN "comets"."candidates"."measured_at" IS 'When the newest answer it rests on was fetched.';
COMMENT ON COLUMN "comets"."candidates"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."candidate_videos" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "external_id" text NOT NULL,
    "keyword" text NOT NULL,
    "keyword_rank" integer,
    "caption" text,
    "cover_urls" text[],
    "posted_at" timestamptz,
    "views" bigint,
    "measured_at" timestamptz NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "candidate_videos_pkey" PRIMARY KEY ("observed_date", "user_id", "external_id"),
    CONSTRAINT "candidate_videos_keyword_rank_check" CHECK ("keyword_rank" >= 1),
    CONSTRAINT "candidate_videos_views_check" CHECK ("views" >= 0)
);
COMMENT ON TABLE "comets"."candidate_videos" IS 'One row per day and found video of a candidate. The videos and covers by which candidates are judged, as measured last that day.';
COMMENT ON COLUMN "comets"."candidate_videos"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."candidate_videos"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."candidate_videos"."external_id" IS 'TikTok''s id of the video.';
COMMENT ON COLUMN "comets"."candidate_videos"."keyword" IS 'The keyword whose result held it in the best place.';
COMMENT ON COLUMN "comets"."candidate_videos"."keyword_rank" IS 'Its place in that keyword''s results. Unit: rank.';
COMMENT ON COLUMN "comets"."candidate_videos"."caption" IS 'The caption.';
COMMENT ON COLUMN "comets"."candidate_videos"."cover_urls" IS 'Addresses of the cover; signed and short-lived.';
COMMENT ON COLUMN "comets"."candidate_videos"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "comets"."candidate_videos"."views" IS 'Views. Unit: views.';
COMMENT ON COLUMN "comets"."candidate_videos"."measured_at" IS 'When the newest answer it rests on was fetched.';
COMMENT ON COLUMN "comets"."candidate_videos"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."platform_check" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "verdict" text NOT NULL,
    "reason" text NOT NULL,
    "is_reached" boolean NOT NULL,
    "matched_word" text,
    "matched_in" text,
    "matched_text" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "platform_check_pkey" PRIMARY KEY ("observed_date", "user_id")
);
COMMENT ON TABLE "comets"."platform_check" IS 'One row per day and candidate: layer 1, other platforms and fan accounts. Rejected when handle, nickname or bio (where the search has one) names another platform or a clip or fan account, read as a human would (SPEC C3).';
COMMENT ON COLUMN "comets"."platform_check"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."platform_check"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."platform_check"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."platform_check"."verdict" IS 'passed, rejected or not_judged.';
COMMENT ON COLUMN "comets"."platform_check"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "comets"."platform_check"."is_reached" IS 'It passed every cheaper layer.';
COMMENT ON COLUMN "comets"."platform_check"."matched_word" IS 'The word of the list that was found.';
COMMENT ON COLUMN "comets"."platform_check"."matched_in" IS 'Where: handle, nickname or bio.';
COMMENT ON COLUMN "comets"."platform_check"."matched_text" IS 'The characters that were read as that word.';
COMMENT ON COLUMN "comets"."platform_check"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."pronoun_check" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "verdict" text NOT NULL,
    "reason" text NOT NULL,
    "is_reached" boolean NOT NULL,
    "captions" integer NOT NULL,
    "captions_passed" integer NOT NULL,
    "passed_video_ids" text[] NOT NULL,
    "matched_word" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "pronoun_check_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "pronoun_check_captions_check" CHECK ("captions" >= 0),
    CONSTRAINT "pronoun_check_captions_passed_check" CHECK ("captions_passed" >= 0)
);
COMMENT ON TABLE "comets"."pronoun_check" IS 'One row per day and candidate: layer 2, captions that speak of somebody else. Rejected when every found caption starts with bro, he, she or they as a word (SPEC C4).';
COMMENT ON COLUMN "comets"."pronoun_check"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."pronoun_check"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."pronoun_check"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."pronoun_check"."verdict" IS 'passed, rejected or not_judged.';
COMMENT ON COLUMN "comets"."pronoun_check"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "comets"."pronoun_check"."is_reached" IS 'It passed every cheaper layer.';
COMMENT ON COLUMN "comets"."pronoun_check"."captions" IS 'Captions judged. Unit: captions.';
COMMENT ON COLUMN "comets"."pronoun_check"."captions_passed" IS 'Captions that passed. Unit: captions.';
COMMENT ON COLUMN "comets"."pronoun_check"."passed_video_ids" IS 'Videos whose captions passed, most views first.';
COMMENT ON COLUMN "comets"."pronoun_check"."matched_word" IS 'The pronoun that was found first.';
COMMENT ON COLUMN "comets"."pronoun_check"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."cover_checks" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "external_id" text NOT NULL,
    "verdict" text NOT NULL,
    "reason" text NOT NULL,
    "faces" integer,
    "largest_face_share" double precision,
    "confidence" double precision,
    "smallest_share_searched" double precision,
    "detector" text,
    "media_type" text,
    "width" integer,
    "height" integer,
    "capture_id" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "cover_checks_pkey" PRIMARY KEY ("observed_date", "user_id", "external_id"),
    CONSTRAINT "cover_checks_faces_check" CHECK ("faces" >= 0),
    CONSTRAINT "cover_checks_largest_face_share_check" CHECK ("largest_face_share" >= 0 AND "largest_face_share" <= 1),
    CONSTRAINT "cover_checks_confidence_check" CHECK ("confidence" >= 0 AND "confidence" <= 1),
    CONSTRAINT "cover_checks_smallest_share_searched_check" CHECK ("smallest_share_searched" >= 0 AND "smallest_share_searched" <= 1),
    CONSTRAINT "cover_checks_width_check" CHECK ("width" >= 1),
    CONSTRAINT "cover_checks_height_check" CHECK ("height" >= 1)
);
COMMENT ON TABLE "comets"."cover_checks" IS 'One row per day and cover of a candidate. What was seen on each cover (SPEC C5): kept when the picture itself is purged, so that the threshold can be moved without a download. Judged, never used to identify anybody.';
COMMENT ON COLUMN "comets"."cover_checks"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."cover_checks"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."cover_checks"."external_id" IS 'TikTok''s id of the video whose cover it is.';
COMMENT ON COLUMN "comets"."cover_checks"."verdict" IS 'passed, rejected or not_judged.';
COMMENT ON COLUMN "comets"."cover_checks"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "comets"."cover_checks"."faces" IS 'Faces accepted, of any size searched for. Unit: faces.';
COMMENT ON COLUMN "comets"."cover_checks"."largest_face_share" IS 'Largest face over the frame; NULL without a face. Unit: share 0-1.';
COMMENT ON COLUMN "comets"."cover_checks"."confidence" IS 'How sure the largest face is one. Unit: share 0-1.';
COMMENT ON COLUMN "comets"."cover_checks"."smallest_share_searched" IS 'Faces below this share were not looked for. Unit: share 0-1.';
COMMENT ON COLUMN "comets"."cover_checks"."detector" IS 'haar or yunet, with its version.';
COMMENT ON COLUMN "comets"."cover_checks"."media_type" IS 'The picture''s type by its first bytes.';
COMMENT ON COLUMN "comets"."cover_checks"."width" IS 'Width as shown (after EXIF rotation). Unit: pixels.';
COMMENT ON COLUMN "comets"."cover_checks"."height" IS 'Height as shown (after EXIF rotation). Unit: pixels.';
COMMENT ON COLUMN "comets"."cover_checks"."capture_id" IS 'The capture that held the picture.';
COMMENT ON COLUMN "comets"."cover_checks"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."face_check" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "verdict" text NOT NULL,
    "reason" text NOT NULL,
    "is_reached" boolean NOT NULL,
    "covers" integer NOT NULL,
    "covers_judged" integer NOT NULL,
    "faces" integer,
    "largest_face_share" double precision,
    "confidence" double precision,
    "best_video_id" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "face_check_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "face_check_covers_check" CHECK ("covers" >= 0),
    CONSTRAINT "face_check_covers_judged_check" CHECK ("covers_judged" >= 0),
    CONSTRAINT "face_check_faces_check" CHECK ("faces" >= 0),
    CONSTRAINT "face_check_largest_face_share_check" CHECK ("largest_face_share" >= 0 AND "largest_face_share" <= 1),
    CONSTRAINT "face_check_confidence_check" CHECK ("confidence" >= 0 AND "confidence" <= 1)
);
COMMENT ON TABLE "comets"."face_check" IS 'One row per day and candidate: layer 3, a face on a cover. Passed when a face covers more than the threshold on any cover (SPEC C5); not judged when no cover could be.';
COMMENT ON COLUMN "comets"."face_check"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."face_check"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."face_check"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."face_check"."verdict" IS 'passed, rejected or not_judged.';
COMMENT ON COLUMN "comets"."face_check"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "comets"."face_check"."is_reached" IS 'It passed every cheaper layer.';
COMMENT ON COLUMN "comets"."face_check"."covers" IS 'Covers asked for. Unit: covers.';
COMMENT ON COLUMN "comets"."face_check"."covers_judged" IS 'Covers that could be judged. Unit: covers.';
COMMENT ON COLUMN "comets"."face_check"."faces" IS 'Faces on the best cover. Unit: faces.';
COMMENT ON COLUMN "comets"."face_check"."largest_face_share" IS 'Largest face over its frame, on the best cover. Unit: share 0-1.';
COMMENT ON COLUMN "comets"."face_check"."confidence" IS 'How sure that face is one. Unit: share 0-1.';
COMMENT ON COLUMN "comets"."face_check"."best_video_id" IS 'The video whose cover that is.';
COMMENT ON COLUMN "comets"."face_check"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."criteria_check" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "verdict" text NOT NULL,
    "reason" text NOT NULL,
    "is_reached" boolean NOT NULL,
    "followers" bigint,
    "top_views" bigint,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "criteria_check_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "criteria_check_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "criteria_check_top_views_check" CHECK ("top_views" >= 0)
);
COMMENT ON TABLE "comets"."criteria_check" IS 'One row per day and candidate: followers and views of a Comet. Passed with 10,000 to 100,000 followers and a video of 50,000 views whose caption passed (SPEC C6).';
COMMENT ON COLUMN "comets"."criteria_check"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."criteria_check"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."criteria_check"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."criteria_check"."verdict" IS 'passed, rejected or not_judged.';
COMMENT ON COLUMN "comets"."criteria_check"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "comets"."criteria_check"."is_reached" IS 'It passed every cheaper layer.';
COMMENT ON COLUMN "comets"."criteria_check"."followers" IS 'Followers. Unit: followers.';
COMMENT ON COLUMN "comets"."criteria_check"."top_views" IS 'Most views of a video whose caption passed. Unit: views.';
COMMENT ON COLUMN "comets"."criteria_check"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."creator_profiles" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "sec_uid" text,
    "handle" text,
    "nickname" text,
    "signature" text,
    "avatar_url" text,
    "followers" bigint,
    "hearts" bigint,
    "videos" bigint,
    "profile_state" text NOT NULL,
    "is_suspect" boolean NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "collected_at" timestamptz NOT NULL,
    "capture_id" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "creator_profiles_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "creator_profiles_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "creator_profiles_hearts_check" CHECK ("hearts" >= 0),
    CONSTRAINT "creator_profiles_videos_check" CHECK ("videos" >= 0)
);
COMMENT ON TABLE "comets"."creator_profiles" IS 'One row per day and creator whose profile was asked for. The newest profile answer of the day. A private, banned or deleted creator is a row with that state and unknown numbers.';
COMMENT ON COLUMN "comets"."creator_profiles"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."creator_profiles"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."creator_profiles"."sec_uid" IS 'TikTok''s second stable id.';
COMMENT ON COLUMN "comets"."creator_profiles"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."creator_profiles"."nickname" IS 'The display name on that day.';
COMMENT ON COLUMN "comets"."creator_profiles"."signature" IS 'The bio.';
COMMENT ON COLUMN "comets"."creator_profiles"."avatar_url" IS 'Address of the avatar.';
COMMENT ON COLUMN "comets"."creator_profiles"."followers" IS 'Followers. Unit: followers.';
COMMENT ON COLUMN "comets"."creator_profiles"."hearts" IS 'Hearts over all videos. Unit: likes.';
COMMENT ON COLUMN "comets"."creator_profiles"."videos" IS 'Videos. Unit: videos.';
COMMENT ON COLUMN "comets"."creator_profiles"."profile_state" IS 'active, private, gone or banned, as the provider says.';
COMMENT ON COLUMN "comets"."creator_profiles"."is_suspect" IS 'All numbers were 0, so they are taken as unknown.';
COMMENT ON COLUMN "comets"."creator_profiles"."measured_at" IS 'When the newest answer it rests on was fetched.';
COMMENT ON COLUMN "comets"."creator_profiles"."collected_at" IS 'Start of the collection it belongs to.';
COMMENT ON COLUMN "comets"."creator_profiles"."capture_id" IS 'The capture that holds the verbatim answer.';
COMMENT ON COLUMN "comets"."creator_profiles"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."bio_check" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "verdict" text NOT NULL,
    "reason" text NOT NULL,
    "is_reached" boolean NOT NULL,
    "matched_word" text,
    "matched_in" text,
    "matched_text" text,
    "followers" bigint,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "bio_check_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "bio_check_followers_check" CHECK ("followers" >= 0)
);
COMMENT ON TABLE "comets"."bio_check" IS 'One row per day and candidate: layer 1 again on the bio, which only the profile has. Who passes is saved to the roster. Rejected when the profile''s bio, nickname or handle names another platform, or the profile is private, banned or gone.';
COMMENT ON COLUMN "comets"."bio_check"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."bio_check"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."bio_check"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."bio_check"."verdict" IS 'passed, rejected or not_judged.';
COMMENT ON COLUMN "comets"."bio_check"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "comets"."bio_check"."is_reached" IS 'It passed every cheaper layer.';
COMMENT ON COLUMN "comets"."bio_check"."matched_word" IS 'The word of the list that was found.';
COMMENT ON COLUMN "comets"."bio_check"."matched_in" IS 'Where: handle, nickname or bio.';
COMMENT ON COLUMN "comets"."bio_check"."matched_text" IS 'The characters that were read as that word.';
COMMENT ON COLUMN "comets"."bio_check"."followers" IS 'Followers of the profile. Unit: followers.';
COMMENT ON COLUMN "comets"."bio_check"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."funnel" (
    "observed_date" date NOT NULL,
    "position" integer NOT NULL,
    "step" text NOT NULL,
    "entered" bigint NOT NULL,
    "passed" bigint NOT NULL,
    "rejected" bigint NOT NULL,
    "not_judged" bigint NOT NULL,
    "rejected_pct" double precision,
    "passed_of_processed_pct" double precision,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "funnel_pkey" PRIMARY KEY ("observed_date", "step"),
    CONSTRAINT "funnel_position_check" CHECK ("position" >= 1),
    CONSTRAINT "funnel_entered_check" CHECK ("entered" >= 0),
    CONSTRAINT "funnel_passed_check" CHECK ("passed" >= 0),
    CONSTRAINT "funnel_rejected_check" CHECK ("rejected" >= 0),
    CONSTRAINT "funnel_not_judged_check" CHECK ("not_judged" >= 0),
    CONSTRAINT "funnel_rejected_pct_check" CHECK ("rejected_pct" >= 0 AND "rejected_pct" <= 100),
    CONSTRAINT "funnel_passed_of_processed_pct_check" CHECK ("passed_of_processed_pct" >= 0 AND "passed_of_processed_pct" <= 100)
);
COMMENT ON TABLE "comets"."funnel" IS 'One row per day and step. How many candidates entered and left each layer (SPEC C7).';
COMMENT ON COLUMN "comets"."funnel"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."funnel"."position" IS 'Order of the step, 1 is first.';
COMMENT ON COLUMN "comets"."funnel"."step" IS 'processed, a layer''s name, or saved.';
COMMENT ON COLUMN "comets"."funnel"."entered" IS 'Candidates that reached the step. Unit: creators.';
COMMENT ON COLUMN "comets"."funnel"."passed" IS 'Of these, passed. Unit: creators.';
COMMENT ON COLUMN "comets"."funnel"."rejected" IS 'Of these, rejected. Unit: creators.';
COMMENT ON COLUMN "comets"."funnel"."not_judged" IS 'Of these, not judged. Unit: creators.';
COMMENT ON COLUMN "comets"."funnel"."rejected_pct" IS 'Rejected over entered; NULL when none entered. Unit: percent.';
COMMENT ON COLUMN "comets"."funnel"."passed_of_processed_pct" IS 'Passed over all candidates; NULL without any. Unit: percent.';
COMMENT ON COLUMN "comets"."funnel"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."roll_call" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "outcome" text NOT NULL,
    "reason" text NOT NULL,
    "measured_by" text,
    "state" text NOT NULL,
    "state_since" date NOT NULL,
    "previous_state" text,
    "previous_handle" text,
    "is_renamed" boolean NOT NULL,
    "is_state_changed" boolean NOT NULL,
    "videos" bigint,
    "videos_since" date,
    "measured_at" timestamptz,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "roll_call_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "roll_call_videos_check" CHECK ("videos" >= 0)
);
CREATE INDEX IF NOT EXISTS "roll_call_user_id_observed_date_idx" ON "comets"."roll_call" ("user_id", "observed_date");
COMMENT ON TABLE "comets"."roll_call" IS 'One row per day and creator of the roster. Who of the roster was measured, by whom, and in what state (SPEC C10). previous_* are of the newest earlier day within 60 days, so a rename or a change of state is a row where they differ.';
COMMENT ON COLUMN "comets"."roll_call"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."roll_call"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."roll_call"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."roll_call"."outcome" IS 'updated, failed or skipped.';
COMMENT ON COLUMN "comets"."roll_call"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "comets"."roll_call"."measured_by" IS 'discovery, roll_call or search; NULL when not measured.';
COMMENT ON COLUMN "comets"."roll_call"."state" IS 'active, quiet, private, gone or outgrown.';
COMMENT ON COLUMN "comets"."roll_call"."state_since" IS 'Day since which the state holds.';
COMMENT ON COLUMN "comets"."roll_call"."previous_state" IS 'The state of the newest earlier day.';
COMMENT ON COLUMN "comets"."roll_call"."previous_handle" IS 'The handle of the newest earlier day.';
COMMENT ON COLUMN "comets"."roll_call"."is_renamed" IS 'The handle differs from the newest earlier day''s.';
COMMENT ON COLUMN "comets"."roll_call"."is_state_changed" IS 'The state differs from the newest earlier day''s.';
COMMENT ON COLUMN "comets"."roll_call"."videos" IS 'Videos, for telling who is quiet. Unit: videos.';
COMMENT ON COLUMN "comets"."roll_call"."videos_since" IS 'Day since which the video count is the same.';
COMMENT ON COLUMN "comets"."roll_call"."measured_at" IS 'When it was measured; NULL when it was not.';
COMMENT ON COLUMN "comets"."roll_call"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."creator_stats" (
    "observed_date" date NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "followers" bigint NOT NULL,
    "hearts" bigint,
    "videos" bigint,
    "growth_followers" bigint NOT NULL,
    "growth_pct" double precision NOT NULL,
    "growth_over_days" integer,
    "growth_per_day" double precision,
    "compared_date" date,
    "compared_followers" bigint,
    "growth_hearts" bigint,
    "growth_videos" bigint,
    "growth_note" text,
    "source_trend" text,
    "measured_by" text NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "creator_stats_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "creator_stats_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "creator_stats_hearts_check" CHECK ("hearts" >= 0),
    CONSTRAINT "creator_stats_videos_check" CHECK ("videos" >= 0),
    CONSTRAINT "creator_stats_growth_over_days_check" CHECK ("growth_over_days" >= 1),
    CONSTRAINT "creator_stats_compared_followers_check" CHECK ("compared_followers" >= 0)
);
CREATE INDEX IF NOT EXISTS "creator_stats_user_id_observed_date_idx" ON "comets"."creator_stats" ("user_id", "observed_date");
COMMENT ON TABLE "comets"."creator_stats" IS 'One row per day and measured creator of the roster. Followers, hearts, videos and their growth against the newest earlier day within 60 days (SPEC C11). Growth is 0 on first sight and the row says so.';
COMMENT ON COLUMN "comets"."creator_stats"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."creator_stats"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."creator_stats"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."creator_stats"."followers" IS 'Followers. Unit: followers.';
COMMENT ON COLUMN "comets"."creator_stats"."hearts" IS 'Hearts over all videos; NULL when only the search saw it. Unit: likes.';
COMMENT ON COLUMN "comets"."creator_stats"."videos" IS 'Videos; NULL when only the search saw it. Unit: videos.';
COMMENT ON COLUMN "comets"."creator_stats"."growth_followers" IS 'Followers gained since the compared day; negative after a drop. Unit: followers.';
COMMENT ON COLUMN "comets"."creator_stats"."growth_pct" IS 'growth_followers over the compared day''s followers, half up to 2 decimals; 0 where that was 0. Unit: percent.';
COMMENT ON COLUMN "comets"."creator_stats"."growth_over_days" IS 'Days to the compared day; NULL on first sight. Unit: days.';
COMMENT ON COLUMN "comets"."creator_stats"."growth_per_day" IS 'growth_followers / growth_over_days, half up to 2 decimals. Unit: followers per day.';
COMMENT ON COLUMN "comets"."creator_stats"."compared_date" IS 'The newest earlier day; NULL on first sight.';
COMMENT ON COLUMN "comets"."creator_stats"."compared_followers" IS 'Followers on that day. Unit: followers.';
COMMENT ON COLUMN "comets"."creator_stats"."growth_hearts" IS 'Hearts gained; NULL where either day is unknown. Unit: likes.';
COMMENT ON COLUMN "comets"."creator_stats"."growth_videos" IS 'Videos gained; NULL where either day is unknown. Unit: videos.';
COMMENT ON COLUMN "comets"."creator_stats"."growth_note" IS 'first_sight, from_zero, gap, drop (more than 30 % a day) or NULL.';
COMMENT ON COLUMN "comets"."creator_stats"."source_trend" IS 'The keyword that found the creator: today''s, else the first.';
COMMENT ON COLUMN "comets"."creator_stats"."measured_by" IS 'discovery, roll_call or search.';
COMMENT ON COLUMN "comets"."creator_stats"."measured_at" IS 'When the newest answer it rests on was fetched.';
COMMENT ON COLUMN "comets"."creator_stats"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."discoveries" (
    "observed_date" date NOT NULL,
    "rank" integer NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "nickname" text,
    "keyword" text,
    "followers" bigint,
    "growth_followers" bigint,
    "growth_pct" double precision,
    "top_views" bigint,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "discoveries_pkey" PRIMARY KEY ("observed_date", "user_id"),
    CONSTRAINT "discoveries_rank_check" CHECK ("rank" >= 1),
    CONSTRAINT "discoveries_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "discoveries_top_views_check" CHECK ("top_views" >= 0)
);
COMMENT ON TABLE "comets"."discoveries" IS 'One row per day and Comet first accepted that day. Today''s discoveries by growth (SPEC C13).';
COMMENT ON COLUMN "comets"."discoveries"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."discoveries"."rank" IS 'Place by growth, 1 is most. Unit: rank.';
COMMENT ON COLUMN "comets"."discoveries"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."discoveries"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."discoveries"."nickname" IS 'The display name on that day.';
COMMENT ON COLUMN "comets"."discoveries"."keyword" IS 'The keyword that found it.';
COMMENT ON COLUMN "comets"."discoveries"."followers" IS 'Followers. Unit: followers.';
COMMENT ON COLUMN "comets"."discoveries"."growth_followers" IS 'Followers gained; 0 on first sight. Unit: followers.';
COMMENT ON COLUMN "comets"."discoveries"."growth_pct" IS 'The same in percent. Unit: percent.';
COMMENT ON COLUMN "comets"."discoveries"."top_views" IS 'Most views of a found video. Unit: views.';
COMMENT ON COLUMN "comets"."discoveries"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."top_growing" (
    "observed_date" date NOT NULL,
    "rank" integer NOT NULL,
    "user_id" text NOT NULL,
    "handle" text,
    "followers" bigint,
    "growth_followers_7d" bigint NOT NULL,
    "mean_growth_pct_7d" double precision NOT NULL,
    "days_measured" integer NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "top_growing_pkey" PRIMARY KEY ("observed_date", "rank"),
    CONSTRAINT "top_growing_rank_check" CHECK ("rank" >= 1),
    CONSTRAINT "top_growing_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "top_growing_days_measured_check" CHECK ("days_measured" >= 1 AND "days_measured" <= 7)
);
COMMENT ON TABLE "comets"."top_growing" IS 'One row per day and place among the 20 creators that grew most. Top growing creators over the 7 days that end with the partition (SPEC C13).';
COMMENT ON COLUMN "comets"."top_growing"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."top_growing"."rank" IS 'Place by followers gained, 1 is most. Unit: rank.';
COMMENT ON COLUMN "comets"."top_growing"."user_id" IS 'TikTok''s stable uid.';
COMMENT ON COLUMN "comets"."top_growing"."handle" IS 'The handle on that day.';
COMMENT ON COLUMN "comets"."top_growing"."followers" IS 'Followers on the newest day. Unit: followers.';
COMMENT ON COLUMN "comets"."top_growing"."growth_followers_7d" IS 'Sum of growth_followers over the days. Unit: followers.';
COMMENT ON COLUMN "comets"."top_growing"."mean_growth_pct_7d" IS 'Mean of growth_pct over the measured days, half up to 2 decimals. Unit: percent.';
COMMENT ON COLUMN "comets"."top_growing"."days_measured" IS 'Days of the 7 with a measurement. Unit: days.';
COMMENT ON COLUMN "comets"."top_growing"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "comets"."keyword_yield" (
    "observed_date" date NOT NULL,
    "rank" integer NOT NULL,
    "keyword" text NOT NULL,
    "candidates" bigint NOT NULL,
    "comets" bigint NOT NULL,
    "new_comets" bigint NOT NULL,
    "comets_pct" double precision,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "keyword_yield_pkey" PRIMARY KEY ("observed_date", "keyword"),
    CONSTRAINT "keyword_yield_rank_check" CHECK ("rank" >= 1),
    CONSTRAINT "keyword_yield_candidates_check" CHECK ("candidates" >= 0),
    CONSTRAINT "keyword_yield_comets_check" CHECK ("comets" >= 0),
    CONSTRAINT "keyword_yield_new_comets_check" CHECK ("new_comets" >= 0),
    CONSTRAINT "keyword_yield_comets_pct_check" CHECK ("comets_pct" >= 0 AND "comets_pct" <= 100)
);
COMMENT ON TABLE "comets"."keyword_yield" IS 'One row per day and keyword that found a candidate. Which keywords produce the most Comets (SPEC C13).';
COMMENT ON COLUMN "comets"."keyword_yield"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "comets"."keyword_yield"."rank" IS 'Place by new Comets, then Comets, then candidates. Unit: rank.';
COMMENT ON COLUMN "comets"."keyword_yield"."keyword" IS 'The keyword.';
COMMENT ON COLUMN "comets"."keyword_yield"."candidates" IS 'Creators that it found. Unit: creators.';
COMMENT ON COLUMN "comets"."keyword_yield"."comets" IS 'Of these, passed all layers. Unit: creators.';
COMMENT ON COLUMN "comets"."keyword_yield"."new_comets" IS 'Of these, not on the roster before. Unit: creators.';
COMMENT ON COLUMN "comets"."keyword_yield"."comets_pct" IS 'Comets over candidates. Unit: percent.';
COMMENT ON COLUMN "comets"."keyword_yield"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "velocity"."scores" (
    "observed_date" date NOT NULL,
    "source" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "list_name" text,
    "creator_id" text,
    "measured_at" timestamptz NOT NULL,
    "previous_measured_at" timestamptz,
    "age_hours" double precision,
    "views" bigint,
    "delta_views" bigint,
    "hours_between" double precision,
    "views_per_hour" double precision,
    "engagement_velocity" double precision,
    "acceleration" double precision,
    "rising" double precision,
    "rising_expected" double precision,
    "momentum" double precision,
    "forecast_views_per_hour" double precision,
    "outlier_ratio" double precision,
    "breakout_ratio" double precision,
    "challenger_z" double precision,
    "trending_score" double precision,
    "source_score" double precision,
    "score_class" text NOT NULL,
    "source_percentile" double precision NOT NULL,
    "baseline" double precision,
    "baseline_items" integer,
    "reason" text,
    "parts" jsonb NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "scores_pkey" PRIMARY KEY ("observed_date", "source", "platform", "external_id"),
    CONSTRAINT "scores_age_hours_check" CHECK ("age_hours" >= 0),
    CONSTRAINT "scores_views_check" CHECK ("views" >= 0),
    CONSTRAINT "scores_hours_between_check" CHECK ("hours_between" >= 0),
    CONSTRAINT "scores_engagement_velocity_check" CHECK ("engagement_velocity" >= 0),
    CONSTRAINT "scores_rising_check" CHECK ("rising" >= 0 AND "rising" <= 1),
    CONSTRAINT "scores_rising_expected_check" CHECK ("rising_expected" >= 0 AND "rising_expected" <= 1),
    CONSTRAINT "scores_breakout_ratio_check" CHECK ("breakout_ratio" >= 0),
    CONSTRAINT "scores_trending_score_check" CHECK ("trending_score" >= 0),
    CONSTRAINT "scores_source_percentile_check" CHECK ("source_percentile" >= 0 AND "source_percentile" <= 1),
    CONSTRAINT "scores_baseline_items_check" CHECK ("baseline_items" >= 0)
);
COMMENT ON TABLE "velocity"."scores" IS 'One row per day, source and post that was measured that day. All scores of an item inside its source, with their parts; `source_percentile` is what the merge uses.';
COMMENT ON COLUMN "velocity"."scores"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "velocity"."scores"."source" IS 'The source inside which it is ranked.';
COMMENT ON COLUMN "velocity"."scores"."platform" IS 'Platform.';
COMMENT ON COLUMN "velocity"."scores"."external_id" IS 'The platform''s own id.';
COMMENT ON COLUMN "velocity"."scores"."list_name" IS 'The list in which it stood best that day.';
COMMENT ON COLUMN "velocity"."scores"."creator_id" IS 'The creator''s stable id.';
COMMENT ON COLUMN "velocity"."scores"."measured_at" IS 'Time of the newest counts.';
COMMENT ON COLUMN "velocity"."scores"."previous_measured_at" IS 'Time of the counts before; NULL when measured once.';
COMMENT ON COLUMN "velocity"."scores"."age_hours" IS 'Hours from posting to measured_at. Unit: hours.';
COMMENT ON COLUMN "velocity"."scores"."views" IS 'Views (score on Reddit; NULL on Amazon) at measured_at. Unit: views.';
COMMENT ON COLUMN "velocity"."scores"."delta_views" IS 'Views gained since previous_measured_at; may be negative. Unit: views.';
COMMENT ON COLUMN "velocity"."scores"."hours_between" IS 'Hours between the two measurements. Unit: hours.';
COMMENT ON COLUMN "velocity"."scores"."views_per_hour" IS 'Views gained per hour since the previous measurement; since posting when measured once. Unit: views per hour.';
COMMENT ON COLUMN "velocity"."scores"."engagement_velocity" IS 'SPEC T5: (likes+comments+shares)/hours since posted. Unit: engagements per hour.';
COMMENT ON COLUMN "velocity"."scores"."acceleration" IS 'Change of views_per_hour per hour, from three measurements. Unit: views per hour².';
COMMENT ON COLUMN "velocity"."scores"."rising" IS 'Percentile of relative growth within platform x list x age decile. Unit: share 0-1.';
COMMENT ON COLUMN "velocity"."scores"."rising_expected" IS 'As rising, with items measured once slotted in at the growth that is usual for their age; NULL until that has been learned. Unit: share 0-1.';
COMMENT ON COLUMN "velocity"."scores"."momentum" IS 'views_per_hour x age_hours^-1.2. Unit: views per hour^2.2.';
COMMENT ON COLUMN "velocity"."scores"."forecast_views_per_hour" IS 'Expected views per hour from now on: the measured rate times what rates of that age usually keep; the usual first growth for new items. Unit: views per hour.';
COMMENT ON COLUMN "velocity"."scores"."outlier_ratio" IS 'views_per_hour over the creator''s median views; NULL with fewer than 3 other items. Unit: per hour.';
COMMENT ON COLUMN "velocity"."scores"."breakout_ratio" IS 'Expected views in three days over the upper end of the creator''s normal range; from 1 on it is expected to leave it. NULL with fewer than 3 other items. Unit: times.';
COMMENT ON COLUMN "velocity"."scores"."challenger_z" IS 'Log views against the creator''s age-adjusted baseline, shrunk to what followers predict; ranks new items and a quarter of the rest. Unit: standard deviations.';
COMMENT ON COLUMN "velocity"."scores"."trending_score" IS 'SPEC T12: velocity x recency x virality. Unit: score.';
COMMENT ON COLUMN "velocity"."scores"."source_score" IS 'The source''s own SPEC formula (S1 X, S2 commerce, S3 Amazon, T12 trending). Unit: score.';
COMMENT ON COLUMN "velocity"."scores"."score_class" IS 'measured, new (measured once) or position (ranks only).';
COMMENT ON COLUMN "velocity"."scores"."source_percentile" IS 'Place within its source and class mapped to 0-1; the unit of the merge. Unit: share 0-1.';
COMMENT ON COLUMN "velocity"."scores"."baseline" IS 'The baseline value that it was compared with (SPEC S4), itself left out.';
COMMENT ON COLUMN "velocity"."scores"."baseline_items" IS 'How many items that baseline rests on. Unit: items.';
COMMENT ON COLUMN "velocity"."scores"."reason" IS 'Why a score is missing or weak, in a sentence.';
COMMENT ON COLUMN "velocity"."scores"."parts" IS 'Every number that went into the scores.';
COMMENT ON COLUMN "velocity"."scores"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "velocity"."post_velocity" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "creator_key" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_followers" bigint,
    "posted_at" timestamptz,
    "measured_at" timestamptz NOT NULL,
    "previous_measured_at" timestamptz,
    "first_measured_at" timestamptz NOT NULL,
    "measurements" integer NOT NULL,
    "counted" text NOT NULL,
    "age_hours" double precision,
    "tenure_hours" double precision NOT NULL,
    "views" bigint,
    "likes" bigint,
    "comments" bigint,
    "shares" bigint,
    "quotes" bigint,
    "delta_views" bigint,
    "hours_between" double precision,
    "measured_views_per_hour" double precision,
    "earlier_views_per_hour" double precision,
    "earlier_hours_between" double precision,
    "views_per_hour" double precision,
    "relative_growth_per_hour" double precision,
    "acceleration" double precision,
    "likes_per_hour" double precision,
    "comments_per_hour" double precision,
    "shares_per_hour" double precision,
    "engagement_velocity" double precision NOT NULL,
    "growth_since_previous_day" bigint,
    "hours_since_previous_day" double precision,
    "rounding_step" double precision NOT NULL,
    "is_clamped" boolean NOT NULL,
    "reason" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "post_velocity_pkey" PRIMARY KEY ("observed_date", "platform", "external_id"),
    CONSTRAINT "post_velocity_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "post_velocity_measurements_check" CHECK ("measurements" >= 1),
    CONSTRAINT "post_velocity_age_hours_check" CHECK ("age_hours" >= 0),
    CONSTRAINT "post_velocity_tenure_hours_check" CHECK ("tenure_hours" >= 0),
    CONSTRAINT "post_velocity_views_check" CHECK ("views" >= 0),
    CONSTRAINT "post_velocity_likes_check" CHECK ("likes" >= 0),
    CONSTRAINT "post_velocity_comments_check" CHECK ("comments" >= 0),
    CONSTRAINT "post_velocity_shares_check" CHECK ("shares" >= 0),
    CONSTRAINT "post_velocity_quotes_check" CHECK ("quotes" >= 0),
    CONSTRAINT "post_velocity_hours_between_check" CHECK ("hours_between" >= 0),
    CONSTRAINT "post_velocity_earlier_hours_between_check" CHECK ("earlier_hours_between" >= 0),
    CONSTRAINT "post_velocity_engagement_velocity_check" CHECK ("engagement_velocity" >= 0),
    CONSTRAINT "post_velocity_hours_since_previous_day_check" CHECK ("hours_since_previous_day" >= 0),
    CONSTRAINT "post_velocity_rounding_step_check" CHECK ("rounding_step" >= 0)
);
CREATE INDEX IF NOT EXISTS "post_velocity_platform_external_id_observed_date_idx" ON "velocity"."post_velocity" ("platform", "external_id", "observed_date");
COMMENT ON TABLE "velocity"."post_velocity" IS 'One row per day and post that was measured that day. Measured change of every post between its two newest captures (SPEC T5, T6), whatever source measured it.';
COMMENT ON COLUMN "velocity"."post_velocity"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "velocity"."post_velocity"."platform" IS 'Platform.';
COMMENT ON COLUMN "velocity"."post_velocity"."external_id" IS 'The platform''s own id.';
COMMENT ON COLUMN "velocity"."post_velocity"."creator_key" IS 'The creator''s id, else the handle: what baselines are kept by.';
COMMENT ON COLUMN "velocity"."post_velocity"."creator_id" IS 'The creator''s stable id.';
COMMENT ON COLUMN "velocity"."post_velocity"."creator_handle" IS 'The creator''s handle as last seen.';
COMMENT ON COLUMN "velocity"."post_velocity"."creator_followers" IS 'The creator''s followers as last seen. Unit: followers.';
COMMENT ON COLUMN "velocity"."post_velocity"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "velocity"."post_velocity"."measured_at" IS 'Time of the newest measurement.';
COMMENT ON COLUMN "velocity"."post_velocity"."previous_measured_at" IS 'Time of the one it is compared with, at most 8 days earlier.';
COMMENT ON COLUMN "velocity"."post_velocity"."first_measured_at" IS 'Oldest measurement within the 8 days before.';
COMMENT ON COLUMN "velocity"."post_velocity"."measurements" IS 'Measurements within the 8 days before. Unit: measurements.';
COMMENT ON COLUMN "velocity"."post_velocity"."counted" IS 'What `views` counts: views, or likes on a platform that shows no views.';
COMMENT ON COLUMN "velocity"."post_velocity"."age_hours" IS 'Hours from posting to measured_at; NULL when unknown. Unit: hours.';
COMMENT ON COLUMN "velocity"."post_velocity"."tenure_hours" IS 'Hours since first_measured_at. Unit: hours.';
COMMENT ON COLUMN "velocity"."post_velocity"."views" IS 'The newest count. Unit: views.';
COMMENT ON COLUMN "velocity"."post_velocity"."likes" IS 'Newest likes. Unit: likes.';
COMMENT ON COLUMN "velocity"."post_velocity"."comments" IS 'Newest comments. Unit: comments.';
COMMENT ON COLUMN "velocity"."post_velocity"."shares" IS 'Newest shares. Unit: shares.';
COMMENT ON COLUMN "velocity"."post_velocity"."quotes" IS 'Newest quotes. Unit: quotes.';
COMMENT ON COLUMN "velocity"."post_velocity"."delta_views" IS 'Gained since the measurement before; may be negative. Unit: views.';
COMMENT ON COLUMN "velocity"."post_velocity"."hours_between" IS 'True hours between the two. Unit: hours.';
COMMENT ON COLUMN "velocity"."post_velocity"."measured_views_per_hour" IS 'SPEC T6; NULL with one measurement. Unit: views per hour.';
COMMENT ON COLUMN "velocity"."post_velocity"."earlier_views_per_hour" IS 'The same for the interval before. Unit: views per hour.';
COMMENT ON COLUMN "velocity"."post_velocity"."earlier_hours_between" IS 'Length of the interval before. Unit: hours.';
COMMENT ON COLUMN "velocity"."post_velocity"."views_per_hour" IS 'measured_views_per_hour, else views per hour since posting. Unit: views per hour.';
COMMENT ON COLUMN "velocity"."post_velocity"."relative_growth_per_hour" IS 'measured_views_per_hour / views. Unit: share per hour.';
COMMENT ON COLUMN "velocity"."post_velocity"."acceleration" IS 'Change of the measured rate, from three measurements. Unit: views per hour².';
COMMENT ON COLUMN "velocity"."post_velocity"."likes_per_hour" IS 'Likes gained per hour. Unit: likes per hour.';
COMMENT ON COLUMN "velocity"."post_velocity"."comments_per_hour" IS 'Comments gained per hour. Unit: comments per hour.';
COMMENT ON COLUMN "velocity"."post_velocity"."shares_per_hour" IS 'Shares gained per hour. Unit: shares per hour.';
COMMENT ON COLUMN "velocity"."post_velocity"."engagement_velocity" IS 'SPEC T5, 2 decimals; 0.00 without a posting time. Unit: engagements per hour.';
COMMENT ON COLUMN "velocity"."post_velocity"."growth_since_previous_day" IS 'Gained since the newest measurement of an earlier UTC day. Unit: views.';
COMMENT ON COLUMN "velocity"."post_velocity"."hours_since_previous_day" IS 'Hours over which that is. Unit: hours.';
COMMENT ON COLUMN "velocity"."post_velocity"."rounding_step" IS 'Step in which the platform rounds the count; 0 when it does not seem to. Unit: views.';
COMMENT ON COLUMN "velocity"."post_velocity"."is_clamped" IS 'A negative or impossible count was read as 0 or unknown.';
COMMENT ON COLUMN "velocity"."post_velocity"."reason" IS 'Why a number is missing or weak, in sentences.';
COMMENT ON COLUMN "velocity"."post_velocity"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "velocity"."curves" (
    "observed_date" date NOT NULL,
    "is_simulated" boolean NOT NULL,
    "platform" text NOT NULL,
    "curve" text NOT NULL,
    "bin" integer NOT NULL,
    "middle" double precision NOT NULL,
    "spread" double precision NOT NULL,
    "weight" double precision NOT NULL,
    "items_today" integer NOT NULL,
    "learned_until" date NOT NULL,
    CONSTRAINT "curves_pkey" PRIMARY KEY ("observed_date", "is_simulated", "platform", "curve", "bin"),
    CONSTRAINT "curves_bin_check" CHECK ("bin" >= 0),
    CONSTRAINT "curves_spread_check" CHECK ("spread" >= 0),
    CONSTRAINT "curves_weight_check" CHECK ("weight" >= 0),
    CONSTRAINT "curves_items_today_check" CHECK ("items_today" >= 0)
);
COMMENT ON TABLE "velocity"."curves" IS 'One row per day, world (live or simulated), platform, curve and bin. What is usual at an age, learned forward in time: each day blends its own medians into the day before''s.';
COMMENT ON COLUMN "velocity"."curves"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "velocity"."curves"."is_simulated" IS 'Learned from the sandbox, never mixed with live.';
COMMENT ON COLUMN "velocity"."curves"."platform" IS 'Platform.';
COMMENT ON COLUMN "velocity"."curves"."curve" IS 'relative_growth, first_step, carry, log_views or views_by_followers.';
COMMENT ON COLUMN "velocity"."curves"."bin" IS 'Half doublings of the age in hours (or followers); from 100 by tenure where the age is unknown.';
COMMENT ON COLUMN "velocity"."curves"."middle" IS 'Blended median. Unit: natural log.';
COMMENT ON COLUMN "velocity"."curves"."spread" IS 'Blended MAD as standard deviation. Unit: natural log.';
COMMENT ON COLUMN "velocity"."curves"."weight" IS 'Effective number of items; halves every 7 days. Unit: items.';
COMMENT ON COLUMN "velocity"."curves"."items_today" IS 'Items that the day added. Unit: items.';
COMMENT ON COLUMN "velocity"."curves"."learned_until" IS 'The day up to which it has learned.';

CREATE TABLE IF NOT EXISTS "velocity"."baselines" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "scope" text NOT NULL,
    "key" text NOT NULL,
    "items" integer NOT NULL,
    "mean_value" double precision NOT NULL,
    "median_value" double precision NOT NULL,
    "mean_engagements" double precision,
    "entries" jsonb NOT NULL,
    "learned_until" date NOT NULL,
    CONSTRAINT "baselines_pkey" PRIMARY KEY ("observed_date", "platform", "scope", "key"),
    CONSTRAINT "baselines_items_check" CHECK ("items" >= 1),
    CONSTRAINT "baselines_mean_value_check" CHECK ("mean_value" >= 0),
    CONSTRAINT "baselines_median_value_check" CHECK ("median_value" >= 0),
    CONSTRAINT "baselines_mean_engagements_check" CHECK ("mean_engagements" >= 0)
);
CREATE INDEX IF NOT EXISTS "baselines_platform_scope_key_observed_date_idx" ON "velocity"."baselines" ("platform", "scope", "key", "observed_date");
COMMENT ON TABLE "velocity"."baselines" IS 'One row per day and creator or list of which something was measured that day. Rings of the newest counts per creator (30 items) and commerce hashtag (300), rolled on by a day''s items.';
COMMENT ON COLUMN "velocity"."baselines"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "velocity"."baselines"."platform" IS 'Platform.';
COMMENT ON COLUMN "velocity"."baselines"."scope" IS 'creator or list.';
COMMENT ON COLUMN "velocity"."baselines"."key" IS 'The creator''s id or handle; source|list for lists.';
COMMENT ON COLUMN "velocity"."baselines"."items" IS 'Items in the ring. Unit: items.';
COMMENT ON COLUMN "velocity"."baselines"."mean_value" IS 'Mean views of the ring. Unit: views.';
COMMENT ON COLUMN "velocity"."baselines"."median_value" IS 'Median views of the ring. Unit: views.';
COMMENT ON COLUMN "velocity"."baselines"."mean_engagements" IS 'Mean engagements of the ring. Unit: engagements.';
COMMENT ON COLUMN "velocity"."baselines"."entries" IS 'external_id: [views, engagements, age bin, epoch seconds of the measurement].';
COMMENT ON COLUMN "velocity"."baselines"."learned_until" IS 'The day up to which it has learned.';

CREATE TABLE IF NOT EXISTS "velocity"."amazon_ranks" (
    "observed_date" date NOT NULL,
    "category" text NOT NULL,
    "external_id" text NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "position" integer,
    "previous_position" integer,
    "previous_measured_at" timestamptz,
    "days_between" double precision,
    "positions_gained" integer,
    "page_rank_change_pct" double precision,
    "position_score" double precision,
    "velocity_score" double precision NOT NULL,
    "score" double precision,
    "reason" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "amazon_ranks_pkey" PRIMARY KEY ("observed_date", "category", "external_id"),
    CONSTRAINT "amazon_ranks_position_check" CHECK ("position" >= 1),
    CONSTRAINT "amazon_ranks_previous_position_check" CHECK ("previous_position" >= 1),
    CONSTRAINT "amazon_ranks_days_between_check" CHECK ("days_between" >= 0),
    CONSTRAINT "amazon_ranks_position_score_check" CHECK ("position_score" >= 0 AND "position_score" <= 1),
    CONSTRAINT "amazon_ranks_velocity_score_check" CHECK ("velocity_score" >= 0),
    CONSTRAINT "amazon_ranks_score_check" CHECK ("score" >= 0)
);
COMMENT ON TABLE "velocity"."amazon_ranks" IS 'One row per day, category and product. Amazon positions, what changed since the newest earlier day, and the score (SPEC S3).';
COMMENT ON COLUMN "velocity"."amazon_ranks"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."category" IS 'The list.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."external_id" IS 'ASIN, or the product''s id.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."measured_at" IS 'When the list was fetched.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."position" IS 'Place, 1 is first. Unit: rank.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."previous_position" IS 'Place on the newest earlier day, at most 8 days before. Unit: rank.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."previous_measured_at" IS 'When that list was fetched.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."days_between" IS 'Days between the two. Unit: days.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."positions_gained" IS 'previous_position - position. Unit: ranks.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."page_rank_change_pct" IS 'The page''s own rank change, where it has one. Unit: percent.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."position_score" IS '(100 - position) / 100. Unit: score.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."velocity_score" IS '1/3 to 3, 1 for an unknown past. Unit: score.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."score" IS 'position_score x velocity_score. Unit: score.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."reason" IS 'Why something is missing, in a sentence.';
COMMENT ON COLUMN "velocity"."amazon_ranks"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "velocity"."category_movers" (
    "observed_date" date NOT NULL,
    "category" text NOT NULL,
    "mover_rank" integer NOT NULL,
    "products" integer NOT NULL,
    "compared" integer NOT NULL,
    "entered" integer,
    "climbed" integer NOT NULL,
    "fell" integer NOT NULL,
    "median_positions_moved" double precision,
    "mean_velocity_score" double precision,
    "biggest_mover" text,
    "biggest_gain" integer,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "category_movers_pkey" PRIMARY KEY ("observed_date", "category"),
    CONSTRAINT "category_movers_mover_rank_check" CHECK ("mover_rank" >= 1),
    CONSTRAINT "category_movers_products_check" CHECK ("products" >= 1),
    CONSTRAINT "category_movers_compared_check" CHECK ("compared" >= 0),
    CONSTRAINT "category_movers_entered_check" CHECK ("entered" >= 0),
    CONSTRAINT "category_movers_climbed_check" CHECK ("climbed" >= 0),
    CONSTRAINT "category_movers_fell_check" CHECK ("fell" >= 0),
    CONSTRAINT "category_movers_median_positions_moved_check" CHECK ("median_positions_moved" >= 0),
    CONSTRAINT "category_movers_mean_velocity_score_check" CHECK ("mean_velocity_score" >= 0)
);
COMMENT ON TABLE "velocity"."category_movers" IS 'One row per day and Amazon category. Which categories move most, and who moved most in each (SPEC S3).';
COMMENT ON COLUMN "velocity"."category_movers"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "velocity"."category_movers"."category" IS 'The list.';
COMMENT ON COLUMN "velocity"."category_movers"."mover_rank" IS '1 moves most. Unit: rank.';
COMMENT ON COLUMN "velocity"."category_movers"."products" IS 'Products in the list. Unit: products.';
COMMENT ON COLUMN "velocity"."category_movers"."compared" IS 'Of them seen on an earlier day. Unit: products.';
COMMENT ON COLUMN "velocity"."category_movers"."entered" IS 'Of them new in the list; NULL without an earlier list. Unit: products.';
COMMENT ON COLUMN "velocity"."category_movers"."climbed" IS 'Of them better placed than before. Unit: products.';
COMMENT ON COLUMN "velocity"."category_movers"."fell" IS 'Of them worse placed than before. Unit: products.';
COMMENT ON COLUMN "velocity"."category_movers"."median_positions_moved" IS 'Median places moved, up or down. Unit: ranks.';
COMMENT ON COLUMN "velocity"."category_movers"."mean_velocity_score" IS 'Mean velocity score. Unit: score.';
COMMENT ON COLUMN "velocity"."category_movers"."biggest_mover" IS 'The product that climbed most; NULL when none did.';
COMMENT ON COLUMN "velocity"."category_movers"."biggest_gain" IS 'Places it gained; NULL when only the page says that it climbed. Unit: ranks.';
COMMENT ON COLUMN "velocity"."category_movers"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "velocity"."panel" (
    "observed_date" date NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "url" text,
    "worth" double precision NOT NULL,
    "place" integer NOT NULL,
    "is_chosen" boolean NOT NULL,
    "last_measured_at" timestamptz NOT NULL,
    "last_worth_at" timestamptz NOT NULL,
    "expected_cost_usd" double precision NOT NULL,
    "reason" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "panel_pkey" PRIMARY KEY ("observed_date", "platform", "external_id"),
    CONSTRAINT "panel_worth_check" CHECK ("worth" >= 0),
    CONSTRAINT "panel_place_check" CHECK ("place" >= 1),
    CONSTRAINT "panel_expected_cost_usd_check" CHECK ("expected_cost_usd" >= 0)
);
COMMENT ON TABLE "velocity"."panel" IS 'One row per day and known item that is worth measuring again. The panel''s plan for the day (DESIGN §7): which known items are measured again by id, within the budget.';
COMMENT ON COLUMN "velocity"."panel"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "velocity"."panel"."platform" IS 'Platform.';
COMMENT ON COLUMN "velocity"."panel"."external_id" IS 'The platform''s own id.';
COMMENT ON COLUMN "velocity"."panel"."url" IS 'Public address, by which TikTok items are asked for.';
COMMENT ON COLUMN "velocity"."panel"."worth" IS 'What a new measurement would tell. Unit: score.';
COMMENT ON COLUMN "velocity"."panel"."place" IS 'Order of worth on its platform, 1 first. Unit: rank.';
COMMENT ON COLUMN "velocity"."panel"."is_chosen" IS 'Within the day''s budget.';
COMMENT ON COLUMN "velocity"."panel"."last_measured_at" IS 'When it was last measured.';
COMMENT ON COLUMN "velocity"."panel"."last_worth_at" IS 'When it last stood high enough to be followed.';
COMMENT ON COLUMN "velocity"."panel"."expected_cost_usd" IS 'What measuring it costs. Unit: USD.';
COMMENT ON COLUMN "velocity"."panel"."reason" IS 'Why it is or is not chosen, in a sentence.';
COMMENT ON COLUMN "velocity"."panel"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "velocity"."scoreboard" (
    "observed_date" date NOT NULL,
    "source" text NOT NULL,
    "ranked_date" date NOT NULL,
    "horizon_hours" integer NOT NULL,
    "label" text NOT NULL,
    "items" text NOT NULL,
    "score" text NOT NULL,
    "ranked" integer NOT NULL,
    "survivors" integer NOT NULL,
    "positives" integer NOT NULL,
    "precision_at_10" double precision,
    "precision_at_20" double precision,
    "r_precision" double precision,
    "average_precision" double precision,
    "lift" double precision,
    "spearman" double precision,
    "survivors_share" double precision,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "scoreboard_pkey" PRIMARY KEY ("observed_date", "source", "horizon_hours", "label", "items", "score", "is_simulated"),
    CONSTRAINT "scoreboard_horizon_hours_check" CHECK ("horizon_hours" >= 1),
    CONSTRAINT "scoreboard_ranked_check" CHECK ("ranked" >= 0),
    CONSTRAINT "scoreboard_survivors_check" CHECK ("survivors" >= 0),
    CONSTRAINT "scoreboard_positives_check" CHECK ("positives" >= 0),
    CONSTRAINT "scoreboard_precision_at_10_check" CHECK ("precision_at_10" >= 0 AND "precision_at_10" <= 1),
    CONSTRAINT "scoreboard_precision_at_20_check" CHECK ("precision_at_20" >= 0 AND "precision_at_20" <= 1),
    CONSTRAINT "scoreboard_r_precision_check" CHECK ("r_precision" >= 0 AND "r_precision" <= 1),
    CONSTRAINT "scoreboard_average_precision_check" CHECK ("average_precision" >= 0 AND "average_precision" <= 1),
    CONSTRAINT "scoreboard_lift_check" CHECK ("lift" >= 0),
    CONSTRAINT "scoreboard_spearman_check" CHECK ("spearman" >= -1 AND "spearman" <= 1),
    CONSTRAINT "scoreboard_survivors_share_check" CHECK ("survivors_share" >= 0 AND "survivors_share" <= 1)
);
COMMENT ON TABLE "velocity"."scoreboard" IS 'One row per day of grading, source, horizon, label, group of items and score. Rankings of 1, 3 and 7 days before, graded with what had happened by the end of the day (SPEC F6).';
COMMENT ON COLUMN "velocity"."scoreboard"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "velocity"."scoreboard"."source" IS 'The source whose items were ranked.';
COMMENT ON COLUMN "velocity"."scoreboard"."ranked_date" IS 'The day whose ranking is graded.';
COMMENT ON COLUMN "velocity"."scoreboard"."horizon_hours" IS 'How far ahead it was graded. Unit: hours.';
COMMENT ON COLUMN "velocity"."scoreboard"."label" IS 'rose, most_new_views or left_range.';
COMMENT ON COLUMN "velocity"."scoreboard"."items" IS 'all, or seen (measured before).';
COMMENT ON COLUMN "velocity"."scoreboard"."score" IS 'The score that ranked.';
COMMENT ON COLUMN "velocity"."scoreboard"."ranked" IS 'Items ranked. Unit: items.';
COMMENT ON COLUMN "velocity"."scoreboard"."survivors" IS 'Of them with a known outcome; only these are graded. Unit: items.';
COMMENT ON COLUMN "velocity"."scoreboard"."positives" IS 'Of them that the label calls right. Unit: items.';
COMMENT ON COLUMN "velocity"."scoreboard"."precision_at_10" IS 'Share of right ones in the first 10. Unit: share 0-1.';
COMMENT ON COLUMN "velocity"."scoreboard"."precision_at_20" IS 'Share of right ones in the first 20. Unit: share 0-1.';
COMMENT ON COLUMN "velocity"."scoreboard"."r_precision" IS 'Share of right ones in the first `positives`. Unit: share 0-1.';
COMMENT ON COLUMN "velocity"."scoreboard"."average_precision" IS 'Mean precision at the place of each right one. Unit: share 0-1.';
COMMENT ON COLUMN "velocity"."scoreboard"."lift" IS 'precision_at_10 over the share of right ones. Unit: times.';
COMMENT ON COLUMN "velocity"."scoreboard"."spearman" IS 'Rank correlation with the outcome behind the label. Unit: correlation.';
COMMENT ON COLUMN "velocity"."scoreboard"."survivors_share" IS 'survivors / ranked. Unit: share 0-1.';
COMMENT ON COLUMN "velocity"."scoreboard"."is_simulated" IS 'Graded on the sandbox.';

CREATE TABLE IF NOT EXISTS "ops"."source_attempts" (
    "attempt_id" text NOT NULL,
    "source" text NOT NULL,
    "provider" text NOT NULL,
    "observed_date" date NOT NULL,
    "outcome" text NOT NULL,
    "reason" text,
    "items" bigint,
    "calls" integer,
    "replayed" integer,
    "cost_usd" numeric(14,6),
    "run_id" text,
    "started_at" timestamptz NOT NULL,
    "finished_at" timestamptz,
    "is_simulated" boolean,
    CONSTRAINT "source_attempts_pkey" PRIMARY KEY ("attempt_id"),
    CONSTRAINT "source_attempts_items_check" CHECK ("items" >= 0),
    CONSTRAINT "source_attempts_calls_check" CHECK ("calls" >= 0),
    CONSTRAINT "source_attempts_replayed_check" CHECK ("replayed" >= 0),
    CONSTRAINT "source_attempts_cost_usd_check" CHECK ("cost_usd" >= 0)
);
CREATE INDEX IF NOT EXISTS "source_attempts_observed_date_source_started_at_idx" ON "ops"."source_attempts" ("observed_date", "source", "started_at");
COMMENT ON TABLE "ops"."source_attempts" IS 'One row per attempt to collect a source for a day. Outcome of each attempt (DESIGN §3); the feed''s sources_succeeded and sources_failed come from here.';
COMMENT ON COLUMN "ops"."source_attempts"."attempt_id" IS 'Id of the attempt (UUIDv4).';
COMMENT ON COLUMN "ops"."source_attempts"."source" IS 'The source.';
COMMENT ON COLUMN "ops"."source_attempts"."provider" IS 'The API behind it.';
COMMENT ON COLUMN "ops"."source_attempts"."observed_date" IS 'The partition.';
COMMENT ON COLUMN "ops"."source_attempts"."outcome" IS 'running, succeeded, partial, empty, failed, skipped or over_budget.';
COMMENT ON COLUMN "ops"."source_attempts"."reason" IS 'Why, in one sentence; empty when it simply succeeded.';
COMMENT ON COLUMN "ops"."source_attempts"."items" IS 'Items received. Unit: items.';
COMMENT ON COLUMN "ops"."source_attempts"."calls" IS 'Calls made to the provider (replays not counted). Unit: calls.';
COMMENT ON COLUMN "ops"."source_attempts"."replayed" IS 'Calls answered from the captures. Unit: calls.';
COMMENT ON COLUMN "ops"."source_attempts"."cost_usd" IS 'What it cost. Unit: USD.';
COMMENT ON COLUMN "ops"."source_attempts"."run_id" IS 'Dagster''s run.';
COMMENT ON COLUMN "ops"."source_attempts"."started_at" IS 'Start.';
COMMENT ON COLUMN "ops"."source_attempts"."finished_at" IS 'End; NULL while running or when the process died.';
COMMENT ON COLUMN "ops"."source_attempts"."is_simulated" IS 'True when the sandbox answered.';

CREATE TABLE IF NOT EXISTS "ops"."ledger" (
    "entry_id" text NOT NULL,
    "provider" text NOT NULL,
    "bucket" text NOT NULL,
    "source" text NOT NULL,
    "observed_date" date NOT NULL,
    "spend_date" date NOT NULL,
    "request_key" text NOT NULL,
    "collection_id" text NOT NULL,
    "state" text NOT NULL,
    "reserved_usd" numeric(14,6) NOT NULL,
    "cost_usd" numeric(14,6),
    "units" integer NOT NULL,
    "external_run_id" text,
    "is_simulated" boolean NOT NULL,
    "created_at" timestamptz NOT NULL,
    "settled_at" timestamptz,
    CONSTRAINT "ledger_pkey" PRIMARY KEY ("entry_id"),
    CONSTRAINT "ledger_reserved_usd_check" CHECK ("reserved_usd" >= 0),
    CONSTRAINT "ledger_cost_usd_check" CHECK ("cost_usd" >= 0),
    CONSTRAINT "ledger_units_check" CHECK ("units" >= 0)
);
CREATE INDEX IF NOT EXISTS "ledger_provider_spend_date_idx" ON "ops"."ledger" ("provider", "spend_date");
CREATE INDEX IF NOT EXISTS "ledger_request_key_state_idx" ON "ops"."ledger" ("request_key", "state");
COMMENT ON TABLE "ops"."ledger" IS 'One row per paid call, written before the call. Intent before money: state intent, then settled, released or adopted (SPEC S10).';
COMMENT ON COLUMN "ops"."ledger"."entry_id" IS 'Id of the entry (UUIDv4).';
COMMENT ON COLUMN "ops"."ledger"."provider" IS 'Who is paid.';
COMMENT ON COLUMN "ops"."ledger"."bucket" IS 'Quota bucket, empty for money only.';
COMMENT ON COLUMN "ops"."ledger"."source" IS 'The source that asked.';
COMMENT ON COLUMN "ops"."ledger"."observed_date" IS 'The partition it is for.';
COMMENT ON COLUMN "ops"."ledger"."spend_date" IS 'Day whose budget it uses: UTC; the provider''s own day for its quotas.';
COMMENT ON COLUMN "ops"."ledger"."request_key" IS 'sha256 of the canonical request.';
COMMENT ON COLUMN "ops"."ledger"."collection_id" IS 'The collection it belongs to.';
COMMENT ON COLUMN "ops"."ledger"."state" IS 'intent, settled, released or adopted.';
COMMENT ON COLUMN "ops"."ledger"."reserved_usd" IS 'The most it can cost. Unit: USD.';
COMMENT ON COLUMN "ops"."ledger"."cost_usd" IS 'What it cost; NULL until settled. Unit: USD.';
COMMENT ON COLUMN "ops"."ledger"."units" IS 'Quota units. Unit: units.';
COMMENT ON COLUMN "ops"."ledger"."external_run_id" IS 'The provider''s run id (Apify), as soon as known.';
COMMENT ON COLUMN "ops"."ledger"."is_simulated" IS 'True when it went to the sandbox; counted apart.';
COMMENT ON COLUMN "ops"."ledger"."created_at" IS 'When the intent was written.';
COMMENT ON COLUMN "ops"."ledger"."settled_at" IS 'When the outcome was known.';

CREATE TABLE IF NOT EXISTS "ops"."partition_writes" (
    "table_address" text NOT NULL,
    "observed_date" date NOT NULL,
    "token" bigint NOT NULL,
    "content_hash" text NOT NULL,
    "frame_hash" text NOT NULL,
    "stored" bigint NOT NULL,
    "received" bigint,
    "deduplicated" bigint,
    "quarantined" bigint,
    "run_id" text,
    "written_at" timestamptz NOT NULL,
    CONSTRAINT "partition_writes_pkey" PRIMARY KEY ("table_address", "observed_date"),
    CONSTRAINT "partition_writes_stored_check" CHECK ("stored" >= 0),
    CONSTRAINT "partition_writes_received_check" CHECK ("received" >= 0),
    CONSTRAINT "partition_writes_deduplicated_check" CHECK ("deduplicated" >= 0),
    CONSTRAINT "partition_writes_quarantined_check" CHECK ("quarantined" >= 0)
) WITH (fillfactor = 75);
COMMENT ON TABLE "ops"."partition_writes" IS 'One row per table and partition: its newest write. Manifest of each partition: fencing token, content hash and what was received, stored and set aside.';
COMMENT ON COLUMN "ops"."partition_writes"."table_address" IS 'schema.name of the table.';
COMMENT ON COLUMN "ops"."partition_writes"."observed_date" IS 'The partition.';
COMMENT ON COLUMN "ops"."partition_writes"."token" IS 'Fencing token of the newest write; an older attempt is refused.';
COMMENT ON COLUMN "ops"."partition_writes"."content_hash" IS 'Hash over the stored rows, independent of their order.';
COMMENT ON COLUMN "ops"."partition_writes"."frame_hash" IS 'Hash over the rows as they were given: tells a rerun quickly.';
COMMENT ON COLUMN "ops"."partition_writes"."stored" IS 'Rows stored. Unit: rows.';
COMMENT ON COLUMN "ops"."partition_writes"."received" IS 'Items received, where the table is fed from outside. Unit: items.';
COMMENT ON COLUMN "ops"."partition_writes"."deduplicated" IS 'Items dropped as repeats. Unit: items.';
COMMENT ON COLUMN "ops"."partition_writes"."quarantined" IS 'Items set aside with a reason. Unit: items.';
COMMENT ON COLUMN "ops"."partition_writes"."run_id" IS 'Dagster''s run.';
COMMENT ON COLUMN "ops"."partition_writes"."written_at" IS 'When.';

CREATE TABLE IF NOT EXISTS "ops"."quarantine" (
    "table_address" text NOT NULL,
    "observed_date" date NOT NULL,
    "position" integer NOT NULL,
    "reason" text NOT NULL,
    "raw" text NOT NULL,
    "capture_id" text,
    "quarantined_at" timestamptz NOT NULL,
    CONSTRAINT "quarantine_pkey" PRIMARY KEY ("table_address", "observed_date", "position"),
    CONSTRAINT "quarantine_position_check" CHECK ("position" >= 0)
);
COMMENT ON TABLE "ops"."quarantine" IS 'One row per item that could not become a typed row. Items set aside, with the reason and the item itself (cut to 20,000 characters).';
COMMENT ON COLUMN "ops"."quarantine"."table_address" IS 'The table it was meant for.';
COMMENT ON COLUMN "ops"."quarantine"."observed_date" IS 'The partition.';
COMMENT ON COLUMN "ops"."quarantine"."position" IS 'Number within the partition.';
COMMENT ON COLUMN "ops"."quarantine"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "ops"."quarantine"."raw" IS 'The item as text.';
COMMENT ON COLUMN "ops"."quarantine"."capture_id" IS 'The capture that holds it.';
COMMENT ON COLUMN "ops"."quarantine"."quarantined_at" IS 'When.';

CREATE TABLE IF NOT EXISTS "ops"."pacing" (
    "provider" text NOT NULL,
    "next_at" timestamptz NOT NULL,
    CONSTRAINT "pacing_pkey" PRIMARY KEY ("provider")
) WITH (fillfactor = 50);
COMMENT ON TABLE "ops"."pacing" IS 'One row per provider. Shared pacing: when the next request of a provider may start, for all processes.';
COMMENT ON COLUMN "ops"."pacing"."provider" IS 'The provider.';
COMMENT ON COLUMN "ops"."pacing"."next_at" IS 'Earliest start of the next request.';

CREATE TABLE IF NOT EXISTS "ops"."alerts" (
    "fingerprint" text NOT NULL,
    "title" text NOT NULL,
    "first_sent_at" timestamptz NOT NULL,
    "last_sent_at" timestamptz NOT NULL,
    "suppressed" integer NOT NULL,
    CONSTRAINT "alerts_pkey" PRIMARY KEY ("fingerprint"),
    CONSTRAINT "alerts_suppressed_check" CHECK ("suppressed" >= 0)
) WITH (fillfactor = 75);
COMMENT ON TABLE "ops"."alerts" IS 'One row per kind of trouble that was reported. What was said to people about failed runs and checks; repeats within a day are counted, not sent.';
COMMENT ON COLUMN "ops"."alerts"."fingerprint" IS 'sha256 of what failed and why, without ids and times.';
COMMENT ON COLUMN "ops"."alerts"."title" IS 'The message''s first line.';
COMMENT ON COLUMN "ops"."alerts"."first_sent_at" IS 'When it was said first.';
COMMENT ON COLUMN "ops"."alerts"."last_sent_at" IS 'When it was said last.';
COMMENT ON COLUMN "ops"."alerts"."suppressed" IS 'Repeats since then that were not sent.';

CREATE TABLE IF NOT EXISTS "ops"."tombstones" (
    "identity_hash" text NOT NULL,
    "key_check" text NOT NULL,
    "erased_at" timestamptz NOT NULL,
    CONSTRAINT "tombstones_pkey" PRIMARY KEY ("identity_hash")
);
COMMENT ON TABLE "ops"."tombstones" IS 'One row per erased person. Keyed hashes of erased creators: enough to keep them out, not to know them (SPEC P8).';
COMMENT ON COLUMN "ops"."tombstones"."identity_hash" IS 'HMAC-SHA256 of platform and id or handle.';
COMMENT ON COLUMN "ops"."tombstones"."key_check" IS 'Tells whether the configured key made this hash.';
COMMENT ON COLUMN "ops"."tombstones"."erased_at" IS 'When.';

CREATE TABLE IF NOT EXISTS "competitors"."requests" (
    "request_id" text NOT NULL,
    "user_id" text NOT NULL,
    "platforms" text[] NOT NULL,
    "providers" text[] NOT NULL,
    "topics" text[] NOT NULL,
    "seed_platform" text,
    "seed_identity" text,
    "seed_handle" text,
    "seed_external_id" text,
    "is_daily" boolean NOT NULL,
    "created_at" timestamptz NOT NULL,
    CONSTRAINT "requests_pkey" PRIMARY KEY ("request_id")
);
CREATE INDEX IF NOT EXISTS "requests_user_id_created_at_idx" ON "competitors"."requests" ("user_id", "created_at");
COMMENT ON TABLE "competitors"."requests" IS 'One row per request to find competitors. What a user asked for. The id is a hash of user and criteria: asking the same again is the same row.';
COMMENT ON COLUMN "competitors"."requests"."request_id" IS 'Hash of user and criteria.';
COMMENT ON COLUMN "competitors"."requests"."user_id" IS 'The user who asked.';
COMMENT ON COLUMN "competitors"."requests"."platforms" IS 'Platforms to search, alphabetically.';
COMMENT ON COLUMN "competitors"."requests"."providers" IS 'Providers to ask, alphabetically.';
COMMENT ON COLUMN "competitors"."requests"."topics" IS 'Topics (hashtags without #), alphabetically.';
COMMENT ON COLUMN "competitors"."requests"."seed_platform" IS 'Platform of the creator whose competitors are wanted.';
COMMENT ON COLUMN "competitors"."requests"."seed_identity" IS 'Identity token of that creator.';
COMMENT ON COLUMN "competitors"."requests"."seed_handle" IS 'Handle of that creator.';
COMMENT ON COLUMN "competitors"."requests"."seed_external_id" IS 'The platform''s id of that creator, where the user gave one.';
COMMENT ON COLUMN "competitors"."requests"."is_daily" IS 'Repeated by every daily run.';
COMMENT ON COLUMN "competitors"."requests"."created_at" IS 'When it was first asked.';

CREATE TABLE IF NOT EXISTS "competitors"."request_days" (
    "request_id" text NOT NULL,
    "observed_date" date NOT NULL,
    "asked_at" timestamptz NOT NULL,
    "answered_at" timestamptz,
    CONSTRAINT "request_days_pkey" PRIMARY KEY ("request_id", "observed_date")
) WITH (fillfactor = 75);
CREATE INDEX IF NOT EXISTS "request_days_observed_date_idx" ON "competitors"."request_days" ("observed_date");
CREATE INDEX IF NOT EXISTS "request_days_answered_at_asked_at_idx" ON "competitors"."request_days" ("answered_at", "asked_at");
COMMENT ON TABLE "competitors"."request_days" IS 'One row per request and day for which it was asked. The sensor''s queue: a request can be asked for any day and again; NULL answered_at is open.';
COMMENT ON COLUMN "competitors"."request_days"."request_id" IS 'The request.';
COMMENT ON COLUMN "competitors"."request_days"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "competitors"."request_days"."asked_at" IS 'When it was last asked for this day.';
COMMENT ON COLUMN "competitors"."request_days"."answered_at" IS 'When the merged candidates were last written; NULL while open.';

CREATE TABLE IF NOT EXISTS "competitors"."manual_seeds" (
    "request_id" text NOT NULL,
    "given" text NOT NULL,
    "user_id" text NOT NULL,
    "platform" text,
    "identity" text,
    "external_id" text,
    "handle" text,
    "url" text,
    "problem" text,
    "added_at" timestamptz NOT NULL,
    CONSTRAINT "manual_seeds_pkey" PRIMARY KEY ("request_id", "given")
);
COMMENT ON TABLE "competitors"."manual_seeds" IS 'One row per request and handle or URL that the user gave. Handles and URLs given by hand, recognised or not; an unrecognised one says why.';
COMMENT ON COLUMN "competitors"."manual_seeds"."request_id" IS 'The request.';
COMMENT ON COLUMN "competitors"."manual_seeds"."given" IS 'What the user gave, cleaned.';
COMMENT ON COLUMN "competitors"."manual_seeds"."user_id" IS 'The user who gave it.';
COMMENT ON COLUMN "competitors"."manual_seeds"."platform" IS 'Platform, where recognised.';
COMMENT ON COLUMN "competitors"."manual_seeds"."identity" IS 'Identity token, where recognised.';
COMMENT ON COLUMN "competitors"."manual_seeds"."external_id" IS 'The platform''s id, where the URL holds it.';
COMMENT ON COLUMN "competitors"."manual_seeds"."handle" IS 'The handle, where recognised.';
COMMENT ON COLUMN "competitors"."manual_seeds"."url" IS 'Normalised profile address, where recognised.';
COMMENT ON COLUMN "competitors"."manual_seeds"."problem" IS 'Why it was not recognised, in a sentence.';
COMMENT ON COLUMN "competitors"."manual_seeds"."added_at" IS 'When.';

CREATE TABLE IF NOT EXISTS "competitors"."corpus_creators" (
    "platform" text NOT NULL,
    "creator_key" text NOT NULL,
    "external_id" text,
    "handle" text,
    "name" text,
    "url" text,
    "handle_key" text,
    "bio" text,
    "followers" bigint,
    "posts" bigint NOT NULL,
    "median_views" double precision,
    "source_labels" text[] NOT NULL,
    "first_seen_date" date NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "corpus_creators_pkey" PRIMARY KEY ("platform", "creator_key"),
    CONSTRAINT "corpus_creators_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "corpus_creators_posts_check" CHECK ("posts" >= 0),
    CONSTRAINT "corpus_creators_median_views_check" CHECK ("median_views" >= 0)
) WITH (fillfactor = 75);
CREATE INDEX IF NOT EXISTS "corpus_creators_platform_handle_key_idx" ON "competitors"."corpus_creators" ("platform", "handle_key");
COMMENT ON TABLE "competitors"."corpus_creators" IS 'One row per platform and creator in the research corpus. Every creator of a collected or imported post or of the roster, with what is known; kept up daily.';
COMMENT ON COLUMN "competitors"."corpus_creators"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."corpus_creators"."creator_key" IS 'The platform''s id, else @ and the lower-case handle.';
COMMENT ON COLUMN "competitors"."corpus_creators"."external_id" IS 'The platform''s stable id of the creator; NULL when only a handle is known.';
COMMENT ON COLUMN "competitors"."corpus_creators"."handle" IS 'The handle without @, as last seen.';
COMMENT ON COLUMN "competitors"."corpus_creators"."name" IS 'The display name.';
COMMENT ON COLUMN "competitors"."corpus_creators"."url" IS 'Public https address of the profile, normalised.';
COMMENT ON COLUMN "competitors"."corpus_creators"."handle_key" IS 'The handle in lower case, to be found by.';
COMMENT ON COLUMN "competitors"."corpus_creators"."bio" IS 'The bio, where known.';
COMMENT ON COLUMN "competitors"."corpus_creators"."followers" IS 'Newest known followers. Unit: followers.';
COMMENT ON COLUMN "competitors"."corpus_creators"."posts" IS 'Posts known. Unit: posts.';
COMMENT ON COLUMN "competitors"."corpus_creators"."median_views" IS 'Median views of the known posts. Unit: views.';
COMMENT ON COLUMN "competitors"."corpus_creators"."source_labels" IS 'Sources that had it, alphabetically.';
COMMENT ON COLUMN "competitors"."corpus_creators"."first_seen_date" IS 'Day on which it was first seen.';
COMMENT ON COLUMN "competitors"."corpus_creators"."measured_at" IS 'When its newest numbers were measured.';
COMMENT ON COLUMN "competitors"."corpus_creators"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "competitors"."corpus_topics" (
    "platform" text NOT NULL,
    "topic" text NOT NULL,
    "creator_key" text NOT NULL,
    "posts" bigint NOT NULL,
    "first_seen_date" date NOT NULL,
    "measured_at" timestamptz NOT NULL,
    CONSTRAINT "corpus_topics_pkey" PRIMARY KEY ("platform", "topic", "creator_key"),
    CONSTRAINT "corpus_topics_posts_check" CHECK ("posts" >= 1)
) WITH (fillfactor = 75);
CREATE INDEX IF NOT EXISTS "corpus_topics_platform_creator_key_idx" ON "competitors"."corpus_topics" ("platform", "creator_key");
COMMENT ON TABLE "competitors"."corpus_topics" IS 'One row per platform, topic and creator. Which creator posted under which hashtag, how often: the index that discovery searches.';
COMMENT ON COLUMN "competitors"."corpus_topics"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."corpus_topics"."topic" IS 'Hashtag without #, lower case.';
COMMENT ON COLUMN "competitors"."corpus_topics"."creator_key" IS 'The platform''s id, else @ and the lower-case handle.';
COMMENT ON COLUMN "competitors"."corpus_topics"."posts" IS 'Posts with this hashtag. Unit: posts.';
COMMENT ON COLUMN "competitors"."corpus_topics"."first_seen_date" IS 'Day on which it was first seen.';
COMMENT ON COLUMN "competitors"."corpus_topics"."measured_at" IS 'When it was last counted.';

CREATE TABLE IF NOT EXISTS "competitors"."community_handles" (
    "user_id" text NOT NULL,
    "identity" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text,
    "handle" text,
    "name" text,
    "url" text,
    "origin" text NOT NULL,
    "shared_at" timestamptz NOT NULL,
    CONSTRAINT "community_handles_pkey" PRIMARY KEY ("user_id", "identity")
);
CREATE INDEX IF NOT EXISTS "community_handles_identity_idx" ON "competitors"."community_handles" ("identity");
COMMENT ON TABLE "competitors"."community_handles" IS 'One row per user and handle that the user shared. Handles that users agreed to share; the community graph links handles held by the same users.';
COMMENT ON COLUMN "competitors"."community_handles"."user_id" IS 'The user who shares it; never shown to others.';
COMMENT ON COLUMN "competitors"."community_handles"."identity" IS 'Identity token, so that spellings of one handle are one row.';
COMMENT ON COLUMN "competitors"."community_handles"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."community_handles"."external_id" IS 'The platform''s stable id of the creator; NULL when only a handle is known.';
COMMENT ON COLUMN "competitors"."community_handles"."handle" IS 'The handle without @, as last seen.';
COMMENT ON COLUMN "competitors"."community_handles"."name" IS 'The display name.';
COMMENT ON COLUMN "competitors"."community_handles"."url" IS 'Public https address of the profile, normalised.';
COMMENT ON COLUMN "competitors"."community_handles"."origin" IS 'tracked, seed or import.';
COMMENT ON COLUMN "competitors"."community_handles"."shared_at" IS 'When it was first shared.';

CREATE TABLE IF NOT EXISTS "competitors"."official_api" (
    "observed_date" date NOT NULL,
    "request_id" text NOT NULL,
    "identity" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text,
    "handle" text,
    "name" text,
    "url" text,
    "bio" text,
    "followers" bigint,
    "posts" bigint,
    "median_views" double precision,
    "matched_topics" text[],
    "match_score" double precision NOT NULL,
    "evidence" text[] NOT NULL,
    "source_labels" text[] NOT NULL,
    "measured_at" timestamptz,
    "capture_id" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "official_api_pkey" PRIMARY KEY ("observed_date", "request_id", "identity"),
    CONSTRAINT "official_api_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "official_api_posts_check" CHECK ("posts" >= 0),
    CONSTRAINT "official_api_median_views_check" CHECK ("median_views" >= 0),
    CONSTRAINT "official_api_match_score_check" CHECK ("match_score" >= 0 AND "match_score" <= 1)
);
COMMENT ON TABLE "competitors"."official_api" IS 'One row per day, request and creator that this provider found. Creators found by the platforms'' own APIs: YouTube channel search, Instagram business discovery (SPEC D1).';
COMMENT ON COLUMN "competitors"."official_api"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "competitors"."official_api"."request_id" IS 'The request that it answers.';
COMMENT ON COLUMN "competitors"."official_api"."identity" IS 'Identity token: platform:id:… or platform:handle:….';
COMMENT ON COLUMN "competitors"."official_api"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."official_api"."external_id" IS 'The platform''s stable id of the creator; NULL when only a handle is known.';
COMMENT ON COLUMN "competitors"."official_api"."handle" IS 'The handle without @, as last seen.';
COMMENT ON COLUMN "competitors"."official_api"."name" IS 'The display name.';
COMMENT ON COLUMN "competitors"."official_api"."url" IS 'Public https address of the profile, normalised.';
COMMENT ON COLUMN "competitors"."official_api"."bio" IS 'The bio or channel description.';
COMMENT ON COLUMN "competitors"."official_api"."followers" IS 'Followers or subscribers; NULL when hidden or unknown. Unit: followers.';
COMMENT ON COLUMN "competitors"."official_api"."posts" IS 'Posts known of this creator. Unit: posts.';
COMMENT ON COLUMN "competitors"."official_api"."median_views" IS 'Median views of the known posts. Unit: views.';
COMMENT ON COLUMN "competitors"."official_api"."matched_topics" IS 'Topics of the request that this creator also has, alphabetically.';
COMMENT ON COLUMN "competitors"."official_api"."match_score" IS 'How well it fits the request inside its provider, 1 is best. Unit: share 0-1.';
COMMENT ON COLUMN "competitors"."official_api"."evidence" IS 'Why it is here, in sentences.';
COMMENT ON COLUMN "competitors"."official_api"."source_labels" IS 'Where it was seen, alphabetically (e.g. youtube.search).';
COMMENT ON COLUMN "competitors"."official_api"."measured_at" IS 'When its numbers were measured.';
COMMENT ON COLUMN "competitors"."official_api"."capture_id" IS 'The capture that holds the verbatim answer, for official_api.';
COMMENT ON COLUMN "competitors"."official_api"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "competitors"."research_corpus" (
    "observed_date" date NOT NULL,
    "request_id" text NOT NULL,
    "identity" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text,
    "handle" text,
    "name" text,
    "url" text,
    "bio" text,
    "followers" bigint,
    "posts" bigint,
    "median_views" double precision,
    "matched_topics" text[],
    "match_score" double precision NOT NULL,
    "evidence" text[] NOT NULL,
    "source_labels" text[] NOT NULL,
    "measured_at" timestamptz,
    "capture_id" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "research_corpus_pkey" PRIMARY KEY ("observed_date", "request_id", "identity"),
    CONSTRAINT "research_corpus_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "research_corpus_posts_check" CHECK ("posts" >= 0),
    CONSTRAINT "research_corpus_median_views_check" CHECK ("median_views" >= 0),
    CONSTRAINT "research_corpus_match_score_check" CHECK ("match_score" >= 0 AND "match_score" <= 1)
);
COMMENT ON TABLE "competitors"."research_corpus" IS 'One row per day, request and creator that this provider found. Creators of the collected and imported posts that share topics with the request (SPEC D1).';
COMMENT ON COLUMN "competitors"."research_corpus"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "competitors"."research_corpus"."request_id" IS 'The request that it answers.';
COMMENT ON COLUMN "competitors"."research_corpus"."identity" IS 'Identity token: platform:id:… or platform:handle:….';
COMMENT ON COLUMN "competitors"."research_corpus"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."research_corpus"."external_id" IS 'The platform''s stable id of the creator; NULL when only a handle is known.';
COMMENT ON COLUMN "competitors"."research_corpus"."handle" IS 'The handle without @, as last seen.';
COMMENT ON COLUMN "competitors"."research_corpus"."name" IS 'The display name.';
COMMENT ON COLUMN "competitors"."research_corpus"."url" IS 'Public https address of the profile, normalised.';
COMMENT ON COLUMN "competitors"."research_corpus"."bio" IS 'The bio or channel description.';
COMMENT ON COLUMN "competitors"."research_corpus"."followers" IS 'Followers or subscribers; NULL when hidden or unknown. Unit: followers.';
COMMENT ON COLUMN "competitors"."research_corpus"."posts" IS 'Posts known of this creator. Unit: posts.';
COMMENT ON COLUMN "competitors"."research_corpus"."median_views" IS 'Median views of the known posts. Unit: views.';
COMMENT ON COLUMN "competitors"."research_corpus"."matched_topics" IS 'Topics of the request that this creator also has, alphabetically.';
COMMENT ON COLUMN "competitors"."research_corpus"."match_score" IS 'How well it fits the request inside its provider, 1 is best. Unit: share 0-1.';
COMMENT ON COLUMN "competitors"."research_corpus"."evidence" IS 'Why it is here, in sentences.';
COMMENT ON COLUMN "competitors"."research_corpus"."source_labels" IS 'Where it was seen, alphabetically (e.g. youtube.search).';
COMMENT ON COLUMN "competitors"."research_corpus"."measured_at" IS 'When its numbers were measured.';
COMMENT ON COLUMN "competitors"."research_corpus"."capture_id" IS 'The capture that holds the verbatim answer, for official_api.';
COMMENT ON COLUMN "competitors"."research_corpus"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "competitors"."manual_url_seed" (
    "observed_date" date NOT NULL,
    "request_id" text NOT NULL,
    "identity" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text,
    "handle" text,
    "name" text,
    "url" text,
    "bio" text,
    "followers" bigint,
    "posts" bigint,
    "median_views" double precision,
    "matched_topics" text[],
    "match_score" double precision NOT NULL,
    "evidence" text[] NOT NULL,
    "source_labels" text[] NOT NULL,
    "measured_at" timestamptz,
    "capture_id" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "manual_url_seed_pkey" PRIMARY KEY ("observed_date", "request_id", "identity"),
    CONSTRAINT "manual_url_seed_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "manual_url_seed_posts_check" CHECK ("posts" >= 0),
    CONSTRAINT "manual_url_seed_median_views_check" CHECK ("median_views" >= 0),
    CONSTRAINT "manual_url_seed_match_score_check" CHECK ("match_score" >= 0 AND "match_score" <= 1)
);
COMMENT ON TABLE "competitors"."manual_url_seed" IS 'One row per day, request and creator that this provider found. Creators whose handle or URL the user gave with the request (SPEC D1).';
COMMENT ON COLUMN "competitors"."manual_url_seed"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."request_id" IS 'The request that it answers.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."identity" IS 'Identity token: platform:id:… or platform:handle:….';
COMMENT ON COLUMN "competitors"."manual_url_seed"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."external_id" IS 'The platform''s stable id of the creator; NULL when only a handle is known.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."handle" IS 'The handle without @, as last seen.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."name" IS 'The display name.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."url" IS 'Public https address of the profile, normalised.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."bio" IS 'The bio or channel description.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."followers" IS 'Followers or subscribers; NULL when hidden or unknown. Unit: followers.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."posts" IS 'Posts known of this creator. Unit: posts.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."median_views" IS 'Median views of the known posts. Unit: views.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."matched_topics" IS 'Topics of the request that this creator also has, alphabetically.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."match_score" IS 'How well it fits the request inside its provider, 1 is best. Unit: share 0-1.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."evidence" IS 'Why it is here, in sentences.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."source_labels" IS 'Where it was seen, alphabetically (e.g. youtube.search).';
COMMENT ON COLUMN "competitors"."manual_url_seed"."measured_at" IS 'When its numbers were measured.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."capture_id" IS 'The capture that holds the verbatim answer, for official_api.';
COMMENT ON COLUMN "competitors"."manual_url_seed"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "competitors"."community_graph" (
    "observed_date" date NOT NULL,
    "request_id" text NOT NULL,
    "identity" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text,
    "handle" text,
    "name" text,
    "url" text,
    "bio" text,
    "followers" bigint,
    "posts" bigint,
    "median_views" double precision,
    "matched_topics" text[],
    "match_score" double precision NOT NULL,
    "evidence" text[] NOT NULL,
    "source_labels" text[] NOT NULL,
    "measured_at" timestamptz,
    "capture_id" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "community_graph_pkey" PRIMARY KEY ("observed_date", "request_id", "identity"),
    CONSTRAINT "community_graph_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "community_graph_posts_check" CHECK ("posts" >= 0),
    CONSTRAINT "community_graph_median_views_check" CHECK ("median_views" >= 0),
    CONSTRAINT "community_graph_match_score_check" CHECK ("match_score" >= 0 AND "match_score" <= 1)
);
COMMENT ON TABLE "competitors"."community_graph" IS 'One row per day, request and creator that this provider found. Creators that other users follow together with the request''s seed or the user''s own creators (SPEC D1).';
COMMENT ON COLUMN "competitors"."community_graph"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "competitors"."community_graph"."request_id" IS 'The request that it answers.';
COMMENT ON COLUMN "competitors"."community_graph"."identity" IS 'Identity token: platform:id:… or platform:handle:….';
COMMENT ON COLUMN "competitors"."community_graph"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."community_graph"."external_id" IS 'The platform''s stable id of the creator; NULL when only a handle is known.';
COMMENT ON COLUMN "competitors"."community_graph"."handle" IS 'The handle without @, as last seen.';
COMMENT ON COLUMN "competitors"."community_graph"."name" IS 'The display name.';
COMMENT ON COLUMN "competitors"."community_graph"."url" IS 'Public https address of the profile, normalised.';
COMMENT ON COLUMN "competitors"."community_graph"."bio" IS 'The bio or channel description.';
COMMENT ON COLUMN "competitors"."community_graph"."followers" IS 'Followers or subscribers; NULL when hidden or unknown. Unit: followers.';
COMMENT ON COLUMN "competitors"."community_graph"."posts" IS 'Posts known of this creator. Unit: posts.';
COMMENT ON COLUMN "competitors"."community_graph"."median_views" IS 'Median views of the known posts. Unit: views.';
COMMENT ON COLUMN "competitors"."community_graph"."matched_topics" IS 'Topics of the request that this creator also has, alphabetically.';
COMMENT ON COLUMN "competitors"."community_graph"."match_score" IS 'How well it fits the request inside its provider, 1 is best. Unit: share 0-1.';
COMMENT ON COLUMN "competitors"."community_graph"."evidence" IS 'Why it is here, in sentences.';
COMMENT ON COLUMN "competitors"."community_graph"."source_labels" IS 'Where it was seen, alphabetically (e.g. youtube.search).';
COMMENT ON COLUMN "competitors"."community_graph"."measured_at" IS 'When its numbers were measured.';
COMMENT ON COLUMN "competitors"."community_graph"."capture_id" IS 'The capture that holds the verbatim answer, for official_api.';
COMMENT ON COLUMN "competitors"."community_graph"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "competitors"."candidates" (
    "observed_date" date NOT NULL,
    "request_id" text NOT NULL,
    "rank" integer NOT NULL,
    "candidate_id" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text,
    "handle" text,
    "name" text,
    "url" text,
    "bio" text,
    "followers" bigint,
    "posts" bigint,
    "median_views" double precision,
    "matched_topics" text[],
    "match_score" double precision NOT NULL,
    "evidence" text[] NOT NULL,
    "source_labels" text[] NOT NULL,
    "identity_tokens" text[] NOT NULL,
    "providers" text[] NOT NULL,
    "source_count" integer NOT NULL,
    "confidence_tier" text NOT NULL,
    "metric_coverage" double precision NOT NULL,
    "fusion_bonus" double precision NOT NULL,
    "score" double precision NOT NULL,
    "already_tracked" boolean NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "candidates_pkey" PRIMARY KEY ("observed_date", "request_id", "candidate_id"),
    CONSTRAINT "candidates_rank_check" CHECK ("rank" >= 1),
    CONSTRAINT "candidates_followers_check" CHECK ("followers" >= 0),
    CONSTRAINT "candidates_posts_check" CHECK ("posts" >= 0),
    CONSTRAINT "candidates_median_views_check" CHECK ("median_views" >= 0),
    CONSTRAINT "candidates_match_score_check" CHECK ("match_score" >= 0 AND "match_score" <= 1),
    CONSTRAINT "candidates_source_count_check" CHECK ("source_count" >= 1),
    CONSTRAINT "candidates_metric_coverage_check" CHECK ("metric_coverage" >= 0 AND "metric_coverage" <= 1),
    CONSTRAINT "candidates_score_check" CHECK ("score" >= 0)
);
CREATE INDEX IF NOT EXISTS "candidates_request_id_observed_date_rank_idx" ON "competitors"."candidates" ("request_id", "observed_date", "rank");
COMMENT ON TABLE "competitors"."candidates" IS 'One row per day, request and candidate. Candidates of all providers, merged by shared identity, with confidence, evidence and rank (SPEC D2-D3).';
COMMENT ON COLUMN "competitors"."candidates"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "competitors"."candidates"."request_id" IS 'The request.';
COMMENT ON COLUMN "competitors"."candidates"."rank" IS 'Place in the request''s list, 1 is first. Unit: rank.';
COMMENT ON COLUMN "competitors"."candidates"."candidate_id" IS 'Hash of its strongest identity token; the same every day.';
COMMENT ON COLUMN "competitors"."candidates"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."candidates"."external_id" IS 'The platform''s stable id of the creator; NULL when only a handle is known.';
COMMENT ON COLUMN "competitors"."candidates"."handle" IS 'The handle without @, as last seen.';
COMMENT ON COLUMN "competitors"."candidates"."name" IS 'The display name.';
COMMENT ON COLUMN "competitors"."candidates"."url" IS 'Public https address of the profile, normalised.';
COMMENT ON COLUMN "competitors"."candidates"."bio" IS 'The bio or channel description.';
COMMENT ON COLUMN "competitors"."candidates"."followers" IS 'Followers or subscribers; NULL when hidden or unknown. Unit: followers.';
COMMENT ON COLUMN "competitors"."candidates"."posts" IS 'Posts known of this creator. Unit: posts.';
COMMENT ON COLUMN "competitors"."candidates"."median_views" IS 'Median views of the known posts. Unit: views.';
COMMENT ON COLUMN "competitors"."candidates"."matched_topics" IS 'Topics of the request that this creator also has, alphabetically.';
COMMENT ON COLUMN "competitors"."candidates"."match_score" IS 'How well it fits the request inside its provider, 1 is best. Unit: share 0-1.';
COMMENT ON COLUMN "competitors"."candidates"."evidence" IS 'Why it is here, in sentences.';
COMMENT ON COLUMN "competitors"."candidates"."source_labels" IS 'Where it was seen, alphabetically (e.g. youtube.search).';
COMMENT ON COLUMN "competitors"."candidates"."identity_tokens" IS 'All identity tokens, alphabetically.';
COMMENT ON COLUMN "competitors"."candidates"."providers" IS 'Providers that found it, alphabetically.';
COMMENT ON COLUMN "competitors"."candidates"."source_count" IS 'Number of independent providers.';
COMMENT ON COLUMN "competitors"."candidates"."confidence_tier" IS 'low, medium or high.';
COMMENT ON COLUMN "competitors"."candidates"."metric_coverage" IS 'Share of followers, posts, median views, stable id and bio that are known. Unit: share 0-1.';
COMMENT ON COLUMN "competitors"."candidates"."fusion_bonus" IS 'Added to the score for several providers.';
COMMENT ON COLUMN "competitors"."candidates"."score" IS 'match_score + fusion_bonus; ranks the list.';
COMMENT ON COLUMN "competitors"."candidates"."already_tracked" IS 'The asking user tracked it when this was computed.';
COMMENT ON COLUMN "competitors"."candidates"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "competitors"."tracked" (
    "user_id" text NOT NULL,
    "candidate_id" text NOT NULL,
    "identity" text NOT NULL,
    "identity_tokens" text[] NOT NULL,
    "platform" text NOT NULL,
    "external_id" text,
    "handle" text,
    "name" text,
    "url" text,
    "followers" bigint,
    "confidence_tier" text,
    "request_id" text,
    "imported_at" timestamptz NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "tracked_pkey" PRIMARY KEY ("user_id", "candidate_id"),
    CONSTRAINT "tracked_followers_check" CHECK ("followers" >= 0)
);
CREATE INDEX IF NOT EXISTS "tracked_user_id_identity_idx" ON "competitors"."tracked" ("user_id", "identity");
CREATE INDEX IF NOT EXISTS "tracked_user_id_imported_at_idx" ON "competitors"."tracked" ("user_id", "imported_at");
COMMENT ON TABLE "competitors"."tracked" IS 'One row per user and creator that the user tracks. The tracked roster: candidates that a user imported (SPEC D4).';
COMMENT ON COLUMN "competitors"."tracked"."user_id" IS 'The user.';
COMMENT ON COLUMN "competitors"."tracked"."candidate_id" IS 'Id of the candidate that was imported.';
COMMENT ON COLUMN "competitors"."tracked"."identity" IS 'Identity token.';
COMMENT ON COLUMN "competitors"."tracked"."identity_tokens" IS 'All identity tokens known at the import.';
COMMENT ON COLUMN "competitors"."tracked"."platform" IS 'Platform: tiktok, youtube or instagram.';
COMMENT ON COLUMN "competitors"."tracked"."external_id" IS 'The platform''s stable id of the creator; NULL when only a handle is known.';
COMMENT ON COLUMN "competitors"."tracked"."handle" IS 'The handle without @, as last seen.';
COMMENT ON COLUMN "competitors"."tracked"."name" IS 'The display name.';
COMMENT ON COLUMN "competitors"."tracked"."url" IS 'Public https address of the profile, normalised.';
COMMENT ON COLUMN "competitors"."tracked"."followers" IS 'Followers at the import. Unit: followers.';
COMMENT ON COLUMN "competitors"."tracked"."confidence_tier" IS 'Its confidence at the import.';
COMMENT ON COLUMN "competitors"."tracked"."request_id" IS 'The request that found it.';
COMMENT ON COLUMN "competitors"."tracked"."imported_at" IS 'When.';
COMMENT ON COLUMN "competitors"."tracked"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "media"."download_jobs" (
    "job_id" text NOT NULL,
    "user_id" text NOT NULL,
    "url" text NOT NULL,
    "platform" text NOT NULL,
    "caption" text,
    "state" text NOT NULL,
    "attempts" integer NOT NULL,
    "max_attempts" integer NOT NULL,
    "error" text,
    "error_kind" text,
    "sha256" text,
    "run_id" text,
    "created_at" timestamptz NOT NULL,
    "not_before" timestamptz NOT NULL,
    "started_at" timestamptz,
    "heartbeat_at" timestamptz,
    "finished_at" timestamptz,
    "is_simulated" boolean NOT NULL,
    "creator_id" text,
    "creator_handle" text,
    CONSTRAINT "download_jobs_pkey" PRIMARY KEY ("job_id"),
    CONSTRAINT "download_jobs_attempts_check" CHECK ("attempts" >= 0),
    CONSTRAINT "download_jobs_max_attempts_check" CHECK ("max_attempts" >= 1)
) WITH (fillfactor = 60);
CREATE INDEX IF NOT EXISTS "download_jobs_state_not_before_idx" ON "media"."download_jobs" ("state", "not_before");
CREATE INDEX IF NOT EXISTS "download_jobs_user_id_created_at_idx" ON "media"."download_jobs" ("user_id", "created_at");
CREATE INDEX IF NOT EXISTS "download_jobs_sha256_idx" ON "media"."download_jobs" ("sha256");
COMMENT ON TABLE "media"."download_jobs" IS 'One row per media download that a user asked for. Durable job: queued, downloading, processing, completed or failed; visible to its owner only.';
COMMENT ON COLUMN "media"."download_jobs"."job_id" IS 'Id of the job (UUIDv4).';
COMMENT ON COLUMN "media"."download_jobs"."user_id" IS 'The owner.';
COMMENT ON COLUMN "media"."download_jobs"."url" IS 'What is to be downloaded.';
COMMENT ON COLUMN "media"."download_jobs"."platform" IS 'Platform of the allow list that the host belongs to.';
COMMENT ON COLUMN "media"."download_jobs"."caption" IS 'Caption to check, where the user gave one.';
COMMENT ON COLUMN "media"."download_jobs"."state" IS 'queued, downloading, processing, completed or failed.';
COMMENT ON COLUMN "media"."download_jobs"."attempts" IS 'Attempts started.';
COMMENT ON COLUMN "media"."download_jobs"."max_attempts" IS 'After so many it fails for good.';
COMMENT ON COLUMN "media"."download_jobs"."error" IS 'Why the last attempt failed, in a sentence.';
COMMENT ON COLUMN "media"."download_jobs"."error_kind" IS 'refused, expired, too_large, wrong_type, timeout, unavailable or crashed.';
COMMENT ON COLUMN "media"."download_jobs"."sha256" IS 'The asset that came of it.';
COMMENT ON COLUMN "media"."download_jobs"."run_id" IS 'Dagster''s run of the last attempt.';
COMMENT ON COLUMN "media"."download_jobs"."created_at" IS 'When it was asked for.';
COMMENT ON COLUMN "media"."download_jobs"."not_before" IS 'The next attempt does not start earlier.';
COMMENT ON COLUMN "media"."download_jobs"."started_at" IS 'Start of the last attempt.';
COMMENT ON COLUMN "media"."download_jobs"."heartbeat_at" IS 'Last sign of life of the last attempt.';
COMMENT ON COLUMN "media"."download_jobs"."finished_at" IS 'When it completed or failed for good.';
COMMENT ON COLUMN "media"."download_jobs"."is_simulated" IS 'True when the sandbox served it.';
COMMENT ON COLUMN "media"."download_jobs"."creator_id" IS 'The creator''s id, as the downloader says it.';
COMMENT ON COLUMN "media"."download_jobs"."creator_handle" IS 'The creator''s handle, as the downloader says it or from the URL.';

CREATE TABLE IF NOT EXISTS "media"."assets" (
    "sha256" text NOT NULL,
    "path" text NOT NULL,
    "content_type" text NOT NULL,
    "bytes" bigint NOT NULL,
    "width" integer,
    "height" integer,
    "duration_seconds" double precision,
    "cover_path" text,
    "platform" text NOT NULL,
    "external_id" text,
    "creator_id" text,
    "creator_handle" text,
    "first_stored_at" timestamptz NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "assets_pkey" PRIMARY KEY ("sha256"),
    CONSTRAINT "assets_bytes_check" CHECK ("bytes" >= 1),
    CONSTRAINT "assets_width_check" CHECK ("width" >= 1),
    CONSTRAINT "assets_height_check" CHECK ("height" >= 1),
    CONSTRAINT "assets_duration_seconds_check" CHECK ("duration_seconds" >= 0)
);
COMMENT ON TABLE "media"."assets" IS 'One row per downloaded file, by content. Files in the media folder, named by their hash; type and size come from the content, not the URL.';
COMMENT ON COLUMN "media"."assets"."sha256" IS 'sha256 of the file.';
COMMENT ON COLUMN "media"."assets"."path" IS 'Path inside the media folder: first two hex digits / hash.ending.';
COMMENT ON COLUMN "media"."assets"."content_type" IS 'Type by content.';
COMMENT ON COLUMN "media"."assets"."bytes" IS 'Size. Unit: bytes.';
COMMENT ON COLUMN "media"."assets"."width" IS 'Width of the picture. Unit: pixels.';
COMMENT ON COLUMN "media"."assets"."height" IS 'Height of the picture. Unit: pixels.';
COMMENT ON COLUMN "media"."assets"."duration_seconds" IS 'Length of a video. Unit: seconds.';
COMMENT ON COLUMN "media"."assets"."cover_path" IS 'First frame (or the picture itself) as JPEG, inside the media folder.';
COMMENT ON COLUMN "media"."assets"."platform" IS 'Platform it came from.';
COMMENT ON COLUMN "media"."assets"."external_id" IS 'The platform''s id of the post, as the downloader says it.';
COMMENT ON COLUMN "media"."assets"."creator_id" IS 'The creator''s id, as the downloader says it.';
COMMENT ON COLUMN "media"."assets"."creator_handle" IS 'The creator''s handle, as the downloader says it.';
COMMENT ON COLUMN "media"."assets"."first_stored_at" IS 'When it was first stored.';
COMMENT ON COLUMN "media"."assets"."is_simulated" IS 'True when the sandbox served it.';

CREATE TABLE IF NOT EXISTS "media"."audits" (
    "job_id" text NOT NULL,
    "sha256" text NOT NULL,
    "has_face" boolean,
    "faces" integer,
    "largest_face_share" double precision,
    "face_reason" text,
    "duration_band" text,
    "orientation" text,
    "caption_checks" jsonb NOT NULL,
    "comparison" jsonb NOT NULL,
    "findings" text[] NOT NULL,
    "audited_at" timestamptz NOT NULL,
    CONSTRAINT "audits_pkey" PRIMARY KEY ("job_id"),
    CONSTRAINT "audits_faces_check" CHECK ("faces" >= 0),
    CONSTRAINT "audits_largest_face_share_check" CHECK ("largest_face_share" >= 0 AND "largest_face_share" <= 1)
);
COMMENT ON TABLE "media"."audits" IS 'One row per completed download job. What the audit of a downloaded file found (SPEC M4): faces, caption, length, and trends.';
COMMENT ON COLUMN "media"."audits"."job_id" IS 'The job.';
COMMENT ON COLUMN "media"."audits"."sha256" IS 'The asset.';
COMMENT ON COLUMN "media"."audits"."has_face" IS 'A face covers more than the threshold; NULL when not judged.';
COMMENT ON COLUMN "media"."audits"."faces" IS 'Faces found on the cover; NULL when not judged. Unit: faces.';
COMMENT ON COLUMN "media"."audits"."largest_face_share" IS 'Largest face''s share of the frame. Unit: share 0-1.';
COMMENT ON COLUMN "media"."audits"."face_reason" IS 'Why faces were not judged, in a sentence.';
COMMENT ON COLUMN "media"."audits"."duration_band" IS '0-15 s, 15-30 s, 30-60 s, 60-180 s or over 180 s; NULL for pictures.';
COMMENT ON COLUMN "media"."audits"."orientation" IS 'vertical, square or horizontal; NULL when unknown.';
COMMENT ON COLUMN "media"."audits"."caption_checks" IS 'List of {check, passed, finding}.';
COMMENT ON COLUMN "media"."audits"."comparison" IS 'How it compares with what is trending.';
COMMENT ON COLUMN "media"."audits"."findings" IS 'The audit in sentences.';
COMMENT ON COLUMN "media"."audits"."audited_at" IS 'When.';

CREATE TABLE IF NOT EXISTS "api"."keys" (
    "key_id" text NOT NULL,
    "user_id" text NOT NULL,
    "key_hash" text NOT NULL,
    "label" text,
    "created_at" timestamptz NOT NULL,
    "revoked_at" timestamptz,
    CONSTRAINT "keys_pkey" PRIMARY KEY ("key_id")
);
COMMENT ON TABLE "api"."keys" IS 'One row per API key. API keys, hashed: the key itself is shown once, when it is made, and never stored.';
COMMENT ON COLUMN "api"."keys"."key_id" IS 'Public part of the key.';
COMMENT ON COLUMN "api"."keys"."user_id" IS 'The user it stands for.';
COMMENT ON COLUMN "api"."keys"."key_hash" IS 'sha256 of the whole key (256 random bits need no slow hash).';
COMMENT ON COLUMN "api"."keys"."label" IS 'What the key is for.';
COMMENT ON COLUMN "api"."keys"."created_at" IS 'When.';
COMMENT ON COLUMN "api"."keys"."revoked_at" IS 'When it was withdrawn; NULL while it works.';

CREATE TABLE IF NOT EXISTS "api"."collections" (
    "run_id" text NOT NULL,
    "user_id" text NOT NULL,
    "observed_date" date NOT NULL,
    "requested_at" timestamptz NOT NULL,
    CONSTRAINT "collections_pkey" PRIMARY KEY ("run_id")
);
CREATE INDEX IF NOT EXISTS "collections_user_id_requested_at_idx" ON "api"."collections" ("user_id", "requested_at");
COMMENT ON TABLE "api"."collections" IS 'One row per collection that was launched over HTTP. Who launched which Dagster run: the record behind the limit of POST /collect-trends.';
COMMENT ON COLUMN "api"."collections"."run_id" IS 'Dagster''s run.';
COMMENT ON COLUMN "api"."collections"."user_id" IS 'The user.';
COMMENT ON COLUMN "api"."collections"."observed_date" IS 'The partition that was asked for.';
COMMENT ON COLUMN "api"."collections"."requested_at" IS 'When.';

CREATE TABLE IF NOT EXISTS "feed"."core_items" (
    "observed_date" date NOT NULL,
    "source" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text,
    "title" text,
    "text" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "linked_url" text,
    "hashtags" text[],
    "list_name" text,
    "posted_at" timestamptz,
    "measured_at" timestamptz NOT NULL,
    "engagement" jsonb NOT NULL,
    "outlier_score" double precision,
    "score_class" text NOT NULL,
    "source_percentile" double precision NOT NULL,
    "source_rank" bigint NOT NULL,
    "source_items" bigint NOT NULL,
    "views" bigint,
    "delta_views" bigint,
    "hours_between" double precision,
    "views_per_hour" double precision,
    "age_hours" double precision,
    "list_rank" integer,
    "baseline" double precision,
    "baseline_items" integer,
    "score_reason" text,
    "score_parts" jsonb NOT NULL,
    "is_sponsored" boolean,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "core_items_pkey" PRIMARY KEY ("observed_date", "source", "platform", "external_id"),
    CONSTRAINT "core_items_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "core_items_source_percentile_check" CHECK ("source_percentile" >= 0 AND "source_percentile" <= 1),
    CONSTRAINT "core_items_source_rank_check" CHECK ("source_rank" >= 1),
    CONSTRAINT "core_items_source_items_check" CHECK ("source_items" >= 1),
    CONSTRAINT "core_items_views_check" CHECK ("views" >= 0),
    CONSTRAINT "core_items_hours_between_check" CHECK ("hours_between" >= 0),
    CONSTRAINT "core_items_age_hours_check" CHECK ("age_hours" >= 0),
    CONSTRAINT "core_items_list_rank_check" CHECK ("list_rank" >= 1),
    CONSTRAINT "core_items_baseline_items_check" CHECK ("baseline_items" >= 0)
);
COMMENT ON TABLE "feed"."core_items" IS 'One row per day, core source and item that may enter the feed. The best items of each core source with their text, counts and scores: what the merge starts from.';
COMMENT ON COLUMN "feed"."core_items"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."core_items"."source" IS 'The source inside which it is ranked.';
COMMENT ON COLUMN "feed"."core_items"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "feed"."core_items"."external_id" IS 'The platform''s own id of the post, video or product.';
COMMENT ON COLUMN "feed"."core_items"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "feed"."core_items"."title" IS 'Title where the platform has one, as known on that day.';
COMMENT ON COLUMN "feed"."core_items"."text" IS 'Caption, post text or description, as known on that day.';
COMMENT ON COLUMN "feed"."core_items"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "feed"."core_items"."creator_id" IS 'The platform''s stable id of the creator (S5: author).';
COMMENT ON COLUMN "feed"."core_items"."creator_handle" IS 'The creator''s handle as known on that day.';
COMMENT ON COLUMN "feed"."core_items"."creator_name" IS 'The creator''s display name as known on that day.';
COMMENT ON COLUMN "feed"."core_items"."creator_followers" IS 'The creator''s followers. Unit: followers.';
COMMENT ON COLUMN "feed"."core_items"."url" IS 'Public https address of the item.';
COMMENT ON COLUMN "feed"."core_items"."linked_url" IS 'Address that the post is about (Reddit).';
COMMENT ON COLUMN "feed"."core_items"."hashtags" IS 'Hashtags without #.';
COMMENT ON COLUMN "feed"."core_items"."list_name" IS 'The list in which it stood best.';
COMMENT ON COLUMN "feed"."core_items"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "feed"."core_items"."measured_at" IS 'Time of the newest counts.';
COMMENT ON COLUMN "feed"."core_items"."engagement" IS 'Counts as measured: views, likes, comments, shares, saves, quotes; unknown is null.';
COMMENT ON COLUMN "feed"."core_items"."outlier_score" IS 'The source''s own score (SPEC S1-S3), else views per hour over the creator''s median views.';
COMMENT ON COLUMN "feed"."core_items"."score_class" IS 'measured, new (measured once) or position (ranks only).';
COMMENT ON COLUMN "feed"."core_items"."source_percentile" IS 'Place within its source and class. Unit: share 0-1.';
COMMENT ON COLUMN "feed"."core_items"."source_rank" IS 'Place within its source and class, 1 is first. Unit: rank.';
COMMENT ON COLUMN "feed"."core_items"."source_items" IS 'How many items were ranked in that source and class. Unit: items.';
COMMENT ON COLUMN "feed"."core_items"."views" IS 'Views (score on Reddit; NULL on Amazon) at measured_at. Unit: views.';
COMMENT ON COLUMN "feed"."core_items"."delta_views" IS 'Views gained since the previous measurement; may be negative. Unit: views.';
COMMENT ON COLUMN "feed"."core_items"."hours_between" IS 'Hours between the two measurements. Unit: hours.';
COMMENT ON COLUMN "feed"."core_items"."views_per_hour" IS 'Views gained per hour; since posting when measured once. Unit: views per hour.';
COMMENT ON COLUMN "feed"."core_items"."age_hours" IS 'Hours from posting to measured_at. Unit: hours.';
COMMENT ON COLUMN "feed"."core_items"."list_rank" IS 'Best place in a list that day, 1 is first. Unit: rank.';
COMMENT ON COLUMN "feed"."core_items"."baseline" IS 'The baseline value that it was compared with, itself left out.';
COMMENT ON COLUMN "feed"."core_items"."baseline_items" IS 'How many items that baseline rests on. Unit: items.';
COMMENT ON COLUMN "feed"."core_items"."score_reason" IS 'Why a score is missing or weak, in a sentence.';
COMMENT ON COLUMN "feed"."core_items"."score_parts" IS 'Every number that went into the scores.';
COMMENT ON COLUMN "feed"."core_items"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "feed"."core_items"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "feed"."stretch_items" (
    "observed_date" date NOT NULL,
    "source" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "kind" text,
    "title" text,
    "text" text,
    "language" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "linked_url" text,
    "hashtags" text[],
    "list_name" text,
    "posted_at" timestamptz,
    "measured_at" timestamptz NOT NULL,
    "engagement" jsonb NOT NULL,
    "outlier_score" double precision,
    "score_class" text NOT NULL,
    "source_percentile" double precision NOT NULL,
    "source_rank" bigint NOT NULL,
    "source_items" bigint NOT NULL,
    "views" bigint,
    "delta_views" bigint,
    "hours_between" double precision,
    "views_per_hour" double precision,
    "age_hours" double precision,
    "list_rank" integer,
    "baseline" double precision,
    "baseline_items" integer,
    "score_reason" text,
    "score_parts" jsonb NOT NULL,
    "is_sponsored" boolean,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "stretch_items_pkey" PRIMARY KEY ("observed_date", "source", "platform", "external_id"),
    CONSTRAINT "stretch_items_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "stretch_items_source_percentile_check" CHECK ("source_percentile" >= 0 AND "source_percentile" <= 1),
    CONSTRAINT "stretch_items_source_rank_check" CHECK ("source_rank" >= 1),
    CONSTRAINT "stretch_items_source_items_check" CHECK ("source_items" >= 1),
    CONSTRAINT "stretch_items_views_check" CHECK ("views" >= 0),
    CONSTRAINT "stretch_items_hours_between_check" CHECK ("hours_between" >= 0),
    CONSTRAINT "stretch_items_age_hours_check" CHECK ("age_hours" >= 0),
    CONSTRAINT "stretch_items_list_rank_check" CHECK ("list_rank" >= 1),
    CONSTRAINT "stretch_items_baseline_items_check" CHECK ("baseline_items" >= 0)
);
COMMENT ON TABLE "feed"."stretch_items" IS 'One row per day, stretch source and item that may enter the feed. The best items of each stretch source with their text, counts and scores: what the merge starts from.';
COMMENT ON COLUMN "feed"."stretch_items"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."stretch_items"."source" IS 'The source inside which it is ranked.';
COMMENT ON COLUMN "feed"."stretch_items"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "feed"."stretch_items"."external_id" IS 'The platform''s own id of the post, video or product.';
COMMENT ON COLUMN "feed"."stretch_items"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "feed"."stretch_items"."title" IS 'Title where the platform has one, as known on that day.';
COMMENT ON COLUMN "feed"."stretch_items"."text" IS 'Caption, post text or description, as known on that day.';
COMMENT ON COLUMN "feed"."stretch_items"."language" IS 'Language code as the platform says it.';
COMMENT ON COLUMN "feed"."stretch_items"."creator_id" IS 'The platform''s stable id of the creator (S5: author).';
COMMENT ON COLUMN "feed"."stretch_items"."creator_handle" IS 'The creator''s handle as known on that day.';
COMMENT ON COLUMN "feed"."stretch_items"."creator_name" IS 'The creator''s display name as known on that day.';
COMMENT ON COLUMN "feed"."stretch_items"."creator_followers" IS 'The creator''s followers. Unit: followers.';
COMMENT ON COLUMN "feed"."stretch_items"."url" IS 'Public https address of the item.';
COMMENT ON COLUMN "feed"."stretch_items"."linked_url" IS 'Address that the post is about (Reddit).';
COMMENT ON COLUMN "feed"."stretch_items"."hashtags" IS 'Hashtags without #.';
COMMENT ON COLUMN "feed"."stretch_items"."list_name" IS 'The list in which it stood best.';
COMMENT ON COLUMN "feed"."stretch_items"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "feed"."stretch_items"."measured_at" IS 'Time of the newest counts.';
COMMENT ON COLUMN "feed"."stretch_items"."engagement" IS 'Counts as measured: views, likes, comments, shares, saves, quotes; unknown is null.';
COMMENT ON COLUMN "feed"."stretch_items"."outlier_score" IS 'The source''s own score (SPEC S1-S3), else views per hour over the creator''s median views.';
COMMENT ON COLUMN "feed"."stretch_items"."score_class" IS 'measured, new (measured once) or position (ranks only).';
COMMENT ON COLUMN "feed"."stretch_items"."source_percentile" IS 'Place within its source and class. Unit: share 0-1.';
COMMENT ON COLUMN "feed"."stretch_items"."source_rank" IS 'Place within its source and class, 1 is first. Unit: rank.';
COMMENT ON COLUMN "feed"."stretch_items"."source_items" IS 'How many items were ranked in that source and class. Unit: items.';
COMMENT ON COLUMN "feed"."stretch_items"."views" IS 'Views (score on Reddit; NULL on Amazon) at measured_at. Unit: views.';
COMMENT ON COLUMN "feed"."stretch_items"."delta_views" IS 'Views gained since the previous measurement; may be negative. Unit: views.';
COMMENT ON COLUMN "feed"."stretch_items"."hours_between" IS 'Hours between the two measurements. Unit: hours.';
COMMENT ON COLUMN "feed"."stretch_items"."views_per_hour" IS 'Views gained per hour; since posting when measured once. Unit: views per hour.';
COMMENT ON COLUMN "feed"."stretch_items"."age_hours" IS 'Hours from posting to measured_at. Unit: hours.';
COMMENT ON COLUMN "feed"."stretch_items"."list_rank" IS 'Best place in a list that day, 1 is first. Unit: rank.';
COMMENT ON COLUMN "feed"."stretch_items"."baseline" IS 'The baseline value that it was compared with, itself left out.';
COMMENT ON COLUMN "feed"."stretch_items"."baseline_items" IS 'How many items that baseline rests on. Unit: items.';
COMMENT ON COLUMN "feed"."stretch_items"."score_reason" IS 'Why a score is missing or weak, in a sentence.';
COMMENT ON COLUMN "feed"."stretch_items"."score_parts" IS 'Every number that went into the scores.';
COMMENT ON COLUMN "feed"."stretch_items"."is_sponsored" IS 'The provider marks it as an ad, sponsored or branded content.';
COMMENT ON COLUMN "feed"."stretch_items"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "feed"."source_report" (
    "observed_date" date NOT NULL,
    "source" text NOT NULL,
    "title" text NOT NULL,
    "tier" text NOT NULL,
    "status" text NOT NULL,
    "reason" text,
    "items" bigint,
    "scored_items" bigint NOT NULL,
    "calls" bigint,
    "cost_usd" numeric(14,6),
    "attempts" integer NOT NULL,
    "measured_at" timestamptz,
    "is_blended" boolean NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "source_report_pkey" PRIMARY KEY ("observed_date", "source"),
    CONSTRAINT "source_report_items_check" CHECK ("items" >= 0),
    CONSTRAINT "source_report_scored_items_check" CHECK ("scored_items" >= 0),
    CONSTRAINT "source_report_calls_check" CHECK ("calls" >= 0),
    CONSTRAINT "source_report_cost_usd_check" CHECK ("cost_usd" >= 0),
    CONSTRAINT "source_report_attempts_check" CHECK ("attempts" >= 0)
);
COMMENT ON TABLE "feed"."source_report" IS 'One row per day and source of the registry. Which sources worked that day and why the others did not (SPEC S7); no attempt is a failure.';
COMMENT ON COLUMN "feed"."source_report"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."source_report"."source" IS 'The source.';
COMMENT ON COLUMN "feed"."source_report"."title" IS 'Its name for people.';
COMMENT ON COLUMN "feed"."source_report"."tier" IS 'core or stretch.';
COMMENT ON COLUMN "feed"."source_report"."status" IS 'succeeded, partial, failed or skipped.';
COMMENT ON COLUMN "feed"."source_report"."reason" IS 'Why, in a sentence; NULL when it simply succeeded.';
COMMENT ON COLUMN "feed"."source_report"."items" IS 'Items received that day. Unit: items.';
COMMENT ON COLUMN "feed"."source_report"."scored_items" IS 'Items that got a score that day. Unit: items.';
COMMENT ON COLUMN "feed"."source_report"."calls" IS 'Calls made to the provider, replays not counted. Unit: calls.';
COMMENT ON COLUMN "feed"."source_report"."cost_usd" IS 'What the day''s attempts cost. Unit: USD.';
COMMENT ON COLUMN "feed"."source_report"."attempts" IS 'Attempts that day. Unit: attempts.';
COMMENT ON COLUMN "feed"."source_report"."measured_at" IS 'Time of its newest counts that day; NULL without any.';
COMMENT ON COLUMN "feed"."source_report"."is_blended" IS 'False when its terms forbid blending: listed apart, not ranked.';
COMMENT ON COLUMN "feed"."source_report"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "feed"."stories" (
    "observed_date" date NOT NULL,
    "story_id" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "source" text NOT NULL,
    "title" text NOT NULL,
    "text" text,
    "creator_key" text,
    "score" double precision NOT NULL,
    "score_parts" jsonb NOT NULL,
    "score_rank" bigint NOT NULL,
    "feed_rank" integer,
    "outcome" text NOT NULL,
    "reason" text NOT NULL,
    "returned_because" text,
    "views" bigint,
    "list_rank" integer,
    "platforms" text[] NOT NULL,
    "proof_keys" text[] NOT NULL,
    "proof_count" integer NOT NULL,
    "sources" text[] NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "stories_pkey" PRIMARY KEY ("observed_date", "story_id"),
    CONSTRAINT "stories_score_rank_check" CHECK ("score_rank" >= 1),
    CONSTRAINT "stories_feed_rank_check" CHECK ("feed_rank" >= 1),
    CONSTRAINT "stories_views_check" CHECK ("views" >= 0),
    CONSTRAINT "stories_list_rank_check" CHECK ("list_rank" >= 1),
    CONSTRAINT "stories_proof_count_check" CHECK ("proof_count" >= 1)
);
COMMENT ON TABLE "feed"."stories" IS 'One row per day and story that was considered for the feed. Every story with its score and what became of it: nothing is left out without a reason.';
COMMENT ON COLUMN "feed"."stories"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."stories"."story_id" IS 'Stable id of the story; the same on every day it is in the feed.';
COMMENT ON COLUMN "feed"."stories"."platform" IS 'Platform of its leading item.';
COMMENT ON COLUMN "feed"."stories"."external_id" IS 'Id of its leading item.';
COMMENT ON COLUMN "feed"."stories"."source" IS 'The source in which the leading item stands best.';
COMMENT ON COLUMN "feed"."stories"."title" IS 'One line to recognise it by.';
COMMENT ON COLUMN "feed"."stories"."text" IS 'The text, at most 500 characters.';
COMMENT ON COLUMN "feed"."stories"."creator_key" IS 'platform:creator of the leading item; the creator limit counts it.';
COMMENT ON COLUMN "feed"."stories"."score" IS 'Sum of score_parts.';
COMMENT ON COLUMN "feed"."stories"."score_parts" IS 'Additive parts of the score: [{name, value, why}].';
COMMENT ON COLUMN "feed"."stories"."score_rank" IS 'Place by score before any rule, 1 is first.';
COMMENT ON COLUMN "feed"."stories"."feed_rank" IS 'Place in the feed; NULL when it is not in it.';
COMMENT ON COLUMN "feed"."stories"."outcome" IS 'in_feed, repeat, creator_limit, source_limit, not_rising, below_floor or below_cut.';
COMMENT ON COLUMN "feed"."stories"."reason" IS 'The outcome as a sentence.';
COMMENT ON COLUMN "feed"."stories"."returned_because" IS 'What changed since it was last in the feed; NULL for a first time.';
COMMENT ON COLUMN "feed"."stories"."views" IS 'Views of the leading item. Unit: views.';
COMMENT ON COLUMN "feed"."stories"."list_rank" IS 'Best list place of the leading item. Unit: rank.';
COMMENT ON COLUMN "feed"."stories"."platforms" IS 'Platforms that have it.';
COMMENT ON COLUMN "feed"."stories"."proof_keys" IS 'platform:id of every item of the story.';
COMMENT ON COLUMN "feed"."stories"."proof_count" IS 'Items that belong to the story. Unit: items.';
COMMENT ON COLUMN "feed"."stories"."sources" IS 'Sources that have it.';
COMMENT ON COLUMN "feed"."stories"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "feed"."proofs" (
    "observed_date" date NOT NULL,
    "story_id" text NOT NULL,
    "source" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "matched_by" text NOT NULL,
    "similarity" double precision,
    "source_percentile" double precision NOT NULL,
    "source_rank" bigint NOT NULL,
    "source_items" bigint NOT NULL,
    "title" text,
    "creator_handle" text,
    "creator_id" text,
    "url" text,
    "engagement" jsonb NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "proofs_pkey" PRIMARY KEY ("observed_date", "story_id", "source", "platform", "external_id"),
    CONSTRAINT "proofs_similarity_check" CHECK ("similarity" >= 0 AND "similarity" <= 1),
    CONSTRAINT "proofs_source_percentile_check" CHECK ("source_percentile" >= 0 AND "source_percentile" <= 1),
    CONSTRAINT "proofs_source_rank_check" CHECK ("source_rank" >= 1),
    CONSTRAINT "proofs_source_items_check" CHECK ("source_items" >= 1)
);
COMMENT ON TABLE "feed"."proofs" IS 'One row per day, story, source and item that shows it. The links of each story and each source''s own heat (SPEC F3), with how the item was recognised.';
COMMENT ON COLUMN "feed"."proofs"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."proofs"."story_id" IS 'Stable id of the story; the same on every day it is in the feed.';
COMMENT ON COLUMN "feed"."proofs"."source" IS 'The source.';
COMMENT ON COLUMN "feed"."proofs"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "feed"."proofs"."external_id" IS 'The platform''s own id of the post, video or product.';
COMMENT ON COLUMN "feed"."proofs"."matched_by" IS 'lead, first seen, same id, same url or same text: how it joined the story.';
COMMENT ON COLUMN "feed"."proofs"."similarity" IS 'Text similarity to the item it was matched with. Unit: share 0-1.';
COMMENT ON COLUMN "feed"."proofs"."source_percentile" IS 'Its heat in its own source. Unit: share 0-1.';
COMMENT ON COLUMN "feed"."proofs"."source_rank" IS 'Its place in its own source and class. Unit: rank.';
COMMENT ON COLUMN "feed"."proofs"."source_items" IS 'How many were ranked there. Unit: items.';
COMMENT ON COLUMN "feed"."proofs"."title" IS 'Its title or the start of its text.';
COMMENT ON COLUMN "feed"."proofs"."creator_handle" IS 'The creator''s handle.';
COMMENT ON COLUMN "feed"."proofs"."creator_id" IS 'The creator''s stable id.';
COMMENT ON COLUMN "feed"."proofs"."url" IS 'Public https address.';
COMMENT ON COLUMN "feed"."proofs"."engagement" IS 'Counts as measured.';
COMMENT ON COLUMN "feed"."proofs"."measured_at" IS 'When they were measured.';
COMMENT ON COLUMN "feed"."proofs"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "feed"."items" (
    "observed_date" date NOT NULL,
    "rank" integer NOT NULL,
    "story_id" text NOT NULL,
    "section" text NOT NULL,
    "platform" text NOT NULL,
    "external_id" text NOT NULL,
    "source" text NOT NULL,
    "kind" text,
    "title" text NOT NULL,
    "text" text,
    "creator_id" text,
    "creator_handle" text,
    "creator_name" text,
    "creator_followers" bigint,
    "url" text,
    "hashtags" text[],
    "posted_at" timestamptz,
    "score" double precision NOT NULL,
    "score_parts" jsonb NOT NULL,
    "why" text NOT NULL,
    "score_class" text NOT NULL,
    "baseline" double precision,
    "baseline_items" integer,
    "outlier_score" double precision,
    "views" bigint,
    "delta_views" bigint,
    "views_per_hour" double precision,
    "engagement" jsonb NOT NULL,
    "measured_at" timestamptz NOT NULL,
    "counts" jsonb NOT NULL,
    "first_seen_at" timestamptz NOT NULL,
    "days_on_radar" integer NOT NULL,
    "sources" text[] NOT NULL,
    "heat" jsonb NOT NULL,
    "proof_links" jsonb NOT NULL,
    "flags" text[] NOT NULL,
    "flag_reasons" jsonb NOT NULL,
    "returned_because" text,
    "data_age_hours" double precision NOT NULL,
    "cost_usd" numeric(14,6),
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "items_pkey" PRIMARY KEY ("observed_date", "rank"),
    CONSTRAINT "items_rank_check" CHECK ("rank" >= 1),
    CONSTRAINT "items_creator_followers_check" CHECK ("creator_followers" >= 0),
    CONSTRAINT "items_baseline_items_check" CHECK ("baseline_items" >= 0),
    CONSTRAINT "items_views_check" CHECK ("views" >= 0),
    CONSTRAINT "items_days_on_radar_check" CHECK ("days_on_radar" >= 1),
    CONSTRAINT "items_data_age_hours_check" CHECK ("data_age_hours" >= 0),
    CONSTRAINT "items_cost_usd_check" CHECK ("cost_usd" >= 0)
);
CREATE INDEX IF NOT EXISTS "items_story_id_observed_date_idx" ON "feed"."items" ("story_id", "observed_date");
CREATE INDEX IF NOT EXISTS "items_platform_external_id_idx" ON "feed"."items" ("platform", "external_id");
COMMENT ON TABLE "feed"."items" IS 'One row per day and story in the feed. The ranked, merged feed of a day; every row explains itself (SPEC F1-F4).';
COMMENT ON COLUMN "feed"."items"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."items"."rank" IS 'Place in the feed, 1 is first. Unit: rank.';
COMMENT ON COLUMN "feed"."items"."story_id" IS 'Stable id of the story; the same on every day it is in the feed.';
COMMENT ON COLUMN "feed"."items"."section" IS 'top, rising, talk, products or new: where the issue shows it.';
COMMENT ON COLUMN "feed"."items"."platform" IS 'Platform: tiktok, youtube, x, reddit or amazon.';
COMMENT ON COLUMN "feed"."items"."external_id" IS 'The platform''s own id of the post, video or product.';
COMMENT ON COLUMN "feed"."items"."source" IS 'The source in which it stands best.';
COMMENT ON COLUMN "feed"."items"."kind" IS 'What it is: video, slideshow, post or product.';
COMMENT ON COLUMN "feed"."items"."title" IS 'One line: title, or the start of the text.';
COMMENT ON COLUMN "feed"."items"."text" IS 'The text, at most 500 characters.';
COMMENT ON COLUMN "feed"."items"."creator_id" IS 'The creator''s stable id.';
COMMENT ON COLUMN "feed"."items"."creator_handle" IS 'The creator''s handle.';
COMMENT ON COLUMN "feed"."items"."creator_name" IS 'The creator''s display name.';
COMMENT ON COLUMN "feed"."items"."creator_followers" IS 'The creator''s followers. Unit: followers.';
COMMENT ON COLUMN "feed"."items"."url" IS 'Public https address.';
COMMENT ON COLUMN "feed"."items"."hashtags" IS 'Hashtags without #.';
COMMENT ON COLUMN "feed"."items"."posted_at" IS 'When it was posted.';
COMMENT ON COLUMN "feed"."items"."score" IS 'Sum of score_parts; orders the feed.';
COMMENT ON COLUMN "feed"."items"."score_parts" IS 'Additive parts of the score: [{name, value, why}].';
COMMENT ON COLUMN "feed"."items"."why" IS 'Why it ranks here, in a sentence.';
COMMENT ON COLUMN "feed"."items"."score_class" IS 'measured, new or position.';
COMMENT ON COLUMN "feed"."items"."baseline" IS 'The baseline value that it was compared with.';
COMMENT ON COLUMN "feed"."items"."baseline_items" IS 'How many items that baseline rests on. Unit: items.';
COMMENT ON COLUMN "feed"."items"."outlier_score" IS 'The source''s own score, else views per hour over the creator''s median.';
COMMENT ON COLUMN "feed"."items"."views" IS 'Views at measured_at. Unit: views.';
COMMENT ON COLUMN "feed"."items"."delta_views" IS 'Views gained since the previous measurement. Unit: views.';
COMMENT ON COLUMN "feed"."items"."views_per_hour" IS 'Views gained per hour. Unit: views per hour.';
COMMENT ON COLUMN "feed"."items"."engagement" IS 'Counts as measured at measured_at.';
COMMENT ON COLUMN "feed"."items"."measured_at" IS 'When these counts were measured.';
COMMENT ON COLUMN "feed"."items"."counts" IS 'Counts over time, oldest first: [{at, views, rank}], at most 24 points.';
COMMENT ON COLUMN "feed"."items"."first_seen_at" IS 'When the platform first measured it.';
COMMENT ON COLUMN "feed"."items"."days_on_radar" IS 'Days since then, the first one counted. Unit: days.';
COMMENT ON COLUMN "feed"."items"."sources" IS 'All sources that have the story.';
COMMENT ON COLUMN "feed"."items"."heat" IS 'Each source''s own heat: [{source, percentile, rank, items}].';
COMMENT ON COLUMN "feed"."items"."proof_links" IS 'Links to every item of the story: [{source, platform, url, title, creator_handle}].';
COMMENT ON COLUMN "feed"."items"."flags" IS 'sponsored, anomaly, thin_history, not_yet_measured, stale, returned.';
COMMENT ON COLUMN "feed"."items"."flag_reasons" IS 'What each flag means here: {flag: sentence}.';
COMMENT ON COLUMN "feed"."items"."returned_because" IS 'Why it is here again within the memory; NULL for a first time.';
COMMENT ON COLUMN "feed"."items"."data_age_hours" IS 'Age of its counts when the day''s newest data came in. Unit: hours.';
COMMENT ON COLUMN "feed"."items"."cost_usd" IS 'Its share of what the sources cost that day. Unit: USD.';
COMMENT ON COLUMN "feed"."items"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "feed"."unique_leverage" (
    "observed_date" date NOT NULL,
    "source" text NOT NULL,
    "candidate_stories" integer NOT NULL,
    "unique_stories" integer NOT NULL,
    "unique_share" double precision NOT NULL,
    "feed_items" integer NOT NULL,
    "unique_feed_items" integer NOT NULL,
    "examples" jsonb NOT NULL,
    "cost_usd" numeric(14,6),
    "cost_per_unique_story_usd" numeric(14,6),
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "unique_leverage_pkey" PRIMARY KEY ("observed_date", "source"),
    CONSTRAINT "unique_leverage_candidate_stories_check" CHECK ("candidate_stories" >= 0),
    CONSTRAINT "unique_leverage_unique_stories_check" CHECK ("unique_stories" >= 0),
    CONSTRAINT "unique_leverage_unique_share_check" CHECK ("unique_share" >= 0 AND "unique_share" <= 1),
    CONSTRAINT "unique_leverage_feed_items_check" CHECK ("feed_items" >= 0),
    CONSTRAINT "unique_leverage_unique_feed_items_check" CHECK ("unique_feed_items" >= 0),
    CONSTRAINT "unique_leverage_cost_usd_check" CHECK ("cost_usd" >= 0),
    CONSTRAINT "unique_leverage_cost_per_unique_story_usd_check" CHECK ("cost_per_unique_story_usd" >= 0)
);
COMMENT ON TABLE "feed"."unique_leverage" IS 'One row per day and source that had scored items. What each source surfaced that no other source had (SPEC S9), and what that cost.';
COMMENT ON COLUMN "feed"."unique_leverage"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."unique_leverage"."source" IS 'The source.';
COMMENT ON COLUMN "feed"."unique_leverage"."candidate_stories" IS 'Stories it had among the candidates. Unit: stories.';
COMMENT ON COLUMN "feed"."unique_leverage"."unique_stories" IS 'Of those, stories that no other source had. Unit: stories.';
COMMENT ON COLUMN "feed"."unique_leverage"."unique_share" IS 'unique_stories over candidate_stories. Unit: share 0-1.';
COMMENT ON COLUMN "feed"."unique_leverage"."feed_items" IS 'Stories in the feed that it had. Unit: stories.';
COMMENT ON COLUMN "feed"."unique_leverage"."unique_feed_items" IS 'Stories in the feed that only it had. Unit: stories.';
COMMENT ON COLUMN "feed"."unique_leverage"."examples" IS 'Its best unique stories: [{story_id, title, url, score}].';
COMMENT ON COLUMN "feed"."unique_leverage"."cost_usd" IS 'What it cost that day. Unit: USD.';
COMMENT ON COLUMN "feed"."unique_leverage"."cost_per_unique_story_usd" IS 'cost_usd over unique_stories; NULL without any. Unit: USD.';
COMMENT ON COLUMN "feed"."unique_leverage"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "feed"."issues" (
    "observed_date" date NOT NULL,
    "issue_id" text NOT NULL,
    "title" text NOT NULL,
    "subject" text NOT NULL,
    "as_of" timestamptz NOT NULL,
    "item_count" integer NOT NULL,
    "is_quiet" boolean NOT NULL,
    "sources_succeeded" text[] NOT NULL,
    "sources_failed" jsonb NOT NULL,
    "html" text NOT NULL,
    "markdown" text NOT NULL,
    "json_feed" text NOT NULL,
    "atom" text NOT NULL,
    "csv" text NOT NULL,
    "parquet" bytea NOT NULL,
    "content_hash" text NOT NULL,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "issues_pkey" PRIMARY KEY ("observed_date"),
    CONSTRAINT "issues_item_count_check" CHECK ("item_count" >= 0)
);
COMMENT ON TABLE "feed"."issues" IS 'One row per day: the feed rendered for readers. HTML, Markdown, JSON Feed, Atom, CSV and Parquet from the same rows, byte for byte repeatable (SPEC F5).';
COMMENT ON COLUMN "feed"."issues"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."issues"."issue_id" IS 'Stable id of the issue (urn:uuid).';
COMMENT ON COLUMN "feed"."issues"."title" IS 'Title of the issue.';
COMMENT ON COLUMN "feed"."issues"."subject" IS 'Subject line for the mail.';
COMMENT ON COLUMN "feed"."issues"."as_of" IS 'Time of the newest data in it; stands for the publication time.';
COMMENT ON COLUMN "feed"."issues"."item_count" IS 'Items in it. Unit: items.';
COMMENT ON COLUMN "feed"."issues"."is_quiet" IS 'True when too little happened to fill an issue.';
COMMENT ON COLUMN "feed"."issues"."sources_succeeded" IS 'Sources that worked, also in part.';
COMMENT ON COLUMN "feed"."issues"."sources_failed" IS 'Sources that did not: [{source, status, reason}].';
COMMENT ON COLUMN "feed"."issues"."html" IS 'The issue for mail clients and browsers.';
COMMENT ON COLUMN "feed"."issues"."markdown" IS 'The issue as Markdown.';
COMMENT ON COLUMN "feed"."issues"."json_feed" IS 'JSON Feed 1.1.';
COMMENT ON COLUMN "feed"."issues"."atom" IS 'Atom 1.0 (RFC 4287).';
COMMENT ON COLUMN "feed"."issues"."csv" IS 'The items as CSV, formulas guarded.';
COMMENT ON COLUMN "feed"."issues"."parquet" IS 'The items as Parquet.';
COMMENT ON COLUMN "feed"."issues"."content_hash" IS 'sha256 over all six formats.';
COMMENT ON COLUMN "feed"."issues"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "feed"."scoreboard" (
    "observed_date" date NOT NULL,
    "feed_date" date NOT NULL,
    "horizon_days" integer NOT NULL,
    "ranking" text NOT NULL,
    "k" integer NOT NULL,
    "candidates" integer NOT NULL,
    "graded" integer NOT NULL,
    "survivor_share" double precision,
    "base_rate" double precision,
    "precision_at_k" double precision,
    "lift_over_chance" double precision,
    "lift_over_best_plain" double precision,
    "lead_time_hours" double precision,
    "lead_items" integer NOT NULL,
    "reason" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "scoreboard_pkey" PRIMARY KEY ("observed_date", "horizon_days", "ranking"),
    CONSTRAINT "scoreboard_horizon_days_check" CHECK ("horizon_days" >= 1),
    CONSTRAINT "scoreboard_k_check" CHECK ("k" >= 0),
    CONSTRAINT "scoreboard_candidates_check" CHECK ("candidates" >= 0),
    CONSTRAINT "scoreboard_graded_check" CHECK ("graded" >= 0),
    CONSTRAINT "scoreboard_survivor_share_check" CHECK ("survivor_share" >= 0 AND "survivor_share" <= 1),
    CONSTRAINT "scoreboard_base_rate_check" CHECK ("base_rate" >= 0 AND "base_rate" <= 1),
    CONSTRAINT "scoreboard_precision_at_k_check" CHECK ("precision_at_k" >= 0 AND "precision_at_k" <= 1),
    CONSTRAINT "scoreboard_lead_items_check" CHECK ("lead_items" >= 0)
);
COMMENT ON TABLE "feed"."scoreboard" IS 'One row per grading day, horizon, and way to rank. Each feed graded 1, 3 and 7 days later with what really happened, beside plain rankings of the same items (SPEC F6).';
COMMENT ON COLUMN "feed"."scoreboard"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "feed"."scoreboard"."feed_date" IS 'The feed that is graded.';
COMMENT ON COLUMN "feed"."scoreboard"."horizon_days" IS 'Days between feed and grading. Unit: days.';
COMMENT ON COLUMN "feed"."scoreboard"."ranking" IS 'feed, or the plain one beside it: views, views_per_hour, engagement_velocity, outlier_ratio.';
COMMENT ON COLUMN "feed"."scoreboard"."k" IS 'How many of the top were graded (precision@k). Unit: items.';
COMMENT ON COLUMN "feed"."scoreboard"."candidates" IS 'Items that were ranked on the feed''s day. Unit: items.';
COMMENT ON COLUMN "feed"."scoreboard"."graded" IS 'Of those, items measured again at the horizon. Unit: items.';
COMMENT ON COLUMN "feed"."scoreboard"."survivor_share" IS 'graded over candidates. Unit: share 0-1.';
COMMENT ON COLUMN "feed"."scoreboard"."base_rate" IS 'Share of hits among all graded items: what chance gets. Unit: share 0-1.';
COMMENT ON COLUMN "feed"."scoreboard"."precision_at_k" IS 'Share of hits among the first k. Unit: share 0-1.';
COMMENT ON COLUMN "feed"."scoreboard"."lift_over_chance" IS 'precision_at_k over base_rate.';
COMMENT ON COLUMN "feed"."scoreboard"."lift_over_best_plain" IS 'precision_at_k over the best plain ranking''s; only on the feed''s row.';
COMMENT ON COLUMN "feed"."scoreboard"."lead_time_hours" IS 'Median hours from the feed''s data until its hits stood in their source''s top tenth by views. Unit: hours.';
COMMENT ON COLUMN "feed"."scoreboard"."lead_items" IS 'How many items that median rests on. Unit: items.';
COMMENT ON COLUMN "feed"."scoreboard"."reason" IS 'Why there is no grade, in a sentence.';
COMMENT ON COLUMN "feed"."scoreboard"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "trends"."trend_report" (
    "observed_date" date NOT NULL,
    "period" text NOT NULL,
    "trait" text NOT NULL,
    "value" text NOT NULL,
    "rank" integer NOT NULL,
    "support" integer NOT NULL,
    "risers" integer NOT NULL,
    "other_support" integer NOT NULL,
    "others" integer NOT NULL,
    "riser_share" double precision NOT NULL,
    "other_share" double precision NOT NULL,
    "lift" double precision NOT NULL,
    "lift_low" double precision NOT NULL,
    "lift_high" double precision NOT NULL,
    "is_supported" boolean NOT NULL,
    "creators" integer NOT NULL,
    "examples" jsonb NOT NULL,
    "recommendation" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "trend_report_pkey" PRIMARY KEY ("observed_date", "period", "trait", "value"),
    CONSTRAINT "trend_report_rank_check" CHECK ("rank" >= 1),
    CONSTRAINT "trend_report_support_check" CHECK ("support" >= 0),
    CONSTRAINT "trend_report_risers_check" CHECK ("risers" >= 0),
    CONSTRAINT "trend_report_other_support_check" CHECK ("other_support" >= 0),
    CONSTRAINT "trend_report_others_check" CHECK ("others" >= 0),
    CONSTRAINT "trend_report_riser_share_check" CHECK ("riser_share" >= 0 AND "riser_share" <= 1),
    CONSTRAINT "trend_report_other_share_check" CHECK ("other_share" >= 0 AND "other_share" <= 1),
    CONSTRAINT "trend_report_lift_check" CHECK ("lift" >= 0),
    CONSTRAINT "trend_report_lift_low_check" CHECK ("lift_low" >= 0),
    CONSTRAINT "trend_report_lift_high_check" CHECK ("lift_high" >= 0),
    CONSTRAINT "trend_report_creators_check" CHECK ("creators" >= 0)
);
COMMENT ON TABLE "trends"."trend_report" IS 'One row per day, period (day or week), trait and value that rising videos share. What the risers have in common against the other videos (SPEC T11), with a guard for small samples.';
COMMENT ON COLUMN "trends"."trend_report"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "trends"."trend_report"."period" IS 'day, or week: the seven days that end with this one.';
COMMENT ON COLUMN "trends"."trend_report"."trait" IS 'duration_band, hashtag, sound, hook, posting_hour or creator_size.';
COMMENT ON COLUMN "trends"."trend_report"."value" IS 'The trait''s value, e.g. 15-30 s or 18-21 UTC.';
COMMENT ON COLUMN "trends"."trend_report"."rank" IS 'Place within its period by the lower bound of the lift, 1 is first.';
COMMENT ON COLUMN "trends"."trend_report"."support" IS 'Risers that have it. Unit: videos.';
COMMENT ON COLUMN "trends"."trend_report"."risers" IS 'Risers whose value for this trait is known. Unit: videos.';
COMMENT ON COLUMN "trends"."trend_report"."other_support" IS 'Other videos that have it. Unit: videos.';
COMMENT ON COLUMN "trends"."trend_report"."others" IS 'Other videos whose value is known. Unit: videos.';
COMMENT ON COLUMN "trends"."trend_report"."riser_share" IS 'support over risers. Unit: share 0-1.';
COMMENT ON COLUMN "trends"."trend_report"."other_share" IS 'other_support over others. Unit: share 0-1.';
COMMENT ON COLUMN "trends"."trend_report"."lift" IS 'riser_share over other_share, half an item added to each cell.';
COMMENT ON COLUMN "trends"."trend_report"."lift_low" IS 'Lower end of the 95 % interval of the lift.';
COMMENT ON COLUMN "trends"."trend_report"."lift_high" IS 'Upper end of the 95 % interval of the lift.';
COMMENT ON COLUMN "trends"."trend_report"."is_supported" IS 'True when support, creators and the interval are enough to act on it.';
COMMENT ON COLUMN "trends"."trend_report"."creators" IS 'Different creators behind the support. Unit: creators.';
COMMENT ON COLUMN "trends"."trend_report"."examples" IS 'Rising videos that have it: [{platform, external_id, title, url, views_per_hour}].';
COMMENT ON COLUMN "trends"."trend_report"."recommendation" IS 'What to do with it; NULL when not supported.';
COMMENT ON COLUMN "trends"."trend_report"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "trends"."trend_summary" (
    "observed_date" date NOT NULL,
    "period" text NOT NULL,
    "risers" integer NOT NULL,
    "others" integer NOT NULL,
    "patterns" integer NOT NULL,
    "summary" text NOT NULL,
    "prose" text,
    "prose_model" text,
    "prose_note" text,
    "is_simulated" boolean NOT NULL,
    CONSTRAINT "trend_summary_pkey" PRIMARY KEY ("observed_date", "period"),
    CONSTRAINT "trend_summary_risers_check" CHECK ("risers" >= 0),
    CONSTRAINT "trend_summary_others_check" CHECK ("others" >= 0),
    CONSTRAINT "trend_summary_patterns_check" CHECK ("patterns" >= 0)
);
COMMENT ON TABLE "trends"."trend_summary" IS 'One row per day and period (day or week). The trend report in words: computed sentences always, a language model''s prose where a key is set.';
COMMENT ON COLUMN "trends"."trend_summary"."observed_date" IS 'UTC day on which it was observed: the partition.';
COMMENT ON COLUMN "trends"."trend_summary"."period" IS 'day or week.';
COMMENT ON COLUMN "trends"."trend_summary"."risers" IS 'Rising videos it rests on. Unit: videos.';
COMMENT ON COLUMN "trends"."trend_summary"."others" IS 'Other videos it compares with. Unit: videos.';
COMMENT ON COLUMN "trends"."trend_summary"."patterns" IS 'Supported patterns. Unit: patterns.';
COMMENT ON COLUMN "trends"."trend_summary"."summary" IS 'The computed sentences.';
COMMENT ON COLUMN "trends"."trend_summary"."prose" IS 'The language model''s text; NULL without a key or when it was refused.';
COMMENT ON COLUMN "trends"."trend_summary"."prose_model" IS 'Which model wrote it.';
COMMENT ON COLUMN "trends"."trend_summary"."prose_note" IS 'Why there is no prose, in a sentence.';
COMMENT ON COLUMN "trends"."trend_summary"."is_simulated" IS 'True when the sandbox answered, not the real provider.';

CREATE TABLE IF NOT EXISTS "imports"."files" (
    "import_id" text NOT NULL,
    "import_source" text NOT NULL,
    "sha256" text NOT NULL,
    "file_name" text NOT NULL,
    "file_bytes" bigint NOT NULL,
    "format" text NOT NULL,
    "spec" jsonb NOT NULL,
    "rows" bigint NOT NULL,
    "accepted" bigint NOT NULL,
    "rejected" bigint NOT NULL,
    "days" integer NOT NULL,
    "first_day" date,
    "last_day" date,
    "retention_days" integer,
    "imported_at" timestamptz NOT NULL,
    CONSTRAINT "files_pkey" PRIMARY KEY ("import_source", "sha256"),
    CONSTRAINT "files_file_bytes_check" CHECK ("file_bytes" >= 0),
    CONSTRAINT "files_rows_check" CHECK ("rows" >= 0),
    CONSTRAINT "files_accepted_check" CHECK ("accepted" >= 0),
    CONSTRAINT "files_rejected_check" CHECK ("rejected" >= 0),
    CONSTRAINT "files_days_check" CHECK ("days" >= 0),
    CONSTRAINT "files_retention_days_check" CHECK ("retention_days" >= 1)
);
COMMENT ON TABLE "imports"."files" IS 'One row per import source and file content. Every file that was imported: what it was, how it was read, and what became of its rows (SPEC D5).';
COMMENT ON COLUMN "imports"."files"."import_id" IS 'Id of the import (UUIDv4).';
COMMENT ON COLUMN "imports"."files"."import_source" IS 'The name that the user gave to the import.';
COMMENT ON COLUMN "imports"."files"."sha256" IS 'sha256 of the file''s bytes.';
COMMENT ON COLUMN "imports"."files"."file_name" IS 'Name of the file, without its folder.';
COMMENT ON COLUMN "imports"."files"."file_bytes" IS 'Size of the file. Unit: bytes.';
COMMENT ON COLUMN "imports"."files"."format" IS 'How it was read: a known export, or csv, jsonl, json, parquet.';
COMMENT ON COLUMN "imports"."files"."spec" IS 'The mapping and options it was read with.';
COMMENT ON COLUMN "imports"."files"."rows" IS 'Rows in the file. Unit: rows.';
COMMENT ON COLUMN "imports"."files"."accepted" IS 'Rows that were stored. Unit: rows.';
COMMENT ON COLUMN "imports"."files"."rejected" IS 'Rows set aside with a reason. Unit: rows.';
COMMENT ON COLUMN "imports"."files"."days" IS 'Days on which its rows were observed. Unit: days.';
COMMENT ON COLUMN "imports"."files"."first_day" IS 'Earliest of these days; NULL when no row was accepted.';
COMMENT ON COLUMN "imports"."files"."last_day" IS 'Latest of these days; NULL when no row was accepted.';
COMMENT ON COLUMN "imports"."files"."retention_days" IS 'Days after which the import is purged; NULL: kept.';
COMMENT ON COLUMN "imports"."files"."imported_at" IS 'When.';

CREATE TABLE IF NOT EXISTS "imports"."rejected_rows" (
    "import_id" text NOT NULL,
    "row_number" bigint NOT NULL,
    "reason" text NOT NULL,
    "raw" text NOT NULL,
    CONSTRAINT "rejected_rows_pkey" PRIMARY KEY ("import_id", "row_number"),
    CONSTRAINT "rejected_rows_row_number_check" CHECK ("row_number" >= 1)
);
COMMENT ON TABLE "imports"."rejected_rows" IS 'One row per rejected row of an imported file. Rows of the user''s files that could not become typed rows, with the reason and the row as text.';
COMMENT ON COLUMN "imports"."rejected_rows"."import_id" IS 'The import.';
COMMENT ON COLUMN "imports"."rejected_rows"."row_number" IS 'Number of the row in the file, 1 is the first.';
COMMENT ON COLUMN "imports"."rejected_rows"."reason" IS 'Why, in a sentence.';
COMMENT ON COLUMN "imports"."rejected_rows"."raw" IS 'The row as text, cut to 2,000 characters.';

CREATE OR REPLACE VIEW capture."trending_keywords" AS
    SELECT * FROM capture.answers WHERE source = 'trending_keywords';
COMMENT ON VIEW capture."trending_keywords" IS 'One row per answered call of the source trending_keywords: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."comet_videos" AS
    SELECT * FROM capture.answers WHERE source = 'comet_videos';
COMMENT ON VIEW capture."comet_videos" IS 'One row per answered call of the source comet_videos: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."tiktok_trending" AS
    SELECT * FROM capture.answers WHERE source = 'tiktok_trending';
COMMENT ON VIEW capture."tiktok_trending" IS 'One row per answered call of the source tiktok_trending: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."youtube_shorts" AS
    SELECT * FROM capture.answers WHERE source = 'youtube_shorts';
COMMENT ON VIEW capture."youtube_shorts" IS 'One row per answered call of the source youtube_shorts: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."reddit_posts" AS
    SELECT * FROM capture.answers WHERE source = 'reddit_posts';
COMMENT ON VIEW capture."reddit_posts" IS 'One row per answered call of the source reddit_posts: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."tiktok_commerce" AS
    SELECT * FROM capture.answers WHERE source = 'tiktok_commerce';
COMMENT ON VIEW capture."tiktok_commerce" IS 'One row per answered call of the source tiktok_commerce: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."x_posts" AS
    SELECT * FROM capture.answers WHERE source = 'x_posts';
COMMENT ON VIEW capture."x_posts" IS 'One row per answered call of the source x_posts: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."amazon_positions" AS
    SELECT * FROM capture.answers WHERE source = 'amazon_positions';
COMMENT ON VIEW capture."amazon_positions" IS 'One row per answered call of the source amazon_positions: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."imported_posts" AS
    SELECT * FROM capture.answers WHERE source = 'imported_posts';
COMMENT ON VIEW capture."imported_posts" IS 'One row per answered call of the source imported_posts: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."creator_profiles" AS
    SELECT * FROM capture.answers WHERE source = 'creator_profiles';
COMMENT ON VIEW capture."creator_profiles" IS 'One row per answered call of the source creator_profiles: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."comet_covers" AS
    SELECT * FROM capture.answers WHERE source = 'comet_covers';
COMMENT ON VIEW capture."comet_covers" IS 'One row per answered call of the source comet_covers: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."panel_tiktok" AS
    SELECT * FROM capture.answers WHERE source = 'panel_tiktok';
COMMENT ON VIEW capture."panel_tiktok" IS 'One row per answered call of the source panel_tiktok: its rows of capture.answers.';

CREATE OR REPLACE VIEW capture."panel_youtube" AS
    SELECT * FROM capture.answers WHERE source = 'panel_youtube';
COMMENT ON VIEW capture."panel_youtube" IS 'One row per answered call of the source panel_youtube: its rows of capture.answers.';
