"""A RabbitMQ of a test's own, from the machine's package: nothing of the system's server is used or changed."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from trend_assets.ports import listening
from trend_assets.runtime.processes import die_with_parent

# Debian's command in the path insists on root or on its own user; this is what it calls
SERVER = next(filter(None, map(shutil.which, ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"))), None)
EPMD = shutil.which("epmd")
START_SECONDS = 180


class Broker:
    """A broker on 127.0.0.1 with its files in `folder`, which outlive a restart."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        with listening(0) as one, listening(0) as two, listening(0) as three:
            self.port, distribution, names = (each.getsockname()[1] for each in (one, two, three))
        (folder / "plugins").write_text("[].")
        (folder / "rabbit.conf").touch()
        self._environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{self.port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"), "RABBITMQ_CONFIG_FILE": str(folder / "rabbit"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"), "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"), "RABBITMQ_LOGS": "-", "RABBITMQ_PID_FILE": str(folder / "pid"),
            # one scheduler that does not spin: the machine is everybody's
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
        }  # fmt: skip
        self._log = folder / "server.log"
        self._names = self._start([str(EPMD), "-port", str(names), "-address", "127.0.0.1"])
        self._server: subprocess.Popen[bytes] | None = None
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start it and wait until it lets one in."""
        from kombu import Connection

        self._server = self._start([str(SERVER)])
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with Connection(self.url, connect_timeout=5) as connection:
                    connection.connect()
                return
            except OSError:
                assert self._server.poll() is None and time.monotonic() < deadline, self._log.read_text()[-3000:]
                time.sleep(0.1)

    def stop(self) -> None:
        """Stop it politely; what waits in it is kept."""
        if self._server is not None:
            _end(self._server)
            self._server = None

    def close(self) -> None:
        self.stop()
        _end(self._names)

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip


def _end(process: "subprocess.Popen[bytes]") -> None:
    for sign, seconds in ((signal.SIGTERM, 60), (signal.SIGKILL, 30)):
        try:
            os.killpg(process.pid, sign)
            process.wait(seconds)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
