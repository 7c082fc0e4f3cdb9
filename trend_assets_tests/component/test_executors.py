"""The switch of the executor: every engine can be built from its name alone, and one that is not there says so."""

import importlib
import sys

import dagster as dg
import pytest

from trend_assets.defs.executors import executor_for
from trend_assets.runtime.extras import ExecutorMissing

SECRET = "a-password-of-the-broker"


@pytest.mark.parametrize("kind", ["in_process", "multiprocess"])
def test_the_bundled_engines_materialize_the_same_asset(kind):
    @dg.asset
    def one() -> None: ...

    defs = dg.Definitions([one], executor=executor_for(kind))
    job = defs.resolve_implicit_global_asset_job_def()
    assert job.executor_def.name.startswith(kind)
    if kind == "in_process":
        assert job.execute_in_process(instance=dg.DagsterInstance.ephemeral()).success


@pytest.mark.parametrize(("kind", "module"), [("celery", "dagster_celery"), ("k8s", "dagster_k8s")])
def test_an_engine_without_its_package_names_what_to_install(kind, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExecutorMissing, match=rf"pip install 'trend_assets\[{kind}\]'"):
        executor_for(kind)


@pytest.mark.parametrize(("kind", "module"), [("celery", "dagster_celery"), ("k8s", "dagster_k8s")])
def test_an_engine_with_its_package_resolves_its_configuration_for_our_jobs(kind, module, monkeypatch):
    pytest.importorskip(module, reason=f"needs the extra {kind}")
    from dagster._core.system_config.objects import ResolvedRunConfig

    monkeypatch.setenv("TREND_ASSETS_EXECUTOR", kind)
    import trend_assets.definitions

    job = importlib.reload(trend_assets.definitions).defs.resolve_job_def("daily_collection")
    config = ResolvedRunConfig.build(job, {}).execution
    assert config.execution_engine_name == kind
    if kind == "celery":
        # what a run needs to know of broker and results is in no configuration: a worker cannot lack it
        assert config.execution_engine_config == {}
    monkeypatch.undo()
    importlib.reload(trend_assets.definitions)


def test_steps_for_workers_are_acknowledged_late_and_their_results_lie_in_postgres(monkeypatch, database_url):
    steps = pytest.importorskip("trend_assets.runtime.celery_steps", reason="needs the extra celery")
    from trend_assets.settings import get_settings

    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("CELERY_BROKER_URL", f"amqp://trend:{SECRET}@127.0.0.1:1//")
    given = steps.executor(get_settings()).app_args()
    assert given["broker"].endswith("@127.0.0.1:1//") and given["backend"].startswith("db+postgresql+psycopg2://")
    assert given["config_source"].task_acks_late and given["config_source"].task_reject_on_worker_lost


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "needs a RabbitMQ: set CELERY_BROKER_URL"),
        (f"redis://:{SECRET}@127.0.0.1:1/0", "only RabbitMQ hands back the step of a lost worker"),
        (f"amqp://trend:{SECRET}@127.0.0.1:1//", "start RabbitMQ, or correct host, user and password"),
    ],
)
def test_a_worker_without_its_broker_says_so_before_it_begins(url, sentence, monkeypatch, tmp_path):
    pytest.importorskip("dagster_celery", reason="needs the extra celery")
    from click.testing import CliRunner

    from trend_assets.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    done = CliRunner().invoke(main, ["worker"])
    assert done.exit_code == 1 and sentence in done.output and SECRET not in done.output


def test_a_worker_without_its_package_says_what_to_install(monkeypatch):
    from click.testing import CliRunner

    from trend_assets.cli import main

    monkeypatch.delitem(sys.modules, "trend_assets.runtime.celery_steps", raising=False)
    monkeypatch.setitem(sys.modules, "celery", None)
    done = CliRunner().invoke(main, ["worker"])
    assert done.exit_code == 1 and "pip install 'trend_assets[celery]'" in done.output
