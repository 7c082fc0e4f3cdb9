"""Verdicts on a day's data: each passes where it should and fails where it must."""

from datetime import date

import pytest

from trend_assets.domain.quality import (
    Verdict,
    frozen_verdict,
    holes,
    newest_due_day,
    price_verdict,
    share_verdict,
    volume_verdict,
    worst,
)


@pytest.mark.parametrize(
    ("rows", "before", "passed"),
    [(100, [90, 100, 110], True), (10, [90, 100, 110], False), (400, [90, 100, 110], False), (0, [100, 100], True),
     (12, [3, 3, 3], True), (0, [100, 100, 100], False)],
)  # fmt: skip
def test_volume_is_judged_against_the_median_of_earlier_days(rows, before, passed):
    assert volume_verdict(rows, before).passed is passed


def test_a_share_that_jumps_is_unusual_and_says_by_how_much():
    verdict = share_verdict("unknown views", 0.8, [0.1, 0.12, 0.08])
    assert not verdict.passed
    assert "80%" in verdict.sentence
    assert "10%" in verdict.sentence
    assert share_verdict("unknown views", 0.2, [0.1, 0.12, 0.08]).passed
    assert share_verdict("unknown views", None, [0.1] * 5).passed


def test_counts_that_do_not_move_are_odd_only_with_enough_pairs():
    assert not frozen_verdict(100, 95).passed
    assert frozen_verdict(100, 50).passed
    assert frozen_verdict(10, 10).passed


def test_a_price_that_more_than_doubles_is_odd():
    assert not price_verdict(0.01, [0.004, 0.004, 0.004]).passed
    assert price_verdict(0.005, [0.004, 0.004, 0.004]).passed
    assert price_verdict(0.01, [0.004]).passed
    assert price_verdict(0.01, [0.0, 0.0, 0.0]).passed


def test_today_is_due_from_the_deadline_on():
    assert newest_due_day(date(2026, 3, 8), 5, deadline_hour=6) == date(2026, 3, 7)
    assert newest_due_day(date(2026, 3, 8), 6, deadline_hour=6) == date(2026, 3, 8)


def test_holes_are_named_in_order():
    present = {date(2026, 3, 1), date(2026, 3, 3)}
    assert holes(present, first=date(2026, 3, 1), last=date(2026, 3, 4)) == [date(2026, 3, 2), date(2026, 3, 4)]


def test_the_worst_of_many_names_only_the_failed_ones():
    verdict = worst({"a": Verdict(True, "fine."), "b": Verdict(False, "odd.")})
    assert not verdict.passed
    assert verdict.sentence == "b: odd."
    assert worst({"a": Verdict(True, "fine.")}).passed
