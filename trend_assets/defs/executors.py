"""One switch for the engines that run steps; assets never know which one it is."""

import dagster as dg

from trend_assets.runtime.extras import from_extra


def executor_for(kind: str) -> dg.ExecutorDefinition:
    """The executor named by `TREND_ASSETS_EXECUTOR`.

    `in_process` (default) costs about 50 ms a step where `multiprocess` costs 2 CPU-seconds, and leaves no orphaned
    step after a kill. `celery` gives steps to the workers of several machines (`trend-assets worker`). `k8s` runs each
    step as a pod. The last two need their packages: the extras `celery` and `k8s`; raises ExecutorMissing without them.
    """
    if kind == "multiprocess":
        return dg.multiprocess_executor.configured(
            {"max_concurrent": 4, "start_method": {"forkserver": {"preload_modules": ["trend_assets.definitions"]}}}
        )
    if kind == "celery":
        from_extra("dagster_celery", extra=kind)
        return celery_steps
    if kind == "k8s":
        return from_extra("dagster_k8s", extra=kind).k8s_job_executor
    return dg.in_process_executor


@dg.executor(name="celery", requirements=dg.multiple_process_executor_requirements(), config_schema={})
def celery_steps(_context: dg.InitExecutorContext) -> dg.Executor:
    """Broker and results are looked up by the process that needs them, from its own settings: no worker has to know the
    variables of the process that started the run, and no password gets into a run's configuration."""
    from trend_assets.runtime.celery_steps import executor
    from trend_assets.settings import get_settings

    return executor(get_settings())
