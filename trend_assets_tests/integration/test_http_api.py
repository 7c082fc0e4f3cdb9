"""The HTTP API over a real database: reading, keys, scoping, problems."""

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from lxml import etree
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool
from starlette.testclient import TestClient

from trend_assets.api.app import WRITERS, api_app
from trend_assets.api.cache import AnswerCache
from trend_assets.api.keys import BadUserName, create_api_key, revoke_api_key
from trend_assets.api.launch import LaunchFailed
from trend_assets.platforms import PICTURE_SIZE
from trend_assets.settings import Settings
from trend_assets.sources.pictures import image_size
from trend_assets_tests.issues import put_issue

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()


class FakeLauncher:
    """Stands in for Dagster's webserver."""

    def __init__(self):
        self.launched = []
        self.error = None
        self.meanwhile = lambda: None

    def launch(self, **arguments):
        self.meanwhile()
        if self.error:
            raise LaunchFailed(self.error)
        self.launched.append(arguments)
        return f"run-{len(self.launched)}"


class Api:
    """A started application with two users."""

    def __init__(self, client, launcher, database_url, ada, bob):
        self.client, self.launcher, self.database_url = client, launcher, database_url
        self.ada, self.bob = {"Authorization": f"Bearer {ada.key}"}, {"Authorization": f"Bearer {bob.key}"}
        self.ada_key = ada

    def run(self, sql, parameters=()):
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else None


def started(database_url, tmp_path, *, settings=None, cache_seconds=0, **options):
    launcher = FakeLauncher()
    settings = settings or Settings(_env_file=None, sandbox_url="http://127.0.0.1:9", state_dir=tmp_path)
    app = api_app(
        settings, database_url=database_url, state_dir=tmp_path, launcher=launcher, now=lambda: NOW,
        cache_seconds=cache_seconds, **options,
    )  # fmt: skip
    with psycopg.connect(database_url, autocommit=True) as connection:
        ada, bob = create_api_key(connection, user="ada"), create_api_key(connection, user="bob")
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    return client, launcher, ada, bob


@pytest.fixture
def api(database_url, tmp_path):
    client, launcher, ada, bob = started(database_url, tmp_path)
    with client:
        yield Api(client, launcher, database_url, ada, bob)


def add_posts(api, n, *, platform="tiktok", at=NOW, first=0):
    api.run(
        "INSERT INTO trends.posts (platform, external_id, kind, title, creator_id, creator_handle, views, hashtags, "
        "first_collected_at, first_source, last_collected_at, measured_at, sources, is_simulated) "
        "SELECT %s, 'p' || lpad(i::text, 4, '0'), 'video', 'Title ' || i, 'c' || i %% 3, 'creator' || i %% 3, i, "
        "ARRAY['slime'], %s, 'tiktok_trending', %s, %s, ARRAY['tiktok_trending'], true "
        "FROM generate_series(%s::int, %s) i",
        (platform, at, at, at, first, first + n - 1),
    )


def is_problem(response, status):
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert (response.status_code, body["status"]) == (status, status), response.text
    assert body["detail"].endswith((".", "}")), body
    return body["detail"]


def test_trends_come_newest_first_and_every_post_exactly_once_over_all_pages(api):
    add_posts(api, 7, at=NOW - timedelta(hours=6))
    add_posts(api, 7, first=7)
    add_posts(api, 3, platform="youtube")
    for platform, expected in ((None, 17), ("tiktok", 14)):
        seen, cursor = [], None
        while True:
            query = {"limit": 4} | ({"platform": platform} if platform else {}) | ({"cursor": cursor} if cursor else {})
            page = api.client.get("/trends", params=query).json()
            seen += [(item["last_collected_at"], item["platform"], item["external_id"]) for item in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert len(seen) == len(set(seen)) == expected
        assert [at for at, *_ in seen] == sorted((at for at, *_ in seen), reverse=True)


def test_a_post_says_its_scores_and_that_it_is_simulated_and_archived_posts_are_left_out(api):
    add_posts(api, 2)
    api.run("UPDATE trends.posts SET archived_at = now() WHERE external_id = 'p0001'")
    api.run(
        "INSERT INTO velocity.scores (observed_date, source, platform, external_id, measured_at, score_class, "
        "source_percentile, engagement_velocity, chance, chance_outcomes, parts, is_simulated) "
        "VALUES (%s, 'tiktok_trending', 'tiktok', 'p0000', %s, 'measured', 0.9, 12.5, 0.81, 400, '{}', true)",
        (TODAY, NOW),
    )
    (post,) = api.client.get("/trends").json()["items"]
    assert (post["engagement_velocity"], post["scored_in"], post["is_simulated"]) == (12.5, "tiktok_trending", True)
    assert (post["chance"], post["chance_outcomes"], post["chance_reason"]) == (0.81, 400, None)
    assert post["likes"] is None, "unknown is null, never 0"
    assert len(api.client.get("/trends", params={"archived": True}).json()["items"]) == 2


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "platform=myspace", "cursor=abc", "cursor=WyJhIiwiYiIsImMiXQ", "cursor=%00", "limit=x",
     "cursor=WyIyMDI2LTExLTIwIiwiXHVkODAwIiwiYyJd"],
)  # fmt: skip
def test_a_bad_query_is_a_problem_with_a_sentence(api, query):
    is_problem(api.client.get(f"/trends?{query}"), 422)


def test_unknown_paths_methods_and_days_are_problems_too(api):
    assert "GET /openapi.json" in is_problem(api.client.get("/nothing"), 404)
    is_problem(api.client.delete("/trends"), 405)
    assert "none has been made yet" in is_problem(api.client.get("/feed/2026-11-20"), 404)
    is_problem(api.client.get("/feed/yesterday"), 422)
    is_problem(api.client.get("/trend-reports/2026-11-20"), 404)
    is_problem(api.client.get("/creators/unknown/history"), 404)


def test_a_day_that_is_being_collected_says_so_and_is_no_quiet_day(api):
    for source, outcome in (("reddit_posts", "running"), ("x_posts", "succeeded")):
        api.run(
            "INSERT INTO ops.source_attempts (attempt_id, source, provider, observed_date, outcome, started_at) "
            "VALUES (%s, %s, 'p', %s, %s, %s)",
            (source, source, TODAY, outcome, NOW),
        )
    said = "is being collected: 1 of the 2 sources asked so far have answered"
    assert said in is_problem(api.client.get(f"/feed/{TODAY}"), 404)
    page = api.client.get(f"/ui/feed?date={TODAY}").text
    assert said in page and "quiet day" not in page
    api.run("UPDATE ops.source_attempts SET outcome = 'succeeded'")
    assert "its issue follows in a moment" in is_problem(api.client.get(f"/feed/{TODAY}"), 404)


def test_the_issue_comes_in_every_format_as_it_was_rendered(api):
    said = {"html": "<p>html</p>", "md": "# md", "json": '{"items":[]}', "atom": "<feed/>", "csv": "a,b"}
    put_issue(api.run, TODAY, as_of=NOW, items=0, contents=said)
    for form, media, body in (
        ("html", "text/html", "<p>html</p>"), ("md", "text/markdown", "# md"),
        ("atom", "application/atom+xml", "<feed/>"),
        ("json", "application/feed+json", '{"items":[]}'), ("csv", "text/csv", "a,b"),
    ):  # fmt: skip
        for answer in (
            api.client.get("/feed/2026-11-20", params={"format": form}),
            api.client.get("/feed/2026-11-20", headers={"Accept": f"{media};q=0.9, */*;q=0.1"}),
        ):
            assert (answer.headers["content-type"].split(";")[0], answer.text) == (media, body)


def add_issue(api, day, **said):
    put_issue(api.run, day, as_of=NOW, **said)


FORMATS = ("html", "txt", "md", "json", "atom", "csv")


def test_the_newest_complete_issue_has_an_address_that_lasts_in_every_format(api):
    assert "no complete issue" in is_problem(api.client.get("/feed/latest.atom"), 404)
    day = TODAY - timedelta(days=2)
    add_issue(api, day)
    add_issue(api, TODAY - timedelta(days=1), items=0, failed='[{"source": "x_posts"}]')  # an outage, not a quiet day
    add_issue(api, TODAY, worked=())
    for form in FORMATS:
        answer = api.client.get(f"/feed/latest.{form}")
        assert (answer.status_code, answer.text) == (200, f"{form} {day}")
        dated = api.client.get(f"/feed/{day}?format={form}")
        assert (answer.headers["content-type"], answer.content) == (dated.headers["content-type"], dated.content)
        assert answer.headers["content-location"] == f"/feed/{day}?format={form}"
        assert api.client.get("/feed/latest", params={"format": form}).content == dated.content
        unchanged = api.client.get(f"/feed/latest.{form}", headers={"If-None-Match": answer.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert api.client.get("/feed/latest", headers={"Accept": "text/html"}).text == f"html {day}"
    assert api.client.get("/feed/latest").text == f"json {day}"
    api.run("UPDATE feed.issues SET sources_failed = '[]'")
    quiet = TODAY - timedelta(days=1)
    assert api.client.get("/feed/latest.md").text == f"md {quiet}", "a quiet day is an issue"
    is_problem(api.client.get("/feed/latest.pdf"), 422)


def test_a_simulated_item_has_a_picture_that_mail_programs_may_show_and_nothing_else_has_one(api):
    path = "/pictures/youtube/abcdefghijk.jpg"
    answer = api.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert image_size(answer.content) == PICTURE_SIZE and len(answer.content) < 20_000
    assert api.client.get(path).content == answer.content != api.client.get(path.replace("k.", "l.")).content
    assert api.client.head(path).content == b""
    for other in ("/pictures/tiktok/7000000000000000001.jpg", "/pictures/youtube/short.jpg", "/pictures/nope/a.jpg"):
        is_problem(api.client.get(other), 404)
    is_problem(api.client.get(f"{path}?who=me"), 422)
    add_issue(api, TODAY)
    policy = api.client.get("/feed/latest.html").headers["content-security-policy"]
    assert "img-src 'self' https://i.ytimg.com;" in policy and "script" not in policy


def test_every_newsletter_has_addresses_that_last_and_a_place_in_the_opml(api, tmp_path):
    day = TODAY - timedelta(days=1)
    add_issue(api, day)
    add_issue(api, day, newsletter="beauty", contents={"atom": "<feed>beauty</feed>", "html": "<p>beauty</p>"})
    for path in ("/n/beauty/latest.atom", "/n/beauty/latest?format=atom", f"/n/beauty/{day}?format=atom"):
        answer = api.client.get(path)
        assert (answer.status_code, answer.text) == (200, "<feed>beauty</feed>")
        head = api.client.head(path)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", answer.headers["etag"])
        assert api.client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    page = api.client.get("/n/beauty/latest.html")
    assert page.headers["content-location"] == f"/n/beauty/{day}?format=html"
    assert '</n/beauty/latest.atom>; rel="alternate"' in page.headers["link"]
    assert api.client.get("/n/rising/latest.json").text == api.client.get("/feed/latest.json").text == f"json {day}"
    own = tmp_path / "newsletters"
    own.mkdir()
    (own / "beauty.toml").write_text('title = "Beauty & more"\n', encoding="utf-8")
    opml = api.client.get("/feeds.opml")
    outlines = etree.fromstring(opml.content).findall(".//outline")
    titles = [(each.get("text"), each.get("title")) for each in outlines]
    assert titles == [("Rising", "Rising"), ("Beauty & more", "Beauty & more")]
    assert opml.headers["content-type"].startswith("text/x-opml")
    assert "/feed/latest.atom" in opml.text and "/n/beauty/latest.atom" in opml.text
    assert "There is no newsletter nope; there are rising, beauty." in is_problem(api.client.get("/n/nope/latest"), 404)
    is_problem(api.client.get("/n/No%20Name/latest"), 422)


def test_an_issue_may_use_its_own_styles_over_http_and_nothing_else(api):
    add_issue(api, TODAY)
    for path in (f"/feed/{TODAY}?format=html", f"/feed/{TODAY}?format=%68tml", "/feed/latest.html"):
        answer = api.client.get(path)
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
        assert policy["style-src"] == "'unsafe-inline'" and policy["default-src"] == "'none'"
        assert "script-src" not in policy, "scripts are what the default says: forbidden"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert '</feed/latest.atom>; rel="alternate"; type="application/atom+xml"' in answer.headers["link"]
    for path in ("/feed/latest.atom", "/feed/latest.csv", "/ui/feed"):
        assert "unsafe-inline" not in api.client.get(path).headers["content-security-policy"], path
    page = api.client.get("/ui/feed").text
    assert 'rel="alternate" type="application/atom+xml" title="Rising" href="/feed/latest.atom"' in page


def test_head_says_what_get_says_on_every_route_without_the_body(api):
    add_issue(api, TODAY)
    document = api.client.get("/openapi.json").json()
    paths = [path for path, operations in document["paths"].items() if "get" in operations and "{" not in path]
    assert {"/feed/latest", "/trends", "/health"} <= set(paths)
    for path in [*paths, f"/feed/{TODAY}", "/feed/latest.atom", "/", "/docs", "/ui/feed", "/ui/style.css", "/nothing"]:
        get = api.client.get(path, follow_redirects=False)
        head = api.client.head(path, follow_redirects=False)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert head.headers.get("content-length") == get.headers.get("content-length"), path
        assert head.headers.get("etag") == get.headers.get("etag"), path
    assert api.client.head("/collect-trends", headers=api.ada).status_code == 405


def test_sources_status_says_the_newest_attempt_of_each_source(api):
    for minute, outcome, reason in ((1, "failed", "The key is wrong."), (5, "succeeded", "")):
        api.run(
            "INSERT INTO ops.source_attempts (attempt_id, source, provider, observed_date, outcome, reason, calls, "
            "cost_usd, started_at) VALUES (%s, 'reddit_posts', 'reddit', %s, %s, %s, 2, 0.5, %s)",
            (str(minute), TODAY, outcome, reason, NOW.replace(minute=minute)),
        )
    api.run("INSERT INTO ops.names_without_result VALUES ('reddit_posts', 'nosuch', '2026-11-17', '2026-11-20')")
    (status,) = api.client.get("/sources/status").json()["items"]
    assert status["names_without_result"] == [{"name": "nosuch", "since": "2026-11-17"}]
    assert "nosuch since 2026-11-17" in api.client.get("/ui/sources").text
    assert (status["outcome"], status["attempts"], status["calls"], status["cost_usd"]) == ("succeeded", 2, 4, 1.0)
    assert api.client.get("/sources/status", params={"date": "2026-11-19"}).json()["items"] == []


def test_what_belongs_to_a_user_needs_a_key_that_works(api):
    for method, path in (
        ("POST", "/collect-trends"), ("POST", "/competitors/discover"), ("POST", "/competitors/import"),
        ("POST", "/media/download"), ("GET", "/media/download/00000000-0000-4000-8000-000000000000"),
    ):  # fmt: skip
        detail = is_problem(api.client.request(method, path, json={}), 401)
        assert "trend-assets api-key create" in detail
    forged = {"Authorization": f"Bearer ta_{api.ada_key.key_id}_{'x' * 43}"}
    is_problem(api.client.get("/trends", headers=forged), 401)
    is_problem(api.client.get("/trends", headers={"Authorization": "Basic YTpi"}), 401)


def test_a_key_is_stored_as_a_hash_and_a_revoked_key_no_longer_works(api, database_url, tmp_path):
    (row,) = api.run("SELECT key_id, user_id, key_hash, coalesce(label, '') FROM api.keys WHERE user_id = 'ada'")
    assert api.ada_key.key not in "".join(row)
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert revoke_api_key(connection, key_id=api.ada_key.key_id)
        assert not revoke_api_key(connection, key_id=api.ada_key.key_id)
        with pytest.raises(BadUserName):
            create_api_key(connection, user="no spaces")
    is_problem(api.client.post("/collect-trends", headers=api.ada), 401)


def test_without_public_reads_even_reading_needs_a_key(database_url, tmp_path):
    client, _, ada, _ = started(database_url, tmp_path, public_reads=False)
    with client:
        is_problem(client.get("/trends"), 401)
        assert client.get("/trends", headers={"Authorization": f"Bearer {ada.key}"}).status_code == 200
        assert client.get("/health").status_code == 200


def test_every_beginning_of_the_pages_leads_to_the_first_one_or_to_the_way_in(api, database_url, tmp_path):
    closed, *_ = started(database_url, tmp_path, public_reads=False)
    with closed:
        for path in ("/", "/ui", "/ui/"):
            assert api.client.get(path).url.path == "/ui/start"
            answer = closed.get(path)
            assert answer.status_code == 401 and 'action="/ui/sign-in"' in answer.text, path
        assert 'action="/ui/sign-in"' in closed.get("/desk").text


def test_a_foreign_host_name_is_refused_so_that_dns_rebinding_reaches_nothing(api):
    assert "TREND_ASSETS_PUBLIC_URL" in is_problem(api.client.get("/trends", headers={"Host": "evil.example"}), 400)


def test_a_page_of_another_origin_changes_nothing_even_with_a_key(api):
    foreign = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
               {"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site"}]  # fmt: skip
    for headers in foreign:
        is_problem(api.client.post("/collect-trends", headers=api.ada | headers), 403)
        assert api.client.post("/ui/sign-in", data={"key": api.ada_key.key}, headers=headers).status_code == 403
        assert api.client.get("/trends", headers=headers).status_code == 200, "no CORS: it cannot see the answer"
    own = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert api.client.post("/collect-trends", headers=api.ada | own).status_code == 202
    assert len(api.launcher.launched) == 1


@pytest.mark.parametrize("origin", ["http://[", "http://a]b", "//", "null"])
def test_an_origin_that_is_no_address_is_nobodys(api, origin):
    is_problem(api.client.post("/mcp", json={}, headers={"Origin": origin}), 403)


def test_two_host_names_are_refused(api):
    twice = [("Host", "127.0.0.1"), ("Host", "evil.example")]
    is_problem(api.client.get("/trends", headers=twice), 400)
    is_problem(api.client.get("/trends", headers=twice[::-1]), 400)
    is_problem(api.client.get("/trends", headers={"Host": "evil.example@127.0.0.1"}), 400)


def test_a_body_that_is_too_large_is_refused_unread(api):
    response = api.client.post("/media/download", headers=api.ada, content=b"x" * 1_000_001)
    is_problem(response, 413)


def test_a_body_that_grows_too_large_without_saying_so_is_refused_too(api):
    def endless():
        for _ in range(30):
            yield b"x" * 100_000

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/media/download", "/collect-trends", "/ui/sign-in"):
        response = api.client.post(path, headers=api.ada | (form if "ui" in path else {}), content=endless())
        assert "content-length" not in response.request.headers
        is_problem(response, 413)


def sign_in(client, key):
    return client.post("/ui/sign-in", data={"key": key}, follow_redirects=False)


def test_signing_out_ends_the_session_and_not_only_its_cookie(database_url, tmp_path):
    """In every worker: here two applications stand on one database."""
    client, _, ada, _ = started(database_url, tmp_path)
    other, *_ = started(database_url, tmp_path)
    with client, other:
        assert sign_in(client, ada.key).status_code == 303
        cookie = {"Cookie": f"ta_session={client.cookies['ta_session']}"}
        page = client.get("/ui/competitors")
        assert page.status_code == 200 and other.get("/ui/competitors", headers=cookie).status_code == 200
        token = page.text.split('name="form_token" value="')[1].split('"')[0]
        assert client.post("/ui/sign-out", data={"form_token": token}, follow_redirects=False).status_code == 303
        client.cookies.clear()
        for worker in (client, other):
            assert worker.get("/ui/competitors", headers=cookie).status_code == 401
        assert sign_in(client, ada.key).status_code == 303, "the key still opens another session"
        assert client.get("/ui/competitors").status_code == 200


def test_who_guesses_keys_is_slowed_down_and_the_record_of_it_stays_small(api):
    for _ in range(10):
        assert sign_in(api.client, "ta_000000000000_guess").status_code == 401
    refused = sign_in(api.client, api.ada_key.key)
    assert refused.status_code == 429 and "ten minutes" in refused.text
    ((rows, failures),) = api.run("SELECT count(*), sum(failures) FROM api.failed_sign_ins")
    assert rows <= 2 and failures == 10
    assert api.client.get("/trends", headers=api.ada).status_code == 200, "keys in headers are not affected"
    api.run("UPDATE api.failed_sign_ins SET failed_in = failed_in - interval '2 hours'")
    assert sign_in(api.client, "ta_000000000000_guess").status_code == 401
    assert sign_in(api.client, api.ada_key.key).status_code == 303
    assert api.run("SELECT count(*) FROM api.failed_sign_ins") == [(1,)]


def test_a_cookie_without_its_forms_token_changes_nothing_whatever_the_browser_says_of_the_page(api):
    """An old browser sends neither Sec-Fetch-Site nor Origin."""
    sign_in(api.client, api.ada_key.key)
    for headers in ({}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        for path in ("/ui/sign-out", "/ui/competitors"):
            assert api.client.post(path, data={"x": "y"}, headers=headers).status_code == 403
        is_problem(api.client.post("/collect-trends", headers=headers), 401)
    assert api.client.get("/ui/competitors").status_code == 200


def test_collecting_launches_todays_run_once_a_minute_and_says_when_dagster_is_away(api):
    answer = api.client.post("/collect-trends", headers=api.ada)
    assert answer.status_code == 202
    assert answer.json()["run_id"] == "run-1"
    (launched,) = api.launcher.launched
    assert (launched["job"], launched["day"], launched["user_id"]) == ("intraday_collection", TODAY, "ada")
    assert "again in 60 s" in is_problem(api.client.post("/collect-trends", headers=api.ada), 429)
    api.launcher.error = "Dagster does not answer."
    is_problem(api.client.post("/collect-trends", headers=api.bob), 503)
    api.launcher.error = None
    chosen = api.client.post("/collect-trends", headers=api.bob, json={"sources": ["reddit_posts"], "force": True})
    assert chosen.status_code == 202, "a launch that failed does not count against the limit"
    assert api.launcher.launched[1]["assets"] == ["capture.reddit_posts", "source.reddit_posts"]
    assert "no such source" in is_problem(
        api.client.post("/collect-trends", headers=api.bob, json={"sources": ["nowhere"]}), 422
    )


def test_while_dagster_is_asked_no_connection_waits_and_the_same_user_is_not_served_again(api):
    asked = []

    def meanwhile():
        asked.append(api.client.post("/collect-trends", headers=api.ada))
        with ExitStack() as held:
            for _ in range(WRITERS):
                held.enter_context(api.client.app.state.services.write())

    api.launcher.meanwhile = meanwhile
    assert api.client.post("/collect-trends", headers=api.ada).status_code == 202
    assert "again in 60 s" in is_problem(asked[0], 429)
    assert api.run("SELECT run_id FROM api.collections") == [("run-1",)]


def test_an_unknown_field_in_a_body_is_said_to_be_one(api):
    assert "colour" in is_problem(
        api.client.post("/competitors/discover", headers=api.ada, json={"topics": ["x"], "colour": 1}), 422
    )


def test_media_downloads_are_off_by_default_and_the_refusal_says_so(api):
    detail = is_problem(
        api.client.post("/media/download", headers=api.ada, json={"url": "https://www.tiktok.com/@a/video/1"}), 403
    )
    assert "ALLOW_EXTERNAL_MEDIA_DOWNLOAD=true" in detail
    assert api.run("SELECT count(*) FROM media.download_jobs") == [(0,)]


def test_a_media_job_is_visible_to_its_owner_only(database_url, tmp_path):
    settings = Settings(_env_file=None, state_dir=tmp_path, allow_external_media_download=True)
    client, _, ada, bob = started(database_url, tmp_path, settings=settings)
    with client:
        asked = client.post(
            "/media/download",
            headers={"Authorization": f"Bearer {ada.key}"},
            json={"url": "https://www.tiktok.com/@a/video/1", "caption": "hi"},
        )
        assert asked.status_code == 202
        path = asked.headers["location"]
        mine = client.get(path, headers={"Authorization": f"Bearer {ada.key}"})
        assert (mine.json()["state"], mine.json()["url"]) == ("queued", "https://www.tiktok.com/@a/video/1")
        is_problem(client.get(path, headers={"Authorization": f"Bearer {bob.key}"}), 404)
        is_problem(client.get(path), 401)


def test_the_reading_role_can_neither_write_nor_see_keys_or_captures(api, database_url):
    from trend_assets.api.reading import Reader

    with Reader(database_url) as reader:
        for sql in ("DELETE FROM trends.posts", "SELECT * FROM api.keys", "SELECT * FROM capture.answers"):
            with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
                reader.rows(sql)


def test_the_reading_sessions_cannot_become_more_than_readers(api, database_url):
    from trend_assets.api.reading import Reader

    with Reader(database_url) as reader:
        who = reader.row("SELECT session_user AS session, current_user AS now")
        assert who == {"session": "trend_assets_reader", "now": "trend_assets_reader"}
        owner = api.run("SELECT current_user")[0][0]
        for sql in ("RESET ROLE; SELECT * FROM api.keys", f'SET ROLE "{owner}"', f'SET SESSION AUTHORIZATION "{owner}"',
                    "SET default_transaction_read_only = off; DELETE FROM trends.posts",
                    "COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('/etc/passwd')", "CREATE TABLE x (y int)",
                    "ALTER ROLE trend_assets_reader SUPERUSER"):  # fmt: skip
            with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
                reader.rows(sql)


def test_equal_reads_are_answered_once_and_unchanged_ones_without_a_body(database_url, tmp_path):
    app = api_app(
        Settings(_env_file=None, state_dir=tmp_path), database_url=database_url, state_dir=tmp_path, cache_seconds=60
    )
    with TestClient(app, base_url="http://127.0.0.1") as client:
        first = client.get("/trends")
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("TRUNCATE trends.posts")
        assert client.get("/trends").headers["etag"] == first.headers["etag"]
        unchanged = client.get("/trends", headers={"If-None-Match": first.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert "content-security-policy" in unchanged.headers
        assert client.get("/trends", params={"limit": 1}).status_code == 200


def test_a_page_is_shared_by_those_who_show_neither_cookie_nor_key_and_everybody_elses_is_their_own(
    database_url, tmp_path
):
    client, launcher, ada, _ = started(database_url, tmp_path, cache_seconds=60)
    api = Api(client, launcher, database_url, ada, ada)
    with client:
        add_posts(api, 3)
        shared = ["/ui/search?q=slime", "/ui/about/hashtag/slime"]
        first = {path: client.get(path) for path in shared}
        api.run("UPDATE trends.posts SET title = 'Anew'")
        sign_in(client, ada.key)
        session = {"Cookie": f"ta_session={client.cookies['ta_session']}"}
        client.cookies.clear()
        personal = ("<span>ada</span>", "Sign out", "form_token")
        # a page that she opens first
        assert all(told in client.get("/ui/creators", headers=session).text for told in personal)
        assert not any(told in client.get("/ui/creators").text for told in personal)
        for path in shared:
            theirs = [
                client.get(path, headers=session),
                client.get(path, headers={"Cookie": "theme=dark"}),
                client.get(path, headers=api.ada),
            ]
            assert all("Anew" in answer.text and "etag" not in answer.headers for answer in theirs), path
            assert all(told in theirs[0].text for told in personal), path
            again = client.get(path)
            assert (again.content, again.headers) == (first[path].content, first[path].headers), path
            assert not any(told in again.text for told in personal), path
            # a browser keeps none of it: it may sign in at any moment
            assert again.headers.get_list("cache-control") == ["no-store"], path
            unchanged = client.get(path, headers={"If-None-Match": again.headers["etag"]})
            assert (unchanged.status_code, unchanged.content) == (304, b""), path
            head = client.head(path)
            assert (head.headers, head.content) == (again.headers, b""), path


def test_many_readers_of_one_page_cost_one_query_and_a_renewal_keeps_nobody_waiting():
    computed, released = [], asyncio.Event()

    async def slow(scope, receive, send):
        computed.append(scope["path"])
        if len(computed) > 1:
            await released.wait()
        await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(len(computed)).encode()})

    async def ask(cache):
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/trends", "query_string": b"", "headers": []}
        await cache(scope, None, send)
        return sent[-1]["body"]

    async def scenario():
        cache = AnswerCache(slow, prefixes=["/trends"], seconds=0.2)
        first = await asyncio.gather(*(ask(cache) for _ in range(20)))
        await asyncio.sleep(0.25)
        stale = await asyncio.gather(*(ask(cache) for _ in range(20)))
        released.set()
        await asyncio.sleep(0.05)
        return set(first), set(stale), await ask(cache)

    assert asyncio.run(scenario()) == ({b"1"}, {b"1"}, b"2")
    assert len(computed) == 2


def test_what_readers_ask_fills_the_cache_to_its_bound_whatever_they_ask(monkeypatch):
    """Ten thousand different addresses, long ones, long Accept headers, answers of every size."""
    from trend_assets.api import cache as module

    monkeypatch.setattr(module, "MOST_ANSWERS", 500)
    monkeypatch.setattr(module, "MOST_BYTES", 200_000)

    async def app(scope, receive, send):
        size = int(scope["query_string"][:5] or 0)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y" * (size % 50))]})
        await send({"type": "http.response.body", "body": b"b" * (size % 3000)})

    async def nowhere(message):
        """Nobody reads it."""

    async def scenario():
        cache = AnswerCache(app, prefixes=["/trends"], seconds=60)
        most = 0
        for number in range(10_000):
            long = number % 100 == 0
            query, accept = b"%05d" % number + b"q" * (60_000 if long else 0), b"a" * (30_000 if long else 10)
            scope = {"type": "http", "method": "GET", "path": "/trends", "query_string": query,
                     "headers": [(b"accept", accept)]}  # fmt: skip
            await cache(scope, None, nowhere)
            held = sum(sum(map(len, key)) + kept.size for key, kept in cache._kept.items()) if number % 500 == 0 else 0
            most = max(most, held)
            assert len(cache._kept) <= 500 and cache._bytes <= 200_000 and not cache._computing
        return most, cache._bytes, sum(sum(map(len, key)) + kept.size for key, kept in cache._kept.items())

    most, counted, held = asyncio.run(scenario())
    assert counted == held and 0 < most <= 200_000


def test_a_database_that_is_away_is_a_503_with_a_sentence(database_url, tmp_path):
    """With a key or a session it was a 500: those are looked up before the errors' own handlers."""
    client, _, ada, _ = started(database_url, tmp_path)
    with client:
        sign_in(client, ada.key)
        session = {"Cookie": f"ta_session={client.cookies['ta_session']}"}
        client.cookies.clear()
        name = database_url.rsplit("/", 1)[1]
        with psycopg.connect(f"{database_url.rsplit('/', 1)[0]}/postgres", autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            key = {"Authorization": f"Bearer {ada.key}"}
            answers = [client.get("/trends", headers=headers) for headers in ({}, key)]
            page = client.get("/ui/sources", headers=session)
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    for answer in answers:
        assert "try again" in is_problem(answer, 503) and answer.headers["retry-after"] == "5"
    assert page.status_code == 503 and "The database does not answer" in page.text


def test_a_key_and_a_session_are_looked_up_in_one_question_each_and_a_connection_that_was_cut_is_replaced(
    api, monkeypatch
):
    sign_in(api.client, api.ada_key.key)
    with monkeypatch.context() as patched:
        looked = []
        patched.setattr(ConnectionPool, "check_connection", staticmethod(looked.append))
        assert [api.client.get("/trends", headers=headers).status_code for headers in (api.ada, {})] == [200, 200]
    assert looked == []
    for headers in (api.ada, {}):
        api.run(
            "SELECT pg_terminate_backend(pid, 9000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert api.client.get("/ui/feed", headers=headers).status_code == 200


def test_a_key_is_looked_up_while_every_connection_that_writes_is_in_use(api):
    with ExitStack() as held:
        for _ in range(WRITERS):
            held.enter_context(api.client.app.state.services.write())
        assert api.client.get("/trends", headers=api.ada).status_code == 200


def test_what_issues_gave_and_what_came_is_told_as_json_and_as_a_page(api):
    assert "No issue is three days old yet" in api.client.get("/scoreboard").json()["sentence"]
    for age in range(2):
        graded = TODAY - timedelta(days=age)
        for rank, (chance, rose) in enumerate([(0.8, True), (0.75, age == 0), (0.2, False), (None, None)], start=1):
            api.run(
                "INSERT INTO feed.outcomes (observed_date, feed_date, rank, story_id, source, platform, external_id, "
                "chance, is_first_listing, measured_at, still_to_come, has_risen, reason, is_simulated) VALUES "
                "(%s, %s, %s, 'st_' || %s, 'youtube_shorts', 'youtube', 'v' || %s, %s, true, %s, 0.5, %s, %s, true)",
                (
                    graded,
                    graded - timedelta(days=3),
                    rank,
                    rank,
                    rank,
                    chance,
                    NOW,
                    rose,
                    None if rank < 4 else "It left.",
                ),
            )
        api.run(
            "INSERT INTO feed.scoreboard (observed_date, feed_date, horizon_days, ranking, k, candidates, graded, "
            "r_precision, lead_items, is_simulated) VALUES (%s, %s, 3, 'feed', 2, 9, 9, %s, 0, true)",
            (graded, graded - timedelta(days=3), 0.3 + age / 5),
        )
    for name, says in (("plain", None), ("boosting", Jsonb([{"said": 0.2, "true": 0.25, "items": 40}]))):
        api.run(
            "INSERT INTO velocity.models (observed_date, source, is_simulated, candidate, is_champion, outcomes, "
            "risers, ranked_days, first_ranked_date, last_ranked_date, calibration_error, bins) "
            "VALUES (%s, 'youtube_shorts', true, %s, %s, 400, 40, 2, %s, %s, 0.05, %s)",
            (TODAY, name, name == "plain", TODAY - timedelta(days=5), TODAY - timedelta(days=4), says),
        )
    told = api.client.get("/scoreboard", params={"date": str(TODAY)}).json()
    assert "Of the 4 items that the last 2 issues" in told["sentence"] and "75 % rose" in told["sentence"]
    assert (told["rate"]["judged"], told["rate"]["came"], told["rate"]["still_to_come"]) == (6, 3, 0.5)
    assert [each["came"] for each in told["issues"]] == [1, 2]
    assert [(row["rank"], row["has_risen"], row["reason"]) for row in told["newest"]][2:] == [
        (3, False, None), (4, None, "It left."),
    ]  # fmt: skip
    assert told["bins"][0] == {"said": 0.2, "true": 0.0, "items": 2}
    assert told["rate"]["r_precision"] == 0.4
    assert [each["r_precision"] for each in told["issues"]] == [0.5, 0.3]
    assert [row["candidate"] for row in told["sources"]] == ["plain"]
    assert [(row["candidate"], row["bins"]) for row in told["models"]] == [
        ("boosting", [{"said": 0.2, "true": 0.25, "items": 40}]), ("plain", None),
    ]  # fmt: skip
    # as it was known a day earlier
    assert api.client.get("/scoreboard", params={"date": str(TODAY - timedelta(days=1))}).json()["rate"]["issues"] == 1
    page = api.client.get("/ui/scoreboard", params={"date": str(TODAY)}).text
    assert told["sentence"] in page
    assert "Of all items of all sources that rose, 40 % stood first in the merged order" in page
    assert page.count("<svg") == 4, (
        "reliability, the share and the first places by day, a model; nobody has been graded against views yet"
    )
    assert "YouTube Shorts, boosting: what it said and what came, error 0.050" in page
    assert "It left." in page and "Simulated data" in page


def test_a_creators_page_asks_which_posts_leap_and_which_leave_the_usual_range(api):
    api.run(
        "INSERT INTO comets.creators (user_id, handle, first_seen, last_updated_at, state, state_since, is_simulated) "
        "VALUES ('7', 'maker', %s, %s, 'active', %s, true)",
        (NOW, NOW, TODAY),
    )
    add_posts(api, 3)
    api.run("UPDATE trends.posts SET creator_id = '7', sources = '{comet_videos}'")
    for post, leap, ratio in (("p0000", 0.3, 0.4), ("p0001", 2.5, 3.2), ("p0002", None, None)):
        api.run(
            "INSERT INTO velocity.scores (observed_date, source, platform, external_id, measured_at, score_class, "
            "leap, range, source_percentile, parts, is_simulated) "
            "VALUES (%s, 'comet_videos', 'tiktok', %s, %s, 'measured', %s, %s, 0.5, '{}', true)",
            (NOW.date(), post, NOW, leap, ratio),
        )
    page = api.client.get("/ui/creators/7").text
    leaps, _, leaving = page.partition("<h2>Leaving its usual range</h2>")
    assert leaps.index("2.50 × the median") < leaps.index("0.30 × the median")
    assert leaving.count("× the upper end") == 1 and "3.20 × the upper end" in leaving


def test_the_sources_page_says_who_had_stories_first(api):
    assert "Who had stories first" not in api.client.get("/ui/sources").text

    def lead(source, other, hours, *, led, together):
        api.run(
            "INSERT INTO feed.source_leads (observed_date, source, other_source, matched_stories, led, trailed, "
            "together, median_lead_hours, lead_low_hours, lead_high_hours, unique_share, is_simulated) "
            "VALUES (%s, %s, %s, %s, %s, 0, %s, %s, %s, %s, 0.4, true)",
            (TODAY, source, other, led + together, led, together, hours, hours - 6, hours + 6),
        )

    lead("amazon_positions", "x_posts", 0, led=0, together=4)
    page = api.client.get("/ui/sources").text
    assert "No source has had a story before another yet." in page and "(-6 to 6)" not in page
    lead("reddit_posts", "amazon_positions", 30, led=7, together=2)
    lead("amazon_positions", "reddit_posts", -30, led=7, together=2)
    page = api.client.get("/ui/sources").text
    assert "(-6 to 6)" not in page, "who had nothing before the other is not listed as a leader"
    assert "Who had stories first" in page and page.count("30 (24 to 36)") == 1, "each pair once, by who leads"


def test_days_outside_what_can_be_a_partition_are_refused(api):
    for day in ("0001-01-01", "9999-12-31", "2026-02-30"):
        is_problem(api.client.get(f"/feed/{day}"), 422)


OPEN_PAGES = (
    "/docs", "/ui/start", "/ui/feed", "/ui/creators", "/ui/reports", "/ui/scoreboard", "/ui/sources", "/ui/search",
    "/ui/sign-in",
)  # fmt: skip


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_every_open_page_is_shown_on_an_empty_database_and_loads_nothing_from_elsewhere(api, path):
    page = api.client.get(path)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert 'src="http' not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_first_page_says_the_five_to_know_what_runs_what_failed_and_how_good_we_were(api):
    assert api.client.get("/", follow_redirects=False).headers["location"] == "/ui/start"
    for rank in range(1, 8):
        api.run(
            "INSERT INTO feed.items (observed_date, rank, story_id, section, platform, external_id, source, title, "
            "score, score_parts, why, score_class, engagement, measured_at, counts, first_seen_at, days_on_radar, "
            "sources, heat, proof_links, flags, flag_reasons, data_age_hours, chance, is_simulated) VALUES (%s, %s, "
            "%s, 'top', 'tiktok', %s, 's', %s, 1, '[]', 'It grows.', 'measured', '{}', %s, '[]', %s, 1, '{}', '[]', "
            "'[]', '{}', '{}', 1, 0.75, true)",
            (TODAY, rank, f"st_{rank}", f"x{rank}", f"<b>Story {rank}</b>", NOW, NOW),
        )
    for source, outcome in (("reddit_posts", "running"), ("x_posts", "failed"), ("youtube_shorts", "succeeded")):
        api.run(
            "INSERT INTO ops.source_attempts (attempt_id, source, provider, observed_date, outcome, reason, "
            "started_at) VALUES (%s, %s, 'p', %s, %s, 'The provider answered 500.', %s)",
            (source, source, TODAY, outcome, NOW),
        )
    page = api.client.get("/ui/start", params={"date": str(TODAY)}).text
    assert [f"&lt;b&gt;Story {rank}&lt;/b&gt;" in page for rank in range(1, 8)] == [True] * 5 + [False] * 2
    assert "<b>Story" not in page
    assert "75 % chance" in page
    running, failed = page.partition("Being collected now")[2].split("What failed")
    assert ">Reddit</a>" in running
    assert "X</b></a>: failed. The provider answered 500." in failed
    assert "YouTube Shorts" not in page
    assert "nothing is known of how often it was right" in page
    assert page.index('type="date"') < page.index("Story 1"), "the day is chosen on top"


def test_an_empty_roster_says_what_is_missing_and_when_it_comes(api):
    assert "no day has been collected yet" in api.client.get("/ui/creators").text
    for user, verdict, is_reached in (("1", "rejected", True), ("2", "passed", False)):
        api.run(
            "INSERT INTO comets.criteria_check (observed_date, user_id, verdict, reason, is_reached, is_simulated) "
            "VALUES (%s, %s, %s, 'r', %s, true)",
            (TODAY, user, verdict, is_reached),
        )
    assert f"nobody of {TODAY} passed" in api.client.get("/ui/creators").text
    api.run("UPDATE comets.criteria_check SET is_reached = true")
    page = api.client.get("/ui/creators").text
    assert f"the 1 candidate of {TODAY} that passed" in " ".join(page.split())
    assert "<code>roll_call</code>" in page


def test_a_page_that_is_not_there_says_so_as_a_page(api):
    missing = api.client.get("/ui/creators/unknown")
    assert (missing.status_code, missing.headers["content-type"].split(";")[0]) == (404, "text/html")
    assert "There is no creator unknown in the roster." in missing.text
    assert api.client.get("/ui/feed?date=never").status_code == 422
