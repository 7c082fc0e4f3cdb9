"""The stories of a day as watches see them: all that were considered, with the figures of their leading items."""

from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

MOST_STORIES = 2000

# a story's figures are those of its leading item, in the source in which it stands best
_LEAD = """SELECT text, creator_handle, chance, hashtags, measured_at FROM feed.{tier}_items i
  WHERE i.observed_date = s.observed_date AND i.source = s.source AND i.platform = s.platform
    AND i.external_id = s.external_id"""
_STORIES = f"""
SELECT s.story_id, s.source, s.platform, s.external_id, s.title, s.creator_key, s.feed_rank, s.platforms,
  coalesce(lead.text, s.text) AS text, lead.creator_handle, lead.chance, lead.hashtags, lead.measured_at
FROM feed.stories s
LEFT JOIN LATERAL ({_LEAD.format(tier="core")} UNION ALL {_LEAD.format(tier="stretch")} LIMIT 1) lead ON true
WHERE s.observed_date = %(day)s
ORDER BY s.feed_rank NULLS LAST, s.score_rank, s.story_id
LIMIT {MOST_STORIES}
"""


def stories_of(connection: psycopg.Connection, day: date) -> list[dict[str, Any]]:
    """The day's stories: those of the feed in its order, then the others by score."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_STORIES.encode(), {"day": day}).fetchall()
