"""What has to run: Postgres and the sandbox for any command; code server, webserver, daemon and API for the UI.

Three Dagster processes under this small supervisor instead of `dagster dev`: two thirds of its memory, ready in half
the time, and a code server that dies comes back.
"""

import contextlib
import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trend_assets.runtime.backing import Backing, Stopped, embedded_postgres
from trend_assets.runtime.backing import sandbox as backing_sandbox
from trend_assets.runtime.database import databases
from trend_assets.runtime.processes import Child, free_port
from trend_assets.runtime.reload import Reloader
from trend_assets.runtime.state import dagster_home, state_dir
from trend_assets.sandbox.cli import SandboxError
from trend_assets.settings import PROVIDERS, Settings
from trend_assets.warehouse.connection import Databases
from trend_assets.warehouse.errors import WarehouseError

READY_SECONDS = 120
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
        found = stack.enter_context(databases(settings))
        backing = [] if settings.database_url else [embedded_postgres(state_dir(settings))]
        sandbox_url = None
        if any(settings.mode(provider) == "sandbox" for provider in PROVIDERS):
            sandbox_url = settings.sandbox_url
            if not sandbox_url:
                sandbox_url = stack.enter_context(_sandbox(settings))
                backing.append(backing_sandbox(state_dir(settings), settings))
        home = dagster_home(settings)
        environment = {
            "TREND_ASSETS_DATABASE_URL": found.data_url,
            "DAGSTER_HOME": str(home),
            "TREND_ASSETS_STATE_DIR": str(state_dir(settings)),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            **({"TREND_ASSETS_SANDBOX_URL": sandbox_url} if sandbox_url else {}),
        }
        os.environ.update(environment)
        yield Services(found, sandbox_url, environment, tuple(backing))


def _sandbox(settings: Settings) -> contextlib.AbstractContextManager[str]:
    from trend_assets.sandbox.cli import running

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
    settings: Settings, *, port: int = 0, with_api: bool = True
) -> Iterator[tuple[UserInterface, "Watched"]]:
    """Code server, webserver, daemon and HTTP API on 127.0.0.1, all ready. One per state folder.

    Raises ServiceError when one is running already (with its address) or when a service does not come up.
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
        services = stack.enter_context(base_services(settings))
        _prepare_instance()
        children, addresses = _children(settings, state, services, port=port, with_api=with_api)
        reloader = Reloader(children[0])
        stack.callback((state / "ui.json").unlink, missing_ok=True)
        for child in reversed(children):
            stack.callback(child.stop)
        for child in children:
            child.start()
        (state / "ui.json").write_text(json.dumps({"dagster_url": addresses.dagster_url, "api_url": addresses.api_url}))
        _wait_until_ready(addresses.dagster_url, children)
        yield addresses, Watched(services.backing, children, reloader)


def watch(watched: Watched, *, say: Callable[[str], None] = print, pause: Callable[[float], None] = time.sleep) -> None:
    """Bring back what dies, until interrupted or until Postgres is stopped on purpose."""
    said = ""
    while True:
        pause(1)
        try:
            tend(watched, say=say)
            said = ""
        except Stopped as stopped:
            say(str(stopped))
            return
        except (WarehouseError, SandboxError) as error:
            # nothing to do but to try again; said once, not every second
            if str(error) != said:
                said = str(error)
                say(said)


def tend(watched: Watched, *, say: Callable[[str], None]) -> None:
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
        watched.reloader.tend(say)


def _running_address(state: Path) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(json.loads((state / "ui.json").read_text())["dagster_url"])
    return "its address is not known yet"


def _prepare_instance() -> None:
    """What dead runs hold is taken back."""
    import dagster as dg

    from trend_assets.runtime.reaper import take_back

    with dg.DagsterInstance.get() as instance:
        take_back(instance)


def _children(
    settings: Settings, state: Path, services: Services, *, port: int, with_api: bool
) -> "tuple[list[Child], UserInterface]":
    grpc_port = free_port()
    web_port = free_port(port or 3000)
    workspace = state / "workspace.yaml"
    server = f"host: 127.0.0.1\n      port: {grpc_port}\n      location_name: {LOCATION}"
    workspace.write_text(f"load_from:\n  - grpc_server:\n      {server}\n")
    python = sys.executable
    logs = state / "logs"
    children = [
        Child(
            "code server",
            [python, "-m", "dagster", "api", "grpc", "-m", MODULE, "-h", "127.0.0.1", "-p", str(grpc_port),
             "--location-name", LOCATION],
            logs / "code_server.log",
        ),
        Child(
            "webserver",
            [python, "-m", "dagster_webserver", "-w", str(workspace), "-h", "127.0.0.1", "-p", str(web_port)],
            logs / "webserver.log",
        ),
        Child("daemon", [python, "-m", "dagster._daemon", "run", "-w", str(workspace)], logs / "daemon.log"),
    ]  # fmt: skip
    dagster_url = f"http://127.0.0.1:{web_port}"
    api_url = None
    if with_api:
        api_port = free_port(8000)
        api_url = f"http://127.0.0.1:{api_port}"
        children.append(
            Child(
                "HTTP API",
                [python, "-m", "trend_assets.cli", "api", "--port", str(api_port)],
                logs / "api.log",
                {"TREND_ASSETS_DAGSTER_URL": dagster_url},
            )
        )
    return children, UserInterface(dagster_url, api_url, services.sandbox_url)


def _wait_until_ready(dagster_url: str, children: "list[Child]") -> None:
    """Wait until the webserver answers and the code location is loaded."""
    from trend_assets.http import httpx

    query = {"query": LOADED}
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(trust_env=False, timeout=10) as client:
        while time.monotonic() < deadline:
            for child in children:
                child.restart_if_dead()
                if child.restarts > 3:
                    raise ServiceError(f"The {child.name} ends as soon as it starts; its log says why: {child.log}")
            with contextlib.suppress(httpx.HTTPError, KeyError, ValueError):
                entries = client.post(f"{dagster_url}/graphql", json=query).json()["data"]["workspaceOrError"][
                    "locationEntries"
                ]
                if entries and all(
                    entry["loadStatus"] == "LOADED"
                    and entry["locationOrLoadError"]["__typename"] == "RepositoryLocation"
                    for entry in entries
                ):
                    return
            time.sleep(0.2)
    raise ServiceError(f"The UI was not ready after {READY_SECONDS} s; the logs say why: {children[0].log.parent}")
