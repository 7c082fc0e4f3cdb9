"""`trend-assets run` and `backfill` in this process: what Ctrl-C does, and where a step's output goes."""

import os
import signal
import sys
import time

import dagster as dg
import pytest
from dagster._core.storage.compute_log_manager import ComputeIOType
from rich.console import Console

from trend_assets.runtime.compute_logs import FiledComputeLogs
from trend_assets.runtime.execute import execute, progress_bar


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

    assert run(failing, fine) == ["today: failing: No answer; try later."]
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
