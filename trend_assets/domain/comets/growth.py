"""Growth of creators between two measurements: exact, half up, honest about gaps. Pure, on frames.

growth = followers − those of the newest earlier day; percent = growth / those × 100. 0 and 0.00 on first sight, 0.00
when the earlier day had 0. Which earlier day that is, is looked up by the asset.
"""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

LOOK_BACK_DAYS = 60
"""A creator last seen longer ago starts anew: a growth over two months says nothing about today."""

DROP_PCT_PER_DAY = 30.0
"""Purges of bots are real: kept as measured, and flagged."""

_EXACT = 2**62 // 20_000
"""Below this, 2 × growth × 10,000 + base fits 64 bits and whole-number arithmetic is exact."""


def half_up(numerator: np.ndarray, denominator: np.ndarray, *, factor: int) -> np.ndarray:
    """numerator × factor / denominator, rounded half up (away from zero) to 2 decimals, exactly; denominators > 0.

    Floats would round 0.285 down, because 0.285 is a little less than 0.285."""
    top = np.asarray(numerator, dtype=np.int64)
    bottom = np.asarray(denominator, dtype=np.int64)
    scale = factor * 100
    size = np.abs(top)
    small = (size < _EXACT) & (bottom < _EXACT)
    hundredths = (2 * np.where(small, size, 0) * scale + np.where(small, bottom, 1)) // (2 * np.where(small, bottom, 1))
    result = np.sign(top) * hundredths / 100.0
    for position in np.flatnonzero(~small):
        exact = Decimal(int(top[position])) * factor / Decimal(int(bottom[position]))
        result[position] = float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
    return result + 0.0


def growth(today: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """`today` (one row per creator: observed_date, user_id, followers, hearts, videos, …) with the growth columns of
    comets.creator_stats, against `earlier` (user_id, observed_date, followers, hearts, videos: each creator's newest
    earlier day). Follower counts must be known; hearts and videos may be missing."""
    newest = earlier.sort_values(["user_id", "observed_date"]).drop_duplicates("user_id", keep="last")
    before = newest.set_index("user_id")
    matched = before.reindex(today["user_id"])
    seen = matched["followers"].notna().to_numpy()
    now = today["followers"].to_numpy(dtype=np.int64)
    base = matched["followers"].fillna(0).to_numpy(dtype=np.int64)
    gained = np.where(seen, now - base, 0)
    counts = seen & (base > 0)
    pct = np.zeros(len(now))
    pct[counts] = half_up(gained[counts], base[counts], factor=100)
    day = pd.to_datetime(today["observed_date"]).to_numpy()
    days = np.zeros(len(now), dtype=np.int64)
    if seen.any():
        compared = pd.to_datetime(matched["observed_date"]).to_numpy()
        days[seen] = (day[seen] - compared[seen]) // np.timedelta64(1, "D")
    if (days[seen] < 1).any():
        raise ValueError("A compared day is not earlier than the day itself; this is a bug of the look-up.")
    per_day = np.full(len(now), np.nan)
    per_day[seen] = half_up(gained[seen], days[seen], factor=1)
    note = np.full(len(now), None, dtype=object)
    note[~seen] = "first_sight"
    note[seen & (base == 0)] = "from_zero"
    note[counts & (days > 1)] = "gap"
    note[counts & (pct < -DROP_PCT_PER_DAY * np.maximum(days, 1))] = "drop"
    result = today.reset_index(drop=True).copy()
    result["growth_followers"] = pd.array(gained, dtype="Int64")
    result["growth_pct"] = pct
    result["growth_over_days"] = pd.array(np.where(seen, days, 0), dtype="Int64")
    result.loc[~seen, "growth_over_days"] = pd.NA
    result["growth_per_day"] = per_day
    result["compared_date"] = matched["observed_date"].where(seen, None).to_numpy()
    result["compared_followers"] = matched["followers"].astype("Int64").array
    for name in ("hearts", "videos"):
        difference = result[name].astype("Int64").reset_index(drop=True) - pd.Series(
            matched[name].astype("Int64").array, dtype="Int64"
        )
        result[f"growth_{name}"] = difference
    result["growth_note"] = note
    return result
