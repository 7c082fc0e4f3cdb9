"""What an answer becomes is shown from a file without asking anybody, and after one smallest call that is paid once."""

import json

import pytest

from trend_assets.capture.session import stored_answers
from trend_assets.capture.typed_rows import typed_rows
from trend_assets.commands.answers import NotReplayable, Trial, replay
from trend_assets.settings import Settings
from trend_assets.sources.declare import Newest
from trend_assets.sources.discovery import FOLDERS, SOURCES
from trend_assets.sources.errors import SourceError
from trend_assets.sources.fields import fields_in, roots
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.sandbox_server import sandbox_server

ASKING = [name for name, source in SOURCES.items() if source.provider]


@pytest.mark.parametrize("name", ASKING)
def test_the_recorded_answer_of_every_source_is_shown_item_by_item(name: str) -> None:
    said: list[str] = []
    sample = (FOLDERS[name] / "sample.json").read_bytes()
    assert replay(sample, name, say=said.append) == 0
    text = "\n".join(said)
    assert "   1  " in text and "received = " in text and "Columns that no row knows" in text
    if "body_base64" not in json.loads(sample):
        assert "Fields that the recorded answer does not have: none." in text


def test_what_is_set_aside_new_or_missing_is_named() -> None:
    said: list[str] = []
    items = [{"id": "1", "text": "a", "viewCount": 5, "brandNew": {"x": 1}}, {"noResults": True}]
    assert replay(json.dumps(items).encode(), "x_posts", say=said.append) == 0
    text = "\n".join(said)
    assert "set aside: Not a result" in text and "2 received = 1 row + 0 repeats + 1 set aside." in text
    assert "[].brandNew" in text and "[].brandNew.x" not in text
    assert "[].likeCount" in text.split("did not come")[1]


def test_an_answer_that_is_refused_says_why_and_a_source_that_is_none_is_named() -> None:
    said: list[str] = []
    assert replay(b"<html>", "x_posts", say=said.append) == 1
    assert "Refused whole" in said[-1]
    with pytest.raises(NotReplayable, match="x_posts"):
        replay(b"[]", "nosuch", say=said.append)


def test_names_that_are_data_are_no_fields() -> None:
    body = json.dumps({"7546000000000000001": {"a": 1}, "items": [{"a": [{"b": 1}]}, {"c d": 1, "e": 2}]}).encode()
    assert fields_in(body) == {"items", "items[].a", "items[].a[].b", "items[].e"}
    assert roots({"a", "a.b", "a[].c", "ab", "b.c"}) == ["a", "ab", "b.c"]
    assert fields_in(b"no json") == set()


def _store_rows(warehouse: Warehouse, name: str) -> None:
    """What the source's asset does with the answers of today."""
    with warehouse.connect() as connection:
        (day,) = connection.execute(
            "SELECT max(observed_date) FROM capture.answers WHERE source = %s", (name,)
        ).fetchone()
    typed = typed_rows(TABLES[f"source.{name}"], stored_answers(warehouse, name, day), SOURCES[name].parse, day=day)
    warehouse.write_partition(f"source.{name}", day, typed.frame)


def test_a_trial_of_every_source_says_its_price_asks_little_and_pays_once(database_url: str) -> None:
    warehouse = Warehouse(database_url)
    with sandbox_server() as sandbox:
        settings = sandbox.settings()
        with pytest.raises(NotReplayable, match="comet_videos holds, and that holds nothing yet"):
            Trial("creator_profiles", settings, warehouse)
        # what asks again about stored rows comes last
        for name in sorted(
            ASKING, key=lambda name: any(isinstance(asked, Newest) for asked in SOURCES[name].tries.values())
        ):
            said: list[str] = []
            tried = Trial(name, settings, warehouse)
            assert not tried.is_paid and "USD" in tried.price and "sandbox" in tried.price
            assert tried.run(settings=settings, run_id="r", say=said.append) == 0, (name, said)
            # lists and sizes may have to be asked before what stands in them
            assert said[0].startswith(("1 call,", "2 calls,", "3 calls,")), (name, said)
            assert any("received = " in line for line in said)
            if name in ("comet_videos", "youtube_shorts"):
                _store_rows(warehouse, name)
    with warehouse.connect() as connection:
        attempts = connection.execute("SELECT DISTINCT outcome, reason FROM ops.source_attempts").fetchall()
        assert attempts == [("partial", "A trial: one small call, not a collection.")]


def test_a_live_trial_is_paid_for_and_asks_before(database_url: str) -> None:
    warehouse = Warehouse(database_url)
    assert Trial("x_posts", Settings(_env_file=None, apify_token="k"), warehouse).is_paid
    assert not Trial("hackernews_stories", Settings(_env_file=None, sandbox="off"), warehouse).is_paid


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x_posts", "APIFY_TOKEN is not set"),
        ("imported_posts", "not a source with answers"),
        ("nosuch", "choose one of"),
    ],
)
def test_a_source_that_cannot_be_tried_says_why(database_url: str, name: str, said: str) -> None:
    with pytest.raises((NotReplayable, SourceError), match=said):
        Trial(name, Settings(_env_file=None, sandbox="off"), Warehouse(database_url))
