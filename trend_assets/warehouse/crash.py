"""Named points at which a test may kill the process, to prove that a crash there loses nothing and pays nothing twice.

Dead code in production: without TREND_ASSETS_TEST_CRASHES=1 nothing is even compared.
"""

import os
import signal
from typing import Literal

CrashPoint = Literal[
    "before_intent", "after_intent", "after_execute", "after_answer_stored",
    "before_load", "during_load", "after_load", "after_delete", "before_commit", "after_commit",
]  # fmt: skip


def crash_point(name: CrashPoint) -> None:
    """Kill this process like kill -9 where TA_CRASH_AT names this point."""
    if os.environ.get("TREND_ASSETS_TEST_CRASHES") == "1" and os.environ.get("TA_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
