"""Schema `source`: typed rows, one table per source, straight from the captures of the same day."""

from trend_assets.tables.columns import CAPTURE_COLUMNS, LIST_COLUMNS, OBSERVED_DATE, POST_COLUMNS
from trend_assets.tables.model import Column, Table

POST_KEY = ("observed_date", "collected_at", "list_name", "platform", "external_id")


def _posts(name: str, grain: str, description: str, *extra: Column) -> Table:
    return Table(
        schema="source",
        name=name,
        grain=grain,
        description=description,
        columns=(OBSERVED_DATE, *POST_COLUMNS, *LIST_COLUMNS, *extra, *CAPTURE_COLUMNS),
        key=POST_KEY,
        partition_column="observed_date",
        upstream=(f"capture.{name}",),
        person_columns=("creator_id", "creator_handle"),
    )


TABLES = (
    Table(
        schema="source",
        name="trending_keywords",
        grain="One row per day, collection and trending search keyword.",
        description="TikTok's trending search words, as TikHub lists them (SPEC C1).",
        columns=(
            OBSERVED_DATE,
            Column("keyword", "text", "The keyword, white space folded.", nullable=False),
            Column("rank", "integer", "Place in the list, 1 is first.", nullable=False, unit="rank", minimum=1),
            Column("word_type", "text", "The provider's type mark; its meaning is not documented."),
            *CAPTURE_COLUMNS,
        ),
        key=("observed_date", "collected_at", "keyword"),
        partition_column="observed_date",
        never_empty=True,
        upstream=("capture.trending_keywords",),
    ),
    _posts(
        "comet_videos",
        "One row per day, collection, keyword and TikTok video.",
        "TikTok videos found by searching the day's trending keywords (SPEC C2); list_name is the keyword.",
        Column("creator_sec_uid", "text", "TikTok's second stable id of the creator."),
        Column(
            "creator_hearts",
            "bigint",
            "Hearts of the creator; search answers do not carry it (NULL).",
            unit="likes",
            minimum=0,
        ),
        Column(
            "creator_videos",
            "bigint",
            "Videos of the creator; search answers do not carry it (NULL).",
            unit="videos",
            minimum=0,
        ),
        Column("creator_avatar_url", "text", "Address of the creator's avatar."),
        Column("creator_signature", "text", "The creator's bio, where the answer has one."),
        Column("region", "text", "Upload region."),
        Column("cover_urls", "text[]", "All addresses of the covers, best decodable format first."),
    ),
    _posts(
        "tiktok_trending",
        "One row per day, collection and trending TikTok video.",
        "TikTok trending videos ranked by the trending actor, counts from the second call (SPEC T1). list_name is the country.",
    ),
    _posts(
        "tiktok_commerce",
        "One row per day, collection, hashtag and TikTok video.",
        "TikTok videos under commerce hashtags (SPEC S2); list_name is the hashtag.",
        Column("is_seller", "boolean", "The creator is a TikTok seller (ttSeller)."),
        Column("is_commerce_user", "boolean", "The creator has a commerce account."),
        Column(
            "is_commerce",
            "boolean",
            "Commerce by seller, account, ad flag or hashtag in the text (SPEC S2).",
            nullable=False,
        ),
    ),
    _posts(
        "youtube_shorts",
        "One row per day, collection, query and YouTube Short.",
        "YouTube Shorts of the last seven days (SPEC T2); list_name is the query.",
        Column("channel_id", "text", "The channel's id."),
        Column("category_id", "text", "YouTube's category id."),
    ),
    _posts(
        "x_posts",
        "One row per day, collection, search and X post.",
        "Posts of curated founders and brands and of searches on X (SPEC S1); list_name is the search term.",
        Column("is_retweet", "boolean", "It repeats somebody else's post."),
        Column("is_reply", "boolean", "It answers another post."),
    ),
    _posts(
        "amazon_positions",
        "One row per day, collection, category and product.",
        "Best-seller positions on Amazon (SPEC S3); list_name is the category, list_rank the position.",
        Column("price", "numeric(14,2)", "Price; the lower bound of a range.", minimum=0),
        Column("currency", "text", "Currency symbol or code as shown."),
        Column("stars", "double precision", "Mean rating.", unit="stars", minimum=0, maximum=5),
        Column("reviews", "bigint", "Number of ratings.", unit="ratings", minimum=0),
        Column(
            "page_rank_change_pct", "double precision", "The page's own rank change, where it has one.", unit="percent"
        ),
        Column(
            "page_previous_rank",
            "integer",
            "The page's own previous sales rank, where it has one.",
            unit="rank",
            minimum=1,
        ),
    ),
    _posts(
        "reddit_posts",
        "One row per day, collection, subreddit and post.",
        "Top posts of the day on Reddit; list_name is the subreddit.",
        Column("upvote_ratio", "double precision", "Share of upvotes.", unit="share 0-1", minimum=0, maximum=1),
        Column("linked_url", "text", "Address that the post links to."),
        Column("is_over_18", "boolean", "Marked as for adults."),
    ),
    _posts(
        "panel_tiktok",
        "One row per day, collection and known TikTok video measured again.",
        "Known TikTok videos measured again by id after they left the lists (DESIGN §7); list_name is `panel`.",
    ),
    _posts(
        "panel_youtube",
        "One row per day, collection and known YouTube Short measured again.",
        "Known YouTube Shorts measured again by id after they left the lists (DESIGN §7); list_name is `panel`.",
    ),
    _posts(
        "imported_posts",
        "One row per day, observation time, list and post of a user's file.",
        "Rows that the user imported (SPEC D5), each on its own observation day; list_name is the import's name unless "
        "the file names its lists.",
        Column("import_source", "text", "The name that the user gave to the import.", nullable=False),
    ),
)
