"""Errors as `application/problem+json` (RFC 9457): every one is a sentence that says what was wrong and what to do."""

import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from trend_assets.api.launch import LaunchFailed
from trend_assets.competitors.lists import ListChanged, NothingToImport
from trend_assets.competitors.profiles import UnknownProfile
from trend_assets.competitors.requests import TooManyRequests
from trend_assets.media.jobs import TooManyJobs
from trend_assets.media.policy import Refused
from trend_assets.text import display_text
from trend_assets.warehouse.errors import WarehouseError
from trend_assets.warehouse.tombstones import ErasedPerson

log = logging.getLogger(__name__)

TITLES = {
    400: "Bad request",
    401: "No valid key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Wrong type of body",
    422: "Invalid request",
    429: "Too many requests",
    500: "Internal error",
    502: "Upstream failed",
    503: "Not available",
}


SENTENCES: dict[type[Exception], tuple[int, int | None]] = {
    ErasedPerson: (403, None),
    LaunchFailed: (503, 30),
    ListChanged: (409, None),
    NothingToImport: (409, None),
    Refused: (403, None),
    TooManyJobs: (429, 60),
    TooManyRequests: (429, 3600),
    UnknownProfile: (422, None),
    WarehouseError: (503, None),
}
"""Errors from below whose message is a sentence for the person who asked: the status, and after how many seconds asking
again makes sense."""


AWAY = "The database does not answer at the moment; try again in a few seconds."


class ProblemBody(BaseModel):
    """The body of every error."""

    type: str = Field("about:blank", description="Kind of problem; the status says enough so far.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was wrong and what to do, in sentences.")
    errors: list[dict[str, Any]] = Field(default_factory=list, description="Each bad field: where and why.")


class Problem(Exception):
    """Ends a request with a problem document; `detail` is a sentence for the person who asked."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def problem_response(
    status: int, detail: str, *, errors: list[dict[str, Any]] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The response of a problem."""
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    return JSONResponse(
        body | ({"errors": errors} if errors else {}),
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of these problems for one route."""
    return {
        status: {
            "description": TITLES[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in SENTENCES:
        app.add_exception_handler(kind, _said)
    app.add_exception_handler(psycopg.errors.QueryCanceled, _too_long)
    app.add_exception_handler(psycopg.OperationalError, database_is_away)
    app.add_exception_handler(Exception, _unexpected)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(request, error.status, error.detail, headers=error.headers)


def answer(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document, or for one of the pages a page that says the same; a page's script reads the document."""
    is_page = request.url.path in ("/", "/ui", "/desk") or request.url.path.startswith(("/ui/", "/desk/"))
    if is_page and request.headers.get("hx-request") != "true":
        from trend_assets.api.routes.pages import problem_page

        return problem_page(request, status, detail)
    return problem_response(status, detail, errors=errors, headers=headers)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = {
        404: f"There is nothing at {display_text(request.url.path, limit=200)}; GET /openapi.json lists what there is.",
        405: f"{request.method} is not possible here.",
    }.get(error.status_code, str(error.detail))
    return answer(request, error.status_code, detail, headers=error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = faults_of(error)
    return answer(request, 422, said_of(found), errors=found)


def faults_of(error: ValidationError | RequestValidationError) -> list[dict[str, Any]]:
    """Each bad field: where and why. Never what was given."""
    return [
        {"where": ".".join(map(str, fault["loc"])), "why": display_text(str(fault["msg"]), limit=300)}
        for fault in error.errors()
    ]


def said_of(faults: list[dict[str, Any]]) -> str:
    """The first bad fields in sentences."""
    return display_text(" ".join(f"{fault['where']}: {fault['why']}." for fault in faults[:5]), limit=1000)


async def _said(request: Request, error: Exception) -> Response:
    status, again = next(SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES)
    headers = {"Retry-After": str(again)} if again else None
    return answer(request, status, display_text(str(error), limit=1000), headers=headers)


async def _too_long(request: Request, error: Exception) -> Response:
    return answer(
        request, 503, "The database needs too long for this; ask for less: another word, a filter, fewer days."
    )


async def database_is_away(request: Request, error: Exception) -> Response:
    """The answer when the database is away, or its connections stayed busy."""
    log.warning("The database did not answer: %s", type(error).__name__)
    return answer(
        request,
        503,
        AWAY,
        headers={"Retry-After": "5"},
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, display_text(request.url.path, limit=200), exc_info=error)
    return answer(request, 500, "Something went wrong on our side; the server's log holds the cause.")
