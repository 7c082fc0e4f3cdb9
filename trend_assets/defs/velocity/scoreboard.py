"""The scoreboard: every day's ranking is a forecast, graded with what happened.

velocity/scores of 1, 3 and 7 days before ─┐
trends/post_snapshots of those days to now ┴─▶ velocity/scoreboard ─▶ table, plot
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from trend_assets.defs.partitions import days_before
from trend_assets.defs.table_asset import Day, DayOutput, chart, shown_table, table_asset

if TYPE_CHECKING:
    import pandas as pd


@table_asset(
    "velocity.scoreboard", deps=[days_before("velocity.scores", 7, 1), "trends.post_snapshots"], kinds={"pandas"}
)
def scoreboard(day: Day) -> DayOutput:
    """One row per day of grading, source, horizon, label, group of items and score: how good the ranking was.

    Rankings of 1, 3 and 7 days before are graded with what had happened by the end of the day: our scores and the
    plain ones beside each other; items that were not measured again are not graded, and their share is stated.
    """
    from trend_assets.domain.scoreboard.daily import grade_days, ranked_days

    days = ranked_days(day.date)
    scores = {ranked: day.read("velocity.scores", start=ranked, end=ranked) for ranked in days}
    snapshots = day.read(
        "trends.post_snapshots",
        start=min(days) - timedelta(days=1),
        end=day.date,
        columns=["platform", "external_id", "measured_at", "views", "likes"],
    )
    board = grade_days(scores, snapshots, graded_on=day.date).assign(observed_date=day.date)
    return DayOutput(board, metadata=picture(board))


def picture(board: "pd.DataFrame") -> dict[str, Any]:
    """The board as metadata: a plot of three days ahead (else of the longest horizon) and its table."""
    from trend_assets.domain.feed.frames import known_records
    from trend_assets.domain.scoreboard.contestants import OURS
    from trend_assets.domain.scoreboard.grading import summarise
    from trend_assets.newsletters.rendering.scoreboard_plot import plot_scoreboard

    if board.empty:
        return {"graded": "Nothing to grade: no ranking of 1, 3 or 7 days before, or too few items measured again."}
    means = summarise(board)
    horizons = set(means["horizon_hours"])
    horizon = 72 if 72 in horizons else max(horizons)
    shown = means[(means["horizon_hours"] == horizon) & (means["items"] == "all")]
    png = plot_scoreboard(shown, ours=OURS, column="precision_at_10", title=f"{horizon} hours ahead, all items")
    return {"plot": chart(png, "scoreboard"), "table": shown_table(known_records(shown[list(_SHOWN)].round(3)), _SHOWN)}


_SHOWN = (
    "label", "score", "precision_at_10", "r_precision", "average_precision", "lift", "spearman", "survivors_share",
)  # fmt: skip
