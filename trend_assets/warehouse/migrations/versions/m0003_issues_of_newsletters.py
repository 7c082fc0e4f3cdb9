"""An issue is a newsletter's, and its formats are rows.

What was in a column per format moves into `feed.issue_forms`; every issue so far is the newsletter `rising`'s."""

from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = {
    "html": ("html", "text/html; charset=utf-8"),
    "markdown": ("md", "text/markdown; charset=utf-8"),
    "json_feed": ("json", "application/feed+json"),
    "atom": ("atom", "application/atom+xml; charset=utf-8"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "parquet": ("parquet", "application/vnd.apache.parquet"),
}


def upgrade() -> None:
    """A database in which the table is not yet made gets both tables from the declarations."""
    moves = "\n".join(
        f"""
                INSERT INTO feed.issue_forms
                SELECT observed_date, 'rising', '{name}', '{media_type}',
                       {"NULL, " + column if name == "parquet" else column + ", NULL"},
                       encode(sha256({column if name == "parquet" else f"convert_to({column}, 'UTF8')"}), 'hex'),
                       is_simulated
                FROM feed.issues WHERE {column} IS NOT NULL;"""
        for column, (name, media_type) in COLUMNS.items()
    )
    drops = ", ".join(f"DROP COLUMN {column}" for column in COLUMNS)
    op.execute(
        f"""
        DO $$ BEGIN
            IF EXISTS (
                SELECT FROM information_schema.columns
                WHERE table_schema = 'feed' AND table_name = 'issues' AND column_name = 'html'
            ) THEN
                CREATE TABLE feed.issue_forms (
                    observed_date date NOT NULL, newsletter text NOT NULL, format text NOT NULL,
                    media_type text NOT NULL, body text, binary_body bytea, content_hash text NOT NULL,
                    is_simulated boolean NOT NULL,
                    PRIMARY KEY (observed_date, newsletter, format)
                );
                {moves}
                ALTER TABLE feed.issues ADD COLUMN newsletter text NOT NULL DEFAULT 'rising';
                ALTER TABLE feed.issues ALTER COLUMN newsletter DROP DEFAULT;
                ALTER TABLE feed.issues DROP CONSTRAINT issues_pkey;
                ALTER TABLE feed.issues ADD PRIMARY KEY (observed_date, newsletter);
                ALTER TABLE feed.issues {drops};
            END IF;
        END $$
        """
    )
