"""The scores that compete on the scoreboard, read from `velocity.scores` rows: ours and the plain ones.

    ours    rank (source_percentile: the champion's order), feed (the order in which the merge takes a source's items),
            chance, plain, logistic, boosting (`domain/chance`), own (the source's formula), rising_expected (new items
            slotted in), rising, forecast, leap, range, challenger_z
    plain   views; views per hour since posting; engagement velocity; mean ratio = views / mean of the creator's
            others; growth since the capture before (dviews); MAD z = (views - median of others) / spread of others

The spread is that of `baselines.without_itself`: the interquartile range as sigma, twice the MAD of a symmetric sample
over 1.349. A score that is unknown for an item is NaN and ranks last.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trend_assets.domain.chance import outcomes
from trend_assets.domain.feed.rules import prior_chance
from trend_assets.domain.velocity.formulas import MIN_HOURS, over
from trend_assets.tables.velocity import COMPETING

Floats = NDArray[np.float64]

_ON_THE_BOARD = {
    "plain_order": "plain", "own_order": "own", "logistic_chance": "logistic", "boosting_chance": "boosting",
    "forecast_views_per_hour": "forecast",
}  # fmt: skip
"""What a score is called on the board where that is not its column's name."""

_STORED = {_ON_THE_BOARD.get(column.name, column.name): column.name for column in COMPETING}
OURS = ("rank", "feed", *_STORED)
PLAIN = ("views", "views_per_hour", "engagement_velocity", "mean_ratio", "growth_since_capture", "mad_z")
PART_COLUMNS = ("tenure_hours", "median_others", "mean_others", "spread_others", "others")


def with_parts(scores: pd.DataFrame) -> pd.DataFrame:
    """`velocity.scores` rows with the parts that grading needs as columns of their own."""
    return outcomes.with_parts(scores, PART_COLUMNS)


def contestants(rows: pd.DataFrame) -> dict[str, Floats]:
    """All scores of `with_parts` rows, by name."""
    number = lambda name: rows[name].to_numpy(np.float64, na_value=np.nan)  # noqa: E731
    views, age = number("views"), number("age_hours")
    mean, median, spread = number("mean_others"), number("median_others"), number("spread_others")
    enough = number("others") > 0
    return {name: number(column) for name, column in _STORED.items()} | {
        "rank": number("source_percentile"),
        "feed": feed_order(number("chance"), number("source_percentile")),
        "views": views,
        "views_per_hour": views / np.maximum(age, MIN_HOURS),
        "engagement_velocity": number("engagement_velocity"),
        "mean_ratio": np.where(enough, views / np.maximum(mean, 1.0), np.nan),
        "growth_since_capture": number("delta_views"),
        "mad_z": np.where(enough, over(views - median, spread), np.nan),
    }


def feed_order(chance: Floats, place: Floats) -> Floats:
    """The order in which the merge takes the items of one source: by chance, before one is known by what the place
    stands for, and by place where these are equal (`feed.scoring.order_key`; a source's weight is the same for all)."""
    likelihood = np.round(np.where(np.isfinite(chance), chance, prior_chance(place, len(place))), 12)
    order = np.lexsort((place, likelihood))
    out = np.empty(len(order))
    out[order] = np.cumsum(np.r_[False, (np.diff(likelihood[order]) != 0) | (np.diff(place[order]) != 0)])
    return out
