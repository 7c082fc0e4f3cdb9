"""The shell of every table asset: written whole or not at all, judged before writing, described from the catalogue."""

from datetime import UTC, date, datetime

import dagster as dg
import pandas as pd
import pytest

from trend_assets.defs.comets.roster import _require_plausible
from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.table_asset import USUAL, VALID, BrokenRows, Day, DayOutput, table_asset

DAY = "2026-03-08"
KEY = dg.AssetKey(["source", "trending_keywords"])


@pytest.fixture
def settings_url(monkeypatch, database_url):
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    return database_url


def keywords(day: date, words: list[str]) -> pd.DataFrame:
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    return pd.DataFrame(
        [
            {
                "observed_date": day,
                "keyword": word,
                "rank": rank,
                "word_type": None,
                "measured_at": at,
                "collected_at": at,
                "capture_id": "c",
                "is_simulated": True,
            }
            for rank, word in enumerate(words, start=1)
        ]
    )


def asset_of(compute, **options) -> dg.AssetsDefinition:
    return table_asset("source.trending_keywords", **options)(compute)


def materialize(asset, instance, *, day: str | None = DAY, tags=None):
    return dg.materialize(
        [asset],
        partition_key=None if tags else day,
        tags=tags,
        instance=instance,
        resources={"warehouse": WarehouseResource()},
        raise_on_error=False,
    )


def checks_of(result) -> dict[str, bool]:
    return {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}


def test_a_day_is_written_and_shown_with_counts_and_preview(settings_url, warehouse):
    asset = asset_of(lambda day: DayOutput(keywords(day.date, ["a", "b"]), metadata={"note": "x\ud800"}))
    result = materialize(asset, dg.DagsterInstance.ephemeral())
    assert result.success
    assert list(warehouse.read("source.trending_keywords", day=date.fromisoformat(DAY))["keyword"]) == ["a", "b"]
    metadata = result.asset_materializations_for_node("source__trending_keywords")[0].metadata
    assert metadata["dagster/partition_row_count"].value == 2
    assert metadata["simulated_rows"].value == 2
    assert metadata["note"].value == "x\ufffd"
    assert "preview" in metadata
    assert checks_of(result) == {VALID: True, USUAL: True}


def test_a_run_that_names_no_day_says_how_to_name_one(settings_url):
    asset = asset_of(lambda day: keywords(day.date, ["a"]))
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(asset, instance, day=None)
        (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert '"dagster/partition"' in str(failed.step_failure_data.error.message)


def test_running_a_day_twice_leaves_the_same_rows_and_says_unchanged(settings_url, warehouse):
    asset = asset_of(lambda day: DayOutput(keywords(day.date, ["a", "b"])))
    instance = dg.DagsterInstance.ephemeral()
    materialize(asset, instance)
    before = warehouse.read("source.trending_keywords", day=date.fromisoformat(DAY))
    again = materialize(asset, instance)
    metadata = again.asset_materializations_for_node("source__trending_keywords")[0].metadata
    assert metadata["unchanged"].value is True
    pd.testing.assert_frame_equal(before, warehouse.read("source.trending_keywords", day=date.fromisoformat(DAY)))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda frame: frame.assign(rank=[1, -2]), "below 1"),
        (lambda frame: frame.assign(keyword=["a", "a"]), "repeats its key"),
        (lambda frame: frame.assign(keyword=["a", None]), "unknown in 1 row,"),
        (lambda frame: frame.assign(colour="red"), "no columns colour"),
        (lambda frame: frame.drop(columns="rank"), "rank is missing"),
        (lambda frame: frame.iloc[:0], "no rows"),
    ],
)
def test_bad_rows_fail_the_blocking_check_and_never_replace_good_ones(settings_url, warehouse, spoil, says):
    instance = dg.DagsterInstance.ephemeral()
    materialize(asset_of(lambda day: DayOutput(keywords(day.date, ["a", "b"]))), instance)
    result = materialize(asset_of(lambda day: DayOutput(spoil(keywords(day.date, ["a", "b"])))), instance)
    assert not result.success
    assert checks_of(result)[VALID] is False
    failure = next(event for event in result.all_events if event.event_type_value == "STEP_FAILURE")
    assert says in failure.step_failure_data.user_failure_data.description
    assert len(warehouse.read("source.trending_keywords", day=date.fromisoformat(DAY))) == 2


def test_a_rule_of_the_asset_itself_blocks_with_its_sentence(settings_url):
    def one_word(day: Day) -> DayOutput:
        raise BrokenRows("There is one word only.")

    result = materialize(asset_of(one_word), dg.DagsterInstance.ephemeral())
    assert not result.success
    (evaluation,) = [each for each in result.get_asset_check_evaluations() if each.check_name == VALID]
    assert not evaluation.passed and "There is one word only." in str(evaluation.metadata)


def test_a_growth_that_its_own_numbers_do_not_give_is_not_written():
    stats = pd.DataFrame({"compared_followers": [10, None], "followers": [12, 5], "growth_followers": [2, 0]})
    _require_plausible(stats)
    with pytest.raises(BrokenRows, match="1 of 2 rows"):
        _require_plausible(stats.assign(growth_followers=[3, 0]))


RANGE = {"dagster/asset_partition_range_start": "2026-03-08", "dagster/asset_partition_range_end": "2026-03-10"}


def broken(day: date) -> DayOutput:
    return DayOutput(keywords(day, ["a", "a"]))


def raising(day: date) -> DayOutput:
    raise KeyError(f"no {day}")


def statuses(instance) -> dict[str, str]:
    """Days as the UI shows them."""
    definition = dg.DailyPartitionsDefinition("2026-03-07", end_date="2026-03-12")
    found = instance.get_status_by_partition(KEY, definition.get_partition_keys(), definition)
    return {day: status.value for day, status in found.items() if status}


def of_each_day(instance) -> dict[str, dict]:
    """The metadata of each day's newest materialization."""
    records = instance.fetch_materializations(KEY, limit=20).records
    return {each.partition_key: each.asset_materialization.metadata for each in reversed(records)}


@pytest.mark.parametrize("bad", [broken, raising])
def test_in_a_run_over_many_days_a_bad_one_is_red_by_itself_and_the_others_are_written_and_green(
    settings_url, warehouse, bad
):
    instance = dg.DagsterInstance.ephemeral()
    words = {8: ["a"], 10: ["a", "b", "c"]}

    def compute(day):
        return DayOutput(keywords(day.date, words[day.date.day])) if day.date.day in words else bad(day.date)

    result = materialize(asset_of(compute), instance, tags=RANGE)
    assert not result.success
    written = {day: len(warehouse.read("source.trending_keywords", day=date(2026, 3, day))) for day in (8, 9, 10)}
    assert written == {8: 1, 9: 0, 10: 3}
    assert statuses(instance) == {"2026-03-08": "MATERIALIZED", "2026-03-09": "FAILED", "2026-03-10": "MATERIALIZED"}
    failure = next(event for event in result.all_events if event.event_type_value == "STEP_FAILURE")
    assert "was not written for 2026-03-09: " in failure.step_failure_data.user_failure_data.description
    assert {day: shown["dagster/partition_row_count"].value for day, shown in of_each_day(instance).items()} == {
        "2026-03-08": 1,
        "2026-03-10": 3,
    }


def test_the_metadata_of_a_run_over_many_days_belongs_to_each_day(settings_url):
    instance = dg.DagsterInstance.ephemeral()
    words = {8: ["a"], 9: ["a", "b"], 10: ["a", "b", "c"]}
    asset = asset_of(lambda day: DayOutput(keywords(day.date, words[day.date.day]), metadata={"note": str(day.date)}))
    assert materialize(asset, instance, tags=RANGE).success
    shown = of_each_day(instance)
    assert {day: (each["dagster/partition_row_count"].value, each["note"].value) for day, each in shown.items()} == {
        f"2026-03-{number:02d}": (len(words[number]), f"2026-03-{number:02d}") for number in words
    }
    assert not any("dagster/row_count" in each for each in shown.values())  # the sum of all days is none's
    assert len(instance.fetch_materializations(KEY, limit=20).records) == 3


def test_a_run_over_many_days_that_is_cancelled_shows_what_it_had_written(settings_url, warehouse):
    instance = dg.DagsterInstance.ephemeral()

    def compute(day):
        if day.date.day == 9:
            raise KeyboardInterrupt
        return DayOutput(keywords(day.date, ["a"]))

    materialize(asset_of(compute), instance, tags=RANGE)
    assert statuses(instance)["2026-03-08"] == "MATERIALIZED"
    assert len(warehouse.read("source.trending_keywords", day=date(2026, 3, 8))) == 1


def test_an_unusual_volume_warns_and_does_not_block(settings_url, warehouse):
    instance = dg.DagsterInstance.ephemeral()
    many = [f"word {number}" for number in range(100)]
    for number in (5, 6, 7):
        materialize(asset_of(lambda day: DayOutput(keywords(day.date, many))), instance, day=f"2026-03-0{number}")
    result = materialize(asset_of(lambda day: DayOutput(keywords(day.date, ["a"]))), instance)
    assert result.success
    assert checks_of(result) == {VALID: True, USUAL: False}


def test_the_asset_carries_the_catalogues_columns_and_grain():
    asset = asset_of(lambda day: DayOutput(keywords(day.date, ["a"])))
    metadata = asset.metadata_by_key[KEY]
    assert metadata["grain"].startswith("One row per day")
    names = [column.name for column in metadata["dagster/column_schema"].columns]
    assert names[:3] == ["observed_date", "keyword", "rank"]
