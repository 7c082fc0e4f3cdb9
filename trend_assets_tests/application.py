"""An application of the API for tests: answered in this process, or behind a socket."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from trend_assets.api.app import api_app
from trend_assets.settings import Settings


@contextmanager
def client_at(now: datetime, database_url: str, state_dir: Path) -> Iterator[TestClient]:
    """A client of the application as of `now`, without its cache; nothing simulates providers."""
    settings = Settings(_env_file=None, sandbox_url="http://127.0.0.1:9", state_dir=state_dir)
    app = api_app(settings, database_url=database_url, state_dir=state_dir, now=lambda: now, cache_seconds=0)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as started:
        yield started


@contextmanager
def serving(app: FastAPI | Any, *, lifespan: Literal["auto", "off"] = "auto") -> Iterator[str]:
    """The application behind a real socket; its address. `lifespan="off"` where it was started before."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan=lifespan))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
