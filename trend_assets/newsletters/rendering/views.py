"""Rows of the feed as views: cleaned texts, safe links, numbers as people read them; ready for every format.

Nothing here escapes for a format; each format does that itself. A row that cannot be shown raises, with its reason.
"""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trend_assets.domain.numbers import clock, compact, hours, levels, missing, spark, thinned
from trend_assets.newsletters.rendering.links import safe_link, safe_picture
from trend_assets.newsletters.rendering.tabular import flat_row
from trend_assets.platforms import shown_platform
from trend_assets.text import display_text, plural

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://trend-assets.invalid/issues")
BAR_HEIGHT = 28
FEWEST_POINTS = 3
"""Two measurements are a difference, which is told in words; a line begins with the third."""
FLAG_LABELS: Mapping[str, str] = {
    "sponsored": "Sponsored",
    "anomaly": "Odd numbers",
    "stale": "Old data",
    "returned": "Back again",
}
"""What readers are told of a story. Flags about how we measure are for the pages."""


class BadItem(ValueError):
    """A row that cannot be shown; the message is the reason, as a sentence."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A link to one item of a story. `url` None: it has no address that may be a link."""

    label: str
    url: str | None
    title: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as every format shows it. Texts are cleaned, not escaped; `url` is safe or None; `flat` is the row of
    the CSV and Parquet files."""

    rank: int
    story_id: str
    entry_id: str
    section: str
    title: str
    line: str
    note: str
    figure: str
    comparison: str
    chance: str
    chance_reason: str
    also_on: tuple[str, ...]
    url: str | None
    picture: str
    """Address of its picture, '' without one; a path of our own until the issue makes an address of it."""
    platform: str
    platform_label: str
    color: str
    creator: str
    posted_at: datetime | None
    posted: str
    measured_at: datetime
    days_on_radar: int
    spark: str
    bars: tuple[int, ...]
    spark_label: str
    why: str
    score: float
    proofs: tuple[Proof, ...]
    flags: tuple[tuple[str, str, str], ...]
    hashtags: tuple[str, ...]
    is_simulated: bool
    flat: Mapping[str, Any]

    @property
    def by(self) -> str:
        """TikTok @somebody, posted 27 Nov."""
        return " · ".join(filter(None, [f"{self.platform_label} {self.creator}".strip(), self.posted]))

    @property
    def others(self) -> tuple[Proof, ...]:
        """Links to where else it is, no name twice: the first item of each other platform, then more of its own."""
        named: dict[str, Proof] = {}
        for proof in self.proofs:
            named.setdefault(proof.label, proof)
        others = list(named.values())[1:]
        first: dict[str, Proof] = {}
        for proof in others:
            first.setdefault(proof.label.split(" ")[0], proof)
        return tuple(dict.fromkeys([*first.values(), *others]))[:4]


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source in the status strip."""

    name: str
    title: str
    tier: str
    status: str
    reason: str
    items: str
    data: str


def source_view(row: Mapping[str, Any]) -> SourceView:
    """A row of the source report for the strip."""
    items = "" if missing(row.get("items")) else f"{int(row['items']):,}"
    data = "" if missing(row.get("measured_at")) else clock(moment(row["measured_at"]))
    reason = "" if missing(row.get("reason")) else plain(row["reason"], 300)
    return SourceView(
        str(row["source"]), plain(row["title"], 80), str(row["tier"]), str(row["status"]), reason, items, data
    )


def item_view(row: Mapping[str, Any]) -> ItemView:
    """A row of `feed.newsletter_stories` for showing. Raises BadItem or a conversion's own error when it cannot be."""
    title = plain(row["headline"], 200)
    if not title:
        raise BadItem("it has no headline.")
    score = float(row["score"])
    if not math.isfinite(score):
        raise BadItem("its score is not a number.")
    platform = str(row["platform"])
    of = shown_platform(platform)
    counts = [point | {"at": moment(point["at"])} for point in row["counts"]]
    series, unit = _series(counts, platform)
    posted = None if missing(row.get("posted_at")) else moment(row["posted_at"])
    measured = moment(row["measured_at"])
    flag_reasons = row["flag_reasons"] if isinstance(row["flag_reasons"], dict) else {}
    return ItemView(
        rank=int(row["place"]),
        story_id=plain(row["story_id"], 80),
        entry_id=f"urn:uuid:{uuid.uuid5(NAMESPACE, 'item/' + str(row['story_id']))}",
        section=plain(row["section"], 60),
        title=title,
        line=plain(row["line"], 300),
        note="" if missing(row.get("note")) else plain(row["note"], 600),
        figure=plain(row["figure"], 120),
        comparison=plain(row["comparison"], 120),
        chance=plain(row["chance_text"], 120),
        chance_reason="" if missing(row.get("chance_reason")) else plain(row["chance_reason"], 240),
        also_on=tuple(plain(one, 40) for one in row["also_on"]),
        url=safe_link(row.get("url")),
        picture=safe_picture(row.get("picture_url")) or "",
        platform=platform,
        platform_label=of.label,
        color=of.colour,
        creator=_creator(row),
        posted_at=posted,
        posted="" if posted is None else f"posted {posted.day} {posted:%b}",
        measured_at=measured,
        days_on_radar=int(row["days_on_radar"]),
        spark=spark(series, from_zero=unit != "place") if len(series) >= FEWEST_POINTS else "",
        bars=_bars(series, from_zero=unit != "place"),
        spark_label=_spark_label(counts, series, unit),
        why=plain(row["why"], 400),
        score=score,
        proofs=tuple(_proof(one) for one in row["proof_links"]),
        flags=tuple(
            (str(flag), FLAG_LABELS[flag], plain(flag_reasons.get(flag, ""), 240))
            for flag in row["flags"]
            if flag in FLAG_LABELS
        ),
        hashtags=tuple(plain(tag, 40) for tag in (row["hashtags"] if isinstance(row["hashtags"], list) else [])[:5]),
        is_simulated=bool(row["is_simulated"]),
        flat=flat_row(row),
    )


def listed_view(row: Mapping[str, Any]) -> Proof:
    """One item of a source that is listed apart: creator, link and title, nothing computed."""
    handle = "" if missing(row.get("creator_handle")) else plain(row["creator_handle"], 40).lstrip("@")
    title = "" if missing(row.get("title")) else plain(row["title"], 140)
    return Proof(f"@{handle}" if handle else "", safe_link(row.get("url")), title or "Untitled")


def _series(counts: Sequence[Mapping[str, Any]], platform: str) -> tuple[list[float], str]:
    """The counts to draw: views, or list places upside down where there are no views."""
    views = [float(point["views"]) for point in counts if not missing(point.get("views"))]
    of = shown_platform(platform)
    if len(views) >= 2 or of.has_views:
        return views, of.count_word
    return [-float(point["rank"]) for point in counts if not missing(point.get("rank"))], "place"


def _bars(series: Sequence[float], *, from_zero: bool) -> tuple[int, ...]:
    """Heights in pixels; none for a single value."""
    if len(series) < FEWEST_POINTS:
        return ()
    return tuple(4 + level * 2 for level in levels(thinned(series), (BAR_HEIGHT - 4) // 2, from_zero=from_zero))


def _spark_label(counts: Sequence[Mapping[str, Any]], series: Sequence[float], unit: str) -> str:
    if len(series) < 2:
        return "first measurement"
    spent = (counts[-1]["at"] - counts[0]["at"]).total_seconds() / 3600
    if unit == "place":
        return f"place {-series[0]:.0f} to {-series[-1]:.0f} in {hours(spent)}"
    return f"{compact(series[0])} to {plural(compact(series[-1]), unit)} in {hours(spent)}"


def _creator(row: Mapping[str, Any]) -> str:
    handle = "" if missing(row.get("creator_handle")) else plain(row["creator_handle"], 60).lstrip("@")
    name = "" if missing(row.get("creator_name")) else plain(row["creator_name"], 60)
    return shown_platform(str(row["platform"])).written(handle) or name or handle


def _proof(one: Mapping[str, Any]) -> Proof:
    of = shown_platform(str(one["platform"]))
    handle = of.written(plain(one.get("creator_handle") or "", 40).lstrip("@"))
    return Proof(
        f"{of.label} {handle}" if handle else of.label, safe_link(one.get("url")), plain(one.get("title") or "", 140)
    )


def plain(value: Any, limit: int) -> str:
    if not isinstance(value, str):
        raise BadItem(f"a text is {type(value).__name__}, not text.")
    return display_text(value, limit=limit)


def moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if hasattr(moment, "to_pydatetime"):
        moment = moment.to_pydatetime()
    return moment.astimezone(UTC)
