"""Collect one source for one day: the only place where money and the network meet the platform. No Dagster.

Attempt row ──▶ may we ask? (key, history rule) ──▶ CaptureSession ──▶ source's collect ──▶ outcome
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from trend_assets.capture import names
from trend_assets.capture.attempts import Attempt
from trend_assets.capture.pacing import Pacer
from trend_assets.capture.session import CaptureSession, has_answers
from trend_assets.capture.spool import FOLDER, Spool
from trend_assets.settings import Settings, SettingsError
from trend_assets.sources.call import CollectReport
from trend_assets.sources.clients import client_for, context_for, is_simulated, secrets_in
from trend_assets.sources.declare import Source
from trend_assets.sources.errors import NoHistory, SourceError, SuspiciousEmpty
from trend_assets.warehouse.warehouse import Warehouse

NOON = time(12, tzinfo=UTC)
"""A past day is observed at its middle: by a source that has history, and in the simulated world."""


@dataclass(frozen=True)
class Collected:
    """How one collection went, for people: counts, money (USD), the sentences of what went wrong."""

    source: str
    items: int
    calls: int
    replayed: int
    cost_usd: float
    complete: bool
    problems: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    """The names of its settings that had no result, each with since when."""


def capture_time(day: date, now: datetime) -> datetime:
    """The instant that a collection for `day` observes: the wall clock `now` today, noon of a past day."""
    return now if day == now.date() else datetime.combine(day, NOON)


def require_history(source: Source, *, day: date, now: datetime, time_travel: bool = False) -> None:
    """Refuse to ask for a day that has not begun (UTC), or a source that only knows `now` for another than today,
    before any request is made.

    `time_travel`: the sandbox answers as of a past day. Raises NoHistory, saying what can be done instead."""
    today = now.astimezone(UTC).date()
    if day > today:
        raise NoHistory(
            f"{source.name} cannot be captured for {day}: that day has not begun.", provider=source.provider_name
        )
    if source.history == "now" and day < today and not time_travel:
        raise NoHistory(
            f"{source.name} has no capture of {day} and its provider ({source.provider_name}) only knows today: "
            "today's answer is never stamped on a past day. Import that day's data (`trend-assets import`), or leave "
            "the day empty; what is built from other sources of that day does not need it.",
            provider=source.provider_name,
        )


def collect_source(
    warehouse: Warehouse,
    spec: Source,
    *,
    day: date,
    now: datetime,
    settings: Settings,
    run_id: str,
    collection_id: str,
    force: bool = False,
    inputs: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Collected:
    """Collect `spec` for `day` and store the verbatim answers; stored ones are replayed without cost unless forced.

    Writes one row to `ops.source_attempts`, whatever happens; `say` hears for whom a call waits. Raises MissingKey
    (skipped), NoHistory, SuspiciousEmpty (no items where there always are some), and every error of `sources.errors`
    that the provider's answers deserve.
    """
    simulated = is_simulated(spec.provider, settings)
    observed = capture_time(day, now)
    with contextlib.ExitStack() as stack:
        attempt = stack.enter_context(
            Attempt(warehouse, source=spec.name, provider=spec.provider_name, day=day, run_id=run_id)
        )
        try:
            context = context_for(spec, settings, day=day, now=observed, inputs=inputs)
        except SettingsError as error:
            raise SourceError(str(error), provider=spec.provider_name) from None
        time_travel = simulated and settings.sandbox_time_travel
        replay_only = _only_replayed(warehouse, spec, day=day, now=now, force=force, time_travel=time_travel)
        # the simulated world has no limit of its own to respect
        pacer = stack.enter_context(Pacer(warehouse, spec.provider_name, settings))
        client = client_for(spec.provider_name, settings, pacing=None if simulated else pacer.wait, now=observed)
        stack.callback(client.close)
        # what a simulated provider answers can be asked for again
        spool = None if simulated else _spool(warehouse, spec, day, settings, scope=collection_id if force else "")
        session = CaptureSession(
            warehouse,
            source=spec.name,
            day=day,
            provider=spec.provider_name,
            execute=spool.around(client.execute) if spool else client.execute,
            settings=settings,
            now=observed,
            collection_id=collection_id,
            force=force,
            replay_only=replay_only,
            say=say,
        )
        attempt.follow(session)
        obtain = spool.until_stored(session.obtain) if spool else session.obtain
        report = spec.collect(obtain, context)
        report.problems += [problem for problem in session.problems if problem not in report.problems]
        attempt.note(report)
        _require_items(spec, report, day)
    with warehouse.connect() as connection:
        without_result = [str(each) for each in names.silent(connection, spec.name)]
    return Collected(
        source=spec.name, items=report.items, calls=session.calls, replayed=session.replayed,
        cost_usd=float(session.cost_usd), complete=report.complete, problems=list(report.problems),
        silent=without_result,
    )  # fmt: skip


def _spool(warehouse: Warehouse, spec: Source, day: date, settings: Settings, *, scope: str) -> Spool:
    folder = settings.state_dir.expanduser().absolute() / FOLDER
    return Spool(folder, warehouse, source=spec.name, day=day, collection_id=scope, secrets=secrets_in(settings))


def _only_replayed(
    warehouse: Warehouse, spec: Source, *, day: date, now: datetime, force: bool, time_travel: bool
) -> bool:
    """Whether nothing may be asked for the day, because its source only knows now. Raises NoHistory where nothing is
    stored either."""
    try:
        require_history(spec, day=day, now=now, time_travel=time_travel)
    except NoHistory:
        if force or not has_answers(warehouse, spec.name, day):
            raise
        return True
    return False


def _require_items(spec: Source, report: CollectReport, day: date) -> None:
    if report.items == 0 and spec.never_empty:
        why = f" {' '.join(report.problems)}" if report.problems else ""
        raise SuspiciousEmpty(
            f"{spec.title} gave no items for {day}, and it always has some.{why} Look at the stored answers "
            f"(capture.{spec.name}), then materialize the asset again with force.",
            provider=spec.provider_name,
        )
