"""From snapshots to change: which two (and three) captures of an item its velocity is measured between.

One row of snapshots per measurement in, one row per post out. The rules, each for a reason met in real series:

- **the newest capture inside the partition** is "now"; the one before is the newest that is at least twelve hours and
  at most 8 days older. Where there is none so old, the oldest that is at least half an hour older stands in (two
  sources seeing one post minutes apart say nothing of its speed). True hours, never "a day".
- **an unchanged count over less than six hours is not known**: providers answer from caches (two captures of a real
  list 33 minutes apart shared 94 % of their counts). An older capture is used instead, else there is no growth yet.
- **rounded counts move in steps** (12,800; 1.2M): where both counts are multiples of a power of ten >= 100, a change
  below two steps is not yet a change, and an older capture is used, up to 24 h back, before it is believed.
- **a count that fell** is kept as measured (negative) with a reason; **a zero after a positive count** is a provider's
  way of saying unknown and is left out, with a reason.
- **what is counted** is views; on a platform that shows none (Reddit), likes (the score) stand in, and the row says so.

Scores do not belong here.
"""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trend_assets.domain.velocity.formulas import (
    MIN_HOURS,
    SECONDS_PER_HOUR,
    acceleration,
    counts,
    engagement_velocity,
    instants,
    measured_velocity,
)
from trend_assets.tables.catalogue import columns_of

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LOOKBACK_DAYS = 8
LOOKBACK_HOURS = LOOKBACK_DAYS * 24.0
MIN_GAP_HOURS = 0.5
# a sixth of the three days that rankings are graded over: growth over less says little of them
PAIR_HOURS = 12.0
CACHE_HOURS = 6.0
# one step in a hundred: two counts are multiples of 100 by chance once in 10,000 pairs
SMALLEST_ROUNDING_STEP = 100.0
LARGEST_ROUNDING_STEP = 1e9
ROUNDED_PATIENCE_HOURS = 24.0
# a posting time up to an hour ahead is a clock that is wrong; further ahead it is not a posting time
CLOCK_SKEW_HOURS = 1.0

COUNTS = ("views", "likes", "comments", "shares", "quotes")
CHANGE_COLUMNS = columns_of("velocity.post_velocity")


def measure_changes(
    snapshots: pd.DataFrame, *, day_start: datetime, until: datetime, pair_hours: float = PAIR_HOURS
) -> pd.DataFrame:
    """One row per post measured in [`day_start`, `until`), with its change since the capture before.

    `snapshots`: rows of `trends.post_snapshots` of that time and of the 8 days before it; later rows are ignored, so
    that a past moment is scored with what was known then. Returns CHANGE_COLUMNS (units: see `velocity.post_velocity`
    in the catalogue), sorted by platform and external_id, independent of the order of the input. `pair_hours`: how far
    apart two captures should be; who ranks an hour ahead takes the newest that is believed (half an hour).
    """
    rows = _usable(snapshots, day_start=day_start, until=until)
    if rows.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in CHANGE_COLUMNS})
    items = _items(rows, day_start=day_start)
    series = _Series(rows[rows["counted_value"].notna()], item_count=len(items), day_start=day_start)
    return _assemble(items, series, pair_hours=pair_hours)


def unchanged_shares(snapshots: pd.DataFrame, *, day_start: datetime, until: datetime) -> pd.DataFrame:
    """One row per source and world whose items were counted again within CACHE_HOURS in [`day_start`, `until`): `pairs`
    of counts and the `share` of them that did not move. A share near one is a provider's cache and not standstill."""
    rows = _usable(snapshots, day_start=day_start, until=until)
    columns = ["source", "is_simulated", "pairs", "share"]
    if rows.empty or "source" not in rows:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    rows = rows[rows["counted_value"] > 0].sort_values(["source", "item", "measured_at"])
    of_item = rows.groupby(["source", "item"])
    gap = of_item["measured_at"].diff().dt.total_seconds() / SECONDS_PER_HOUR
    near = (gap > 0) & (gap < CACHE_HOURS) & (rows["measured_at"] >= pd.Timestamp(day_start))
    pairs = rows.assign(share=(of_item["counted_value"].diff() == 0).astype(float), pairs=1)[near]
    shares = pairs.groupby(["source", "is_simulated"]).agg(pairs=("pairs", "sum"), share=("share", "mean"))
    return shares.reset_index().loc[:, columns]


class _Series:
    """The counted measurements, sorted by item and time, one per item and instant; positions index into them."""

    def __init__(self, rows: pd.DataFrame, *, item_count: int, day_start: datetime) -> None:
        columns = ["counted_value", "likes", "comments", "shares"]
        merged = rows.groupby(["item", "measured_at"])[columns].max()
        self.item = merged.index.get_level_values("item").to_numpy(np.int64)
        self.at = merged.index.get_level_values("measured_at")
        since_epoch = pd.Series(self.at) - pd.Timestamp(0, tz="UTC")
        self.hours = since_epoch.dt.total_seconds().to_numpy(np.float64) / SECONDS_PER_HOUR
        self.day_start_hours = pd.Timestamp(day_start).timestamp() / SECONDS_PER_HOUR
        self.value, self.likes, self.comments, self.shares = (merged[c].to_numpy(np.float64) for c in columns)
        last = np.full(item_count, -1, dtype=np.int64)
        last[self.item] = np.arange(len(self.item))  # the last write of an item wins: its newest measurement
        # a post measured today without a count has no "now"
        current = np.nan_to_num(self.take(self.hours, last), nan=-np.inf) >= self.day_start_hours
        self.newest = np.where(current, last, -1)

    def before(
        self, places: Places, *, pair_hours: float, whole_days: bool = False, with_unmoved: bool = False
    ) -> Places:
        """For each position the capture to compare it with, -1 where there is none; `whole_days` wants one of an
        earlier UTC day. Unmoved counts over a short gap are passed over unless `with_unmoved`."""
        chosen = np.full(len(places), -1, dtype=np.int64)
        fallback = chosen.copy()
        open_rows = np.flatnonzero(places >= 0)
        step = 1
        while len(open_rows):
            at = places[open_rows]
            candidate = at - step
            inside = candidate >= 0
            inside[inside] = self.item[candidate[inside]] == self.item[at[inside]]
            inside[inside] = self.hours[at[inside]] - self.hours[candidate[inside]] <= LOOKBACK_HOURS
            open_rows, at, candidate = open_rows[inside], at[inside], candidate[inside]
            gap = self.hours[at] - self.hours[candidate]
            moved = np.abs(self.value[at] - self.value[candidate])
            usable = self.hours[candidate] < self.day_start_hours if whole_days else gap >= MIN_GAP_HOURS
            if not with_unmoved:
                # the rule and the pair go together: half of what a pair should be apart is too near for standstill
                usable &= (moved > 0) | (self.value[at] == 0) | (gap >= min(CACHE_HOURS, pair_hours / 2))
            believed = (
                usable
                & (whole_days | (gap >= pair_hours))
                & (
                    (moved >= 2 * rounding_step(self.value[at], self.value[candidate]))
                    | (gap >= ROUNDED_PATIENCE_HOURS)
                )
            )
            fallback[open_rows[usable]] = candidate[usable]
            chosen[open_rows[believed]] = candidate[believed]
            open_rows = open_rows[~believed]
            step += 1
        return np.where(chosen >= 0, chosen, fallback)

    def take(self, values: NDArray[Any], places: Places) -> Floats:
        """`values` at the positions, NaN at -1."""
        return np.where(places >= 0, values[places], np.nan) if len(values) else np.full(len(places), np.nan)

    def times(self, places: Places) -> pd.Series:
        taken = pd.Series(self.at.take(np.maximum(places, 0))) if len(self.at) else pd.Series([pd.NaT] * len(places))
        return pd.to_datetime(taken.mask(places < 0), utc=True)


def rounding_step(count: Floats, other: Floats) -> Floats:
    """The largest power of ten that divides both counts, 0 where it is below 100: the counts are not rounded."""
    step = np.zeros(len(count))
    # few counts are rounded: after the smallest step only those are looked at
    rows = np.flatnonzero(_divides(SMALLEST_ROUNDING_STEP, count, other) & (np.maximum(count, other) > 0))
    size = SMALLEST_ROUNDING_STEP
    while len(rows) and size <= LARGEST_ROUNDING_STEP:
        step[rows] = size
        size *= 10
        rows = rows[_divides(size, count[rows], other[rows])]
    return step


def _divides(size: float, count: Floats, other: Floats) -> NDArray[np.bool_]:
    return (np.mod(count, size) == 0) & (np.mod(other, size) == 0)


def _usable(snapshots: pd.DataFrame, *, day_start: datetime, until: datetime) -> pd.DataFrame:
    """Rows up to `until`, with numeric counts, the item's code and the counted value."""
    at = instants(snapshots["measured_at"])
    rows = snapshots.reset_index(drop=True)
    keep = (at < pd.Timestamp(until)) & (at >= pd.Timestamp(day_start) - pd.Timedelta(days=LOOKBACK_DAYS))
    keep &= rows["platform"].notna() & rows["external_id"].notna()
    rows = rows[keep].assign(measured_at=at[keep])
    if rows.empty:
        return rows
    rows["item"] = rows.groupby(["platform", "external_id"]).ngroup().to_numpy()
    clamped = np.zeros(len(rows), dtype=bool)
    for name in COUNTS:
        values = counts(rows[name]) if name in rows else np.full(len(rows), np.nan)
        clamped |= values < 0
        rows[name] = np.where(values < 0, np.nan, values)
    rows["is_clamped"] = clamped
    by_item = rows.groupby("item")
    rows["has_views"] = by_item["views"].transform("max").notna()
    rows["counted_value"] = rows["views"].where(rows["has_views"], rows["likes"])
    # the larger of two counts of one moment first, so that a 0 beside it is judged alike in either order
    rows = rows.sort_values(["item", "measured_at", "counted_value"], ascending=[True, True, False])
    reached = rows.groupby("item")["counted_value"].cummax()
    rows["is_suspect_zero"] = (rows["counted_value"] == 0) & (reached > 0)
    rows.loc[rows["is_suspect_zero"], "counted_value"] = np.nan
    return rows


def _items(rows: pd.DataFrame, *, day_start: datetime) -> pd.DataFrame:
    """One row per item code: what is newest of its attributes, whether it was measured in the partition."""
    # among equal times the smallest text wins, so that the order of the input never shows
    known = [c for c in ("creator_id", "creator_handle", "creator_followers", "posted_at") if c in rows]
    ordered, order = rows, ["item", "measured_at"]
    # sorting by text is dear, and the rows are in this order: no more of it than ties need
    for more in ([c for c in ("source", "list_name") if c in rows], [*known, "has_views", "is_simulated"]):
        if not rows.duplicated(order).any():
            break
        order += more
        ordered = rows.sort_values(order)
    grouped = ordered.groupby("item")
    items = grouped[["platform", "external_id", "measured_at", "is_simulated", "has_views", *known]].last()
    for name in ("creator_id", "creator_handle", "creator_followers", "posted_at"):
        if name not in items:
            items[name] = None
    items["first_measured_at"] = grouped["measured_at"].min()
    items["measurements"] = grouped["measured_at"].nunique()
    newest = ordered["measured_at"] == grouped["measured_at"].transform("max")
    at_newest = ordered[newest].groupby("item")
    others = ["likes", "comments", "shares", "quotes"]
    items[others] = at_newest[others].max()
    items["is_clamped"] = at_newest["is_clamped"].any()
    items["is_suspect_zero"] = at_newest["is_suspect_zero"].any()
    items["is_today"] = items["measured_at"] >= pd.Timestamp(day_start)
    return items.reset_index()


def _assemble(items: pd.DataFrame, series: _Series, *, pair_hours: float) -> pd.DataFrame:
    now = series.newest
    previous = series.before(now, pair_hours=pair_hours)
    earlier = series.before(previous, pair_hours=pair_hours)
    day_before = series.before(now, pair_hours=pair_hours, whole_days=True)
    alone = np.where(previous < 0, now, -1)
    unmoved = series.before(alone, pair_hours=pair_hours, with_unmoved=True) >= 0
    hours = lambda later, former: series.take(series.hours, later) - series.take(series.hours, former)  # noqa: E731
    value, before = series.take(series.value, now), series.take(series.value, previous)
    gap = hours(now, previous)
    velocity = measured_velocity(count=value, previous_count=before, hours=gap)
    # an acceleration is measured over three captures: where none lies before a far pair, over nearer ones within it
    short = (previous >= 0) & (earlier < 0)
    near = series.before(np.where(short, now, -1), pair_hours=MIN_GAP_HOURS)
    middle = np.where(short & (near > previous), near, previous)
    earlier = np.where(middle > previous, series.before(middle, pair_hours=MIN_GAP_HOURS), earlier)
    middle_value, last_gap, earlier_gap = series.take(series.value, middle), hours(now, middle), hours(middle, earlier)
    last_velocity = measured_velocity(count=value, previous_count=middle_value, hours=last_gap)
    earlier_velocity = measured_velocity(
        count=middle_value, previous_count=series.take(series.value, earlier), hours=earlier_gap
    )

    out = items.copy()
    posted = instants(out["posted_at"])
    age = ((out["measured_at"] - posted).dt.total_seconds() / SECONDS_PER_HOUR).to_numpy(np.float64)
    impossible = age < -CLOCK_SKEW_HOURS
    age = np.where(impossible, np.nan, np.maximum(age, 0.0))
    t5 = engagement_velocity(
        likes=out["likes"],
        comments=out["comments"],
        shares=out["shares"],
        posted_at=posted,
        measured_at=out["measured_at"],
    )
    since_posting = value / np.maximum(age, MIN_HOURS)
    out["posted_at"] = posted
    out["previous_measured_at"] = series.times(previous)
    out["age_hours"] = age
    out["tenure_hours"] = (out["measured_at"] - out["first_measured_at"]).dt.total_seconds() / SECONDS_PER_HOUR
    out["counted"] = np.where(out["has_views"], "views", "likes")
    out["views"] = value
    out["delta_views"] = value - before
    out["hours_between"] = gap
    out["measured_views_per_hour"] = velocity
    out["earlier_views_per_hour"] = earlier_velocity
    out["earlier_hours_between"] = earlier_gap
    out["views_per_hour"] = np.where(np.isfinite(velocity), velocity, since_posting)
    out["relative_growth_per_hour"] = velocity / np.maximum(value, 1.0)
    out["acceleration"] = acceleration(
        velocity=last_velocity, earlier_velocity=earlier_velocity, hours=last_gap, earlier_hours=earlier_gap
    )
    for name in ("likes", "comments", "shares"):
        column = getattr(series, name)
        out[f"{name}_per_hour"] = measured_velocity(
            count=series.take(column, now), previous_count=series.take(column, previous), hours=gap
        )
    out["engagement_velocity"] = t5.per_hour
    out["is_clamped"] = out["is_clamped"].astype(bool) | t5.is_clamped
    out["growth_since_previous_day"] = value - series.take(series.value, day_before)
    out["hours_since_previous_day"] = hours(now, day_before)
    out["rounding_step"] = np.where(np.isfinite(before), rounding_step(value, np.nan_to_num(before)), 0.0)
    out["creator_key"] = _creator_key(out)
    out["reason"] = _reasons(out, impossible=impossible, unmoved=unmoved)
    out = out[out["is_today"].to_numpy(bool)]
    return out.loc[:, CHANGE_COLUMNS].reset_index(drop=True)


def _creator_key(items: pd.DataFrame) -> pd.Series:
    """The stable id, else the handle: the same person in the same platform's history; None when both are unknown."""
    identity = items["creator_id"].astype(object)
    key = identity.where(identity.notna(), items["creator_handle"].astype(object))
    return key.where(key.notna(), None)


def _reasons(items: pd.DataFrame, *, impossible: NDArray[np.bool_], unmoved: NDArray[np.bool_]) -> pd.Series:
    """Why a number is missing or weak, as sentences; empty text becomes None."""
    reasons = np.full(len(items), "", dtype=object)

    def say(rows: NDArray[np.bool_], sentence: str) -> None:
        reasons[rows] = np.array([f"{text} {sentence}".strip() for text in reasons[rows]], dtype=object)

    no_count = ~np.isfinite(items["views"].to_numpy(np.float64))
    say(items["is_suspect_zero"].to_numpy(bool), "A zero after a positive count: read as unknown.")
    say(no_count & ~items["is_suspect_zero"].to_numpy(bool), "The newest measurement has no count.")
    once = ~np.isfinite(items["delta_views"].to_numpy(np.float64)) & ~no_count
    say(once & ~unmoved, f"Measured once within {LOOKBACK_DAYS} days: no growth yet.")
    say(
        once & unmoved,
        f"The same count twice within {CACHE_HOURS:.0f} hours may be the provider's cache: no growth yet.",
    )
    say(items["delta_views"].to_numpy(np.float64) < 0, "The count fell since the capture before.")
    say(impossible, "The posting time lies in the future: age unknown.")
    say(items["posted_at"].isna().to_numpy() & ~impossible, "No posting time: age unknown.")
    say(items["is_clamped"].to_numpy(bool), "A negative count was read as 0.")
    say(items["rounding_step"].to_numpy(np.float64) > 0, "The counts are rounded.")
    say((items["counted"].to_numpy(str) == "likes") & ~no_count, "Likes stand in for views.")
    return pd.Series([text or None for text in reasons], index=items.index, dtype=object)
