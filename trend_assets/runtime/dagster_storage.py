"""Dagster's storage on Postgres over connections that are kept.

dagster-postgres opens a connection for every statement, about three per event of a run: a new process on the server
each time, which was half of the time of `make run`. Here run, event and schedule storage of a process share a small
pool. A connection is tried before it is used, so a server that was restarted in between costs nobody a run. All else is
dagster-postgres's; `dagster.yaml` names the class.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sqlalchemy
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config

# a step writes its events one after the other, often inside a read of the same process
KEPT_CONNECTIONS = 2
# threads of the daemon and of the UI beyond that; those connections are closed after use
FURTHER_CONNECTIONS = 30
KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class KeptEventLog(PostgresEventLogStorage):
    """Asks once whether a table or a column is there: Dagster's migrations run before anything else is started, and
    what is there stays. The library looks again for every step, by reflection."""

    def __init__(self, postgres_url: str, should_autocreate_tables: bool = True) -> None:
        self._there: set[tuple[str, str]] = set()
        super().__init__(postgres_url, should_autocreate_tables)

    def has_table(self, table_name: str) -> bool:
        return self._is_there("table", table_name, super().has_table)

    def has_asset_key_col(self, column_name: str) -> bool:
        return self._is_there("column", column_name, super().has_asset_key_col)

    def _is_there(self, kind: str, name: str, look: Callable[[str], bool]) -> bool:
        if (kind, name) not in self._there and look(name):
            self._there.add((kind, name))
        return (kind, name) in self._there


class KeptPostgresStorage(DagsterPostgresStorage):
    """`DagsterPostgresStorage` over one pool per process and URL. Takes its configuration, but no `auth_provider`."""

    def __init__(
        self, postgres_url: str, should_autocreate_tables: bool = True, inst_data: ConfigurableClassData | None = None
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables, inst_data)
        self._event_log_storage = KeptEventLog(postgres_url, should_autocreate_tables)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = _engine(postgres_url)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "KeptPostgresStorage":
        return cls(pg_url_from_config(config_value), config_value.get("should_autocreate_tables", True), inst_data)


@lru_cache(maxsize=4)
def _engine(postgres_url: str) -> sqlalchemy.Engine:
    return create_pg_engine(
        postgres_url,
        isolation_level="AUTOCOMMIT",
        pool_size=KEPT_CONNECTIONS,
        max_overflow=FURTHER_CONNECTIONS,
        pool_pre_ping=True,
        connect_args=KEEPALIVES,
    )
