"""What a step prints on one machine is read on another: two managers with folders of their own over one Postgres."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster._core.storage.compute_log_manager import ComputeIOType

from trend_assets.privacy.retention import purge_step_logs
from trend_assets.runtime import compute_logs
from trend_assets.runtime.compute_logs import FiledComputeLogs, SharedComputeLogs
from trend_assets.warehouse.warehouse import Warehouse

KEY = ["a-run", "compute_logs", "a-step"]


@pytest.fixture
def there(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SharedComputeLogs:
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    return SharedComputeLogs(FiledComputeLogs(str(tmp_path / "there")))


@pytest.fixture
def here(there: SharedComputeLogs, tmp_path: Path) -> SharedComputeLogs:
    return SharedComputeLogs(FiledComputeLogs(str(tmp_path / "here")))


def text_of(manager: SharedComputeLogs, kind: ComputeIOType = ComputeIOType.STDOUT) -> str:
    return (manager.get_log_data_for_type(KEY, kind, 0, None)[0] or b"").decode()


@pytest.mark.parametrize(("executor", "kind"), [("celery", SharedComputeLogs), ("in_process", FiledComputeLogs)])
def test_logs_go_to_postgres_only_where_steps_run_elsewhere(executor, kind, monkeypatch, tmp_path):
    monkeypatch.setenv("TREND_ASSETS_EXECUTOR", executor)
    assert type(FiledComputeLogs.from_config_value(None, {"base_dir": str(tmp_path)})) is kind


def test_what_a_step_prints_is_read_on_another_machine_while_it_runs_and_afterwards(there, here, capfd):
    with capfd.disabled(), there.capture_logs(KEY):
        print("first\0", flush=True)
        there.on_progress(KEY)
        assert text_of(here) == "first" + "\n" and not here.is_capture_complete(KEY)
        print("second", flush=True)
        os.write(sys.stderr.fileno(), b"\xffrom below\n")
    assert here.is_capture_complete(KEY)
    assert text_of(here) == "first\nsecond\n"
    assert text_of(here, ComputeIOType.STDERR) == "�rom below\n"
    there.upload_to_cloud_storage(KEY, ComputeIOType.STDOUT, partial=True)
    assert here.is_capture_complete(KEY), "a partial upload that comes late undoes nothing"
    here.delete_logs(prefix=["a-run"])
    assert not here.is_capture_complete(KEY)


def test_of_a_long_output_the_end_is_kept(there, here, capfd, monkeypatch):
    monkeypatch.setattr(compute_logs, "MOST_BYTES", 1_000)
    with capfd.disabled(), there.capture_logs(KEY):
        print("x" * 5_000 + "the end")
    assert text_of(here).startswith("[4,008 bytes before this are left out]")
    assert text_of(here).endswith("the end\n") and len(text_of(here)) < 1_100


def test_a_step_does_not_fail_when_its_output_cannot_be_stored(there, capfd, monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
    with capfd.disabled(), there.capture_logs(KEY):
        print("kept")
    assert there.local_manager.get_log_data_for_type(KEY, ComputeIOType.STDOUT, 0, None)[0] == b"kept\n"


def test_old_output_goes_with_retention(there, here, database_url, capfd):
    with capfd.disabled(), there.capture_logs(KEY):
        print("said")
    now = datetime.now(UTC)
    assert purge_step_logs(Warehouse(database_url), before=now - timedelta(days=1)) == 0
    assert purge_step_logs(Warehouse(database_url), before=now + timedelta(days=1)) == 2
    assert not here.is_capture_complete(KEY)
