"""Alembic's environment: every pending migration in one transaction, one process at a time."""

from alembic import context
from sqlalchemy import text

# any constant works as long as every version of this code uses the same
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('trend_assets.migrations', 0))"

connection = context.config.attributes["connection"]
with connection.begin():
    connection.execute(text(LOCK))
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS ops"))
    context.configure(
        connection=connection,
        version_table="schema_version",
        version_table_schema="ops",
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
