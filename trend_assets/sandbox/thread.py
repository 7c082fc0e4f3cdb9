"""The sandbox inside a thread of the calling process: for tests and benchmarks that want one of their own."""

import contextlib
import threading
import time
from collections.abc import Iterator

from trend_assets.sandbox.process import bind


@contextlib.contextmanager
def in_thread(
    *, seed: int = 7, latency_seconds: float = 0.0, rate_limits: dict[str, float] | None = None
) -> Iterator[str]:
    """The address of a sandbox that lives until the block ends; nothing is shared and nothing is written to disk."""
    import uvicorn

    from trend_assets.sandbox.server import create_app

    app = create_app(seed=seed, latency_seconds=latency_seconds, rate_limits=rate_limits)
    bound = bind("127.0.0.1", 0)
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, date_header=False, server_header=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        bound.close()
