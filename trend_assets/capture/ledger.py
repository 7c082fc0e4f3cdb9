"""The ledger: every paid or counted call is written down before it is made, and refused where it would cross a budget.

    intent ──▶ settled     the answer came; `cost_usd` is what it cost
          ├──▶ adopted     the same, for a run that an attempt which died had started
          ├──▶ released    the call failed and cost nothing
          └──▶ (stays)     the process died, or nobody knows: counts against the budget with the most it can cost, is
                           shown as unknown, and is settled by what the provider says (`settling.py`), never by a guess

Budgets hold over processes: reserving locks the provider's day. Simulated and real spending are counted apart. What a
call costs is decided by its provider's client; what is asked, and when it is replayed, by `session.py`.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import psycopg

from trend_assets.settings import Settings
from trend_assets.sources.call import Call
from trend_assets.sources.clients import is_simulated
from trend_assets.sources.discovery import PROVIDERS, provider_options
from trend_assets.sources.errors import BudgetExhausted
from trend_assets.sources.options import variable_of_option
from trend_assets.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

LARGEST_PRICE_USD = 100_000
"""What is dearer than that is no price of a call, whatever a provider says."""

Settlement = Literal["settled", "adopted", "released"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider may spend on a day and has spent: USD, or calls and units of a quota `bucket`. Of what is spent,
    `unknown` is the most that calls without a known outcome can have cost."""

    provider: str
    bucket: str
    limit: float
    spent: float
    setting: str
    unknown: float = 0.0

    @property
    def left(self) -> float:
        return max(self.limit - self.spent, 0.0)


def is_price(usd: float) -> bool:
    """Whether a call can have cost so much: no NaN, no infinity, no debt, nothing that the ledger cannot hold."""
    return 0 <= usd < LARGEST_PRICE_USD


def needs_entry(call: Call) -> bool:
    """Whether a call costs money or quota at all."""
    return call.max_cost_usd > 0 or call.units > 0


def spend_day(provider: str, bucket: str, moment: datetime) -> date:
    """The day whose budget a call at `moment` (UTC) uses: UTC for money, the provider's own day for its quotas."""
    zone = PROVIDERS[provider].quota_zone if bucket and provider in PROVIDERS else "UTC"
    return moment.astimezone(ZoneInfo(zone)).date()


def reserve(
    connection: psycopg.Connection,
    call: Call,
    *,
    source: str,
    observed_date: date,
    collection_id: str,
    settings: Settings,
    moment: datetime,
    is_simulated: bool,
) -> str:
    """Write the intent of `call` in the caller's transaction; its entry id. Raises BudgetExhausted instead when the
    day's budget or quota does not cover what it can cost at most: then nothing was asked and nothing is written."""
    day = spend_day(call.provider, call.bucket, moment)
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"ledger {call.provider} {day} {is_simulated}",)
    )
    for allowance, asked in _allowances(connection, call, day=day, settings=settings, is_simulated=is_simulated):
        # a tolerance far below the smallest price keeps ten times 0.1 equal to 1
        if asked > allowance.left + 1e-9:
            raise _exhausted(allowance, asked, day)
    entry_id = str(uuid.uuid4())
    connection.execute(
        "INSERT INTO ops.ledger (entry_id, provider, bucket, source, observed_date, spend_date, request_key, "
        "collection_id, state, reserved_usd, units, is_simulated, created_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'intent', %s, %s, %s, clock_timestamp())",
        (entry_id, call.provider, call.bucket, source, observed_date, day, call.key, collection_id,
         _usd(call.max_cost_usd), call.units, is_simulated),
    )  # fmt: skip
    return entry_id


def _allowances(
    connection: psycopg.Connection, call: Call, *, day: date, settings: Settings, is_simulated: bool
) -> list[tuple[Allowance, float]]:
    """Each limit that the call counts against, with what it asks of it."""
    limits = []
    if call.max_cost_usd > 0 and (money := _money(connection, call.provider, day, settings, is_simulated)):
        limits.append((money, call.max_cost_usd))
    if call.units > 0 and (quota := _quota(connection, call.provider, call.bucket, day, settings, is_simulated)):
        limits.append((quota, float(call.units)))
    return limits


def _money(
    connection: psycopg.Connection, provider: str, day: date, settings: Settings, is_simulated: bool
) -> Allowance | None:
    limit, variable = _limit(provider, "budget_usd", settings)
    if limit is None:
        return None
    row = connection.execute(
        "SELECT coalesce(sum(coalesce(cost_usd, reserved_usd)), 0), "
        "coalesce(sum(reserved_usd) FILTER (WHERE state = 'intent'), 0) FROM ops.ledger "
        "WHERE provider = %s AND spend_date = %s AND is_simulated = %s AND state <> 'released'",
        (provider, day, is_simulated),
    ).fetchone()
    spent, unknown = map(float, row) if row else (0.0, 0.0)
    return Allowance(provider, "", float(limit), spent, variable, unknown)


def _quota(
    connection: psycopg.Connection, provider: str, bucket: str, day: date, settings: Settings, is_simulated: bool
) -> Allowance | None:
    name = PROVIDERS[provider].quotas.get(bucket, "") if provider in PROVIDERS else ""
    limit, variable = _limit(provider, name, settings)
    if limit is None:
        return None
    row = connection.execute(
        "SELECT coalesce(sum(units), 0) FROM ops.ledger WHERE provider = %s AND bucket = %s AND spend_date = %s "
        "AND is_simulated = %s AND state <> 'released'",
        (provider, bucket, day, is_simulated),
    ).fetchone()
    return Allowance(provider, bucket, float(limit), float(row[0]) if row else 0.0, variable)


def _limit(provider: str, option: str, settings: Settings) -> tuple[float | None, str]:
    """A provider's option that limits something, and its variable; None where there is no such option."""
    known = PROVIDERS.get(provider)
    if known is None or option not in known.options.model_fields:
        return None, ""
    return getattr(provider_options(known, settings), option), variable_of_option(provider, known.options, option)


def _exhausted(allowance: Allowance, asked: float, day: date) -> BudgetExhausted:
    if allowance.bucket:
        used = f"{allowance.spent:g} of {allowance.limit:g} {allowance.bucket} used, {asked:g} asked"
    else:
        used = (
            f"{allowance.spent:.4f} of {allowance.limit:.2f} USD spent or reserved, the next call may cost {asked:.4f}"
        )
    return BudgetExhausted(
        f"The budget of {allowance.provider} for {day} does not cover the next call ({used}); it was not made. Raise "
        f"{allowance.setting}, or go on tomorrow: what is stored is not paid again.",
        provider=allowance.provider,
    )


def settle(
    connection: psycopg.Connection,
    entry_id: str,
    *,
    state: Settlement,
    cost_usd: float = 0.0,
    units: int | None = None,
    external_run_id: str = "",
) -> None:
    """Replace an intent by what happened; `units` None keeps the reserved ones. Safe to repeat."""
    connection.execute(
        "UPDATE ops.ledger SET state = %s, cost_usd = %s, units = coalesce(%s, units), "
        "external_run_id = coalesce(nullif(%s, ''), external_run_id), settled_at = clock_timestamp() "
        "WHERE entry_id = %s AND state = 'intent'",
        (state, _usd(cost_usd), units, external_run_id, entry_id),
    )


def open_entry(
    connection: psycopg.Connection, call: Call, *, source: str, observed_date: date
) -> tuple[str, datetime] | None:
    """The oldest entry of this request whose outcome is not known, and since when: a run of its may exist and be
    paid."""
    return connection.execute(
        "SELECT entry_id, created_at FROM ops.ledger WHERE provider = %s AND request_key = %s AND source = %s "
        "AND observed_date = %s AND state = 'intent' ORDER BY created_at, entry_id LIMIT 1",
        (call.provider, call.key, source, observed_date),
    ).fetchone()


def allowances(warehouse: Warehouse, settings: Settings, provider: str, *, moment: datetime) -> list[Allowance]:
    """What `provider` may still spend at `moment` (UTC): money first, then each quota bucket used that day."""
    simulated = is_simulated(provider, settings)

    def work(connection: psycopg.Connection) -> list[Allowance]:
        limits = [_money(connection, provider, spend_day(provider, "", moment), settings, simulated)]
        for bucket in PROVIDERS[provider].quotas:
            day = spend_day(provider, bucket, moment)
            limits.append(_quota(connection, provider, bucket, day, settings, simulated))
        return [allowance for allowance in limits if allowance]

    return warehouse.transact(work, doing="Reading the ledger")


def costs(warehouse: Warehouse, *, start: date, end: date) -> "pd.DataFrame":
    """What each source cost per day of spending: spend_date, provider, source, calls, cost_usd (settled),
    unknown_at_most_usd (the most that calls without a known outcome can have cost), units, is_simulated; sorted by day
    and cost."""
    return warehouse.query(
        "SELECT spend_date, provider, source, is_simulated, count(*) FILTER (WHERE state <> 'released') AS calls, "
        "coalesce(sum(cost_usd) FILTER (WHERE state IN ('settled', 'adopted')), 0) AS cost_usd, "
        "coalesce(sum(reserved_usd) FILTER (WHERE state = 'intent'), 0) AS unknown_at_most_usd, "
        "coalesce(sum(units) FILTER (WHERE state <> 'released'), 0)::bigint AS units "
        "FROM ops.ledger WHERE spend_date BETWEEN %s AND %s "
        "GROUP BY spend_date, provider, source, is_simulated ORDER BY spend_date, cost_usd DESC, provider, source",
        (start, end),
    )


def _usd(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.000001"))
