"""The sandbox of a module's tests, without faults, bills and runs of the test before; settings and a connection."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from trend_assets.settings import Settings
from trend_assets_tests.sandbox_server import RunningSandbox, sandbox_server


@pytest.fixture(scope="module")
def world() -> Iterator[RunningSandbox]:
    with sandbox_server() as running:
        yield running


@pytest.fixture
def sandbox(world: RunningSandbox) -> Iterator[RunningSandbox]:
    world.state.faults.switch_off()
    world.state.meter.lines.clear()
    world.state.memory.clear()
    yield world
    world.state.faults.switch_off()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Settings:
    """The settings of an installation in an empty folder, on a fresh database."""
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)
    return Settings(_env_file=None)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened
