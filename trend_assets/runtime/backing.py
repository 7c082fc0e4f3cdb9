"""What the UI's processes stand on: the embedded Postgres and the sandbox, watched and brought back when they die.

Starting and stopping them with their first and last user belongs to their own modules; this is for a supervisor that
is one of the users. A Postgres of the user's own is not ours to restart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trend_assets.settings import Settings


class Stopped(RuntimeError):
    """Something was stopped on purpose while it was in use; the message says what and by what."""


@dataclass(frozen=True)
class Backing:
    """One service that others stand on. `revive` starts it and returns the variables that say where it is now; it
    raises Stopped when it was stopped on purpose, and the service's own error when it cannot be started."""

    name: str
    log: Path
    is_running: Callable[[], bool]
    revive: Callable[[], Mapping[str, str]]


def embedded_postgres(state_dir: Path) -> Backing:
    """The embedded server of a state folder."""
    from trend_assets.runtime.postgres.embedded import ensure_running, status
    from trend_assets.warehouse.connection import prepare

    def revive() -> Mapping[str, str]:
        if status(state_dir).stopped:
            raise Stopped("Postgres was stopped (trend-assets down); the UI ends with it.")
        return {"TREND_ASSETS_DATABASE_URL": prepare(ensure_running(state_dir)).data_url}

    log = state_dir / "postgres" / "server.log"
    return Backing("Postgres", log, lambda: status(state_dir).running, revive)


def sandbox(state_dir: Path, settings: Settings) -> Backing:
    """The sandbox of a state folder."""
    from trend_assets.sandbox.process import is_running
    from trend_assets.sandbox.process import revive as start

    return Backing(
        "sandbox",
        state_dir / "sandbox" / "server.log",
        lambda: is_running(state_dir),
        lambda: {"TREND_ASSETS_SANDBOX_URL": start(state_dir, seed=settings.sandbox_seed)},
    )
