"""Stories that run through several platforms at once: the same product and link within a few days, so that
merging across sources has something true to find. Which platforms tell them is declared by the simulations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.curves import Batch
from trend_assets.sandbox.life.dice import Dice
from trend_assets.sandbox.life.names import brand

STORIES_PER_DAY = 3
LONGEST_DAYS = 9


@dataclass(frozen=True, slots=True)
class Story:
    """One product that people talk about. `url` is what every platform links to; days are epoch days."""

    key: str
    title: str
    hashtag: str
    url: str
    platforms: tuple[str, ...]
    category: str
    first_day: int
    last_day: int


class Stories:
    """Which stories live on which day."""

    def __init__(self, dice: Dice, platforms: Sequence[str]) -> None:
        self._dice, self._platforms = dice, platforms
        self._story = lru_cache(maxsize=4096)(self._make_story)
        self.active = lru_cache(maxsize=512)(self._active)
        self.on_platform = lru_cache(maxsize=2048)(self._on_platform)

    def _make_story(self, day: int, number: int) -> Story:
        dice, at = self._dice, (day, number)
        thing = dice.pick(words.STORY_THINGS, "story/thing", *at)
        name = brand(dice, "story/brand", *at)
        title = f"{name} {thing}"
        slug = title.lower().replace(" ", "-")
        # two platforms at least; the rest by chance, most stories reach three
        order = sorted(self._platforms, key=lambda platform: dice.uniform(f"story/on/{platform}", *at))
        reach = 2 + dice.integer(4, "story/reach", *at)
        return Story(
            key=f"story-{day}-{number}",
            title=title,
            hashtag=name.lower() + thing.split()[-1],
            url=f"https://shop.{name.lower()}.example/p/{slug}",
            platforms=tuple(sorted(order[:reach])),
            category=dice.pick(tuple(words.PRODUCT_KINDS), "story/category", *at),
            first_day=day,
            last_day=day + 3 + dice.integer(LONGEST_DAYS - 3, "story/days", *at),
        )

    def starting(self, day: int) -> tuple[Story, ...]:
        """The stories that begin on a day."""
        return tuple(self._story(day, number) for number in range(STORIES_PER_DAY))

    def told_by(self, items: Batch, row: int, *, day: int, platform: str) -> Story | None:
        """The story that an item of that day tells, if any: its `story` is the place among those of the platform."""
        place = int(items.story[row])
        return self.on_platform(day, platform)[place] if place >= 0 else None

    def _active(self, day: int) -> tuple[Story, ...]:
        begun = (story for first in range(day - LONGEST_DAYS, day + 1) for story in self.starting(first))
        return tuple(story for story in begun if story.last_day >= day)

    def _on_platform(self, day: int, platform: str) -> tuple[Story, ...]:
        return tuple(story for story in self.active(day) if platform in story.platforms)
