"""Reads a file as numbered records, a piece at a time: CSV, JSONL, JSON lists and Parquet, gzip-compressed or not.

Memory is bounded by the piece, not by the file. A line that is not a record comes out as `Unreadable` with its number;
a file that is none of these forms is refused. What the fields mean is in `spec.py` and `rows.py`.
"""

import codecs
import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from trend_assets.imports.rows import Unreadable
from trend_assets.imports.spec import ImportRefused
from trend_assets.sources.decode import decode_json
from trend_assets.sources.errors import SourceError

LINE_LIMIT = 10_000_000
"""Bytes of one JSONL line or CSV field; a real video object is about 93 kB."""
PIECE_ROWS = 20_000
_BLOCK = 1 << 20

Record = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What is known of a file before its rows are read; `fields` are the names in its header or first records."""

    path: Path
    form: str
    fields: tuple[str, ...]
    encoding: str


def describe(path: Path, *, encoding: str = "utf-8-sig") -> FileInfo:
    """Form and fields of a file. Raises ImportRefused with the reason and the next step when it is none of ours."""
    if not path.is_file():
        raise ImportRefused(f"There is no file {path.name} at that place; check the path.")
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise ImportRefused(f"--encoding {encoding} is not known; write utf-8, latin-1, cp1252 or the like.") from None
    form = form_of(path)
    if form == "csv":
        with _refusing(path, encoding), _text(path, encoding) as text:
            return FileInfo(path, form, tuple(_header(text, path.name)[0]), encoding)
    if form == "parquet":
        return FileInfo(path, form, tuple(_parquet(path).schema_arrow.names), encoding)
    seen: dict[str, None] = {}
    for _, record in islice(records(FileInfo(path, form, (), encoding)), 100):
        if isinstance(record, dict):
            seen.update(dict.fromkeys(str(name) for name in record))
    if not seen:
        raise ImportRefused(f"{path.name} holds no record of named fields in its first 100 entries.")
    return FileInfo(path, form, tuple(seen), encoding)


def form_of(path: Path) -> str:
    """`csv`, `jsonl`, `json` or `parquet`, from the content's first bytes; the name decides between CSV and nothing."""
    with _refusing(path, "binary"), _bytes(path) as source:
        head = source.read(4096)
    if not head.strip():
        raise ImportRefused(f"{path.name} is empty.")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ImportRefused(f"{path.name} is UTF-16; save it as UTF-8, or give --encoding utf-16.")
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"["):
        return "json"
    if start.startswith(b"{"):
        return "jsonl"
    if start.startswith((b"<", b"PK", b"%PDF", b"\xd0\xcf")):
        raise ImportRefused(f"{path.name} is neither CSV, JSONL, JSON nor Parquet; export it as one of these.")
    return "csv"


def records(info: FileInfo) -> Iterator[Record]:
    """Numbered records of the file, 1 is the first. Raises ImportRefused when the file breaks off or its bytes are not
    text of its encoding; a single bad line does not."""
    reader = {"csv": _csv_records, "jsonl": _jsonl_records, "json": _json_records, "parquet": _parquet_records}
    with _refusing(info.path, info.encoding):
        yield from enumerate(reader[info.form](info), start=1)


@contextmanager
def _refusing(path: Path, encoding: str) -> Iterator[None]:
    """What the file system, gzip and the decoder raise, as ImportRefused with the next step."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"{path.name} is not {encoding} (byte {error.start} of a block); give --encoding, for example latin-1."
        ) from None
    except (EOFError, OSError) as error:
        raise ImportRefused(f"{path.name} breaks off or cannot be read ({error}); fetch it again.") from None


def pieces(info: FileInfo, *, rows: int = PIECE_ROWS) -> Iterator[list[Record]]:
    """`records` in lists of at most `rows`."""
    source = records(info)
    while piece := list(islice(source, rows)):
        yield piece


def sha256_of(path: Path) -> str:
    """sha256 of the file's bytes as they lie on disk."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def _bytes(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as raw:
        if raw.read(2) == b"\x1f\x8b":
            raw.seek(0)
            with gzip.open(raw) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            raw.seek(0)
            yield raw


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    with _bytes(path) as source, io.TextIOWrapper(source, encoding=encoding, newline="") as text:
        yield text


def _header(text: io.TextIOWrapper, name: str) -> tuple[list[str], Any]:
    """The names in a CSV's first line and the reader that stands behind it."""
    first = text.readline(LINE_LIMIT)
    delimiter = max(",;\t", key=first.count)
    names = [field.strip() for field in next(csv.reader([first], delimiter=delimiter))]
    if len(set(names)) != len(names) or "" in names:
        raise ImportRefused(f"The first line of {name} is not a header: a name is missing or stands there twice.")
    return names, csv.reader(text, delimiter=delimiter)


def _csv_records(info: FileInfo) -> Iterator[Any]:
    before = csv.field_size_limit(LINE_LIMIT)
    try:
        with _text(info.path, info.encoding) as text:
            names, reader = _header(text, info.path.name)
            nested = any("/" in name for name in names)
            width = len(names)
            for cells in _cells(reader, info.path.name):
                if not cells:
                    continue
                if len(cells) != width:
                    reason = f"It has {len(cells)} fields, the header has {width}."
                    yield Unreadable(reason, ",".join(cells)[:LINE_LIMIT])
                    continue
                record = dict(zip(names, cells, strict=True))
                yield unflatten(record) if nested else record
    finally:
        csv.field_size_limit(before)


def _cells(reader: Iterator[list[str]], name: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise ImportRefused(f"{name} is no CSV from line {reader.line_num} on ({error}); mend that line.") from None  # type: ignore[attr-defined]


def unflatten(record: dict[str, str]) -> dict[str, Any]:
    """Apify's CSV export writes nested values as columns `a/b` and `list/0/name`; this makes them nested again.
    Empty cells are left out: the export fills every column for every row."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if value == "":
            continue
        *path, last = name.split("/")
        place = found
        for step in path:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place[last] = value
    return {name: _lists(value) for name, value in found.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def _jsonl_records(info: FileInfo) -> Iterator[Any]:
    with _bytes(info.path) as source:
        while line := source.readline(LINE_LIMIT + 1):
            if len(line) > LINE_LIMIT:
                yield Unreadable(
                    f"The line is longer than {LINE_LIMIT:,} bytes.", line[:2000].decode("utf-8", "replace")
                )
                while line and not line.endswith(b"\n"):
                    line = source.readline(LINE_LIMIT)
            elif line.strip():
                yield _decoded(line)


def _decoded(line: bytes) -> Any:
    try:
        return decode_json(line, what="The line")
    except SourceError as error:
        return Unreadable(str(error), line[:2000].decode("utf-8", "replace"))


def _json_records(info: FileInfo) -> Iterator[Any]:
    """The items of one JSON list, decoded one by one so that the whole list never stands in memory."""
    decoder = json.JSONDecoder()
    with _text(info.path, "utf-8-sig") as text:
        buffer = text.read(_BLOCK).lstrip()
        if not buffer.startswith("["):
            raise ImportRefused(f"{info.path.name} is no JSON list.")
        position, ended = 1, False
        while True:
            while position < len(buffer) and buffer[position] in " \t\r\n,":
                position += 1
            if position < len(buffer) and buffer[position] == "]":
                return
            try:
                if position >= len(buffer):
                    raise json.JSONDecodeError("end of block", "", 0)
                _, end = decoder.raw_decode(buffer, position)
                item = buffer[position:end]
                if end == len(buffer) and not ended:
                    # a number could go on in the next block
                    raise json.JSONDecodeError("end of block", "", 0)
            except ValueError as error:
                block = text.read(max(_BLOCK, len(buffer) - position))
                ended = not block
                if ended or len(buffer) - position > LINE_LIMIT:
                    raise ImportRefused(
                        f"{info.path.name} is not a complete JSON list ({error}); export it again."
                    ) from None
                buffer, position = buffer[position:] + block, 0
                continue
            except RecursionError:
                raise ImportRefused(f"{info.path.name} is nested too deep to be an export.") from None
            position = end
            yield _decoded(item.encode("utf-8", "surrogatepass"))


def _parquet(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ImportRefused(f"{path.name} is not a readable Parquet file ({error}); export it again.") from None


def _parquet_records(info: FileInfo) -> Iterator[Any]:
    for batch in _parquet(info.path).iter_batches(batch_size=PIECE_ROWS // 4):
        for record in batch.to_pylist():
            yield {name: _plain(value) for name, value in record.items()}


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
    return value
