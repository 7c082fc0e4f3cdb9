"""Typed rows of creators' profiles: one per creator asked for."""

from typing import Any

from trend_assets.sources import values
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.errors import NotFound
from trend_assets.sources.posts import Tally, first
from trend_assets.sources.providers.tikhub.envelope import (
    AccountHidden,
    document_of,
    first_count,
    images,
    note_staleness,
)
from trend_assets.sources.values import BadValue, Notes

_LARGE = 50
"""Nobody has 50 hearts and 50 videos and no followers."""
_PROFILE_KEY = ("user_id", "sec_uid", "handle")


def parse(answer: Answer) -> Parsed:
    """One row per creator asked for: user_id, sec_uid, handle, nickname, signature, avatar_url, followers, following,
    hearts, videos, state (active, private, gone, banned), is_suspect, requested_handle.

    A creator who is gone, private or banned is a row with that state and unknown numbers, not an error. Numbers that
    are all 0 are how TikTok answers for accounts that it does not want to show: suspect, unknown (NULL)."""
    tally = Tally(what="creator profiles")
    asked = answer.call.params
    if answer.status == 404:
        tally.take(dict(asked), _missing_profile, "gone", key=_PROFILE_KEY)
        return tally.parsed()
    try:
        document = document_of(answer)
    except NotFound as error:
        state = error.state if isinstance(error, AccountHidden) else "gone"
        tally.take(dict(asked), _missing_profile, state, key=_PROFILE_KEY)
        return tally.parsed()
    note_staleness(document, answer, tally.notes)
    user = document["data"].get("user")
    tally.take(user, _profile, asked, tally.notes, key=_PROFILE_KEY)
    return tally.parsed()


def _profile(user: Any, asked: Any, notes: Notes) -> dict[str, Any]:
    if not isinstance(user, dict):
        raise BadValue("It has no object at $.data.user.")
    followers = first_count(user, notes, "follower_count", "mplatform_followers_count")
    hearts = first_count(user, notes, "total_favorited", "favoriting_count")
    videos = first_count(user, notes, "aweme_count", "video_count", "visible_videos_count")
    following = values.count(user.get("following_count"), "following_count", notes)
    is_suspect = not any((followers, hearts, videos)) and 0 in (followers, hearts, videos)
    if is_suspect:
        notes["All numbers of the creator are 0: taken as unknown."] += 1
        followers = hearts = videos = following = None
    else:
        followers, hearts, videos = (
            None if one == 0 and _is_lone(others) else one
            for one, others in (
                (followers, (hearts, videos)),
                (hearts, (followers, videos)),
                (videos, (followers, hearts)),
            )
        )
    avatars = images(user, "avatar_larger", "avatar_300x300", "avatar_medium", "avatar_thumb")
    state = "active"
    if values.flag(user.get("user_canceled")):
        state = "gone"
    elif values.flag(user.get("secret")):
        state = "private"
    return {
        "user_id": values.identifier(user.get("uid"), "uid"),
        "sec_uid": values.optional_identifier(first((user.get("sec_uid"), asked.get("sec_user_id")))),
        "handle": values.handle(user.get("unique_id")),
        "nickname": values.line(user.get("nickname"), "nickname", notes),
        "signature": values.text(user.get("signature"), "signature", notes, limit=2000),
        "avatar_url": avatars[0] if avatars else None,
        "followers": followers,
        "following": following,
        "hearts": hearts,
        "videos": videos,
        "state": state,
        "is_suspect": is_suspect,
        "requested_handle": values.handle(asked.get("unique_id")),
    }


def _is_lone(others: tuple[int | None, int | None]) -> bool:
    """Whether a 0 beside these two large numbers can only mean unknown."""
    return all(other is not None and other >= _LARGE for other in others)


def _missing_profile(asked: Any, state: str) -> dict[str, Any]:
    unknown = ("handle", "nickname", "signature", "avatar_url", "followers", "following", "hearts", "videos")
    return {
        **dict.fromkeys(unknown),
        "user_id": values.optional_identifier(asked.get("user_id")),
        "sec_uid": values.optional_identifier(asked.get("sec_user_id")),
        "state": state,
        "is_suspect": False,
        "requested_handle": values.handle(asked.get("unique_id")),
    }
