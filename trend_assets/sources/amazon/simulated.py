"""Rows of the Amazon Actors: junglee/amazon-bestsellers, and a movers Actor of our own neutral shape."""

from typing import Any

from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.simulation import Actor, BadInput, Simulation
from trend_assets.sandbox.state import signed_url
from trend_assets.sandbox.world import World, breakout
from trend_assets.sources.amazon.simulated_shelves import ROOT_PARTS, TITLES, Product, Shelves, category_of

Row = dict[str, Any]
PER_PAGE = 100


def _urls(given: dict[str, Any], *names: str) -> list[str]:
    """Start URLs as strings or {url} objects, under any of the names."""
    entries = [entry for name in names for entry in (given.get(name) or [])]
    return [str(entry.get("url", "")) if isinstance(entry, dict) else str(entry) for entry in entries]


def bestsellers(ask: Ask, world: World, given: dict[str, Any]) -> list[Row]:
    """`categoryUrls` (strings or {url}), `maxItemsPerStartUrl`. Movers & Shakers pages are refused."""
    want = int(given.get("maxItemsPerStartUrl") or PER_PAGE)
    rows: list[Row] = []
    for url in _urls(given, "categoryUrls"):
        if "bestsellers" not in url.lower() and "best-sellers" not in url.lower():
            raise BadInput(f"Invalid start url without 'bestsellers' or 'Best-Sellers' keyword included: {url}")
        category = category_of(url)
        if category.startswith("nosuch"):
            rows.append({"error": "bestsellers_category_not_found", "categoryUrl": url, "input": {"url": url}})
            continue
        title = TITLES.get(category, f"Amazon Best Sellers: Best {category.replace('-', ' ').title()}")
        ranked = world.shelves.ranked(category, ask.day)[: min(want, PER_PAGE)]
        rows += [_product(ask, world, product, rank, url, title) for rank, product in enumerate(ranked, start=1)]
    return rows


def _product(ask: Ask, world: World, product: Product, rank: int, url: str, title: str) -> Row:
    code = int(product.asin[2:], 36)
    row: Row = {
        "position": rank,
        "category": title,
        "categoryUrl": url,
        # the Actor takes the card's HTML: ampersands arrive escaped
        "name": product.name.replace("&", "&amp;"),
        "price": _price(world, product, code),
        "currency": None if product.price_cents is None else "$",
        "numberOfOffers": 1 + code % 9,
        "url": f"https://www.amazon.com/dp/{product.asin}/ref=zg_bs_{rank}?psc=1",
        "thumbnail": signed_url(ask, world.seed, f"/covers/product/{product.asin}.jpeg"),
        "stars": product.stars,
        "reviewsCount": product.reviews,
        "input": {"url": url},
    }
    if world.dice.uniform("a/hasasin", code) < 0.5:
        row["asin"] = product.asin
    return row


def _price(world: World, product: Product, code: int) -> Any:
    if product.price_cents is None:
        return None
    price = product.price_cents / 100
    return {"value": price, "currency": "$"} if world.dice.uniform("a/object", code) < 0.1 else price


def movers(ask: Ask, world: World, given: dict[str, Any]) -> list[Row]:
    """The neutral movers shape: position in the movers list, percentChange as the page writes it, sales ranks."""
    want = int(given.get("maxItemsPerStartUrl") or given.get("maxItems") or PER_PAGE)
    rows: list[Row] = []
    for url in _urls(given, "categoryUrls", "startUrls"):
        category = category_of(url)
        before = world.shelves.ranks(category, ask.day - 1)
        gains = []
        for rank, product in enumerate(world.shelves.ranked(category, ask.day), start=1):
            previous = before.get(product.asin)
            if previous is None or previous > rank:
                gains.append((-(previous or 100_000) / rank, rank, previous, product))
        gains.sort(key=lambda gain: gain[:2])
        for position, (_, rank, previous, product) in enumerate(gains[:want], start=1):
            percent = None if previous is None else f"{round((previous - rank) / rank * 100):,}%"
            rows.append(
                {
                    "asin": product.asin,
                    "name": product.name,
                    "url": f"https://www.amazon.com/dp/{product.asin}",
                    "category": category,
                    "categoryUrl": url,
                    "position": position,
                    "percentChange": percent,
                    "salesRank": rank,
                    "previousSalesRank": previous,
                    "movement": "new" if previous is None else "up",
                    "price": None if product.price_cents is None else product.price_cents / 100,
                    "currency": "$",
                    "stars": product.stars,
                    "reviewsCount": product.reviews,
                    "thumbnail": signed_url(ask, world.seed, f"/covers/product/{product.asin}.jpeg"),
                }
            )
    return rows


def planted(world: World, number: int) -> list[dict[str, Any]]:
    """Products that jump on a day, by category."""
    jumps: list[dict[str, Any]] = []
    for category in ROOT_PARTS:
        before, after = world.shelves.ranks(category, number - 1), world.shelves.ranks(category, number)
        for product in world.shelves.movers(category, number):
            asin = world.shelves.product(category, product, number).asin
            if asin in after:
                ranks = {"rank": after[asin], "previous_rank": before.get(asin)}
                jumps.append(breakout("amazon", asin, started_at=number * DAY, category=category, **ranks))
    return jumps


SIMULATION = Simulation(
    provider="apify",
    actors={
        "junglee/amazon-bestsellers": Actor("iHaiR8VIUt13olbXg", bestsellers, 2.50),
        # of our own neutral shape: no public actor's rows are known
        "sandbox/amazon-movers": Actor("sandboxMoversAct1", movers, 2.50),
    },
    world={"shelves": lambda world: Shelves(world.dice, world.stories)},
    truth=planted,
    tells="amazon",
)
