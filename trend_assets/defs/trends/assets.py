"""The two tables that all sources flow into: counts as measured, and one post per thing.

    source/* ──▶ trends/post_snapshots ──▶ velocity …
            └──▶ trends/posts ──▶ API, reports

A source that has nothing for a day does not hold them back. The SQL is in `warehouse/posts.py`.
"""

from trend_assets.defs.table_asset import Day, DayOutput, table_asset
from trend_assets.warehouse.tables import POST_SOURCES


@table_asset("trends.post_snapshots", kinds={"sql"})
def post_snapshots(day: Day) -> DayOutput:
    """One row per day, source, list, post and measurement: counts as measured, from which all velocity comes.

    A measurement that two collections of a day share counts once. Unknown is NULL, never 0.
    """
    from trend_assets.warehouse.posts import snapshot_rows

    frame = day.warehouse.query(snapshot_rows(), {"day": day.date})
    per_source = frame.groupby("source").size().sort_index()
    return DayOutput(frame, metadata={f"rows {source}": int(rows) for source, rows in per_source.items()})


@table_asset("trends.posts", deps=[*POST_SOURCES, "trends.post_snapshots"], kinds={"sql"})
def posts(day: Day) -> DayOutput:
    """One row per platform and post, ever seen: newest counts and text, first sight never later than it was.

    Materializing a day brings in that day's rows; the result is the same in whatever order days are built. Posts
    unseen for TREND_ASSETS_ARCHIVE_AFTER_DAYS are archived, and revived when they are seen again.
    """
    from trend_assets.warehouse.posts import refresh_posts

    report = day.warehouse.transact(
        lambda connection: refresh_posts(connection, day.date, archive_after_days=day.settings.archive_after_days),
        doing=f"Refreshing trends.posts with {day.date}",
    )
    return DayOutput(
        None,
        metadata={
            "dagster/partition_row_count": report.seen,
            "rows_inserted": report.inserted,
            "rows_updated": report.updated,
            "archived": report.archived,
            "revived": report.revived,
            "repeats_marked": report.repeats,
            "removed": report.removed,
        },
    )
