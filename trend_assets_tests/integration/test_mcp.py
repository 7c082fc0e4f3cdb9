"""The Model Context Protocol as an assistant uses it: a conversation through the SDK's own client, over HTTP on the
API's port and over stdin and stdout."""

import asyncio
import sys
from datetime import datetime, timedelta

import psycopg
import pytest
from mcp import Client, StdioServerParameters

from trend_assets.api.app import api_app
from trend_assets.settings import Settings
from trend_assets.sources.http_library import httpx
from trend_assets_tests.application import serving
from trend_assets_tests.integration.test_subjects import NOW, TODAY
from trend_assets_tests.integration.test_subjects import fill as fill_subjects

TOOLS = {"trends", "search_for", "about", "explain", "creators", "compare_days", "scoreboard"}


@pytest.fixture(scope="module")
def filled(module_database_url):
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        fill_subjects(connection)
        for day in (TODAY, TODAY - timedelta(days=1)):
            connection.execute(
                "INSERT INTO feed.items (observed_date, rank, story_id, section, platform, external_id, source, title, "
                "score, score_parts, why, score_class, engagement, measured_at, counts, first_seen_at, days_on_radar, "
                "sources, heat, proof_links, flags, flag_reasons, data_age_hours, chance, views, is_simulated) VALUES "
                "(%s, 1, 'st_1', 'top', 'tiktok', 'slime', 'tiktok_trending', 'Crunchy slime', 1, '[]', 'It grows.', "
                "'measured', '{}', %s, '[]', %s, 1, '{tiktok_trending}', '[]', '[]', '{}', '{}', 1, 0.75, 300, true)",
                (day, NOW, NOW),
            )
            connection.execute(
                "INSERT INTO feed.issues (observed_date, newsletter, issue_id, title, subject, as_of, item_count, "
                "is_quiet, sources_succeeded, sources_failed, content_hash, is_simulated) "
                "VALUES (%s, 'rising', 'i', 't', 's', %s, 1, false, '{}', '[]', 'h', true)",
                (day, NOW),
            )
        connection.execute("UPDATE feed.source_report SET measured_at = %s", (NOW - timedelta(hours=3),))
    return module_database_url


async def conversation(client):
    """What an assistant asks, and the typed answers by tool."""

    async def call(name, /, **arguments):
        answer = await client.call_tool(name, arguments)
        assert not answer.is_error, answer.content
        return answer.structured_content

    assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
    refused = await client.call_tool("search_for", {"q": "the of"})
    assert refused.is_error
    assert "almost every text holds such words" in refused.content[0].text
    unknown = await client.call_tool("about", {"subject": "story", "name": "st_none"})
    assert unknown.is_error
    assert "Nothing is known of a story called st_none" in unknown.content[0].text
    return {
        "tools": (await client.list_tools()).tools,
        "trends": await call("trends"),
        "search": await call("search_for", q="crunchy"),
        "about": await call("about", subject="story", name="st_1"),
        "explain": await call("explain", item="1"),
        "creators": await call("creators"),
        "compared": await call("compare_days", first=str(TODAY - timedelta(days=1)), second=str(TODAY)),
        "scoreboard": await call("scoreboard"),
    }


def is_right(said):
    assert all(tool.annotations.read_only_hint and tool.output_schema for tool in said["tools"])
    (item,) = said["trends"]["items"]
    assert (item["story_id"], item["chance"], item["why"]) == ("st_1", 0.75, "It grows.")
    assert said["trends"]["is_simulated"] is True
    assert [hit["key"] for hit in said["search"]["page"]["items"]] == ["tiktok:slime"]
    assert [row["views"] for row in said["about"]["lists"]["life"]] == [100, 150, 300]
    assert (said["explain"]["outcome"], said["explain"]["reason"]) == ("in_feed", "It leads.")
    assert said["compared"]["both"] == ["Crunchy slime (1 → 1)"]
    assert said["scoreboard"]["scoreboard"]["rate"]["confident_came"] == 1
    assert "100 %" in said["scoreboard"]["scoreboard"]["sentence"]
    for answer in ("trends", "search", "about", "explain", "creators", "compared", "scoreboard"):
        assert datetime.fromisoformat(said[answer]["age"]["newest_data_at"]) == NOW - timedelta(hours=3), answer


def test_an_assistant_asks_everything_over_http_on_the_apis_port(filled, tmp_path):
    settings = Settings(_env_file=None, sandbox_url="http://127.0.0.1:9", state_dir=tmp_path)
    app = api_app(settings, database_url=filled, state_dir=tmp_path, now=lambda: NOW)

    async def ask(url):
        async with Client(f"{url}/mcp") as client:
            return await conversation(client)

    with serving(app) as url:
        said = asyncio.run(ask(url))
    is_right(said)
    assert said["trends"]["age"]["hours_old"] == 3.0


def test_an_assistant_asks_everything_over_stdin_and_stdout(filled, tmp_path):
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from trend_assets.cli import main; main()", "mcp"],
        env={
            "TREND_ASSETS_DATABASE_URL": filled,
            "TREND_ASSETS_STATE_DIR": str(tmp_path),
            "TREND_ASSETS_SANDBOX": "off",
        },
    )

    async def ask():
        async with Client(server) as client:
            return await conversation(client)

    said = asyncio.run(ask())
    is_right(said)
    assert said["trends"]["age"]["hours_old"] > 0


def test_without_public_reads_an_assistant_needs_a_key_too(filled, tmp_path):
    from starlette.testclient import TestClient

    settings = Settings(_env_file=None, sandbox_url="http://127.0.0.1:9", state_dir=tmp_path)
    app = api_app(settings, database_url=filled, state_dir=tmp_path, now=lambda: NOW, public_reads=False)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.post("/mcp", json={}).status_code == 401
        foreign = client.post("/mcp", json={}, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403


async def refused(url, name, /, **arguments):
    """The sentence with which a tool refuses."""
    async with Client(f"{url}/mcp") as client:
        answer = await client.call_tool(name, arguments)
        assert answer.is_error, f"{name} {arguments}"
        return answer.content[0].text


@pytest.fixture(scope="module")
def address(filled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mcp")
    settings = Settings(_env_file=None, sandbox_url="http://127.0.0.1:9", state_dir=folder)
    with serving(api_app(settings, database_url=filled, state_dir=folder, now=lambda: NOW)) as url:
        yield url


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        *(("search_for", {"q": "slime", field: day}, field) for field in ("start", "end")
          for day in ("9999-12-31", "0001-01-01", "yesterday", 5)),
        *(("search_for", {"q": "slime", field: text}, field) for field in ("platform", "hashtag", "language")
          for text in ("a\x00b", "x" * 200)),
        ("search_for", {"q": "slime", "cursor": "\x00"}, "cursor"), ("search_for", {"q": "slime\x00"}, "search"),
        ("search_for", {"q": "slime", "kind": "person"}, "kind"), ("search_for", {"q": "slime", "limit": 51}, "limit"),
        ("trends", {"day": "9999-12-31"}, "day"), ("trends", {"limit": 0}, "limit"),
        ("trends", {"limitt": 3}, "limitt"),
        ("explain", {"item": "1\x00"}, "item"), ("explain", {"item": "9" * 301}, "item"),
        ("about", {"subject": "post", "name": "tiktok:\x00"}, "name"), ("creators", {"sort": "age"}, "sort"),
        ("compare_days", {"first": "1999-12-31", "second": str(TODAY)}, "first"), ("scoreboard", {"day": "x"}, "day"),
    ],
)  # fmt: skip
def test_what_an_address_would_refuse_a_tool_refuses_in_a_sentence(address, name, arguments, said):
    text = asyncio.run(refused(address, name, **arguments))
    assert said in text and text.endswith((".", "}")) and "\n" not in text, text
    assert "pydantic" not in text and "Error executing" not in text, text


def test_an_empty_filter_is_none_for_a_tool_as_for_a_form(address):
    async def ask():
        nothing = dict.fromkeys(("start", "end", "platform", "hashtag", "language", "cursor"), "")
        async with Client(f"{address}/mcp") as client:
            return await client.call_tool("search_for", {"q": "crunchy"} | nothing)

    answer = asyncio.run(ask())
    assert [hit["key"] for hit in answer.structured_content["page"]["items"]] == ["tiktok:slime"]


def test_nobody_waits_at_the_server_for_what_it_never_says(address):
    """A stream of events would hold its connection for as long as the client likes."""
    accepts = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28"}
    about = {"protocolVersion": "2026-07-28", "clientCapabilities": {}}
    listen = {"_meta": {f"io.modelcontextprotocol/{name}": value for name, value in about.items()},
              "notifications": {"toolsListChanged": True}}  # fmt: skip
    with httpx.Client(base_url=address, headers=accepts) as client:
        for method in ("GET", "HEAD", "DELETE"):
            assert client.request(method, "/mcp").status_code == 405, method
        method = "subscriptions/listen"
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": listen}
        answer = client.post("/mcp", json=body, headers={"Mcp-Method": method})
        assert answer.json()["error"]["code"] == -32601, answer.text


def test_what_tools_read_with_cannot_write(filled):
    from trend_assets.api.reading import Reader

    with Reader(filled, plans_each=True) as reader, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.rows("DELETE FROM trends.posts RETURNING 1")
