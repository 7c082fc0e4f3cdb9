"""Collect one source for one day: the only place where money and the network meet the platform. No Dagster.

may we ask? (key, history rule) ──▶ Attempt row ──▶ CaptureSession ──▶ source.collect ──▶ outcome
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from trend_assets.settings import Settings
from trend_assets.sources.call import CollectContext, CollectReport
from trend_assets.sources.errors import MissingKey, NoHistory, SuspiciousEmpty
from trend_assets.sources.registry import SourceSpec, client_for
from trend_assets.warehouse.captures import Attempt, CaptureSession, stored_answers
from trend_assets.warehouse.pacing import Pacer
from trend_assets.warehouse.warehouse import Warehouse

# a past day of the simulated world is looked at in the middle of its day
TIME_TRAVEL_HOUR = time(12, tzinfo=UTC)

WHERE_TO_GET = {
    "tikhub": "TIKHUB_API_KEY (user.tikhub.io, API keys)",
    "apify": "APIFY_TOKEN (console.apify.com, Settings, API & Integrations)",
    "youtube": "YOUTUBE_API_KEY (console.cloud.google.com, APIs & Services, Credentials, with YouTube Data API v3 enabled)",
    "reddit": "REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET (an app approved under Reddit's Responsible Builder Policy)",
    "instagram": "INSTAGRAM_ACCESS_TOKEN and INSTAGRAM_USER_ID (developers.facebook.com, your app)",
}


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


def capture_time(
    *, source: str, history: str, simulated: bool, day: date, now: datetime, settings: Settings
) -> datetime:
    """The instant that a collection for `day` observes, given the wall clock `now` (UTC).

    Today is observed now. A past day is observed at its noon by a source that has history, and by the simulated world
    when time travel is on. Raises NoHistory for any other past day, and for a day that has not begun.
    """
    if day == now.date():
        return now
    if day > now.date():
        raise NoHistory(
            f"{source} cannot be collected for {day}: that day has not begun (UTC). Choose today or earlier."
        )
    if history == "range" or (simulated and settings.sandbox_time_travel):
        return datetime.combine(day, TIME_TRAVEL_HOUR)
    raise NoHistory(
        f"{source} only knows what is rising now, so {day} cannot be collected any more and today's answer is not "
        f"stamped onto it. Import your own data for that day (trend-assets import), or materialize only what lies "
        f"below the captures."
    )


def collect_source(
    warehouse: Warehouse,
    spec: SourceSpec,
    *,
    day: date,
    now: datetime,
    settings: Settings,
    run_id: str,
    collection_id: str,
    force: bool = False,
    inputs: Mapping[str, Any] | None = None,
) -> Collected:
    """Collect `spec` for `day` and store the verbatim answers; stored ones are replayed without cost unless forced.

    Writes one row to `ops.source_attempts`, whatever happens. Raises MissingKey (skipped), NoHistory, SuspiciousEmpty
    (no items where there always are some), and every error of `sources.errors` that the provider's answers deserve.
    """
    mode = settings.mode(spec.provider)
    with Attempt(warehouse, source=spec.name, provider=spec.provider, day=day, run_id=run_id) as attempt:
        if mode == "off":
            raise MissingKey(
                f"{spec.title} was skipped: no key for {spec.provider}. Set {WHERE_TO_GET[spec.provider]}, or "
                "TREND_ASSETS_SANDBOX=auto for simulated data.",
                provider=spec.provider,
            )
        past = day != now.date()
        if past and not force and any(True for _ in stored_answers(warehouse, spec.name, day)):
            instant = datetime.combine(day, TIME_TRAVEL_HOUR)
        else:
            instant = capture_time(
                source=spec.title,
                history=spec.history,
                simulated=mode == "sandbox",
                day=day,
                now=now,
                settings=settings,
            )
        session = CaptureSession(
            warehouse,
            source=spec.name,
            day=day,
            provider=spec.provider,
            execute=client_for(
                spec.provider, settings, pacing=Pacer(warehouse, spec.provider, settings), now=instant
            ).execute,
            settings=settings,
            now=instant,
            collection_id=collection_id,
            force=force,
        )
        attempt.follow(session)
        report = spec.collect(
            session.obtain, CollectContext(day=day, now=instant, settings=settings, inputs=inputs or {})
        )
        attempt.note(report)
        _require_items(spec, report, day)
    return Collected(
        source=spec.name,
        items=report.items,
        calls=session.calls,
        replayed=session.replayed,
        cost_usd=float(session.cost_usd),
        complete=report.complete,
        problems=list(report.problems),
    )


def _require_items(spec: SourceSpec, report: CollectReport, day: date) -> None:
    if report.items == 0 and spec.never_empty:
        why = f" {' '.join(report.problems)}" if report.problems else ""
        raise SuspiciousEmpty(
            f"{spec.title} gave no items for {day}, and it always has some.{why} Look at the stored answers "
            f"(capture.{spec.name}), then materialize the asset again with force.",
            provider=spec.provider,
        )
