"""Sensors that tell people of failed runs and failed checks: quiet on repeats, off without a channel."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.capture.names import mark_told, untold
from trend_assets.defs.resources import WarehouseResource
from trend_assets.runtime.alerts import Alert, AlertNotSent, claim, send
from trend_assets.runtime.mail import is_configured
from trend_assets.settings import Settings, get_settings

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

CHECKS_PER_TICK = 200
NO_CHANNEL = dg.SkipReason("No channel: set TREND_ASSETS_WEBHOOK_URL or TREND_ASSETS_SMTP_URL and _MAIL_TO.")


def _configured(settings: Settings) -> bool:
    return bool(settings.webhook_url) or is_configured(settings)


def _link(settings: Settings, path: str) -> str:
    return f"{settings.dagster_url.rstrip('/')}/{path}" if settings.dagster_url else ""


def _tell(settings: Settings, warehouse: WarehouseResource, alert: Alert) -> str:
    if not claim(warehouse.open(), alert, now=datetime.now(UTC)):
        return f"said less than a day ago: {alert.title}"
    return f"{alert.title} -> {', '.join(send(settings, alert))}"


def tell_of_silent_names(settings: Settings, warehouse: "Warehouse", source: str) -> str:
    """One message about the names of a source that have had no result for three days; what was done, empty when there
    was nothing to say. They are told of once, as long as they stay silent."""
    if not _configured(settings):
        return ""
    with warehouse.connect() as connection:
        names = untold(connection, source)
    if not names:
        return ""
    text = "\n".join(f"{each.name!r}: nothing since {each.since}." for each in names)
    alert = Alert(
        f"{source} has names without a result",
        f"{text}\nCorrect or remove them in the settings of the source, or leave them; nothing more is said of them.",
        _link(settings, f"assets/capture/{source}"),
    )
    try:
        sent = send(settings, alert)
    except AlertNotSent as error:
        return str(error)  # said again with the next collection
    with warehouse.connect() as connection:
        mark_told(connection, names, now=datetime.now(UTC))
    return f"{alert.title} -> {', '.join(sent)}"


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Says which steps of a run failed and why, to the webhook and by mail.",
)
def alert_on_failed_run(context: dg.RunFailureSensorContext, warehouse: WarehouseResource):
    """One message per kind of failure and day; without a channel it only says so in the tick."""
    settings = get_settings()
    if not _configured(settings):
        return NO_CHANNEL
    run = context.dagster_run
    day = run.tags.get("dagster/partition", "")
    reasons = []
    for event in context.get_step_failure_events():
        data = event.step_failure_data
        reason = data.user_failure_data.description if data.user_failure_data else None
        reasons.append(
            f"{str(event.step_key).replace('__', '.')}: {reason or (data.error.message if data.error else '')}"
        )
    text = "\n".join(reasons) or context.failure_event.message or "It says no reason."
    alert = Alert(f"{run.job_name} {day} failed".strip(), text, _link(settings, f"runs/{run.run_id}"))
    context.log.info(_tell(settings, warehouse, alert))
    return None


@dg.sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=60,
    description="Says which asset checks failed, to the webhook and by mail.",
)
def alert_on_failed_check(context: dg.SensorEvaluationContext, warehouse: WarehouseResource):
    """Reads check evaluations since its cursor; starts at the newest one, so that switching it on is quiet."""
    settings = get_settings()
    if not _configured(settings):
        return NO_CHANNEL
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    if context.cursor is None:
        newest = context.instance.get_event_records(dg.EventRecordsFilter(kind), limit=1)
        return dg.SensorResult(cursor=str(newest[0].storage_id if newest else 0))
    records = context.instance.get_event_records(
        dg.EventRecordsFilter(kind, after_cursor=int(context.cursor)), limit=CHECKS_PER_TICK, ascending=True
    )
    for record in records:
        event = record.event_log_entry.dagster_event
        evaluation = event.asset_check_evaluation_data if event else None
        if evaluation is None or evaluation.passed:
            continue
        where = evaluation.asset_key.to_user_string()
        alert = Alert(
            f"Check {evaluation.check_name} of {where} failed",
            evaluation.description or "",
            _link(settings, f"assets/{where}?view=checks"),
        )
        context.log.info(_tell(settings, warehouse, alert))
    if not records:
        return dg.SkipReason("No new check evaluations.")
    return dg.SensorResult(cursor=str(records[-1].storage_id))
