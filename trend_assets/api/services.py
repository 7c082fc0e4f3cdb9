"""What a request may use: settings, the two kinds of database sessions, the clock, who asks."""

import pathlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import psycopg
from fastapi import Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Cookie, Header, Path
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from psycopg_pool import ConnectionPool
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from trend_assets.api.keys import User
from trend_assets.api.launch import Launcher
from trend_assets.api.problems import Problem, problem_response
from trend_assets.api.reading import Reader
from trend_assets.settings import Settings
from trend_assets.text import display_text
from trend_assets.warehouse.warehouse import Warehouse

bearer = HTTPBearer(auto_error=False, description="A key made by `trend-assets api-key create`.")
KEY_HELP = "Send a key as `Authorization: Bearer ta_…`; `trend-assets api-key create` makes one."


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything that routes need; one per process, made by `api_app`."""

    settings: Settings
    reader: Reader
    shared: Reader
    searching: Reader
    writers: ConnectionPool
    warehouse: Warehouse
    launcher: Launcher
    secret: bytes
    state_dir: pathlib.Path
    now: Callable[[], datetime] = utc_now

    def write(self) -> AbstractContextManager[psycopg.Connection]:
        """A session that may write, in autocommit; use `.transaction()` for more than one statement."""
        return self.writers.connection()


def only_known_parameters(request: Request) -> None:
    """A query parameter that a route does not know is a problem 422: it would be ignored in silence. On every route."""
    if said := unknown_parameters(request.query_params, known_parameters(request.scope["route"])):
        raise Problem(422, said)


def unknown_parameters(asked: Iterable[str], known: set[str]) -> str:
    """A sentence that names the parameters that are not known, and those that are; empty when all are."""
    unknown = sorted(set(asked) - known)
    named = ", ".join(display_text(name, limit=40) or "an empty name" for name in unknown[:5])
    there = f"There are {', '.join(sorted(known))}." if known else "There are none here."
    return f"{named}: no such query parameter. {there}" if unknown else ""


def without_parameters(app: ASGIApp) -> ASGIApp:
    """What is no route of FastAPI's and takes no query parameter: it refuses each, as all routes do."""

    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        said = unknown_parameters(QueryParams(scope["query_string"]), set())
        await (problem_response(422, said) if said else app)(scope, receive, send)

    return refusing


def known_parameters(route: APIRoute) -> set[str]:
    """The names of a route's query parameters, those of its dependencies and parameter models with them."""
    elsewhere = (Path, Header, Cookie)
    fields = get_flat_params(route.dependant)
    return {field.alias for field in fields if not isinstance(field.field_info, elsewhere)}


def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def optional_user(request: Request) -> User | None:
    """Who asks, None without a key; set by the middleware in `security.py`."""
    user: User | None = request.scope.get("user")
    return user


def current_user(request: Request, _: Annotated[object, Depends(bearer)] = None) -> User:
    """Who asks; a problem 401 without a key that works."""
    user = optional_user(request)
    if user is None:
        raise Problem(401, f"This needs a key. {KEY_HELP}", headers={"WWW-Authenticate": "Bearer"})
    return user


Using = Annotated[Services, Depends(get_services)]
Asking = Annotated[User, Depends(current_user)]
