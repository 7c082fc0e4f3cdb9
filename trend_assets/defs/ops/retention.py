"""The daily retention job: what may not be kept any longer goes, by policy, in steps that do not wait for each other,
and ledger entries that nobody will settle are closed.

Costs nothing and is asked for by the providers' terms, so its schedule runs from the start.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.defs.partitions import daily
from trend_assets.defs.resources import WarehouseResource
from trend_assets.imports.command import CAPTURE
from trend_assets.runtime.sandboxed import provider_settings
from trend_assets.runtime.state import dagster_dir
from trend_assets.settings import get_settings
from trend_assets.text import plural

if TYPE_CHECKING:
    from datetime import date

    from trend_assets.warehouse.warehouse import Warehouse


BELIEVED = {"clock": dg.In(dg.Nothing)}


@dg.op(out=dg.Out(dg.Nothing), description="Refuse to remove anything by age when the clock may have jumped ahead.")
def look_at_the_clock(context: dg.OpExecutionContext, warehouse: WarehouseResource) -> None:
    from trend_assets.privacy.retention import ClockDoubted, require_believable_clock

    runs = context.instance.get_run_records(dg.RunsFilter(job_name=retention.name), limit=2)
    others = [run.create_timestamp for run in runs if run.dagster_run.run_id != context.run_id]
    try:
        require_believable_clock(warehouse.open(), now=datetime.now(UTC), last_run=max(others, default=None))
    except ClockDoubted as doubt:
        raise dg.Failure(str(doubt), allow_retries=False) from None


@dg.op(
    ins=BELIEVED,
    out=dg.Out(dg.Nothing),
    description="Remove what the sources' terms do not let us keep (README.md in the folders of trend_assets/sources).",
)
def purge_by_policy(context: dg.OpExecutionContext, warehouse: WarehouseResource) -> None:
    from trend_assets.privacy.retention import purge_sources

    store = warehouse.open()
    removed: dict[str, int] = {}
    for purged in purge_sources(store, now=datetime.now(UTC)):
        removed[purged.source] = purged.total
        details = (
            ", ".join(f"{plural(rows, 'row')} of {address}" for address, rows in sorted(purged.rows.items()))
            or "nothing"
        )
        context.log.info(f"{purged.source}: removed {details}, measured before {purged.cutoff:%Y-%m-%d %H:%M}.")
    context.add_output_metadata({f"rows {source}": rows for source, rows in removed.items()})


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Remove posts that were deleted at their platform, where the terms ask for it (Reddit).",
)
def follow_deletions(context: dg.OpExecutionContext, warehouse: WarehouseResource) -> None:
    from trend_assets.privacy.deletions import remove_deleted
    from trend_assets.sources.errors import SourceError

    try:
        deleted = remove_deleted(warehouse.open(), provider_settings(), now=datetime.now(UTC))
    except SourceError as error:
        raise dg.Failure(
            f"Reddit could not be asked for deleted posts: {error}", allow_retries=error.can_heal
        ) from error
    if deleted.reason:
        context.log.info(deleted.reason)
    context.add_output_metadata({"asked": deleted.asked, "gone": deleted.gone, "rows": deleted.rows.total()})


@dg.op(ins={"purged": dg.In(dg.Nothing)}, description="Render the issues again whose items were removed.")
def render_outdated_issues(context: dg.OpExecutionContext, warehouse: WarehouseResource) -> None:
    from trend_assets.privacy.purging import outdated_issues

    store = warehouse.open()
    days, failures = outdated_issues(store), []
    for day in days:
        try:
            render_again(store, day, context)
        except Exception as error:
            context.log.exception(f"The issue of {day} was not rendered again.")
            failures.append(f"{day}: {type(error).__name__}: {error}")
    context.add_output_metadata({"issues": len(days) - len(failures)})
    if failures:
        raise dg.Failure(
            f"{len(failures)} of {len(days)} outdated issues were not rendered again and still show what was removed. "
            f"{' '.join(failures)[:1000]} The next run of this job tries them again.",
            allow_retries=False,
        )


def render_again(store: "Warehouse", day: "date", context: dg.OpExecutionContext) -> None:
    """Render a day's issues from the stories that are left."""
    from trend_assets.newsletters.rendering.issue_files import FOLDER, save_issue
    from trend_assets.newsletters.rendering.issue_rows import write_issues
    from trend_assets.runtime.state import state_dir

    settings = get_settings()
    write_issues(store, settings, day, run_id=context.run_id)
    save_issue(store, day, state_dir(settings) / FOLDER)


@dg.op(
    ins=BELIEVED,
    description="Take back imports whose own retention is over, and report their days so that they are built again.",
)
def expire_imports(context: dg.OpExecutionContext, warehouse: WarehouseResource) -> None:
    from trend_assets.imports.store import expire_imports as expire

    expired = expire(warehouse.open(), now=datetime.now(UTC))
    known = set(daily().get_partition_keys())
    for day in sorted(expired.days):
        if day.isoformat() in known:
            context.log_event(dg.AssetMaterialization(CAPTURE, partition=day.isoformat(), metadata={"expired": True}))
    context.add_output_metadata({"imports": len(expired.files), "days": len(expired.days)})


@dg.op(
    ins=BELIEVED, description="Shorten Dagster's own logs: step chatter of finished runs and captured output, by age."
)
def purge_logs(context: dg.OpExecutionContext, warehouse: WarehouseResource) -> None:
    from trend_assets.privacy.retention import purge_compute_logs, purge_event_log, purge_step_logs

    settings, now = get_settings(), datetime.now(UTC)
    events = 0
    if url := getattr(context.instance.event_log_storage, "postgres_url", None):
        events = purge_event_log(url, before=now - timedelta(days=settings.event_log_days))
    oldest = now - timedelta(days=settings.compute_log_days)
    files = purge_compute_logs(dagster_dir(settings), before=oldest)
    files += purge_step_logs(warehouse.open(), before=oldest)
    context.add_output_metadata({"events": events, "files": files})


@dg.op(
    ins=BELIEVED,
    out=dg.Out(dg.Nothing),
    description="Settle paid calls that nobody knows the outcome of by what their provider says of them.",
)
def settle_abandoned_calls(context: dg.OpExecutionContext, warehouse: WarehouseResource) -> None:
    from trend_assets.capture.settling import settle_abandoned

    settled = settle_abandoned(warehouse.open(), get_settings(), now=datetime.now(UTC))
    for problem in settled.problems:
        context.log.warning(problem)
    if settled.unknown:
        context.log.warning(
            f"What became of {plural(settled.unknown, 'paid call')} without an answer their providers do not tell: "
            f"unknown, at most {settled.unknown_at_most_usd:.4f} USD (trend-assets costs names them by source)."
        )
    context.add_output_metadata(
        {
            "settled": len(settled.costs),
            "cost_usd": sum(settled.costs),
            "unknown": settled.unknown,
            "unknown_at_most_usd": settled.unknown_at_most_usd,
        }
    )


@dg.op(
    ins=BELIEVED,
    out=dg.Out(dg.Nothing),
    description="Compare files with the rows that lead to them: media, issues, spooled answers, logs; and move what is "
    "old to object storage, where one is set.",
)
def sweep_files(context: dg.OpExecutionContext, warehouse: WarehouseResource) -> None:
    from trend_assets.privacy.sweeping import sweep
    from trend_assets.runtime.state import state_dir

    swept = sweep(warehouse.open(), state_dir(get_settings()), now=datetime.now(UTC))
    if swept.lost:
        context.log.warning(
            f"The files of {plural(len(swept.lost), 'download')} are gone from the media folder although their rows "
            "are there: bring the folder back from a backup, or download them again."
        )
    for refused in swept.refused:
        context.log.warning(f"What could not be put right: {refused}")
    context.add_output_metadata(
        {
            "removed": sum(swept.removed.values()),
            "refused": len(swept.refused),
            "issues_written": swept.issues_written,
            "logs_cut": swept.logs_cut,
            "moved": swept.moved,
            "lost": len(swept.lost),
        }
    )


@dg.job(description="Remove what may not or need not be kept: by terms, by import, by age. Safe to kill and to repeat.")
def retention() -> None:
    clock = look_at_the_clock()
    render_outdated_issues(purged=[purge_by_policy(clock), follow_deletions()])
    for by_age in (expire_imports, settle_abandoned_calls, purge_logs, sweep_files):
        by_age(clock)


@dg.schedule(
    job=retention,
    description="Removes what may not be kept, 03:30 UTC. Costs nothing; on from the start.",
    cron_schedule="30 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def retention_at_half_past_three(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every day, 03:30 UTC, after the day's first collection."""
    tick = (context.scheduled_execution_time or datetime.now(UTC)).astimezone(UTC)
    return dg.RunRequest(run_key=f"retention-{tick:%Y-%m-%d}")
