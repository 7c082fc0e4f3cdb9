"""The sources' own formulas: X, TikTok commerce and the trending score.

    X         (likes + retweets + quotes) / mean of the account's other posts;  x 1.2 when quotes > 0.3 x retweets
    commerce  views / mean views of the hashtag's other videos;                 x 1.5 when commerce
    trending  velocity x recency x virality
            velocity = log10(1 + views per hour)          a tenfold rate is one step more
            recency  = 2^(-age / 48 h)                    half after two days
            virality = 1 + min(engagements / views, 1)    1 to 2; 1 where it is unknown

Elementwise on arrays; NaN where a part is unknown that the formula cannot do without. Averages are the caller's
(`velocity.baselines`): the item itself is left out of them. Positions are in `positions.py`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.velocity.formulas import counts, over

Floats = NDArray[np.float64]

QUOTE_SHARE = 0.3
QUOTE_BOOST = 1.2
COMMERCE_BOOST = 1.5
RECENCY_HALF_LIFE_HOURS = 48.0


def x_engagements(*, likes: ArrayLike, retweets: ArrayLike, quotes: ArrayLike) -> Floats:
    """Likes + retweets + quotes; missing and negative counts are 0, NaN where all three are missing."""
    parts = np.vstack([counts(likes), counts(retweets), counts(quotes)])
    total = np.nansum(np.maximum(parts, 0.0), axis=0)
    return np.where(np.isnan(parts).all(axis=0), np.nan, total)


def x_score(*, engagements: ArrayLike, mean_others: ArrayLike, quotes: ArrayLike, retweets: ArrayLike) -> Floats:
    """Posts on X, without unit. `mean_others`: mean engagements of the account's other posts. NaN without one, or when
    it is 0 (nothing to compare with)."""
    quoted = np.nan_to_num(counts(quotes)) > QUOTE_SHARE * np.maximum(np.nan_to_num(counts(retweets)), 0.0)
    return _ratio(engagements, mean_others) * np.where(quoted, QUOTE_BOOST, 1.0)


def commerce_score(*, views: ArrayLike, mean_others: ArrayLike, is_commerce: ArrayLike) -> Floats:
    """Without unit. `mean_others`: mean views of the hashtag's other videos. NaN without it or at 0."""
    boost = np.where(np.asarray(is_commerce, dtype=bool), COMMERCE_BOOST, 1.0)
    return _ratio(views, mean_others) * boost


def trending_score(
    *, views_per_hour: ArrayLike, age_hours: ArrayLike, engagements: ArrayLike, views: ArrayLike
) -> Floats:
    """velocity x recency x virality. NaN without a rate or an age; a falling count has velocity 0."""
    rate, age = np.asarray(views_per_hour, np.float64), np.maximum(np.asarray(age_hours, np.float64), 0.0)
    velocity = np.log10(1.0 + np.maximum(rate, 0.0))
    recency = 0.5 ** (age / RECENCY_HALF_LIFE_HOURS)
    seen, engaged = counts(views), np.maximum(counts(engagements), 0.0)
    return velocity * recency * (1.0 + np.minimum(np.nan_to_num(over(engaged, seen)), 1.0))


def _ratio(value: ArrayLike, mean: ArrayLike) -> Floats:
    return over(np.maximum(counts(value), 0.0), counts(mean))
