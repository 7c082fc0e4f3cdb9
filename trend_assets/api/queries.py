"""What readers ask of the warehouse, one indexed query each; for the JSON routes and the pages alike.

GET /trends and /feed/{date} are in `shared_reads.py`.
"""

from datetime import date
from typing import Any, Literal

from trend_assets.api.reading import Reader
from trend_assets.newsletters.discovery import DEFAULT
from trend_assets.text import plural

Period = Literal["day", "week"]


def newest_issue_date(reader: Reader) -> date | None:
    """The newest day that has an issue."""
    value: date | None = reader.value("SELECT max(observed_date) FROM feed.issues")
    return value


def newsletters(reader: Reader) -> list[str]:
    """Names of the newsletters that have an issue, the default one first."""
    rows = reader.rows(
        "SELECT newsletter FROM feed.issues GROUP BY newsletter ORDER BY newsletter <> %s, newsletter", (DEFAULT,)
    )
    return [str(row["newsletter"]) for row in rows]


def issue_dates(reader: Reader, *, limit: int) -> list[dict[str, Any]]:
    """Days that have an issue, newest first."""
    return reader.rows(
        "SELECT observed_date, title, item_count, is_quiet, is_simulated FROM feed.issues "
        "WHERE newsletter = %s ORDER BY observed_date DESC LIMIT %s",
        (DEFAULT, limit),
    )


def issue(reader: Reader, day: date) -> dict[str, Any] | None:
    """What is known of a day's issue, None when there is none."""
    return reader.row(
        "SELECT title, item_count, is_quiet FROM feed.issues WHERE observed_date = %s AND newsletter = %s",
        (day, DEFAULT),
    )


def why_no_issue(reader: Reader, day: date) -> str | None:
    """What is known of a day that has no issue, as a sentence; None when none of its sources was ever asked."""
    asked = reader.row(
        """SELECT count(DISTINCT source) AS sources,
                  count(DISTINCT source) FILTER (WHERE outcome = 'running') AS running
           FROM ops.source_attempts WHERE observed_date = %s""",
        (day,),
    )
    if not asked or not asked["sources"]:
        return None
    if asked["running"]:
        answered = asked["sources"] - asked["running"]
        return (
            f"{day} is being collected: {answered} of the {plural(asked['sources'], 'source')} asked so far have "
            "answered. Its issue follows when all have."
        )
    return f"{day} was collected; its issue follows in a moment, or feed/issues in the Dagster UI says why not."


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


def source_leads(reader: Reader, day: date) -> list[dict[str, Any]]:
    """Who had stories before whom, as known on the newest day up to `day`; each pair once, by who leads."""
    return reader.rows(
        """SELECT source, other_source, matched_stories, led, trailed, together, median_lead_hours, lead_low_hours,
                  lead_high_hours, unique_share, is_simulated
           FROM feed.source_leads
           WHERE observed_date = (SELECT max(observed_date) FROM feed.source_leads WHERE observed_date <= %s)
             AND (median_lead_hours, other_source) > (0, source)
           ORDER BY median_lead_hours DESC, source, other_source""",
        (day,),
    )


def newest_report_date(reader: Reader) -> date | None:
    """The newest day that has a trend report."""
    value: date | None = reader.value("SELECT max(observed_date) FROM trends.trend_summary")
    return value


def sources_status(reader: Reader, day: date) -> list[dict[str, Any]]:
    """The newest attempt of each source for a day, with the day's totals."""
    return reader.rows(
        """SELECT DISTINCT ON (a.source) a.source, a.provider, a.outcome, a.reason, a.items, a.started_at,
                  a.finished_at, a.is_simulated, t.attempts, t.calls, t.replayed,
                  t.cost_usd::double precision AS cost_usd,
                  (SELECT json_agg(json_build_object('name', n.name, 'since', n.since) ORDER BY n.since, n.name)
                   FROM ops.names_without_result n WHERE n.source = a.source) AS names_without_result
           FROM ops.source_attempts a JOIN (
             SELECT source, count(*) AS attempts, sum(calls) AS calls, sum(replayed) AS replayed,
               sum(cost_usd) AS cost_usd
             FROM ops.source_attempts WHERE observed_date = %(day)s GROUP BY source) t USING (source)
           WHERE a.observed_date = %(day)s ORDER BY a.source, a.started_at DESC, a.attempt_id""",
        {"day": day},
    )
