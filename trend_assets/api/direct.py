"""GET /trends and GET /feed/{date} without the framework, when there is nothing to say against a request (ASGI).

    plainly valid ──▶ one statement ──▶ its bytes
    anything else ──▶ FastAPI, which validates, documents and explains

FastAPI takes about as long to route and validate such a request as Postgres to answer it. Its routes give the same
bytes through the same functions; a request that this module does not understand, or cannot answer, is simply passed on.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import cast, get_args

import psycopg
from psycopg_pool import PoolTimeout
from starlette.types import ASGIApp, Receive, Scope, Send

from trend_assets.api import shared_reads
from trend_assets.api.models import FIRST_DAY, LAST_DAY, FeedFormat, PostPlatform
from trend_assets.api.problems import Problem
from trend_assets.api.routes.reads import LONGEST_CURSOR, MOST_PER_PAGE, PER_PAGE, accepted
from trend_assets.api.services import Services

_PLATFORMS = frozenset(get_args(PostPlatform))
_FORMATS = frozenset(get_args(FeedFormat))
_FEED = re.compile(r"/feed/(\d{4}-\d\d-\d\d)", re.ASCII)
# nothing that would need decoding
_PLAIN = re.compile(rb"(?:[a-z]+=[A-Za-z0-9_-]+(?:&(?!$)|$))*")
_LIMIT = re.compile(r"[1-9]\d{0,2}", re.ASCII)
Answer = tuple[bytes, Mapping[str, str]]


class DirectReads:
    """Middleware next to the application; reads `app.state.services`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await _answer(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if answer is None:
            await self._app(scope, receive, send)
            return
        body, given = answer
        headers = [(name.encode(), value.encode()) for name, value in given.items()]
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _answer(scope: Scope) -> Answer | None:
    path = scope["path"]
    try:
        if path == "/trends":
            return await _trends(scope)
        if path.startswith("/feed/"):
            return await _feed(scope)
    except (Problem, psycopg.Error, PoolTimeout):
        pass  # said properly by the application, which meets the same
    return None


async def _trends(scope: Scope) -> Answer | None:
    query = _plain_query(scope["query_string"], {"platform", "limit", "cursor", "archived"})
    if query is None:
        return None
    platform, limit, archived = query.get("platform"), query.get("limit", str(PER_PAGE)), query.get("archived", "false")
    cursor = query.get("cursor")
    if not (
        (platform is None or platform in _PLATFORMS)
        and _LIMIT.fullmatch(limit)
        and int(limit) <= MOST_PER_PAGE
        and archived in ("true", "false")
        and len(cursor or "") <= LONGEST_CURSOR
    ):
        return None
    page = await shared_reads.trends(
        _services(scope).shared,
        platform=platform,
        limit=int(limit),
        cursor=cursor,
        archived=archived == "true",
    )
    return page, {"content-type": "application/json"}


async def _feed(scope: Scope) -> Answer | None:
    found, query = _FEED.fullmatch(scope["path"]), _plain_query(scope["query_string"], {"format"})
    if found is None or query is None or query.get("format", "json") not in _FORMATS:
        return None
    try:
        day = date.fromisoformat(found[1])
    except ValueError:
        return None
    if not FIRST_DAY <= day <= LAST_DAY:
        return None
    form = cast(FeedFormat | None, query.get("format")) or accepted(_header(scope, b"accept"))
    issue = await shared_reads.feed_issue(_services(scope).shared, day, form)
    return (issue, shared_reads.issue_headers(form)) if issue is not None else None


def _plain_query(query: bytes, names: set[str]) -> dict[str, str] | None:
    """The parameters of a query in which each of `names` is given once at most, and nothing needs decoding."""
    if not _PLAIN.fullmatch(query):
        return None
    pairs = [part.split("=", 1) for part in query.decode("ascii").split("&")] if query else []
    found = {name: value for name, value in pairs}
    return found if len(found) == len(pairs) and found.keys() <= names else None


def _header(scope: Scope, name: bytes) -> str:
    """As Starlette reads a header: the first one by that name."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _services(scope: Scope) -> Services:
    services: Services = scope["app"].state.services
    return services
