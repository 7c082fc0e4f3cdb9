"""What counts as right: what really happened after a ranking, judged by one label at a time.

    rose            growth since the ranking in the top tenth of the percentiles among the 40 survivors next to it in
                    age: what chances are of (`domain/chance/outcomes`)
    rose_in_decile  the same inside the age decile, so wide that its youngest win: the label before, kept beside
    most_new_views  new views, in the top tenth
    left_range      above its creator's normal range (median of the others + 3 spreads, at least twice the median) at
                    the horizon, among items that were inside it when ranked; needs 3 others to be graded

The count at the horizon is that of the nearest capture within a third of the horizon (`chance.outcomes`); an item
without one did not survive. Labels look at the future on purpose; nothing here may be used by a score.
"""

from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trend_assets.domain.chance.outcomes import clock, growth, place_among_nearest, rose
from trend_assets.domain.velocity.baselines import upper_range
from trend_assets.domain.velocity.peers import same_age_percentile

Floats = NDArray[np.float64]
Label = Literal["rose", "rose_in_decile", "most_new_views", "left_range"]
LABELS: tuple[Label, ...] = get_args(Label)


def right(
    label: Label, ranked: pd.DataFrame, ahead: Floats, lot: NDArray[np.uint64]
) -> tuple[NDArray[np.bool_], Floats]:
    """For one moment's survivors (rows whose `ahead` is known): which rows the label calls right, and the outcome
    behind it, by which rows are ordered for Spearman. Rows that cannot be graded have a NaN outcome. `lot`: the rows'
    `lots`."""
    views = ranked["views"].to_numpy(np.float64, na_value=np.nan)
    if label == "left_range":
        limit = upper_range(
            median_others=ranked["median_others"].to_numpy(np.float64, na_value=np.nan),
            spread_others=ranked["spread_others"].to_numpy(np.float64, na_value=np.nan),
            others=ranked["others"].to_numpy(np.float64, na_value=np.nan),
        )
        graded = np.isfinite(limit) & (views <= limit) & np.isfinite(ahead)
        outcome = np.where(graded, ahead / limit, np.nan)
        return graded & (ahead > limit), outcome
    if label == "most_new_views":
        outcome = ahead - views
    elif label == "rose":
        outcome = place_among_nearest(growth(ahead, views), clock(ranked), lot)
    else:
        age = ranked["age_hours"].to_numpy(np.float64, na_value=np.nan)
        known = np.isfinite(age)
        when = np.where(known, age, ranked["tenure_hours"].to_numpy(np.float64, na_value=np.nan))
        outcome = same_age_percentile(growth(ahead, views), when, known.astype(np.int64))
    return rose(outcome), outcome
