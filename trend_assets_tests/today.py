"""The day of a test that meets the product's own clock. Every other test names a day of the past, which midnight leaves
as it is.

A test that asks for the fixture `today` begins only while the rest of the UTC day is longer than its time-out, so the
day it was told and the day that the product reads from its clock are the same until it ends.
"""

import time
from datetime import UTC, date, datetime, timedelta

import pytest


@pytest.fixture
def today() -> date:
    """The UTC day, which does not end before the test."""
    return utc_day()


def utc_day() -> date:
    """The UTC day of this moment; for helpers of tests that have asked for `today`."""
    return datetime.now(UTC).date()


def seconds_to_wait(now: datetime, longest: float) -> float:
    """How long something that takes at most `longest` (s) must wait at `now` so that midnight does not fall into it."""
    left = (now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - now).total_seconds()
    return left if left <= longest else 0.0


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None):
    """Wait in front of the test, where its time-out does not count yet."""
    if "today" in getattr(item, "fixturenames", ()):
        marker = item.get_closest_marker("timeout")
        longest = marker.args[0] if marker and marker.args else item.config.getini("timeout")
        time.sleep(seconds_to_wait(datetime.now(UTC), float(longest)))
    return (yield)
