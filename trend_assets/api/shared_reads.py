"""The reads that everybody asks, GET /trends and /feed/…, as text that Postgres made.

One prepared statement each, on a session that never leaves an index: what a page costs does not depend on how long the
history is. Nothing here builds an object per row.
"""

import json
from datetime import date
from functools import cache
from typing import Any

from trend_assets.api.models import FeedFormat, PostPlatform
from trend_assets.api.pages_of import cursor_moment, decode_cursor, encode_cursor
from trend_assets.api.reading import Reader
from trend_assets.api.security import ISSUE_POLICY
from trend_assets.newsletters.discovery import DEFAULT, address_of
from trend_assets.newsletters.rendering.formats import served

POST_COLUMNS = """p.platform, p.external_id, p.kind, p.title, left(p.description, 1000) AS description, p.language,
  p.creator_id, p.creator_handle, p.creator_name, p.creator_followers, p.url, p.hashtags, p.sound, p.duration_seconds,
  p.posted_at, p.views, p.likes, p.comments, p.shares, p.saves, p.quotes, p.metrics_unavailable, p.is_sponsored,
  p.is_over_18, p.sources, p.first_collected_at, p.last_collected_at, p.measured_at, p.archived_at, p.is_simulated"""

# the scores of the day on which the post was last collected, from the source inside which it stands best
SCORES = """LEFT JOIN LATERAL (
    SELECT s.source AS scored_in, s.engagement_velocity, s.views_per_hour, s.rising, s.source_percentile,
      s.chance, s.chance_outcomes, s.chance_reason
    FROM velocity.scores s
    WHERE s.observed_date = (p.last_collected_at AT TIME ZONE 'UTC')::date AND s.source = ANY(p.sources)
      AND s.platform = p.platform AND s.external_id = p.external_id
    ORDER BY s.source_percentile DESC, s.source LIMIT 1) s ON true"""

_SERVED = {form.name: form for form in served()}


def trends(
    reader: Reader, *, platform: PostPlatform | None, limit: int, cursor: str | None, archived: bool = False
) -> str:
    """A page of collected posts, newest collection first, as JSON. Repeats of a post are left out.

    Raises Problem 422 for a cursor that is not ours.
    """
    after = decode_cursor(cursor, length=3)
    parameters: dict[str, Any] = {"limit": limit, "platform": platform}
    if after:
        parameters |= {"at": cursor_moment(after[0]), "after_platform": after[1], "after_id": after[2]}
    statement = trends_statement(of_platform=bool(platform), after=after is not None, archived=archived)
    row = reader.row(statement, parameters) or {}
    following = encode_cursor(*json.loads(row["last"])) if row.get("last") else None
    return f'{{"items":[{row.get("items") or ""}],"next_cursor":{json.dumps(following)}}}'


@cache
def trends_statement(*, of_platform: bool, after: bool, archived: bool) -> str:
    """The statement of one kind of page. `archived_at` leads the order although it is NULL throughout: only so does
    Postgres take the order from the index that holds live posts together, and never walks archived ones."""
    columns = ["last_collected_at", *([] if of_platform else ["platform"]), "external_id"]
    order = ", ".join(f"p.{name} DESC" for name in ([] if archived else ["archived_at"]) + columns)
    where = ["p.duplicate_of IS NULL"]
    if not archived:
        where.append("p.archived_at IS NULL")
    if of_platform:
        where.append("p.platform = %(platform)s")
    if after:
        values = ["%(at)s", *([] if of_platform else ["%(after_platform)s"]), "%(after_id)s"]
        where.append(f"({', '.join(f'p.{name}' for name in columns)}) < ({', '.join(values)})")
    return f"""
        SELECT string_agg(row_to_json(post)::text, ',') FILTER (WHERE place <= %(limit)s) AS items,
               CASE WHEN count(*) > %(limit)s THEN
                 max(json_build_array((post).last_collected_at, (post).platform, (post).external_id)::text)
                   FILTER (WHERE place = %(limit)s)
               END AS last
        FROM (SELECT post, row_number() OVER () AS place FROM (
          SELECT {POST_COLUMNS}, s.*
          FROM (SELECT * FROM trends.posts p WHERE {" AND ".join(where)} ORDER BY {order} LIMIT %(limit)s + 1) p
          {SCORES}) post) placed"""


def feed_issue(reader: Reader, day: date, form: FeedFormat, newsletter: str = DEFAULT) -> str | None:
    """A newsletter's issue of a day in one format as it was rendered, None when there is none."""
    found: str | None = reader.value(
        "SELECT body FROM feed.issue_forms WHERE observed_date = %(day)s AND newsletter = %(newsletter)s "
        "AND format = %(format)s",
        {"day": day, "newsletter": newsletter, "format": form},
    )
    return found


def newest_complete_day(reader: Reader, newsletter: str = DEFAULT) -> date | None:
    """The newest day whose issue readers get when they ask for no day: some source worked, and an issue without items
    is a quiet day, not an outage that looks like one. None while there is none."""
    found: date | None = reader.value(_NEWEST_COMPLETE, {"newsletter": newsletter})
    return found


_NEWEST_COMPLETE = """SELECT observed_date FROM feed.issues
    WHERE newsletter = %(newsletter)s
      AND cardinality(sources_succeeded) > 0 AND (item_count > 0 OR sources_failed::text = '[]')
    ORDER BY observed_date DESC LIMIT 1"""


def issue_headers(form: FeedFormat, newsletter: str = DEFAULT) -> dict[str, str]:
    """What goes with an issue: its type, where its feeds are, and for the page that it may use its own styles."""
    headers = {"content-type": _SERVED[form].media_type}
    if _SERVED[form].is_page:
        headers["link"] = ", ".join(
            f'<{address_of(newsletter, "latest")}.{feed.name}>; rel="alternate"; type="{feed.bare_media_type}"'
            for feed in sorted(served(), key=lambda feed: feed.name)
            if feed.is_feed
        )
    if _SERVED[form].bare_media_type == "text/html":
        headers["content-security-policy"] = ISSUE_POLICY
    return headers
