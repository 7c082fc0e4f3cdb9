"""Subjects that are sets of posts: a hashtag, a sound, a keyword, a creator."""

from datetime import date
from typing import Any

from trend_assets.api.newest import newest_posts
from trend_assets.api.reading import Reader
from trend_assets.api.search import hashtag_of
from trend_assets.api.subjects.shapes import (
    DAYS,
    ITS_CREATOR,
    ITS_PAGE,
    NEWEST,
    SHOWN,
    Column,
    Listing,
    Row,
    Subject,
    labels_of,
)
from trend_assets.sources.discovery import named
from trend_assets.tables.search import folded
from trend_assets.warehouse.tables import PLATFORM_OF_SCHEMA

WORDS = named("source", "search_words")
_POST_COLUMNS = (
    Column("title", "Post", "link"),
    Column("platform", "Platform", "platform"),
    ITS_CREATOR,
    Column("views", "Count", "count"),
    Column("chance", "Chance", "share"),
    Column("last_collected_at", "Last seen", "at"),
    ITS_PAGE,
)


_FOUND = """p.platform || ':' || p.external_id AS key, p.platform, left(coalesce(p.title, p.description,
  p.external_id), 140) AS title, p.creator_handle AS creator, p.platform || ':' || p.creator_id AS creator_key, p.url,
  p.views, p.creator_followers AS followers, p.last_collected_at, (p.last_collected_at AT TIME ZONE 'UTC')::date AS day,
  (SELECT max(s.chance) FROM velocity.scores s
   WHERE s.observed_date = (p.last_collected_at AT TIME ZONE 'UTC')::date AND s.source = ANY(p.sources)
     AND s.platform = p.platform AND s.external_id = p.external_id) AS chance, p.is_simulated"""


def _with_words(reader: Reader, words: str, *more: str, **parameters: Any) -> list[Row]:
    """The newest posts that hold `words` (a tsquery), with the chance of their last day."""
    where = ["p.duplicate_of IS NULL", *more]
    return newest_posts(reader, _FOUND, words=[words], near=[], where=where, parameters={"limit": NEWEST} | parameters)


def _of_posts(title: str, posts: list[Row], *more: Listing, facts: Row | None = None) -> Subject:
    """A subject that is a set of posts."""
    counts = [row["views"] for row in posts if row["views"] is not None]
    platforms = sorted({row["platform"] for row in posts})
    days: dict[date, int] = {}
    for row in posts:
        days[row["day"]] = days.get(row["day"], 0) + 1
    about = {
        "posts": f"{len(posts):,}" + (" newest" if len(posts) == NEWEST else ""),
        "platforms": labels_of(platforms),
        "largest count": max(counts, default=None),
    }
    shown = [{name: value for name, value in row.items() if name not in ("day", "is_simulated")} for row in posts]
    return Subject(
        title=title,
        facts=about | (facts or {}),
        lists=(Listing("posts", "Posts, newest first", _POST_COLUMNS, shown[:SHOWN]), *more),
        is_simulated=any(row["is_simulated"] for row in posts),
        lines={"Posts by the day they were last seen": sorted(days.items())},
    )


def _words(reader: Reader, text: str) -> str:
    """The phrase of a text as a tsquery, empty for a text without words."""
    found: str = reader.value(f"SELECT phraseto_tsquery('simple', {folded('%s::text')})::text", (text,))
    return found


def _pattern(reader: Reader, trait: str, value: str) -> Listing:
    rows = reader.rows(
        """SELECT observed_date, period, support, risers, other_support, others, lift, lift_low, is_supported,
                  recommendation
           FROM trends.trend_report WHERE trait = %s AND value = %s
             AND observed_date > (SELECT max(observed_date) FROM trends.trend_report) - %s
           ORDER BY observed_date DESC, period""",
        (trait, value, DAYS),
    )
    return Listing(
        "patterns",
        "Among rising videos",
        (
            Column("observed_date", "Day"),
            Column("period", "Period"),
            Column("support", "Rising with it", "count"),
            Column("risers", "of", "count"),
            Column("lift", "Times as often as others"),
            Column("recommendation", "Advice"),
        ),
        [row | {"lift": round(row["lift"], 1)} for row in rows],
        "No report has found it often enough among rising videos.",
    )


def hashtag(reader: Reader, name: str) -> Subject | None:
    """A hashtag: the newest posts with it, and whether rising videos have it more often."""
    key = hashtag_of(name)
    words = _words(reader, key)
    if not words:
        return None
    posts = _with_words(reader, words, "%(tag)s = ANY(p.hashtags)", tag=key)
    return _of_posts(f"#{key}", posts, _pattern(reader, "hashtag", key)) if posts else None


def sound(reader: Reader, name: str) -> Subject | None:
    """A sound: the newest posts with it."""
    words = _words(reader, name)
    if not words:
        return None
    posts = _with_words(reader, words, "p.sound = %(sound)s", sound=name)
    return _of_posts(name, posts, _pattern(reader, "sound", name)) if posts else None


def keyword(reader: Reader, name: str) -> Subject | None:
    """A keyword: its places among the trending ones, the creators that it found, posts whose text has it."""
    places = reader.rows(
        f"""SELECT observed_date, min(rank) AS place, bool_or(is_simulated) AS is_simulated
           FROM {WORDS} WHERE keyword = %s
             AND observed_date > (SELECT max(observed_date) FROM {WORDS}) - %s
           GROUP BY observed_date ORDER BY observed_date DESC""",
        (name, DAYS),
    )
    found = reader.rows(
        """SELECT observed_date, candidates, comets, new_comets FROM comets.keyword_yield WHERE keyword = %s
             AND observed_date > (SELECT max(observed_date) FROM comets.keyword_yield) - %s
           ORDER BY observed_date DESC""",
        (name, DAYS),
    )
    words = _words(reader, name)
    posts = _with_words(reader, words) if words else []
    if not places and not found and not posts:
        return None
    return _of_posts(
        name,
        posts,
        Listing(
            "places",
            "Place among the trending keywords",
            (Column("observed_date", "Day"), Column("place", "Place", "count")),
            places,
            "It was not among the trending keywords of the last weeks.",
        ),
        Listing(
            "creators",
            "Creators that it found",
            (
                Column("observed_date", "Day"),
                Column("candidates", "Candidates", "count"),
                Column("comets", "Comets", "count"),
                Column("new_comets", "New on the roster", "count"),
            ),
            found,
            "No creator was searched by it.",
        ),
        facts={"newest place": places[0]["place"] if places else None},
    )


def creator(reader: Reader, name: str) -> Subject | None:
    """A creator, `platform:id`: posts, and the roster's numbers where the creator is on it."""
    platform, _, creator_id = name.partition(":")
    posts = reader.rows(
        f"""SELECT {_FOUND} FROM trends.posts p
            WHERE p.platform = %(platform)s AND p.creator_id = %(id)s AND p.duplicate_of IS NULL
            ORDER BY p.last_collected_at DESC, p.platform DESC, p.external_id DESC LIMIT %(limit)s""",
        {"platform": platform, "id": creator_id, "limit": NEWEST},
    )
    if not posts:
        return None
    comet = platform == PLATFORM_OF_SCHEMA["comets"] and reader.value(
        "SELECT 1 FROM comets.creators WHERE user_id = %s", (creator_id,)
    )
    handle = next((row["creator"] for row in posts if row["creator"]), name)
    return _of_posts(
        handle,
        posts,
        facts={
            "followers as last said": next((row["followers"] for row in posts if row["followers"] is not None), None),
            "roster": ("comet", creator_id, "growth day by day") if comet else None,
        },
    )
