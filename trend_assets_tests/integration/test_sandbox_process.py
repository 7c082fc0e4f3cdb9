"""The sandbox as a shared process: one per state folder, found again, gone with its last user, whatever is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from trend_assets.sandbox import process
from trend_assets.sandbox.process import SandboxError, running
from trend_assets.sources.http_library import httpx

USER = """
import sys, time
from pathlib import Path
from trend_assets.sandbox.process import running
with running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


def pid_of(url: str) -> int:
    return int(httpx.get(f"{url}/__sandbox", timeout=20).json()["pid"])


def is_gone(pid: int, within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def user(tmp_path: Path):
    """A function that starts another process which uses the sandbox; gives (process, url)."""
    started = []

    def start() -> tuple[subprocess.Popen[str], str]:
        child = subprocess.Popen(
            [sys.executable, "-c", USER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(child)
        return child, child.stdout.readline().strip()

    yield start
    for child in started:
        child.kill()
        child.wait()


def test_users_of_one_folder_share_a_server_and_the_last_one_stops_it(tmp_path, user):
    child, url = user()
    with running(tmp_path) as same:
        assert same == url
        pid = pid_of(url)
        child.stdin.write("\n")
        child.stdin.flush()
        child.wait(timeout=10)
        assert pid_of(url) == pid, "one user is left"
    assert is_gone(pid)
    assert not (tmp_path / "sandbox" / "server.json").exists()


def test_two_folders_have_two_servers(tmp_path):
    with running(tmp_path / "a") as first, running(tmp_path / "b") as second:
        assert pid_of(first) != pid_of(second)


def test_a_killed_server_leaves_a_stale_file_that_is_seen_through(tmp_path, user):
    _, url = user()
    pid = pid_of(url)
    os.kill(pid, signal.SIGKILL)
    assert is_gone(pid)
    assert (tmp_path / "sandbox" / "server.json").exists()
    with running(tmp_path) as again:
        assert pid_of(again) != pid


DYING = """
import fcntl, sys, time
with open(sys.argv[1], "a") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(1)
"""


def test_a_server_that_is_dying_but_holds_its_lock_still_is_waited_out(tmp_path):
    folder = tmp_path / "sandbox"
    folder.mkdir()
    (folder / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": 1, "seed": 7}))
    with subprocess.Popen(
        [sys.executable, "-c", DYING, str(folder / "alive.lock")], stdout=subprocess.PIPE, text=True
    ) as dying:
        assert dying.stdout.readline() == "held\n"
        with running(tmp_path) as url:
            assert pid_of(url) > 1
            assert dying.wait(timeout=10) == 0


def test_a_killed_user_does_not_stop_the_server_of_the_others(tmp_path, user):
    child, url = user()
    with running(tmp_path) as same:
        pid = pid_of(same)
        child.kill()
        child.wait()
        assert pid_of(url) == pid
    assert is_gone(pid)


@pytest.mark.slow
def test_a_server_whose_users_were_all_killed_ends_by_itself(user):
    child, url = user()
    pid = pid_of(url)
    child.kill()
    child.wait()
    assert pid_of(url) == pid, "it lingers, so that whoever comes next finds its runs"
    assert is_gone(pid, within=process.LINGER_SECONDS + 10)


def test_another_seed_in_the_same_folder_is_refused_in_a_sentence(tmp_path):
    with (
        running(tmp_path, seed=7),
        pytest.raises(SandboxError, match="serves seed 7, not 8"),
        running(tmp_path, seed=8),
    ):
        pass


def test_a_state_folder_with_spaces_and_umlauts_works(tmp_path):
    with running(tmp_path / "my state ü") as url:
        assert httpx.get(url).status_code == 200


def test_the_file_says_where_the_server_is(tmp_path):
    with running(tmp_path) as url:
        written = json.loads((tmp_path / "sandbox" / "server.json").read_text())
        assert written == {"url": url, "pid": pid_of(url), "seed": 7}


def test_serving_in_the_foreground_says_the_address_and_stops_at_sigint():
    code = (
        "from trend_assets.sandbox.process import serve; serve(say=lambda text: print(text, flush=True), latency_ms=50)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    said = child.stdout.readline()
    url = next(word for word in said.split() if word.startswith("http://"))
    started = time.monotonic()
    words = "/api/v1/tiktok/web/fetch_trending_searchwords"
    assert httpx.get(url + words, headers={"Authorization": "Bearer k"}, timeout=30).status_code == 200
    assert time.monotonic() - started >= 0.05
    child.send_signal(signal.SIGINT)
    child.wait(timeout=10)


def test_clients_do_not_need_the_sandbox_to_be_importable():
    code = (
        "import sys; sys.modules['trend_assets.sandbox'] = None\n"
        "import trend_assets.sources.discovery, trend_assets.sources.clients\n"
        "assert not any(name.startswith('trend_assets.sandbox.') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
