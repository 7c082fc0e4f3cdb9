"""Group F of the fault matrix: addresses from outside reach nothing that is ours, and bytes decide what a file is."""

import io
import socket
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from PIL import Image

from trend_assets.settings import Settings
from trend_assets.sources.clients import fetcher_for
from trend_assets.sources.comet_covers import client as covers_client
from trend_assets.sources.comet_covers.client import CoverClient
from trend_assets.sources.comet_covers.collect import cover
from trend_assets.sources.comet_covers.parse import parse as parse_comet_covers
from trend_assets.sources.errors import (
    Expired,
    ForbiddenTarget,
    NotFound,
    SourceError,
    SourceUnavailable,
    TooLarge,
    WrongContent,
)
from trend_assets.sources.fetch import Fetcher, as_sent
from trend_assets.sources.http_library import httpcore
from trend_assets.sources.pictures import image_size, media_type
from trend_assets_tests import fault_server as faults
from trend_assets_tests.fault_server import FaultServer, Request, answer


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


PNG = picture("PNG")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every connection attempt of this process, as (host, port); none leaves the machine."""
    opened: list[object] = []
    create = socket.create_connection

    def created(address: tuple[str, int], *args: object, **kwargs: object) -> socket.socket:
        opened.append(address)
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError("no network in tests")
        return create(address, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", created)
    return opened


def fetcher(server: FaultServer | None = None, **options: object) -> Fetcher:
    """One that may reach exactly the test server besides public addresses."""
    targets = frozenset({("127.0.0.1", server.port)}) if server else frozenset()
    return Fetcher(test_targets=targets, sleep=lambda seconds: None, **options)  # type: ignore[arg-type]


HOSTILE = [
    "http://127.0.0.1/", "http://127.0.0.1:22/", "http://localhost/", "http://[::1]/", "http://0.0.0.0/", "http://0/",
    "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://①②⑦.⓪.⓪.①/",
    "http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/", "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fe80::1]/", "http://[fd00:ec2::254]/",
    "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://100.100.100.200/", "http://224.0.0.1/",
    "http://localhost.localdomain/", "http://8.8.8.8:8080/", "http://8.8.8.8:25/", "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x", "ftp://8.8.8.8/x", "//127.0.0.1/x", "http://user:pw@8.8.8.8/", "http://", "",
    "javascript:alert(1)", "http://[::1", "http://a b/", "http://\x00/",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_addresses_get_no_socket(url: str, sockets: list[object]) -> None:
    guarded = fetcher(tries=1)
    with pytest.raises((ForbiddenTarget, SourceUnavailable)) as caught:
        guarded.fetch(url)
    assert sockets == []
    if isinstance(caught.value, SourceUnavailable):
        assert "resolved" in str(caught.value)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/x",
        "http://169.254.169.254/latest/",
        "http://[::1]/",
        "file:///etc/passwd",
        "http://2130706433/",
    ],
)
def test_a_redirect_inwards_is_not_followed(server: FaultServer, sockets: list[object], target: str) -> None:
    url = server.on("/start", answer(b"", 302, Location=target))
    with pytest.raises(ForbiddenTarget):
        fetcher(server).fetch(url)
    assert sockets == [("127.0.0.1", server.port)]


def test_redirects_are_followed_by_hand_three_times_at_most(server: FaultServer) -> None:
    server.on("/picture", answer(picture()))
    server.on("/relative", answer(b"", 302, Location="/picture"))
    assert fetcher(server).fetch(f"{server.url}/relative").url == f"{server.url}/picture"
    url = server.on("/loop", answer(b"", 301, Location="/loop"))
    with pytest.raises(ForbiddenTarget, match="more than 3"):
        fetcher(server).fetch(url)
    assert server.calls("/loop") == 4


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "10.0.0.7"],
        ["2606:2800:220:1:248:1893:25c8:1946", "::ffff:192.168.0.1"],
        ["fe80::1%eth0"],
        ["64:ff9b::a00:1"],
    ],
    ids=["inwards", "mixed", "mapped AAAA", "link-local", "NAT64"],
)
def test_a_name_with_any_inward_address_is_refused(addresses: list[str], sockets: list[object]) -> None:
    with pytest.raises(ForbiddenTarget):
        fetcher(resolver=lambda host, port: addresses).fetch("https://cdn.example/x.jpg")
    assert sockets == []


def test_a_name_that_turns_inwards_the_second_time_is_refused_the_second_time(sockets: list[object]) -> None:
    answers = iter([["198.41.0.4"], ["127.0.0.1"]])
    guarded = fetcher(resolver=lambda host, port: next(answers), deadline_seconds=5, tries=1)
    with pytest.raises(SourceUnavailable):
        guarded.fetch("http://rebind.example/x.jpg")
    with pytest.raises(ForbiddenTarget):
        guarded.fetch("http://rebind.example/x.jpg")
    assert sockets == [("198.41.0.4", 80)], "only what was public was tried"


def test_the_socket_goes_to_the_address_that_was_checked(sockets: list[object]) -> None:
    resolved: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        resolved.append(host)
        return ["198.41.0.4"]

    with pytest.raises(SourceUnavailable):
        fetcher(resolver=resolver, deadline_seconds=0.3, tries=1).fetch("http://name.example/x.jpg")
    assert resolved == ["name.example"]
    assert sockets == [("198.41.0.4", 80)]


def test_a_name_without_an_address_is_unavailable_not_forbidden() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise httpcore.ConnectError("the name cannot be resolved")

    with pytest.raises(SourceUnavailable):
        fetcher(resolver=resolver).fetch("http://nosuch.example/x.jpg")


def test_only_listed_hosts_are_fetched_from_where_there_is_a_list(sockets: list[object]) -> None:
    guarded = fetcher(allowed_hosts=["tiktokcdn-us.com"], resolver=lambda host, port: ["127.0.0.1"])
    for url in ("https://evil.example/x", "https://nottiktokcdn-us.com/x", "https://tiktokcdn-us.com.evil.example/x"):
        with pytest.raises(ForbiddenTarget, match="not on the list"):
            guarded.fetch(url)
    with pytest.raises(ForbiddenTarget, match="points to"):
        guarded.fetch("https://p16.tiktokcdn-us.com/x")
    assert sockets == []


def test_an_expired_signature_is_asked_for_once(server: FaultServer) -> None:
    url = server.on("/cover", answer(b"URL signature expired", 403))
    with pytest.raises(Expired) as caught:
        fetcher(server).fetch(f"{url}?x-signature=canary-7f3a")
    assert server.calls("/cover") == 1
    assert caught.value.word == "expired"
    assert "canary-7f3a" not in str(caught.value)


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (410, NotFound), (400, SourceError)])
def test_what_is_gone_is_asked_for_once(server: FaultServer, status: int, error: type[SourceError]) -> None:
    url = server.on("/cover", answer(b"", status))
    with pytest.raises(error):
        fetcher(server).fetch(url)
    assert server.calls("/cover") == 1


@pytest.mark.parametrize("move", [faults.reset, answer(b"", 503), faults.short_length({"a": "b" * 500})])
def test_what_can_heal_is_tried_twice(server: FaultServer, move: faults.Move) -> None:
    url = server.on("/cover", move, answer(picture()))
    found = fetcher(server).fetch(url)
    assert (found.media_type, found.width, found.height) == ("image/jpeg", 64, 48)
    assert found.body == picture()


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.7",
        b"\x7fELF" + b"\0" * 40,
        b"",
        b"GIF",
        b"\x00\x00\x00\x18ftypmp42" + b"\0" * 40,
    ],
    ids=["html", "svg", "pdf", "elf", "empty", "three bytes", "video"],
)
def test_the_bytes_decide_what_it_is_and_not_the_header(server: FaultServer, body: bytes) -> None:
    url = server.on("/x.jpg", answer(body, Content_Type="image/jpeg"))
    with pytest.raises(WrongContent):
        fetcher(server).fetch(url)


def test_headers_and_paths_name_nothing(server: FaultServer) -> None:
    body = picture("PNG")
    url = server.on(
        "/..%2f..%2fetc/passwd.sh",
        answer(body, Content_Type="text/x-sh", Content_Disposition='attachment; filename="../../x"'),
    )
    assert fetcher(server).fetch(url).media_type == "image/png"


def test_bodies_beyond_the_cap_are_given_up(server: FaultServer) -> None:
    start = b"\xff\xd8\xff"
    announced = server.on("/a", faults.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\n" + start))
    streamed = server.on("/b", faults.huge_body(300))
    packed = server.on("/c", answer(zlib.compress(b"x" * 10**6), Content_Encoding="deflate"))
    small = fetcher(server, max_bytes=100_000)
    for url in (announced, streamed):
        with pytest.raises((TooLarge, WrongContent)):
            small.fetch(url)
    with pytest.raises(WrongContent, match="compressed"):
        small.fetch(packed)


@pytest.mark.parametrize("move", [faults.drip, faults.hang, faults.drip_headers])
def test_drips_end_at_the_deadline(server: FaultServer, move: faults.Move) -> None:
    url = server.on("/slow", move)
    with pytest.raises(SourceUnavailable):
        fetcher(server, deadline_seconds=0.4, tries=1).fetch(url)


def test_pixels_are_counted_before_anything_is_decoded() -> None:
    bomb = bytearray(picture("PNG"))
    bomb[16:24] = (30_000).to_bytes(4, "big") + (30_000).to_bytes(4, "big")
    with pytest.raises(WrongContent, match=r"pixels|header"):
        image_size(bytes(bomb))
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        assert image_size(picture(kind, (31, 17))) == (31, 17)
    for broken in (b"", picture()[:20], b"\x00\x00\x00\x18ftypheic" + b"\0" * 40, b"GIF89a"):
        with pytest.raises(WrongContent):
            image_size(broken)
    with pytest.raises(WrongContent, match="12,000"):
        image_size(picture("PNG", (12_001, 1)))


def test_media_types_by_magic_bytes() -> None:
    def ftyp(brand: bytes) -> bytes:
        return b"\x00\x00\x00\x18ftyp" + brand + b"\0" * 12

    assert media_type(ftyp(b"heic")) == "image/heic"
    assert media_type(ftyp(b"avif")) == "image/avif"
    assert media_type(ftyp(b"isom")) == "video/mp4"
    assert media_type(ftyp(b"qt  ")) == "video/quicktime"
    assert media_type(b"\x1aE\xdf\xa3" + b"\0" * 9) == "video/webm"
    assert media_type(b"RIFF\0\0\0\0WAVE") is None


def test_a_download_goes_into_a_file_and_starts_anew_on_another_try(server: FaultServer) -> None:
    video = b"\x00\x00\x00\x18ftypmp42" + b"v" * 200_000
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(video) + video[:90_000]
    url = server.on("/v.mp4", faults.raw(cut), answer(video))
    sink = io.BytesIO()
    found = fetcher(server, max_bytes=300_000).download(url, sink, kind="video")
    assert (found.media_type, found.size_bytes, sink.getvalue()) == ("video/mp4", len(video), video)


def test_the_sandboxs_address_is_let_through_only_while_it_answers_as_one(server: FaultServer) -> None:
    simulated = server.on("/sim", answer(picture(), X_Sandbox="simulated"))
    silent = server.on("/real", answer(picture()))
    settings = Settings(_env_file=None, sandbox="on", sandbox_url=server.url)
    guarded = fetcher_for(settings)
    assert guarded.fetch(simulated).is_simulated
    with pytest.raises(ForbiddenTarget, match="does not answer as one"):
        guarded.fetch(silent)
    live = fetcher_for(Settings(_env_file=None, sandbox="off", sandbox_url=server.url))
    with pytest.raises(ForbiddenTarget):
        live.fetch(simulated)
    elsewhere = fetcher_for(Settings(_env_file=None, sandbox="on", sandbox_url="http://169.254.169.254:8000"))
    with pytest.raises(ForbiddenTarget):
        elsewhere.fetch("http://169.254.169.254:8000/latest")


def fetched(client: CoverClient, *urls: str) -> dict[str, object]:
    found = client.execute(cover("v1", urls))
    return {**parse_comet_covers(found).rows[0], "note": found.note, "body": found.body}


def test_the_first_picture_that_can_be_decoded_is_the_cover(server: FaultServer) -> None:
    heic = server.on("/1", answer(b"\x00\x00\x00\x18ftypheic" + b"\0" * 40))
    expired = server.on("/2", answer(b"", 403))
    good = server.on("/3", answer(picture()))
    client = CoverClient(fetcher(server), now=datetime(2026, 1, 1, tzinfo=UTC))
    found = fetched(client, heic, expired, good)
    assert (found["problem"], found["media_type"], found["width"]) == (None, "image/jpeg", 64)


def test_a_cover_that_cannot_be_had_is_an_answer_with_its_reason(server: FaultServer) -> None:
    client = CoverClient(fetcher(server))
    expired = server.on("/2", answer(b"", 403))
    heic = server.on("/1", answer(b"\x00\x00\x00\x18ftypheic" + b"\0" * 40))
    assert fetched(client, expired)["problem"] == "expired"
    assert fetched(client, expired, heic)["problem"] == "wrong_content"
    assert fetched(client)["problem"] == "no_address"
    assert fetched(client, "http://169.254.169.254/x.jpg")["problem"] == "forbidden_target"
    down = server.on("/4", answer(b"", 503))
    with pytest.raises(SourceUnavailable):
        client.execute(cover("v1", [down]))


def test_one_address_is_asked_once_however_many_posts_and_threads_want_it(server: FaultServer) -> None:
    begun = threading.Event()

    def slow(connection: socket.socket, request: Request) -> None:
        begun.wait(30)  # the others are there by then, and wait for the first
        answer(PNG)(connection, request)

    server.on("/shared.png", slow)
    server.on("/gone.png", answer(b"", 404))
    client = CoverClient(fetcher(server))
    both = [f"{server.url}/gone.png", f"{server.url}/shared.png"]
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(client.execute, cover(f"post {number}", both)) for number in range(100)]
        begun.set()
        bodies = {each.result().body for each in asked}
    client.close()
    assert bodies == {PNG}
    assert sorted(request.path for request in server.requests) == ["/gone.png", "/shared.png"]


def test_spellings_of_one_address_are_one_address(server: FaultServer) -> None:
    """A picture was fetched anew for every fragment, case of the host and usual port."""
    url = server.on("/shared.png", answer(PNG))
    client = CoverClient(fetcher(server))
    for spelled in (url, f"{url}#a", url.replace("http", "HTTP"), f"{url}#"):
        assert client.execute(cover(spelled, [spelled])).body == PNG
    client.close()
    assert len(server.requests) == 1
    assert as_sent("https://B\u00fccher.Example:443/A?B=c#d") == as_sent("https://xn--bcher-kva.example/A?B=c")
    assert as_sent("https://a.example/A") != as_sent("https://a.example/a")
    assert as_sent("http://a.example:port") == "http://a.example:port"


def test_pictures_that_are_held_for_others_have_a_bound(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covers_client, "MOST_HELD_BYTES", 3 * len(PNG))
    server.otherwise = answer(PNG)
    client = CoverClient(fetcher(server))
    for number in range(20):
        assert client.execute(cover(f"post {number}", [f"{server.url}/{number}.png"])).body == PNG
        assert client._held_bytes == len(client._asked) * len(PNG) <= 3 * len(PNG)
    client.close()
