"""A disk that is full while files are written: a sentence with folder and space, nothing half-written, what was there
before as it was. On a small file system of the test's own."""

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from trend_assets.capture.spool import Spool
from trend_assets.cli import main
from trend_assets.commands.export import export
from trend_assets.media import worker as media_worker
from trend_assets.newsletters.discovery import DEFAULT
from trend_assets.newsletters.rendering.formats import FORMATS
from trend_assets.newsletters.rendering.issue_files import save_issue
from trend_assets.privacy.sweeping import sweep
from trend_assets.sources.call import Answer, Call
from trend_assets.warehouse.errors import WarehouseUnavailable
from trend_assets.warehouse.files import FolderRefused
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.integration.test_erase_creator import insert
from trend_assets_tests.integration.test_media_jobs import Platform, serving, video_bytes

YESTERDAY, TODAY = date(2026, 11, 19), date(2026, 11, 20)
PAGE = os.sysconf("SC_PAGE_SIZE")  # what a small file system counts in
SENTENCE = (
    r"failed, because the disk of .* says: No space left on device \(\d\.\d MB are free\)\. Please free some space"
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with a disk of 2 MB."""
    if os.geteuid() != 0 or subprocess.run(["which", "mount"], capture_output=True).returncode:
        pytest.skip("needs root and mount for a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True).returncode:
        pytest.skip("this machine may not mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(disk: Path, *, but: int = 0) -> Path:
    """Leave `but` bytes of the disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        free = os.statvfs(disk)
        left = free.f_bavail * free.f_frsize - but
        while left > 0 and (written := file.write(b"0" * min(left, 100_000))):
            left -= written
    return filler


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("filler", ".lock")
    }


def issue(connection: psycopg.Connection, day: date, body: str) -> None:
    insert(
        connection, TABLES["feed.issue_forms"], observed_date=day, newsletter=DEFAULT, format=FORMATS[0].name, body=body
    )


def test_an_issue_that_has_no_room_leaves_yesterdays_and_nothing_half(
    warehouse: Warehouse, connection: psycopg.Connection, disk: Path
) -> None:
    folder = disk / "issues"
    issue(connection, YESTERDAY, "yesterday")
    issue(connection, TODAY, "today" * 400_000)
    save_issue(warehouse, YESTERDAY, folder)
    before = files_in(folder)
    filler = fill(disk, but=500_000)
    for _ in range(2):
        with pytest.raises(FolderRefused, match=SENTENCE) as raised:
            save_issue(warehouse, TODAY, folder)
        assert str(folder) in str(raised.value) and str(TODAY) in str(raised.value)
        assert files_in(folder) == before
    # the sweeper meets the same, says it, and goes on
    (disk / "spool").mkdir()
    (disk / "spool" / "old.json").touch()
    os.utime(disk / "spool" / "old.json", (0, 0))
    found = sweep(warehouse, disk, now=datetime.now(UTC))
    assert (found.removed, found.issues_written) == ({"spool": 1}, 0)
    assert [str(TODAY) in said for said in found.refused] == [True] and files_in(folder) == before
    filler.unlink()
    connection.execute("UPDATE feed.issue_forms SET body = 'shorter' WHERE observed_date = %s", (TODAY,))
    assert [path.read_text() for path in save_issue(warehouse, TODAY, folder)] == ["shorter"]


def test_an_export_that_has_no_room_leaves_the_last_one_and_nothing_half(
    warehouse: Warehouse, connection: psycopg.Connection, disk: Path
) -> None:
    def exported() -> int:
        return export(warehouse, "ops.step_logs", disk / "out", start=None, end=None, say=lambda _: None)

    insert(connection, TABLES["ops.step_logs"], log_key="a", content="x")
    assert exported() == 1
    before = files_in(disk / "out")
    insert(connection, TABLES["ops.step_logs"], log_key="b", content=os.urandom(1_500_000).hex())
    fill(disk, but=300_000)
    with pytest.raises(FolderRefused, match=SENTENCE) as raised:
        exported()
    assert "Exporting ops.step_logs" in str(raised.value) and files_in(disk / "out") == before


def test_a_download_that_has_no_room_is_tried_again_later_and_is_no_fault_of_the_file(
    database_url: str, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cover that could not be written was said to be a broken file, for good."""
    film = video_bytes(tmp_path)
    with serving({"/film.mp4": (200, {}, film)}) as (url, _):
        platform = Platform(database_url, disk, url)

        def attempt(number: int, job_id: str) -> dict[str, object]:
            job = platform.worker.attempt(job_id=job_id, attempt=number, run_id="run")
            assert job is not None
            return job

        job_id = platform.submit(f"{url}/film.mp4")
        job = attempt(1, job_id)
        assert (job["state"], job["error_kind"]) == ("queued", "unavailable")
        assert f"on the disk of {disk / 'media'}" in str(job["error"]) and "MB are free" in str(job["error"])
        monkeypatch.setattr(media_worker, "FREE_BYTES", -(10**9))  # the disk fills up after it was looked at
        filler = fill(disk, but=-(-len(film) // PAGE) * PAGE)  # the film, and no cover
        job = attempt(2, job_id)
        assert (job["state"], job["error_kind"]) == ("queued", "unavailable"), job["error"]
        assert "Storing the download failed" in str(job["error"]) and "No space left on device" in str(job["error"])
        assert files_in(disk) == {}
        filler.unlink()
        assert attempt(3, job_id)["state"] == "completed"
        filler = fill(disk)
        job = attempt(1, platform.submit(f"{url}/film.mp4?again"))
        assert (job["state"], job["error_kind"]) == ("queued", "unavailable")
        assert len(files_in(disk / "media")) == 2, "the film and its cover of before"


def test_an_answer_that_has_no_room_anywhere_leaves_nothing_half(
    warehouse: Warehouse, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(disk / "spool", warehouse, source="comet_videos", day=TODAY)
    monkeypatch.setattr(spool, "_require_room", lambda call: None)

    def away(*_: object, **__: object) -> None:
        raise WarehouseUnavailable("away")

    def execute(call: Call) -> Answer:
        fill(disk, but=100_000)
        monkeypatch.setattr(warehouse, "transact", away)
        return Answer(call, 200, b"x" * 1_000_000, datetime.now(UTC), cost_usd=0.001)

    answered = spool.around(execute)(Call("tikhub", "/search", max_cost_usd=0.003))
    assert len(answered.body) == 1_000_000 and files_in(disk / "spool") == {}


def test_a_command_that_meets_a_full_disk_ends_with_a_sentence_and_1(
    database_url: str, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it meets it: here the key of the tombstones finds no room."""
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(disk / "state"))
    (disk / "state").mkdir(mode=0o700)
    filler = fill(disk)
    erase = ["erase-creator", "tiktok", "somebody", "--yes"]
    ended = CliRunner().invoke(main, erase)
    assert ended.exit_code == 1 and re.search(f"erase-creator {SENTENCE}", ended.output), ended.output
    assert files_in(disk) == {} and str(disk / "state") in ended.output
    filler.unlink()
    assert CliRunner().invoke(main, erase).exit_code == 0
    assert list(files_in(disk / "state")) == ["tombstone.key"]
