"""A run of the suite across midnight UTC is as green as any other."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trend_assets_tests.today import seconds_to_wait

TESTS = Path(__file__).parents[1]
SETTLED = ("timedelta(days=2)", "timedelta(days=3)", "timedelta(days=40)")
"""Days that are long past when a file is read are past after midnight too."""


@pytest.mark.parametrize(
    ("now", "longest", "expected"),
    [("12:00:00", 900, 0), ("23:54:59", 300, 0), ("23:56:00", 300, 240), ("23:56:00", 60, 0), ("00:00:00", 900, 0)],
)
def test_a_test_that_meets_the_clock_begins_when_it_can_end_on_the_same_day(now, longest, expected):
    moment = datetime.combine(datetime(2026, 3, 8), datetime.strptime(now, "%H:%M:%S").time(), UTC)
    assert seconds_to_wait(moment, longest) == expected


def test_no_file_takes_the_day_of_its_import_for_the_day_of_its_tests():
    found = {}
    for path in TESTS.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            said = ast.unparse(node) if isinstance(node, ast.Assign | ast.AnnAssign) else ""
            if ".now(" in said and not any(settled in said for settled in SETTLED):
                found[str(path.relative_to(TESTS))] = said
    assert found == {}
