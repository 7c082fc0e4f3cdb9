"""The fingerprint of rows: blind to their order, and to nothing else."""

import datetime as dt

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.warehouse.rows import fingerprint, row_hashes

SCHEMA = pa.schema(
    [
        ("day", pa.date32()), ("id", pa.large_string()), ("views", pa.int64()), ("share", pa.float64()),
        ("is_live", pa.bool_()), ("note", pa.large_string()), ("at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip
AT = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
ROW = {"day": AT.date(), "id": "a", "views": 0, "share": 0.0, "is_live": False, "note": "", "at": AT}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(max_size=20),
            "views": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
            "share": st.one_of(st.none(), st.floats(allow_nan=False)),
            "note": st.one_of(st.none(), st.text("ab", max_size=40)),
        }
    ),
    max_size=8,
)


def table(*rows: dict) -> pa.Table:
    return pa.Table.from_pylist([{**ROW, **row} for row in rows], schema=SCHEMA)


@settings(max_examples=200)
@given(ROWS, st.randoms(), st.integers(1, 4))
def test_order_and_the_pieces_that_a_table_lies_in_do_not_show(rows: list[dict], random, piece: int) -> None:  # type: ignore[no-untyped-def]
    whole = table(*rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = whole.take(pa.array(order, type=pa.int64()))
    pieces = [shuffled.slice(start, piece) for start in range(0, len(rows), piece)]
    assert fingerprint(pa.concat_tables([table(), *pieces])) == fingerprint(whole)


@settings(max_examples=200)
@given(ROWS, ROWS)
def test_two_tables_agree_when_they_hold_the_same_rows_each_as_often(one: list[dict], other: list[dict]) -> None:
    # to Postgres 0.0 and -0.0 are one value
    plain = [[{**row, "share": row["share"] and row["share"] + 0.0} for row in rows] for rows in (one, other)]
    same = sorted(map(repr, plain[0])) == sorted(map(repr, plain[1]))
    same |= sorted(map(repr, _zeros(plain[0]))) == sorted(map(repr, _zeros(plain[1])))
    assert (fingerprint(table(*one)) == fingerprint(table(*other))) == same


def _zeros(rows: list[dict]) -> list[dict]:
    return [{**row, "share": 0.0 if row["share"] == 0 else row["share"]} for row in rows]


def test_every_value_counts_in_its_own_column_and_row() -> None:
    different = [
        [], [{}], [{}, {}], [{"note": None}], [{"note": "\0"}], [{"note": "a"}], [{"id": "", "note": "a"}],
        [{"id": "b", "note": "a"}], [{"id": "a", "note": "b"}], [{"views": None}], [{"views": 1}], [{"share": 1.0}],
        [{"share": None}], [{"is_live": True}], [{"is_live": None}], [{"at": None}], [{"day": None}],
        [{"at": AT + dt.timedelta(microseconds=1)}], [{"day": AT.date() + dt.timedelta(days=1)}],
        [{"id": "a", "views": 1}, {"id": "b", "views": 2}], [{"id": "a", "views": 2}, {"id": "b", "views": 1}],
        [{"note": "x" * 5000}], [{"note": "x" * 4999 + "y"}], [{"note": "x" * 2048}], [{"note": "x" * 2049}],
    ]  # fmt: skip
    assert len({fingerprint(table(*rows)) for rows in different}) == len(different)


def test_columns_of_the_same_values_with_other_names_differ() -> None:
    assert fingerprint(pa.table({"a": [1], "b": [2]})) != fingerprint(pa.table({"a": [1], "c": [2]}))
    assert fingerprint(pa.table({"a": [1], "b": [2]})) != fingerprint(pa.table({"a": [2], "b": [1]}))


def test_near_numbers_have_hashes_far_apart() -> None:
    hashes = row_hashes(pa.table({"views": np.arange(4096)}))
    bits = np.unpackbits(hashes.view(np.uint8)).reshape(len(hashes), 64)
    assert len(set(hashes.tolist())) == len(hashes)
    assert (np.abs(bits.mean(axis=0) - 0.5) < 0.05).all(), "each bit is set in half of the hashes"
