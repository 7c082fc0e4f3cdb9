"""GET /trends and /feed/{date}: the short way and FastAPI's say the same, and no page walks the history."""

import asyncio
from datetime import timedelta

import pytest

from trend_assets.api import shared_reads
from trend_assets.api.direct import DirectReads
from trend_assets.api.pages_of import encode_cursor
from trend_assets.api.reading import BytesReader
from trend_assets_tests.integration.test_http_api import NOW, TODAY, Api, add_posts, started

# an empty unknown parameter is ignored by FastAPI, and nothing that the short way takes
LONG_WAY = "unknown=%20"


@pytest.fixture
def api(database_url, tmp_path):
    client, launcher, ada, bob = started(database_url, tmp_path)
    with client:
        yield Api(client, launcher, database_url, ada, bob)


def add_issue(api):
    api.run(
        "INSERT INTO feed.issues (observed_date, issue_id, title, subject, as_of, item_count, is_quiet, "
        "sources_succeeded, sources_failed, html, markdown, json_feed, atom, csv, parquet, content_hash, is_simulated) "
        "VALUES (%s, 'urn:uuid:1', 'T', 'S', %s, 0, true, '{}', '[]', '<p>höh</p>', '# md', '{\"items\":[]}', "
        "'<feed/>', 'a,b', '', 'h', true)",
        (TODAY, NOW),
    )


def test_the_short_way_and_fastapi_give_the_same_answers(api):
    add_posts(api, 9, at=NOW - timedelta(hours=6))
    add_posts(api, 5, platform="youtube", first=100)
    api.run("UPDATE trends.posts SET archived_at = now() WHERE external_id = 'p0003'")
    add_issue(api)
    cursor = encode_cursor(NOW.isoformat(), "youtube", "p0102")
    for path in (
        "/trends", "/trends?limit=3", "/trends?platform=tiktok&limit=200", "/trends?archived=true&limit=7",
        f"/trends?cursor={cursor}&limit=4", f"/trends?platform=youtube&cursor={cursor}", "/trends?platform=amazon",
        "/feed/2026-11-20", "/feed/2026-11-20?format=html", "/feed/2026-11-20?format=csv",
    ):  # fmt: skip
        short = api.client.get(path)
        long = api.client.get(f"{path}{'&' if '?' in path else '?'}{LONG_WAY}")
        assert (short.status_code, short.content) == (200, long.content), path
        assert short.headers == long.headers, path
    accepted = [api.client.get(f"/feed/2026-11-20{end}", headers={"Accept": "text/markdown"}) for end in ("", "?x=%20")]
    assert accepted[0].text == accepted[1].text == "# md"


def passed_on(api, path, query=b"", method="GET"):
    """Whether the short way leaves this request to the application."""
    reached = []

    async def application(scope, receive, send):
        reached.append(scope["path"])

    async def ask():
        async with BytesReader(api.database_url) as shared:
            state = type("State", (), {"services": type("Services", (), {"shared": shared})})
            scope = {
                "type": "http", "method": method, "path": path, "query_string": query, "headers": [],
                "app": type("App", (), {"state": state}),
            }  # fmt: skip

            async def send(message):
                pass

            await DirectReads(application)(scope, None, send)

    asyncio.run(ask())
    return bool(reached)


def test_only_what_is_plainly_valid_goes_the_short_way(api):
    add_issue(api)
    for query in (b"", b"limit=5", b"platform=x&archived=true", b"limit=200"):
        assert not passed_on(api, "/trends", query), query
    assert not passed_on(api, "/feed/2026-11-20", b"format=md")
    for query in (
        b"limit=0", b"limit=201", b"limit=05", b"limit=5&limit=6", b"platform=myspace", b"archived=yes", b"x=1", b"=",
        b"limit=%35", b"cursor=abc", b"limit=5&", b"platform", b"cursor=" + b"a" * 2001, b"limit=",
    ):  # fmt: skip
        assert passed_on(api, "/trends", query), query
    for path in ("/feed/2026-11-19", "/feed/2026-02-30", "/feed/1999-12-31", "/feed/today", "/creators", "/trends/"):
        assert passed_on(api, path), path
    assert passed_on(api, "/trends", method="POST")


def test_a_repeat_of_a_post_is_not_listed(api):
    add_posts(api, 3)
    api.run("UPDATE trends.posts SET duplicate_of = 'p0000' WHERE external_id = 'p0001'")
    assert {item["external_id"] for item in api.client.get("/trends").json()["items"]} == {"p0000", "p0002"}


def test_a_page_walks_an_index_and_meets_no_archived_post_however_many_there_are(api):
    add_posts(api, 3000, at=NOW - timedelta(days=60))
    api.run("UPDATE trends.posts SET archived_at = now()")
    add_posts(api, 5, platform="youtube", first=5000)
    api.run("ANALYZE trends.posts")
    values = {"limit": 50, "at": NOW + timedelta(days=1), "after_platform": "zzz", "after_id": "", "platform": "tiktok"}

    async def plans():
        async with BytesReader(api.database_url) as reader:
            for of_platform in (False, True):
                for after in (False, True):
                    statement = shared_reads.trends_statement(of_platform=of_platform, after=after, archived=False)
                    (plan,) = await reader.row(b"EXPLAIN (ANALYZE, FORMAT JSON) " + statement, values)
                    yield of_platform, plan[0]["Plan"]

    async def check():
        found = [plan async for plan in plans()]
        assert len(found) == 4
        for of_platform, plan in found:
            scan = next(node for node in nodes(plan) if node.get("Relation Name") == "posts")
            assert scan["Node Type"] == "Index Scan", scan
            assert "(archived_at IS NULL)" in scan["Index Cond"], scan
            assert scan.get("Rows Removed by Filter", 0) == 0, scan
            assert scan["Actual Rows"] == (0 if of_platform else 5)
            limits = [node for node in nodes(plan) if node["Node Type"] == "Limit"]
            assert any(node["Plans"][0] is scan for node in limits), "the order comes from the index, without a sort"

    asyncio.run(check())


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_a_connection_that_a_restart_has_cut_is_replaced(api):
    add_posts(api, 1)
    assert api.client.get("/trends").status_code == 200
    api.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'trend_assets api reader'")
    assert len(api.client.get("/trends?limit=1").json()["items"]) == 1
