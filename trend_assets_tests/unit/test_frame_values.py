"""Any value of any column becomes what the column can hold, or NULL with a reason; rows are ordered, hashed and counted
the same whatever order they came in."""

import datetime as dt
import math
from decimal import Decimal

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from trend_assets.tables.model import Column, Table
from trend_assets.warehouse.frames import csv_of, read_csv
from trend_assets.warehouse.rows import prepare
from trend_assets.warehouse.values import convert

UTC = dt.UTC
TYPES = (
    "text", "bigint", "integer", "double precision", "numeric(14,6)", "boolean", "date", "timestamptz", "bytea",
    "text[]", "jsonb",
)  # fmt: skip
TABLE = Table(
    schema="source",
    name="things",
    grain="One row per thing.",
    description="For tests.",
    columns=(
        Column("day", "date", "Day.", nullable=False),
        Column("id", "text", "Id.", nullable=False),
        Column("views", "bigint", "Views.", minimum=0),
        Column("note", "text", "Note."),
    ),
    key=("day", "id"),
    partition_column="day",
)
DAY = dt.date(2026, 11, 20)


def held(kind: str, *values: object, **limits: float) -> tuple[list, list[str]]:
    array, problems = convert(Column("x", kind, "", **limits), pd.Series(list(values), dtype=object))  # type: ignore[arg-type]
    return array.to_pylist(), [problem.reason for problem in problems]


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("text", "a\x00b\x07", "ab"),
        ("text", "\ud83d", "\ufffd"),
        ("text", 7311, "7311"),
        ("bigint", 2**63 - 1, 2**63 - 1),
        ("bigint", 12.0, 12),
        ("bigint", np.int32(4), 4),
        ("bigint", Decimal("5"), 5),
        ("integer", -(2**31), -(2**31)),
        ("double precision", 3, 3.0),
        ("numeric(14,6)", Decimal("0.25"), 0.25),
        ("boolean", np.True_, True),
        ("date", DAY, DAY),
        ("date", "2026-11-20", DAY),
        ("timestamptz", "2026-11-20T06:00:00+02:00", dt.datetime(2026, 11, 20, 4, tzinfo=UTC)),
        ("text[]", ("a", 'b"\\'), '{"a","b\\"\\\\"}'),
        ("jsonb", {"b": [1, float("nan")], "a": np.float64(0.5)}, '{"a":0.5,"b":[1,null]}'),
        ("bytea", b"\x00\xff", "\\x00ff"),
    ],
)
def test_a_value_that_fits_is_held_exactly(kind: str, value: object, stored: object) -> None:
    assert held(kind, value, None) == ([stored, None], [])


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("text", {"a": 1}, "{'a': 1} is not text"),
        ("text", 1.5, "1.5 is not text"),
        ("text", True, "True is not text"),
        ("bigint", 2**63, "9223372036854775808 does not fit into bigint"),
        ("bigint", "1.2M", "'1.2M' is not a whole number"),
        ("bigint", "12", "'12' is not a whole number"),
        ("bigint", 1.5, "1.5 is not a whole number"),
        ("bigint", float("inf"), "inf is not a whole number"),
        ("bigint", 1e17, "1e+17 is too large to be exact"),
        ("bigint", True, "True is not a whole number"),
        ("integer", 2**31, "2147483648 does not fit into integer"),
        ("integer", -(2**31) - 1, "-2147483649 does not fit into integer"),
        ("double precision", float("-inf"), "-inf does not fit into double precision"),
        ("double precision", "0.5", "'0.5' is not a number"),
        ("double precision", False, "False is not a number"),
        ("numeric(14,6)", 1e8, "100000000 does not fit into numeric(14,6)"),
        ("numeric(14,2)", 1e12, "1000000000000 does not fit into numeric(14,2)"),
        ("boolean", 1, "1 is neither true nor false"),
        ("date", "yesterday", "'yesterday' is not of type date"),
        ("date", dt.datetime(2026, 11, 20, 5), "'2026-11-20 05:00:00' is a time, no date"),
        ("date", 20261120, "20261120 is not a date"),
        ("timestamptz", dt.datetime(2026, 11, 20), "'2026-11-20 00:00:00' has no time zone"),
        ("timestamptz", 1_700_000_000, "1700000000 is not a time"),
        ("timestamptz", "noon", "'noon' is not of type timestamptz"),
        ("text[]", "abc", "'abc' is not a list of texts"),
        ("text[]", ["a", 1.5], "1.5 is not text"),
        ("jsonb", {"a": b"b"}, "b'b' cannot be written as JSON"),
        ("bytea", "text", "'text' are not bytes"),
    ],
)
def test_a_value_that_cannot_be_held_becomes_null_with_its_reason(kind: str, value: object, reason: str) -> None:
    values, reasons = held(kind, value, None)
    assert (values, reasons) == ([None, None], [reason])


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT, np.nan])
@pytest.mark.parametrize("kind", TYPES)
def test_unknown_is_null_and_no_problem(kind: str, value: object) -> None:
    assert held(kind, value) == ([None], [])


def test_limits_of_the_catalogue_hold_for_every_number() -> None:
    values, reasons = held("bigint", -1, 0, 5, 6, None, minimum=0, maximum=5)
    assert (values, reasons) == ([None, 0, 5, None, None], ["-1 is below 0", "6 is above 5"])
    assert held("double precision", -0.5, minimum=0)[0] == [None]


@pytest.mark.parametrize(
    ("dtype", "values", "stored"),
    [
        ("float64", [1.0, np.nan], [1, None]),
        ("Int64", [1, pd.NA], [1, None]),
        ("uint64", [1, 2**63], [1, None]),
        ("int8", [1, -1], [1, -1]),
        ("float64", [1.5, 2.0], [None, 2]),
    ],
)
def test_columns_of_every_number_type_become_whole_numbers(dtype: str, values: list, stored: list) -> None:
    array, _ = convert(Column("x", "bigint", ""), pd.Series(values, dtype=dtype))
    assert array.to_pylist() == stored


@pytest.mark.parametrize(("kind", "limit"), [("integer", 2**31), ("bigint", 2**63)])
@pytest.mark.parametrize("dtype", ["int64", "Int64", "int64[pyarrow]", "object", "float64", "Float64", "floats"])
def test_a_whole_number_is_held_up_to_the_last_that_fits_and_is_exact(kind: str, limit: int, dtype: str) -> None:
    exact = 2**53
    numbers = [0, limit - 1, -limit, exact, -exact, exact + 2, -exact - 2]
    if limit < exact or dtype == "object":
        numbers += [limit, -limit - 1]
    is_float = dtype.lower().startswith("float")
    given = [float(number) for number in numbers] if is_float else numbers
    array, problems = convert(
        Column("x", kind, ""),  # type: ignore[arg-type]
        pd.Series(given, dtype="object" if dtype == "floats" else dtype),
    )
    reasons = {problem.row: problem.reason.partition(" ")[2] for problem in problems}
    for row, value in enumerate(map(int, given)):
        if is_float and abs(value) > exact:
            assert reasons[row] == "is too large to be exact"
        elif -limit <= value < limit:
            assert row not in reasons and array[row].as_py() == value
        else:
            assert reasons[row] == f"does not fit into {kind}"


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("dtype", ["object", "bool[pyarrow]", "category"])
def test_what_is_refused_is_reported_with_its_row_and_its_column(kind: str, dtype: str) -> None:
    values = pd.Series([None, True], dtype=dtype)
    array, problems = convert(Column("seen", kind, ""), values)  # type: ignore[arg-type]
    if kind in ("boolean", "jsonb"):
        assert array[1].as_py() == {"boolean": True, "jsonb": "true"}[kind] and problems == []
    else:
        assert [(problem.row, problem.column, problem.reason[:4]) for problem in problems] == [(1, "seen", "True")]


def test_a_column_of_times_without_zone_is_refused_value_by_value_like_objects() -> None:
    array, problems = convert(Column("seen_at", "timestamptz", ""), pd.Series(pd.to_datetime(["2026-11-20", None])))
    assert array.to_pylist() == [None, None]
    assert [(problem.row, "no time zone" in problem.reason) for problem in problems] == [(0, True)]


@settings(max_examples=150)
@given(
    kind=st.sampled_from(TYPES),
    values=st.lists(
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.dates(), st.datetimes(),
            st.lists(st.one_of(st.text(), st.integers())), st.dictionaries(st.text(), st.floats()), st.decimals(),
        ),
        max_size=6,
    ),
)  # fmt: skip
def test_no_value_whatsoever_raises_and_every_loss_has_a_reason(kind: str, values: list) -> None:
    array, problems = convert(Column("x", kind, ""), pd.Series(values, dtype=object))  # type: ignore[arg-type]
    assert len(array) == len(values)
    lost = {row for row, value in enumerate(values) if not _is_unknown(value) and not array[row].is_valid}
    assert lost == {problem.row for problem in problems}


def _is_unknown(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    return value is None or (isinstance(value, float) and math.isnan(value))


@settings(max_examples=100)
@given(
    st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)), max_size=20)
)
def test_text_survives_the_way_through_copys_csv(texts: list[str | None]) -> None:
    frame = pd.DataFrame({"id": [f"{n:02d}" for n in range(len(texts))], "note": pd.Series(texts, dtype=object)})
    prepared = prepare(TABLE, frame, day=DAY)
    columns = [("day", "date"), ("id", "text"), ("views", "int8"), ("note", "text")]
    read = read_csv([csv_of(prepared.arrow)], columns)
    assert [None if pd.isna(note) else note for note in read["note"]] == prepared.arrow["note"].to_pylist()


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-2, 2)), max_size=15), st.randoms())
def test_every_row_is_stored_counted_as_a_repeat_or_set_aside(rows: list, random) -> None:  # type: ignore[no-untyped-def]
    frame = pd.DataFrame(rows, columns=["id", "views"])
    prepared = prepare(TABLE, frame, day=DAY)
    assert len(frame) == prepared.arrow.num_rows + prepared.repeats + prepared.rows_set_aside
    stored = prepared.arrow["id"].to_pylist()
    assert stored == sorted(set(frame["id"]))
    unique = frame.drop_duplicates("id", keep="last")
    shuffled = list(unique.index)
    random.shuffle(shuffled)
    again = prepare(TABLE, unique.loc[shuffled], day=DAY)
    assert again.content_hash == prepared.content_hash


def test_the_hash_tells_null_from_empty_and_one_column_from_another() -> None:
    frames = [
        {"id": ["1"], "note": [""]}, {"id": ["1"], "note": [None]}, {"id": ["1"], "views": [0]},
        {"id": ["1"], "views": [None], "note": ["x"]}, {"id": ["1", "2"]}, {"id": ["12"]}, {"id": []},
    ]  # fmt: skip
    hashes = {prepare(TABLE, pd.DataFrame(frame, dtype=object), day=DAY).content_hash for frame in frames}
    assert len(hashes) == len(frames)


def test_an_empty_result_keeps_its_typed_columns() -> None:
    read = read_csv([], [("n", "int8"), ("t", "timestamptz"), ("s", "text"), ("l", "_text"), ("d", "date")])
    assert [str(dtype) for dtype in read.dtypes] == ["Int64", "datetime64[us, UTC]", "str", "object", "object"]
