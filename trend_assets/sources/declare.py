"""What a source and its provider say of themselves: the vocabulary of `source.py` and `provider.py`.

A source is a folder beside this file whose `source.py` has `SOURCE`; `discovery.py` finds them, nothing lists them.
What is asked and how answers are read belongs to the folder's `collect.py` and `parse.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from trend_assets.sources.call import (
    Answer,
    Call,
    Collect,
    CollectContext,
    CollectReport,
    FoundRun,
    Obtain,
    Parse,
    Parsed,
)
from trend_assets.sources.exports import Export
from trend_assets.sources.marks import Mark
from trend_assets.sources.options import OptionsModel, variable_of_option
from trend_assets.tables.columns import CAPTURE_COLUMNS, LIST_COLUMNS, POST_COLUMNS, daily
from trend_assets.tables.model import Column, Table

if TYPE_CHECKING:
    from trend_assets.sources.http import Connection

Tier = Literal["core", "stretch", "own"]
History = Literal["now", "range"]
Role = Literal[
    "posts", "search_words", "creator_search", "covers", "profiles", "panel", "channel_search", "handle_lookup",
    "own_files", "writer",
]  # fmt: skip
"""What the rest of the house takes from a source: `posts` are a list for the feed; `search_words` are searched for by
`creator_search`, whose creators are judged with `covers` and `profiles`; a `panel` measures known items again;
`channel_search` and `handle_lookup` answer competitor requests; `own_files` come from the user and ask nobody; the
`writer` puts our own figures into sentences."""

Scoring = Literal["growth", "list", "position", "own"]
"""What ranks a source's items: their growth, the other items of their list, the places that they gained, or a score
that its rows bring (`own_score` says in which columns)."""

LISTS: tuple[Role, ...] = ("posts", "search_words", "creator_search")
"""Roles with typed rows that a collection of the day brings."""


A_NAME = "a lower-case identifier of at most 40 letters a-z, digits and _, and no word of Python's"


def is_name(name: object) -> bool:
    """Whether it can be a source's or a provider's: that becomes a module, a table, assets and part of variables."""
    return isinstance(name, str) and bool(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name)) and not iskeyword(name)


class Client(Protocol):
    """What every provider's client can do."""

    def execute(self, call: Call) -> Answer:
        """Make the call and return its verbatim answer. Raises a SourceError subclass."""

    def close(self) -> None:
        """Close connections."""


@runtime_checkable
class FindsRuns(Protocol):
    """A client whose provider tells what became of a paid start, by its marker."""

    def find_run(self, marker: str, *, since: datetime) -> FoundRun | None:
        """The run of a start made at or after `since`, None when there certainly is none. Raises SourceError."""


@runtime_checkable
class KnowsBalance(Protocol):
    """A client whose provider tells what is left on the account."""

    def balance_usd(self) -> float:
        """What is left, USD. Raises SourceError."""


def client_in(module: str, name: str) -> Callable[["Connection", Any], Client]:
    """The client of that name, whose module (and with it the HTTP library) is imported when one is made: the graph
    loads without it."""
    return lambda connection, options: getattr(import_module(module), name)(connection, options)


JSON_CLIENT = client_in("trend_assets.sources.json_client", "JsonClient")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Provider:
    """Whom sources ask. `gives` says what for; `options` are what can be set for it, of which `keys` are its key (none:
    no key is needed) and `key_from` says where to get one; `client` makes its client from a connection and its options
    (by default one that does for plain JSON APIs).

    The option `url` is its live address. `rate_per_second` and `budget_usd` are options too; `quotas` names the option
    that limits a counted bucket, by bucket, and `quota_zone` is where those begin anew."""

    name: str
    title: str
    gives: str
    client: Callable[["Connection", Any], Client] = JSON_CLIENT
    options: type[OptionsModel] = OptionsModel
    keys: tuple[str, ...] = ()
    key_from: str = ""
    quotas: Mapping[str, str] = field(default_factory=dict)
    quota_zone: str = "UTC"
    brings_data: bool = True
    """False: it is only told our figures. It is off without its key, unless the sandbox stands in for everybody."""
    lives_with: str = ""
    """Name of the provider whose answers hold the addresses that this one fetches: it is simulated when that one is."""

    @property
    def has_account(self) -> bool:
        """Whether it is a service of its own, with an address that its options know."""
        return not self.lives_with

    @property
    def key(self) -> str:
        """The variables of its key, as text."""
        return " and ".join(variable_of_option(self.name, self.options, name) for name in self.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a provider lets us do with a source's data, as data; enforced by retention, scores, feed and doctor.

    `retention_days`: how long it may stay after it was fetched, None as long as you like; `may_derive`: may numbers be
    computed from its statistics; `may_blend`: may its items be ranked with those of others; `must_delete`: must what
    its creator deletes there go here too; `platform`: whose items it gives, where there is a retention: what was
    computed from them goes with them; `acceptance`: an option of the provider
    that turns may_derive and may_blend on; `pictures`: may an item's picture be shown in an issue, from the platform's
    own public address (unknown is no)."""

    note: str
    reference: str
    retention_days: int | None = None
    may_derive: bool = True
    may_blend: bool = True
    must_delete: bool = True
    platform: str = ""
    acceptance: str = ""
    pictures: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one collection costs at most by the settings: USD, and calls of a counted quota by its bucket."""

    usd: float = 0.0
    calls: Mapping[str, int] = field(default_factory=dict)


def _asks_nobody(obtain: Obtain, context: CollectContext) -> CollectReport:
    raise ValueError("This source asks no provider.")


def _answers_nothing(answer: Answer) -> Parsed:
    raise ValueError("This source has no answers of a provider.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletions:
    """How a source learns what was deleted at its `platform`: `find_gone` asks by id, `without` takes posts out of a
    stored answer."""

    platform: str
    find_gone: Callable[[Obtain, Sequence[str]], set[str]]
    without: Callable[[bytes, set[str]], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What a panel measures again: items of `platform`, asked for by the column `by`; `affords` says how many a day by
    the options of the source and its provider, and the price of one (USD)."""

    platform: str
    by: Literal["external_id", "url"]
    affords: Callable[[Any, Any], tuple[int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnScore:
    """A score that a source's rows bring themselves, as names of columns of its table: the score, what it compares with
    and how many measurements that rests on. For sources whose numbers are not counts that grow (views of one day):
    they are ordered by it, and no growth is measured. Such rows leave `views` and `likes` unknown."""

    score: str
    baseline: str
    baseline_items: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.score, self.baseline, self.baseline_items)


@dataclass(frozen=True, slots=True)
class Newest:
    """One thing that is stored already: the `columns` of the newest row that knows one of them, of the source with
    `role` (of those, the one that asks the same provider), as a mapping by the names that `collect` calls them; as a
    value where there is one column without a name ('')."""

    role: Role
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """One source. `options` are what can be set for it; `short_title` is its name in the feed; `needs` are the names in
    `CollectContext.inputs`, `tries` what a trial asks about in their place; `weight` its part in the merged feed;
    `never_empty`: a collection without items is a failure (`capture/collect.py`);
    `watched` the columns whose share of unknown values is compared with the days before; `exports` are files that
    people have of its platform."""

    name: str
    title: str
    tier: Tier
    history: History
    terms: Terms
    provider: Provider | None = None
    collect: Collect = _asks_nobody
    parse: Parse = _answers_nothing
    role: Role = "posts"
    short_title: str = ""
    table: Table | None = None
    weight: float = 1.0
    never_empty: bool = False
    needs: tuple[str, ...] = ()
    tries: Mapping[str, Any] = field(default_factory=dict)
    watched: tuple[str, ...] = ()
    scoring: Scoring = "growth"
    panel: Panel | None = None
    own_score: OwnScore | None = None
    deletions: Deletions | None = None
    exports: tuple[Export, ...] = ()
    marks: tuple[Mark, ...] = ()
    options: type[OptionsModel] = OptionsModel
    estimate: Callable[[Any, Any], Estimate] = lambda options, provider: Estimate()
    """What a collection costs at most by its options and its provider's."""

    @property
    def provider_name(self) -> str:
        """The name of the provider; empty for the user's own files."""
        return self.provider.name if self.provider else ""


def posts_table(name: str, *, grain: str, description: str, extra: tuple[Column, ...] = ()) -> Table:
    """The table of a source of posts: the columns that all share, and those that only it has."""
    return daily(
        "source",
        name,
        grain=grain,
        description=description,
        columns=(*POST_COLUMNS, *LIST_COLUMNS, *extra, *CAPTURE_COLUMNS),
        key=("collected_at", "list_name", "platform", "external_id"),
        upstream=(f"capture.{name}",),
        person_columns=("creator_id", "creator_handle"),
    )
