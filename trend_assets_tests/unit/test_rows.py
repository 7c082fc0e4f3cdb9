"""One judge: what is stored, set aside and objected to follows from the values, never from their dtype."""

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.tables.model import Column, Table
from trend_assets.warehouse.rows import Judged, judge

DAY = dt.date(2026, 11, 20)
AT = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)
COLUMNS = (
    Column("x", "text", "", nullable=True),
    Column("x", "text", "", nullable=False),
    Column("x", "bigint", "", minimum=1),
    Column("x", "integer", "", nullable=False, minimum=1, maximum=1000),
    Column("x", "double precision", "", minimum=-0.5),
    Column("x", "numeric(14,6)", "", nullable=False),
    Column("x", "boolean", ""),
    Column("x", "date", ""),
    Column("x", "timestamptz", "", nullable=False),
)
WHOLE = [-1, 0, 1, 7, 1000, 1001, 2**31, 10**8, 2**53]
# exact only as whole numbers: no float carries them
LARGE = [1, 2**53 + 1, 2**63 - 1, -(2**63)]
BROKEN = [-1.0, 0.5, 1.0, 1.5, -0.0, math.inf, -math.inf, 1e8, 1e17, 1e300]
TEXTS = ["", "a", "1", "1.2M", "a\x00b", "\N{CAT FACE}", "2026-11-20", "2026-11-20T06:00:00+00:00"]
TRUTHS = [True, False]
DATES = [DAY, dt.date(1999, 12, 31)]
TIMES = [AT, AT + dt.timedelta(microseconds=1), AT.replace(hour=0)]
NAIVE = [AT.replace(tzinfo=None), dt.datetime(2026, 11, 20)]
FAMILIES: dict[str, tuple[list, tuple[Any, ...]]] = {
    "whole numbers": (WHOLE, ("int64", "Int64", "float64", "Float64", "int64[pyarrow]", "double[pyarrow]", "category")),
    "large numbers": (LARGE, ("int64", "Int64", "int64[pyarrow]", "category")),
    "broken numbers": (BROKEN, ("float64", "Float64", "double[pyarrow]", "category")),
    "texts": (TEXTS, ("str", "string[python]", "string[pyarrow]", pd.ArrowDtype(pa.large_string()), "category")),
    "truths": (TRUTHS, ("bool", "boolean", "bool[pyarrow]", "category")),
    "dates": (DATES, (pd.ArrowDtype(pa.date32()), "category")),
    "times": (TIMES, ("datetime64[us, UTC]", "datetime64[ns, UTC]", pd.ArrowDtype(pa.timestamp("us", "UTC")))),
    "times without zone": (NAIVE, ("datetime64[us]", pd.ArrowDtype(pa.timestamp("us")))),
}
KINDS = [(family, dtype) for family, (_, dtypes) in FAMILIES.items() for dtype in dtypes]


def table_of(column: Column) -> Table:
    return Table(
        schema="source", name="things", grain="One row per thing.", description="For tests.", partition_column="day",
        columns=(Column("day", "date", "", nullable=False), Column("id", "text", "", nullable=False), column),
        key=("day", "id"),
    )  # fmt: skip


def outcome(judged: Judged) -> tuple:
    stored = judged.prepared
    return (
        stored.arrow.to_pylist(),
        stored.set_aside,
        judged.objections(from_outside=False),
        judged.objections(from_outside=True),
        judged.any_order,
        judged.in_order,
        stored.content_hash,
    )


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.type}{'' if column.nullable else ' not null'}")
@pytest.mark.parametrize(("family", "dtype"), KINDS, ids=str)
def test_the_outcome_of_a_frame_does_not_depend_on_its_dtypes(family: str, dtype: Any, column: Column) -> None:
    table, every_value = table_of(column), FAMILIES[family][0]
    unknown = [] if dtype in ("int64", "bool") else [None]

    def check(values: list) -> None:
        ids = [str(number) for number in range(len(values))]
        objects = pd.DataFrame({"id": ids, "x": pd.Series(values, dtype=object)})
        other = pd.DataFrame({"id": ids, "x": pd.Series(values, dtype=object).astype(dtype)})
        assert outcome(judge(table, other, day=DAY)) == outcome(judge(table, objects, day=DAY))

    @settings(max_examples=4, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.sampled_from(every_value + unknown), min_size=1, max_size=4))
    def check_some(values: list) -> None:
        check(values)

    check(every_value + unknown)
    check_some()


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float64", "object", "int64[pyarrow]"])
def test_a_rank_below_one_blocks_what_was_computed_and_is_set_aside_from_outside(dtype: str) -> None:
    table = table_of(Column("x", "integer", "", nullable=False, minimum=1))
    judged = judge(table, pd.DataFrame({"id": ["a", "b"], "x": pd.Series([1, -1], dtype=dtype)}), day=DAY)
    assert judged.objections(from_outside=True) == []
    assert judged.objections(from_outside=False) == ["source.things.x cannot hold 1 of the values: -1 is below 1."]
    assert judged.prepared.arrow["id"].to_pylist() == ["a"]
    assert [(item.is_row, item.row) for item in judged.set_aside] == [(True, 1)]


def test_what_only_a_bug_brings_blocks_rows_from_outside_too() -> None:
    table = replace(table_of(Column("x", "integer", "", nullable=False)), never_empty=True)
    yesterday = {"id": ["a"], "x": [1], "day": [dt.date(2026, 11, 19)]}
    frames = {
        "source.things has no columns colour, size, which the frame has.": {
            "id": ["a"], "x": [1], "colour": ["red"], "size": [1],
        },
        "source.things.x is missing, and it may not be unknown.": {"id": ["a"]},
        "The frame for source.things of 2026-11-20 holds rows of 2026-11-19: write each day on its own.": yesterday,
        "source.things has no rows, and it always has some.": {"id": [], "x": []},
    }  # fmt: skip
    for says, frame in frames.items():
        assert judge(table, pd.DataFrame(frame), day=DAY).objections(from_outside=True) == [says]


def test_what_is_set_aside_says_why_and_shows_the_row() -> None:
    table = replace(
        table_of(Column("x", "integer", "", nullable=False, maximum=9)),
        key=("day", "id", "x"),
        columns=(
            Column("day", "date", "", nullable=False), Column("id", "text", "", nullable=False),
            Column("x", "integer", "", nullable=False, maximum=9), Column("n", "bigint", ""),
            Column("capture_id", "text", ""),
        ),
    )  # fmt: skip
    names = ["id", "x", "n", "capture_id"]
    rows = [("a", 1, 1, "c1"), ("a", 1, 2, "c2"), ("b", 10, 1.5, "c3"), (None, 2, 1, None), ("d", 1, 1.5, "c4"),
            ("e", 1, 1, "c5"), ("e", 1, 1, "c5")]  # fmt: skip
    judged = judge(table, pd.DataFrame(rows, columns=names, dtype=object), day=DAY)
    stored = judged.prepared
    assert [(item.reason, item.raw, item.capture_id, item.is_row, item.row) for item in stored.set_aside] == [
        ("The row cannot be stored in source.things: x: 10 is above 9; n: 1.5 is not a whole number.",
         '{"id": "b", "x": 10, "n": 1.5, "capture_id": "c3"}', "c3", True, 2),
        ("The row cannot be stored in source.things: id: is unknown.", '{"x": 2, "n": 1}', None, True, 3),
        ("Values were set to NULL in source.things: n: 1.5 is not a whole number.",
         '{"id": "d", "x": 1, "n": 1.5, "capture_id": "c4"}', "c4", False, 4),
        ("Another row of source.things has the same key (id 'a', x 1); the later one is stored.",
         '{"day": "2026-11-20", "id": "a", "x": 1, "n": 1, "capture_id": "c1"}', "c1", True, None),
    ]  # fmt: skip
    assert stored.arrow.to_pylist() == [
        {"day": DAY, "id": "a", "x": 1, "n": 2, "capture_id": "c2"},
        {"day": DAY, "id": "d", "x": 1, "n": None, "capture_id": "c4"},
        {"day": DAY, "id": "e", "x": 1, "n": 1, "capture_id": "c5"},
    ]
    assert (stored.repeats, stored.rows_set_aside) == (1, 3)
    assert judged.objections(from_outside=False) == [
        "source.things.x cannot hold 1 of the values: 10 is above 9.",
        "source.things.n cannot hold 2 of the values: 1.5 is not a whole number.",
        "source.things.id is unknown in 1 row, and it may not be.",
        "source.things repeats its key (day, id, x) in 2 rows.",
    ]
