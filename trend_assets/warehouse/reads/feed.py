"""What the feed reads, selected in Postgres: of a million scored items only those that can reach the feed leave it.

    velocity.scores ─▶ the best N of each source, and what several sources have ─▶ text and counts as known on that day

Texts come from the day's own typed rows, so that a past day is rebuilt as it was; `trends.posts`, which only knows the
newest text, fills in for items that the day's lists did not hold. Judging and ranking do not belong here.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from trend_assets.sources.discovery import with_role
from trend_assets.warehouse.reads.velocity import DERIVABLE
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.warehouse.warehouse import Warehouse

HISTORY_DAYS = 60
_TEXT_COLUMNS = (
    "kind", "title", "description", "language", "creator_id", "creator_handle", "creator_name", "creator_followers",
    "url", "hashtags", "sound", "duration_seconds", "posted_at", "is_sponsored", "is_over_18",
)  # fmt: skip


def _day_rows(columns: Sequence[str]) -> str:
    """SELECT of a day's typed rows over all sources of posts, as one relation with the same columns."""
    parts = []
    for address, table in sorted(TABLES.items()):
        if table.schema != "source" or "external_id" not in table.column_names:
            continue
        linked = "linked_url" if "linked_url" in table.column_names else "NULL::text AS linked_url"
        parts.append(
            f"SELECT '{table.name}'::text AS source, platform, external_id, measured_at, list_rank, list_name, "
            f"collected_at, {linked}, "
            f"{', '.join(columns)} FROM {address} WHERE observed_date = %(day)s"
        )
    return "\nUNION ALL\n".join(parts)


# the day's own text, whole: a NULL in it is what was known then and is not filled from newer text
_SAID = ", ".join(
    f"CASE WHEN s.platform IS NULL THEN p.{name} ELSE s.{name} END AS {'text' if name == 'description' else name}"
    for name in _TEXT_COLUMNS
    if name not in ("sound", "duration_seconds")
)
_ROSTER_RULE = f"""(v.source <> ALL('{{{",".join(each.name for each in with_role("creator_search"))}}}') OR EXISTS (
    SELECT 1 FROM comets.creators c
    WHERE c.user_id = v.creator_id AND c.first_seen < %(end)s AND NOT c.is_tracked_only))"""

_CANDIDATES = f"""
WITH top AS (
  SELECT best.platform, best.external_id
  FROM unnest(%(sources)s::text[]) AS wanted(source), LATERAL (
    SELECT v.platform, v.external_id FROM velocity.scores v
    WHERE v.observed_date = %(day)s AND v.source = wanted.source AND {_ROSTER_RULE}
    ORDER BY v.source_percentile DESC, v.platform, v.external_id
    LIMIT %(limit)s) AS best
), several AS (
  SELECT platform, external_id FROM velocity.scores
  WHERE observed_date = %(day)s AND source = ANY(%(sources)s::text[])
  GROUP BY platform, external_id HAVING count(*) > 1
  ORDER BY max(source_percentile) DESC, platform, external_id LIMIT %(limit)s
), keys AS MATERIALIZED (
  SELECT platform, external_id FROM top UNION SELECT platform, external_id FROM several
), sizes AS MATERIALIZED (
  SELECT source, count(*) AS source_items FROM velocity.scores WHERE observed_date = %(day)s GROUP BY source
), said AS MATERIALIZED (
  SELECT DISTINCT ON (platform, external_id) platform, external_id, linked_url, {", ".join(_TEXT_COLUMNS)},
         min(list_rank) OVER (PARTITION BY platform, external_id) AS list_rank
  FROM ({_day_rows(_TEXT_COLUMNS)}) AS rows JOIN keys USING (platform, external_id)
  ORDER BY platform, external_id, measured_at DESC, source, (linked_url IS NULL), list_name, collected_at
)
SELECT v.observed_date, v.source, v.platform, v.external_id, {_SAID},
       s.linked_url, s.list_rank, v.list_name, v.measured_at,
       jsonb_build_object('views', c.views, 'likes', c.likes, 'comments', c.comments, 'shares', c.shares,
                          'saves', c.saves, 'quotes', c.quotes) AS engagement,
       coalesce(v.source_score, v.leap) AS outlier_score, v.score_class,
       v.chance, v.chance_outcomes, v.chance_reason, v.source_percentile,
       greatest(1, floor(n.source_items * (1 - v.source_percentile) + 0.5 + 1e-9))::bigint AS source_rank,
       n.source_items, v.views, v.delta_views, v.hours_between, v.views_per_hour, v.age_hours,
       v.baseline, v.baseline_items, v.reason AS score_reason, v.parts AS score_parts, v.is_simulated
FROM keys JOIN velocity.scores v USING (platform, external_id)
JOIN sizes n ON n.source = v.source
LEFT JOIN said s ON s.platform = v.platform AND s.external_id = v.external_id
LEFT JOIN trends.posts p ON p.platform = v.platform AND p.external_id = v.external_id
LEFT JOIN LATERAL (
  SELECT views, likes, comments, shares, saves, quotes FROM trends.post_snapshots t
  WHERE t.platform = v.platform AND t.external_id = v.external_id AND t.measured_at = v.measured_at
  ORDER BY source, list_name LIMIT 1) AS c ON true
WHERE v.observed_date = %(day)s AND v.source = ANY(%(sources)s::text[]) AND {_ROSTER_RULE}
ORDER BY v.source, v.platform, v.external_id
"""


def read_candidates(warehouse: "Warehouse", day: date, *, sources: Sequence[str], per_source: int) -> "pd.DataFrame":
    """The items of `sources` that can reach the feed of `day` (columns of `feed.core_items`): the best `per_source` of
    each, the best `per_source` that several of them have, and every row of those. Of the Comet search only videos of
    creators who were on the roster by the end of the day."""
    return warehouse.query(
        _CANDIDATES,
        {
            "day": day,
            "end": day + timedelta(days=1),
            "sources": list(sources),
            "limit": per_source,
        },
    )


def read_measured(warehouse: "Warehouse", day: date) -> "pd.DataFrame":
    """Per source: scored_items, the newest measured_at of the day, is_simulated; for search words their rows'."""
    words = "".join(
        f"UNION ALL SELECT '{source.name}', 0, max(measured_at), bool_or(is_simulated) "
        f"FROM source.{source.name} WHERE observed_date = %(day)s HAVING count(*) > 0 "
        for source in with_role("search_words")
    )
    return warehouse.query(
        "SELECT source, count(*) AS scored_items, max(measured_at) AS measured_at, "
        "bool_or(is_simulated) AS is_simulated"
        f" FROM velocity.scores WHERE observed_date = %(day)s GROUP BY source {words}ORDER BY source",
        {"day": day},
    )


def read_attempts(warehouse: "Warehouse", day: date) -> "pd.DataFrame":
    """The day's attempts of all sources, oldest first."""
    return warehouse.query(
        "SELECT * FROM ops.source_attempts WHERE observed_date = %(day)s ORDER BY started_at, attempt_id", {"day": day}
    )


def read_listed(
    warehouse: "Warehouse", day: date, *, source: str, limit: int, with_adult: bool = False
) -> "pd.DataFrame":
    """The first items of a source in its provider's own order (no score): title, url, creator_handle, list_rank. What
    is marked as for adults only `with_adult`."""
    table = TABLES[f"source.{source}"]
    return warehouse.query(
        f"""
        SELECT platform, external_id, coalesce(title, description) AS title, url, creator_handle, list_rank
        FROM (SELECT DISTINCT ON (platform, external_id) * FROM {table.address} WHERE observed_date = %(day)s
              AND (%(with_adult)s OR is_over_18 IS NOT TRUE)
              ORDER BY platform, external_id, list_rank, measured_at DESC, list_name, collected_at) AS newest
        ORDER BY list_rank NULLS LAST, platform, external_id LIMIT %(limit)s
        """,
        {"day": day, "limit": limit, "with_adult": with_adult},
    )


def read_memory(warehouse: "Warehouse", day: date, *, days: int) -> "pd.DataFrame":
    """Stories that were in the feeds of the `days` days before `day`."""
    return warehouse.query(
        """
        SELECT observed_date, story_id, platform, external_id, title, text, proof_keys, platforms, views, list_rank,
               score_rank
        FROM feed.stories
        WHERE outcome = 'in_feed' AND observed_date >= %(start)s AND observed_date < %(day)s
        ORDER BY observed_date DESC, score_rank
        """,
        {"start": day - timedelta(days=days), "day": day},
    )


_SIGHTS = f"""
WITH shown AS (
  SELECT observed_date, story_id, source, platform, external_id, title, measured_at, is_simulated
  FROM feed.proofs WHERE observed_date BETWEEN %(start)s AND %(day)s
), items AS (SELECT DISTINCT story_id, platform, external_id FROM shown),
named AS (SELECT DISTINCT ON (story_id) story_id, title FROM shown ORDER BY story_id, observed_date, platform, title)
SELECT observed_date, story_id, source, platform, title, measured_at, is_simulated FROM shown
UNION ALL
SELECT min(s.observed_date), i.story_id, s.source, s.platform, named.title, min(s.measured_at), bool_or(s.is_simulated)
FROM items i JOIN trends.post_snapshots s USING (platform, external_id) JOIN named USING (story_id)
WHERE s.measured_at >= %(start)s AND s.observed_date BETWEEN %(start)s AND %(day)s
  AND s.source <> ALL(%(panels)s::text[]) AND {DERIVABLE}
GROUP BY i.story_id, s.source, s.platform, named.title
"""


def read_sights(warehouse: "Warehouse", day: date, *, withheld: Sequence[str]) -> "pd.DataFrame":
    """What `first_sight.first_sights` starts from, of the days that are remembered, up to `day`: the proofs, and the
    first snapshot that each source has of the items of a story, whatever its place in the source and the hour. Not
    those of panels, which only ask again, nor of live rows from `withheld` sources."""
    from trend_assets.domain.feed.first_sight import MEMORY_DAYS

    start = day - timedelta(days=MEMORY_DAYS - 1)
    panels = [source.name for source in with_role("panel")]
    return warehouse.query(_SIGHTS, {"day": day, "start": start, "panels": panels, "withheld": list(withheld)})


def read_history(warehouse: "Warehouse", day: date, *, keys: Sequence[tuple[str, str]]) -> "pd.DataFrame":
    """Counts of items (platform, external_id) as measured until the end of `day`: one row per measurement."""
    return warehouse.query(
        """
        SELECT platform, external_id, measured_at, max(views) AS views, min(list_rank) AS list_rank
        FROM trends.post_snapshots
        JOIN unnest(%(platforms)s::text[], %(ids)s::text[]) AS wanted(platform, external_id)
             USING (platform, external_id)
        WHERE measured_at < %(end)s AND measured_at >= %(start)s
        GROUP BY platform, external_id, measured_at ORDER BY platform, external_id, measured_at
        """,
        {
            "platforms": [platform for platform, _ in keys],
            "ids": [external_id for _, external_id in keys],
            "end": day + timedelta(days=1),
            "start": day - timedelta(days=HISTORY_DAYS),
        },
    )


def read_outcomes(warehouse: "Warehouse", *, feed_date: date, horizon_days: int) -> "pd.DataFrame":
    """What became of the items that were scored on `feed_date`: one row per source and item with the numbers it had
    then, the place of its story by score and its own in the feed (NULL outside), and its newest views and list place on
    the day `horizon_days` later (NULL when it was not measured again)."""
    later = feed_date + timedelta(days=horizon_days)
    return warehouse.query(
        """
        WITH again AS (
          SELECT DISTINCT ON (platform, external_id) platform, external_id, views AS later_views,
                 list_rank AS later_rank
          FROM trends.post_snapshots WHERE observed_date = %(later)s
          ORDER BY platform, external_id, measured_at DESC, source, list_name
        ), ranks AS (
          SELECT DISTINCT ON (source, platform, external_id) source, platform, external_id, list_rank
          FROM trends.post_snapshots WHERE observed_date = %(feed_date)s
          ORDER BY source, platform, external_id, measured_at DESC, list_rank
        )
        SELECT v.source, v.platform, v.external_id, v.measured_at, v.views, v.views_per_hour, v.engagement_velocity,
               v.leap, v.score_class, v.age_hours, (v.parts ->> 'tenure_hours')::double precision AS tenure_hours,
               r.list_rank, s.score_rank, i.chance, i.rank AS feed_rank, a.later_views, a.later_rank, v.is_simulated
        FROM velocity.scores v
        LEFT JOIN ranks r USING (source, platform, external_id)
        LEFT JOIN again a USING (platform, external_id)
        LEFT JOIN feed.items i ON i.observed_date = v.observed_date AND i.source = v.source
             AND i.platform = v.platform AND i.external_id = v.external_id
        LEFT JOIN feed.stories s ON s.observed_date = v.observed_date AND s.source = v.source
             AND s.platform = v.platform AND s.external_id = v.external_id
        WHERE v.observed_date = %(feed_date)s
        ORDER BY v.source, v.platform, v.external_id
        """,
        {"feed_date": feed_date, "later": later},
    )


_VIDEOS = f"""
WITH said AS MATERIALIZED (
  SELECT DISTINCT ON (platform, external_id) platform, external_id, {", ".join(_TEXT_COLUMNS)}
  FROM ({_day_rows(_TEXT_COLUMNS)}) AS rows WHERE kind IN ('video', 'slideshow')
  ORDER BY platform, external_id, measured_at DESC, source, list_name, collected_at
), best AS (
  SELECT DISTINCT ON (platform, external_id) platform, external_id, source_percentile, score_class, views_per_hour,
         delta_views, is_simulated
  FROM velocity.scores WHERE observed_date = %(day)s
  ORDER BY platform, external_id, (score_class = 'measured') DESC, source_percentile DESC, source
)
SELECT b.*, {", ".join("s." + name for name in _TEXT_COLUMNS)}
FROM best b JOIN said s USING (platform, external_id) ORDER BY platform, external_id
"""


def read_videos(warehouse: "Warehouse", day: date) -> "pd.DataFrame":
    """One row per video scored on `day`: its best place in a source (measured before new), and text, hashtags, sound,
    duration, posting time and creator as known on that day."""
    return warehouse.query(_VIDEOS, {"day": day})
