"""Trending search words of a day: a slowly changing list with near-duplicates and several languages."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.dice import Dice, text_number
from trend_assets.sandbox.life.names import fill
from trend_assets.sandbox.life.stories import Stories

PER_DAY = 98
POOL = 900
NEAR_DUPLICATES = 6
STORY_WORDS = 4


@dataclass(frozen=True, slots=True)
class Keyword:
    """One entry of the day's list, in rank order; `mark` is the provider's undocumented type."""

    text: str
    mark: str


class Keywords:
    """The trending words of a seed."""

    def __init__(self, dice: Dice, stories: Stories) -> None:
        self._dice, self._stories = dice, stories
        self.of_day = lru_cache(maxsize=512)(self._of_day)
        self._text = lru_cache(maxsize=POOL)(self._make_text)

    def _make_text(self, number: int) -> str:
        dice = self._dice
        topic = words.TOPICS[number % len(words.TOPICS)]
        foreign = dice.uniform("kw/foreign", number) < 0.13
        pattern = dice.pick(words.FOREIGN_KEYWORDS if foreign else words.KEYWORD_PATTERNS, "kw/pattern", number)
        text = fill(dice, pattern, topic, "kw", number)
        return text.title() if dice.uniform("kw/case", number) < 0.4 else text

    def _heat(self, day: int) -> np.ndarray:
        """Search interest of each word of the pool: a level, a bump per fortnight, and the day's noise."""
        pool, week = np.arange(POOL), day // 14
        share = (day % 14) / 14
        now, then = (
            self._dice.normal("kw/bump", pool, np.full(POOL, week)),
            self._dice.normal("kw/bump", pool, np.full(POOL, week + 1)),
        )
        level = self._dice.normal("kw/level", pool)
        return (
            level
            + 1.6 * ((1 - share) * now + share * then)
            + 0.5 * self._dice.normal("kw/noise", pool, np.full(POOL, day))
        )

    def _of_day(self, day: int) -> tuple[Keyword, ...]:
        dice = self._dice
        texts: list[str] = []
        for number in np.argsort(-self._heat(day), kind="stable"):
            text = self._text(int(number))
            if text.casefold() not in {known.casefold() for known in texts}:
                texts.append(text)
            if len(texts) == PER_DAY - NEAR_DUPLICATES - STORY_WORDS:
                break
        stories = sorted(
            self._stories.active(day), key=lambda story: dice.uniform("kw/story", day, text_number(story.key))
        )
        for place, story in enumerate(stories[:STORY_WORDS]):
            texts.insert(3 + 7 * place, story.title.lower())
        for place in range(NEAR_DUPLICATES):
            original = texts[dice.integer(60, "kw/twin", day, place)]
            twin = original.swapcase() if place % 2 else original.replace(" ", "  ", 1)
            texts.insert(40 + 9 * place, twin if twin != original else original + " ")
        return tuple(Keyword(text, "2" if rank < 3 else "") for rank, text in enumerate(texts[:PER_DAY]))
