"""Verdicts on a day's data: each passes where it should and fails where it must."""

from datetime import date

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


def test_what_is_usual_passes_at_its_limits_and_says_what_it_was_held_against():
    verdicts = [
        (volume_verdict(100, [90, 100, 110]), True, "100 rows; the median of 3 earlier days is 100."),
        (volume_verdict(250, [90, 100, 110]), True, "250 rows; the median of 3 earlier days is 100."),
        (volume_verdict(251, [90, 100, 110]), False, "251 rows; the median of 3 earlier days is 100."),
        (volume_verdict(40, [90, 100, 110]), True, "40 rows; the median of 3 earlier days is 100."),
        (volume_verdict(39, [90, 100, 110]), False, "39 rows; the median of 3 earlier days is 100."),
        (volume_verdict(0, [100, 100]), True, "0 rows; only 2 earlier days to compare with."),
        (volume_verdict(1, []), True, "1 row; only 0 earlier days to compare with."),
        (volume_verdict(13, [3, 3, 3]), True, "13 rows; the median of 3 earlier days is 3."),
        (volume_verdict(14, [3, 3, 3]), False, "14 rows; the median of 3 earlier days is 3."),
        (share_verdict("unknown views", 0.8, [0.1, 0.12, 0.08]), False,
         "unknown views is 80%; the mean of 3 earlier days is 10%."),
        (share_verdict("unknown views", 0.2, [0.1, 0.12, 0.08]), True,
         "unknown views is 20%; the mean of 3 earlier days is 10%."),
        (share_verdict("likes", 0.75, [0.5] * 3, tolerance=0.25), True,
         "likes is 75%; the mean of 3 earlier days is 50%."),
        (share_verdict("likes", None, [0.1] * 5), True, "likes: nothing to measure."),
        (share_verdict("likes", 0.9, [0.1] * 2), True, "likes is 90%; only 2 earlier days to compare with."),
        (frozen_verdict(20, 18), True, "18 of 20 items measured twice have the same counts."),
        (frozen_verdict(20, 19), False, "19 of 20 items measured twice have the same counts."),
        (frozen_verdict(19, 19), True, "Only 19 items measured twice."),
        (price_verdict(0.01, [0.004, 0.004, 0.004]), False, "0.010000 USD per item; usually 0.004000 USD."),
        (price_verdict(0.008, [0.004, 0.004, 0.004]), True, "0.008000 USD per item; usually 0.004000 USD."),
        (price_verdict(0.01, [0.0, 0.0, 0.0]), True, "0.010000 USD per item; usually 0.000000 USD."),
        (price_verdict(0.01, [0.004, 0.004]), True, "Not enough priced days to compare with."),
        (price_verdict(None, [0.004] * 3), True, "Not enough priced days to compare with."),
        (worst({"a": Verdict(True, "fine."), "b": Verdict(False, "odd."), "c": Verdict(False, "old.")}), False,
         "b: odd. c: old."),
        (worst({str(n): Verdict(True, "fine.") for n in range(11)}), True,
         "0: fine. 1: fine. 2: fine. 3: fine. 4: fine. 5: fine. 6: fine. 7: fine. 8: fine. 9: fine."),
    ]  # fmt: skip
    assert [verdict for verdict, *_ in verdicts] == [Verdict(passed, said) for _, passed, said in verdicts]


def test_today_is_due_from_the_deadline_on():
    assert newest_due_day(date(2026, 3, 8), 5, deadline_hour=6) == date(2026, 3, 7)
    assert newest_due_day(date(2026, 3, 8), 6, deadline_hour=6) == date(2026, 3, 8)


def test_holes_are_named_in_order():
    present = {date(2026, 3, 1), date(2026, 3, 3)}
    assert holes(present, first=date(2026, 3, 1), last=date(2026, 3, 4)) == [date(2026, 3, 2), date(2026, 3, 4)]
