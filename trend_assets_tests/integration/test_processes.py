"""Child processes end with their whole group, come back when they die, and do not outlive a killed parent."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from trend_assets.runtime.processes import Child, free_port


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


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path):
    script = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from trend_assets.runtime.processes import Child
        child = Child("c", [sys.executable, "-c", "import time; time.sleep(600)"], Path({str(tmp_path / "c.log")!r}))
        child.start()
        print(child.process.pid, flush=True)
        time.sleep(600)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child_pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not psutil.pid_exists(child_pid) or psutil.Process(child_pid).status() == "zombie")


def test_a_port_that_is_taken_is_not_offered():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port


def test_two_copies_that_start_at_once_choose_different_ports():
    port = free_port()
    chosen = f"from trend_assets.runtime.processes import free_port; print(free_port({port}), flush=True); input()"
    copies = [
        subprocess.Popen([sys.executable, "-c", chosen], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        ports = {int(copy.stdout.readline()) for copy in copies}
    finally:
        for copy in copies:
            copy.communicate("\n")
    assert len(ports) == 2 and port in ports
    assert free_port(port) == port, "the claim ends with the process"
    assert free_port(port) == port, "a process may ask again for what it has claimed"
