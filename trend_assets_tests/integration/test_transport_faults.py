"""Group A of the fault matrix: what the wire can do to us, and that nothing of it costs twice, hangs or leaks."""

import contextlib
import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from trend_assets.sources.errors import (
    AuthFailed,
    BadRequest,
    BudgetExhausted,
    NotFound,
    NotJson,
    SourceError,
    SourceUnavailable,
    Throttled,
)
from trend_assets.sources.fetch import Fetcher
from trend_assets.sources.http import KEPT_OF_A_FAILURE, Connection, Limits, Response, Transport
from trend_assets_tests import fault_server as faults
from trend_assets_tests.fault_server import FaultServer, Move, Request, answer

CANARY = "canary-key-7f3a9b2c"
GOOD = {"code": 200, "data": {"words": list(range(100))}}
# long enough for a busy machine: what these tests are about never waits for it
QUICK = Limits(connect_seconds=20, read_seconds=20, attempt_seconds=60, total_seconds=600, max_bytes=2_000_000)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


class Caller:
    """A transport to a fault server, its waits recorded instead of slept."""

    def __init__(self, url: str, limits: Limits = QUICK, **connection: object) -> None:
        self.waits: list[float] = []
        self.paced = 0
        self.transport = Transport(
            Connection(
                provider="tikhub",
                base_url=url,
                key=CANARY,
                key_variable="TIKHUB_API_KEY",
                limits=limits,
                sleep=self.waits.append,
                pacing=self._pace,
                **connection,  # type: ignore[arg-type]
            ),
            headers={"Authorization": f"Bearer {CANARY}", "X-Api-Key": CANARY},
        )

    def _pace(self) -> None:
        self.paced += 1

    def get(self, path: str, **options: object) -> Response:
        return self.transport.send("GET", path, check=self.check, **options)  # type: ignore[arg-type]

    def check(self, response: Response) -> SourceError | None:
        error = self.transport.error_by_status(response)
        if error is None:
            try:
                response.json(what="The answer", provider="tikhub")
            except NotJson as broken:
                return broken
        return error


@pytest.fixture
def caller(server: FaultServer) -> Iterator[Caller]:
    calling = Caller(server.url)
    yield calling
    calling.transport.close()


def test_a_closed_port_is_tried_three_times_with_growing_jittered_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    caller = Caller(f"http://127.0.0.1:{port}")
    with pytest.raises(SourceUnavailable, match="Tried 3 times"):
        caller.get("/x")
    assert caller.paced == 3
    first, second = caller.waits
    assert QUICK.first_wait <= first <= QUICK.first_wait + QUICK.jitter < 2 * QUICK.first_wait <= second


def test_waits_double_with_each_try_up_to_the_longest() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    caller = Caller(f"http://127.0.0.1:{port}", replace(QUICK, attempts=7, jitter=0))
    with pytest.raises(SourceUnavailable, match="Tried 7 times"):
        caller.get("/x")
    assert caller.waits == [4, 8, 16, 32, 60, 60]


def test_fifty_resets_before_the_headers_are_all_recovered(server: FaultServer, caller: Caller) -> None:
    for number in range(50):
        server.on(f"/{number}", faults.reset, answer(GOOD))
        assert caller.get(f"/{number}").json(what="x", provider="x") == GOOD
        assert server.calls(f"/{number}") == 2


@pytest.mark.parametrize(
    "move",
    [faults.short_length(GOOD), faults.cut_chunks(GOOD), faults.cut_without_length(GOOD)],
    ids=["content length not met", "chunks without end", "no length and half a body"],
)
def test_a_truncated_body_is_asked_for_again_and_never_parsed(server: FaultServer, caller: Caller, move: Move) -> None:
    server.on("/heals", move, answer(GOOD))
    assert caller.get("/heals").json(what="x", provider="x") == GOOD
    server.on("/never", move)
    with pytest.raises(SourceUnavailable):
        caller.get("/never")
    assert server.calls("/never") == 3


@pytest.mark.parametrize("move", [faults.hang, faults.drip, faults.drip_headers])
def test_silence_and_drips_end_at_the_deadline(server: FaultServer, move: Move) -> None:
    caller = Caller(server.url, Limits(read_seconds=0.4, attempt_seconds=0.6, attempts=2))
    server.on("/slow", move)
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        caller.get("/slow")
    assert server.calls("/slow") == 2


def test_waiting_stops_before_the_total_deadline(server: FaultServer) -> None:
    caller = Caller(server.url, Limits(total_seconds=3.0))
    server.on("/down", answer({}, 503))
    with pytest.raises(SourceUnavailable):
        caller.get("/down")
    assert (server.calls("/down"), caller.waits) == (1, [])


@pytest.mark.parametrize("status", [500, 502, 503, 408, 425])
def test_a_burst_of_failures_is_retried_and_paid_once(server: FaultServer, caller: Caller, status: int) -> None:
    def pay(connection: socket.socket, request: faults.Request) -> None:
        server.paid["search"] += 1
        answer(GOOD)(connection, request)

    server.on("/search", answer({}, status), answer({}, status), pay)
    assert caller.get("/search").status == 200
    assert (server.calls("/search"), server.paid["search"]) == (3, 1)


def test_no_answer_leaves_a_cookie_that_later_requests_carry(server: FaultServer, caller: Caller) -> None:
    """A new name each time would make every request longer than the one before, until it is refused."""
    cookies = iter(range(100))

    def give(connection: socket.socket, request: Request) -> None:
        cookie = f"n{next(cookies)}={'x' * 4000}; Domain=127.0.0.1; Path=/; Max-Age=99999"
        answer(GOOD, Set_Cookie=cookie)(connection, request)

    server.on("/cookies", give)
    fetcher = Fetcher(test_targets=frozenset({("127.0.0.1", server.port)}), tries=1)
    for _ in range(3):
        caller.get("/cookies")
        with contextlib.suppress(SourceError):
            fetcher.fetch(f"{server.url}/cookies")
    assert server.calls("/cookies") == 6
    assert not [request for request in server.requests if "cookie" in request.headers]


def test_what_must_not_be_repeated_is_sent_once(server: FaultServer, caller: Caller) -> None:
    server.on("/start", answer({}, 502), answer(GOOD))
    with pytest.raises(SourceUnavailable):
        caller.transport.send("POST", "/start", json={}, retry=False)
    assert server.calls("/start") == 1


def test_retry_after_is_honoured(server: FaultServer, caller: Caller) -> None:
    server.on("/limited", answer({}, 429, Retry_After="2"), answer(GOOD))
    assert caller.get("/limited").status == 200
    assert len(caller.waits) == 1
    assert 2.0 <= caller.waits[0] <= 3.0


def test_retry_after_as_a_date_is_honoured(server: FaultServer, caller: Caller) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.on("/limited", answer({}, 503, Retry_After=at), answer(GOOD))
    caller.get("/limited")
    assert 20 <= caller.waits[0] <= 32


@pytest.mark.parametrize("value", ["121", "3600", "99999999999999999999", "Fri, 31 Dec 2099 23:59:59 GMT"])
def test_a_hostile_retry_after_ends_the_call_as_throttled(server: FaultServer, caller: Caller, value: str) -> None:
    server.on("/limited", answer({}, 429, Retry_After=value))
    with pytest.raises(Throttled):
        caller.get("/limited")
    assert (server.calls("/limited"), caller.waits) == (1, [])


@pytest.mark.parametrize("value", ["", "soon", "-5", "nan", "1e400", "\x00"])
def test_a_meaningless_retry_after_falls_back_to_our_own_waits(server: FaultServer, caller: Caller, value: str) -> None:
    server.on("/limited", answer({}, 429, Retry_After=value), answer(GOOD))
    caller.get("/limited")
    assert caller.waits[0] >= 4


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, AuthFailed), (403, AuthFailed), (402, BudgetExhausted), (404, NotFound), (400, BadRequest)],
)
def test_what_cannot_heal_is_asked_once_and_names_the_variable_not_its_value(
    server: FaultServer, caller: Caller, status: int, error: type[SourceError]
) -> None:
    server.on("/no", answer({"message": f"bad key {CANARY}"}, status))
    with pytest.raises(error) as caught:
        caller.get("/no")
    assert server.calls("/no") == 1
    assert CANARY not in str(caught.value)
    if error is AuthFailed:
        assert "TIKHUB_API_KEY" in str(caught.value)


def test_a_redirect_is_not_followed_and_the_key_stays_here(server: FaultServer, caller: Caller) -> None:
    with FaultServer() as elsewhere:
        server.on("/moved", answer(b"", 302, Location=f"{elsewhere.url}/steal"))
        with pytest.raises(BadRequest, match="redirect"):
            caller.get("/moved")
        assert elsewhere.requests == []


def test_an_untrusted_certificate_ends_the_call_before_anything_is_sent() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parents[1] / "data" / "self_signed.pem")
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    received.append(secured.recv(1000))
            except OSError:
                received.append(b"")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        caller = Caller(f"https://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(SourceError, match="certificate") as caught:
            caller.get("/x")
        thread.join(5)
    assert not caught.value.can_heal
    assert caller.waits == []
    assert received == [b""]


# zeros of zeros: 300 MB pack into 300 kB, and a brotli bomb is 500 bytes; neither is ever unpacked whole
PACKED = gzip.compress(bytes(300_000_000), 1)
PACKED_HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
BOMBS: dict[str, tuple[Move, str]] = {
    "a header of 2 MB": (faults.big_header, "TooLarge"),
    "headers without end": (faults.endless_headers, "TooLarge"),
    "300 MB streamed": (faults.huge_body(300), "TooLarge"),
    "300 MB announced": (faults.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\n"), "TooLarge"),
    "300 MB in a small gzip": (faults.raw(PACKED_HEAD % len(PACKED) + PACKED), "TooLarge"),
    "brotli": (answer(b"\x1b" * 500, Content_Encoding="br"), "WrongContent"),
    "300 MB behind the end of a gzip": (faults.huge_body(300, b"Content-Encoding: gzip", start=gzip.compress(b"{}")),
                                        "WrongContent"),
}  # fmt: skip
MEET_BOMBS = """
import json, sys
from pathlib import Path
from trend_assets.sources.errors import SourceError
from trend_assets.sources.http import Connection, Limits, Transport

transport = Transport(Connection(provider="tikhub", base_url=sys.argv[1], limits=Limits(read_seconds=60)))
said = []
for path in sys.argv[2:]:
    try:
        transport.send("GET", path)
    except SourceError as error:
        said.append(type(error).__name__)
    else:
        said.append("nothing")
# not getrusage, which would count the process that started this one too
(peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps([said, int(peak.split()[1]) // 1024]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from Linux's /proc")
def test_bombs_end_at_the_byte_cap_and_the_process_stays_below_150_mb(server: FaultServer) -> None:
    paths = [f"/bomb/{number}" for number in range(len(BOMBS))]
    for path, (move, _) in zip(paths, BOMBS.values(), strict=True):
        server.on(path, move)
    child = subprocess.run(
        [sys.executable, "-c", MEET_BOMBS, server.url, *paths], capture_output=True, text=True, timeout=120
    )
    assert child.returncode == 0, child.stderr
    met, peak_mb = json.loads(child.stdout)
    assert dict(zip(BOMBS, met, strict=True)) == {name: error for name, (_, error) in BOMBS.items()}
    assert [server.calls(path) for path in paths] == [1] * len(paths), "a bomb is not asked for again"
    print(f"peak of the whole process: {peak_mb} MB")
    assert peak_mb < 150


def test_what_is_kept_of_a_refused_answer_does_not_hold_the_key(server: FaultServer, caller: Caller) -> None:
    edge = b"x" * (KEPT_OF_A_FAILURE - 5)  # the cut falls into the key
    server.on("/echo", answer({"detail": f"no such key: {CANARY}", "hint": "\ud800\x00"}, 401))
    server.on("/long", answer(edge + CANARY.encode() + b"y" * 1000, 500))
    with pytest.raises(AuthFailed) as caught:
        caller.get("/echo")
    assert caught.value.body == answer_bytes({"detail": "no such key: [hidden]", "hint": "\ud800\x00"})
    with pytest.raises(SourceUnavailable) as caught_long:
        caller.get("/long")
    assert len(caught_long.value.body) == KEPT_OF_A_FAILURE
    assert CANARY[:5].encode() not in caught_long.value.body


def answer_bytes(document: object) -> bytes:
    return json.dumps(document).encode()


def test_no_compression_is_asked_for_and_the_environment_is_not_trusted(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    caller = Caller(server.url)
    server.on("/plain", answer(GOOD))
    caller.get("/plain", params={"keyword": "a b"})
    request = server.requests[-1]
    assert request.headers["accept-encoding"] == "identity"
    assert CANARY not in request.query
    assert "x-sandbox-now" not in request.headers


def test_the_simulated_instant_goes_only_to_a_sandbox_that_says_it_is_one(server: FaultServer) -> None:
    now = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    server.on("/world", answer(GOOD, X_Sandbox="simulated"))
    server.on("/real", answer(GOOD))
    caller = Caller(server.url, is_sandbox=True, now=now)
    found = caller.get("/world")
    assert found.is_simulated
    assert server.requests[-1].headers["x-sandbox-now"] == "2026-03-01T09:30:00Z"
    assert now <= found.fetched_at < now + timedelta(minutes=1)
    with pytest.raises(SourceUnavailable, match="TREND_ASSETS_SANDBOX_URL"):
        caller.get("/real")
    live = Caller(server.url, is_sandbox=False, now=now)
    live.get("/real")
    assert "x-sandbox-now" not in server.requests[-1].headers


@pytest.mark.parametrize(("minutes", "refused"), [(-6, True), (6, True), (-4, False), (4, False)])
def test_a_clock_may_be_five_minutes_wrong(server: FaultServer, caller: Caller, minutes: int, refused: bool) -> None:
    said = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    server.on("/clock", answer(GOOD, Date=said))
    if not refused:
        assert caller.get("/clock").status == 200
        return
    with pytest.raises(SourceError, match=f"clock is [56] minutes {'behind' if minutes > 0 else 'ahead of'}"):
        caller.get("/clock")
    assert server.calls("/clock") == 1


def test_a_wrong_clock_is_said_instead_of_stamping_wrong_days(server: FaultServer, caller: Caller) -> None:
    late = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    server.on("/clock", answer(GOOD, Date=late))
    with pytest.raises(SourceError, match=r"clock is \d+ minutes behind"):
        caller.get("/clock")
    server.on("/cached", answer(GOOD, Date=late, Age="7200"))
    assert caller.get("/cached").status == 200


BAD_JSON: dict[str, bytes] = {
    "html": b"<!DOCTYPE html><html><body>Just a moment</body></html>",
    "empty": b"",
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "five thousand digits": b'{"a": ' + b"9" * 5000 + b"}",
    "deep": b"[" * 100_000,
    "two values for one name": b'{"a": 1, "a": 2}',
    "latin-1": '{"a": "ä"}'.encode("latin-1"),
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_a_body_that_is_no_json_is_asked_for_again_then_refused(
    server: FaultServer, caller: Caller, body: bytes
) -> None:
    server.on("/broken", answer(body))
    with pytest.raises(NotJson) as caught:
        caller.get("/broken")
    assert server.calls("/broken") == 3
    assert caught.value.body == body[:100_000]


def test_a_byte_order_mark_and_a_repeated_equal_name_are_accepted(server: FaultServer, caller: Caller) -> None:
    server.on("/bom", answer(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()))
    assert caller.get("/bom").json(what="x", provider="x") == GOOD
    server.on("/twice", answer(b'{"a": 1, "a": 1}'))
    assert caller.get("/twice").json(what="x", provider="x") == {"a": 1}


def test_many_threads_share_one_transport(server: FaultServer, caller: Caller) -> None:
    server.on("/many", answer(GOOD))
    found: list[int] = []
    work: list[Callable[[], None]] = [lambda: found.append(caller.get("/many").status)] * 24
    threads = [threading.Thread(target=task) for task in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [200] * 24
