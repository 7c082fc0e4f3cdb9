"""The story that the platform exists for, with the real daemon: a source fails, the feed goes out without it, it
is repaired later, and exactly what depends on it refreshes."""

import time

import psycopg
import pytest

from trend_assets.runtime.postgres import embedded
from trend_assets_tests.e2e.graphql import ENDED, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# days after the first partition
NEVER, SLOW, FAILED, NEXT, AFTER = 0, 1, 4, 5, 6
SOURCE = "reddit_posts"
UNTOUCHED = ("comets.candidates", "source.x_posts", "source.youtube_shorts")


def feed_is_there(dagster, day: str, *, newer_than: float = 0.0, seconds: float = 240) -> float:
    return wait_for(
        lambda: (at := dagster.materialized_at("feed.issues", day)) > newer_than and at,
        what=f"the issue of {day}",
        seconds=seconds,
    )


def settled(dagster, *, seconds: float = 240) -> None:
    """Wait until nothing is queued or running, and the sensor that refreshes has looked since and found no day that
    waits: then nothing more comes of what was done."""
    nothing_since: float | None = None

    def nothing_more_comes() -> bool:
        nonlocal nothing_since
        looked_at, said = dagster.last_tick("refresh")
        if dagster.unfinished_runs():
            nothing_since = None
        elif nothing_since is None:
            nothing_since = time.time()
        return nothing_since is not None and looked_at > nothing_since and said == "Nothing was updated."

    wait_for(nothing_more_comes, what="quiet", seconds=seconds)


def collect(dagster, day: str) -> dict:
    return dagster.finish(dagster.launch(job="daily_collection", day=day), seconds=240)


def test_the_ui_comes_up_and_shows_the_graph(platform, screenshot):
    data = platform.dagster.ask("{ assetNodes { assetKey { path } groupName description } }")["assetNodes"]
    groups = {node["groupName"] for node in data}
    assert {"captures", "sources", "comets", "trends", "velocity", "feed", "providers"} <= groups
    assert all(node["description"] for node in data)
    screenshot(f"{platform.dagster.url}/asset-groups", "dagster_graph")


def test_a_source_fails_the_feed_goes_out_and_the_late_repair_refreshes_exactly_what_depends_on_it(
    platform, screenshot
):
    failed_day, next_day, day_after = map(platform.day, (FAILED, NEXT, AFTER))
    dagster = platform.dagster
    platform.sandbox("POST", "/__sandbox/faults", json={"name": "unauthorized", "provider": "reddit"})
    failed = collect(dagster, failed_day)
    assert failed["status"] == "FAILURE"
    steps = {step["stepKey"]: step["status"] for step in failed["stepStats"]}
    assert steps[f"capture__{SOURCE}"] == "FAILURE"
    assert {status for step, status in steps.items() if SOURCE not in step} == {"SUCCESS"}
    feed_is_there(dagster, failed_day)
    assert SOURCE not in feed_sources(platform, failed_day)

    platform.sandbox("DELETE", "/__sandbox/faults")
    for day in (next_day, day_after):
        assert collect(dagster, day)["status"] == "SUCCESS"
        feed_is_there(dagster, day)
    settled(dagster)

    watched = ("feed.issues", "velocity.scores", "trends.post_snapshots", *UNTOUCHED)
    before = {
        (address, day): dagster.materialized_at(address, day)
        for address in watched
        for day in (failed_day, next_day, day_after)
    }
    repaired = dagster.finish(dagster.launch(assets=[f"capture.{SOURCE}", f"source.{SOURCE}"], day=failed_day))
    assert repaired["status"] == "SUCCESS"
    repaired_at = time.time()
    feed_is_there(dagster, failed_day, newer_than=before["feed.issues", failed_day])
    print(f"repaired source to refreshed feed: {time.time() - repaired_at:.1f} s")
    settled(dagster)
    refreshed = {(address, day) for (address, day), at in before.items() if dagster.materialized_at(address, day) > at}
    assert SOURCE in feed_sources(platform, failed_day)
    assert {day for address, day in refreshed if address == "trends.post_snapshots"} == {failed_day}
    assert {day for address, day in refreshed if address == "velocity.scores"} == {failed_day, next_day}
    assert {day for address, day in refreshed if address == "feed.issues"} == {failed_day, next_day}
    assert not {address for address, day in refreshed} & set(UNTOUCHED)
    screenshot(f"{dagster.url}/assets/feed/issues?view=partitions&partition={failed_day}", "dagster_issue_partition")
    screenshot(f"{dagster.url}/assets/feed/items?view=lineage&lineageScope=upstream&lineageDepth=3", "dagster_lineage")


def runs_since(dagster, at: float) -> list[dict]:
    return dagster.ask(
        """query($t:Float){runsOrError(filter:{createdAfter:$t},limit:200){... on Runs{results{
        runId status jobName tags{key value} assetSelection{path}}}}}""",
        t=at,
    )["runsOrError"]["results"]


def test_a_slow_collection_leads_to_one_build_of_its_feed_and_until_then_the_day_is_being_collected(platform):
    slow_day = platform.day(SLOW)
    dagster = platform.dagster
    since = time.time()
    platform.sandbox("POST", "/__sandbox/faults", json={"name": "latency", "seconds": 1.5})
    collection = dagster.launch(job="daily_collection", day=slow_day)

    def said() -> str:
        answer = dagster.http.get(f"{platform.api_url}/feed/{slow_day}")
        assert answer.status_code == 404, "an issue was there before the collection had ended"
        return answer.json()["detail"]

    wait_for(lambda: "is being collected" in said(), what="the sentence that the day is being collected")
    while dagster.run(collection)["status"] not in ENDED:
        said()
        time.sleep(1)
    platform.sandbox("DELETE", "/__sandbox/faults")
    feed_is_there(dagster, slow_day)
    settled(dagster)
    runs = runs_since(dagster, since)
    assert {run["status"] for run in runs} == {"SUCCESS"}
    assert sum(["feed", "issues"] in [key["path"] for key in run["assetSelection"] or []] for run in runs) == 1
    # the hourly job that judges freshness builds nothing, and grades of days before may be made meanwhile
    others = ("freshness", "__anonymous_asset_job_regrade_rebuilt_feeds")
    assert [run["jobName"] for run in runs if run["jobName"] not in others] == ["refresh", "daily_collection"]


def test_a_backfill_over_a_day_that_was_never_collected_leaves_the_others_green_and_is_not_repeated(platform):
    slow_day = platform.day(SLOW)
    dagster = platform.dagster
    since = time.time()
    never = platform.day(NEVER)
    group = [node for node in dagster.ask("{ assetNodes { groupName assetKey { path } } }")["assetNodes"]
             if node["groupName"] == "feed"]  # fmt: skip
    chosen = {".".join(node["assetKey"]["path"]) for node in group} - {"feed.deliveries"}
    assert {"feed.stories", "feed.items", "feed.issues"} < chosen
    backfill = dagster.backfill(sorted(chosen), [never, slow_day])
    wait_for(
        lambda: dagster.backfill_status(backfill) not in ("REQUESTED", "IN_PROGRESS"), what="the backfill", seconds=240
    )
    settled(dagster)
    for name in ("stories", "items", "issues"):
        assert slow_day in dagster.days(f"feed.{name}")
        assert slow_day not in dagster.days(f"feed.{name}", "FAILED")
    runs = runs_since(dagster, since)
    assert {run["status"] for run in runs} == {"SUCCESS"}
    builds = [run for run in runs if ["feed", "issues"] in [key["path"] for key in run["assetSelection"] or []]]
    # once more where the outcomes of these days were graded again, since the issue tells of them
    assert len(builds) <= 3
    launched = [(run["jobName"], sorted(".".join(key["path"]) for key in run["assetSelection"] or []),
                 sorted(tag["value"] for tag in run["tags"] if "partition" in tag["key"])) for run in runs]  # fmt: skip
    assert all(launched.count(each) == 1 for each in launched), "nothing is launched again by itself"


def test_a_backfill_launched_in_the_ui_finishes_and_costs_nothing(platform):
    failed_day, next_day, day_after = map(platform.day, (FAILED, NEXT, AFTER))
    usage = platform.sandbox("GET", "/__sandbox/usage").json()
    backfill = platform.dagster.backfill(
        ["trends.post_snapshots", "velocity.scores", "feed.core_items", "feed.stretch_items"],
        [failed_day, next_day, day_after],
    )
    status = wait_for(
        lambda: (s := platform.dagster.backfill_status(backfill)) not in ("REQUESTED", "IN_PROGRESS") and s,
        what="the backfill",
        seconds=240,
    )
    assert status == "COMPLETED_SUCCESS"
    assert platform.sandbox("GET", "/__sandbox/usage").json() == usage


def test_each_partition_shows_its_rows_whether_it_was_made_alone_or_with_others(platform):
    days = [platform.day(number) for number in (SLOW, FAILED, NEXT, AFTER)]
    # made by a collection of one day, by refreshes of one day and by the backfill of three days above
    for address in ("source.youtube_shorts", "trends.post_snapshots", "feed.core_items", "feed.issues"):
        shown = {day: platform.dagster.rows(address, day) for day in days}
        with psycopg.connect(embedded.ensure_running(platform.state_dir)) as connection:
            stored = connection.execute(
                "SELECT observed_date::text, stored FROM ops.partition_writes "
                "WHERE table_address = %s AND observed_date = ANY(%s::date[])",
                (address, days),
            ).fetchall()
        assert shown == dict(stored)
        assert all(shown.values())


EVIL = """<!doctype html><title>evil</title><body><script>
const graphql = "%(url)s/graphql";
const mutation = key => `mutation{setConcurrencyLimit(concurrencyKey:"${key}",limit:1)}`;
const body = key => JSON.stringify({query: mutation(key)});
new Image().src = graphql + "?query=" + encodeURIComponent(mutation("evil_image"));
const tries = [
  fetch(graphql, {method: "POST", mode: "no-cors", headers: {"content-type": "text/plain; application/json"},
    body: body("evil_plain")}),
  fetch(graphql + "?query=" + encodeURIComponent(mutation("evil_form")), {method: "POST", mode: "no-cors",
    headers: {"content-type": "application/x-www-form-urlencoded"}}),
  fetch(graphql, {method: "POST", headers: {"content-type": "application/json"}, body: body("evil_json")}),
  fetch("%(url)s/report_asset_materialization/feed/items", {method: "POST", mode: "no-cors"}),
  fetch(graphql + "?query={version}").then(answer => answer.text()).then(text => { window.read = text }),
  new Promise(done => {
    const socket = new WebSocket(graphql.replace("http", "ws"), "graphql-ws");
    socket.onopen = () => { window.opened = true; done() };
    socket.onerror = done;
  }),
];
Promise.allSettled(tries).then(() => { document.title = "tried, read " + window.read + ", opened " + window.opened });
</script>"""


def test_a_page_of_another_origin_neither_launches_nor_reads_anything(platform, tmp_path):
    """A real browser at a page of another port of this machine: the nearest that a foreign page can come."""
    import functools
    import http.server
    import subprocess
    import threading

    from trend_assets_tests.e2e.conftest import CHROMIUM, FLAGS

    if not CHROMIUM:
        pytest.skip("No Chromium on this machine: install Debian's package chromium.")
    (tmp_path / "index.html").write_text(EVIL % {"url": platform.dagster.url})
    before = platform.dagster.materialized_at("feed.items", platform.day(FAILED))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as evil:
        threading.Thread(target=evil.serve_forever, daemon=True).start()
        page = f"http://127.0.0.1:{evil.server_port}/"
        flags = [*FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=10000", "--dump-dom"]
        dom = subprocess.run([CHROMIUM, *flags, page], capture_output=True, text=True, check=True, timeout=120).stdout
        evil.shutdown()
    assert "<title>tried, read undefined, opened undefined</title>" in dom, dom[:300]
    limits = platform.dagster.ask("{ instance { concurrencyLimits { concurrencyKey } } }")["instance"]
    assert not [each for each in limits["concurrencyLimits"] if "evil" in each["concurrencyKey"]]
    assert platform.dagster.materialized_at("feed.items", platform.day(FAILED)) == before


def test_dagster_is_behind_its_guard(platform):
    http = platform.dagster.http
    assert http.get("/server_info").status_code == 200
    assert http.get("/server_info", headers={"Host": "evil.example"}).status_code == 400
    assert http.get("/graphql", params={"query": "{ version }"}).json()["data"]["version"]
    assert (
        http.get("/graphql", params={"query": 'mutation{deleteConcurrencyLimit(concurrencyKey:"x")}'}).status_code
        == 405
    )
    assert http.post("/graphql", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert http.get("/").headers["x-frame-options"] == "SAMEORIGIN"


def test_every_printed_address_answers_and_the_issue_has_one_that_lasts(platform):
    from trend_assets.sources.http_library import httpx

    for address in (platform.dagster.url, platform.api_url, platform.sandbox_url):
        assert httpx.get(address, trust_env=False, follow_redirects=True, timeout=30).status_code == 200, address
    assert httpx.head(f"{platform.api_url}/ui/feed", trust_env=False, timeout=30).status_code == 200


def test_a_second_ui_of_the_same_folder_says_where_the_first_one_is(platform):
    import os
    import subprocess
    import sys

    second = subprocess.run(
        [sys.executable, "-m", "trend_assets.cli", "ui"],
        cwd=platform.state_dir.parent,
        env={**os.environ, "TREND_ASSETS_STATE_DIR": str(platform.state_dir)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert platform.dagster.url in second.stderr


def feed_sources(platform, day: str) -> set[str]:
    """The sources that worked, as the issue says."""
    answer = platform.dagster.ask(
        """query($k:AssetKeyInput!,$p:[String!]){assetNodeOrError(assetKey:$k){... on AssetNode{
        assetMaterializations(partitions:$p,limit:1){metadataEntries{label ... on TextMetadataEntry{text}
        ... on JsonMetadataEntry{jsonString}}}}}}""",
        k={"path": ["feed", "source_report"]},
        p=[day],
    )["assetNodeOrError"]["assetMaterializations"][0]["metadataEntries"]
    entries = {entry["label"]: entry.get("text") or entry.get("jsonString") or "" for entry in answer}
    return {name.strip(' "[]') for name in entries["sources_succeeded"].split(",")}


def test_postgres_killed_under_the_ui_comes_back_and_work_goes_on(platform):
    import os
    import signal

    os.kill(embedded.status(platform.state_dir).pid, signal.SIGKILL)
    asset = "{ assetNodes { assetKey { path } } }"
    wait_for(
        lambda: platform.dagster.http.post("/graphql", json={"query": asset}).json().get("data"),
        what="the UI on its new Postgres",
        seconds=120,
    )
    # the daemon works again when it launches what is queued
    run = wait_for(lambda: launched(platform), what="a run that is accepted", seconds=120, every=2)
    assert platform.dagster.finish(run, seconds=240)["status"] == "SUCCESS"


def launched(platform) -> str | None:
    """A small run of stored data, None while Postgres is not back yet."""
    try:
        return platform.dagster.launch(assets=["velocity.scores"], day=platform.day(FAILED))
    except AssertionError:
        return None
