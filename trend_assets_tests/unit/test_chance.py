"""What rises and how likely: outcomes, what is learned from them, and what odd data gives."""

import base64
import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.replay import replay
from trend_assets.domain.chance import calibration, candidates, champion, outcomes
from trend_assets.domain.chance.candidates import FEWEST_LESSONS, plain_order
from trend_assets.domain.chance.features import COLUMNS_NEEDED, FEATURES, ONCE, features
from trend_assets.domain.chance.learned import RAW, Learned, judged, learned_from, lessons_of
from trend_assets_tests.unit.velocity_series import NOON

START = date(2026, 3, 1)


def world(days: int = 12, items: int = 70, *, seed: int = 5, noise: float = 1.0) -> pd.DataFrame:
    """Daily captures of items whose growth lasts: who grew yesterday mostly grows tomorrow. A tenth is new each day."""
    dice = np.random.default_rng(seed)
    rows = []
    for number in range(items + days * items // 10):
        first = max(0, (number - items) // (items // 10) + 1) if number >= items else 0
        pace = float(dice.lognormal(-3.0, 1.2))
        views = float(dice.integers(2_000, 90_000))
        born = NOON + timedelta(days=first) - timedelta(hours=float(dice.uniform(3, 200)))
        for day in range(first, days):
            rows.append((f"v{number:03}", day, born, round(views)))
            views *= 1 + pace * float(dice.lognormal(0, 0.3 * noise))
    frame = pd.DataFrame(rows, columns=["external_id", "day", "posted_at", "views"])
    at = pd.Timestamp(NOON) + pd.to_timedelta(frame["day"], unit="D")
    at += pd.to_timedelta(frame["external_id"].str[1:].astype(int) % 7, unit="min")
    return frame.assign(
        source="tiktok_trending", platform="tiktok", list_name="us", list_rank=1, creator_id="c", creator_handle=None,
        creator_followers=None, likes=None, comments=None, shares=None, saves=None, quotes=None,
        measured_at=at, is_simulated=False,
    )  # fmt: skip


def known_outcomes(count: int = 600, days: int = 6, *, seed: int = 1, risers: float = 0.1) -> pd.DataFrame:
    """Outcomes in which `rising` tells something."""
    dice = np.random.default_rng(seed)
    rose = dice.random(count) < risers
    return pd.DataFrame(
        {
            "source": "s", "is_simulated": False, "platform": "tiktok",
            "external_id": [f"{n:05}" for n in range(count)],
            "ranked_date": [START + timedelta(days=int(n * days // count)) for n in range(count)],
            "is_measured_before": dice.random(count) < 0.6,
            "has_risen": rose,
            "features": [
                {"rising": float(r * 1.5 + dice.normal()), "entry_age": float(dice.normal()), "size_place": 0.5}
                for r in rose
            ],
            "own_order": np.nan, "plain_order": np.clip(rose * 0.3 + dice.random(count) * 0.6, 0.01, 0.99),
            "logistic_chance": np.nan, "boosting_chance": np.nan, "chance": np.nan,
        }
    )  # fmt: skip


def said_by(ranks: Learned, count: int = 30) -> pd.DataFrame:
    table = np.full((count, len(FEATURES)), np.nan)
    table[:, FEATURES.index("rising")] = np.linspace(-3, 3, count)
    nothing = np.full(count, np.nan)
    said = ranks.say(table, measured=np.arange(count) % 2 == 0, own=nothing, plain=np.linspace(0.01, 0.99, count))
    return pd.DataFrame(
        {RAW[name]: values for name, values in said.raw.items()}
        | {name: values for name, values in said._asdict().items() if name != "raw"}
    )


def model_of(frame: pd.DataFrame, **changes):
    day = START + timedelta(days=9)
    given = {"source": "s", "is_simulated": False, "day": day, "before": None, "default": "plain"} | changes
    rows = judged(frame, **given)
    return rows, learned_from(rows, frame, day=day, default=given["default"])


def places(growth, ages) -> np.ndarray:
    lot = np.random.default_rng(7).permutation(len(growth)).astype(np.uint64)
    return outcomes.place_among_nearest(growth, ages, lot)


def test_an_item_is_compared_with_the_forty_next_to_it_in_age():
    ages = np.repeat([1.0, 500.0], 60)
    growth = np.r_[np.linspace(1, 2, 60), np.linspace(0, 0.5, 60)]
    place = places(growth, ages)
    assert place[119] > 0.95 and place[59] > 0.95
    assert place[60] < 0.05


@pytest.mark.parametrize("age", [7.0, np.nan])
def test_of_many_items_of_one_age_a_tenth_rises_and_not_the_twenty_at_the_end(age):
    place = places(np.arange(400.0), np.full(400, age))
    assert outcomes.rose(place).sum() == 40


def test_all_equal_growth_is_nobodys_rise():
    place = places(np.zeros(60), np.arange(60.0))
    assert set(place) == {0.5}
    assert not outcomes.rose(place).any()


@pytest.mark.parametrize("of_one_age", [2, 7, 30, 40])
def test_items_of_one_age_have_the_same_neighbours_and_these_are_not_chosen_by_growth(of_one_age):
    """Where all ages grow alike, a place among the forty nearest is one among those of the same age. A series that
    knows the day of posting only once put the fastest of an age beside the slowest of the next."""
    ages = np.repeat(np.arange(400.0), of_one_age)
    growth = np.tile((np.arange(of_one_age) + 0.5) / of_one_age, 400)
    mean = places(growth, ages).reshape(400, of_one_age)[20:-20].mean(axis=0)
    assert np.abs(mean - growth[:of_one_age]).max() < 0.02


def test_who_rises_among_equals_in_age_hangs_on_their_names_and_not_on_their_rows():
    dice = np.random.default_rng(2)
    named = pd.DataFrame({"platform": "youtube", "external_id": [f"v{number}" for number in range(300)]})
    ages, growth = np.repeat(np.arange(20.0), 15), dice.lognormal(size=300)
    other = dice.permutation(300)
    place = outcomes.place_among_nearest(growth, ages, outcomes.lots(named))
    again = outcomes.place_among_nearest(growth[other], ages[other], outcomes.lots(named.iloc[other]))
    np.testing.assert_array_equal(place[other], again)


def test_the_outcome_is_the_capture_nearest_to_the_horizon_within_a_third_of_it():
    at = pd.Timestamp(NOON)
    ranked = pd.DataFrame({"platform": "tiktok", "external_id": ["near", "far", "gone"], "measured_at": at})
    later = {"near": 72 - 23, "far": 72 + 25}
    snapshots = pd.DataFrame(
        [("tiktok", name, at + pd.Timedelta(hours=hours), 500, None) for name, hours in later.items()],
        columns=["platform", "external_id", "measured_at", "views", "likes"],
    )
    ahead = outcomes.count_at_horizon(ranked, snapshots)
    assert ahead[0] == 500
    assert np.isnan(ahead[1:]).all()


def test_a_zero_after_a_count_is_no_outcome_and_a_count_that_fell_is_one():
    at = pd.Timestamp(NOON)
    rows = [("a", 0, 900), ("a", 72, 0), ("b", 0, 900), ("b", 72, 700), ("c", 0, 1), ("c", 72, 0), ("d", 0, 9),
            ("d", 72, 1), ("e", 0, 0), ("e", 72, 0)]  # fmt: skip
    snapshots = pd.DataFrame(
        [("tiktok", name, at + pd.Timedelta(hours=hours), views, None) for name, hours, views in rows],
        columns=["platform", "external_id", "measured_at", "views", "likes"],
    )
    ranked = pd.DataFrame({"platform": "tiktok", "external_id": list("abcde"), "measured_at": at})
    assert outcomes.count_at_horizon(ranked, snapshots).tolist() == pytest.approx(
        [np.nan, 700, np.nan, 1, 0], nan_ok=True
    )


def test_the_plain_order_is_the_mean_of_what_is_known():
    order = plain_order(rising_expected=[0.8, 0.6, np.nan, np.nan], rate_over_lifetime_place=[0.4, np.nan, 0.3, np.nan])
    np.testing.assert_allclose(order, [0.6, 0.6, 0.3, np.nan])


def test_shuffled_futures_change_nothing_that_was_said_before():
    snapshots = world()
    day = sorted(snapshots["measured_at"].dt.date.unique())[8]
    future = snapshots["measured_at"].dt.date > day
    other = snapshots.copy()
    other.loc[future, "views"] = np.random.default_rng(0).permutation(other.loc[future, "views"].to_numpy())
    assert (other["views"] != snapshots["views"]).any()
    past = [pd.concat(list(replay(rows)), ignore_index=True) for rows in (snapshots, other)]
    before = [frame[pd.to_datetime(frame["moment"]).dt.date <= day].drop(columns="parts") for frame in past]
    pd.testing.assert_frame_equal(*before)
    assert before[0]["boosting_chance"].notna().any()


@pytest.mark.parametrize(
    ("risers", "others", "said"),
    [
        (0, 0, "0 outcomes are known, 200 are needed."),
        (1, 0, "1 outcome is known, 200 are needed."),
        (1, 1, "2 outcomes are known, 200 are needed."),
        (100, 99, "199 outcomes are known, 200 are needed."),
        (19, 181, "Of 200 outcomes 19 rose; 20 of either kind are needed."),
        (181, 19, "Of 200 outcomes 181 rose; 20 of either kind are needed."),
        (20, 180, None),
        (180, 20, None),
    ],
)
def test_how_many_outcomes_there_are_to_learn_from_is_said_and_how_many_it_takes(risers, others, said):
    rose = np.arange(risers + others) < risers
    none = np.zeros(len(rose))
    assert candidates.Lessons(none[:, None], rose, none.astype(bool), none).why_too_few() == said


def test_the_same_outcomes_say_the_same_bytes():
    one, other = (said_by(model_of(known_outcomes())[1]) for _ in range(2))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_trees_over_steps_are_the_trees_that_the_library_learns_from_the_values_themselves():
    from sklearn.ensemble import HistGradientBoostingClassifier

    dice = np.random.default_rng(11)
    table = np.round(dice.normal(size=(3_000, len(FEATURES))), 2)
    table[:, 1] = dice.integers(0, 5, 3_000)  # few values
    table[:, 3] = np.nan  # never known
    table[dice.random(3_000) < 0.3, 4] = np.nan  # sometimes known
    table[:, 5] = 1.0  # all equal
    rose = dice.random(3_000) < 1 / (1 + np.exp(2 - table[:, 2] - (table[:, 1] > 2)))
    lessons = candidates.Lessons(table, rose, np.ones(3_000, bool), dice.integers(0, 40, 3_000).astype(float))
    plain = np.where(np.isnan(table).all(axis=0), 0.0, table)
    trees = HistGradientBoostingClassifier(
        max_iter=candidates.TREES, max_leaf_nodes=candidates.LEAVES, learning_rate=candidates.SHRINKAGE,
        min_samples_leaf=candidates.LEAF_ITEMS, l2_regularization=5.0, early_stopping=False, random_state=0,
        max_bins=candidates.BINS,
    ).fit(plain, rose, sample_weight=lessons.weights)  # fmt: skip
    unseen = np.round(dice.normal(scale=2, size=(500, len(FEATURES))), 2)
    unseen[:50, 2] = np.nan
    expected = trees.predict_proba(np.where(np.isnan(table).all(axis=0), 0.0, unseen))[:, 1]
    np.testing.assert_array_equal(candidates.learn_boosting(lessons).chance(unseen), expected)


def test_a_learned_order_takes_over_only_after_it_won_on_several_days_and_can_be_held_off():
    frame = known_outcomes(1200, 8)
    frame["boosting_chance"] = np.where(frame["has_risen"], 0.9, 0.05)
    rows, _ = model_of(frame)
    assert rows.set_index("candidate").loc["boosting", "is_champion"]
    assert "took over from plain" in rows.set_index("candidate").loc["boosting", "reason"]
    assert model_of(frame, setting="plain")[1].champion == "plain"
    two_days = frame[frame["ranked_date"] < START + timedelta(days=2)]
    assert model_of(two_days)[1].champion == "plain"


def test_the_logistic_comes_back_from_its_stored_weights_with_every_weight_explained():
    rows, learned = model_of(known_outcomes())
    weights = rows.set_index("candidate").loc["logistic", "weights"]
    assert weights["measured"]["features"]["rising"]["weight"] > 0
    assert all(of["meaning"] for half in ("measured", "once") for of in weights[half]["features"].values())
    said = said_by(learned)["logistic_chance"].to_numpy()
    assert said[28] > said[0]


def test_the_picture_of_the_models_has_every_candidate_and_what_each_learned_one_said_beside_what_came():
    from trend_assets.defs.velocity.chances import picture

    frame = known_outcomes()
    frame["boosting_chance"] = frame["chance"] = np.where(frame["has_risen"], 0.9, 0.05)
    told = picture(model_of(frame)[0])
    rows = told["models"].value.splitlines()[2:]
    assert [row.split(" | ")[1] for row in rows] == ["plain", "logistic", "boosting"]
    assert "600 | 6 (2026-03-01 to 2026-03-06)" in rows[1]
    assert "measured: rising +" in rows[1], "what counts most"
    kind, _, plot = told["reliability"].value.partition(";base64,")
    assert kind == "![said and came](data:image/png"
    assert base64.b64decode(plot.rstrip(")")).startswith(b"\x89PNG")
    assert "reliability" not in picture(model_of(known_outcomes(50))[0]), "nothing was said yet"


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("too few outcomes", known_outcomes(FEWEST_LESSONS - 1)),
        ("one class only", known_outcomes(600, risers=0.0)),
        ("no outcome at all", known_outcomes().head(0)),
        ("features that nobody knows", known_outcomes().assign(features=[{} for _ in range(600)])),
    ],
)
def test_bad_lessons_give_the_parameter_free_order_and_a_reason(name, frame):
    rows, learned = model_of(frame)
    assert learned.champion == "plain"
    said = said_by(learned)
    np.testing.assert_array_equal(said["order"], said["plain_order"])
    told = said["chance"].dropna()
    assert ((told > 0) & (told < 1)).all()
    untold = said[said["chance"].isna()]
    assert untold["chance_reason"].str.startswith("No probability yet: ").all()
    assert rows["is_champion"].sum() == 1


def odd(name: str) -> pd.DataFrame:
    rows = world(9, 40)
    day = (rows["measured_at"] - rows["measured_at"].min()).dt.days
    if name == "a day without captures":
        return rows[day != 4]
    if name == "all counts equal":
        return rows.assign(views=1000)
    if name == "a source that appears and disappears":
        extra = rows[day.isin([3, 5])].assign(source="comet_videos", external_id="x" + rows["external_id"])
        return pd.concat([rows, extra], ignore_index=True)
    if name == "clocks that jump":
        jumped = rows["measured_at"].where(day != 5, rows["measured_at"] + pd.Timedelta(hours=9))
        return rows.assign(measured_at=jumped, posted_at=rows["posted_at"] + pd.Timedelta(days=30))
    if name == "counts that fall":
        return rows.assign(views=(rows["views"].max() / (1 + day) + rows["views"] % 97).round())
    return rows


@pytest.mark.parametrize(
    "name",
    [
        "a day without captures", "all counts equal", "a source that appears and disappears", "clocks that jump",
        "counts that fall",
    ],
)  # fmt: skip
def test_odd_days_give_places_and_never_an_impossible_chance(name):
    scored = pd.concat(list(replay(odd(name))), ignore_index=True)
    assert scored["source_percentile"].between(0, 1, inclusive="neither").all()
    told = scored["chance"].astype(float)
    assert not np.isinf(told).any()
    assert ((told.dropna() > 0) & (told.dropna() < 1)).all()
    assert scored.loc[told.isna(), "chance_reason"].str.startswith("No probability yet: ").all()
    assert scored.loc[told.notna(), "chance_by"].notna().all()


ODD_SOURCES = {
    "vanishes for three days": lambda rows, day: rows[~day.isin([3, 4, 5])],
    "appears on the last day": lambda rows, day: rows[day == 8],
    "a clock a day ahead": lambda rows, day: rows.assign(measured_at=_moved(rows, day == 5, hours=24)),
    "a clock a day behind": lambda rows, day: rows.assign(measured_at=_moved(rows, day == 5, hours=-24)),
    "counts fall to nought": lambda rows, day: rows.assign(views=rows["views"].where(day < 5, 0)),
    "nought all along": lambda rows, day: rows.assign(views=0),
    "all equal": lambda rows, day: rows.assign(views=1_000),
    "all equal and growing": lambda rows, day: rows.assign(views=1_000 * 2**day),
    "only ties": lambda rows, day: rows.assign(views=1_000 + 500 * (rows["views"] % 2) * day),
    "nobody is seen twice": lambda rows, day: rows.assign(external_id=rows["external_id"] + "d" + day.astype(str)),
    "half of the counts unknown": lambda rows, day: rows.assign(views=rows["views"].where(rows["views"] % 2 == 0)),
    "no count known": lambda rows, day: rows.assign(views=np.nan),
    "infinite counts": lambda rows, day: rows.assign(views=rows["views"].where(rows["views"] % 3 > 0, np.inf)),
    "negative counts": lambda rows, day: rows.assign(views=-rows["views"]),
    "counts beyond any number of views": lambda rows, day: rows.assign(views=rows["views"] * 1e13),
    "one item": lambda rows, day: rows[rows["external_id"] == "v000"],
    "two items": lambda rows, day: rows[rows["external_id"].isin(["v000", "v001"])],
    "no age": lambda rows, day: rows.assign(posted_at=pd.NaT),
    "posted in the future": lambda rows, day: rows.assign(posted_at=rows["posted_at"] + pd.Timedelta(days=400)),
    "measured before it was posted": lambda rows, day: rows.assign(
        posted_at=rows["measured_at"] + pd.Timedelta(minutes=40)
    ),
    "nothing but names, times and counts": lambda rows, day: rows.assign(
        posted_at=pd.NaT, list_name=None, list_rank=None, creator_id=None
    ),
    "appears half way": lambda rows, day: rows[day >= 4],
    "counts of two digits": lambda rows, day: rows.assign(views=_two_digits(rows["views"])),
    "every row twice, in any order": lambda rows, day: pd.concat([rows, rows]).sample(frac=1, random_state=1),
    "two counts of one moment": lambda rows, day: pd.concat([rows.assign(views=rows["views"] * 1.01), rows]),
    "one moment for all": lambda rows, day: rows.assign(measured_at=rows["measured_at"].dt.floor("D")),
}


def _two_digits(counts: pd.Series) -> pd.Series:
    """12,345 as a provider shows it: 12K."""
    step = 10 ** (counts.astype(str).str.len() - 2)
    return counts // step * step


def _moved(rows: pd.DataFrame, which: pd.Series, *, hours: int) -> pd.Series:
    return rows["measured_at"].where(~which, rows["measured_at"] + pd.Timedelta(hours=hours))


def test_odd_sources_beside_an_honest_one_get_places_and_no_impossible_chance():
    rows = world(9, 40)
    day = (rows["measured_at"].dt.normalize() - rows["measured_at"].min().normalize()).dt.days
    parts = [rows.assign(source="honest")]
    for name, make in ODD_SOURCES.items():
        part = make(rows, day)
        parts.append(
            part.assign(source=name, external_id=name + part["external_id"], views=part["views"].astype(float))
        )
    with np.errstate(over="ignore"):
        scored = pd.concat(list(replay(pd.concat(parts, ignore_index=True))), ignore_index=True)
    assert set(scored["source"]) == {"honest", *ODD_SOURCES}
    last = scored.groupby("source")["moment"].transform("max") == scored["moment"]
    assert scored.loc[last & (scored["source"] == "honest"), "chance"].notna().all(), "the others take nothing from it"
    for name, mine in scored.groupby("source"):
        chance = mine["chance"].astype(float)
        assert ((chance.dropna() > 0) & (chance.dropna() < 1)).all(), name
        assert mine.loc[chance.isna(), "chance_reason"].str.startswith("No probability yet: ").all(), name
        assert mine.loc[chance.isna(), "chance_by"].isna().all(), name
        assert mine["source_percentile"].between(0, 1, inclusive="neither").all(), name
        for column in (
            "rising",
            "rising_expected",
            "plain_order",
            "logistic_chance",
            "boosting_chance",
            "leap",
            "range",
        ):
            assert not np.isinf(mine[column].astype(float)).any(), (name, column)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=500, max_size=520))
def test_a_correction_never_turns_an_order_round_and_never_says_nought_or_one(pairs):
    raw, rose = map(np.array, zip(*pairs, strict=True))
    steps = calibration.calibrate(raw, rose)
    if steps is None:
        assert rose.sum() < calibration.FEWEST_RISERS
        return
    said = steps(np.sort(raw))
    assert (np.diff(said) >= -1e-12).all()
    assert ((said > 0) & (said < 1)).all()
    assert np.isnan(steps([np.nan])).all()


@pytest.mark.parametrize(("pairs", "least", "most"), [(3, 0.2, 0.35), (9, 0.4, 0.6), (300, 0.95, 0.98)])
def test_a_step_of_few_pairs_that_all_came_true_is_not_called_certain(pairs, least, most):
    """In the first weeks of a real series six of seven and eight of nine were most of what was called likely."""
    raw = np.r_[np.tile(np.linspace(0.01, 0.3, 20), 20), np.full(pairs, 0.9)]
    rose = np.r_[np.arange(400) % 10 == 0, np.ones(pairs, bool)]
    steps = calibration.calibrate(raw, rose)
    assert steps is not None
    assert least < steps([0.9])[0] < most


def test_a_learner_takes_over_only_when_enough_of_what_it_said_has_an_outcome_to_correct_it_by():
    for count, champion_is in ((360, "plain"), (720, "boosting")):
        frame = known_outcomes(count)
        late = frame["ranked_date"] >= START + timedelta(days=3)
        frame["boosting_chance"] = np.where(frame["has_risen"], 0.9, 0.05)
        frame.loc[~late, "boosting_chance"] = np.nan
        rows, learned = model_of(frame)
        assert learned.champion == champion_is, f"{late.sum()} statements"
        assert rows.set_index("candidate").loc[champion_is, "is_champion"]
    held = model_of(known_outcomes(), setting="logistic")[1]
    assert "too few to say what a place means" in said_by(held)["chance_reason"].iloc[0]


def test_the_reliability_of_honest_chances_is_a_small_error_and_of_dishonest_ones_a_large_one():
    chance = np.tile(np.linspace(0.05, 0.95, 10), 400)
    rose = np.random.default_rng(2).random(len(chance)) < chance
    assert calibration.reliability(chance, rose).error < 0.03
    assert calibration.reliability(np.full(len(chance), 0.95), rose).error > 0.3


def test_who_ranks_does_not_change_for_less_than_the_margin():
    days = [START + timedelta(days=n) for n in range(6)]
    near = pd.DataFrame({"ranked_date": days, "own": np.nan, "plain": 0.5, "logistic": 0.51, "boosting": np.nan})
    assert champion.choose(near, before="plain", default="plain").champion == "plain"
    far = near.assign(logistic=0.6)
    assert champion.choose(far, before="plain", default="plain").champion == "logistic"
    assert champion.choose(near.assign(plain=0.7), before="logistic", default="plain").champion == "plain"


@pytest.mark.parametrize("default", ["plain", "own"])
@pytest.mark.parametrize("held", ["plain", "logistic", "boosting"])
def test_the_setting_holds_who_ranks_and_the_reason_names_it(held, default):
    no_days = pd.DataFrame(columns=["ranked_date", "own", "plain", "logistic", "boosting"])
    name = default if held == "plain" else held  # "plain" is whatever ranks the source without learning
    chosen = champion.choose(no_days, before="boosting", default=default, held=held)
    assert chosen == champion.Choice(name, f"TREND_ASSETS_CHAMPION holds {name}.")


@pytest.mark.parametrize(
    ("days", "plain", "logistic", "chosen"),
    [
        (2, [0.5], [0.9], champion.Choice("plain", "plain ranks; no candidate has won.")),
        (
            3,
            [0.5, 0.5, 0.5],
            [0.75, 0.75, 0.25],
            champion.Choice("logistic", "logistic took over from plain: R-precision +0.083 over 3 days, better on 2."),
        ),
        (4, [0.5] * 4, [0.9, 0.9, 0.4, 0.4], champion.Choice("plain", "plain ranks; no candidate has won.")),
        (14, [0.5] * 14, [0.75] * 14, "logistic took over from plain: R-precision +0.250 over 14 days, better on 14."),
        (30, [0.5] * 30, [0.75] * 30, "logistic took over from plain: R-precision +0.250 over 14 days, better on 14."),
    ],
)
def test_who_ranks_is_told_in_these_words(days, plain, logistic, chosen):
    by_day = pd.DataFrame({"ranked_date": [START + timedelta(days=n) for n in range(days)], "own": np.nan})
    by_day = by_day.assign(plain=plain * (days // len(plain)), logistic=logistic * (days // len(logistic)))
    told = champion.choose(by_day.assign(boosting=np.nan), before="plain", default="plain")
    assert told == (champion.Choice("logistic", chosen) if isinstance(chosen, str) else chosen)


def test_every_feature_of_an_item_is_made_of_its_own_columns():
    known = dict(
        tenure_hours=24.0, lifetime_views_per_hour=20.0, rate_over_lifetime_place=0.6, forecast_place=0.7,
        list_share=0.25, size_place=0.35, likes_place=0.45, comments_place=0.55, relative_growth_per_hour=0.02,
        earlier_views_per_hour=8.0, median_others=500.0, measurements=3.0, age_hours=60.0, views=1500.0,
        delta_views=400.0, hours_between=20.0, views_per_hour=40.0, rising=0.8, rising_expected=0.9, challenger_z=7.0,
    )  # fmt: skip
    assert set(known) == set(COLUMNS_NEEDED)
    logit = lambda share: math.log(share / (1 - share))  # noqa: E731
    expected = {
        "age": math.log(61), "entry_age": math.log(37), "rising": logit(0.8), "expected": logit(0.9),
        "rate_over_lifetime": math.log(2), "rate_over_lifetime_place": logit(0.6), "growth": math.log(0.02),
        "growth_goes_on": logit(0.7), "acceleration": math.log(5), "place": 0.25, "over_usual": math.log(3),
        "usual_z": 5.0, "size_place": 0.35, "likes_place": 0.45, "comments_place": 0.55, "gap": math.log(21),
        "captures": math.log(4),
    }  # fmt: skip
    nothing = dict.fromkeys(known, np.nan)
    told = features(pd.DataFrame([known, known | {"delta_views": np.nan}, nothing]))
    assert dict(zip(FEATURES, told[0].tolist(), strict=True)) == pytest.approx(expected)
    once = {name: expected[name] if name in ONCE else np.nan for name in FEATURES}
    assert dict(zip(FEATURES, told[1].tolist(), strict=True)) == pytest.approx(once, nan_ok=True)
    assert np.isnan(told[2]).all()


def test_every_column_of_the_models_of_a_source_is_told():
    frame = known_outcomes()
    rose = frame["has_risen"].to_numpy()
    # what was published, what the learned one said of the same items, and what came differ from one another
    frame["chance"] = np.where(rose | (np.arange(600) < 50), 0.75, 0.0)
    frame["logistic_chance"] = np.where(rose, 0.5, 0.25)
    rows = model_of(frame)[0].set_index("candidate")
    early, risers = int((~rose[:50]).sum()), int(rose.sum())
    assert rows["is_champion"].to_dict() == {"plain": False, "logistic": True, "boosting": False}
    days = {"outcomes": 600, "risers": risers, "ranked_days": 6, "first_ranked_date": START,
            "last_ranked_date": START + timedelta(days=5), "source": "s", "is_simulated": False}  # fmt: skip
    for name in ("plain", "logistic", "boosting"):
        assert rows.loc[name, list(days)].to_dict() == days
    told = rows.loc["logistic"]
    assert told["r_precision"] == 1.0 and told["reason"].startswith("logistic took over from plain: R-precision +")
    assert (told["confident_items"], told["confident_true_share"]) == (
        risers + early, pytest.approx(risers / (risers + early)),
    )  # fmt: skip
    assert [(b["said"], b["items"]) for b in told["bins"]] == [(0.0, 600 - risers - early), (0.75, risers + early)]
    assert told["calibration_error"] == pytest.approx(abs(0.75 * (risers + early) - risers) / 600)
    plain = rows.loc["plain"]
    assert plain[["reason", "weights", "bins", "confident_items"]].isna().all() and np.isnan(plain["calibration_error"])
    # one step a value that was said: the lowest as it came, the other drawn to it
    assert told["steps"]["raw"] == [0.25, 0.5]
    assert told["steps"]["true"] == pytest.approx([0.0, risers / (risers + 10)])


def test_lessons_keep_features_by_name_so_that_an_older_row_still_teaches():
    frame = known_outcomes(3)
    frame.at[0, "features"] = {"rising": 1.0, "a feature that is gone": 9.0}
    table = lessons_of(frame, day=START + timedelta(days=9)).features
    assert table[0, FEATURES.index("rising")] == 1.0
    assert np.isnan(table[0, FEATURES.index("age")])
