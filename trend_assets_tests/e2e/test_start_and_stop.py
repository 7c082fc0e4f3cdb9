"""`trend-assets ui` from its start to its end, as the terminal sees it."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from trend_assets.sources.http_library import httpx

pytestmark = pytest.mark.slow
NOISE = re.compile(r"Traceback|Stack Trace|RpcError|UserWarning|Exception", re.IGNORECASE)


def start(folder: Path, *options: str) -> subprocess.Popen:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("TREND_ASSETS_", "DAGSTER_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "trend_assets.cli", "ui", *options],
        cwd=folder,
        env={**keep, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("start and stop")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda sign: sign.name)
def test_what_is_announced_answers_and_a_signal_ends_all_of_it_without_noise(folder, sign):
    before = {path.name for path in Path(tempfile.gettempdir()).glob("trend_assets*")}
    process = start(folder)
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("Ready after"):
            break
    addresses = re.findall(r"http://[\w.:]+", "".join(said))
    assert len(addresses) == 3, "".join(said)
    for address in addresses:
        assert httpx.get(address, trust_env=False, follow_redirects=True, timeout=30).status_code == 200, address
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) > 5
    os.killpg(process.pid, sign)
    rest = process.communicate(timeout=120)[0]
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive, [each.cmdline() for each in alive]
    assert process.returncode == 130
    state = folder / ".trend_assets"
    logs = {log.name: log.read_text() for log in (state / "logs").glob("*.log")}
    assert set(logs) == {"api.log", "code_server.log", "daemon.log", "webserver.log"}
    for name, text in {"terminal": "".join(said) + rest, **logs}.items():
        assert not NOISE.search(text), f"{name}: {text}"
    assert not (state / "ui.json").exists()
    assert {path.name for path in Path(tempfile.gettempdir()).glob("trend_assets*")} <= before
    for log in (state / "logs").glob("*.log"):
        log.unlink()


def test_a_port_that_is_taken_or_is_none_is_a_sentence(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for value, code, words in ((str(port), 1, f"127.0.0.1:{port} cannot be listened on"), ("70000", 2, "65535")):
            process = start(folder, "--port", value)
            text = process.communicate(timeout=120)[0]
            assert (process.returncode, words in text, "Traceback" in text) == (code, True, False), text
