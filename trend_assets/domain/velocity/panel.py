"""The panel: which known items are worth measuring again today, and which of them the budget covers.

Half of the items leave their lists within three days; without another measurement they have neither growth nor grade.
An item stays a candidate for FOLLOW_DAYS after it was last worth it (measured once, or in the upper half of a source).
Money goes where a measurement tells most:

    chance  = 1 / (1 + exp(-(percentile - 0.9) / 0.15))      of standing in the top tenth; 1/2 for an item measured once
    doubt   = 4 x chance x (1 - chance)                       1 where the rank is most uncertain, 0 where it is settled
    unknown = 1 - 2^(-hours since measured / 24)              nothing to learn right after a measurement
    worth   = doubt x unknown x 2^(-days since last worth it / 3)

Before the others come those that tell most of what rises: items first seen late for their age (they rise most often and
were never measured), then those whose chance lies in the middle, then those in an issue that is still to be graded.

Ties go to the smaller id, so that a plan can be made again. Prices and addresses are the caller's.
"""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.velocity.formulas import SECONDS_PER_HOUR
from trend_assets.platforms import PLATFORMS
from trend_assets.tables.catalogue import columns_of

Floats = NDArray[np.float64]

FOLLOW_DAYS = 7
WORTH_PERCENTILE = 0.5
TOP_PERCENTILE = 0.9
PERCENTILE_NOISE = 0.15
STALE_HALF_LIFE_HOURS = 24.0
INTEREST_HALF_LIFE_DAYS = 3.0

_ASKED_BY_ADDRESS = [row.name for row in PLATFORMS.values() if row.measured_by == "address"]

LATE_HOURS = 72.0
OPEN_CHANCES = (0.3, 0.7)

PLAN_COLUMNS = columns_of("velocity.panel")


WHY_CHOSEN = {
    0: "First seen late for its age: such items rise most often.",
    1: "Its chance is open.",
    2: "In an issue that is still to be graded.",
    3: "Its rank is uncertain.",
}


class PlatformBudget(NamedTuple):
    """What the panel may do on a platform today: at most `items` measurements, each for `usd_per_item`."""

    items: int
    usd_per_item: float


def worth(
    *, percentile: ArrayLike, is_new: ArrayLike, hours_since_measured: ArrayLike, days_since_worth: ArrayLike
) -> Floats:
    """What measuring an item again would tell, 0 to 1. An unknown percentile is as uncertain as a new item."""
    place = np.asarray(percentile, np.float64)
    unsettled = np.asarray(is_new, bool) | ~np.isfinite(place)
    distance = np.where(unsettled, 0.0, (np.nan_to_num(place) - TOP_PERCENTILE) / PERCENTILE_NOISE)
    chance = 1.0 / (1.0 + np.exp(-distance))
    doubt = 4.0 * chance * (1.0 - chance)
    unknown = 1.0 - 0.5 ** (np.maximum(np.asarray(hours_since_measured, np.float64), 0.0) / STALE_HALF_LIFE_HOURS)
    interest = 0.5 ** (np.maximum(np.asarray(days_since_worth, np.float64), 0.0) / INTEREST_HALF_LIFE_DAYS)
    return doubt * unknown * interest


def turns(known: pd.DataFrame) -> NDArray[np.int64]:
    """Whose turn comes first: 0 measured once and first seen LATE_HOURS after it was posted, 1 a chance that is open,
    2 in an issue that is still to be graded, 3 everything else."""
    number = lambda name: known[name].to_numpy(np.float64, na_value=np.nan)  # noqa: E731
    is_late = (number("entry_age_hours") >= LATE_HOURS) & (known["score_class"] == "new").to_numpy(bool)
    chance = number("chance")
    is_open = (chance >= OPEN_CHANCES[0]) & (chance <= OPEN_CHANCES[1])
    return np.select([is_late, is_open, known["is_in_issue"].to_numpy(bool)], [0, 1, 2], 3)


def is_expired(last_seen_at: pd.Series, *, now: datetime, after_days: float) -> NDArray[np.bool_]:
    """Whether an item was last seen (or worth it) longer than `after_days` before `now`; an unknown time is expired."""
    idle_days = (pd.Timestamp(now) - last_seen_at).dt.total_seconds().to_numpy(np.float64) / (24 * SECONDS_PER_HOUR)
    return ~(idle_days <= after_days)


def plan(known: pd.DataFrame, *, now: datetime, budgets: dict[str, PlatformBudget]) -> pd.DataFrame:
    """The day's plan: one row per candidate, the worthiest first on each platform. Returns PLAN_COLUMNS.

    `known`: one row per item with platform, external_id, url, percentile, score_class, chance, entry_age_hours,
    is_in_issue, last_measured_at, last_worth_at, is_measured_today, is_simulated. Items of platforms without a
    budget entry, and those last worth it more than FOLLOW_DAYS ago, are no candidates.
    """
    rows = known[known["platform"].isin(list(budgets))]
    rows = rows[~is_expired(rows["last_worth_at"], now=now, after_days=FOLLOW_DAYS)].copy()
    if rows.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in PLAN_COLUMNS})
    hours = lambda times: (pd.Timestamp(now) - times).dt.total_seconds().to_numpy(np.float64) / SECONDS_PER_HOUR  # noqa: E731
    rows["worth"] = worth(
        percentile=rows["percentile"],
        is_new=rows["score_class"] == "new",
        hours_since_measured=hours(rows["last_measured_at"]),
        days_since_worth=hours(rows["last_worth_at"]) / 24,
    )
    measured = rows["is_measured_today"].to_numpy(bool)
    rows.loc[measured, "worth"] = 0.0
    rows["turn"] = np.where(measured, 4, turns(rows))
    order = ["platform", "turn", "worth", "external_id"]
    rows = rows.sort_values(order, ascending=[True, True, False, True], ignore_index=True)
    rows["place"] = rows.groupby("platform").cumcount() + 1
    limit = rows["platform"].map({name: budget.items for name, budget in budgets.items()}).to_numpy(np.int64)
    rows["expected_cost_usd"] = rows["platform"].map({name: budget.usd_per_item for name, budget in budgets.items()})
    needs_address = rows["platform"].isin(_ASKED_BY_ADDRESS) & rows["url"].isna()
    measured = rows["is_measured_today"].to_numpy(bool)
    addressed = rows["is_measured_today"].eq(False) & ~needs_address
    place_among = addressed.groupby(rows["platform"]).cumsum().to_numpy(np.int64)
    rows["is_chosen"] = addressed.to_numpy(bool) & (place_among <= limit)
    once = ((rows["turn"] == 3) & (rows["score_class"] == "new")).to_numpy(bool)
    why = rows["turn"].map(WHY_CHOSEN).mask(once, "Measured once: growth unknown.")
    rows["reason"] = np.select(
        [
            measured,
            needs_address.to_numpy(bool),
            rows["is_chosen"].to_numpy(bool),
            (rows["score_class"] == "new").to_numpy(),
        ],
        [
            "Measured today by its list.",
            "No public address to ask for.",
            why,
            "Measured once, but beyond the day's budget.",
        ],
        "Beyond the day's budget.",
    )
    return rows.loc[:, PLAN_COLUMNS]
