"""Dagster's webserver behind a guard: a web page that is not Dagster's own can neither launch nor read anything.

    python -m trend_assets.runtime.webserver --fd N --workspace FILE --code-server SOCKET
    python -m trend_assets.runtime.webserver --port N --workspace FILE

Dagster looks at no Host and no Origin, and takes mutations by GET: `<img src="…/graphql?query=mutation…">` on any page
would start a paid run. `Guard` refuses, before Dagster sees it:

- Host names that are not this machine's or configured (DNS rebinding), or two of them;
- every request and WebSocket of another origin, except a link that opens a page of the UI;
- anything but reading by GET, and a POST whose type is not JSON, as any page's form could send it, unless the browser
  says that one of our pages did.

Who may use Dagster is not decided here: it asks nobody for a name. What starts the process is `services.py`.
"""

import argparse
import gc
import logging
import socket
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trend_assets.ports import wait_for_socket
from trend_assets.runtime.origin import (
    Refusal,
    followed_a_link,
    from_foreign_page,
    from_own_page,
    header_values,
    known_hosts,
    public_authorities,
    referred_from_elsewhere,
    unknown_host,
)

if TYPE_CHECKING:
    from trend_assets.settings import Settings

CODE_SERVER_SECONDS = 60
# types that a page of another origin cannot send without asking first (CORS), and nobody here says yes
_JSON = ("application/json", "application/graphql")
_HEADERS = (
    (b"x-frame-options", b"SAMEORIGIN"),  # an invisible frame would let another page steer the user's clicks
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)


class Guard:
    """ASGI middleware. `hosts`: names we are called by; `own`: further host:port whose pages are ours (a proxy's)."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], own: Collection[str] = ()) -> None:
        self._app, self._hosts, self._own = app, hosts, own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = refusal(scope, hosts=self._hosts, own=self._own) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            await self._app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refused.detail})
        else:
            body = f"{refused.detail}\n".encode()
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": refused.status, "headers": [*headers, *_HEADERS]})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def refusal(scope: Scope, *, hosts: Collection[str], own: Collection[str] = ()) -> Refusal | None:
    """Why a request is not passed on to Dagster, None when it is."""
    headers = scope["headers"]
    if unknown_host(headers, hosts):
        return Refusal(
            400, "Dagster does not answer under that host name; set TREND_ASSETS_DAGSTER_URL to the address you use."
        )
    foreign = from_foreign_page(headers, own=own)
    if scope["type"] == "websocket":
        return Refusal(403, "Dagster takes WebSockets from its own pages only.") if foreign else None
    method, is_graphql = scope["method"], "graphql" in scope["path"].lower()
    if foreign and (is_graphql or not followed_a_link(method, headers)):
        return Refusal(403, "Dagster answers its own pages only; this request came from another site's page.")
    if method == "POST":
        types = [value.partition(";")[0].strip().lower() for value in header_values(headers, b"content-type")]
        if not (len(types) == 1 and types[0] in _JSON) and not (len(types) < 2 and from_own_page(headers, own=own)):
            return Refusal(415, "Send one Content-Type: application/json; other types could come from any page's form.")
        return None
    if method not in ("GET", "HEAD"):
        return Refusal(405, f"{method[:20]} is not possible here.")
    if is_graphql:
        if referred_from_elsewhere(headers):
            return Refusal(403, "Dagster answers its own pages only; this request came from another site's page.")
        asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if not all(_only_reads(query) for query in asked.get("query", ())):
            return Refusal(405, "GET reads; send what changes something as POST with Content-Type: application/json.")
    return None


def _only_reads(query: str) -> bool:
    """Whether every operation of a GraphQL document is a query; one that cannot be parsed is not executed either."""
    from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

    try:
        definitions = parse(query).definitions
    except GraphQLError:
        return True
    except RecursionError:
        return False
    return all(
        definition.operation is OperationType.QUERY
        for definition in definitions
        if isinstance(definition, OperationDefinitionNode)
    )


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(header for header in _HEADERS if header[0] not in given)]
        await send(message)

    return guarded


def names(settings: "Settings") -> set[str]:
    """What people and the HTTP API may call the webserver by."""
    return known_hosts(settings.dagster_url or "", settings.dagster_internal_url or "", settings.public_url)


def serve(listening: socket.socket, *, workspace: Path, code_server: Path | None) -> None:
    """Serve Dagster's UI on a bound socket until a signal ends it. The instance is DAGSTER_HOME's. A `code_server` that
    listens in a file is waited for."""
    # importing makes objects that stay: looking through them for rubbish again and again is a tenth of the start
    gc.disable()
    import uvicorn
    from dagster import DagsterInstance
    from dagster_webserver.app import create_app_from_workspace_process_context
    from dagster_webserver.cli import (
        DEFAULT_DB_STATEMENT_TIMEOUT,
        DEFAULT_POOL_MAX_OVERFLOW,
        DEFAULT_POOL_RECYCLE,
        WEBSERVER_LOGGER_NAME,
    )
    from dagster_webserver.version import __version__

    from trend_assets.runtime.dagster_private import webserver_parts
    from trend_assets.settings import get_settings

    WorkspaceProcessContext, WorkspaceFileTarget, configure_loggers = webserver_parts()
    gc.freeze()
    gc.enable()
    configure_loggers(log_level="INFO")
    # without a code server the workspace would load as an error with a stack trace, and heal a moment later
    if code_server:
        wait_for_socket(code_server, seconds=CODE_SERVER_SECONDS)
    settings = get_settings()
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW)
        target = WorkspaceFileTarget([str(workspace)])
        with WorkspaceProcessContext(instance, version=__version__, workspace_load_target=target) as context:
            app = create_app_from_workspace_process_context(context, live_data_poll_rate=2000)
            guarded = Guard(app, hosts=names(settings), own=public_authorities(settings.dagster_url or ""))
            logging.getLogger(WEBSERVER_LOGGER_NAME).info("Serving on http://%s:%s", *listening.getsockname()[:2])
            # a page keeps its WebSocket open for ever: a stop does not wait for it
            config = uvicorn.Config(guarded, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
            uvicorn.Server(config).run([listening])


def main() -> None:
    """Serve as the command line says; the socket is inherited from whoever started us."""
    parser = argparse.ArgumentParser(description="Dagster's webserver behind a guard.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--fd", type=int, help="Descriptor of a bound socket.")
    where.add_argument("--port", type=int, help="Port to listen on, in a container of its own.")
    parser.add_argument("--host", default="127.0.0.1", help="Address of that port.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--code-server", type=Path, help="Unix socket of the code server.")
    given = parser.parse_args()
    listening = socket.create_server((given.host, given.port)) if given.fd is None else socket.socket(fileno=given.fd)
    serve(listening, workspace=given.workspace, code_server=given.code_server)


if __name__ == "__main__":
    main()
