"""What this project takes from Dagster's private modules, so that an upgrade has one place to look at.

A name leaves this list when Dagster offers it in public, or what it is for is no longer needed. Nothing else in the
package imports `dagster._…`; `unit/test_rooms.py` keeps it so.

| for | names | until |
|---|---|---|
| connections that are kept | ConfigurableClassData, ConcurrencyClaimStatus, EventLogEntry | github.com/dagster-io/dagster/issues/33935: pool settings in the instance file |
| a run that knows its process, waits that are said | DagsterEvent, DagsterEventType, EngineEventData | an event listener that is an instance's setting |
| logs of steps in files and nowhere else | redirect_to_file, LocalComputeLogManager and its parts | github.com/dagster-io/dagster/issues/23336: a setting without the copy to the terminal |
| logs of steps on other machines | CloudStorageComputeLogManager and its parts | a manager over Postgres |
| the refresh | BulkActionsFilter, BulkActionStatus | `get_backfills` takes public filters |
| runs of a code server that is replaced | IN_PROGRESS_RUN_STATUSES, GRPC_INFO_TAG | a code server that says which runs it carries |
| what Celery does with retries of a step | RetryMode | dagster-celery takes none from its caller |
| runs whose id is known before they start | make_new_run_id | `execute_in_process` says the id at its start |
| the UI on a bound socket, the daemon in a process of its own | `webserver_parts`, `run_daemon` | the commands take a socket |
| a daemon that ends without errors | DagsterDaemonController | it ends its threads before the workspace that they read |
"""  # noqa: E501 - a table

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from dagster._core.events import DagsterEvent as DagsterEvent
from dagster._core.events import DagsterEventType as DagsterEventType
from dagster._core.events import EngineEventData as EngineEventData
from dagster._core.events.log import EventLogEntry as EventLogEntry
from dagster._core.execution.backfill import BulkActionsFilter as BulkActionsFilter
from dagster._core.execution.backfill import BulkActionStatus as BulkActionStatus
from dagster._core.execution.compute_logs import redirect_to_file as redirect_to_file
from dagster._core.execution.retries import RetryMode as RetryMode
from dagster._core.storage.cloud_storage_compute_log_manager import (
    CloudStorageComputeLogManager as CloudStorageComputeLogManager,
)
from dagster._core.storage.cloud_storage_compute_log_manager import (
    PollingComputeLogSubscriptionManager as PollingComputeLogSubscriptionManager,
)
from dagster._core.storage.compute_log_manager import CapturedLogContext as CapturedLogContext
from dagster._core.storage.compute_log_manager import CapturedLogSubscription as CapturedLogSubscription
from dagster._core.storage.compute_log_manager import ComputeIOType as ComputeIOType
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES as IN_PROGRESS_RUN_STATUSES
from dagster._core.storage.local_compute_log_manager import IO_TYPE_EXTENSION as IO_TYPE_EXTENSION
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager as LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage as LocalArtifactStorage
from dagster._core.storage.tags import GRPC_INFO_TAG as GRPC_INFO_TAG
from dagster._core.utils import make_new_run_id as make_new_run_id
from dagster._serdes import ConfigurableClass as ConfigurableClass
from dagster._serdes import ConfigurableClassData as ConfigurableClassData
from dagster._utils import ensure_file as ensure_file
from dagster._utils.concurrency import ConcurrencyClaimStatus as ConcurrencyClaimStatus

if TYPE_CHECKING:
    from dagster._core.definitions.assets.graph.asset_graph import AssetGraph as AssetGraph


def webserver_parts() -> tuple[Any, Any, Any]:
    """WorkspaceProcessContext, WorkspaceFileTarget and configure_loggers, which only the UI's process imports."""
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster._utils.log import configure_loggers

    return WorkspaceProcessContext, WorkspaceFileTarget, configure_loggers


def run_daemon(arguments: list[str]) -> None:
    """`dagster-daemon run` in this process, which at its end leaves no tick behind that finds its workspace closed."""
    from dagster._daemon.cli import run_command
    from dagster._daemon.controller import DagsterDaemonController

    ends = DagsterDaemonController.__exit__

    def ends_with_its_ticks(self: Any, *raised: Any) -> None:
        ends(self, *raised)
        for daemon in self._daemons.values():
            end_threads(daemon)

    DagsterDaemonController.__exit__ = ends_with_its_ticks  # type: ignore[method-assign]
    run_command.main(arguments, standalone_mode=False)


def end_threads(daemon: object) -> None:
    """Let the ticks end that a daemon evaluates now, and drop those that wait for a thread."""
    for value in vars(daemon).values():
        if isinstance(value, ThreadPoolExecutor):
            value.shutdown(cancel_futures=True)
