"""The real thing: `trend-assets ui` in a fresh state folder, driven over GraphQL and looked at in headless Chromium."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest

from trend_assets.runtime.processes import die_with_parent
from trend_assets.sources.http_library import httpx
from trend_assets_tests.e2e.graphql import Dagster

READY_SECONDS = 180
PROJECT = Path(__file__).parents[2]
ARTEFACTS = PROJECT / "artefacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


@dataclass
class Platform:
    """A running platform: its addresses, its state folder, and how long it took to be ready (s)."""

    dagster: Dagster
    api_url: str
    sandbox_url: str
    state_dir: Path
    ready_seconds: float
    process: subprocess.Popen
    first_day: date

    def day(self, number: int) -> str:
        """The day `number` days after the first partition: 0 to 6 are past and stay past, whatever midnight does."""
        return (self.first_day + timedelta(days=number)).isoformat()

    def sandbox(self, method: str, path: str, **options) -> httpx.Response:
        """Ask the sandbox's own control routes."""
        response = httpx.request(method, f"{self.sandbox_url}{path}", timeout=30, trust_env=False, **options)
        response.raise_for_status()
        return response


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """`trend-assets ui` with nothing configured, as after `make ui` on a fresh machine. One per module, whose tests
    share it: modules run in different workers, and none that is no longer used takes their time."""
    folder = tmp_path_factory.mktemp("platform")
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("TREND_ASSETS_", "DAGSTER_"))}
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "trend_assets.cli", "ui"],
        cwd=folder,
        env={**keep, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,  # a test run that is killed leaves nothing behind either
    )
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    while not any(line.startswith("Ready after") for line in said):
        assert process.poll() is None, "".join(said) + _logs(folder)
        assert time.monotonic() - started < READY_SECONDS, "".join(said) + _logs(folder)
        time.sleep(0.1)
    text = "".join(said)
    dagster = Dagster(_address(text, "Dagster UI"))
    platform = Platform(
        dagster=dagster,
        api_url=_address(text, "HTTP API"),
        sandbox_url=_address(text, "Sandbox"),
        state_dir=folder / ".trend_assets",
        ready_seconds=time.monotonic() - started,
        process=process,
        first_day=date.fromisoformat(dagster.partitions("feed.items")[0]),
    )
    yield platform
    mine = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGINT)
    process.wait(timeout=60)
    _, alive = psutil.wait_procs(mine, timeout=20)
    assert not alive, f"left behind: {[each.cmdline() for each in alive]}"


def _address(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s+(http\S+)", text, re.MULTILINE)
    assert found, text
    return found.group(1)


def _logs(folder: Path) -> str:
    return "\n".join(f"--- {log.name}\n{log.read_text()[-2000:]}" for log in folder.glob(".trend_assets/logs/*.log"))


@pytest.fixture
def screenshot():
    """Take a picture of a page into artefacts/ (not kept in the repository); skips without Chromium."""
    if not CHROMIUM:
        pytest.skip("No Chromium on this machine: install Debian's package chromium to see the pages.")

    def take(url: str, name: str, *, width: int = 1600, height: int = 1000, budget_ms: int = 20_000) -> Path:
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        path.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run(
                [
                    CHROMIUM,
                    *FLAGS,
                    f"--user-data-dir={profile}",
                    f"--window-size={width},{height}",
                    f"--virtual-time-budget={budget_ms}",
                    f"--screenshot={path}",
                    url,
                ],
                check=True,
                capture_output=True,
                timeout=120,
            )
        assert path.stat().st_size > 10_000, f"{path} looks empty"
        return path

    return take
