"""An order learned from picks and skips: what it rests on, when it may be used, and that no day knows a later one."""

import random
from datetime import date, timedelta
from functools import cache

from trend_assets.domain.newsletter.compose import compose
from trend_assets.domain.newsletter.learning import (
    DAYS,
    FEWEST_LABELS,
    Label,
    labels_of,
    learn,
    ranked,
    wanted_of,
)
from trend_assets_tests.unit.test_newsletters import DAY, letter, sid, story

LETTER = letter(size=10)


def candidates(day: int) -> list[dict]:
    """Twelve stories of a day; which of them are about food differs from day to day."""
    dice = random.Random(day)
    return [story(n, title="ramen tonight" if dice.random() < 0.4 else "a sofa", days_on_radar=1) for n in range(1, 13)]


def decided(day: int, taste) -> dict[str, bool]:
    return {row["story_id"]: taste(row) for row in candidates(day)}


def likes_food(row) -> bool:
    return "ramen" in row["title"]


def likes_first_places(row) -> bool:
    return row["score"] > 0.94


LONG = FEWEST_LABELS // 12 + 1 + DAYS
"""Days until an order can have won: those on which labels are too few, and those that are graded."""


@cache
def labels_through_time(days: int, taste) -> list[Label]:
    """Each day's decisions as labels of the order that the days before had taught."""
    known: list[Label] = []
    for number in range(days):
        weights = learn(known, newsletter=LETTER).weights
        rows = labels_of(LETTER, candidates(number), decided(number, taste), weights)
        kept = ("story_id", "is_wanted", "plain_rank", "learned_rank", "features")
        known += [Label(DAY + timedelta(days=number), **{name: row[name] for name in kept}) for row in rows]
    return known


def test_too_few_decisions_or_one_kind_of_them_leave_the_plain_order_and_say_why():
    nothing = learn([], newsletter=LETTER)
    assert (nothing.is_used, nothing.weights, nothing.labels) == (False, None, 0)
    assert nothing.reason.startswith("0 decisions known (0 picks), too few to learn an order from")
    few = labels_through_time(FEWEST_LABELS // 12, likes_food)
    assert len(few) < FEWEST_LABELS and learn(few, newsletter=LETTER).weights is None
    one_kind = labels_through_time(6, lambda row: True)
    assert learn(one_kind, newsletter=LETTER).weights is None
    assert "(72 picks)" in learn(one_kind, newsletter=LETTER).reason


def test_an_order_that_knows_the_editors_taste_is_used_after_four_weeks_of_winning_and_not_before():
    labels = labels_through_time(LONG, likes_food)
    assert {label.learned_rank is None for label in labels if label.day >= DAY + timedelta(days=LONG - DAYS)} == {False}
    for days in (LONG - DAYS, LONG - DAYS + 1, LONG - 1, LONG):
        order = learn([one for one in labels if one.day < DAY + timedelta(days=days)], newsletter=LETTER)
        assert (order.is_used, order.graded_days) == (days == LONG, days - LONG + DAYS), order.reason
    assert order.learned_precision > order.plain_precision + 0.2 and order.days_won > DAYS / 2
    assert order.reason.startswith("It has won: ") and order.graded_days == DAYS
    off = learn(labels, newsletter=letter(learned_order="off"))
    assert off.weights is not None and not off.is_used and off.reason == "The newsletter's file turns it off."
    features = order.weights["features"]
    assert len(features) <= 20 and features["subject:Food"]["weight"] > 0 > features["subject:Home"]["weight"]


def test_an_order_that_is_no_better_than_the_plain_one_is_not_used():
    order = learn(labels_through_time(LONG, likes_first_places), newsletter=LETTER)
    assert order.graded_days == DAYS and not order.is_used and order.reason.startswith("It has not won: ")


def test_no_order_knows_a_later_decision():
    labels, half = labels_through_time(LONG, likes_food), DAY + timedelta(days=15)
    later = [label for label in labels_through_time(LONG, likes_first_places) if label.day >= half]
    other = labels_through_time(15, likes_food) + later
    before = [[label for label in known if label.day < half] for known in (labels, other)]
    assert before[0] == before[1]
    assert learn(before[0], newsletter=LETTER) == learn(before[1], newsletter=LETTER)
    on_the_day = [label.learned_rank for label in labels if label.day == half]
    weights = learn(before[1], newsletter=LETTER).weights
    told = labels_of(LETTER, candidates(15), decided(15, likes_first_places), weights)
    assert [row["learned_rank"] for row in told] == on_the_day, "what is decided on a day does not change its order"


def test_the_same_decisions_in_another_order_give_the_same_weights():
    labels = labels_through_time(15, likes_food)
    shuffled = random.Random(3).sample(labels, len(labels))
    assert learn(labels, newsletter=LETTER) == learn(shuffled, newsletter=LETTER)


def test_unknown_and_odd_numbers_cost_nothing():
    odd = story(1, chance=None, growth_over_usual=float("nan"), views_per_hour=-5.0, creator_followers=None)
    wild = story(2, growth_over_usual=1e300, views_per_hour=1e18, chance=1.0)
    weights = learn(labels_through_time(15, likes_food), newsletter=LETTER).weights
    found = wanted_of(LETTER, [odd, wild], weights)
    assert set(found) == {sid(1), sid(2)} and all(0 < value < 1 for value in found.values())
    assert ranked(LETTER, [odd, wild])[sid(1)]["features"]["no_chance"] == 1.0


def test_a_used_order_orders_what_is_printed_and_picks_still_come_first():
    stories = candidates(3)
    wanted = {row["story_id"]: float(likes_food(row)) for row in stories}
    rows = sorted(compose(LETTER, date(2026, 11, 20), stories, None, wanted), key=lambda row: row["rank"])
    food = sum(wanted.values())
    assert [likes_food(row) for row in rows[: int(food)]] == [True] * int(food)
    assert compose(LETTER, DAY, stories) == compose(LETTER, DAY, stories, None, None)
