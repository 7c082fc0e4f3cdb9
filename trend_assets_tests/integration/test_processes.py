"""Child processes end with their whole group, come back when they die, and do not outlive a killed parent."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from trend_assets.ports import PortTaken, listening
from trend_assets.runtime import processes
from trend_assets.runtime.processes import Child, stop_all
from trend_assets.sources.http_library import httpx


def wait_until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def sleeper(tmp_path) -> Child:
    return Child("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], tmp_path / "sleeper.log")


def test_a_child_that_died_is_started_again(tmp_path):
    child = sleeper(tmp_path)
    child.start()
    first = child.process.pid
    assert not child.restart_if_dead()
    os.kill(first, signal.SIGKILL)
    assert wait_until(child.restart_if_dead)
    assert child.process.pid != first
    assert child.restarts == 1
    child.stop()


def test_stop_ends_grandchildren_too(tmp_path):
    code = (
        "import subprocess, sys, time; "
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        "print(p.pid, flush=True); time.sleep(600)"
    )
    child = Child("parent", [sys.executable, "-c", code], tmp_path / "log")
    child.start()
    assert wait_until(lambda: (tmp_path / "log").read_text().strip())
    grandchild = int((tmp_path / "log").read_text())
    child.stop()
    assert wait_until(lambda: not psutil.pid_exists(grandchild))


def test_a_child_hears_polite_signals_also_of_a_parent_that_ignores_them(tmp_path):
    before = {sign: signal.signal(sign, signal.SIG_IGN) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    # as Dagster's servers do: whatever Ctrl-C does
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT)); "
        "print(signal.getsignal(signal.SIGHUP).name, flush=True); time.sleep(600)"
    )
    child = Child("child", [sys.executable, "-c", code], tmp_path / "log")
    try:
        child.start()
        assert wait_until(lambda: (tmp_path / "log").read_text().strip() == "SIG_DFL", 60)
        child.process.terminate()
        assert child.process.wait(60) in (-signal.SIGINT, 1)
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
        child.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
@pytest.mark.parametrize("sign", ["SIGTERM", "SIGKILL"])
def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path, sign):
    ignores = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " if sign == "SIGKILL" else ""
    script = textwrap.dedent(
        f"""
        import signal, sys, time
        from pathlib import Path
        from trend_assets.runtime.processes import Child
        child = Child("c", [sys.executable, "-uc", "{ignores}import time; print('up'); time.sleep(600)"],
                      Path({str(tmp_path / "c.log")!r}), orphaned=signal.{sign})
        child.start()
        print(child.process.pid, flush=True)
        time.sleep(600)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child_pid = int(parent.stdout.readline())
    assert wait_until(lambda: (tmp_path / "c.log").read_text() == "up\n", 60)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not psutil.pid_exists(child_pid) or psutil.Process(child_pid).status() == "zombie")


def test_a_port_that_is_taken_is_not_announced():
    with listening(0) as taken:
        port = taken.getsockname()[1]
        with listening(port, else_any=True) as other:
            assert other.getsockname()[1] != port
        with pytest.raises(PortTaken, match=rf"127.0.0.1:{port} cannot be listened on .*--port"):
            listening(port)


def test_two_copies_that_start_at_once_choose_different_ports_and_leave_no_trace():
    with listening(0) as free:
        port = free.getsockname()[1]
    before = set(Path(tempfile.gettempdir()).iterdir())
    chosen = (
        f"from trend_assets.ports import listening; held = listening({port}, else_any=True); "
        "print(held.getsockname()[1], flush=True); input()"
    )
    copies = [
        subprocess.Popen([sys.executable, "-c", chosen], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        ports = {int(copy.stdout.readline()) for copy in copies}
        assert not [path for path in set(Path(tempfile.gettempdir()).iterdir()) - before if "port" in path.name]
    finally:
        for copy in copies:
            copy.kill()
            copy.wait()
    assert len(ports) == 2 and port in ports
    with listening(port):
        pass  # also after kill -9


def test_a_child_answers_on_the_socket_of_its_parent_also_after_it_was_killed(tmp_path):
    with listening(0) as held:
        code = (
            "import http.server, socket, sys; "
            "server = http.server.HTTPServer(('', 0), http.server.SimpleHTTPRequestHandler, bind_and_activate=False); "
            f"server.socket = socket.socket(fileno={held.fileno()}); server.serve_forever()"
        )
        child = Child("server", [sys.executable, "-c", code], tmp_path / "log", inherits=[held])
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        child.start()
        try:
            assert httpx.get(url, trust_env=False, timeout=30).status_code == 200
            os.kill(child.process.pid, signal.SIGKILL)
            assert wait_until(child.restart_if_dead)
            # asked while it starts: the connection waits instead of being refused
            assert httpx.get(url, trust_env=False, timeout=30).status_code == 200
        finally:
            child.stop()


def test_children_are_stopped_together_and_one_that_ignores_it_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.5)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    deaf = Child("deaf", [sys.executable, "-c", stubborn], tmp_path / "deaf.log")
    children = [sleeper(tmp_path), deaf]
    for child in children:
        child.start()
    assert wait_until(lambda: "deaf" in deaf.log.read_text())
    pids = [child.process.pid for child in children]
    stop_all(children)
    assert not any(psutil.pid_exists(pid) for pid in pids)
