"""What issues said and what came, in figures and in the sentence that readers get."""

from datetime import date, timedelta

import pandas as pd
import pytest

from trend_assets.domain.feed.frames import known_records
from trend_assets.domain.feed.hit_rate import bins, by_issue, hit_rate
from trend_assets.domain.feed.what_came import NO_PEERS, NOT_AGAIN, what_came

DAY = date(2026, 3, 8)


def issue(count: int, **changed) -> pd.DataFrame:
    rows = {
        "observed_date": DAY, "rank": range(1, count + 1), "story_id": [f"st_{n}" for n in range(count)],
        "source": "youtube_shorts", "platform": "youtube", "external_id": [f"v{n}" for n in range(count)],
        "chance": [0.8, 0.75, 0.4, 0.1, None][:count], "returned_because": None,
        "measured_at": pd.Timestamp(DAY, tz="UTC"), "views": 1_000, "is_simulated": True,
    }  # fmt: skip
    return pd.DataFrame(rows | changed)


def graded(ahead: dict[str, float | None], risen: set[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "source": "youtube_shorts", "platform": "youtube", "external_id": name, "views_ahead": views,
                "has_risen": None if views is None else name in risen,
            }
            for name, views in ahead.items()
        ]
    )  # fmt: skip


def test_each_item_says_what_came_or_why_that_is_not_known():
    came = what_came(issue(5), graded({"v0": 4_000.0, "v1": 900.0, "v2": None}, {"v0"}))
    assert came["has_risen"].tolist()[:2] == [True, False]
    assert came["has_risen"].isna().tolist() == [False, False, True, True, True]
    assert came["reason"].tolist() == [None, None, NOT_AGAIN, NO_PEERS, NO_PEERS]
    assert came["still_to_come"].tolist()[:2] == [0.75, 0.0], "a count that fell has nothing to come"
    assert came["still_to_come"].isna().tolist()[2:] == [True] * 3


def test_a_product_and_an_item_without_a_count_say_so():
    products = issue(2, platform="amazon", source="amazon_positions", views=None)
    assert set(what_came(products, pd.DataFrame())["reason"].str.slice(0, 26)) == {"It is ranked by places of "}
    assert what_came(issue(1, views=None), pd.DataFrame())["reason"].tolist() == ["Its count was not known."]


def test_the_rate_counts_what_was_given_seventy_percent_and_says_since_when():
    first = what_came(issue(5), graded({f"v{n}": 2_000.0 for n in range(5)}, {"v0", "v1"}))
    second = first.assign(feed_date=DAY + timedelta(days=1), has_risen=[False, True, True, False, False])
    both = known_records(pd.concat([second.assign(r_precision=0.3), first.assign(r_precision=0.5)], ignore_index=True))
    rate = hit_rate(both)
    assert (rate.issues, rate.items, rate.judged, rate.came) == (2, 10, 10, 4)
    assert (rate.confident, rate.confident_came) == (4, 3)
    assert rate.said == pytest.approx((0.8 + 0.75 + 0.4 + 0.1) / 4)
    assert (rate.still_to_come, rate.r_precision) == (0.5, 0.4)
    assert rate.sentence == (
        "Of the 4 items that the last 2 issues (since 2026-03-08) gave 70 % or more, 75 % rose; where we had said 51 % "
        "on average, 50 % rose; chance is 10 %."
    )
    assert [(each.since, each.came) for each in by_issue(both)] == [(DAY, 2), (DAY + timedelta(days=1), 2)]
    assert bins(both) == [
        {"said": 0.1, "true": 0.0, "items": 2}, {"said": 0.4, "true": 0.5, "items": 2},
        {"said": 0.75, "true": 1.0, "items": 2}, {"said": 0.8, "true": 0.5, "items": 2},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (what_came(issue(3), pd.DataFrame()).head(0), "No issue is three days old yet"),
        (what_came(issue(3), pd.DataFrame()), "None of the 3 items of the issue of 2026-03-08 was measured again"),
        (
            what_came(issue(2, chance=None), graded({"v0": 2_000.0, "v1": 2_000.0}, {"v1"})),
            "were given no probability yet; of the 2 that were measured again 50 % rose, chance is 10 %",
        ),
        (
            what_came(issue(2, chance=0.2), graded({"v0": 2_000.0, "v1": 2_000.0}, set())),
            "No item of the issue of 2026-03-08 was given 70 % or more; where we had said 20 % on average, 0 % rose",
        ),
    ],
)
def test_what_is_not_known_is_said_and_never_a_zero(came, said):
    assert said in hit_rate(known_records(came)).sentence
