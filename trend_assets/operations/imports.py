"""Import a file and tell Dagster which days have new data: what the command line and the import folder share.

file ─▶ import_file ─▶ capture.answers ─▶ a materialization of capture/imported_posts per day ─▶ automation
"""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from trend_assets.imports.importing import (
    ImportReport,
    days_before,
    import_file,
    preview_file,
    preview_table,
)
from trend_assets.imports.spec import ImportRefused
from trend_assets.imports.store import SOURCE
from trend_assets.warehouse.warehouse import Warehouse

CAPTURE = dg.AssetKey(["capture", SOURCE])
ROWS = dg.AssetKey(["source", SOURCE])
OPTIONS_FILE = "import.toml"


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """What a folder's `import.toml` says of the files in it: `map` (list of column=field), `observed_at`,
    `retention_days`, `encoding`. The folder's name is the import's name."""

    maps: tuple[str, ...] = ()
    observed_at: str = ""
    retention_days: int | None = None
    encoding: str = "utf-8-sig"


def folder_options(folder: Path) -> FolderOptions:
    """The options of a folder, defaults where it has no `import.toml`. Raises ImportRefused naming a wrong entry."""
    path = folder / OPTIONS_FILE
    if not path.is_file():
        return FolderOptions()
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{folder.name}/{OPTIONS_FILE} is no TOML ({error}); correct it.") from None
    known = {"map": list, "observed_at": str, "retention_days": int, "encoding": str}
    for name, value in said.items():
        if name not in known:
            raise ImportRefused(f"{folder.name}/{OPTIONS_FILE} has {name}; it knows {', '.join(known)}.")
        if type(value) is not known[name]:
            raise ImportRefused(f"{folder.name}/{OPTIONS_FILE}: {name} must be {known[name].__name__}, not {value!r}.")
    return FolderOptions(
        maps=tuple(map(str, said.get("map", ()))),
        observed_at=said.get("observed_at", ""),
        retention_days=said.get("retention_days"),
        encoding=said.get("encoding", "utf-8-sig"),
    )


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


def late_start(report: ImportReport, start: date) -> str:
    """The sentence that says that some days have no partition, '' when all have one."""
    early = days_before(report, start)
    if not early:
        return ""
    return (
        f"{early} of the days lie before {start}, the first partition: TREND_ASSETS_START_DATE says so. Empty it, or "
        f"set it to {min(report.days)}, and restart; then backfill source/imported_posts and what follows it."
    )


def run_import(
    warehouse: Warehouse,
    path: Path,
    *,
    source: str,
    now: datetime,
    reach_back: Callable[[date], date],
    say: Callable[[str], Any],
    instance: dg.DagsterInstance | None = None,
    maps: Iterable[str] = (),
    observed_at: str = "",
    encoding: str = "utf-8-sig",
    retention_days: int | None = None,
) -> ImportReport:
    """Import a file, report it in sentences, and record in `instance` (where there is one) which days have new data, so
    that automation builds what follows. `reach_back` moves the first partition to a day and returns where it is then.
    Raises ImportRefused, with nothing stored."""
    report = import_file(
        warehouse,
        path,
        source=source,
        now=now,
        maps=maps,
        observed_at=observed_at,
        encoding=encoding,
        retention_days=retention_days,
    )
    for sentence in report.sentences():
        say(sentence)
    for item in report.examples[:5]:
        say(f"Row {item.row_number}: {item.reason}")
    if not report.days:
        return report
    start = reach_back(min(report.days))
    if sentence := late_start(report, start):
        say(sentence)
    if instance is not None:
        for event in day_materializations(report, start=start):
            instance.report_runless_asset_event(event)
        if report.changed_days and max(report.changed_days) >= start:
            say(
                "While the UI's daemon runs, source/imported_posts and everything below it follow by themselves; "
                "else materialize these days there."
            )
    return report


def show_preview(
    path: Path,
    *,
    source: str,
    now: datetime,
    say: Callable[[str], Any],
    maps: Iterable[str] = (),
    observed_at: str = "",
    encoding: str = "utf-8-sig",
) -> None:
    """`--dry-run`: how the file would be read, its first rows, and what would be rejected. Stores nothing."""
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    spec, mapped = preview_file(path, source=source, now=now, maps=maps, observed_at=observed_at, encoding=encoding)
    say(f"{path.name} would be read as {spec.format}, import {spec.import_source}:")
    for target, field in sorted(spec.fields.items()):
        say(f"  {target} from {field}")
    for target, value in sorted(spec.constants.items()):
        say(f"  {target} is always {value}")
    if spec.observed_at:
        say(f"  measured_at is always {spec.observed_at}")
    shown = preview_table(mapped)
    if shown:
        table = Table(*shown[0])
        for row in shown:
            table.add_row(*(Text(value[:60]) for value in row.values()))
        text = StringIO()
        Console(file=text, width=200).print(table)
        say(text.getvalue().rstrip())
    say(f"Of the first {len(mapped.rows) + len(mapped.rejected)} rows {len(mapped.rejected)} would be rejected.")
    for item in mapped.rejected[:10]:
        say(f"Row {item.row_number}: {item.reason}")
    for sentence, times in mapped.odd.most_common(10):
        say(f"Noted {times}×: {sentence}")
    say("Nothing was stored; leave --dry-run out to import it.")
