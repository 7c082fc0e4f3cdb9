"""Amazon: products of categories whose sales, and so ranks, move day by day; new arrivals and a few planted movers."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.codes import BASE36, to_base
from trend_assets.sandbox.life.dice import Dice, text_number
from trend_assets.sandbox.life.names import brand
from trend_assets.sandbox.life.stories import STORIES_PER_DAY, Stories, Story

PER_CATEGORY = 170
MOVERS_PER_DAY = 3
ROOT_PARTS = ("beauty", "hpc", "home", "electronics", "kitchen")
TITLES = {
    "": "Amazon Best Sellers: Best Sellers",
    "beauty": "Amazon Best Sellers: Best Beauty & Personal Care",
    "hpc": "Amazon Best Sellers: Best Health & Household",
}


@dataclass(frozen=True, slots=True)
class Product:
    """A product on a shelf. `asin` is stable, `price_cents` None where the page shows none."""

    category: str
    number: int
    asin: str
    name: str
    price_cents: int | None
    stars: float | None
    reviews: int | None


def category_of(url: str) -> str:
    """The category key of a best-seller or movers address: '' for the root list, else the first node after zgbs."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    for marker in ("zgbs", "movers-and-shakers", "bestsellers"):
        if marker in parts:
            after = [part for part in parts[parts.index(marker) + 1 :] if not part.startswith("ref=")]
            return after[0].lower() if after else ""
    return parts[-1].lower() if parts else ""


class Shelves:
    """All products and their ranks, of a seed."""

    def __init__(self, dice: Dice, stories: Stories) -> None:
        self.dice, self.stories = dice, stories
        self.product = lru_cache(maxsize=20_000)(self._product)
        self.ranked = lru_cache(maxsize=256)(self._ranked)

    def movers(self, category: str, day: int) -> list[int]:
        """The products whose sales are planted to jump on a day (truth)."""
        order = self.dice.uniform(
            "a/mover", np.arange(PER_CATEGORY), np.full(PER_CATEGORY, text_number(category) >> 20), day
        )
        return [int(number) for number in np.argsort(order)[:MOVERS_PER_DAY]]

    def _sales(self, category: str, day: int) -> np.ndarray:
        """Log sales of every product on a day; -inf where it is not (yet, any more) sold."""
        dice, key = self.dice, text_number(category) >> 20
        p, k = np.arange(PER_CATEGORY), np.full(PER_CATEGORY, key)
        level = 1.1 * dice.normal("a/level", p, k)
        for wave, amplitude in ((1, 0.5), (2, 0.3)):
            period = dice.between(8, 70, f"a/period{wave}", p, k)
            level += amplitude * np.sin(2 * np.pi * day / period + dice.between(0, 6.28, f"a/phase{wave}", p, k))
        level += 0.10 * dice.normal("a/noise", p, k, np.full(PER_CATEGORY, day))
        for past in range(5):
            level[self.movers(category, day - past)] += 2.6 * 0.65**past
        # one product in six comes and goes in cycles of its own
        cycle = dice.integer(80, "a/cycle", p, k) + 60
        absent = (dice.uniform("a/seasonal", p, k) < 0.16) & (
            (day + dice.integer(60, "a/offset", p, k)) % cycle > cycle * 0.6
        )
        level[absent] = -np.inf
        for slot, story in self._story_slots(category, day):
            level[slot] = 1.0 + 0.45 * (day - story.first_day)
        return level

    def _story_slots(self, category: str, day: int) -> list[tuple[int, Story]]:
        """The last shelf places belong to the products of stories, a fixed place each."""
        own = [story for story in self.stories.on_platform(day, "amazon") if story.category == category]
        places = []
        for story in own:
            _, first_day, number = story.key.split("-")
            places.append((PER_CATEGORY - 1 - (int(first_day) * STORIES_PER_DAY + int(number)) % 40, story))
        return places

    def _ranked(self, category: str, day: int) -> tuple[Product, ...]:
        if category == "":
            pools = [[(-level, part, n) for n, level in enumerate(self._sales(part, day))] for part in ROOT_PARTS]
            order = sorted(entry for pool in pools for entry in pool if np.isfinite(entry[0]))
            return tuple(self.product(part, number, day) for _, part, number in order[:120])
        level = self._sales(category, day)
        return tuple(
            self.product(category, int(n), day) for n in np.argsort(-level, kind="stable") if np.isfinite(level[n])
        )

    def _product(self, category: str, number: int, day: int) -> Product:
        dice, key = self.dice, text_number(category) >> 20
        story = dict(self._story_slots(category, day)).get(number)
        identity = text_number(story.key) >> 20 if story else number
        kinds = words.PRODUCT_KINDS.get(category) or tuple(
            kind for part in ROOT_PARTS for kind in words.PRODUCT_KINDS[part]
        )
        name = (
            story.title.title()
            if story
            else (
                f"{brand(dice, 'a/brand', number, key)} {dice.pick(words.PRODUCT_QUALITIES, 'a/q', number, key)} "
                f"{dice.pick(kinds, 'a/kind', number, key).title()}"
            )
        )
        if dice.uniform("a/amp", number, key) < 0.15:
            name += " & Refill, Gift-Ready"
        fresh = dice.uniform("a/fresh", identity, key) < 0.03
        price = int(10 ** dice.between(0.75, 1.9, "a/price", identity, key)) * 100 + 99
        # prices change now and then, in steps of a week
        price -= 100 * dice.integer(3, "a/sale", identity, key, day // 7)
        reviews = int(10 ** dice.between(1.5, 4.9, "a/reviews", identity, key))
        return Product(
            category=category,
            number=number,
            asin="B0" + to_base(dice.bits("a/asin", identity, key) % 36**8, BASE36, 8).upper(),
            name=name,
            price_cents=None if dice.uniform("a/noprice", identity, key) < 0.03 else max(price, 199),
            stars=None if fresh else round(dice.between(3.6, 4.9, "a/stars", identity, key), 1),
            reviews=None if fresh else reviews + int(reviews * 0.002 * max(day - 20_500, 0)),
        )

    def ranks(self, category: str, day: int) -> dict[str, int]:
        """Rank by ASIN on a day, 1 is first."""
        return {product.asin: rank for rank, product in enumerate(self.ranked(category, day), start=1)}
