"""Typed rows of one source and day from that day's stored answers: parse, add the capture's columns, drop repeats, set
aside what is not a row, and account for every item received.

    stored answers ──parse──▶ rows + capture columns ──▶ newest per key ──▶ TypedRows(frame, received, deduplicated, …)
                         └──▶ quarantined (reason, item, capture_id)

Pure: no database, no provider, no clock. What a provider's JSON means is its parser's business; what a row is worth is
judged in `rows.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from trend_assets.sources.call import Parse, Parsed, Quarantined
from trend_assets.sources.errors import SourceError
from trend_assets.tables.model import Table
from trend_assets.warehouse.rows import RAW_LIMIT, judge, raw_text

if TYPE_CHECKING:
    from trend_assets.capture.session import StoredAnswer


class Unaccounted(SourceError):
    """Items were lost between what was received and what was stored, deduplicated or quarantined: a bug, never data."""


@dataclass(frozen=True, slots=True)
class QuarantinedItem(Quarantined):
    """A quarantined item with the capture that holds it."""

    capture_id: str


@dataclass(slots=True)
class TypedRows:
    """Rows of one partition. Invariant: received == len(frame) + deduplicated + len(quarantined)."""

    frame: pd.DataFrame
    received: int = 0
    deduplicated: int = 0
    quarantined: list[QuarantinedItem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def typed_rows(table: Table, answers: "Iterable[StoredAnswer]", parse: Parse, *, day: date) -> TypedRows:
    """The rows of `table` for `day` from that day's stored answers, in any order.

    Repeats are rows with the same key inside one collection (the table's key without its day); the one measured last
    wins, then the one that came later. A row that brings its own measured_at and collected_at (user files) keeps them.
    A row without a value in a NOT NULL column is quarantined. An answer that its
    parser refuses is quarantined whole; when the parser refuses every answer its error is raised instead, so that the
    stored partition stays as it was. Raises Unaccounted when a parser's own counts do not add up, ValueError when it
    names a column that the table does not have.
    """
    result = TypedRows(frame=pd.DataFrame())
    refusals: list[SourceError] = []
    rows: list[dict[str, Any]] = []
    parsed_answers = 0
    for stored in answers:
        try:
            parsed = parse(stored.answer)
        except SourceError as error:
            refusals.append(error)
            result.received += 1
            raw = stored.answer.body[: 4 * RAW_LIMIT].decode("utf-8", "replace")[:RAW_LIMIT]
            result.quarantined.append(QuarantinedItem(str(error), raw, stored.capture_id))
            continue
        parsed_answers += 1
        _require_accounted(table, parsed, stored.capture_id)
        result.received += parsed.received
        result.deduplicated += parsed.duplicates
        result.notes.extend(parsed.notes)
        result.quarantined.extend(
            QuarantinedItem(item.reason, item.raw[:RAW_LIMIT], stored.capture_id) for item in parsed.quarantined
        )
        capture = {
            "observed_date": day,
            "measured_at": stored.answer.fetched_at,
            "collected_at": stored.collected_at,
            "capture_id": stored.capture_id,
            "is_simulated": stored.answer.is_simulated,
        }
        # a user's file states when its rows were observed; there the parser's own times count, not the import's
        rows.extend({**capture, **row} for row in parsed.rows)
    if refusals and not parsed_answers:
        raise refusals[0]
    _require_known_columns(table, rows)
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in _storable(table, rows, result):
        key = tuple(row[name] for name in table.key)
        known = newest.get(key)
        if known is not None:
            result.deduplicated += 1
        if known is None or row["measured_at"] >= known["measured_at"]:
            newest[key] = row
    result.frame = _frame(table.column_names, newest.values())
    if result.received != len(newest) + result.deduplicated + len(result.quarantined):
        raise Unaccounted(
            f"{table.address} on {day}: {result.received} items received, but {len(newest)} rows, "
            f"{result.deduplicated} repeats and {len(result.quarantined)} quarantined; report this as a bug of "
            "typed_rows."
        )
    return result


def _storable(table: Table, rows: list[dict[str, Any]], result: TypedRows) -> Iterable[dict[str, Any]]:
    """The rows that have what they must have; the others are quarantined before they could win over a good repeat."""
    required = [column.name for column in table.columns if not column.nullable]
    judged = judge(table, _frame(required, rows))
    refused = {item.row: item for item in judged.set_aside if item.is_row and item.row is not None}
    for position, row in enumerate(rows):
        if (item := refused.get(position)) is None:
            yield row
        else:
            result.quarantined.append(QuarantinedItem(item.reason, raw_text(row), row["capture_id"]))


def _frame(names: list[str], rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Object columns: a None beside an integer would turn it into a float, and ids above 2^53 into other ids."""
    rows = list(rows)
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})


def _require_accounted(table: Table, parsed: Parsed, capture_id: str) -> None:
    accounted = len(parsed.rows) + parsed.duplicates + len(parsed.quarantined)
    if parsed.received != accounted:
        raise Unaccounted(
            f"The parser of {table.address} received {parsed.received} items in capture {capture_id} but accounts for "
            f"{accounted}; nothing was stored. Report this as a bug of that parser."
        )


def _require_known_columns(table: Table, rows: list[dict[str, Any]]) -> None:
    unknown = {name for row in rows for name in row} - set(table.column_names)
    if unknown:
        raise ValueError(
            f"The parser of {table.address} gives columns that the table does not have: {', '.join(sorted(unknown))}; "
            "add them to the catalogue or drop them in the parser."
        )
