"""What a subject looks like: facts, and lists of columns. One template, one JSON body and one CSV show them all."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

NEWEST, SHOWN, DAYS = 500, 100, 60
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a list. `kind`: how it is shown (text, count, signed, share, at, money, link to the row's url, or
    the subject that it names by the row's `of`)."""

    name: str
    label: str
    kind: str = "text"
    of: str = ""


@dataclass(frozen=True)
class Listing:
    """One list of a subject."""

    name: str
    heading: str
    columns: tuple[Column, ...]
    rows: list[Row]
    empty: str = "Nothing yet."


@dataclass(frozen=True)
class Subject:
    """What is known of one thing. `line`: (day, number) for a plot, with its label."""

    title: str
    facts: dict[str, Any]
    lists: tuple[Listing, ...]
    is_simulated: bool
    url: str | None = None
    line: list[tuple[date, int | None]] = field(default_factory=list)
    line_label: str = "Views"
