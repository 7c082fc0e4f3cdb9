"""What velocity reads of earlier days, in SQL that touches only what a day needs: curves, rings, snapshots, ranks.

Every query is bounded by a fixed window before the day, so that the cost of a day does not grow with the history, and
reads nothing later than the day, so that a past day is scored with what was known then.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from trend_assets.sources.discovery import with_role

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.warehouse.warehouse import Warehouse

LOOKBACK_DAYS = 8
CURVE_MEMORY_DAYS = 30
RING_MEMORY_DAYS = 90

SNAPSHOT_COLUMNS = (
    "source", "platform", "external_id", "list_name", "list_rank", "creator_id", "creator_handle", "creator_followers",
    "posted_at", "views", "likes", "comments", "shares", "quotes", "measured_at", "is_simulated",
)  # fmt: skip

DERIVABLE = "(s.is_simulated OR s.source <> ALL(%(withheld)s::text[]))"


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The UTC day as [start, end)."""
    start = datetime.combine(day, time.min, tzinfo=UTC)
    return start, start + timedelta(days=1)


def snapshots_until(
    warehouse: "Warehouse", day: date, *, withheld: Sequence[str] = (), columns: Sequence[str] = SNAPSHOT_COLUMNS
) -> "pd.DataFrame":
    """The day's snapshots, and those of the 8 days before of the posts that were measured on the day. Live snapshots
    of `withheld` sources, from which their terms let us compute nothing, are left out."""
    wanted = ", ".join(f"s.{name}" for name in columns)
    return warehouse.query(
        f"""
        WITH measured AS (
            SELECT DISTINCT platform, external_id FROM trends.post_snapshots s
            WHERE observed_date = %(day)s AND {DERIVABLE}
        )
        SELECT {wanted} FROM trends.post_snapshots s JOIN measured USING (platform, external_id)
        WHERE s.observed_date BETWEEN %(start)s AND %(day)s AND {DERIVABLE}
        ORDER BY s.platform, s.external_id, s.measured_at, s.source, s.list_name
        """,
        {"day": day, "start": day - timedelta(days=LOOKBACK_DAYS), "withheld": list(withheld)},
    )


def curves_before(warehouse: "Warehouse", day: date) -> "pd.DataFrame":
    """The newest stored curves before the day, both worlds (column is_simulated); empty on a platform's first days."""
    return warehouse.query(
        """
        SELECT is_simulated, platform, curve, bin, middle, spread, weight, items_today, learned_until
        FROM velocity.curves
        WHERE observed_date = (
            SELECT max(observed_date) FROM velocity.curves WHERE observed_date < %(day)s AND observed_date >= %(start)s
        )
        ORDER BY is_simulated, platform, curve, bin
        """,
        {"day": day, "start": day - timedelta(days=CURVE_MEMORY_DAYS)},
    )


def rings_before(warehouse: "Warehouse", day: date, keys: "pd.DataFrame") -> "pd.DataFrame":
    """The newest stored ring before the day of each of `keys` (columns platform, scope, key)."""
    distinct = keys.loc[:, ["platform", "scope", "key"]].drop_duplicates()
    return warehouse.query(
        """
        SELECT ring.platform, ring.scope, ring.key, ring.entries
        FROM unnest(%(platforms)s::text[], %(scopes)s::text[], %(keys)s::text[]) AS wanted (platform, scope, key)
        CROSS JOIN LATERAL (
            SELECT platform, scope, key, entries FROM velocity.baselines b
            WHERE b.platform = wanted.platform AND b.scope = wanted.scope AND b.key = wanted.key
                AND b.observed_date < %(day)s AND b.observed_date >= %(start)s
            ORDER BY b.observed_date DESC LIMIT 1
        ) AS ring
        ORDER BY ring.platform, ring.scope, ring.key
        """,
        {
            "platforms": distinct["platform"].tolist(),
            "scopes": distinct["scope"].tolist(),
            "keys": distinct["key"].astype(object).tolist(),
            "day": day,
            "start": day - timedelta(days=RING_MEMORY_DAYS),
        },
    )


def positions_before(warehouse: "Warehouse", day: date, table: str) -> "pd.DataFrame":
    """The newest of each list of a table of positions from an earlier day, at most 8 days before."""
    return warehouse.query(
        f"""
        WITH newest AS (
            SELECT list_name, max(collected_at) AS collected_at FROM {table}
            WHERE observed_date BETWEEN %(start)s AND %(day)s - 1 GROUP BY list_name
        )
        SELECT list_name, external_id, list_rank, measured_at, is_simulated
        FROM {table} JOIN newest USING (list_name, collected_at)
        WHERE observed_date BETWEEN %(start)s AND %(day)s - 1
        ORDER BY list_name, external_id, measured_at
        """,
        {"day": day, "start": day - timedelta(days=LOOKBACK_DAYS)},
    )


def panel_candidates(warehouse: "Warehouse", day: date, *, follow_days: int, worth_percentile: float) -> "pd.DataFrame":
    """Items scored in the `follow_days` before the day: newest place and class, when last measured, when last worth it
    (new, or in the upper part of a source), chance, age at first sight, whether it is in an issue, address, and
    whether a list has measured it on the day itself, before the panel did: what comes later in the day must not
    change what was asked for, or the same posts were paid again."""
    panels = {source.name: source.panel.platform for source in with_role("panel") if source.panel}
    return warehouse.query(
        """
        WITH recent AS (
            SELECT platform, external_id, observed_date, measured_at, score_class, source_percentile, source,
                is_simulated, chance, age_hours - (parts->>'tenure_hours')::float8 AS entry_age_hours,
                (score_class = 'new' OR source_percentile >= %(worth)s) AS is_worth
            FROM velocity.scores
            WHERE observed_date BETWEEN %(start)s AND %(day)s - 1 AND platform = ANY(%(platforms)s)
        ),
        newest AS (
            SELECT DISTINCT ON (platform, external_id) platform, external_id, score_class, is_simulated,
                source_percentile AS percentile, chance, entry_age_hours
            FROM recent ORDER BY platform, external_id, measured_at DESC, source_percentile DESC, source
        ),
        times AS (
            SELECT platform, external_id, max(measured_at) AS last_measured_at,
                max(measured_at) FILTER (WHERE is_worth) AS last_worth_at
            FROM recent GROUP BY platform, external_id
        ),
        today AS (
            SELECT DISTINCT s.platform, s.external_id FROM trends.post_snapshots s
            LEFT JOIN (
                SELECT platform, min(measured_at) AS asked_at FROM trends.post_snapshots
                WHERE observed_date = %(day)s AND source = ANY(%(panels)s) GROUP BY platform
            ) AS panel USING (platform)
            WHERE s.observed_date = %(day)s AND s.source <> ALL(%(panels)s)
                AND s.measured_at <= coalesce(panel.asked_at, 'infinity')
        )
        SELECT newest.*, times.last_measured_at, times.last_worth_at, posts.url,
            (today.external_id IS NOT NULL) AS is_measured_today,
            EXISTS (
                SELECT FROM feed.items i WHERE i.platform = newest.platform AND i.external_id = newest.external_id
                    AND i.observed_date BETWEEN %(start)s AND %(day)s - 1
            ) AS is_in_issue
        FROM newest JOIN times USING (platform, external_id)
        LEFT JOIN trends.posts AS posts USING (platform, external_id)
        LEFT JOIN today USING (platform, external_id)
        ORDER BY platform, external_id
        """,
        {
            "day": day,
            "start": day - timedelta(days=follow_days),
            "worth": worth_percentile,
            "panels": list(panels),
            "platforms": list(panels.values()),
        },
    )


LESSON_DAYS = 45
"""How far back outcomes teach: three half-lives of their weight and a little."""


def outcomes_until(warehouse: "Warehouse", day: date, *, per_source: int) -> "pd.DataFrame":
    """The newest `per_source` known outcomes of every source and world up to the day, newest ranking first."""
    return warehouse.query(
        """
        SELECT known.* FROM (
            SELECT DISTINCT source, is_simulated FROM velocity.outcomes
            WHERE observed_date BETWEEN %(start)s AND %(day)s
        ) AS worlds CROSS JOIN LATERAL (
            SELECT source, is_simulated, ranked_date, platform, external_id, is_measured_before, has_risen, features,
                own_order, plain_order, logistic_chance, boosting_chance, chance
            FROM velocity.outcomes o
            WHERE o.source = worlds.source AND o.is_simulated = worlds.is_simulated
                AND o.observed_date BETWEEN %(start)s AND %(day)s AND NOT o.has_left
            ORDER BY o.observed_date DESC, o.platform, o.external_id LIMIT %(limit)s
        ) AS known
        ORDER BY source, is_simulated, ranked_date DESC, platform, external_id
        """,
        {"day": day, "start": day - timedelta(days=LESSON_DAYS), "limit": per_source},
    )


def champions_before(warehouse: "Warehouse", day: date) -> dict[tuple[str, bool], str]:
    """Who ranked each source and world last, up to the day before."""
    with warehouse.connect() as connection:
        rows = connection.execute(
            """
            SELECT DISTINCT ON (source, is_simulated) source, is_simulated, candidate FROM velocity.models
            WHERE observed_date BETWEEN %(start)s AND %(day)s - 1 AND is_champion
            ORDER BY source, is_simulated, observed_date DESC
            """,
            {"day": day, "start": day - timedelta(days=LESSON_DAYS)},
        ).fetchall()
    return {(source, simulated): candidate for source, simulated, candidate in rows}


def measured_since(warehouse: "Warehouse", first: date, day: date) -> "pd.DataFrame":
    """Counts of every post from `first` to the end of the day: what outcomes are read from."""
    return warehouse.read(
        "trends.post_snapshots",
        start=first,
        end=day,
        columns=["source", "platform", "external_id", "measured_at", "views", "likes"],
    )
