"""The default newsletter's issue as files under `issues/` of the state folder, one per format: the same bytes as in
`feed.issue_forms`.

Whoever writes a day's issue (the asset in any run, retention, an erasure) calls `save_issue` afterwards. What an issue
says belongs to `rendering/`.
"""

import contextlib
import fcntl
import os
from datetime import date
from pathlib import Path

from trend_assets.newsletters.discovery import DEFAULT
from trend_assets.newsletters.rendering.formats import FORMATS
from trend_assets.warehouse.files import said_of, written_aside
from trend_assets.warehouse.warehouse import Warehouse

FOLDER = "issues"


def save_issue(warehouse: Warehouse, day: date, folder: Path) -> list[Path]:
    """Make the files of `day` in `folder` what the table holds; the paths, the page for people first. Without an issue
    in the table there are no files either.

    One writer at a time reads and writes: of two runs that have written the day, the later one's issue stays in both
    places. A reader of a file sees the old issue or the new one, whole. Raises FolderRefused.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(said_of(folder, f"Writing the files of the issue of {day}"))
        folder.mkdir(parents=True, exist_ok=True)
        lock = stack.enter_context((folder / ".lock").open("a"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        contents = _contents(warehouse, day)
        paths = []
        for form in FORMATS:
            path = folder / f"{day.isoformat()}.{form.ending}"
            if form.name in contents:
                _replace(path, contents[form.name])
                paths.append(path)
            else:
                path.unlink(missing_ok=True)
        return paths


def files_of(warehouse: Warehouse) -> dict[date, set[str]]:
    """The names of the files that belong to each day."""
    endings = {form.name: form.ending for form in FORMATS}
    rows = warehouse.transact(
        lambda connection: connection.execute(
            "SELECT observed_date, format FROM feed.issue_forms WHERE newsletter = %s", (DEFAULT,)
        ).fetchall(),
        doing="Listing the issues",
    )
    found: dict[date, set[str]] = {}
    for day, form in rows:
        if form in endings:
            found.setdefault(day, set()).add(f"{day.isoformat()}.{endings[form]}")
    return found


def _contents(warehouse: Warehouse, day: date) -> dict[str, bytes]:
    """The default newsletter's issue by format."""
    statement = "SELECT format, body, binary_body FROM feed.issue_forms WHERE observed_date = %s AND newsletter = %s"
    rows = warehouse.transact(
        lambda connection: connection.execute(statement, (day, DEFAULT)).fetchall(), doing=f"Reading the issue of {day}"
    )
    return {name: bytes(binary) if body is None else body.encode() for name, body, binary in rows}


def _replace(path: Path, content: bytes) -> None:
    if not path.is_symlink() and path.is_file() and path.read_bytes() == content:
        return
    with written_aside(path) as aside, aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
