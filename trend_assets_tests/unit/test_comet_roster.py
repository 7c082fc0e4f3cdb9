"""Who is asked for, what came of it, and in what state each creator is."""

from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
import pytest

from trend_assets.domain.comets.roster import is_due, measured_today, roll_call, roll_call_wanted, roster_rows

DAY = date(2026, 3, 10)
NOW = datetime.combine(DAY, time(3), UTC)
BIO = ["user_id", "verdict", "is_reached"]
CANDIDATE = ["user_id", "sec_uid", "handle", "nickname", "signature", "avatar_url", "followers", "keyword", "measured_at", "is_simulated"]  # fmt: skip  # noqa: E501


def member(user="u1", **changes):
    base = {
        "user_id": user, "sec_uid": "s", "handle": "anna", "nickname": "Anna", "avatar_url": None, "signature": None,
        "first_seen": NOW - timedelta(days=90), "first_keyword": "asmr", "last_updated_at": NOW - timedelta(days=1),
        "state": "active", "state_since": DAY - timedelta(days=90), "is_tracked_only": False, "is_simulated": False,
    }  # fmt: skip
    return base | changes


def profile(user="u1", **changes):
    base = {
        "user_id": user, "sec_uid": "s", "handle": "anna", "nickname": "Anna", "signature": "hi", "avatar_url": None,
        "followers": 20_000, "hearts": 5, "videos": 7, "profile_state": "active", "is_suspect": False,
        "measured_at": NOW, "is_simulated": False,
    }  # fmt: skip
    return base | changes


def before(user="u1", **changes):
    base = {
        "user_id": user, "observed_date": DAY - timedelta(days=1), "handle": "anna", "state": "active",
        "state_since": DAY - timedelta(days=90), "videos": 7, "videos_since": DAY - timedelta(days=3),
        "is_simulated": False,
    }  # fmt: skip
    return base | changes


def frame(rows, columns):
    return pd.DataFrame(rows, columns=columns, dtype=object)


def call(*, members=None, profiles=(), previous=None, found=(), discovered=()):
    return roll_call(
        day=DAY,
        roster=frame([member()] if members is None else list(members), list(member())),
        discovered=frame(list(discovered), BIO),
        profiles=frame(list(profiles), list(profile())),
        candidates=frame(list(found), CANDIDATE),
        previous=frame([before()] if previous is None else list(previous), list(before())),
        max_followers=100_000,
    )


def one(**options):
    (row,) = call(**options).to_dict("records")
    return row


def test_a_fresh_profile_is_updated_by_the_roll_call():
    row = one(profiles=[profile()])
    assert (row["outcome"], row["measured_by"], row["state"]) == ("updated", "roll_call", "active")
    assert row["state_since"] == DAY - timedelta(days=90)
    assert not row["is_state_changed"] and not row["is_renamed"]


@pytest.mark.parametrize(("said", "state"), [("private", "private"), ("gone", "gone"), ("banned", "gone")])
def test_private_banned_and_deleted_creators_are_a_state_and_a_date(said, state):
    row = one(profiles=[profile(profile_state=said, followers=None, hearts=None, videos=None, handle=None)])
    assert (row["outcome"], row["state"], row["state_since"], row["is_state_changed"]) == ("updated", state, DAY, True)
    assert row["measured_by"] is None and row["handle"] == "anna"


def test_a_creator_that_comes_back_is_active_since_that_day():
    row = one(profiles=[profile()], previous=[before(state="private", state_since=DAY - timedelta(days=5))])
    assert (row["state"], row["state_since"], row["previous_state"]) == ("active", DAY, "private")


def test_a_rename_is_seen_and_the_creator_stays_the_same():
    row = one(profiles=[profile(handle="anna.new")])
    assert (row["user_id"], row["handle"], row["previous_handle"], row["is_renamed"]) == (
        "u1",
        "anna.new",
        "anna",
        True,
    )


def test_more_followers_than_a_comet_has_is_outgrown_not_gone():
    assert one(profiles=[profile(followers=100_001)])["state"] == "outgrown"
    assert one(profiles=[profile(followers=100_000)])["state"] == "active"


def test_no_new_video_for_30_days_is_quiet_and_a_new_one_wakes_up():
    old = before(videos=7, videos_since=DAY - timedelta(days=30))
    assert one(profiles=[profile(videos=7)], previous=[old])["state"] == "quiet"
    woken = one(profiles=[profile(videos=8)], previous=[old | {"state": "quiet"}])
    assert (woken["state"], woken["videos_since"]) == ("active", DAY)


def test_no_answer_is_failed_and_keeps_the_state():
    row = one()
    assert (row["outcome"], row["state"], row["measured_by"]) == ("failed", "active", None)
    assert pd.isna(row["measured_at"])


def test_a_profile_of_zeros_is_unknown_and_not_a_drop():
    row = one(profiles=[profile(is_suspect=True, followers=None, hearts=None, videos=None)])
    assert (row["outcome"], row["measured_by"], row["state"]) == ("failed", None, "active")


def test_without_a_profile_the_followers_of_the_search_are_used_and_said():
    found = {name: None for name in CANDIDATE} | {
        "user_id": "u1", "handle": "anna", "followers": 30_000, "keyword": "diy", "measured_at": NOW,
        "is_simulated": False,
    }  # fmt: skip
    row = one(found=[found])
    assert (row["outcome"], row["measured_by"]) == ("failed", "search")


def test_who_was_measured_by_discovery_is_skipped_and_one_failure_never_costs_another():
    rows = call(
        members=[member("u1"), member("u2")],
        profiles=[profile("u1"), profile("u3")],
        previous=[],
        discovered=[
            {"user_id": "u1", "verdict": "passed", "is_reached": True},
            {"user_id": "u3", "verdict": "passed", "is_reached": True},
        ],
    ).set_index("user_id")
    assert rows["outcome"].to_dict() == {"u1": "skipped", "u2": "failed", "u3": "skipped"}
    assert rows["measured_by"].to_dict() == {"u1": "discovery", "u2": None, "u3": "discovery"}


def test_who_is_gone_is_asked_for_daily_for_a_week_and_then_weekly():
    since = DAY - timedelta(days=20)
    due = [age for age in range(30) if is_due("gone", since, day=since + timedelta(days=age))]
    assert due == [0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 28]
    assert is_due("private", since, day=DAY) and is_due("outgrown", since, day=DAY)


def test_the_roll_call_asks_for_everybody_whom_discovery_does_not():
    wanted = roll_call_wanted([member("u1"), member("u2")], day=DAY, already=["u2"])
    assert [creator["user_id"] for creator in wanted] == ["u1"]


def test_creators_of_later_days_are_not_on_an_earlier_days_roll():
    assert call(members=[member(first_seen=NOW + timedelta(days=1))], previous=[]).empty


def rows_for(called, *, members=(), profiles=(), found=(), accepted=()):
    return roster_rows(
        roster=frame(list(members), list(member())),
        called=called,
        profiles=frame(list(profiles), list(profile())),
        candidates=frame(list(found), CANDIDATE),
        accepted=set(accepted),
    )


@pytest.mark.parametrize(
    ("was", "passed", "is_only"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_who_is_only_tracked_becomes_a_comet_by_passing_the_layers_and_never_the_other_way(was, passed, is_only):
    called = call(members=[member(is_tracked_only=was)], profiles=[profile()])
    rows = rows_for(called, members=[member(is_tracked_only=was)], profiles=[profile()], accepted=["u1"][:passed])
    assert rows["is_tracked_only"].tolist() == [is_only]


def test_a_tracked_creator_comes_on_the_roster_with_the_first_answer_and_cannot_outgrow_it():
    tracked = member(is_tracked_only=True, state_since=DAY, first_seen=NOW)
    called = call(members=[tracked], previous=[], profiles=[profile(followers=5_000_000)])
    assert called[["outcome", "measured_by", "state"]].to_numpy().tolist() == [["updated", "roll_call", "active"]]
    (row,) = rows_for(called, profiles=[profile(followers=5_000_000)]).to_dict("records")
    assert (row["is_tracked_only"], row["first_seen"], row["first_keyword"]) == (True, NOW, None)


def test_a_rebuilt_old_day_does_not_overwrite_what_was_seen_since():
    called = call(profiles=[profile(handle="old_name")])
    newer = member(handle="new_name", last_updated_at=NOW + timedelta(days=2))
    assert rows_for(called, members=[newer], profiles=[profile(handle="old_name")]).empty
    (row,) = rows_for(called, members=[member()], profiles=[profile(handle="old_name")]).to_dict("records")
    assert (row["handle"], row["last_updated_at"], row["first_keyword"]) == ("old_name", NOW, "asmr")


def test_numbers_of_today_come_from_the_profile_and_the_keyword_from_todays_search_or_the_first():
    called = call(profiles=[profile()])
    today = measured_today(
        called=called,
        profiles=frame([profile()], list(profile())),
        candidates=frame([], CANDIDATE),
        roster=frame([member()], list(member())),
    )
    (row,) = today.to_dict("records")
    assert (row["followers"], row["hearts"], row["videos"], row["source_trend"]) == (20_000, 5, 7, "asmr")


FOUND = dict.fromkeys(CANDIDATE) | {
    "user_id": "u1", "handle": "anna", "nickname": "Ann", "followers": 30_000, "keyword": "diy",
    "measured_at": NOW + timedelta(hours=1), "is_simulated": True,
}  # fmt: skip
EMPTY = {"followers": None, "hearts": None, "videos": None}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"profiles": [profile()]}, ("updated", "Measured by the roll call.", "roll_call", NOW, False)),
        ({"profiles": [profile()], "discovered": [{"user_id": "u1", "verdict": "passed", "is_reached": True}]},
         ("skipped", "Measured that day by discovery.", "discovery", NOW, False)),
        ({"profiles": [profile(is_suspect=True, **EMPTY)]},
         ("failed", "All numbers of the profile were 0, so they are taken as unknown.", None, NOW, False)),
        ({"profiles": [profile(profile_state="private", **EMPTY)]},
         ("updated", "The profile is private.", None, NOW, False)),
        ({"profiles": [profile(profile_state="private")]},
         ("updated", "The profile is private.", "roll_call", NOW, False)),
        ({"profiles": [profile(followers=None, is_simulated=True)]},
         ("failed", "The profile came without a number of followers.", None, NOW, True)),
        ({"found": [FOUND]},
         ("failed", "The profile could not be had; followers are those of the search.", "search",
          FOUND["measured_at"], True)),
        ({"found": [FOUND | {"followers": None}]}, ("failed", "No answer for the profile that day.", None, None, True)),
        ({"previous": [before(state="gone", state_since=DAY - timedelta(days=9))]},
         ("skipped", f"Gone since {DAY - timedelta(days=9)}; asked for once a week.", None, None, False)),
        ({}, ("failed", "No answer for the profile that day.", None, None, False)),
    ],
)  # fmt: skip
def test_every_answer_has_its_outcome_its_reason_and_the_time_of_what_was_measured(given, said):
    row = one(**given)
    measured = None if pd.isna(row["measured_at"]) else row["measured_at"]
    assert (row["outcome"], row["reason"], row["measured_by"], measured, row["is_simulated"]) == said


def test_a_row_of_the_roster_takes_the_profile_first_then_the_search_then_what_it_knew():
    called = call(profiles=[profile(nickname=None, sec_uid=None)], found=[FOUND])
    known = member(avatar_url="https://p/u1")
    (row,) = rows_for(called, members=[known], profiles=[profile(nickname=None, sec_uid=None)], found=[FOUND]).to_dict(
        "records"
    )
    assert row == known | {"nickname": "Ann", "signature": "hi", "last_updated_at": NOW}
    (new,) = rows_for(called, profiles=[profile()], found=[FOUND], accepted=["u1"]).to_dict("records")
    assert new == known | {
        "avatar_url": None, "signature": "hi", "first_seen": NOW, "first_keyword": "diy", "last_updated_at": NOW,
    }  # fmt: skip
