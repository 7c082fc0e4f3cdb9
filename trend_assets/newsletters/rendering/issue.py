"""The issue as plain values, ready for every format.

    feed.newsletter_stories + feed.source_report ─▶ Issue ─▶ html · text · markdown · json_feed · atom · csv · parquet

An item that cannot be shown is set aside with its reason and never costs the others their place.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from trend_assets.domain.newsletter.compose import APART
from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.domain.newsletter.summary import facts_of, headline_of, sentences_of
from trend_assets.domain.numbers import clock, long_date, missing
from trend_assets.newsletters.discovery import DEFAULT, address_of
from trend_assets.newsletters.rendering.views import (
    NAMESPACE,
    BadItem,
    ItemView,
    Proof,
    SourceView,
    item_view,
    listed_view,
    moment,
    source_view,
)
from trend_assets.text import display_text, plural

SIMULATED = "Simulated data: creators, posts and numbers come from the bundled sandbox, not from any platform."


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section with its items."""

    title: str
    items: tuple[ItemView, ...]

    @property
    def is_short(self) -> bool:
        """A line per story: what is no subject's has little to say, or one thing."""
        return self.title in APART


@dataclass(frozen=True, slots=True)
class ListedView:
    """A source whose terms forbid ranking it with others: its first items in its provider's own order."""

    title: str
    reason: str
    items: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """An item that could not be shown, and why."""

    story_id: str
    reason: str


@dataclass(frozen=True)
class Issue:
    """One day's issue."""

    day: date
    issue_id: str
    feed_id: str
    """One per newsletter for ever, whose issues change: a reader that knows it finds the new day's entries under it."""
    newsletter: str
    name: str
    title: str
    subject: str
    headline: str
    lead: tuple[str, ...]
    told: tuple[str, ...]
    """What a language model is told of the day."""
    record: str
    preheader: str
    long_date: str
    as_of: datetime
    as_of_text: str
    is_quiet: bool
    quiet_note: str
    is_simulated: bool
    simulated_note: str
    sources: tuple[SourceView, ...]
    sections: tuple[SectionView, ...]
    listed: tuple[ListedView, ...]
    url: str
    latest_url: str
    """The newest issue's address without its ending (`.atom`, `.json`, …): what a subscription holds."""
    home_url: str
    details_url: str
    """Page with everything that the figures rest on."""
    set_aside: tuple[SetAside, ...] = field(default=())
    written_by: str = ""
    """The language model that wrote headline and introduction; empty: they are computed, or an editor's."""

    @property
    def written_by_note(self) -> str:
        return f"Headline and introduction were put into words by {self.written_by}, from the figures below."

    @property
    def description(self) -> str:
        """What a feed says of itself: whether it is simulated, its title, its lead."""
        simulated = self.simulated_note if self.is_simulated else ""
        return " ".join(filter(None, [simulated, f"{self.title}.", self.quiet_note or " ".join(self.lead)]))

    @property
    def items(self) -> list[ItemView]:
        """All items in the order of the feed."""
        return sorted((item for section in self.sections for item in section.items), key=lambda item: item.rank)

    @property
    def failed(self) -> list[SourceView]:
        return [source for source in self.sources if source.status == "failed"]

    @property
    def troubled(self) -> list[SourceView]:
        """Sources that did not bring all of their data, and say why."""
        return [source for source in self.sources if source.status != "succeeded" and source.reason]

    @property
    def worked(self) -> list[SourceView]:
        return [source for source in self.sources if source.status in ("succeeded", "partial")]


def build_issue(
    newsletter: Newsletter,
    rows: Sequence[Mapping[str, Any]],
    report: Sequence[Mapping[str, Any]],
    *,
    day: date,
    public_url: str,
    quiet_below: int,
    listed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    record: str = "",
) -> Issue:
    """The issue of a newsletter's day from the rows of `feed.newsletter_stories` and `feed.source_report`.

    `quiet_below`: with fewer items it is a quiet day. `listed`: rows (title, url, creator_handle, platform) of sources
    that may not be blended. `record`: how good earlier issues were, in a sentence. Times come from the rows
    only, so the same rows give the same issue."""
    home = public_url.rstrip("/")
    views, told, set_aside = _shown(rows)
    views = _placed(views, home)
    sources = tuple(sorted(map(source_view, report), key=lambda source: (source.tier != "core", source.title)))
    as_of = _newest(views, report, day)
    worked = sum(source.status in ("succeeded", "partial") for source in sources)
    asked = sum(source.status != "skipped" for source in sources)
    is_quiet = len(views) < quiet_below
    headline = headline_of(told)
    latest, dated = (home + address_of(newsletter.name, what) for what in ("latest", day))
    return Issue(
        day=day,
        issue_id=f"urn:uuid:{uuid.uuid5(NAMESPACE, _of(newsletter) + day.isoformat())}",
        feed_id=f"urn:uuid:{uuid.uuid5(NAMESPACE, _of(newsletter) + 'feed')}",
        newsletter=newsletter.name,
        name=newsletter.title,
        title=f"{newsletter.title}, {long_date(day)}",
        subject=subject_line(day, headline, is_quiet=is_quiet),
        headline=headline,
        lead=sentences_of(told, worked=worked, asked=asked),
        told=facts_of(told, worked=worked, asked=asked),
        record=record,
        preheader=(
            f"{plural(len(views), 'story')}, chosen from {worked} of {plural(asked, 'source')}, as of {clock(as_of)}."
        ),
        long_date=long_date(day),
        as_of=as_of,
        as_of_text=clock(as_of),
        is_quiet=is_quiet,
        quiet_note=_quiet_note(len(views)) if is_quiet else "",
        is_simulated=any(item.is_simulated for item in views) or any(bool(row.get("is_simulated")) for row in report),
        simulated_note=SIMULATED,
        sources=sources,
        sections=tuple(
            SectionView(title, tuple(item for item in views if item.section == title))
            for title in dict.fromkeys(item.section for item in views)
        ),
        listed=tuple(
            ListedView(source.title, source.reason, tuple(listed_view(one) for one in (listed or {})[source.name]))
            for source in sources
            if (listed or {}).get(source.name)
        ),
        url=dated,
        latest_url=latest,
        home_url=home,
        details_url=f"{home}/ui/feed?date={day}",
        set_aside=tuple(set_aside),
    )


def _shown(rows: Sequence[Mapping[str, Any]]) -> tuple[list[ItemView], list[Mapping[str, Any]], list[SetAside]]:
    """The stories that have a place, as readers see them; their rows in order; and those that could not be shown."""
    views: list[ItemView] = []
    told: list[Mapping[str, Any]] = []
    set_aside: list[SetAside] = []
    for row in rows:
        if missing(row["place"]):
            continue
        try:
            views.append(item_view(row))
            told.append(row)
        except (BadItem, ValueError, TypeError, KeyError, AttributeError, OverflowError, ArithmeticError) as error:
            name = display_text(str(row.get("story_id")), limit=80)
            said = str(error) if isinstance(error, BadItem) else f"{type(error).__name__}: {error}"
            set_aside.append(SetAside(name, display_text(f"{name} could not be shown: {said}", limit=500)))
    return views, sorted(told, key=lambda row: int(row["place"])), set_aside


def _placed(views: Sequence[ItemView], home: str) -> list[ItemView]:
    """In order, without the gap of a story that was taken out since; pictures of our own with our address."""
    return [
        replace(item, rank=place, picture=home + item.picture if item.picture.startswith("/") else item.picture)
        for place, item in enumerate(sorted(views, key=lambda item: item.rank), start=1)
    ]


def _newest(views: Sequence[ItemView], report: Sequence[Mapping[str, Any]], day: date) -> datetime:
    """When the newest data came in. A day on which nothing was measured is dated by its own start, never by a clock."""
    moments = [moment(row["measured_at"]) for row in report if not missing(row.get("measured_at"))]
    moments += [item.measured_at for item in views]
    return max(moments) if moments else datetime(day.year, day.month, day.day, tzinfo=UTC)


def subject_line(day: date, headline: str, *, is_quiet: bool) -> str:
    """What a mail is called."""
    return display_text(f"A quiet {day:%A}: {headline}" if is_quiet else headline, limit=120)


def _of(newsletter: Newsletter) -> str:
    """What keeps ids of newsletters apart; the default one's are those that readers have known from the start."""
    return "" if newsletter.name == DEFAULT else f"{newsletter.name}/"


def _quiet_note(count: int) -> str:
    if not count:
        return (
            "A quiet day: nothing rose above the ordinary or changed since it was last here, "
            "so this issue is empty on purpose."
        )
    verb = "was" if count == 1 else "were"
    return (
        f"A quiet day: only {plural(count, 'story')} rose above the ordinary and {verb} not here lately. "
        "We don't fill up."
    )
