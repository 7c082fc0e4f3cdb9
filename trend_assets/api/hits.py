"""The hit rate as the API's sessions read it: the same sentence as in the issue, from rows of `feed.outcomes`."""

from datetime import date, timedelta

from trend_assets.api.reading import Reader

ISSUES, LOOK_BACK_DAYS = 30, 60


def hit_rate_sentence(reader: Reader, day: date) -> str:
    """What issues that were graded by the end of `day` gave, and what came."""
    import pandas as pd

    from trend_assets.domain.feed.hit_rate import hit_rate

    rows = reader.rows(
        """SELECT * FROM feed.outcomes WHERE observed_date IN (
             SELECT DISTINCT observed_date FROM feed.outcomes WHERE observed_date BETWEEN %s AND %s
             ORDER BY 1 DESC LIMIT %s)""",
        (day - timedelta(days=LOOK_BACK_DAYS), day, ISSUES),
    )
    return hit_rate(pd.DataFrame(rows)).sentence
