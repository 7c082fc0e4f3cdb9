"""Everything that is known about one thing: a story, post, creator, hashtag, sound, keyword, Amazon category or source.

A subject has facts and lists; one template, one JSON body and one CSV show them all. Each is a few indexed queries over
at most `NEWEST` posts or `DAYS` days, so that it costs the same however long the history is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from trend_assets.api.reading import Reader
from trend_assets.api.search import hashtag_of, newest_posts
from trend_assets.platforms import PLATFORM_OF_SCHEMA
from trend_assets.tables.search import folded

SubjectKind = Literal["story", "post", "creator", "hashtag", "sound", "keyword", "category", "source"]
NEWEST, SHOWN, DAYS = 500, 100, 60
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a list. `kind`: how it is shown (text, count, signed, share, at, money, link to the row's url, or
    the subject that it names by the row's `of`)."""

    name: str
    label: str
    kind: str = "text"
    of: str = ""


@dataclass(frozen=True)
class Listing:
    """One list of a subject."""

    name: str
    heading: str
    columns: tuple[Column, ...]
    rows: list[Row]
    empty: str = "Nothing yet."


@dataclass(frozen=True)
class Subject:
    """What is known of one thing. `line`: (day, number) for a plot, with its label."""

    title: str
    facts: dict[str, Any]
    lists: tuple[Listing, ...]
    is_simulated: bool
    url: str | None = None
    line: list[tuple[date, int | None]] = field(default_factory=list)
    line_label: str = "Views"


# --- stories and posts ----------------------------------------------------------------------------------------------

_LIFE = (
    Column("measured_at", "Measured", "at"),
    Column("key", "Item", "post", "key"),
    Column("source", "Source", "source", "source"),
    Column("views", "Count", "count"),
    Column("place", "Place", "count"),
    Column("views_per_hour", "Per hour", "count"),
    Column("chance", "Chance given then", "share"),
    Column("chance_now", "Chance now", "share"),
)
_SAID = (
    Column("feed_date", "Issue of"),
    Column("rank", "Place", "count"),
    Column("chance", "Chance we gave", "share"),
    Column("came", "What came"),
    Column("views", "Count then", "count"),
    Column("views_ahead", "Three days later", "count"),
)


def _life(reader: Reader, keys: list[str]) -> list[Row]:
    """The newest measurement of each day, source and item, with the chance that was given on that day and the newest
    that is known of the item."""
    return reader.rows(
        """
        WITH wanted AS (
          SELECT DISTINCT split_part(k, ':', 1) AS platform, substr(k, strpos(k, ':') + 1) AS external_id
          FROM unnest(%(keys)s::text[]) k
        ), life AS (
          SELECT DISTINCT ON (t.observed_date, t.source, t.platform, t.external_id) t.observed_date, t.source,
                 t.platform, t.external_id, t.measured_at, t.views, t.list_rank AS place
          FROM wanted w JOIN trends.post_snapshots t USING (platform, external_id)
          ORDER BY t.observed_date, t.source, t.platform, t.external_id, t.measured_at DESC, t.list_rank
        )
        SELECT life.*, life.platform || ':' || life.external_id AS key, v.views_per_hour, v.chance,
               last_value(v.chance) OVER (PARTITION BY life.platform, life.external_id, life.source
                 ORDER BY life.observed_date ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS chance_now
        FROM life LEFT JOIN velocity.scores v USING (observed_date, source, platform, external_id)
        ORDER BY life.measured_at, life.source, key LIMIT 500
        """,
        {"keys": keys},
    )


def _said(reader: Reader, story_id: str) -> list[Row]:
    return reader.rows(
        """SELECT feed_date, rank, chance, views, views_ahead, has_risen, still_to_come, reason,
                  CASE WHEN has_risen THEN 'it rose: top tenth of growth at its age'
                       WHEN NOT has_risen THEN 'it did not rise' ELSE coalesce(reason, 'not known yet') END AS came
           FROM feed.outcomes WHERE story_id = %s ORDER BY feed_date""",
        (story_id,),
    )


def _line(life: list[Row]) -> list[tuple[date, int | None]]:
    """The largest count of each day."""
    days: dict[date, int | None] = {}
    for row in life:
        if row["views"] is not None:
            days[row["observed_date"]] = max(days.get(row["observed_date"]) or 0, row["views"])
    return sorted(days.items())


def story(reader: Reader, name: str) -> Subject | None:
    """A story: its days, its life line, every proof, and what issues said of it."""
    days = reader.rows(
        """SELECT s.observed_date, s.title, s.platform, s.feed_rank, s.outcome, s.reason, s.views, s.platforms,
                  s.proof_keys, s.is_simulated, i.chance, i.why, i.url
           FROM feed.stories s LEFT JOIN feed.items i USING (story_id, observed_date)
           WHERE s.story_id = %s ORDER BY s.observed_date DESC LIMIT 100""",
        (name,),
    )
    if not days:
        return None
    newest = days[0]
    keys = sorted({key for row in days for key in row["proof_keys"]})
    proofs = reader.rows(
        """SELECT platform || ':' || external_id AS key, source, coalesce(title, external_id) AS title, creator_handle,
                  url, matched_by, source_rank, source_items, measured_at
           FROM feed.proofs WHERE observed_date = %s AND story_id = %s ORDER BY source, source_rank""",
        (newest["observed_date"], name),
    )
    life = _life(reader, keys)
    in_feed = [row for row in days if row["feed_rank"] is not None]
    return Subject(
        title=newest["title"],
        url=newest["url"],
        facts={
            "platforms": ", ".join(newest["platforms"]),
            "considered on": f"{len(days)} days, {days[-1]['observed_date']} to {newest['observed_date']}",
            "in the feed on": f"{len(in_feed)} days" + (f", newest place {in_feed[0]['feed_rank']}" if in_feed else ""),
            "why": in_feed[0]["why"] if in_feed else newest["reason"],
        },
        lists=(
            Listing("life", "Life line: counts, with chances then and now", _LIFE, life),
            Listing(
                "proofs",
                "Every proof",
                (
                    Column("title", "Item", "link"),
                    Column("source", "Source", "source", "source"),
                    Column("creator_handle", "Creator"),
                    Column("source_rank", "Place in its source", "count"),
                    Column("source_items", "of", "count"),
                    Column("matched_by", "Recognised by"),
                    Column("key", "Its own page", "post", "key"),
                ),
                proofs,
            ),
            Listing(
                "predicted",
                "What we said, and what came",
                _SAID,
                _said(reader, name),
                "No issue with it is three days old yet.",
            ),
            Listing(
                "days",
                "Day by day",
                (
                    Column("observed_date", "Day"),
                    Column("feed_rank", "Place in the feed", "count"),
                    Column("chance", "Chance", "share"),
                    Column("views", "Count", "count"),
                    Column("reason", "What became of it"),
                ),
                [{k: v for k, v in row.items() if k not in ("proof_keys", "platforms")} for row in days],
            ),
        ),
        is_simulated=newest["is_simulated"],
        line=_line(life),
    )


def post(reader: Reader, name: str) -> Subject | None:
    """A post or product, `platform:id`: counts over time, lists it stood in, stories it belongs to."""
    platform, _, external_id = name.partition(":")
    found = reader.row(
        """SELECT platform, kind, title, left(description, 500) AS text, creator_id, creator_handle, url, hashtags,
                  sound, posted_at, views, likes, comments, shares, sources, first_collected_at, last_collected_at,
                  archived_at, is_simulated
           FROM trends.posts WHERE platform = %s AND external_id = %s""",
        (platform, external_id),
    )
    if found is None:
        return None
    life = _life(reader, [name])
    stories = reader.rows(
        "SELECT observed_date, story_id, title, rank, chance FROM feed.items "
        "WHERE platform = %s AND external_id = %s ORDER BY observed_date DESC LIMIT 60",
        (platform, external_id),
    )
    lists = [
        Listing("life", "Life line: counts, with chances then and now", _LIFE, life),
        Listing(
            "stories",
            "In the feed",
            (
                Column("title", "Story", "story", "story_id"),
                Column("observed_date", "Day"),
                Column("rank", "Place", "count"),
                Column("chance", "Chance", "share"),
            ),
            stories,
            "It has led no story of a feed.",
        ),
    ]
    if found["kind"] == "product":
        lists.append(
            Listing(
                "prices",
                "Place and price",
                (
                    Column("observed_date", "Day"),
                    Column("category", "Category", "category", "category"),
                    Column("place", "Place", "count"),
                    Column("price", "Price", "money"),
                    Column("stars", "Stars"),
                    Column("reviews", "Reviews", "count"),
                ),
                reader.rows(
                    """SELECT DISTINCT ON (observed_date, list_name) observed_date, list_name AS category,
                              list_rank AS place, price::double precision AS price, currency, stars, reviews
                       FROM source.amazon_positions
                       WHERE external_id = %s
                         AND observed_date > (SELECT max(observed_date) FROM source.amazon_positions) - %s
                       ORDER BY observed_date DESC, list_name, measured_at DESC""",
                    (external_id, DAYS),
                ),
            )
        )
    creator = f"{platform}:{found['creator_id']}" if found["creator_id"] else None
    return Subject(
        title=(found["title"] or found["text"] or name)[:200],
        url=found["url"],
        facts={
            "platform": platform,
            "creator": ("creator", creator, found["creator_handle"] or creator) if creator else found["creator_handle"],
            "posted": found["posted_at"],
            "first collected": found["first_collected_at"],
            "last collected": found["last_collected_at"],
            "sources": ", ".join(found["sources"]),
            "hashtags": [("hashtag", tag, f"#{tag}") for tag in found["hashtags"] or []],
            "sound": ("sound", found["sound"], found["sound"]) if found["sound"] else None,
            "likes": found["likes"],
            "comments": found["comments"],
            "shares": found["shares"],
        },
        lists=tuple(lists),
        is_simulated=found["is_simulated"],
        line=_line(life),
    )


# --- what posts have in common --------------------------------------------------------------------------------------

_POST_COLUMNS = (
    Column("title", "Post", "link"),
    Column("platform", "Platform"),
    Column("creator", "Creator", "creator", "creator_key"),
    Column("views", "Count", "count"),
    Column("chance", "Chance", "share"),
    Column("last_collected_at", "Last seen", "at"),
    Column("key", "Its own page", "post", "key"),
)


_FOUND = """p.platform || ':' || p.external_id AS key, p.platform, left(coalesce(p.title, p.description,
  p.external_id), 140) AS title, p.creator_handle AS creator, p.platform || ':' || p.creator_id AS creator_key, p.url,
  p.views, p.creator_followers AS followers, p.last_collected_at, (p.last_collected_at AT TIME ZONE 'UTC')::date AS day,
  (SELECT max(s.chance) FROM velocity.scores s
   WHERE s.observed_date = (p.last_collected_at AT TIME ZONE 'UTC')::date AND s.source = ANY(p.sources)
     AND s.platform = p.platform AND s.external_id = p.external_id) AS chance, p.is_simulated"""


def _with_words(reader: Reader, words: str, *more: str, **parameters: Any) -> list[Row]:
    """The newest posts that hold `words` (a tsquery), with the chance of their last day."""
    where = ["p.search @@ %(words)s::tsquery", "p.duplicate_of IS NULL", *more]
    return newest_posts(reader, _FOUND, near=[], where=where, parameters={"words": words, "limit": NEWEST} | parameters)


def _of_posts(title: str, posts: list[Row], *more: Listing, facts: Row | None = None) -> Subject:
    """A subject that is a set of posts."""
    counts = [row["views"] for row in posts if row["views"] is not None]
    platforms = sorted({row["platform"] for row in posts})
    days: dict[date, int] = {}
    for row in posts:
        days[row["day"]] = days.get(row["day"], 0) + 1
    about = {
        "posts": f"{len(posts):,}" + (" newest" if len(posts) == NEWEST else ""),
        "platforms": ", ".join(platforms),
        "largest count": max(counts, default=None),
    }
    shown = [{name: value for name, value in row.items() if name not in ("day", "is_simulated")} for row in posts]
    return Subject(
        title=title,
        facts=about | (facts or {}),
        lists=(Listing("posts", "Posts, newest first", _POST_COLUMNS, shown[:SHOWN]), *more),
        is_simulated=any(row["is_simulated"] for row in posts),
        line=[(day, count) for day, count in sorted(days.items())],
        line_label="Posts by the day they were last seen",
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
        """SELECT observed_date, min(rank) AS place, bool_or(is_simulated) AS is_simulated
           FROM source.trending_keywords WHERE keyword = %s
             AND observed_date > (SELECT max(observed_date) FROM source.trending_keywords) - %s
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


# --- lists and sources ----------------------------------------------------------------------------------------------


def category(reader: Reader, name: str) -> Subject | None:
    """An Amazon category: who moved on its newest day, with price and place, and how much moves day by day."""
    days = reader.rows(
        """SELECT observed_date, products, compared, entered, climbed, fell, median_positions_moved, mover_rank,
                  is_simulated
           FROM velocity.category_movers WHERE category = %s
             AND observed_date > (SELECT max(observed_date) FROM velocity.category_movers) - %s
           ORDER BY observed_date DESC""",
        (name, DAYS),
    )
    if not days:
        return None
    movers = reader.rows(
        """
        WITH seen AS (
          SELECT DISTINCT ON (external_id, observed_date) external_id, observed_date, title, url, list_rank,
                 price::double precision AS price, currency, stars, reviews
          FROM source.amazon_positions
          WHERE list_name = %(category)s AND observed_date BETWEEN %(day)s::date - 14 AND %(day)s
          ORDER BY external_id, observed_date, measured_at DESC
        ), history AS (
          SELECT external_id, string_agg(list_rank::text, ' → ' ORDER BY observed_date) AS places,
                 (array_agg(price ORDER BY observed_date) FILTER (WHERE price IS NOT NULL))[1] AS first_price
          FROM seen GROUP BY external_id
        )
        SELECT 'amazon:' || r.external_id AS key, coalesce(s.title, r.external_id) AS title, s.url, r.position,
               r.previous_position, r.positions_gained, s.price, s.currency, s.price - h.first_price AS price_change,
               h.places, s.stars, s.reviews
        FROM velocity.amazon_ranks r LEFT JOIN history h USING (external_id)
        LEFT JOIN seen s ON s.external_id = r.external_id AND s.observed_date = r.observed_date
        WHERE r.observed_date = %(day)s AND r.category = %(category)s
        ORDER BY r.positions_gained DESC NULLS LAST, r.position, r.external_id LIMIT 200""",
        {"category": name, "day": days[0]["observed_date"]},
    )
    return Subject(
        title=name,
        facts={
            "newest list": days[0]["observed_date"],
            "products": days[0]["products"],
            "climbed": days[0]["climbed"],
            "fell": days[0]["fell"],
            "among categories": f"moves {days[0]['mover_rank']}. most",
        },
        lists=(
            Listing(
                "movers",
                f"Movers of {days[0]['observed_date']}",
                (
                    Column("title", "Product", "link"),
                    Column("position", "Place", "count"),
                    Column("positions_gained", "Places gained", "signed"),
                    Column("places", "Places of two weeks"),
                    Column("price", "Price", "money"),
                    Column("price_change", "Since first seen", "money"),
                    Column("reviews", "Reviews", "count"),
                    Column("key", "Its own page", "post", "key"),
                ),
                movers,
            ),
            Listing(
                "days",
                "Day by day",
                (
                    Column("observed_date", "Day"),
                    Column("products", "Products", "count"),
                    Column("entered", "Entered", "count"),
                    Column("climbed", "Climbed", "count"),
                    Column("fell", "Fell", "count"),
                    Column("median_positions_moved", "Median places moved"),
                ),
                days,
            ),
        ),
        is_simulated=days[0]["is_simulated"],
        line=[(row["observed_date"], row["climbed"]) for row in reversed(days)],
        line_label="Products that climbed",
    )


def source(reader: Reader, name: str) -> Subject | None:
    """A source: how collecting went day by day, what stands first in it now, who ranks it and how well."""
    days = reader.rows(
        """SELECT observed_date, title, status, reason, items, scored_items, calls,
                  cost_usd::double precision AS cost_usd, measured_at, is_simulated
           FROM feed.source_report WHERE source = %s
             AND observed_date > (SELECT max(observed_date) FROM feed.source_report) - %s
           ORDER BY observed_date DESC""",
        (name, DAYS),
    )
    if not days:
        return None
    top = reader.rows(
        """SELECT v.platform || ':' || v.external_id AS key, left(coalesce(p.title, p.description, v.external_id), 140)
                  AS title, p.url, v.views, v.views_per_hour, v.chance, v.score_class, p.creator_handle AS creator,
                  p.platform || ':' || p.creator_id AS creator_key
           FROM velocity.scores v LEFT JOIN trends.posts p USING (platform, external_id)
           WHERE v.source = %(source)s AND v.observed_date = (
             SELECT max(observed_date) FROM velocity.scores
             WHERE source = %(source)s AND observed_date > %(newest)s::date - %(days)s)
           ORDER BY v.source_percentile DESC, v.platform, v.external_id LIMIT %(shown)s""",
        {"source": name, "newest": days[0]["observed_date"], "days": DAYS, "shown": SHOWN},
    )
    champion = reader.row(
        """SELECT candidate, reason, outcomes, r_precision FROM velocity.models
           WHERE source = %s AND is_champion AND observed_date > %s::date - 30
           ORDER BY observed_date DESC LIMIT 1""",
        (name, days[0]["observed_date"]),
    )
    return Subject(
        title=days[0]["title"],
        facts={
            "status": f"{days[0]['status']} on {days[0]['observed_date']}",
            "why": days[0]["reason"],
            "ranked by": champion["candidate"] if champion else None,
            "because": champion["reason"] if champion else None,
            "past outcomes": champion["outcomes"] if champion else None,
        },
        lists=(
            Listing(
                "top",
                "First in it now",
                (
                    Column("title", "Item", "link"),
                    Column("creator", "Creator", "creator", "creator_key"),
                    Column("views", "Count", "count"),
                    Column("views_per_hour", "Per hour", "count"),
                    Column("chance", "Chance", "share"),
                    Column("key", "Its own page", "post", "key"),
                ),
                top,
                "Nothing of it has been ranked.",
            ),
            Listing(
                "days",
                "How collecting went",
                (
                    Column("observed_date", "Day"),
                    Column("status", "Status"),
                    Column("items", "Items", "count"),
                    Column("calls", "Calls", "count"),
                    Column("cost_usd", "Cost, USD", "money"),
                    Column("reason", "Why"),
                ),
                days,
            ),
        ),
        is_simulated=bool(days[0]["is_simulated"]),
        line=[(row["observed_date"], row["items"]) for row in reversed(days)],
        line_label="Items",
    )


SUBJECTS: dict[SubjectKind, Callable[[Reader, str], Subject | None]] = {
    "story": story, "post": post, "creator": creator, "hashtag": hashtag, "sound": sound, "keyword": keyword,
    "category": category, "source": source,
}  # fmt: skip
