"""Competitor discovery through its assets: requests in, ranked candidates out, the same every time."""

import json
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import psycopg
import pytest

from trend_assets.competitors import corpus, lists, requests
from trend_assets.competitors.profiles import UnknownProfile
from trend_assets.competitors.requests import Criteria
from trend_assets.defs.competitors import assets, captures, sensors
from trend_assets.defs.resources import WarehouseResource
from trend_assets.sandbox.process import running
from trend_assets_tests.today import utc_day

pytestmark = pytest.mark.usefixtures("today")
PROVIDER_ASSETS = [assets.research_corpus, assets.manual_url_seed, assets.community_graph, assets.official_api]
CORPUS_ASSETS = [assets.corpus_creators, assets.corpus_topics]


@pytest.fixture
def database(monkeypatch, database_url, tmp_path):
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return database_url


@pytest.fixture
def connection(database):
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory):
    with running(tmp_path_factory.mktemp("sandbox")) as url:
        yield url


def materialize(*chosen, day: date | None = None):
    result = dg.materialize(
        list(chosen),
        partition_key=(day or utc_day()).isoformat(),
        resources={"warehouse": WarehouseResource()},
        raise_on_error=True,
    )
    assert result.success
    return result


def add_creator(connection, creator, *, hashtags, views, followers=20_000, platform="tiktok", day=None, posts=1):
    day = day or utc_day()
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    for number in range(posts):
        connection.execute(
            "INSERT INTO trends.posts (platform, external_id, kind, creator_id, creator_handle, creator_followers, "
            "views, hashtags, first_collected_at, first_source, last_collected_at, measured_at, sources, is_simulated) "
            "VALUES (%s, %s, 'video', %s, %s, %s, %s, %s, %s, 's', %s, %s, ARRAY['comet_videos'], true)",
            (platform, f"{creator}-{number}", creator, f"h_{creator}", followers, views, hashtags, at, at, at),
        )
        connection.execute(
            "INSERT INTO trends.post_snapshots (observed_date, source, platform, external_id, list_name, creator_id, "
            "creator_handle, views, measured_at, collected_at, capture_id, is_simulated) "
            "VALUES (%s, 'comet_videos', %s, %s, 'x', %s, %s, %s, %s, %s, 'c', true)",
            (day, platform, f"{creator}-{number}", creator, f"h_{creator}", views, at, at),
        )


def ask(connection, user="ada", day=None, repeat=False, **criteria):
    return requests.ask(
        connection,
        user_id=user,
        criteria=Criteria(**criteria),
        day=day or utc_day(),
        now=datetime.now(UTC),
        repeat=repeat,
    )


def page_of(connection, asked, *, limit=50, **options):
    with connection.transaction():
        request = lists.request_of(connection, request_id=asked.request_id, user_id=options.pop("user", "ada"))
    return lists.page(connection, request=request, day=asked.day, limit=limit, **options)


def test_the_corpus_knows_who_posts_under_which_hashtag_and_a_rerun_changes_nothing(connection):
    add_creator(connection, "a", hashtags=["slime", "asmr"], views=100, posts=3)
    add_creator(connection, "b", hashtags=["slime"], views=7, platform="youtube")
    add_creator(connection, "x", hashtags=["slime"], views=7, platform="reddit")
    materialize(*CORPUS_ASSETS)
    rows = connection.execute(
        "SELECT platform, creator_key, handle, posts, median_views, url FROM competitors.corpus_creators ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        ("tiktok", "a", "h_a", 3, 100.0, "https://www.tiktok.com/@h_a"),
        ("youtube", "b", "h_b", 1, 7.0, "https://www.youtube.com/@h_b"),
    ]
    assert connection.execute("SELECT topic, posts FROM competitors.corpus_topics ORDER BY 1, 2").fetchall() == [
        ("asmr", 3), ("slime", 1), ("slime", 3),
    ]  # fmt: skip
    assert corpus.refresh_creators(connection, day=utc_day(), platforms=["tiktok", "youtube"]).rows_written == 0
    assert corpus.refresh_topics(connection, day=utc_day(), platforms=["tiktok", "youtube"]).rows_written == 0


def test_a_request_is_answered_by_four_providers_merged_into_one_list(connection, monkeypatch, sandbox_url):
    monkeypatch.setenv("TREND_ASSETS_SANDBOX_URL", sandbox_url)
    add_creator(connection, "seed", hashtags=["slime", "asmr"], views=5_000)
    add_creator(connection, "near", hashtags=["slime", "asmr"], views=9_000)
    add_creator(connection, "far", hashtags=["slime"], views=9_000, followers=9_000_000)
    add_creator(connection, "other", hashtags=["knitting"], views=9_000)
    materialize(*CORPUS_ASSETS)
    ask(connection, user="bob", seed="tiktok:h_seed", handles=("tiktok:h_near",), shares=True)
    asked = ask(connection, seed="tiktok:h_seed", handles=("https://www.tiktok.com/@h_near", "nonsense"))
    assert "could be a handle on any platform" in asked.problems[0]
    assert page_of(connection, asked).state == "queued"
    materialize(*captures.captures, *PROVIDER_ASSETS, assets.candidates)
    page = page_of(connection, asked)
    assert page.state == "ready"
    first = page.candidates[0]
    assert first["handle"] == "h_near"
    assert first["providers"] == ["community_graph", "manual_url_seed", "research_corpus"]
    assert (first["confidence_tier"], first["source_count"]) == ("high", 3)
    assert any("Posts under 2 of the 2 topics" in sentence for sentence in first["evidence"])
    assert "h_seed" not in {c["handle"] for c in page.candidates}, "nobody competes with oneself"
    assert "h_other" not in {c["handle"] for c in page.candidates}
    youtube = [c for c in page.candidates if c["providers"] == ["official_api"]]
    assert all(c["platform"] == "youtube" and c["is_simulated"] for c in youtube)


def test_youtube_channels_come_from_the_capture_and_a_rerun_asks_nothing(connection, monkeypatch, sandbox_url):
    monkeypatch.setenv("TREND_ASSETS_SANDBOX_URL", sandbox_url)
    asked = ask(connection, topics=("slime",), platforms=("youtube",), providers=("official_api",))
    for _ in range(2):
        materialize(*captures.captures, *PROVIDER_ASSETS, assets.candidates)
    attempts = connection.execute(
        "SELECT calls, replayed, is_simulated FROM ops.source_attempts WHERE source = 'youtube_channels' "
        "ORDER BY started_at"
    ).fetchall()
    assert attempts[0][0] > 0
    assert attempts[1][:2] == (0, attempts[0][0])
    page = page_of(connection, asked)
    assert page.total > 0
    assert page.candidates[0]["evidence"][0] == "YouTube's channel search has it at place 1 for “slime”."
    assert page.candidates[0]["external_id"].startswith("UC")


def test_the_same_request_gives_the_same_bytes_on_every_run(connection):
    for number in range(40):
        add_creator(connection, f"c{number:02}", hashtags=["slime", f"t{number % 3}"], views=10 + number % 4)
    materialize(*CORPUS_ASSETS)
    asked = ask(connection, topics=("slime", "t1"))
    seen = set()
    for _ in range(3):
        materialize(*PROVIDER_ASSETS, assets.candidates)
        seen.add(json.dumps(page_of(connection, asked, limit=200).candidates, default=str))
    assert len(seen) == 1
    assert asked.request_id == ask(connection, topics=("#T1", "Slime")).request_id, "one spelling, one request"


def test_pages_are_stable_complete_and_notice_a_new_list(connection):
    for number in range(9):
        add_creator(connection, f"c{number}", hashtags=["slime"], views=10)
    materialize(*CORPUS_ASSETS)
    asked = ask(connection, topics=("slime",))
    materialize(*PROVIDER_ASSETS, assets.candidates)
    ranks, after, version = [], 0, None
    while True:
        page = page_of(connection, asked, limit=4, after_rank=after, version=version)
        ranks += [c["rank"] for c in page.candidates]
        version = page.version
        if page.next_rank is None:
            break
        after = page.next_rank
    assert ranks == list(range(1, 10))
    add_creator(connection, "new", hashtags=["slime"], views=10)
    materialize(*CORPUS_ASSETS)
    materialize(*PROVIDER_ASSETS, assets.candidates)
    with pytest.raises(lists.ListChanged):
        page_of(connection, asked, limit=4, after_rank=4, version=version)


def test_filters_choose_by_provider_and_confidence(connection):
    add_creator(connection, "a", hashtags=["slime"], views=10)
    materialize(*CORPUS_ASSETS)
    asked = ask(connection, topics=("slime",), handles=("tiktok:unknown.one",))
    materialize(*PROVIDER_ASSETS, assets.candidates)
    assert page_of(connection, asked, provider="manual_url_seed").candidates[0]["handle"] == "unknown.one"
    assert [c["handle"] for c in page_of(connection, asked, min_confidence="medium").candidates] == ["h_a"]
    assert page_of(connection, asked).counts == {"manual_url_seed": 1, "research_corpus": 1}


def test_an_import_enters_the_roster_once_and_is_marked_for_its_user_only(connection):
    add_creator(connection, "a", hashtags=["slime"], views=10)
    materialize(*CORPUS_ASSETS)
    asked, others = ask(connection, topics=("slime",)), ask(connection, user="bob", topics=("slime",))
    materialize(*PROVIDER_ASSETS, assets.candidates)
    (candidate,) = page_of(connection, asked).candidates
    request = lists.request_of(connection, request_id=asked.request_id, user_id="ada")
    options = {
        "user_id": "ada", "request": request, "day": utc_day(), "candidate_ids": [candidate["candidate_id"]],
        "shares": True, "now": datetime.now(UTC),
    }  # fmt: skip
    assert lists.import_candidates(connection, **options)["imported"] == [candidate["candidate_id"]]
    assert lists.import_candidates(connection, **options)["already_tracked"] == [candidate["candidate_id"]]
    assert page_of(connection, asked).candidates[0]["already_tracked"]
    assert not page_of(connection, others, user="bob").candidates[0]["already_tracked"]
    assert connection.execute("SELECT count(*) FROM competitors.community_handles").fetchone() == (1,)
    with pytest.raises(lists.NothingToImport, match="no such candidate"):
        lists.import_candidates(connection, **options | {"candidate_ids": ["0" * 16]})


def test_a_past_day_does_not_know_creators_that_were_seen_later(connection):
    yesterday = utc_day() - timedelta(days=1)
    add_creator(connection, "old", hashtags=["slime"], views=10, day=yesterday)
    add_creator(connection, "new", hashtags=["slime"], views=10)
    for day in (yesterday, utc_day()):
        materialize(*CORPUS_ASSETS, day=day)
    asked = ask(connection, topics=("slime",), day=yesterday)
    materialize(*PROVIDER_ASSETS, assets.candidates, day=yesterday)
    assert [c["handle"] for c in page_of(connection, asked).candidates] == ["h_old"]


def test_the_seed_must_be_recognisable_and_a_users_requests_are_limited(connection, monkeypatch):
    with pytest.raises(UnknownProfile):
        ask(connection, seed="somebody")
    monkeypatch.setattr(requests, "REQUESTS_PER_DAY", 2)
    ask(connection, topics=("a",))
    ask(connection, topics=("b",))
    ask(connection, topics=("b",))
    with pytest.raises(requests.TooManyRequests):
        ask(connection, topics=("c",))


def test_the_sensor_launches_two_runs_per_open_day_and_none_once_it_is_answered(database, connection):
    context = dg.build_sensor_context(resources={"warehouse": WarehouseResource()})
    assert isinstance(sensors.competitor_requests(context), dg.SkipReason)
    ask(connection, topics=("slime",))
    first = sensors.competitor_requests(context).run_requests
    assert {r.job_name for r in first} == {"competitor_list", "competitor_captures"}
    assert {r.partition_key for r in first} == {utc_day().isoformat()}
    again = sensors.competitor_requests(context).run_requests
    assert [r.run_key for r in again] == [r.run_key for r in first], "Dagster launches a run key once"
    materialize(*PROVIDER_ASSETS, assets.candidates)
    assert isinstance(sensors.competitor_requests(context), dg.SkipReason)
    ask(connection, topics=("slime",))
    assert isinstance(sensors.competitor_requests(context), dg.SkipReason), "reading again asks nothing"
    ask(connection, topics=("slime",), repeat=True)
    repeated = sensors.competitor_requests(context).run_requests
    assert {r.run_key for r in repeated}.isdisjoint(r.run_key for r in first)


def test_a_daily_request_is_asked_again_every_day_by_itself(database, connection):
    asked = ask(connection, topics=("slime",), is_daily=True, day=utc_day() - timedelta(days=1))
    with connection.transaction():
        connection.execute("UPDATE competitors.request_days SET answered_at = now()")
    context = dg.build_sensor_context(resources={"warehouse": WarehouseResource()})
    launched = sensors.competitor_requests(context).run_requests
    assert {r.partition_key for r in launched} == {utc_day().isoformat()}
    rows = connection.execute("SELECT request_id FROM competitors.request_days").fetchall()
    assert rows == [(asked.request_id,)] * 2


def test_the_community_never_shows_a_handle_that_nobody_agreed_to_share(connection):
    ask(connection, user="bob", seed="tiktok:h_seed", handles=("tiktok:private.one",), shares=False)
    asked = ask(connection, seed="tiktok:h_seed", providers=("community_graph",))
    materialize(*PROVIDER_ASSETS, assets.candidates)
    page = page_of(connection, asked)
    assert page.candidates == []
    request = lists.request_of(connection, request_id=asked.request_id, user_id="ada")
    assert lists.notes(request, page.counts, page.state) == [
        "community_graph found nobody: no other user shares these creators."
    ]
