"""What is old moves to object storage once it was read back from there, is read as before, and is reached by erasing
and by the sweeper. On an S3 server of the test's own."""

import hashlib
import json
import logging
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import zstandard
from psycopg.types.json import Jsonb

from trend_assets.capture.session import stored_answers
from trend_assets.commands import doctor
from trend_assets.newsletters.discovery import DEFAULT
from trend_assets.newsletters.rendering.formats import FORMATS
from trend_assets.privacy import erasure
from trend_assets.privacy.erase import erase_creator
from trend_assets.privacy.person import Person
from trend_assets.privacy.sweeping import Swept, sweep
from trend_assets.settings import Settings, get_settings
from trend_assets.sources.call import Call
from trend_assets.sources.http_library import httpx
from trend_assets.warehouse import object_store as objects
from trend_assets.warehouse.media_folder import MediaFolder
from trend_assets.warehouse.object_store import ObjectStore, ObjectStoreError, object_store
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.tombstones import GUARD
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.integration.test_retention import insert

moto = pytest.importorskip("moto.server")

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=31)
SECRET = "not-to-be-said-9f3a"
A = "a" * 64


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(s3: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ObjectStore:
    """A bucket of the test's own, named by settings as a user's would be."""
    bucket = f"b{time.time_ns()}"
    assert httpx.put(f"{s3}/{bucket}", trust_env=False).status_code == 200
    for name, value in {
        "TREND_ASSETS_OBJECT_STORE_URL": f"s3://{bucket}/old/things", "AWS_ENDPOINT_URL": s3, "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "a-name", "AWS_SECRET_ACCESS_KEY": SECRET, "TREND_ASSETS_STATE_DIR": str(tmp_path),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    found = object_store()
    assert found is not None
    return found


def put(path: Path, content: bytes, *, at: datetime = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def answer(connection: psycopg.Connection, capture_id: str, document: Any, *, at: datetime = OLD) -> bytes:
    body = json.dumps(document).encode()
    insert(
        connection, TABLES["capture.answers"], at=at, capture_id=capture_id, source="x_posts", status=200, outcome="ok",
        request=Jsonb(Call("tikhub", "/some", params={"q": capture_id}).request), body=zstandard.compress(body),
        body_bytes=len(body), body_sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip
    return body


def media(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO media.assets (sha256, path, content_type, bytes, platform, cover_path, first_stored_at, "
        "is_simulated) VALUES (%s, %s, 'video/mp4', 1, 'tiktok', %s, now(), false)",
        (A, f"aa/{A}.mp4", f"aa/{A}.cover.jpg"),
    )


def answers_of(warehouse: Warehouse, day: date) -> list[bytes]:
    return [stored.answer.body for stored in stored_answers(warehouse, "x_posts", day)]


def bodies(connection: psycopg.Connection) -> dict[str, bool]:
    """Whether each answer's body is in its row."""
    return dict(connection.execute("SELECT capture_id, body IS NOT NULL FROM capture.answers").fetchall())


def test_old_answers_move_and_are_read_as_before(store, warehouse, connection, tmp_path) -> None:
    old, new = answer(connection, "old", {"n": 1}), answer(connection, "new", {"n": 2}, at=NOW)
    assert sweep(warehouse, tmp_path, now=NOW) == Swept(moved=1)
    assert bodies(connection) == {"old": False, "new": True} and store.keys("answers") == {"answers/old"}
    assert (answers_of(warehouse, OLD.date()), answers_of(warehouse, NOW.date())) == ([old], [new])
    assert sweep(warehouse, tmp_path, now=NOW) == Swept()


def test_who_is_erased_is_gone_from_there_too_and_others_stay(store, warehouse, connection, tmp_path) -> None:
    her, him = {"author": {"uid": "7001", "unique_id": "night.swimmer"}}, {"author": {"uid": "7002"}}
    answer(connection, "both", {"items": [her, him]})
    answer(connection, "her", her)
    answer(connection, "him", him)
    assert sweep(warehouse, tmp_path, now=NOW).moved == 3
    done = erase_creator(warehouse, get_settings(), platform="tiktok", who="night.swimmer", state_dir=tmp_path)
    assert done.answers == 2 and done.left == 0
    kept = [store.get(key) for key in store.keys("answers")] + [
        row[0] for row in connection.execute("SELECT body FROM capture.answers WHERE body IS NOT NULL").fetchall()
    ]
    said = b"".join(map(zstandard.decompress, kept))
    assert b"7001" not in said and b"night.swimmer" not in said and said.count(b"7002") == 2
    assert bodies(connection).keys() == {"both", "him"}
    assert answers_of(warehouse, OLD.date())


def test_nothing_is_fetched_while_writers_wait_except_what_is_moved_meanwhile(
    store, warehouse, connection, database_url, tmp_path, monkeypatch
) -> None:
    """Every moved body was downloaded under the lock that keeps all writers out."""
    her, him = {"author": {"uid": "7001", "unique_id": "night.swimmer"}}, {"author": {"uid": "7002"}}
    for name in ("moved", "asked"):
        answer(connection, name, {"items": [her, him]})
    answer(connection, "him", him)
    assert sweep(warehouse, tmp_path, now=NOW).moved == 3
    answer(connection, "late", {"items": [her, him]})
    fetched: dict[str, bool] = {}
    real, look = ObjectStore.get, erasure._moved_answers

    def get(self: ObjectStore, key: str) -> bytes:
        with psycopg.connect(database_url, autocommit=True) as other:
            (free,) = other.execute(f"SELECT pg_try_advisory_xact_lock_shared({GUARD})").fetchone()
        fetched[key.rpartition("/")[2]] = free
        return real(self, key)

    def look_and_move(*given: Any) -> Any:
        seen = look(*given)
        erasure.rewrite_body(connection, "asked", b'{"items":[{"unique_id":"night.swimmer"},7]}', note="by another")
        assert sweep(warehouse, tmp_path, now=NOW).moved == 2
        return seen

    monkeypatch.setattr(ObjectStore, "get", get)
    monkeypatch.setattr(erasure, "_moved_answers", look_and_move)
    person = Person("tiktok", ids=("7001",), handles=("night.swimmer",))
    assert erasure.erase(warehouse, person, key=b"k").answers_changed == 3
    assert fetched == {"moved": True, "him": True, "platform": True, "asked": False, "late": False}
    monkeypatch.setattr(ObjectStore, "get", real)
    said = dict(zip(("asked", "late", "moved"), (
        zstandard.decompress(row[0]) for row in connection.execute(
            "SELECT body FROM capture.answers WHERE body IS NOT NULL ORDER BY capture_id").fetchall()
    ), strict=True))  # fmt: skip
    rest = b'{"items":[{"author":{"uid":"7002"}}]}'
    assert said == {"asked": b'{"items":[7]}', "late": rest, "moved": rest}


def test_old_media_move_come_back_when_they_are_read_and_go_with_their_row(
    store, warehouse, connection, tmp_path
) -> None:
    media(connection)
    files = [put(tmp_path / "media" / "aa" / f"{A}{end}", end.encode() * 1000) for end in (".mp4", ".cover.jpg")]
    store.put("media/bb/" + "b" * 64 + ".mp4", b"of nobody")
    assert sweep(warehouse, tmp_path, now=NOW) == Swept(removed={"media": 1}, moved=2)
    assert not any(map(Path.exists, files)) and sorted(store.keys("media")) == [
        f"media/aa/{A}.cover.jpg", f"media/aa/{A}.mp4",
    ]  # fmt: skip
    folder = MediaFolder(tmp_path)
    assert folder.open_path(f"aa/{A}.cover.jpg").read_bytes() == b".cover.jpg" * 1000
    assert not folder.open_path("aa/of nobody.jpg").exists() and list(folder.left_over()) == []
    folder.open_path(f"aa/{A}.cover.jpg").unlink()
    store.put(f"media/aa/{A}.mp4", b"\xff\xd8\xff of somebody else")
    with pytest.raises(ObjectStoreError, match="another file in object storage"):
        folder.open_path(f"aa/{A}.mp4")
    assert not folder.is_here(f"aa/{A}.mp4") and folder.open_path(f"aa/{A}.cover.jpg").is_file()
    assert folder.remove(A) == 3 and store.keys("media") == set()
    assert sweep(warehouse, tmp_path, now=NOW).lost == [A]


def test_objects_that_are_not_named_as_ours_are_left_alone_and_stop_nothing(
    store, warehouse, connection, tmp_path
) -> None:
    """A name without a folder ended every sweep, and one that is a pattern removed files that it fits."""
    media(connection)
    file = put(tmp_path / "media" / "aa" / f"{A}.mp4", b"ours", at=NOW)
    put(tmp_path / "media" / "aa" / f"{A}.cover.jpg", b"ours", at=NOW)
    foreign = {
        "media/readme", "media/aa/a*.mp4", "media/aa/note.txt", f"media/aa/bb/{A}.mp4", "media/aa/aa",
        "media/\u00e9/x y", f"media/{A}.mp4", f"media/bb/{A}.mp4", "issues/notes.txt", "issues/2026-99-99.html",
        "elsewhere/x",
    }  # fmt: skip
    for key in foreign:
        store.put(key, b"foreign")
    store.put("media/bb/" + "b" * 64 + ".mp4", b"of nobody")
    assert sweep(warehouse, tmp_path, now=NOW) == Swept(removed={"media": 1})
    assert store.keys("") == foreign | {"platform"} and file.is_file()


def test_old_issues_move_are_written_over_and_go_with_their_row(store, warehouse, connection, tmp_path) -> None:
    form, day = FORMATS[0], OLD.date()
    insert(
        connection,
        TABLES["feed.issue_forms"],
        at=OLD,
        observed_date=day,
        newsletter=DEFAULT,
        format=form.name,
        body="one",
    )
    key, file = f"issues/{day}.{form.ending}", tmp_path / "issues" / f"{day}.{form.ending}"
    sweep(warehouse, tmp_path, now=NOW)
    assert store.get(key) == b"one" and not file.exists()
    assert sweep(warehouse, tmp_path, now=NOW) == Swept()
    put(file, b"two")  # as whoever renders it again leaves it
    assert sweep(warehouse, tmp_path, now=NOW) == Swept(moved=1) and store.get(key) == b"two"
    connection.execute("DELETE FROM feed.issue_forms")
    assert sweep(warehouse, tmp_path, now=NOW) == Swept(removed={"issues": 1}) and store.keys("") == {"platform"}


@pytest.mark.parametrize("where", ["bucket", "folder"])
def test_the_folder_of_another_platform_is_refused_and_left_alone(
    where, store, warehouse, connection, tmp_path, monkeypatch
) -> None:
    """Of two platforms with one folder, each removed what the other had put."""
    if where == "folder":
        monkeypatch.setenv("TREND_ASSETS_OBJECT_STORE_URL", (tmp_path / "disk").as_uri())
        store = object_store()
    answer(connection, "old", {"n": 1})
    assert sweep(warehouse, tmp_path, now=NOW).moved == 1
    answer(connection, "next", {"n": 2})
    # the other one: the same tables, another id, and no row for what lies there
    connection.execute("UPDATE ops.platform SET platform_id = 'another'")
    connection.execute("UPDATE capture.answers SET body = '' WHERE capture_id = 'old'")
    with pytest.raises(ObjectStoreError, match=r"belongs to another platform \(.+\): give this one a folder"):
        sweep(warehouse, tmp_path, now=NOW)
    assert bodies(connection)["next"] and store.keys("") == {"answers/old", "platform"}
    store.remove({"platform"})
    assert sweep(warehouse, tmp_path, now=NOW).moved == 2 and store.get("platform") == b"another"


def test_what_comes_back_as_other_bytes_stays_here(store, warehouse, connection, tmp_path, monkeypatch) -> None:
    library = store._library
    half = SimpleNamespace(
        **{name: getattr(library, name) for name in ("get", "list", "delete", "exceptions")},
        put=lambda store, key, content, **how: library.put(store, key, content if how else b"half", **how),
    )
    monkeypatch.setattr(store, "_library", half)
    media(connection)
    files = [put(tmp_path / "media" / "aa" / f"{A}{end}", b"whole") for end in (".mp4", ".cover.jpg")]
    answer(connection, "old", {"n": 1})
    with pytest.raises(ObjectStoreError, match="gave back other bytes"):
        sweep(warehouse, tmp_path, now=NOW)
    assert all(map(Path.is_file, files)) and bodies(connection) == {"old": True}


def test_storage_that_is_not_there_is_said_by_doctor_and_costs_nothing(
    store, warehouse, connection, tmp_path, monkeypatch
) -> None:
    assert doctor._object_store(get_settings()) == (f"{store.url} can be written, read and cleared.", True)
    answer(connection, "old", {"n": 1})
    sweep(warehouse, tmp_path, now=NOW)
    monkeypatch.setenv("TREND_ASSETS_OBJECT_STORE_URL", "s3://no-such-bucket/old")
    said, reached = doctor._object_store(get_settings())
    assert not reached and "s3://no-such-bucket/old could not be written" in said and SECRET not in said
    for trouble in (lambda: answers_of(warehouse, OLD.date()), lambda: sweep(warehouse, tmp_path, now=NOW)):
        with pytest.raises(ObjectStoreError, match="Object storage at"):
            trouble()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert not doctor._object_store(get_settings())[1]
    monkeypatch.delenv("TREND_ASSETS_OBJECT_STORE_URL")
    with pytest.raises(ObjectStoreError, match="set TREND_ASSETS_OBJECT_STORE_URL to its address"):
        answers_of(warehouse, OLD.date())
    assert store.keys("answers") == {"answers/old"}


def test_a_password_in_the_address_and_a_missing_package_are_sentences(monkeypatch) -> None:
    for address in (f"s3://name:{SECRET}@bucket/old", f"https://me.blob.core.windows.net/old?sp=rw&sig={SECRET}"):
        with pytest.raises(ObjectStoreError, match="holds a password") as caught:
            ObjectStore(address)
        assert SECRET not in str(caught.value)
    with pytest.raises(ObjectStoreError, match="could not be opened"):
        ObjectStore("nonsense://bucket")

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(objects, "importlib", SimpleNamespace(import_module=missing))
    with pytest.raises(ObjectStoreError, match=r"pip install 'trend_assets\[objects\]'"):
        ObjectStore("s3://bucket/old")


def test_a_folder_serves_as_object_storage_too(warehouse, connection, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TREND_ASSETS_OBJECT_STORE_URL", (tmp_path / "disk").as_uri())
    old = answer(connection, "old", {"n": 1})
    assert sweep(warehouse, tmp_path / "state", now=NOW).moved == 1
    assert answers_of(warehouse, OLD.date()) == [old]
    assert zstandard.decompress((tmp_path / "disk" / "answers" / "old").read_bytes()) == old
    assert Settings(_env_file=None).object_store_after_days == 30
