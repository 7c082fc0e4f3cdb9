"""`trends.post_snapshots` and `trends.posts` in SQL: one day at a time, all sources at once, set by set.

    source.* of the day ──▶ trends.post_snapshots (the day's partition, replaced)
                        └─▶ trends.posts (upsert; the result is the same in whatever order days are built)

Only rows of the day, and posts that it touches, are read: the cost of a day does not grow with the history. Nothing
here reads the wall clock; "now" is the newest collection that the posts know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import sql

from trend_assets.tables.columns import POST_COLUMNS
from trend_assets.tables.model import Table
from trend_assets.warehouse.connection import only_row
from trend_assets.warehouse.tables import POST_SOURCES, TABLES

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.warehouse.warehouse import Warehouse

METRICS = ("views", "likes", "comments", "shares", "saves", "quotes")
LIST_LIMIT = 1000
# days that share posts, and what is removed of them, would deadlock on their rows: one at a time
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('trends.posts', 0))"

_KEY = ("platform", "external_id")
# counts belong together: they and what is said of them come from one measurement
_MEASURED = (*METRICS, "metrics_unavailable", "measured_at", "is_simulated")
_DESCRIBED = tuple(column.name for column in POST_COLUMNS if column.name not in _KEY and column.name not in _MEASURED)


@dataclass(frozen=True, slots=True)
class PostsReport:
    """What a day did to `trends.posts`: posts seen that day, and how many were new, changed, archived, revived, marked
    as repeats of another post, or removed because nothing measured them any more."""

    seen: int
    inserted: int
    updated: int
    archived: int
    revived: int
    repeats: int
    removed: int


def snapshot_rows() -> sql.Composed:
    """A query for the snapshots of one day (parameter `day`) from all sources; a measurement that two collections of a
    day share counts once."""
    table = TABLES["trends.post_snapshots"]
    names = [name for name in table.column_names if name not in ("observed_date", "source")]
    return sql.SQL("SELECT DISTINCT ON ({key}) * FROM ({rows}) AS seen ORDER BY {key}, collected_at").format(
        key=_columns(table.key), rows=_rows_of_the_day(["observed_date", *names])
    )


def _rows_of_the_day(columns: Sequence[str]) -> sql.Composed:
    """These columns of all sources' rows of the day, with the `source`."""
    return sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {source} AS source, {columns} FROM {table} WHERE observed_date = %(day)s").format(
            source=sql.Literal(table.name), columns=_columns(columns), table=_identifier(table)
        )
        for table in map(TABLES.__getitem__, POST_SOURCES)
    )


def refresh_posts(connection: psycopg.Connection, day: date, *, archive_after_days: int) -> PostsReport:
    """Bring `trends.posts` up to date with one day's source rows. Runs inside the caller's transaction.

    First sight is the earliest ever, also when an old day is built later. Counts come from the newest measurement that
    has any; text from the newest that has it. A post unseen for `archive_after_days` before the newest collection is
    archived as of that day, and revived when it is seen again. Posts of one platform with one address are repeats of
    the one that was seen first.
    """
    connection.execute(LOCK)
    connection.execute(_incoming(), {"day": day})
    connection.execute("ANALYZE pg_temp.incoming_posts")
    (seen,) = only_row(connection, "SELECT count(*) FROM pg_temp.incoming_posts")
    (clock,) = only_row(
        connection,
        "SELECT greatest((SELECT max(last_collected_at) FROM trends.posts),"
        " (SELECT max(last_collected_at) FROM pg_temp.incoming_posts))",
    )
    after = timedelta(days=archive_after_days)
    (revived,) = only_row(connection, _WOULD_REVIVE, {"clock": clock, "after": after})
    counts = connection.execute(_upsert(), {"clock": clock, "after": after}).fetchall()
    inserted = sum(1 for (is_new,) in counts if is_new)
    removed = _forget_unseen(connection, day)
    archived = connection.execute(_ARCHIVE, {"clock": clock, "after": after}).rowcount if clock else 0
    repeats = connection.execute(_MARK_REPEATS).rowcount
    connection.execute("DROP TABLE pg_temp.incoming_posts")
    return PostsReport(seen, inserted, len(counts) - inserted, archived, revived, repeats, removed)


def rebuild_posts(connection: psycopg.Connection, posts: str) -> int:
    """Bring posts back to what their remaining snapshots say, and remove those that have none. `posts` is a temporary
    table with columns platform and external_id. Returns how many were removed."""
    chosen = sql.Identifier("pg_temp", posts)
    connection.execute(sql.SQL(_FROM_SNAPSHOTS).format(chosen=chosen))
    return connection.execute(sql.SQL(_WITHOUT_SNAPSHOTS).format(chosen=chosen)).rowcount


def list_trends(warehouse: "Warehouse", *, platform: str | None = None, limit: int) -> "pd.DataFrame":
    """Collected posts, newest first, without repeats and archived ones.

    Raises ValueError for a limit outside 1 to 1,000.
    """
    if not 1 <= limit <= LIST_LIMIT:
        raise ValueError(f"limit is {limit}; ask for 1 to {LIST_LIMIT} posts.")
    # archived_at is NULL throughout: only so does Postgres take the index of live posts
    return warehouse.query(
        "SELECT * FROM trends.posts WHERE duplicate_of IS NULL AND archived_at IS NULL "
        f"{'' if platform is None else 'AND platform = %(platform)s '}"
        "ORDER BY archived_at DESC, last_collected_at DESC, platform DESC, external_id DESC LIMIT %(limit)s",
        {"platform": platform, "limit": limit},
    )


def _incoming() -> sql.Composed:
    """One row per post of the day: first and last sight, sources, the newest counts, and per column the newest text."""
    columns = (*_KEY, *_DESCRIBED, *_MEASURED, "list_rank", "list_name", "collected_at")
    newest_first = sql.SQL("measured_at DESC, source, list_rank, list_name, collected_at")
    newest_known = [
        sql.SQL("(array_agg({c} ORDER BY {newest_first}) FILTER (WHERE {c} IS NOT NULL))[1] AS {c}").format(
            newest_first=newest_first, c=sql.Identifier(name)
        )
        for name in _DESCRIBED
        if name != "hashtags"
    ]
    return sql.SQL(
        """
        CREATE TEMPORARY TABLE incoming_posts ON COMMIT DROP AS
        WITH seen AS MATERIALIZED ({parts}),
        described AS (
            SELECT platform, external_id, {newest_known},
                min(collected_at) AS first_collected_at, max(collected_at) AS last_collected_at,
                (array_agg(source ORDER BY collected_at, source))[1] AS first_source,
                array_agg(DISTINCT source) AS sources
            FROM seen GROUP BY platform, external_id
        ),
        tagged AS (
            SELECT DISTINCT ON (platform, external_id) platform, external_id, hashtags
            FROM seen WHERE hashtags IS NOT NULL ORDER BY platform, external_id, {newest_first}
        ),
        measured AS (
            SELECT DISTINCT ON (platform, external_id) platform, external_id, {measured},
                num_nonnulls({metrics}) > 0 AS has_counts
            FROM seen
            ORDER BY platform, external_id, num_nonnulls({metrics}) > 0 DESC, {newest_first}
        )
        SELECT described.*, tagged.hashtags, {measured}, has_counts
        FROM described JOIN measured USING (platform, external_id) LEFT JOIN tagged USING (platform, external_id)
        """
    ).format(
        parts=_rows_of_the_day(columns),
        newest_known=sql.SQL(", ").join(newest_known),
        newest_first=newest_first,
        measured=_columns(_MEASURED),
        metrics=_columns(METRICS),
    )


def _upsert() -> sql.Composed:
    newer = sql.SQL(
        "(num_nonnulls({new}) > 0, excluded.measured_at) >= (num_nonnulls({old}) > 0, posts.measured_at)"
    ).format(
        new=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in METRICS),
        old=sql.SQL(", ").join(sql.Identifier("posts", name) for name in METRICS),
    )
    values: dict[str, sql.Composable] = {}
    for name in _DESCRIBED:
        pair = {"c": sql.Identifier(name), "newer": newer}
        values[name] = sql.SQL(
            "CASE WHEN {newer} THEN coalesce(excluded.{c}, posts.{c}) ELSE coalesce(posts.{c}, excluded.{c}) END"
        ).format(**pair)
    for name in _MEASURED:
        values[name] = sql.SQL("CASE WHEN {newer} THEN excluded.{c} ELSE posts.{c} END").format(
            c=sql.Identifier(name), newer=newer
        )
    values["first_collected_at"] = sql.SQL("least(posts.first_collected_at, excluded.first_collected_at)")
    values["first_source"] = sql.SQL(
        "CASE WHEN excluded.first_collected_at < posts.first_collected_at"
        " OR (excluded.first_collected_at = posts.first_collected_at AND excluded.first_source < posts.first_source)"
        " THEN excluded.first_source ELSE posts.first_source END"
    )
    last: LiteralString = "greatest(posts.last_collected_at, excluded.last_collected_at)"
    values["last_collected_at"] = sql.SQL(last)
    values["sources"] = sql.SQL(
        "(SELECT array_agg(DISTINCT name ORDER BY name) FROM unnest(posts.sources || excluded.sources) AS name)"
    )
    values["archived_at"] = sql.SQL(f"CASE WHEN {last} + %(after)s <= %(clock)s THEN {last} + %(after)s END")
    names = list(values)
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in values.items()
    )
    changed = sql.SQL("({old}) IS DISTINCT FROM ({new})").format(
        old=sql.SQL(", ").join(sql.Identifier("posts", name) for name in names),
        new=sql.SQL(", ").join(values.values()),
    )
    inserted = [name for name in names if name != "archived_at"]
    return sql.SQL(
        """
        INSERT INTO trends.posts AS posts (platform, external_id, {columns}, archived_at)
        SELECT platform, external_id, {columns},
            CASE WHEN last_collected_at + %(after)s <= %(clock)s THEN last_collected_at + %(after)s END
        FROM pg_temp.incoming_posts ORDER BY platform, external_id
        ON CONFLICT (platform, external_id) DO UPDATE SET {assignments} WHERE {changed}
        RETURNING (xmax = 0) AS is_new
        """
    ).format(columns=_columns(inserted), assignments=assignments, changed=changed)


_WOULD_REVIVE = """
    SELECT count(*) FROM trends.posts AS posts JOIN pg_temp.incoming_posts AS new USING (platform, external_id)
    WHERE posts.archived_at IS NOT NULL
        AND greatest(posts.last_collected_at, new.last_collected_at) + %(after)s > %(clock)s
"""

_ARCHIVE = """
    UPDATE trends.posts SET archived_at = last_collected_at + %(after)s
    WHERE archived_at IS NULL AND last_collected_at <= %(clock)s::timestamptz - %(after)s::interval
"""

# the whole group of an address is judged again whenever one of it is seen, so the order of days does not matter
_MARK_REPEATS = """
    WITH touched AS (
        SELECT DISTINCT platform, url FROM pg_temp.incoming_posts JOIN trends.posts USING (platform, external_id, url)
        WHERE url IS NOT NULL
    ),
    judged AS (
        SELECT posts.platform, posts.external_id,
            nullif(
                first_value(posts.external_id) OVER (
                    PARTITION BY posts.platform, posts.url ORDER BY posts.first_collected_at, posts.external_id
                ),
                posts.external_id
            ) AS duplicate_of
        FROM touched JOIN trends.posts AS posts USING (platform, url)
    )
    UPDATE trends.posts AS posts SET duplicate_of = judged.duplicate_of FROM judged
    WHERE posts.platform = judged.platform AND posts.external_id = judged.external_id
        AND posts.duplicate_of IS DISTINCT FROM judged.duplicate_of
"""

_FROM_SNAPSHOTS = """
    UPDATE trends.posts AS posts SET
        views = newest.views, likes = newest.likes, comments = newest.comments, shares = newest.shares,
        saves = newest.saves, quotes = newest.quotes, measured_at = newest.measured_at,
        is_simulated = newest.is_simulated, last_collected_at = every.last_collected_at, sources = every.sources
    FROM {chosen} AS chosen
    CROSS JOIN LATERAL (
        SELECT * FROM trends.post_snapshots AS snapshots
        WHERE snapshots.platform = chosen.platform AND snapshots.external_id = chosen.external_id
        ORDER BY num_nonnulls(views, likes, comments, shares, saves, quotes) > 0 DESC, measured_at DESC, source,
            list_rank, list_name
        LIMIT 1
    ) AS newest
    CROSS JOIN LATERAL (
        SELECT max(collected_at) AS last_collected_at, array_agg(DISTINCT source ORDER BY source) AS sources
        FROM trends.post_snapshots AS snapshots
        WHERE snapshots.platform = chosen.platform AND snapshots.external_id = chosen.external_id
    ) AS every
    WHERE posts.platform = chosen.platform AND posts.external_id = chosen.external_id
"""

_WITHOUT_SNAPSHOTS = """
    DELETE FROM trends.posts AS posts USING {chosen} AS chosen
    WHERE posts.platform = chosen.platform AND posts.external_id = chosen.external_id
        AND NOT EXISTS (
            SELECT FROM trends.post_snapshots AS snapshots
            WHERE snapshots.platform = chosen.platform AND snapshots.external_id = chosen.external_id
        )
"""


def _forget_unseen(connection: psycopg.Connection, day: date) -> int:
    """Posts that were last seen on this day but are not in it any more (a corrected parse, an import taken back) go
    back to what is left of them."""
    begin = datetime.combine(day, time(), tzinfo=UTC)
    connection.execute(
        """
        CREATE TEMPORARY TABLE unseen_posts ON COMMIT DROP AS
        SELECT platform, external_id FROM trends.posts AS posts
        WHERE last_collected_at >= %(begin)s AND last_collected_at < %(end)s
            AND NOT EXISTS (
                SELECT FROM pg_temp.incoming_posts AS new
                WHERE new.platform = posts.platform AND new.external_id = posts.external_id
            )
            AND NOT EXISTS (
                SELECT FROM trends.post_snapshots AS snapshots
                WHERE snapshots.platform = posts.platform AND snapshots.external_id = posts.external_id
                    AND snapshots.collected_at = posts.last_collected_at
            )
        """,
        {"begin": begin, "end": begin + timedelta(days=1)},
    )
    removed = rebuild_posts(connection, "unseen_posts")
    connection.execute("DROP TABLE pg_temp.unseen_posts")
    return removed


def _columns(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)


def _identifier(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)
