"""Attempts to collect a source: one row each in `ops.source_attempts`, written before anything is asked.

A row that stays `running` is an attempt whose process died: `runtime/reaper.py` ends it once its run is known to be
over. The feed reads here which sources worked and why not.
"""

import uuid
from datetime import date
from types import TracebackType
from typing import Self

import psycopg

from trend_assets.capture import names
from trend_assets.capture.session import CaptureSession
from trend_assets.sources.call import CollectReport
from trend_assets.sources.errors import SourceError
from trend_assets.sources.redact import redact
from trend_assets.warehouse.errors import WarehouseError
from trend_assets.warehouse.warehouse import Warehouse

REASON_LIMIT = 1_000


class Attempt:
    """One attempt, as a `with` block: `follow` the capture session for its counts, `note` how the collection went.

    Leaves the block's exception alone; its class decides the outcome (`SourceError.outcome`), its redacted text the
    reason. Without one the outcome is succeeded, or partial when the report is not complete.
    """

    def __init__(self, warehouse: Warehouse, *, source: str, provider: str, day: date, run_id: str = "") -> None:
        self.attempt_id = str(uuid.uuid4())
        self._warehouse = warehouse
        self._source, self._provider, self._day, self._run_id = source, provider, day, run_id
        self._session: CaptureSession | None = None
        self._report: CollectReport | None = None

    def follow(self, session: CaptureSession) -> None:
        """Take calls, replays, cost and simulation from this session."""
        self._session = session

    def note(self, report: CollectReport) -> None:
        """Take items, completeness and problems from this report."""
        self._report = report

    def __enter__(self) -> Self:
        self._warehouse.transact(
            lambda connection: connection.execute(
                "INSERT INTO ops.source_attempts (attempt_id, source, provider, observed_date, outcome, run_id, "
                "started_at) VALUES (%s, %s, %s, %s, 'running', %s, clock_timestamp()) ON CONFLICT DO NOTHING",
                (self.attempt_id, self._source, self._provider, self._day, self._run_id or None),
            ),
            doing=f"Recording the attempt to collect {self._source}",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        outcome, reason = self._outcome(error)
        session, report = self._session, self._report

        def record(connection: psycopg.Connection) -> None:
            connection.execute(
                "UPDATE ops.source_attempts SET outcome = %s, reason = %s, items = %s, calls = %s, replayed = %s, "
                "cost_usd = %s, is_simulated = %s, finished_at = clock_timestamp() WHERE attempt_id = %s",
                (
                    outcome,
                    redact(reason, limit=REASON_LIMIT) or None,
                    report.items if report else None,
                    session.calls if session else 0,
                    session.replayed if session else 0,
                    session.cost_usd if session else 0,
                    session.is_simulated if session else None,
                    self.attempt_id,
                ),
            )
            names.note(connection, self._source, self._day, report.asked if report else {})

        try:
            self._warehouse.transact(record, doing=f"Recording how {self._source} went")
        except WarehouseError as trouble:
            if error is None:
                raise
            error.add_note(f"The attempt's outcome could not be recorded: {trouble}")

    def _outcome(self, error: BaseException | None) -> tuple[str, str]:
        if isinstance(error, SourceError):
            return error.outcome, str(error)
        if isinstance(error, Exception):
            return "failed", f"{type(error).__name__}: {error}"
        if error is not None:
            return "failed", f"It was interrupted ({type(error).__name__}); run it again, what is stored is replayed."
        problems = " ".join(self._report.problems) if self._report else ""
        complete = self._report is None or self._report.complete
        return ("succeeded" if complete else "partial"), problems
