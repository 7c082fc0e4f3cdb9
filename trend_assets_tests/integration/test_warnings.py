"""Every warning passes on a usual day and fails on the day that it is for."""

from datetime import UTC, date, datetime, timedelta

import pytest

from trend_assets.defs.ops import checks, freshness

DAY = date(2026, 3, 8)
NOW = datetime(2026, 3, 8, 9, tzinfo=UTC)


def insert(warehouse, table: str, **values) -> None:
    names = ", ".join(values)
    marks = ", ".join(f"%({name})s" for name in values)
    with warehouse.connect() as connection:
        connection.execute(f"insert into {table} ({names}) values ({marks})", values)


def snapshot(warehouse, day: date, item: int, views: int) -> None:
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    insert(
        warehouse, "trends.post_snapshots", observed_date=day, source="tiktok_trending", platform="tiktok",
        external_id=str(item), list_name="US", views=views, measured_at=at, collected_at=at, capture_id="c",
        is_simulated=True,
    )  # fmt: skip


@pytest.mark.parametrize(("gain", "passed"), [(10, True), (0, False)])
def test_counts_that_do_not_move_are_noticed(warehouse, gain, passed):
    for item in range(30):
        snapshot(warehouse, DAY - timedelta(days=1), item, 1000)
        snapshot(warehouse, DAY, item, 1000 + gain)
    verdict = checks.judge_frozen(warehouse, DAY)
    assert verdict.passed is passed
    assert "30" in verdict.sentence


@pytest.mark.parametrize(
    ("minutes", "gain", "passed", "said"),
    [
        (33, 0, False, "100 % of the 30 counts taken within 6 hours of another are the same, as from a cache."),
        (33, 10, True, "0 % of the 30 counts taken within 6 hours of another are the same."),
        (12 * 60, 0, True, "No item was counted twice within 6 hours."),
    ],
)
def test_a_capture_that_was_answered_from_the_providers_cache_is_noticed(warehouse, minutes, gain, passed, said):
    first = datetime(DAY.year, DAY.month, DAY.day, 2, tzinfo=UTC)
    for at, views in ((first, 1000), (first + timedelta(minutes=minutes), 1000 + gain)):
        for item in range(30):
            insert(
                warehouse, "source.tiktok_trending", observed_date=DAY, platform="tiktok", external_id=str(item),
                kind="video", list_name="US", views=views, measured_at=at, collected_at=at, capture_id=f"c{at}",
                is_simulated=True,
            )  # fmt: skip
    verdict = checks.judge_unchanged(warehouse, DAY, table="source.tiktok_trending")
    assert (verdict.passed, verdict.sentence) == (passed, said)


@pytest.mark.parametrize(("passed_today", "passed"), [(50, True), (100, False), (5, False)])
def test_a_filter_that_lets_pass_much_more_or_less_than_usual_is_noticed(warehouse, passed_today, passed):
    for back in range(5):
        count = passed_today if back == 0 else 50
        insert(
            warehouse, "comets.funnel", observed_date=DAY - timedelta(days=back), position=2, step="pronoun_check",
            entered=100, passed=count, rejected=100 - count, not_judged=0, is_simulated=True,
        )  # fmt: skip
    assert checks.judge_pass_rates(warehouse, DAY).passed is passed


@pytest.mark.parametrize(("losers", "passed"), [(0, True), (1, False), (12, False)])
def test_creators_who_lose_many_followers_at_once_are_named(warehouse, losers, passed):
    for number in range(15):
        fell = number < losers
        insert(
            warehouse, "comets.creator_stats", observed_date=DAY, user_id=str(number), handle=f"creator{number:02}",
            followers=8_000 if fell else 20_100, measured_by="roll_call", measured_at=NOW, compared_followers=20_000,
            growth_followers=-12_000 if fell else 100, growth_pct=-60 if fell else 0.5, growth_over_days=1,
            growth_note="drop" if fell else None, is_simulated=True,
        )  # fmt: skip
    verdict = checks.judge_drops(warehouse, DAY)
    assert verdict.passed is passed
    assert verdict.sentence.count("-60.0 % (20,000 to 8,000 followers over 1 d)") == min(losers, 10)
    assert ("creator00" in verdict.sentence) is not passed
    assert ("2 more" in verdict.sentence) is (losers == 12)


@pytest.mark.parametrize(("cost_today", "passed"), [(0.5, True), (5.0, False)])
def test_a_price_that_jumps_is_noticed(warehouse, cost_today, passed):
    for back in range(5):
        day = DAY - timedelta(days=back)
        insert(
            warehouse, "ops.source_attempts", attempt_id=f"a{back}", source="x_posts", provider="apify",
            observed_date=day, outcome="succeeded", items=100, calls=1, cost_usd=cost_today if back == 0 else 0.5,
            started_at=NOW,
        )  # fmt: skip
    verdict = checks.judge_prices(warehouse, DAY)
    assert verdict.passed is passed
    assert "x_posts" in verdict.sentence


@pytest.mark.parametrize(("unknown_today", "passed"), [(2, True), (20, False)])
def test_a_column_that_is_suddenly_unknown_is_noticed(warehouse, unknown_today, passed):
    for back in range(5):
        for item in range(20):
            unknown = item < (unknown_today if back == 0 else 2)
            snapshot(warehouse, DAY - timedelta(days=back), item, None if unknown else 10)
    assert checks.judge_nulls(warehouse, DAY, table="trends.post_snapshots", columns=("views",)).passed is passed


def test_a_failed_source_is_named_with_its_reason(warehouse):
    row = {
        "observed_date": DAY,
        "tier": "core",
        "scored_items": 0,
        "attempts": 1,
        "is_blended": True,
        "is_simulated": True,
    }
    insert(warehouse, "feed.source_report", source="x_posts", title="X", status="succeeded", **row)
    assert checks.judge_sources(warehouse, DAY).passed
    insert(
        warehouse,
        "feed.source_report",
        source="reddit_posts",
        title="Reddit",
        status="failed",
        reason="The key is wrong.",
        **row,
    )
    verdict = checks.judge_sources(warehouse, DAY)
    assert not verdict.passed
    assert "reddit_posts: The key is wrong." in verdict.sentence


def profile_and_candidate(warehouse, creator: int, *, searched: int, profiled: int) -> None:
    base = {
        "observed_date": DAY,
        "user_id": str(creator),
        "handle": f"h{creator}",
        "measured_at": NOW,
        "is_simulated": True,
    }
    insert(
        warehouse, "comets.candidates", followers=searched, keyword="k", keywords=["k"], videos_found=1,
        top_video_id="v", **base,
    )  # fmt: skip
    insert(
        warehouse, "comets.creator_profiles", followers=profiled, profile_state="active", is_suspect=False,
        collected_at=NOW, capture_id="c", **base,
    )  # fmt: skip


@pytest.mark.parametrize(("profiled", "passed"), [(20_500, True), (40_000, False)])
def test_search_and_profile_that_disagree_are_noticed(warehouse, profiled, passed):
    for creator in range(10):
        profile_and_candidate(warehouse, creator, searched=20_000, profiled=profiled)
    assert checks.judge_agreement(warehouse, DAY).passed is passed


def written(warehouse, address: str, *days: date) -> None:
    for day in days:
        insert(
            warehouse, "ops.partition_writes", table_address=address, observed_date=day, token=1, content_hash="h",
            frame_hash="f", stored=1, written_at=NOW,
        )  # fmt: skip


def fresh(warehouse, address: str, now: datetime):
    present = freshness.written_days(warehouse, address)
    return freshness.is_fresh(address, present, now)


def complete(warehouse, address: str, now: datetime):
    present = freshness.written_days(warehouse, address)
    return freshness.is_complete(address, present, now)


def test_a_backfill_of_an_old_day_does_not_make_a_stale_table_fresh(warehouse):
    written(warehouse, "feed.issues", DAY - timedelta(days=3))
    assert not fresh(warehouse, "feed.issues", NOW).passed
    written(warehouse, "feed.issues", DAY - timedelta(days=30))
    result = fresh(warehouse, "feed.issues", NOW)
    assert not result.passed
    assert "2026-03-05" in result.description
    written(warehouse, "feed.issues", DAY)
    assert fresh(warehouse, "feed.issues", NOW).passed


def test_before_the_deadline_yesterday_is_enough(warehouse):
    written(warehouse, "feed.issues", DAY - timedelta(days=1))
    assert fresh(warehouse, "feed.issues", NOW.replace(hour=5)).passed
    assert not fresh(warehouse, "feed.issues", NOW.replace(hour=6)).passed


def test_completeness_names_the_holes_also_those_that_nothing_will_fill(warehouse):
    days = [DAY - timedelta(days=back) for back in (0, 1, 4, 5)]
    written(warehouse, "source.x_posts", *days)
    result = complete(warehouse, "source.x_posts", NOW)
    assert not result.passed
    assert "2026-03-06" in result.description
    assert "2026-03-05" in result.description
    written(warehouse, "source.x_posts", DAY - timedelta(days=2), DAY - timedelta(days=3))
    assert complete(warehouse, "source.x_posts", NOW).passed


def test_after_eight_days_without_a_daemon_five_ticks_are_made_up_for_and_the_other_three_days_are_named(warehouse):
    from dagster._core.scheduler.scheduler import DEFAULT_MAX_CATCHUP_RUNS

    assert DEFAULT_MAX_CATCHUP_RUNS == 5, "Dagster makes up for that many ticks, and forgets the older ones"
    made_up = [DAY - timedelta(days=back) for back in range(5)]
    written(warehouse, "source.youtube_shorts", DAY - timedelta(days=8), *made_up)
    result = complete(warehouse, "source.youtube_shorts", NOW)
    missing = [(DAY - timedelta(days=back)).isoformat() for back in (7, 6, 5)]
    assert not result.passed
    assert f"lacks {', '.join(missing)};" in result.description
    assert result.metadata["missing_days"].value == 3


def test_a_table_without_any_write_is_neither_fresh_nor_an_error(warehouse):
    assert not fresh(warehouse, "feed.issues", NOW).passed
    assert not complete(warehouse, "feed.issues", NOW).passed


def issue(warehouse, *, count: int, quiet: bool) -> None:
    insert(
        warehouse, "feed.issues", observed_date=DAY, issue_id="i", title="t", subject="s", as_of=NOW, item_count=count,
        newsletter="rising", is_quiet=quiet, sources_succeeded=[], sources_failed="[]", content_hash="h",
        is_simulated=True,
    )  # fmt: skip


@pytest.mark.parametrize(("count", "quiet", "passed"), [(30, False, True), (3, True, False), (0, True, False)])
def test_a_quiet_issue_warns(warehouse, count, quiet, passed):
    issue(warehouse, count=count, quiet=quiet)
    assert checks.judge_feed_size(warehouse, DAY).passed is passed


def test_without_an_issue_the_feed_size_warns(warehouse):
    assert not checks.judge_feed_size(warehouse, DAY).passed
