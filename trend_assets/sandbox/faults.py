"""The fault switches: which there are, which are on, and whether a request meets one.

What a fault does to an answer belongs to `gate` (transport: any provider), `spoil` (shape) and the folders of the
providers, which declare their own (`Simulation.faults`).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from trend_assets.sandbox.simulation import simulations

TRANSPORT, SHAPE = "any", "lists"


@cache
def catalogue() -> Mapping[str, tuple[str, str]]:
    """Every switch: whom it is about ("any", "lists" or a provider, whose folder declares it) and what it does."""
    kinds = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))
    shared: dict[str, Mapping[str, str]] = {TRANSPORT: kinds["transport"], SHAPE: kinds["shape"]}
    own = {each.provider: each.faults for each in simulations() if each.faults}
    return {name: (where, about) for where, those in (shared | own).items() for name, about in those.items()}


class UnknownFault(ValueError):
    """No switch of that name; the message lists those there are."""


@dataclass(slots=True)
class Ask:
    """What the sandbox knows about one request: who is asked for what, and when (epoch seconds)."""

    provider: str
    endpoint: str
    path: str
    instant: float
    base_url: str
    is_time_travel: bool = False
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> int:
        """Epoch day of the request's instant."""
        return int(self.instant // 86_400)


@dataclass(slots=True)
class Active:
    """A switch that is on. `endpoint` matches the endpoint's name, or any part of the path (an actor's id)."""

    number: int
    name: str
    provider: str | None
    endpoint: str | None
    times: int | None
    dates: tuple[str, ...]
    options: dict[str, Any]
    hits: int = 0

    def meets(self, ask: Ask) -> bool:
        """Whether the request is one that this switch is about."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.provider and self.provider != ask.provider:
            return False
        if self.endpoint and self.endpoint != ask.endpoint and self.endpoint not in ask.path:
            return False
        return not self.dates or iso_day(ask.instant) in self.dates

    def described(self) -> dict[str, Any]:
        """As listed by the server."""
        return {
            "id": self.number,
            "name": self.name,
            "provider": self.provider,
            "endpoint": self.endpoint,
            "times": self.times,
            "dates": list(self.dates),
            "hits": self.hits,
            **self.options,
        }


def iso_day(instant: float) -> str:
    """The UTC day of an instant, as YYYY-MM-DD."""
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def from_header(text: str) -> dict[str, dict[str, Any]]:
    """`X-Sandbox-Fault: name;option=value, other` as switches for this one request. Raises UnknownFault."""
    switches: dict[str, dict[str, Any]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, *pairs = (piece.strip() for piece in part.split(";"))
        check_name(name)
        switches[name] = {key: _value(value) for key, _, value in (pair.partition("=") for pair in pairs)}
    return switches


def _value(text: str) -> Any:
    """A number where it is written as one; 'nan' and 'infinity' are names of variants here."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d*\.\d+", text) else text


def check_name(name: str) -> None:
    """Raises UnknownFault for a name that is not in the catalogue."""
    if name not in catalogue():
        raise UnknownFault(f"There is no fault switch {name!r}. There are: {', '.join(sorted(catalogue()))}.")


class Faults:
    """The switches of a running sandbox."""

    def __init__(self) -> None:
        self._active: list[Active] = []
        self._count = 0

    def switch_on(
        self,
        name: str,
        *,
        provider: str | None = None,
        endpoint: str | None = None,
        times: int | None = None,
        dates: tuple[str, ...] = (),
        options: dict[str, Any] | None = None,
    ) -> Active:
        """Add a switch; `times` None stays on until it is removed. Raises UnknownFault."""
        check_name(name)
        self._count += 1
        active = Active(self._count, name, provider, endpoint, times, dates, options or {})
        self._active.append(active)
        return active

    def switch_off(self, *, number: int | None = None, name: str | None = None) -> int:
        """Remove one switch by number, all of a name, or all; says how many."""
        kept = [
            a for a in self._active if not ((number is None or a.number == number) and (name is None or a.name == name))
        ]
        removed, self._active = len(self._active) - len(kept), kept
        return removed

    def active(self) -> list[dict[str, Any]]:
        """All switches that were set and not removed, with their hits."""
        return [active.described() for active in self._active]

    def matching(self, name: str, ask: Ask) -> list[Active]:
        """The switches of a name that this request meets, without counting the hit."""
        return [active for active in self._active if active.name == name and active.meets(ask)]

    def take(self, name: str, ask: Ask) -> dict[str, Any] | None:
        """The options of a switch that this request meets (and counts the hit), else None."""
        if name in ask.faults:
            return ask.faults[name]
        for active in self._active:
            if active.name == name and active.meets(ask):
                active.hits += 1
                return active.options
        return None
