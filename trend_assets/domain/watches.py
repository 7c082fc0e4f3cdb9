"""What somebody wants to be told of, and when a story is that: pure functions on plain rows.

A watch names one thing (a word, hashtag, creator or product) and one event:

    rises            its chance reached `above`
    first_ten        it stands among the first ten of the day
    second_platform  it was seen on a second platform

Each watch tells of a story once; that it is once per channel is kept by the table (`tables/desk.py`).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trend_assets.text import display_text, folded

Kind = Literal["word", "hashtag", "creator", "product"]
Event = Literal["rises", "first_ten", "second_platform"]
KINDS, EVENTS = get_args(Kind), get_args(Event)
FIRST = 10
_WORDS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class Watch(BaseModel):
    """One watch as it is declared, in a newsletter's file or at the desk."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: Kind
    watched: Annotated[str, Field(min_length=1, max_length=80)]
    """The word or words, the hashtag, the creator's handle or id, the product's ASIN or a word of its name."""
    event: Event = "rises"
    above: Annotated[float, Field(ge=0.05, le=0.99)] | None = None
    """For `rises`: the chance from which on it is told; 0.5 unless said."""
    channels: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")], ...] = ()
    """Channels that are told. None: those of the newsletter."""

    @model_validator(mode="after")
    def _means_something(self) -> "Watch":
        if not _bare(self.kind, self.watched):
            raise ValueError(f"“{display_text(self.watched, limit=40)}” is no {self.kind}")
        if self.above is not None and self.event != "rises":
            raise ValueError(f"above is for rises; {self.event} has no chance to reach")
        return self

    @property
    def chance(self) -> float:
        """The chance from which on `rises` tells."""
        return 0.5 if self.above is None else self.above

    def id_in(self, newsletter: str) -> str:
        """The same for the same watch of the same newsletter, however it is written."""
        said = (newsletter, self.kind, _bare(self.kind, self.watched), self.event, f"{self.chance:.2f}")
        return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:24]

    def sentence(self) -> str:
        """What it watches, for people."""
        what = {"word": f"“{self.watched}”", "hashtag": f"#{self.watched.lstrip('#')}"}.get(self.kind, self.watched)
        when = {
            "rises": f"is at least {self.chance:.0%} likely to rise",
            "first_ten": f"enters the first {FIRST}",
            "second_platform": "is seen on a second platform",
        }[self.event]
        return f"{self.kind.capitalize()} {what} {when}"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A story that is what a watch waits for, with the sentence about it."""

    watch_id: str
    story: Mapping[str, Any]
    message: str


def sightings(watches: Mapping[str, Watch], stories: Iterable[Mapping[str, Any]]) -> list[Sighting]:
    """Every watch (by its id) with every story of the day that it tells of, in the stories' order."""
    found = []
    for story in stories:
        says = _Said(story)
        for watch_id, watch in watches.items():
            if _happens(watch, story) and says.is_about(watch):
                found.append(Sighting(watch_id, story, _message(watch, story)))
    return found


class _Said:
    """What a story says of itself, ready to be compared."""

    def __init__(self, story: Mapping[str, Any]) -> None:
        self._story = story
        self._words = [folded(w) for w in _WORDS.findall(" ".join(filter(None, (story["title"], story["text"]))))]
        self._text = f" {' '.join(self._words)} "
        self._whole = folded(" ".join(filter(None, (story["title"], story["text"]))))
        self._tags = {folded(tag) for tag in story["hashtags"] or ()}
        key = (story["creator_key"] or "").partition(":")[2]
        self._creator = {folded(name).lstrip("@") for name in (key, story["creator_handle"]) if name}

    def is_about(self, watch: Watch) -> bool:
        wanted = _bare(watch.kind, watch.watched)
        if watch.kind == "hashtag":
            return wanted in self._tags
        if watch.kind == "creator":
            return wanted in self._creator
        if watch.kind == "product":
            is_product = self._story["platform"] == "amazon"
            return is_product and (wanted == folded(self._story["external_id"]) or self._has_words(wanted))
        return self._has_words(wanted)

    def _has_words(self, wanted: str) -> bool:
        # scripts without spaces have no whole words: there a part of the text is what is meant
        return f" {wanted} " in self._text or (not wanted.isascii() and wanted in self._whole)


def _bare(kind: str, watched: str) -> str:
    """The watched thing in the form in which it is compared; empty when there is nothing in it."""
    text = folded(display_text(watched)).strip()
    if kind == "hashtag":
        return text.lstrip("#＃")
    if kind == "creator":
        return text.lstrip("@")
    return " ".join(_WORDS.findall(text))


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
