"""What issues said and what came, as readers are told it, over the last issues.

Reads `feed.outcomes` up to a day and nothing later, so that an issue that is made again says the same.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from trend_assets.domain.feed.hit_rate import HitRate
from trend_assets.domain.feed.hit_rate import hit_rate as rate_of

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

ISSUES = 30
"""Issues over which readers are told the rate."""
_LOOK_BACK_DAYS = 60  # days without an issue are skipped, within reason

OUTCOMES_OF_ISSUES = """
    SELECT came.*, items.title, items.url, graded.r_precision FROM feed.outcomes came
    LEFT JOIN feed.items items ON items.observed_date = came.feed_date AND items.story_id = came.story_id
    LEFT JOIN feed.scoreboard graded ON graded.observed_date = came.observed_date AND graded.ranking = 'feed'
        AND graded.feed_date = came.feed_date
    WHERE came.observed_date IN (
        SELECT DISTINCT observed_date FROM feed.outcomes WHERE observed_date BETWEEN %(start)s AND %(day)s
        ORDER BY observed_date DESC LIMIT %(issues)s
    )
    ORDER BY came.observed_date DESC, came.rank
"""
"""Rows of `feed.outcomes` of the last issues that were graded by a day, newest issue first, each with the title and
address that its issue still has of it, and how well the issue's order over all sources did."""


def hit_rate(warehouse: "Warehouse", day: date) -> HitRate:
    """What the last issues that were graded by the end of `day` gave, and what came; `.sentence` says it."""
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return rate_of(cursor.execute(OUTCOMES_OF_ISSUES.encode(), issues_until(day)).fetchall())


def issues_until(day: date) -> dict[str, Any]:
    """The parameters of OUTCOMES_OF_ISSUES."""
    return {"day": day, "start": day - timedelta(days=_LOOK_BACK_DAYS), "issues": ISSUES}
