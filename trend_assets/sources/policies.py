"""Terms per source as data: what may be kept, computed and blended. The terms themselves are in `policies.toml`.

    effective_policy(source: str, settings: Settings, simulated: bool) -> Policy
        .may_derive      False: no scores from its statistics (velocity leaves its live snapshots out)
        .may_blend       False: not ranked with other sources (feed lists it apart, "listed as the API ranks it")
        .retention_days  None: keep
        .must_delete     what is deleted there must be deleted here
        .reason          one sentence for people, empty when nothing is withheld
    policies() -> Mapping[str, Policy]           every entry, before settings are applied
    withheld(settings, simulated=...) -> dict    name -> sentence, for doctor and banners
    underivable(settings) -> list[str]           sources whose live rows velocity leaves out

Simulated data counts as accepted: nobody's terms bind a simulated world. Retention binds it all the same, so that the
demo shows what live data will do. Enforcing (SQL, Dagster) does not belong here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from trend_assets.settings import Settings, variable_of

LISTED_ONLY = "listed as the API ranks it"

_REQUIRED = {"may_derive": bool, "may_blend": bool, "must_delete": bool, "note": str, "reference": str}
_OPTIONAL = {"retention_days": int, "acceptance_setting": str, "platform": str}


class PolicyError(ValueError):
    """A source has no terms, or an entry of `policies.toml` is not one; the message names both and what to do."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The terms of one source. `retention_days` None means no limit; `reason` is a sentence on what is withheld."""

    source: str
    retention_days: int | None
    may_derive: bool
    may_blend: bool
    must_delete: bool
    note: str
    reference: str
    acceptance_setting: str = ""
    platform: str = ""
    reason: str = ""

    @property
    def acceptance_variable(self) -> str:
        """The environment variable that turns scores and blending on; empty where there is nothing to accept."""
        return variable_of(self.acceptance_setting) if self.acceptance_setting else ""


def effective_policy(source: str, settings: Settings, simulated: bool) -> Policy:
    """The terms of `source` under these settings; `simulated` is the rows' `is_simulated`.

    Raises PolicyError for a name without an entry: data without known terms is not used.
    """
    policy = policies().get(source)
    if policy is None:
        raise PolicyError(
            f"Source {source} has no terms, so nothing may be done with its data; "
            "add an entry of that name to trend_assets/sources/policies.toml."
        )
    if policy.acceptance_setting and (simulated or getattr(settings, policy.acceptance_setting)):
        return replace(policy, may_derive=True, may_blend=True)
    if policy.may_derive and policy.may_blend:
        return policy
    change = f"; set {policy.acceptance_variable}=true if you accepted them" if policy.acceptance_setting else ""
    return replace(
        policy,
        reason=f"{source} is {LISTED_ONLY}, without scores or blending: its terms ask for your agreement{change}.",
    )


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
    """All entries of `policies.toml`, by source name, before any setting is applied. Read once per process."""
    text = files("trend_assets.sources").joinpath("policies.toml").read_text(encoding="utf-8")
    return MappingProxyType({name: policy_of(name, entry) for name, entry in tomllib.loads(text).items()})


def policy_of(name: str, entry: Mapping[str, Any]) -> Policy:
    """One entry as a Policy. Raises PolicyError naming the entry, the field and what is allowed."""
    known = _REQUIRED | _OPTIONAL
    if missing := sorted(_REQUIRED.keys() - entry.keys()):
        raise PolicyError(f"The terms of {name} lack {', '.join(missing)}; see the head of policies.toml.")
    for field, value in entry.items():
        expected = known.get(field)
        if expected is None:
            raise PolicyError(f"The terms of {name} have an unknown field {field}; known are {', '.join(known)}.")
        if type(value) is not expected:
            raise PolicyError(f"The terms of {name}: {field} must be {expected.__name__}, not {value!r}.")
    if (days := entry.get("retention_days")) is not None and days < 1:
        raise PolicyError(
            f"The terms of {name}: retention_days must be at least 1; leave it out to keep without limit."
        )
    setting = entry.get("acceptance_setting", "")
    if setting and setting not in Settings.model_fields:
        raise PolicyError(f"The terms of {name}: {setting} is not a setting; see trend_assets/settings.py.")
    return Policy(
        source=name,
        retention_days=entry.get("retention_days"),
        may_derive=entry["may_derive"],
        may_blend=entry["may_blend"],
        must_delete=entry["must_delete"],
        note=entry["note"],
        reference=entry["reference"],
        acceptance_setting=setting,
        platform=entry.get("platform", ""),
    )
