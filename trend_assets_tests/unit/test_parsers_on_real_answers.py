"""Every parser takes the real answers that were found of its provider (skipped where the samples are absent)."""

import csv
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trend_assets.sources.amazon.collect import bestsellers_run
from trend_assets.sources.amazon.parse import parse as parse_amazon_positions
from trend_assets.sources.call import Answer, Call, Parsed
from trend_assets.sources.comet_videos.parse import parse as parse_comet_videos
from trend_assets.sources.comet_videos.parse import search_page
from trend_assets.sources.creator_profiles.parse import parse as parse_creator_profiles
from trend_assets.sources.errors import AuthFailed, BudgetExhausted, SchemaDrift, SourceUnavailable, Throttled
from trend_assets.sources.http import Response
from trend_assets.sources.panel_tiktok.parse import parse as parse_panel_tiktok
from trend_assets.sources.panel_youtube.parse import parse as parse_panel_youtube
from trend_assets.sources.posts import SILENT_ROWS
from trend_assets.sources.providers.apify import tiktok
from trend_assets.sources.providers.apify.errors import error_for as apify_error
from trend_assets.sources.providers.tikhub import calls as tikhub_calls
from trend_assets.sources.providers.tikhub.envelope import error_in
from trend_assets.sources.providers.youtube import calls as youtube_calls
from trend_assets.sources.providers.youtube.answers import error_for as youtube_error
from trend_assets.sources.reddit import calls as reddit_calls
from trend_assets.sources.reddit.parse import listing_page
from trend_assets.sources.reddit.parse import parse as parse_reddit_posts
from trend_assets.sources.tiktok_commerce.collect import hashtags_run
from trend_assets.sources.tiktok_commerce.parse import parse as parse_tiktok_commerce
from trend_assets.sources.trending_keywords.parse import parse as parse_trending_keywords
from trend_assets.sources.x.collect import search_run
from trend_assets.sources.x.parse import parse as parse_x_posts
from trend_assets.sources.youtube_shorts import parse as youtube_parse

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
NOW = datetime(2026, 11, 20, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real answers is not here")


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def answered(call: Call, document: Any, status: int = 200) -> Answer:
    return Answer(call=call, status=status, body=json.dumps(document).encode(), fetched_at=NOW)


def enveloped(name: str) -> dict[str, Any]:
    return {"code": 200, "request_id": "r", "message": "ok", "router": "/api/v1/x", "params": {}, "data": sample(name)}


def accounted(parsed: Parsed) -> Parsed:
    assert parsed.received == len(parsed.rows) + parsed.duplicates + len(parsed.quarantined)
    return parsed


def test_all_98_trending_words_keep_their_rank() -> None:
    call = tikhub_calls.trending_words()
    parsed = accounted(parse_trending_keywords(answered(call, enveloped("tikhub_web_trending_searchwords_data.json"))))
    assert [row["rank"] for row in parsed.rows] == list(range(1, 99))
    assert [row["word_type"] for row in parsed.rows[:4]] == ["2", "2", "2", None]
    assert not any("  " in row["keyword"] for row in parsed.rows)


def test_a_searched_video_has_its_list_of_hashtags_its_milliseconds_and_no_invented_creator_counts() -> None:
    answer = answered(
        tikhub_calls.video_search("a b", offset=20), enveloped("tikhub_appv3_video_search_data_excerpt.json")
    )
    (row,) = accounted(parse_comet_videos(answer)).rows
    assert row["external_id"] == "7680211219986369822"
    assert (row["list_name"], row["list_rank"]) == ("a b", 21)
    assert row["hashtags"] == ["trending", "news", "usa"]
    assert row["duration_seconds"] == 124.088
    assert row["posted_at"] == datetime(2026, 8, 31, 15, 2, 27, tzinfo=UTC)
    assert (row["views"], row["likes"], row["comments"], row["shares"], row["saves"]) == (41024, 453, 30, 39, 108)
    assert row["creator_followers"] == 13527
    assert row["creator_hearts"] is None
    assert row["creator_videos"] is None
    assert row["cover_urls"][0].split("?")[0].endswith(".jpeg")
    assert row["cover_urls"][-1].split("?")[0].endswith(".heic")
    page = search_page(answer)
    assert (page.cursor, page.has_more, len(page.ids)) == ("5", True, 1)


def test_a_profile_brings_what_the_search_did_not() -> None:
    call = tikhub_calls.user_profile(user_id="7273937246802674734")
    answer = answered(call, enveloped("tikhub_appv3_handler_user_profile_data.json"))
    (row,) = accounted(parse_creator_profiles(answer)).rows
    assert (row["followers"], row["hearts"], row["videos"], row["state"]) == (13527, 36617, 222, "active")
    assert (row["user_id"], row["handle"]) == ("7273937246802674734", "newsnews.69")


def test_tikhubs_402_is_a_budget_matter() -> None:
    error = error_in(sample("tikhub_error_402.json"), status=402)
    assert isinstance(error, BudgetExhausted)
    assert "Insufficient balance" in str(error)


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("apify_apidojo_tweet_scraper_items_*.json")))
def test_real_tweets_all_become_rows(name: str) -> None:
    call = search_run("a/b", ["x"], since=NOW.date(), until=NOW.date(), max_items=10, usd_per_1000=0.4)
    items = sample(name)
    parsed = accounted(parse_x_posts(answered(call, items)))
    assert len(parsed.rows) == len(items) == 10
    assert not parsed.notes
    for item, row in zip(items, parsed.rows, strict=True):
        assert (row["external_id"], row["quotes"], row["shares"]) == (
            item["id"],
            item["quoteCount"],
            item["retweetCount"],
        )
        assert row["posted_at"] is not None
        assert "&amp;" not in row["description"]
        assert row["creator_followers"] == item["author"]["followers"]


def test_rows_of_no_results_are_set_aside_with_the_reason() -> None:
    call = search_run("a/b", ["x"], since=NOW.date(), until=NOW.date(), max_items=10, usd_per_1000=0.4)
    parsed = accounted(parse_x_posts(answered(call, sample("apify_tweet_scraper_no_results.json"))))
    assert (parsed.rows, len(parsed.quarantined)) == ([], 10)
    assert "found nothing" in parsed.quarantined[0].reason


def _nested(flat: Mapping[str, str]) -> dict[str, Any]:
    """One row of an Apify CSV export (keys a/b/0/c) as the JSON item that it was."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        if value != "":
            *path, last = key.split("/")
            place = tree
            for step in path:
                place = place.setdefault(step, {})
            place[last] = value
    return _lists(tree)


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def test_68_real_tiktok_items_of_2024_become_rows_and_the_error_row_is_set_aside() -> None:
    with (SAMPLES / "apify_clockworks_free_tiktok_scraper_2024-09-04.csv").open(encoding="utf-8-sig") as file:
        items = [_nested(row) for row in csv.DictReader(file)]
    call = hashtags_run("a/b", ["x"], per_hashtag=3, usd_per_1000=1)
    parsed = accounted(parse_tiktok_commerce(answered(call, items)))
    assert (len(parsed.rows), len(parsed.quarantined)) == (68, 1)
    assert "does not exist" in parsed.quarantined[0].reason
    slideshows = [row for row in parsed.rows if row["kind"] == "slideshow"]
    assert len(slideshows) == 23
    assert all(row["duration_seconds"] is None for row in slideshows)
    assert all(row["views"] is not None and row["posted_at"] is not None for row in parsed.rows)


def test_error_rows_of_the_tiktok_actor_name_what_they_are_about() -> None:
    call = tiktok.posts_run("a/b", ["https://www.tiktok.com/@x/video/1"], usd_per_1000=1)
    parsed = accounted(parse_panel_tiktok(answered(call, sample("apify_clockworks_tiktok_error_rows.json"))))
    assert parsed.rows == []
    assert "halabywartono" in parsed.quarantined[0].reason
    assert "POST_NOT_FOUND_OR_PRIVATE" in parsed.quarantined[1].reason


def test_real_best_sellers_become_rows() -> None:
    pages = sample("amazon_bestsellers_scrapehero_raw.json").values()
    items = [
        {**item, "position": item["rank"], "url": item["product_url"], "price": item["sale_price"]}
        for page in pages
        for item in page["product_listings"]
    ]
    call = bestsellers_run("a/b", ["https://x.example"], per_category=50, usd_per_1000=1)
    parsed = accounted(parse_amazon_positions(answered(call, items)))
    assert len(parsed.rows) == len(items) == 50
    assert parsed.rows[0]["price"] == 49.99
    assert [row["list_rank"] for row in parsed.rows] == list(range(1, 51))


def test_the_nested_shape_of_2022_is_drift_with_its_path() -> None:
    call = bestsellers_run("a/b", ["https://x.example"], per_category=50, usd_per_1000=1)
    document = sample("apify_amazon_bestsellers_2022_documented.json")
    with pytest.raises(SchemaDrift, match=r"dict at \$"):
        parse_amazon_positions(answered(call, document))
    parsed = accounted(parse_amazon_positions(answered(call, [document])))
    assert "ASIN" in parsed.quarantined[0].reason


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("youtube_videos_list_*.json")))
def test_real_video_lists_are_measured(name: str) -> None:
    document = sample(name)
    call = youtube_calls.videos([item["id"] for item in document["items"]])
    if len(document["items"]) >= SILENT_ROWS and not any("statistics" in item for item in document["items"]):
        with pytest.raises(SchemaDrift, match="No count of any"):
            parse_panel_youtube(answered(call, document))
        return
    parsed = accounted(parse_panel_youtube(answered(call, document)))
    assert len(parsed.rows) == len(document["items"])
    for item, row in zip(document["items"], parsed.rows, strict=True):
        said = item.get("statistics", {}).get("viewCount")
        assert row["views"] == (int(said) if said is not None else None)


def test_a_long_video_is_no_short_and_a_longer_cut_off_takes_it() -> None:
    document = sample("youtube_videos_list_statistics.json")
    assert accounted(youtube_parse.parse(answered(youtube_calls.videos(["x"]), document))).rows == []
    call = youtube_calls.videos(["x"], context={"max_seconds": 1267, "list_name": "q", "ranks": {"D-lhorsDlUQ": 3}})
    (row,) = accounted(youtube_parse.parse(answered(call, document))).rows
    assert (row["list_name"], row["list_rank"], row["likes"], row["shares"]) == ("q", 3, 190, None)
    assert "sound" in row["metrics_unavailable"]


def test_counts_of_mixed_types_are_read() -> None:
    item = {"id": "D-lhorsDlUQ", "statistics": sample("youtube_video_statistics_mixed_types.json")}
    (row,) = parse_panel_youtube(answered(youtube_calls.videos(["x"]), {"kind": "k", "items": [item]})).rows
    assert (row["views"], row["likes"], row["comments"]) == (8087, 190, 32)


def test_search_pages_are_an_index() -> None:
    call = youtube_calls.search("q", published_after=NOW, published_before=NOW)
    page, channels = youtube_parse.search_page(answered(call, sample("youtube_search_list_p1.json")))
    assert (len(page.ids), page.cursor, page.has_more) == (25, "CBkQAA", True)
    assert channels["gQ_1zX-F_No"] == "UCo_q6aOlvPH7M-j_XGWVgXg"
    channels_only, _ = youtube_parse.search_page(answered(call, sample("youtube_search_list_channels.json")))
    assert channels_only.ids == ()


def test_subscribers_are_read_from_strings() -> None:
    found = youtube_parse.subscribers_in(
        answered(youtube_calls.channels(["x"]), sample("youtube_channels_list_multi.json"))
    )
    assert found["UC_x5XG1OV2P6uZZ5FSM9Ttw"] == 2_260_000


def test_youtubes_errors_are_told_apart_by_their_reason() -> None:
    assert isinstance(youtube_error(403, sample("youtube_error_quota_exceeded.json")), BudgetExhausted)
    assert isinstance(youtube_error(403, sample("youtube_error_permission.json")), AuthFailed)
    assert isinstance(youtube_error(400, sample("youtube_error_minimal.json")), AuthFailed)
    assert isinstance(youtube_error(429, {"error": {"details": [{"reason": "RATE_LIMIT_EXCEEDED"}]}}), Throttled)
    assert isinstance(youtube_error(500, {"error": {"errors": [{"reason": "backendError"}]}}), SourceUnavailable)


def test_100_real_reddit_posts_of_2016_become_rows() -> None:
    answer = answered(reddit_calls.top_of_day("askreddit"), sample("reddit_listing_top_2016.json"))
    parsed = accounted(parse_reddit_posts(answer))
    assert len(parsed.rows) == 100
    assert parsed.rows[0]["likes"] == 38445
    assert parsed.rows[0]["views"] is None
    assert parsed.rows[0]["posted_at"] == datetime(2014, 11, 28, 21, 7, 58, tzinfo=UTC)
    assert len(listing_page(answer).ids) == 100


def test_every_apify_error_type_has_a_class() -> None:
    lines = (SAMPLES / "apify_error_types.yaml").read_text().splitlines()
    kinds = [text.strip().removeprefix("- ") for text in lines if text.strip().startswith("- ")]
    assert len(kinds) > 300
    for kind in kinds:
        for status in (400, 402, 403, 404, 429, 500):
            body = json.dumps({"error": {"type": kind, "message": "m"}}).encode()
            error = apify_error(Response(status, {}, body, NOW), actor="a/b")
            assert error is not None
            assert kind in str(error) or status in (429, 500)
