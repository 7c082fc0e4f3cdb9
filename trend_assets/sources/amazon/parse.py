"""Typed rows of Amazon's lists: one per category and product; list_rank is the position."""

import re
from functools import partial
from typing import Any

from trend_assets.sources import values
from trend_assets.sources.amazon.numerals import currency_code, percent, price, shop_of
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import ALL_COUNTS, Post, first, telling
from trend_assets.sources.providers.apify.items import rows_of
from trend_assets.sources.values import BadValue, Notes

_ASIN = re.compile(r"[A-Z0-9]{10}")
_ASIN_IN_URL = re.compile(r"/(?:dp|gp/product)/([A-Z0-9]{10})(?=[/?#]|$)")
_TITLE_PREFIX = re.compile(
    r"^(?:Amazon(?:\.[a-z.]+)?\s+)?(?:Best\s*Sellers|Movers\s*&\s*Shakers)\s*:\s*", re.IGNORECASE
)
_OF_FIVE = re.compile(r"([0-5](?:[.,]\d)?)\s*(?:/|[^\W\d_]+(?: [^\W\d_]+)*)\s*5(?: [^\W\d_]+)*\.?")


def parse(answer: Answer) -> Parsed:
    """Rows of source.amazon_positions. An item without an ASIN (field or address) cannot be followed: set aside."""
    is_movers = answer.call.context.get("role") == "movers"
    return rows_of(answer, partial(_product, is_movers=is_movers), what="Amazon list items")


def _product(item: Any, notes: Notes, *, is_movers: bool) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BadValue("It is not an object.")
    asin = _asin(item)
    name = values.line(item.get("name"), "name", notes, limit=500, unescape=True)
    if name is None:
        raise BadValue(f"Product {asin} has no name.")
    category = values.line(
        telling(item.get("category"), item.get("categoryUrl")), "category", notes, limit=200, unescape=True
    )
    category = _TITLE_PREFIX.sub("", category) if category else "Amazon"
    address_of_product = _product_url(item, asin)
    host = address_of_product.split("/")[2]
    mark = shop_of(host)[1]
    amount, currency = _price(item, notes, host=host)
    position = values.count(item.get("position"), "position", notes)
    previous = values.count(item.get("previousSalesRank"), "previousSalesRank", notes)
    return Post(
        platform="amazon",
        external_id=asin,
        kind="product",
        list_name=f"Movers & Shakers: {category}" if is_movers else category,
        list_rank=position if position and position < 2**31 else None,
        title=name,
        description=values.text(item.get("description"), "description", notes),
        url=address_of_product,
        cover_url=first((values.address(item.get("thumbnail")), values.address(item.get("thumbnailUrl")))),
        metrics_unavailable=list(ALL_COUNTS),
    ).row(
        price=amount,
        currency=currency,
        stars=_stars(telling(item.get("stars"), item.get("rating")), notes),
        reviews=values.count(
            telling(item.get("reviewsCount"), item.get("ratings_count")), "reviewsCount", notes, mark=mark
        ),
        page_rank_change_pct=_percent(telling(item.get("percentChange"), item.get("rankChange")), notes, host=host),
        page_previous_rank=previous if previous and previous < 2**31 else None,
    )


def _asin(item: dict[str, Any]) -> str:
    asin = item.get("asin")
    if isinstance(asin, str) and _ASIN.fullmatch(asin.strip()):
        return asin.strip()
    url = item.get("url")
    match = _ASIN_IN_URL.search(url) if isinstance(url, str) else None
    if match is None:
        raise BadValue("It has no ASIN, neither as a field nor in its address.")
    return match[1]


def _product_url(item: dict[str, Any], asin: str) -> str:
    # the address of the item carries a session and a referrer; host and ASIN say all
    url = values.address(item.get("url"))
    host = url.split("/")[2] if url else "www.amazon.com"
    return f"https://{host}/dp/{asin}"


def _price(item: dict[str, Any], notes: Notes, *, host: str) -> tuple[float | None, str | None]:
    value, named = item.get("price"), item.get("currency")
    if isinstance(value, dict):
        named = telling(value.get("currency"), named)
        value = value.get("value")
    sign = values.line(named, "currency", notes, limit=8)
    currency = currency_code(sign, shop_currency=shop_of(host)[0]) if sign else None
    if sign and currency is None:
        notes[f"currency {sign!r} is not one we know here: taken as unknown."] += 1
    if not isinstance(value, str):
        return values.number(value, "price", notes, maximum=999_999_999.0), currency
    if not value.strip():
        return None, currency
    amount = price(value, host=host, currency=sign)
    if amount is None:
        notes["price is not wholly understood: taken as unknown."] += 1
        return None, currency
    return values.number(amount[0], "price", notes, maximum=999_999_999.0), amount[1] or currency


def _percent(value: Any, notes: Notes, *, host: str) -> float | None:
    """None for "previously unranked" items, which have none."""
    if isinstance(value, str) and value.strip():
        value = percent(value, host=host)
        if value is None:
            notes["percentChange is not wholly understood: taken as unknown."] += 1
            return None
    return values.number(value, "percentChange", notes, minimum=-1e9, maximum=1e9)


def _stars(value: Any, notes: Notes) -> float | None:
    """ "4.5 out of 5 stars", "4,5 von 5 Sternen": the first number, of five."""
    if isinstance(value, str) and (match := _OF_FIVE.fullmatch(value.strip()[:60])):
        value = match[1].replace(",", ".")
    return values.number(value, "stars", notes, maximum=5.0)
