"""What issues said and what came, as readers are told it: `hit_rate` over the last issues, `what_came` of one.

Reads `feed.outcomes` up to a day and nothing later, so that an issue that is made again says the same.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from trend_assets.domain.feed.hit_rate import HitRate
from trend_assets.domain.feed.hit_rate import hit_rate as rate_of

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.warehouse.warehouse import Warehouse

ISSUES = 30
"""Issues over which readers are told the rate."""
_LOOK_BACK_DAYS = 60  # days without an issue are skipped, within reason


def hit_rate(warehouse: "Warehouse", day: date, *, issues: int = ISSUES) -> HitRate:
    """What the last `issues` issues that were graded by the end of `day` gave, and what came; `.sentence` says it."""
    return rate_of(outcomes_of_issues(warehouse, day, issues=issues))


def what_came(warehouse: "Warehouse", day: date) -> "pd.DataFrame":
    """The newest issue that was graded by the end of `day`, item by item: rows of `feed.outcomes` by rank, with the
    title and address that the issue still has of each."""
    came = outcomes_of_issues(warehouse, day, issues=1)
    if came.empty:
        return came.assign(title=None, url=None)
    issue = warehouse.read("feed.items", day=came["feed_date"].iloc[0], columns=["story_id", "title", "url"])
    return came.merge(issue, on="story_id", how="left")


def outcomes_of_issues(warehouse: "Warehouse", day: date, *, issues: int) -> "pd.DataFrame":
    """Rows of `feed.outcomes` of the last `issues` issues graded by the end of `day`, newest issue first, by rank."""
    start = day - timedelta(days=max(_LOOK_BACK_DAYS, 2 * issues))
    with warehouse.connect() as connection:
        days = connection.execute(
            "SELECT DISTINCT observed_date FROM feed.outcomes WHERE observed_date BETWEEN %s AND %s"
            " ORDER BY 1 DESC LIMIT %s",
            (start, day, issues),
        ).fetchall()
    oldest = min((found for (found,) in days), default=day)
    rows = warehouse.read("feed.outcomes", start=oldest, end=day)
    return rows.sort_values(["observed_date", "rank"], ascending=[False, True], ignore_index=True)
