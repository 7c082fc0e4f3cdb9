"""A field that a provider adds or drops is named once, and the same day again says the same."""

import hashlib
import json
import logging
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import dagster as dg
import psycopg
import pytest
import zstandard
from psycopg.types.json import Jsonb

from trend_assets.capture.fields import PER_ENDPOINT, Watch, note
from trend_assets.defs.captures.assets import rows_asset
from trend_assets.defs.partitions import daily
from trend_assets.defs.resources import WarehouseResource
from trend_assets.sources.call import Answer, Call
from trend_assets.sources.discovery import FOLDERS, SOURCES
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.integration.test_retention import insert

DAY = date(2026, 11, 20)


def days(connection: psycopg.Connection, *fields: str) -> list[tuple[list[str], list[str]]]:
    """What each day in a row says, its fields written as letters."""
    return [note(connection, "x_posts", DAY + timedelta(days=n), set(each)) for n, each in enumerate(fields)]


def test_the_first_day_says_nothing_and_a_new_field_is_named_once(connection) -> None:
    assert days(connection, "ab", "ab", "abc", "abc") == [([], []), ([], []), (["c"], []), ([], [])]


def test_a_field_that_was_always_there_is_missed_once_and_one_that_comes_and_goes_never(connection) -> None:
    said = days(connection, "abo", "ab", "abo", "abo", "a", "a", "ab")
    assert said == [([], []), ([], []), ([], []), ([], []), ([], ["b"]), ([], []), ([], [])]


def test_the_same_day_again_says_the_same_and_an_earlier_one_nothing(connection) -> None:
    days(connection, "ab", "ab", "ab", "ab")
    last = DAY + timedelta(days=4)
    assert note(connection, "x_posts", last, {"a", "c"}) == (["c"], ["b"])
    assert note(connection, "x_posts", last, {"a", "c"}) == (["c"], ["b"])
    assert note(connection, "x_posts", DAY + timedelta(days=1), {"a", "d"}) == ([], [])
    assert note(connection, "reddit_posts", last, {"z"}) == ([], [])


def test_a_few_answers_of_every_endpoint_are_looked_at_and_all_go_on() -> None:
    def stored(endpoint: str, document: Any) -> Any:
        answer = Answer(Call("x", endpoint), 200, json.dumps(document).encode(), datetime(2026, 11, 20, tzinfo=UTC))
        return SimpleNamespace(answer=answer)

    answers = [stored(f"/item/{n}", {f"f{n}": 1}) for n in range(9)] + [stored("/list", [{"last": 1}])]
    watch = Watch()
    assert list(watch.passing(answers)) == answers
    assert len(watch.fields) == PER_ENDPOINT + 1 and "[].last" in watch.fields


def test_a_new_field_is_a_warning_in_the_run_that_first_sees_it_and_in_no_later_one(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    spec = SOURCES["trending_keywords"]
    sample = json.loads((FOLDERS[spec.name] / "sample.json").read_text("utf-8"))
    before = json.dumps(sample["answer"])
    after = before.replace('"trendingSearchWord"', '"heatOfTheWord": 3, "trendingSearchWord"')
    said = []
    with dg.DagsterInstance.ephemeral() as instance:
        for number, body in enumerate(map(str.encode, (before, after, after))):
            day = DAY + timedelta(days=number)
            values = {
                "source": spec.name,
                "observed_date": day,
                "outcome": "ok",
                "status": 200,
                "body_bytes": len(body),
            }
            values |= {"body": zstandard.compress(body), "body_sha256": hashlib.sha256(body).hexdigest()}
            values |= {"request": Jsonb(sample["call"]), "at": datetime(2026, 11, 20 + number, tzinfo=UTC)}
            with Warehouse(database_url).connect() as connection:
                insert(connection, TABLES["capture.answers"], **values)
            daily.cache_clear()
            run = dg.materialize(
                [rows_asset(spec)], partition_key=day.isoformat(), instance=instance,
                resources={"warehouse": WarehouseResource()},
            )  # fmt: skip
            said.append([log.user_message for log in instance.all_logs(run.run_id) if log.level == logging.WARNING])
    daily.cache_clear()
    assert (said[0], said[2]) == ([], [])
    (warning,) = said[1]
    assert warning.startswith(f"New in the answers of tikhub for {spec.name}: ") and "heatOfTheWord" in warning
