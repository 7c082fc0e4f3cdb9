"""A post deleted at Reddit is gone here after the next daily run: tables, answers, feed; other posts stay."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import zstandard

from trend_assets.capture.session import stored_answers
from trend_assets.privacy.deletions import remove_deleted
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call
from trend_assets.sources.errors import SchemaDrift, SuspiciousEmpty
from trend_assets.sources.reddit.deletions import collect_gone, gone_in, without_posts
from trend_assets.warehouse.tables import TABLES
from trend_assets_tests.integration.test_retention import insert

NOW = datetime(2026, 4, 20, 3, 30, tzinfo=UTC)
LIVE = Settings(_env_file=None, reddit_client_id="id", reddit_client_secret="not-a-real-secret")


def listing(*posts: dict) -> bytes:
    return json.dumps(
        {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": post} for post in posts]}}
    ).encode()


def answering(*posts: dict) -> Callable[[Call], Answer]:
    """A Reddit that knows these posts and leaves out every other."""

    def obtain(call: Call) -> Answer:
        asked = {name.removeprefix("t3_") for name in call.params["id"].split(",")}
        return Answer(call, 200, listing(*(post for post in posts if post["id"] in asked)), NOW)

    return obtain


ALIVE = {"id": "alive", "author": "a", "selftext": ""}


@pytest.fixture
def stored(warehouse):
    """Two posts of Reddit everywhere, one of them also in the user's own file."""
    urls = {name: f"https://www.reddit.com/comments/{name}" for name in ("alive", "dead")}
    with warehouse.connect() as connection:
        body = listing({**ALIVE}, {"id": "dead", "title": "CANARY"})
        request = json.dumps(Call("reddit", "/r/all/top").request)
        insert(
            connection, TABLES["capture.answers"], at=NOW, source="reddit_posts", status=200, outcome="ok",
            body=zstandard.compress(body), body_bytes=len(body), body_sha256="", request=request,
        )  # fmt: skip
        for name in ("alive", "dead"):
            for address in ("source.reddit_posts", "trends.post_snapshots", "velocity.scores", "feed.core_items",
                            "feed.proofs", "feed.items", "velocity.post_velocity"):  # fmt: skip
                columns = {"platform": "reddit", "external_id": name, "source": "reddit_posts", "capture_id": name}
                if address == "feed.items":
                    columns["story_id"] = name
                table = TABLES[address]
                insert(connection, table, at=NOW, **{k: v for k, v in columns.items() if k in table.column_names})
            insert(
                connection, TABLES["trends.posts"], at=NOW, platform="reddit", external_id=name, url=urls[name],
                sources=["reddit_posts"], is_simulated=False, archived_at=None,
            )  # fmt: skip
        insert(connection, TABLES["ops.partition_writes"], at=NOW, table_address="feed.issues", content_hash="h")
    return warehouse


def ids_in(warehouse, address: str) -> list[str]:
    with warehouse.connect() as connection:
        return [row[0] for row in connection.execute(f"SELECT external_id FROM {address} ORDER BY 1")]


def test_a_deleted_post_is_removed_from_every_table_and_from_the_stored_answers(stored):
    found = remove_deleted(stored, LIVE, now=NOW, obtain=answering(ALIVE))
    assert (found.asked, found.gone) == (2, 1)
    for address in found.rows:
        if "external_id" in TABLES[address].column_names:
            assert ids_in(stored, address) == ["alive"], address
    assert set(found.rows) >= {
        "capture.answers", "source.reddit_posts", "trends.post_snapshots", "trends.posts", "velocity.scores",
        "velocity.post_velocity", "feed.core_items", "feed.proofs", "feed.items",
    }  # fmt: skip
    with stored.connect() as connection:
        packed, sha = connection.execute("SELECT body, body_sha256 FROM capture.answers").fetchone()
        marked = connection.execute("SELECT content_hash FROM ops.partition_writes").fetchone()[0]
    assert b"CANARY" not in zstandard.decompress(packed) and b"alive" in zstandard.decompress(packed)
    assert sha and marked.startswith("outdated")
    assert len(list(stored_answers(stored, "reddit_posts", NOW.date()))) == 1  # still verifiable and readable


def test_a_damaged_answer_does_not_keep_the_others_from_losing_the_post(stored):
    with stored.connect() as connection:
        insert(
            connection, TABLES["capture.answers"], at=NOW, source="reddit_posts", capture_id="damaged", outcome="ok",
            body=b"no zstd", request="{}",
        )  # fmt: skip
    assert remove_deleted(stored, LIVE, now=NOW, obtain=answering(ALIVE)).rows["capture.answers"] == 2
    with stored.connect() as connection:
        ((left,),) = connection.execute("SELECT body FROM capture.answers").fetchall()
    assert b"CANARY" not in zstandard.decompress(left)


def test_running_it_again_finds_nothing_more(stored):
    remove_deleted(stored, LIVE, now=NOW, obtain=answering(ALIVE))
    again = remove_deleted(stored, LIVE, now=NOW, obtain=answering(ALIVE))
    assert (again.asked, again.gone) == (1, 0)


def test_what_the_users_own_file_says_of_it_stays(stored):
    with stored.connect() as connection:
        insert(
            connection, TABLES["trends.post_snapshots"], at=NOW, source="imported_posts", platform="reddit",
            external_id="dead", likes=7,
        )  # fmt: skip
    remove_deleted(stored, LIVE, now=NOW, obtain=answering(ALIVE))
    posts = stored.read("trends.posts", where="external_id = %s", params=("dead",))
    assert (posts["likes"][0], posts["sources"][0]) == (7, ["imported_posts"])


def test_the_simulated_reddit_is_not_asked_and_the_reason_is_said(stored):
    found = remove_deleted(stored, Settings(_env_file=None), now=NOW, obtain=answering())
    assert found.reason == "Reddit was not asked: the simulated Reddit deletes nothing."
    assert ids_in(stored, "trends.posts") == ["alive", "dead"]


@pytest.mark.parametrize(
    ("post", "gone"),
    [
        ({"author": "a", "selftext": "x"}, False),
        ({"author": "[deleted]", "selftext": "[deleted]"}, True),
        ({"author": "[deleted]", "selftext": "still here"}, False),
        ({"author": "a", "removed_by_category": "deleted"}, True),
        ({"author": "a", "removed_by_category": None, "selftext": "[removed]"}, False),
    ],
)
def test_what_counts_as_deleted(post, gone):
    answer = Answer(Call("reddit", "/api/info"), 200, listing({"id": "p", **post}), NOW)
    assert gone_in(answer, ["p"]) == ({"p"} if gone else set())


def test_an_answer_without_any_of_many_posts_is_an_outage_and_not_a_deletion():
    with pytest.raises(SuspiciousEmpty, match="none of 10 posts"):
        gone_in(Answer(Call("reddit", "/api/info"), 200, listing(), NOW), [f"p{n}" for n in range(10)])
    with pytest.raises(SchemaDrift):
        gone_in(Answer(Call("reddit", "/api/info"), 200, b'{"error": 1}', NOW), ["p"])


def test_posts_are_asked_for_a_hundred_at_a_time():
    calls: list[Call] = []

    def obtain(call: Call) -> Answer:
        calls.append(call)
        return Answer(call, 200, listing(*({"id": n.removeprefix("t3_")} for n in call.params["id"].split(","))), NOW)

    assert collect_gone(obtain, [f"p{n}" for n in range(250)]) == set()
    assert [len(call.params["id"].split(",")) for call in calls] == [100, 100, 50]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": {}}', b'{"data": {"children": [1, null]}}'])
def test_a_body_that_is_no_listing_of_them_stays_byte_for_byte(body):
    assert without_posts(body, {"p"}) is body
