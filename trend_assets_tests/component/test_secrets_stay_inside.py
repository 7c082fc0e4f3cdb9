"""Every failing way of every provider, with keys in the environment that come back in bodies, headers and redirects:
afterwards they are found nowhere, not in the database, Dagster's records, logs or files."""

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import psycopg
import pytest
import zstandard
from psycopg import sql

from trend_assets.defs.captures.assets import captures
from trend_assets.defs.resources import WarehouseResource
from trend_assets.sources import clients
from trend_assets.sources.errors import SourceUnavailable
from trend_assets_tests import fault_server as faults
from trend_assets_tests.fault_server import FaultServer, Request, answer

CANARY = "canary/7f3a9b2c e5d1"  # what must be encoded in addresses is found in both forms
VARIABLES = (
    "TIKHUB_API_KEY", "APIFY_TOKEN", "YOUTUBE_API_KEY", "REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET",
    "INSTAGRAM_ACCESS_TOKEN",
)  # fmt: skip
NAMES = ("trending_keywords", "tiktok_commerce", "youtube_shorts", "reddit_posts")


def echo(status: int, *, whole: bool = True) -> faults.Move:
    """Every secret the request carried, said back in all the places that end up in messages."""

    def move(connection: socket.socket, request: Request) -> None:
        carried = " ".join([*request.headers.values(), request.query, request.body.decode("utf-8", "replace"), CANARY])
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
    connect = clients.connection_for
    quick = {"sleep": lambda seconds: None}
    monkeypatch.setattr(clients, "connection_for", lambda *given, **named: replace(connect(*given, **named), **quick))
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


def found_in(text: str | bytes) -> bool:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    as_json = json.dumps(CANARY)[1:-1]
    return any(form.encode() in raw for form in (CANARY, quote(CANARY), quote(CANARY, safe=""), as_json, "7f3a9b2c"))


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
