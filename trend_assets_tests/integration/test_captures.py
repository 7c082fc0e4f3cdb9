"""Answers are stored before they are parsed, replayed instead of bought again, and paid within the budget."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest

from trend_assets.capture import ledger
from trend_assets.capture.attempts import Attempt
from trend_assets.capture.session import CaptureSession, has_answers, stored_answers
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call, CollectReport
from trend_assets.sources.errors import (
    AuthFailed,
    BudgetExhausted,
    MissingKey,
    NoHistory,
    SourceError,
    SourceUnavailable,
    SuspiciousEmpty,
    Throttled,
)
from trend_assets.warehouse.errors import WarehouseError
from trend_assets.warehouse.warehouse import Warehouse

DAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)
SECRET = "a-very-secret-key"


class Provider:
    """A provider that counts what it is asked and what it is paid for."""

    def __init__(self, *, cost: float = 0.1, fail: Callable[[int], Exception | None] = lambda number: None) -> None:
        self.cost, self.fail = cost, fail
        self.asked: list[Call] = []
        self.lock = threading.Lock()

    def execute(self, call: Call) -> Answer:
        with self.lock:
            self.asked.append(call)
            number = len(self.asked)
        if problem := self.fail(number):
            raise problem
        body = f'{{"answer": {number}, "text": "\\ud800 \\u0000"}}'.encode() + b"\x00\xff"
        return Answer(call, 200, body, NOW + dt.timedelta(seconds=number), cost_usd=self.cost, units=call.units)


def settings(**changes: Any) -> Settings:
    values = {"tikhub_api_key": SECRET, "apify_token": SECRET, "youtube_api_key": SECRET, **changes}
    return Settings(_env_file=None, **values)


def session(warehouse: Warehouse, asked: Provider, **changes: Any) -> CaptureSession:
    options = {
        "source": "comet_videos", "day": DAY, "provider": "tikhub", "execute": asked.execute,
        "settings": settings(), "now": NOW, "collection_id": "first", **changes,
    }  # fmt: skip
    return CaptureSession(warehouse, **options)


def paid(keyword: str = "cats", **changes: Any) -> Call:
    return Call("tikhub", "/search", params={"keyword": keyword}, **{"max_cost_usd": 0.1, **changes})


def entries(warehouse: Warehouse) -> list[tuple[str, float]]:
    frame = warehouse.query("SELECT state, coalesce(cost_usd, reserved_usd) AS usd FROM ops.ledger ORDER BY created_at")
    return [(row.state, row.usd) for row in frame.itertuples()]


def test_an_answer_is_stored_verbatim_and_replayed_without_cost(warehouse: Warehouse) -> None:
    provider = Provider()
    first = session(warehouse, provider)
    answer = first.obtain(paid())
    again = session(warehouse, provider, collection_id="second")
    replayed = again.obtain(paid())
    assert replayed.body == answer.body and replayed.fetched_at == answer.fetched_at
    assert (first.calls, first.replayed, first.cost_usd) == (1, 0, 0.1)
    assert (again.calls, again.replayed, again.cost_usd) == (0, 1, 0.0)
    assert len(provider.asked) == 1
    stored = list(stored_answers(warehouse, "comet_videos", DAY))
    assert [item.answer.body for item in stored] == [answer.body]
    assert stored[0].collected_at == NOW and stored[0].answer.call.key == paid().key


def test_who_waits_for_the_same_paid_call_says_for_whom_and_pays_nothing(warehouse: Warehouse) -> None:
    provider, is_asked, goes_on = Provider(), threading.Event(), threading.Event()

    def slowly(call: Call) -> Answer:
        is_asked.set()
        assert goes_on.wait(60)
        return provider.execute(call)

    said: list[str] = []

    def heard(sentence: str) -> None:
        said.append(sentence)
        goes_on.set()

    first = session(warehouse, provider, execute=slowly, collection_id="3f2a91c7-0000")
    asking = threading.Thread(target=first.obtain, args=(paid(),))
    asking.start()
    assert is_asked.wait(60)
    second = session(warehouse, provider, collection_id="another", say=heard)
    second.obtain(paid())
    asking.join(60)
    (sentence,) = said
    assert "comet_videos of 2026-11-20 waits" in sentence
    assert "the run 3f2a91c7 (since " in sentence
    assert (second.replayed, second.cost_usd, len(provider.asked)) == (1, 0.0, 1)
    second.obtain(paid("dogs"))
    assert len(said) == 1, "who waits for nobody says nothing"


def test_another_day_another_source_and_another_request_are_asked_anew(warehouse: Warehouse) -> None:
    provider = Provider()
    session(warehouse, provider).obtain(paid())
    session(warehouse, provider, day=DAY - dt.timedelta(days=1)).obtain(paid())
    session(warehouse, provider, source="creator_profiles").obtain(paid())
    session(warehouse, provider).obtain(paid("dogs"))
    assert len(provider.asked) == 4


def test_a_forced_collection_adds_a_snapshot_and_replays_only_its_own(warehouse: Warehouse) -> None:
    provider = Provider()
    session(warehouse, provider).obtain(paid())
    noon = NOW + dt.timedelta(hours=6)
    forced = {"force": True, "collection_id": "noon", "now": noon}
    session(warehouse, provider, **forced).obtain(paid())
    session(warehouse, provider, **forced).obtain(paid())
    assert len(provider.asked) == 2, "the retry of a forced collection is not paid again"
    stored = list(stored_answers(warehouse, "comet_videos", DAY))
    assert [item.collected_at for item in stored] == [NOW, noon]
    newest = session(warehouse, provider, collection_id="later").obtain(paid())
    assert newest.body == stored[1].answer.body, "an unforced rerun replays the newest"


def test_a_past_day_that_may_only_be_replayed_refuses_to_ask(warehouse: Warehouse) -> None:
    provider = Provider()
    session(warehouse, provider).obtain(paid())
    replay = session(warehouse, provider, replay_only=True)
    replay.obtain(paid())
    with pytest.raises(NoHistory, match="past day"):
        replay.obtain(paid("dogs"))
    assert len(provider.asked) == 1


def test_the_call_that_would_cross_the_budget_is_refused_before_it_is_made(warehouse: Warehouse) -> None:
    provider = Provider()
    limited = session(warehouse, provider, settings=settings(budget_usd_tikhub=0.3))
    for keyword in "abc":
        limited.obtain(paid(keyword))
    with pytest.raises(BudgetExhausted, match="TREND_ASSETS_TIKHUB__BUDGET_USD"):
        limited.obtain(paid("d"))
    assert len(provider.asked) == 3 and [state for state, _ in entries(warehouse)] == ["settled"] * 3
    assert limited.obtain(paid("a")).status == 200, "what is stored is replayed although the budget is used up"


def test_what_was_reserved_but_not_spent_is_free_again(warehouse: Warehouse) -> None:
    provider = Provider(cost=0.01)
    limited = session(warehouse, provider, settings=settings(budget_usd_tikhub=0.15))
    for keyword in "abcdef":
        limited.obtain(paid(keyword))
    assert limited.cost_usd == pytest.approx(0.06)


def test_quota_units_are_counted_by_bucket(warehouse: Warehouse) -> None:
    provider = Provider(cost=0)
    options = {"provider": "youtube", "source": "youtube_shorts", "settings": settings(youtube_search_calls_per_day=2)}
    shorts = session(warehouse, provider, **options)
    search = [Call("youtube", "/search", params={"q": q}, units=1, bucket="search") for q in "abc"]
    shorts.obtain(search[0])
    shorts.obtain(search[1])
    with pytest.raises(BudgetExhausted, match="TREND_ASSETS_YOUTUBE__SEARCH_CALLS_PER_DAY"):
        shorts.obtain(search[2])
    shorts.obtain(Call("youtube", "/videos", units=1, bucket="units"))


def test_a_quota_day_is_the_providers_own() -> None:
    early = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)
    assert ledger.spend_day("youtube", "search", early) == dt.date(2026, 11, 19)
    assert ledger.spend_day("tikhub", "", early) == dt.date(2026, 11, 20)


def test_simulated_spending_uses_its_own_budget_on_the_simulated_day(warehouse: Warehouse) -> None:
    limits = {"budget_usd_tikhub": 0.1}
    sandbox = Settings(_env_file=None, sandbox="on", **limits)
    past = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    for back in range(3):
        moment = past - dt.timedelta(days=back)
        session(warehouse, Provider(), settings=sandbox, now=moment, day=moment.date()).obtain(paid())
    session(warehouse, Provider(), settings=settings(**limits)).obtain(paid())
    spent = ledger.costs(warehouse, start=dt.date(2026, 2, 1), end=dt.datetime.now(dt.UTC).date())
    assert spent.groupby("is_simulated")["cost_usd"].sum().round(6).to_dict() == {False: 0.1, True: 0.3}


def test_many_threads_ask_each_call_once_and_stay_within_the_budget(warehouse: Warehouse) -> None:
    provider = Provider()
    shared = session(warehouse, provider, settings=settings(budget_usd_tikhub=1.0))
    refused: list[BudgetExhausted] = []

    def work() -> None:
        for keyword in range(15):
            try:
                shared.obtain(paid(str(keyword)))
            except BudgetExhausted as error:
                refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(provider.asked) == 10 and len({call.key for call in provider.asked}) == 10
    assert refused and shared.cost_usd == pytest.approx(1.0)


def test_a_failed_answer_is_kept_but_never_replayed(warehouse: Warehouse) -> None:
    refusal = AuthFailed(f"401: the key {SECRET} is wrong\x00", provider="tikhub", status=401)
    provider = Provider(fail=lambda number: refusal if number == 1 else None)
    asking = session(warehouse, provider)
    with pytest.raises(AuthFailed):
        asking.obtain(paid())
    assert not has_answers(warehouse, "comet_videos", DAY)
    failed = warehouse.query("SELECT status, outcome, note FROM capture.answers").iloc[0]
    assert (failed["status"], failed["outcome"]) == (401, "failed") and SECRET not in failed["note"]
    assert entries(warehouse) == [("released", 0.0)]
    asking.obtain(paid())
    assert len(provider.asked) == 2 and has_answers(warehouse, "comet_videos", DAY)


def test_a_failed_call_that_was_charged_is_settled_with_its_cost(warehouse: Warehouse) -> None:
    charged = SourceError("The run failed after it was charged.", provider="tikhub", status=200)
    charged.cost_usd = 0.07
    asking = session(warehouse, Provider(fail=lambda number: charged))
    with pytest.raises(SourceError):
        asking.obtain(paid())
    assert entries(warehouse) == [("settled", 0.07)] and asking.cost_usd == 0.07


def test_a_start_whose_reply_was_lost_is_resumed_under_its_own_marker(warehouse: Warehouse) -> None:
    lost = SourceUnavailable("The connection broke after the run was started.", provider="apify")
    provider = Provider(cost=0.4, fail=lambda number: lost if number == 1 else None)
    start = Call("apify", "actor", method="POST", body={"limit": 5}, max_cost_usd=0.5)
    options = {"provider": "apify", "source": "tiktok_trending"}
    with pytest.raises(SourceUnavailable):
        session(warehouse, provider, **options).obtain(start)
    assert entries(warehouse) == [("intent", 0.5)], "it may have been paid, so it counts as spent"
    session(warehouse, provider, **options).obtain(start)
    assert entries(warehouse) == [("adopted", 0.4)]
    assert provider.asked[0].marker == provider.asked[1].marker != ""


def test_a_start_that_was_certainly_refused_gives_its_reservation_back_at_once(warehouse: Warehouse) -> None:
    start = Call("apify", "actor", method="POST", max_cost_usd=0.5)
    with pytest.raises(Throttled):
        session(warehouse, Provider(fail=lambda number: Throttled("Too many.")), provider="apify").obtain(start)
    assert entries(warehouse) == [("released", 0.0)]


def test_a_refusal_does_not_give_back_what_an_earlier_attempt_may_have_started(warehouse: Warehouse) -> None:
    start = Call("apify", "actor", method="POST", max_cost_usd=0.5)
    lost, refused = SourceUnavailable("The reply was lost."), Throttled("Too many.")
    refused.is_open = False
    provider = Provider(fail=lambda number: lost if number == 1 else refused)
    for error in (SourceUnavailable, Throttled):
        with pytest.raises(error):
            session(warehouse, provider, provider="apify").obtain(start)
    assert entries(warehouse) == [("intent", 0.5)]


def test_more_than_was_reserved_is_said_and_booked(warehouse: Warehouse) -> None:
    said: list[str] = []
    asking = session(warehouse, Provider(cost=0.39), provider="apify", say=said.append)
    found = asking.obtain(Call("apify", "actor", method="POST", max_cost_usd=0.04))
    (problem,) = asking.problems
    assert said == [problem] and "0.3900 USD where at most 0.0400 was reserved" in problem
    assert problem in found.note and entries(warehouse) == [("settled", 0.39)]
    stored = warehouse.query("SELECT note, outcome FROM capture.answers").iloc[0]
    assert (stored["note"], stored["outcome"]) == (found.note, "ok")


@pytest.mark.parametrize("price", [0.39, float("nan")])
def test_a_failure_that_was_charged_above_the_reservation_is_said_too(warehouse: Warehouse, price: float) -> None:
    """It was booked without a word: only answers were compared with what was reserved."""
    charged = SourceError("The run failed after it was charged.", provider="tikhub", status=200)
    charged.cost_usd = price
    said: list[str] = []
    asking = session(warehouse, Provider(fail=lambda number: charged), say=said.append)
    with pytest.raises(SourceError):
        asking.obtain(paid())
    (problem,) = asking.problems
    assert said == [problem] and f"{price:.4f} USD where at most 0.1000 was reserved" in problem
    booked = 0.39 if price == 0.39 else 0.1
    assert entries(warehouse) == [("settled", booked)] and asking.cost_usd == booked
    note = warehouse.query("SELECT note FROM capture.answers").iloc[0]["note"]
    assert note == f"The run failed after it was charged. {problem}"


@pytest.mark.parametrize("price", [float("nan"), float("inf"), -5.0, 1e12])
def test_a_price_that_no_call_costs_is_unknown_and_loses_neither_the_answer_nor_the_budget(
    warehouse: Warehouse, price: float
) -> None:
    asking = session(warehouse, Provider(cost=price))
    found = asking.obtain(paid())
    assert found.cost_usd == 0.1 and "the reservation is counted" in found.note
    assert len(asking.problems) == 1 and entries(warehouse) == [("settled", 0.1)]
    charged = SourceError("The run failed after it was charged.", provider="tikhub", status=200)
    charged.cost_usd = price
    with pytest.raises(SourceError):
        session(warehouse, Provider(fail=lambda number: charged)).obtain(paid("dogs"))
    assert entries(warehouse) == [("settled", 0.1)] * 2


def test_no_secret_reaches_the_stored_request(warehouse: Warehouse) -> None:
    session(warehouse, Provider()).obtain(paid(f"x {SECRET} \x00 \ud800"))
    request = warehouse.query("SELECT request FROM capture.answers")["request"][0]
    assert SECRET not in str(request) and "[hidden]" in request["params"]["keyword"]


def test_a_damaged_body_is_named_and_not_parsed(warehouse: Warehouse) -> None:
    session(warehouse, Provider()).obtain(paid())
    with warehouse.connect() as connection:
        connection.execute("UPDATE capture.answers SET body = 'rubbish'")
    with pytest.raises(WarehouseError, match="damaged"):
        list(stored_answers(warehouse, "comet_videos", DAY))


def test_what_is_left_of_a_budget_can_be_asked(warehouse: Warehouse) -> None:
    session(warehouse, Provider()).obtain(paid())
    (money,) = ledger.allowances(warehouse, settings(), "tikhub", moment=dt.datetime.now(dt.UTC))
    assert (money.limit, money.spent, money.left) == (5.0, 0.1, 4.9)
    kinds = [a.bucket for a in ledger.allowances(warehouse, settings(), "youtube", moment=dt.datetime.now(dt.UTC))]
    assert kinds == ["search", "units"]


# --- attempts -------------------------------------------------------------------------------------------------------


def attempts(warehouse: Warehouse) -> list[dict[str, Any]]:
    return warehouse.query("SELECT * FROM ops.source_attempts ORDER BY started_at").to_dict("records")


def attempt(warehouse: Warehouse) -> Attempt:
    return Attempt(warehouse, source="comet_videos", provider="tikhub", day=DAY, run_id="run")


def test_an_attempt_records_counts_cost_and_outcome(warehouse: Warehouse) -> None:
    with attempt(warehouse) as tried:
        collecting = session(warehouse, Provider())
        tried.follow(collecting)
        assert attempts(warehouse)[0]["outcome"] == "running"
        collecting.obtain(paid())
        collecting.obtain(paid())
        tried.note(CollectReport(items=7))
    (row,) = attempts(warehouse)
    assert (row["outcome"], row["items"], row["calls"], row["replayed"], row["cost_usd"]) == ("succeeded", 7, 1, 1, 0.1)
    assert row["finished_at"] >= row["started_at"] and row["is_simulated"] is False


def test_an_incomplete_collection_is_partial_with_its_problems(warehouse: Warehouse) -> None:
    with attempt(warehouse) as tried:
        tried.note(CollectReport(items=1, complete=False, problems=["Keyword 'x' failed."]))
    assert (attempts(warehouse)[0]["outcome"], attempts(warehouse)[0]["reason"]) == ("partial", "Keyword 'x' failed.")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (AuthFailed("Check it: ?token=abcdefghij\x00\ud800"), "failed"),
        (MissingKey("No key."), "skipped"),
        (BudgetExhausted("No money."), "over_budget"),
        (SuspiciousEmpty("No rows."), "empty"),
        (ZeroDivisionError("bug"), "failed"),
        (KeyboardInterrupt(), "failed"),
    ],
)
def test_the_class_of_the_error_decides_the_outcome(warehouse: Warehouse, error: BaseException, outcome: str) -> None:
    with pytest.raises(type(error)), attempt(warehouse):
        raise error
    (row,) = attempts(warehouse)
    assert row["outcome"] == outcome and row["reason"]
    assert "abcdefghij" not in row["reason"] and "\x00" not in row["reason"]
