"""Sources that need no key, live against a local server that answers as their documentation says, and as one folder.

The server knows nothing of the sandbox, so what is asked here is what the real providers would be asked.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call, CollectReport
from trend_assets.sources.clients import client_for, context_for, mode_of
from trend_assets.sources.discovery import FOLDERS, PROVIDERS, SOURCES
from trend_assets.sources.errors import NoHistory, NotFound
from trend_assets.warehouse.tables import TABLES

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
POSTED = int(datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp())
STORIES: dict[int, Any] = {
    1: {"id": 1, "type": "story", "by": "ann", "time": POSTED, "title": "A kettle", "score": 80, "descendants": 12,
        "url": "https://kettle.example/"},
    2: {"id": 2, "type": "story", "by": "bo", "time": POSTED, "title": "Ask HN: Which kettle?", "score": 30,
        "descendants": 44, "text": "<p>I like tea &amp; <i>quiet</i>.", "url": ""},
    3: {"id": 3, "type": "job", "by": "co", "time": POSTED, "title": "Kettle (YC W26) is hiring", "score": 1},
    4: None,
    5: {"id": 5, "type": "story", "time": POSTED, "deleted": True},
    6: {"id": 6, "type": "story", "by": "ed", "time": POSTED, "title": "Spam", "score": 1, "dead": True},
    7: {"id": 7, "type": "poll", "by": "flo", "time": POSTED, "title": "Poll: tea?", "score": 9, "descendants": 3,
        "parts": [8, 9]},
}  # fmt: skip
VIEWS = {"Main_Page": 5_000_000, "Special:Search": 900_000, "Invented_kettle": 42_000, "AC/DC": 30_000, "-": 9_000}


@dataclass
class Stub:
    """The two providers. `asked` are (raw path, user agent)."""

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    today: date = date(2026, 11, 20)

    def settings(self, **changes: Any) -> Settings:
        found = {"hackernews__url": self.url, "hackernews__search_url": self.url, "wikipedia__url": self.url}
        return Settings(_env_file=None, sandbox="off", **(found | changes))

    def answer(self, path: str) -> tuple[int, Any]:
        parts = urlsplit(path)
        if found := re.fullmatch(r"/v0/(top|best)stories.json", parts.path):
            return 200, [1, 2, 3, 4, 5, 6, 7] if found[1] == "top" else [2, 1]
        if found := re.fullmatch(r"/v0/item/(\d+).json", parts.path):
            return 200, STORIES.get(int(found[1]))
        if parts.path == "/api/v1/search":
            assert "tags=story" in parts.query and "created_at_i>=" in parse_qs(parts.query)["numericFilters"][0]
            hit = {"objectID": "1", "title": "A kettle", "author": "ann", "points": 95, "num_comments": 20,
                   "created_at_i": POSTED, "_tags": ["story", "author_ann", "story_1"]}  # fmt: skip
            return 200, {"hits": [hit], "nbHits": 1, "page": 0, "nbPages": 1, "hitsPerPage": 60}
        if found := re.fullmatch(r"/metrics/pageviews/top/en\.wikipedia/all-access/(\d{4})/(\d\d)/(\d\d)", parts.path):
            if date(int(found[1]), int(found[2]), int(found[3])) >= self.today:
                return 404, {"title": "Not found."}
            ranked = enumerate(VIEWS.items(), start=1)
            articles = [{"article": name, "views": seen, "rank": rank} for rank, (name, seen) in ranked]
            return 200, {"items": [{"project": "en.wikipedia", "access": "all-access", "articles": articles}]}
        shape = r"/metrics/pageviews/per-article/en\.wikipedia/all-access/user/([^/]+)/daily/(\d{8})/(\d{8})"
        if found := re.fullmatch(shape, parts.path):
            first, last = (datetime.strptime(found[n], "%Y%m%d").replace(tzinfo=UTC) for n in (2, 3))
            seen = VIEWS[unquote(found[1])]
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            return 200, {
                "items": [{"timestamp": f"{d:%Y%m%d}00", "views": seen if d == last else 1_000 + d.day} for d in days]
            }
        return 404, {"title": "Not found."}


@contextmanager
def stub_server() -> Iterator[Stub]:
    """The stub on a free port."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stub.asked.append((self.path, self.headers.get("User-Agent", "")))
            status, document = stub.answer(self.path)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as found:
        yield found


def collected(name: str, settings: Settings, day: date) -> tuple[CollectReport, list[dict[str, Any]], list[str]]:
    """A live collection: its report, its rows and the reasons of what was set aside."""
    source = SOURCES[name]
    client = client_for(source.provider_name, settings)
    answers: list[Answer] = []

    def obtain(call: Call) -> Answer:
        answers.append(client.execute(call))
        return answers[-1]

    try:
        report = source.collect(obtain, context_for(source, settings, day=day, now=NOW))
    finally:
        client.close()
    assert not any(answer.is_simulated for answer in answers)
    parsed = [source.parse(answer) for answer in answers]
    return (
        report,
        [row for each in parsed for row in each.rows],
        [item.reason for each in parsed for item in each.quarantined],
    )


# --- which are live ---------------------------------------------------------------------------------------------------


def test_without_any_key_the_sandbox_off_makes_exactly_the_keyless_providers_live() -> None:
    settings = Settings(_env_file=None, sandbox="off")
    modes = {name: mode_of(name, settings) for name, each in PROVIDERS.items() if each.has_account}
    assert {name for name, mode in modes.items() if mode == "live"} == {
        name for name, each in PROVIDERS.items() if each.has_account and not each.keys
    }
    assert {"hackernews", "wikipedia"} <= {name for name, mode in modes.items() if mode == "live"}
    assert {mode for name, mode in modes.items() if PROVIDERS[name].keys} == {"off"}


def test_without_any_key_the_demo_asks_nobody_outside() -> None:
    settings = Settings(_env_file=None)
    assert {mode_of(each, settings) for each in PROVIDERS.values()} == {"sandbox", "off"}


def test_with_the_key_of_another_provider_the_keyless_ones_are_live_too() -> None:
    settings = Settings(_env_file=None, youtube_api_key="k")
    assert mode_of("youtube", settings) == mode_of("hackernews", settings) == mode_of("wikipedia", settings) == "live"


# --- Hacker News ------------------------------------------------------------------------------------------------------


def test_todays_stories_are_asked_for_once_and_stand_in_each_of_their_lists(stub: Stub) -> None:
    report, rows, set_aside = collected("hackernews_stories", stub.settings(), NOW.date())
    assert report.complete and report.items == 7
    assert len([path for path, _ in stub.asked if "/item/" in path]) == 7
    places = {(row["list_name"], row["external_id"]): row["list_rank"] for row in rows}
    assert places == {("top", "1"): 1, ("top", "2"): 2, ("best", "1"): 2, ("best", "2"): 1, ("top", "7"): 7}
    assert sorted(set_aside) == [
        "It is a job ad, which nobody can vote or comment on.", "It is dead there.", "It is deleted there.",
    ]  # fmt: skip
    ask = next(row for row in rows if row["external_id"] == "2")
    assert (ask["likes"], ask["comments"], ask["views"], ask["linked_url"]) == (30, 44, None, None)
    assert ask["description"] == "I like tea & quiet."


def test_a_past_days_stories_come_from_the_search_with_the_points_of_now(stub: Stub) -> None:
    report, rows, _ = collected("hackernews_stories", stub.settings(), date(2026, 11, 18))
    assert report.items == 1 and [path.partition("?")[0] for path, _ in stub.asked] == ["/api/v1/search"]
    assert [(row["list_name"], row["external_id"], row["likes"]) for row in rows] == [("day", "1", 95)]


# --- Wikipedia --------------------------------------------------------------------------------------------------------


def test_articles_are_compared_with_their_own_weeks_and_pages_that_are_none_left_out(stub: Stub) -> None:
    _, rows, set_aside = collected("wikipedia_pageviews", stub.settings(), NOW.date())
    found = {row["external_id"]: row for row in rows}
    assert set(found) == {"en.wikipedia:Invented_kettle", "en.wikipedia:AC/DC"} and not set_aside
    kettle = found["en.wikipedia:Invented_kettle"]
    assert kettle["viewed_date"] == date(2026, 11, 19) and kettle["day_views"] == 42_000 and kettle["list_rank"] == 3
    assert kettle["times_usual"] == pytest.approx(42_000 / kettle["usual_day_views"], rel=1e-3)
    # a flow of one day is no count that grows
    assert kettle["views"] is None and kettle["likes"] is None
    assert kettle["measured_at"] == datetime(2026, 11, 20, tzinfo=UTC)


def test_titles_are_encoded_whole_and_the_user_agent_names_a_contact(stub: Stub) -> None:
    collected("wikipedia_pageviews", stub.settings(wikipedia__contact="me@news.example"), NOW.date())
    assert any("/user/AC%2FDC/daily/20261022/20261119" in path for path, _ in stub.asked)
    assert {agent for _, agent in stub.asked} == {"trend_assets/0.1 (me@news.example)"}


def test_a_past_day_is_that_day_whenever_it_is_fetched(stub: Stub) -> None:
    _, rows, _ = collected("wikipedia_pageviews", stub.settings(), date(2026, 11, 10))
    assert {row["measured_at"] for row in rows} == {datetime(2026, 11, 10, tzinfo=UTC)}
    assert {row["viewed_date"] for row in rows} == {date(2026, 11, 9)}


def test_a_day_that_is_not_published_yet_says_so(stub: Stub) -> None:
    with pytest.raises(NotFound, match=r"no page views of 2026-11-20 for en\.wikipedia.*Rerun this partition later"):
        collected("wikipedia_pageviews", stub.settings(), date(2026, 11, 21))


def test_a_day_before_the_counting_began_is_refused_without_asking(stub: Stub) -> None:
    with pytest.raises(NoHistory, match="since 2015-07-01"):
        collected("wikipedia_pageviews", stub.settings(), date(2015, 7, 1))
    assert stub.asked == []


# --- one folder -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["hackernews_stories", "wikipedia_pageviews"])
def test_a_keyless_source_is_one_folder_of_seven_files_and_named_nowhere_else(name: str) -> None:
    folder = FOLDERS[name]
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(files) <= 7
    provider = SOURCES[name].provider_name
    elsewhere = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "trend_assets").rglob("*"))
        if path.suffix in (".py", ".sql", ".j2", ".toml", ".template")
        and folder not in path.parents
        and re.search(rf"\b({name}|{provider})\b", path.read_text(encoding="utf-8"))
    ]
    # a platform is one row of its own table
    assert set(elsewhere) <= {"trend_assets/platforms.py"}
    assert f"source.{name}" in TABLES
