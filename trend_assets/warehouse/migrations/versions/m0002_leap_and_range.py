"""Two questions about a creator's item get two names, and momentum, which no reader is left for, goes.

`leap` was `outlier_ratio` and `range` was `breakout_ratio`: the numbers are the same, so they are kept."""

from alembic import op

revision = "0002"
down_revision = "0001"

RENAMED = {"outlier_ratio": "leap", "breakout_ratio": "range"}


def upgrade() -> None:
    """A database in which the table is not yet made gets its columns from the declarations."""
    op.execute("ALTER TABLE IF EXISTS velocity.scores DROP COLUMN IF EXISTS momentum")
    for old, new in RENAMED.items():
        op.execute(
            f"""
            DO $$ BEGIN
                IF EXISTS (
                    SELECT FROM information_schema.columns
                    WHERE table_schema = 'velocity' AND table_name = 'scores' AND column_name = '{old}'
                ) THEN
                    ALTER TABLE velocity.scores RENAME COLUMN {old} TO "{new}";
                END IF;
                IF EXISTS (SELECT FROM pg_constraint WHERE conname = 'scores_{old}_check') THEN
                    ALTER TABLE velocity.scores RENAME CONSTRAINT scores_{old}_check TO scores_{new}_check;
                END IF;
            END $$
            """
        )
