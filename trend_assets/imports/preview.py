"""How a file would be read, before anything of it is stored: what the command's dry run and the page of imports show.

Reading is in `reading.py`, what a row becomes in `rows.py`; storing in `importing.py`.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from trend_assets.imports.importing import read_as
from trend_assets.imports.reading import FileInfo, sample_of
from trend_assets.imports.rows import Mapped, map_records
from trend_assets.imports.spec import How, ImportRefused, ImportSpec

SHOWN_ROWS = 10
_SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", ".": "point"}


Overruled = Literal["encoding", "delimiter", "decimal", "dates", "rows", "observed_at"]
OPTIONS: dict[Overruled, str] = {
    "encoding": "--encoding", "delimiter": "--delimiter", "decimal": "--decimal", "dates": "--date-format",
    "rows": "--rows", "observed_at": "--observed-at",
}  # fmt: skip
"""Each field of `How` that says how a file is read, as an option of the command."""


class Setting(NamedTuple):
    """One thing that was found in a file or said about it: its value in words, and the field of `How` that overrules
    it."""

    label: str
    value: str
    name: Overruled

    @property
    def option(self) -> str:
        """The same for the command line."""
        return OPTIONS[self.name]


class Preview(NamedTuple):
    """How a file would be read, what its first rows would become, what else was found in it, and its fields."""

    spec: ImportSpec
    mapped: Mapped
    notes: list[str]
    settings: list[Setting]
    fields: tuple[str, ...]


def preview_file(path: Path, *, source: str, now: datetime, **how: Any) -> Preview:
    """Look at a file; nothing is stored. `how` are the fields of `How`. Raises ImportRefused as an import would."""
    info, spec, notes = read_as(path, source=source, now=now, how=How(**how))
    mapped = map_records(sample_of(info), spec, now=now)
    if not mapped.rows and not mapped.rejected:
        raise ImportRefused(f"{path.name} has a header but no rows; there is nothing to import.")
    return Preview(spec, mapped, notes, settings_of(info, spec), info.fields)


def settings_of(info: FileInfo, spec: ImportSpec) -> list[Setting]:
    """How the file is written, as it is taken now; everything here can be overruled."""
    settings = []
    if info.encoding != "binary":
        name = {"utf-8-sig": "utf-8"}.get(info.encoding, info.encoding)
        settings.append(Setting("Encoding", name, "encoding"))
    if info.dialect and info.form == "csv":
        sign = info.dialect.delimiter
        settings.append(Setting("Between fields", _SIGNS.get(sign, sign), "delimiter"))
    if info.member:
        settings.append(Setting("File in it", info.member, "rows"))
    if info.inside:
        where = "the object itself" if info.inside == "." else info.inside
        settings.append(Setting("Rows are in", where, "rows"))
    decimal = _SIGNS.get(spec.decimal, "not told by the file: 1.234 and 1,5 are unknown")
    settings.append(Setting("Decimal sign", decimal, "decimal"))
    dates = spec.dates or "ISO (2026-11-20), month names, spreadsheets' day numbers; 10/03/2026 is not told"
    settings.append(Setting("Dates", dates, "dates"))
    if spec.observed_at:
        settings.append(Setting("Observed", spec.observed_at, "observed_at"))
    return settings


def preview_table(mapped: Mapped) -> list[dict[str, Any]]:
    """The first rows of a preview, only the columns that hold something, as plain text."""
    shown = mapped.rows[:SHOWN_ROWS]
    names = [name for name in (shown[0] if shown else {}) if any(row.get(name) is not None for row in shown)]
    return [{name: _plain(row.get(name)) for name in names if name != "collected_at"} for row in shown]


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return ", ".join(value) if isinstance(value, list) else str(value)
