"""A category of best sellers, and a source."""

from trend_assets.api.reading import Reader
from trend_assets.api.subjects.shapes import DAYS, ITS_CREATOR, ITS_PAGE, SHOWN, Column, Listing, Row, Subject
from trend_assets.sources.discovery import LISTS

_SHARED = ("observed_date", "platform", "external_id", "measured_at", "list_name", "list_rank", "title", "url")
_OWN = {"price": "numeric", "currency": "text", "stars": "double precision", "reviews": "bigint"}


def _positions() -> str:
    """Where products stood, by every source of positions, as a subquery; empty where there is no such source."""
    parts = []
    for each in LISTS.values():
        if each.scoring == "position" and each.table:
            known = each.table.column_names
            own = [name if name in known else f"NULL::{type_} AS {name}" for name, type_ in _OWN.items()]
            parts.append(f"SELECT {', '.join([*_SHARED, *own])} FROM {each.table.address}")
    return f"({' UNION ALL '.join(parts)}) AS positions" if parts else ""


POSITIONS = _positions()
_MOVERS = (
    Column("title", "Product", "link"),
    Column("position", "Place", "count"),
    Column("positions_gained", "Places gained", "signed"),
    Column("places", "Places of two weeks"),
    Column("price", "Price", "money"),
    Column("price_change", "Since first seen", "money"),
    Column("reviews", "Reviews", "count"),
    ITS_PAGE,
)
_MOVING = (
    Column("observed_date", "Day"),
    Column("products", "Products", "count"),
    Column("entered", "Entered", "count"),
    Column("climbed", "Climbed", "count"),
    Column("fell", "Fell", "count"),
    Column("median_positions_moved", "Median places moved"),
)
_TOP = (
    Column("title", "Item", "link"),
    ITS_CREATOR,
    Column("views", "Count", "count"),
    Column("views_per_hour", "Per hour", "count"),
    Column("chance", "Chance", "share"),
    ITS_PAGE,
)
_COLLECTING = (
    Column("observed_date", "Day"),
    Column("status", "Status"),
    Column("items", "Items", "count"),
    Column("calls", "Calls", "count"),
    Column("cost_usd", "Cost, USD", "money"),
    Column("reason", "Why"),
)


def category(reader: Reader, name: str) -> Subject | None:
    """A category of best sellers: who moved on its newest day, with price and place, and how much moves day by day."""
    days = reader.rows(
        """SELECT observed_date, products, compared, entered, climbed, fell, median_positions_moved, mover_rank,
                  is_simulated
           FROM velocity.category_movers WHERE category = %s
             AND observed_date > (SELECT max(observed_date) FROM velocity.category_movers) - %s
           ORDER BY observed_date DESC""",
        (name, DAYS),
    )
    if not days or not POSITIONS:
        return None
    return Subject(
        title=name,
        facts={
            "newest list": days[0]["observed_date"],
            "products": days[0]["products"],
            "climbed": days[0]["climbed"],
            "fell": days[0]["fell"],
            "among categories": f"place {days[0]['mover_rank']} by how much it moves",
        },
        lists=(
            Listing("movers", f"Movers of {days[0]['observed_date']}", _MOVERS, _movers(reader, name, days[0])),
            Listing("days", "Day by day", _MOVING, days),
        ),
        is_simulated=days[0]["is_simulated"],
        lines={"Products that climbed": [(row["observed_date"], row["climbed"]) for row in reversed(days)]},
    )


def _movers(reader: Reader, category: str, newest: Row) -> list[Row]:
    """Its products of the newest day, by the places they gained, with their last two weeks."""
    return reader.rows(
        f"""
        WITH seen AS (
          SELECT DISTINCT ON (external_id, observed_date) platform, external_id, observed_date, title, url, list_rank,
                 price::double precision AS price, currency, stars, reviews
          FROM {POSITIONS}
          WHERE list_name = %(category)s AND observed_date BETWEEN %(day)s::date - 14 AND %(day)s
          ORDER BY external_id, observed_date, measured_at DESC
        ), history AS (
          SELECT external_id, string_agg(list_rank::text, ' → ' ORDER BY observed_date) AS places,
                 (array_agg(price ORDER BY observed_date) FILTER (WHERE price IS NOT NULL))[1] AS first_price
          FROM seen GROUP BY external_id
        )
        SELECT s.platform || ':' || r.external_id AS key, coalesce(s.title, r.external_id) AS title, s.url, r.position,
               r.previous_position, r.positions_gained, s.price, s.currency, s.price - h.first_price AS price_change,
               h.places, s.stars, s.reviews
        FROM velocity.amazon_ranks r LEFT JOIN history h USING (external_id)
        LEFT JOIN seen s ON s.external_id = r.external_id AND s.observed_date = r.observed_date
        WHERE r.observed_date = %(day)s AND r.category = %(category)s
        ORDER BY r.positions_gained DESC NULLS LAST, r.position, r.external_id LIMIT 200""",
        {"category": category, "day": newest["observed_date"]},
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
            Listing("top", "First in it now", _TOP, top, "Nothing of it has been ranked."),
            Listing("days", "How collecting went", _COLLECTING, days),
        ),
        is_simulated=bool(days[0]["is_simulated"]),
        lines={"Items": [(row["observed_date"], row["items"]) for row in reversed(days)]},
    )
