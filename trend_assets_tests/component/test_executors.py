"""The switch of the executor: every engine can be built from its name alone, and one that is not there says so."""

import importlib
import sys

import dagster as dg
import pytest

from trend_assets.defs.executors import ExecutorMissing, executor_for


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

    monkeypatch.setenv("CELERY_BROKER_URL", "pyamqp://guest@rabbit//")
    monkeypatch.setenv("CELERY_BACKEND_URL", "rpc://")
    monkeypatch.setenv("TREND_ASSETS_EXECUTOR", kind)
    import trend_assets.definitions

    job = importlib.reload(trend_assets.definitions).defs.resolve_job_def("daily_collection")
    config = ResolvedRunConfig.build(job, {}).execution
    assert config.execution_engine_name == kind
    if kind == "celery":
        assert config.execution_engine_config["broker"] == "pyamqp://guest@rabbit//"
        assert config.execution_engine_config["config_source"]["task_acks_late"] is True
    monkeypatch.undo()
    importlib.reload(trend_assets.definitions)
