"""The supervisor of `trend-assets ui`: what its processes stand on comes back when it dies, where they know it."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from trend_assets.runtime import services
from trend_assets.runtime.backing import Backing, Stopped
from trend_assets.runtime.postgres import embedded
from trend_assets.runtime.processes import Child
from trend_assets.runtime.services import Services, Watched, base_services, revive_dead
from trend_assets.settings import Settings
from trend_assets.sources.http_library import httpx

OURS = ("TREND_ASSETS_", "DAGSTER_")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Postgres and the sandbox in a state folder of their own; the environment is put back afterwards."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    try:
        with base_services(Settings(state_dir=tmp_path_factory.mktemp("state"))) as found:
            yield found
    finally:
        os.environ.clear()
        os.environ.update(kept)


@pytest.fixture
def watched(running: Services, tmp_path: Path) -> Iterator[Watched]:
    child = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], tmp_path / "sleeper.log")
    child.start()
    yield Watched(running.backing, [child])
    child.stop()


def folder(running: Services) -> Path:
    return Path(running.environment["TREND_ASSETS_STATE_DIR"])


def kill(service: Backing, pid: int) -> None:
    """Kill -9, and wait until it shows: a process that was just killed still looks alive for a moment."""
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while service.is_running() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not service.is_running()


def kill_postgres(running: Services) -> None:
    kill(running.backing[0], embedded.status(folder(running)).pid)


def number(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM ops.ledger").fetchone()[0]


def test_postgres_killed_under_the_ui_comes_back_with_its_data_at_its_address(running, watched):
    said: list[str] = []
    revive_dead(watched, say=said.append)
    assert said == [], "what lives is left alone"
    child = watched.children[0].process.pid
    kill_postgres(running)
    revive_dead(watched, say=said.append)
    assert ["Postgres had ended" in sentence for sentence in said] == [True]
    assert number(running.databases.data_url) == 0
    assert os.environ["TREND_ASSETS_DATABASE_URL"] == running.databases.data_url
    assert watched.children[0].process.pid == child, "who knows the right address is left alone"


def test_a_sandbox_killed_under_the_ui_comes_back_at_its_address(running, watched):
    kill(running.backing[1], json.loads((folder(running) / "sandbox" / "server.json").read_text())["pid"])
    said: list[str] = []
    revive_dead(watched, say=said.append)
    assert ["sandbox had ended" in sentence for sentence in said] == [True]
    assert httpx.get(f"{running.sandbox_url}/__sandbox", trust_env=False).status_code == 200


def test_processes_learn_the_new_address_of_a_postgres_whose_port_was_taken(running, watched, monkeypatch):
    home = folder(running) / "postgres"
    old = os.environ["TREND_ASSETS_DATABASE_URL"]
    child = watched.children[0].process.pid
    choose = embedded._choose_port
    monkeypatch.setattr(embedded, "_choose_port", lambda home, *, fresh: choose(home, fresh=True))
    kill_postgres(running)
    revive_dead(watched, say=lambda sentence: None)
    new = os.environ["TREND_ASSETS_DATABASE_URL"]
    assert new != old and f":{(home / 'port').read_text()}/" in new
    assert number(new) == 0
    assert watched.children[0].process.pid != child
    assert f"TREND_ASSETS_DATABASE_URL={new}" in Path(
        f"/proc/{watched.children[0].process.pid}/environ"
    ).read_text().split("\0")


def test_a_postgres_that_cannot_start_is_said_once_and_tried_again(running, watched, monkeypatch):
    said: list[str] = []
    tries = iter(range(4))
    control = folder(running) / "postgres" / "data" / "global" / "pg_control"

    def pause(_seconds: float) -> None:
        if (turn := next(tries)) == 0:
            kill_postgres(running)
            control.rename(control.with_name("aside"))
        elif turn == 2:
            control.with_name("aside").rename(control)
        elif turn == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.watch(watched, say=said.append, pause=pause)
    assert ["did not start" in said[0], "started again" in said[1], len(said)] == [True, True, 2]


def test_a_postgres_that_was_stopped_on_purpose_ends_the_ui_instead_of_coming_back(running, watched):
    assert embedded.stop(folder(running))
    with pytest.raises(Stopped, match="trend-assets down"):
        revive_dead(watched, say=print)
    assert not embedded.status(folder(running)).running
    # whoever starts it again on purpose finds everything as it was
    assert number(embedded.ensure_running(folder(running))) == 0
    revive_dead(watched, say=print)
