"""Files without a row and rows without a file are found and put right; what is on its way is left alone."""

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trend_assets.newsletters.discovery import DEFAULT
from trend_assets.newsletters.rendering.formats import FORMATS
from trend_assets.privacy.sweeping import LARGEST_LOG, Swept, sweep
from trend_assets.warehouse.media_folder import FILE_LOCK, MediaFolder
from trend_assets.warehouse.warehouse import Warehouse

A, B, C = "a" * 64, "b" * 64, "c" * 64
LONG_AGO = time.time() - 5 * 86_400


def put(path: Path, content: bytes = b"x", *, old: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if old:
        os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def swept(warehouse: Warehouse, state: Path) -> Swept:
    return sweep(warehouse, state, now=datetime.now(UTC))


def asset(warehouse: Warehouse, sha256: str, *, cover: bool = True) -> None:
    path = f"{sha256[:2]}/{sha256}"
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO media.assets (sha256, path, content_type, bytes, platform, cover_path, first_stored_at, "
            "is_simulated) VALUES (%s, %s, 'video/mp4', 1, 'tiktok', %s, now(), false)",
            (sha256, f"{path}.mp4", f"{path}.cover.jpg" if cover else None),
        )


def test_media_without_a_row_go_and_rows_without_a_file_are_named(warehouse: Warehouse, tmp_path: Path) -> None:
    media = tmp_path / "media"
    for sha256 in (A, B):
        put(media / sha256[:2] / f"{sha256}.mp4")
        put(media / sha256[:2] / f"{sha256}.cover.jpg")
    own = put(media / "aa" / "a note of the user.txt")
    asset(warehouse, A)
    asset(warehouse, C)
    found = swept(warehouse, tmp_path)
    assert (found.removed, found.lost) == ({"media": 2}, [C])
    assert sorted(path.name for path in media.rglob("*") if path.is_file()) == [
        "a note of the user.txt", f"{A}.cover.jpg", f"{A}.mp4",
    ]  # fmt: skip
    assert own.is_file() and swept(warehouse, tmp_path) == Swept(lost=[C])


def test_a_file_that_is_being_stored_right_now_is_waited_for_and_stays(warehouse: Warehouse, tmp_path: Path) -> None:
    """The attempt holds the file's lock from before it is moved into place until its row is there."""
    path = put(tmp_path / "media" / "aa" / f"{A}.mp4")
    found: list[Swept] = []
    with warehouse.connect() as storing:
        storing.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"{FILE_LOCK}{A}",))
        thread = threading.Thread(target=lambda: found.append(swept(warehouse, tmp_path)))
        thread.start()
        with warehouse.connect() as looking:
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            for _ in range(600):
                if looking.execute(waiting).fetchone() != (0,):
                    break
                time.sleep(0.05)
        asset(warehouse, A, cover=False)
    thread.join(60)
    assert found == [Swept()] and path.is_file()


def test_links_lead_nobody_out_of_the_folder(warehouse: Warehouse, tmp_path: Path) -> None:
    """Neither a file, nor the folder of a hash, nor what is on its way, nor an issue; and none stops the rest."""
    state, out = tmp_path / "state", tmp_path / "somebody's"
    file, folder = put(out / "file", old=True), put(out / "folder" / f"{B}.mp4", old=True)
    note = put(out / "incoming" / "note", old=True)
    for link, target in (
        (state / "media" / "aa" / f"{A}.mp4", file), (state / "media" / "bb", folder.parent),
        (state / "media" / "incoming", note.parent), (state / "issues" / "2026-03-01.html", file),
    ):  # fmt: skip
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    asset(warehouse, A, cover=False)
    nobody = put(state / "media" / "cc" / f"{C}.mp4")
    assert swept(warehouse, state) == Swept(removed={"media": 1}, lost=[A])
    assert not nobody.exists() and file.is_file() and folder.is_file() and note.is_file()
    assert MediaFolder(state).remove(A) == 1 and MediaFolder(state).remove(B) == 0
    assert file.is_file() and folder.is_file()


def test_what_has_an_odd_name_or_cannot_be_removed_stops_nothing_else(warehouse: Warehouse, tmp_path: Path) -> None:
    """A folder in the place of a file ended the sweep, and with it what came after, every day."""
    for folder in (
        f"media/aa/{A}.mp4", "media/aa/notes.d", "issues/2026-03-01.html", "spool/folder.json", "logs/daemon.log",
        "media/incoming/old",
    ):  # fmt: skip
        put(tmp_path / folder / "of somebody", old=True)
        os.utime(tmp_path / folder, (LONG_AGO, LONG_AGO))
    os.mkfifo(tmp_path / "logs" / "pipe.log")
    (tmp_path / "logs" / "gone.log").symlink_to(tmp_path / "nowhere")
    put(tmp_path / "media" / "aa" / f"{A}.cover.jpg")  # of nobody: its film's place holds a folder
    own = [
        put(tmp_path / "media" / name, old=True)
        for name in ("readme.txt", "AA/x", f"aa/{B}.mp4", f"bb/{'b' * 63}", f"cc/{'C' * 64}.mp4", "de/f\udcff\n*?[")
    ]
    nobody = put(tmp_path / "media" / "cc" / f"{C}.mp4")
    stale = put(tmp_path / "spool" / "z.json", old=True)
    found = swept(warehouse, tmp_path)
    assert found.removed == {"media": 1, "media/incoming": 1, "spool": 1} and not nobody.exists() and not stale.exists()
    assert len(found.refused) == 1 and "Is a directory" in found.refused[0] and A in found.refused[0]
    assert all(map(Path.is_file, own)) and (tmp_path / "media" / "aa" / f"{A}.mp4" / "of somebody").is_file()
    assert (tmp_path / "spool" / "folder.json" / "of somebody").is_file()


def test_what_killed_attempts_left_on_its_way_goes_and_what_is_on_its_way_stays(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    old, new = tmp_path / "media" / "incoming" / "old", tmp_path / "media" / "incoming" / "new"
    for folder in (old, new):
        put(folder / "file")
    os.utime(old, (LONG_AGO, LONG_AGO))
    put(tmp_path / "spool" / "1.json", old=True)
    put(tmp_path / "spool" / "2.json")
    with warehouse.connect() as connection:
        for key, written_at in (("old", LONG_AGO), ("new", time.time())):
            connection.execute(
                "INSERT INTO capture.spool (spool_key, about, body, written_at) "
                "VALUES (%s, '{}', '', to_timestamp(%s))",
                (key, written_at),
            )
    assert swept(warehouse, tmp_path).removed == {"media/incoming": 1, "spool": 2}
    assert warehouse.query("SELECT spool_key FROM capture.spool")["spool_key"].tolist() == ["new"]
    assert not old.exists() and (new / "file").is_file() and (tmp_path / "spool" / "2.json").is_file()
    assert [path for path in MediaFolder(tmp_path).left_over()] == [new]


def test_issues_on_disk_are_those_of_the_table(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "issues"
    form = FORMATS[0]
    fillers = {"boolean": False, "text": "", "integer": 0, "bigint": 0, "ARRAY": []}
    needed = warehouse.query(
        "SELECT column_name AS name, data_type AS type FROM information_schema.columns "
        "WHERE is_nullable = 'NO' AND table_schema = 'feed' AND table_name = 'issue_forms'"
    )
    for day in ("2026-03-01", "2026-03-02"):
        row = {column.name: fillers.get(column.type, datetime.now(UTC)) for column in needed.itertuples()}
        row |= {"observed_date": day, "newsletter": DEFAULT, "format": form.name, "body": f"issue of {day}"}
        with warehouse.connect() as connection:
            connection.execute(
                f"INSERT INTO feed.issue_forms ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
                list(row.values()),
            )
    kept = put(folder / f"2026-03-01.{form.ending}", b"issue of 2026-03-01")
    put(folder / f"2026-02-28.{form.ending}")
    put(folder / f".2026-03-02.{form.ending}.partial")
    own = put(folder / "notes of an editor.txt")
    found = swept(warehouse, tmp_path)
    assert (found.removed, found.issues_written) == ({"issues": 2}, 1)
    assert kept.read_bytes() == b"issue of 2026-03-01" and own.is_file()
    assert (folder / f"2026-03-02.{form.ending}").read_bytes() == b"issue of 2026-03-02"
    assert swept(warehouse, tmp_path) == Swept()


@pytest.mark.parametrize("log", ["logs/daemon.log", "postgres/server.log", "sandbox/server.log"])
def test_a_log_that_grew_too_large_keeps_its_end_and_who_writes_it_goes_on(
    warehouse: Warehouse, tmp_path: Path, log: str
) -> None:
    path = put(tmp_path / log)
    with path.open("ab") as writing:
        line = b"the same trouble again\n" * 1_000
        for _ in range(LARGEST_LOG // len(line) + 2):
            writing.write(line)
        writing.write(b"the newest line\n")
        writing.flush()
        assert swept(warehouse, tmp_path).logs_cut == 1
        writing.write(b"one more\n")
    rest = path.read_bytes()
    assert len(rest) < 2_100_000 and rest.startswith(b"the same") and rest.endswith(b"the newest line\none more\n")


def test_a_folder_that_is_not_there_is_no_trouble(warehouse: Warehouse, tmp_path: Path) -> None:
    assert swept(warehouse, tmp_path / "nothing here") == Swept()
