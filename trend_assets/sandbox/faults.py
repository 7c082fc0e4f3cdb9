"""The fault switches: which there are, which are on, and whether a request meets one.

What a fault does to an answer belongs to `gate` (transport: any provider), `spoil` (shape) and the folders of the
providers, which declare their own (`Simulation.faults`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from trend_assets.sandbox.simulation import simulations

TRANSPORT, SHAPE = "any", "lists"
OF_TRANSPORT: dict[str, str] = {
    "down": "The provider answers 503 to everything; with `dates` only for those UTC days.",
    "status": "Answers `status` (default 500) in the provider's own error shape; `retry_after` sets the header.",
    "rate_limited": "429 in the provider's own shape; `retry_after` (seconds, or any text) is sent if given.",
    "latency": "Waits `seconds` (default 0.3) before answering.",
    "html": "200 with an HTML page instead of JSON.",
    "empty_body": "200 with no body.",
    "truncated_length": "Promises the whole length, sends half, closes.",
    "truncated_chunked": "Chunked transfer that ends without its last chunk.",
    "truncated_close": "No length, half of the body, then close: looks complete.",
    "drip": "Sends one byte every `seconds` (default 0.2).",
    "hang": "Accepts the request and never answers (`seconds`, default 3600).",
    "reset": "Resets the connection before any header.",
    "lost_reply": "Does what was asked (a run is created and billed), then drops the connection.",
    "error_after": "Does what was asked, then answers `status` (default 502).",
    "huge_headers": "Answers with 2 MB of headers.",
    "redirect": "302 to `location` (default http://169.254.169.254/latest/).",
    "gzip_bomb": "A small gzip body that inflates to `megabytes` (default 300).",
    "big_body": "A JSON body of `megabytes` (default 300), streamed.",
    "bad_json": "`variant`: nan, infinity, deep, huge_int, bom, duplicate_keys, list, null, strings.",
    "clock_skew": "The Date header is off by `seconds` (default 7200).",
    "unauthorized": "The key is refused with 401 (400 at YouTube and Instagram), as a wrong key is.",
}
"""Done by the gate, for every provider."""
OF_SHAPE: dict[str, str] = {
    "no_results": "200 with an empty list and nothing more; Apify: rows of noResults, billed.",
    "payment_required": "402 'Insufficient balance'. Apify: 402 not-enough-usage-to-run-paid-actor.",
    "same_cursor": "The cursor never moves and has_more stays 1.",
    "shape_moved": "Renames the list or its fields, as after an API change. All providers but the CDN.",
    "odd_counts": "Counts as text ('1.2M'), -1, 2^63, 1.5 and null. Also Apify items.",
    "broken_text": "NUL, lone surrogates, bidi marks and script in captions and names.",
    "huge_text": "The first caption is 1 MB long and has 100,000 hashtags.",
    "odd_times": "create_time in milliseconds, microseconds, -1 and the year 2999.",
    "counts_down": "Every count is corrected downwards by 10 %. Also YouTube.",
    "duplicates": "Every third item is there twice. Also Apify items, YouTube search and Reddit.",
    "null_cha_list": "cha_list is null in every TikTok video.",
    "short_page": "Search pages hold half of what is asked for. Apify: half of the items it counts.",
}
"""Done to the items of whichever provider meets them."""


@cache
def catalogue() -> Mapping[str, tuple[str, str]]:
    """Every switch: whom it is about ("any", "lists" or a provider, whose folder declares it) and what it does."""
    shared = {TRANSPORT: OF_TRANSPORT, SHAPE: OF_SHAPE}
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
