"""One switch for the engines that run steps; assets never know which one it is."""

import importlib
from typing import Any

import dagster as dg


class ExecutorMissing(RuntimeError):
    """The chosen executor's package is not installed; the message names it."""


def executor_for(kind: str) -> dg.ExecutorDefinition:
    """The executor named by `TREND_ASSETS_EXECUTOR`.

    `in_process` (default) costs about 50 ms a step where `multiprocess` costs 2 CPU-seconds, and leaves no orphaned
    step after a kill. `celery` wants RabbitMQ with late acknowledgement: the combination that recovered from a lost
    worker. `k8s` runs each step as a pod. The last two need their packages: the extras `celery` and `k8s`; raises
    ExecutorMissing without them.
    """
    if kind == "multiprocess":
        return dg.multiprocess_executor.configured(
            {"max_concurrent": 4, "start_method": {"forkserver": {"preload_modules": ["trend_assets.definitions"]}}}
        )
    if kind == "celery":
        return _imported("dagster_celery", extra=kind).celery_executor.configured(
            {
                "broker": {"env": "CELERY_BROKER_URL"},
                "backend": {"env": "CELERY_BACKEND_URL"},
                "config_source": {
                    "task_acks_late": True,
                    "task_reject_on_worker_lost": True,
                    "worker_prefetch_multiplier": 1,
                },
            }
        )
    if kind == "k8s":
        return _imported("dagster_k8s", extra=kind).k8s_job_executor
    return dg.in_process_executor


def _imported(module: str, *, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ExecutorMissing(
            f"TREND_ASSETS_EXECUTOR={extra} needs the package {error.name}: pip install 'trend_assets[{extra}]', or "
            "leave the variable empty to run steps in process."
        ) from error
