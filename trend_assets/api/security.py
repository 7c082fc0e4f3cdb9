"""Who asks and from where, before anything else runs (ASGI middleware).

- Host and Origin: only names that this server is known by, so that a foreign web page cannot reach it by DNS rebinding;
  and no page of another origin changes anything (`runtime/origin.py`, which Dagster's webserver obeys too).
- Key: `Authorization: Bearer ta_…`, or the signed session cookie of the pages, which counts for reading and for the
  pages' own forms only (they carry a token, see `sessions.py`).
- Size: a body larger than `MOST_BODY_BYTES` (a signed-in user's file to import: `MOST_UPLOAD_BYTES`) is refused before
  it is read, one without a stated length when it has become so.
- Headers that keep a browser from doing more than showing a page.
"""

from collections.abc import Callable, Collection

import psycopg
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trend_assets.api.keys import User, looks_like_a_key
from trend_assets.api.problems import answer, database_is_away, problem_response
from trend_assets.api.services import KEY_HELP
from trend_assets.api.sessions import SESSION_COOKIE, read_session
from trend_assets.newsletters.rendering.links import PICTURE_HOSTS
from trend_assets.runtime.origin import from_foreign_page, unknown_host

MOST_BODY_BYTES = 1_000_000
# a file to import, from somebody who is signed in: the one body that may be larger
UPLOAD_PATH, MOST_UPLOAD_BYTES = "/ui/imports", 100_000_000
# reachable without any key: the way in, and what says that the server lives
ALWAYS_OPEN = ("/health", "/docs", "/openapi.json", "/ui/sign-in", "/ui/style.css", "/desk/static/")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# an issue carries its styles itself, in an element and in attributes, as mail clients want it; all text in it is
# escaped, and scripts stay forbidden
ISSUE_POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {' '.join(PICTURE_HOSTS)}; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# the desk draws its lists anew in place: scripts are our own files, nothing is evaluated, and the issue beside it is a
# page of ours in a frame
DESK_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# the same issue in the frame beside the desk's lists
FRAMED_ISSUE_HEADERS = {
    "Content-Security-Policy": ISSUE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
}
# pages whose forms carry the session's token: there, and only there, a cookie may change something
WITH_FORMS = ("/ui/", "/desk/")
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # other sites learn nothing; with no-referrer a browser would send `Origin: null` with our own forms, too
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Gate:
    """Middleware; `check` looks a key up in the database (blocking), `public_reads` lets GET pass without a key;
    `hosts` and `own` are names and authorities of this server (`runtime/origin.py`)."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        check: Callable[[str], User | None],
        live: Callable[[User, str], bool],
        secret: bytes,
        hosts: Collection[str],
        public_reads: bool,
        own: Collection[str] = (),
    ) -> None:
        self._app, self._check, self._live, self._secret = app, check, live, secret
        self._hosts, self._own, self._public_reads = hosts, own, public_reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])

        body = _Body(receive, MOST_BODY_BYTES)
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if body.is_too_large and not begun:
                return  # whatever the application makes of a body that broke off; the reason is said below
            if message["type"] == "http.response.start":
                begun = True
                sent = message["headers"]
                given = {name for name, _ in sent}
                message["headers"] = [*sent, *(header for header in _HEADERS if header[0] not in given)]
            await send(message)

        try:
            problem = await self._refusal(scope, headers)
        except psycopg.OperationalError as error:  # the application's own handlers stand behind this middleware
            problem = await database_is_away(Request(scope), error)
        if problem is not None:
            await problem(scope, receive, guarded)
            return
        body.most = _most_bytes(scope)
        try:
            await self._app(scope, body.read, guarded)
        finally:
            if body.is_too_large and not begun:
                body.is_too_large = False
                await _too_large(body.most)(scope, receive, guarded)

    async def _refusal(self, scope: Scope, headers: dict[bytes, bytes]):
        if unknown_host(scope["headers"], self._hosts):
            return problem_response(
                400,
                "This server does not answer under that host name; set TREND_ASSETS_PUBLIC_URL to the name you use.",
            )
        if scope["method"] not in ("GET", "HEAD") and from_foreign_page(scope["headers"], own=self._own):
            return problem_response(403, "Only this server's own pages may send this; another site's page did.")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length[:12]) > MOST_UPLOAD_BYTES:
            return _too_large(MOST_UPLOAD_BYTES if scope["path"] == UPLOAD_PATH else MOST_BODY_BYTES)
        scheme, _, key = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        user = None
        if scheme:
            user = await self._user(key.strip()) if scheme.lower() == "bearer" else None
            if user is None:
                return problem_response(
                    401, f"The key is not valid. {KEY_HELP}", headers={"WWW-Authenticate": "Bearer"}
                )
        elif b"cookie" in headers:
            cookies = cookie_parser(headers[b"cookie"].decode("latin-1"))
            # a cookie reads; it changes something only through the pages' forms, which carry a token
            if scope["method"] in ("GET", "HEAD") or scope["path"].startswith(WITH_FORMS):
                user = await self._session(cookies.get(SESSION_COOKIE, ""))
        scope["user"] = user
        if int(length[:12]) > (most := _most_bytes(scope)):
            return _too_large(most)
        if user is None and not self._public_reads and not scope["path"].startswith(ALWAYS_OPEN):
            return answer(Request(scope), 401, f"This needs a key. {KEY_HELP}", headers={"WWW-Authenticate": "Bearer"})
        return None

    async def _session(self, cookie: str) -> User | None:
        claimed = read_session(cookie, secret=self._secret) if cookie else None
        # asked each time: a session that was signed out ends at once, in every worker
        if claimed is None or not await run_in_threadpool(self._live, claimed, cookie):
            return None
        return claimed

    async def _user(self, key: str) -> User | None:
        # asked each time: a key that was revoked works no longer, in no worker
        return await run_in_threadpool(self._check, key) if looks_like_a_key(key) else None


def _most_bytes(scope: Scope) -> int:
    is_upload = scope["path"] == UPLOAD_PATH and scope["method"] == "POST" and scope["user"] is not None
    return MOST_UPLOAD_BYTES if is_upload else MOST_BODY_BYTES


def _too_large(most: int) -> Response:
    return problem_response(413, f"A request's body may have {most:,} bytes at most.")


class _Body:
    """A body without a stated length, which is cut off at the same size."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._seen, self.most, self.is_too_large = receive, 0, most, False

    async def read(self) -> Message:
        if self.is_too_large:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            if self._seen > self.most:
                self.is_too_large = True
                return {"type": "http.disconnect"}
        return message
