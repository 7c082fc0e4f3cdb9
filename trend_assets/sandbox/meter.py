"""What the sandbox's customers owe and used: paid calls and USD per provider and endpoint, quotas, and the request log.

The log holds no secret: only whether a key came, and where.

What an answer costs and how large a quota is belongs to the folder of the provider (`simulated.py`).
"""

from collections import defaultdict, deque
from dataclasses import asdict, dataclass, field
from typing import Any

LOG_LENGTH = 20_000


@dataclass(slots=True)
class Line:
    """Usage of one provider's endpoint."""

    requests: int = 0
    paid_calls: int = 0
    usd: float = 0.0
    units: int = 0
    items: int = 0


@dataclass(slots=True)
class Quota:
    """A bucket of units of one provider and day."""

    limit: int
    used: int = 0


@dataclass(slots=True)
class Meter:
    """Counters since the start or the last reset."""

    lines: dict[tuple[str, str], Line] = field(default_factory=lambda: defaultdict(Line))
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    calls_of_day: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    quotas: dict[tuple[str, str, str], Quota] = field(default_factory=dict)

    def request(self, provider: str, endpoint: str) -> None:
        """Count a request, paid or not."""
        self.lines[provider, endpoint].requests += 1

    def call_of_day(self, provider: str, day: str) -> int:
        """Count an answer that costs: the how-manieth of the day it is."""
        self.calls_of_day[provider, day] += 1
        return self.calls_of_day[provider, day]

    def pay(self, provider: str, endpoint: str, usd: float, *, items: int = 0) -> float:
        """Book what an answer or a finished run costs (USD)."""
        line = self.lines[provider, endpoint]
        line.paid_calls += 1
        line.items += items
        line.usd += usd
        return usd

    def spend_quota(self, provider: str, bucket: str, day: str, *, limit: int, endpoint: str) -> bool:
        """Take a unit; False where the day's bucket holds none."""
        quota = self.quotas.setdefault((provider, bucket, day), Quota(limit))
        if quota.used >= quota.limit:
            return False
        quota.used += 1
        self.lines[provider, endpoint].units += 1
        return True

    def usage(self) -> dict[str, Any]:
        """Totals per provider and per endpoint."""
        providers: dict[str, dict[str, Any]] = {}
        for (provider, endpoint), line in sorted(self.lines.items()):
            one = asdict(line) | {"usd": round(line.usd, 6)}
            total = providers.setdefault(provider, {**asdict(Line()), "endpoints": {}})
            total["endpoints"][endpoint] = one
            total |= {name: round(total[name] + value, 6) for name, value in one.items()}
        return {
            "providers": providers,
            "usd": round(sum(total["usd"] for total in providers.values()), 6),
            "paid_calls": sum(total["paid_calls"] for total in providers.values()),
            "quotas": {
                f"{provider} {bucket} {day}": {"used": quota.used, "limit": quota.limit}
                for (provider, bucket, day), quota in sorted(self.quotas.items())
            },
        }
