"""Files without a row and rows without a file: what kills, refusals and lost disks leave, found and put right.

    media/   file without row ─▶ removed                 row without file ─▶ named
    issues/  file without row ─▶ removed                 row without file ─▶ written again from the table
    spool/   nobody came for it ─▶ removed, as are rows of capture.spool
    answers, media and issues that are old enough ─▶ object storage, where one is set; what no row leads to goes
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
from trend_assets.newsletters.rendering.issue_files import FOLDER as ISSUES
from trend_assets.newsletters.rendering.issue_files import files_of, save_issue
from trend_assets.settings import get_settings
from trend_assets.text import clean_text
from trend_assets.warehouse.connection import only_row
from trend_assets.warehouse.files import FolderRefused
from trend_assets.warehouse.media_folder import FILE_LOCK, MediaFolder, hash_of
from trend_assets.warehouse.media_folder import FOLDER as MEDIA
from trend_assets.warehouse.object_store import ANSWERS, ObjectStore, object_store

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
    """What was put right: files removed by place, issues written again, logs cut, files and bodies `moved` to object
    storage; `lost`: hashes of media whose file or cover is nowhere; and `refused`: files that the disk would not let
    go, each with the reason."""

    removed: dict[str, int] = field(default_factory=dict)
    issues_written: int = 0
    logs_cut: int = 0
    moved: int = 0
    lost: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def count(self, place: str, number: int = 1) -> None:
        if number:
            self.removed[place] = self.removed.get(place, 0) + number

    @contextlib.contextmanager
    def going_on(self, path: Path) -> Iterator[None]:
        """One file that cannot be removed or written stops none of the others."""
        try:
            yield
        except OSError as error:
            self.refused.append(clean_text(f"{path} ({error.strerror or error})"))
        except FolderRefused as refused:
            self.refused.append(str(refused))


def sweep(warehouse: "Warehouse", state_dir: Path, *, now: datetime) -> Swept:
    """Compare the files of the state folder and object storage with the rows that lead to them, and put right what does
    not fit."""
    swept = Swept()
    store, old = object_store(), now - timedelta(days=get_settings().object_store_after_days)
    with _alone(warehouse):
        if store:
            store.claim(_platform_id(warehouse))
        with swept.going_on(state_dir / MEDIA):
            _media(warehouse, MediaFolder(state_dir), swept, now=now, old=old)
        with swept.going_on(state_dir / ISSUES):
            _issues(warehouse, state_dir / ISSUES, swept, store, old.date())
        if store:
            _answers(warehouse, swept, store, old)
    swept.count(SPOOL, forget_unclaimed(warehouse, before=now - timedelta(seconds=KEPT_SECONDS)))
    with swept.going_on(state_dir / SPOOL):
        for path in _files(state_dir / SPOOL):
            with swept.going_on(path):
                if _age(path, now) > timedelta(seconds=KEPT_SECONDS):
                    path.unlink(missing_ok=True)
                    swept.count(SPOOL)
    for log in (log for pattern in LOGS for log in sorted(state_dir.glob(pattern))):
        with swept.going_on(log):
            swept.logs_cut += _cut(log)
    return swept


@contextlib.contextmanager
def _alone(warehouse: "Warehouse") -> Iterator[None]:
    """One sweep at a time: what one has put and not yet noted in its row, another would take for nobody's."""
    with warehouse.connect(doing="Waiting for another sweep") as connection:
        connection.execute(
            "SET lock_timeout = '1h'"
        )  # the first sweep with object storage moves everything that is old
        connection.execute("SELECT pg_advisory_lock(hashtextextended('sweep', 0))")
        yield


def _platform_id(warehouse: "Warehouse") -> str:
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO ops.platform (is_this, platform_id) VALUES (true, gen_random_uuid()) ON CONFLICT DO NOTHING"
        )
        (platform_id,) = only_row(connection, "SELECT platform_id FROM ops.platform")
    return str(platform_id)


def _media(warehouse: "Warehouse", folder: MediaFolder, swept: Swept, *, now: datetime, old: datetime) -> None:
    store = folder.store
    away = {key.removeprefix(f"{MEDIA}/") for key in store.keys(MEDIA)} if store else set()
    with warehouse.connect() as connection:
        here: dict[str, list[Path]] = {sha256: [] for sha256 in map(hash_of, away) if sha256}
        for sha256, path in folder.stored():
            here.setdefault(sha256, []).append(path)
        for sha256, paths in sorted(here.items()):
            # an attempt that is storing this very content holds the lock until its row is there
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{FILE_LOCK}{sha256}",))
                if connection.execute("SELECT 1 FROM media.assets WHERE sha256 = %s", (sha256,)).fetchone() is None:
                    with swept.going_on(folder.root / sha256[:2] / sha256):
                        swept.count("media", folder.remove(sha256))
                    continue
                for path in paths:
                    with swept.going_on(path):
                        if store and _age(path, now) > now - old:
                            name = str(path.relative_to(folder.root))
                            store.put(f"{MEDIA}/{name}", path)
                            path.unlink()
                            away.add(name)
                            swept.moved += 1
        # only named: this host may not be the one that holds the folder
        for sha256, *names in connection.execute("SELECT sha256, path, cover_path FROM media.assets ORDER BY sha256"):
            if any(name is not None and name not in away and not folder.is_here(name) for name in names):
                swept.lost.append(sha256)
    for left in folder.left_over():
        if _age(left, now) > ON_ITS_WAY:
            with swept.going_on(left):
                is_folder = left.is_dir() and not left.is_symlink()
                shutil.rmtree(left) if is_folder else left.unlink(missing_ok=True)
                swept.count("media/incoming")


def _issues(warehouse: "Warehouse", folder: Path, swept: Swept, store: ObjectStore | None, old: date) -> None:
    away = {key.removeprefix(f"{ISSUES}/") for key in store.keys(ISSUES)} if store else set()
    on_disk: dict[date, set[str]] = {}
    for name in {*(path.name for path in _files(folder)), *away}:
        if match := _DAY.match(name):
            with contextlib.suppress(ValueError):
                on_disk.setdefault(date.fromisoformat(match[1]), set()).add(name)
    wanted = files_of(warehouse)
    for day in sorted(on_disk.keys() | wanted.keys()):
        there, right = on_disk.get(day, set()), wanted.get(day, set())
        if there == right:
            continue
        with swept.going_on(folder / str(day)):
            save_issue(warehouse, day, folder)
            swept.issues_written += bool(right - there)
        for name in there - right:
            # also formats that are no longer made, and what a killed writer has left
            with swept.going_on(folder / name):
                (folder / name).unlink(missing_ok=True)
                if store and name in away:
                    store.remove({f"{ISSUES}/{name}"})
                swept.count(ISSUES)
    if store:
        due = {name for day, names in wanted.items() if day < old for name in names}
        for path in [path for path in _files(folder) if path.name in due]:
            # also over what lies there: an issue that was written again is another
            with swept.going_on(path):
                store.put(f"{ISSUES}/{path.name}", path)
                path.unlink()
                swept.moved += 1


def _answers(warehouse: "Warehouse", swept: Swept, store: ObjectStore, old: datetime) -> None:
    """Move the bodies of old answers, each in a commit of its own; then remove what no row without a body leads to: an
    answer that was erased, purged or written again."""
    with warehouse.connect() as connection:
        due = connection.execute(
            "SELECT capture_id FROM capture.answers WHERE fetched_at < %s AND body IS NOT NULL", (old,)
        ).fetchall()
        for (capture_id,) in due:
            row = connection.execute(
                "SELECT body, body_sha256 FROM capture.answers WHERE capture_id = %s", (capture_id,), binary=True
            ).fetchone()
            if row is None or row[0] is None:
                continue
            store.put(f"{ANSWERS}/{capture_id}", row[0])
            # one that was written again meanwhile (an erasure) keeps its body, and the object goes below
            swept.moved += connection.execute(
                "UPDATE capture.answers SET body = NULL WHERE capture_id = %s AND body_sha256 = %s",
                (capture_id, row[1]),
            ).rowcount
        rows = connection.execute("SELECT capture_id FROM capture.answers WHERE body IS NULL").fetchall()
    right = {f"{ANSWERS}/{capture_id}" for (capture_id,) in rows}
    swept.count(ANSWERS, store.remove(store.keys(ANSWERS) - right))


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
    if log.is_symlink() or not log.is_file() or log.stat().st_size <= LARGEST_LOG:
        return False
    with log.open("r+b") as file:
        file.seek(-KEPT_OF_A_LOG, 2)
        rest = file.read().partition(b"\n")[2]
        file.seek(0)
        file.write(rest)
        file.truncate()
    return True
