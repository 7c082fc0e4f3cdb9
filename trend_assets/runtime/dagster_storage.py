"""Dagster's storage on Postgres: found or started by whoever needs it, over connections that are kept.

`dagster.yaml` names the class, so that every Dagster command in its folder has the same instance with nothing
exported: without a `postgres_url` the storage is the database `dagster` beside the data's own (`runtime/database.py`).

dagster-postgres opens a connection for every statement, about three per event of a run: a new process on the server
each time, which was half of the time of `make run`. Here run, event and schedule storage of a process share a small
pool. A connection is tried before it is used, so a server that was restarted in between costs nobody a run.

Whoever starts a run, in whatever way, does it through this storage: so here a run learns which process carries it
(`carrier.py`), and a step that is refused a pool's slot looks who holds it (`waiting.py`). All else is
dagster-postgres's.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy
import sqlalchemy.exc
from dagster import DagsterRunStatus, Field, Map, StringSource
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine

from trend_assets.runtime.carrier import own_tags
from trend_assets.runtime.dagster_private import (
    ConcurrencyClaimStatus,
    ConfigurableClassData,
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
)
from trend_assets.runtime.database import held_databases
from trend_assets.runtime.waiting import Waiting
from trend_assets.settings import get_settings
from trend_assets.sources.discovery import PROVIDERS
from trend_assets.warehouse.connection import KEEPALIVES, SESSION_KEEPALIVES
from trend_assets.warehouse.errors import explain
from trend_assets.warehouse.libpq import forget_variables

# a step writes its events one after the other, often inside a read of the same process
KEPT_CONNECTIONS = 2
# threads of the daemon and of the UI beyond that; those connections are closed after use
FURTHER_CONNECTIONS = 30
SET_UP_LOCK = 7_239_641
"""Key of the advisory lock under which one process at a time sets the storage up."""


class KeptRuns(PostgresRunStorage):
    """Writes into a run's tags which process carries it, before anybody sees it started: a tag that a repeated run has
    from the one before is replaced. A run that was cancelled by force stays so, whatever a process says of it that did
    not hear of that: Dagster would turn it into a success."""

    def handle_run_event(self, run_id: str, event: DagsterEvent, update_timestamp: datetime | None = None) -> None:
        if event.event_type == DagsterEventType.RUN_START and self.has_run(run_id):
            self.add_run_tags(run_id, own_tags())
        if event.event_type in (DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE):
            run = self._get_run_by_id(run_id)
            if run is not None and run.status == DagsterRunStatus.CANCELED:
                return
        super().handle_run_event(run_id, event, update_timestamp)


class KeptEventLog(PostgresEventLogStorage):
    """Asks once whether a table or a column is there: Dagster's migrations run before anything else is started, and
    what is there stays. The library looks again for every step, by reflection."""

    def __init__(self, postgres_url: str, should_autocreate_tables: bool = True) -> None:
        self._there: set[tuple[str, str]] = set()
        self._waiting = Waiting()
        super().__init__(postgres_url, should_autocreate_tables)

    def store_event(self, event: EventLogEntry) -> None:
        """Dagster prints what goes wrong here as it is: a full disk is said in our sentence, not in the driver's."""
        try:
            super().store_event(event)
        except sqlalchemy.exc.DBAPIError as error:
            raise explain(error, doing="Dagster's record of the run") from error

    def claim_concurrency_slot(
        self, concurrency_key: str, run_id: str, step_key: str, priority: int | None = None
    ) -> ConcurrencyClaimStatus:
        status = super().claim_concurrency_slot(concurrency_key, run_id, step_key, priority)
        if status.is_claimed:
            return status
        self._waiting.look(self._instance, concurrency_key, run_id, step_key)
        # who was killed between giving a slot back and calling the next one has called nobody
        if self.has_unassigned_slots(concurrency_key):
            self.assign_pending_steps([concurrency_key])
        return super().claim_concurrency_slot(concurrency_key, run_id, step_key, priority)

    def has_table(self, table_name: str) -> bool:
        return self._is_there("table", table_name, super().has_table)

    def has_asset_key_col(self, column_name: str) -> bool:
        return self._is_there("column", column_name, super().has_asset_key_col)

    def _is_there(self, kind: str, name: str, look: Callable[[str], bool]) -> bool:
        if (kind, name) not in self._there and look(name):
            self._there.add((kind, name))
        return (kind, name) in self._there

    def initialize_concurrency_limit_to_default(self, concurrency_key: str) -> bool:
        """One process at a time: two runs that met a new pool at once both inserted it, and one of them failed."""
        with one_at_a_time(self._engine):
            return super().initialize_concurrency_limit_to_default(concurrency_key)


class KeptPostgresStorage(DagsterPostgresStorage):
    """`DagsterPostgresStorage` over one pool per process and URL, set up before anybody uses it: its tables, and the
    pools of `pool_limits`, whose limits people may then change (`dagster instance concurrency set`, or the UI)."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
        pool_limits: Mapping[str, int] | None = None,
    ) -> None:
        forget_variables()
        engine = _engine(postgres_url)
        with one_at_a_time(engine):
            super().__init__(postgres_url, should_autocreate_tables, inst_data)
            self._run_storage = KeptRuns(postgres_url, should_autocreate_tables)
            self._event_log_storage = KeptEventLog(postgres_url, should_autocreate_tables)
            for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
                storage._engine = engine
            if missing := (pool_limits or {}).keys() - self._event_log_storage.get_concurrency_keys():
                for pool in sorted(missing):
                    self._event_log_storage.set_concurrency_slots(pool, (pool_limits or {})[pool])

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {
            "postgres_url": Field(
                StringSource, is_required=False, description="Default: the database dagster beside the data's own."
            ),
            "should_autocreate_tables": Field(bool, is_required=False, default_value=True),
            "pool_limits": Field(Map(str, int), is_required=False, description="Limits of pools when they are new."),
            "provider_limit": Field(int, default_value=1, description="The same for the pool of every provider."),
        }

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "KeptPostgresStorage":
        url = config_value.get("postgres_url") or held_databases(get_settings()).dagster_url
        limits = {
            **dict.fromkeys(PROVIDERS, config_value.get("provider_limit", 1)),
            **config_value.get("pool_limits", {}),
        }
        return cls(url, config_value.get("should_autocreate_tables", True), inst_data, limits)


@contextlib.contextmanager
def one_at_a_time(engine: sqlalchemy.Engine) -> Iterator[None]:
    """A block that no two processes are in at once; a killed one has left it."""
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:key)"), {"key": SET_UP_LOCK})
        try:
            yield
        finally:
            connection.execute(sqlalchemy.text("SELECT pg_advisory_unlock(:key)"), {"key": SET_UP_LOCK})


@lru_cache(maxsize=4)
def _engine(postgres_url: str) -> sqlalchemy.Engine:
    given = sqlalchemy.make_url(postgres_url).query.get("options", "")
    return create_pg_engine(
        postgres_url,
        isolation_level="AUTOCOMMIT",
        pool_size=KEPT_CONNECTIONS,
        max_overflow=FURTHER_CONNECTIONS,
        pool_pre_ping=True,
        connect_args={**KEEPALIVES, "options": f"{SESSION_KEEPALIVES} {given}".strip()},
    )
