"""What is asked of a provider and what it answered, as values; shared by every client, parser and the capture layer.

    build a Call ──▶ obtain(call) ──▶ Answer (verbatim bytes) ──▶ parse(answer) ──▶ Parsed (typed rows + quarantine)

`obtain` is either a client's own `execute` (the network) or the capture session's `obtain`, which replays stored
answers, reserves money in the ledger, and stores the bytes before anything is parsed. Clients cannot tell.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Outcome = Literal["ok", "partial", "failed"]
"""What an answer is: `failed` only as it is stored of a call that failed."""


@dataclass(frozen=True, slots=True)
class Call:
    """One priced request to a provider, without any secret.

    `endpoint` is the provider's path or actor id, `params` and `body` what identifies the request;
    `max_cost_usd` is what it can cost at most (reserved in the ledger before the call); `units` counts against the
    provider's own quota named by `bucket` (YouTube: `search`, `units`); a call without price and units leaves no
    ledger row.

    `context` is never sent: it is what the parser needs and the answer does not say (the list and the ranks that a
    second call enriches). It is stored with the request but is not part of its key.
    `marker` is the idempotency marker of a paid start (the ledger's entry id): the Apify client writes it into the run
    that it starts and looks for it before it starts one, so an attempt that died in between is adopted, not repeated.
    `marked_at` is when an earlier attempt wrote it, None for a new one: so far back its run may lie.
    """

    provider: str
    endpoint: str
    params: Mapping[str, Any] = field(default_factory=dict)
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    max_cost_usd: float = 0.0
    units: int = 0
    bucket: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    marker: str = ""
    marked_at: datetime | None = None

    @property
    def starts_a_run(self) -> bool:
        """A POST starts a run that goes on, and is charged, without us; asking twice starts two."""
        return self.method == "POST"

    @property
    def request(self) -> dict[str, Any]:
        """The request as stored with its capture; `Call.from_request` reads it back."""
        return {**self._identity, "context": dict(self.context)}

    @property
    def _identity(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "method": self.method,
            "endpoint": self.endpoint,
            "params": dict(self.params),
            "body": dict(self.body) if self.body is not None else None,
        }

    @classmethod
    def from_request(cls, request: Mapping[str, Any]) -> "Call":
        """The call of a stored request. Its price is not stored with it: what it cost is in the answer."""
        return cls(
            provider=request["provider"],
            endpoint=request["endpoint"],
            params=request.get("params") or {},
            method=request.get("method") or "GET",
            body=request.get("body"),
            context=request.get("context") or {},
        )

    @property
    def key(self) -> str:
        """sha256 over the canonical request: two equal requests share it, in any process."""
        canonical = json.dumps(self._identity, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """The verbatim answer to a call: bytes, status, when it was fetched (UTC), and what it really cost (USD)."""

    call: Call
    status: int
    body: bytes
    fetched_at: datetime
    cost_usd: float = 0.0
    units: int = 0
    outcome: Outcome = "ok"
    note: str = ""
    external_run_id: str = ""
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A paid start that a provider still knows: whether it has ended, and what it cost as far as that is known."""

    run_id: str
    has_ended: bool
    cost_usd: float | None


Obtain = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One received item that could not become a typed row: why (a sentence) and the item itself, as text."""

    reason: str
    raw: str


@dataclass(slots=True)
class Parsed:
    """What one answer held. `rows` are dicts by column name of the source's table, complete but for the capture's
    own columns (observed_date, collected_at, measured_at, capture_id, is_simulated), which the caller adds.

    Invariant: received == len(rows) + duplicates + len(quarantined).
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    received: int = 0
    duplicates: int = 0
    quarantined: list[Quarantined] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CollectContext:
    """What a source's `collect` may know: the partition's day, the capture time (UTC), its own options and its
    provider's, and what upstream tables gave it (`inputs`, e.g. `keywords` for the video search)."""

    day: date
    now: datetime
    options: Any = None
    provider: Any = None
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class CollectReport:
    """How a collection went: `items` received, `complete` False when something is missing, `problems` as sentences,
    `capped` True when a limit of ours or the provider's cut it off. `asked`: names of the settings that were asked for
    one by one → whether they had a result; None where that cannot be told (it failed, a limit came first)."""

    items: int = 0
    complete: bool = True
    capped: bool = False
    problems: list[str] = field(default_factory=list)
    asked: dict[str, bool | None] = field(default_factory=dict)


Collect = Callable[[Obtain, CollectContext], CollectReport]
Parse = Callable[[Answer], Parsed]
