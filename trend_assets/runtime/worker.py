"""`trend-assets worker`: a process that runs steps of runs which other machines have started.

    package? ─▶ broker answers? ─▶ database answers, at our revision? ─▶ what Dagster needs is set ─▶ steps

Each of the first is a sentence when it is missing. A worker never changes the tables: who starts the platform does.
SIGTERM lets its step end, then the worker; a worker that is lost has its steps handed to another. How steps travel
belongs to `celery_steps.py`.
"""

import contextlib
import importlib
import os
import socket
from collections.abc import Callable

from trend_assets.runtime.extras import from_extra
from trend_assets.runtime.services import base_services
from trend_assets.runtime.state import state_dir
from trend_assets.settings import Settings, get_settings
from trend_assets.warehouse.errors import redact_url
from trend_assets.warehouse.schema import require_current

EXECUTOR = "celery"


def work(settings: Settings, *, name: str, concurrency: int, say: Callable[[str], None]) -> int:
    """Run steps until a signal ends it; the exit code. Raises ExecutorMissing, BrokerUnusable and the warehouse's
    errors, each a sentence, before anything is begun."""
    celery_steps = from_extra("trend_assets.runtime.celery_steps", extra=EXECUTOR)

    broker = celery_steps.broker_url(settings)
    celery_steps.require_broker(broker)
    # what a process of this worker reads, whatever `.env` says
    os.environ["TREND_ASSETS_EXECUTOR"] = EXECUTOR
    # Celery would prefer it to ours, and wait for ever where the run looks for none
    os.environ.pop("CELERY_RESULT_BACKEND", None)
    with contextlib.ExitStack() as stack:
        url = _database_url(settings, stack)
        require_current(url)
        services = stack.enter_context(base_services(settings))
        # once, before the processes that run steps are forked: they share it
        importlib.import_module("trend_assets.definitions")
        app = celery_steps.worker_app(get_settings())
        full_name = f"{name or f'worker{os.getpid()}'}@{socket.gethostname()}"
        worker = app.Worker(
            hostname=full_name, concurrency=concurrency, pool="prefork", loglevel="WARNING",
            without_gossip=True, without_mingle=True, quiet=True,
        )  # fmt: skip
        say(f"Broker    {celery_steps.shown(broker)}")
        say(f"Database  {redact_url(services.databases.data_url)}")
        if services.sandbox_url:
            say(f"Sandbox   {services.sandbox_url}  (simulated data; TREND_ASSETS_SANDBOX_URL shares one)")
        steps = "one step" if concurrency == 1 else f"{concurrency} steps"
        say(f"{full_name} runs {steps} at a time. SIGTERM or Ctrl-C ends it after the steps under way.")
        worker.start()
        return int(worker.exitcode or 0)


def _database_url(settings: Settings, stack: contextlib.ExitStack) -> str:
    if settings.database_url:
        return settings.database_url.get_secret_value()
    from trend_assets.runtime.postgres.embedded import server

    return stack.enter_context(server(state_dir(settings)))
