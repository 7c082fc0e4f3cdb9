"""`trend-assets run` and `backfill` in this process: what Ctrl-C does, and where a step's output goes."""

import os
import signal
import sys
import time
from datetime import date, timedelta

import dagster as dg
import pytest
from dagster._core.storage.compute_log_manager import ComputeIOType
from rich.console import Console

from trend_assets.commands.execute import NothingToRun, execute, partitions_between, progress_bar
from trend_assets.runtime.compute_logs import FiledComputeLogs


def run(*assets):
    job = dg.Definitions(assets=assets, executor=dg.in_process_executor).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance, progress_bar(Console(quiet=True)) as progress:
        return execute(progress, instance, job, "today")


@pytest.mark.parametrize("policy", [None, dg.RetryPolicy(max_retries=1, delay=600)], ids=["no retry", "retry"])
def test_ctrl_c_in_a_step_ends_the_command_also_where_a_retry_policy_would_try_again(policy):
    later = []

    @dg.asset(retry_policy=policy)
    def interrupted():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    @dg.asset(deps=[interrupted])
    def after():
        later.append(1)

    with pytest.raises(KeyboardInterrupt):
        run(interrupted, after)
    assert not later


def test_a_step_that_fails_is_a_sentence_and_the_others_go_on():
    done = []

    @dg.asset
    def failing():
        raise dg.Failure("No answer; try later.", allow_retries=False)

    @dg.asset
    def fine():
        done.append(1)

    outcome = run(failing, fine)
    assert outcome.problems == ["today: failing: No answer; try later."]
    assert outcome.made == {("fine", "None")}
    assert not outcome.broken
    assert done


def test_what_a_step_prints_is_in_its_file_and_starts_no_process(tmp_path, capfd, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", refuse)
    key = ["run", "compute_logs", "step"]
    logs = FiledComputeLogs(str(tmp_path))
    with capfd.disabled(), logs.capture_logs(key):
        print("printed")
        os.write(sys.stderr.fileno(), b"from below\n")
    assert logs.is_capture_complete(key)
    for kind, text in ((ComputeIOType.STDOUT, b"printed\n"), (ComputeIOType.STDERR, b"from below\n")):
        assert logs.get_log_data_for_type(key, kind, 0, None)[0] == text


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(2, 1, "holds no day"), (-9, 2, "2026-10-23 lies before .*TREND_ASSETS_START_DATE"), (2, 9, "lies in the future")],
)
def test_days_without_a_partition_are_refused_with_what_to_do(first, last, said):
    start = date(2026, 11, 1)
    with pytest.raises(NothingToRun, match=said):
        partitions_between(
            start + timedelta(days=first), start + timedelta(days=last), start=start, today=start + timedelta(days=5)
        )


def test_all_days_of_a_range_are_there():
    days = partitions_between(date(2026, 2, 27), date(2026, 3, 1), start=date(2026, 1, 1), today=date(2026, 3, 1))
    assert days == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]
