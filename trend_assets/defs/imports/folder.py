"""The import folder: files put into `<import folder>/<name>/` are imported as `<name>`, once, by a run of their own.

A file counts as new when its size or time changed; one that was refused is not tried again before it changes.
`<name>/import.toml` says how the files of that name are read (see trend_assets/sources/imported_posts/README.md).
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.defs.resources import WarehouseResource
from trend_assets.imports.command import OPTIONS_FILE, folder_options, run_import
from trend_assets.imports.spec import ImportRefused
from trend_assets.runtime.first_day import reach_back
from trend_assets.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTLED_SECONDS = 10
"""A file that changed a moment ago may still be on its way into the folder."""
RUNS_PER_TICK = 10


class ImportConfig(dg.Config):
    """The file to import: `name/file`, seen from the import folder."""

    file: str


def import_folder() -> Path:
    """The watched folder: TREND_ASSETS_IMPORT_DIR, else `imports` in the state folder."""
    from trend_assets.runtime.state import state_dir

    settings = get_settings()
    return settings.import_dir or state_dir(settings) / "imports"


def files_in(folder: Path, *, now: datetime) -> "Iterator[tuple[str, str]]":
    """Settled files as (`name/file`, mark of size and time), in order; hidden ones and options are left out."""
    for path in sorted(folder.glob("*/*")):
        hidden = path.name.startswith(".") or path.parent.name.startswith(".")
        if hidden or path.name == OPTIONS_FILE or not path.is_file():
            continue
        state = path.stat()
        if now.timestamp() - state.st_mtime >= SETTLED_SECONDS:
            yield f"{path.parent.name}/{path.name}", f"{state.st_size}-{state.st_mtime_ns}"


@dg.op(description="Import one file of the import folder and report its days.")
def import_one_file(context: dg.OpExecutionContext, config: ImportConfig, warehouse: WarehouseResource) -> None:
    from trend_assets.runtime.state import state_dir

    folder = import_folder().resolve()
    path = (folder / config.file).resolve()
    if not path.is_relative_to(folder) or path.parent.parent != folder:
        raise dg.Failure(f"{config.file} is not a file in a folder of the import folder.", allow_retries=False)
    try:
        options = folder_options(path.parent)
        run_import(
            warehouse.open(),
            path,
            source=path.parent.name,
            now=datetime.now(UTC),
            reach_back=reach_back,
            say=context.log.info,
            tell=context.log_event,
            retention_days=options.retention_days,
            rejected_into=state_dir(get_settings()) / "rejected_rows",
            **asdict(options.how),
        )
    except ImportRefused as refused:
        raise dg.Failure(str(refused), allow_retries=False) from refused


@dg.job(description="Import one file of the import folder; run by the sensor for each new file.")
def import_files() -> None:
    import_one_file()


@dg.sensor(
    job=import_files,
    minimum_interval_seconds=60,
    description="Imports new or changed files of the import folder, a run per file. Free; off until turned on.",
)
def new_import_files(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """New or changed files in the import folder, each imported by a run of its own."""
    folder = import_folder()
    if not folder.is_dir():
        return dg.SkipReason(f"There is no import folder at {folder}.")
    known: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    present = dict(files_in(folder, now=datetime.now(UTC)))
    new = {file: mark for file, mark in present.items() if known.get(file) != mark}
    chosen = dict(list(new.items())[:RUNS_PER_TICK])
    requests = [
        dg.RunRequest(
            run_key=f"{file}-{mark}",
            run_config=dg.RunConfig(ops={"import_one_file": ImportConfig(file=file)}),
            tags={"import/file": file[:63]},
        )
        for file, mark in chosen.items()
    ]
    kept = {file: mark for file, mark in known.items() if file in present}
    return dg.SensorResult(run_requests=requests, cursor=json.dumps({**kept, **chosen}, sort_keys=True))
