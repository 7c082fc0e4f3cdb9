"""What a story is worth: additive parts, each with its reason. The sum of the parts is the score, nothing else is.

    chance in its best source              its probability of rising; before one is known, what its place stands for
      + source weight      chance x (weight - 1)                              <= 0
      + other sources      chance x weight x share x place there              0 .. FUSION_LIMIT of it

So the score is chance x weight x fusion. Chances are the common unit: mean ratios of different sources on one axis let
one platform own the feed, and percentiles of a list of 8 and of one of 400 do not mean the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trend_assets.domain.feed.rules import DEPENDENT_FUSION_SHARE, FUSION_LIMIT, FUSION_SHARE, FeedRules, prior_chance
from trend_assets.text import plural


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
    chance: float | None = None
    chance_outcomes: int = 0
    why_no_chance: str = ""

    @property
    def likelihood(self) -> float:
        """Its chance, or what its place stands for while there is none."""
        return float(prior_chance(self.percentile, self.items)) if self.chance is None else self.chance


@dataclass(frozen=True, slots=True)
class Part:
    """One addend of a score."""

    name: str
    value: float
    why: str


def worth(member: Member, rules: FeedRules) -> float:
    """Likelihood x source weight: what a member counts for, comparable over sources."""
    return member.likelihood * rules.weight_of(member.source)


def order_key(member: Member, rules: FeedRules) -> tuple:
    """The worthiest first; equally worthy: the better place, the larger field, then names, so that the order never
    depends on the input's."""
    return (
        -round(worth(member, rules), 12),
        -round(member.percentile, 12),
        -member.items,
        member.source,
        member.platform,
        member.external_id,
    )


def score_story(members: Sequence[Member], rules: FeedRules) -> tuple[Member, list[Part]]:
    """The leading member (the worthiest) and the parts of the story's score, rounded to 6 decimals."""
    ordered = sorted(members, key=lambda member: order_key(member, rules))
    lead = ordered[0]
    weight = rules.weight_of(lead.source)
    title = rules.title_of(lead.source)
    parts = [_likelihood(lead, title)]
    if weight != 1.0:
        parts.append(Part("source_weight", lead.likelihood * (weight - 1.0), f"{title} counts {weight:g}."))
    parts.extend(_fusion(lead, ordered, rules))
    return lead, [Part(part.name, round(part.value, 6), part.why) for part in parts]


def _likelihood(lead: Member, title: str) -> Part:
    place = f"place {lead.rank} of {lead.items} in {title}"
    if lead.chance is not None:
        rests = f" (rests on {plural(lead.chance_outcomes, 'outcome')})" if lead.chance_outcomes else ""
        return Part("chance", lead.chance, f"{lead.chance:.0%} likely to be in the top tenth{rests}; {place}.")
    why = lead.why_no_chance or "No probability yet."
    return Part("place", lead.likelihood, f"{why} {place[0].upper()}{place[1:]} is taken as {lead.likelihood:.0%}.")


def _fusion(lead: Member, ordered: Sequence[Member], rules: FeedRules) -> list[Part]:
    """The bonus for every further source that has the story, the worthiest first, until the limit."""
    parts: list[Part] = []
    base = worth(lead, rules)
    left = round(FUSION_LIMIT * base, 6)
    sources, platforms = {lead.source}, {lead.platform}
    creators = _names_of(lead)
    for member in ordered[1:]:
        if member.source in sources or rules.weight_of(member.source) <= 0 or left <= 0:
            continue
        independent = member.platform not in platforms and not creators & _names_of(member)
        # rounded here, since what is stored may not add up to more than the limit
        share = FUSION_SHARE if independent else DEPENDENT_FUSION_SHARE
        value = round(min(left, base * share * member.percentile), 6)
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
        creators |= _names_of(member)
    return parts


def _names_of(member: Member) -> set[str]:
    """What its creator is recognised by: the id, and the handle without signs."""
    plain = "".join(filter(str.isalnum, member.handle.casefold()))
    return {name for name in (member.creator, f"@{plain}" if member.handle else "") if name}


def total(parts: Sequence[Part]) -> float:
    """The score: the sum of the rounded parts, rounded the same way."""
    return round(sum(part.value for part in parts), 6)
