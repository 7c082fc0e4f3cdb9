"""`trend-assets backfill` and `run` killed at each named point of their writes and calls: the next one ends well, and
nothing is held, half-written, paid twice or left over. `python -m benchmarks.kills` does it at random, for nights."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from benchmarks.kills import CHAIN, Platform, audit, still_held
from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse.crash import CrashPoint

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

OF_REWRITES = {"after_load", "after_delete"}
"""A first write does not come by; `test_crashes.py` kills rewrites there."""
POINTS = [point for point in get_args(CrashPoint) if point not in OF_REWRITES]
LAST_DAY = datetime.now(UTC).date() - timedelta(days=2)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform whose Postgres stays up between the commands, so that each starts quickly."""
    made = Platform(tmp_path)
    with made.sandbox(), embedded.server(made.state):
        yield made


def assert_sound(platform: Platform) -> None:
    half_written, unexplained = audit(platform, 0.0)
    assert half_written == 0
    assert unexplained == 0


def test_a_backfill_killed_at_each_named_point_costs_the_next_one_nothing(platform):
    days = [(LAST_DAY - timedelta(days=back)).isoformat() for back in range(len(POINTS), 0, -1)]
    for point, day in zip(POINTS, days, strict=True):
        killed = platform.start("backfill", CHAIN, "--from", day, crash_at=point)
        assert killed.wait(300) == -signal.SIGKILL, point
        assert_sound(platform)
    # each command has taken back what the one before it held, so only the last one's is left
    assert still_held(platform)["runs in flight"] <= 1
    assert platform.start("backfill", CHAIN, "--from", days[0], "--to", days[-1]).wait(900) == 0
    assert_sound(platform)
    assert not any(still_held(platform).values())
    assert platform.charged() > 0


def test_a_run_killed_in_a_call_and_in_a_write_costs_the_next_one_nothing(platform):
    run = ("run", "--days-before", "0", "--date", LAST_DAY.isoformat())
    for point in ("after_execute", "during_load"):
        assert platform.start(*run, crash_at=point).wait(300) == -signal.SIGKILL, point
        assert_sound(platform)
    assert platform.start(*run).wait(1200) == 0
    assert_sound(platform)
    assert not any(still_held(platform).values())
