"""What steps print, kept in files for the UI and nowhere else.

Dagster's own manager also copies it to the terminal, by two `tail` and two Python processes for each run: they cost
time, outlive a kill, print tracebacks at Ctrl-C and write over the progress bar. `dagster.yaml` names the class.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.execution.compute_logs import redirect_to_file
from dagster._core.storage.compute_log_manager import CapturedLogContext, ComputeIOType
from dagster._core.storage.local_compute_log_manager import IO_TYPE_EXTENSION, LocalComputeLogManager
from dagster._serdes import ConfigurableClassData
from dagster._utils import ensure_file


class FiledComputeLogs(LocalComputeLogManager):
    """Dagster's local manager without the copy to the terminal; same folder, same files."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "FiledComputeLogs":
        return cls(inst_data=inst_data, **config_value)

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
