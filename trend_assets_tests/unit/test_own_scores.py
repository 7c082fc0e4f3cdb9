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
        stated=pd.DataFrame(stated) if stated else None,
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


THIN = "Not enough history of the creator for a leap."
ALONE = "Nothing to compare with for the source's own score."
ONCE = "Measured once within 8 days: no growth yet."
NO_AGE = "No posting time: age unknown."
NOT_COUNTED = "The newest measurement has no count."
NOT_GRADED = "No probability yet: no ranking of its source has an outcome yet; one has three days after it was made."
NO_COUNT = "No probability yet: its count is not known."
PLACES = "No probability yet: its source shows places and no counts, and a probability is one of growth."


def test_what_is_missing_from_a_score_is_explained_in_these_words() -> None:
    elsewhere = {"source": "videos", "platform": "tiktok", "posted_at": START}
    mine = [f"mine{number}" for number in range(4)]
    rows = scored(
        [own("stated", 5.0, 10), own("stated without a score", float("nan"), 10)],
        [
            snapshot("stated", START, 1),
            snapshot("stated without a score", START, 2, views=9),
            snapshot("counted once", START, 3, views=70_001) | elsewhere,
            snapshot("not counted", START, 4) | elsewhere,
            snapshot("not counted", START - timedelta(days=1), 4, views=9) | elsewhere,
            snapshot("alone on X", START, 5, views=701, likes=3) | elsewhere | {"platform": "x"},
            *(snapshot(item, START, 6, views=501) | elsewhere | {"creator_id": "me"} for item in mine),
        ],
    )
    told = {item: (row["reason"], row["chance_reason"]) for item, row in rows.iterrows()}
    assert told == {
        "stated": (None, PLACES),
        "stated without a score": (f"{ONCE} {NO_AGE} {ALONE}", NOT_GRADED),
        "counted once": (f"{ONCE} {THIN}", NOT_GRADED),
        "not counted": (f"{NOT_COUNTED} {THIN} {ALONE}", NO_COUNT),
        "alone on X": (f"{ONCE} {THIN} {ALONE}", NOT_GRADED),
        **dict.fromkeys(mine, (ONCE, NOT_GRADED)),
    }
    assert rows[["chance", "chance_by", "chance_outcomes"]].isna().all(axis=None)


def test_a_row_carries_every_part_that_its_score_is_made_of() -> None:
    about = {"source": "videos", "platform": "tiktok", "posted_at": START - timedelta(days=1), "creator_id": "me"}
    views = {"mine": (2_001, 1_001), "one": (901, 801), "two": (501, 401), "three": (701, 601), "four": (301, 201)}
    day = timedelta(days=1)
    rows = scored(
        [],
        [
            snapshot(item, at, 1, views=count, likes=count // 10, comments=count // 100, shares=count // 1000) | about
            for item, counts in views.items()
            for at, count in zip((START + day / 2, START - day / 2), counts, strict=True)
        ],
    )
    row = rows.loc["mine"].dropna().to_dict()
    rate, first = 1_000 / 24, 0.9  # of five equals in age the first stands at 4.5 fifths
    spread, trending = 222.3869532987398, 1.0767902590163374
    both = {
        "views": 2_001.0, "delta_views": 1_000.0, "hours_between": 24.0, "age_hours": 36.0, "views_per_hour": rate,
        "rising_expected": first, "forecast_views_per_hour": rate, "challenger_z": 0.9779902773310204,
        "trending_score": trending,
    }  # fmt: skip
    assert dict(row.pop("parts")) == pytest.approx(both | {
        "likes": 200.0, "comments": 20.0, "shares": 2.0, "counted": "views", "tenure_hours": 24.0,
        "relative_growth_per_hour": rate / 2_001, "rising_peers": 5, "rising_within": "platform, age known or not",
        "median_others": (501 + 701) / 2, "mean_others": (901 + 501 + 701 + 301) / 4, "spread_others": spread,
        "others": 4.0, "measurements": 2, "list_rank": 1.0, "rounding_step": 0.0,
        "lifetime_views_per_hour": 2_001 / 36, "rate_over_lifetime_place": first, "forecast_place": first,
        "list_share": 1.0, "size_place": first, "likes_place": first, "comments_place": first,
    })  # fmt: skip
    captured = [row.pop("previous_measured_at"), row.pop("measured_at")]
    assert captured == [START - day / 2, START + day / 2]
    assert row == pytest.approx(both | {
        "source": "videos", "platform": "tiktok", "list_name": "en", "creator_id": "me",
        "engagement_velocity": round((200 + 20 + 2) / 36, 2), "rising": first, "leap": rate / 601,
        "range": (2_001 + 72 * rate) / (601 + 3 * spread), "plain_order": first, "source_score": trending,
        "chance_reason": NOT_GRADED, "score_class": "measured", "source_percentile": first, "baseline": 601.0,
        "baseline_items": 4.0, "is_simulated": False,
    })  # fmt: skip
