"""Which Postgres: the one that `TREND_ASSETS_DATABASE_URL` names, else the embedded one of the state folder.

Commands of ours use it for a block (`databases`) and hand its URL to the processes they start. A process of Dagster's
that nobody handed anything (`dagster dev`, `dg launch`, a step of theirs) holds it until it ends (`held_databases`).
"""

import contextlib
from collections.abc import Iterator
from functools import lru_cache

from trend_assets.runtime.first_day import begin
from trend_assets.runtime.state import state_dir
from trend_assets.settings import Settings
from trend_assets.warehouse.connection import DAGSTER_DATABASE, Databases, connect, prepare


@contextlib.contextmanager
def databases(settings: Settings) -> Iterator[Databases]:
    """The checked and migrated databases. An embedded server is started when it does not run, and stopped when its
    last user has left. Raises the warehouse's errors, sentences that say what to do."""
    from trend_assets.runtime.postgres.embedded import server

    with contextlib.ExitStack() as stack:
        if settings.database_url:
            url = settings.database_url.get_secret_value()
        else:
            url = stack.enter_context(server(state_dir(settings)))
        yield _ready(url, embedded=not settings.database_url)


def held_databases(settings: Settings) -> Databases:
    """The same for a whole process: an embedded server is used until the process ends, however it ends. The last one
    out, of ours or of Dagster's, stops it."""
    return _ready_once(running_database_url(settings), embedded=not settings.database_url)


@lru_cache(maxsize=4)
def _ready_once(url: str, *, embedded: bool) -> Databases:
    return _ready(url, embedded=embedded, retry_refused=False)


def _ready(url: str, *, embedded: bool, retry_refused: bool = True) -> Databases:
    servers = prepare(url, retry_refused=retry_refused)
    begin(servers.data_url)
    if embedded:
        _relax_dagster(servers.data_url)
    return servers


def _relax_dagster(url: str) -> None:
    """Dagster writes each event of a run in a commit of its own; on our own server it need not wait for the disk. The
    data's commits do. One process at a time: Postgres refuses the second of two that change a database's settings."""
    with connect(url) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('settings of the database dagster', 0))")
        connection.execute(f"ALTER DATABASE {DAGSTER_DATABASE} SET synchronous_commit = off")


def running_database_url(settings: Settings) -> str:
    """The data's URL for a process that the services started, or that runs beside them.

    Without a configured URL the embedded server of the state folder is found, and started when it does not run; it is
    held until this process ends."""
    if settings.database_url:
        return settings.database_url.get_secret_value()
    from trend_assets.runtime.postgres.embedded import hold

    return hold(state_dir(settings))


def keep_running(settings: Settings) -> None:
    """Let the embedded server stay until `trend-assets down`; nothing to do for a given database."""
    if not settings.database_url:
        from trend_assets.runtime.postgres.embedded import start

        start(state_dir(settings))
