"""Grades of past feeds: a feed is a dated forecast; what really happened afterwards judges it.

A hit is an item that rose, by the label that chances are of (`chance.outcomes`): in the top tenth of growth among the
40 items of its source next to it in age; for products growth is list places gained. Only items that were measured again
can be judged; their share is stated. Over all sources together: precision@k is the share of hits among the first k
judged items, R-precision that in as many first places of the merged order as there were hits; chance gets the base
rate. The plain rankings beside it order the same items by one number each, as percentile inside the source.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from trend_assets.domain.chance.champion import r_precision
from trend_assets.domain.chance.meaning import TOP_SHARE
from trend_assets.domain.chance.outcomes import best_first, clock, growth, lots, place_among_nearest, rose
from trend_assets.domain.feed.frames import records_of

MAX_K = 20
# fewer judged items in a source than this have no top tenth
MIN_JUDGED = 10
PLAIN_RANKINGS = ("views", "views_per_hour", "engagement_velocity", "leap")


def grade_feed(
    outcomes: pd.DataFrame,
    history: pd.DataFrame,
    *,
    day: date,
    feed_date: date,
    horizon_days: int,
    weights: Mapping[str, float],
) -> pd.DataFrame:
    """Rows of `feed.scoreboard` for one feed and horizon: the feed's own and the plain rankings'.

    `outcomes`: `warehouse.reads.feed.read_outcomes`; `history`: counts of the feed's items until `day`; `weights`: the
    sources' weights in the merge. Without enough to judge, one row with the reason and NULL grades.
    """
    base = {"observed_date": day, "feed_date": feed_date, "horizon_days": horizon_days}
    candidates = outcomes[np.array([weights.get(name, 0.0) > 0 for name in outcomes["source"]], dtype=bool)]
    judged = with_hits(candidates)
    common = base | {
        "candidates": len(candidates),
        "graded": len(judged),
        "survivor_share": len(judged) / len(candidates) if len(candidates) else None,
        "is_simulated": bool(candidates["is_simulated"].fillna(False).any()) if len(candidates) else False,
    }
    in_feed = judged[judged["feed_rank"].notna()]
    if in_feed.empty:
        reason = (
            f"There was no feed on {feed_date}."
            if not candidates["feed_rank"].notna().any()
            else f"None of its items was measured again on {day} in a source with {MIN_JUDGED} or more that were."
        )
        return pd.DataFrame([common | {"ranking": "feed", "k": 0, "lead_items": 0, "reason": reason}])
    k = min(MAX_K, len(in_feed))
    base_rate = float(judged["is_hit"].mean())
    lead, lead_items = lead_time_hours(in_feed, candidates, history)
    is_hit, lot = judged["is_hit"].to_numpy(bool), lots(judged)
    merged = -judged["score_rank"].to_numpy(np.float64, na_value=np.nan)  # who was no candidate comes last
    first = {"feed": r_precision(merged, is_hit, lot)}
    precision = {"feed": float(in_feed.nsmallest(k, "feed_rank")["is_hit"].mean())}
    for name in PLAIN_RANKINGS:
        if judged[name].notna().sum() >= k:
            heat = judged.groupby("source")[name].rank(pct=True) * judged["source"].map(weights)
            precision[name] = float(is_hit[best_first(heat, lot)][:k].mean())
            first[name] = r_precision(heat, is_hit, lot)
    best_plain = max((value for name, value in precision.items() if name != "feed"), default=0.0)
    given = in_feed[in_feed["chance"].notna()]
    of_the_feed = {
        "hit_rate": float(in_feed["is_hit"].mean()),
        "said": float(given["chance"].mean()) if len(given) else None,
        "came": float(given["is_hit"].mean()) if len(given) else None,
        "lift_over_best_plain": precision["feed"] / best_plain if best_plain else None,
        "lead_time_hours": lead,
        "lead_items": lead_items,
    }
    unknown = {**dict.fromkeys(of_the_feed), "lead_items": 0}
    return pd.DataFrame(
        [
            common
            | {
                "ranking": name,
                "k": k,
                "base_rate": base_rate,
                "precision_at_k": value,
                "r_precision": first[name],
                "lift_over_chance": value / base_rate if base_rate else None,
                "reason": None,
            }
            | (of_the_feed if name == "feed" else unknown)
            for name, value in precision.items()
        ]
    )


def with_hits(candidates: pd.DataFrame) -> pd.DataFrame:
    """The candidates that can be judged, with `gain` and `is_hit`. An item is judged once, in the source where it
    stands in the feed, else in the first of its sources."""
    then = candidates["views"].astype("float64")
    later = candidates["later_views"].astype("float64")
    rank_then, rank_later = candidates["list_rank"].astype("float64"), candidates["later_rank"].astype("float64")
    by_views = pd.Series(growth(later, then), index=candidates.index)
    by_rank = (rank_then - rank_later) / rank_then
    gain = by_views.where(candidates["score_class"] != "position", by_rank)
    judged = candidates.assign(gain=gain)
    judged = judged[np.isfinite(judged["gain"].to_numpy(dtype=float, na_value=np.nan))]
    judged = judged.sort_values(["feed_rank", "source", "platform", "external_id"])
    judged = judged.drop_duplicates(["platform", "external_id"])
    judged = judged[judged.groupby("source")["gain"].transform("size") >= MIN_JUDGED]
    gain, is_hit = judged["gain"].to_numpy(np.float64), np.zeros(len(judged), bool)
    age, lot = clock(judged), lots(judged)
    for here in judged.groupby("source").indices.values():
        is_hit[here] = rose(place_among_nearest(gain[here], age[here], lot[here]))
    return judged.assign(is_hit=is_hit)


def lead_time_hours(in_feed: pd.DataFrame, candidates: pd.DataFrame, history: pd.DataFrame) -> tuple[float | None, int]:
    """Median hours from the feed's data until its hits reached the views that only the top tenth of their source had on
    the feed's day, and over how many hits; hits that were there already, or never got there, have none."""
    bar = candidates.groupby("source")["views"].quantile(1 - TOP_SHARE)
    by_item = dict(list(history.groupby(["platform", "external_id"], sort=False))) if len(history) else {}
    leads = []
    for row in records_of(in_feed[in_feed["is_hit"]]):
        threshold, counts = bar.get(row["source"]), by_item.get((row["platform"], row["external_id"]))
        if (
            counts is None
            or threshold is None
            or pd.isna(threshold)
            or pd.isna(row["views"])
            or row["views"] >= threshold
        ):
            continue
        reached = counts[(counts["measured_at"] > row["measured_at"]) & (counts["views"] >= threshold)]
        if len(reached):
            leads.append((reached["measured_at"].min() - row["measured_at"]).total_seconds() / 3600)
    return (float(np.median(leads)) if leads else None), len(leads)


def grade_records(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Rows of feed.scoreboard as people read them: the feed beside the plain rankings of the same day, each horizon."""
    order = sorted(rows, key=lambda row: (row["horizon_days"], row["ranking"] != "feed", row["ranking"]))
    return [
        {
            "issue": f"{row['feed_date']}, {row['horizon_days']} d later",
            "ranked by": row["ranking"].replace("_", " "),
            "right in the first k": _said("{:.0%} of " + str(row["k"]), row.get("precision_at_k")),
            "against chance": _said("{:.1f} x", row.get("lift_over_chance")),
            "R-precision": _said("{:.2f}", row.get("r_precision")),
            "said, came": f"{_said('{:.0%}', row.get('said'))}, {_said('{:.0%}', row.get('came'))}",
            "ahead of views by": _said("{:.0f} h", row.get("lead_time_hours")),
            "judged": f"{row['graded']} of {row['candidates']}",
            "note": text if isinstance(text := row.get("reason"), str) else "",
        }
        for row in order
    ]


def _said(words: str, number: Any) -> str:
    """A number in words, a dash where it is unknown."""
    return "–" if number is None or pd.isna(number) else words.format(float(number))
