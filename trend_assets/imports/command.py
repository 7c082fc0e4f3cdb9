"""Import a file and tell Dagster which days have new data: what the command line and the import folder share.

file ─▶ import_file ─▶ capture.answers ─▶ a materialization of capture/imported_posts per day ─▶ automation
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from trend_assets.imports.importing import ImportReport, import_file
from trend_assets.imports.preview import preview_file, preview_table
from trend_assets.imports.spec import How, ImportRefused, export_named
from trend_assets.imports.store import SOURCE, earliest_day
from trend_assets.text import plural
from trend_assets.warehouse.warehouse import Warehouse

CAPTURE = dg.AssetKey(["capture", SOURCE])
ROWS = dg.AssetKey(["source", SOURCE])
OPTIONS_FILE = "import.toml"


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """What a folder's `import.toml` says of the files in it. The folder's name is the import's name."""

    how: How = field(default_factory=How)
    retention_days: int | None = None


_ENTRIES: dict[str, tuple[str, type]] = {
    "map": ("maps", list), "observed_at": ("observed_at", str), "encoding": ("encoding", str),
    "delimiter": ("delimiter", str), "decimal": ("decimal", str), "date_format": ("dates", str), "rows": ("rows", str),
    "recognition": ("recognition", bool), "retention_days": ("", int),
}  # fmt: skip


def folder_options(folder: Path) -> FolderOptions:
    """The options of a folder, defaults where it has no `import.toml`. Raises ImportRefused naming a wrong entry."""
    path = folder / OPTIONS_FILE
    if not path.is_file():
        return FolderOptions()
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{folder.name}/{OPTIONS_FILE} is not TOML ({error}); correct it.") from None
    for name, value in entries.items():
        if name not in _ENTRIES:
            raise ImportRefused(f"{folder.name}/{OPTIONS_FILE} has {name}; it knows {', '.join(_ENTRIES)}.")
        wanted = _ENTRIES[name][1]
        if type(value) is not wanted:
            raise ImportRefused(f"{folder.name}/{OPTIONS_FILE}: {name} must be {wanted.__name__}, not {value!r}.")
    given = {_ENTRIES[name][0]: value for name, value in entries.items() if name != "retention_days"}
    if "maps" in given:
        given["maps"] = tuple(map(str, given["maps"]))
    return FolderOptions(how=How(**given), retention_days=entries.get("retention_days"))


def day_materializations(report: ImportReport, *, start: date) -> list[dg.AssetMaterialization]:
    """One materialization of `capture/imported_posts` per changed day that has a partition (`start` is the first)."""
    return [
        dg.AssetMaterialization(
            CAPTURE,
            partition=day.isoformat(),
            metadata={
                "dagster/partition_row_count": report.days.get(day, 0),
                "import": report.spec.import_source,
                "import_id": report.import_id,
                "file": report.file_name,
            },
        )
        for day in report.changed_days
        if day >= start
    ]


def late_start(warehouse: Warehouse, report: ImportReport, start: date) -> str:
    """The sentence that says that some days have no partition, '' when all have one. It names the earliest day of all
    imports: set for this file alone, the beginning would leave out another one."""
    early = sum(day < start for day in report.days)
    if not early:
        return ""
    with warehouse.connect() as connection:
        earliest = min(earliest_day(connection) or start, *report.days)
    return (
        f"{early} of the days lie before {start}, the first partition: TREND_ASSETS_START_DATE says so. Empty it, or "
        f"set it to {earliest}, the earliest day of all imports, and restart; then backfill {ROWS.to_user_string()} "
        "and what follows it."
    )


def run_import(
    warehouse: Warehouse,
    path: Path,
    *,
    source: str,
    now: datetime,
    reach_back: Callable[[date], date],
    say: Callable[[str], Any],
    tell: Callable[[dg.AssetMaterialization], Any] | None = None,
    retention_days: int | None = None,
    rejected_into: Path | None = None,
    **how: Any,
) -> ImportReport:
    """Import a file, report it in sentences, and `tell` Dagster (where it is there) which days have new data, so that
    automation builds what follows. `reach_back` moves the first partition to a day and returns where it is then.
    Raises ImportRefused, with nothing stored."""
    report = import_file(
        warehouse, path, source=source, now=now, retention_days=retention_days, rejected_into=rejected_into, **how
    )
    for sentence in report.sentences():
        say(sentence)
    for item in report.examples[:5]:
        say(f"Row {item.row_number}: {item.reason}")
    if not report.days:
        return report
    start = reach_back(min(report.days))
    if sentence := late_start(warehouse, report, start):
        say(sentence)
    if tell is not None:
        for event in day_materializations(report, start=start):
            tell(event)
        if report.changed_days and max(report.changed_days) >= start:
            say(
                f"While the UI's daemon runs, {ROWS.to_user_string()} and everything below it follow by themselves; "
                "else materialize these days there."
            )
    return report


def show_preview(path: Path, *, source: str, now: datetime, say: Callable[[str], Any], **how: Any) -> None:
    """`--dry-run`: how the file would be read, its first rows, and what would be rejected. Stores nothing."""
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    spec, mapped, notes, settings, _ = preview_file(path, source=source, now=now, **how)
    say(f"{path.name} would be read as {spec.format}, import {spec.import_source}:")
    if export := export_named(spec.format):
        say(
            f"  It is recognised by its columns: {export.title}. --map stands over that, --no-recognition turns it off."
        )
    for setting in settings:
        say(f"  {setting.label}: {setting.value} ({setting.option} overrules it)")
    for sentence in notes:
        say(f"  {sentence}")
    for target, source_field in sorted(spec.fields.items()):
        say(f"  {target} from {source_field}")
    for target, value in sorted(spec.constants.items()):
        say(f"  {target} is always {value}")
    shown = preview_table(mapped)
    if shown:
        table = Table(*shown[0])
        for row in shown:
            table.add_row(*(Text(value[:60]) for value in row.values()))
        text = StringIO()
        Console(file=text, width=200).print(table)
        say(text.getvalue().rstrip())
    rows = plural(len(mapped.rows) + len(mapped.rejected), "row")
    say(f"Of the first {rows} {len(mapped.rejected)} would be rejected.")
    for item in mapped.rejected[:10]:
        say(f"Row {item.row_number}: {item.reason}")
    for sentence, times in mapped.notes.most_common(10):
        say(f"Noted {times}×: {sentence}")
    say("Nothing was stored; leave --dry-run out to import it.")
