"""Apify runs as they live in the sandbox's memory: what they will return, how they proceed, what they cost."""

import secrets
import string
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from trend_assets.sandbox.simulation import actors, fixed_fields
from trend_assets.sandbox.state import iso

TERMINAL = ("SUCCEEDED", "FAILED", "ABORTED", "TIMED-OUT")
KEPT_RUNS = 2000
POLLS_UNTIL_DONE = 2
FIXED = fixed_fields(__file__)
USER_ID = "sandboxUser000001"


ALIASES = {
    "clockworks/free-tiktok-scraper": "clockworks/tiktok-scraper",
    "apify/instagram-profile-scraper": "apify/instagram-scraper",
}


def actor_named(reference: str) -> str | None:
    """`user~name`, `user/name` or the 17-character id as `user/name`; None for an actor that does not exist."""
    name = reference.replace("~", "/", 1)
    name = {actor.id: each for each, actor in actors().items()}.get(name, ALIASES.get(name, name))
    return name if name in actors() else None


def new_id() -> str:
    """17 letters and digits, as Apify's ids. Not part of the simulated world, so it need not repeat."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(17))


@dataclass(slots=True)
class Run:
    """One run. `ends_as` and `rows` are decided when it starts; each poll brings it one step further."""

    actor: str
    given: dict[str, Any]
    started_at: float
    rows: list[dict[str, Any]]
    ends_as: str
    usd: float
    message: str = ""
    never_ends: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    body_length: int = 0
    is_time_travel: bool = False
    run_id: str = field(default_factory=new_id)
    dataset_id: str = field(default_factory=new_id)
    store_id: str = field(default_factory=new_id)
    queue_id: str = field(default_factory=new_id)
    polls: int = 0
    polls_when_done: int = -1
    aborted: bool = False

    @property
    def status(self) -> str:
        """READY, then RUNNING, then how it ends."""
        if self.aborted:
            return "ABORTED"
        if self.polls == 0:
            return "READY"
        if self.never_ends or self.polls < POLLS_UNTIL_DONE:
            return "RUNNING"
        return self.ends_as

    def poll(self) -> None:
        """Somebody asked: go on one step."""
        self.polls += 1
        if self.status in TERMINAL and self.polls_when_done < 0:
            self.polls_when_done = self.polls

    def abort(self) -> None:
        """Stop; what was collected so far stays readable."""
        if self.status not in TERMINAL:
            self.rows = self.rows[: len(self.rows) // 2]
            self.aborted = True
            self.message = "Actor was aborted"

    @property
    def readable(self) -> list[dict[str, Any]]:
        """The rows that the dataset holds by now."""
        if self.status in TERMINAL:
            return self.rows
        return self.rows[: len(self.rows) // 2] if self.status == "RUNNING" else []

    @property
    def usd_now(self) -> float:
        """What the API says that it cost so far: preliminary until one poll after the end."""
        if self.status not in TERMINAL:
            return 0.0
        return self.usd if self.polls > self.polls_when_done >= 0 else round(self.usd * 0.6, 6)

    def described(self, *, with_cost: bool) -> dict[str, Any]:
        """The Run object of the API; cost is hidden from callers without a token."""
        done = self.status in TERMINAL
        per_thousand = actors()[self.actor].per_thousand
        run: dict[str, Any] = {
            **FIXED["run"],
            "id": self.run_id,
            "actId": actors()[self.actor].id,
            "userId": USER_ID,
            "startedAt": iso(self.started_at),
            "finishedAt": iso(self.started_at + 26.239) if done else None,
            "status": self.status,
            "statusMessage": self.message or None,
            "isStatusMessageTerminal": done,
            "stats": {
                **FIXED["stats"],
                "inputBodyLen": self.body_length,
                "durationMillis": 26_239 if done else 900,
                "runTimeSecs": 26.239 if done else 0.9,
            },
            "options": {**FIXED["options"], **self.options},
            "exitCode": (0 if self.status == "SUCCEEDED" else 1) if done else None,
            "defaultKeyValueStoreId": self.store_id,
            "defaultDatasetId": self.dataset_id,
            "defaultRequestQueueId": self.queue_id,
            "containerUrl": f"https://{self.run_id.lower()}.runs.example",
        }
        if with_cost:
            run |= {
                "usage": {"DATASET_WRITES": len(self.readable)},
                "usageTotalUsd": self.usd_now,
                "usageUsd": {"DATASET_WRITES": self.usd_now},
                "pricingInfo": {**FIXED["pricing"], "pricePerUnitUsd": per_thousand / 1000},
                "chargedEventCounts": {"result": len(self.readable)},
            }
        return run

    def listed(self) -> dict[str, Any]:
        """The shorter object of the list of runs."""
        names = (
            "id actId userId startedAt finishedAt status buildId buildNumber meta usageTotalUsd defaultKeyValueStoreId "
            "defaultDatasetId defaultRequestQueueId"
        )
        full = self.described(with_cost=True)
        return {name: full[name] for name in names.split()}


class Runs:
    """The runs of a sandbox, newest last; the oldest are forgotten after KEPT_RUNS."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def add(self, run: Run) -> None:
        """Remember a run."""
        self._runs[run.run_id] = run
        while len(self._runs) > KEPT_RUNS:
            self._runs.popitem(last=False)

    def get(self, run_id: str) -> Run | None:
        """By its id."""
        return self._runs.get(run_id)

    def by_dataset(self, dataset_id: str) -> Run | None:
        """By the id of its default dataset."""
        return next((run for run in reversed(self._runs.values()) if run.dataset_id == dataset_id), None)

    def by_store(self, store_id: str) -> Run | None:
        """By the id of its default key-value store."""
        return next((run for run in reversed(self._runs.values()) if run.store_id == store_id), None)

    def all(self, actor: str | None = None) -> list[Run]:
        """Oldest first, of one Actor or of all."""
        return [run for run in self._runs.values() if actor in (None, run.actor)]
