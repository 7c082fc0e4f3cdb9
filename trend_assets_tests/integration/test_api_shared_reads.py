"""GET /trends and /feed/{date}: pages and issues as Postgres made them, and no page walks the history."""

from datetime import timedelta

import pytest

from trend_assets.api import shared_reads
from trend_assets.api.pages_of import encode_cursor
from trend_assets.api.reading import Reader
from trend_assets_tests.integration.test_http_api import NOW, TODAY, Api, add_posts, started
from trend_assets_tests.issues import put_issue


@pytest.fixture
def api(database_url, tmp_path):
    client, launcher, ada, bob = started(database_url, tmp_path)
    with client:
        yield Api(client, launcher, database_url, ada, bob)


def add_issue(api):
    put_issue(api.run, TODAY, as_of=NOW, contents={"html": "<p>höh</p>", "md": "# md", "json": '{"items":[]}'})


def test_pages_follow_each_other_without_a_gap_or_a_repeat(api):
    add_posts(api, 9, at=NOW - timedelta(hours=6))
    add_posts(api, 5, platform="youtube", first=100)
    api.run("UPDATE trends.posts SET archived_at = now() WHERE external_id = 'p0003'")
    for query, count in (("limit=3", 13), ("limit=4&archived=true", 14), ("limit=2&platform=youtube", 5)):
        found, cursor = [], ""
        while cursor is not None:
            page = api.client.get(f"/trends?{query}{cursor and f'&cursor={cursor}'}").json()
            found += [item["external_id"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert len(found) == len(set(found)) == count, query
    assert api.client.get(f"/trends?cursor={encode_cursor(NOW.isoformat(), 'youtube', 'p0102')}&limit=1").json()[
        "items"
    ]


def test_an_issue_is_answered_as_it_is_stored_in_the_format_that_is_asked_for(api):
    add_issue(api)
    assert api.client.get("/feed/2026-11-20?format=html").content == "<p>höh</p>".encode()
    assert api.client.get("/feed/2026-11-20").content == b'{"items":[]}'
    assert api.client.get("/feed/2026-11-20", headers={"Accept": "text/markdown"}).text == "# md"


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

    with Reader(api.database_url, leaves_no_index=True) as reader:
        for of_platform in (False, True):
            for after in (False, True):
                statement = shared_reads.trends_statement(of_platform=of_platform, after=after, archived=False)
                (found,) = reader.value(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
                plan = found["Plan"]
                scan = next(node for node in nodes(plan) if node.get("Relation Name") == "posts")
                assert scan["Node Type"] == "Index Scan", scan
                assert "(archived_at IS NULL)" in scan["Index Cond"], scan
                assert scan.get("Rows Removed by Filter", 0) == 0, scan
                assert scan["Actual Rows"] == (0 if of_platform else 5)
                limits = [node for node in nodes(plan) if node["Node Type"] == "Limit"]
                assert any(node["Plans"][0] is scan for node in limits), (
                    "the order comes from the index, without a sort"
                )


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_a_connection_that_a_restart_has_cut_is_replaced(api):
    add_posts(api, 1)
    assert api.client.get("/trends").status_code == 200
    api.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'trend_assets api reader'")
    assert len(api.client.get("/trends?limit=1").json()["items"]) == 1
