"""A watch as it is declared, in a newsletter's file or at the desk: one thing and one event.

    rises            its chance reached `above`
    first_ten        it stands among the first ten of the day
    second_platform  it was seen on a second platform

When a story is that belongs to `domain/watches.py`.
"""

import hashlib
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trend_assets.text import display_text, folded

Kind = Literal["word", "hashtag", "creator", "product"]
Event = Literal["rises", "first_ten", "second_platform"]
FIRST = 10
WORDS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


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
        if not compared(self.kind, self.watched):
            raise ValueError(f"“{display_text(self.watched, limit=40)}” is not a {self.kind}")
        if self.above is not None and self.event != "rises":
            raise ValueError(f"above is for rises; {self.event} has no chance to reach")
        return self

    @property
    def chance(self) -> float:
        """The chance from which on `rises` tells."""
        return 0.5 if self.above is None else self.above

    def id_in(self, newsletter: str) -> str:
        """The same for the same watch of the same newsletter, however it is written."""
        parts = (newsletter, self.kind, compared(self.kind, self.watched), self.event, f"{self.chance:.2f}")
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]

    def sentence(self) -> str:
        """What it watches, for people."""
        what = {"word": f"“{self.watched}”", "hashtag": f"#{self.watched.lstrip('#')}"}.get(self.kind, self.watched)
        when = {
            "rises": f"is at least {self.chance:.0%} likely to rise",
            "first_ten": f"enters the first {FIRST}",
            "second_platform": "is seen on a second platform",
        }[self.event]
        return f"{self.kind.capitalize()} {what} {when}"


def compared(kind: str, watched: str) -> str:
    """The watched thing in the form in which it is compared; empty when there is nothing in it."""
    text = folded(display_text(watched)).strip()
    if kind == "hashtag":
        return text.lstrip("#＃")
    if kind == "creator":
        return text.lstrip("@")
    return " ".join(WORDS.findall(text))
