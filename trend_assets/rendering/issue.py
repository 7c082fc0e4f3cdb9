"""The issue as plain values, ready for every format.

    feed.items + feed.source_report ─▶ Issue ─▶ html · markdown · json_feed · atom      (tabular.py takes the rows)

An item that cannot be shown is set aside with its reason and never costs the others their place.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from trend_assets.rendering.numbers import clock, long_date, missing, usd
from trend_assets.rendering.views import (
    NAMESPACE,
    SECTIONS,
    BadItem,
    ItemView,
    Proof,
    SourceView,
    item_view,
    listed_view,
    moment,
    plain,
    plural,
    source_view,
)
from trend_assets.text import display_text

NAME = "Rising"
FEED_ID = f"urn:uuid:{uuid.uuid5(NAMESPACE, 'feed')}"
"""One feed for ever, whose issues change: a reader that knows it finds the new day's entries under the same id."""
SIMULATED = "Simulated data: creators, posts and numbers come from the bundled sandbox, not from any platform."


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section with its items."""

    name: str
    title: str
    note: str
    items: tuple[ItemView, ...]


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
    name: str
    title: str
    subject: str
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
    spend: str | None
    set_aside: tuple[SetAside, ...] = field(default=())

    @property
    def items(self) -> list[ItemView]:
        """All items in the order of the feed."""
        return sorted((item for section in self.sections for item in section.items), key=lambda item: item.rank)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The day in four numbers."""
        items = self.items
        facts = [
            (f"{len(items)}", "item" if len(items) == 1 else "items"),
            (f"{sum(len(item.heat) > 1 for item in items)}", "in several sources"),
            (f"{sum(item.days_on_radar == 1 for item in items)}", "first seen today"),
        ]
        return [*facts, (self.spend, "spent")] if self.spend else facts

    @property
    def failed(self) -> list[SourceView]:
        return [source for source in self.sources if source.status == "failed"]

    @property
    def worked(self) -> list[SourceView]:
        return [source for source in self.sources if source.status in ("succeeded", "partial")]


def build_issue(
    rows: Sequence[Mapping[str, Any]],
    report: Sequence[Mapping[str, Any]],
    *,
    day: date,
    public_url: str,
    quiet_below: int,
    listed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Issue:
    """The issue of a day from the rows of `feed.items` and `feed.source_report`. `quiet_below`: with fewer items it is
    a quiet day. `listed`: rows (title, url, creator_handle, platform) of sources that may not be blended. Times come
    from the rows only, so the same rows give the same issue."""
    titles = {str(row["source"]): plain(row["title"], 80) for row in report}
    views: list[ItemView] = []
    set_aside: list[SetAside] = []
    for row in rows:
        try:
            views.append(item_view(row, titles))
        except (BadItem, ValueError, TypeError, KeyError, AttributeError, OverflowError, ArithmeticError) as error:
            name = display_text(str(row.get("story_id")), limit=80)
            said = str(error) if isinstance(error, BadItem) else f"{type(error).__name__}: {error}"
            set_aside.append(SetAside(name, display_text(f"{name} could not be shown: {said}", limit=500)))
    views.sort(key=lambda item: item.rank)
    sources = tuple(sorted(map(source_view, report), key=lambda source: (source.tier != "core", source.title)))
    sections = tuple(
        SectionView(name, title, note, tuple(item for item in views if item.section == name))
        for name, title, note in SECTIONS
    )
    moments = [moment(row["measured_at"]) for row in report if not missing(row.get("measured_at"))]
    moments += [item.measured_at for item in views]
    # a day on which nothing was measured is dated by its own start, never by a clock
    as_of = max(moments) if moments else datetime(day.year, day.month, day.day, tzinfo=UTC)
    worked = sum(source.status in ("succeeded", "partial") for source in sources)
    asked = sum(source.status != "skipped" for source in sources)
    is_quiet = len(views) < quiet_below
    lead = views[0].title if views else "nothing stood out"
    home = public_url.rstrip("/")
    spent = [float(row["cost_usd"]) for row in report if not missing(row.get("cost_usd"))]
    return Issue(
        day=day,
        issue_id=f"urn:uuid:{uuid.uuid5(NAMESPACE, day.isoformat())}",
        name=NAME,
        title=f"{NAME}, {long_date(day)}",
        subject=display_text(
            (
                f"A quiet {day:%A}: {lead}"
                if is_quiet
                else f"{lead}" + (f" and {len(views) - 1} more" if len(views) > 1 else "")
            ),
            limit=120,
        ),
        preheader=(f"{plural(len(views), 'item')} from {worked} of {plural(asked, 'source')}, as of {clock(as_of)}."),
        long_date=long_date(day),
        as_of=as_of,
        as_of_text=clock(as_of),
        is_quiet=is_quiet,
        quiet_note=_quiet_note(len(views)) if is_quiet else "",
        is_simulated=any(item.is_simulated for item in views) or any(bool(row.get("is_simulated")) for row in report),
        simulated_note=SIMULATED,
        sources=sources,
        sections=tuple(section for section in sections if section.items),
        listed=tuple(
            ListedView(source.title, source.reason, tuple(listed_view(one) for one in (listed or {})[source.name]))
            for source in sources
            if (listed or {}).get(source.name)
        ),
        url=f"{home}/feed/{day.isoformat()}",
        latest_url=f"{home}/feed/latest",
        home_url=home,
        spend=usd(sum(spent)) if spent else None,
        set_aside=tuple(set_aside),
    )


def _quiet_note(count: int) -> str:
    if not count:
        return (
            "A quiet day: nothing rose above the ordinary or changed since it was last here, "
            "so this issue is empty on purpose."
        )
    verb = "was" if count == 1 else "were"
    return (
        f"A quiet day: only {plural(count, 'item')} rose above the ordinary and {verb} not here lately. "
        "We don't fill up."
    )
