"""${message}"""

from alembic import op

revision = "${up_revision}"
down_revision = "${down_revision}"


def upgrade() -> None:
    # Runs before anything is added, on any older database: what was declared since may be missing (if_exists=True).
    # A view over what changes is dropped here; it is made again afterwards.
    # An empty database never comes here: it is made as declared.
    op.drop_column("table", "column", schema="schema", if_exists=True)
