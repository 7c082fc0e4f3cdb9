"""Brings a database to the newest schema. Safe to repeat, to run in several processes at once, and to be killed:
all pending migrations are one transaction behind one advisory lock.

A schema change is a new file in `migrations/versions/`; `docs/tables.md` and the tests compare the result with the
catalogue. What the tables are belongs to the catalogue.
"""

import time
from pathlib import Path

import psycopg

from trend_assets.warehouse.connection import connect, open_connection
from trend_assets.warehouse.errors import WarehouseMisconfigured, can_heal, explain

MIGRATIONS = Path(__file__).parent / "migrations"
TRIES = 5


def migrate(url: str) -> str:
    """Apply every pending migration to the database behind `url`; the revision it is at afterwards.

    A restart of the server in the middle is retried. Raises WarehouseMisconfigured when the database was migrated by a
    newer version of this code, WarehouseError with a sentence for everything else.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _upgrade(url)
        except psycopg.Error as error:
            if attempt == TRIES or not can_heal(error):
                raise explain(error, doing="Applying the migrations") from None
            time.sleep(0.5 * 2**attempt)
    raise AssertionError("unreachable")


def newest_revision() -> str:
    """The revision that this code needs."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current_revision(url: str) -> str | None:
    """The revision that the database is at, None for one that was never migrated."""
    with connect(url) as connection:
        if connection.execute("SELECT to_regclass('ops.schema_version')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT version_num FROM ops.schema_version").fetchone()
        return str(row[0]) if row else None


def _config():
    from alembic.config import Config

    config = Config()
    # Alembic reads % as interpolation
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _upgrade(url: str) -> str:
    # a check without Alembic (0.3 s to import) serves every start but the first
    if (current := current_revision(url)) == NEWEST:
        return NEWEST
    from alembic import command
    from alembic.util import CommandError
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    config = _config()
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: open_connection(url, autocommit=False), poolclass=NullPool
    )
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError:
        raise WarehouseMisconfigured(
            f"The database is at revision {current}, which this version does not know: it was migrated by a newer one. "
            "Update trend_assets, or use another database."
        ) from None
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise error.orig from None
        raise
    return NEWEST


NEWEST = "0001"
"""The newest revision, kept here so that a start needs no Alembic; a test compares it with `migrations/versions/`."""
