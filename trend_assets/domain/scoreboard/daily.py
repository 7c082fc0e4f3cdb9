"""Grading stored days: rankings of 1, 3 and 7 days before, with what had happened by the end of the day of grading.

What the asset `velocity.scoreboard` computes, without Dagster and database: frames in, frames out.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import cast

import pandas as pd

from trend_assets.domain.chance.outcomes import count_at_horizon
from trend_assets.domain.scoreboard.contestants import contestants, with_parts
from trend_assets.domain.scoreboard.grading import grade_moment
from trend_assets.tables.catalogue import columns_of

HORIZON_DAYS = (1, 3, 7)
BOARD_COLUMNS = columns_of("velocity.scoreboard")


def grade_days(scores_of: Mapping[date, pd.DataFrame], snapshots: pd.DataFrame, *, graded_on: date) -> pd.DataFrame:
    """Grades of the rankings in `scores_of` (day → `velocity.scores` rows), each by its distance to `graded_on`.

    `snapshots`: rows of `trends.post_snapshots` from the oldest ranked day to `graded_on`; later ones are ignored.
    Positions are not graded (nothing counts there). Returns BOARD_COLUMNS, one row per source, world, horizon, label,
    group and score.
    """
    end = pd.Timestamp(graded_on, tz="UTC") + pd.Timedelta(days=1)
    known = snapshots[snapshots["measured_at"] < end]
    boards = []
    for ranked_date, scores in scores_of.items():
        horizon = 24 * (graded_on - ranked_date).days
        rows = with_parts(scores[scores["score_class"] != "position"].reset_index(drop=True))
        if rows.empty:
            continue
        ahead = count_at_horizon(rows, known, horizon_hours=horizon)
        for key, places in rows.groupby(["source", "is_simulated"]).indices.items():
            source, simulated = cast(tuple[str, bool], key)
            board = grade_moment(rows.iloc[places], ahead[places], contestants(rows.iloc[places]))
            boards.append(
                board.assign(
                    ranked_date=ranked_date, source=source, horizon_hours=horizon, is_simulated=bool(simulated)
                )
            )
    boards = [board for board in boards if len(board)]
    if not boards:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in BOARD_COLUMNS})
    return pd.concat(boards, ignore_index=True).loc[:, BOARD_COLUMNS]


def ranked_days(graded_on: date) -> list[date]:
    """The days whose rankings are graded on a day."""
    return [graded_on - timedelta(days=days) for days in HORIZON_DAYS]
