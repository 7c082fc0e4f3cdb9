"""The pages in headless Chromium over a real server: seed → discover → import → download → audit → report.

What a person does goes through the forms as they are on the page (their fields and tokens); Chromium renders each
step, with scripts of ours impossible by policy.
"""

import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from trend_assets.api.app import api_app
from trend_assets.api.keys import create_api_key
from trend_assets.defs.competitors import assets
from trend_assets.defs.media.jobs import media_download, media_jobs
from trend_assets.defs.resources import WarehouseResource
from trend_assets.sandbox.process import running
from trend_assets.settings import get_settings
from trend_assets.sources.http_library import httpx
from trend_assets_tests.application import serving
from trend_assets_tests.today import utc_day

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAYLOAD = "<script>alert(1)</script><img src=x onerror=alert(1)>"
SHOTS = Path("/tmp/trend_assets_pages")

pytestmark = [
    pytest.mark.usefixtures("today"),
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]


class Forms(HTMLParser):
    """The forms of a page: action and hidden fields."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "form":
            self.found.append({"action": values.get("action"), "fields": {}})
        elif tag == "input" and values.get("type") == "hidden":
            self.found[-1]["fields"][values["name"]] = values["value"]


class Browser:
    """A person at the pages: submits forms like a browser, and looks at pages in Chromium."""

    def __init__(self, url, profile):
        self.url, self.profile = url, profile
        self.http = httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=30)

    def submit(self, path, *, action=None, **fields):
        page = self.http.get(path)
        forms = [f for f in Forms(page.text).found if action is None or f["action"].startswith(action)]
        form = next(f for f in forms if f["action"] != "/ui/sign-out")
        return self.http.post(form["action"], data=form["fields"] | fields)

    def look(self, path, name):
        """The DOM after rendering, and a screenshot; scripts that ran would show in both."""
        page = self.http.get(path)
        assert page.status_code == 200, page.text[:300]
        saved = self.profile / f"{name}.html"
        # Chromium has no cookie of the session: it renders what the person was sent, with our style inside
        style = self.http.get("/ui/style.css").text
        html = page.text.replace('<link rel="stylesheet" href="/ui/style.css">', f"<style>{style}</style>")
        html = re.sub(r'<meta http-equiv="refresh"[^>]*>', "", html)
        saved.write_text(html)
        SHOTS.mkdir(exist_ok=True)
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={self.profile}",
            "--window-size=1100,1400",
        ]
        subprocess.run(
            [CHROMIUM, *flags, f"--screenshot={SHOTS / name}.png", saved.as_uri()],
            check=True,
            capture_output=True,
            timeout=60,
        )
        dom = subprocess.run(
            [CHROMIUM, *flags, "--dump-dom", saved.as_uri()], check=True, capture_output=True, timeout=60
        ).stdout.decode()
        assert "<script" not in dom
        assert not re.search(r"<[^>]+\son\w+=", dom)
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        return page.text


@pytest.fixture
def world(monkeypatch, database_url, tmp_path):
    """A served application over a database with a few days of data and a running sandbox."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("ALLOW_EXTERNAL_MEDIA_DOWNLOAD", "true")
    with running(tmp_path) as sandbox_url:
        monkeypatch.setenv("TREND_ASSETS_SANDBOX_URL", sandbox_url)
        with psycopg.connect(database_url, autocommit=True) as connection:
            fill(connection)
            key = create_api_key(connection, user="ada").key
            app = api_app(get_settings(), database_url=database_url, state_dir=tmp_path)
            with serving(app) as url:
                yield Browser(url, tmp_path), connection, key, sandbox_url


def fill(connection):
    """Creators with posts under hashtags, a roster with a history, a feed and a trend report."""
    for number in range(12):
        handle = f"maker{number}" if number else "seed.maker"
        connection.execute(
            "INSERT INTO trends.posts (platform, external_id, kind, title, creator_id, creator_handle, creator_name, "
            "creator_followers, views, hashtags, duration_seconds, first_collected_at, first_source, "
            "last_collected_at, measured_at, sources, is_simulated) "
            "VALUES ('tiktok', %s, 'video', %s, %s, %s, %s, %s, %s, %s, 12, now(), "
            "'comet_videos', now(), now(), ARRAY['comet_videos'], true)",
            (f"v{number}", PAYLOAD, f"68{number:05}", handle, f"Maker {number} {PAYLOAD if number == 3 else ''}",
             18_000 + 900 * number, 40_000 + 7_000 * number, ["slime", "asmr"] if number % 2 == 0 else ["slime"]),
        )  # fmt: skip
        connection.execute(
            "INSERT INTO trends.post_snapshots (observed_date, source, platform, external_id, list_name, creator_id, "
            "creator_handle, measured_at, collected_at, capture_id, is_simulated) "
            "VALUES (%s, 'comet_videos', 'tiktok', %s, 'x', %s, %s, now(), now(), 'c', true)",
            (utc_day(), f"v{number}", f"68{number:05}", handle),
        )
        connection.execute(
            "INSERT INTO comets.creators (user_id, handle, nickname, signature, first_seen, first_keyword, "
            "last_updated_at, state, state_since, is_simulated) "
            "VALUES (%s, %s, %s, %s, now(), 'slime', now(), 'active', %s, true)",
            (f"68{number:05}", handle, f"Maker {number}", f"I make things {PAYLOAD}", utc_day()),
        )
        connection.execute(
            "INSERT INTO comets.creator_stats (observed_date, user_id, handle, followers, hearts, videos, "
            "growth_followers, growth_pct, growth_over_days, measured_by, measured_at, is_simulated) "
            "SELECT %s::date - d, %s, %s, 18000 + 900 * %s - d * d * 9, 90000 - d * 700, 200 - d, 40 - d, 0.2, 1, "
            "'roll_call', now(), true FROM generate_series(0, 20) d WHERE d NOT IN (7, 8)",
            (utc_day(), f"68{number:05}", handle, number),
        )


def materialize_the_requests():
    result = dg.materialize(
        [assets.corpus_creators, assets.corpus_topics, assets.research_corpus, assets.manual_url_seed,
         assets.community_graph, assets.official_api, assets.candidates],
        partition_key=utc_day().isoformat(), resources={"warehouse": WarehouseResource()},
    )  # fmt: skip
    assert result.success


def run_the_media_jobs():
    with dg.build_sensor_context(resources={"warehouse": WarehouseResource()}) as context:
        requests = media_jobs(context).run_requests
    for request in requests:
        media_download.execute_in_process(
            run_config=request.run_config, resources={"warehouse": WarehouseResource()}, raise_on_error=False
        )


def test_from_a_seed_to_the_report(world):
    browser, connection, key, sandbox_url = world
    signed_out = browser.http.get("/ui/competitors")
    assert signed_out.status_code == 401
    assert "Sign in" in signed_out.text
    assert browser.http.post("/ui/sign-in", data={"key": "ta_wrong"}).status_code == 401
    browser.http.post("/ui/sign-in", data={"key": key})
    cookie = next(iter(browser.http.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite").lower() == "strict"

    # seed → discover
    queued = browser.submit(
        "/ui/competitors", seed="tiktok:seed.maker", handles="https://www.instagram.com/known.one/", platforms="tiktok"
    )
    assert "queued" in queued.text
    request_path = queued.url.path
    materialize_the_requests()
    page = browser.look(f"{request_path}?date={utc_day()}", "competitors")
    assert "ready" in page
    assert "Posts under" in page
    assert "medium confidence" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page, "a name is text, whatever it says"
    assert "Maker 2" not in browser.http.get(f"{request_path}?date={utc_day()}&provider=manual_url_seed").text

    # import
    candidate = re.search(r'name="candidate_id" value="([0-9a-f]{16})"', page)[1]
    imported = browser.submit(f"{request_path}?date={utc_day()}", action="/ui/competitors/", candidate_id=candidate)
    assert "tracked" in imported.text
    assert connection.execute("SELECT user_id, candidate_id FROM competitors.tracked").fetchall() == [
        ("ada", candidate)
    ]
    assert "Maker" in browser.look("/ui/competitors", "tracked")

    # download (from the sandbox) → audit
    film = sandbox_film(sandbox_url)
    job = browser.submit("/ui/media", url=film, caption="Wait for it #slime")
    assert "queued" in job.text
    assert 'http-equiv="refresh"' in job.text, "it polls by itself"
    run_the_media_jobs()
    audited = browser.look(job.url.path, "media_job")
    assert "completed" in audited
    assert "sha256" in audited
    assert "video/mp4" in audited
    assert "0-15 s" in audited
    assert "Simulated data" in audited
    assert browser.http.get(f"{job.url.path}/cover.jpg").content.startswith(b"\xff\xd8\xff")
    assert httpx.get(f"{browser.url}{job.url.path}/cover.jpg", trust_env=False).status_code == 401

    # report
    assert "trend report" in browser.look("/ui/reports", "report").lower()


def sandbox_film(sandbox_url):
    """Address of a film that the sandbox serves, as its answers name it."""
    answer = httpx.get(
        f"{sandbox_url}/api/v1/tiktok/app/v3/fetch_video_search_result", params={"keyword": "slime"},
        headers={"Authorization": "Bearer x"}, trust_env=False, timeout=30,
    )  # fmt: skip
    item = answer.json()["data"]["search_item_list"][0]["aweme_info"]
    return item["video"]["play_addr"]["url_list"][0]


def test_every_page_shows_in_a_browser_and_nothing_from_outside_runs(world):
    browser, *_ = world
    assert "Maker 11" in browser.look("/ui/creators", "creators")
    page = browser.look("/ui/creators/6800003", "creator")
    assert page.count("<polyline") == 6, "two stretches of days in each of three plots: no line across unknown days"
    assert "&lt;script&gt;" in page
    for path, name in (
        ("/ui/feed", "feed"),
        ("/ui/sources", "sources"),
        ("/docs", "reference"),
        ("/ui/sign-in", "sign_in"),
    ):
        browser.look(path, name)


def test_a_form_from_elsewhere_changes_nothing(world):
    browser, connection, key, _ = world
    browser.http.post("/ui/sign-in", data={"key": key})
    for fields, headers in (
        ({"url": "https://www.tiktok.com/@a/video/1"}, {}),
        ({"url": "https://www.tiktok.com/@a/video/1", "form_token": "0" * 64}, {}),
        ({"url": "https://www.tiktok.com/@a/video/1"}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        assert browser.http.post("/ui/media", data=fields, headers=headers).status_code == 403
    # the session's cookie alone is not a key for the JSON routes
    assert browser.http.post("/media/download", json={"url": "https://www.tiktok.com/@a/video/1"}).status_code == 401
    assert connection.execute("SELECT count(*) FROM media.download_jobs").fetchone() == (0,)
    connection.execute("UPDATE api.keys SET revoked_at = now()")
    time.sleep(5.1)
    assert browser.http.get("/ui/media").status_code == 401, "a revoked key ends its sessions"
