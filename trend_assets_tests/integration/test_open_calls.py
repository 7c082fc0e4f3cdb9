"""What became of paid calls that nobody saw the end of is asked of the provider; what it does not tell is unknown."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from trend_assets.capture import ledger, settling
from trend_assets.capture.settling import Settled, settle_abandoned
from trend_assets.settings import Settings
from trend_assets.sources.call import Call
from trend_assets.sources.clients import client_for
from trend_assets.sources.http import Connection
from trend_assets.sources.providers.tikhub.calls import ACCOUNT, video_search
from trend_assets.sources.providers.tikhub.client import TikHubClient
from trend_assets.sources.tiktok_commerce.collect import hashtags_run
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.fault_server import FaultServer, answer
from trend_assets_tests.sandbox_server import RunningSandbox

START = hashtags_run("clockworks/tiktok-scraper", ["tiktokshop"], per_hashtag=10, usd_per_1000=5)
NOW = dt.timedelta(0)


@pytest.fixture
def settings(sandbox: RunningSandbox) -> Settings:
    return sandbox.settings()


def reserved(warehouse: Warehouse, call: Call, settings: Settings) -> str:
    """The entry of a call that a process wrote before it was killed."""
    today = dt.datetime.now(dt.UTC)
    return warehouse.transact(
        lambda connection: ledger.reserve(
            connection, call, source="tiktok_commerce", observed_date=today.date(), collection_id="c",
            settings=settings, moment=today, is_simulated=True,
        ),
        doing="Reserving",
    )  # fmt: skip


def made(call: Call, settings: Settings, marker: str = "") -> float:
    """Make the call, as the killed process did; what it cost."""
    from dataclasses import replace

    client = client_for(call.provider, settings)
    cost = client.execute(replace(call, marker=marker)).cost_usd
    client.close()
    return cost


def settled(warehouse: Warehouse, settings: Settings, older_than: dt.timedelta = NOW) -> Settled:
    return settle_abandoned(warehouse, settings, now=dt.datetime.now(dt.UTC), older_than=older_than)


def entries(warehouse: Warehouse) -> dict[str, tuple[str, float | None]]:
    rows = warehouse.query("SELECT entry_id, state, cost_usd::float8 AS cost FROM ops.ledger").itertuples()
    return {row.entry_id: (row.state, None if row.cost != row.cost else row.cost) for row in rows}


def test_a_start_that_nobody_saw_the_end_of_costs_what_its_run_cost(
    warehouse: Warehouse, sandbox: RunningSandbox, settings: Settings
) -> None:
    entry = reserved(warehouse, START, settings)
    cost = made(START, settings, marker=entry)
    assert 0 < cost < START.max_cost_usd
    assert settled(warehouse, settings).costs == [pytest.approx(cost)]
    assert entries(warehouse)[entry] == ("settled", pytest.approx(sandbox.usd("apify")))


def test_a_start_without_a_run_cost_nothing(warehouse: Warehouse, settings: Settings) -> None:
    other = reserved(warehouse, START, settings)
    made(START, settings, marker="another one")
    assert settled(warehouse, settings).costs == [0.0]
    assert entries(warehouse)[other] == ("released", 0.0)


def test_what_the_provider_does_not_tell_stays_unknown_and_is_shown_so(
    warehouse: Warehouse, sandbox: RunningSandbox, settings: Settings
) -> None:
    entry = reserved(warehouse, START, settings)
    sandbox.fault("unauthorized", provider="apify")
    found = settled(warehouse, settings)
    assert (found.costs, found.unknown, found.unknown_at_most_usd) == ([], 1, START.max_cost_usd)
    assert len(found.problems) == 1 and "unknown" in found.problems[0]
    assert entries(warehouse)[entry] == ("intent", None)
    today = dt.datetime.now(dt.UTC)
    shown = ledger.costs(warehouse, start=today.date() - dt.timedelta(1), end=today.date()).iloc[0]
    assert (float(shown["cost_usd"]), float(shown["unknown_at_most_usd"])) == (0.0, START.max_cost_usd)


def test_a_start_of_today_is_left_to_the_attempt_that_may_adopt_it(warehouse: Warehouse, settings: Settings) -> None:
    entry = reserved(warehouse, START, settings)
    found = settled(warehouse, settings, older_than=dt.timedelta(days=1))
    assert (found.costs, found.unknown) == ([], 0) and entries(warehouse)[entry] == ("intent", None)


def test_reads_without_an_answer_share_what_left_the_account(
    warehouse: Warehouse, sandbox: RunningSandbox, settings: Settings
) -> None:
    calls = [video_search(f"word {number}") for number in range(4)]
    settled_before = reserved(warehouse, calls[0], settings)
    made(calls[0], settings)
    warehouse.transact(
        lambda connection: ledger.settle(connection, settled_before, state="settled", cost_usd=0.001), doing="Settling"
    )
    assert settled(warehouse, settings).costs == [], "the first look only remembers the balance"
    left = [reserved(warehouse, call, settings) for call in calls[1:]]
    paid = sum(made(call, settings) for call in calls[1:3])  # the third process died before it asked
    found = settled(warehouse, settings)
    assert sum(found.costs) == pytest.approx(paid) == pytest.approx(0.002)
    assert (found.unknown, len(found.costs)) == (0, 3)
    assert sum(entries(warehouse)[entry][1] or 0 for entry in left) == pytest.approx(paid)
    assert sum(cost or 0 for _, cost in entries(warehouse).values()) == pytest.approx(sandbox.usd("tikhub"))


def test_an_account_that_was_topped_up_tells_nothing(
    warehouse: Warehouse, sandbox: RunningSandbox, settings: Settings
) -> None:
    reserved(warehouse, video_search("a"), settings)
    made(video_search("a"), settings)
    settled(warehouse, settings)
    sandbox.state.meter.lines.clear()  # the account is full again
    found = settled(warehouse, settings)
    assert (found.costs, found.unknown, found.unknown_at_most_usd) == ([], 1, 0.003)


def test_an_account_of_which_less_went_than_was_paid_tells_nothing(
    warehouse: Warehouse, sandbox: RunningSandbox, settings: Settings
) -> None:
    """A top-up of less than what was spent, or a discount: what is open was booked as free."""
    settled(warehouse, settings)
    made(video_search("so that there is a first look"), settings)
    reserved_first = reserved(warehouse, video_search("a"), settings)
    settled(warehouse, settings)
    paid = reserved(warehouse, video_search("b"), settings)
    warehouse.transact(lambda c: ledger.settle(c, paid, state="settled", cost_usd=0.003), doing="Settling")
    lost = reserved(warehouse, video_search("c"), settings)
    made(video_search("c"), settings)
    found = settled(warehouse, settings)
    assert (found.costs, found.unknown) == ([], 2)
    assert {entries(warehouse)[entry] for entry in (reserved_first, lost)} == {("intent", None)}


def test_a_call_that_ends_while_the_account_is_looked_at_is_left_to_the_next_look(
    warehouse: Warehouse, sandbox: RunningSandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counted as paid before the balance was asked for, so that a lost one beside it was booked as free."""
    made(video_search("before"), settings)
    warehouse.transact(
        lambda c: ledger.settle(c, reserved(warehouse, video_search("before"), settings), state="settled"), doing="x"
    )
    settled(warehouse, settings)
    lost = reserved(warehouse, video_search("lost"), settings)
    cost = made(video_search("lost"), settings)
    look, late = TikHubClient.balance_usd, []

    def and_then_a_call_ends(self: TikHubClient) -> float:
        balance = look(self)
        late.append(reserved(warehouse, video_search("late"), settings))
        paid = made(video_search("late"), settings)
        warehouse.transact(lambda c: ledger.settle(c, late[0], state="settled", cost_usd=paid), doing="Settling")
        return balance

    monkeypatch.setattr(TikHubClient, "balance_usd", and_then_a_call_ends)
    assert settled(warehouse, settings).costs == []
    monkeypatch.setattr(TikHubClient, "balance_usd", look)
    assert settled(warehouse, settings).costs == [pytest.approx(cost)]
    assert entries(warehouse)[lost] == ("settled", pytest.approx(cost))


@pytest.mark.parametrize("balance", ["1e999", "-1e30", '"12"', "null", "[1]", "true"])
def test_a_balance_that_is_no_amount_is_said_and_settles_nothing(
    warehouse: Warehouse, settings: Settings, monkeypatch: pytest.MonkeyPatch, balance: str
) -> None:
    entry = reserved(warehouse, video_search("a"), settings)
    with FaultServer() as server:
        server.on(ACCOUNT, answer(f'{{"user_data": {{"balance": {balance}}}}}'.encode()))
        client = TikHubClient(Connection(provider="tikhub", base_url=server.url, key="k", sleep=lambda _: None))
        monkeypatch.setattr(settling, "client_for", lambda *_, **__: client)
        found = settled(warehouse, settings)
    assert (found.costs, found.unknown, len(found.problems)) == ([], 1, 1) and "account" in found.problems[0]
    assert entries(warehouse)[entry] == ("intent", None)


def test_two_who_settle_at_once_book_once(warehouse: Warehouse, sandbox: RunningSandbox, settings: Settings) -> None:
    entry = reserved(warehouse, START, settings)
    cost = made(START, settings, marker=entry)
    with ThreadPoolExecutor(4) as pool:
        for found in [pool.submit(settled, warehouse, settings) for _ in range(4)]:
            assert found.result().unknown == 0
    assert entries(warehouse) == {entry: ("settled", pytest.approx(cost))}
