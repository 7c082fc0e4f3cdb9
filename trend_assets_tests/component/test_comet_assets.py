"""The Comet assets from the video search to growth, on a real warehouse and the sandbox."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pandas as pd
import pytest

from trend_assets.defs.captures.assets import captures as source_captures
from trend_assets.defs.captures.assets import rows as source_rows
from trend_assets.defs.comets import assets, roster
from trend_assets.defs.comets.captures import captures
from trend_assets.defs.resources import WarehouseResource

DAY = date(2026, 3, 8)
LAYERS = ("platform_check", "pronoun_check", "face_check", "criteria_check", "bio_check")
NEEDED = {"trending_keywords", "comet_videos"}
COVERS, PROFILES = captures
CHAIN = [
    *(asset for asset in (*source_captures, *source_rows) if asset.key.path[-1] in NEEDED),
    assets.candidate_videos, assets.candidates, assets.platform_check, assets.pronoun_check, COVERS,
    assets.cover_checks, assets.face_check, assets.criteria_check, PROFILES, assets.creator_profiles,
    assets.bio_check, roster.roll_call, roster.creators, roster.creator_stats, roster.discoveries, roster.top_growing,
    roster.keyword_yield, assets.funnel,
]  # fmt: skip
BELOW = [asset for asset in CHAIN if asset.key.path[0] == "comets"]


@pytest.fixture
def world(monkeypatch, sandbox_world):
    """Four keywords a day."""
    monkeypatch.setenv("TREND_ASSETS_COMET_VIDEOS__KEYWORDS_PER_DAY", "4")
    return sandbox_world


def run(chain: list, day: date, *, fails: bool = False) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            chain,
            partition_key=day.isoformat(),
            resources={"warehouse": WarehouseResource()},
            instance=instance,
            raise_on_error=False,
        )
        failed = [
            f"{event.step_key}: {event.event_specific_data.error_display_string[-800:]}"
            for event in result.all_events
            if event.is_step_failure
        ]
        assert bool(failed) == fails, failed
    return result


def metadata_of(result: dg.ExecuteInProcessResult, name: str) -> dict:
    (event,) = result.asset_materializations_for_node(name)[-1:]
    return {key: value.value for key, value in event.metadata.items()}


def tables(warehouse, day: date) -> dict[str, pd.DataFrame]:
    return {
        asset.key.path[-1]: warehouse.read(".".join(asset.key.path), day=day)
        for asset in BELOW
        if asset.key.path[-1] != "creators"
    }


@pytest.mark.slow
def test_two_days_go_from_the_search_to_growth_and_a_rebuild_changes_and_asks_nothing(world, warehouse):
    first, second = DAY - timedelta(days=1), DAY
    run(CHAIN, first)
    found = tables(warehouse, first)
    users = set(found["candidates"]["user_id"])
    assert len(users) > 20
    for layer in LAYERS:
        assert set(found[layer]["user_id"]) == users, f"{layer} has a row per candidate"
        assert set(found[layer]["verdict"]) <= {"passed", "rejected", "not_judged"}
        assert (found[layer]["reason"].str.len() > 5).all()
    assert {"passed", "rejected"} <= set(found["face_check"].loc[found["face_check"]["is_reached"], "verdict"])
    accepted = set(found["bio_check"].query("verdict == 'passed'")["user_id"])
    members = warehouse.read("comets.creators")
    assert accepted and set(members["user_id"]) == accepted
    assert (found["creator_stats"]["growth_note"] == "first_sight").all()
    assert (found["creator_stats"]["growth_followers"] == 0).all()
    funnel = found["funnel"].set_index("step")
    assert funnel.loc["processed", "entered"] == len(users)
    assert funnel.loc["saved", "passed"] == len(accepted)
    for before, after in zip(("processed", *LAYERS[:-1]), LAYERS, strict=True):
        assert funnel.loc[after, "entered"] == funnel.loc[before, "passed"]
    assert found["keyword_yield"]["new_comets"].sum() >= len(accepted)

    result = run(CHAIN, second)
    grown = warehouse.read("comets.creator_stats", day=second)
    back = grown[grown["user_id"].isin(accepted) & grown["compared_date"].notna()]
    assert len(back) > 0.8 * len(accepted)
    assert (back["growth_over_days"] == 1).all()
    assert (back["followers"] - back["compared_followers"] == back["growth_followers"]).all()
    outcomes = warehouse.read("comets.roll_call", day=second).set_index("user_id")
    assert accepted <= set(outcomes.index)
    funnel_metadata = metadata_of(result, "comets__funnel")
    assert "platform_check" in funnel_metadata["funnel"]
    assert funnel_metadata["chart"].startswith("![chart](data:image/png;base64,")
    assert metadata_of(result, "comets__creator_stats")["history_of_top_5"].startswith("![chart]")

    before = tables(warehouse, second)
    spent = warehouse.query("SELECT count(*) AS calls FROM ops.ledger")["calls"][0]
    run(CHAIN, second)
    after = tables(warehouse, second)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name], obj=name)
    assert warehouse.query("SELECT count(*) AS calls FROM ops.ledger")["calls"][0] == spent


@pytest.mark.slow
def test_the_roll_call_runs_without_any_discovery(world, warehouse):
    seen = datetime.combine(DAY - timedelta(days=2), datetime.min.time(), UTC)
    run([asset for asset in CHAIN if asset.key.path[-1] in NEEDED or asset is assets.candidates], DAY)
    some = warehouse.read("comets.candidates", day=DAY).head(5)
    warehouse.write_partition("comets.candidates", DAY, some.head(0))
    warehouse.upsert(
        "comets.creators",
        pd.DataFrame(
            {
                "user_id": some["user_id"], "handle": "an_older_name", "first_seen": seen, "first_keyword": "asmr",
                "last_updated_at": seen, "state": "active", "state_since": seen.date(), "is_simulated": True,
            }
        ),
    )  # fmt: skip
    run(
        [PROFILES, assets.creator_profiles, roster.roll_call, roster.creators, roster.creator_stats],
        DAY,
    )
    called = warehouse.read("comets.roll_call", day=DAY)
    assert len(called) == 5
    assert set(called["outcome"]) <= {"updated", "failed"} and (called["outcome"] == "updated").any()
    stats = warehouse.read("comets.creator_stats", day=DAY)
    assert (stats["source_trend"] == "asmr").all()
    assert (stats["measured_by"] == "roll_call").all()
    # handles change, the creator stays the same
    assert (warehouse.read("comets.creators")["handle"] != "an_older_name").any()


@pytest.mark.slow
def test_competitors_that_users_track_are_called_like_the_roster_and_are_no_comets(world, warehouse):
    yesterday = DAY - timedelta(days=1)
    seen = datetime.combine(yesterday, datetime.min.time(), UTC)
    search = [asset for asset in CHAIN if asset.key.path[-1] in NEEDED or asset is assets.candidates]
    run([*search, assets.candidate_videos], DAY)
    known, by_handle, other_world = warehouse.read("comets.candidates", day=DAY).head(3).to_dict("records")
    warehouse.write_partition("comets.candidates", DAY, warehouse.read("comets.candidates", day=DAY).head(0))
    with warehouse.connect() as connection:
        for user, creator, external_id, simulated in (
            ("ada", known, known["user_id"], True),
            ("bob", known, known["user_id"], True),
            ("ada", by_handle, None, True),
            ("ada", other_world, other_world["user_id"], False),
        ):
            handle = creator["handle"]
            connection.execute(
                "INSERT INTO competitors.tracked (user_id, candidate_id, identity, identity_tokens, platform, "
                "external_id, handle, imported_at, is_simulated) VALUES (%s, %s, %s, %s, 'tiktok', %s, %s, %s, %s)",
                (user, handle, handle, [f"tiktok:handle:{handle}"], external_id, handle, seen, simulated),
            )
    called = [
        PROFILES, assets.creator_profiles, roster.roll_call, roster.creators, roster.creator_stats,
        roster.top_growing,
    ]  # fmt: skip
    calls = "SELECT count(*) AS n FROM ops.ledger WHERE source = 'creator_profiles'"
    run(called, yesterday)
    assert warehouse.query(calls)["n"].tolist() == [2], "one question for who two users track"
    run(called, DAY)
    mine = {known["user_id"], by_handle["user_id"]}
    outcomes = warehouse.read("comets.roll_call", day=DAY).set_index("user_id")["outcome"].to_dict()
    assert {user: outcomes[user] for user in mine} == dict.fromkeys(mine, "updated")
    assert outcomes[other_world["user_id"]] == "failed", "a real creator is not asked of the simulated world"
    members = warehouse.read("comets.creators")
    assert set(members["user_id"]) == mine and members["is_tracked_only"].all()
    grown = warehouse.read("comets.creator_stats", day=DAY)
    assert set(grown["user_id"]) == mine and (grown["growth_over_days"] == 1).all()
    assert warehouse.read("comets.top_growing", day=DAY).empty, "no Comets"
    learnt = "SELECT external_id, identity_tokens FROM competitors.tracked WHERE handle = %s"
    with warehouse.connect() as connection:
        row = connection.execute(learnt, (by_handle["handle"],)).fetchone()
    assert row == (by_handle["user_id"], [f"tiktok:handle:{by_handle['handle']}", f"tiktok:id:{by_handle['user_id']}"])
