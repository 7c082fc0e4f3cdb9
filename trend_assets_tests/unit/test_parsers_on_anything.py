"""Whatever JSON a provider sends, a parser gives typed rows or one of our errors, and every item is accounted for."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.sources.amazon.collect import bestsellers_run, movers_run
from trend_assets.sources.amazon.parse import parse as parse_amazon_positions
from trend_assets.sources.call import Answer, Call, Parse
from trend_assets.sources.comet_covers.collect import cover
from trend_assets.sources.comet_covers.parse import parse as parse_comet_covers
from trend_assets.sources.comet_videos.parse import parse as parse_comet_videos
from trend_assets.sources.creator_profiles.parse import parse as parse_creator_profiles
from trend_assets.sources.discovery import LISTS
from trend_assets.sources.errors import NotJson, SchemaDrift, SourceError
from trend_assets.sources.panel_tiktok.parse import parse as parse_panel_tiktok
from trend_assets.sources.panel_youtube.parse import parse as parse_panel_youtube
from trend_assets.sources.posts import Post
from trend_assets.sources.providers.apify import tiktok
from trend_assets.sources.providers.tikhub import calls as tikhub_calls
from trend_assets.sources.providers.youtube import calls as youtube_calls
from trend_assets.sources.reddit import calls as reddit_calls
from trend_assets.sources.reddit.parse import parse as parse_reddit_posts
from trend_assets.sources.tiktok_commerce.collect import hashtags_run
from trend_assets.sources.tiktok_commerce.parse import parse as parse_tiktok_commerce
from trend_assets.sources.tiktok_trending.collect import trending_run
from trend_assets.sources.tiktok_trending.parse import parse as parse_tiktok_trending
from trend_assets.sources.trending_keywords.parse import parse as parse_trending_keywords
from trend_assets.sources.values import BIGINT_MAX
from trend_assets.sources.x.collect import search_run
from trend_assets.sources.x.parse import parse as parse_x_posts
from trend_assets.sources.youtube_shorts.parse import parse as parse_youtube_shorts
from trend_assets.tables.columns import CAPTURE_COLUMNS, LIST_COLUMNS, POST_COLUMNS
from trend_assets.warehouse.tables import TABLES

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TODAY = NOW.date()
RUN = {"max_items": 10, "usd_per_1000": 1.0}

TWEET = {
    "type": "tweet", "id": "1991964834351710261", "text": "a #b", "createdAt": "Fri Nov 21 20:20:00 +0000 2025",
    "retweetCount": 1, "replyCount": 2, "likeCount": 3, "quoteCount": 4, "viewCount": 5, "bookmarkCount": 6,
    "lang": "en", "isReply": False, "isRetweet": False, "searchTerm": "from:x since:2026-01-01 until:2026-01-02",
    "media": ["https://p.example/1.jpg"], "entities": {"hashtags": [{"indices": [0, 1], "text": "b"}]},
    "author": {"userName": "x", "id": "9", "name": "X", "followers": 10, "statusesCount": 4},
}  # fmt: skip
CLOCKWORKS = {
    "id": "7397388276279102726", "text": "t #a", "textLanguage": "en", "createTime": 1722338679, "isAd": False,
    "authorMeta": {"id": "1", "name": "n", "nickName": "N", "fans": 12800, "heart": 5, "video": 3, "ttSeller": False,
                   "commerceUserInfo": {"commerceUser": True}},
    "musicMeta": {"musicName": "s"}, "webVideoUrl": "https://www.tiktok.com/@n/video/7397388276279102726",
    "videoMeta": {"duration": 9, "coverUrl": "https://c.example/1"}, "diggCount": 1, "shareCount": 2, "playCount": 3,
    "collectCount": 4, "commentCount": 5, "hashtags": [{"name": "a"}], "isSlideshow": False, "isSponsored": False,
    "input": "a", "searchHashtag": {"name": "a", "views": 9},
}  # fmt: skip
AWEME = {
    "aweme_info": {
        "aweme_id": "7680211219986369822", "create_time": 1788188547, "desc": "d #x", "desc_language": "en",
        "author": {"uid": "1", "unique_id": "u", "sec_uid": "s", "nickname": "n", "follower_count": 5,
                   "aweme_count": 0, "total_favorited": 0, "avatar_larger": {"url_list": ["https://a.example/1.jpeg"]}},
        "statistics": {"play_count": 1, "digg_count": 2, "comment_count": 3, "share_count": 4, "collect_count": 5},
        "text_extra": [{"hashtag_name": "x", "type": 1}], "cha_list": None, "music": {"title": "m"},
        "video": {"duration": 1000, "cover": {"url_list": ["https://c.example/1.heic", "https://c.example/1.jpeg"]}},
        "is_ads": False, "commerce_info": {"branded_content_type": 0}, "region": "US",
    }
}  # fmt: skip
PRODUCT = {
    "position": 1, "category": "Amazon Best Sellers: Best Electronics", "name": "N &amp; M", "price": 9.99,
    "currency": "$", "url": "https://www.amazon.com/x/dp/B0CJM1GNFQ/ref=zg_1", "thumbnail": "https://t.example/1",
    "stars": 4.5, "reviewsCount": 10,
}  # fmt: skip
VIDEO = {
    "kind": "youtube#video", "id": "D-lhorsDlUQ", "contentDetails": {"duration": "PT30S"},
    "snippet": {"publishedAt": "2026-11-19T20:37:49Z", "channelId": "UC1", "title": "T #s", "description": "d",
                "thumbnails": {"high": {"url": "https://i.example/1.jpg"}}, "channelTitle": "C", "tags": ["a"],
                "categoryId": "28"},
    "statistics": {"viewCount": "7", "likeCount": "1", "commentCount": "0"},
}  # fmt: skip
T3 = {
    "kind": "t3",
    "data": {"id": "2np694", "title": "t", "author": "a", "author_fullname": "t2_x", "score": 5, "num_comments": 3,
             "num_crossposts": 1, "created_utc": 1788188547.0, "permalink": "/r/x/comments/2np694/t/",
             "upvote_ratio": 0.9, "url": "https://u.example/x", "over_18": False, "is_video": False,
             "selftext": "", "thumbnail": "self"},
}  # fmt: skip
LISTED = {
    "country_code": "US", "cover": "https://c.example/1", "duration": 9, "id": "r1", "region": "US", "title": "t #q",
    "item_id": "7709115077295813218", "item_url": "https://www.tiktok.com/@n/video/7709115077295813218",
}  # fmt: skip
USER = {
    "uid": "7273937246802674734", "unique_id": "n", "sec_uid": "s", "nickname": "n", "signature": "b", "secret": 0,
    "follower_count": 13527, "following_count": 1, "aweme_count": 222, "total_favorited": 36617,
    "avatar_larger": {"url_list": ["https://a.example/1.webp"]},
}  # fmt: skip


def tikhub(data: Any) -> Any:
    return {"code": 200, "data": data}


PARSERS: dict[str, tuple[Parse, Call, Any, Any]] = {
    # name: parser, call, good item, item → document
    "trending_keywords": (
        parse_trending_keywords,
        tikhub_calls.trending_words(),
        {"trendingSearchWord": "w", "trendingSearchWordType": ""},
        lambda items: tikhub({"trending_search_words": items, "status_code": 0}),
    ),
    "comet_videos": (
        parse_comet_videos,
        tikhub_calls.video_search("k"),
        AWEME,
        lambda items: tikhub({"search_item_list": items, "aweme_list": [], "has_more": 1, "cursor": 20}),
    ),
    "creator_profiles": (
        parse_creator_profiles,
        tikhub_calls.user_profile(user_id="7273937246802674734"),
        USER,
        lambda items: tikhub({"user": items[0] if items else None, "status_code": 0}),
    ),
    "tiktok_trending": (
        parse_tiktok_trending,
        trending_run("a/b", country="US", limit=10, usd_per_1000=1),
        LISTED,
        list,
    ),
    "tiktok_trending with counts": (
        parse_tiktok_trending,
        tiktok.posts_run(
            "a/b", ["https://x"], usd_per_1000=1, context={"role": "counts", "ranks": {}, "list_name": "US"}
        ),
        CLOCKWORKS,
        list,
    ),
    "tiktok_commerce": (
        parse_tiktok_commerce,
        hashtags_run("a/b", ["a"], per_hashtag=3, usd_per_1000=1),
        CLOCKWORKS,
        list,
    ),
    "panel_tiktok": (
        parse_panel_tiktok,
        tiktok.posts_run("a/b", ["https://x"], usd_per_1000=1),
        CLOCKWORKS,
        list,
    ),
    "x_posts": (parse_x_posts, search_run("a/b", ["x"], since=TODAY, until=TODAY, **RUN), TWEET, list),
    "amazon_positions": (
        parse_amazon_positions,
        bestsellers_run("a/b", ["https://x"], per_category=3, usd_per_1000=1),
        PRODUCT,
        list,
    ),
    "amazon_positions of movers": (
        parse_amazon_positions,
        movers_run("a/b", ["https://x"], per_category=3, usd_per_1000=1),
        {**PRODUCT, "percentChange": "1,234%", "salesRank": 12, "previousSalesRank": 1234, "movement": "up"},
        list,
    ),
    "youtube_shorts": (
        parse_youtube_shorts,
        youtube_calls.videos(["D-lhorsDlUQ"], context={"list_name": "q", "ranks": {"D-lhorsDlUQ": 1}}),
        VIDEO,
        lambda items: {"kind": "youtube#videoListResponse", "items": items},
    ),
    "panel_youtube": (
        parse_panel_youtube,
        youtube_calls.videos(["D-lhorsDlUQ"]),
        VIDEO,
        lambda items: {"kind": "youtube#videoListResponse", "items": items},
    ),
    "reddit_posts": (
        parse_reddit_posts,
        reddit_calls.top_of_day("x"),
        T3,
        lambda items: {"kind": "Listing", "data": {"children": items, "after": None}},
    ),
}
WITH_TABLE = sorted(name for name in PARSERS if name.split(" ")[0] in LISTS)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1.2M", "", "-1", 2**63, 10**30, 1.5, "\ud800", "\x00", "2999-01-01", "javascript:0", "—"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def answered(call: Call, document: Any, status: int = 200) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(call=call, status=status, body=body, fetched_at=NOW)


def check(parse: Parse, answer: Answer) -> list[dict[str, Any]]:
    """Parse, and hold the promises: accounted for, clean text, whole counts in range."""
    parsed = parse(answer)
    assert parsed.received == len(parsed.rows) + parsed.duplicates + len(parsed.quarantined)
    for item in parsed.quarantined:
        assert item.reason.endswith((".", ")")) or item.reason
        assert len(item.raw) <= 20_000
    for row in parsed.rows:
        for value in row.values():
            if isinstance(value, str):
                assert "\x00" not in value
                value.encode()
            if isinstance(value, int) and not isinstance(value, bool):
                assert 0 <= value <= BIGINT_MAX
    return parsed.rows


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All paths into a JSON value."""
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places_in(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += places_in(inner, (*path, index))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.deepcopy(value)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = new
    return changed


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=80)
@given(document=JSON)
def test_any_json_document_gives_rows_or_one_of_our_errors(name: str, document: Any) -> None:
    parse, call, _, _ = PARSERS[name]
    try:
        check(parse, answered(call, document))
    except SourceError as error:
        assert str(error).encode()


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150)
@given(data=st.data())
def test_a_good_item_with_anything_in_any_place_gives_rows_or_one_of_our_errors(name: str, data: st.DataObject) -> None:
    parse, call, good, document = PARSERS[name]
    path = data.draw(st.sampled_from(places_in(good)))
    broken = replaced(good, path, data.draw(JSON))
    try:
        check(parse, answered(call, document([broken, good, broken])))
    except SourceError as error:
        assert str(error).encode()


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=30)
@given(body=st.binary(max_size=60))
def test_any_bytes_give_one_of_our_errors(name: str, body: bytes) -> None:
    parse, call, _, _ = PARSERS[name]
    with pytest.raises(SourceError):
        check(parse, answered(call, body + b"\xff"))


@pytest.mark.parametrize("name", PARSERS)
def test_a_good_item_becomes_a_row_without_a_note(name: str) -> None:
    parse, call, good, document = PARSERS[name]
    parsed = parse(answered(call, document([good])))
    assert (len(parsed.rows), parsed.notes) == (1, [])


@pytest.mark.parametrize("name", WITH_TABLE)
def test_rows_have_exactly_the_columns_of_their_table(name: str) -> None:
    parse, call, good, document = PARSERS[name]
    table = TABLES[f"source.{name.split(' ')[0]}"]
    own = {column.name for column in CAPTURE_COLUMNS} | {"observed_date"}
    (row,) = parse(answered(call, document([good]))).rows
    assert set(row) == set(table.column_names) - own
    for column in table.columns:
        if not column.nullable and column.name not in own:
            assert row[column.name] is not None


def test_a_post_has_the_columns_that_every_post_table_shares() -> None:
    names = [column.name for column in (*POST_COLUMNS, *LIST_COLUMNS)]
    row = Post(platform="x", external_id="1", kind="post", list_name="l", title="t").row()
    assert sorted(row) == sorted(names)


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("items", [None, {}, "text", 7, ["a", "b", "c"], [1, 2, 3], [None, None, None]])
def test_a_list_that_is_none_or_holds_no_objects_is_drift_or_quarantine(name: str, items: Any) -> None:
    parse, call, _, _ = PARSERS[name]
    if name == "trending_keywords" and items == ["a", "b", "c"]:
        return  # plain words are taken as keywords
    document = {
        "tikhub": {"code": 200, "data": {"search_item_list": items, "trending_search_words": items, "user": items}},
        "apify": items,
        "youtube": {"kind": "k", "items": items},
        "reddit": {"kind": "Listing", "data": {"children": items}},
    }[call.provider]
    try:
        parsed = parse(answered(call, document))
    except SchemaDrift as error:
        assert "$" in str(error) or "agreed shape" in str(error)
    else:
        assert name == "creator_profiles"
        assert (parsed.rows, len(parsed.quarantined)) == ([], 1)


@pytest.mark.parametrize("name", [name for name in PARSERS if name != "creator_profiles"])
def test_one_item_without_its_id_is_quarantined_and_a_renamed_id_everywhere_is_drift(name: str) -> None:
    parse, call, good, document = PARSERS[name]

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            wanted = {"id", "aweme_id", "item_id", "item_url", "asin", "url", "trendingSearchWord"}
            return {f"{key}V2" if key in wanted else key: renamed(inner) for key, inner in value.items()}
        return value

    goods = [_numbered(good, number) for number in range(9)]
    parsed = parse(answered(call, document([*goods, renamed(good)])))
    assert (len(parsed.rows), len(parsed.quarantined)) == (9, 1)
    with pytest.raises(SchemaDrift, match="10 of 10"):
        parse(answered(call, document([renamed(item) for item in [*goods, good]])))


def _numbered(item: Any, number: int) -> Any:
    """The same item with another id."""
    text = json.dumps(item)
    for known in ("7680211219986369822", "7397388276279102726", "1991964834351710261", "7709115077295813218"):
        text = text.replace(known, f"{known[:-1]}{number}")
    text = text.replace("D-lhorsDlUQ", f"D-lhorsDlU{number}")
    for known in ('"2np694"', '"w"'):
        text = text.replace(known, f'"{known[1:-1]}{number}"')
    return json.loads(text.replace("B0CJM1GNFQ", f"B0CJM1GNF{number}"))


@pytest.mark.parametrize("name", PARSERS)
def test_new_fields_and_null_members_change_nothing(name: str) -> None:
    parse, call, good, document = PARSERS[name]
    more = {**good, "brand_new_field": {"deep": [1, {"x": None}]}}
    assert parse(answered(call, document([more]))).rows == parse(answered(call, document([good]))).rows


@pytest.mark.parametrize("name", [name for name in PARSERS if name != "creator_profiles"])
def test_repeats_inside_an_answer_are_counted(name: str) -> None:
    parse, call, good, document = PARSERS[name]
    parsed = parse(answered(call, document([good, good, good])))
    assert (len(parsed.rows), parsed.duplicates, parsed.received) == (1, 2, 3)


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("body", [b"", b"<html></html>", b'{"a": NaN}', b"[" * 100_000, b'{"a":1,"a":2}'])
def test_stored_bytes_that_are_no_json_are_refused(name: str, body: bytes) -> None:
    parse, call, _, _ = PARSERS[name]
    with pytest.raises(NotJson):
        parse(answered(call, body))


def test_any_bytes_as_a_cover_are_described() -> None:
    for body in (b"", b"\xff\xd8\xff", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, b"GIF89a" + b"\xff" * 20):
        (row,) = parse_comet_covers(answered(cover("1", []), body)).rows
        assert row["problem"]
        assert row["reason"]
