"""The guard in front of Dagster's webserver, as an ASGI application: what a foreign page sends does not get through."""

import asyncio
from urllib.parse import quote

import pytest

from trend_assets.runtime.origin import known_hosts, public_authorities
from trend_assets.runtime.webserver import Guard

OWN = "127.0.0.1:3000"
HOSTS = known_hosts("https://dagster.example.org", "http://[fd00::7]:8000")
MUTATION = 'mutation { setConcurrencyLimit(concurrencyKey: "x", limit: 1) }'
QUERY = "{ version }"
FOREIGN = {"origin": "https://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def asked(method="GET", path="/graphql", *, query="", headers=None, kind="http", more=()):
    """What the guard did with a request: None when Dagster saw it, else the messages that it sent itself."""
    passed, sent = [], []

    async def dagster(scope, receive, send):
        passed.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})

    async def receive():
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message):
        sent.append(message)

    given = {"host": OWN, **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in given.items() if value is not None] + list(more)
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": raw}
    if kind == "http":
        scope["method"] = method
    guard = Guard(dagster, hosts=HOSTS, own=public_authorities("https://dagster.example.org"))
    asyncio.run(guard(scope, receive, send))
    return None if passed else sent


def status(**request) -> int:
    sent = asked(**request)
    return 200 if sent is None else sent[0].get("status", sent[0].get("code"))


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "request_",
    [
        {"query": "query=" + quote(QUERY)},
        {"query": "query=" + quote("query A { version } query B { version }") + "&operationName=A"},
        {"method": "POST", "headers": JSON},
        {"method": "POST", "headers": {"content-type": "application/json; charset=utf-8"}},
        {"method": "POST", "headers": JSON | {"origin": f"http://{OWN}", "sec-fetch-site": "same-origin"}},
        {"method": "POST", "headers": {"content-type": "application/graphql"}},
        {"method": "POST", "headers": JSON | {"host": "dagster.example.org", "origin": "https://dagster.example.org"}},
        # a proxy that calls us by our local name
        {"method": "POST", "headers": JSON | {"origin": "https://dagster.example.org"}},
        {"method": "POST", "path": "/report_asset_materialization/a", "headers": {"origin": f"http://{OWN}"}},
        {"path": "/runs", "headers": {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}},
        {"path": "/assets/feed/issues", "headers": LINK},
        {"method": "HEAD", "path": "/server_info"},
        {"path": "/server_info", "headers": {"host": "localhost:3000"}},
        {"path": "/server_info", "headers": {"host": "LOCALHOST:9999"}},  # a forwarded port
        {"path": "/server_info", "headers": {"host": "[::1]:3000"}},
        {"path": "/server_info", "headers": {"host": "[fd00::7]"}},
        {"kind": "websocket", "headers": {"origin": f"http://{OWN}"}},
        {"kind": "websocket"},  # a program's
    ],
)
def test_the_ui_its_links_and_programs_get_through(request_):
    assert asked(**request_) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "127.0.0.1:3000@evil.example", "", None,
             "localhost.", "127.0.0.1:30x0", "[::1", "[::1]evil", "0.0.0.0:3000"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_host_name_that_is_not_ours_is_refused(host, kind):
    assert status(path="/server_info", kind=kind, headers={"host": host}) == (400 if kind == "http" else 1008)


def test_two_host_names_are_refused_even_when_one_is_ours():
    assert status(path="/server_info", more=[(b"host", b"evil.example")]) == 400
    assert status(path="/server_info", more=[(b"host", OWN.encode())]) == 400


@pytest.mark.parametrize(
    "headers",
    [
        FOREIGN,
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://["},  # no address at all
        {"origin": "http://127.0.0.1:8000"},  # another server of this machine
        {"origin": "http://localhost:3000"},  # the same server by its other name is another origin
        {"origin": f"http://{OWN}.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": f"http://{OWN}", "sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize(
    "request_",
    [
        {"query": "query=" + quote(QUERY)},
        {"query": "query=" + quote(MUTATION)},
        {"method": "POST", "headers": JSON},
        {"method": "POST", "path": "/report_asset_materialization/feed/items"},
        {"method": "POST", "path": "/graphql/", "headers": JSON},
        {"path": "/logs/a/b.out"},
        {"path": "/download_debug/1"},
        {"path": "/"},
        {"method": "OPTIONS", "headers": {"access-control-request-method": "POST"}},
    ],
)
def test_a_page_of_another_origin_gets_no_answer(headers, request_):
    assert status(**request_ | {"headers": request_.get("headers", {}) | headers}) == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8000"])
def test_a_websocket_of_another_origin_is_not_opened(origin):
    assert status(kind="websocket", headers={"origin": origin}) == 1008


def test_two_origins_are_refused():
    assert status(method="POST", headers=JSON | {"origin": f"http://{OWN}"}, more=[(b"origin", b"null")]) == 403


@pytest.mark.parametrize(
    "query",
    [
        MUTATION,
        "mutation M { a } query Q { version }",
        "query Q { version } mutation M { a }",
        "subscription { a }",
        "{ version } " + "{" * 5_000,  # no parser of theirs gets through this either, or it is not a query
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/prefix/GraphQL"])
def test_get_changes_nothing_whoever_asks(query, method, path):
    if "{{{{" in query:
        pytest.importorskip("graphql")
        assert status(method=method, path=path, query="query=" + quote(query)) in (200, 405)
        return
    for also in ("", "&operationName=Q", "&query=" + quote(QUERY)):
        assert status(method=method, path=path, query="query=" + quote(query) + also) == 405


def test_a_get_of_an_old_browser_shows_in_its_referrer():
    asks = {"query": "query=" + quote(QUERY)}
    assert status(**asks, headers={"referer": "https://evil.example/page"}) == 403
    assert status(**asks, headers={"referer": f"http://{OWN}/graphql"}) == 200


@pytest.mark.parametrize("kind", ["navigate to graphql", "frame", "form"])
def test_only_a_link_that_opens_a_page_of_its_own_may_come_from_elsewhere(kind):
    request = {
        "navigate to graphql": {"query": "query=" + quote(QUERY), "headers": LINK},
        "frame": {"path": "/runs", "headers": LINK | {"sec-fetch-dest": "iframe"}},
        "form": {"method": "POST", "path": "/runs", "headers": LINK | {"origin": "https://evil.example"}},
    }[kind]
    assert status(**request) == 403


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None, "",
     "text/plain; application/json", "text/plain;charset=application/graphql"],
)  # fmt: skip
def test_a_post_that_any_form_could_send_needs_the_browsers_word_that_it_is_ours(content_type):
    headers = {"content-type": content_type}
    assert status(method="POST", headers=headers) == 415
    assert status(method="POST", headers=headers | {"origin": f"http://{OWN}"}) == 200
    assert status(method="POST", headers=headers | {"sec-fetch-site": "same-origin"}) == 200
    assert status(method="POST", headers=headers | {"sec-fetch-site": "none"}) == 415


def test_two_content_types_are_refused():
    assert status(method="POST", headers=JSON, more=[(b"content-type", b"text/plain")]) == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "post"])
def test_other_methods_are_refused(method):
    assert status(method=method, headers=JSON) == 405


def test_every_answer_says_that_it_may_not_be_framed_or_embedded():
    sent = []

    async def dagster(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"DENY")]})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", OWN.encode())]}
    asyncio.run(Guard(dagster, hosts=HOSTS)(scope, None, send))
    headers = dict(sent[0]["headers"])
    assert headers[b"x-frame-options"] == b"DENY", "what Dagster says itself stays"
    assert headers[b"cross-origin-resource-policy"] == headers[b"cross-origin-opener-policy"] == b"same-origin"
