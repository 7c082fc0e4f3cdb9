"""What the command line calls: serve in the foreground, or have one running in the state folder.

Clients never import the sandbox: they know an address.
"""

from collections.abc import Callable

from trend_assets.ports import listening
from trend_assets.sandbox.process import SandboxError, hold, is_running, revive, running, serve_socket

__all__ = ["SandboxError", "hold", "is_running", "revive", "running", "serve"]


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 7,
    latency_ms: float = 0.0,
    rate_limit: float | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the sandbox in the foreground until Ctrl-C. Port 0 takes a free one; `latency_ms` is added to every answer;
    `rate_limit` requests per second and provider are let through, the rest gets 429. Raises PortTaken."""
    from trend_assets.sandbox.simulation import gates

    bound = listening(port, host=host)
    say(f"Sandbox (simulated data) on http://{host}:{bound.getsockname()[1]}  seed {seed}. Ctrl-C stops it.")
    limits = dict.fromkeys(gates(), rate_limit) if rate_limit else {}
    serve_socket(
        bound, seed=seed, latency_seconds=latency_ms / 1000, rate_limits={k: v for k, v in limits.items() if v}
    )
