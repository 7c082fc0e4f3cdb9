"""The roster of Comets: who is asked for, what came of it, in what state each creator is. Pure.

A state holds since a date: active, quiet (no new video for 30 days), private, gone (deleted or banned), outgrown (more
followers than a Comet has). Nobody is removed. Handles change; user_id does not.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pandas as pd

from trend_assets.domain.feed.frames import frame_of, known_records

State = Literal["active", "quiet", "private", "gone", "outgrown"]

QUIET_DAYS = 30
GONE_DAILY_DAYS = 7
GONE_EVERY_DAYS = 7
"""Who is gone is asked for daily for a week, in case it was a mistake, then weekly: an answer costs money each time."""

_FROM_PROFILE: dict[str, State] = {"private": "private", "gone": "gone", "banned": "gone"}


def is_due(state: str, state_since: date, *, day: date) -> bool:
    """Whether a creator of the roster is asked for on `day`."""
    if state != "gone":
        return True
    age = (day - state_since).days
    return age < GONE_DAILY_DAYS or age % GONE_EVERY_DAYS == 0


def roll_call_wanted(
    roster: Iterable[Mapping[str, Any]], *, day: date, already: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Whose profile the roll call asks for: the roster before the day's end, without who discovery asks for anyway."""
    known = set(already)
    return [
        {"user_id": row["user_id"], "sec_uid": row["sec_uid"], "handle": row["handle"]}
        for row in roster
        if row["user_id"] not in known and is_due(row["state"], row["state_since"], day=day)
    ]


def roll_call(
    *,
    day: date,
    roster: pd.DataFrame,
    discovered: pd.DataFrame,
    profiles: pd.DataFrame,
    candidates: pd.DataFrame,
    previous: pd.DataFrame,
    max_followers: int,
) -> pd.DataFrame:
    """Rows of comets.roll_call: every creator of the roster and everyone accepted on `day`, each judged by itself.

    `roster` is comets.creators with who else is followed, `discovered` the day's bio_check, `profiles` its
    comets.creator_profiles, `candidates` those of the day, `previous` each creator's newest earlier row of the roll
    call."""
    by_profile = {row["user_id"]: row for row in known_records(profiles)}
    by_search = {row["user_id"]: row for row in known_records(candidates)}
    before = {row["user_id"]: row for row in known_records(previous)}
    reached = {row["user_id"]: row for row in known_records(discovered) if row["is_reached"]}
    accepted = {user for user, row in reached.items() if row["verdict"] == "passed"}
    members = {row["user_id"]: row for row in known_records(roster) if _first_day(row) <= day}
    rows = [
        _row(
            user,
            day,
            member=members.get(user),
            profile=by_profile.get(user),
            search=by_search.get(user),
            before=before.get(user),
            by_discovery=user in reached,
            max_followers=max_followers,
        )
        for user in sorted(accepted | members.keys())
    ]
    return frame_of("comets.roll_call", rows)


def _first_day(member: Mapping[str, Any]) -> date:
    seen = member["first_seen"]
    return seen.astimezone(UTC).date() if isinstance(seen, datetime) else date.max


def _row(
    user: str,
    day: date,
    *,
    member: Mapping[str, Any] | None,
    profile: Mapping[str, Any] | None,
    search: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    by_discovery: bool,
    max_followers: int,
) -> dict[str, Any]:
    last_state, last_since = "active", day
    if before is not None:
        last_state, last_since = before["state"], before["state_since"]
    elif member is not None and member["state_since"] <= day:
        last_state, last_since = member["state"], member["state_since"]
    outcome, reason, measured_by = _outcome(profile, search, by_discovery, last_state, last_since, day)
    source = profile if measured_by in ("discovery", "roll_call") else search if measured_by == "search" else None
    videos, videos_since = _videos(profile, before, day)
    state: str = last_state
    if profile is not None and profile["profile_state"] in _FROM_PROFILE:
        state = _FROM_PROFILE[profile["profile_state"]]
    elif source is not None:
        is_quiet = videos_since is not None and day - videos_since >= timedelta(days=QUIET_DAYS)
        # who is only tracked was never a Comet, and cannot outgrow one
        is_comet = member is None or not member["is_tracked_only"]
        state = "outgrown" if is_comet and source["followers"] > max_followers else "quiet" if is_quiet else "active"
    handle = next(
        (row["handle"] for row in (profile, search, before, member) if row is not None and row["handle"]), None
    )
    previous_handle = before["handle"] if before else None
    simulated = next((row for row in (profile, search, before, member) if row is not None), {"is_simulated": False})
    return {
        "observed_date": day,
        "user_id": user,
        "handle": handle,
        "outcome": outcome,
        "reason": reason,
        "measured_by": measured_by,
        "state": state,
        "state_since": last_since if state == last_state else day,
        "previous_state": before["state"] if before else None,
        "previous_handle": previous_handle,
        "is_renamed": bool(previous_handle and handle and previous_handle.casefold() != handle.casefold()),
        "is_state_changed": bool(before and before["state"] != state),
        "videos": videos,
        "videos_since": videos_since,
        "measured_at": source["measured_at"] if source else profile["measured_at"] if profile else None,
        "is_simulated": simulated["is_simulated"],
    }


def _outcome(
    profile: Mapping[str, Any] | None,
    search: Mapping[str, Any] | None,
    by_discovery: bool,
    state: str,
    since: date,
    day: date,
) -> tuple[str, str, str | None]:
    """(outcome, reason, measured_by)."""
    if profile is not None:
        measured = "discovery" if by_discovery else "roll_call"
        if profile["is_suspect"]:
            return "failed", "All numbers of the profile were 0, so they are taken as unknown.", None
        if profile["profile_state"] in _FROM_PROFILE:
            by = measured if profile["followers"] is not None else None
            return "updated", f"The profile is {profile['profile_state']}.", by
        if profile["followers"] is None:
            return "failed", "The profile came without a number of followers.", None
        if by_discovery:
            return "skipped", "Measured that day by discovery.", measured
        return "updated", "Measured by the roll call.", measured
    if search is not None and search["followers"] is not None:
        return "failed", "The profile could not be had; followers are those of the search.", "search"
    if not is_due(state, since, day=day):
        return "skipped", f"Gone since {since}; asked for once a week.", None
    return "failed", "No answer for the profile that day.", None


def _videos(
    profile: Mapping[str, Any] | None, before: Mapping[str, Any] | None, day: date
) -> tuple[int | None, date | None]:
    """The video count and since when it is the same."""
    count = profile["videos"] if profile else None
    if count is None:
        return (before["videos"], before["videos_since"]) if before else (None, None)
    if before is not None and before["videos"] == count and before["videos_since"] is not None:
        return count, before["videos_since"]
    return count, day


def roster_rows(
    *,
    roster: pd.DataFrame,
    called: pd.DataFrame,
    profiles: pd.DataFrame,
    candidates: pd.DataFrame,
    accepted: Collection[str],
) -> pd.DataFrame:
    """Rows to upsert into comets.creators: new creators, and those whom the day knows better than the roster does.
    `accepted` passed every filter layer that day; who else is called is on the roster already, or tracked by a user.

    A day rebuilt later never overwrites what was seen since: only answers newer than `last_updated_at` count."""
    members = {row["user_id"]: row for row in known_records(roster)}
    by_profile = {row["user_id"]: row for row in known_records(profiles)}
    by_search = {row["user_id"]: row for row in known_records(candidates)}
    rows = []
    for row in known_records(called):
        user, member = row["user_id"], members.get(row["user_id"])
        if row["measured_at"] is None or (member is not None and row["measured_at"] <= member["last_updated_at"]):
            continue
        sources = [s for s in (by_profile.get(user), by_search.get(user), member) if s is not None]

        def newest(name: str, sources: Sequence[Mapping[str, Any]] = sources) -> Any:
            return next((source[name] for source in sources if source.get(name) is not None), None)

        search = by_search.get(user)
        rows.append(
            {
                "user_id": user,
                **{name: newest(name) for name in ("sec_uid", "nickname", "avatar_url", "signature")},
                "handle": row["handle"],
                "first_seen": member["first_seen"] if member else row["measured_at"],
                "first_keyword": member["first_keyword"] if member else search["keyword"] if search else None,
                "last_updated_at": row["measured_at"],
                "state": row["state"],
                "state_since": row["state_since"],
                "is_tracked_only": user not in accepted and (member is None or member["is_tracked_only"]),
                "is_simulated": row["is_simulated"],
            }
        )
    return frame_of("comets.creators", rows)


def measured_today(
    *, called: pd.DataFrame, profiles: pd.DataFrame, candidates: pd.DataFrame, roster: pd.DataFrame
) -> pd.DataFrame:
    """Who was measured on the day, with the numbers: what growth is computed from."""
    by_profile = profiles.set_index("user_id")
    by_search = candidates.set_index("user_id")
    first_keyword = roster.set_index("user_id")["first_keyword"] if len(roster) else pd.Series(dtype=object)
    today = called[called["measured_by"].notna()].reset_index(drop=True)
    user = today["user_id"]
    is_search = (today["measured_by"] == "search").to_numpy(dtype=bool)
    numbers = by_profile.reindex(user)
    result = today[["observed_date", "user_id", "handle", "measured_by", "measured_at", "is_simulated"]].copy()
    search_followers = by_search["followers"].reindex(user).to_numpy(dtype=object)
    followers = numbers["followers"].to_numpy(dtype=object, copy=True)
    followers[is_search] = search_followers[is_search]
    result["followers"] = pd.array(followers, dtype="Int64")
    for name in ("hearts", "videos"):
        values = numbers[name].to_numpy(dtype=object, copy=True)
        values[is_search] = None
        result[name] = pd.array(values, dtype="Int64")
    keyword = by_search["keyword"].reindex(user).to_numpy(dtype=object, copy=True)
    first = first_keyword.reindex(user).to_numpy(dtype=object)
    missing = pd.isna(keyword)
    keyword[missing] = first[missing]
    result["source_trend"] = keyword
    return result
