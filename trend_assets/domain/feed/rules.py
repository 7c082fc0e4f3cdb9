"""The numbers that decide about the feed, each with its reason, and what the feed knows about a source."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Tier = Literal["core", "stretch"]

CORE_WEIGHT = 1.0
# What a place stands for where there is no probability yet: the share of risers found at each place of a list under the
# parameter-free order (Reddit hourly 2023-24, 21,000 graded items, as in docs/scoreboard.md; straight lines between).
# A short list is drawn to the middle as if PRIOR_ITEMS more items stood there: place 1 of 8 counts like 28 of 100.
PRIOR_PLACES, PRIOR_CHANCES = (0.0, 0.5, 0.8, 0.95, 1.0), (0.02, 0.07, 0.12, 0.3, 0.5)
PRIOR_ITEMS = 8
# Another platform's independent list adds a tenth to what a story is worth when it stands first there; a second list of
# the same platform, or the same creator posting it again, half of that. At most two full confirmations: a story cannot
# rank by copies alone.
FUSION_SHARE = 0.10
DEPENDENT_FUSION_SHARE = 0.05
FUSION_LIMIT = 0.20
PER_CREATOR = 3
# A percentile makes sources comparable, not equally many: a list of 400 items has seven times as many above any
# percentile as one of 55. Above this share of the places other sources' stories come first.
SOURCE_SHARE = 0.3
# The same share holds for the first places, which most readers do not go beyond, and nobody has two of the first five.
FIRST_PLACES, OPENING_PLACES, PER_CREATOR_IN_OPENING = 10, 5, 1
# Below this chance it is in the middle of its own source: no news, and not used to fill an issue up.
FLOOR = 0.07
# "It changed": what lets a story return within the memory.
RETURN_VIEWS_RATIO = 2.0
RETURN_RANK_RATIO = 0.5
# How many candidates per source go into the merge, as a multiple of the feed's size: 28 days of memory can hold back at
# most 28 x size stories over all sources, 3.5 x size per source with eight sources, and as many again as copies.
CANDIDATES_PER_PLACE = 8


def prior_chance(percentile: ArrayLike, items: int) -> NDArray[np.float64]:
    """The chance that each place in a list of so many items stands for, before anything has been learned there."""
    shrunk = (items * np.asarray(percentile, np.float64) + PRIOR_ITEMS * 0.5) / (items + PRIOR_ITEMS)
    return np.asarray(np.interp(shrunk, PRIOR_PLACES, PRIOR_CHANCES), np.float64)


@dataclass(frozen=True, slots=True)
class SourceRule:
    """What the merge knows of a source. `is_blended` False: its terms forbid ranking it with others; `after`: the
    source without which it cannot be asked; `is_optional`: the user's own files, of which a day without any is no
    failure and not worth a line."""

    name: str
    title: str
    tier: Tier
    weight: float
    is_blended: bool = True
    after: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class FeedRules:
    """The rules of one feed. `sources` by name, in the order in which people list them."""

    sources: Mapping[str, SourceRule] = field(default_factory=dict)
    size: int = 50
    memory_days: int = 28
    per_creator: int = PER_CREATOR
    source_share: float = SOURCE_SHARE
    floor: float = FLOOR
    with_stretch: bool = True
    with_adult: bool = False

    @property
    def per_source(self) -> int:
        """Places that one source takes while other sources have stories."""
        return math.ceil(self.size * self.source_share)

    @property
    def first_per_source(self) -> int:
        """Of the first places so many may be one source's while other sources have stories."""
        return math.ceil(min(FIRST_PLACES, self.size) * self.source_share)

    @property
    def candidates_per_source(self) -> int:
        return self.size * CANDIDATES_PER_PLACE

    def title_of(self, source: str) -> str:
        """The source's name for people; its own name where it is not registered."""
        return self.sources[source].title if source in self.sources else source.replace("_", " ")

    def weight_of(self, source: str) -> float:
        """The weight of a source; 0 for one that is unknown, not blended, or a stretch source that is left out."""
        rule = self.sources.get(source)
        if rule is None or not rule.is_blended or (rule.tier == "stretch" and not self.with_stretch):
            return 0.0
        return rule.weight
