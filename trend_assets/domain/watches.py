"""When a story is what a watch waits for, and the sentence about it: pure functions on plain rows.

Each watch tells of a story once; that it is once per channel is kept by the table (`tables/desk.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trend_assets.domain.newsletter.watch import FIRST, WORDS, Watch, compared
from trend_assets.platforms import shown_platform
from trend_assets.text import display_text, folded


@dataclass(frozen=True, slots=True)
class Sighting:
    """A story that is what a watch waits for, with the sentence about it."""

    watch_id: str
    story: Mapping[str, Any]
    message: str


def sightings(watches: Mapping[str, Watch], stories: Iterable[Mapping[str, Any]]) -> list[Sighting]:
    """Every watch (by its id) with every story of the day that it tells of, in the stories' order."""
    seen = []
    for story in stories:
        says = _Said(story)
        for watch_id, watch in watches.items():
            if _happens(watch, story) and says.is_about(watch):
                seen.append(Sighting(watch_id, story, _message(watch, story)))
    return seen


class _Said:
    """What a story says of itself, ready to be compared."""

    def __init__(self, story: Mapping[str, Any]) -> None:
        self._story = story
        self._words = [folded(w) for w in WORDS.findall(" ".join(filter(None, (story["title"], story["text"]))))]
        self._text = f" {' '.join(self._words)} "
        self._whole = folded(" ".join(filter(None, (story["title"], story["text"]))))
        self._tags = {folded(tag) for tag in story["hashtags"] or ()}
        key = (story["creator_key"] or "").partition(":")[2]
        self._creator = {folded(name).lstrip("@") for name in (key, story["creator_handle"]) if name}

    def is_about(self, watch: Watch) -> bool:
        wanted = compared(watch.kind, watch.watched)
        if watch.kind == "hashtag":
            return wanted in self._tags
        if watch.kind == "creator":
            return wanted in self._creator
        if watch.kind == "product":
            is_product = shown_platform(self._story["platform"]).kind == "product"
            return is_product and (wanted == folded(self._story["external_id"]) or self._has_words(wanted))
        return self._has_words(wanted)

    def _has_words(self, wanted: str) -> bool:
        # scripts without spaces have no whole words: there a part of the text is what is meant
        return f" {wanted} " in self._text or (not wanted.isascii() and wanted in self._whole)


def _happens(watch: Watch, story: Mapping[str, Any]) -> bool:
    if watch.event == "rises":
        chance = story["chance"]
        return chance is not None and float(chance) >= watch.chance
    if watch.event == "first_ten":
        return story["feed_rank"] is not None and int(story["feed_rank"]) <= FIRST
    return len(story["platforms"]) > 1


def _message(watch: Watch, story: Mapping[str, Any]) -> str:
    title = display_text(str(story["title"]), limit=120)
    why = {
        "rises": lambda: f"is {float(story['chance']):.0%} likely to be among the top tenth in three days",
        "first_ten": lambda: f"is number {story['feed_rank']} of the day",
        "second_platform": lambda: f"is on {' and '.join(sorted(story['platforms']))}",
    }[watch.event]()
    return f"“{title}” {why} ({watch.sentence()[0].lower()}{watch.sentence()[1:]})."
