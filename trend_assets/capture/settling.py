"""Paid calls whose outcome nobody learned (a kill, a lost reply): what they cost is asked, never guessed.

    a start    ──▶ is there a run with its marker? ──▶ what that run cost, or nothing when there is none
    a read     ──▶ what left the account since the last look, less what is known to have been paid
    a quota    ──▶ no money: settled with the units that were reserved

What cannot be learned stays open and is shown as "unknown, at most". Younger ones are left to the next attempt, which
adopts them.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import psycopg

from trend_assets.capture import ledger
from trend_assets.settings import Settings
from trend_assets.sources.clients import client_for, is_simulated
from trend_assets.sources.declare import FindsRuns, KnowsBalance
from trend_assets.sources.errors import SourceError
from trend_assets.warehouse.connection import only_row
from trend_assets.warehouse.warehouse import Warehouse

LEFT_TO_THE_NEXT_ATTEMPT = timedelta(days=1)
BALANCES_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Settled:
    """What each settled call cost (USD), how many calls stay unknown and what those can have cost at most, and why a
    provider could not be asked."""

    costs: list[float]
    unknown: int
    unknown_at_most_usd: float
    problems: list[str]


def settle_abandoned(
    warehouse: Warehouse, settings: Settings, *, now: datetime, older_than: timedelta = LEFT_TO_THE_NEXT_ATTEMPT
) -> Settled:
    """Settle what can be known of calls that were made before `now - older_than` and never ended."""
    before = now - older_than
    costs: list[float] = []
    problems: list[str] = []
    for provider, simulated in _providers(warehouse):
        if simulated != is_simulated(provider, settings):
            continue
        try:
            with contextlib.closing(client_for(provider, settings, now=now if simulated else None)) as client:
                if isinstance(client, FindsRuns):
                    costs += _by_run(warehouse, client, provider, simulated, before, problems)
                if isinstance(client, KnowsBalance):
                    costs += _by_balance(warehouse, client, provider, simulated, before)
        except SourceError as error:
            problems.append(f"{provider} could not be asked. {error}")
    unknown, at_most = warehouse.transact(lambda connection: _rest(connection, before), doing="Settling open calls")
    return Settled(costs, unknown, at_most, problems)


def _providers(warehouse: Warehouse) -> list[tuple[str, bool]]:
    """Those that were paid lately: a balance is compared with an earlier one, so it is looked at without need too."""
    with warehouse.connect() as connection:
        return connection.execute(
            "SELECT DISTINCT provider, is_simulated FROM ops.ledger WHERE reserved_usd > 0 "
            "AND (state = 'intent' OR created_at > clock_timestamp() - %s) ORDER BY 1, 2",
            (BALANCES_KEPT,),
        ).fetchall()


_OPEN = (
    "FROM ops.ledger WHERE provider = %s AND is_simulated = %s AND state = 'intent' AND reserved_usd > 0 "
    "AND created_at < %s"
)


def _by_run(
    warehouse: Warehouse, client: FindsRuns, provider: str, simulated: bool, before: datetime, problems: list[str]
) -> list[float]:
    with warehouse.connect() as connection:
        left = connection.execute(
            f"SELECT entry_id, created_at {_OPEN} ORDER BY created_at", (provider, simulated, before)
        ).fetchall()
    costs = []
    for entry_id, created_at in left:
        try:
            run = client.find_run(entry_id, since=created_at)
        except SourceError as error:
            problems.append(f"What became of a start of {created_at:%Y-%m-%d %H:%M} UTC is unknown. {error}")
            continue
        if run is not None and (not run.has_ended or run.cost_usd is None or not ledger.is_price(run.cost_usd)):
            continue
        settle = partial(
            ledger.settle,
            entry_id=entry_id,
            state="settled" if run else "released",
            cost_usd=run.cost_usd or 0.0 if run else 0.0,
            external_run_id=run.run_id if run else "",
        )
        warehouse.transact(settle, doing="Settling an open call")
        costs.append(run.cost_usd if run and run.cost_usd else 0.0)
    return costs


def _by_balance(
    warehouse: Warehouse, client: KnowsBalance, provider: str, simulated: bool, before: datetime
) -> list[float]:
    """Calls since the last look share what left the account beyond what is known. Where less left it than is known to
    have been paid (a top-up, a discount), it tells nothing of the others."""
    with warehouse.connect() as connection:
        (asked_at,) = only_row(connection, "SELECT clock_timestamp()")
    balance = Decimal(str(client.balance_usd()))

    def work(connection: psycopg.Connection) -> list[float]:
        earlier = connection.execute(
            "SELECT balance_usd, seen_at FROM ops.balances WHERE provider = %s AND is_simulated = %s "
            "ORDER BY seen_at DESC LIMIT 1",
            (provider, simulated),
        ).fetchone()
        connection.execute(
            "INSERT INTO ops.balances (provider, is_simulated, balance_usd, seen_at) VALUES (%s, %s, %s, %s)",
            (provider, simulated, balance, asked_at),
        )
        connection.execute("DELETE FROM ops.balances WHERE seen_at < clock_timestamp() - %s", (BALANCES_KEPT,))
        if earlier is None or balance > earlier[0]:
            return []
        left, since = earlier[0] - balance, earlier[1]
        known, young = connection.execute(
            "SELECT coalesce(sum(cost_usd) FILTER (WHERE state <> 'intent'), 0), "
            "count(*) FILTER (WHERE state = 'intent' AND created_at >= %s OR settled_at > %s) FROM ops.ledger "
            "WHERE provider = %s AND is_simulated = %s AND created_at > %s",
            (before, asked_at, provider, simulated, since),
        ).fetchone() or (Decimal(0), 0)
        if young:
            # calls in flight then, or left to their next attempt, may be part of it: the next look tells
            connection.execute(
                "DELETE FROM ops.balances WHERE provider = %s AND is_simulated = %s AND seen_at > %s",
                (provider, simulated, since),
            )
            return []
        if (rest := left - known) < 0:
            return []
        entries = connection.execute(
            f"SELECT entry_id, reserved_usd {_OPEN} AND created_at > %s ORDER BY created_at, entry_id",
            (provider, simulated, before, since),
        ).fetchall()
        costs = []
        for entry_id, reserved in entries:
            cost = min(rest, reserved)
            rest -= cost
            ledger.settle(connection, entry_id, state="settled" if cost else "released", cost_usd=float(cost))
            costs.append(float(cost))
        return costs

    return warehouse.transact(work, doing="Comparing the account with the ledger")


def _rest(connection: psycopg.Connection, before: datetime) -> tuple[int, float]:
    # a quota's day is long over, and no money was asked for
    connection.execute(
        "UPDATE ops.ledger SET state = 'settled', cost_usd = 0, settled_at = clock_timestamp() "
        "WHERE state = 'intent' AND reserved_usd = 0 AND created_at < %s",
        (before,),
    )
    number, at_most = only_row(
        connection,
        "SELECT count(*), coalesce(sum(reserved_usd), 0) FROM ops.ledger WHERE state = 'intent' AND created_at < %s",
        (before,),
    )
    return int(number), float(at_most)
