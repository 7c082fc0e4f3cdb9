"""What editors decide is kept: versions, conflicts, undo, the lock, and what may not be kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from trend_assets.newsletters.desk import picks
from trend_assets.newsletters.desk.picks import Conflict, Edition, Editor, Locked, Refused
from trend_assets.privacy.erase import erase_creator
from trend_assets.privacy.purging import purge_source
from trend_assets.settings import Settings

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ISSUE = Edition("rising", DAY)
ADA, BOB = Editor("ada", NOW), Editor("bob", NOW + timedelta(minutes=1))
HOSTILE = "<script>alert(1)</script>\x00\ud800‮ \"'`=--;/*{{7*7}}"


def story(number=1, **other):
    return {
        "story_id": f"{number:032x}", "source": "reddit_posts", "platform": "reddit", "creator_key": "reddit:t2_abc",
        "title": f"Title {number}", "measured_at": NOW,
    } | other  # fmt: skip


@pytest.fixture
def database(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def change(database, number=1, *, version, by=ADA, action="pick", **changes):
    return picks.change_story(database, ISSUE, story(number), changes, version=version, action=action, editor=by)


def test_a_decision_is_kept_with_who_and_when_and_every_change_has_the_next_version(database):
    assert change(database, state="pick", version=0) == 1
    assert change(database, headline="Mine", version=1, by=BOB) == 2
    (held,) = picks.picks_of(database, ISSUE).values()
    assert (held["state"], held["headline"], held["version"], held["changed_by"]) == ("pick", "Mine", 2, "bob")
    assert change(database, headline="Mine", version=2) == 2, "what changes nothing is no change"
    assert [entry["action"] for entry in picks.history_of(database, ISSUE)] == ["pick", "pick"]


def test_who_comes_second_is_told_what_the_other_did_and_nothing_is_stored(database):
    change(database, state="pick", headline="Ada's words", version=0)
    with pytest.raises(Conflict) as said:
        change(database, state="skip", version=0, by=BOB)
    assert "ada changed “Title 1” at 09:30 UTC (picked it, headline: “Ada's words”)" in str(said.value)
    assert picks.picks_of(database, ISSUE)[story()["story_id"]]["state"] == "pick"


def test_of_many_at_once_exactly_one_wins_each_version(database_url):
    def attempt(number):
        with psycopg.connect(database_url, autocommit=True) as connection:
            try:
                return change(connection, state="pick", note=f"from {number}", version=0, by=Editor(f"e{number}", NOW))
            except Conflict as error:
                return str(error)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    assert outcomes.count(1) == 1
    assert sum("was not stored" in str(said) for said in outcomes) == 7


def test_undo_takes_back_ones_own_changes_one_after_the_other(database):
    change(database, state="pick", version=0)
    change(database, headline="First", version=1, action="words")
    change(database, 2, state="skip", version=0, by=BOB)
    assert "words “Title 1”" in picks.undo(database, ISSUE, editor=ADA)
    assert "pick “Title 1”" in picks.undo(database, ISSUE, editor=ADA)
    assert picks.undo(database, ISSUE, editor=ADA) is None
    held = picks.picks_of(database, ISSUE)
    assert held[story(1)["story_id"]]["state"] is None and held[story(1)["story_id"]]["headline"] is None
    assert held[story(2)["story_id"]]["state"] == "skip", "another's change stays"


def test_undo_of_what_another_changed_since_is_a_conflict(database):
    change(database, state="pick", version=0)
    change(database, state="skip", version=1, by=BOB)
    with pytest.raises(Conflict, match="bob changed “Title 1”"):
        picks.undo(database, ISSUE, editor=ADA)
    assert picks.picks_of(database, ISSUE)[story()["story_id"]]["state"] == "skip"


def test_a_locked_issue_is_not_changed_until_it_is_unlocked(database):
    change(database, state="pick", version=0)
    picks.lock(database, ISSUE, {"stories": [{"story_id": "a", "observed_date": DAY}]}, version=0, editor=BOB)
    for attempt in (
        lambda: change(database, state="skip", version=1),
        lambda: picks.change_issue(database, ISSUE, {"headline": "H"}, version=1, editor=ADA),
        lambda: picks.undo(database, ISSUE, editor=ADA),
        lambda: picks.lock(database, ISSUE, {}, version=1, editor=ADA),
    ):
        with pytest.raises(Locked, match=r"bob locked this issue at 09:31 UTC; nothing was changed\."):
            attempt()
    assert picks.issue_of(database, ISSUE)["locked"] == {"stories": [{"story_id": "a", "observed_date": "2026-11-20"}]}
    picks.unlock(database, ISSUE, editor=ADA)
    assert change(database, state="skip", version=1) == 2


def test_a_snoozed_story_stays_away_until_its_day(database):
    change(database, state="snooze", snoozed_until=DAY + timedelta(days=2), version=0, action="snooze")
    (seen,) = picks.picks_of(database, Edition("rising", DAY + timedelta(days=1))).values()
    assert (seen["state"], seen["version"], seen["snoozed_until"]) == ("snooze", 0, DAY + timedelta(days=2))
    assert picks.picks_of(database, Edition("rising", DAY + timedelta(days=2))) == {}
    assert picks.picks_of(database, Edition("other", DAY + timedelta(days=1))) == {}
    # deciding anew on the later day is that day's own decision
    later = Edition("rising", DAY + timedelta(days=1))
    assert picks.change_story(database, later, story(), {"state": "pick"}, version=0, action="pick", editor=BOB) == 1
    assert picks.picks_of(database, later)[story()["story_id"]]["state"] == "pick"
    assert picks.picks_of(database, ISSUE)[story()["story_id"]]["state"] == "snooze"
    assert "snooze" in picks.undo(database, ISSUE, editor=ADA)


def test_hostile_texts_in_every_field_are_stored_as_text_and_too_long_ones_refused(database):
    words = dict.fromkeys(("headline", "line", "note", "section"), HOSTILE)
    picks.change_story(
        database, ISSUE, story(title=HOSTILE), words | {"section": HOSTILE[:50]}, version=0, action="words", editor=ADA
    )
    picks.change_issue(database, ISSUE, {"headline": HOSTILE, "introduction": HOSTILE}, version=0, editor=ADA)
    held = picks.picks_of(database, ISSUE)[story()["story_id"]]
    for text in (*(held[name] for name in words), held["title"], *(
        picks.issue_of(database, ISSUE)[name] for name in picks.ISSUE_FIELDS
    )):  # fmt: skip
        assert "<script>alert(1)</script>" in text and "\x00" not in text
    for name, limit in picks.LIMITS.items():
        target = picks.change_issue if name == "introduction" else None
        with pytest.raises(Refused, match=f"The {name} has {limit + 1:,} characters; {limit:,} are possible"):
            if target:
                target(database, ISSUE, {name: "x" * (limit + 1)}, version=1, editor=ADA)
            else:
                change(database, version=1, **{name: "x" * (limit + 1)})


def test_decisions_go_with_an_erased_person_and_with_their_sources_terms(database, warehouse, tmp_path):
    change(database, state="pick", version=0)
    other = story(2, creator_key="reddit:t2_other", title="u/someone.else said by @badperson")
    picks.change_story(
        database, ISSUE, other, {"state": "pick", "note": "ask @badperson"}, version=0, action="pick", editor=ADA
    )
    kept = story(3, source="hacker_news", platform="hacker_news", creator_key=None)
    picks.change_story(database, ISSUE, kept, {"state": "pick"}, version=0, action="pick", editor=ADA)
    picks.lock(database, ISSUE, {"stories": [story(1), kept]}, version=0, editor=ADA)
    done = erase_creator(
        warehouse, Settings(_env_file=None, state_dir=tmp_path), platform="reddit", who="badperson", state_dir=tmp_path
    )
    assert done.left == 0
    texts = database.execute("SELECT string_agg(p::text, ' ') FROM desk.picks p").fetchone()[0]
    assert "badperson" not in texts and "[erased]" in texts
    purge_source(warehouse, "reddit_posts", cutoff=NOW + timedelta(days=5), platform="reddit")
    assert [row[0] for row in database.execute("SELECT source FROM desk.picks")] == ["hacker_news"]
    (locked,) = database.execute("SELECT locked FROM desk.issues").fetchone()
    assert [row["source"] for row in locked["stories"]] == ["hacker_news"]
