"""Group D of the fault matrix at Apify: whatever is lost on the way, a run is paid for once and its rows are kept."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from trend_assets.capture.session import CaptureSession
from trend_assets.settings import Settings
from trend_assets.sources.call import Call
from trend_assets.sources.clients import connection_for
from trend_assets.sources.errors import (
    AuthFailed,
    BadRequest,
    BudgetExhausted,
    NotFound,
    SourceError,
    SourceUnavailable,
    SuspiciousEmpty,
    Throttled,
)
from trend_assets.sources.http import USER_AGENT, Connection
from trend_assets.sources.providers.apify.calls import actor_run
from trend_assets.sources.providers.apify.client import MARKER_FIELD, ApifyRuns
from trend_assets.sources.providers.apify.items import report_of
from trend_assets.sources.tiktok_commerce.collect import hashtags_run
from trend_assets.sources.tiktok_commerce.parse import parse as parse_tiktok_commerce
from trend_assets.sources.x.collect import search_run
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.fault_server import FaultServer, Request, answer
from trend_assets_tests.sandbox_server import RunningSandbox

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
CALL = hashtags_run("clockworks/tiktok-scraper", ["tiktokshop", "amazonfinds"], per_hashtag=10, usd_per_1000=5)


class Client(ApifyRuns):
    """A client of the sandbox whose waits are recorded instead of slept."""

    def __init__(self, sandbox: RunningSandbox, **options: Any) -> None:
        self.waits: list[float] = []
        super().__init__(
            replace(connection_for("apify", sandbox.settings(), now=NOW), sleep=self.waits.append), **options
        )


RUN = {
    "id": "run1", "actId": "a", "userId": "u", "startedAt": "2026-11-18T09:00:00Z", "status": "SUCCEEDED",
    "meta": {"origin": "API"}, "stats": {}, "buildId": "b", "defaultKeyValueStoreId": "k", "defaultDatasetId": "d",
    "defaultRequestQueueId": "q", "usageTotalUsd": 0.01,
    "options": {"build": "latest", "timeoutSecs": 300, "memoryMbytes": 1024, "diskMbytes": 2048},
}  # fmt: skip


def marked(marker: str) -> Call:
    return replace(CALL, marker=marker)


def test_a_run_gives_its_rows_and_its_final_price(sandbox: RunningSandbox) -> None:
    found = Client(sandbox).execute(CALL)
    assert (found.outcome, found.status, found.is_simulated) == ("ok", 200, True)
    assert len(parse_tiktok_commerce(found).rows) == 20
    assert found.cost_usd == pytest.approx(sandbox.usd("apify"))  # not the preliminary 60 %
    assert 0 < found.cost_usd <= CALL.max_cost_usd
    assert found.external_run_id


def test_every_start_carries_its_cap_its_marker_and_no_key_in_the_address(sandbox: RunningSandbox) -> None:
    sandbox.state.meter.log.clear()
    found = Client(sandbox).execute(marked("entry-1"))
    (start,) = [
        entry for entry in sandbox.state.meter.log if entry["endpoint"] == "run-actor" and entry["method"] == "POST"
    ]
    assert float(start["query"]["maxTotalChargeUsd"]) == CALL.max_cost_usd
    assert start["query"]["maxItems"] == "20"
    assert start["key_in"].startswith("header")
    run = sandbox.state.memory["runs"].get(found.external_run_id)
    assert run.given[MARKER_FIELD] == "entry-1"
    assert run.given["hashtags"] == ["tiktokshop", "amazonfinds"]


@pytest.mark.parametrize(
    ("fault", "options"),
    [("lost_reply", {}), ("error_after", {"status": 500}), ("error_after", {"status": 502}), ("truncated_length", {})],
)
def test_a_start_whose_reply_is_lost_is_adopted_and_not_repeated(
    sandbox: RunningSandbox, fault: str, options: dict[str, Any]
) -> None:
    sandbox.fault(fault, endpoint="run-actor", times=1, **options)
    client = Client(sandbox)
    found = client.execute(CALL)
    assert len(parse_tiktok_commerce(found).rows) == 20
    assert sandbox.paid("apify") == 1
    assert client.waits[0] >= 4  # the platform's list gets time to know the run


def test_a_start_that_failed_before_anything_began_is_tried_again(sandbox: RunningSandbox) -> None:
    sandbox.fault("down", endpoint="run-actor", times=1)
    assert Client(sandbox).execute(CALL).outcome == "ok"
    assert sandbox.paid("apify") == 1


def test_a_start_of_which_nobody_knows_whether_it_began_ends_open(sandbox: RunningSandbox) -> None:
    sandbox.fault("status", endpoint="run-actor", status=503, provider="apify")
    with pytest.raises(SourceUnavailable) as caught:
        Client(sandbox).execute(CALL)
    assert (sandbox.paid("apify"), sandbox.requests("apify", "run-actor")) == (0, 4)  # one start, three looks
    assert caught.value.is_open


def test_a_second_attempt_with_the_same_marker_adopts_whatever_state_the_run_is_in(sandbox: RunningSandbox) -> None:
    first = Client(sandbox).execute(marked("entry-7"))
    again = Client(sandbox).execute(marked("entry-7"))
    assert again.external_run_id == first.external_run_id
    assert again.body == first.body
    assert sandbox.paid("apify") == 1
    other = Client(sandbox).execute(marked("entry-8"))
    assert other.external_run_id != first.external_run_id
    assert sandbox.paid("apify") == 2


def test_an_attempt_killed_while_it_waits_is_adopted_by_the_next(sandbox: RunningSandbox) -> None:
    sandbox.fault("hang", endpoint="get-run", seconds=60)
    script = (
        "import sys\n"
        "from dataclasses import replace\n"
        "from trend_assets.settings import Settings\n"
        "from trend_assets.sources.clients import client_for\n"
        "from trend_assets_tests.integration.test_apify_money import CALL, NOW\n"
        "settings = Settings(_env_file=None, sandbox='on', sandbox_url=sys.argv[1])\n"
        "client_for('apify', settings, now=NOW).execute(replace(CALL, marker='entry-9'))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, sandbox.url], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while sandbox.paid("apify") == 0 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    sandbox.state.faults.switch_off()
    found = Client(sandbox).execute(marked("entry-9"))
    assert len(parse_tiktok_commerce(found).rows) == 20
    assert sandbox.paid("apify") == 1


@pytest.mark.parametrize(
    ("fault", "items", "ending"),
    [("run_timed_out", 8, "TIMED-OUT"), ("run_aborted", 5, "ABORTED"), ("run_failed", 3, "FAILED")],
)
def test_what_a_run_gave_before_it_broke_is_kept_as_partial(
    sandbox: RunningSandbox, fault: str, items: int, ending: str
) -> None:
    sandbox.fault(fault, items=items)
    found = Client(sandbox).execute(CALL)
    assert found.outcome == "partial"
    assert ending in found.note
    assert len(parse_tiktok_commerce(found).rows) == items
    assert found.cost_usd == pytest.approx(sandbox.usd("apify"))
    report = report_of(found)
    assert (report.complete, report.items) == (False, items)
    assert report.problems == [found.note]


def test_a_failed_run_without_a_row_is_an_error_that_says_what_it_cost(sandbox: RunningSandbox) -> None:
    call = actor_run(
        "lexis-solutions/tiktok-trending-videos-scraper",
        {"countryCode": "US", "maxItems": 5},
        max_items=5,
        usd_per_1000=2,
    )
    sandbox.fault("run_failed", items=0)
    with pytest.raises(SourceError, match="ended FAILED without a result") as caught:
        Client(sandbox).execute(call)
    assert caught.value.cost_usd == pytest.approx(sandbox.usd("apify"))
    assert caught.value.cost_usd > 0
    assert caught.value.external_run_id
    assert not caught.value.can_heal
    assert not caught.value.is_open


def test_a_run_that_never_ends_is_aborted_at_the_deadline_and_its_rows_are_kept(sandbox: RunningSandbox) -> None:
    sandbox.fault("never_finishes")
    found = Client(sandbox, wait_seconds=0.6).execute(CALL)
    assert found.outcome == "partial"
    assert "did not end within" in found.note
    assert len(parse_tiktok_commerce(found).rows) > 0
    assert sandbox.state.memory["runs"].get(found.external_run_id).aborted
    assert sandbox.paid("apify") == 1


def test_a_data_set_that_cannot_be_read_at_first_is_read_again_without_a_new_run(sandbox: RunningSandbox) -> None:
    sandbox.fault("status", endpoint="dataset-items", status=502, times=2)
    assert len(parse_tiktok_commerce(Client(sandbox).execute(CALL)).rows) == 20
    assert sandbox.paid("apify") == 1


def test_a_data_set_that_stays_unreadable_leaves_a_run_that_the_next_attempt_adopts(sandbox: RunningSandbox) -> None:
    sandbox.fault("status", endpoint="dataset-items", status=502)
    with pytest.raises(SourceUnavailable) as caught:
        Client(sandbox).execute(marked("entry-3"))
    assert caught.value.is_open
    assert caught.value.external_run_id
    sandbox.state.faults.switch_off()
    found = Client(sandbox).execute(marked("entry-3"))
    assert found.external_run_id == caught.value.external_run_id
    assert sandbox.paid("apify") == 1


def test_a_run_stopped_at_its_charge_cap_is_partial_and_capped(sandbox: RunningSandbox) -> None:
    found = Client(sandbox).execute(replace(CALL, max_cost_usd=0.03))
    assert found.outcome == "partial"
    assert "charge cap" in found.note
    assert len(parse_tiktok_commerce(found).rows) == 10
    assert found.cost_usd <= 0.03
    assert report_of(found).capped


@pytest.mark.parametrize("fault", ["no_results", "error_rows"])
def test_a_succeeded_run_without_one_result_is_a_failed_source_that_was_paid(
    sandbox: RunningSandbox, fault: str
) -> None:
    sandbox.fault(fault, provider="apify")
    with pytest.raises(SuspiciousEmpty, match="not one result") as caught:
        Client(sandbox).execute(CALL)
    assert caught.value.cost_usd == pytest.approx(sandbox.usd("apify"))
    assert caught.value.outcome == "empty"


def test_a_panel_whose_posts_are_all_gone_is_an_answer(sandbox: RunningSandbox) -> None:
    sandbox.fault("error_rows", provider="apify")
    found = Client(sandbox).execute(replace(CALL, context={}))
    assert found.outcome == "ok"
    assert len(parse_tiktok_commerce(found).quarantined) == 3


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("not_rented", AuthFailed, "not rented"),
        ("withdrawn", AuthFailed, "withdrawn"),
        ("payment_required", BudgetExhausted, "billing"),
        ("unauthorized", AuthFailed, "APIFY_TOKEN"),
    ],
)
def test_refusals_are_said_once_with_what_to_do(
    sandbox: RunningSandbox, fault: str, error: type[SourceError], words: str
) -> None:
    sandbox.fault(fault, provider="apify")
    with pytest.raises(error, match=words) as caught:
        Client(sandbox).execute(CALL)
    assert sandbox.paid("apify") == 0
    assert sandbox.requests("apify", "run-actor") == 1
    assert not caught.value.is_open


def test_an_unknown_actor_and_a_wrong_input_are_said(sandbox: RunningSandbox) -> None:
    with pytest.raises(NotFound, match="nobody/nothing"):
        Client(sandbox).execute(replace(CALL, endpoint="nobody/nothing"))
    with pytest.raises(BadRequest, match="invalid-input"):
        Client(sandbox).execute(replace(CALL, body={"hashtags": 7}))
    assert sandbox.paid("apify") == 0


def test_a_hostile_retry_after_ends_the_start(sandbox: RunningSandbox) -> None:
    sandbox.fault("rate_limited", endpoint="run-actor", retry_after=9000)
    with pytest.raises(Throttled):
        Client(sandbox).execute(CALL)
    assert sandbox.requests("apify", "run-actor") == 1


def test_runs_side_by_side_do_not_adopt_each_other(sandbox: RunningSandbox) -> None:
    client = Client(sandbox)
    found: dict[str, str] = {}

    def work(marker: str) -> None:
        found[marker] = client.execute(marked(marker)).external_run_id

    threads = [threading.Thread(target=work, args=(f"side-{number}",)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(set(found.values())) == 5
    assert sandbox.paid("apify") == 5


def test_data_sets_of_several_pages_are_one_list(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trend_assets.sources.providers.apify.client.PAGE_ITEMS", 7)
    found = Client(sandbox).execute(CALL)
    assert len(json.loads(found.body)) == 20
    monkeypatch.setattr("trend_assets.sources.providers.apify.client.PAGE_ITEMS", 10)
    assert len(json.loads(Client(sandbox).execute(CALL).body)) == 20


def test_a_data_set_that_gives_less_than_it_counts_is_partial_and_says_how_much_is_missing(
    sandbox: RunningSandbox,
) -> None:
    sandbox.fault("short_page", provider="apify")
    found = Client(sandbox).execute(CALL)
    assert (found.outcome, len(parse_tiktok_commerce(found).rows)) == ("partial", 10)
    assert found.note == "10 of the 20 items that Apify counts could not be read."
    assert (report_of(found).complete, report_of(found).problems) == (False, [found.note])
    assert sandbox.paid("apify") == 1


def test_an_actor_that_takes_no_further_input_gets_the_marker_in_the_user_agent_only() -> None:
    started: list[dict[str, Any]] = []
    listed: list[dict[str, Any]] = []

    def start(connection: Any, request: Request) -> None:
        given = json.loads(request.body)
        if MARKER_FIELD in given:
            error = {
                "type": "invalid-input",
                "message": f"Input is not valid: Property input.{MARKER_FIELD} is not allowed.",
            }
            answer({"error": error}, 400)(connection, request)
            return
        started.append(given)
        listed.append({"id": "run1", "meta": {"origin": "API", "userAgent": request.headers["user-agent"]}})
        connection.close()  # the run exists, its reply is lost

    def runs(connection: Any, request: Request) -> None:
        if request.method == "POST":
            start(connection, request)
        else:
            answer({"data": {"items": listed}})(connection, request)

    with FaultServer() as server:
        server.on("/v2/actors/a~b/runs", runs)
        server.on("/v2/actor-runs/run1", answer({"data": RUN}))
        server.on("/v2/datasets/d/items", answer([{"id": "1"}]))
        client = ApifyRuns(
            Connection(provider="apify", base_url=server.url, key="canary-key-1", sleep=lambda seconds: None),
            settle_waits=(0.0,),
        )
        found = client.execute(replace(actor_run("a/b", {"x": 1}, max_items=1, usd_per_1000=1), marker="entry-5"))
        assert started == [{"x": 1}]
        assert (found.external_run_id, found.cost_usd) == ("run1", 0.01)


def test_searches_on_x_carry_their_range() -> None:
    call = search_run(
        "a/b", ["#dtcbrand"], since=date(2026, 11, 11), until=date(2026, 11, 18), max_items=9, usd_per_1000=0.4
    )
    assert call.body is not None
    assert call.body["searchTerms"] == ["#dtcbrand since:2026-11-11 until:2026-11-18"]


@pytest.mark.parametrize("page_items", [7, 1000])
def test_ten_times_what_was_asked_for_is_read_to_the_cap_and_said(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, page_items: int
) -> None:
    monkeypatch.setattr("trend_assets.sources.providers.apify.client.PAGE_ITEMS", page_items)
    sandbox.fault("too_many", provider="apify")
    found = Client(sandbox).execute(CALL)
    assert (len(json.loads(found.body)), found.outcome) == (20, "partial")
    assert found.cost_usd == pytest.approx(sandbox.usd("apify")) and found.cost_usd > CALL.max_cost_usd
    (problem,) = report_of(found).problems
    assert "200 items were given where 20 were asked for: the first 20 are kept." in problem


def test_a_data_set_that_heeds_no_limit_is_cut_as_well() -> None:
    with FaultServer() as server:
        server.on("/v2/actors/a~b/runs", answer({"data": RUN}, 201))
        server.on("/v2/actor-runs/run1", answer({"data": RUN}))
        server.on("/v2/datasets/d/items", answer([{"id": str(number)} for number in range(50)]))
        connection = Connection(provider="apify", base_url=server.url, key="canary-key-1", sleep=lambda seconds: None)
        found = ApifyRuns(connection, settle_waits=(0.0,)).execute(
            actor_run("a/b", {"x": 1}, max_items=20, usd_per_1000=1)
        )
    assert [item["id"] for item in json.loads(found.body)] == [str(number) for number in range(20)]
    assert "50 items were given where 20 were asked for" in found.note and found.outcome == "partial"


def test_a_start_that_was_only_ever_refused_is_certainly_no_run(sandbox: RunningSandbox) -> None:
    sandbox.fault("rate_limited", endpoint="run-actor", retry_after=2)
    with pytest.raises(Throttled) as caught:
        Client(sandbox).execute(CALL)
    assert caught.value.is_open is False and sandbox.paid("apify") == 0


@pytest.mark.parametrize("then", ["rate_limited", "payment_required"])
def test_a_refusal_after_a_start_that_may_have_worked_leaves_it_open(sandbox: RunningSandbox, then: str) -> None:
    sandbox.fault("status", endpoint="run-actor", status=503, provider="apify", times=1)
    client = Client(sandbox)

    def wait(seconds: float) -> None:
        sandbox.fault(then, endpoint="run-actor", retry_after=9000)

    client._connection = replace(client._connection, sleep=wait)
    with pytest.raises(SourceError) as caught:
        client.execute(CALL)
    assert caught.value.is_open


def client_of(server: FaultServer) -> ApifyRuns:
    connection = Connection(provider="apify", base_url=server.url, key="canary-key-1", sleep=lambda seconds: None)
    return ApifyRuns(connection, settle_waits=(0.0, 0.0))


def listed(server: FaultServer, path: str, number: int, *, page: int, marked_at: int) -> None:
    """A list of runs of the last hour, newest first, in pages of at most `page`; one carries the marker `mine`, the
    others are another's."""
    now = datetime.now(UTC)
    runs = [
        {
            "id": f"run{n}", "startedAt": (now - timedelta(minutes=n)).isoformat(), "defaultKeyValueStoreId": f"k{n}",
            "meta": {"userAgent": f"{USER_AGENT} marker/{'mine' if n == marked_at else 'of another'}"},
        }
        for n in range(number)
    ]  # fmt: skip

    def answered(connection: Any, request: Request) -> None:
        offset, limit = (int(parse_qs(request.query).get(name, ["0"])[0]) for name in ("offset", "limit"))
        answer({"data": {"items": runs[offset : offset + min(page, limit)]}})(connection, request)

    server.on(path, answered)


@pytest.mark.parametrize("page", [1, 7, 1000])
@pytest.mark.parametrize("number", [0, 45])
def test_a_run_is_found_however_short_the_pages_of_the_list_are(page: int, number: int) -> None:
    """The first short page was taken for the end: a run behind it was settled as if nothing had been paid."""
    since = datetime.now(UTC) - timedelta(hours=1)
    with FaultServer() as server:
        listed(server, "/v2/actor-runs", number, page=page, marked_at=44)
        server.on("/v2/actor-runs/run44", answer({"data": {**RUN, "id": "run44"}}))
        found = client_of(server).find_run("mine", since=since)
    assert (found.run_id if found else None) == ("run44" if number == 45 else None)


def test_a_list_of_runs_that_has_no_end_tells_nothing() -> None:
    run = {"id": "r", "startedAt": datetime.now(UTC).isoformat(), "meta": {"userAgent": f"{USER_AGENT} marker/other"}}
    with FaultServer() as server:
        server.on("/v2/actor-runs", answer({"data": {"items": [run]}}))
        with pytest.raises(SourceUnavailable, match="no end"):
            client_of(server).find_run("mine", since=datetime.now(UTC) - timedelta(hours=1))


def test_a_start_that_an_earlier_attempt_lost_is_adopted_however_many_runs_have_begun_since() -> None:
    """It was looked for among the actor's newest thirty, and bought once more when others had pushed it out."""
    call = actor_run("a/b", {"x": 1}, max_items=1, usd_per_1000=1)
    with FaultServer() as server:
        listed(server, "/v2/actors/a~b/runs", 45, page=10, marked_at=44)
        server.on("/v2/actor-runs/run44", answer({"data": {**RUN, "id": "run44"}}))
        server.on("/v2/datasets/d/items", answer([{"id": "1"}]))
        found = client_of(server).execute(
            replace(call, marker="mine", marked_at=datetime.now(UTC) - timedelta(minutes=50))
        )
        assert found.external_run_id == "run44"
        assert {request.method for request in server.requests} == {"GET"}


@pytest.mark.parametrize(
    ("said", "counted", "words"),
    [
        (0.02, 0.02, None), ("0.02", 0.02, None), (0.0, 0.0, None), (None, CALL.max_cost_usd, "did not say"),
        (-0.01, CALL.max_cost_usd, "the reservation is counted"), (1e12, CALL.max_cost_usd, "the reservation"),
        (9.0, 9.0, "compare its price with the settings"),
        ("gone", CALL.max_cost_usd, "in the end; its cap"), ("broken", CALL.max_cost_usd, "in the end; its cap"),
    ],
)  # fmt: skip
def test_what_a_run_is_said_to_have_cost_is_booked_or_its_cap_and_never_less(
    warehouse: Warehouse, said: Any, counted: float, words: str | None
) -> None:
    """A debt was booked as nothing, and the price that a run has at first as its last when that was not told."""
    run = {**RUN, "usageTotalUsd": 0.001 if said in ("gone", "broken") else said}
    looks: list[Any] = [answer({"data": run})]
    if said in ("gone", "broken"):
        looks = [answer({"error": {"type": "record-not-found"}}, 404) if said == "gone" else answer(b"<html>", 500)]
    with FaultServer() as server:
        # none with its marker, then the start
        server.on(
            "/v2/actors/clockworks~tiktok-scraper/runs", answer({"data": {"items": []}}), answer({"data": run}, 201)
        )
        server.on("/v2/actor-runs/run1", *looks)
        server.on("/v2/datasets/d/items", answer([{"id": "1"}]))
        session = CaptureSession(
            warehouse, source="tiktok_commerce", day=date(2026, 11, 18), provider="apify", now=NOW, collection_id="c",
            execute=client_of(server).execute, settings=Settings(_env_file=None, apify_token="a-real-token"),
        )  # fmt: skip
        found = session.obtain(CALL)
    assert found.cost_usd == pytest.approx(counted)
    assert (words in found.note) if words else not found.note
    (booked,) = warehouse.query("SELECT state, cost_usd::float8 AS cost FROM ops.ledger").itertuples()
    assert (booked.state, booked.cost) == ("settled", pytest.approx(counted))
