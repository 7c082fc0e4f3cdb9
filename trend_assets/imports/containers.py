"""Files around files: gzip, zip and the sheets of a workbook, and how large what is inside may be.

Everything is refused by the size that its own directory says, before it is unpacked: 47 kB can hold gigabytes. What no
directory says, a row without end or blank lines for hours, ends by what was unpacked since the last record.
"""

import gzip
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from trend_assets.imports.spec import ImportRefused

MEMBER_LIMIT = 20_000_000_000
"""Bytes of the file inside a zip; it is read a piece at a time, so this bounds time and disk, not memory."""
WORKBOOK_LIMIT = 500_000_000
"""Bytes of a workbook's XML; its sheets are read row by row."""
STRINGS_LIMIT = 100_000_000
"""Bytes of a workbook's table of texts, which stands in memory whole."""
PARTS_LIMIT = 20_000_000
"""Bytes of each of its other parts that are read whole: styles, names, relations; 40 bytes become a thousand."""
SHEET_ROWS = 1_048_576
"""Rows of a sheet in Excel; a file that skips to row 999999999 has as many empty ones in between."""
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NO_ROWS = f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/></worksheet>'.encode()
SILENCE_LIMIT = 20_000_000
"""Bytes in which there must be a record; twice the longest line that is set aside as too long."""
MARKUP_LIMIT = 5_000_000
"""The same where a parser holds what it has not finished: a row of a sheet, or what stands around a page's table."""
RATIO, RATIO_FROM = 200, 1_000_000_000
"""Unpacked bytes for each packed one, above so many; real exports have 5 to 30, a line a billion times over 1,000."""
CHUNK_LIMIT = 256_000_000
"""Bytes of one column in one row group of a Parquet file, which stand in memory together."""
BATCH_LIMIT = 100_000_000
"""Bytes of texts that one batch of a Parquet file may become."""


GZIP, ZIP, EMPTY_ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"PAR1"
"""What files of these kinds begin with."""
_DOCUMENTS = frozenset({"mimetype", "[Content_Types].xml", "Index/Document.iwa"})
"""OpenDocument, Office and Numbers: zip files that are no packed files."""


def _begins(path: Path) -> bytes:
    with path.open("rb") as raw:
        return raw.read(4)


def unpacked_bytes(path: Path) -> int:
    """How large a file is unpacked, by what its own directory or trailer says; nothing is unpacked for it."""
    head = _begins(path)
    if head.startswith(GZIP) and path.stat().st_size >= 18:
        with path.open("rb") as raw:
            raw.seek(-4, os.SEEK_END)
            return int.from_bytes(raw.read(4), "little")
    if head == ZIP:
        with _archive(path) as archive:
            return sum(member.file_size for member in archive.infolist())
    if head == PARQUET:
        groups = (meta := parquet(path).metadata).num_row_groups
        return sum(int(meta.row_group(group).total_byte_size) for group in range(groups))
    return path.stat().st_size


@dataclass(slots=True)
class Watch:
    """How much of a file was unpacked since its last record; who reads records sets it back."""

    limit: int = SILENCE_LIMIT
    silent: int = 0


class _Watched(io.RawIOBase):
    """Bytes that end in ImportRefused where no record comes for too long, or where they are nearly all the same."""

    def __init__(self, source: IO[bytes], path: Path, watch: Watch) -> None:
        self._source, self._name, self._watch, self._total = source, path.name, watch, 0
        self._most = max(RATIO_FROM, RATIO * path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._source.read(len(buffer))
        buffer[: len(block)] = block
        self._total += len(block)
        self._watch.silent += len(block)
        if self._watch.silent > self._watch.limit:
            raise ImportRefused(
                f"{self._name} goes on for {self._watch.limit / 1e6:,.0f} MB without a further row; remove what stands "
                "there (a row or a line without end, blank lines, merged cells), and save it again."
            )
        if self._total > self._most:
            raise ImportRefused(_too_large(self._name, "what is in it", self._total, self._most))
        return len(block)


@contextmanager
def opened(path: Path, member: str = "", watch: Watch | None = None) -> Iterator[IO[bytes]]:
    """The bytes of a file, or of the one file that is in it (gzip, zip); of the one named `member`. As long as records
    come where there is a `watch`."""
    with _unpacked(path, member) as source:
        yield io.BufferedReader(_Watched(source, path, watch), 1 << 16) if watch else source


@contextmanager
def _unpacked(path: Path, member: str) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw:
        head = raw.read(4)
        raw.seek(0)
        if head.startswith(GZIP):
            with gzip.open(raw) as unpacked:
                yield unpacked  # type: ignore[misc]
        elif head in (ZIP, EMPTY_ZIP) and not is_workbook(path):
            with _archive(path) as archive, archive.open(_member(archive, path.name, member)) as unpacked:
                yield unpacked
        else:
            yield raw


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise ImportRefused(
            f"{path.name} is not a readable zip file ({error}); unpack it, or fetch it again."
        ) from None


def members(path: Path) -> list[str]:
    """The names of the files in a zip file; none of anything else."""
    if _begins(path) != ZIP or is_workbook(path):
        return []
    with _archive(path) as archive:
        return [member.filename for member in _members(archive, path.name)]


def is_packed(path: Path) -> bool:
    """Whether a file is packed by gzip or zip, and no workbook."""
    head = _begins(path)
    return head.startswith(GZIP) or (head == ZIP and not is_workbook(path))


def _members(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    if not _DOCUMENTS.isdisjoint(archive.namelist()):
        raise ImportRefused(f"{name} is a document of another program; save it as .xlsx or CSV there.")
    return [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
        and not member.filename.rsplit("/", 1)[-1].startswith(".")
    ]  # fmt: skip


def _member(archive: zipfile.ZipFile, name: str, wanted: str) -> zipfile.ZipInfo:
    there = [member for member in _members(archive, name) if not wanted or member.filename == wanted]
    if not there:
        raise ImportRefused(f"{name} holds no file; pack one into it, or import it unpacked.")
    if len(there) > 1:
        inside = ", ".join(member.filename for member in there[:10])
        raise ImportRefused(f"{name} holds {inside}; say which one: --rows NAME, or unpack it.")
    (one,) = there
    if one.flag_bits & 1:
        raise ImportRefused(f"{name} is locked with a password; unpack it first.")
    if one.file_size > MEMBER_LIMIT:
        raise ImportRefused(_too_large(name, f"{one.filename} in it", one.file_size, MEMBER_LIMIT))
    return one


def is_workbook(path: Path) -> bool:
    """Whether a zip file is an .xlsx workbook. Raises ImportRefused when it is not a zip file at all."""
    with _archive(path) as archive:
        return any(member.filename.startswith("xl/") for member in archive.infolist())


class _Workbook(zipfile.ZipFile):
    """The parts of a workbook, within limits, as openpyxl asks for them. While it loads the book it looks through every
    sheet for a size that is often wrong; it sees none of their rows before there is a `watch`."""

    watch: Watch | None = None
    texts = ""
    """The name of the part that holds the table of texts."""

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        if (size := self.getinfo(name).file_size) > PARTS_LIMIT:
            raise ImportRefused(_too_large(Path(str(self.filename)).name, f"{name} in it", size, PARTS_LIMIT))
        with super().open(name) as part:
            return part.read()

    def open(self, name: Any, *args: Any, **options: Any) -> Any:
        if name == self.texts:
            return super().open(name)
        if self.watch is None:
            return io.BytesIO(NO_ROWS)
        return _Watched(super().open(name), Path(str(self.filename)), self.watch)


@contextmanager
def sheet(path: Path, wanted: str = "") -> Iterator[tuple[str, Iterator[list[Any]], list[str]]]:
    """The sheet of a workbook (its first, or the one `wanted`): its name, its rows, and the names of all sheets. Rows
    are read inside of the `with`, which says what is damaged in them."""
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.xml.constants import SHARED_STRINGS

    with _Workbook(path) as archive, _readable(path):
        if (size := sum(member.file_size for member in archive.infolist())) > WORKBOOK_LIMIT:
            raise ImportRefused(_too_large(path.name, "it", size, WORKBOOK_LIMIT))
        reader = ExcelReader(path, read_only=True, data_only=True, keep_links=False)
        reader.archive.close()
        reader.archive = archive
        reader.read_manifest()
        if texts := reader.package.find(SHARED_STRINGS):
            archive.texts = texts.PartName[1:]
            if (size := archive.getinfo(archive.texts).file_size) > STRINGS_LIMIT:
                raise ImportRefused(_too_large(path.name, "its table of texts", size, STRINGS_LIMIT))
        reader.read()
        names = [each.title for each in reader.wb.worksheets]
        if not names or (wanted and wanted not in names):
            raise ImportRefused(f"{path.name} has no sheet {wanted}; it has {', '.join(names) or 'none'}.")
        chosen = reader.wb[wanted or names[0]]
        # what the file says of its size is often wrong, and then rows would be cut
        chosen.reset_dimensions()
        archive.watch = Watch(MARKUP_LIMIT)
        yield chosen.title, _rows(path, chosen, archive.watch), names


def _rows(path: Path, chosen: Any, watch: Watch) -> Iterator[list[Any]]:
    for number, row in enumerate(chosen.iter_rows(values_only=True)):
        if number >= SHEET_ROWS:
            raise ImportRefused(f"{path.name} has more than {SHEET_ROWS:,} rows; split it, or save it as CSV.")
        watch.silent = 0
        yield [_cell(cell) for cell in row]


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever the damaged XML makes it stumble over
        if refused := next((each for each in (error, error.__cause__) if isinstance(each, ImportRefused)), None):
            raise refused from None
        raise ImportRefused(f"{path.name} is not a readable workbook ({error}); save it as CSV.") from None


def _cell(value: Any) -> Any:
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    # Excel has no whole numbers: 5.0 is 5, and beyond 15 digits it has changed them
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def parquet_batches(path: Path, *, rows: int) -> Iterator[list[dict[str, Any]]]:
    """The rows of a Parquet file in lists, with texts, also those inside of lists and objects, kept as they are packed
    until their size is known."""
    schema = parquet(path).schema
    columns = [schema.column(place) for place in range(len(schema))]
    texts = [
        column.path
        for column in columns
        if column.physical_type == "BYTE_ARRAY" and column.logical_type.type != "DECIMAL"
    ]
    for batch in parquet(path, texts=texts).iter_batches(batch_size=rows):
        size = sum(map(_text_bytes, batch.columns))
        if size > BATCH_LIMIT:
            raise ImportRefused(_too_large(path.name, f"{batch.num_rows:,} rows of it", size, BATCH_LIMIT))
        yield batch.to_pylist()


def _text_bytes(column: Any) -> int:
    """How large the texts of a column become as Python's own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_struct(kind):
        return sum(map(_text_bytes, column.flatten()))
    if pa.types.is_map(kind):
        return _text_bytes(column.keys) + _text_bytes(column.items)
    if pa.types.is_nested(kind):
        return _text_bytes(column.flatten())
    if not pa.types.is_dictionary(kind) or pa.types.is_primitive(kind.value_type):
        return 0
    return pc.sum(pc.take(pc.binary_length(column.dictionary), column.indices)).as_py() or 0


def parquet(path: Path, *, texts: list[str] | None = None) -> Any:
    """An open Parquet file that is not too large to be read. Raises ImportRefused naming the column that is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, read_dictionary=texts)
    except (pa.ArrowInvalid, OSError) as error:
        raise ImportRefused(f"{path.name} is not a readable Parquet file ({error}); export it again.") from None
    for group in range(file.metadata.num_row_groups):
        of_group = file.metadata.row_group(group)
        for place in range(of_group.num_columns):
            column = of_group.column(place)
            if column.total_uncompressed_size > CHUNK_LIMIT:
                what = f"column {column.path_in_schema} of row group {group + 1}"
                reason = _too_large(path.name, what, column.total_uncompressed_size, CHUNK_LIMIT)
                raise ImportRefused(f"{reason} Or write it with smaller row groups.")
    return file


def _too_large(name: str, what: str, size: int, limit: int) -> str:
    return (
        f"{name} is too large: {what} is {size / 1e6:,.0f} MB unpacked, and at most {limit / 1e6:,.0f} MB are read. "
        "Split it, or save it as CSV or JSONL."
    )
