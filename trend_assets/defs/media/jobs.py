"""Media downloads in Dagster: one run per job and attempt, and the sensor that launches them."""

from datetime import UTC, datetime

import dagster as dg

from trend_assets.defs.resources import WarehouseResource
from trend_assets.runtime.sandboxed import provider_settings


class MediaJobConfig(dg.Config):
    """Which attempt of which job."""

    job_id: str
    attempt: int


@dg.op(pool="media", description="One attempt of one media job: download behind the guards, store, probe, audit.")
def download_media(context: dg.OpExecutionContext, config: MediaJobConfig, warehouse: WarehouseResource) -> None:
    from trend_assets.media.worker import Worker
    from trend_assets.runtime.state import state_dir

    settings = provider_settings()
    worker = Worker(connect=warehouse.open().connect, settings=settings, state_dir=state_dir(settings))
    job = worker.attempt(job_id=config.job_id, attempt=config.attempt, run_id=context.run_id)
    if job is None:
        context.log.info(
            "Attempt %s of job %s is not to be had: it runs elsewhere or was erased.", config.attempt, config.job_id
        )
        return
    context.add_output_metadata(
        {
            "state": job["state"],
            "sha256": job["sha256"] or "none",
            "attempts": job["attempts"],
            "error": job["error"] or "none",
        }
    )
    if job["state"] == "completed":
        context.log_event(
            dg.AssetMaterialization(
                asset_key=["media", "assets"],
                metadata={
                    "sha256": job["sha256"],
                    "bytes": job["asset"]["bytes"],
                    "type": job["asset"]["content_type"],
                },
            )
        )
    else:
        raise dg.Failure(f"The download ended as {job['state']}: {job['error']}", allow_retries=False)


@dg.job(
    name="media_download",
    description="Download one file that a user asked for; launched by the sensor media_jobs.",
    tags={"dagster/max_runtime": "1800"},
)
def media_download() -> None:
    download_media()


@dg.sensor(
    job=media_download,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Launches a run per queued media job and attempt; gives up attempts that went silent.",
)
def media_jobs(context: dg.SensorEvaluationContext, warehouse: WarehouseResource) -> dg.SensorResult | dg.SkipReason:
    """On from the start: it acts only on jobs that a user submitted, and those need ALLOW_EXTERNAL_MEDIA_DOWNLOAD."""
    from trend_assets.media import jobs

    now = datetime.now(UTC)
    with warehouse.open().connect() as connection:
        for job_id, state in jobs.recover_stale(connection, now=now):
            context.log.warning("Job %s had gone silent; it is %s now.", job_id, state)
        due = jobs.due(connection, now=now)
    if not due:
        return dg.SkipReason("No media job waits.")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"media-{job_id}-{attempt}",
                run_config=dg.RunConfig(ops={"download_media": MediaJobConfig(job_id=job_id, attempt=attempt)}),
                tags={"media_job": job_id},
            )
            for job_id, attempt in due
        ]
    )


media_assets = dg.AssetSpec(
    key=["media", "assets"],
    group_name="media",
    kinds={"postgres", "file"},
    owners=["team:trend-assets"],
    description="One row per downloaded file, by content. Written by the job media_download, one file per run.",
)
