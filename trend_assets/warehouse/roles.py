"""The role that can only read: what the HTTP API and visitors use."""

import psycopg
from psycopg import sql

from trend_assets.warehouse.connection import connect
from trend_assets.warehouse.tables import TABLES

# rows that no reader needs: verbatim answers, and who may use the API
NOT_FOR_READERS = ("capture", "api")


def ensure_reader(url: str, role: str) -> str | None:
    """Create `role` with SELECT on our schemas and let the current user switch to it; None where it may not create it.

    Safe to repeat; run after each migration, so that new tables become readable.
    """
    name = sql.Identifier(role)
    schemas = sorted({table.schema for table in TABLES.values()} - set(NOT_FOR_READERS))
    with connect(url) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            try:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
                connection.execute(sql.SQL("GRANT {} TO current_user").format(name))
            except psycopg.errors.InsufficientPrivilege:
                return None
            except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                pass  # another process was first
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('trend_assets.roles', 0))")
            for schema in map(sql.Identifier, schemas):
                connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, name))
                connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, name))
    return role
