"""Who had a story first: first sights, leads of pairs of sources, and the two lines of the report."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from trend_assets.domain.feed.first_sight import first_sights, leads, median_interval, report_lines

DAY = date(2026, 3, 8)
PLATFORM = {"reddit_posts": "reddit", "amazon_positions": "amazon", "tiktok_trending": "tiktok"}


def proofs(*seen: tuple[str, str, float]) -> pd.DataFrame:
    """(story, source, hours after the first day's start), and a story of each source on the day before all of them."""
    rows = [*seen, *(("old", source, -24.0) for source in PLATFORM)]
    at = [pd.Timestamp(DAY, tz="UTC") + timedelta(hours=hours) for _, _, hours in rows]
    return pd.DataFrame(
        {
            "observed_date": [moment.date() for moment in at], "story_id": [story for story, _, _ in rows],
            "source": [source for _, source, _ in rows], "platform": [PLATFORM[source] for _, source, _ in rows],
            "title": [story.title() for story, _, _ in rows], "measured_at": at, "is_simulated": True,
        }
    )  # fmt: skip


def test_the_first_sight_is_the_earliest_whatever_the_order_of_the_rows():
    rows = proofs(("lamp", "reddit_posts", 30), ("lamp", "reddit_posts", 6), ("lamp", "amazon_positions", 20))
    sights = first_sights(rows).set_index(["story_id", "source"])
    assert sights.loc[("lamp", "reddit_posts"), "first_seen_at"] == pd.Timestamp("2026-03-08 06:00", tz="UTC")
    pd.testing.assert_frame_equal(first_sights(rows.iloc[::-1]), first_sights(rows))
    assert sights["is_known_before"].to_dict()[("old", "reddit_posts")], "it may have been there before"
    assert not sights["is_known_before"].to_dict()[("lamp", "reddit_posts")]


def test_a_lead_counts_stories_that_both_had_and_is_the_negative_of_the_others():
    rows = leads(
        first_sights(
            proofs(
                ("lamp", "reddit_posts", 6), ("lamp", "amazon_positions", 30),
                ("pan", "reddit_posts", 6), ("pan", "amazon_positions", 8),
                ("bag", "reddit_posts", 60), ("bag", "amazon_positions", 10),
                ("alone", "reddit_posts", 6),
            )
        )
    ).set_index(["source", "other_source"])  # fmt: skip
    talk, shop = rows.loc[("reddit_posts", "amazon_positions")], rows.loc[("amazon_positions", "reddit_posts")]
    assert talk[["matched_stories", "led", "trailed", "together"]].tolist() == [3, 1, 1, 1]
    assert shop[["matched_stories", "led", "trailed", "together"]].tolist() == [3, 1, 1, 1]
    assert talk["median_lead_hours"] == 2.0 == -shop["median_lead_hours"]
    assert np.isnan(talk["lead_low_hours"]), "three stories have no interval"
    assert ("tiktok_trending", "reddit_posts") not in rows.index, "what both had from the first day tells nothing"


def test_the_interval_of_a_median_is_made_of_places():
    low, high = median_interval(np.arange(100.0))
    assert low < 49.5 < high and (low, high) == (39.0, 60.0)
    assert np.isnan(median_interval(np.arange(5.0))).all()


@pytest.mark.parametrize(
    ("talk_at", "shop_at", "said"),
    [
        (40, 10, ["Products before they were talked about: 1 of 1 story that both had, talk followed 30 h later "
                  "(median). Lamp (30 h).", "Talk before it sold: none in 28 days, of 1 story that both had."]),
        (10, 40, ["Products before they were talked about: none in 28 days, of 1 story that both had.",
                  "Talk before it sold: 1 of 1 story that both had, the list followed 30 h later (median). Lamp "
                  "(30 h)."]),
    ],
)  # fmt: skip
def test_the_report_says_what_was_there_before_the_other(talk_at, shop_at, said):
    sights = first_sights(proofs(("lamp", "reddit_posts", talk_at), ("lamp", "amazon_positions", shop_at)))
    assert report_lines(sights) == said


def test_without_any_story_there_are_no_leads_and_the_lines_say_none():
    empty = first_sights(proofs().head(0))
    assert leads(empty).empty
    assert [line.partition(":")[2] for line in report_lines(empty)] == [
        " none in 28 days, of 0 stories that both had."
    ] * 2


def test_a_lead_over_six_stories_has_an_interval_and_every_column():
    ahead = (6.0, 8.0, 10.0, 12.0, 14.0, 20.0)
    seen = [(f"s{n}", source, at) for n, hours in enumerate(ahead) for source, at in
            (("reddit_posts", 10.0), ("amazon_positions", 10.0 + hours))]  # fmt: skip
    shop, talk = leads(first_sights(proofs(*seen))).to_dict("records")
    common = {"matched_stories": 6, "together": 0, "is_simulated": True}
    assert talk == common | {
        "source": "reddit_posts", "other_source": "amazon_positions", "led": 6, "trailed": 0,
        "median_lead_hours": 11.0, "lead_low_hours": 6.0, "lead_high_hours": 20.0,
    }  # fmt: skip
    assert shop == common | {
        "source": "amazon_positions", "other_source": "reddit_posts", "led": 0, "trailed": 6,
        "median_lead_hours": -11.0, "lead_low_hours": -20.0, "lead_high_hours": -6.0,
    }  # fmt: skip
