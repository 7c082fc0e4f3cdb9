"""The media sensor and job: a run per job and attempt, nothing for a job that is gone."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import psycopg
import pytest

from trend_assets.defs.media.jobs import media_download, media_jobs
from trend_assets.defs.resources import WarehouseResource
from trend_assets.media import jobs
from trend_assets.media.policy import Target

RESOURCES = {"warehouse": WarehouseResource()}


@pytest.fixture
def connection(monkeypatch, database_url, tmp_path):
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def submit(connection, *, minutes_ago=1):
    now = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    target = Target("https://www.tiktok.com/@a/video/1", "tiktok", "page", creator_handle="a")
    return jobs.submit(connection, user_id="ada", target=target, caption=None, now=now)["job_id"]


def tick():
    with dg.build_sensor_context(resources=RESOURCES) as context:
        return media_jobs(context)


def run(request):
    return media_download.execute_in_process(run_config=request.run_config, resources=RESOURCES, raise_on_error=False)


def state_of(connection, job_id):
    return connection.execute(
        "SELECT state, attempts, error_kind FROM media.download_jobs WHERE job_id = %s", (job_id,)
    ).fetchone()


def test_a_run_key_names_the_job_and_the_attempt(connection):
    assert isinstance(tick(), dg.SkipReason)
    job_id = submit(connection)
    assert [request.run_key for request in tick().run_requests] == [f"media-{job_id}-1"]
    connection.execute("UPDATE media.download_jobs SET attempts = 1")
    assert [request.run_key for request in tick().run_requests] == [f"media-{job_id}-2"]


def test_a_job_submitted_before_downloads_were_switched_off_is_refused_and_its_run_fails(connection):
    job_id = submit(connection)
    (request,) = tick().run_requests
    result = run(request)
    assert not result.success
    assert state_of(connection, job_id) == ("failed", 1, "refused")
    assert isinstance(tick(), dg.SkipReason)


def test_a_run_for_an_attempt_that_somebody_else_has_does_nothing(connection):
    job_id = submit(connection)
    (request,) = tick().run_requests
    now = datetime.now(UTC)
    assert jobs.claim(connection, job_id=job_id, attempt=1, run_id="other", now=now)
    assert run(request).success
    assert state_of(connection, job_id) == ("downloading", 1, None)


def test_the_sensor_recovers_an_attempt_whose_process_died(connection):
    job_id = submit(connection, minutes_ago=30)
    long_ago = datetime.now(UTC) - timedelta(minutes=20)
    assert jobs.claim(connection, job_id=job_id, attempt=1, run_id="dead", now=long_ago)
    assert isinstance(tick(), dg.SkipReason), "the next attempt waits a little"
    assert state_of(connection, job_id) == ("queued", 1, "crashed")
    connection.execute("UPDATE media.download_jobs SET not_before = now()")
    assert [request.run_key for request in tick().run_requests] == [f"media-{job_id}-2"]
