"""Rows in any order give the same bytes: of every function that ranks, cuts or picks from what it is given.

The inputs are made of ties: few values, many rows, several rows of one item at one moment that disagree elsewhere.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trend_assets.competitors.providers import from_corpus
from trend_assets.domain.comets.candidates import candidate_videos, candidates, covers_wanted, judge_pronouns
from trend_assets.domain.comets.growth import growth
from trend_assets.domain.comets.reports import keyword_yield, top_growing
from trend_assets.domain.comets.words import word_lists
from trend_assets.domain.feed.grading import with_hits
from trend_assets.domain.feed.items import by_story, heat_of, proof_links
from trend_assets.domain.feed.patterns import trend_patterns
from trend_assets.domain.scores.positions import category_movers, rank_changes
from trend_assets.domain.velocity import baselines
from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.changes import measure_changes
from trend_assets.domain.velocity.panel import PlatformBudget, plan
from trend_assets.domain.velocity.scoring import Formulas, entries_of_day
from trend_assets.domain.velocity.worlds import learn_worlds, members_of_day, score_worlds

DAY = date(2026, 11, 20)
START = datetime(2026, 11, 20, tzinfo=UTC)
FORMULAS = Formulas(
    by_list=frozenset({"tiktok_commerce"}),
    by_position=frozenset({"amazon_positions"}),
    panels=frozenset({"panel_youtube", "panel_tiktok"}),
)
MOMENTS = [START + timedelta(hours=hours) for hours in (-30, -26, -4, 6, 6, 9, 9)]


def rows(number: int, /, **columns: Any) -> pd.DataFrame:
    """`number` rows; a list is chosen from by fixed dice, anything else is every row's value."""
    dice = np.random.default_rng(number)
    return pd.DataFrame(
        {
            name: [values[place] for place in dice.integers(len(values), size=number)]
            if isinstance(values, list)
            else [values] * number
            for name, values in columns.items()
        }
    )


def snapshots() -> pd.DataFrame:
    found = rows(
        400, source=["tiktok_trending", "comet_videos", "tiktok_commerce", "panel_tiktok"], platform="tiktok",
        external_id=list("abcdefgh"), list_name=["US", "DE"], list_rank=[None, 1.0, 2.0, 3.0],
        creator_id=["x", "y", None], creator_handle=["x", "X", None], creator_followers=[None, 5.0, 70_000.0],
        posted_at=[START - timedelta(days=2), START - timedelta(days=3), None],
        views=[0.0, 100.0, 120.0, 900.0, None], likes=[0.0, 3.0, None], comments=[1.0, None], shares=[0.0, 2.0],
        quotes=[None], measured_at=MOMENTS, is_simulated=[True, False],
    )  # fmt: skip
    for name in ("measured_at", "posted_at"):
        found[name] = pd.to_datetime(found[name], utc=True)
    return found


def changes(given: pd.DataFrame) -> pd.DataFrame:
    return measure_changes(given, day_start=START, until=START + timedelta(days=1))


def rings(given: pd.DataFrame) -> pd.DataFrame:
    entries = given.assign(measured_at=pd.to_datetime(given["measured_at"], utc=True))
    stored = pd.DataFrame({"platform": [], "scope": [], "key": [], "entries": []})
    return baselines.roll(baselines.pool(entries, stored), day=DAY)


def scores(given: pd.DataFrame) -> pd.DataFrame:
    no_rings = pd.DataFrame({"platform": [], "scope": [], "key": [], "entries": []})
    ranks = pd.DataFrame({"external_id": ["a", "a", "b"], "score": [1.0, 2.0, 1.0]})
    return score_worlds(
        changes=changes(given), snapshots=given, day=DAY, rings_of=lambda _: no_rings,
        curves=learn_worlds(given, curve_book.empty(), day_start=START, until=START + timedelta(days=1)),
        commerce=pd.DataFrame({"external_id": ["a"], "is_commerce": [True]}), ranks=ranks, formulas=FORMULAS,
    )  # fmt: skip


def entries(given: pd.DataFrame) -> pd.DataFrame:
    members = members_of_day(given, START, formulas=FORMULAS)
    return rings(entries_of_day(changes(given), members, formulas=FORMULAS))


def positions() -> pd.DataFrame:
    return rows(
        200, list_name=["beauty", "health"], external_id=list("abcdefgh"), list_rank=[None, 1.0, 2.0, 3.0, 9.0],
        measured_at=[START, START + timedelta(hours=5)], page_rank_change_pct=[None, 33.3, -12.1, 7.7],
        is_simulated=[True, False],
    ).assign(measured_at=lambda frame: pd.to_datetime(frame["measured_at"], utc=True))  # fmt: skip


def amazon(given: pd.DataFrame) -> pd.DataFrame:
    past = given[given["list_rank"] != 2.0].assign(measured_at=given["measured_at"] - pd.Timedelta(days=1))
    return rank_changes(given, past)


def found_videos() -> pd.DataFrame:
    return rows(
        120, observed_date=DAY, creator_id=["x", "y", None], creator_sec_uid=["s", None], creator_handle=["x", "X"],
        creator_name=["a", "b", None], creator_signature=["she/her", "", None], creator_avatar_url=[None, "u"],
        creator_followers=[None, 5, 6], external_id=list("abcd"), list_name=["one", "two"], list_rank=[None, 1, 2],
        description=["I am a girl", "her day", "x"], cover_urls=["c", "d"], posted_at=[START, None],
        views=[None, 5, 9], measured_at=[START, START + timedelta(hours=1)], is_simulated=[True, False],
    )  # fmt: skip


def covers(given: pd.DataFrame) -> list[dict[str, Any]]:
    lists = word_lists()
    videos, _ = candidate_videos(given)
    found = candidates(given)
    passed = found.assign(verdict="passed", is_reached=True)
    return covers_wanted(judge_pronouns(found, videos, passed, lists=lists), videos)


def followers() -> pd.DataFrame:
    return rows(
        60, user_id=list("abcdef"), observed_date=[DAY - timedelta(days=days) for days in (1, 2, 3)],
        followers=[10, 20], hearts=[1, 2], videos=[3, 4], handle=["x", "y"],
    ).drop_duplicates(["user_id", "observed_date"])  # fmt: skip


def grown(given: pd.DataFrame) -> pd.DataFrame:
    today = rows(6, observed_date=DAY, followers=[10, 20], hearts=[1], videos=[3]).assign(user_id=list("abcdef"))
    return growth(today, given)


def proofs() -> pd.DataFrame:
    return rows(
        60, story_id="s", source=["a", "b"], platform=["tiktok", "youtube"], external_id=["1", "2"],
        source_percentile=[0.5, 0.9], url="u", title="t", creator_handle="h", similarity=0.5,
        matched_by=["lead", "same text"],
    ).drop_duplicates(["source", "platform", "external_id"]).assign(
        source_rank=lambda frame: range(len(frame)), source_items=9
    )  # fmt: skip


CASES: dict[str, tuple[Callable[[], pd.DataFrame], Callable[[pd.DataFrame], Any]]] = {
    "changes": (snapshots, changes),
    "members of a day": (
        snapshots,
        lambda given: members_of_day(given, START, formulas=FORMULAS).sort_values(
            ["source", "platform", "external_id"]
        ),
    ),
    "curves": (
        snapshots,
        lambda given: learn_worlds(given, curve_book.empty(), day_start=START, until=START + timedelta(days=1)),
    ),
    "scores": (snapshots, scores),
    "rings of a day": (snapshots, entries),
    "rings": (
        lambda: rows(
            200, platform="tiktok", scope="creator", key=["x", "y"], external_id=list("abcdef"), value=[0.1, 0.2, 0.7],
            engagements=[None, 0.1, 0.3], age_bin=[1, 2], measured_at=[START, START + timedelta(hours=1)],
        ),
        rings,
    ),
    "product ranks": (positions, amazon),
    "categories": (lambda: amazon(positions()), category_movers),
    "candidate videos": (found_videos, lambda given: candidate_videos(given)[0]),
    "candidates": (found_videos, candidates),
    "covers": (found_videos, covers),
    "keywords": (
        lambda: candidates(found_videos()),
        lambda given: keyword_yield(candidates=given, accepted={"x"}, new=set()),
    ),
    "growth": (followers, grown),
    "top growing": (
        lambda: followers().assign(growth_followers=1, growth_pct=0.1, is_simulated=True),
        lambda given: top_growing(given, day=DAY),
    ),
    "heat": (proofs, lambda given: heat_of(by_story(given)["s"])),
    "proof links": (proofs, lambda given: proof_links(by_story(given)["s"])),
    "hits": (
        lambda: rows(
            200, source=["a", "b"], platform=["tiktok", "x"], external_id=[str(n) for n in range(30)],
            views=[100.0, 200.0], later_views=[200.0, 300.0, None], list_rank=[None], later_rank=[None],
            age_hours=[5.0, None, 90.0], tenure_hours=3.0,
            score_class="measured", feed_rank=[None, 1.0, 2.0], is_simulated=True,
        ).drop_duplicates(["source", "platform", "external_id"]),
        with_hits,
    ),
    "patterns": (
        lambda: rows(
            60, platform="tiktok", source_percentile=[0.95, 0.5], score_class="measured", views_per_hour=[None, 5.0],
            duration_seconds=[5.0, 70.0], hashtags=[["a"], ["b", "a"], None], sound=["s", None], title="t",
            description=["How to?", "3 ways"], posted_at=[pd.Timestamp(START)], creator_followers=[None, 5.0],
            creator_id=["x", "y", "z"], creator_handle="h", url="u", is_simulated=True,
        ).assign(external_id=[str(number) for number in range(60)]),
        lambda given: trend_patterns(given, day=DAY, period="day"),
    ),
    "panel": (
        lambda: rows(
            40, platform=["tiktok", "youtube"], url=["u", None], percentile=[0.5, 0.9], score_class=["new", "measured"],
            last_measured_at=[pd.Timestamp(START)], last_worth_at=[pd.Timestamp(START)],
            is_measured_today=[True, False], is_simulated=True, chance=[None, 0.5], entry_age_hours=[80.0, 3.0],
            is_in_issue=[True, False],
        ).assign(external_id=[str(number) for number in range(40)]),
        lambda given: plan(
            given, now=START, budgets={name: PlatformBudget(5, usd_per_item=0.1) for name in ("tiktok", "youtube")}
        ),
    ),
    "corpus creators": (
        lambda: rows(
            40, platform="tiktok", external_id=["1", "2"], handle=["a", "b"], posts=[1, 2], median_views=[None, 5.0],
            followers=[None, 9], matched_topics=[["a"], ["b"]], topic_share=[0.5], source_labels=[["s"]],
            measured_at=[START], is_simulated=True, name=["x", "y"],
        ).astype(object),
        lambda given: from_corpus(
            [{k: None if v is not v else v for k, v in row.items()} for row in given.to_dict("records")],
            topics=["a", "b"], seed_followers=None, limit=7,
        ),
    ),
}  # fmt: skip


def as_bytes(result: Any) -> str:
    plain = result.to_dict("records") if isinstance(result, pd.DataFrame) else result
    return json.dumps(plain, default=str, indent=1)


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_the_rows_never_shows(case: str) -> None:
    build, function = CASES[case]
    given = build()
    expected = as_bytes(function(given.copy()))
    assert len(expected) > 100, "the case says something"
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(given))
        assert as_bytes(function(given.iloc[order].reset_index(drop=True))) == expected


def test_a_day_without_a_capture_keeps_the_curves_that_are_known():
    known = learn_worlds(snapshots(), curve_book.empty(), day_start=START, until=START + timedelta(days=1))
    later = START + timedelta(days=1)
    kept = learn_worlds(snapshots().iloc[:0], known, day_start=later, until=later + timedelta(days=1))
    place = ["is_simulated", "platform", "curve", "bin", "middle"]
    assert len(known) and kept[place].to_dict("records") == known[place].to_dict("records")
    assert set(kept["items_today"]) == {0}
