"""Media jobs: what is refused, what is downloaded, and what becomes of a job when things go wrong."""

import importlib
import json
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest

from trend_assets.media import jobs
from trend_assets.media.downloader import Wall, download_page
from trend_assets.media.policy import Refused, target_of
from trend_assets.media.probe import Unreadable, probe
from trend_assets.media.worker import Worker
from trend_assets.settings import Settings
from trend_assets.sources.errors import ForbiddenTarget, SourceError, TooLarge
from trend_assets.warehouse.connection import connect
from trend_assets.warehouse.media_folder import MediaFolder

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FACES = Path(__file__).parents[3] / "shared" / "faces"

# forms of addresses that lead inwards
HOSTILE = [
    "http://127.0.0.1/x.mp4", "http://localhost/x.mp4", "http://2130706433/x.mp4", "http://0x7f000001/x.mp4",
    "http://0177.0.0.1/x.mp4", "http://127.1/x.mp4", "http://[::1]/x.mp4", "http://[::ffff:127.0.0.1]/x.mp4",
    "http://169.254.169.254/latest/meta-data/", "http://10.0.0.5/x.mp4", "http://192.168.1.1/x.mp4",
    "http://172.16.0.1/x.mp4", "http://①②⑦.⓪.⓪.①/x.mp4", "http://[64:ff9b::7f00:1]/x.mp4", "http://[2002:7f00:1::]/x.mp4",
    "http://224.0.0.1/x.mp4", "http://0.0.0.0/x.mp4", "file:///etc/passwd", "gopher://127.0.0.1/_x", "ftp://127.0.0.1/x",
    "http://www.tiktok.com@127.0.0.1/x.mp4", "http://127.0.0.1:80\\@www.tiktok.com/x.mp4", "https://www.tiktok.com:8443/@a",
    "https://evil-tiktok.com/@a/video/1", "https://tiktok.com.evil.example/@a/video/1", "//www.tiktok.com/@a/video/1",
    "https://user:pw@www.tiktok.com/@a/video/1", "data:video/mp4;base64,AAAA",
    "https://www.tiktok.com/@a\n/video/1", "",
]  # fmt: skip


def video_bytes(tmp_path, *, seconds=2.0, size=(180, 320)):
    import cv2
    import numpy as np

    path = tmp_path / "made.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, size)
    for number in range(int(25 * seconds)):
        writer.write(np.full((size[1], size[0], 3), number * 3 % 255, np.uint8))
    writer.release()
    return path.read_bytes()


@contextmanager
def serving(answers):
    """A server on 127.0.0.1 with (status, headers, body) by path; counts its requests."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, headers, body = answers.get(self.path.split("?")[0], (404, {}, b""))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body)), "X-Sandbox": "simulated"} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


class Platform:
    """A worker on a fresh database whose sandbox is a server of the test."""

    def __init__(self, database_url, tmp_path, sandbox_url=None, **settings):
        self.database_url, self.state_dir = database_url, tmp_path
        limits = {"allow_external_media_download": True, "media_max_bytes": 3_000_000, "media_timeout_seconds": 20}
        self.settings = Settings(
            _env_file=None, state_dir=tmp_path, sandbox="on", sandbox_url=sandbox_url, **limits | settings
        )
        self.worker = Worker(
            connect=lambda: connect(database_url), settings=self.settings, state_dir=tmp_path, now=lambda: NOW
        )

    def submit(self, url, *, user="ada", caption=None):
        with connect(self.database_url) as connection:
            target = target_of(url, settings=self.settings)
            return jobs.submit(connection, user_id=user, target=target, caption=caption, now=NOW)["job_id"]

    def run(self, url, **options):
        job_id = self.submit(url, **options)
        return self.worker.attempt(job_id=job_id, attempt=1, run_id="run")

    def query(self, sql, parameters=()):
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(sql, parameters).fetchall()


@pytest.fixture
def no_sockets(monkeypatch):
    """Every connection that anybody tries to open is recorded and refused."""
    opened = []

    def refuse(self, address):
        opened.append(address)
        raise OSError("no connection in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return opened


@pytest.mark.parametrize("url", HOSTILE)
def test_an_address_that_leads_inwards_is_refused_before_any_socket(url, no_sockets, tmp_path):
    settings = Settings(_env_file=None, state_dir=tmp_path, allow_external_media_download=True, sandbox="off")
    with pytest.raises(Refused, match=r"\."):
        target_of(url, settings=settings)
    assert no_sockets == []


def test_with_the_flag_off_nothing_is_asked_for_at_all(no_sockets, tmp_path):
    settings = Settings(_env_file=None, state_dir=tmp_path, sandbox="on", sandbox_url="http://127.0.0.1:9")
    for url in ("https://www.tiktok.com/@a/video/1", "http://127.0.0.1:9/x.mp4"):
        with pytest.raises(Refused, match="ALLOW_EXTERNAL_MEDIA_DOWNLOAD=true"):
            target_of(url, settings=settings)
    assert no_sockets == []


def test_a_video_becomes_an_asset_and_an_audit(database_url, tmp_path):
    body = video_bytes(tmp_path)
    with serving({"/media/../../etc/x.mp4": (200, {}, body), "/v/film.mp4": (200, {}, body)}) as (url, asked):
        platform = Platform(database_url, tmp_path, url)
        job = platform.run(f"{url}/v/film.mp4", caption="Wait for it #slime #asmr")
    assert job["state"] == "completed", job["error"]
    asset, audit = job["asset"], job["audit"]
    assert (asset["content_type"], asset["width"], asset["height"]) == ("video/mp4", 180, 320)
    assert asset["duration_seconds"] == pytest.approx(2.0)
    assert asset["path"] == f"{asset['sha256'][:2]}/{asset['sha256']}.mp4"
    assert (tmp_path / "media" / asset["path"]).read_bytes() == body
    assert (tmp_path / "media" / asset["cover_path"]).read_bytes().startswith(b"\xff\xd8\xff")
    assert (audit["has_face"], audit["duration_band"], audit["orientation"]) == (False, "0-15 s", "vertical")
    checks = {check["check"]: check["passed"] for check in audit["caption_checks"]}
    assert checks == {"caption length": True, "hashtags": True, "hook": True, "links": True, "shouting": True}
    assert any("too few to compare" in sentence for sentence in audit["findings"])
    assert job["is_simulated"]
    assert len(asked) == 1
    assert list((tmp_path / "media" / "incoming").iterdir()) == []


@pytest.mark.skipif(not FACES.is_dir(), reason="the face samples are not beside the project")
def test_a_face_on_the_cover_is_seen(database_url, tmp_path):
    body = (FACES / "art_1090.jpg").read_bytes()
    with serving({"/c.jpg": (200, {}, body)}) as (url, _):
        job = Platform(database_url, tmp_path, url).run(f"{url}/c.jpg")
    assert job["state"] == "completed"
    assert job["audit"]["faces"] is not None
    assert job["audit"]["duration_band"] is None, "a picture has no length"


@pytest.mark.parametrize(
    ("name", "answer", "kind"),
    [
        ("HTML called a video", (200, {"Content-Type": "video/mp4"}, b"<!doctype html><p>a page</p>"), "wrong_type"),
        ("SVG", (200, {"Content-Type": "image/png"}, b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "wrong_type"),
        ("PDF", (200, {"Content-Type": "image/jpeg"}, b"%PDF-1.7 " + b"x" * 100), "wrong_type"),
        ("ELF", (200, {"Content-Type": "image/jpeg"}, b"\x7fELF" + b"\x00" * 100), "wrong_type"),
        ("playlist", (200, {"Content-Type": "video/mp4"}, b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/x\n"), "wrong_type"),
        ("empty", (200, {}, b""), "wrong_type"),
        ("truncated video", (200, {}, b"\x00\x00\x00\x20ftypisom" + b"\x00" * 500), "wrong_type"),
        ("HEIC", (200, {}, b"\x00\x00\x00\x18ftypheic" + b"\x00" * 500), "wrong_type"),
        ("expired signature", (403, {}, b"expired"), "expired"),
        ("gone", (404, {}, b""), "expired"),
        ("too large", (200, {"Content-Length": "999999999"}, b"\xff\xd8\xff"), "too_large"),
        ("redirect to this machine", (302, {"Location": "http://127.0.0.1:1/x"}, b""), "refused"),
        ("redirect to metadata", (302, {"Location": "http://169.254.169.254/x"}, b""), "refused"),
    ],
)  # fmt: skip
def test_what_is_no_media_fails_once_and_for_good_with_its_reason(database_url, tmp_path, name, answer, kind):
    with serving({"/x": answer}) as (url, asked):
        platform = Platform(database_url, tmp_path, url)
        job = platform.run(f"{url}/x")
    assert (job["state"], job["error_kind"], job["attempts"]) == ("failed", kind, 1), (name, job["error"])
    assert job["error"].rstrip().endswith(".")
    assert asked == ["/x"], "no retry"
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == [], "what is refused is not kept"
    assert platform.query("SELECT count(*) FROM media.assets") == [(0,)]


def test_a_name_in_the_url_or_a_header_never_becomes_a_path(database_url, tmp_path):
    body = video_bytes(tmp_path)
    headers = {"Content-Disposition": 'attachment; filename="../../../../tmp/owned.sh"'}
    with serving({"/..%2f..%2fetc%2fcron.d%2fx.php": (200, headers, body)}) as (url, _):
        job = Platform(database_url, tmp_path, url).run(f"{url}/..%2f..%2fetc%2fcron.d%2fx.php")
    assert job["state"] == "completed"
    files = {
        path.relative_to(tmp_path / "media").as_posix() for path in (tmp_path / "media").rglob("*") if path.is_file()
    }
    sha256 = job["asset"]["sha256"]
    assert files == {f"{sha256[:2]}/{sha256}.mp4", f"{sha256[:2]}/{sha256}.cover.jpg"}
    with pytest.raises(ValueError, match="leads out"):
        MediaFolder(tmp_path).open_path("../../etc/passwd")


def test_a_pixel_bomb_is_refused_before_it_is_decoded(database_url, tmp_path):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(2_000_000)))
        + chunk(b"IEND", b"")
    )
    with serving({"/b.png": (200, {}, bomb)}) as (url, _):
        job = Platform(database_url, tmp_path, url).run(f"{url}/b.png")
    assert (job["state"], job["error_kind"]) == ("failed", "wrong_type")


def test_a_local_playlist_makes_the_decoder_open_nothing(tmp_path):
    with serving({}) as (url, asked):
        playlist = tmp_path / "list.mp4"
        playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}/segment.ts\n#EXT-X-ENDLIST\n")
        concat = tmp_path / "concat.mp4"
        concat.write_text(f"ffconcat version 1.0\nfile {url}/other.mp4\n")
        for path in (playlist, concat):
            with pytest.raises(Unreadable):
                probe(path, tmp_path / "cover.jpg", content_type="video/mp4")
    assert asked == []


def test_an_outage_is_tried_again_later_and_then_given_up(database_url, tmp_path, monkeypatch):
    monkeypatch.setattr("trend_assets.sources.fetch.time.sleep", lambda _: None)
    with serving({"/x": (503, {}, b"")}) as (url, _):
        platform = Platform(database_url, tmp_path, url)
        job_id = platform.submit(f"{url}/x")
        states = []
        for attempt in (1, 2, 3):
            job = platform.worker.attempt(job_id=job_id, attempt=attempt, run_id=f"run-{attempt}")
            states.append((job["state"], job["error_kind"], job["not_before"] - NOW))
    assert states == [
        ("queued", "unavailable", timedelta(seconds=30)),
        ("queued", "unavailable", timedelta(seconds=120)),
        ("failed", "unavailable", timedelta(seconds=120)),
    ]
    with connect(database_url) as connection:
        assert jobs.due(connection, now=NOW + timedelta(days=1)) == []


def test_an_attempt_that_went_silent_is_given_up_and_cannot_finish_any_more(database_url, tmp_path):
    platform = Platform(database_url, tmp_path, "http://127.0.0.1:9")
    job_id = platform.submit("http://127.0.0.1:9/x.mp4")
    with connect(database_url) as connection:
        assert jobs.due(connection, now=NOW) == [(job_id, 1)]
        assert jobs.claim(connection, job_id=job_id, attempt=1, run_id="a", now=NOW)
        assert jobs.claim(connection, job_id=job_id, attempt=1, run_id="b", now=NOW) is None, "one run per attempt"
        assert jobs.recover_stale(connection, now=NOW + timedelta(seconds=60)) == []
        later = NOW + timedelta(seconds=121)
        assert jobs.recover_stale(connection, now=later) == [(job_id, "queued")]
        with pytest.raises(jobs.AttemptLost):
            jobs.heartbeat(connection, job_id=job_id, attempt=1, state="processing", now=later)
        with pytest.raises(jobs.AttemptLost):
            jobs.complete(connection, job_id=job_id, attempt=1, sha256="x", now=later)
        assert jobs.due(connection, now=later) == []
        assert jobs.due(connection, now=later + timedelta(seconds=30)) == [(job_id, 2)]


def test_a_user_has_a_limited_number_of_open_jobs(database_url, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_OPEN_JOBS", 2)
    platform = Platform(database_url, tmp_path, "http://127.0.0.1:9")
    for _ in range(2):
        platform.submit("http://127.0.0.1:9/x.mp4")
    with pytest.raises(jobs.TooManyJobs):
        platform.submit("http://127.0.0.1:9/x.mp4")
    platform.submit("http://127.0.0.1:9/x.mp4", user="bob")


# --- pages, through yt-dlp ------------------------------------------------------------------------------------------


def tiktok_page(video_url):
    """The part of a TikTok page that yt-dlp reads."""
    item = {
        "id": "7312345678901234567", "desc": "Slime #asmr", "createTime": "1732104000",
        "author": {"id": "6812", "uniqueId": "slime.lab", "nickname": "Slime Lab"},
        "stats": {"playCount": 5}, "music": {},
        "video": {"id": "7312345678901234567", "height": 320, "width": 180, "duration": 2, "ratio": "540p",
                  "playAddr": video_url, "format": "mp4", "bitrate": 100, "codecType": "h264"},
    }  # fmt: skip
    scope = {"webapp.video-detail": {"statusCode": 0, "itemInfo": {"itemStruct": item}}}
    data = json.dumps({"__DEFAULT_SCOPE__": scope})
    return (
        f'<html><script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">{data}</script></html>'.encode()
    )


def wall_to(port, **options):
    """Walls whose resolver leads the platform's names to the test's server, over plain http."""
    targets = frozenset({("www.tiktok.com", port), ("v16.tiktokcdn.com", port)})
    return Wall(
        **{"max_bytes": 3_000_000, "seconds": 20.0, "test_targets": targets} | options,
    )


@pytest.fixture
def names_lead_here(monkeypatch):
    """The platform's names resolve to this machine, as in a rebinding attack or a test."""
    real = socket.getaddrinfo

    def resolve(host, *arguments, **options):
        inward = isinstance(host, str) and host.endswith(("tiktok.com", "tiktokcdn.com"))
        return real("127.0.0.1" if inward else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_yt_dlp_reads_a_page_and_every_request_goes_through_our_wall(tmp_path, names_lead_here):
    answers = {}
    with serving(answers) as (url, asked):
        port = int(url.rsplit(":", 1)[1])
        answers["/@slime.lab/video/7312345678901234567"] = (
            200, {"Content-Type": "text/html"}, tiktok_page(f"http://v16.tiktokcdn.com:{port}/play.mp4"),
        )  # fmt: skip
        body = video_bytes(tmp_path)
        answers["/play.mp4"] = (200, {"Content-Type": "video/mp4"}, body)
        destination = tmp_path / "out"
        address = f"http://www.tiktok.com:{port}/@slime.lab/video/7312345678901234567"
        with pytest.MonkeyPatch.context() as patch:
            # the extractor knows https on 443 only, where a test cannot listen
            pattern = re.compile(r"http://www\.tiktok\.com:\d+/@(?P<user_id>[\w.-]+)/video/(?P<id>\d+)")
            for module in ("tiktok", "lazy_extractors"):
                extractor = importlib.import_module(f"yt_dlp.extractor.{module}").TikTokIE
                patch.setattr(extractor, "_VALID_URL_RE", (pattern,), raising=False)
                patch.setattr(extractor, "_VALID_URL", pattern.pattern)
            patch.setattr("yt_dlp.extractor.tiktok.TikTokBaseIE._create_url", lambda *_: address)
            facts = download_page(address, destination, platform="tiktok", wall=wall_to(port))
    assert destination.read_bytes() == body
    assert (facts.external_id, facts.creator_handle) == ("7312345678901234567", "slime.lab")
    assert asked[-1] == "/play.mp4"


def test_a_name_that_points_inwards_gets_no_socket_from_yt_dlp_either(tmp_path, names_lead_here, monkeypatch):
    opened = []
    real = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda address, *a, **k: opened.append(address) or real(address, *a, **k)
    )
    with pytest.raises(ForbiddenTarget, match="this machine"):
        download_page(
            "https://www.tiktok.com/@slime.lab/video/7312345678901234567", tmp_path / "out", platform="tiktok",
            wall=Wall(max_bytes=1000, seconds=10),
        )  # fmt: skip
    assert opened == []


def test_a_page_may_lead_to_allowed_hosts_only(tmp_path):
    with pytest.raises(ForbiddenTarget, match="not on the list"):
        download_page(
            "https://www.tiktok.com/@slime.lab/video/7312345678901234567", tmp_path / "out", platform="tiktok",
            wall=Wall(max_bytes=1000, seconds=10, host_allowed=lambda host: False),
        )  # fmt: skip


def test_what_another_extractor_would_read_is_refused(tmp_path, no_sockets):
    with pytest.raises(SourceError):
        download_page(
            "https://www.instagram.com/reel/C1aaaaaaaaa/", tmp_path / "out", platform="tiktok",
            wall=Wall(max_bytes=1000, seconds=10),
        )  # fmt: skip
    assert no_sockets == []


def test_a_file_larger_than_allowed_is_cut_off(tmp_path):
    from trend_assets.media.downloader import PAGE_BYTES, _Gate

    gate = _Gate(Wall(max_bytes=10, seconds=1), lambda: None)
    gate.count(PAGE_BYTES + 10)
    with pytest.raises(TooLarge):
        gate.count(1)
    gate.close()


def test_an_address_is_fetched_once_a_day_whoever_asks_and_however_many_at_once(database_url, tmp_path):
    """Every user's job fetched it anew. A new day, a file that is gone and another address ask again."""
    film = video_bytes(tmp_path)
    with serving({"/v/film.mp4": (200, {}, film)}) as (url, asked):
        platform = Platform(database_url, tmp_path, url)
        spelled = [f"{url}/v/film.mp4", f"{url}/v/film.mp4#t=1", f"{url.replace('http', 'HTTP')}/v/film.mp4"]
        jobs_of = [
            platform.submit(spelled[number % 3], user=user, caption=f"caption of {user}")
            for number, user in enumerate(("ada", "bob", "cleo", "dora", "eve"))
        ]
        with ThreadPoolExecutor(5) as pool:
            done = [
                each.result()
                for each in [
                    pool.submit(platform.worker.attempt, job_id=job_id, attempt=1, run_id="run") for job_id in jobs_of
                ]
            ]
        assert [(job["state"], job["error"]) for job in done] == [("completed", None)] * 5
        assert len(asked) == 1 and len({job["sha256"] for job in done}) == 1
        assert {job["audit"]["job_id"] for job in done} == set(jobs_of), "each has an audit of its own"
        platform.run(f"{url}/v/film.mp4?another=1")
        assert len(asked) == 2
        platform.worker = replace(platform.worker, now=lambda: NOW + timedelta(days=1))
        assert platform.run(f"{url}/v/film.mp4", user="fay")["state"] == "completed"
        assert len(asked) == 3
        (tmp_path / "media" / done[0]["asset"]["path"]).unlink()
        assert platform.run(f"{url}/v/film.mp4", user="gil")["state"] == "completed"
        assert len(asked) == 4
