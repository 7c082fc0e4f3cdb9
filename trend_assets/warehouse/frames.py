"""Frames on their way into and out of Postgres: whole rows, their order, repeats, hash and COPY's CSV.

    in:   DataFrame ──take_frame──▶ Given (Arrow, bad values NULL) ──▶ Prepared (sorted, each key once) ──▶ CSV for COPY
    out:  COPY's CSV ──▶ Arrow ──read_csv──▶ typed DataFrame

Single values belong to `values.py`, transactions to `warehouse.py`.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from trend_assets.tables.model import Table
from trend_assets.warehouse.row_hash import fingerprint
from trend_assets.warehouse.values import Problem, arrow_type, convert, shown

CHUNK_ROWS = 50_000
RAW_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something of a frame that could not be stored as it came: a whole row (`is_row`), or one value set to NULL."""

    reason: str
    raw: str
    capture_id: str | None
    is_row: bool


@dataclass(frozen=True)
class Prepared:
    """Rows ready for COPY, sorted by key, each key once; `repeats` counts rows equal to a kept one.

    Invariant: rows of the frame == arrow.num_rows + repeats + rows in `set_aside`.
    """

    arrow: pa.Table
    set_aside: list[SetAside] = field(default_factory=list)
    repeats: int = 0

    @property
    def rows_set_aside(self) -> int:
        return sum(item.is_row for item in self.set_aside)

    @cached_property
    def content_hash(self) -> str:
        """sha256 over the column names and the values in key order: the same whatever order the frame had."""
        return _hash_of(self.arrow)


@dataclass(frozen=True)
class Given:
    """A frame's rows as Postgres will hold them, still in the frame's order and with repeats."""

    table: Table
    arrow: pa.Table
    set_aside: list[SetAside] = field(default_factory=list)

    @cached_property
    def any_order(self) -> str:
        """The same for the same rows in whatever order, and cheap: nothing is sorted. It says what will be stored only
        where no key comes twice: of two rows with one key the order decides."""
        return fingerprint(self.arrow) + self._reasons

    @cached_property
    def in_order(self) -> str:
        """sha256 over the rows in the order given."""
        return _hash_of(self.arrow) + self._reasons

    @property
    def _reasons(self) -> str:
        return hashlib.sha256(repr(self.set_aside).encode()).hexdigest() if self.set_aside else ""

    @cached_property
    def prepared(self) -> Prepared:
        """The rows in key order, each key once."""
        arrow, repeats, repeated = _each_key_once(self.table, self.arrow)
        return Prepared(arrow, self.set_aside + repeated, repeats)


def _hash_of(arrow: pa.Table) -> str:
    digest = hashlib.sha256(f"{arrow.num_rows}".encode())
    for name in arrow.column_names:
        digest.update(f"\x1f{name}\x1f".encode())
        for part in _bytes_of(arrow[name]):
            digest.update(part)
    return digest.hexdigest()


def _bytes_of(column: pa.ChunkedArray) -> Iterator[memoryview | bytes]:
    """A column's values as bytes that depend on nothing but the values: which are NULL, then lengths, then data."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # no rows
        return
    yield np.packbits(array.is_null().to_numpy(zero_copy_only=False)).tobytes()
    kind = array.type
    if pa.types.is_large_string(kind):
        array = pc.fill_null(array, "")
        offsets = np.frombuffer(array.buffers()[1], dtype="int64")[array.offset : array.offset + len(array) + 1]
        yield np.diff(offsets).tobytes()
        if (data := array.buffers()[2]) is not None:
            yield memoryview(data)[offsets[0] : offsets[-1]]
    elif pa.types.is_boolean(kind):
        yield np.packbits(pc.fill_null(array, False).to_numpy(zero_copy_only=False)).tobytes()
    elif pa.types.is_floating(kind):
        # 0.0 and -0.0 are one value to Postgres
        yield (pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False) + 0.0).tobytes()
    else:
        whole = pa.int32() if pa.types.is_date32(kind) else pa.int64()
        yield pc.fill_null(array.cast(whole), 0).to_numpy(zero_copy_only=False).tobytes()


def prepare(table: Table, frame: pd.DataFrame, *, day: date | None = None, fill: bool = True) -> Prepared:
    """`frame` as sorted rows of `table`, each key once (see `take_frame`)."""
    return take_frame(table, frame, day=day, fill=fill).prepared


def take_frame(table: Table, frame: pd.DataFrame, *, day: date | None = None, fill: bool = True) -> Given:
    """`frame` as rows of `table` (of the partition `day`).

    Columns that the frame lacks are NULL (left out without `fill`), the partition column is filled in. A row without
    a value in a NOT NULL column, and of two different rows with one key the earlier one, are set aside. Raises
    ValueError for unknown columns and for rows of another day: both are bugs.
    """
    if unknown := [str(name) for name in frame.columns if name not in table.column_names]:
        raise ValueError(f"The frame for {table.address} has columns that the table does not: {', '.join(unknown)}.")
    arrays: dict[str, pa.Array] = {}
    problems: list[Problem] = []
    for column in table.columns:
        if column.name in frame.columns:
            arrays[column.name], found = convert(column, frame[column.name])
            problems += found
        elif day is not None and column.name == table.partition_column:
            arrays[column.name] = pa.repeat(pa.scalar(day, type=pa.date32()), len(frame))
        elif not column.default and (fill or not column.nullable):
            arrays[column.name] = pa.nulls(len(frame), type=arrow_type(column))
    arrow = pa.table(arrays)
    if day is not None and table.partition_column:
        _require_day(table, arrow, day)
    arrow, set_aside = _set_aside(table, frame, arrow, problems)
    return Given(table, arrow, set_aside)


def _require_day(table: Table, arrow: pa.Table, day: date) -> None:
    days = pc.unique(arrow[table.partition_column]).drop_null().to_pylist()
    if any(other != day for other in days):
        raise ValueError(
            f"The frame for {table.address} of {day} holds rows of {', '.join(map(str, sorted(set(days) - {day})))}: "
            "write each day on its own."
        )


def _set_aside(
    table: Table, frame: pd.DataFrame, arrow: pa.Table, problems: Sequence[Problem]
) -> tuple[pa.Table, list[SetAside]]:
    """Drop rows that lack what they must have, and report them and every value that was set to NULL."""
    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        by_row.setdefault(problem.row, []).append(problem)
    lacking: dict[int, list[str]] = {}
    for column in table.columns:
        if column.nullable or column.name not in arrow.column_names or not arrow[column.name].null_count:
            continue
        for position in np.flatnonzero(arrow[column.name].is_null().to_numpy()):
            lacking.setdefault(int(position), []).append(column.name)
    set_aside = []
    for row in sorted({*by_row, *lacking}):
        reasons = [f"{problem.column}: {problem.reason}" for problem in by_row.get(row, [])]
        unknown = [name for name in lacking.get(row, []) if name not in {p.column for p in by_row.get(row, [])}]
        reasons += [f"{name}: is unknown" for name in unknown]
        is_row = row in lacking
        effect = "The row cannot be stored" if is_row else "Values were set to NULL"
        set_aside.append(
            SetAside(
                reason=f"{effect} in {table.address}: {'; '.join(reasons)}.",
                raw=_as_text(frame.iloc[row].to_dict()),
                capture_id=_capture_id(frame, row),
                is_row=is_row,
            )
        )
    if lacking:
        keep = np.ones(arrow.num_rows, dtype=bool)
        keep[list(lacking)] = False
        arrow = arrow.filter(pa.array(keep))
    return arrow, set_aside


def _each_key_once(table: Table, arrow: pa.Table) -> tuple[pa.Table, int, list[SetAside]]:
    """Sort by key and keep the last row of each key: equal repeats are counted, different ones set aside."""
    if arrow.num_rows < 2:
        return arrow, 0, []
    is_sorted, same = _adjacent(table, arrow)
    if not is_sorted:
        varying = [name for name in table.key if not _is_constant(arrow[name])] or list(table.key[:1])
        order = pc.sort_indices(arrow, sort_keys=[(name, "ascending") for name in varying])
        arrow = arrow.take(order)
        _, same = _adjacent(table, arrow)
    if not same.any():
        return arrow, 0, []
    repeats, set_aside = 0, []
    for row in np.flatnonzero(same):
        earlier, later = (arrow.slice(int(row) + step, 1).to_pylist()[0] for step in (0, 1))
        if earlier == later:
            repeats += 1
            continue
        key = ", ".join(f"{name} {shown(earlier[name])}" for name in table.key if name != table.partition_column)
        set_aside.append(
            SetAside(
                reason=f"Another row of {table.address} has the same key ({key}); the later one is stored.",
                raw=_as_text(earlier),
                capture_id=earlier.get("capture_id"),
                is_row=True,
            )
        )
    return arrow.filter(pa.array(np.append(~same, True))), repeats, set_aside


def _adjacent(table: Table, arrow: pa.Table) -> tuple[bool, np.ndarray]:
    """Whether the rows are in key order, and for each row but the last whether the next one has the same key."""
    count = arrow.num_rows - 1
    same = np.ones(count, dtype=bool)
    in_order = np.zeros(count, dtype=bool)
    for name in table.key:
        column = arrow[name]
        if _is_constant(column):
            continue
        here, there = column.slice(0, count), column.slice(1, count)
        in_order |= same & pc.less(here, there).to_numpy()
        same &= pc.equal(here, there).to_numpy()
    return bool((in_order | same).all()), same


def _is_constant(column: pa.ChunkedArray) -> bool:
    limits = pc.min_max(column).as_py() if len(column) else {"min": None, "max": None}
    return limits["min"] == limits["max"]


def _as_text(row: Mapping[Any, Any]) -> str:
    known = {str(name): value for name, value in row.items() if value is not None}
    return json.dumps(known, default=repr, ensure_ascii=True)[:RAW_LIMIT]


def _capture_id(frame: pd.DataFrame, row: int) -> str | None:
    if "capture_id" not in frame.columns:
        return None
    value = frame["capture_id"].iloc[row]
    return value if isinstance(value, str) else None


def csv_of(arrow: pa.Table) -> bytes:
    """The rows as COPY reads them with FORMAT csv: NULL is nothing, the empty text is ""."""
    sink = io.BytesIO()
    pacsv.write_csv(arrow, sink, pacsv.WriteOptions(include_header=False))
    return sink.getvalue()


# --- out ------------------------------------------------------------------------------------------------------------

# by Postgres' type: what Arrow parses from COPY's CSV
_ARROW_TYPES: dict[str, pa.DataType] = {
    "int2": pa.int64(), "int4": pa.int64(), "int8": pa.int64(), "float4": pa.float64(), "float8": pa.float64(),
    "numeric": pa.float64(), "date": pa.date32(), "timestamptz": pa.timestamp("us", "UTC"),
}  # fmt: skip


def read_csv(chunks: Iterable[bytes | bytearray | memoryview], columns: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """The typed frame of COPY's CSV; `columns` are names and Postgres types (`int8`, `text`, `_text`, `jsonb`, …).

    Whole numbers come as Int64, numbers as float64 (NaN is NULL), booleans as boolean, text as str, dates, arrays,
    JSON and bytes as objects, times as datetime64[us, UTC].
    """
    sink = pa.BufferOutputStream()  # taken piece by piece and parsed where it lies: one copy of a large answer
    for chunk in chunks:
        sink.write(chunk)
    buffer = sink.getvalue()
    if not columns:
        return pd.DataFrame()
    # names may repeat in a query (a.x, b.x): parse by position, name at the end
    positions = [str(index) for index in range(len(columns))]
    if buffer.size == 0:
        arrow = pa.table(
            {
                position: pa.array([], type=_arrow_type(kind))
                for position, (_, kind) in zip(positions, columns, strict=True)
            }
        )
    else:
        arrow = pacsv.read_csv(
            pa.BufferReader(buffer),
            # a block must hold the longest row; bodies and texts can be long
            read_options=pacsv.ReadOptions(column_names=positions, block_size=min(max(buffer.size, 1 << 20), 1 << 30)),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pacsv.ConvertOptions(
                column_types={
                    position: _arrow_type(kind) for position, (_, kind) in zip(positions, columns, strict=True)
                },
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    series = [_series(arrow[position], kind) for position, (_, kind) in zip(positions, columns, strict=True)]
    frame = pd.concat(series, axis=1) if series else pd.DataFrame()
    frame.columns = [name for name, _ in columns]
    return frame


def _arrow_type(kind: str) -> pa.DataType:
    return _ARROW_TYPES.get(kind, pa.large_string())


def _series(array: pa.ChunkedArray, kind: str) -> pd.Series:
    if kind in ("int2", "int4", "int8"):
        return array.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if kind in ("float4", "float8", "numeric"):
        return array.to_pandas().astype("float64")
    if kind == "timestamptz":
        return array.to_pandas().astype("datetime64[us, UTC]")
    if kind == "date":
        return array.to_pandas().astype(object)
    if kind == "bool":
        mapping = {"t": True, "f": False, None: None}
        return pd.Series([mapping[value] for value in array.to_pylist()], dtype="boolean")
    if kind in ("json", "jsonb"):
        return _objects(None if value is None else json.loads(value) for value in array.to_pylist())
    if kind == "bytea":
        return _objects(None if value is None else bytes.fromhex(value[2:]) for value in array.to_pylist())
    if kind.startswith("_"):
        return _objects(None if value is None else json.loads(value) for value in array.to_pylist())
    return array.to_pandas(types_mapper={pa.large_string(): pd.StringDtype(na_value=np.nan)}.get)


def _objects(values: Iterable[Any]) -> pd.Series:
    """An object column that keeps lists and dicts whole."""
    listed = list(values)
    column = np.empty(len(listed), dtype=object)
    for row, value in enumerate(listed):
        column[row] = value  # a slice assignment would unpack lists of equal length
    return pd.Series(column, dtype=object)
