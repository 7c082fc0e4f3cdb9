"""What has to run: Postgres and the sandbox for any command; code server, webserver, daemon and API for the UI.

Three Dagster processes under this small supervisor instead of `dagster dev`: two thirds of its memory, ready in half
the time, and a code server that dies comes back.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from trend_assets.ports import LOOPBACK, listening, listens
from trend_assets.runtime.backing import Backing, Stopped, embedded_postgres
from trend_assets.runtime.backing import sandbox as backing_sandbox
from trend_assets.runtime.database import databases
from trend_assets.runtime.processes import STOP_SECONDS, Child, stop_all
from trend_assets.runtime.reload import Reloader
from trend_assets.runtime.state import dagster_home, state_dir
from trend_assets.sandbox.process import SandboxError
from trend_assets.settings import Settings
from trend_assets.sources.clients import is_any_simulated
from trend_assets.warehouse.connection import Databases
from trend_assets.warehouse.errors import WarehouseError

READY_SECONDS = 120
DAEMON_SECONDS = 2.0
"""A daemon that still loads the code at the end is not waited for longer: it has begun nothing yet. Its code server has
the rest of STOP_SECONDS."""
DAGSTER_PORT, API_PORT = 3000, 8000
MOST_SOCKET_BYTES = 100
MODULE = "trend_assets.definitions"
LOCATION = "trend_assets"
LOADED = """{ workspaceOrError { ... on Workspace {
    locationEntries { loadStatus locationOrLoadError { __typename } } } } }"""


class ServiceError(RuntimeError):
    """A service did not start; the message names it and its log."""


@dataclass(frozen=True)
class Services:
    """Running services: the databases and, where any provider needs it, the sandbox's address."""

    databases: Databases
    sandbox_url: str | None
    environment: dict[str, str]
    backing: tuple[Backing, ...] = ()
    """What of it is ours to bring back when it dies."""


@contextlib.contextmanager
def base_services(settings: Settings) -> Iterator[Services]:
    """Postgres (embedded or given, migrated) and the sandbox, found when they run already, with the environment that
    Dagster's processes need set for this process and its children. The last user out stops what was started."""
    with contextlib.ExitStack() as stack:
        servers = stack.enter_context(databases(settings))
        backing = [] if settings.database_url else [embedded_postgres(state_dir(settings))]
        sandbox_url = None
        if is_any_simulated(settings):
            sandbox_url = settings.sandbox_url
            if not sandbox_url:
                sandbox_url = stack.enter_context(_sandbox(settings))
                backing.append(backing_sandbox(state_dir(settings), settings))
        home = dagster_home(settings)
        environment = {
            "TREND_ASSETS_DATABASE_URL": servers.data_url,
            "DAGSTER_HOME": str(home),
            "TREND_ASSETS_STATE_DIR": str(state_dir(settings)),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            **({"TREND_ASSETS_SANDBOX_URL": sandbox_url} if sandbox_url else {}),
        }
        os.environ.update(environment)
        yield Services(servers, sandbox_url, environment, tuple(backing))


def _sandbox(settings: Settings) -> contextlib.AbstractContextManager[str]:
    from trend_assets.sandbox.process import running

    return running(state_dir(settings), seed=settings.sandbox_seed)


@dataclass(frozen=True)
class Watched:
    """What the supervisor keeps alive: what everything stands on first, then the processes."""

    backing: tuple[Backing, ...]
    children: list[Child]
    reloader: Reloader | None = None


@dataclass(frozen=True)
class UserInterface:
    """Addresses of what `trend-assets ui` runs."""

    dagster_url: str
    api_url: str | None
    sandbox_url: str | None


@contextlib.contextmanager
def user_interface(
    settings: Settings, *, port: int | None = None, with_api: bool = True
) -> Iterator[tuple[UserInterface, "Watched"]]:
    """Code server, webserver, daemon and HTTP API on 127.0.0.1, all ready. One per state folder.

    Raises ServiceError when one is running already (with its address) or when a service does not come up, and
    PortTaken when `port` is not free. A signal that comes while they end does not leave them half way.
    """
    state = state_dir(settings)
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context((state / "ui.lock").open("a+"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServiceError(
                f"The UI of this folder is already running: {_running_address(state)}. Use it, or stop it first."
            ) from None
        web = stack.enter_context(listening(port or DAGSTER_PORT, else_any=port is None))
        api = stack.enter_context(listening(API_PORT, else_any=True)) if with_api else None
        services = stack.enter_context(base_services(settings))
        addresses = UserInterface(_url(web), _url(api) if api else None, services.sandbox_url)
        code_server = _code_server_socket(state)
        children, daemon = _children(settings, addresses, code_server, web, api)
        reloader = Reloader(children[0])
        stack.callback((state / "ui.json").unlink, missing_ok=True)
        stack.callback(_stop, *children, daemon=daemon)
        stack.callback(_end_undisturbed)
        for child in children:
            child.start()
        (state / "ui.json").write_text(json.dumps({"dagster_url": addresses.dagster_url, "api_url": addresses.api_url}))
        _come_up(children, lambda: listens(code_server))
        # before the code server answers, the daemon has nothing to do but to complain
        daemon.start()
        children.append(daemon)
        _come_up(children, lambda: _answers(addresses))
        yield addresses, Watched(services.backing, children, reloader)


def _stop(code_server: Child, *others: Child, daemon: Child) -> None:
    """End the daemon before its code server: while it loads the code, it would write the loss of that server into its
    log. What needs neither ends meanwhile."""
    with ThreadPoolExecutor(1) as meanwhile:
        meanwhile.submit(stop_all, others)
        daemon.stop(patience=DAEMON_SECONDS)
        code_server.stop(patience=STOP_SECONDS - DAEMON_SECONDS)


def _end_undisturbed() -> None:
    """From here on everything is being stopped; a second Ctrl-C must not leave half of it running."""
    if threading.current_thread() is threading.main_thread():
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)


def _url(bound: socket.socket) -> str:
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}"


def watch(watched: Watched, *, say: Callable[[str], None] = print, pause: Callable[[float], None] = time.sleep) -> None:
    """Bring back what dies, until interrupted or until Postgres is stopped on purpose."""
    last_error = ""
    while True:
        pause(1)
        try:
            revive_dead(watched, say=say)
            last_error = ""
        except Stopped as stopped:
            say(str(stopped))
            return
        except (WarehouseError, SandboxError) as error:
            # nothing to do but to try again; said once, not every second
            if str(error) != last_error:
                last_error = str(error)
                say(last_error)


def revive_dead(watched: Watched, *, say: Callable[[str], None]) -> None:
    """Bring back what is dead now, what others stand on first. Raises what `Backing.revive` raises."""
    for service in watched.backing:
        if not service.is_running():
            places = service.revive()
            say(f"{service.name} had ended and was started again (log: {service.log}).")
            if any(os.environ.get(name) != value for name, value in places.items()):
                # another took its port meanwhile: who knows the old address must learn the new one
                os.environ.update(places)
                for child in watched.children:
                    child.stop()
                    child.start()
    for child in watched.children:
        if child.restart_if_dead():
            say(f"{child.name} had ended and was started again (log: {child.log}).")
    if watched.reloader:
        watched.reloader.reload_if_due(say)


def _running_address(state: Path) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(json.loads((state / "ui.json").read_text())["dagster_url"])
    return "its address is not known yet"


def prepare_instance() -> None:
    """What dead runs hold is taken back."""
    import dagster as dg

    from trend_assets.runtime.reaper import take_back

    with dg.DagsterInstance.get() as instance:
        take_back(instance)


def _code_server_socket(state: Path) -> Path:
    """Where the code server listens: a file that only its owner can reach, the same at every start, so that runs which
    wait in the queue find it again. The kernel takes 107 bytes; a long folder gets a short name elsewhere."""
    path = state / "code_server.sock"
    if len(os.fsencode(path)) <= MOST_SOCKET_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(state)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"trend_assets.{os.getuid()}.{digest}.sock"


def _children(
    settings: Settings, addresses: UserInterface, code_server: Path, web: socket.socket, api: socket.socket | None
) -> tuple[list[Child], Child]:
    """What starts at once, and the daemon, which needs the code server."""
    state = state_dir(settings)
    workspace = state / "workspace.yaml"
    server = {"grpc_server": {"host": "localhost", "socket": str(code_server), "location_name": LOCATION}}
    workspace.write_text(json.dumps({"load_from": [server]}))  # JSON is YAML, whatever the path holds
    python = sys.executable
    logs = state / "logs"
    children = [
        Child(
            "code server",
            [python, "-m", "dagster", "api", "grpc", "-m", MODULE, "--socket", str(code_server),
             "--location-name", LOCATION],
            logs / "code_server.log",
            # a polite end needs Postgres, which has gone with us: the thread that would say so has died of its absence.
            # Runs that it carries end by themselves
            orphaned=signal.SIGKILL,
        ),
        Child(
            "webserver",
            [python, "-m", "trend_assets.runtime.webserver", "--fd", str(web.fileno()),
             "--workspace", str(workspace), "--code-server", str(code_server)],
            logs / "webserver.log",
            inherits=[web],
        ),
    ]  # fmt: skip
    if api:
        # beside the UI one worker is enough, and ready sooner, unless somebody asked for more
        workers = settings.api_workers if "api_workers" in settings.model_fields_set else 1
        environment = {
            "TREND_ASSETS_DAGSTER_URL": settings.dagster_url or addresses.dagster_url,
            "TREND_ASSETS_DAGSTER_INTERNAL_URL": addresses.dagster_url,
            "TREND_ASSETS_API_WORKERS": str(workers),
        }
        command = [python, "-m", "trend_assets.cli", "api", "--fd", str(api.fileno())]
        children.append(Child("HTTP API", command, logs / "api.log", environment, inherits=[api]))
    command = [python, "-m", "trend_assets.runtime.daemon", "--workspace", str(workspace)]
    daemon = Child("daemon", command, logs / "daemon.log")
    return children, daemon


def _come_up(children: list[Child], is_up: Callable[[], bool]) -> None:
    """Wait until `is_up`. Raises ServiceError when a child keeps dying, or when it takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while not is_up():
        if time.monotonic() > deadline:
            raise ServiceError(
                f"The UI was not ready after {READY_SECONDS} s; the logs say why: {children[0].log.parent}"
            )
        for child in children:
            child.restart_if_dead()
            if child.restarts > 3:
                raise ServiceError(f"The {child.name} ends as soon as it starts; its log says why: {child.log}")
        time.sleep(0.1)


def _answers(addresses: UserInterface) -> bool:
    """Whether the webserver answers with the code location loaded, and the API with its database."""
    from trend_assets.sources.http_library import httpx

    with (
        httpx.Client(trust_env=False, timeout=10) as client,
        contextlib.suppress(httpx.HTTPError, KeyError, ValueError),
    ):
        if addresses.api_url and client.get(f"{addresses.api_url}/health").status_code != 200:
            return False
        answer = client.post(f"{addresses.dagster_url}/graphql", json={"query": LOADED}).json()
        entries = answer["data"]["workspaceOrError"]["locationEntries"]
        return bool(entries) and all(
            entry["loadStatus"] == "LOADED" and entry["locationOrLoadError"]["__typename"] == "RepositoryLocation"
            for entry in entries
        )
    return False
