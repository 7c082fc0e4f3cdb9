"""Running the HTTP API: one or more workers on one address. Called by `trend-assets api`."""

import contextlib
import errno
import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from fastapi import FastAPI

from trend_assets.ports import LOOPBACK, PortTaken
from trend_assets.settings import Settings, get_settings

DEFAULT_PORT = 8000
HOST_VARIABLE = "TREND_ASSETS_API_HOST"
GRACE_SECONDS = 2  # no answer takes longer; a reader that keeps its connection open is not waited for


def is_local(host: str) -> bool:
    """Whether an address is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def public_reads(settings: Settings, host: str) -> bool:
    """Whether reading works without a key on this address (TREND_ASSETS_API_PUBLIC_READS)."""
    return settings.api_public_reads == "yes" or (settings.api_public_reads == "local" and is_local(host))


def worker_app() -> FastAPI:
    """The application of one worker process, from the environment that `serve` left."""
    from trend_assets.api.app import api_app
    from trend_assets.runtime.database import running_database_url
    from trend_assets.runtime.state import state_dir

    settings = get_settings()
    host = os.environ.get(HOST_VARIABLE, "127.0.0.1")
    return api_app(
        settings,
        database_url=running_database_url(settings),
        state_dir=state_dir(settings),
        host=host,
        public_reads=public_reads(settings, host),
    )


def serve(
    settings: Settings,
    *,
    database_url: str,
    state_dir: Path,
    host: str = LOOPBACK,
    port: int | None = None,
    inherited: int | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve until interrupted, with TREND_ASSETS_API_WORKERS processes. The database must be migrated already.

    Without a `port`: the usual one, or a free one where that is taken. `inherited`: the descriptor of a socket that
    listens already. Raises PortTaken.
    """
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from trend_assets.api.limits import MOST_CONNECTIONS, BoundedProtocol
    from trend_assets.api.sessions import session_secret

    session_secret(state_dir)  # made before the workers race for it
    os.environ[HOST_VARIABLE] = host
    os.environ["TREND_ASSETS_DATABASE_URL"] = database_url
    os.environ["TREND_ASSETS_STATE_DIR"] = str(state_dir)
    config = uvicorn.Config(
        "trend_assets.api.serve:worker_app",
        factory=True,
        http=BoundedProtocol,
        limit_concurrency=MOST_CONNECTIONS,
        workers=settings.api_workers,
        ws="none",
        log_level="error",  # a warning is a line for each connection that speaks no HTTP: anybody could fill the disk
        access_log=False,  # addresses of readers are nobody's business, and a line per request costs a fifth
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with _sockets(host, port, inherited, workers=settings.api_workers) as sockets:
        bound = sockets[0].getsockname()[1]
        say(f"HTTP API    http://{f'[{host}]' if ':' in host else host}:{bound}  (pages at /, reference at /docs)")
        if settings.api_workers > 1:
            Multiprocess(config, sockets).run()
        else:
            uvicorn.Server(config).run(sockets)


@contextlib.contextmanager
def _sockets(host: str, port: int | None, inherited: int | None, *, workers: int) -> Iterator[list[socket.socket]]:
    from trend_assets.api.wire import sockets_for

    with contextlib.ExitStack() as held:
        if inherited is not None:
            yield [held.enter_context(socket.socket(fileno=inherited))]
            return
        try:
            sockets = held.enter_context(sockets_for(host, DEFAULT_PORT if port is None else port, workers=workers))
        except OSError as error:
            if port is not None or error.errno != errno.EADDRINUSE:
                raise PortTaken(
                    f"{host}:{DEFAULT_PORT if port is None else port} cannot be listened on ({error.strerror}); "
                    "give another with --port or --host."
                ) from None
            sockets = held.enter_context(sockets_for(host, 0, workers=workers))
        yield sockets
