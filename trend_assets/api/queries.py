"""What readers ask of the warehouse, one indexed query each; for the JSON routes and the pages alike."""

from datetime import date, datetime
from typing import Any, Literal

from trend_assets.api.pages_of import decode_cursor, encode_cursor
from trend_assets.api.problems import Problem
from trend_assets.api.reading import Reader

Period = Literal["day", "week"]

POST_COLUMNS = """p.platform, p.external_id, p.kind, p.title, left(p.description, 1000) AS description, p.language,
  p.creator_id, p.creator_handle, p.creator_name, p.creator_followers, p.url, p.hashtags, p.sound, p.duration_seconds,
  p.posted_at, p.views, p.likes, p.comments, p.shares, p.saves, p.quotes, p.metrics_unavailable, p.is_sponsored,
  p.sources, p.first_collected_at, p.last_collected_at, p.measured_at, p.archived_at, p.is_simulated"""

# the scores of the day on which the post was last collected, from the source inside which it stands best
SCORES = """LEFT JOIN LATERAL (
    SELECT s.source AS scored_in, s.engagement_velocity, s.views_per_hour, s.rising, s.source_percentile
    FROM velocity.scores s
    WHERE s.observed_date = (p.last_collected_at AT TIME ZONE 'UTC')::date AND s.source = ANY(p.sources)
      AND s.platform = p.platform AND s.external_id = p.external_id
    ORDER BY s.source_percentile DESC, s.source LIMIT 1) s ON true"""


def trends(
    reader: Reader, *, platform: str | None, limit: int, cursor: str | None, archived: bool = False
) -> tuple[list[dict[str, Any]], str | None]:
    """Collected posts, newest collection first: rows {item: JSON text}, and the next page's cursor."""
    after = decode_cursor(cursor, length=3)
    order = "p.last_collected_at DESC, p.platform DESC, p.external_id DESC"
    where = ["true" if archived else "p.archived_at IS NULL"]
    parameters: dict[str, Any] = {"limit": limit + 1}
    if platform:
        where.append("p.platform = %(platform)s")
        order = "p.last_collected_at DESC, p.external_id DESC"
        parameters["platform"] = platform
    if after:
        parameters |= {"at": _moment(after[0]), "after_platform": after[1], "after_id": after[2]}
        where.append(
            "(p.last_collected_at, p.external_id) < (%(at)s, %(after_id)s)"
            if platform
            else "(p.last_collected_at, p.platform, p.external_id) < (%(at)s, %(after_platform)s, %(after_id)s)"
        )
    rows = reader.rows(
        f"""SELECT row_to_json(t)::text AS item, t.last_collected_at AS at, t.platform, t.external_id FROM (
            SELECT {POST_COLUMNS}, s.* FROM (
              SELECT * FROM trends.posts p WHERE {" AND ".join(where)} ORDER BY {order} LIMIT %(limit)s) p {SCORES}
            ORDER BY {order}) t""",
        parameters,
    )
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(last["at"].isoformat(), last["platform"], last["external_id"])


_FORMAT_COLUMNS = {"json": "json_feed", "html": "html", "md": "markdown", "atom": "atom", "csv": "csv"}


def feed_issue(reader: Reader, day: date, form: str) -> str | None:
    """The day's issue in one format, None when there is none."""
    value = reader.value(f"SELECT {_FORMAT_COLUMNS[form]} FROM feed.issues WHERE observed_date = %s", (day,))
    return str(value) if value is not None else None


def newest_issue_date(reader: Reader) -> date | None:
    """The newest day that has an issue."""
    value: date | None = reader.value("SELECT max(observed_date) FROM feed.issues")
    return value


def issue_dates(reader: Reader, *, limit: int) -> list[dict[str, Any]]:
    """Days that have an issue, newest first."""
    return reader.rows(
        "SELECT observed_date, title, item_count, is_quiet, is_simulated FROM feed.issues "
        "ORDER BY observed_date DESC LIMIT %s",
        (limit,),
    )


def feed_items(reader: Reader, day: date) -> list[dict[str, Any]]:
    """The items of a day's feed, in order, for the page."""
    return reader.rows("SELECT * FROM feed.items WHERE observed_date = %s ORDER BY rank", (day,))


def feed_sources(reader: Reader, day: date) -> list[dict[str, Any]]:
    """Which sources worked that day and why the others did not."""
    return reader.rows("SELECT * FROM feed.source_report WHERE observed_date = %s ORDER BY tier, source", (day,))


def trend_report(reader: Reader, day: date, period: Period) -> dict[str, Any] | None:
    """The trend report of a day or of the week that ends with it; None when there is none."""
    summary = reader.row("SELECT * FROM trends.trend_summary WHERE observed_date = %s AND period = %s", (day, period))
    if summary is None:
        return None
    patterns = reader.rows(
        "SELECT trait, value, rank, support, risers, other_support, others, riser_share, other_share, lift, lift_low, "
        "lift_high, is_supported, creators, examples, recommendation FROM trends.trend_report "
        "WHERE observed_date = %s AND period = %s ORDER BY trait, rank, value",
        (day, period),
    )
    return summary | {"traits": patterns}


def newest_report_date(reader: Reader) -> date | None:
    """The newest day that has a trend report."""
    value: date | None = reader.value("SELECT max(observed_date) FROM trends.trend_summary")
    return value


def sources_status(reader: Reader, day: date) -> list[dict[str, Any]]:
    """The newest attempt of each source for a day, with the day's totals."""
    return reader.rows(
        """SELECT DISTINCT ON (a.source) a.source, a.provider, a.outcome, a.reason, a.items, a.started_at,
                  a.finished_at, a.is_simulated, t.attempts, t.calls, t.replayed,
                  t.cost_usd::double precision AS cost_usd
           FROM ops.source_attempts a JOIN (
             SELECT source, count(*) AS attempts, sum(calls) AS calls, sum(replayed) AS replayed,
               sum(cost_usd) AS cost_usd
             FROM ops.source_attempts WHERE observed_date = %(day)s GROUP BY source) t USING (source)
           WHERE a.observed_date = %(day)s ORDER BY a.source, a.started_at DESC, a.attempt_id""",
        {"day": day},
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(422, "This cursor was not made by this server; begin again without one.") from None
    if moment.tzinfo is None:
        raise Problem(422, "This cursor was not made by this server; begin again without one.")
    return moment
