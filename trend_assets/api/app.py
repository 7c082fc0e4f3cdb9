"""The HTTP API and its pages: `api_app` builds the application, `serve` runs it.

Gate (host, origin, key, size, headers) ──▶ HeadAsGet ──▶ AnswerCache (shared reads, pages) ──▶ FastAPI routes
"""

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from psycopg_pool import ConnectionPool
from starlette.routing import Route

from trend_assets.api import problems
from trend_assets.api.cache import AnswerCache
from trend_assets.api.desk import routes as desk
from trend_assets.api.desk import watching
from trend_assets.api.head import HeadAsGet
from trend_assets.api.keys import User, check_key
from trend_assets.api.launch import Launcher, WebserverLauncher
from trend_assets.api.mcp import Reads, http_app, mcp_server
from trend_assets.api.problems import ProblemBody
from trend_assets.api.reading import POOL_WAIT_SECONDS, Reader, asked
from trend_assets.api.routes import actions, imports, pages, pictures, reads, scoreboard, search, start, subjects
from trend_assets.api.security import Gate
from trend_assets.api.services import Services, only_known_parameters, utc_now, without_parameters
from trend_assets.api.sessions import is_live, session_secret
from trend_assets.runtime.origin import known_hosts, public_authorities
from trend_assets.settings import Settings
from trend_assets.warehouse.libpq import forget_variables
from trend_assets.warehouse.warehouse import Warehouse

# the same for everybody who may read at all
SHARED_PATHS = (
    "/trends", "/creators", "/feed/", "/n/", "/trend-reports/", "/sources/status", "/search", "/about/", "/scoreboard",
)  # fmt: skip
# the same for everybody who has not signed in
PAGES = ("/ui/",)
WRITERS = 4
# keys and sessions are looked up beside the writers, which wait for Dagster while they start a run
CHECKERS = 2
# more than the cores, since others use the machine too; with many more, readers would overtake each other
SHARED_READERS = 3


def api_app(
    settings: Settings,
    *,
    database_url: str,
    state_dir: Path,
    public_reads: bool = True,
    host: str = "127.0.0.1",
    launcher: Launcher | None = None,
    now: Callable[[], datetime] = utc_now,
    cache_seconds: float | None = None,
) -> FastAPI:
    """The application. Opens nothing before it is started (ASGI lifespan).

    `public_reads`: whether GET works without a key; `host`: the name or address it is bound to.
    """
    secret = session_secret(state_dir)
    # what writes is never asked twice, so it looks first whether its connection lives
    writers = _pool(database_url, size=WRITERS, wait=10, check=ConnectionPool.check_connection)
    checkers = _pool(database_url, size=CHECKERS, wait=POOL_WAIT_SECONDS)

    server = mcp_server(lambda: reads_of(app.state.services))
    assistants = http_app(server)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        forget_variables()
        with ExitStack() as held:
            for pool in (writers, checkers):
                held.callback(pool.close)
                pool.open(wait=True, timeout=10)
            app.state.services = Services(
                settings=settings,
                reader=held.enter_context(Reader(database_url)),
                shared=held.enter_context(Reader(database_url, size=SHARED_READERS, leaves_no_index=True)),
                searching=held.enter_context(Reader(database_url, size=SHARED_READERS, plans_each=True)),
                writers=writers,
                warehouse=Warehouse(database_url),
                launcher=launcher or WebserverLauncher(settings.dagster_internal_url or settings.dagster_url),
                secret=secret,
                state_dir=state_dir,
                now=now,
            )
            async with server.session_manager.run():
                yield

    app = FastAPI(
        dependencies=[Depends(only_known_parameters)],
        title="trend_assets",
        version=version("trend_assets"),
        summary="What is rising, who makes it, and why it ranks.",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere; `pages.py` renders the reference
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    problems.install(app)
    # watching before the desk's own, whose days would take its address
    for room in (reads, pictures, search, subjects, start, scoreboard, actions, pages, imports, watching, desk):
        app.include_router(room.router)
    app.router.routes.extend(assistants.routes)
    for route in app.router.routes:
        if isinstance(route, Route) and not isinstance(route, APIRoute):
            route.app = without_parameters(route.app)
    _document_problems(app)

    def check(key: str) -> User | None:
        return asked(checkers, lambda connection: check_key(connection, key))

    def live(user: User, cookie: str) -> bool:
        return asked(checkers, lambda connection: is_live(connection, user, cookie))

    seconds = {} if cache_seconds is None else {"seconds": cache_seconds}
    app.add_middleware(AnswerCache, prefixes=SHARED_PATHS, pages=PAGES, **seconds)
    app.add_middleware(HeadAsGet)
    app.add_middleware(
        Gate,
        check=check,
        live=live,
        secret=secret,
        hosts=known_hosts(settings.public_url, host),
        own=public_authorities(settings.public_url),
        public_reads=public_reads,
    )

    @app.get("/health", tags=["reading"], responses=problems.responses(503))
    def health() -> dict[str, str]:
        """Whether the server and its database answer."""
        services: Services = app.state.services
        services.reader.value("SELECT 1")
        return {"status": "ok"}

    return app


def _pool(database_url: str, *, size: int, wait: float, **options: Any) -> ConnectionPool:
    return ConnectionPool(
        database_url,
        min_size=1,
        max_size=size,
        timeout=wait,
        open=False,
        **options,
        kwargs={"autocommit": True, "application_name": "trend_assets api", "options": "-c timezone=UTC"},
    )


def reads_of(services: Services) -> Reads:
    """What the tools of the Model Context Protocol read with."""
    return Reads(services.reader, services.searching, services.now)


DESCRIPTION = """Reading is open on this machine; what belongs to a user needs a key made by
`trend-assets api-key create`, sent as `Authorization: Bearer ta_…`. Errors are `application/problem+json`.
Lists are paged with `cursor`; unknown is null, never 0. `is_simulated` marks data of the bundled sandbox."""


def _document_problems(app: FastAPI) -> None:
    """Add the problem's schema to the OpenAPI document, which the routes refer to by name."""
    made = app.openapi

    def openapi() -> dict[str, object]:
        document = made()
        schema = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
        document.setdefault("components", {}).setdefault("schemas", {})["ProblemBody"] = schema
        for path in document["paths"].values():
            for operation in path.values():
                invalid = operation["responses"].get("422", {})
                if "application/json" in invalid.get("content", {}):
                    operation["responses"]["422"] = problems.responses(422)[422]
        return document

    app.openapi = openapi  # type: ignore[method-assign]
