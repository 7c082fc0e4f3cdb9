"""Alembic's environment: the pending revisions, inside the transaction and behind the lock of `schema.py`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="schema_version",
    version_table_schema="ops",
)
with context.begin_transaction():
    context.run_migrations()
