"""The suite tries the same things in every run: a red test says something about the code, never about the draw."""

import re
from pathlib import Path

from hypothesis import settings

TESTS = Path(__file__).parents[1]
# what draws from the operating system's own randomness unless it is given a seed
UNSEEDED = re.compile(r"SystemRandom|random\.Random\(\)|default_rng\(\)|np\.random\.(?!default_rng|Generator)")


def test_property_tests_draw_the_same_examples_in_every_run() -> None:
    assert settings.default.derandomize
    assert settings.default.database is None, "an earlier run's failures are no input: keep them with @example"
    assert settings.default.deadline is None, "a deadline is a timing assertion"


def test_no_test_rolls_dice_without_a_seed() -> None:
    assert {
        str(path.relative_to(TESTS)): found.group()
        for path in TESTS.rglob("*.py")
        if path != Path(__file__) and (found := UNSEEDED.search(path.read_text()))
    } == {}
