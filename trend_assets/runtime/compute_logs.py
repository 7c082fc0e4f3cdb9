"""Dagster's files: in the state folder, wherever a command was started, and nothing of them on the terminal.

What steps print is kept in files for the UI and nowhere else.
Dagster's own manager also copies it to the terminal, by two `tail` and two Python processes for each run: they cost
time, outlive a kill, print tracebacks at Ctrl-C and write over the progress bar. `dagster.yaml` names the classes.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from dagster import Field, StringSource

from trend_assets.runtime.dagster_private import (
    IO_TYPE_EXTENSION,
    CapturedLogContext,
    ComputeIOType,
    ConfigurableClassData,
    LocalArtifactStorage,
    LocalComputeLogManager,
    ensure_file,
    redirect_to_file,
)
from trend_assets.runtime.state import dagster_dir

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
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "FiledComputeLogs":
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
