"""What a file is before its rows are read: its form by the first bytes, how it is written, where its rows stand, and
the names of its fields.

What is found and can be overruled is said in `notes`; a file that is none of the forms is refused. How a text is
written is found in `dialect.py`; records are read in `reading.py`.
"""

import codecs
import csv
import io
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from trend_assets.imports.containers import (
    GZIP,
    PARQUET,
    SILENCE_LIMIT,
    ZIP,
    Watch,
    is_packed,
    is_workbook,
    members,
    opened,
    parquet,
    sheet,
)
from trend_assets.imports.csv_rows import LINE_LIMIT
from trend_assets.imports.dialect import HEADER_WITHIN, Dialect, dialect_of, encoding_of
from trend_assets.imports.json_rows import BLOCK, SCRIPT, decoded, lists_in
from trend_assets.imports.markup import html_rows
from trend_assets.imports.reading import SAMPLE_ROWS, FileInfo, object_of, refusing, sample_of, text_of
from trend_assets.imports.rows import Unreadable
from trend_assets.imports.spec import ImportRefused, recognise

SCANNED_BYTES = 64_000_000
"""How far the first letter that is not ASCII is looked for; it tells the encoding."""
_PACKERS: dict[str, bytes | tuple[bytes, ...]] = {
    "7z": b"7z\xbc\xaf\x27\x1c", "bzip2": tuple(b"BZh%d1AY&SY" % level for level in range(1, 10)),
    "xz": b"\xfd7zXZ\0", "zstd": b"\x28\xb5\x2f\xfd", "rar": b"Rar!\x1a\x07", "tar": b"ustar",
}  # fmt: skip
"""What files begin with (tar: after 257 bytes) that are packed in a way that is not read."""
_ID_FIELDS = frozenset({"id", "external_id", "video_id", "url", "webVideoUrl"})


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
        with refusing(path, written_in), text_of(replace(info, watch=Watch(5 * SILENCE_LIMIT))) as text:
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
    with refusing(path, "binary"), opened(path, member) as source:
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
    with refusing(path, written_in), text_of(FileInfo(path, "", encoding=written_in, member=member)) as text:
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


def _sheet_info(info: FileInfo) -> FileInfo:
    with sheet(info.path, info.inside) as (title, rows, names):
        first = [[("" if cell is None else str(cell)) for cell in row] for row in islice(rows, HEADER_WITHIN)]
    dialect = _table_dialect(info, first)
    notes = [*dialect.notes]
    if len(names) > 1:
        others = ", ".join(name for name in names if name != title)
        notes.append(f"The sheet {title} is read, not {others}; --rows SHEET overrules it.")
    return replace(info, dialect=dialect, inside=title, notes=(*info.notes, *notes))


def _html_info(info: FileInfo) -> FileInfo:
    with refusing(info.path, info.encoding), text_of(info) as text:
        first = [row for _, row in islice(html_rows(text, info.path.name), HEADER_WITHIN)]
    if not first:
        raise ImportRefused(f"{info.path.name} is a page without a table; export it as CSV or JSON.")
    dialect = _table_dialect(info, first)
    return replace(info, dialect=dialect, notes=(*info.notes, *dialect.notes))


def _table_dialect(info: FileInfo, first: list[list[str]]) -> Dialect:
    """Where the header of a table stands and what it says."""
    if not any(any(row) for row in first):
        raise ImportRefused(f"{info.path.name} is empty.")
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_trimmed(first))
    return dialect_of(text.getvalue().splitlines(keepends=True), info.path.name, delimiter=",")


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    # rows of a sheet can end where their last value stands, or go on with empty cells
    width = max((place + 1 for row in rows for place, cell in enumerate(row) if cell), default=1)
    return [row[:width] if any(row) and len(list(filter(None, row))) > 1 else list(filter(None, row)) for row in rows]
