"""The one judge of rows, and their one hash: what of a frame a table can hold, in which order, and whether it is new.

    DataFrame ──judge──▶ Judged (Arrow in the frame's order, what was set aside, what is wrong with it)
                           └──prepared──▶ Prepared (sorted, each key once) ──▶ CSV for COPY

The outcome follows from the values alone: the same numbers as int64, Int64, float64, Arrow or objects are stored, set
aside and objected to in the same way. Single values belong to `values.py`, CSV to `frames.py`, transactions to
`writing.py`.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trend_assets.tables.model import Table
from trend_assets.text import plural
from trend_assets.warehouse.values import Problem, arrow_type, convert, is_unknown, plain, shown

RAW_LIMIT = 20_000
"""Characters kept of a row or item that was set aside, as `ops.quarantine` promises."""

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something of a frame that could not be stored as it came: a whole row (`is_row`), or one value set to NULL.
    `row` is its place in the frame; a row set aside for its key has none."""

    reason: str
    raw: str
    capture_id: str | None
    is_row: bool
    row: int | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Prepared:
    """Rows ready for COPY, sorted by key, each key once; `repeats` counts rows equal to a kept one.

    Invariant: rows of the frame == arrow.num_rows + repeats + rows in `set_aside`.
    """

    arrow: pa.Table
    set_aside: list[SetAside] = field(default_factory=list)
    repeats: int = 0
    known_hash: str | None = None

    @property
    def rows_set_aside(self) -> int:
        return sum(item.is_row for item in self.set_aside)

    @cached_property
    def content_hash(self) -> str:
        """The fingerprint of the rows: the same whatever order the frame had."""
        return self.known_hash or fingerprint(self.arrow)


@dataclass(frozen=True)
class Judged:
    """A frame's rows as Postgres will hold them, still in the frame's order and with repeats, and what is wrong.

    `bugs` can only come from our code (columns that the table does not have, rows of another day) and are never
    written; `lacks` says what the frame as a whole lacks; `spoilt` counts bad values by column, as sentences.
    """

    table: Table
    arrow: pa.Table
    set_aside: list[SetAside] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    spoilt: list[str] = field(default_factory=list)

    def objections(self, *, from_outside: bool) -> list[str]:
        """Why the frame must not become a partition, one sentence each; empty when it is fit to be written.

        Rows that came `from_outside` are judged one by one: a bad one is set aside and the day goes on. Rows that were
        computed here have no bad values and no key twice, else the computation is wrong and nothing of it is trusted.
        """
        if from_outside:
            return self.bugs + self.lacks
        return self.bugs + self.lacks + self.spoilt + self._repeated_keys()

    def _repeated_keys(self) -> list[str]:
        repeats = self.arrow.num_rows - self.prepared.arrow.num_rows
        key = ", ".join(self.table.key)
        return [f"{self.table.address} repeats its key ({key}) in {plural(repeats, 'row')}."] if repeats else []

    @cached_property
    def any_order(self) -> str:
        """The same for the same rows in whatever order, and cheap: nothing is sorted. It says what will be stored only
        where no key comes twice: of two rows with one key the order decides."""
        return self._fingerprint + self._reasons

    @cached_property
    def in_order(self) -> str:
        """The hash of the rows in the order given."""
        digest = hashlib.sha256("\x1f".join(self.arrow.column_names).encode())
        digest.update(row_hashes(self.arrow).tobytes())
        return digest.hexdigest() + self._reasons

    @cached_property
    def _fingerprint(self) -> str:
        return fingerprint(self.arrow)

    @property
    def _reasons(self) -> str:
        return hashlib.sha256(repr(self.set_aside).encode()).hexdigest() if self.set_aside else ""

    @cached_property
    def prepared(self) -> Prepared:
        """The rows in key order, each key once."""
        arrow, repeats, repeated = _each_key_once(self.table, self.arrow)
        is_whole = arrow.num_rows == self.arrow.num_rows
        return Prepared(arrow, self.set_aside + repeated, repeats, self._fingerprint if is_whole else None)


def prepare(table: Table, frame: pd.DataFrame, *, day: date | None = None, fill: bool = True) -> Prepared:
    """`frame` as sorted rows of `table`, each key once. Raises ValueError for what only a bug brings."""
    return without_bugs(judge(table, frame, day=day, fill=fill)).prepared


def without_bugs(judged: Judged) -> Judged:
    """`judged`, unless it holds what no frame of this table and day can hold: then ValueError."""
    if judged.bugs:
        raise ValueError(" ".join(judged.bugs))
    return judged


def judge(table: Table, frame: pd.DataFrame, *, day: date | None = None, fill: bool = True) -> Judged:
    """`frame` as rows of `table` (of the partition `day`), and everything that is wrong with it. Nothing raises.

    Columns that the frame lacks are NULL (left out without `fill`), the partition column is filled in. A value that
    its column cannot hold becomes NULL; a row without a value in a NOT NULL column is set aside.
    """
    arrays: dict[str, pa.Array] = {}
    problems: list[Problem] = []
    bugs, lacks = [], []
    if unknown := [str(name) for name in frame.columns if name not in table.column_names]:
        bugs.append(f"{table.address} has no columns {', '.join(unknown)}, which the frame has.")
    if frame.empty and table.never_empty:
        lacks.append(f"{table.address} has no rows, and it always has some.")
    for column in table.columns:
        if column.name in frame.columns:
            arrays[column.name], bad_values = convert(column, frame[column.name])
            problems += bad_values
        elif day is not None and column.name == table.partition_column:
            arrays[column.name] = pa.repeat(pa.scalar(day, type=pa.date32()), len(frame))
        elif not column.default and (fill or not column.nullable):
            arrays[column.name] = pa.nulls(len(frame), type=arrow_type(column))
            if not column.nullable and len(frame):
                lacks.append(f"{table.address}.{column.name} is missing, and it may not be unknown.")
    arrow = pa.table(arrays)
    if day is not None and table.partition_column:
        bugs += _of_another_day(table, arrow, day)
    lacking = _lacking(table, arrow)
    return Judged(
        table,
        _without(arrow, lacking),
        _set_aside(table, frame, problems, lacking),
        bugs=bugs,
        lacks=lacks,
        spoilt=_spoilt(table, frame, problems, lacking),
    )


def _of_another_day(table: Table, arrow: pa.Table, day: date) -> list[str]:
    days = set(pc.unique(arrow[table.partition_column]).drop_null().to_pylist()) - {day}
    if not days:
        return []
    others = ", ".join(map(str, sorted(days)))
    return [f"The frame for {table.address} of {day} holds rows of {others}: write each day on its own."]


def _lacking(table: Table, arrow: pa.Table) -> dict[int, list[str]]:
    """By row, the columns that must have a value there and have none."""
    lacking: dict[int, list[str]] = {}
    for column in table.columns:
        if column.nullable or column.name not in arrow.column_names or not arrow[column.name].null_count:
            continue
        for position in np.flatnonzero(arrow[column.name].is_null().to_numpy()):
            lacking.setdefault(int(position), []).append(column.name)
    return lacking


def _without(arrow: pa.Table, rows: Mapping[int, object]) -> pa.Table:
    if not rows:
        return arrow
    keep = np.ones(arrow.num_rows, dtype=bool)
    keep[list(rows)] = False
    return arrow.filter(pa.array(keep))


def _set_aside(
    table: Table, frame: pd.DataFrame, problems: Sequence[Problem], lacking: Mapping[int, list[str]]
) -> list[SetAside]:
    """A report of every row that lacks what it must have and of every value that was set to NULL."""
    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        by_row.setdefault(problem.row, []).append(problem)
    set_aside = []
    for row in sorted({*by_row, *lacking}):
        bad_values = by_row.get(row, [])
        reasons = [f"{problem.column}: {problem.reason}" for problem in bad_values]
        bad = {problem.column for problem in bad_values}
        reasons += [f"{name}: is unknown" for name in lacking.get(row, []) if name not in bad]
        is_row = row in lacking
        effect = "The row cannot be stored" if is_row else "Values were set to NULL"
        values = {str(name): frame[name].iloc[row] for name in frame.columns}
        capture_id = values.get("capture_id")
        set_aside.append(
            SetAside(
                reason=f"{effect} in {table.address}: {'; '.join(reasons)}.",
                raw=raw_text(values),
                capture_id=capture_id if isinstance(capture_id, str) else None,
                is_row=is_row,
                row=row,
            )
        )
    return set_aside


def _spoilt(
    table: Table, frame: pd.DataFrame, problems: Sequence[Problem], lacking: Mapping[int, list[str]]
) -> list[str]:
    """What is wrong with the frame's values, one sentence per column and kind."""
    bad = Counter(problem.column for problem in problems)
    first = {problem.column: problem.reason for problem in reversed(problems)}
    sentences = [
        f"{table.address}.{name} cannot hold {count} of the values: {first[name]}." for name, count in bad.items()
    ]
    named = {(problem.row, problem.column) for problem in problems}
    unknown = Counter(
        name for row, names in lacking.items() for name in names if name in frame.columns and (row, name) not in named
    )
    return sentences + [
        f"{table.address}.{name} is unknown in {plural(count, 'row')}, and it may not be."
        for name, count in unknown.items()
    ]


# --- order ------------------------------------------------------------------------------------------------------------


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
                raw=raw_text(earlier),
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


def raw_text(row: Mapping[Any, Any]) -> str:
    """A row as the quarantine shows it: what is known of it, as JSON, the same from every dtype."""
    known = {str(name): plain(value) for name, value in row.items() if not is_unknown(value)}
    return json.dumps(known, default=repr)[:RAW_LIMIT]


# --- hash -------------------------------------------------------------------------------------------------------------

# small enough that the arrays in between stay in a core's cache
HASHED_ROWS = 25_000
UNKNOWN = np.uint64(0xD6E8FEB86659FD93)
# odd, so that no column's bits are lost
_STEP = np.uint64(1_000_003)
_SAMPLE, _FEW = 256, 64


def fingerprint(arrow: pa.Table) -> str:
    """Equal for two tables with the same columns and the same rows, each as often, in whatever order.

    The sum of pandas' 64-bit hashes of the rows: a sum has no order. Two different sets of rows agree once in 2^64
    times; it does not defend against somebody who constructs texts to collide.
    """
    total = int(row_hashes(arrow).sum())
    names = "\x1f".join(arrow.column_names)
    return hashlib.sha256(f"{arrow.num_rows} {total} {names}".encode()).hexdigest()


def row_hashes(arrow: pa.Table) -> Hashes:
    """64 bits for each row, by `pandas.util.hash_array` over the typed values."""
    parts = [_chunk_hashes(arrow.slice(start, HASHED_ROWS)) for start in range(0, arrow.num_rows, HASHED_ROWS)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)


def _chunk_hashes(arrow: pa.Table) -> Hashes:
    hashes = np.zeros(arrow.num_rows, dtype=np.uint64)
    for column in arrow.columns:
        hashes = hashes * _STEP + _value_hashes(column.combine_chunks())
    # mixed once more: the sum of sums of columns would not tell which values stand in one row
    return pd.util.hash_array(hashes)


def _value_hashes(array: Any) -> Hashes | np.uint64:
    """A hash per value of a column, or the one hash of all its values."""
    kind = array.type
    if array.null_count == len(array):
        return UNKNOWN
    if pa.types.is_large_string(kind):
        if len(array.slice(0, _SAMPLE).unique()) < _FEW:
            return _repeated_text_hashes(array)
        values = pc.fill_null(array, "").to_numpy(zero_copy_only=False)
    elif pa.types.is_boolean(kind):
        values = pc.fill_null(array, False).to_numpy(zero_copy_only=False)
    elif pa.types.is_floating(kind):
        # 0.0 and -0.0 are one value to Postgres
        values = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False) + 0.0
    else:
        whole = array.view(pa.int32()) if pa.types.is_date32(kind) else array.view(pa.int64())
        values = pc.fill_null(whole, 0).to_numpy(zero_copy_only=False)
    if values.dtype != object and not array.null_count and (values == values[0]).all():
        return pd.util.hash_array(values[:1], categorize=False)[0]
    hashes = pd.util.hash_array(values, categorize=False)
    if array.null_count:
        hashes[array.is_null().to_numpy(zero_copy_only=False)] = UNKNOWN
    return hashes


def _repeated_text_hashes(array: Any) -> Hashes:
    encoded = array.dictionary_encode()
    hashes = pd.util.hash_array(encoded.dictionary.to_numpy(zero_copy_only=False), categorize=False)
    positions = encoded.indices.fill_null(len(hashes)).to_numpy(zero_copy_only=False)
    return np.append(hashes, UNKNOWN)[positions]
