"""Source report, grades of past feeds, trend report and its prose, explanations: pure functions."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.domain.feed.explain import explained_records, explanation_text, left_out_text
from trend_assets.domain.feed.grading import grade_feed, lead_time_hours, with_hits
from trend_assets.domain.feed.patterns import (
    duration_band,
    hook,
    lift_interval,
    pattern_told,
    summary_sentences,
    trend_patterns,
)
from trend_assets.domain.feed.rules import FeedRules, SourceRule
from trend_assets.domain.feed.sources import never_collected, nothing_worked, source_report

DAY = date(2026, 11, 20)
SIX = datetime(2026, 11, 20, 6, tzinfo=UTC)
RULES = FeedRules(
    {
        "tiktok_trending": SourceRule("tiktok_trending", "TikTok trending", "core", 1.0),
        "x_posts": SourceRule("x_posts", "X", "stretch", 0.8),
        "imported_posts": SourceRule("imported_posts", "Your imports", "core", 1.0, is_optional=True),
    }
)
ATTEMPT = {"calls": 2, "replayed": 0, "cost_usd": 0.01, "items": 40, "is_simulated": False}
MEASURED = pd.DataFrame(columns=["source", "scored_items", "measured_at", "is_simulated"])


def attempts(*rows: dict[str, Any]) -> pd.DataFrame:
    base = [
        {"attempt_id": str(n), "started_at": SIX + timedelta(hours=n), "reason": None} | ATTEMPT | row
        for n, row in enumerate(rows)
    ]
    return pd.DataFrame(base or None, columns=["attempt_id", "started_at", "reason", "source", "outcome", *ATTEMPT])


def report(*rows: dict[str, Any], measured: pd.DataFrame = MEASURED) -> pd.DataFrame:
    return source_report(attempts(*rows), measured, day=DAY, rules=RULES, withheld={}).set_index("source")


def test_a_source_that_was_not_asked_because_another_has_no_key_is_skipped_for_that_reason():
    rules = FeedRules(
        {
            "words": SourceRule("words", "Words", "core", 1.0),
            "search": SourceRule("search", "Search", "core", 1.0, after="words"),
        }
    )
    skipped = attempts({"source": "words", "outcome": "skipped", "reason": "WORDS_KEY is not set."})
    found = source_report(skipped, MEASURED, day=DAY, rules=rules, withheld={}).set_index("source")
    assert list(found["status"]) == ["skipped", "skipped"]
    assert found.loc["search", "reason"] == "It needs words, which was skipped: WORDS_KEY is not set."
    without = FeedRules({"search": rules.sources["search"]})
    for tried, known in ((skipped, without), (attempts(), rules), (attempts(), without)):
        found = source_report(tried, MEASURED, day=DAY, rules=known, withheld={}).set_index("source")
        assert found.loc["search", "reason"].startswith("It was not attempted on this day"), "nobody knows why"


def test_a_source_without_any_attempt_has_failed():
    rows = report()
    assert list(rows["status"]) == ["failed", "failed"]
    assert "not attempted" in rows.loc["x_posts", "reason"]
    assert "tiktok_trending failed" in (nothing_worked(rows.reset_index()) or "")


def test_imports_are_no_failure_on_a_day_without_any():
    assert "imported_posts" not in report().index
    measured = pd.DataFrame(
        [{"source": "imported_posts", "scored_items": 3, "measured_at": SIX, "is_simulated": False}]
    )
    assert report(measured=measured).loc["imported_posts", "status"] == "succeeded"


def test_a_later_failure_does_not_take_the_days_data_away_but_stays_visible():
    rows = report(
        {"source": "x_posts", "outcome": "succeeded"},
        {"source": "x_posts", "outcome": "failed", "reason": "apify answered 502.", "items": 0},
    )
    assert rows.loc["x_posts", "status"] == "succeeded"
    assert "apify answered 502." in rows.loc["x_posts", "reason"]
    assert rows.loc["x_posts", "items"] == 40
    assert rows.loc["x_posts", "cost_usd"] == pytest.approx(0.02)
    asked_again = report({"source": "x_posts", "outcome": "succeeded"}, {"source": "x_posts", "outcome": "running"})
    assert pd.isna(asked_again.loc["x_posts", "reason"]), "what still runs has not failed"
    withheld = source_report(
        attempts({"source": "x_posts", "outcome": "succeeded"}), MEASURED, day=DAY, rules=RULES,
        withheld={"x_posts": "Not shown."},
    ).set_index("source")  # fmt: skip
    assert withheld.loc["x_posts", "reason"] == "Not shown."


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("succeeded", "succeeded"),
        ("partial", "partial"),
        ("empty", "failed"),
        ("failed", "failed"),
        ("over_budget", "failed"),
        ("skipped", "skipped"),
        ("running", "failed"),
    ],
)
def test_every_outcome_of_an_attempt_has_a_status(outcome, status):
    assert report({"source": "x_posts", "outcome": outcome}).loc["x_posts", "status"] == status


def test_one_working_source_makes_a_feed():
    scored = pd.DataFrame([{"source": "x_posts", "scored_items": 3, "measured_at": SIX, "is_simulated": False}])
    assert nothing_worked(report({"source": "x_posts", "outcome": "partial"}, measured=scored).reset_index()) is None


def test_a_day_of_which_no_item_was_scored_is_no_quiet_day():
    """Its sources answered and its tables were lost (a full disk): that was an empty issue, said to be on purpose."""
    assert nothing_worked(report({"source": "x_posts", "outcome": "succeeded"}).reset_index()) == (
        "No item of this day has a score, so this day has no feed and the last good issue stays: its sources answered, "
        "but the tables between them and the feed were not written; materialize those first."
    )
    unsaid = report().reset_index().assign(reason=[None, " "])
    assert (nothing_worked(unsaid) or "").endswith(
        ": tiktok_trending failed (no reason given); x_posts failed (no reason given)"
    )


def outcomes(count: int = 40, **changes: Any) -> pd.DataFrame:
    """Items whose later growth is known: the higher the number, the more it will have grown."""
    numbers = np.arange(count)
    frame = pd.DataFrame(
        {
            "source": "tiktok_trending",
            "platform": "tiktok",
            "external_id": [f"{n:03d}" for n in numbers],
            "measured_at": pd.Timestamp(SIX),
            "views": 1000,
            "views_per_hour": (numbers * 7) % 41 + 1.0,
            "engagement_velocity": (numbers * 11) % 37 + 1.0,
            "leap": np.nan,
            "age_hours": 10.0,
            "tenure_hours": 0.0,
            "chance": np.where(numbers >= count - 10, 0.5, np.nan),
            "score_rank": [float(count - n) for n in numbers],
            "score_class": "measured",
            "list_rank": 5,
            "feed_rank": pd.array([count - n if n >= count - 10 else None for n in numbers], dtype="Int64"),
            "later_views": 1000 + numbers * 100,
            "later_rank": 5,
            "is_simulated": False,
        }
    )
    return frame.assign(**changes)


def grade(frame: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    return grade_feed(
        frame,
        pd.DataFrame() if history is None else history,
        day=DAY,
        feed_date=DAY - timedelta(days=3),
        horizon_days=3,
        weights={"tiktok_trending": 1.0},
    ).set_index("ranking")


def test_a_feed_that_named_the_risers_is_graded_with_its_lift():
    rows = grade(outcomes())
    assert rows.loc["feed", "k"] == 10
    assert rows.loc["feed", "precision_at_k"] == pytest.approx(0.4)
    assert rows.loc["feed", "base_rate"] == pytest.approx(0.1)
    assert rows.loc["feed", "lift_over_chance"] == pytest.approx(4.0)
    assert rows.loc["feed", ["r_precision", "hit_rate", "said", "came"]].tolist() == [1.0, 0.4, 0.5, 0.4]
    assert rows.loc["views_per_hour", "r_precision"] < 0.5 and pd.isna(rows.loc["views_per_hour", "said"])
    assert set(rows.index) == {"feed", "views", "views_per_hour", "engagement_velocity"}
    alone = grade(outcomes(views=np.nan, views_per_hour=np.nan, engagement_velocity=np.nan, score_class="position",
                           list_rank=100, later_rank=100 - np.arange(40)))  # fmt: skip
    assert list(alone.index) == ["feed"] and pd.isna(alone.loc["feed", "lift_over_best_plain"])
    assert alone.loc["feed", "lift_over_chance"] == pytest.approx(4.0)
    with_plain = grade(outcomes(views_per_hour=np.r_[40.0:0:-1]).assign(engagement_velocity=np.arange(40.0)))
    assert with_plain.loc["views_per_hour", "precision_at_k"] == 0
    assert with_plain.loc["feed", "lift_over_best_plain"] == pytest.approx(1.0)


def test_between_equal_scores_a_lot_decides_and_not_the_alphabet():
    equal = grade(outcomes(views_per_hour=7.0)).loc["views_per_hour", ["precision_at_k", "r_precision"]]
    assert (equal < grade(outcomes()).loc["feed", ["precision_at_k", "r_precision"]]).all(), "risers have the first ids"


def test_items_that_were_not_measured_again_are_not_judged_and_their_share_is_stated():
    frame = outcomes()
    frame.loc[:19, "later_views"] = np.nan
    rows = grade(frame)
    assert (rows.loc["feed", "graded"], rows.loc["feed", "survivor_share"]) == (20, 0.5)


def test_without_survivors_there_is_a_reason_and_no_grade():
    rows = grade(outcomes(later_views=np.nan))
    assert pd.isna(rows.loc["feed"].get("precision_at_k"))
    assert "measured again" in rows.loc["feed", "reason"]
    none = grade(outcomes(feed_rank=pd.array([None] * 40, dtype="Int64")))
    assert "no feed" in none.loc["feed", "reason"]


def test_the_merged_order_is_graded_over_all_sources_by_the_label_that_chances_are_of():
    other = outcomes(source="youtube_shorts", platform="youtube", feed_rank=pd.array([None] * 40, dtype="Int64"))
    other = other.assign(score_rank=np.arange(101.0, 141.0))
    rows = grade_feed(
        pd.concat([outcomes(), other], ignore_index=True), pd.DataFrame(), day=DAY, feed_date=DAY - timedelta(days=3),
        horizon_days=3, weights={"tiktok_trending": 1.0, "youtube_shorts": 1.0},
    ).set_index("ranking")  # fmt: skip
    # eight rose; the merged order has the four of TikTok first, and those of YouTube at the end of its list
    assert rows.loc["feed", ["r_precision", "hit_rate"]].tolist() == [0.5, 0.4]
    judged = with_hits(outcomes(120, age_hours=np.repeat([1.0, 500.0], 60)))
    assert judged.groupby("age_hours")["is_hit"].sum().tolist() == [6, 6], "young and old are not each other's peers"


def test_nothing_that_lost_or_stood_still_is_a_hit():
    assert not with_hits(outcomes(later_views=1000))["is_hit"].any()
    assert not with_hits(outcomes(later_views=500))["is_hit"].any()


def test_products_are_judged_by_the_places_they_gained():
    judged = with_hits(
        outcomes(score_class="position", views=np.nan, later_views=np.nan, later_rank=[1] * 4 + [9] * 36, list_rank=10)
    )
    assert judged["is_hit"].sum() == 4


def test_lead_time_is_counted_until_the_views_of_the_top_tenth_are_reached():
    frame = outcomes(12)
    frame["views"] = [10_000, 10_000, *([1000] * 10)]
    in_feed = with_hits(frame).assign(is_hit=True).query("external_id == '011'")
    history = pd.DataFrame(
        {
            "platform": "tiktok",
            "external_id": "011",
            "measured_at": pd.Timestamp(SIX) + pd.to_timedelta([12, 30], "h"),
            "views": [999, 20_000],
        }
    )
    assert lead_time_hours(in_feed, frame, history) == (30.0, 1)


def videos(count: int = 200) -> pd.DataFrame:
    """Risers are short, of many creators, and open alike; the others are anything."""
    rng = np.random.default_rng(3)
    rows = []
    for n in range(count):
        rises = n % 10 == 0
        rows.append(
            {
                "platform": "tiktok",
                "external_id": str(n),
                "source_percentile": 0.95 if rises else 0.5,
                "score_class": "measured",
                "views_per_hour": float(n),
                "duration_seconds": 12.0 if rises else float(rng.choice([12, 40, 90])),
                "hashtags": ["diy", "fyp"] if rises or n % 7 == 0 else ["cats"],
                "sound": "original sound - x",
                "title": None,
                "description": f"Day {n} of my wall" if rises else f"thing{n} that happened{n} today",
                "posted_at": pd.Timestamp(SIX),
                "creator_followers": 5_000,
                "creator_id": f"c{n}",
                "creator_handle": None,
                "url": None,
                "is_simulated": False,
            }
        )
    return pd.DataFrame(rows)


def test_the_report_finds_what_risers_share_and_says_how_often():
    rows = trend_patterns(videos(), day=DAY, period="day").set_index(["trait", "value"])
    short = rows.loc[("duration_band", "7-15 s")]
    assert (short["support"], short["risers"]) == (20, 20)
    assert short["is_supported"] and short["lift"] > 2
    assert rows.loc[("hook", "day # of …"), "is_supported"]
    assert rows.loc[("hashtag", "#diy"), "recommendation"].startswith("Make something for #diy: 20 of 20")
    # everybody posts at six and nobody wins by it
    assert not rows.loc[("posting_hour", "06-09 UTC"), "is_supported"]
    assert not any(value == "#fyp" for _, value in rows.index)


def test_an_example_is_told_by_its_title_else_by_its_description():
    told = {
        ("A title", "and a text"): "A title",
        (None, "only a text"): "only a text",
        (float("nan"), "only a text"): "only a text",
        ("", "only a text"): "only a text",
        (None, None): "",
        ("long " * 60, None): ("long " * 28).strip(),
    }
    for (title, text), shown in told.items():
        rows = trend_patterns(videos().assign(title=title, description=text), day=DAY, period="day")
        examples = rows.set_index(["trait", "value"]).loc[("duration_band", "7-15 s"), "examples"]
        assert [example["external_id"] for example in examples] == ["190", "180", "170"], "the fastest"
        assert {example["title"].removesuffix("…").strip() for example in examples} == {shown}
        hooks = set(rows.loc[rows["trait"] == "hook", "value"])
        assert hooks == ({" ".join(shown.lower().split()[:3]) + " …"} if len(shown.split()) > 2 else set())


def test_an_advice_says_the_figures_of_its_row():
    rows = trend_patterns(videos(), day=DAY, period="day")
    told = rows[rows["is_supported"].astype(bool)]
    assert len(told) and rows[~rows["is_supported"].astype(bool)]["recommendation"].isna().all()
    for row in told.itertuples():
        figures = f"{row.support} of {row.risers} rising videos have it, {row.lift:.1f} times as often as the others."
        assert row.recommendation.endswith(f": {figures}") and row.value in row.recommendation
        assert row.lift == pytest.approx(
            (row.support + 0.5) / (row.risers + 1) / ((row.other_support + 0.5) / (row.others + 1)), abs=1e-4
        )
        assert row.lift_low > 1


def test_a_language_model_is_told_all_figures_of_a_pattern():
    row = {"trait": "hook", "value": "you “need” this …", "support": 6, "risers": 20, "other_support": 9, "others": 180}
    told = pattern_told(SimpleNamespace(**row, lift=6.04, lift_low=2.25, lift_high=16.0))
    assert told == (
        "“you 'need' this …” (hook): 6 of 20 rising videos have it, 9 of 180 others, 6.0 times as often (95 % interval "
        "2.2 to 16.0)."
    )


def test_where_risers_are_drawn_by_lot_hardly_a_report_gives_any_advice():
    with_advice = 0
    tags = np.array([f"tag{n}" for n in range(60)])
    often = 1 / np.arange(2, 62)
    for seed in range(12):
        dice, count = np.random.default_rng(seed), 300
        made = videos(count).assign(
            source_percentile=(dice.permutation(count) + 0.5) / count,
            duration_seconds=dice.uniform(3, 200, count),
            hashtags=[list(dice.choice(tags, 4, replace=False, p=often / often.sum())) for _ in range(count)],
            sound=[f"sound {n}" for n in dice.integers(0, 30, count)],
            description=[f"w{a} w{b} w{c} and more" for a, b, c in dice.integers(0, 4, (count, 3))],
            posted_at=[pd.Timestamp(SIX) + timedelta(hours=int(n)) for n in dice.integers(0, 24, count)],
            creator_followers=dice.lognormal(10, 2, count),
        )
        with_advice += bool(trend_patterns(made, day=DAY, period="week")["is_supported"].any())
    assert with_advice <= 3, "by the intervals alone it is twelve of twelve"


def test_few_videos_and_one_creator_support_nothing():
    assert not trend_patterns(videos(30), day=DAY, period="day")["is_supported"].any()
    flood = videos().assign(creator_id="one")
    assert not trend_patterns(flood, day=DAY, period="day")["is_supported"].any()


def test_items_measured_once_are_neither_risers_nor_others():
    rows = trend_patterns(videos().assign(score_class="new"), day=DAY, period="day")
    assert rows.empty
    assert "two measurements" in summary_sentences(rows, videos().assign(score_class="new"), period="day")


def test_the_summary_rests_on_the_rows():
    rows = trend_patterns(videos(), day=DAY, period="week")
    text = summary_sentences(rows, videos(), period="week")
    assert text.startswith("In the last seven days 20 of 200 measured videos were rising")
    assert "Cut to 7-15 s" in text and "(top tenth of their source). " in text
    assert text.endswith(" " + rows[rows["is_supported"].astype(bool)]["recommendation"].head(6).iloc[-1])


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 500), st.integers(0, 500))
def test_every_lift_is_finite_and_lies_in_its_interval(a, more, b, others):
    lift, low, high = lift_interval(a, a + more, b, b + others)
    assert 0 < low <= lift + 1e-9 and lift <= high + 1e-9 < float("inf")


def test_bands_and_hooks_of_odd_values_are_unknown_not_wrong():
    assert duration_band({"duration_seconds": np.nan}) is None
    assert duration_band({"duration_seconds": 15.0}) == ["15-30 s"]
    assert duration_band({"duration_seconds": 600.0}) == ["180 s and more"]
    assert hook({"title": None, "description": "#only #tags"}) == []
    assert hook({"title": None, "description": None}) is None


def explained_row() -> dict[str, Any]:
    return {
        "rank": 1,
        "observed_date": DAY,
        "title": "A\u202e title",
        "story_id": "st_1",
        "platform": "tiktok",
        "external_id": "1",
        "source": "tiktok_trending",
        "is_simulated": True,
        "why": "#1 of 40.",
        "score": 0.95,
        "score_parts": [{"name": "place", "value": 0.95, "why": "Place 1."}],
        "chance": None,
        "chance_outcomes": None,
        "baseline": 5.0,
        "baseline_items": 4,
        "first_seen_at": SIX,
        "days_on_radar": 1,
        "engagement": {"views": 10, "likes": None},
        "measured_at": SIX,
        "counts": [{"at": "2026-11-20T06:00:00Z", "views": 10, "rank": None}],
        "data_age_hours": 0.0,
        "cost_usd": None,
        "flags": ["sponsored"],
        "flag_reasons": {"sponsored": "An ad."},
    }


def test_an_explanation_says_everything_that_f4_asks_for_in_plain_text():
    proof = {
        "source": "tiktok_trending",
        "source_rank": 1,
        "source_items": 40,
        "matched_by": "lead",
        "similarity": np.nan,
        "url": None,
    }
    text = explanation_text(explained_row(), [proof])
    for part in (
        "SIMULATED",
        "+0.950000  place: Place 1.",
        "5.00 over 4 other items",
        "first seen   2026-11-20 06:00 UTC",
        "10 views at",
        "data age     0.0 h",
        "price paid   not known",
        "sponsored: An ad.",
        "place 1 of 40, lead, no address",
    ):
        assert part in text
    assert "\u202e" not in text


def test_explained_records_are_flat_plain_text():
    record = explained_records([explained_row()])[0]
    assert all(isinstance(value, str) for value in record.values())
    assert record["parts"] == "0.950 place"
    assert record["chance"] == "no probability yet"
    why = "No probability yet: 150 outcomes are known, 200 are needed."
    assert explained_records([explained_row() | {"chance_reason": why}])[0]["chance"] == why
    told = explained_records([explained_row() | {"chance": 0.784, "chance_outcomes": 4_100}])[0]
    assert told["chance"] == "78.4 % (from 4,100 outcomes)"


def test_what_was_left_out_is_told_with_its_reason():
    story = explained_row() | {"reason": "Its score is below 0.6.", "score_rank": 90}
    assert "is not in the feed of 2026-11-20" in left_out_text(story)
    assert "Its score is below 0.6." in left_out_text(story)


def test_an_explanation_is_told_line_by_line_and_a_known_price_in_dollars():
    row = explained_row() | {
        "is_simulated": False, "cost_usd": 0.00125, "chance": 0.5, "chance_outcomes": None, "data_age_hours": 2.25,
        "score_parts": [{"name": "place", "value": 0.95, "why": "Place 1."},
                        {"name": "source_weight", "value": -0.194, "why": "A stretch."}],
        "counts": [{"at": "t1", "views": 10, "rank": 3}, {"at": "t2", "views": None, "rank": None}],
        "engagement": {"views": 1234, "likes": 5}, "flags": ["sponsored", "stale"],
    }  # fmt: skip
    proof = {"source": "x_posts", "source_rank": 2, "source_items": 9, "matched_by": "same text", "similarity": 0.876,
             "url": "https://x.example/1"}  # fmt: skip
    assert explanation_text(row, [proof]).splitlines() == [
        "#1 on 2026-11-20: A title",
        "  story st_1, tiktok:1",
        "  #1 of 40.",
        "",
        "  chance       50.0 %",
        "  score        0.950000",
        "    +0.950000  place: Place 1.",
        "    -0.194000  source_weight: A stretch.",
        "  baseline     5.00 over 4 other items",
        "  first seen   2026-11-20 06:00 UTC, day 1 on the radar",
        "  counts       1,234 views, 5 likes at 2026-11-20 06:00 UTC",
        "    t1  10 views, place 3",
        "    t2  no counts",
        "  data age     2.2 h before the newest data of the issue",
        "  price paid   $0.0013",
        "  flags",
        "    sponsored: An ad.",
        "    stale: ",
        "  proofs",
        "    x_posts: place 2 of 9, same text 0.88, https://x.example/1",
    ]
    assert explained_records([row]) == [
        {
            "rank": "1", "title": "A title", "source": "tiktok_trending", "chance": "50.0 %", "score": "0.950",
            "parts": "0.950 place -0.194 source_weight", "why": "#1 of 40.", "baseline": "5.00 over 4 other items",
            "first_seen": "2026-11-20 06:00 (1 d)", "flags": "sponsored, stale", "cost_usd": "0.0013",
        }
    ]  # fmt: skip
    unknown = row | {"cost_usd": None, "baseline": None, "engagement": {"views": None}}
    assert (
        explained_records([unknown])[0] | {"cost_usd": "not known", "baseline": "none yet"}
        == explained_records([unknown])[0]
    )
    assert "  counts       not known at" in explanation_text(unknown, [])
    assert left_out_text(row | {"reason": "Too low.", "score_rank": 90}).splitlines() == [
        "A title is not in the feed of 2026-11-20.",
        "  Too low.",
        "  It stood at place 90 by score: 0.950000 = 0.950 place -0.194 source_weight",
    ]


def test_a_sources_row_says_all_of_its_attempts_and_simulated_where_any_of_it_is():
    measured = pd.DataFrame([{"source": "x_posts", "scored_items": 3, "measured_at": SIX, "is_simulated": True}])
    tried = [{"source": "x_posts", "outcome": "partial", "reason": " Half of it. ", "items": 20},
             {"source": "x_posts", "outcome": "empty"}]  # fmt: skip
    (row,) = report(*tried, measured=measured).loc[["x_posts"]].to_dict("records")
    assert row == {
        "observed_date": DAY, "title": "X", "tier": "stretch", "status": "partial",
        "reason": "Half of it. A later attempt brought nothing: it ended as empty.", "items": 40, "scored_items": 3,
        "calls": 4, "cost_usd": 0.02, "attempts": 2, "measured_at": SIX, "is_blended": True, "is_simulated": True,
    }  # fmt: skip
    assert not report(tried[0]).loc["x_posts", "is_simulated"]
    assert report(tried[0] | {"is_simulated": True}).loc["x_posts", "is_simulated"]
    none = report().loc["x_posts"]
    assert none[["items", "calls", "cost_usd"]].isna().all() and none[["scored_items", "attempts"]].tolist() == [0, 0]
    assert none["reason"] == "It was not attempted on this day; materialize its capture asset for this partition."


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        ({"outcome": "running"}, "Its attempt has not finished, or its process died; materialize it again."),
        ({"outcome": "empty"}, "It ended as empty."),
        ({"outcome": "failed", "reason": "It answered 502."}, "It answered 502."),
    ],
)
def test_what_needs_a_source_that_failed_says_so_with_its_reason(attempt, said):
    rules = FeedRules(
        {
            "words": SourceRule("words", "Words", "core", 1.0),
            "search": SourceRule("search", "Search", "core", 1.0, after="words"),
        }
    )
    found = source_report(
        attempts({"source": "words"} | attempt), MEASURED, day=DAY, rules=rules, withheld={"search": "Not shown."}
    ).set_index("source")  # fmt: skip
    assert found["reason"].to_dict() == {
        "words": said, "search": f"It needs words, which failed: {said} Not shown.",
    }  # fmt: skip
    assert nothing_worked(found.reset_index()) == (
        "No source worked, so this day has no feed and the last good issue stays: "
        f"words failed ({said}); search failed (It needs words, which failed: {said} Not shown.)"
    )


def test_a_day_is_never_collected_only_where_nothing_was_asked_and_nothing_imported():
    assert never_collected(report().reset_index()) == (
        "This day was never collected, so it has no feed: materialize its captures (job daily_collection), or import a "
        "file of that day."
    )
    assert never_collected(report({"source": "x_posts", "outcome": "failed"}).reset_index()) is None
    imported = pd.DataFrame(
        [{"source": "imported_posts", "scored_items": 3, "measured_at": SIX, "is_simulated": False}]
    )
    assert never_collected(report(measured=imported).reset_index()) is None


def test_a_grade_says_simulated_where_any_of_its_items_is():
    assert grade(outcomes(is_simulated=[True] + [False] * 39))["is_simulated"].all()
    assert not grade(outcomes())["is_simulated"].any()
    nobody = grade(outcomes().iloc[:0])
    assert nobody.loc["feed", "survivor_share"] is None and not nobody.loc["feed", "is_simulated"]
    assert nobody.loc["feed", "reason"] == f"There was no feed on {DAY - timedelta(days=3)}."


def test_where_nobody_rose_nothing_is_shared_by_risers_and_no_row_is_told():
    rows = trend_patterns(videos().assign(source_percentile=0.5), day=DAY, period="day")
    assert rows.empty
