"""The page of watches: made, paused and deleted by forms that carry the session's token; hostile input is refused with
a sentence and shown as text."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from trend_assets.newsletters.desk import watches
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.desk_world import DAY, NOW, Desk, key_of, started_app

PATH = "/desk/rising/watches"
RISING = """
title = "Rising"
channels = ["mail", "team"]
mail_to = ["readers@example.org"]
editors = ["ada"]
"""


class Watching:
    def __init__(self, app, warehouse):
        self.app, self.warehouse = app, warehouse
        self.client = Desk(app, key_of(warehouse, "ada")).client

    def page(self):
        return self.client.get(PATH).text

    def post(self, **fields):
        token = self.page().split('name="form_token" value="', 1)[1].split('"', 1)[0]
        return self.client.post(PATH, data={"form_token": token} | fields, follow_redirects=True)

    def begin(self, watched, **fields):
        form = {"do": "begin", "kind": "word", "watched": watched, "event": "rises", "above": "60", "channels": "mail"}
        return self.post(**form | fields)

    def rows(self):
        with self.warehouse.connect() as connection:
            return {row["watched"]: row for row in watches.watches_of(connection, "rising")}


@pytest.fixture(scope="module")
def watching(module_database_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("watching")
    (folder / "newsletters").mkdir()
    (folder / "newsletters" / "rising.toml").write_text(RISING)
    warehouse = Warehouse(module_database_url)
    with started_app(warehouse, folder) as app:
        yield Watching(app, warehouse)


def test_a_watch_is_made_paused_gone_on_with_and_deleted_by_forms(watching):
    answer = watching.begin("lamp", channels=["mail", "team"])
    assert "It is watched from now on." in answer.text
    row = watching.rows()["lamp"]
    assert (row["above"], row["channels"], row["origin"], row["changed_by"]) == (0.6, ["mail", "team"], "desk", "ada")
    assert "Word “lamp” is at least 60% likely to rise" in watching.page()
    watch_id = row["watch_id"]
    assert "paused since" in watching.post(do="pause", watch_id=watch_id).text
    with watching.warehouse.connect() as connection:
        assert watches.look(connection, DAY, now=NOW) == 0, "what is paused looks at nothing"
    assert "paused since" not in watching.post(do="resume", watch_id=watch_id).text
    deleted = watching.post(do="delete", watch_id=watch_id).text
    assert "Deleted." in deleted and watching.rows()["lamp"]["ended_at"] is not None
    again = watching.post(do="pause", watch_id=watch_id)
    assert again.status_code == 422 and "deleted meanwhile" in again.text


def test_what_a_watch_saw_and_who_was_told_stands_with_it(watching):
    watching.begin("boat", event="first_ten")
    with watching.warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO desk.watch_events (watch_id, story_id, channel, observed_date, source, platform, message, "
            "outcome, reason, attempts, measured_at, seen_at) VALUES (%s, 's', 'mail', %s, 'x_posts', 'x', "
            "'“<b>A boat</b>” is number 3 of the day.', 'failed', 'The server refused it.', 5, %s, %s)",
            (watching.rows()["boat"]["watch_id"], DAY, NOW, NOW),
        )
    page = watching.page()
    assert "“&lt;b&gt;A boat&lt;/b&gt;” is number 3 of the day." in page and "The server refused it." in page
    told = watching.client.get("/watches/rising", params={"list": "events", "format": "csv"}).text
    assert "is number 3 of the day" in told


def test_a_watch_of_the_file_is_paused_here_and_deleted_there(watching):
    from trend_assets.domain.newsletter.watch import Watch

    declared = {"rising": ([Watch(kind="hashtag", watched="slime")], ["mail"])}
    with watching.warehouse.connect() as connection:
        watches.keep_files(connection, declared, now=NOW)
    watch_id = watching.rows()["slime"]["watch_id"]
    refused = watching.post(do="delete", watch_id=watch_id)
    assert refused.status_code == 422 and "stands in the file of rising" in refused.text
    watching.post(do="pause", watch_id=watch_id)
    with watching.warehouse.connect() as connection:
        watches.keep_files(connection, declared, now=NOW + timedelta(hours=1))
    assert watching.rows()["slime"]["paused_at"] == NOW, "the file, read again, does not undo it"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"watched": ""}, "Say what is watched"),
        ({"watched": "x" * 81}, "80 characters at most"),
        ({"watched": "…"}, "is not a word"),
        ({"watched": "a\x00b"}, "control characters"),
        ({"watched": "x", "kind": "sound"}, "Choose what is watched"),
        ({"watched": "x", "event": "falls"}, "Choose what is told"),
        ({"watched": "x", "above": "many"}, "“many” is not a number"),
        ({"watched": "x", "above": "nan"}, "The chance is a number"),
        ({"watched": "x", "above": "200"}, "The chance is a number"),
        ({"watched": "x", "channels": "pager"}, "has no channel pager"),
        ({"watched": "x", "do": "explode"}, "no such action"),
    ],
)
def test_what_is_no_watch_is_refused_with_a_sentence_and_nothing_is_kept(watching, fields, said):
    before = set(watching.rows())
    answer = watching.begin(**fields)
    assert answer.status_code == 422, answer.text
    assert said in answer.text
    assert set(watching.rows()) == before


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "'; DROP TABLE desk.watches; --", "{{7*7}}", "слайм 🫠 東京"]
)
def test_hostile_words_are_only_words(watching, hostile):
    page = watching.begin(hostile).text
    assert "<script" not in page and "49" not in re.sub(r'value="[^"]*"', "", page)
    assert hostile in watching.rows()


def test_watches_that_are_made_and_deleted_again_and_again_do_not_make_the_page_longer(watching):
    with watching.warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO desk.watches (watch_id, newsletter, kind, watched, event, channels, origin, changed_by, "
            "changed_at, ended_at) SELECT lpad(n::text, 24, '0'), 'another', 'word', 'word ' || n, 'first_ten', "
            "'{mail}', 'desk', 'ada', now(), now() FROM generate_series(1, 1000) n"
        )
        rows = watches.watches_of(connection, "another")
    assert watches.MOST_DELETED <= len(rows) <= watches.MOST_WATCHES + watches.MOST_DELETED


def test_nobody_else_reads_or_changes_them(watching):
    watching.begin("mine")
    watch_id = watching.rows()["mine"]["watch_id"]
    bob = Desk(watching.app, key_of(watching.warehouse, "bob")).client
    assert bob.get(PATH).status_code == 403
    form = {"do": "delete", "watch_id": watch_id}
    assert watching.client.post(PATH, data=form).status_code == 403, "without the token of a form of ours"
    stranger = TestClient(watching.app, base_url="http://127.0.0.1")
    assert stranger.get(PATH).status_code == 401
    assert stranger.post(PATH, data=form).status_code == 401
    assert stranger.get("/watches/rising").status_code == 401
    assert watching.rows()["mine"]["ended_at"] is None
