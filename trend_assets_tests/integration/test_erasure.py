"""An erased person is nowhere any more and stays out; old days go; a kill or a repeat does no harm."""

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from trend_assets.capture.session import CaptureSession, stored_answers
from trend_assets.privacy.erasure import ERASED_NOTE, erase
from trend_assets.privacy.person import Person
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call
from trend_assets.warehouse.errors import WarehouseMisconfigured
from trend_assets.warehouse.retention import purge
from trend_assets.warehouse.tombstones import identity_hash, load_key
from trend_assets.warehouse.warehouse import Warehouse

DAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)
POSTS = "source.tiktok_trending"
KEY = "a-key-for-the-tombstones"
PERSON = Person("tiktok", ids=("6890000000000000001",), handles=("Real.Name",))


@pytest.fixture(autouse=True)
def tombstone_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_ASSETS_TOMBSTONE_KEY", KEY)


def posts() -> pd.DataFrame:
    base = {
        "platform": "tiktok", "kind": "video", "list_name": "US", "measured_at": NOW, "collected_at": NOW,
        "capture_id": "c", "is_simulated": False,
    }  # fmt: skip
    return pd.DataFrame(
        [
            {**base, "external_id": "1", "creator_id": PERSON.ids[0], "creator_handle": "new_name"},
            {**base, "external_id": "2", "creator_id": None, "creator_handle": "real.name"},
            {**base, "external_id": "3", "creator_id": "other", "creator_handle": "real.names"},
            {**base, "external_id": "4", "creator_id": PERSON.ids[0], "platform": "youtube"},
        ]
    )


def capture(warehouse: Warehouse, endpoint: str, body: bytes) -> None:
    session = CaptureSession(
        warehouse, source="tiktok_trending", day=DAY, provider="apify", now=NOW, collection_id="c",
        settings=Settings(_env_file=None, apify_token="a-token"),
        execute=lambda call: Answer(call, 200, body, NOW),
    )  # fmt: skip
    session.obtain(Call("apify", endpoint))


def test_a_person_is_removed_from_every_table_and_kept_out(warehouse: Warehouse) -> None:
    warehouse.write_partition(POSTS, DAY, posts())
    report = erase(warehouse, PERSON, key=KEY.encode())
    assert report.rows == {POSTS: 2}
    assert warehouse.read(POSTS, day=DAY)["external_id"].tolist() == ["4", "3"] or set(
        warehouse.read(POSTS, day=DAY)["external_id"]
    ) == {"3", "4"}
    again = warehouse.write_partition(POSTS, DAY, posts(), received=4)
    assert set(warehouse.read(POSTS, day=DAY)["external_id"]) == {"3", "4"}, "the next run does not bring them back"
    assert again.stored == 2 and again.set_aside == 2
    aside = warehouse.query("SELECT reason, raw FROM ops.quarantine")
    assert aside["raw"].tolist() == ["", ""] and PERSON.ids[0] not in " ".join(aside["reason"])
    assert erase(warehouse, PERSON, key=KEY.encode()).rows == {}


def test_a_rerun_after_an_erasure_restores_nothing_and_other_rows_only(warehouse: Warehouse) -> None:
    warehouse.write_partition(POSTS, DAY, posts())
    erase(warehouse, PERSON, key=KEY.encode())
    with warehouse.connect() as connection:
        connection.execute("DELETE FROM source.tiktok_trending WHERE external_id = '3'")
    warehouse.write_partition(POSTS, DAY, posts())
    assert set(warehouse.read(POSTS, day=DAY)["external_id"]) == {"3", "4"}


def test_state_tables_keep_them_out_too(warehouse: Warehouse) -> None:
    row = {
        "user_id": PERSON.ids[0], "handle": "x", "first_seen": NOW, "last_updated_at": NOW, "state": "active",
        "state_since": DAY, "is_simulated": False,
    }  # fmt: skip
    warehouse.upsert("comets.creators", pd.DataFrame([row, {**row, "user_id": "2"}]))
    erase(warehouse, PERSON, key=KEY.encode())
    warehouse.upsert("comets.creators", pd.DataFrame([row]))
    assert warehouse.read("comets.creators")["user_id"].tolist() == ["2"]


def test_stored_answers_lose_the_persons_items_and_keep_the_others(warehouse: Warehouse) -> None:
    item = {"id": "1", "author": {"id": int(PERSON.ids[0]), "name": "x"}, "text": "canary"}
    other = {"id": "2", "author": {"id": 5}, "text": "real.name.of.somebody is not them"}
    mention = {"id": "3", "text": "with @real.name today"}
    capture(warehouse, "list", json.dumps({"items": [item, other, mention], "n": 3}).encode())
    capture(warehouse, "profile", json.dumps({"user": item["author"]}).encode())
    capture(warehouse, "nothing", json.dumps({"items": [other]}).encode())
    capture(warehouse, "@Real.Name", b"{}")
    report = erase(warehouse, PERSON, key=KEY.encode())
    assert (report.answers_changed, report.answers_removed) == (1, 2)
    left = {stored.answer.call.endpoint: stored.answer for stored in stored_answers(warehouse, "tiktok_trending", DAY)}
    assert set(left) == {"list", "nothing"}
    assert json.loads(left["list"].body) == {"items": [other], "n": 3} and left["list"].note == ERASED_NOTE
    assert left["nothing"].note == ""


def test_damaged_bodies_go_and_keep_nobody_from_being_erased(warehouse: Warehouse) -> None:
    """One of them ended every erasure with a traceback, whoever was meant."""
    capture(warehouse, "damaged", b"{}")
    capture(warehouse, "theirs", json.dumps([{"author": {"id": PERSON.ids[0]}}, {"n": 1}]).encode())
    with warehouse.connect() as connection:
        connection.execute("UPDATE capture.answers SET body = 'no zstd' WHERE request ->> 'endpoint' = 'damaged'")
        connection.execute("INSERT INTO capture.spool VALUES ('key', '{}', 'no zstd', now())")
    report = erase(warehouse, PERSON, key=KEY.encode())
    assert (report.answers_changed, report.answers_removed) == (1, 2)
    assert [stored.answer.body for stored in stored_answers(warehouse, "tiktok_trending", DAY)] == [b'[{"n":1}]']
    assert warehouse.read("capture.spool").empty


def test_the_tombstone_does_not_tell_whom_it_means(warehouse: Warehouse) -> None:
    erase(warehouse, PERSON, key=KEY.encode())
    stones = " ".join(warehouse.read("ops.tombstones")["identity_hash"])
    assert "6890000000000000001" not in stones and "real" not in stones
    assert identity_hash(KEY.encode(), "TikTok", "@REAL.name") in stones
    assert identity_hash(b"another", "tiktok", "real.name") not in stones


def test_nothing_is_written_when_the_key_of_the_tombstones_is_lost(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(warehouse, PERSON, key=KEY.encode())
    monkeypatch.setenv("TREND_ASSETS_TOMBSTONE_KEY", "another-key")
    with pytest.raises(WarehouseMisconfigured, match="TREND_ASSETS_TOMBSTONE_KEY"):
        warehouse.write_partition(POSTS, DAY, posts())


def test_an_erasure_waits_for_a_write_in_flight_and_removes_what_it_wrote(warehouse: Warehouse) -> None:
    import threading

    from trend_assets.warehouse.tombstones import guarded_tombstones

    erased = threading.Event()

    def run() -> None:
        erase(warehouse, PERSON, key=KEY.encode())
        erased.set()

    with warehouse.connect(autocommit=False) as writer:
        assert guarded_tombstones(writer) is None
        thread = threading.Thread(target=run)
        thread.start()
        assert not erased.wait(0.3), "it waits for the writer's transaction"
        writer.execute(
            "INSERT INTO comets.creators (user_id, first_seen, last_updated_at, state, state_since, is_simulated) "
            "VALUES (%s, now(), now(), 'active', '2026-11-20', false)",
            (PERSON.ids[0],),
        )
        writer.commit()
    thread.join(30)
    assert erased.is_set() and len(warehouse.read("comets.creators")) == 0


def test_a_key_is_made_once_in_the_state_folder(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, state_dir=tmp_path / "state", tombstone_key=None)
    settings.tombstone_key = None
    assert load_key(settings) == b""
    key = load_key(settings, create=True)
    assert len(key) > 30 and load_key(settings, create=True) == key
    assert (tmp_path / "state" / "tombstone.key").stat().st_mode & 0o077 == 0


def test_old_days_are_purged_and_can_be_written_again(warehouse: Warehouse) -> None:
    days = [DAY - dt.timedelta(days=back) for back in range(4)]
    for day in days:
        warehouse.write_partition(POSTS, day, posts())
    # a condition with an OR reaches no later day
    chosen = {"where": "platform = %s OR platform = 'none'", "params": ("tiktok",)}
    assert purge(warehouse, POSTS, before=days[1], **chosen) == 6
    assert purge(warehouse, POSTS, before=days[1], **chosen) == 0
    assert len(warehouse.read(POSTS)) == 4 + 4 + 1 + 1
    manifest = warehouse.query("SELECT stored FROM ops.partition_writes ORDER BY observed_date")
    assert manifest["stored"].tolist() == [1, 1, 4, 4]
    assert warehouse.write_partition(POSTS, days[3], posts()).inserted == 3


def test_answers_are_purged_by_their_day_and_state_by_a_time(warehouse: Warehouse) -> None:
    capture(warehouse, "list", b"{}")
    assert purge(warehouse, "capture.answers", before=DAY) == 0
    assert (
        purge(warehouse, "capture.answers", before=DAY + dt.timedelta(days=1), where="source = 'tiktok_trending'") == 1
    )
    erase(warehouse, PERSON, key=KEY.encode())
    with warehouse.connect() as connection:
        connection.execute("UPDATE ops.tombstones SET erased_at = '2026-11-20 01:30+02'")
    purged = [purge(warehouse, "ops.tombstones", before=dt.date(2026, 11, day), column="erased_at") for day in (19, 20)]
    assert purged[0] == 0 < purged[1], "the day in UTC"
