"""What single sources promise about their rows: fallbacks, prices, commerce, formats, ranks."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from trend_assets.settings import Settings
from trend_assets.sources.amazon.collect import bestsellers_run, movers_run
from trend_assets.sources.amazon.parse import parse as parse_amazon_positions
from trend_assets.sources.call import Answer, Call, CollectContext
from trend_assets.sources.clients import connection_for
from trend_assets.sources.comet_covers.collect import collect as collect_comet_covers
from trend_assets.sources.comet_videos.parse import parse as parse_comet_videos
from trend_assets.sources.creator_profiles.parse import parse as parse_creator_profiles
from trend_assets.sources.errors import (
    AuthFailed,
    BadRequest,
    BudgetExhausted,
    NotFound,
    SchemaDrift,
    SourceError,
    SourceUnavailable,
    Throttled,
)
from trend_assets.sources.http import clock_skew, retry_after_seconds
from trend_assets.sources.providers.apify import tiktok
from trend_assets.sources.providers.tikhub import calls as tikhub_calls
from trend_assets.sources.providers.tikhub.envelope import error_in
from trend_assets.sources.providers.youtube import calls as youtube_calls
from trend_assets.sources.tiktok_commerce.collect import hashtags_run
from trend_assets.sources.tiktok_commerce.parse import parse as parse_tiktok_commerce
from trend_assets.sources.tiktok_trending.collect import trending_run
from trend_assets.sources.tiktok_trending.parse import parse as parse_tiktok_trending
from trend_assets.sources.trending_keywords.parse import parse as parse_trending_keywords
from trend_assets.sources.x.collect import search_run
from trend_assets.sources.x.parse import parse as parse_x_posts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def answered(call: Call, document: Any) -> Answer:
    return Answer(call=call, status=200, body=json.dumps(document).encode(), fetched_at=NOW)


def searched(**author: Any) -> dict[str, Any]:
    item = {"aweme_info": {"aweme_id": "71", "author": {"uid": "1", "unique_id": "u", **author}}}
    document = {"code": 200, "data": {"search_item_list": [item]}}
    (row,) = parse_comet_videos(answered(tikhub_calls.video_search("k"), document)).rows
    return row


def profile(**user: Any) -> dict[str, Any]:
    document = {"code": 200, "data": {"user": {"uid": "1", **user}}}
    (row,) = parse_creator_profiles(answered(tikhub_calls.user_profile(user_id="1"), document)).rows
    return row


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"follower_count": 5, "mplatform_followers_count": 9}, 5),
        ({"mplatform_followers_count": 9}, 9),
        ({"follower_count": None, "mplatform_followers_count": "9"}, 9),
        ({"follower_count": "", "mplatform_followers_count": 9}, 9),
        ({"follower_count": "many", "mplatform_followers_count": 9}, 9),
        ({"follower_count": "1.2K"}, 1200),
        ({"follower_count": -1}, None),
        ({"follower_count": "many"}, None),
        ({}, None),
    ],
)
def test_followers_fall_back_to_the_second_field_and_then_to_unknown(
    user: dict[str, Any], expected: int | None
) -> None:
    assert profile(**user, aweme_count=3)["followers"] == expected
    assert searched(**user)["creator_followers"] == expected


def test_hearts_and_videos_have_their_fallbacks_too() -> None:
    row = profile(follower_count=1, favoriting_count=7, video_count=8)
    assert (row["hearts"], row["videos"]) == (7, 8)
    assert profile(follower_count=1, total_favorited=0, aweme_count=0)["hearts"] == 0


def test_all_zeros_are_suspect_and_unknown() -> None:
    row = profile(follower_count=0, total_favorited=0, aweme_count=0, following_count=3)
    assert row["is_suspect"]
    assert (row["followers"], row["hearts"], row["videos"], row["state"]) == (None, None, None, "active")
    assert searched(follower_count=0)["creator_followers"] is None


@pytest.mark.parametrize(
    ("user", "state"), [({"secret": 1}, "private"), ({"user_canceled": True}, "gone"), ({"secret": 0}, "active")]
)
def test_a_profile_says_its_state(user: dict[str, Any], state: str) -> None:
    assert profile(follower_count=4, **user)["state"] == state


def products(*items: dict[str, Any]) -> list[dict[str, Any]]:
    call = bestsellers_run("a/b", ["https://x"], per_category=3, usd_per_1000=1)
    return parse_amazon_positions(answered(call, list(items))).rows


@pytest.mark.parametrize(
    ("price", "currency", "expected"),
    [
        (9.99, "$", (9.99, "USD")),
        (None, None, (None, None)),
        ({"value": 12.5, "currency": "€"}, None, (12.5, "EUR")),
        ("$25.12 - $111.83", None, (25.12, "USD")),
        ("$1,234.50", None, (1234.5, "USD")),
        ("1.234,50 €", None, (1234.5, "EUR")),
        ("¥3980", None, (3980.0, None)),
        ("free", None, (None, None)),
        (-4, "$", (None, "USD")),
    ],
)
def test_prices_come_in_many_forms(price: Any, currency: str | None, expected: tuple[Any, Any]) -> None:
    (row,) = products({"name": "n", "asin": "B0CJM1GNFQ", "price": price, "currency": currency, "position": 1})
    assert (row["price"], row["currency"]) == expected


def test_a_product_is_known_by_its_asin_wherever_it_stands() -> None:
    url = "https://www.amazon.co.uk/Some-Name/dp/0007480997/ref=zg_bs_books_1?_encoding=UTF8&psc=1"
    (row,) = products(
        {"name": "A &amp; B", "url": url, "category": "Amazon.co.uk Best Sellers: Best Books", "position": "3"}
    )
    assert (row["external_id"], row["title"], row["list_rank"]) == ("0007480997", "A & B", 3)
    assert (row["url"], row["list_name"]) == ("https://www.amazon.co.uk/dp/0007480997", "Best Books")


def test_movers_bring_the_pages_own_figures() -> None:
    pages = ["https://www.amazon.com/Best-Sellers/zgbs", "https://www.amazon.com/Best-Sellers-Beauty/zgbs/beauty"]
    call = movers_run("a/b", pages, per_category=3, usd_per_1000=1)
    assert call.body is not None
    assert call.body["categoryUrls"] == [
        "https://www.amazon.com/gp/movers-and-shakers/",
        "https://www.amazon.com/gp/movers-and-shakers/beauty",
    ]
    items = [
        {"asin": f"B0CJM1GNF{n}", "name": "n", "category": "Beauty", "position": n + 1, "percentChange": percent,
         "previousSalesRank": previous}
        for n, (percent, previous) in enumerate([("1,234%", 1234), ("+50,000 %", None), (None, None), ("unranked", 0)])
    ]  # fmt: skip
    rows = parse_amazon_positions(answered(call, items)).rows
    assert [row["page_rank_change_pct"] for row in rows] == [1234.0, 50_000.0, None, None]
    assert [row["page_previous_rank"] for row in rows] == [1234, None, None, None]
    assert {row["list_name"] for row in rows} == {"Movers & Shakers: Beauty"}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"authorMeta": {"ttSeller": True}}, True),
        ({"authorMeta": {"commerceUserInfo": {"commerceUser": True}}}, True),
        ({"isSponsored": True}, True),
        ({"isAd": True}, True),
        ({"text": "found it #TikTokShop"}, True),
        ({"hashtags": [{"name": "tiktokshop"}]}, True),
        ({"text": "nothing to sell", "isAd": False}, False),
        ({}, False),
    ],
)
def test_commerce_is_a_seller_an_account_an_ad_or_a_hashtag(item: dict[str, Any], expected: bool) -> None:
    call = hashtags_run("a/b", ["tiktokshop"], per_hashtag=3, usd_per_1000=1)
    row = parse_tiktok_commerce(answered(call, [{"id": "1", "input": "tiktokshop", "diggCount": 5, **item}])).rows[0]
    assert row["is_commerce"] is expected
    assert row["list_name"] == "tiktokshop"


def test_an_empty_hashtag_list_falls_back_to_the_caption() -> None:
    call = hashtags_run("a/b", ["a"], per_hashtag=3, usd_per_1000=1)
    item = {"id": "1", "text": "x #One #two", "hashtags": [{"name": ""}]}
    assert parse_tiktok_commerce(answered(call, [item])).rows[0]["hashtags"] == ["one", "two"]


def test_photo_addresses_are_asked_for_as_videos() -> None:
    call = tiktok.posts_run("a/b", ["https://www.tiktok.com/@n/photo/71"], usd_per_1000=1)
    assert call.body is not None
    assert call.body["postURLs"] == ["https://www.tiktok.com/@n/video/71"]
    assert tiktok.post_id_in("https://www.tiktok.com/@n.a_b/photo/71?x=1") == ("n.a_b", "71")
    assert tiktok.post_id_in("https://evil.example/@n/video/71") is None


def test_a_listed_video_takes_its_id_from_wherever_it_is() -> None:
    call = trending_run("a/b", country="US", limit=3, usd_per_1000=1)
    items = [
        {"item_id": "71", "id": "row-1", "item_url": "https://www.tiktok.com/@n/video/71"},
        {"id": "row-2", "item_url": "https://www.tiktok.com/@n/video/72"},
        {"id": "73", "title": "a title"},
    ]
    rows = parse_tiktok_trending(answered(call, items)).rows
    assert [row["external_id"] for row in rows] == ["71", "72", "73"]
    assert [row["list_rank"] for row in rows] == [1, 2, 3]


def test_retweets_are_told_by_the_flag_or_by_what_they_carry() -> None:
    call = search_run("a/b", ["x"], since=NOW.date(), until=NOW.date(), max_items=3, usd_per_1000=1)
    items = [
        {"id": "1", "text": "a", "isRetweet": False},
        {"id": "2", "text": "b", "retweeted_tweet": {"id": "1"}},
        {"id": "3", "text": "c"},
        {"id": "4", "text": "d", "searchTerm": "#shopify lang:en since:2026-11-13 until:2026-11-21"},
    ]
    rows = parse_x_posts(answered(call, items)).rows
    assert [row["is_retweet"] for row in rows] == [False, True, None, None]
    assert rows[3]["list_name"] == "#shopify lang:en"


def test_runs_are_capped_and_searches_counted() -> None:
    call = hashtags_run("a/b", ["a", "b"], per_hashtag=50, usd_per_1000=5)
    assert call.max_cost_usd == pytest.approx(0.05 + 1.2 * 100 * 5 / 1000)
    search = youtube_calls.search("q", published_after=NOW, published_before=NOW)
    assert (search.bucket, search.units, search.max_cost_usd) == ("search", 1, 0)
    with pytest.raises(ValueError, match="1 to 50"):
        youtube_calls.videos([str(number) for number in range(51)])
    with pytest.raises(ValueError, match="user_id, sec_uid or handle"):
        tikhub_calls.user_profile()


def test_a_cover_without_addresses_is_asked_for_all_the_same_so_that_its_reason_is_kept() -> None:
    asked: list[Call] = []

    def obtain(call: Call) -> Answer:
        asked.append(call)
        return answered(call, {})

    covers = [
        {"external_id": "1", "cover_urls": ["https://a"]},
        {"external_id": "2", "cover_urls": None},
        {"external_id": "3", "cover_urls": float("nan")},
    ]
    context = CollectContext(NOW.date(), NOW, inputs={"covers": covers})
    assert collect_comet_covers(obtain, context).items == 3
    assert sorted((call.params["external_id"], call.context["urls"]) for call in asked) == [
        ("1", ["https://a"]), ("2", []), ("3", []),
    ]  # fmt: skip


def test_a_connection_does_not_show_its_key() -> None:
    settings = Settings(_env_file=None, tikhub_api_key="canary-key-7f3a9b2c", sandbox="off")
    connection = connection_for("tikhub", settings)
    assert connection.key == "canary-key-7f3a9b2c"
    assert "canary" not in repr(connection)
    assert connection.base_url == "https://api.tikhub.io"


def test_headers_of_time_are_read_or_left() -> None:
    assert retry_after_seconds("7", now=NOW) == 7
    assert retry_after_seconds("Fri, 20 Nov 2026 12:00:30 GMT", now=NOW) == 30
    assert retry_after_seconds("Fri, 20 Nov 2026 11:00:00 GMT", now=NOW) == 0
    for nonsense in (None, "", "soon", "-1", "nan", "Fri, 99 Nov 2026"):
        assert retry_after_seconds(nonsense, now=NOW) is None
    assert clock_skew({"date": "Fri, 20 Nov 2026 11:50:00 GMT"}, now=NOW).total_seconds() == 600  # type: ignore[union-attr]
    assert clock_skew({"date": "nonsense"}, now=NOW) is None
    assert clock_skew({}, now=NOW) is None


@pytest.mark.parametrize(
    ("document", "status", "error", "heals"),
    [
        ({"code": 500, "message": "x", "data": None}, 200, SourceUnavailable, True),
        ({"code": 401, "message": "x"}, 200, AuthFailed, False),
        ({"code": 402, "message": "x"}, 200, BudgetExhausted, False),
        ({"code": 429, "message": "x"}, 200, Throttled, True),
        ({"detail": {"code": 400, "message": "Request failed. Please retry."}}, 200, SourceUnavailable, True),
        ({"detail": {"code": 400, "message": "Bad parameter."}}, 400, BadRequest, False),
        ({"detail": [{"loc": ["query", "keyword"], "msg": "field required", "type": "m"}]}, 422, BadRequest, False),
        ({"detail": "Not Found"}, 404, NotFound, False),
        ({"code": 200, "data": {"code": 400, "message": "execution error"}}, 200, BadRequest, False),
        ({"code": 200, "data": {"status_code": 5, "status_msg": "busy"}}, 200, SourceUnavailable, True),
        ({"code": 200, "data": {"statusCode": 10221}}, 200, NotFound, False),
        ({"code": 200, "data": None}, 200, SchemaDrift, False),
        ({"code": 200, "data": []}, 200, SchemaDrift, False),
        ([], 200, SchemaDrift, False),
        ("text", 503, SourceUnavailable, True),
    ],
)
def test_tikhubs_inner_codes_are_classified(document: Any, status: int, error: type[SourceError], heals: bool) -> None:
    found = error_in(document, status=status)
    assert type(found) is error or isinstance(found, error)
    assert found.can_heal is heals
    assert str(found).startswith(("TikHub", "TikTok"))


def test_a_good_envelope_is_no_error() -> None:
    assert error_in({"code": 200, "data": {"status_code": 0}}) is None
    assert error_in({"data": {}}) is None


def test_an_answer_out_of_the_providers_cache_is_said_to_be_stale() -> None:
    data = {"trending_search_words": [{"trendingSearchWord": "w"}]}
    for hours, is_stale in ((0, False), (30, True)):
        made = int(NOW.timestamp()) - hours * 3600
        parsed = parse_trending_keywords(
            answered(tikhub_calls.trending_words(), {"code": 200, "time_stamp": made, "data": data})
        )
        assert len(parsed.rows) == 1
        assert any("stale" in note for note in parsed.notes) == is_stale


def test_an_x_post_is_whole_whichever_field_holds_the_whole() -> None:
    whole, cut = "word " * 400 + "#end", "word " * 50 + "… https://t.co/abcdef"
    call = search_run("a/b", ["x"], since=NOW.date(), until=NOW.date(), max_items=10, usd_per_1000=0.4)
    forms = [{"text": whole, "fullText": cut}, {"text": cut, "fullText": whole}, {"text": whole, "fullText": ""}]
    items = [{"id": str(1900000000000000001 + n), **form} for n, form in enumerate(forms)]
    rows = parse_x_posts(answered(call, items)).rows
    # X names the hashtags of the first 280 characters
    assert {(row["description"], *row["hashtags"]) for row in rows} == {(whole, "end")}
