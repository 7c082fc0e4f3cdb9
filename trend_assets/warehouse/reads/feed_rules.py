"""The feed's rules from what the sources declare and the settings."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Literal

from trend_assets.settings import Settings

if TYPE_CHECKING:
    from trend_assets.domain.feed.rules import FeedRules
    from trend_assets.warehouse.warehouse import Warehouse


def rules_of_day(warehouse: "Warehouse", settings: Settings, day: date) -> "FeedRules":
    """The rules of a day; whether a source's data is simulated is read from what it brought."""
    from trend_assets.warehouse.reads.feed import read_attempts

    attempts = read_attempts(warehouse, day)
    simulated = attempts[attempts["is_simulated"].fillna(False).astype(bool)]["source"] if len(attempts) else ()
    return feed_rules(settings, simulated=dict.fromkeys(simulated, True))


def feed_rules(settings: Settings, *, simulated: Mapping[str, bool] | None = None) -> "FeedRules":
    """The rules of a day. `simulated` says per source whether its data is the sandbox's: its terms bind nobody."""
    from trend_assets.domain.feed.rules import CORE_WEIGHT, FeedRules, SourceRule
    from trend_assets.sources.discovery import LISTS, named, title_of, with_role

    is_simulated = simulated or {}
    rules = {}
    for name, spec in LISTS.items():
        tier: Literal["core", "stretch"] = "stretch" if spec.tier == "stretch" else "core"
        weight = settings.stretch_weight if tier == "stretch" else spec.weight
        blended = not withheld_reason(name, settings, simulated=is_simulated.get(name, False))
        after = named("source", "search_words").removeprefix("source.") if spec.role == "creator_search" else ""
        rules[name] = SourceRule(name, title_of(name), tier, weight, blended, after)
    for own in with_role("own_files"):
        rules[own.name] = SourceRule(own.name, title_of(own.name), "core", CORE_WEIGHT, is_optional=True)
    return FeedRules(
        rules,
        size=settings.feed_size,
        memory_days=settings.feed_memory_days,
        source_share=settings.feed_source_share,
        with_stretch=settings.feed_with_stretch,
        with_adult=settings.feed_with_adult,
    )


def withheld_reason(source: str, settings: Settings, *, simulated: bool) -> str:
    """Why a source may not be ranked with others, as a sentence; empty when it may."""
    from trend_assets.sources.policies import effective_policy

    policy = effective_policy(source, settings, simulated)
    return "" if policy.may_blend and policy.may_derive else policy.reason
