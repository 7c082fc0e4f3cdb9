"""Reads a file as numbered records, a piece at a time: CSV, JSONL, JSON, XML, HTML tables, Parquet and workbooks,
packed or not.

Memory is bounded by the piece, not by the file. A line that is not a record comes out as `Unreadable` with its number.
Which form a file has is found in `describing.py`; what the fields mean is in `spec.py` and `rows.py`.
"""

import csv
import hashlib
import io
import lzma
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from trend_assets.imports.containers import MARKUP_LIMIT, SILENCE_LIMIT, Watch, opened, parquet_batches, sheet
from trend_assets.imports.csv_rows import LINE_LIMIT, CsvRows
from trend_assets.imports.dialect import Dialect
from trend_assets.imports.json_rows import OBJECT_LIMIT, json_items, json_lines, lists_in, whole_object
from trend_assets.imports.markup import DEEPEST, html_rows, xml_records
from trend_assets.imports.rows import Unreadable
from trend_assets.imports.spec import ImportRefused
from trend_assets.text import plural

PIECE_ROWS, PIECE_BYTES = 4_000, 8_000_000
"""What is judged together, by whichever is reached first."""
SAMPLE_ROWS, SAMPLE_BYTES = 200, 2_000_000

Record = tuple[int, Any]
"""Its number, 1 is the first, and what it holds."""
Sized = tuple[int, Any]
"""How many bytes or characters a record took, about, and what it holds."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What is known of a file before its rows are read: `fields` are the names in its header or first records
    (`outer/inner` too), `sample` those records, `inside` the list or sheet that holds the rows, `member` the file of a
    zip that does, `notes` what was found and how to overrule it."""

    path: Path
    form: str
    fields: tuple[str, ...] = ()
    encoding: str = "utf-8-sig"
    dialect: Dialect | None = None
    inside: str = ""
    member: str = ""
    notes: tuple[str, ...] = ()
    sample: tuple[Any, ...] = ()
    watch: Watch = field(default_factory=Watch, compare=False, repr=False)

    @property
    def table(self) -> Dialect:
        """Where its header stands and what it says; of a form that has one."""
        assert self.dialect is not None
        return self.dialect


def object_of(info: FileInfo) -> dict[str, Any]:
    """The one JSON object of the file."""
    info = replace(info, watch=Watch(4 * OBJECT_LIMIT))
    with refusing(info.path, info.encoding), text_of(info) as text:
        return whole_object(text, info.path.name)


def _object_records(info: FileInfo) -> Iterator[Sized]:
    whole = object_of(info)
    chosen = [whole] if info.inside in ("", ".") else dict(lists_in(whole))[info.inside]
    yield from ((0, record) for record in chosen)


def _html_records(info: FileInfo) -> Iterator[Sized]:
    dialect = info.table
    with text_of(info) as text:
        for size, row in islice(html_rows(text, info.path.name), dialect.before + 1, None):
            yield size, _named(dialect.names, row)


def _xml_records(info: FileInfo) -> Iterator[Sized]:
    with opened(info.path, info.member, info.watch) as source:
        declared = "" if info.encoding == "utf-8" else info.encoding
        yield from xml_records(source, info.path.name, declared)


def _named(names: tuple[str, ...], row: list[Any]) -> Any:
    """The cells of a row by the names of their columns, nested where these are."""
    if len(row) > len(names) and any(cell not in (None, "") for cell in row[len(names) :]):
        return Unreadable(
            f"It has {plural(len(row), 'field')}, the header has {len(names)}.", ",".join(map(str, row))[:2000]
        )
    record = {name: cell for name, cell in zip(names, row, strict=False) if name}
    return unflatten(record) if any("/" in name for name in names) else record


def _xlsx_records(info: FileInfo) -> Iterator[Sized]:
    dialect = info.table
    with sheet(info.path, info.inside) as (_, rows, _names):
        for row in islice(rows, dialect.before + 1, None):
            if any(cell not in (None, "") for cell in row):
                yield sum(len(cell) for cell in row if isinstance(cell, str)), _named(dialect.names, row)


def records(info: FileInfo) -> Iterator[Record]:
    """Numbered records of the file, 1 is the first. Raises ImportRefused when the file breaks off or its bytes are not
    text of its encoding; a single bad line does not."""
    yield from enumerate((record for _, record in _sized_records(info)), start=1)


def _sized_records(info: FileInfo) -> Iterator[Sized]:
    reader = {
        "csv": _csv_records,
        "jsonl": _jsonl_records,
        "json": _json_records,
        "parquet": _parquet_records,
        "object": _object_records,
        "xlsx": _xlsx_records,
        "html": _html_records,
        "xml": _xml_records,
    }
    info = replace(info, watch=Watch(MARKUP_LIMIT if info.form == "html" else SILENCE_LIMIT))
    with refusing(info.path, info.encoding):
        for record in reader[info.form](info):
            yield record
            info.watch.silent = 0


@contextmanager
def refusing(path: Path, encoding: str) -> Iterator[None]:
    """What the file system, gzip and the decoder raise, as ImportRefused with the next step."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"{path.name} is not {encoding} (byte {error.start} of a block); give --encoding, for example latin-1."
        ) from None
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        raise ImportRefused(f"{path.name} breaks off or cannot be read ({error}); fetch it again.") from None


def pieces(info: FileInfo, *, rows: int = PIECE_ROWS, size: int = PIECE_BYTES) -> Iterator[list[Record]]:
    """`records` in lists of at most `rows` that took some `size` bytes: a few bytes packed can hold very long rows."""
    piece: list[Record] = []
    taken = 0
    for number, (length, record) in enumerate(_sized_records(info), start=1):
        piece.append((number, record))
        taken += length
        if len(piece) >= rows or taken >= size:
            yield piece
            piece, taken = [], 0
    if piece:
        yield piece


def sample_of(info: FileInfo) -> list[Record]:
    """The first records, as many as a quick look needs."""
    return next(pieces(info, rows=SAMPLE_ROWS, size=SAMPLE_BYTES), [])


def sha256_of(path: Path) -> str:
    """sha256 of the file's bytes as they lie on disk."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def text_of(info: FileInfo) -> Iterator[io.TextIOWrapper]:
    """The text of the file, unpacked."""
    with (
        opened(info.path, info.member, info.watch) as source,
        io.TextIOWrapper(source, encoding=info.encoding, newline="") as text,
    ):
        yield text


def _csv_records(info: FileInfo) -> Iterator[Sized]:
    dialect = info.table
    names, width = dialect.names, len(dialect.names)
    nested, has_gaps = any("/" in name for name in names), "" in names
    before = csv.field_size_limit(LINE_LIMIT)
    try:
        with text_of(info) as text:
            for _ in range(dialect.before):
                text.readline(LINE_LIMIT)
            rows = CsvRows(text, dialect.delimiter, width, info.path.name)
            next(iter(rows), None)  # the header
            for cells in rows:
                size, rows.size = rows.size, 0
                if isinstance(cells, Unreadable):
                    yield size, cells
                    continue
                if len(cells) == width + 1 and cells[-1] == "":
                    cells.pop()
                if len(cells) != width:
                    is_comment = cells[0].startswith("#")
                    reason = f"It has {plural(len(cells), 'field')}, the header has {width}."
                    why = "It is a comment, not a row." if is_comment else reason
                    yield size, Unreadable(why, ",".join(cells)[:2000])
                    continue
                record = dict(zip(names, cells, strict=True))
                if has_gaps:
                    record.pop("")
                yield size, unflatten(record) if nested else record
    finally:
        csv.field_size_limit(before)


def unflatten(record: dict[str, Any]) -> dict[str, Any]:
    """Apify's CSV export writes nested values as columns `a/b` and `list/0/name`; this makes them nested again.
    Empty cells are left out: the export fills every column for every row."""
    nested: dict[str, Any] = {}
    for name, value in record.items():
        if value in ("", None):
            continue
        # what is deeper is no nested value, and stays in the last name
        *path, last = name.split("/", DEEPEST)
        place = nested
        for step in path:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place[last] = value
    return {name: _lists(value) for name, value in nested.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() and len(key) < 10 for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def _jsonl_records(info: FileInfo) -> Iterator[Sized]:
    with opened(info.path, info.member, info.watch) as source:
        yield from json_lines(source, info.encoding)


def _json_records(info: FileInfo) -> Iterator[Sized]:
    with text_of(info) as text:
        yield from json_items(text, info.path.name)


def _parquet_records(info: FileInfo) -> Iterator[Sized]:
    for batch in parquet_batches(info.path, rows=PIECE_ROWS):
        for record in batch:
            size = sum(len(value) for value in record.values() if isinstance(value, str | bytes))
            yield size, {name: _plain(value) for name, value in record.items()}


def _plain(value: Any) -> Any:
    """Parquet's typed values as JSON has them, so that a stored part reads as the file did."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    # what pandas writes for a number that is not there
    return None if isinstance(value, float) and math.isnan(value) else value
