"""A story, and a post or product: measured over days, with what was said of it then."""

from datetime import date

from trend_assets.api.reading import Reader
from trend_assets.api.subjects.lists import POSITIONS
from trend_assets.api.subjects.shapes import DAYS, ITS_PAGE, ITS_SOURCE, Column, Listing, Row, Subject, labels_of
from trend_assets.platforms import shown_platform
from trend_assets.text import plural

_LIFE = (
    Column("measured_at", "Measured", "at"),
    Column("key", "Item", "post", "key"),
    ITS_SOURCE,
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
_PROOFS = (
    Column("title", "Item", "link"),
    ITS_SOURCE,
    Column("creator_handle", "Creator"),
    Column("source_rank", "Place in its source", "count"),
    Column("source_items", "of", "count"),
    Column("matched_by", "Recognised by"),
    ITS_PAGE,
)
_CONSIDERED = (
    Column("observed_date", "Day"),
    Column("feed_rank", "Place in the feed", "count"),
    Column("chance", "Chance", "share"),
    Column("views", "Count", "count"),
    Column("reason", "What became of it"),
)
_LED = (
    Column("title", "Story", "story", "story_id"),
    Column("observed_date", "Day"),
    Column("rank", "Place", "count"),
    Column("chance", "Chance", "share"),
)
_PRICES = (
    Column("observed_date", "Day"),
    Column("category", "Category", "category", "category"),
    Column("place", "Place", "count"),
    Column("price", "Price", "money"),
    Column("stars", "Stars"),
    Column("reviews", "Reviews", "count"),
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


def lines_of(life: list[Row]) -> dict[str, list[tuple[date, int | None]]]:
    """What its items have together, day by day and for each platform, each by its newest count: an item that was not
    seen on a day keeps what it had, or the line would fall. Points of one and views of another share no axis."""
    days: dict[str, dict[date, int | None]] = {}
    newest: dict[str, dict[str, int]] = {}
    for row in sorted(life, key=lambda row: row["observed_date"]):
        if row["views"] is not None:
            known = newest.setdefault(row["platform"], {})
            known[row["key"]] = row["views"]
            days.setdefault(row["platform"], {})[row["observed_date"]] = sum(known.values())
    shown = {name: shown_platform(name) for name in sorted(days)}
    return {f"{of.count_word.capitalize()}s on {of.label}": sorted(days[name].items()) for name, of in shown.items()}


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
            "platforms": labels_of(newest["platforms"]),
            "considered on": f"{plural(len(days), 'day')}, {days[-1]['observed_date']} to {newest['observed_date']}",
            "in the feed on": plural(len(in_feed), "day")
            + (f", newest place {in_feed[0]['feed_rank']}" if in_feed else ""),
            "why": in_feed[0]["why"] if in_feed else newest["reason"],
        },
        lists=(
            Listing("life", "Life line: counts, with chances then and now", _LIFE, life),
            Listing("proofs", "Every proof", _PROOFS, proofs),
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
                _CONSIDERED,
                [{k: v for k, v in row.items() if k not in ("proof_keys", "platforms")} for row in days],
            ),
        ),
        is_simulated=newest["is_simulated"],
        lines=lines_of(life),
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
        Listing("stories", "In the feed", _LED, stories, "It has led no story of a feed."),
    ]
    if found["kind"] == "product" and POSITIONS:
        prices = reader.rows(
            f"""SELECT DISTINCT ON (observed_date, list_name) observed_date, list_name AS category,
                      list_rank AS place, price::double precision AS price, currency, stars, reviews
               FROM {POSITIONS}
               WHERE platform = %s AND external_id = %s
                 AND observed_date > (SELECT max(observed_date) FROM {POSITIONS}) - %s
               ORDER BY observed_date DESC, list_name, measured_at DESC""",
            (platform, external_id, DAYS),
        )
        lists.append(Listing("prices", "Place and price", _PRICES, prices))
    creator = f"{platform}:{found['creator_id']}" if found["creator_id"] else None
    return Subject(
        title=(found["title"] or found["text"] or name)[:200],
        url=found["url"],
        facts={
            "platform": labels_of([platform]),
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
        lines=lines_of(life),
    )
