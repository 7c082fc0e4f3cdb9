"""Sources whose numbers are not counts that grow: ordered by the score that their rows bring, never by growth."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.changes import measure_changes
from trend_assets.domain.velocity.worlds import score_worlds

DAY = date(2026, 11, 20)
START = datetime(2026, 11, 20, tzinfo=UTC)


def snapshot(item: str, at: datetime, rank: int, **counts: Any) -> dict[str, Any]:
    known = {"views": None, "likes": None, "comments": None, "shares": None, "quotes": None, **counts}
    about = {"source": "pages", "platform": "wiki", "external_id": item, "list_name": "en", "list_rank": rank}
    who = {"creator_id": None, "creator_handle": None, "creator_followers": None, "posted_at": None}
    return {**about, **who, **known, "measured_at": at, "is_simulated": False}


def scored(stated: list[dict[str, Any]], snapshots: list[dict[str, Any]]) -> pd.DataFrame:
    seen = pd.DataFrame(snapshots)
    changes = measure_changes(seen, day_start=START, until=START + timedelta(days=1))
    rows = score_worlds(
        changes=changes,
        snapshots=seen,
        day=DAY,
        rings_of=lambda entries: pd.DataFrame(columns=["platform", "scope", "key", "entries"]),
        curves=curve_book.empty().assign(is_simulated=pd.Series(dtype=bool)),
        commerce=pd.DataFrame(columns=["external_id", "is_commerce"]),
        ranks=pd.DataFrame(columns=["external_id", "score"]),
        stated=pd.DataFrame(stated),
    )
    return rows.set_index("external_id")


def own(item: str, score: float, baseline: float, collected_at: datetime = START) -> dict[str, Any]:
    about = {"source": "pages", "platform": "wiki", "external_id": item, "collected_at": collected_at}
    return {**about, "stated_score": score, "stated_baseline": baseline, "stated_items": 28, "is_simulated": False}


def test_items_are_ordered_by_the_score_that_their_rows_bring_on_the_first_day() -> None:
    rows = scored(
        [own("loud every day", 1.0, 90_000), own("quiet until today", 40.0, 1_000)],
        [snapshot("loud every day", START, 1), snapshot("quiet until today", START, 2)],
    )
    assert rows.loc["quiet until today", "source_percentile"] > rows.loc["loud every day", "source_percentile"]
    assert rows.loc["quiet until today", ["source_score", "baseline", "baseline_items"]].tolist() == [40.0, 1_000, 28]
    assert set(rows["score_class"]) == {"position"}


def test_a_quiet_day_after_a_loud_one_is_not_a_count_that_fell() -> None:
    yesterday = START - timedelta(days=1)
    rows = scored([own("calm", 0.5, 8_000)], [snapshot("calm", yesterday, 1), snapshot("calm", START, 3)])
    assert rows["delta_views"].isna().all() and rows["views_per_hour"].isna().all()
    assert rows["rising"].isna().all()
    assert not rows["reason"].fillna("").str.contains("fell").any()


def test_the_newest_collection_of_the_day_counts() -> None:
    later = START + timedelta(hours=6)
    rows = scored([own("a", 9.0, 10, later), own("a", 2.0, 10)], [snapshot("a", START, 1)])
    assert rows.loc["a", "source_score"] == pytest.approx(9.0)
