"""The one normalised post of every platform, and the tally that turns a list of items into rows without losing one.

Provider words stop before `Post`; the columns are those of the warehouse (a test compares the two). Paging and HTTP
do not belong here.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from trend_assets.platforms import platform_named
from trend_assets.sources.call import Parsed, Quarantined
from trend_assets.sources.errors import SchemaDrift
from trend_assets.sources.values import BadNumber, BadValue, ErrorRow, Notes, identifier
from trend_assets.text import is_blank, read_entities

RAW_LIMIT = 20_000
# X writes the address of the whole post behind a cut one
_CUT = re.compile(r"(?:…|\.\.\.)(?:\s*https://t\.co/\w+)?$")
DRIFT_SHARE = 0.2
DRIFT_ITEMS = 3
"""More than a fifth of the items, and at least three, without the agreed shape: then it is not an odd item any more."""

SILENT_ROWS = 5
"""So many rows without any count are not odd items any more."""

ALL_COUNTS = ("views", "likes", "comments", "shares", "saves", "quotes")


@dataclass(slots=True, kw_only=True)
class Post:
    """One post, video or product as observed once. Unknown is None, never 0; what the platform's API does not expose
    at all is named in `metrics_unavailable`."""

    platform: str
    external_id: str
    kind: str
    list_name: str
    list_rank: int | None = None
    title: str | None = None
    description: str | None = None
    language: str | None = None
    creator_id: str | None = None
    creator_handle: str | None = None
    creator_name: str | None = None
    creator_followers: int | None = None
    url: str | None = None
    cover_url: str | None = None
    hashtags: list[str] | None = None
    sound: str | None = None
    duration_seconds: float | None = None
    posted_at: datetime | None = None
    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    quotes: int | None = None
    metrics_unavailable: list[str] | None = None
    is_sponsored: bool | None = None
    is_over_18: bool | None = None

    def row(self, **extra: Any) -> dict[str, Any]:
        """The post by column name, with the columns that only its source has. Raises BadValue for an id that is none
        of its platform, and where nothing but the id is known: such an item has another shape than the agreed one."""
        columns = {name: getattr(self, name) for name in _FIELDS}
        columns["external_id"] = item_id(self.platform, self.external_id)
        has_counts = not set(ALL_COUNTS) <= set(self.metrics_unavailable or ())
        if has_counts and all(columns[name] is None for name in _TELLING):
            raise BadValue("It has an id and nothing else that we know: another shape than the agreed one.")
        columns.update(extra)
        return columns


_FIELDS = tuple(field.name for field in fields(Post))
_TELLING = ("title", "description", "creator_id", "creator_handle", "cover_url", "views", "likes", "comments", "shares")


def item_id(platform: str, value: Any, name: str = "id") -> str:
    """An item's id as its platform writes it; the id in an address. Raises BadValue for what has another shape: an id
    that a spreadsheet made a number of, a list, a name."""
    written = identifier(value, name)
    row = platform_named(platform)
    if row is None:
        return written  # a new source whose platform has no row yet
    known = row.item_id(written)
    if known is None:
        raise BadValue(f"{name} is {written[:40]!r}: an id of {row.label} is {row.id_words}.")
    return known


class OtherCard(BadValue):
    """The item is another kind of thing than the list is asked for (a live room among videos): set aside, and no change
    of shape as long as there are items of the kind."""


class Tally:
    """Turns items into rows and keeps count: received == rows + duplicates + quarantined, whatever the items are.

    tally = Tally(what="videos of a TikHub search")
    for item in items:
        tally.take(item, build_row, tally.notes, …)   # build_row(item, tally.notes, …) -> dict, or BadValue
    return tally.parsed()
    """

    def __init__(self, *, what: str) -> None:
        self.what = what
        self.notes: Notes = Notes()
        self.rows: list[dict[str, Any]] = []
        self.quarantined: list[Quarantined] = []
        self.duplicates = 0
        self._seen: set[tuple[Any, ...]] = set()
        self._drifted = 0
        self._others = 0
        self._first_drift = ""

    def take(
        self,
        item: Any,
        build: Callable[..., dict[str, Any]],
        *args: Any,
        key: tuple[str, ...] = ("list_name", "external_id"),
        **kwargs: Any,
    ) -> None:
        """Build one row (`build(item, *args, **kwargs)`); a repeat is counted, a BadValue sets the item aside."""
        try:
            row = build(item, *args, **kwargs)
        except OtherCard as error:
            self.quarantined.append(Quarantined(str(error), raw_text(item)))
            self._others += 1
        except (ErrorRow, BadNumber) as error:
            self.quarantined.append(Quarantined(str(error), raw_text(item)))
        except BadValue as error:
            self.quarantined.append(Quarantined(str(error), raw_text(item)))
            self._drifted += 1
            self._first_drift = self._first_drift or str(error)
        else:
            identity = tuple(row.get(name) for name in key)
            if identity in self._seen:
                self.duplicates += 1
            else:
                self._seen.add(identity)
                self.rows.append(row)

    @property
    def received(self) -> int:
        return len(self.rows) + self.duplicates + len(self.quarantined)

    def parsed(self) -> Parsed:
        """What was held. Raises SchemaDrift when more than a fifth of the items of the kind do not have the agreed
        shape, when none is of the kind, and when no count of any is known although its platform shows some."""
        if self._others >= DRIFT_ITEMS and self._others == self.received:
            raise SchemaDrift(
                f"None of {self.received} {self.what} is of the kind that was asked for: "
                f"{self.quarantined[0].reason} Compare a capture with the source's README."
            )
        if len(self.rows) >= SILENT_ROWS and all(map(_has_no_count, self.rows)):
            raise SchemaDrift(
                f"No count of any of {len(self.rows)} {self.what} is known, and there should be some. "
                "Compare a capture with the source's README, then adapt its parser."
            )
        if self._drifted >= DRIFT_ITEMS and self._drifted > DRIFT_SHARE * (self.received - self._others):
            raise SchemaDrift(
                f"{self._drifted} of {self.received} {self.what} do not have the agreed shape, first: "
                f"{self._first_drift} Compare a capture with the source's README, then adapt its parser."
            )
        return Parsed(
            rows=self.rows,
            received=self.received,
            duplicates=self.duplicates,
            quarantined=self.quarantined,
            notes=[f"{sentence} ({times}×)" for sentence, times in sorted(self.notes.items())],
        )


def _has_no_count(row: dict[str, Any]) -> bool:
    """Whether a row could have counts and has none. Reposts have none of their own."""
    counted = [name for name in ALL_COUNTS if name in row and name not in (row.get("metrics_unavailable") or ())]
    return bool(counted) and not row.get("is_retweet") and all(row[name] is None for name in counted)


def raw_text(item: Any) -> str:
    """An item as text for the quarantine, cut to 20,000 characters."""
    try:
        return json.dumps(item, ensure_ascii=True, default=str)[:RAW_LIMIT]
    except (ValueError, RecursionError):
        return f"{type(item).__name__} that cannot be written as JSON"


def require_list(value: Any, path: str, *, what: str, provider: str) -> list[Any]:
    """A list, or SchemaDrift naming the JSON path."""
    if isinstance(value, list):
        return value
    kind = "null" if value is None else type(value).__name__
    raise SchemaDrift(
        f"{what} has {kind} at {path} where a list was agreed; compare the capture with the provider's "
        "documentation and adapt the parser.",
        provider=provider,
    )


def first(values: Iterable[Any]) -> Any:
    """The first value that is not None, else None."""
    return next((value for value in values if value is not None), None)


def views_beside(views: int | None, likes: int | None, notes: Notes) -> int | None:
    """Views of 0 beside likes are how platforms answer where they do not count views (photo posts): unknown."""
    if views == 0 and likes:
        notes["views are 0 beside likes: taken as unknown."] += 1
        return None
    return views


def telling(*values: Any) -> Any:
    """The first value that says something: not None, not blank, not empty; else None."""
    return next(
        (
            value
            for value in values
            if not (value is None or value in ({}, []) or (isinstance(value, str) and is_blank(value)))
        ),
        None,
    )


def fullest(*forms: Any) -> str | None:
    """The form of a text that says most: providers send a whole and a cut one, and which field holds which has changed.
    A form that ends with "…" is as long as what stands before it."""
    texts = [form for form in forms if isinstance(form, str) and not is_blank(form)]
    return max(texts, key=_length_of, default=None)


def _length_of(form: str) -> tuple[int, bool]:
    bare = read_entities(form).rstrip()
    whole = _CUT.sub("", bare).rstrip()
    return len(whole), whole == bare
