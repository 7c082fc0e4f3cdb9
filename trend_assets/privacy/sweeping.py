"""Files without a row and rows without a file: what kills, refusals and lost disks leave, found and put right.

    media/   file without row ─▶ removed                 row without file ─▶ named
    issues/  file without row ─▶ removed                 row without file ─▶ written again from the table
    spool/   nobody came for it ─▶ removed, as are rows of capture.spool
    logs     larger than LARGEST_LOG ─▶ the newest part is kept

A part of retention and of every erasure. Safe to kill and to repeat; what lies elsewhere is nobody's to touch.
"""

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from trend_assets.capture.spool import FOLDER as SPOOL
from trend_assets.capture.spool import KEPT_SECONDS, forget_unclaimed
from trend_assets.rendering.issue_files import FOLDER as ISSUES
from trend_assets.rendering.issue_files import files_of, save_issue
from trend_assets.warehouse.media_folder import FILE_LOCK, MediaFolder

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

ON_ITS_WAY = timedelta(days=1)
"""No download and no write of a file takes longer: what is older was left by a kill."""
LARGEST_LOG = 20_000_000
KEPT_OF_A_LOG = 2_000_000
LOGS = ("logs/*.log", "sandbox/*.log", "postgres/*.log")
_DAY = re.compile(r"\.?(\d{4}-\d{2}-\d{2})\.")


@dataclass(slots=True)
class Swept:
    """What was put right: files removed by place, issues written again, logs cut; and `lost`: hashes of media whose
    file or cover is not here."""

    removed: dict[str, int] = field(default_factory=dict)
    issues_written: int = 0
    logs_cut: int = 0
    lost: list[str] = field(default_factory=list)

    def count(self, place: str, number: int = 1) -> None:
        if number:
            self.removed[place] = self.removed.get(place, 0) + number


def sweep(warehouse: "Warehouse", state_dir: Path, *, now: datetime) -> Swept:
    """Compare the files of the state folder with the rows that lead to them, and put right what does not fit."""
    found = Swept()
    _media(warehouse, MediaFolder(state_dir), found, now=now)
    _issues(warehouse, state_dir / ISSUES, found)
    found.count(SPOOL, forget_unclaimed(warehouse, before=now - timedelta(seconds=KEPT_SECONDS)))
    for path in _files(state_dir / SPOOL):
        if _age(path, now) > timedelta(seconds=KEPT_SECONDS):
            path.unlink(missing_ok=True)
            found.count(SPOOL)
    for pattern in LOGS:
        for log in sorted(state_dir.glob(pattern)):
            found.logs_cut += _cut(log)
    return found


def _media(warehouse: "Warehouse", folder: MediaFolder, found: Swept, *, now: datetime) -> None:
    with warehouse.connect() as connection:
        for sha256 in sorted({sha256 for sha256, _ in folder.stored()}):
            # an attempt that is storing this very content holds the lock until its row is there
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{FILE_LOCK}{sha256}",))
                if connection.execute("SELECT 1 FROM media.assets WHERE sha256 = %s", (sha256,)).fetchone() is None:
                    found.count("media", folder.remove(sha256))
        # only named: this host may not be the one that holds the folder
        for sha256, *paths in connection.execute("SELECT sha256, path, cover_path FROM media.assets ORDER BY sha256"):
            if any(path is not None and not folder.open_path(path).is_file() for path in paths):
                found.lost.append(sha256)
    for left in folder.left_over():
        if _age(left, now) > ON_ITS_WAY:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
            found.count("media/incoming")


def _issues(warehouse: "Warehouse", folder: Path, found: Swept) -> None:
    on_disk: dict[date, set[str]] = {}
    for path in _files(folder):
        if match := _DAY.match(path.name):
            with contextlib.suppress(ValueError):
                on_disk.setdefault(date.fromisoformat(match[1]), set()).add(path.name)
    wanted = files_of(warehouse)
    for day in sorted(on_disk.keys() | wanted.keys()):
        there, right = on_disk.get(day, set()), wanted.get(day, set())
        if there == right:
            continue
        save_issue(warehouse, day, folder)
        found.issues_written += bool(right - there)
        for name in there - right:
            # also formats that are no longer made, and what a killed writer has left
            (folder / name).unlink(missing_ok=True)
            found.count(ISSUES)


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.is_file() and not path.is_symlink())


def _age(path: Path, now: datetime) -> timedelta:
    try:
        return now - datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except FileNotFoundError:
        return timedelta(0)


def _cut(log: Path) -> bool:
    """Keep the end of a log that has grown too large, in its place: who writes it appends, and goes on."""
    if log.is_symlink() or log.stat().st_size <= LARGEST_LOG:
        return False
    with log.open("r+b") as file:
        file.seek(-KEPT_OF_A_LOG, 2)
        rest = file.read().partition(b"\n")[2]
        file.seek(0)
        file.write(rest)
        file.truncate()
    return True
