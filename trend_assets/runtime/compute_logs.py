"""Dagster's files: in the state folder, wherever a command was started, and nothing of them on the terminal.

What steps print is kept in files for the UI and nowhere else; where steps run on other machines, in Postgres, which the
UI reads (`SharedComputeLogs`; Dagster has such managers for object stores only).
Dagster's own manager also copies it to the terminal, by two `tail` and two Python processes for each run: they cost
time, outlive a kill, print tracebacks at Ctrl-C and write over the progress bar. `dagster.yaml` names the classes.
"""

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
from dagster import Field, StringSource

from trend_assets.runtime.dagster_private import (
    IO_TYPE_EXTENSION,
    CapturedLogContext,
    CapturedLogSubscription,
    CloudStorageComputeLogManager,
    ComputeIOType,
    ConfigurableClass,
    ConfigurableClassData,
    LocalArtifactStorage,
    LocalComputeLogManager,
    PollingComputeLogSubscriptionManager,
    ensure_file,
    redirect_to_file,
)
from trend_assets.runtime.database import held_databases
from trend_assets.runtime.state import dagster_dir
from trend_assets.settings import get_settings
from trend_assets.warehouse.connection import connect
from trend_assets.warehouse.errors import WarehouseError

ELSEWHERE = ("celery", "k8s")
"""Executors whose steps run on other machines than the UI."""
SHOWN_EVERY_SECONDS = 15
MOST_BYTES = 1_000_000
_BASE_DIR = Field(StringSource, is_required=False, description="Default: `dagster` in the state folder.")


class StateArtifacts(LocalArtifactStorage):
    """Dagster's `LocalArtifactStorage` in the state folder, where `base_dir` says nothing else."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"base_dir": _BASE_DIR}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "StateArtifacts":
        return cls(config_value.get("base_dir") or str(dagster_dir()), inst_data)


class FiledComputeLogs(LocalComputeLogManager):
    """Dagster's local manager without the copy to the terminal; same files, in the state folder where `base_dir` says
    nothing else."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {**cast(dict[str, Any], super().config_type()), "base_dir": _BASE_DIR}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Any:
        if get_settings().executor in ELSEWHERE:
            return SharedComputeLogs(cls(config_value.get("base_dir") or str(dagster_dir())), inst_data)
        return cls(inst_data=inst_data, **{"base_dir": str(dagster_dir()), **config_value})

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Standard output and error of this process go to the run's two files until the end of the block."""
        out, err = (
            self.get_captured_local_path(log_key, IO_TYPE_EXTENSION[kind])
            for kind in (ComputeIOType.STDOUT, ComputeIOType.STDERR)
        )
        ensure_file(out)
        ensure_file(err)
        with redirect_to_file(sys.stdout, out), redirect_to_file(sys.stderr, err):
            yield CapturedLogContext(log_key)
        # says that the capture is complete
        Path(self.complete_artifact_path(log_key)).touch()


class SharedComputeLogs(CloudStorageComputeLogManager, ConfigurableClass):
    """The same files while a step runs; then, and every few seconds before, their end goes to `ops.step_logs`, where
    the UI of another machine finds it, and erasing and retention too."""

    def __init__(self, files: FiledComputeLogs, inst_data: ConfigurableClassData | None = None) -> None:
        self._files, self._inst_data = files, inst_data
        self._subscriptions = PollingComputeLogSubscriptionManager(self)

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return FiledComputeLogs.config_type()

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Any:
        return FiledComputeLogs.from_config_value(inst_data, config_value)

    @property
    def local_manager(self) -> LocalComputeLogManager:
        return self._files

    @property
    def upload_interval(self) -> int:
        return SHOWN_EVERY_SECONDS

    def upload_to_cloud_storage(self, log_key: Sequence[str], io_type: ComputeIOType, partial: bool = False) -> None:
        path = Path(self._files.get_captured_local_path(log_key, IO_TYPE_EXTENSION[io_type]))
        content = _end_of(path) if path.exists() else ""
        with _database() as connection:
            connection.execute(
                "INSERT INTO ops.step_logs (log_key, stream, content, is_complete, written_at) "
                "VALUES (%s, %s, %s, %s, clock_timestamp()) ON CONFLICT (log_key, stream) DO UPDATE SET "
                "content = excluded.content, is_complete = excluded.is_complete, written_at = excluded.written_at "
                # a step that is run again begins anew; what was partial and comes late changes nothing
                "WHERE excluded.is_complete OR NOT step_logs.is_complete",
                ("/".join(log_key), io_type.value, content, not partial),
            )

    def download_from_cloud_storage(
        self, log_key: Sequence[str], io_type: ComputeIOType, partial: bool = False
    ) -> None:
        path = Path(self._files.get_captured_local_path(log_key, IO_TYPE_EXTENSION[io_type], partial=partial))
        path.parent.mkdir(parents=True, exist_ok=True)
        with _database() as connection:
            row = connection.execute(
                "SELECT content FROM ops.step_logs WHERE log_key = %s AND stream = %s",
                ("/".join(log_key), io_type.value),
            ).fetchone()
        path.write_text(row[0] if row else "", encoding="utf-8")

    def cloud_storage_has_logs(self, log_key: Sequence[str], io_type: ComputeIOType, partial: bool = False) -> bool:
        with _database() as connection:
            return bool(
                connection.execute(
                    "SELECT 1 FROM ops.step_logs WHERE log_key = %s AND stream = %s AND is_complete = %s",
                    ("/".join(log_key), io_type.value, not partial),
                ).fetchone()
            )

    def delete_logs(self, log_key: Sequence[str] | None = None, prefix: Sequence[str] | None = None) -> None:
        self._files.delete_logs(log_key=log_key, prefix=prefix)
        whole, begins = "/".join(log_key or ()), f"{'/'.join(prefix or ())}/"
        with _database() as connection:
            connection.execute(
                "DELETE FROM ops.step_logs WHERE log_key = %s OR (%s AND starts_with(log_key, %s))",
                (whole, bool(prefix), begins),
            )

    def download_url_for_type(self, log_key: Sequence[str], io_type: ComputeIOType) -> None:
        return None

    def display_path_for_type(self, log_key: Sequence[str], io_type: ComputeIOType) -> str:
        return f"ops.step_logs, log_key {'/'.join(log_key)}, {io_type.value}"

    def on_subscribe(self, subscription: CapturedLogSubscription) -> None:
        self._subscriptions.add_subscription(subscription)

    def on_unsubscribe(self, subscription: CapturedLogSubscription) -> None:
        self._subscriptions.remove_subscription(subscription)

    def _on_capture_complete(self, log_key: Sequence[str]) -> None:
        try:
            for kind in (ComputeIOType.STDOUT, ComputeIOType.STDERR):
                self.upload_to_cloud_storage(log_key, kind)
        except (psycopg.Error, WarehouseError) as error:
            # a step does not fail for its output, which stays in its files
            print(f"The output of {'/'.join(log_key)} stays on this machine: {error}", file=sys.stderr)
        else:
            self._files.delete_logs(log_key=log_key)

    def on_progress(self, log_key: Sequence[str]) -> None:
        with contextlib.suppress(psycopg.Error, WarehouseError):  # the next one is a few seconds away
            super().on_progress(log_key)


def _database() -> AbstractContextManager[psycopg.Connection]:
    return connect(held_databases(get_settings()).data_url)


def _end_of(path: Path) -> str:
    """The last MOST_BYTES of a file, as text that Postgres can hold."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - MOST_BYTES))
        text = file.read().decode("utf-8", "replace").replace("\0", "")
    return f"[{size - MOST_BYTES:,} bytes before this are left out]\n{text}" if size > MOST_BYTES else text
