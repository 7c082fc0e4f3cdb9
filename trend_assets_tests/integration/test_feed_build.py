"""The feed from stored rows to the rendered issue: the real assets, in process, on a real Postgres."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from trend_assets.commands.explain import UnknownItem, explain
from trend_assets.newsletters.rendering.formats import FORMATS
from trend_assets.sources.discovery import LISTS
from trend_assets.warehouse.reads.feed import read_candidates
from trend_assets_tests.feed_world import FEED_ASSETS, World, materialize
from trend_assets_tests.issues import stored_issue

DAYS = [date(2026, 11, 14) + timedelta(days=n) for n in range(3)]
LAST = DAYS[-1]
ISSUE_BYTES = (*(form.name for form in FORMATS), "content_hash")


@pytest.fixture
def world(warehouse) -> World:
    world = World(items_per_source=24)
    for day in DAYS:
        world.write(warehouse, day)
    return world


def issue(warehouse, day: date = LAST) -> dict:
    return stored_issue(warehouse, day)


def issue_stories(warehouse, day: date = LAST) -> pd.DataFrame:
    rows = warehouse.read("feed.newsletter_stories", day=day)
    return rows[rows["place"].notna()].sort_values("place")


ISSUE_ASSETS = ("newsletter_stories", "issue_forms", "issues")


def failed_checks(result) -> list[str]:
    return [str(e.metadata) for e in result.get_asset_check_evaluations() if not e.passed]


def test_a_day_becomes_a_feed_that_explains_itself(warehouse, world):
    assert materialize(warehouse, DAYS[1]).success
    assert materialize(warehouse, LAST).success
    items = warehouse.read("feed.items", day=LAST)
    assert list(items["rank"]) == list(range(1, len(items) + 1))
    assert items[~items["why"].str.contains("already has")]["score"].is_monotonic_decreasing
    for row in items.to_dict("records"):
        assert row["score"] == pytest.approx(sum(part["value"] for part in row["score_parts"]))
        assert row["proof_links"][0]["external_id"] == row["external_id"]
    assert items["is_simulated"].all()
    # nobody outside the roster comes in through the Comet search, and nobody more than three times
    assert "tiktok-not-on-roster" not in set(items["creator_id"].dropna())
    assert items["creator_id"].value_counts().max() <= 3
    machine = items[items["title"].str.contains("sewing machine")]
    assert len(machine) == 1
    assert set(machine["sources"].iloc[0]) >= {"tiktok_trending", "reddit_posts"}
    report = warehouse.read("feed.source_report", day=LAST).set_index("source")
    assert report.loc["x_posts", "status"] == "failed"
    assert "APIFY_TOKEN" in report.loc["x_posts", "reason"]
    page = issue(warehouse)
    assert "Simulated data" in page["html"] and "APIFY_TOKEN" in page["html"]
    assert page["sources_failed"] == [
        {"source": "x_posts", "status": "failed", "reason": report.loc["x_posts", "reason"]}
    ]
    leverage = warehouse.read("feed.unique_leverage", day=LAST).set_index("source")
    assert leverage.loc["tiktok_trending", "unique_stories"] < leverage.loc["tiktok_trending", "candidate_stories"]
    # what an editor was shown yesterday is not shown again unless it changed
    yesterday = set(warehouse.read("feed.items", day=DAYS[1])["story_id"])
    for row in items.to_dict("records"):
        assert row["story_id"] not in yesterday or row["returned_because"].startswith("Back since")
    outcomes = warehouse.read("feed.stories", day=LAST)["outcome"]
    assert "repeat" in set(outcomes)


def test_a_run_can_leave_the_stretch_sources_out_and_the_next_one_has_them_again(warehouse, world):
    stretch = {"tiktok_commerce", "x_posts", "amazon_positions"}
    assert materialize(warehouse, LAST).success
    before = issue(warehouse)
    assert stretch & {name for names in warehouse.read("feed.items", day=LAST)["sources"] for name in names}
    assert materialize(warehouse, LAST, tags={"stretch": "off"}).success
    items = warehouse.read("feed.items", day=LAST)
    assert len(items) and not stretch & {name for names in items["sources"] for name in names}
    report = warehouse.read("feed.source_report", day=LAST).set_index("source")
    assert "left out of this feed on request" in report.loc["tiktok_commerce", "reason"]
    assert materialize(warehouse, LAST).success
    assert all(issue(warehouse)[name] == before[name] for name in ISSUE_BYTES)


def test_a_past_day_is_rebuilt_byte_for_byte_also_after_later_days_changed_the_posts(warehouse, world):
    assert materialize(warehouse, DAYS[1]).success
    before = issue(warehouse, DAYS[1])
    changed = pd.DataFrame(world.observed(LAST)).assign(
        description="edited later", title="edited later", creator_handle="renamed"
    )
    world.write_posts(warehouse, changed.assign(linked_url=None))
    warehouse.upsert(
        "comets.creators",
        pd.DataFrame(
            [
                {
                    "user_id": "tiktok-not-on-roster",
                    "first_seen": pd.Timestamp(LAST, tz="UTC"),
                    "last_updated_at": pd.Timestamp(LAST, tz="UTC"),
                    "state": "active",
                    "state_since": LAST,
                    "is_simulated": True,
                }
            ]
        ),
    )
    result = materialize(warehouse, DAYS[1])
    assert result.success
    after = issue(warehouse, DAYS[1])
    for name in ISSUE_BYTES:
        assert before[name] == after[name], name
    for event in result.get_asset_materialization_events():
        if (
            event.partition
            and event.asset_key.path[-1] in FEED_ASSETS
            and "unchanged" in event.materialization.metadata
        ):
            assert event.materialization.metadata["unchanged"].value is True, event.asset_key


def test_when_no_source_worked_the_day_fails_with_every_reason_and_the_last_good_issue_stays(warehouse, world):
    assert materialize(warehouse, LAST).success
    good = issue(warehouse)
    sources = list(LISTS)
    world.write_attempts(warehouse, LAST, {name: ("failed", f"{name} answered 503.") for name in sources})
    warehouse.write_partition("velocity.scores", LAST, warehouse.read("velocity.scores", day=LAST).iloc[:0])
    result = materialize(warehouse, LAST)
    assert not result.success
    said = " ".join(failed_checks(result))
    assert "No source worked" in said
    assert all(f"{name} answered 503." in said for name in sources[:4])
    assert issue(warehouse)["content_hash"] == good["content_hash"]
    assert len(issue_stories(warehouse)) == good["item_count"]
    # the report of the failed day itself is there for everybody to see
    assert set(warehouse.read("feed.source_report", day=LAST)["status"]) == {"failed"}


def test_the_issues_files_hold_what_the_table_holds_whoever_writes_it(warehouse, world, state_folder):
    from trend_assets.newsletters.rendering.issue_files import FOLDER, save_issue

    folder = state_folder / FOLDER

    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}

    def table() -> dict[str, bytes]:
        row = issue(warehouse)
        contents = {f"{LAST}.{form.ending}": row[form.name] for form in FORMATS}
        return {name: text.encode() if isinstance(text, str) else bytes(text) for name, text in contents.items()}

    assert materialize(warehouse, LAST).success
    first = files()
    assert first == table() and len(first) == len(FORMATS)
    (folder / f"{LAST}.html").unlink()
    (folder / f"{LAST}.md").write_text("an old issue")
    assert materialize(warehouse, LAST, "issues").success, "nothing new is written to the table"
    assert files() == first
    before = (folder / f"{LAST}.html").stat().st_ino
    assert materialize(
        warehouse, LAST, "issue_forms", "issues", settings={"TREND_ASSETS_PUBLIC_URL": "https://rising.example"}
    ).success
    assert files() == table() != first
    assert (folder / f"{LAST}.html").stat().st_ino != before, "replaced as a whole, never written into"
    with warehouse.connect() as connection:
        connection.execute("DELETE FROM feed.issue_forms")
    assert save_issue(warehouse, LAST, folder) == []
    assert files() == {}, "what the table no longer holds is not a file either"


def test_of_two_writers_the_later_ones_issue_stays_in_table_and_files(warehouse, world, state_folder):
    import threading

    from trend_assets.newsletters.rendering.issue_files import FOLDER, save_issue

    assert materialize(warehouse, LAST).success

    def write(number: int) -> None:
        for turn in range(10):
            with warehouse.connect() as connection:
                connection.execute("UPDATE feed.issue_forms SET body = %s WHERE format = 'html'", (f"{number} {turn}",))
            save_issue(warehouse, LAST, state_folder / FOLDER)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (state_folder / FOLDER / f"{LAST}.html").read_text() == issue(warehouse)["html"]


NEVER = DAYS[0] - timedelta(days=1)


def test_in_a_range_a_day_that_was_never_collected_says_so_in_every_table_and_costs_the_others_nothing(
    warehouse, world
):
    result = materialize(warehouse, NEVER, until=DAYS[0])
    assert result.success
    assert issue(warehouse, DAYS[0])["item_count"] > 0
    assert warehouse.read("feed.issues", day=NEVER).empty
    for name in ("core_items", "stretch_items", "proofs", "stories", "items", *ISSUE_ASSETS, "unique_leverage"):
        by_day = {each.partition: each.metadata for each in result.asset_materializations_for_node(f"feed__{name}")}
        assert set(by_day) == {NEVER.isoformat(), DAYS[0].isoformat()}, name
        assert "empty" in by_day[NEVER.isoformat()] and "empty" not in by_day[DAYS[0].isoformat()], name
        if name in ("stories", "items", *ISSUE_ASSETS):
            assert "never collected" in by_day[NEVER.isoformat()]["empty"].value, name


def test_a_stored_issue_stays_when_its_days_attempts_are_no_longer_known(warehouse, world):
    assert materialize(warehouse, LAST).success
    good = issue(warehouse)
    with warehouse.connect() as connection:
        connection.execute("DELETE FROM ops.source_attempts")
    warehouse.write_partition("velocity.scores", LAST, warehouse.read("velocity.scores", day=LAST).iloc[:0])
    assert materialize(warehouse, LAST).success
    assert issue(warehouse)["content_hash"] == good["content_hash"]


def test_nothing_is_built_from_tables_of_different_states_of_the_day(warehouse, world):
    assert materialize(warehouse, LAST).success
    good = issue(warehouse)
    proofs = warehouse.read("feed.proofs", day=LAST)
    warehouse.write_partition("feed.proofs", LAST, proofs.iloc[1:])
    for name in ("stories", "items"):
        result = materialize(warehouse, LAST, name)
        assert not result.success
        (failure,) = (event for event in result.all_events if event.event_type_value == "STEP_FAILURE")
        said = str(failure.step_failure_data.error)
        assert "Not in feed.proofs: " in said and "Materialize the group feed of this day" in said
        warehouse.write_partition("feed.proofs", LAST, proofs.iloc[:0])
    assert issue(warehouse)["content_hash"] == good["content_hash"]


def test_a_day_on_which_nothing_rose_is_a_quiet_issue_not_a_failure(warehouse, world):
    scores = warehouse.read("velocity.scores", day=LAST).assign(source_percentile=0.3)
    warehouse.write_partition("velocity.scores", LAST, scores)
    assert materialize(warehouse, LAST).success
    page = issue(warehouse)
    assert page["is_quiet"] and page["item_count"] == 0
    assert "empty on purpose" in page["html"]


def test_a_hostile_caption_goes_through_the_database_and_comes_out_inert(warehouse, world):
    world.items[30] |= {
        "description": "<script>alert(1)</script> ]]> \x00 \ud800 {{7*7}} \u202egnp",
        "title": "=HYPERLINK(1)",
        "pace": 99.0,
    }
    world.write(warehouse, LAST)
    assert materialize(warehouse, LAST).success
    page = issue(warehouse)
    assert "<script" not in page["html"] and "<script" not in page["atom"]
    assert page["item_count"] == len(issue_stories(warehouse))


def test_postgres_selects_the_same_candidates_as_reading_everything(warehouse, world):
    few = read_candidates(warehouse, LAST, sources=["tiktok_trending"], per_source=5)
    scores = warehouse.read("velocity.scores", day=LAST)
    mine = scores[scores["source"] == "tiktok_trending"]
    order = ["source_percentile", "platform", "external_id"]
    best = mine.sort_values(order, ascending=[False, True, True]).head(5)
    assert set(few["external_id"]) == set(best["external_id"])
    assert (few["source_items"] > 0).all() and (few["source_rank"] <= few["source_items"]).all()


def test_explain_finds_an_item_however_it_is_named(warehouse, world):
    assert materialize(warehouse, LAST).success
    first = warehouse.read("feed.items", day=LAST).iloc[0]
    texts = {
        explain(warehouse, name, LAST)
        for name in (
            "1",
            "#1",
            first["story_id"],
            first["story_id"][:12],
            f"{first['platform']}:{first['external_id']}",
            first["url"],
        )
    }
    assert len(texts) == 1
    assert "SIMULATED" in texts.pop()
    assert explain(warehouse, "1") == explain(warehouse, "1", LAST)
    out = warehouse.read("feed.stories", day=LAST, where="outcome = 'below_floor'").iloc[0]
    assert "is not in the feed" in explain(warehouse, f"{out['platform']}:{out['external_id']}", LAST)
    with pytest.raises(UnknownItem, match="Nothing called nonsense"):
        explain(warehouse, "nonsense", LAST)


def test_past_feeds_are_graded_on_later_days(warehouse):
    world = World(items_per_source=40)
    for day in DAYS:
        world.write(warehouse, day)
    assert materialize(warehouse, DAYS[1]).success
    result = materialize(warehouse, LAST, "scoreboard")
    assert result.success
    rows = warehouse.read("feed.scoreboard", day=LAST)
    graded = rows[(rows["horizon_days"] == 1) & rows["precision_at_k"].notna()].set_index("ranking")
    assert {"feed", "views", "views_per_hour"} <= set(graded.index)
    assert graded["precision_at_k"].between(0, 1).all()
    assert graded["r_precision"].between(0, 1).all() and graded.loc["feed", "r_precision"] > 0.1
    assert graded.loc["feed", "hit_rate"] > 0
    assert graded.loc["feed", "feed_date"] == DAYS[1]
    # this world's items keep their pace, so measured growth foretells the next day
    assert graded.loc["feed", "lift_over_chance"] > 1
    older = rows[rows["horizon_days"] == 7].iloc[0]
    assert pd.isna(older["precision_at_k"])
    assert "no feed" in older["reason"]
    # and people see it: the feed first, beside what plain rankings would have given
    events = result.asset_materializations_for_node("feed__scoreboard")
    table = next(event.metadata["grades"] for event in events if "grades" in event.metadata).records
    assert [record.data["ranked by"] for record in table[:1]] == ["feed"]
    assert table[0].data["right in the first k"].endswith(f"of {graded.loc['feed', 'k']}")
    assert {record.data["note"] for record in table} >= {"", older["reason"]}


def test_the_trend_report_of_day_and_week_rests_on_stored_rows(warehouse, world):
    assert materialize(warehouse, LAST, "trend_report", "trend_summary").success
    rows = warehouse.read("trends.trend_report", day=LAST)
    assert set(rows["period"]) == {"day", "week"}
    assert set(rows["trait"]) >= {"duration_band", "hashtag", "creator_size"}
    assert (rows["support"] <= rows["risers"]).all()
    summary = warehouse.read("trends.trend_summary", day=LAST).set_index("period")
    assert "LLM_API_KEY" in summary.loc["day", "prose_note"]
    assert summary.loc["week", "risers"] >= summary.loc["day", "risers"] > 0


def test_a_feed_that_is_rebuilt_after_it_was_graded_is_graded_again_and_only_once(warehouse, world, monkeypatch):
    import dagster as dg

    from trend_assets.defs.feed.regrade import regrade_rebuilt_feeds
    from trend_assets.defs.resources import WarehouseResource

    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", warehouse._url)

    def tick():
        with (
            dg.DagsterInstance.ephemeral() as instance,
            dg.build_sensor_context(instance, resources={"warehouse": WarehouseResource()}) as context,
        ):
            return regrade_rebuilt_feeds(context)

    for day in DAYS:
        assert materialize(warehouse, day).success
        assert materialize(warehouse, day, "scoreboard").success
    assert isinstance(tick(), dg.SkipReason)
    graded = warehouse.read("feed.scoreboard", day=DAYS[1])

    # the first day loses a source: its feed is another one, and what the second day says of it is old
    world.write_attempts(warehouse, DAYS[0], {"youtube_shorts": ("failed", "Away.")})
    warehouse.write_partition("velocity.scores", DAYS[0], world.scores(DAYS[0]).query("source != 'youtube_shorts'"))
    assert materialize(warehouse, DAYS[0]).success
    (request,) = tick()
    assert request.partition_key == DAYS[1].isoformat(), "the third day grades it at no horizon"
    assert [again.run_key for again in tick()] == [request.run_key], "one run per rebuild"
    assert materialize(warehouse, DAYS[1], "scoreboard").success
    assert not warehouse.read("feed.scoreboard", day=DAYS[1]).equals(graded)
    assert isinstance(tick(), dg.SkipReason)


def test_what_an_issue_said_of_each_item_is_compared_with_what_came_three_days_later(warehouse):
    from trend_assets.warehouse.reads.hit_rate import OUTCOMES_OF_ISSUES, hit_rate, issues_until

    world = World(items_per_source=30)
    given = DAYS[0] + timedelta(days=5)  # every item is born
    later = given + timedelta(days=3)
    for day in (given - timedelta(days=1), given, later):
        world.write(warehouse, day)
    scores = world.scores(given)
    warehouse.write_partition("velocity.scores", given, scores.assign(chance=scores["source_percentile"] * 0.9))
    assert hit_rate(warehouse, later).issues == 0
    assert materialize(warehouse, given).success
    result = materialize(warehouse, later, "outcomes")
    assert result.success
    issue = warehouse.read("feed.items", day=given)
    came = warehouse.query(OUTCOMES_OF_ISSUES, issues_until(later))
    assert came["title"].tolist() == issue["title"].tolist()
    pd.testing.assert_series_equal(came["chance"], issue["chance"])
    measured = came[came["platform"] != "amazon"]
    assert measured["has_risen"].notna().all() and measured["has_risen"].any()
    assert came[came["platform"] == "amazon"]["reason"].str.contains("places of a list").all()
    rate = hit_rate(warehouse, later)
    assert (rate.since, rate.issues, rate.items, rate.judged) == (given, 1, len(issue), len(measured))
    events = result.asset_materializations_for_node("feed__outcomes")
    assert events[0].metadata["this_issue"].value == rate.sentence
    # a day without an issue three days before is an empty day
    assert materialize(warehouse, given, "outcomes").success
    assert warehouse.read("feed.outcomes", day=given).empty


def test_who_had_a_story_first_is_kept_per_story_and_per_pair_of_sources(warehouse, world):
    for day in DAYS:
        assert materialize(warehouse, day).success
        result = materialize(warehouse, day, "first_sights", "source_leads")
        assert result.success
    proofs = warehouse.read("feed.proofs", day=LAST)
    sights = warehouse.read("feed.first_sights", day=LAST)
    assert set(sights["story_id"]) == set(proofs["story_id"])
    earliest = (
        warehouse.read("feed.proofs", start=DAYS[0], end=LAST).groupby(["story_id", "source"])["measured_at"].min()
    )
    assert sights.set_index(["story_id", "source"])["first_seen_at"].to_dict() == {
        key: at for key, at in earliest.items() if key[0] in set(proofs["story_id"])
    }
    # what a source measured hours before, too low in its list for the feed, was there first; a panel only asks again
    seen = sights[~sights["is_known_before"].astype(bool)].iloc[0]
    item = warehouse.read("feed.proofs", day=LAST, where="story_id = %s", params=(seen["story_id"],)).iloc[0]
    rows = warehouse.read("trends.post_snapshots", day=LAST)
    of_item = rows[(rows["platform"] == item["platform"]) & (rows["external_id"] == item["external_id"])].head(1)
    early, earlier = (datetime(*DAYS[0].timetuple()[:3], 0, minute, tzinfo=UTC) for minute in (5, 1))
    more = [
        of_item.assign(measured_at=early, list_name="by the hour"),
        of_item.assign(measured_at=early, source="imported_posts"),
        of_item.assign(measured_at=earlier, source="panel_tiktok"),
    ]
    rows = warehouse.read("trends.post_snapshots", day=DAYS[0])
    more = pd.concat([rows, *more], ignore_index=True).assign(observed_date=DAYS[0])
    warehouse.write_partition("trends.post_snapshots", DAYS[0], more)
    assert materialize(warehouse, LAST, "first_sights").success
    again = warehouse.read("feed.first_sights", day=LAST, where="story_id = %s", params=(seen["story_id"],))
    first = again.set_index("source")["first_seen_at"]
    assert first[of_item["source"].iloc[0]] == first["imported_posts"] == early
    assert "panel_tiktok" not in first
    events = result.asset_materializations_for_node("feed__source_leads")
    assert "Products before they were talked about" in events[0].metadata["report"].value
    assert materialize(warehouse, LAST, "trend_report", "trend_summary").success
    week = warehouse.read("trends.trend_summary", day=LAST, where="period = 'week'").iloc[0]
    assert "Talk before it sold" in week["summary"]
