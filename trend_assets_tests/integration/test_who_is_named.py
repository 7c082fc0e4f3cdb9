"""The one matcher of people: every spelling is found in every place where text is stored, and nobody else is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import zstandard
from psycopg import sql
from psycopg.types.json import Jsonb

from trend_assets.capture.names import note, silent
from trend_assets.platforms import platform_of
from trend_assets.privacy.erase import erase_creator
from trend_assets.privacy.identity import NobodyNamed, read_name
from trend_assets.privacy.person import Matcher, Person
from trend_assets.privacy.scrub import MENTIONS_NOT_IN
from trend_assets.settings import Settings
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.integration.test_erase_creator import DAY, OTHER_ID, answer, everything, fill, insert

ID, HANDLE = "6812345678901234567", "bob"
PERSON = Person("tiktok", ids=(ID,), handles=(HANDLE,))
NAMED = {
    "as it is": "@bob",
    "upper case": "@BOB",
    "a stop behind": "duet with @bob.",
    "a possessive behind": "@bob's song",
    "brackets": "(@bob)",
    "a comma and another": "@bob,@alice",
    "wide letters": "\uff20\uff42\uff4f\uff42",
    "styled letters": "@\U0001d41b\U0001d428\U0001d41b",
    "no width inside": "@b\u200bob",
    "no width in front": "@\u2060bob",
    "a filler of Hangul inside": "@b\u3164ob",
    "a tag inside": "@bo\U000e0062b",
    "a variation selector inside": "@b\U000e0100ob",
    "hashtag": "#bob",
    "video address": "https://www.tiktok.com/@bob/video/1",
    "mobile address": "https://m.tiktok.com/@bob?x=1",
    "youtube": "https://www.youtube.com/c/bob",
    "instagram": "https://www.instagram.com/bob/",
    "instagram at the end": "see instagram.com/bob.",
    "reddit": "https://old.reddit.com/user/bob",
    "reddit short": "u/bob said",
    "x": "https://x.com/bob/status/1",
    "twitter": "https://mobile.twitter.com/bob",
    "escaped for an address": "%40bob",
    "an address in an address": "https://a.example/?u=https%3A%2F%2Finstagram.com%2Fbob",
    "html by number": "&#64;bob",
    "html in hex": "&#x40;bob",
    "html by name": "&commat;bob",
    "json": r"\u0040bob",
    "json in json": r"\\u0040bob",
    "json no width": r"@b\u200bob",
    "json slashes": r"https:\/\/www.instagram.com\/bob\/",
    "whole value": '{"unique_id": "bob"}',
    "whole value in json in json": r"{\"unique_id\": \"bob\"}",
    "key": "of tiktok:bob today",
    "a search": "from:bob since:2026-11-20",
    "a search on Reddit": "title AND author:Bob",
    "a search in an address": "https://x.com/search?q=cats%20from%3Abob&f=live",
    "a link to follow": "https://twitter.com/intent/user?screen_name=bob",
    "a link that shares": "https://a.example/share?x=1&uniqueId=bob#x",
    "the same in an address": "https://a.example/?u=https%3A%2F%2Fb.example%2F%3Fusername%3Dbob%26x%3D1",
    "id": f"by {ID}.",
    "id on a new line": f"by\n{ID}",
}
OTHERS = {
    "a longer word": "bobsled",
    "a longer handle": "@bobsled",
    "underscore": "@bob_2",
    "dot": "@bob.smith",
    "hyphen": "@bob-2",
    "escaped underscore": "@bob%5F2",
    "a word": "let it bob along",
    "a search for another": "from:bobsled to:alice",
    "a word that ends like a search": "platform:bob into:bob",
    "a parameter of another": "?screen_name=bobsled&x=bob",
    "another parameter": "?filename=bob",
    "another host": "https://netflix.com/bob",
    "another path": "menu/bob",
    "no width and on": "@bob\u200bsled",
    "a longer hashtag": "#bobsled",
    "a longer id": f"{ID}8",
}


# of a handle that means something else here as well, such as @video
NAMED_AS_A_WORD = {
    "a member": '{"author": "bob"}',
    "a longer member": '{"creator_handle":"Bob"}',
    "a member in json in json": r"{\"screenName\": \"bob\"}",
    "who wrote": "{'by': 'bob'}",
}
NO_NAMES_AS_A_WORD = {
    "alone": "bob",
    "another member": '{"kind": "bob"}',
    "a member's name": '{"bob": 1}',
    "more than the name": '{"author": "bob and others"}',
    "an element": '["bob"]',
}


def test_every_spelling_is_found_here_and_in_the_database_alike_and_nobody_else(connection):
    a_word = Person("tiktok", ids=(ID,), handles=(HANDLE,), words=frozenset((HANDLE,)))
    for person, is_named, texts in (
        (PERSON, True, NAMED),
        (PERSON, False, OTHERS),
        (PERSON, True, NAMED_AS_A_WORD),
        (a_word, True, NAMED | NAMED_AS_A_WORD),
        (a_word, False, OTHERS | NO_NAMES_AS_A_WORD),
    ):
        matcher = Matcher.of(person)
        for title, text in texts.items():
            found = connection.execute(
                "SELECT %(t)s::text ~* %(core)s AND %(t)s::text ~* %(pattern)s, "
                "regexp_replace(%(t)s::text, %(pattern)s, %(new)s, 'gi')",
                {"t": text, "core": matcher.core, "pattern": matcher.postgres, "new": matcher.replacement},
            ).fetchone()
            assert (title, *found, matcher.is_in(text)) == (title, is_named, matcher.text(text), is_named)
            assert not matcher.is_in(matcher.text(text)), f"{title}: once removed nothing is left to find"


def texts_of(table):
    return [
        c.name
        for c in table.columns
        if c.type == "text" and c.nullable and c.name not in (*table.person_columns, "platform")
    ]


def every_text(table, value):
    """A row of the table with this value in every column that can hold words, in keys and in what must not be empty."""
    kinds = {"text": value, "text[]": [value], "jsonb": Jsonb({"of": [value]})}
    return {
        column.name: kinds[column.type]
        for column in table.columns
        if column.type in kinds and column.name not in ("platform", "seed_platform", *table.person_columns)
    }


@pytest.mark.parametrize("said", ["bob", "@Bob", "from:bob", ID, "https://x.com/bob"])
def test_no_column_of_words_keeps_a_name_also_where_it_is_a_key(connection, database_url, settings, tmp_path, said):
    # a member of that name in providers' answers makes the handle a word
    not_in = {*MENTIONS_NOT_IN, "ops.provider_fields"}
    tables = [table for table in TABLES.values() if table.address not in not_in and every_text(table, said)]
    assert "ops.names_without_result" in {table.address for table in tables}
    for table in tables:
        insert(connection, table, **every_text(table, said))
    done = _erase(database_url, settings, tmp_path)
    assert done.left == 0
    matcher = Matcher.of(PERSON)
    for table in tables:
        query = sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier(table.schema, table.name))
        left = [row for (row,) in connection.execute(query).fetchall() if matcher.is_in(row)]
        assert not left, f"{table.address}: {left}"


def test_a_handle_that_means_something_else_here_takes_nothing_from_others(
    connection, database_url, settings, tmp_path
):
    """Erasing @tiktok took every row whose platform is tiktok, and every answer that says it, from everybody."""
    words = ("tiktok", "settled", "x", "author", "skincare")
    asking = Settings(_env_file=None, state_dir=tmp_path, reddit__subreddits="skincare")
    vocabulary = {"platform": "tiktok", "kind": "video", "state": "settled", "source": "x", "language": "en",
                  "list_name": "skincare", "keyword": "skincare"}  # fmt: skip
    fill(connection, OTHER_ID, "alice", "of-others")
    for table in TABLES.values():
        if not table.person_columns and table.schema != "capture" and table.address != "ops.tombstones":
            insert(connection, table, **{name: vocabulary[name] for name in vocabulary.keys() & {*table.column_names}})
    answer(connection, "others", {"author": {"id": OTHER_ID}, "type": "video", "lang": "en", "of": ["tiktok", "x"]})
    answer(connection, "mixed", [{"by": "TikTok", "title": "theirs"}, {"by": "alice", "kind": "video"}])
    query = sql.SQL("SELECT to_jsonb(t)::text FROM {} t ORDER BY 1")
    tables = [t for t in TABLES.values() if t.schema not in ("capture", "ops", "desk") and t.name != "request_days"]

    def rows():
        return {
            table.address: connection.execute(query.format(sql.Identifier(table.schema, table.name))).fetchall()
            for table in tables
        }

    before = rows()
    for number, word in enumerate(words):
        fill(connection, f"777000000{number}", word, "canary")
        done = erase_creator(
            Warehouse(database_url), asking, platform="tiktok", who=f"777000000{number}", state_dir=tmp_path
        )
        assert (done.left, done.words) == (0, {word}) and "something else" in " ".join(done.sentences())
        assert "canary" not in everything(connection)
    assert rows() == before
    assert connection.execute("SELECT DISTINCT state FROM ops.ledger").fetchall() == [("settled",)]
    bodies = dict(connection.execute("SELECT capture_id, body FROM capture.answers").fetchall())
    assert json.loads(zstandard.decompress(bodies["others"]))["type"] == "video"
    assert json.loads(zstandard.decompress(bodies["mixed"])) == [{"by": "alice", "kind": "video"}]


@pytest.mark.parametrize(
    ("platform", "who", "name"),
    [
        *(("tiktok", who, "nova.rises") for who in (
            "nova.rises", " @nova.rises", "@@nova.rises", "\uff20\uff4e\uff4f\uff56\uff41\uff0erises",
            "nova\u200b.rises",
            "tiktok:nova.rises", "TikTok:handle:nova.rises", "%40nova.rises", "@nova.rises,", "(nova.rises).",
            "https://www.tiktok.com/@nova.rises?lang=en#top", "m.tiktok.com/@nova.rises/video/1",
            "HTTPS://WWW.TIKTOK.COM/%40nova.rises/",
        )),
        ("youtube", "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv", "UCabcdefghijklmnopqrstuv"),
        ("youtube", "youtube.com/c/nova", "nova"),
        ("tiktok", ".nova", ".nova"),
        ("tiktok", "(@.nova_).", ".nova_"),
        ("instagram", "https://www.instagram.com/stories/nova/1/", "nova"),
        ("reddit", "u/nova", "nova"),
        ("reddit", "https://old.reddit.com/user/nova/comments", "nova"),
        ("x", "https://mobile.twitter.com/nova/status/1", "nova"),
        ("hackernews", "https://news.ycombinator.com/user?id=nova", "nova"),
    ],
)  # fmt: skip
def test_whom_to_erase_may_be_written_as_people_write_names(platform, who, name):
    """A name in another spelling was found nowhere, and the report said that nothing names the person any more."""
    assert read_name(platform_of(platform), who) == name


@pytest.mark.parametrize(
    ("platform", "who"),
    [
        ("tiktok", "@"), ("tiktok", "\u200b"), ("tiktok", "https://www.tiktok.com/"),
        ("tiktok", "https://www.tiktok.com/foryou"), ("tiktok", "https://www.instagram.com/nova"),
        ("instagram", "https://www.instagram.com/reel/C0ffee/"), ("youtube", "https://youtube.com/watch?v=abc"),
        ("tiktok", "https://[nova"),
    ],
)  # fmt: skip
def test_what_names_nobody_is_refused(platform, who):
    with pytest.raises(NobodyNamed, match=r"handle\."):
        read_name(platform_of(platform), who)


def test_a_person_who_is_not_known_here_is_said_and_an_address_finds_the_id(
    connection, database_url, settings, tmp_path
):
    def report(platform, who):
        done = erase_creator(Warehouse(database_url), settings, platform=platform, who=who, state_dir=tmp_path)
        return done.ids, " ".join(done.sentences())

    ids, said = report("Twitter", "nobody.here")
    assert ids == () and "Nothing here named such a person on X" in said and "any more" not in said
    fill(connection, ID, HANDLE, "canary")
    answer(connection, "note", {"items": []})
    connection.execute("UPDATE capture.answers SET note = 'The run for @bob failed.' WHERE capture_id = 'note'")
    ids, said = report(" TikTok", "https://www.tiktok.com/@BOB?lang=en")
    assert ids == (ID,) and "Nothing in the database names the person any more." in said
    assert "canary" not in everything(connection)
    assert connection.execute("SELECT note FROM capture.answers").fetchall() == [("The run for [erased] failed.",)]


def test_a_handle_that_is_still_asked_for_is_not_noted_again(connection, database_url, settings, tmp_path):
    asked = {"@Bob": False, "#bob": False, "@alice": False, "@carl": True}
    with connection.transaction():
        note(connection, "x_posts", DAY, asked)
    _erase(database_url, settings, tmp_path)
    for day in (DAY, DAY + timedelta(days=1)):
        with connection.transaction():
            note(connection, "x_posts", day, asked)
    assert {one.name for one in silent(connection)} == {"#bob", "@alice"}


def test_settings_that_still_ask_for_the_person_are_named(database_url, tmp_path):
    asking = Settings(
        _env_file=None, x__handles="alice,Bob", x__searches="cats,from:bob cats", youtube_shorts__queries="bob,bobsled",
    )  # fmt: skip
    done = _erase(database_url, asking, tmp_path)
    assert done.own_settings == ["TREND_ASSETS_X__HANDLES", "TREND_ASSETS_X__SEARCHES"]
    assert "TREND_ASSETS_X__HANDLES" in " ".join(done.sentences())


def test_every_spelling_goes_from_every_place_where_text_is_stored(connection, database_url, settings, tmp_path: Path):
    said, kept = " | ".join(NAMED.values()), " | ".join(OTHERS.values())
    tables = [t for t in TABLES.values() if t.address not in MENTIONS_NOT_IN and texts_of(t)]
    for table in tables:
        values = {name: f"{kept} | {said}" for name in texts_of(table)}
        if "platform" in table.column_names:
            values["platform"] = "tiktok"
        insert(connection, table, **values)
    answer(connection, "said", {"items": [*NAMED.values(), *OTHERS.values()]})
    for name, text in (("theirs", said), ("another's", kept)):
        insert(
            connection, TABLES["capture.spool"], spool_key=name, about=Jsonb({}),
            body=zstandard.compress(text.encode()), written_at=datetime.now(UTC),
        )  # fmt: skip
    aside = {"table_address": "a", "observed_date": DAY, "reason": "r", "capture_id": None}
    for position, raw in enumerate([*NAMED.values(), *OTHERS.values()], start=1000):
        insert(connection, TABLES["ops.quarantine"], **aside, position=position, raw=raw)
    connection.execute("CREATE TABLE event_logs (id bigint, event text)")
    connection.execute("INSERT INTO event_logs VALUES (1, %s)", (json.dumps({"preview": [said, kept]}),))
    for folder, name in (("spool", "a.json"), ("logs", "daemon.log"), ("issues", "feed.html")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(f"{said}\n{kept}")
    done = _erase(database_url, settings, tmp_path)
    matcher = Matcher.of(PERSON)
    assert done.left == 0
    for table in tables:
        if table.address == "ops.quarantine":
            continue
        for name in texts_of(table):
            query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(name), sql.Identifier(table.schema, table.name))
            for (text,) in connection.execute(query).fetchall():
                assert not matcher.is_in(text), f"{table.address}.{name}"
                assert text is None or name.endswith("url") or kept in text, f"{table.address}.{name}"
    (packed,) = connection.execute("SELECT body FROM capture.answers WHERE capture_id = 'said'").fetchone()
    assert json.loads(zstandard.decompress(packed))["items"] == list(OTHERS.values())
    assert connection.execute("SELECT array_agg(spool_key) FROM capture.spool").fetchone() == (["another's"],)
    left = {row[0] for row in connection.execute("SELECT raw FROM ops.quarantine WHERE position >= 1000").fetchall()}
    assert left == set(OTHERS.values())
    assert done.quarantined >= len(NAMED)
    (event,) = connection.execute("SELECT event FROM event_logs").fetchone()
    assert not matcher.is_in(json.loads(event))
    for path in ("spool/a.json", "logs/daemon.log", "issues/feed.html"):
        text = (tmp_path / path).read_text()
        assert not matcher.finds(text) and kept in text
    assert f"{done.quarantined} quarantined" in " ".join(done.sentences())


def _erase(database_url, settings, tmp_path):
    with psycopg.connect(database_url, autocommit=True) as connection:
        insert(
            connection, TABLES["trends.posts"], platform="tiktok", external_id="theirs", creator_id=ID,
            creator_handle=HANDLE,
        )  # fmt: skip
    return erase_creator(
        Warehouse(database_url), settings, platform="tiktok", who=HANDLE, state_dir=tmp_path,
        dagster_database_url=database_url,
    )  # fmt: skip


def test_a_handle_keeps_out_rows_without_an_id_until_it_expires_and_never_its_next_owner(
    connection, database_url, settings, tmp_path
):
    from trend_assets.warehouse.tombstones import HANDLE_DAYS, guarded_tombstones

    _erase(database_url, settings, tmp_path)

    def covered(external_id, handle):
        with connection.transaction():
            return guarded_tombstones(connection).cover("tiktok", external_id, handle)

    assert covered(ID, "renamed") and covered(None, "@Bob") and not covered("7", HANDLE)
    connection.execute("UPDATE ops.tombstones SET erased_at = now() - make_interval(days => %s)", (HANDLE_DAYS + 1,))
    assert covered(ID, None) and not covered(None, HANDLE)


def test_where_no_id_was_known_the_handle_keeps_everybody_out_until_it_expires(
    connection, database_url, settings, tmp_path
):
    from trend_assets.warehouse.tombstones import guarded_tombstones

    erase_creator(Warehouse(database_url), settings, platform="tiktok", who="nobody.here", state_dir=tmp_path)
    with connection.transaction():
        assert guarded_tombstones(connection).cover("tiktok", "7", "nobody.here")


def test_a_repeat_by_handle_does_not_erase_who_bears_it_next(connection, database_url, settings, tmp_path):
    """The same command again, months later, took the rows of somebody who had never asked."""
    _erase(database_url, settings, tmp_path)
    fill(connection, OTHER_ID, HANDLE, "of-the-next")
    before = everything(connection).count("of-the-next")

    def again(who):
        return erase_creator(Warehouse(database_url), settings, platform="tiktok", who=who, state_dir=tmp_path)

    with pytest.raises(NobodyNamed, match=f"somebody else bears it now.*{OTHER_ID}"):
        again(f"@{HANDLE}")
    assert again(ID).left == 0, "by id it can be repeated"
    assert everything(connection).count("of-the-next") == before
    again(OTHER_ID)
    assert "of-the-next" not in everything(connection)
