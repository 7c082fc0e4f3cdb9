"""What an issue said of its items and what came: per item, and as the rate that readers are told.

    feed.items of a day + what velocity graded three days later ─▶ what_came ─▶ feed.outcomes
    rows of feed.outcomes of many issues ─▶ hit_rate ─▶ one sentence, the same wherever readers are

An item came true when it rose as `domain/chance/outcomes` says: in the top tenth of growth among items of its age,
three days later. How the order was graded against plain rankings does not belong here (`grading.py`).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from trend_assets.domain.chance.calibration import CONFIDENT
from trend_assets.domain.chance.outcomes import TOP_SHARE
from trend_assets.platforms import PLATFORMS

POST = ["source", "platform", "external_id"]
CAME_COLUMNS = (
    "feed_date", "rank", "story_id", "source", "platform", "external_id", "chance", "is_first_listing",
    "measured_at", "views", "views_ahead", "still_to_come", "has_risen", "reason", "is_simulated",
)  # fmt: skip
NOT_AGAIN = "It was not measured again three days later."
NO_PEERS = "Too few items of its source were measured again to tell who rose."
NO_COUNT = "Its count was not known."
BY_PLACES = "It is ranked by places of a list, which have no growth to be graded by."
_BY_PLACES = tuple(row.name for row in PLATFORMS.values() if row.scored_by == "places")


def what_came(items: pd.DataFrame, graded: pd.DataFrame) -> pd.DataFrame:
    """One row per item of an issue (CAME_COLUMNS). `items`: rows of `feed.items` of one day; `graded`: what
    `chance.outcomes.graded` says of them. Unknown is NULL, with the reason."""
    columns = [*POST, "views_ahead", "has_risen"]
    found = graded.loc[:, columns] if len(graded) else pd.DataFrame(columns=columns)
    rows = items.merge(found, on=POST, how="left", indicator="graded").sort_values("rank", ignore_index=True)
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
    ).loc[:, list(CAME_COLUMNS)]


@dataclass(frozen=True)
class HitRate:
    """What issues gave and what came, over `issues` issues from `since` to `until`. `items`: in them; `judged`: of
    those, measured again and graded; `came`: of those, rose. `given`, `given_came`: judged items with a chance;
    `said`: their mean chance. `confident`, `confident_came`: judged items that were given CONFIDENT or more.
    `still_to_come`: median share, of the count that risers had three days after they were first listed, that was yet
    to come when they were."""

    since: date | None
    until: date | None
    issues: int
    items: int
    judged: int
    came: int
    given: int
    given_came: int
    said: float | None
    confident: int
    confident_came: int
    still_to_come: float | None
    is_simulated: bool

    @property
    def base_rate(self) -> float:
        """What chance gets."""
        return TOP_SHARE

    @property
    def sentence(self) -> str:
        """The rate in words, with chance beside it and since when."""
        if not self.issues:
            return "No issue is three days old yet, so nothing is known of how often it was right."
        over = f"the last {self.issues} issues" if self.issues > 1 else "the issue"
        since = f" (since {self.since:%Y-%m-%d})" if self.issues > 1 else f" of {self.since:%Y-%m-%d}"
        if not self.judged:
            return f"None of the {self.items} items of {over}{since} was measured again three days later."
        chance = f"chance is {self.base_rate:.0%}"
        every = f"of the {self.judged} that were measured again {self.came / self.judged:.0%} rose"
        if not self.given:
            return f"The items of {over}{since} were given no probability yet; {every}, {chance}."
        told = f"where we had said {self.said:.0%} on average, {self.given_came / self.given:.0%} rose"
        if not self.confident:
            return f"No item of {over}{since} was given {CONFIDENT:.0%} or more; {told}; {chance}."
        return (
            f"Of the {self.confident} items that {over}{since} gave {CONFIDENT:.0%} or more, "
            f"{self.confident_came / self.confident:.0%} rose; {told}; {chance}."
        )


def hit_rate(came: pd.DataFrame) -> HitRate:
    """The rate over rows of `feed.outcomes`, of one or many issues."""
    if came.empty:
        return HitRate(None, None, 0, 0, 0, 0, 0, 0, None, 0, 0, None, False)
    judged = came[came["has_risen"].notna()]
    rose = judged["has_risen"].astype(bool).to_numpy()
    chance = _floats(judged["chance"])
    given, sure = np.isfinite(chance), np.nan_to_num(chance) >= CONFIDENT
    first = _floats(judged["still_to_come"])[rose & judged["is_first_listing"].astype(bool).to_numpy()]
    first = first[np.isfinite(first)]
    return HitRate(
        since=min(came["feed_date"]),
        until=max(came["feed_date"]),
        issues=int(came["feed_date"].nunique()),
        items=len(came),
        judged=len(judged),
        came=int(rose.sum()),
        given=int(given.sum()),
        given_came=int(rose[given].sum()),
        said=float(chance[given].mean()) if given.any() else None,
        confident=int(sure.sum()),
        confident_came=int(rose[sure].sum()),
        still_to_come=float(np.median(first)) if len(first) else None,
        is_simulated=bool(came["is_simulated"].any()),
    )


def _floats(column: pd.Series) -> np.ndarray:
    return column.to_numpy(np.float64, na_value=np.nan)
