"""What a subject looks like: facts, and lists of columns. One template, one JSON body and one CSV show them all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from trend_assets.platforms import shown_platform

NEWEST, SHOWN, DAYS = 500, 100, 60
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a list. `kind`: how it is shown (text, count, signed, share, at, money, platform, link to the
    row's url, or the subject that it names by the row's `of`)."""

    name: str
    label: str
    kind: str = "text"
    of: str = ""


ITS_PAGE = Column("key", "Its own page", "post", "key")
ITS_SOURCE = Column("source", "Source", "source", "source")
ITS_CREATOR = Column("creator", "Creator", "creator", "creator_key")


@dataclass(frozen=True)
class Listing:
    """One list of a subject."""

    name: str
    heading: str
    columns: tuple[Column, ...]
    rows: list[Row]
    empty: str = "Nothing yet."

    @property
    def told(self) -> list[Column]:
        """The columns of which any row knows something, for people: a column of dashes says nothing."""
        return [column for column in self.columns if any(row[column.name] not in (None, "") for row in self.rows)]


@dataclass(frozen=True)
class Subject:
    """What is known of one thing. `lines`: by its label, (day, number) for a plot of its own: one unit each."""

    title: str
    facts: dict[str, Any]
    lists: tuple[Listing, ...]
    is_simulated: bool
    url: str | None = None
    lines: Mapping[str, list[tuple[date, int | None]]] = field(default_factory=dict)


def labels_of(platforms: Iterable[str]) -> str:
    """Platforms as people call them."""
    return ", ".join(shown_platform(name).label for name in platforms)
