"""Watches: what they see, told once per story and channel, and listed with their history."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
from pydantic import ValidationError

from trend_assets.domain.newsletter.watch import Watch
from trend_assets.domain.watches import sightings
from trend_assets.newsletters.desk import watches
from trend_assets_tests.feed_world import World, materialize
from trend_assets_tests.integration.test_deliveries import inbox  # noqa: F401 -- a fixture

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def story(**said):
    return {
        "story_id": "s1", "source": "tiktok_trending", "platform": "tiktok", "external_id": "7",
        "creator_key": "tiktok:99", "creator_handle": "Mila.Makes",
        "title": "A lamp that folds flat", "text": "Die Straße nach #Slime 東京タワー",
        "hashtags": ["slime"], "chance": 0.62, "feed_rank": 11, "platforms": ["tiktok"], "measured_at": NOW,
    } | said  # fmt: skip


def seen(watch, **said):
    return [found.message for found in sightings({"w": watch}, [story(**said)])]


@pytest.mark.parametrize(
    ("watch", "said", "is_seen"),
    [
        ({"kind": "word", "watched": "LAMP"}, {}, True),
        ({"kind": "word", "watched": "folds flat"}, {}, True),
        ({"kind": "word", "watched": "lam"}, {}, False),
        ({"kind": "word", "watched": "strasse"}, {}, True),
        ({"kind": "word", "watched": "東京"}, {}, True),
        ({"kind": "hashtag", "watched": "#Slime"}, {}, True),
        ({"kind": "hashtag", "watched": "lamp"}, {}, False),
        ({"kind": "creator", "watched": "@mila.makes"}, {}, True),
        ({"kind": "creator", "watched": "99"}, {}, True),
        ({"kind": "creator", "watched": "mila"}, {}, False),
        ({"kind": "product", "watched": "lamp"}, {}, False),
        ({"kind": "product", "watched": "lamp"}, {"platform": "amazon"}, True),
        ({"kind": "product", "watched": "b0abc"}, {"platform": "amazon", "external_id": "B0ABC"}, True),
        ({"kind": "word", "watched": "lamp", "above": 0.62}, {}, True),
        ({"kind": "word", "watched": "lamp", "above": 0.63}, {}, False),
        ({"kind": "word", "watched": "lamp"}, {"chance": None}, False),
        ({"kind": "word", "watched": "lamp", "event": "first_ten"}, {}, False),
        ({"kind": "word", "watched": "lamp", "event": "first_ten"}, {"feed_rank": 10}, True),
        ({"kind": "word", "watched": "lamp", "event": "first_ten"}, {"feed_rank": None}, False),
        ({"kind": "word", "watched": "lamp", "event": "second_platform"}, {}, False),
        ({"kind": "word", "watched": "lamp", "event": "second_platform"}, {"platforms": ["x", "tiktok"]}, True),
    ],
)
def test_a_watch_sees_what_it_names_and_nothing_else(watch, said, is_seen):
    assert bool(seen(Watch(**watch), **said)) is is_seen


def test_a_message_says_what_happened_and_why_it_was_sent():
    assert seen(Watch(kind="word", watched="lamp")) == [
        "“A lamp that folds flat” is 62% likely to be among the top tenth in three days "
        "(word “lamp” is at least 50% likely to rise)."
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "sound", "watched": "x"}, {"kind": "word", "watched": "…"}, {"kind": "hashtag", "watched": "#"},
     {"kind": "word", "watched": "x", "event": "falls"}, {"kind": "word", "watched": "x", "above": 1.2},
     {"kind": "word", "watched": "x" * 81}, {"kind": "word", "watched": "x", "event": "first_ten", "above": 0.5}],
)  # fmt: skip
def test_what_is_no_watch_is_refused(wrong):
    with pytest.raises(ValidationError):
        Watch(**wrong)


@pytest.fixture
def day(warehouse):
    """A day with stories in the database."""
    world = World(items_per_source=12)
    world.write(warehouse, DAY)
    assert materialize(warehouse, DAY, "core_items", "stretch_items", "source_report", "proofs", "stories").success
    with warehouse.connect() as connection:
        yield connection


def test_what_a_watch_sees_is_told_once_per_story_and_channel(day):
    told = []
    title, rank = day.execute(
        "SELECT title, feed_rank FROM feed.stories WHERE feed_rank IS NOT NULL ORDER BY feed_rank LIMIT 1"
    ).fetchone()
    watch = Watch(kind="word", watched=max(title.split(), key=len).strip(".,!?#"), event="first_ten")
    watch_id = watches.begin(day, "rising", watch, channels=["team", "mail"], by="ada", now=NOW)
    assert watches.begin(day, "rising", watch, channels=["mail", "team"], by="bob", now=NOW) == watch_id
    new = watches.look(day, DAY, now=NOW)
    assert new >= 2 and watches.look(day, DAY, now=NOW) == 0, "the day built again is no new event"

    def send(newsletter, channel, message):
        assert newsletter == "rising"
        told.append((channel, message))
        if channel == "team":
            raise RuntimeError("team answered 500")

    assert watches.tell(day, send, now=NOW) == {"sent": new // 2, "waiting": new // 2, "failed": 0}
    for _ in range(watches.MOST_ATTEMPTS - 1):
        last = watches.tell(day, send, now=NOW)
    assert last == {"sent": 0, "waiting": 0, "failed": new // 2}
    assert watches.tell(day, send, now=NOW) == {"sent": 0, "waiting": 0, "failed": 0}
    assert [channel for channel, _ in told].count("mail") == new // 2
    assert any(f"is number {rank} of the day" in message for _, message in told)
    (listed,) = watches.watches_of(day, "rising")
    assert listed["sentence"].endswith("enters the first 10")
    assert {(e["channel"], e["outcome"], e["reason"]) for e in listed["events"]} == {
        ("mail", "sent", None), ("team", "failed", "team answered 500"),
    }  # fmt: skip


def test_a_message_that_was_being_sent_when_the_process_died_is_not_sent_again(day):
    day.execute(
        "INSERT INTO desk.watch_events (watch_id, story_id, channel, observed_date, source, platform, message, "
        "outcome, attempts, measured_at, seen_at, claimed_at) VALUES ('w', 's', 'mail', %s, 'x_posts', 'x', 'm', "
        "'sending', 1, %s, %s, %s)",
        (DAY, NOW, NOW, NOW),
    )
    told = []
    assert watches.tell(day, lambda *said: told.append(said), now=NOW + timedelta(minutes=5))["failed"] == 0
    watches.tell(day, lambda *said: told.append(said), now=NOW + timedelta(minutes=11))
    assert told == []
    assert "whether it arrived is not known" in day.execute("SELECT reason FROM desk.watch_events").fetchone()[0]


def test_watches_of_files_follow_the_files_and_those_of_the_desk_stay(day):
    lamp, slime = Watch(kind="word", watched="lamp"), Watch(kind="hashtag", watched="slime", channels=("team",))
    watches.keep_files(day, {"rising": ([lamp, slime], ["mail"])}, now=NOW)
    mine = watches.begin(day, "rising", Watch(kind="creator", watched="@mila"), channels=["mail"], by="ada", now=NOW)
    watches.keep_files(day, {"rising": ([slime], ["mail"])}, now=NOW + timedelta(hours=1))
    listed = {row["watch_id"]: row for row in watches.watches_of(day, "rising")}
    assert listed[lamp.id_in("rising")]["ended_at"] == NOW + timedelta(hours=1)
    assert listed[slime.id_in("rising")]["ended_at"] is None and listed[slime.id_in("rising")]["channels"] == ["team"]
    assert listed[mine]["ended_at"] is None
    assert watches.end(day, "rising", mine, by="bob", now=NOW) and not watches.end(
        day, "rising", mine, by="bob", now=NOW
    )
    assert not watches.end(day, "other", slime.id_in("rising"), by="bob", now=NOW)


def test_a_newsletter_has_only_so_many_watches(day, monkeypatch):
    monkeypatch.setattr(watches, "MOST_WATCHES", 1)
    watches.begin(day, "rising", Watch(kind="word", watched="one"), channels=["mail"], by="ada", now=NOW)
    with pytest.raises(watches.TooMany, match="1 watches at most"):
        watches.begin(day, "rising", Watch(kind="word", watched="two"), channels=["mail"], by="ada", now=NOW)


def test_the_sensor_tells_a_files_watch_of_todays_stories_once(
    warehouse,
    inbox,  # noqa: F811
    monkeypatch,
    tmp_path,
):
    from trend_assets.defs.feed.watches import watches as sensor
    from trend_assets.defs.resources import WarehouseResource
    from trend_assets_tests.today import utc_day

    today = utc_day()
    World(items_per_source=12).write(warehouse, today)
    assert materialize(warehouse, today, "core_items", "stretch_items", "source_report", "proofs", "stories").success
    with warehouse.connect() as connection:
        title = connection.execute(
            "SELECT title FROM feed.stories WHERE feed_rank IS NOT NULL ORDER BY feed_rank LIMIT 1"
        ).fetchone()[0]
    word = max(title.split(), key=len).strip(".,!?#")
    (tmp_path / "rising.toml").write_text(
        'title = "Rising"\nchannels = ["mail"]\nmail_to = ["list@x.org"]\n'
        f'[[watches]]\nkind = "word"\nwatched = "{word}"\nevent = "first_ten"\n',
        encoding="utf-8",
    )
    for name, value in {
        "DATABASE_URL": warehouse._url, "NEWSLETTER_DIR": str(tmp_path), "SMTP_URL": inbox.url,
        "SMTP_WITHOUT_TLS": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"TREND_ASSETS_{name}", value)

    def tick() -> str:
        with dg.build_sensor_context(resources={"warehouse": WarehouseResource()}) as context:
            return sensor(context).skip_message

    assert "0 wait for the next look, 0 failed" in tick()
    told = len(inbox.mails)
    assert told >= 1
    assert tick() == "No watch saw anything new."
    assert len(inbox.mails) == told
