"""Typed rows of Amazon's lists: one per category and product; list_rank is the position."""

import re
from typing import Any

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import ALL_COUNTS, Post, Tally, first
from trend_assets.sources.providers.apify.items import items_of, require_result
from trend_assets.sources.values import (
    BadValue,
    Odd,
    address,
    count,
    line,
    number,
    text,
)

_ASIN = re.compile(r"[A-Z0-9]{10}")
_ASIN_IN_URL = re.compile(r"/(?:dp|gp/product)/([A-Z0-9]{10})(?=[/?#]|$)")
_TITLE_PREFIX = re.compile(
    r"^(?:Amazon(?:\.[a-z.]+)?\s+)?(?:Best\s*Sellers|Movers\s*&\s*Shakers)\s*:\s*", re.IGNORECASE
)
_PRICE = re.compile(r"(\d{1,3}(?:[,.  ]\d{3})+|\d+)(?:[.,](\d{2}))?(?!\d)")
_CURRENCY = re.compile(r"[$£€¥₹₩]|[A-Z]{3}\b|zł|kr")
_PERCENT = re.compile(r"\+?(-?[\d.,  ]+)\s*%?")


def parse(answer: Answer) -> Parsed:
    """Rows of source.amazon_positions. An item without an ASIN (field or address) cannot be followed: set aside."""
    is_movers = answer.call.context.get("role") == "movers"
    tally = Tally(what="Amazon list items")

    def build(item: Any) -> dict[str, Any]:
        require_result(item)
        return _product(item, tally.odd, is_movers=is_movers)

    for item in items_of(answer):
        tally.take(item, build)
    return tally.parsed()


def _product(item: Any, odd: Odd, *, is_movers: bool) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BadValue("It is not an object.")
    asin = _asin(item)
    name = line(item.get("name"), "name", odd, limit=500, unescape=True)
    if name is None:
        raise BadValue(f"Product {asin} has no name.")
    category = line(first((item.get("category"), item.get("categoryUrl"))), "category", odd, limit=200, unescape=True)
    category = _TITLE_PREFIX.sub("", category) if category else "Amazon"
    price, currency = _price(item, odd)
    position = count(item.get("position"), "position", odd)
    previous = count(item.get("previousSalesRank"), "previousSalesRank", odd)
    return Post(
        platform="amazon",
        external_id=asin,
        kind="product",
        list_name=f"Movers & Shakers: {category}" if is_movers else category,
        list_rank=position if position and position < 2**31 else None,
        title=name,
        description=text(item.get("description"), "description", odd),
        url=_product_url(item, asin),
        cover_url=first((address(item.get("thumbnail")), address(item.get("thumbnailUrl")))),
        metrics_unavailable=list(ALL_COUNTS),
    ).row(
        price=price,
        currency=currency,
        stars=number(first((item.get("stars"), item.get("rating"))), "stars", odd, maximum=5.0),
        reviews=count(first((item.get("reviewsCount"), item.get("ratings_count"))), "reviewsCount", odd),
        page_rank_change_pct=_percent(first((item.get("percentChange"), item.get("rankChange"))), odd),
        page_previous_rank=previous if previous and previous < 2**31 else None,
    )


def _asin(item: dict[str, Any]) -> str:
    said = item.get("asin")
    if isinstance(said, str) and _ASIN.fullmatch(said.strip()):
        return said.strip()
    url = item.get("url")
    found = _ASIN_IN_URL.search(url) if isinstance(url, str) else None
    if found is None:
        raise BadValue("It has no ASIN, neither as a field nor in its address.")
    return found[1]


def _product_url(item: dict[str, Any], asin: str) -> str:
    # the address of the item carries a session and a referrer; host and ASIN say all
    said = address(item.get("url"))
    host = said.split("/")[2] if said else "www.amazon.com"
    return f"https://{host}/dp/{asin}"


def _price(item: dict[str, Any], odd: Odd) -> tuple[float | None, str | None]:
    value = item.get("price")
    currency = line(item.get("currency"), "currency", odd, limit=8)
    if isinstance(value, dict):
        currency = line(value.get("currency"), "price.currency", odd, limit=8) or currency
        value = value.get("value")
    if isinstance(value, str):
        symbol = _CURRENCY.search(value[:40])
        currency = currency or (symbol[0] if symbol else None)
        # "$25.12 - $111.83" keeps the lower bound
        amount = _PRICE.search(value[:40])
        if amount is None:
            odd["price is not an amount: taken as unknown."] += 1
            return None, currency
        value = float(f"{re.sub(r'[^0-9]', '', amount[1])}.{amount[2] or '00'}")
    return number(value, "price", odd, maximum=999_999_999.0), currency


def _percent(value: Any, odd: Odd) -> float | None:
    """ "1,234%" as 1234.0; None for "previously unranked" items, which have none."""
    if isinstance(value, str):
        found = _PERCENT.fullmatch(value.strip()[:40])
        if found is None:
            odd["percentChange is not a percentage: taken as unknown."] += 1
            return None
        # thousands separators differ by locale and the page shows whole percents
        value = re.sub(r"[^0-9-]", "", found[1]) or None
    return number(value, "percentChange", odd, minimum=-1e9, maximum=1e9)
