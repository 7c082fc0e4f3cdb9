"""Pacing of a provider's requests, shared by all threads, processes and hosts through one row in Postgres.

Each request takes the next free start (the generic cell rate algorithm in one UPDATE, by the server's clock) and sleeps
until then. Starts are evenly spaced, so that no window of one second ever holds more than the rate.
"""

import threading
import time
from contextlib import ExitStack
from typing import Self

import psycopg

from trend_assets.settings import Settings
from trend_assets.sources.clients import is_simulated
from trend_assets.sources.discovery import PROVIDERS, provider_options
from trend_assets.warehouse.errors import WarehouseError, can_heal, database_error, explain
from trend_assets.warehouse.warehouse import Warehouse

# 98 % of the allowed rate: eleven starts at 10/s then span 1.02 s, so that one that arrives 20 ms late or early does
# not put eleven into one second of the provider's counting
SHARE_USED = 0.98
# a start missed by more than this is given up for a new one, because running late into the next ones is a burst
LATE_SHARE = 0.15
TRIES = 5
# nobody queues for longer, nor so many at once: a start further away was taken before the server's clock went back
MOST_SECONDS, MOST_STEPS = 600, 100

_TAKE = """
    INSERT INTO ops.pacing AS p (provider, next_at)
        VALUES (%(name)s, clock_timestamp() + %(step)s * interval '1 second')
    ON CONFLICT (provider) DO UPDATE
        SET next_at = CASE WHEN p.next_at < clock_timestamp() + %(most)s * interval '1 second'
            THEN greatest(p.next_at, clock_timestamp()) ELSE clock_timestamp() END + %(step)s * interval '1 second'
    RETURNING extract(epoch FROM next_at - clock_timestamp())::float8 - %(step)s"""


class Pacer:
    """Paces one provider at its option `rate_per_second`; a provider without that option is not paced.

    `wait` may be called from several threads. Holds one connection, closed by `close` or at the end of a `with` block.
    """

    def __init__(self, warehouse: Warehouse, provider: str, settings: Settings) -> None:
        self._warehouse = warehouse
        known = PROVIDERS.get(provider)
        self._rate: float | None = getattr(provider_options(known, settings), "rate_per_second", None)
        simulated = known is not None and known.has_account and is_simulated(known, settings)
        self._name = f"{provider} (sandbox)" if simulated else provider
        self._lock = threading.Lock()
        self._held = ExitStack()
        self._connection: psycopg.Connection | None = None

    def wait(self) -> None:
        """Block until the next request may start. Raises WarehouseUnavailable when Postgres is gone for good."""
        if self._rate is None:
            return
        step = 1 / (self._rate * SHARE_USED)
        while True:
            start_at = time.monotonic() + self._take(step)
            if (delay := start_at - time.monotonic()) > 0:
                time.sleep(delay)
            if time.monotonic() - start_at <= step * LATE_SHARE:
                return

    def _take(self, step: float) -> float:
        """Reserve the next start; seconds until then (not above 0: now)."""
        for attempt in range(1, TRIES + 1):
            try:
                with self._lock:
                    if self._connection is None or self._connection.closed:
                        self._connection = self._held.enter_context(self._warehouse.connect())
                        # losing the last starts in a crash of the server is harmless, waiting for its disk is not
                        self._connection.execute("SET synchronous_commit = off")
                    row = self._connection.execute(
                        _TAKE, {"name": self._name, "step": step, "most": max(MOST_SECONDS, MOST_STEPS * step)}
                    ).fetchone()
                return float(row[0]) if row else 0.0
            except (psycopg.Error, WarehouseError) as error:
                if attempt == TRIES or not can_heal(database_error(error) or error):
                    raise explain(error, doing=f"Pacing the requests to {self._name}") from error
                self.close()
                time.sleep(0.5 * 2**attempt)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Give the connection back; `wait` opens a new one."""
        with self._lock:
            connections, self._held, self._connection = self._held, ExitStack(), None
        connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
