"""The process beside the embedded Postgres: starts it, reaps it, and stops it when its last user is gone.

Run by `embedded.py` as a script with the standard library only (8 MB instead of the 60 MB of our imports). Users hold
`users.lock` shared; the guardian waits for it exclusively in the kernel, so a user that was killed -9 counts as gone
at once and nothing polls. Settings, paths and locks are decided in `embedded.py`, not here.

    guardian.py <job as JSON>
        home     folder with users.lock, guardian.lock and, when the server shall stay, `keep`
        argv     the server's command (null: adopt the running server `pid`)
        cwd      the data folder; log: path of the server's log
        user     uid and gid to run as (null: as we are)
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time

STOP_SECONDS = 60


def main(job: dict) -> int:
    home = job["home"]
    own = open(os.path.join(home, "guardian.lock"), "w")  # noqa: SIM115 - held until this process ends
    try:
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    pid = _launch(job) if job["argv"] else job["pid"]

    with open(os.path.join(home, "users.lock"), "a") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(home, "keep")):
            _stop(pid)
            return 0
    while _alive(pid):
        time.sleep(1)
    return 0


def _launch(job: dict) -> int:
    """Start the server as our child; the thread reaps it, so that its zombie never blocks a restart."""
    as_user = {}
    if job["user"]:
        uid, gid = job["user"]
        as_user = {"user": uid, "group": gid, "extra_groups": []}
    with open(job["log"], "ab") as log:
        child = subprocess.Popen(
            job["argv"],
            executable=job["argv"][0],
            cwd=job["cwd"],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            umask=0o077,
            **as_user,
        )

    def reap() -> None:
        child.wait()
        os._exit(0)  # a flock wait in the main thread cannot be interrupted otherwise

    threading.Thread(target=reap, daemon=True).start()
    return child.pid


def _stop(pid: int) -> None:
    """Fast shutdown; after a minute the immediate one (the next start then recovers from the log)."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not _alive(pid):
                return
            time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
