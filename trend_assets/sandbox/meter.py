"""What the sandbox's customers owe and used: paid calls and USD per provider and endpoint, quotas, and the request log.

The log holds no secret: only whether a key came, and where.

Billing rules:
    TikHub     $0.001 per answer with HTTP 200, less with the day's volume; anything else is free
    Apify      per result row, by actor (prices below are the sandbox's own assumption), whatever the run's end
    YouTube    no money; searches have a bucket of 100 calls a day, everything else shares 10,000 units
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

TIKHUB_USD = 0.001
TIKHUB_TIERS = ((1000, 0.0), (5000, 0.1), (10_000, 0.2), (20_000, 0.3), (30_000, 0.4))
# USD per 1,000 results and per start; store prices change: these are assumptions
ACTOR_PRICES: dict[str, tuple[float, float]] = {
    "apidojo/tweet-scraper": (0.40, 0.0),
    "clockworks/tiktok-scraper": (3.00, 0.0),
    "junglee/amazon-bestsellers": (2.50, 0.0),
    "sandbox/amazon-movers": (2.50, 0.0),
    "lexis-solutions/tiktok-trending-videos-scraper": (0.0, 0.02),
    "apify/instagram-scraper": (2.30, 0.0),
}
YOUTUBE_BUCKETS = {"search": 100, "units": 10_000, "stats": 10_000}
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
class Meter:
    """Counters since the start or the last reset."""

    lines: dict[tuple[str, str], Line] = field(default_factory=lambda: defaultdict(Line))
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    tikhub_of_day: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    youtube_of_day: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def request(self, provider: str, endpoint: str) -> None:
        """Count a request, paid or not."""
        self.lines[provider, endpoint].requests += 1

    def bill_tikhub(self, endpoint: str, day: str) -> float:
        """An answer with HTTP 200: what it costs at this point of the day (USD)."""
        self.tikhub_of_day[day] += 1
        number = self.tikhub_of_day[day]
        discount = next((share for limit, share in TIKHUB_TIERS if number <= limit), 0.5)
        return self._pay("tikhub", endpoint, TIKHUB_USD * (1 - discount))

    def bill_run(self, actor: str, items: int) -> float:
        """A finished run: what its rows cost (USD)."""
        per_thousand, start = ACTOR_PRICES.get(actor, (1.0, 0.0))
        self.lines["apify", actor].items += items
        return self._pay("apify", actor, start + items * per_thousand / 1000)

    def _pay(self, provider: str, endpoint: str, usd: float) -> float:
        line = self.lines[provider, endpoint]
        line.paid_calls += 1
        line.usd += usd
        return usd

    def spend_quota(self, bucket: str, day: str, *, units: int = 1, endpoint: str = "") -> bool:
        """Take YouTube units; False where the day's bucket does not hold them (nothing is taken then)."""
        if self.youtube_of_day[bucket, day] + units > YOUTUBE_BUCKETS[bucket]:
            return False
        self.youtube_of_day[bucket, day] += units
        self.lines["youtube", endpoint or bucket].units += units
        return True

    def usage(self) -> dict[str, Any]:
        """Totals per provider and per endpoint."""
        providers: dict[str, dict[str, Any]] = {}
        for (provider, endpoint), line in sorted(self.lines.items()):
            total = providers.setdefault(
                provider, {"requests": 0, "paid_calls": 0, "usd": 0.0, "units": 0, "items": 0, "endpoints": {}}
            )
            one = {"requests": line.requests, "paid_calls": line.paid_calls, "usd": round(line.usd, 6)}
            total["endpoints"][endpoint] = {**one, "units": line.units, "items": line.items}
            for key in ("requests", "paid_calls", "units", "items"):
                total[key] += getattr(line, key)
            total["usd"] = round(total["usd"] + line.usd, 6)
        return {
            "providers": providers,
            "usd": round(sum(total["usd"] for total in providers.values()), 6),
            "paid_calls": sum(total["paid_calls"] for total in providers.values()),
            "youtube_quota": {
                f"{bucket} {day}": {"used": used, "limit": YOUTUBE_BUCKETS[bucket]}
                for (bucket, day), used in sorted(self.youtube_of_day.items())
            },
        }
