"""A foreign shape is refused, companions of the kind are set aside, ids have their platform's shape, and one thing in
several shapes is joined."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from trend_assets.sources.call import Answer, Call, Parsed
from trend_assets.sources.discovery import SOURCES
from trend_assets.sources.errors import SchemaDrift
from trend_assets.sources.posts import item_id
from trend_assets.sources.providers.tikhub import calls as tikhub_calls
from trend_assets.sources.providers.youtube import calls as youtube_calls
from trend_assets.sources.reddit import calls as reddit_calls
from trend_assets.sources.tiktok_commerce.collect import hashtags_run
from trend_assets.sources.tiktok_trending.collect import trending_run
from trend_assets.sources.values import BadValue
from trend_assets.sources.x.collect import search_run

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
COMMERCE = hashtags_run("a/b", ["x"], per_hashtag=3, usd_per_1000=1)
TRENDING = trending_run("a/b", country="US", limit=3, usd_per_1000=1)
X = search_run("a/b", ["x"], since=NOW.date(), until=NOW.date(), max_items=10, usd_per_1000=0.4)
FOREIGN = [
    {"id": f"741234567890123456{n}", "desc": "x", "createTime": 1758441600, "stats": {"playCount": 5, "diggCount": 1},
     "author": {"uniqueId": "person1"}}
    for n in range(6)
]  # fmt: skip


def parsed(name: str, call: Call, document: Any) -> Parsed:
    found = SOURCES[name].parse(Answer(call=call, status=200, body=json.dumps(document).encode(), fetched_at=NOW))
    assert found.received == len(found.rows) + found.duplicates + len(found.quarantined)
    return found


@pytest.mark.parametrize(
    ("name", "call"), [("tiktok_commerce", COMMERCE), ("tiktok_trending", TRENDING), ("x_posts", X)]
)
def test_a_data_set_of_another_actor_is_drift_although_it_has_ids(name: str, call: Call) -> None:
    with pytest.raises(SchemaDrift, match="nothing else that we know"):
        parsed(name, call, FOREIGN)


def test_rows_without_any_count_are_drift_when_all_are_so_and_fine_when_some_are() -> None:
    blank = [{"id": str(n), "text": "a", "authorMeta": {"name": "ada"}} for n in range(1, 8)]
    with pytest.raises(SchemaDrift, match="No count of any"):
        parsed("tiktok_commerce", COMMERCE, blank)
    assert len(parsed("tiktok_commerce", COMMERCE, [*blank, {"id": "9", "text": "b", "playCount": 5}]).rows) == 8
    reposts = [{"id": str(n), "text": "RT", "isRetweet": True} for n in range(1, 8)]
    assert len(parsed("x_posts", X, reposts).rows) == 7


def searched(*items: Any) -> Any:
    return {"code": 200, "message": "ok", "data": {"search_item_list": list(items), "has_more": 0}}


def video(number: int) -> dict[str, Any]:
    return {"aweme_info": {"aweme_id": f"754600000000000000{number}", "desc": "a", "statistics": {"play_count": 9}}}


OTHERS = [
    {"lives": {"rawdata": "{}"}},
    {"user_list": [{"user_info": {}}]},
    {"live_list": [{}]},
    {"card_info": {"a": 1}},
]


def test_cards_that_are_no_videos_are_set_aside_and_the_videos_beside_them_kept() -> None:
    found = parsed("comet_videos", tikhub_calls.video_search("x"), searched(*map(video, range(10)), *OTHERS))
    assert (len(found.rows), len(found.quarantined)) == (10, 4)
    assert "not a video" in found.quarantined[0].reason


def test_a_search_of_other_cards_only_is_drift_and_so_are_videos_of_another_shape() -> None:
    with pytest.raises(SchemaDrift, match="None of 4"):
        parsed("comet_videos", tikhub_calls.video_search("x"), searched(*OTHERS))
    with pytest.raises(SchemaDrift, match="3 of 7"):
        parsed(
            "comet_videos",
            tikhub_calls.video_search("x"),
            searched(*[{"aweme_info": {"id_v2": n}} for n in range(3)], *OTHERS),
        )


@pytest.mark.parametrize(
    ("platform", "value", "found"),
    [
        ("tiktok", "7519876543210987520", "7519876543210987520"),
        ("tiktok", 7519876543210987520, "7519876543210987520"),
        ("tiktok", "https://www.tiktok.com/@ada/video/7519876543210987520?x=1", "7519876543210987520"),
        ("youtube", "-GgYhK2bQ0o", "-GgYhK2bQ0o"),
        ("youtube", "https://youtu.be/-GgYhK2bQ0o", "-GgYhK2bQ0o"),
        ("reddit", "t3_1ABC", "1abc"),
        ("x", "https://vxtwitter.com/ada/status/1994000000000000001", "1994000000000000001"),
    ],
)  # fmt: skip
def test_an_id_or_the_address_of_an_item_gives_its_id(platform: str, value: Any, found: str) -> None:
    assert item_id(platform, value) == found


@pytest.mark.parametrize(
    ("platform", "value"),
    [
        ("tiktok", "7519876543210987520.0"), ("tiktok", 7.519876543210987e18), ("tiktok", "7.51988E+18"),
        ("tiktok", "['1', '2']"), ("youtube", "'-GgYhK2bQ0o"), ("youtube", "UC_x5XG1OV2P6uZZ5FSM9Ttw"),
        ("x", "https://www.youtube.com/watch?v=-GgYhK2bQ0o"), ("reddit", "1994000000000000001"),
    ],
)  # fmt: skip
def test_what_is_no_id_of_the_platform_is_refused(platform: str, value: Any) -> None:
    with pytest.raises(BadValue):
        item_id(platform, value)


@pytest.mark.parametrize(("length", "cut_off", "is_short"), [
    ("PT1M", 60, True), ("PT1M1S", 60, True), ("PT1M2S", 60, False), ("PT3M1S", 180, True), ("PT3M2S", 180, False),
])  # fmt: skip
def test_a_length_is_rounded_up_by_youtube(length: str, cut_off: int, is_short: bool) -> None:
    item = {"id": "-GgYhK2bQ0o", "snippet": {"title": "a"}, "contentDetails": {"duration": length}}
    call = youtube_calls.videos(["-GgYhK2bQ0o"], context={"max_seconds": cut_off})
    assert bool(parsed("youtube_shorts", call, {"items": [item]}).rows) is is_short


LINKS = [
    ({"crosspost_parent": "t3_2np694", "url": "/r/x/comments/2np694/a/"}, "https://www.reddit.com/comments/2np694"),
    ({"url_overridden_by_dest": "/r/x/comments/2np694/a/"}, "https://www.reddit.com/r/x/comments/2np694/a/"),
    ({"url_overridden_by_dest": "", "url": "https://shop.example/a"}, "https://shop.example/a"),
    ({"url": "https://www.reddit.com/gallery/p1"}, None),
    ({"url": "https://www.reddit.com/r/x/comments/p1/a/"}, None),
]


@pytest.mark.parametrize(("said", "linked"), LINKS)
def test_a_post_links_to_its_original_and_never_to_itself(said: dict[str, Any], linked: str | None) -> None:
    post = {"kind": "t3", "data": {"id": "p1", "title": "a", "score": 5, **said}}
    document = {"kind": "Listing", "data": {"after": None, "children": [post]}}
    assert parsed("reddit_posts", reddit_calls.top_of_day("x"), document).rows[0]["linked_url"] == linked
