"""The desk over HTTP: what forms do, what two editors and a rebuilt day do to each other, and who may not."""

import html
import re
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import pytest
from psycopg.types.json import Jsonb
from starlette.testclient import TestClient

from trend_assets.api.app import WRITERS
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.conftest import temporary_database
from trend_assets_tests.desk_world import DAY, Desk, build_day, key_of, started_app
from trend_assets_tests.feed_world import materialize
from trend_assets_tests.issues import stored_issue

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \"'`{{7*7}} =1+1"
CLOSED = """
title = "Closed"
editors = ["bob"]
size = 3
"""


@pytest.fixture(scope="module")
def house(postgres_url, template_database, tmp_path_factory):
    """One built day and one application for all tests here; each begins with an empty desk."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "newsletters").mkdir()
    (folder / "newsletters" / "closed.toml").write_text(CLOSED)
    with temporary_database(postgres_url, template=template_database) as url:
        warehouse = Warehouse(url)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TREND_ASSETS_STATE_DIR", str(folder))
            world = build_day(warehouse)
        with started_app(warehouse, folder) as app:
            keys = {name: key_of(warehouse, name) for name in ("ada", "bob")}
            yield SimpleNamespace(warehouse=warehouse, app=app, keys=keys, folder=folder, world=world)


@pytest.fixture
def desks(house, monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(house.folder))
    with house.warehouse.connect() as connection:
        connection.execute("TRUNCATE desk.picks, desk.issues, desk.history")
    return SimpleNamespace(
        ada=Desk(house.app, house.keys["ada"]), bob=Desk(house.app, house.keys["bob"]), **vars(house)
    )


def said(answer):
    return re.search(r'id="said"[^>]*>([^<]*)<', answer.text)[1]


def test_who_is_not_signed_in_or_no_editor_is_told_the_way_in(desks):
    stranger = TestClient(desks.app, base_url="http://127.0.0.1")
    for path in ("/desk", "/desk/rising", f"/desk/rising/{DAY}", f"/desk/rising/{DAY}/preview"):
        answer = stranger.get(path)
        assert answer.status_code == 401 and "Sign in" in answer.text
    assert stranger.post(f"/desk/rising/{DAY}/story", data={"do": "pick"}).status_code == 401
    closed = Desk(desks.app, desks.keys["ada"], newsletter="closed")
    answer = closed.get()
    assert answer.status_code == 403
    assert "ada may not edit Closed: its editors are bob." in answer.text
    assert closed.client.post(f"/desk/closed/{DAY}/issue", data={"do": "lock"}).status_code == 403
    assert Desk(desks.app, desks.keys["bob"], newsletter="closed").get().status_code == 200
    assert "there are: rising, closed" in desks.ada.client.get(f"/desk/nothing/{DAY}").text
    assert desks.ada.client.get("/desk", follow_redirects=False).headers["location"] == f"/desk/rising/{DAY}"
    other = desks.ada.client.get("/desk/rising", params={"date": "2026-01-01"}, follow_redirects=False)
    assert other.headers["location"] == "/desk/rising/2026-01-01"
    ways = [f'href="/desk/{name}/{DAY}"' in desks.bob.get().text for name in ("closed", "rising")]
    assert ways == [True, True] and f'href="/desk/closed/{DAY}"' not in desks.ada.get().text


def test_the_candidates_come_as_a_file_as_they_are_filtered(desks):
    ada, path = desks.ada, f"/desk/rising/{DAY}/candidates"
    issue, first = ada.order(), ada.others()[0]
    ada.story("skip", first)
    rows = ada.client.get(path).json()["items"]
    assert [row["story_id"] for row in rows[: len(issue)]] == issue and rows[0]["place"] == 1
    skipped = ada.client.get(path, params={"state": "skip"}).json()["items"]
    assert [row["story_id"] for row in skipped if row["place"] is None] == [first]
    lines = ada.client.get(path, params={"format": "csv"}).text.splitlines()
    assert lines[0].startswith("place,rank,section") and len(lines) == len(rows) + 1
    assert ada.client.get(path, params={"format": "xlsx"}).content.startswith(b"PK")
    assert f'href="{path}?state=skip&amp;format=csv"' in ada.get(state="skip").text
    assert TestClient(desks.app, base_url="http://127.0.0.1").get(path).status_code == 401


def test_a_form_that_is_not_the_sessions_own_changes_nothing(desks):
    first = desks.ada.order()[0]
    form = {"do": "skip", "story_id": first, "version": "0"}
    send = desks.ada.client.post
    assert send(desks.ada.path + "/story", data=form).status_code == 403
    assert send(desks.ada.path + "/story", data=form | {"form_token": "0" * 64}).status_code == 403
    # somebody else's token is not mine
    assert send(desks.ada.path + "/story", data=form | {"form_token": desks.bob.token()}).status_code == 403
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        form["form_token"] = desks.ada.token()
        assert send(desks.ada.path + "/story", data=form, headers=headers).status_code == 403
    assert desks.ada.order()[0] == first


def test_what_an_editor_decides_is_what_stands_in_the_issue(desks):
    ada = desks.ada
    before, other = ada.order(), ada.others()[0]
    assert ada.story("pick", other, headline="My own words", line="What it is", note="Look at this").status_code == 303
    assert other in ada.order()
    preview = ada.get("/preview").text
    assert "My own words" in preview and "What it is" in preview and "Look at this" in preview
    skipped = next(story for story in before if story in ada.order())
    ada.story("skip", skipped)
    assert skipped not in ada.order() and skipped in ada.others(state="skip")
    put_off = next(story for story in ada.order() if story != other)
    ada.story("snooze", put_off)
    assert put_off not in ada.order() and put_off in ada.others(state="snooze")
    assert len(ada.order()) == len(before), "others fill up"
    ada.story("clear", skipped, version=1)
    assert skipped in ada.order()
    for _ in range(2):
        ada.issue("undo")
    assert skipped not in ada.others(state="snooze") and put_off in ada.order()


def test_order_is_by_hand_where_it_was_moved_and_sections_follow(desks):
    ada = desks.ada
    order = ada.order()
    assert ada.story("up", order[1]).status_code == 303
    assert ada.order() == [order[1], order[0], *order[2:]]
    ada.story("down", order[1], version=1)
    assert ada.order() == order
    ada.story("move", order[4], before=order[0])
    assert ada.order()[0] == order[4]
    ada.story("words", order[4], version=1, section="Ada's own")
    assert "Ada&#39;s own" in ada.get("/preview").text
    assert ada.order()[0] == order[4]
    assert "It is the first already." in ada.story("up", order[4], version=2).text
    not_in_it = ada.others()[0]
    assert "Only stories of the issue have an order" in ada.story("up", not_in_it).text


def test_the_first_story_of_any_section_is_dragged_down_and_taken_back_and_no_section_moves(desks):
    ada = desks.ada
    order = ada.order()
    shown = ada.get().text.split('id="issue-stories"', 1)[1].split("</ol>", 1)[0]
    titles = [html.unescape(title) for title in re.findall(r'<li class="section">([^<]*)<', shown)]
    groups = [re.findall(r'data-story="([^"]*)"', part) for part in shown.split('<li class="section">')[1:]]
    assert sum(len(group) > 1 for group in groups) > 1
    for title, group in zip(titles, groups, strict=True):
        if len(group) < 2 or title == "New on the radar":  # a story that is moved is picked and leaves the radar
            continue
        at = order.index(group[0])
        wanted = [*order[:at], group[1], group[0], *order[at + 2 :]]
        below = order[at + 2] if at + 2 < len(order) else ""
        answer = ada.story("move", group[0], before=below, under=title)
        assert answer.status_code == 303
        assert ada.order() == wanted, title
        for _ in range(2):  # where a neighbour gave way it comes back, too
            ada.issue("undo")
        assert ada.order() == order


def test_who_comes_second_keeps_what_was_typed_and_reads_what_the_other_did(desks):
    story = desks.ada.order()[0]
    desks.bob.story("words", story, headline="Bob's headline")
    answer = desks.ada.story("pick", story, headline="Ada's headline", line="Ada's line", in_place=True)
    assert answer.status_code == 409
    assert "bob changed" in said(answer) and "Bob&#39;s headline" in said(answer)
    assert 'value="Ada&#39;s headline"' in answer.text and 'value="Ada&#39;s line"' in answer.text
    assert "Bob&#39;s headline" in desks.ada.get("/preview").text
    # repeating it in sight of the other's change is no conflict any more
    assert desks.ada.story("pick", story, version=1, headline="Ada's headline").status_code == 303
    desks.ada.issue("words", headline="H1", introduction="I1")
    late = desks.bob.issue("words", headline="H2", introduction="I2")
    assert late.status_code == 409 and 'value="H2"' in late.text and ">I2</textarea>" in late.text
    assert "H1" in desks.bob.get("/copy/txt").text and "I1" in desks.bob.get("/copy/md").text


def test_a_refusal_needs_no_connection_beside_the_one_that_would_have_written(desks):
    """Several refusals at once held all connections that write while each waited for a second one to draw its page."""
    story = desks.ada.order()[0]
    desks.bob.story("words", story, headline="Bob's headline")
    with ExitStack() as held:
        for _ in range(WRITERS - 1):
            held.enter_context(desks.app.state.services.write())
        assert desks.ada.story("pick", story, headline="Ada's headline").status_code == 409


def test_a_locked_issue_is_what_is_stored_and_nobody_changes_it(desks):
    ada, bob = desks.ada, desks.bob
    story = ada.others()[0]
    ada.story("pick", story, headline="Locked words")
    order = ada.order()
    assert ada.issue("lock").status_code == 303
    for answer in (
        bob.story("skip", story, version=1), bob.issue("words", headline="late", version=1), bob.issue("undo"),
        bob.issue("lock", version=1),
    ):  # fmt: skip
        assert answer.status_code == 409
        assert "ada locked this issue at 09:30 UTC; nothing was changed." in said(answer)
    assert "Locked words" in stored_issue(desks.warehouse, DAY)["html"]
    assert "Locked words" in (desks.folder / "issues" / f"{DAY}.html").read_text()
    # what is built underneath does not change it
    with desks.warehouse.connect() as connection:
        connection.execute("UPDATE desk.picks SET headline = 'slipped in', state = 'skip'")
    assert materialize(desks.warehouse, DAY, "newsletter_stories", "issue_forms", "issues").success
    assert "Locked words" in stored_issue(desks.warehouse, DAY)["html"]
    assert [each for each in bob.order()] == order
    assert bob.issue("unlock", version=1).status_code == 303
    assert "Locked words" not in bob.get("/preview").text


def renamed(warehouse, story, other):
    """The day built again so that a story is not in it, or is back."""
    with warehouse.connect() as connection, connection.transaction():
        for table in ("stories", "proofs"):
            connection.execute(f"UPDATE feed.{table} SET story_id = %s WHERE story_id = %s", (other, story))
        connection.execute("UPDATE ops.partition_writes SET token = token + 1 WHERE table_address = 'feed.stories'")


def test_what_was_picked_stays_when_the_day_is_built_again_and_what_vanished_is_said(desks):
    ada = desks.ada
    kept, gone = ada.order()[0], ada.order()[1]
    ada.story("pick", kept, headline="Stays")
    ada.story("pick", gone, headline="Is gone soon")
    renamed(desks.warehouse, gone, "st_another")
    try:
        page = ada.get().text
        assert "this story is not in it any more. What was decided stays" in page
        assert "Is gone soon" in page.split('id="in-the-issue"')[0]
        assert "Stays" in ada.get("/preview").text and gone not in ada.order()
        assert "it cannot stand in the issue" in ada.story("pick", gone, version=1).text
        assert ada.story("skip", gone, version=1, headline="Is gone soon").status_code == 303
        ada.issue("undo")
        assert "not among the day&#39;s any more" in ada.story("pick", "st_unknown").text
    finally:
        renamed(desks.warehouse, "st_another", gone)
    assert "Is gone soon" in ada.get("/preview").text, "what comes back counts again"


def test_hostile_texts_in_every_field_are_text_everywhere(desks):
    ada = desks.ada
    story = ada.order()[0]
    words = dict.fromkeys(("headline", "line", "note"), HOSTILE) | {"section": HOSTILE[:60]}
    assert ada.story("pick", story, **words).status_code == 303
    assert ada.issue("words", headline=HOSTILE, introduction=HOSTILE).status_code == 303
    for page in (ada.get(text="<script>").text, ada.get().text, ada.get("/preview").text, ada.get("/copy/html").text):
        assert "<script>alert" not in page and "<img src=x" not in page and "49" not in page.split("{{7*7}}")[0][-5:]
    assert "&lt;script&gt;alert(1)" in ada.get().text
    assert ada.get("/copy/html").headers["content-type"].startswith("text/plain"), "a copy is never run"
    ada.issue("lock", version=1)
    assert "<script>alert" not in stored_issue(desks.warehouse, DAY)["html"]


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"do": "explode"}, 422, "no such action"),
        ({"do": "pick", "version": "x"}, 422, "says no version"),
        ({"do": "pick", "version": "9" * 30}, 422, "says no version"),
        ({"do": "words", "headline": "x" * 201}, 409, "The headline has 201 characters; 200 are possible."),
        ({"do": "snooze", "until": "soon"}, 409, "is not a date; write it as"),
        ({"do": "snooze", "until": "2026-11-17"}, 409, "a day after 2026-11-17"),
        ({"do": "snooze", "until": "2030-01-01"}, 409, "2027-02-15 at most"),
    ],
)
def test_a_form_with_nonsense_gets_a_sentence_and_changes_nothing(desks, fields, status, sentence):
    story = desks.ada.order()[0]
    answer = desks.ada.post("/story", **({"story_id": story, "version": "0"} | fields))
    assert answer.status_code == status and sentence in answer.text
    with desks.warehouse.connect() as connection:
        assert connection.execute("SELECT count(*) FROM desk.history").fetchone() == (0,)


def test_what_cannot_be_sent_says_why_and_sends_nothing(desks):
    ada = desks.ada
    assert "Lock the issue first" in said(ada.issue("send"))
    assert "Lock the issue first" in said(ada.issue("correct"))
    for to in ("a@b, c@d", "a\x0bb@c.d", "a\u2028b@c.d", "a@", "a@[x", "=?utf-8?q?=0d=0aBcc:x?=@c.d", "a\x00@c.d", ""):
        assert "Write one mail address" in said(ada.issue("test", to=to)), to
    assert "There is no mail server: set TREND_ASSETS_SMTP_URL." in said(ada.issue("test", to="ada@example.org"))
    ada.issue("lock")
    assert "has no channel: write `channels` into the file of rising" in said(ada.issue("send", version=1))
    with desks.warehouse.connect() as connection:
        assert connection.execute("SELECT count(*) FROM feed.deliveries").fetchone() == (0,)


def test_candidates_are_filtered_and_what_is_unknown_in_an_address_is_refused(desks):
    ada = desks.ada
    every = ada.others()
    page = ada.get().text
    source = re.search(r'<select name="source">.*?<option value="(\w+)">', page, re.DOTALL)[1]
    assert set(ada.others(source=source)) <= set(every) | set(ada.others(page=2))
    title = re.search(r"<h3>(?:<a[^>]*>)?([^<]+)", page.split('id="candidates"')[1])[1]
    assert ada.others(text=html.unescape(title).upper()), "case makes no difference"
    assert ada.others(text="no such words anywhere") == []
    for query in ({"sauce": "x"}, {"state": "maybe"}, {"page": 0}, {"text": "x" * 201}, {"text": "a\x00b"}):
        assert ada.get(**query).status_code == 422, query
    assert ada.client.get("/desk/rising/yesterday").status_code == 422
    assert "No story yet" in ada.client.get("/desk/rising/2026-01-01").text


def test_the_page_is_small_its_policy_strict_and_its_files_are_ours(desks):
    answer = desks.ada.get()
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=|javascript:", answer.text)
    assert '"allowEval":false' in answer.text and '"includeIndicatorStyles":false' in answer.text
    total = len(answer.content)
    for path in re.findall(r'(?:src|href)="(/(?:desk/static|ui/style)[^"]+)"', answer.text):
        file = TestClient(desks.app, base_url="http://127.0.0.1").get(path)
        assert file.status_code == 200, "files are there before the sign-in"
        total += len(file.content)
        if path.startswith("/desk/static"):
            unchanged = desks.ada.client.get(path, headers={"If-None-Match": file.headers["etag"]})
            assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert total <= 300_000
    assert desks.ada.client.get("/desk/static/..%2Ffiles.py").status_code == 404
    assert desks.ada.client.get("/desk/static/htmx.LICENSE").status_code == 404


def test_decisions_are_the_next_days_labels_and_an_order_that_is_used_is_the_desks_too(desks):
    ada, warehouse, after = desks.ada, desks.warehouse, DAY + timedelta(days=1)
    order = ada.order()
    picked, skipped, late = order[5], order[0], order[1]
    for do, story in (("pick", picked), ("skip", skipped), ("skip", late)):
        assert ada.story(do, story).status_code == 303
    with warehouse.connect() as connection:
        connection.execute(
            "UPDATE desk.picks SET changed_at = %s WHERE story_id = %s", (after + timedelta(days=1), late)
        )
    assert materialize(warehouse, after, "newsletter_labels", "newsletter_orders").success
    labels = warehouse.read("feed.newsletter_labels", day=after)
    assert dict(zip(labels["story_id"], labels["is_wanted"], strict=True)) == {picked: True, skipped: False}
    assert labels["learned_rank"].isna().all() and set(labels["issue_date"]) == {DAY}
    assert warehouse.read("feed.newsletter_labels", day=DAY).empty, "a day knows no decision on its own issue"
    told = warehouse.read("feed.newsletter_orders", day=after).set_index("newsletter").loc["rising"]
    assert not told["is_used"] and told["reason"].startswith("2 decisions known (1 pick), too few")
    board = ada.client.get("/scoreboard", params={"date": str(after)}).json()["newsletters"]
    assert [row["newsletter"] for row in board] == ["closed", "rising"] and board[1]["labels"] == 2
    page = ada.client.get("/ui/scoreboard", params={"date": str(after)}).text
    assert "2 decisions known (1 pick), too few" in page
    assert "<b>Rising</b>" in page and "<b>rising</b>" not in page, "a newsletter by its title, as on every page"

    backwards = {"intercept": 0.0, "features": {"place": {"weight": -9.0, "mean": 0.5, "spread": 1.0}}}
    set_order = "UPDATE feed.newsletter_orders SET is_used = %s, weights = %s WHERE observed_date = %s"
    with warehouse.connect() as connection:
        connection.execute("TRUNCATE desk.picks, desk.history")
        connection.execute(set_order, (True, Jsonb(backwards), DAY))
    try:
        turned = ada.order()
        assert turned != order and set(turned) != set(order)
        assert materialize(warehouse, DAY, "newsletter_stories").success
        rows = warehouse.read("feed.newsletter_stories", day=DAY)
        rows = rows[(rows["newsletter"] == "rising") & rows["place"].notna()].sort_values("place")
        assert list(rows["story_id"]) == turned
    finally:
        with warehouse.connect() as connection:
            connection.execute(set_order, (False, None, DAY))
        assert materialize(warehouse, DAY, "newsletter_stories").success
    assert ada.order() == order


def test_the_desk_says_who_wrote_the_headline_and_when_that_is_over(desks):
    """In a newsletter that a language model may write for; a move of the editor brings the computed sentences back."""
    from trend_assets.domain.feed.frames import records_of
    from trend_assets.newsletters.discovery import found
    from trend_assets.newsletters.rendering.issue_rows import facts_of_issue
    from trend_assets.settings import get_settings

    own = desks.folder / "newsletters" / "modern.toml"
    own.write_text('title = "Modern"\nrewrite = true\nsize = 12\n')
    try:
        materialize(desks.warehouse, DAY, "newsletter_stories")
        desk = Desk(desks.app, desks.keys["ada"], newsletter="modern")
        assert "it is asked when feed/prose of the day is made" in desk.get().text
        stories = records_of(desks.warehouse.read("feed.newsletter_stories", day=DAY))
        told = facts_of_issue(desks.warehouse, found(get_settings()).by_name["modern"], DAY, stories)
        written = [DAY, "modern", Jsonb(list(told)), "Our <b>headline</b>", "Three sentences.", "writer-1", None, True]
        with desks.warehouse.connect() as connection:
            connection.execute("INSERT INTO feed.prose VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", written)
        page, preview = desk.get().text, desk.client.get(f"/desk/modern/{DAY}/preview").text
        assert "Headline and introduction are in the words of writer-1" in page
        assert "Our &lt;b&gt;headline&lt;/b&gt;" in preview and "put into words by writer-1" in preview
        desk.story("skip", desk.order()[0])
        assert "writer-1 wrote of other figures than those that stand here now" in desk.get().text
        assert "writer-1" not in desk.client.get(f"/desk/modern/{DAY}/preview").text
    finally:
        own.unlink()
        with desks.warehouse.connect() as connection:
            connection.execute("DELETE FROM feed.prose")
