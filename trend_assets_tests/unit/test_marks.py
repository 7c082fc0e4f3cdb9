"""Every mark that a source declares changes the row of an item with it, and nothing is a plausible wrong value."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.creator_profiles.parse import parse as parse_profiles
from trend_assets.sources.discovery import SOURCES
from trend_assets.sources.hackernews.collect import ITEM
from trend_assets.sources.marks import ADULT, ADVERTISEMENT, SET_ASIDE
from trend_assets.sources.providers.apify.calls import actor_run
from trend_assets.sources.providers.apify.tiktok import posts_run
from trend_assets.sources.providers.tikhub import calls as tikhub_calls
from trend_assets.sources.providers.youtube import calls as youtube_calls
from trend_assets.sources.reddit import calls as reddit_calls
from trend_assets.sources.tiktok_commerce.collect import hashtags_run
from trend_assets.sources.tiktok_trending.collect import trending_run
from trend_assets.sources.tiktok_trending.parse import parse as parse_trending
from trend_assets.sources.x.collect import search_run

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
REDDIT = {
    "id": "p1",
    "title": "A title",
    "author": "ada",
    "created_utc": 1_795_000_000,
    "score": 900,
    "num_comments": 4,
}
TWEET = {"id": "1994000000000000001", "text": "hello", "viewCount": 900, "likeCount": 30, "retweetCount": 3}
TIKTOK = {"id": "7546000000000000001", "text": "hi", "playCount": 9000, "diggCount": 500, "authorMeta": {"name": "ada"}}
VIDEO = {
    "aweme_id": "7546000000000000002",
    "desc": "hi",
    "author": {"uid": "1", "unique_id": "ada"},
    "statistics": {"play_count": 9000, "digg_count": 500, "comment_count": 0, "share_count": 0},
    "video": {"duration": 9000},
}
SHORT = {
    "id": "dQw4w9WgXcQ",
    "snippet": {"title": "A title", "channelId": "UC1", "publishedAt": "2026-11-25T10:00:00Z"},
    "contentDetails": {"duration": "PT30S"},
    "statistics": {"viewCount": "9000", "likeCount": "500", "commentCount": "4"},
}
STORY = {"id": 1, "type": "story", "title": "A title", "by": "ada", "time": 1_795_000_000, "score": 90}
PRODUCT = {"asin": "B000000001", "name": "A lamp", "position": 1, "price": "$9.99"}
USER = {"uid": "1", "unique_id": "ada", "follower_count": 90_000, "total_favorited": 800_000, "aweme_count": 300}
CHANNEL = {"id": "UC1", "snippet": {"title": "Ada"}, "statistics": {"subscriberCount": "900"}}


def actor_list(item: dict[str, Any]) -> Any:
    return [item]


def tikhub(data: dict[str, Any]) -> dict[str, Any]:
    return {"code": 200, "request_id": "r", "message": "ok", "router": "/x", "params": {}, "data": data}


PLAIN: dict[str, tuple[Call, dict[str, Any], Any]] = {
    "reddit_posts": (
        reddit_calls.top_of_day("x"),
        REDDIT,
        lambda item: {"kind": "Listing", "data": {"after": None, "children": [{"kind": "t3", "data": item}]}},
    ),
    "x_posts": (
        search_run("a/b", ["x"], since=NOW.date(), until=NOW.date(), max_items=10, usd_per_1000=0.4),
        TWEET,
        actor_list,
    ),
    "tiktok_commerce": (hashtags_run("a/b", ["x"], per_hashtag=3, usd_per_1000=1), TIKTOK, actor_list),
    "tiktok_trending": (posts_run("a/b", ["x"], usd_per_1000=1, context={"role": "counts"}), TIKTOK, actor_list),
    "panel_tiktok": (posts_run("a/b", ["x"], usd_per_1000=1), TIKTOK, actor_list),
    "amazon_positions": (actor_run("a/b", {}, max_items=1, usd_per_1000=1), PRODUCT, actor_list),
    "comet_videos": (
        tikhub_calls.video_search("x"),
        VIDEO,
        lambda item: tikhub({"search_item_list": [{"aweme_info": item}], "has_more": 0}),
    ),
    "creator_profiles": (tikhub_calls.user_profile(user_id="1"), USER, lambda item: tikhub({"user": item})),
    "youtube_shorts": (youtube_calls.videos(["dQw4w9WgXcQ"]), SHORT, lambda item: {"items": [item]}),
    "youtube_channels": (youtube_calls.channels(["UC1"]), CHANNEL, lambda item: {"items": [item]}),
    "hackernews_stories": (Call("hackernews", f"{ITEM}1.json"), STORY, lambda item: item),
}
WITHOUT_MARKS = {
    "comet_covers": "a picture has none",
    "panel_youtube": "what is gone or private is not in the answer",
    "trending_keywords": "words have none",
    "wikipedia_pageviews": "page views have none; pages that are no articles are left out by name",
    "imported_posts": "files are people's own",
    "instagram_profiles": "profiles that are private are not answered",
}
MARKS = [(name, mark) for name, source in SOURCES.items() for mark in source.marks]


def marked(item: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The item with a mark at a path with dots."""
    name, _, rest = path.partition(".")
    return item | {name: marked(item.get(name) or {}, rest, value) if rest else value}


def rows(name: str, item: dict[str, Any]) -> list[dict[str, Any]]:
    call, _, wrap = PLAIN[name]
    parsed = SOURCES[name].parse(Answer(call=call, status=200, body=json.dumps(wrap(item)).encode(), fetched_at=NOW))
    assert parsed.received == len(parsed.rows) + parsed.duplicates + len(parsed.quarantined) == 1
    return parsed.rows


def test_every_source_says_its_marks_or_has_a_reason_for_none() -> None:
    assert {name for name, source in SOURCES.items() if source.marks} == set(PLAIN)
    assert set(WITHOUT_MARKS) <= set(SOURCES) - set(PLAIN)


@pytest.mark.parametrize(("name", "mark"), MARKS, ids=lambda value: getattr(value, "field", value))
def test_a_row_with_a_mark_differs_from_one_without(name: str, mark: Any) -> None:
    plain = PLAIN[name][1]
    assert len(rows(name, plain)) == 1
    found = rows(name, marked(plain, mark.field, mark.value))
    assert found != rows(name, plain)
    if SET_ASIDE in mark.does:
        assert found == []
    if mark.does == ADULT:
        assert found[0]["is_over_18"] is True and rows(name, plain)[0]["is_over_18"] is not True
    if mark.does == ADVERTISEMENT:
        assert found[0]["is_sponsored"] is True


def test_a_repost_has_no_counts_of_its_own() -> None:
    (row,) = rows("x_posts", TWEET | {"isRetweet": True, "viewCount": 0, "likeCount": 0, "retweetCount": 90_000})
    assert {row[name] for name in ("views", "likes", "shares", "comments", "saves", "quotes")} == {None}


def test_a_hidden_score_is_unknown_and_a_removed_post_is_set_aside() -> None:
    assert rows("reddit_posts", REDDIT | {"hide_score": True, "score": 1})[0]["likes"] is None
    for by in ("moderator", "deleted", "reddit", "automod_filtered", "copyright_takedown"):
        assert rows("reddit_posts", REDDIT | {"removed_by_category": by}) == []
    for said in ("[removed]", "[deleted]", "[deleted by user]", "[ Removed by Reddit ]"):
        assert rows("reddit_posts", REDDIT | {"selftext": said}) == rows("reddit_posts", REDDIT | {"title": said}) == []
    assert rows("reddit_posts", REDDIT | {"title": "Why was it [removed]?"})


def test_no_views_beside_likes_are_unknown_and_no_views_without_likes_are_none() -> None:
    assert rows("tiktok_commerce", TIKTOK | {"isSlideshow": True, "playCount": 0})[0]["views"] is None
    assert rows("tiktok_commerce", TIKTOK | {"playCount": 0, "diggCount": 0})[0]["views"] == 0


def test_what_is_switched_off_has_no_count_unless_it_was_counted_before() -> None:
    off = {"status": {"allow_comment": False, "allow_share": False}}
    (row,) = rows("comet_videos", VIDEO | off)
    assert (row["comments"], row["shares"]) == (None, None)
    (row,) = rows("comet_videos", VIDEO | off | {"statistics": VIDEO["statistics"] | {"comment_count": 7}})
    assert (row["comments"], row["shares"]) == (7, None)


def test_paid_placement_is_said_only_where_youtube_says_it() -> None:
    said = [{}, {"hasPaidProductPlacement": False}, {"hasPaidProductPlacement": True}]
    found = [rows("youtube_shorts", SHORT | {"paidProductPlacementDetails": each})[0]["is_sponsored"] for each in said]
    assert found == [None, False, True]


LINK = {"expanded_url": "https://www.tiktok.com/@ada/video/7546000000000000001"}
OWN = {"expanded_url": "https://x.com/ada/status/1994000000000000001/photo/1"}


@pytest.mark.parametrize(
    ("more", "about"),
    [
        ({"entities": {"urls": [OWN, LINK]}}, LINK["expanded_url"]),
        ({"retweeted_tweet": {"id": "1990000000000000002"}, "entities": {"urls": [LINK]}}, "1990000000000000002"),
        ({"quoteId": "1990000000000000003"}, "1990000000000000003"),
        ({"quote": {"id": "1990000000000000004"}}, "1990000000000000004"),
        ({"quoteId": "1994000000000000001"}, None),
        ({"entities": {"urls": [{"expanded_url": "javascript:x"}, None, 7]}}, None),
        ({"entities": {"urls": None}, "quote": []}, None),
    ],
)
def test_a_post_on_x_says_what_it_is_about(more: dict[str, Any], about: str | None) -> None:
    (row,) = rows("x_posts", TWEET | more)
    assert (row["linked_url"] or "").endswith(about or "") and bool(row["linked_url"]) is bool(about)


@pytest.mark.parametrize("field", ["follower_count", "total_favorited", "aweme_count"])
def test_one_lone_zero_beside_large_numbers_is_unknown(field: str) -> None:
    user = {"uid": "1", "follower_count": 90_000, "total_favorited": 800_000, "aweme_count": 300} | {field: 0}
    document = {"code": 200, "request_id": "r", "message": "ok", "router": "/x", "params": {}, "data": {"user": user}}
    call = tikhub_calls.user_profile(user_id="1")
    (row,) = parse_profiles(Answer(call=call, status=200, body=json.dumps(document).encode(), fetched_at=NOW)).rows
    assert [row[name] for name in ("followers", "hearts", "videos")].count(None) == 1


def test_the_placeholder_of_the_creative_center_is_nobody() -> None:
    item = {"item_id": "7512918663081261", "item_url": "https://www.tiktok.com/@mnm_pipi/video/7512918663081261"}
    call = trending_run("a/b", country="US", limit=3, usd_per_1000=1)
    (row,) = parse_trending(Answer(call=call, status=200, body=json.dumps([item]).encode(), fetched_at=NOW)).rows
    assert row["creator_handle"] is None
    assert "mnm_pipi" not in str(row["url"])
