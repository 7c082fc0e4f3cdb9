"""How early an order is: what was still to come when an item was first listed, and how long before it was big.

    rankings in time ─▶ first listing: the first moment at which an item stands among the first PLACES
      ├─ share of its count at the horizon that came after it
      └─ hours until it stood among the first PLACES by plain views, for those that were not there yet

How many rose among the listed is the scoreboard's business (`trend_assets/domain/scoreboard/grading.py`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PLACES = 20
ITEM = ["platform", "external_id"]


@dataclass(frozen=True)
class Lead:
    """Of `listed` items with an outcome: how many `rose`; medians over those that rose: share of the outcome
    `still_to_come` at first listing, `hours` until they were big, over the `led` of them that became so later."""

    listed: int
    rose: int
    still_to_come: float
    hours: float
    led: int


def lead(rows: pd.DataFrame, *, score: Floats, ahead: Floats, has_risen: NDArray[np.bool_]) -> Lead:
    """Over all rankings. `rows`: platform, external_id, moment, measured_at, views; `score`: what ranked them,
    `ahead`: their count at the horizon, `has_risen`: what the label said; row by row."""
    table = rows.loc[:, [*ITEM, "moment", "measured_at"]].assign(
        views=rows["views"].to_numpy(np.float64, na_value=np.nan), ahead=ahead, rose=has_risen
    )
    place = lambda column: table.assign(key=column).groupby("moment")["key"].rank(ascending=False, method="first")  # noqa: E731
    order = table.sort_values("measured_at", kind="stable")
    listed = order[(place(score) <= PLACES).loc[order.index]].drop_duplicates(ITEM)
    big = order[(place(table["views"]) <= PLACES).loc[order.index]].drop_duplicates(ITEM)
    judged = listed[np.isfinite(listed["ahead"])]
    risers = judged[judged["rose"]].merge(big[[*ITEM, "measured_at"]], on=ITEM, how="left", suffixes=("", "_big"))
    still = ((risers["ahead"] - risers["views"]) / risers["ahead"]).to_numpy(np.float64)
    hours = (risers["measured_at_big"] - risers["measured_at"]).dt.total_seconds().to_numpy(np.float64) / 3600
    hours = hours[hours > 0]
    median = lambda values: float(np.median(values)) if len(values) else float("nan")  # noqa: E731
    return Lead(len(judged), len(risers), median(still[np.isfinite(still)]), median(hours), len(hours))
