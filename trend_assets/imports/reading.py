"""Reads a file as numbered records, a piece at a time: CSV, JSONL, JSON, XML, HTML tables, Parquet and workbooks,
packed or not.

Memory is bounded by the piece, not by the file. A line that is not a record comes out as `Unreadable` with its number;
a file that is none of these forms is refused. What the fields mean is in `spec.py` and `rows.py`.
"""

import codecs
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

from trend_assets.imports.containers import (
    GZIP,
    MARKUP_LIMIT,
    PARQUET,
    SILENCE_LIMIT,
    ZIP,
    Watch,
    is_packed,
    is_workbook,
    members,
    opened,
    parquet,
    parquet_batches,
    sheet,
)
from trend_assets.imports.csv_rows import LINE_LIMIT, CsvRows
from trend_assets.imports.dialect import HEADER_WITHIN, Dialect, dialect_of, encoding_of
from trend_assets.imports.json_rows import (
    BLOCK,
    OBJECT_LIMIT,
    SCRIPT,
    decoded,
    json_items,
    json_lines,
    lists_in,
    whole_object,
)
from trend_assets.imports.markup import DEEPEST, html_rows, xml_records
from trend_assets.imports.rows import Unreadable
from trend_assets.imports.spec import ImportRefused, recognise

PIECE_ROWS, PIECE_BYTES = 4_000, 8_000_000
"""What is judged together, by whichever is reached first."""

Record = tuple[int, Any]
"""Its number, 1 is the first, and what it holds."""
Sized = tuple[int, Any]
"""How many bytes or characters a record took, about, and what it holds."""


SAMPLE_ROWS, SAMPLE_BYTES = 200, 2_000_000
SCANNED_BYTES = 64_000_000
"""How far the first letter that is not ASCII is looked for; it tells the encoding."""
_PACKERS: dict[str, bytes | tuple[bytes, ...]] = {
    "7z": b"7z\xbc\xaf\x27\x1c", "bzip2": tuple(b"BZh%d1AY&SY" % level for level in range(1, 10)),
    "xz": b"\xfd7zXZ\0", "zstd": b"\x28\xb5\x2f\xfd", "rar": b"Rar!\x1a\x07", "tar": b"ustar",
}  # fmt: skip
"""What files begin with (tar: after 257 bytes) that are packed in a way that is not read."""
_ID_FIELDS = frozenset({"id", "external_id", "video_id", "url", "webVideoUrl"})


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


def describe(path: Path, *, encoding: str = "", delimiter: str = "", inside: str = "") -> FileInfo:
    """Form and fields of a file; what is not given is found. Raises ImportRefused with the reason and the next step
    when it is none of ours."""
    if not path.is_file():
        raise ImportRefused(f"There is no file {path.name} at that place; check the path.")
    if encoding:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ImportRefused(
                f"--encoding {encoding} is not known; write utf-8, latin-1, cp1252 or the like."
            ) from None
    sign = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    if len(sign) > 1:
        raise ImportRefused(f"--delimiter {delimiter} is not one character; write , ; | or tab.")
    member = inside if inside in members(path) else ""
    inside = "" if member else inside
    form, written_in, notes = _form(path, encoding, member)
    info = FileInfo(path, form, encoding=written_in, inside=inside, member=member, notes=tuple(notes))
    if form == "csv":
        with _refusing(path, written_in), _text(replace(info, watch=Watch(5 * SILENCE_LIMIT))) as text:
            lines = list(islice(iter(lambda: text.readline(LINE_LIMIT), ""), 4 * HEADER_WITHIN))
        dialect = dialect_of(lines, path.name, delimiter=sign)
        info = replace(info, dialect=dialect, notes=(*info.notes, *dialect.notes))
    elif form == "object":
        info = _object_info(info)
    elif form == "xlsx":
        info = _sheet_info(info)
    elif form == "html":
        info = _html_info(info)
    sample = tuple(record for _, record in sample_of(info))
    seen: dict[str, None] = dict.fromkeys(name for name in (info.dialect.names if info.dialect else ()) if name)
    if form == "parquet":
        seen |= dict.fromkeys(parquet(path).schema_arrow.names)
    for record in sample:
        if isinstance(record, dict):
            _names(record, seen)
    if not seen:
        bad = next((f" The first one: {record.reason}" for record in sample if isinstance(record, Unreadable)), "")
        raise ImportRefused(f"{path.name} holds no record of named fields in its first {SAMPLE_ROWS} entries.{bad}")
    return replace(info, fields=tuple(seen), sample=sample)


def _names(record: dict[str, Any], seen: dict[str, None], before: str = "", depth: int = 0) -> None:
    for name, value in record.items():
        full = f"{before}{name}"
        seen[full] = None
        if depth < 3 and isinstance(value, list):
            value = {"0": value[0]} if value else {}
        if depth < 3 and isinstance(value, dict):
            _names(value, seen, f"{full}/", depth + 1)


def _form(path: Path, encoding: str, member: str) -> tuple[str, str, list[str]]:
    """The form (csv, jsonl, json, object, xml, html, parquet or xlsx, by the first bytes), the encoding, and what is to
    be said about it."""
    with _refusing(path, "binary"), opened(path, member) as source:
        head = source.read(BLOCK)
        for _ in range(SCANNED_BYTES // BLOCK):
            # the first letter that is not ASCII tells the encoding, and it can come late
            if not head or not head.isascii() or head.count(0) or not (more := source.read(BLOCK)):
                break
            if not more.isascii():
                head += more
                break
    if not head.strip(b"\xef\xbb\xbf\xfe\xff \t\r\n"):
        raise ImportRefused(f"{path.name} is empty.")
    if head.startswith(PARQUET):
        return "parquet", "binary", []
    if head.startswith(ZIP) and is_workbook(path):
        return "xlsx", "binary", []
    if is_packed(path) and head.startswith((ZIP, GZIP)):
        raise ImportRefused(f"{path.name} is packed twice; unpack it once and import what is in it.")
    for kind, begins in _PACKERS.items():
        if head.startswith(begins, 257 if kind == "tar" else 0):
            raise ImportRefused(f"{path.name} is packed as {kind}; unpack it, or pack it as zip or gzip.")
    if head.startswith((b"%PDF", b"\xd0\xcf", b"SQLite format 3\0")) or not head.strip(b"\0"):
        raise ImportRefused(
            f"{path.name} is neither CSV, JSONL, JSON, XML, HTML, Parquet nor .xlsx; export it as one of these."
        )
    written_in, note = (encoding, "") if encoding else encoding_of(head, path.name)
    start = codecs.getincrementaldecoder(written_in)("replace").decode(head[: 1 << 16]).lstrip("\ufeff \t\r\n")
    notes = [note] if note else []
    if start.startswith("<"):
        is_page = any(f"<{tag}" in start[:4096].lower() for tag in ("html", "table", "!doctype html"))
        # the head of an XML file says its encoding itself
        return ("html", written_in, notes) if is_page else ("xml", encoding or "utf-8", [])
    if start.startswith("[") or SCRIPT.match(start):
        return "json", written_in, notes
    if not start.startswith("{"):
        return "csv", written_in, notes
    with _refusing(path, written_in), _text(FileInfo(path, "", encoding=written_in, member=member)) as text:
        first, second = _two_lines(text)
    is_record = isinstance(decoded(first.encode("utf-8", "surrogatepass")), dict)
    is_object = not second if is_record else first.endswith(("{", ",", "["))
    return ("object" if is_object else "jsonl"), written_in, notes


def _two_lines(text: io.TextIOWrapper) -> tuple[str, str]:
    """The first two lines that are not blank."""
    lines: list[str] = []
    while len(lines) < 2 and (line := text.readline(LINE_LIMIT)):
        if line.strip():
            lines.append(line.strip().lstrip("\ufeff"))
    first, second, *_ = [*lines, "", ""]
    return first, second


def _object_info(info: FileInfo) -> FileInfo:
    """A JSON object is one record, or holds the list of records."""
    whole = object_of(info)
    lists = dict(lists_in(whole))
    if info.inside and info.inside != "." and info.inside not in lists:
        raise ImportRefused(f"--rows {info.inside}: {info.path.name} has the lists {', '.join(lists) or 'none'}.")
    if info.inside:
        return info
    if len(whole) > 1 and all(isinstance(value, dict) for value in whole.values()):
        (first, *others) = whole.values()
        if first and all(inner.keys() == first.keys() for inner in others):
            raise ImportRefused(
                f"{info.path.name} is a table by columns or by keys, as pandas' to_json writes it; write it with "
                "orient='records', or save it as CSV."
            )
    is_record = recognise(whole) is not None or not _ID_FIELDS.isdisjoint(whole)
    if is_record or not lists:
        note = (
            f"The file is one record; its lists ({', '.join(lists)}) can be taken as rows by --rows." if lists else ""
        )
        return replace(info, inside=".", notes=(*info.notes, *([note] if note else [])))
    if len(lists) > 1:
        raise ImportRefused(
            f"{info.path.name} is a JSON object with several lists: {', '.join(lists)}; say which holds the rows: "
            "--rows NAME (or --rows . for the object itself)."
        )
    (inside,) = lists
    return replace(info, inside=inside, notes=(*info.notes, f"The rows are the list {inside}; --rows overrules it."))


def object_of(info: FileInfo) -> dict[str, Any]:
    """The one JSON object of the file."""
    info = replace(info, watch=Watch(4 * OBJECT_LIMIT))
    with _refusing(info.path, info.encoding), _text(info) as text:
        return whole_object(text, info.path.name)


def _object_records(info: FileInfo) -> Iterator[Sized]:
    whole = object_of(info)
    chosen = [whole] if info.inside in ("", ".") else dict(lists_in(whole))[info.inside]
    yield from ((0, record) for record in chosen)


def _sheet_info(info: FileInfo) -> FileInfo:
    with sheet(info.path, info.inside) as (title, rows, names):
        first = [[("" if cell is None else str(cell)) for cell in row] for row in islice(rows, HEADER_WITHIN)]
    dialect = _table_dialect(info, first)
    notes = [*dialect.notes]
    if len(names) > 1:
        others = ", ".join(name for name in names if name != title)
        notes.append(f"The sheet {title} is read, not {others}; --rows SHEET overrules it.")
    return replace(info, dialect=dialect, inside=title, notes=(*info.notes, *notes))


def _table_dialect(info: FileInfo, first: list[list[str]]) -> Dialect:
    """Where the header of a table stands and what it says."""
    if not any(any(row) for row in first):
        raise ImportRefused(f"{info.path.name} is empty.")
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_trimmed(first))
    return dialect_of(text.getvalue().splitlines(keepends=True), info.path.name, delimiter=",")


def _html_info(info: FileInfo) -> FileInfo:
    with _refusing(info.path, info.encoding), _text(info) as text:
        first = [row for _, row in islice(html_rows(text, info.path.name), HEADER_WITHIN)]
    if not first:
        raise ImportRefused(f"{info.path.name} is a page without a table; export it as CSV or JSON.")
    dialect = _table_dialect(info, first)
    return replace(info, dialect=dialect, notes=(*info.notes, *dialect.notes))


def _html_records(info: FileInfo) -> Iterator[Sized]:
    dialect = info.table
    with _text(info) as text:
        for size, row in islice(html_rows(text, info.path.name), dialect.before + 1, None):
            yield size, _named(dialect.names, row)


def _xml_records(info: FileInfo) -> Iterator[Sized]:
    with opened(info.path, info.member, info.watch) as source:
        declared = "" if info.encoding == "utf-8" else info.encoding
        yield from xml_records(source, info.path.name, declared)


def _named(names: tuple[str, ...], row: list[Any]) -> Any:
    """The cells of a row by the names of their columns, nested where these are."""
    if len(row) > len(names) and any(cell not in (None, "") for cell in row[len(names) :]):
        return Unreadable(f"It has {len(row)} fields, the header has {len(names)}.", ",".join(map(str, row))[:2000])
    record = {name: cell for name, cell in zip(names, row, strict=False) if name}
    return unflatten(record) if any("/" in name for name in names) else record


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    # rows of a sheet can end where their last value stands, or go on with empty cells
    width = max((place + 1 for row in rows for place, cell in enumerate(row) if cell), default=1)
    return [row[:width] if any(row) and len(list(filter(None, row))) > 1 else list(filter(None, row)) for row in rows]


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
    with _refusing(info.path, info.encoding):
        for record in reader[info.form](info):
            yield record
            info.watch.silent = 0


@contextmanager
def _refusing(path: Path, encoding: str) -> Iterator[None]:
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
def _text(info: FileInfo) -> Iterator[io.TextIOWrapper]:
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
        with _text(info) as text:
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
                    reason = f"It has {len(cells)} fields, the header has {width}."
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
    with _text(info) as text:
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
