"""Who had a story first: per story and source the first sight, per pair of sources who leads whom and by how much.

    proofs and snapshots of MEMORY_DAYS days ─▶ first_sights: one row per story and source
      ├─▶ leads: per source and other source, over the stories that both had
      └─▶ report_lines: products before they are talked about, talk before it sells

A source sees what it is asked for, when it is asked: two sights within TOGETHER_HOURS are one collection and nobody's
lead, and what a source had on the first day on which it is known may have been there before, so that it tells nothing.
"""

from collections.abc import Iterator
from math import ceil, floor, sqrt

import numpy as np
import pandas as pd

from trend_assets.domain.feed.frames import rows_of
from trend_assets.platforms import shown_platform
from trend_assets.tables.catalogue import columns_of
from trend_assets.text import plural

MEMORY_DAYS = 28
TOGETHER_HOURS = 6.0
FEWEST_FOR_INTERVAL = 6
"""With fewer stories the 95 % interval of a median is wider than the stories."""
NAMED = 3
TALK, PRODUCTS = "talk", "products"
SIGHT_COLUMNS = ("story_id", "source", "section", "first_seen_at", "title", "is_known_before", "is_simulated")
LEAD_COLUMNS = [name for name in columns_of("feed.source_leads") if name != "unique_share"]  # which is the day's own


def first_sights(proofs: pd.DataFrame) -> pd.DataFrame:
    """One row per story and source (SIGHT_COLUMNS). `proofs`: rows of `warehouse.reads.feed.read_sights`:
    observed_date, story_id, source, platform, title, measured_at, is_simulated. `is_known_before`: seen on the first
    day on which the source is known, so that when it was really first is not known."""
    rows = proofs.sort_values(["measured_at", "observed_date", "platform", "title"])
    began = proofs.groupby("source")["observed_date"].min()
    first = rows.drop_duplicates(["story_id", "source"]).sort_values(["story_id", "source"], ignore_index=True)
    return first.assign(
        section=[shown_platform(name).section for name in first["platform"]],
        first_seen_at=first["measured_at"],
        is_known_before=(first["observed_date"] == first["source"].map(began)).to_numpy(bool),
    ).loc[:, list(SIGHT_COLUMNS)]


def leads(sights: pd.DataFrame) -> pd.DataFrame:
    """One row per source and other source that had stories in common (LEAD_COLUMNS): in how many it was first, and the
    median hours by which it was (negative: the other was), with its 95 % interval."""
    known = sights[~sights["is_known_before"].astype(bool)]
    pairs = known.merge(known, on="story_id", suffixes=("", "_other"))
    pairs = pairs[pairs["source"] != pairs["source_other"]]
    rows = []
    for (source, other), group in pairs.groupby(["source", "source_other"]):
        hours = (group["first_seen_at_other"] - group["first_seen_at"]).dt.total_seconds().to_numpy(np.float64) / 3600
        low, high = median_interval(hours)
        rows.append(
            {
                "source": source, "other_source": other, "matched_stories": len(hours),
                "led": int((hours >= TOGETHER_HOURS).sum()), "trailed": int((hours <= -TOGETHER_HOURS).sum()),
                "together": int((np.abs(hours) < TOGETHER_HOURS).sum()), "median_lead_hours": float(np.median(hours)),
                "lead_low_hours": low, "lead_high_hours": high,
                "is_simulated": bool(group["is_simulated"].any() or group["is_simulated_other"].any()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=LEAD_COLUMNS)


def median_interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of a median from the places of the sorted values (no assumption on how they are spread); NaN with
    too few."""
    count = len(values)
    if count < FEWEST_FOR_INTERVAL:
        return float("nan"), float("nan")
    ordered, reach = np.sort(values), 1.96 * sqrt(count) / 2
    low, high = floor(count / 2 - reach), ceil(count / 2 + reach)
    return float(ordered[max(low - 1, 0)]), float(ordered[min(high, count - 1)])


def report_lines(sights: pd.DataFrame) -> list[str]:
    """Two sentences with their stories: products before they are talked about, talk before it sells."""
    return list(_lines(sights[~sights["is_known_before"].astype(bool)]))


def _lines(known: pd.DataFrame) -> Iterator[str]:
    by = known.sort_values(["first_seen_at", "source"])
    sides = {
        side: by[by["section"] == side].drop_duplicates("story_id")[["story_id", "first_seen_at", "title"]]
        for side in (PRODUCTS, TALK)
    }
    both = sides[PRODUCTS].merge(sides[TALK], on="story_id", suffixes=("_sold", "_said"))
    ahead = (both["first_seen_at_said"] - both["first_seen_at_sold"]).dt.total_seconds() / 3600
    for what, hours, late in (
        ("products before they were talked about", ahead, "talk followed"),
        ("talk before it sold", -ahead, "the list followed"),
    ):
        early = both.assign(hours=hours)[hours >= TOGETHER_HOURS].sort_values(
            ["hours", "story_id"], ascending=[False, True]
        )
        if early.empty:
            yield f"{what.capitalize()}: none in {MEMORY_DAYS} days, of {plural(len(both), 'story')} that both had."
            continue
        named = "; ".join(f"{row.title_sold} ({row.hours:.0f} h)" for row in rows_of(early.head(NAMED)))
        usual = f"{late} {early['hours'].median():.0f} h later (median)"
        yield f"{what.capitalize()}: {len(early)} of {plural(len(both), 'story')} that both had, {usual}. {named}."
