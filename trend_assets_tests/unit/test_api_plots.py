"""Growth plots: what their axes say."""

import re
from datetime import date, timedelta

import pytest

from trend_assets.api.plots import growth_plot, short_number

START = date(2026, 11, 1)


def marks(values):
    points = [(START + timedelta(days=n), value) for n, value in enumerate(values)]
    return re.findall(r'text-anchor="end">([^<]+)</text>', growth_plot(points, label="Followers"))[:-1]


@pytest.mark.parametrize(
    "values", [[28_620_681, 28_641_520], [2310, 2311], [67_422, 77_718], [999_999, 1_000_001], [5, 5], [0, 3]]
)
def test_no_two_marks_of_an_axis_read_the_same(values):
    found = marks(values)
    assert len(found) >= 2
    assert len(set(found)) == len(found), found


def test_a_count_is_as_short_as_it_may_be():
    assert (short_number(12_345), short_number(4_100_000), short_number(7)) == ("12.3K", "4.1M", "7")
    assert (short_number(28_630_000, step=10_000), short_number(2311, step=1)) == ("28.63M", "2,311")
