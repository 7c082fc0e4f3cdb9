"""The sandbox in a thread of the test process, with its fault switches and its meter at hand."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import uvicorn

from trend_assets.sandbox.server import create_app
from trend_assets.sandbox.state import Sandbox
from trend_assets.settings import Settings
from trend_assets.sources import clients


def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of providers do not wait between their tries."""
    connect = clients.connection_for
    monkeypatch.setattr(
        clients, "connection_for", lambda *given, **named: replace(connect(*given, **named), sleep=lambda seconds: None)
    )


@dataclass
class RunningSandbox:
    """A running sandbox. `state` is the server's own memory."""

    url: str
    state: Sandbox

    def settings(self, **changes: Any) -> Settings:
        """Settings that send every provider here."""
        return Settings(_env_file=None, sandbox="on", sandbox_url=self.url, **changes)

    def fault(self, name: str, *, times: int | None = None, **options: Any) -> None:
        """Switch a fault on, for the next `times` requests it meets or until the end of the test."""
        self.state.faults.switch_on(
            name,
            provider=options.pop("provider", None),
            endpoint=options.pop("endpoint", None),
            times=times,
            dates=(),
            options=options,
        )

    def paid(self, provider: str) -> int:
        """Calls that the provider would have charged for."""
        return self.state.meter.usage()["providers"].get(provider, {}).get("paid_calls", 0)

    def usd(self, provider: str) -> float:
        """What the provider would have charged."""
        return self.state.meter.usage()["providers"].get(provider, {}).get("usd", 0.0)

    def requests(self, provider: str, endpoint: str) -> int:
        """Requests to an endpoint, paid or not."""
        found = self.state.meter.usage()["providers"].get(provider, {}).get("endpoints", {})
        return found.get(endpoint, {}).get("requests", 0)


@contextlib.contextmanager
def sandbox_server(**options: Any) -> Iterator[RunningSandbox]:
    """A sandbox on a free port; `options` are those of `create_app`."""
    app = create_app(**options)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", date_header=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        try:
            yield RunningSandbox(f"http://127.0.0.1:{listener.getsockname()[1]}", app.state.sandbox)
        finally:
            server.should_exit = server.force_exit = True  # hanging requests are faults, not work to wait for
            thread.join(10)
