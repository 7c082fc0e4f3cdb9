"""Each source collects and parses a day of the simulated world; its clients meet that world's faults."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trend_assets.sources.call import Answer, Call, CollectReport
from trend_assets.sources.clients import Client, client_for, connection_for, context_for
from trend_assets.sources.comet_videos.parse import parse as parse_comet_videos
from trend_assets.sources.creator_profiles.parse import parse as parse_creator_profiles
from trend_assets.sources.discovery import CAPTURES, LISTS
from trend_assets.sources.errors import (
    AuthFailed,
    BudgetExhausted,
    MissingKey,
    NotFound,
    NotJson,
    SourceError,
    SourceUnavailable,
    SuspiciousEmpty,
    Throttled,
    TooLarge,
)
from trend_assets.sources.providers.tikhub import calls as tikhub_calls
from trend_assets.sources.providers.tikhub.client import TikHubClient
from trend_assets.sources.providers.youtube import calls as youtube_calls
from trend_assets.sources.providers.youtube.client import YouTubeClient
from trend_assets.sources.reddit import calls as reddit_calls
from trend_assets.sources.reddit.client import RedditClient
from trend_assets_tests.sandbox_server import RunningSandbox

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
SMALL: dict[str, Any] = {
    "comet_keywords_per_day": 3, "tiktok_trending_limit": 12, "commerce_results_per_hashtag": 4, "amazon_max_items": 20,
    "youtube_search_pages": 2, "reddit_limit": 120, "x_max_items": 90,
}  # fmt: skip


@pytest.fixture
def sandbox(world: RunningSandbox) -> Iterator[RunningSandbox]:
    world.state.faults.switch_off()
    world.state.meter.lines.clear()
    yield world
    world.state.faults.switch_off()


class Collected:
    """One source collected: its report, answers and rows."""

    def __init__(
        self, sandbox: RunningSandbox, name: str, *, inputs: Any = None, now: datetime = NOW, **changes: Any
    ) -> None:
        self.spec = CAPTURES[name]
        self.answers: list[Answer] = []
        settings = sandbox.settings(**{**SMALL, **changes})
        client = client_for(self.spec.provider_name, settings, now=now)
        try:
            context = context_for(self.spec, settings, day=now.date(), now=now, inputs=inputs)
            self.report: CollectReport = self.spec.collect(lambda call: self._obtain(client, call), context)
        finally:
            client.close()
        self.parsed = [self.spec.parse(answer) for answer in self.answers]
        self.rows = [row for parsed in self.parsed for row in parsed.rows]

    def _obtain(self, client: Client, call: Call) -> Answer:
        answer = client.execute(call)
        self.answers.append(answer)
        return answer


@pytest.mark.parametrize("name", [name for name in LISTS if not LISTS[name].needs])
def test_every_source_collects_a_simulated_day_that_says_so(sandbox: RunningSandbox, name: str) -> None:
    found = Collected(sandbox, name)
    assert found.rows
    assert (found.report.complete, found.report.problems) == (True, [])
    assert all(answer.is_simulated for answer in found.answers)
    assert all(NOW <= answer.fetched_at < NOW + timedelta(minutes=5) for answer in found.answers)
    for parsed in found.parsed:
        assert parsed.received == len(parsed.rows) + parsed.duplicates + len(parsed.quarantined)
    cost = sum(answer.cost_usd for answer in found.answers)
    assert cost == pytest.approx(sandbox.usd(found.spec.provider_name), abs=1e-6)
    assert cost <= sum(answer.call.max_cost_usd for answer in found.answers)


def test_videos_profiles_covers_and_the_panel_follow_from_one_another(sandbox: RunningSandbox) -> None:
    words = [row["keyword"] for row in Collected(sandbox, "trending_keywords").rows]
    videos = Collected(sandbox, "comet_videos", inputs={"keywords": words}).rows
    assert {row["list_name"] for row in videos} == set(words[:3])
    creators = [{"user_id": row["creator_id"], "sec_uid": row["creator_sec_uid"]} for row in videos[:10]]
    profiles = Collected(sandbox, "creator_profiles", inputs={"creators": creators}).rows
    assert len(profiles) == 10
    assert {row["user_id"] for row in profiles} == {creator["user_id"] for creator in creators}
    assert any(row["hearts"] for row in profiles)
    wanted = [{"external_id": row["external_id"], "cover_urls": row["cover_urls"]} for row in videos[:6]]
    covers = Collected(sandbox, "comet_covers", inputs={"covers": wanted})
    assert all(answer.is_simulated for answer in covers.answers)
    assert [row for row in covers.rows if row["problem"] is None and row["width"] > 100]
    posts = [row["url"] for row in Collected(sandbox, "tiktok_trending").rows]
    panel = Collected(sandbox, "panel_tiktok", inputs={"items": sorted(set(posts))[:5]}).rows
    assert len(panel) == 5
    assert all(row["views"] is not None for row in panel)
    shorts = [row["external_id"] for row in Collected(sandbox, "youtube_shorts").rows]
    assert len(Collected(sandbox, "panel_youtube", inputs={"items": shorts}).rows) == len(shorts)


def test_trending_ranks_get_their_counts_from_the_second_run(sandbox: RunningSandbox) -> None:
    found = Collected(sandbox, "tiktok_trending")
    listed, counted = found.parsed
    assert [row["views"] for row in listed.rows] == [None] * 12
    assert {row["external_id"]: row["list_rank"] for row in counted.rows} == {
        row["external_id"]: row["list_rank"] for row in listed.rows
    }
    assert all(row["views"] for row in counted.rows)
    assert found.answers[0].fetched_at < found.answers[1].fetched_at


def test_a_failed_second_run_leaves_the_ranks_and_says_so(sandbox: RunningSandbox) -> None:
    sandbox.fault("withdrawn", provider="apify", endpoint="clockworks")
    found = Collected(sandbox, "tiktok_trending")
    assert len(found.rows) == 12
    assert not found.report.complete
    assert "no counts" in found.report.problems[0]


def test_a_movers_actor_brings_the_pages_figures_beside_the_positions(sandbox: RunningSandbox) -> None:
    found = Collected(sandbox, "amazon_positions", amazon_movers_actor="sandbox/amazon-movers")
    positions, movers = found.parsed
    assert {row["page_previous_rank"] for row in positions.rows} == {None}
    assert any(row["page_rank_change_pct"] for row in movers.rows)
    assert {row["list_name"] for row in positions.rows}.isdisjoint(row["list_name"] for row in movers.rows)


def test_a_movers_actor_that_fails_leaves_the_positions(sandbox: RunningSandbox) -> None:
    found = Collected(sandbox, "amazon_positions", amazon_movers_actor="nobody/nothing")
    assert found.rows
    assert not found.report.complete
    assert "the positions are kept" in found.report.problems[0]


def test_the_same_instant_gives_the_same_rows(sandbox: RunningSandbox) -> None:
    first, second = (Collected(sandbox, "amazon_positions").rows for _ in range(2))
    assert first == second


# --- TikHub ---------------------------------------------------------------------------------------------------------


def tikhub(sandbox: RunningSandbox) -> TikHubClient:
    waits: list[float] = []
    return TikHubClient(replace(connection_for("tikhub", sandbox.settings(), now=NOW), sleep=waits.append))


SEARCH = tikhub_calls.video_search("gta 6")


def test_a_passing_400_is_retried_and_billed_once(sandbox: RunningSandbox) -> None:
    sandbox.fault("transient_400", times=1)
    answer = tikhub(sandbox).execute(SEARCH)
    assert parse_comet_videos(answer).rows
    assert (answer.cost_usd, sandbox.paid("tikhub")) == (0.001, 1)


@pytest.mark.parametrize(
    ("fault", "options", "error", "asked"),
    [
        ("transient_400", {}, SourceUnavailable, 3),
        ("payment_required", {}, BudgetExhausted, 1),
        ("unauthorized", {}, AuthFailed, 1),
        ("rate_limited", {"retry_after": 900}, Throttled, 1),
        ("rate_limited", {"retry_after": 1}, Throttled, 3),
        ("html", {}, NotJson, 3),
        ("empty_body", {}, NotJson, 3),
        ("down", {}, SourceUnavailable, 3),
        ("redirect", {}, SourceError, 1),
        ("truncated_length", {}, SourceUnavailable, 3),
        ("truncated_chunked", {}, SourceUnavailable, 3),
        ("truncated_close", {}, NotJson, 3),
        ("big_body", {"megabytes": 40}, TooLarge, 1),
    ],
)
def test_tikhubs_failures_are_classified(
    sandbox: RunningSandbox, fault: str, options: dict[str, Any], error: type[SourceError], asked: int
) -> None:
    sandbox.fault(fault, provider="tikhub", **options)
    with pytest.raises(error) as caught:
        tikhub(sandbox).execute(SEARCH)
    assert sandbox.requests("tikhub", "fetch_video_search_result") == asked
    assert caught.value.cost_usd == pytest.approx(sandbox.usd("tikhub"))


@pytest.mark.parametrize("variant", ["code", "status_code"])
def test_a_billed_inner_failure_costs_what_it_costs(sandbox: RunningSandbox, variant: str) -> None:
    sandbox.fault("inner_failure", variant=variant)
    with pytest.raises(SourceError) as caught:
        tikhub(sandbox).execute(SEARCH)
    assert sandbox.paid("tikhub") > 0
    assert caught.value.cost_usd == pytest.approx(sandbox.usd("tikhub"))


def test_an_empty_list_of_trending_words_is_asked_for_again_before_it_is_believed(sandbox: RunningSandbox) -> None:
    sandbox.fault("no_results", provider="tikhub", times=1)
    assert tikhub(sandbox).execute(tikhub_calls.trending_words()).cost_usd == 0.002
    sandbox.fault("no_results", provider="tikhub")
    with pytest.raises(SuspiciousEmpty) as caught:
        tikhub(sandbox).execute(tikhub_calls.trending_words())
    assert caught.value.outcome == "empty"


@pytest.mark.parametrize("fault", ["gone", "zero_profile"])
def test_a_creator_who_is_gone_or_hidden_is_one_call_and_one_row(sandbox: RunningSandbox, fault: str) -> None:
    creator = parse_comet_videos(tikhub(sandbox).execute(SEARCH)).rows[0]["creator_id"]
    sandbox.fault(fault)
    answer = tikhub(sandbox).execute(tikhub_calls.user_profile(user_id=creator))
    (row,) = parse_creator_profiles(answer).rows
    assert sandbox.requests("tikhub", "handler_user_profile") == 1
    assert row["followers"] is None
    assert (row["state"] == "gone") == (fault == "gone")


@pytest.mark.parametrize("fault", ["empty_with_more", "same_cursor", "same_page"])
def test_tikhubs_endless_lists_end(sandbox: RunningSandbox, fault: str) -> None:
    sandbox.fault(fault)
    settings = sandbox.settings(comet_pages_per_keyword=10)
    client = client_for("tikhub", settings, now=NOW)
    context = context_for(LISTS["comet_videos"], settings, day=NOW.date(), now=NOW, inputs={"keywords": ["gta 6"]})
    report = LISTS["comet_videos"].collect(client.execute, context)
    assert not report.complete and (report.items == 0) == (fault == "empty_with_more")
    assert ("empty pages" if fault == "empty_with_more" else "pagination loop") in report.problems[0]
    assert sandbox.requests("tikhub", "fetch_video_search_result") <= 2


@pytest.mark.parametrize("fault", ["overlap", "odd_counts", "odd_times", "broken_text", "duplicates", "null_cha_list"])
@pytest.mark.parametrize("name", ["comet_videos", "tiktok_commerce", "youtube_shorts", "reddit_posts", "x_posts"])
def test_odd_items_are_rows_or_set_aside_and_never_lost(sandbox: RunningSandbox, fault: str, name: str) -> None:
    sandbox.fault(fault)
    found = Collected(sandbox, name, inputs={"keywords": ["gta 6", "squishy"]})
    assert found.rows or any(parsed.quarantined for parsed in found.parsed)
    for parsed in found.parsed:
        assert parsed.received == len(parsed.rows) + parsed.duplicates + len(parsed.quarantined)
    for row in found.rows:
        assert all("\x00" not in value for value in row.values() if isinstance(value, str))


# --- YouTube --------------------------------------------------------------------------------------------------------


def youtube(sandbox: RunningSandbox) -> YouTubeClient:
    return YouTubeClient(replace(connection_for("youtube", sandbox.settings(), now=NOW), sleep=lambda seconds: None))


def test_an_exhausted_quota_is_said_once_with_the_way_out(sandbox: RunningSandbox) -> None:
    sandbox.fault("quota_exceeded")
    with pytest.raises(BudgetExhausted, match="midnight Pacific") as caught:
        youtube(sandbox).execute(
            youtube_calls.search("x", published_after=NOW - timedelta(days=7), published_before=NOW)
        )
    assert (sandbox.requests("youtube", "search"), caught.value.units) == (1, 1)


def test_quota_that_ends_in_the_middle_keeps_what_came_before(sandbox: RunningSandbox) -> None:
    sandbox.fault("quota_exceeded", endpoint="search", after=1)
    found = Collected(sandbox, "youtube_shorts")
    assert found.rows
    assert not found.report.complete
    assert "page 2 failed, 1 kept" in found.report.problems[0]


def test_units_that_end_between_two_batches_keep_the_first(sandbox: RunningSandbox) -> None:
    sandbox.fault("quota_exceeded", endpoint="videos", after=1)
    found = Collected(sandbox, "youtube_shorts")
    assert found.rows
    assert (found.report.complete, found.report.capped, found.report.items) == (False, True, 50)
    assert "no details of 50 videos" in found.report.problems[0]


def test_one_of_two_runs_on_x_failing_leaves_the_other(sandbox: RunningSandbox) -> None:
    # not one that is hopeless for the whole account: after that the other is rightly not begun
    sandbox.fault("run_failed", provider="apify", endpoint="tweet-scraper", times=1)
    found = Collected(sandbox, "x_posts")
    assert found.rows
    assert not found.report.complete
    assert "FAILED" in found.report.problems[0]


def test_vanished_videos_are_counted(sandbox: RunningSandbox) -> None:
    sandbox.fault("vanished_ids")
    found = Collected(sandbox, "youtube_shorts")
    assert any("deleted or private" in note for parsed in found.parsed for note in parsed.notes)


def test_youtubes_key_travels_in_a_header(sandbox: RunningSandbox) -> None:
    sandbox.state.meter.log.clear()
    for name in ("youtube_shorts", "reddit_posts", "trending_keywords", "x_posts"):
        Collected(sandbox, name)
    assert {entry["key_in"].split(" ")[0] for entry in sandbox.state.meter.log} == {"header"}


# --- Reddit ---------------------------------------------------------------------------------------------------------


def reddit(sandbox: RunningSandbox, waits: list[float]) -> RedditClient:
    connection = replace(connection_for("reddit", sandbox.settings(), now=NOW), sleep=waits.append)
    return RedditClient(
        connection, token_url=f"{sandbox.url}/api/v1/access_token", client_id="id", user_agent="python:test:0.1"
    )


LISTING = reddit_calls.top_of_day("all")


def test_an_expired_token_is_replaced_once(sandbox: RunningSandbox) -> None:
    client = reddit(sandbox, [])
    assert client.execute(LISTING).status == 200
    assert client.execute(LISTING).status == 200
    assert sandbox.requests("reddit", "access_token") == 1
    sandbox.fault("token_expired", times=1)
    assert client.execute(LISTING).status == 200
    assert sandbox.requests("reddit", "access_token") == 2
    sandbox.fault("token_expired")
    with pytest.raises(AuthFailed, match="REDDIT_CLIENT_ID"):
        client.execute(LISTING)


def test_an_html_429_is_waited_out(sandbox: RunningSandbox) -> None:
    waits: list[float] = []
    sandbox.fault("html_429", times=1)
    assert reddit(sandbox, waits).execute(LISTING).status == 200
    assert 4.0 <= waits[0] <= 5.0


@pytest.mark.parametrize("fault", ["quarantined", "not_there"])
def test_a_subreddit_that_is_not_shown_is_left_out(sandbox: RunningSandbox, fault: str) -> None:
    sandbox.fault(fault)
    with pytest.raises(NotFound, match="TREND_ASSETS_REDDIT__SUBREDDITS"):
        reddit(sandbox, []).execute(LISTING)
    assert sandbox.requests("reddit", "listing") == 1


# --- covers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("cover_expired", "expired"),
        ("cover_gone", "not_found"),
        ("cover_html", "wrong_content"),
        ("cover_svg", "wrong_content"),
        ("cover_heic", "wrong_content"),
        ("cover_empty", "wrong_content"),
        ("cover_bomb", "wrong_content"),
        ("cover_webp", None),
        ("cover_tiny", None),
        ("redirect", "forbidden_target"),
    ],
)
def test_every_way_in_which_a_cover_disappoints_is_a_row_with_its_reason(
    sandbox: RunningSandbox, fault: str, problem: str | None
) -> None:
    video = parse_comet_videos(tikhub(sandbox).execute(SEARCH)).rows[0]
    sandbox.fault(fault, provider="cdn")
    wanted = {"external_id": video["external_id"], "cover_urls": video["cover_urls"]}
    found = Collected(sandbox, "comet_covers", inputs={"covers": [wanted]})
    (row,) = found.rows
    assert row["problem"] == problem, row
    assert bool(row["reason"]) == bool(problem)
    assert (found.report.items, found.answers[0].is_simulated) == (1, True)


# --- the switch -----------------------------------------------------------------------------------------------------


def test_a_provider_without_a_key_says_which_variable_and_where_to_get_it() -> None:
    from trend_assets.settings import Settings

    for provider, variable in (("tikhub", "TIKHUB_API_KEY"), ("apify", "APIFY_TOKEN"), ("youtube", "YOUTUBE_API_KEY")):
        with pytest.raises(MissingKey, match=variable) as caught:
            client_for(provider, Settings(_env_file=None, sandbox="off"))
        assert "https://" in str(caught.value)
        assert caught.value.outcome == "skipped"
    with pytest.raises(SourceError, match="trend-assets sandbox"):
        client_for("tikhub", Settings(_env_file=None, sandbox="on"))
