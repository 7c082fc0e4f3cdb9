"""The numbers that decide about the feed, each with its reason, and what the feed knows about a source."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Tier = Literal["core", "stretch"]

CORE_WEIGHT = 1.0
# An item measured once is ranked without growth. Measured on real series the first 20 hold 0.58 risers over
# all items and 0.71 among those seen before: a place in the class "new" is worth 0.58 / 0.71.
NEW_WEIGHT = 0.8
# Another platform's independent list is worth a tenth of its own heat; a second list of the same platform, or the same
# creator posting it again, half of that. At most two full confirmations: a story cannot rank by copies alone.
FUSION_SHARE = 0.10
DEPENDENT_FUSION_SHARE = 0.05
FUSION_LIMIT = 0.20
PER_CREATOR = 3
# A percentile makes sources comparable, not equally many: a list of 400 items has seven times as many above any
# percentile as one of 55. Above this share of the places other sources' stories come first.
SOURCE_SHARE = 0.3
# Below this it is in the middle of its own source: no news, and not used to fill an issue up.
FLOOR = 0.6
# An issue with fewer items than this share of its size calls itself a quiet day.
QUIET_SHARE = 0.2
# "It changed": what lets a story return within the memory.
RETURN_VIEWS_RATIO = 2.0
RETURN_RANK_RATIO = 0.5
# How many candidates per source go into the merge, as a multiple of the feed's size: 28 days of memory can hold back at
# most 28 x size stories over all sources, 3.5 x size per source with eight sources, and as many again as copies.
CANDIDATES_PER_PLACE = 8


@dataclass(frozen=True, slots=True)
class SourceRule:
    """What the merge knows of a source. `is_blended` False: its terms forbid ranking it with others."""

    name: str
    title: str
    tier: Tier
    weight: float
    is_blended: bool = True


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

    @property
    def per_source(self) -> int:
        """Places that one source takes while other sources have stories."""
        return math.ceil(self.size * self.source_share)

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
