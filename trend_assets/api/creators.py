"""The roster as readers see it: each creator's newest numbers, and one creator's days."""

import contextlib
from datetime import date
from typing import Any, Literal

from trend_assets.api.pages_of import NOT_OURS, cursor_moment, decode_cursor, encode_cursor
from trend_assets.api.problems import Problem
from trend_assets.api.reading import Reader
from trend_assets.warehouse.tables import PLATFORM_OF_SCHEMA

Sort = Literal["growth", "followers", "newest"]
State = Literal["active", "quiet", "private", "gone", "outgrown"]

# how a text from the cursor is compared; NULLs sort last as the smallest value
_SORTS: dict[Sort, tuple[str, str]] = {
    "growth": ("coalesce(g.followers_7d, -9223372036854775808)", "bigint"),
    "followers": ("coalesce(d.followers, -1)", "bigint"),
    "newest": ("c.first_seen", "timestamptz"),
}

_FROM = """FROM comets.creators c
LEFT JOIN LATERAL (
    SELECT * FROM comets.creator_stats s WHERE s.user_id = c.user_id ORDER BY s.observed_date DESC LIMIT 1) d ON true
LEFT JOIN (
    SELECT user_id, sum(growth_followers)::bigint AS followers_7d FROM comets.creator_stats
    WHERE observed_date > (SELECT max(observed_date) FROM comets.creator_stats) - 7 GROUP BY user_id) g
  ON g.user_id = c.user_id"""

_COLUMNS = """c.user_id, c.handle, c.nickname, c.signature, c.state, c.first_seen, c.first_keyword, c.last_updated_at,
  c.is_simulated, d.observed_date AS measured_date, d.followers, d.hearts, d.videos, d.growth_followers, d.growth_pct,
  d.growth_over_days, g.followers_7d"""


def waiting(reader: Reader) -> dict[str, Any] | None:
    """How many candidates of the newest day that was filtered wait for the roll call; None when no day was."""
    found = reader.rows(
        "SELECT observed_date, count(*) FILTER (WHERE verdict = 'passed' AND is_reached) AS candidates "
        "FROM comets.criteria_check WHERE observed_date = (SELECT max(observed_date) FROM comets.criteria_check) "
        "GROUP BY observed_date"
    )
    return found[0] if found else None


def recent_followers(
    reader: Reader, user_ids: list[str], *, days: int = 30
) -> dict[str, list[tuple[date, int | None]]]:
    """Each creator's followers of the last `days` days with numbers, oldest first."""
    rows = reader.rows(
        "SELECT u.user_id, s.observed_date, s.followers FROM unnest(%s::text[]) AS u(user_id), LATERAL ("
        "SELECT observed_date, followers FROM comets.creator_stats c WHERE c.user_id = u.user_id "
        "ORDER BY observed_date DESC LIMIT %s) s ORDER BY u.user_id, s.observed_date",
        (user_ids, days),
    )
    lines: dict[str, list[tuple[date, int | None]]] = {}
    for row in rows:
        lines.setdefault(row["user_id"], []).append((row["observed_date"], row["followers"]))
    return lines


def page(
    reader: Reader, *, sort: Sort, limit: int, cursor: str | None, state: State | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """Creators in a fixed order, and the next page's cursor."""
    value, kind = _SORTS[sort]
    after = decode_cursor(cursor, length=3)
    parameters: dict[str, Any] = {"limit": limit + 1, "state": state}
    where = ["(%(state)s::text IS NULL OR c.state = %(state)s)"]
    if after:
        if after[0] != sort:
            raise Problem(422, f"This cursor belongs to sort={after[0][:20]}; begin again without one.")
        where.append(f"({value}, c.user_id) < (%(value)s::{kind}, %(user)s)")
        parameters |= {"value": _checked(after[1], kind), "user": after[2]}
    rows = reader.rows(
        f"""SELECT {_COLUMNS}, {value} AS sort_value {_FROM} WHERE {" AND ".join(where)}
            ORDER BY {value} DESC, c.user_id DESC LIMIT %(limit)s""",
        parameters,
    )
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(sort, last["sort_value"], last["user_id"])


def one(reader: Reader, user_id: str) -> dict[str, Any] | None:
    """A creator of the roster, None when there is none by that id."""
    return reader.row(
        "SELECT user_id, handle, nickname, signature, state, state_since, first_seen, first_keyword, last_updated_at, "
        "is_simulated FROM comets.creators WHERE user_id = %s",
        (user_id,),
    )


STANDING_POSTS, STANDING_SHOWN = 200, 5
_STANDING = f"""
    SELECT left(coalesce(p.title, p.description, p.external_id), 140) AS title, p.url, s.measured_at, s.views,
           s.views_per_hour, s.leap, s.range, s.is_simulated
    FROM (SELECT * FROM trends.posts
          WHERE platform = '{PLATFORM_OF_SCHEMA["comets"]}' AND creator_id = %(user)s AND duplicate_of IS NULL
          ORDER BY last_collected_at DESC, external_id LIMIT %(posts)s) p
    CROSS JOIN LATERAL (
      SELECT measured_at, views, views_per_hour, leap, range, is_simulated FROM velocity.scores s
      WHERE s.observed_date = (p.last_collected_at AT TIME ZONE 'UTC')::date AND s.source = ANY(p.sources)
        AND s.platform = p.platform AND s.external_id = p.external_id ORDER BY s.source LIMIT 1) s
"""


def standing(reader: Reader, user_id: str) -> dict[str, Any]:
    """Two questions about a creator's newest posts, as on the day each was last collected: `leaps`, which gain most
    per hour against the median of the creator's others, and `leaving`, those expected to leave its usual range."""
    rows = reader.rows(_STANDING, {"user": user_id, "posts": STANDING_POSTS})
    leaps = [row for row in rows if row["leap"] is not None and row["leap"] > 0]
    leaving = [row for row in rows if row["range"] is not None and row["range"] >= 1]
    return {
        "leaps": sorted(leaps, key=lambda row: -row["leap"])[:STANDING_SHOWN],
        "leaving": sorted(leaving, key=lambda row: -row["range"])[:STANDING_SHOWN],
    }


def history(
    reader: Reader, user_id: str, *, start: date | None = None, end: date | None = None
) -> list[dict[str, Any]]:
    """A creator's days, oldest first."""
    return reader.rows(
        "SELECT observed_date, followers, hearts, videos, growth_followers, growth_pct, growth_over_days, is_simulated "
        "FROM comets.creator_stats WHERE user_id = %(user)s "
        "AND (%(start)s::date IS NULL OR observed_date >= %(start)s) "
        "AND (%(end)s::date IS NULL OR observed_date <= %(end)s) ORDER BY observed_date",
        {"user": user_id, "start": start, "end": end},
    )


def _checked(text: str, kind: str) -> Any:
    if kind == "timestamptz":
        return cursor_moment(text)
    with contextlib.suppress(ValueError):
        if -(2**63) <= int(text) < 2**63:
            return text
    raise Problem(422, NOT_OURS)
