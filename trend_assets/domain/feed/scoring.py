"""What a story is worth: additive parts, each with its reason. The sum of the parts is the score, nothing else is.

    percentile in its best source
      + source weight      percentile x (weight - 1)                    <= 0
      + thin evidence      percentile x weight x (NEW_WEIGHT - 1)       <= 0, for items measured once
      + other sources      share x the heat that the story has there    0 .. FUSION_LIMIT

Percentiles are the common unit: mean ratios of different sources on one axis let one platform own the feed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trend_assets.domain.feed.rules import (
    DEPENDENT_FUSION_SHARE,
    FUSION_LIMIT,
    FUSION_SHARE,
    NEW_WEIGHT,
    FeedRules,
)

CLASS_NAMES = {"measured": "by measured growth", "new": "among items measured once", "position": "by list position"}


@dataclass(frozen=True, slots=True)
class Member:
    """One row of a story: an item as one source saw it. `position` is its row among the candidates."""

    position: int
    source: str
    platform: str
    external_id: str
    creator: str
    handle: str
    score_class: str
    percentile: float
    rank: int
    items: int


@dataclass(frozen=True, slots=True)
class Part:
    """One addend of a score."""

    name: str
    value: float
    why: str

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value, "why": self.why}


def heat(member: Member, rules: FeedRules) -> float:
    """Percentile x source weight x evidence: what a member counts for, comparable over sources."""
    return member.percentile * rules.weight_of(member.source) * (NEW_WEIGHT if member.score_class == "new" else 1.0)


def order_key(member: Member, rules: FeedRules) -> tuple:
    """Hottest first; equal heat: the larger field, then names, so that the order never depends on the input's."""
    return (-round(heat(member, rules), 12), -member.items, member.source, member.platform, member.external_id)


def score_story(members: Sequence[Member], rules: FeedRules) -> tuple[Member, list[Part]]:
    """The leading member (hottest) and the parts of the story's score, rounded to 6 decimals."""
    ordered = sorted(members, key=lambda member: order_key(member, rules))
    lead = ordered[0]
    weight = rules.weight_of(lead.source)
    title = rules.title_of(lead.source)
    parts = [
        Part(
            "percentile",
            lead.percentile,
            f"Place {lead.rank} of {lead.items} {CLASS_NAMES.get(lead.score_class, '')} in {title}.".replace("  ", " "),
        )
    ]
    if weight != 1.0:
        parts.append(Part("source_weight", lead.percentile * (weight - 1.0), f"{title} counts {weight:g}."))
    if lead.score_class == "new":
        parts.append(
            Part(
                "thin_evidence",
                lead.percentile * weight * (NEW_WEIGHT - 1.0),
                "Measured once: growth is not known yet.",
            )
        )
    parts.extend(_fusion(lead, ordered, rules))
    return lead, [Part(part.name, round(part.value, 6), part.why) for part in parts]


def _fusion(lead: Member, ordered: Sequence[Member], rules: FeedRules) -> list[Part]:
    """The bonus for every further source that has the story, hottest first, until the limit."""
    parts: list[Part] = []
    left = FUSION_LIMIT
    sources, platforms = {lead.source}, {lead.platform}
    creators = {name for name in (lead.creator, _plain(lead.handle)) if name}
    for member in ordered[1:]:
        if member.source in sources or rules.weight_of(member.source) <= 0 or left <= 0:
            continue
        known = bool(creators & {name for name in (member.creator, _plain(member.handle)) if name})
        independent = member.platform not in platforms and not known
        # rounded here, since what is stored may not add up to more than the limit
        value = round(min(left, heat(member, rules) * (FUSION_SHARE if independent else DEPENDENT_FUSION_SHARE)), 6)
        left = round(left - value, 6)
        reason = "an independent source"
        if not independent:
            reason = "another list of a platform it is on" if member.platform in platforms else "the same creator"
        parts.append(
            Part(
                f"also_in:{member.source}",
                value,
                f"Also place {member.rank} of {member.items} in {rules.title_of(member.source)} ({reason}).",
            )
        )
        sources.add(member.source)
        platforms.add(member.platform)
        creators |= {name for name in (member.creator, _plain(member.handle)) if name}
    return parts


def _plain(handle: str) -> str:
    return "@" + "".join(c for c in handle.casefold() if c.isalnum()) if handle else ""


def total(parts: Sequence[Part]) -> float:
    """The score: the sum of the rounded parts, rounded the same way."""
    return round(sum(part.value for part in parts), 6)
