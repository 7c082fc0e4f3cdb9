"""Terms per source as data: what may be kept, computed and blended. The terms themselves are declared with it.

Simulated data counts as accepted: nobody's terms bind a simulated world. Retention binds it all the same, so that the
demo shows what live data will do. Enforcing (SQL, Dagster) does not belong here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from types import MappingProxyType

from trend_assets.settings import Settings
from trend_assets.sources.declare import Terms
from trend_assets.sources.discovery import SOURCES, provider_options
from trend_assets.sources.options import variable_of_option

LISTED_ONLY = "listed as the API ranks it"


class PolicyError(ValueError):
    """A source has no terms; the message names it and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Terms):
    """The terms of one source; `reason` is a sentence on what is withheld, empty where nothing is."""

    source: str
    reason: str = ""

    @property
    def acceptance_variable(self) -> str:
        """The environment variable that turns scores and blending on; empty where there is nothing to accept."""
        provider = SOURCES[self.source].provider
        return (
            variable_of_option(provider.name, provider.options, self.acceptance) if provider and self.acceptance else ""
        )


def effective_policy(source: str, settings: Settings, simulated: bool) -> Policy:
    """The terms of `source` under these settings; `simulated` is the rows' `is_simulated`.

    Raises PolicyError for a name without an entry: data without known terms is not used.
    """
    policy = policies().get(source)
    if policy is None:
        raise PolicyError(
            f"Source {source} has no terms, so nothing may be done with its data; "
            "declare a source of that name with its terms in a folder of trend_assets/sources."
        )
    if policy.acceptance and (simulated or _is_accepted(policy, settings)):
        return replace(policy, may_derive=True, may_blend=True)
    if policy.may_derive and policy.may_blend:
        return policy
    change = f"; set {policy.acceptance_variable}=true if you accepted them" if policy.acceptance else ""
    return replace(
        policy,
        reason=f"{source} is {LISTED_ONLY}, without scores or blending: its terms ask for your agreement{change}.",
    )


def _is_accepted(policy: Policy, settings: Settings) -> bool:
    return bool(getattr(provider_options(SOURCES[policy.source].provider, settings), policy.acceptance))


def withheld(settings: Settings, *, simulated: Mapping[str, bool] | bool = False) -> dict[str, str]:
    """For each source whose scores or blending are withheld under these settings: the sentence that says so.
    `simulated` is one answer for all, or one per source name."""
    answers = {
        name: effective_policy(name, settings, simulated if isinstance(simulated, bool) else simulated.get(name, False))
        for name in policies()
    }
    return {name: policy.reason for name, policy in answers.items() if policy.reason}


def underivable(settings: Settings) -> list[str]:
    """Sources from whose live data nothing may be computed under these settings (simulated data always may)."""
    return [name for name in policies() if not effective_policy(name, settings, simulated=False).may_derive]


@cache
def policies() -> Mapping[str, Policy]:
    """The declared terms of every source, by its name, before any setting is applied."""
    return MappingProxyType({name: Policy(source=name, **asdict(source.terms)) for name, source in SOURCES.items()})
