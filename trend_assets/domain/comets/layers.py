"""The free layers: platform check (1), pronoun check (2), criteria, each on one creator; pure, a verdict and a reason.

Faces are layer 3 (`trend_assets.faces.verdict`); frames and the order of layers are `candidates.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from trend_assets.domain.comets.words import WordLists, find, first_word
from trend_assets.text import plural

Verdict = Literal["passed", "rejected", "not_judged"]


@dataclass(frozen=True, slots=True)
class PlatformVerdict:
    """Layer 1. `word` of the list, `field` (handle, nickname, bio) and `text` as written, where rejected."""

    verdict: Verdict
    reason: str
    word: str | None = None
    field: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PronounVerdict:
    """Layer 2 on one creator's captions: `passed` are the positions of those that passed."""

    verdict: Verdict
    reason: str
    judged: int
    passed: tuple[int, ...]
    word: str | None = None


def platform_check(
    *, handle: str | None, nickname: str | None = None, bio: str | None = None, lists: WordLists
) -> PlatformVerdict:
    """Layer 1: rejected when handle, nickname or bio names another platform or a clip or fan account.

    Bios and nicknames are prose, handles are often glued together, so only handles are looked at inside a word."""
    fields: Mapping[str, str | None] = {"handle": handle, "nickname": nickname, "bio": bio}
    for field, text in fields.items():
        if text and (match := find(text, lists, is_handle=field == "handle")):
            return PlatformVerdict(
                "rejected", f"The {field} says {match.word!r} ({match.text!r}).", match.word, field, match.text
            )
    read = [field for field, text in fields.items() if text]
    if not read:
        return PlatformVerdict("not_judged", "There is no handle, nickname or bio to read.")
    return PlatformVerdict("passed", f"Nothing listed in {', '.join(read)}.")


def pronoun_check(captions: Sequence[str | None], *, lists: WordLists) -> PronounVerdict:
    """Layer 2: a caption that starts with bro, he, she or they as a word is rejected; the creator is when all
    of its captions are. An empty caption starts with nothing and passes; an unknown one (None) is not judged."""
    passed: list[int] = []
    words: list[str] = []
    for position, caption in enumerate(captions):
        if caption is None:
            continue
        word = first_word(caption)
        if word in lists.pronouns:
            words.append(str(word))
        else:
            passed.append(position)
    judged = len(passed) + len(words)
    first = words[0] if words else None
    if not judged:
        return PronounVerdict("not_judged", "No video has a known caption.", 0, ())
    if not passed:
        return PronounVerdict("rejected", f"Every caption ({judged}) starts like {first!r}.", judged, (), first)
    reason = "No caption starts with a pronoun." if not words else f"{len(passed)} of {judged} captions passed."
    return PronounVerdict("passed", reason, judged, tuple(passed), first)


def criteria_check(
    *, followers: int | None, top_views: int | None, min_followers: int, max_followers: int, min_views: int
) -> tuple[Verdict, str]:
    """min_followers ≤ followers ≤ max_followers and a video with min_views; an unknown number is not judged
    unless the other one rejects already."""
    if followers is not None and not min_followers <= followers <= max_followers:
        side = "fewer than" if followers < min_followers else "more than"
        limit = min_followers if followers < min_followers else max_followers
        return "rejected", f"{plural(followers, 'follower')}, {side} {limit:,}."
    if top_views is not None and top_views < min_views:
        return "rejected", f"The best video has {plural(top_views, 'view')}, fewer than {min_views:,}."
    if followers is None or top_views is None:
        missing = " and ".join(
            name for name, value in (("followers", followers), ("views", top_views)) if value is None
        )
        return "not_judged", f"The number of {missing} is unknown."
    return "passed", f"{plural(followers, 'follower')} and a video with {plural(top_views, 'view')}."
