"""The database follows the tables: brings one to what `trend_assets/tables/` and the sources' folders
declare, at every start.

    the fingerprint it was left with is ours ── yes ─> nothing to do (neither SQLAlchemy nor Alembic is imported)
        │ no
    it has no table of ours ── yes ─> all are made at once, in one round trip
        │ no
    written revisions ─> what only adds (`schema_changes.py`) ─> views ─> our fingerprint

All of it is one transaction behind one advisory lock: safe to repeat, to run in several processes at once, and to be
killed. What could lose data is refused with a sentence; it needs a written revision in `migrations/versions/`. In a
source's table it costs that source only: the sentence stands beside the fingerprint, so that every start tries again,
and whoever writes to the table says it.

    python -m trend_assets.warehouse.schema "say what it does"      makes the file
"""

import hashlib
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from trend_assets.tables.model import Table
from trend_assets.warehouse import tables as declared
from trend_assets.warehouse.connection import connect, normalise, only_row, open_connection
from trend_assets.warehouse.errors import WarehouseMisconfigured, can_heal, explain

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
TRIES = 5
VERSION_TABLE = "ops.schema_version"

# older versions of this code wait for the same lock
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('trend_assets.migrations', 0))"


def update(url: str, tables: Mapping[str, Table] = declared.TABLES, *, retry_refused: bool = True) -> None:
    """Bring the database behind `url` to what `tables` declare. Tables of sources that could not follow are compared
    again only with `retry_refused`: that holds up everybody, and what starts a run or a step need not.

    A restart of the server in the middle, a deadlock and a wait for a lock are retried. Raises SchemaRefused when data
    of the house could be lost, WarehouseMisconfigured when the database was used by a newer version of this code,
    WarehouseError with a sentence for everything else; nothing has been changed then.
    """
    again = Retrying(
        stop=stop_after_attempt(TRIES), wait=wait_exponential(), retry=retry_if_exception(can_heal), reraise=True
    )
    try:
        again(_update, url, tables, retry_refused)
    except psycopg.Error as error:
        raise explain(error, doing="Bringing the database to the declared tables") from None


def require_current(url: str) -> None:
    """Raises WarehouseMisconfigured when the database behind `url` is not as this code leaves it, and the errors of a
    database that does not answer. Changes nothing."""
    try:
        with connect(normalise(url)) as connection:
            left, _ = _left_with(connection)
    except psycopg.Error as error:
        raise explain(error, doing="Looking at the database") from None
    if not left:
        raise WarehouseMisconfigured(
            "The database has no tables of ours yet: start the platform first (make run, make ui, or the containers)."
        )
    if left != fingerprint():
        raise WarehouseMisconfigured(
            "The database was left by another version of this code than the one that runs here: bring every machine to "
            "the same version, start the platform, which brings the tables to it, and then this."
        )


def fingerprint(tables: Mapping[str, Table] = declared.TABLES) -> str:
    """Changes whenever the database may have to: with the tables, the views, a written revision, or this code."""
    here = Path(__file__)
    code = (here.with_name(name) for name in ("metadata.py", "schema_changes.py", here.name))
    parts = [repr(list(tables.values())), repr(declared.VIEWS), *map(_text, code), *map(_text, _revisions())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def newest_revision() -> str:
    """The number of the newest written revision, from its file's name; a test compares it with Alembic's answer."""
    return _revisions()[-1].name[1:5]


def _revisions() -> list[Path]:
    return sorted((MIGRATIONS / "versions").glob("m[0-9][0-9][0-9][0-9]_*.py"))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _update(url: str, tables: Mapping[str, Table], retry_refused: bool) -> None:
    wanted = fingerprint(tables)
    with connect(url) as connection:
        if _is_left(connection, wanted, retry_refused):
            return
        with connection.transaction():
            connection.execute(LOCK)
            if _is_left(connection, wanted, retry_refused):
                return  # another process was first
            if not _has_tables(connection, tables):
                from trend_assets.warehouse.metadata import ddl

                connection.execute((ddl(tables.values()) + bookkeeping(newest_revision()) + stamp(wanted)).encode())
                return
    _follow(url, tables, wanted, retry_refused)


def _is_left(connection: psycopg.Connection, wanted: str, retry_refused: bool) -> bool:
    """Whether the last start left the database as it is wanted, tables of sources that were refused being left so until
    they are tried again."""
    left, refused = _left_with(connection)
    return left == wanted and not (refused and retry_refused)


def _left_with(connection: psycopg.Connection) -> tuple[str, dict[str, str]]:
    """What the last start left as the comment of Alembic's table: the fingerprint (empty before the first one), and the
    tables of sources that could not follow, with a sentence each."""
    comment = only_row(connection, f"SELECT obj_description(to_regclass('{VERSION_TABLE}'), 'pg_class')")[0]
    left, _, refused = (comment or "").partition("\n")
    return left, json.loads(refused or "{}")


def stamp(wanted: str, refused: Mapping[str, str] | None = None) -> str:
    """The statement that leaves a fingerprint, and the tables of sources that could not follow."""
    from trend_assets.warehouse.metadata import literal

    left = f"{wanted}\n{json.dumps(refused)}" if refused else wanted
    return f"COMMENT ON TABLE {VERSION_TABLE} IS {literal(left)};\n"


def refused_tables(connection: psycopg.Connection) -> dict[str, str]:
    """The tables of sources that could not follow their declaration at the last start, with a sentence each."""
    return _left_with(connection)[1]


def bookkeeping(revision: str) -> str:
    """Statements that make Alembic's table as Alembic does, for a database that is at `revision`."""
    return (
        f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} "
        "(version_num VARCHAR(32) NOT NULL, CONSTRAINT schema_version_pkc PRIMARY KEY (version_num));\n"
        f"INSERT INTO {VERSION_TABLE} SELECT '{revision}' WHERE NOT EXISTS (SELECT FROM {VERSION_TABLE});\n"
    )


def _has_tables(connection: psycopg.Connection, tables: Mapping[str, Table]) -> bool:
    return bool(
        only_row(connection, "SELECT count(to_regclass(address)) FROM unnest(%s::text[]) AS address", [list(tables)])[0]
    )


def _follow(url: str, tables: Mapping[str, Table], wanted: str, retry_refused: bool) -> None:
    """Revisions, then what only adds, on a database with tables of ours."""
    from alembic import command
    from alembic.util import CommandError
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: open_connection(url, autocommit=False), poolclass=NullPool
    )
    try:
        with engine.begin() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            driver.execute(LOCK)
            if _is_left(driver, wanted, retry_refused):
                return
            driver.execute(bookkeeping(_revisions()[0].name[1:5]).encode())
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            refused = _apply(connection, driver, tables)
            driver.execute(stamp(wanted, refused).encode())
    except CommandError:
        raise WarehouseMisconfigured(
            "The database was brought to a revision that this version does not know: it was migrated by a newer one. "
            "Update trend_assets, or use another database."
        ) from None
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise error.orig from None
        raise
    for sentence in refused.values():
        logging.getLogger("trend_assets").warning(sentence)


def _apply(connection: "Connection", driver: psycopg.Connection, tables: Mapping[str, Table]) -> dict[str, str]:
    """Apply what only adds, and make the views; the tables of sources that cannot follow, with a sentence each."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    from trend_assets.warehouse.metadata import schemas_and_sequence, views
    from trend_assets.warehouse.schema_changes import changes, searches, widens_a_type

    driver.execute(schemas_and_sequence(tables.values()).encode())
    operations_needed, refused = changes(connection, tables.values(), declared.FILES)
    if any(map(widens_a_type, operations_needed)):
        for view in declared.VIEWS:
            driver.execute(f"DROP VIEW IF EXISTS {view.schema}.{view.name}".encode())
    operations = Operations(MigrationContext.configure(connection))
    for operation in operations_needed:
        operations.invoke(operation)
    for statements in searches(connection, [table for table in tables.values() if table.address not in refused]):
        driver.execute(statements.encode())
    driver.execute(views(declared.VIEWS).encode())
    return refused


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    # Alembic reads % as interpolation
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "m%%(rev)s_%%(slug)s")
    return config


def main(arguments: list[str]) -> None:
    """Make the file of a new revision."""
    from alembic import command

    if not any(map(str.strip, arguments)):  # a file without a name would be applied by the next start
        sys.exit('Say what the revision does: python -m trend_assets.warehouse.schema "rename views to plays"')
    command.revision(_config(), message=" ".join(arguments), rev_id=f"{int(newest_revision()) + 1:04}")


if __name__ == "__main__":
    main(sys.argv[1:])
