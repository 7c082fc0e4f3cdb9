"""What came of each item of an issue: `feed.items` of a day beside what velocity graded three days later.

What that says of how often issues are right is `hit_rate.py`.
"""

import numpy as np
import pandas as pd

from trend_assets.platforms import PLATFORMS
from trend_assets.tables.catalogue import columns_of

POST = ["source", "platform", "external_id"]
CAME_COLUMNS = columns_of("feed.outcomes")
NOT_AGAIN = "It was not measured again three days later."
NO_PEERS = "Too few items of its source were measured again to tell who rose."
NO_COUNT = "Its count was not known."
BY_PLACES = "It is ranked by places of a list, which have no growth to be graded by."
_BY_PLACES = tuple(row.name for row in PLATFORMS.values() if row.scored_by == "places")


def what_came(items: pd.DataFrame, graded: pd.DataFrame) -> pd.DataFrame:
    """One row per item of an issue (CAME_COLUMNS). `items`: rows of `feed.items` of one day; `graded`: what
    `chance.outcomes.graded` says of them. Unknown is NULL, with the reason."""
    columns = [*POST, "views_ahead", "has_risen"]
    outcomes = graded.loc[:, columns] if len(graded) else pd.DataFrame(columns=columns)
    rows = items.merge(outcomes, on=POST, how="left", indicator="graded").sort_values("rank", ignore_index=True)
    views, ahead = _floats(rows["views"]), _floats(rows["views_ahead"])
    risen = rows["has_risen"].astype("boolean")
    reason = np.select(
        [
            risen.notna().to_numpy(),
            rows["platform"].isin(_BY_PLACES).to_numpy(),
            np.isnan(views),
            (rows["graded"] == "both").to_numpy() & np.isnan(ahead),
        ],
        ["", BY_PLACES, NO_COUNT, NOT_AGAIN],
        NO_PEERS,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        still = np.clip((ahead - views) / ahead, 0.0, 1.0)
    return rows.assign(
        feed_date=rows["observed_date"],
        is_first_listing=rows["returned_because"].isna(),
        has_risen=risen,
        views_ahead=ahead,
        still_to_come=np.where(np.isfinite(still), still, np.nan),
        reason=pd.Series(reason, dtype=object).where(reason != "", None),
    ).loc[:, CAME_COLUMNS]


def _floats(column: pd.Series) -> np.ndarray:
    return column.to_numpy(np.float64, na_value=np.nan)
