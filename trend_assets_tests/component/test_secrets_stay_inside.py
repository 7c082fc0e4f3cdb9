"""Every failing way of every provider, with keys in the environment that come back in bodies, headers and redirects:
afterwards they are found nowhere, not in the database, Dagster's records, logs or files."""

import json
import logging
import socket
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

import dagster as dg
import psycopg
import pytest
import zstandard
from psycopg import sql

from trend_assets.capture.session import CaptureSession
from trend_assets.defs.captures.assets import captures
from trend_assets.defs.resources import WarehouseResource
from trend_assets.settings import Settings, get_settings
from trend_assets.sources import clients
from trend_assets.sources.call import Call
from trend_assets.sources.clients import secrets_in
from trend_assets.sources.errors import SourceUnavailable
from trend_assets.sources.redact import hide, hide_text
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests import fault_server as faults
from trend_assets_tests.fault_server import FaultServer, Request, answer
from trend_assets_tests.sandbox_server import without_waiting

CANARY = "canary/7f3a9b2c+e5d1"  # what must be encoded in addresses is found in both forms
# no form of it may be left, and no piece of it that is longer than what a neighbour may share
VARIABLES = (
    "TIKHUB_API_KEY", "APIFY_TOKEN", "YOUTUBE_API_KEY", "REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET",
    "INSTAGRAM_ACCESS_TOKEN", "LLM_API_KEY",
)  # fmt: skip
NAMES = ("trending_keywords", "tiktok_commerce", "youtube_shorts", "reddit_posts")


def forms(secret: str) -> list[str]:
    """The ways in which a server may say a secret back."""
    found = []
    for text in (secret, secret[::-1], secret.upper(), secret.upper()[::-1]):
        raw = text.encode()
        found += [
            text, quote(text), quote(text, safe=""), quote_plus(text), "".join(f"%{byte:02X}" for byte in raw),
            json.dumps(text)[1:-1], text.replace("/", "\\/"), "".join(f"\\u{ord(char):04X}" for char in text),
            "".join(f"&#{ord(char)};" for char in text), raw.hex(), raw.hex().upper(), raw.hex(":"),
        ]  # fmt: skip
    for packed in (b64encode, urlsafe_b64encode):
        for before in ("", "a", "me", "user:", f"{secret}:"):
            for after in ("", ":x", "!!"):
                found.append(packed(f"{before}{secret}{after}".encode()).decode())
        found.append(packed(secret[::-1].encode()).decode())
    return found


def echo(status: int, *, whole: bool = True) -> faults.Move:
    """Every secret the request carried, said back in all the places that end up in messages."""

    def move(connection: socket.socket, request: Request) -> None:
        carried = " ".join([*request.headers.values(), request.query, request.body.decode("utf-8", "replace"), *FORMS])
        said = {
            "code": status if status != 200 else 400,
            "message": f"bad key {carried}",
            "detail": {"code": status, "message": f"token={CANARY} {carried}"},
            "error": {"type": "x", "message": carried, "code": status, "errors": [{"reason": carried}]},
        }
        body = json.dumps(said, ensure_ascii=False).encode()
        location = f"Location: http://127.0.0.1:9/?token={quote(CANARY)}\r\n" if status == 302 else ""
        head = f"HTTP/1.1 {status} {quote(CANARY)}\r\nX-Echo: {quote(CANARY)}\r\n{location}"
        length = len(body) if whole else len(body) + 100
        connection.sendall(f"{head}Content-Length: {length}\r\nConnection: close\r\n\r\n".encode() + body)

    return move


def garbage(connection: socket.socket, request: Request) -> None:
    """No HTTP at all, with the key in it."""
    connection.sendall(f"220 {CANARY} {CANARY.encode().hex()}\r\n{CANARY}\r\n\r\n".encode())


MOVES: dict[str, faults.Move] = {
    **{f"{status}": echo(status) for status in (200, 302, 400, 401, 402, 500)},
    "cut off": echo(200, whole=False),
    "a page": answer(f"<html>{CANARY}</html>".encode()),
    "no http": garbage,
    "reset": faults.reset,
    "headers without end": faults.endless_headers,
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Iterator[FaultServer]:
    """A server in the place of every provider, for live settings whose every key is the canary."""
    without_waiting(monkeypatch)
    monkeypatch.setattr(SourceUnavailable, "can_heal", False)  # Dagster need not wait ten seconds to try once more
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TREND_ASSETS_SANDBOX", "off")
    for variable in VARIABLES:
        monkeypatch.setenv(variable, CANARY)
    with FaultServer() as running:
        for provider in ("tikhub", "apify", "youtube", "reddit", "instagram"):
            monkeypatch.setenv(f"TREND_ASSETS_{provider.upper()}__URL", running.url)
            monkeypatch.setenv(f"TREND_ASSETS_{provider.upper()}__RATE_PER_SECOND", "1000")
        monkeypatch.setenv("TREND_ASSETS_REDDIT__TOKEN_URL", f"{running.url}/token")
        yield running


FORMS = forms(CANARY)
TRACES = {
    *(form.lower().encode().replace(b"\\", b"") for form in FORMS[:48]),
    b"7f3a9b2c", b"c2b9a3f7", b"7f3a9b2c".hex().encode(), b"c2b9a3f7".hex().encode(),
    # in base64 the middle of the key, at each of the three places where it may begin
    *(packed(b"\0" * before + text.encode())[4:-4].lower() for packed in (b64encode, urlsafe_b64encode)
      for before in range(3) for text in (CANARY, CANARY[::-1])),
}  # fmt: skip


def found_in(text: str | bytes) -> bool:
    raw = (text if isinstance(text, bytes) else text.encode("utf-8", "replace")).lower().replace(b"\\", b"")
    return any(trace in raw for trace in TRACES)


def rows_with_the_canary(url: str) -> list[str]:
    """Tables of the database in which any row holds it, stored bodies unpacked."""
    hits = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 40
        for schema, name in tables:
            query = sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier(schema, name))
            if any(found_in(row[0]) for row in connection.execute(query)):
                hits.append(f"{schema}.{name}")
        bodies = [zstandard.decompress(row[0]) for row in connection.execute("SELECT body FROM capture.answers")]
    assert any(b"[hidden]" in body for body in bodies), "the refusals were kept for people"
    return hits + [f"body {number}" for number, body in enumerate(bodies) if found_in(body)]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_secret_is_taken_out_and_what_stands_around_it_stays(form: str) -> None:
    body = f'{{"caption": "{form}", "next": "{form} {form}", "views": 12}}'.encode()
    said = hide(body, [CANARY])
    assert not found_in(said)
    assert said.startswith(b'{"caption": "') and said.endswith(b'", "views": 12}') and b'", "next": "' in said


def test_what_holds_no_secret_is_left_to_the_byte() -> None:
    body = b64encode(bytes(range(256)) * 100) + b"canary/7f3a9b2 \xff\xfe"
    assert hide(body, [CANARY, "short", ""]) is body


def test_a_password_inside_an_address_is_a_secret_too() -> None:
    settings = Settings(
        _env_file=None, database_url="postgresql://me:pass%2Fword-1@db/x", llm_api_key="key-of-the-model",
        webhook_url="https://hooks.example/services/T0/B0/lastPartOfTheHook",
    )  # fmt: skip
    secrets = secrets_in(settings)
    assert hide_text("db said pass/word-1 and DROWSSAP, 1-drow/ssap, lastpartofthehook", secrets) == (
        "db said [hidden] and DROWSSAP, [hidden], [hidden]"
    )


def test_a_good_answer_that_says_the_keys_back_is_stored_without_them(server: FaultServer, database_url: str) -> None:
    """Also the id of Reddit's application, and the short-lived token that it gave."""
    token = "short-lived-4711-token"

    def reddit(connection: socket.socket, request: Request) -> None:
        if request.path.startswith("/token"):
            answer(json.dumps({"access_token": token, "expires_in": 3600}).encode())(connection, request)
        else:
            said = [*FORMS, *forms(token), b64encode(f"{CANARY}:{CANARY}".encode()).decode()]
            body = json.dumps({"kind": "Listing", "data": {"children": [], "said": said}}).encode()
            answer(body)(connection, request)

    server.otherwise = reddit
    settings = get_settings()
    client = clients.client_for("reddit", settings)
    call = Call(provider="reddit", endpoint="/r/x/hot")
    now = datetime(2026, 3, 8, 12, tzinfo=UTC)
    session = CaptureSession(
        Warehouse(database_url), source="reddit_posts", day=now.date(), provider="reddit", execute=client.execute,
        settings=settings, now=now, collection_id="c",
    )  # fmt: skip
    said = session.obtain(call).body
    client.close()
    json.loads(said)
    assert not found_in(said) and token.encode() not in said and token.encode().hex().encode() not in said
    assert rows_with_the_canary(database_url) == []


@pytest.mark.slow
def test_no_failing_way_of_any_provider_leaves_a_key_anywhere(
    server: FaultServer, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str], today: date,
) -> None:  # fmt: skip
    caplog.set_level(logging.WARNING)  # what our processes show; the lines of httpx below that repeat foreign headers
    asking = [capture for capture in captures if capture.key.path[-1] in NAMES]
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        for name, move in MOVES.items():
            server.otherwise = move
            result = dg.materialize(
                asking, partition_key=today.isoformat(), instance=instance, raise_on_error=False,
                resources={"warehouse": WarehouseResource()},
            )  # fmt: skip
            records = instance.get_records_for_run(result.run_id, limit=10_000).records
            assert sum(event.is_step_failure for event in result.all_events) == len(NAMES), name
            # the whole chain of causes, as the UI shows it
            assert not any(found_in(record.event_log_entry.to_json()) for record in records), name
    carried = {value for request in server.requests for value in (*request.headers.values(), request.query)}
    assert any(CANARY in value for value in carried), "the keys were really sent"
    assert not any(found_in(request.query) or found_in(request.path) for request in server.requests), "and in headers"
    assert rows_with_the_canary(database_url) == []
    assert [str(path) for path in tmp_path.rglob("*") if path.is_file() and found_in(path.read_bytes())] == []
    assert not found_in(caplog.text)
    said = capfd.readouterr()
    assert not found_in(said.out) and not found_in(said.err)
