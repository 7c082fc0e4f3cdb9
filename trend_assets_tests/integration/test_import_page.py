"""The page of imports over HTTP: a file is sent, looked at, read otherwise, imported; and what it refuses."""

import gzip
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from trend_assets.api import security
from trend_assets.imports import uploads
from trend_assets.text import MARK
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.conftest import temporary_database
from trend_assets_tests.desk_world import NOW, key_of, started_app

STUDIO = 'Content,Video title,Video publish time,Views\nTotal,,,150\nabc123DEF45,One,"Sep 20, 2026",100\n'
ROWS = "id;plays;day\n741;1.234;2026-11-10\n742;1234,5;2026-11-10\n743;12;2026-11-11\n743;13;2026-11-11\n"
MAP = {"map_external_id": "id", "map_measured_at": "day", "map_platform": "=tiktok", "map_views": "plays"}


class Visitor:
    """Somebody at the page, without a browser."""

    def __init__(self, app, key: str = "") -> None:
        self.client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        if key:
            self.client.post("/ui/sign-in", data={"key": key}, follow_redirects=False)
            self.token = re.search(r'name="form_token" value="([^"]+)"', self.client.get("/ui/imports").text)[1]

    def send(self, name: str, content: bytes | str, token: str | None = None, **options):
        body = content.encode() if isinstance(content, str) else content
        form = {"form_token": self.token if token is None else token}
        return self.client.post(
            "/ui/imports", data=form, files={"file": (name, body)}, follow_redirects=False, **options
        )

    def sent(self, name: str, content: bytes | str) -> str:
        answer = self.send(name, content)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def post(self, place: str, do: str, **fields):
        return self.client.post(place, data={"form_token": self.token, "recognition": "yes", "do": do, **fields})


@pytest.fixture(scope="module")
def house(postgres_url, template_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("imports")
    with temporary_database(postgres_url, template=template_database) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TREND_ASSETS_STATE_DIR", str(folder))
        # beside no Dagster: who is told of the days has tests of its own
        patch.delenv("DAGSTER_HOME", raising=False)
        warehouse = Warehouse(url)
        with started_app(warehouse, folder) as app:
            ada, bob = (Visitor(app, key_of(warehouse, name)) for name in ("ada", "bob"))
            yield SimpleNamespace(warehouse=warehouse, folder=folder, app=app, ada=ada, bob=bob)


def alert(answer) -> str:
    found = re.search(r'role="alert">([^<]*)<', answer.text)
    return found[1] if found else ""


def test_a_file_is_looked_at_read_otherwise_and_imported_with_its_rejected_rows_at_hand(house):
    place = house.ada.sent("mine.csv", ROWS)
    look = house.ada.client.get(place)
    assert "nothing says which of them is external_id" in alert(look)
    assert '<option value="plays">' in look.text, "the file's fields are offered although it cannot be read yet"
    look = house.ada.post(place, "look", **MAP)
    assert look.status_code == 200 and not alert(look)
    for setting, value in (("Encoding", "utf-8"), ("Between fields", "semicolon"), ("Decimal sign", "comma")):
        assert f"<dt>{setting}</dt><dd>{value}</dd>" in look.text
    assert "Of the first 4 rows 1 would be rejected." in look.text and "<td>1234</td>" in look.text
    otherwise = house.ada.post(place, "look", **MAP, decimal="point")
    assert "<dt>Decimal sign</dt><dd>point</dd>" in otherwise.text and "<td>1234</td>" not in otherwise.text
    assert house.warehouse.query("SELECT count(*) FROM imports.files").iloc[0, 0] == 0
    done = house.ada.post(place, "import", **MAP, source="mine")
    assert done.status_code == 200, alert(done)
    assert "4 received = 2 stored + 1 repeated + 1 set aside." in done.text
    rejected = house.ada.client.get(re.search(r'href="(/ui/imports/[^"]+/rejected\.csv)"', done.text)[1])
    assert rejected.headers["content-type"].startswith("text/csv")
    assert rejected.text.startswith(MARK)
    assert rejected.text.splitlines()[1].startswith('2,"views is 1234,5, not a whole number."')
    assert "nothing was changed" in house.ada.post(place, "import", **MAP, source="mine").text
    listed = house.ada.client.get("/ui/imports").text
    assert "mine.csv" in listed and "4 rows: 3 accepted (2026-11-10 to 2026-11-11)" in listed


def test_a_known_export_is_recognised_and_can_be_read_as_no_export(house):
    place = house.ada.sent("Table data 2026-11-15.csv", STUDIO)
    look = house.ada.client.get(place)
    assert "Recognised by its columns: YouTube Studio" in look.text
    assert 'name="map_external_id" value="Content"' in look.text and 'value="=youtube"' in look.text
    plain = house.ada.client.post(place, data={"form_token": house.ada.token, "do": "look"})
    assert plain.status_code == 422 and "nothing says which of them is external_id" in alert(plain)


def test_what_cannot_be_imported_is_said_with_all_that_was_typed_and_nothing_is_stored(house):
    place = house.ada.sent("mine.csv", ROWS)
    before = house.warehouse.query("SELECT count(*) FROM imports.files").iloc[0, 0]
    for typed, sentence in (
        ({"source": "Not A Name"}, "is not a name for an import"),
        ({"source": "x", "map_views": "nothing"}, "the file has no field nothing"),
        ({"source": "x", "encoding": "klingon"}, "--encoding klingon is not known"),
        ({"source": "x", "retention_days": "soon"}, "is not a number of days"),
    ):
        answer = house.ada.post(place, "import", **(MAP | typed))
        assert answer.status_code == 422 and sentence in alert(answer)
        assert all(f'value="{text}"' in answer.text for text in typed.values())
    assert house.warehouse.query("SELECT count(*) FROM imports.files").iloc[0, 0] == before
    assert (
        "Choose a file first."
        in house.ada.client.post("/ui/imports", data={"form_token": house.ada.token}, files={"other": ("", b"")}).text
    )
    assert "is empty" in house.ada.send("mine.csv", b"").text


def test_who_is_not_signed_in_sends_and_sees_nothing(house):
    stranger = Visitor(house.app)
    place = house.ada.sent("mine.csv", ROWS)
    for path in ("/ui/imports", place, f"/ui/imports/{'0' * 8}-{'0' * 27}/rejected.csv"):
        answer = stranger.client.get(path)
        assert answer.status_code == 401 and "Sign in" in answer.text
    assert stranger.send("mine.csv", ROWS, token="").status_code == 401
    assert stranger.client.post(place, data={"do": "import"}).status_code == 401
    # a file belongs to who sent it
    assert house.bob.client.get(place).status_code == 404
    assert house.bob.post(place, "import", **MAP, source="x").status_code == 404


def test_a_form_that_is_not_the_sessions_own_sends_nothing(house):
    place = house.ada.sent("mine.csv", ROWS)
    for token in ("", "0" * 64, house.bob.token):
        assert house.ada.send("mine.csv", ROWS, token=token).status_code == 403
        form = {"form_token": token, "do": "import", "source": "x", **MAP}
        assert house.ada.client.post(place, data=form).status_code == 403
    assert house.ada.send("mine.csv", ROWS, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_file_is_refused_by_its_size_packed_and_unpacked_before_it_is_read(house, monkeypatch):
    monkeypatch.setattr(security, "MOST_UPLOAD_BYTES", 2_000_000)
    monkeypatch.setattr(uploads, "MOST_UNPACKED_BYTES", 3_000_000)
    before = sorted((house.folder / "uploads").glob("*/*"))
    large = ROWS.encode() + b"x" * 1_500_000
    assert house.ada.send("mine.csv", large).status_code == 303, "larger than any other body"
    assert house.ada.send("mine.csv", large * 2).status_code == 413
    # nobody who is not signed in, and no other form, may send so much
    assert Visitor(house.app).send("mine.csv", large, token="").status_code == 413
    assert house.ada.client.post("/ui/media", data={"url": "x" * 1_500_000}).status_code == 413
    answer = house.ada.send("bomb.csv.gz", gzip.compress(ROWS.encode() + b"x" * 5_000_000))
    assert answer.status_code == 422 and "MB unpacked" in answer.text
    assert len(sorted((house.folder / "uploads").glob("*/*"))) == len(before) + 1


def test_a_sent_file_is_kept_for_a_day_under_its_own_plain_name(house):
    place = house.ada.sent("../../.hidden/../\x00é 2026-11-15.csv", ROWS)
    path = uploads.upload_of(house.folder, "ada", place.rsplit("/", 1)[1])
    assert path.is_relative_to(house.folder / "uploads") and path.name.endswith("é 2026-11-15.csv")
    assert path.stat().st_mode & 0o077 == 0
    uploads.forget_old(house.folder, now=path.stat().st_mtime + timedelta(hours=23).total_seconds())
    assert path.exists()
    uploads.forget_old(house.folder, now=path.stat().st_mtime + timedelta(hours=25).total_seconds())
    assert not path.exists()
    answer = house.ada.client.get(place)
    assert answer.status_code == 404 and "kept for a day" in answer.text


def test_a_day_that_has_not_begun_is_refused_on_the_page_too(house):
    day = (NOW + timedelta(days=1)).date()
    place = house.ada.sent("mine.csv", f"id,plays,day\n741,5,{day}\n742,5,{NOW.date()}\n")
    done = house.ada.post(place, "import", **MAP, source="tomorrow")
    assert "2 received = 1 stored + 0 repeated + 1 set aside." in done.text and "has not begun" in done.text


def test_a_recognised_file_is_imported_as_the_page_has_filled_its_form(house):
    """The studio's table has no likes; a data set with selected fields has no id, which its address holds."""
    selected = '{"playCount": 5, "authorMeta.name": "p", "webVideoUrl": "https://www.tiktok.com/@p/video/7519876543210987521"}\n'
    for name, content in (("Table_2026-11-10.csv", STUDIO), ("dataset_2026-11-10.jsonl", selected * 2)):
        place = house.ada.sent(name, content)
        filled = dict(re.findall(r'name="(map_\w+)" value="([^"]+)"', house.ada.client.get(place).text))
        done = house.ada.post(place, "import", source=f"filled_{name[:5].lower()}", **filled)
        assert done.status_code == 200 and "Imported" in done.text, alert(done)
