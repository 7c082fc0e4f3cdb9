"""Positions in best-seller lists: what a place is worth, how fast a product climbs, which categories move.

    position_score = max(100 - position, 0) / 100
    climb          = mean of what is known of   ln(previous position / position)   and   ln(1 + page's change / 100)
    velocity_score = 3^tanh(climb / ln 10)      1/3 … 3; 1 for an unknown past or no change
    score          = position_score x velocity_score

A climb is a ratio of ranks: from 100 to 10 is worth as much as from 10 to 1, and tenfold gives 3^0.76 = 2.3. The
bound keeps a "+50,000 %" from owning the list; the page's percentage is (previous - now) / now, so 1 + pct/100 is the
same ratio. Both figures move the score the same way, so it grows with positions gained whatever else is known.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.velocity.formulas import counts
from trend_assets.tables.catalogue import columns_of

Floats = NDArray[np.float64]

LIST_LENGTH = 100
STRONGEST = 3.0
TENFOLD = float(np.log(10.0))

RANK_COLUMNS = columns_of("velocity.amazon_ranks")
MOVER_COLUMNS = columns_of("velocity.category_movers")


def position_score(position: ArrayLike) -> Floats:
    """(100 - position) / 100, never below 0; NaN without a position."""
    return np.maximum(LIST_LENGTH - counts(position), 0.0) / LIST_LENGTH


def velocity_score(*, position: ArrayLike, previous_position: ArrayLike, page_change_pct: ArrayLike) -> Floats:
    """1/3 to 3, growing with positions gained and with the page's own figure; 1 where the past is unknown."""
    now, before, page = counts(position), counts(previous_position), counts(page_change_pct)
    ranked = (now >= 1) & (before >= 1)
    own = np.log(np.where(ranked, before, np.nan) / now)
    of_the_page = np.log1p(np.where(page > -100, page, np.nan) / 100.0)
    both = np.vstack([own, of_the_page])
    known = np.isfinite(both)
    climb = np.where(known, both, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return STRONGEST ** np.tanh(climb / TENFOLD)


def rank_changes(today: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """One row per category and product of the day's newest list, against its newest row of an earlier day.

    Both frames: `list_name` (category), `external_id`, `list_rank`, `measured_at`, `is_simulated`; `today` also
    `page_rank_change_pct`. Returns RANK_COLUMNS, sorted by category and position.
    """
    now, past = _newest(today), _newest(before)
    past = past.loc[:, ["list_name", "external_id", "list_rank", "measured_at"]].rename(
        columns={"list_rank": "previous_position", "measured_at": "previous_measured_at"}
    )
    out = now.merge(past, on=["list_name", "external_id"], how="left").rename(
        columns={"list_name": "category", "list_rank": "position"}
    )
    out["days_between"] = (out["measured_at"] - out["previous_measured_at"]).dt.total_seconds() / 86_400
    position, previous = counts(out["position"]), counts(out["previous_position"])
    out["positions_gained"] = previous - position
    page = out["page_rank_change_pct"] if "page_rank_change_pct" in out else np.full(len(out), np.nan)
    out["page_rank_change_pct"] = counts(page)
    out["position_score"] = position_score(position)
    out["velocity_score"] = velocity_score(
        position=position, previous_position=previous, page_change_pct=out["page_rank_change_pct"]
    )
    out["score"] = out["position_score"] * out["velocity_score"]
    unknown = np.isnan(previous) & out["page_rank_change_pct"].isna().to_numpy()
    reasons = np.full(len(out), None, dtype=object)
    reasons[unknown] = "No earlier position: velocity score 1."
    reasons[np.isnan(position)] = "The list gave no position."
    out["reason"] = reasons
    return out.loc[:, RANK_COLUMNS].sort_values(["category", "position", "external_id"], ignore_index=True)


def category_movers(ranks: pd.DataFrame) -> pd.DataFrame:
    """One row per category: how much its list moved, and who moved most; `mover_rank` 1 moves most (median places
    moved among products seen before, then the share of new entries). Returns MOVER_COLUMNS."""
    # sorted, because a mean of floats depends on the order of its terms
    ranks = ranks.sort_values(["category", "external_id"], ignore_index=True)
    rows = ranks.assign(
        gained=ranks["positions_gained"].astype(np.float64), velocity=ranks["velocity_score"].astype(np.float64)
    )
    rows["moved"] = rows["gained"].abs()
    grouped = rows.groupby("category")
    out = grouped.agg(
        products=("external_id", "size"), compared=("gained", "count"),
        climbed=("gained", lambda gained: int((gained > 0).sum())),
        fell=("gained", lambda gained: int((gained < 0).sum())), median_positions_moved=("moved", "median"),
        mean_velocity_score=("velocity", "mean"), is_simulated=("is_simulated", "max"),
    ).reset_index()  # fmt: skip
    # without any earlier list nothing can be said to have entered it
    out["entered"] = (out["products"] - out["compared"]).where(out["compared"] > 0)
    best = rows.sort_values(["category", "velocity", "position", "external_id"], ascending=[True, False, True, True])
    best = best[best["velocity"] > 1].drop_duplicates("category").set_index("category")
    out["biggest_mover"] = out["category"].map(best["external_id"]).astype(object)
    out["biggest_gain"] = out["category"].map(best["gained"])
    share = (out["entered"] / out["products"]).fillna(0.0)
    order = np.lexsort((out["category"], -share, -out["median_positions_moved"].fillna(-1.0)))
    out["mover_rank"] = 0
    out.loc[order, "mover_rank"] = np.arange(1, len(out) + 1)
    return out.loc[:, MOVER_COLUMNS]


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    """The newest row per list and product; of equal times the better position."""
    key = ["list_name", "external_id", "measured_at", "list_rank"]
    further = [name for name in ("page_rank_change_pct", "is_simulated") if name in rows]
    ordered = rows.sort_values([*key, *further], ascending=[True, True, False, True, *(True for _ in further)])
    return ordered.drop_duplicates(["list_name", "external_id"]).reset_index(drop=True)
