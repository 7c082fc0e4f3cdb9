"""A field that a provider adds or drops is named once, and the same day again says the same."""

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from trend_assets.capture.fields import PER_ENDPOINT, Watch, note
from trend_assets.sources.call import Answer, Call
from trend_assets.warehouse.warehouse import Warehouse

DAY = date(2026, 11, 20)


@pytest.fixture
def connection(database_url: str):
    with Warehouse(database_url).connect() as found:
        yield found


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
