"""The sandbox's HTTP application: all providers, covers and media files on one address.

How it is started, shared and stopped belongs to `cli` and `process`.
"""

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from trend_assets.sandbox import control
from trend_assets.sandbox.gate import Gate
from trend_assets.sandbox.simulation import simulations
from trend_assets.sandbox.state import Sandbox, reply
from trend_assets.sandbox.world import world_of


class _Version(Convertor[str]):
    """A Graph API version in a path, such as v25.0."""

    regex = r"v\d+\.\d+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


async def _not_found(request: Request, problem: Exception) -> Response:
    return reply({"error": f"The sandbox has no {request.method} {request.url.path}. What there is stands at /."}, 404)


async def _not_allowed(request: Request, problem: Exception) -> Response:
    return reply({"detail": "Method Not Allowed"}, 405)


class SandboxApp(Starlette):
    """Starlette with the gate outside of everything: cutting a connection needs the server's own `send`."""

    def build_middleware_stack(self) -> ASGIApp:
        return Gate(super().build_middleware_stack(), sandbox=self.state.sandbox)


def create_app(
    *, seed: int = 7, latency_seconds: float = 0.0, rate_limits: dict[str, float] | None = None
) -> SandboxApp:
    """The application over the world of a seed. `rate_limits`: requests per second by provider, else unlimited."""
    register_url_convertor("version", _Version())
    sandbox = Sandbox(world_of(seed), latency_seconds=latency_seconds, rate_limits=rate_limits or {})
    app = SandboxApp(
        routes=[*control.routes(), *(route for each in simulations() for route in each.routes())],
        exception_handlers={404: _not_found, 405: _not_allowed},
    )
    app.state.sandbox = sandbox
    return app
