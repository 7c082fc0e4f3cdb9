"""Whole collections of a source under the faults of its provider: what is stored, paid, said, and left as it was.

Every test ends with `epilogue`: one collection's faults must not cost accounting, money, locks or a second build."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from trend_assets.capture.collect import Collected, collect_source
from trend_assets.capture.session import stored_answers
from trend_assets.capture.typed_rows import typed_rows
from trend_assets.sources.discovery import LISTS
from trend_assets.sources.errors import (
    AuthFailed,
    BadRequest,
    BudgetExhausted,
    NoHistory,
    NotJson,
    SchemaDrift,
    SourceError,
    SourceUnavailable,
    SuspiciousEmpty,
    Throttled,
    TooLarge,
)
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets.warehouse.writing import WriteReport
from trend_assets_tests import conftest
from trend_assets_tests.sandbox_server import RunningSandbox, without_waiting

DAY = date(2026, 11, 18)
WORDS = {"keywords": ["gta 6", "squishy", "cube slime"]}
SMALL = {"comet_keywords_per_day": 3, "reddit_limit": 60, "youtube_search_pages": 1}


@pytest.fixture(scope="module")
def store(postgres_url: str, template_database: str) -> Iterator[Warehouse]:
    """One database for the module: every test has days of its own."""
    with conftest.temporary_database(postgres_url, template=template_database) as url:
        yield Warehouse(url)


@pytest.fixture
def sandbox(world: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    world.state.faults.switch_off()
    world.state.meter.lines.clear()
    without_waiting(monkeypatch)
    yield world
    world.state.faults.switch_off()


def collect(
    store: Warehouse, sandbox: RunningSandbox, name: str, day: date, *, collection: str = "one", force: bool = False,
    now: datetime | None = None, inputs: Any = None, **settings: Any,
) -> Collected:  # fmt: skip
    """One collection, as the capture's asset makes it."""
    return collect_source(
        store, LISTS[name], day=day, now=now or datetime(day.year, day.month, day.day, 9, tzinfo=UTC), run_id="run",
        settings=sandbox.settings(**{**SMALL, **settings}), collection_id=f"{day} {collection}", force=force,
        inputs=inputs or (WORDS if LISTS[name].needs else {}),
    )  # fmt: skip


def build(store: Warehouse, name: str, day: date) -> WriteReport:
    """The typed rows of a day, as the rows' asset writes them."""
    address = f"source.{name}"
    typed = typed_rows(TABLES[address], stored_answers(store, name, day), LISTS[name].parse, day=day)
    return store.write_partition(
        address, day, typed.frame, received=typed.received, deduplicated=typed.deduplicated,
        quarantined=typed.quarantined,
    )  # fmt: skip


def attempt(store: Warehouse, name: str, day: date) -> dict[str, Any]:
    """The newest attempt."""
    query = (
        "SELECT * FROM ops.source_attempts WHERE source = %s AND observed_date = %s ORDER BY started_at DESC LIMIT 1"
    )
    return dict(store.query(query, (name, day)).iloc[0])


def epilogue(store: Warehouse, sandbox: RunningSandbox, name: str, *days: date, unbilled: float = 0.0) -> None:
    """What must hold after every fault, whatever it was."""
    provider = LISTS[name].provider_name
    for day in days:
        if store.query("SELECT 1 AS x FROM ops.partition_writes WHERE observed_date = %s", (day,)).size:
            assert build(store, name, day).unchanged, "a second build is the same"
            manifest = store.query(
                "SELECT received, deduplicated, quarantined, stored FROM ops.partition_writes "
                "WHERE table_address = %s AND observed_date = %s",
                (f"source.{name}", day),
            ).iloc[0]
            assert manifest["received"] == manifest["stored"] + manifest["deduplicated"] + manifest["quarantined"]
            assert len(store.read(f"source.{name}", day=day)) == manifest["stored"]
    spent = store.query(
        "SELECT coalesce(sum(coalesce(cost_usd, reserved_usd)), 0)::float8 AS usd, count(*) FILTER (WHERE state = "
        "'intent') AS open FROM ops.ledger WHERE provider = %s AND observed_date = ANY(%s)",
        (provider, list(days)),
    ).iloc[0]
    assert spent["usd"] == pytest.approx(sandbox.usd(provider) - unbilled), "the ledger is what the provider charged"
    assert spent["open"] == 0
    outcomes = store.query(
        "SELECT outcome, reason FROM ops.source_attempts WHERE observed_date = ANY(%s)", (list(days),)
    )
    assert "running" not in set(outcomes["outcome"])
    assert all(reason for outcome, reason in outcomes.itertuples(index=False) if outcome != "succeeded")
    locks = store.query(
        "SELECT count(*) AS n FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE locktype = 'advisory' AND datname = current_database()"
    )
    assert locks["n"][0] == 0


FAULTS: list[tuple[str, dict[str, Any], type[SourceError], str]] = [
    ("down", {}, SourceUnavailable, "failed"),
    ("status", {"status": 500}, SourceUnavailable, "failed"),
    ("rate_limited", {"retry_after": 2}, Throttled, "failed"),
    ("rate_limited", {"retry_after": 86_400}, Throttled, "failed"),
    ("html", {}, NotJson, "failed"),
    ("empty_body", {}, NotJson, "failed"),
    ("truncated_length", {}, SourceUnavailable, "failed"),
    ("truncated_chunked", {}, SourceUnavailable, "failed"),
    ("truncated_close", {}, NotJson, "failed"),
    ("reset", {}, SourceUnavailable, "failed"),
    ("lost_reply", {}, SourceUnavailable, "failed"),
    ("error_after", {}, SourceUnavailable, "failed"),
    ("huge_headers", {}, TooLarge, "failed"),
    ("gzip_bomb", {"megabytes": 40}, TooLarge, "failed"),
    ("big_body", {"megabytes": 40}, TooLarge, "failed"),
    ("redirect", {}, BadRequest, "failed"),
    ("unauthorized", {}, AuthFailed, "failed"),
    ("payment_required", {}, BudgetExhausted, "over_budget"),
    ("transient_400", {}, SourceUnavailable, "failed"),
    ("inner_failure", {"variant": "code"}, SourceError, "failed"),
    ("bad_json", {"variant": "nan"}, NotJson, "failed"),
    ("bad_json", {"variant": "deep"}, NotJson, "failed"),
    ("bad_json", {"variant": "huge_int"}, NotJson, "failed"),
    ("bad_json", {"variant": "list"}, SchemaDrift, "failed"),
    ("bad_json", {"variant": "null"}, SchemaDrift, "failed"),
    ("no_results", {}, SuspiciousEmpty, "empty"),
    ("shape_moved", {}, SchemaDrift, "failed"),
]


REFUSED_AS_A_WHOLE = {
    "down", "status", "rate_limited", "html", "empty_body", "truncated_close", "error_after", "redirect",
    "unauthorized", "payment_required", "transient_400", "inner_failure", "bad_json",
}  # fmt: skip


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=[" ".join([f[0], *map(str, f[1].values())]) for f in FAULTS])
def test_a_forced_collection_that_fails_leaves_the_day_as_it_was_and_is_accounted_for(
    store: Warehouse, sandbox: RunningSandbox, number: int
) -> None:
    fault, options, error, outcome = FAULTS[number]
    day = DAY - timedelta(days=40 + number)
    collect(store, sandbox, "comet_videos", day, comet_keywords_per_day=1)
    before = build(store, "comet_videos", day)
    assert before.stored > 0
    sandbox.fault(fault, provider="tikhub", **options)
    with pytest.raises(error):
        collect(store, sandbox, "comet_videos", day, collection="again", force=True, comet_keywords_per_day=1)
    assert attempt(store, "comet_videos", day)["outcome"] == outcome
    after = build(store, "comet_videos", day)
    assert (after.unchanged, after.content_hash) == (True, before.content_hash)
    evidence = store.query(
        "SELECT status, body_bytes FROM capture.answers WHERE observed_date = %s AND outcome = 'failed'", (day,)
    )
    assert len(evidence) == (fault in REFUSED_AS_A_WHOLE), "a refused answer is kept for the person who looks into it"
    assert all(size > 0 or fault in ("empty_body", "redirect") for size in evidence["body_bytes"])
    # a status that could not be read is not known to be billed
    epilogue(store, sandbox, "comet_videos", day, unbilled=0.001 if fault == "huge_headers" else 0)


def test_an_empty_answer_is_asked_for_again_and_never_takes_the_place_of_rows(
    store: Warehouse, sandbox: RunningSandbox
) -> None:
    yesterday, today = DAY, DAY + timedelta(days=1)
    for day in (yesterday, today):
        collect(store, sandbox, "trending_keywords", day)
        assert build(store, "trending_keywords", day).stored > 90
    asked = sandbox.requests("tikhub", "fetch_trending_searchwords")
    sandbox.fault("no_results", provider="tikhub")
    with pytest.raises(SuspiciousEmpty):
        collect(store, sandbox, "trending_keywords", today, collection="noon", force=True)
    assert sandbox.requests("tikhub", "fetch_trending_searchwords") - asked >= 2, "believed only when it is repeated"
    assert attempt(store, "trending_keywords", today)["outcome"] == "empty"
    for day in (yesterday, today):
        assert build(store, "trending_keywords", day).unchanged
    tomorrow = today + timedelta(days=1)
    with pytest.raises(SuspiciousEmpty):
        collect(store, sandbox, "trending_keywords", tomorrow)
    sandbox.state.faults.switch_off()
    assert collect(store, sandbox, "trending_keywords", tomorrow).items > 90, "the empty answer is not replayed"
    epilogue(store, sandbox, "trending_keywords", yesterday, today, tomorrow)


def test_a_balance_that_is_used_up_costs_one_call_and_the_next_day_goes_on(
    store: Warehouse, sandbox: RunningSandbox
) -> None:
    day, next_day = DAY + timedelta(days=10), DAY + timedelta(days=11)
    sandbox.state.faults.switch_on(
        "payment_required", provider="tikhub", endpoint=None, times=None, dates=(day.isoformat(),), options={}
    )
    with pytest.raises(BudgetExhausted, match="balance"):
        collect(store, sandbox, "trending_keywords", day)
    assert sandbox.requests("tikhub", "fetch_trending_searchwords") == 1
    assert attempt(store, "trending_keywords", day)["outcome"] == "over_budget"
    assert collect(store, sandbox, "trending_keywords", next_day).items > 90
    epilogue(store, sandbox, "trending_keywords", day, next_day)


def test_a_budget_that_ends_in_the_middle_keeps_what_came_and_later_buys_only_the_rest(
    store: Warehouse, sandbox: RunningSandbox
) -> None:
    day = DAY + timedelta(days=20)
    found = collect(store, sandbox, "comet_videos", day, budget_usd_tikhub=0.0049)  # a call may cost 0.003
    paid = sandbox.paid("tikhub")
    assert not found.complete and paid in (1, 2)  # side by side the second call finds the first one's reservation
    assert sandbox.usd("tikhub") <= 0.0049
    assert any("TREND_ASSETS_TIKHUB__BUDGET_USD" in problem for problem in found.problems)
    tried = attempt(store, "comet_videos", day)
    assert (tried["outcome"], float(tried["cost_usd"])) == ("partial", pytest.approx(sandbox.usd("tikhub")))
    kept = build(store, "comet_videos", day).stored
    again = collect(store, sandbox, "comet_videos", day, collection="two", budget_usd_tikhub=1)
    assert (again.complete, again.calls, again.replayed, sandbox.paid("tikhub")) == (True, 3 - paid, paid, 3)
    assert build(store, "comet_videos", day).stored > kept
    third = collect(store, sandbox, "comet_videos", day, collection="three")
    assert (third.calls, third.cost_usd, sandbox.paid("tikhub")) == (0, 0.0, 3), "after a success nothing is bought"
    epilogue(store, sandbox, "comet_videos", day)


@pytest.mark.parametrize("name", [name for name, spec in LISTS.items() if spec.history == "now" and not spec.needs])
def test_a_year_of_past_days_of_a_source_that_only_knows_now_is_refused_before_any_request(
    store: Warehouse, sandbox: RunningSandbox, name: str
) -> None:
    now = datetime(2026, 11, 18, 9, tzinfo=UTC)
    days = [now.date() - timedelta(days=back) for back in (1, 2, 7, 30, 90, 180, 364, 365)]
    for day in days:
        with pytest.raises(NoHistory, match="only"):
            collect(store, sandbox, name, day, now=now, sandbox_time_travel=False)
    assert sandbox.state.meter.usage()["providers"] == {}
    assert {attempt(store, name, day)["outcome"] for day in days} == {"failed"}


def test_a_collection_that_crosses_midnight_is_one_partition_with_true_times(
    store: Warehouse, sandbox: RunningSandbox
) -> None:
    day = date(2026, 3, 8)  # the day on which American clocks change
    started = datetime(2026, 3, 8, 23, 59, 59, 990_000, tzinfo=UTC)
    sandbox.fault("latency", provider="reddit", seconds=0.05)
    found = collect(store, sandbox, "reddit_posts", day, now=started)
    report = build(store, "reddit_posts", day)
    rows = store.read("source.reddit_posts", day=day)
    assert found.complete and report.stored == len(rows) > 0
    assert set(rows["collected_at"]) == {started}
    assert all(started < at < started + timedelta(minutes=5) and at.date() == date(2026, 3, 9)
               for at in rows["measured_at"])  # fmt: skip
    assert store.read("source.reddit_posts", day=date(2026, 3, 9)).empty
    epilogue(store, sandbox, "reddit_posts", day)


def test_a_caption_of_a_megabyte_with_100000_hashtags_is_cut_and_said(
    store: Warehouse, sandbox: RunningSandbox
) -> None:
    day = DAY + timedelta(days=30)
    sandbox.fault("huge_text")
    collect(store, sandbox, "comet_videos", day, comet_keywords_per_day=1)
    (stored,) = stored_answers(store, "comet_videos", day)
    assert len(stored.answer.body) > 1_000_000, "the whole answer is kept"
    parsed = LISTS["comet_videos"].parse(stored.answer)
    assert build(store, "comet_videos", day).stored == len(parsed.rows)
    rows = store.read("source.comet_videos", day=day)
    assert rows["description"].str.len().max() == 20_000
    assert rows["hashtags"].map(len).max() == 100
    assert {note.split(" (")[0] for note in parsed.notes} >= {
        "desc is longer than 20,000 characters: cut.", "hashtags are more than 100: cut."
    }  # fmt: skip
    epilogue(store, sandbox, "comet_videos", day)


def test_characters_that_nothing_can_hold_cost_no_row_and_are_counted(
    store: Warehouse, sandbox: RunningSandbox
) -> None:
    plain, spoiled = DAY + timedelta(days=31), DAY + timedelta(days=32)
    collect(store, sandbox, "comet_videos", plain, comet_keywords_per_day=1)
    sandbox.fault("broken_text")
    collect(store, sandbox, "comet_videos", spoiled, comet_keywords_per_day=1)
    assert build(store, "comet_videos", plain).stored > 0
    assert build(store, "comet_videos", spoiled).set_aside == 0
    (stored,) = stored_answers(store, "comet_videos", spoiled)
    parsed = LISTS["comet_videos"].parse(stored.answer)
    assert not parsed.quarantined
    assert any("characters that nothing can hold" in note for note in parsed.notes), parsed.notes
    epilogue(store, sandbox, "comet_videos", plain, spoiled)
