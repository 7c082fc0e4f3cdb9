"""What a newsletter says of itself: the words of a `newsletters/*.toml` file, and one sentence for each wrong one.

Which files there are belongs to `discovery.py`, which stories an issue gets to `domain/newsletter/compose.py`.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from trend_assets.domain.newsletter.watch import Watch
from trend_assets.platforms import PLATFORMS
from trend_assets.text import MAIL_ADDRESS

Cadence = Literal["daily", "weekdays", "weekly"]
MAIL = "mail"
"""The channel that is a mail over TREND_ASSETS_SMTP_URL; every other name stands for TREND_ASSETS_CHANNEL_<NAME>."""
UNKNOWN_LANGUAGE = "unknown"
NAME = r"^[a-z][a-z0-9-]{0,39}$"
Word = Annotated[str, Field(min_length=1, max_length=80)]
Title = Annotated[str, Field(min_length=1, max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Subject(_Strict):
    """A section of an issue. A story belongs to the first section of which a hashtag, or a word of its title, text or
    category, fits; `*` at the end of a word stands for any ending, at its beginning for any beginning."""

    title: Title
    hashtags: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()


class Newsletter(_Strict):
    """One newsletter: whom it is for, what goes into it, and when it goes out."""

    name: Annotated[str, Field(pattern=NAME)]
    """Its name in addresses and commands; the file's own name by default."""
    title: Title
    """What readers call it."""
    description: Annotated[str, Field(max_length=200)] = ""
    """Whom it is for, in a sentence."""
    sources: Mapping[str, Annotated[float, Field(ge=0, le=10)]] = {}
    """Sources with their weight in this newsletter (1 changes nothing, 0 leaves it out). None: all of them."""
    platforms: tuple[str, ...] = ()
    """Only stories that lead on these platforms. None: all."""
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$|^unknown$")], ...] = ()
    """Only stories in these languages, `unknown` for those that do not say theirs. None: all."""
    words_in: tuple[Word, ...] = ()
    """Only stories with one of these words or one of `hashtags_in`."""
    words_out: tuple[Word, ...] = ()
    """Never stories with one of these words."""
    hashtags_in: tuple[Word, ...] = ()
    hashtags_out: tuple[Word, ...] = ()
    adult: bool = False
    """Whether stories that their platform marks as for adults may be in it."""
    size: Annotated[int, Field(ge=1, le=15)] = 12
    """Most stories in the sections."""
    radar: Annotated[int, Field(ge=0, le=5)] = 3
    """Most stories under "New on the radar": measured once so far."""
    creators: Annotated[int, Field(ge=0, le=3)] = 0
    """Most stories under each of two questions about creators: what leaps, and what leaves its creator's range."""
    learned_order: Literal["auto", "off"] = "auto"
    """Whether an order learned from what editors pick and skip may order it: `auto` once it has won for four weeks."""
    rewrite: bool = False
    """Whether a language model may put the headline and the introduction into its own words, where LLM_API_KEY is set.
    What it writes is checked against the figures, and set aside where it says anything else."""
    sections: tuple[Subject, ...] = ()
    """Sections by subject, in the order in which they are looked through."""
    pictures: bool = False
    """Whether stories show a picture, where the terms of their source allow it."""
    cadence: Cadence = "daily"
    weekday: Annotated[int, Field(ge=1, le=7)] = 1
    """The day of a weekly one, 1 is Monday."""
    hour: Annotated[int, Field(ge=0, le=23)] = 7
    """UTC hour at which it goes out."""
    channels: tuple[Annotated[str, Field(pattern=NAME)], ...] = ()
    """Where it goes: `mail`, or a name whose address (Slack, Telegram, Teams, a webhook, …) is in
    TREND_ASSETS_CHANNEL_<NAME>. None: it is made, and goes nowhere by itself."""
    mail_to: tuple[Annotated[str, Field(pattern=f"^{MAIL_ADDRESS}$", max_length=254)], ...] = ()
    """Who gets the mail; a list's address as a rule."""
    editors: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = ()
    """Users who may edit it at the desk. None: everybody with a key."""
    watches: tuple[Watch, ...] = ()
    """What its channels are told of during the day; more are made at the desk."""
    unsubscribe: Annotated[str, Field(pattern=r"^(https://|mailto:)[^\s<>]+$")] | None = None
    """Address for List-Unsubscribe. None: a mail to the sender."""

    @field_validator("platforms")
    @classmethod
    def _known_platforms(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in PLATFORMS:
                raise ValueError(f"{name} is not a platform{_meant(name, PLATFORMS)}")
        return value

    @field_validator("channels")
    @classmethod
    def _channels_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if value.count(name) > 1:
                raise ValueError(f"{name} stands there twice")
        return value

    def may_be_edited_by(self, user: str) -> bool:
        """Whether a user may edit it at the desk."""
        return not self.editors or user in self.editors

    def goes_out_on(self, day: date) -> bool:
        """Whether the cadence has an issue of this day delivered."""
        if self.cadence == "daily":
            return True
        return day.isoweekday() <= 5 if self.cadence == "weekdays" else day.isoweekday() == self.weekday


class NewsletterError(ValueError):
    """A newsletter's file is wrong; the message is a sentence that names the file, the word and what to do."""


def read_newsletter(text: str, *, file: str, stem: str, sources: Iterable[str]) -> Newsletter:
    """The newsletter that a file's text declares. Raises NewsletterError with one sentence per fault."""
    try:
        declared = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NewsletterError(f"{file} is not TOML ({error}); correct it.") from None
    try:
        newsletter = Newsletter.model_validate({"name": stem, **declared})
    except ValidationError as error:
        raise NewsletterError(" ".join(f"{file}: {_sentence(fault)}" for fault in error.errors())) from None
    known = list(sources)
    for name in newsletter.sources:
        if name not in known:
            raise NewsletterError(f"{file}: there is no source {name}{_meant(name, known)}.")
    return newsletter


def _sentence(fault: Any) -> str:
    place = [str(part) for part in fault["loc"]]
    where = ".".join(place)
    if fault["type"] == "extra_forbidden":
        model = Subject if place[0] == "sections" else Newsletter
        return f"{where} is not a word of a newsletter's file{_meant(place[-1], model.model_fields)}; remove it."
    if fault["type"] == "missing":
        return f"{where} is missing; add it."
    reason = re.sub(r"^Value error, ", "", fault["msg"])
    given = fault["input"]
    shown = f" (it says {given!r})" if isinstance(given, str | int | float | bool) and len(str(given)) <= 80 else ""
    return f"{where}{shown}: {reason[:1].lower()}{reason[1:]}."


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(known))}"
