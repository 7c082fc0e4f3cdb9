"""Rows of the feed as views: cleaned texts, safe links, numbers as people read them; ready for every format.

Nothing here escapes for a format; each format does that itself. A row that cannot be shown raises, with its reason.
"""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trend_assets.platforms import shown_platform
from trend_assets.rendering.links import safe_link
from trend_assets.rendering.numbers import clock, compact, hours, levels, missing, spark, thinned, usd
from trend_assets.rendering.tabular import flat_row
from trend_assets.text import display_text

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://trend-assets.invalid/issues")
BAR_HEIGHT = 36
SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("top", "The five to know", "Highest scores of the day, over all sources."),
    ("rising", "Rising videos", "Growing faster than videos of the same age in their own source."),
    ("talk", "What people talk about", "Posts that gather attention faster than their source's others."),
    ("products", "Products on the move", "Gaining places in the best-seller lists."),
    ("new", "New on the radar", "Measured once so far; growth shows with the next collection."),
)
FLAG_LABELS: Mapping[str, str] = {
    "sponsored": "Sponsored",
    "anomaly": "Odd numbers",
    "thin_history": "Thin history",
    "not_yet_measured": "New, not yet measured",
    "stale": "Old data",
    "returned": "Back again",
}
PART_LABELS: Mapping[str, str] = {
    "chance": "chance of rising",
    "place": "what its place stands for",
    "source_weight": "source weight",
}
COUNT_LABELS = (
    ("views", "views"), ("likes", "likes"), ("comments", "comments"), ("shares", "shares"), ("saves", "saves"),
    ("quotes", "quotes"),
)  # fmt: skip


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
    text: str
    url: str | None
    platform: str
    platform_label: str
    color: str
    source_label: str
    creator: str
    followers: str
    posted_at: datetime | None
    posted: str
    measured_at: datetime
    measured: str
    first_seen: str
    days_on_radar: int
    growth: str
    counts: tuple[tuple[str, str], ...]
    spark: str
    bars: tuple[int, ...]
    spark_label: str
    why: str
    score: float
    parts: tuple[tuple[str, float, str], ...]
    baseline: str
    heat: tuple[tuple[str, str], ...]
    proofs: tuple[Proof, ...]
    flags: tuple[tuple[str, str, str], ...]
    data_age: str
    price: str | None
    hashtags: tuple[str, ...]
    is_simulated: bool
    flat: Mapping[str, Any]


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


def item_view(row: Mapping[str, Any], source_titles: Mapping[str, str]) -> ItemView:
    """One row of `feed.items` for showing. Raises BadItem, or a conversion's own error, when it cannot be shown."""
    title = plain(row["title"], 200)
    if not title:
        raise BadItem("it has no title.")
    score = float(row["score"])
    if not math.isfinite(score):
        raise BadItem("its score is no number.")
    platform = str(row["platform"])
    of = shown_platform(platform)
    counts = [point | {"at": moment(point["at"])} for point in row["counts"]]
    series, unit = _series(counts, platform)
    text = "" if missing(row.get("text")) else plain(row["text"], 400)
    posted = None if missing(row.get("posted_at")) else moment(row["posted_at"])
    measured = moment(row["measured_at"])
    engagement = row["engagement"] if isinstance(row["engagement"], dict) else {}
    flag_reasons = row["flag_reasons"] if isinstance(row["flag_reasons"], dict) else {}
    return ItemView(
        rank=int(row["rank"]),
        story_id=plain(row["story_id"], 80),
        entry_id=f"urn:uuid:{uuid.uuid5(NAMESPACE, 'item/' + str(row['story_id']))}",
        section=str(row["section"]) if row["section"] in {name for name, _, _ in SECTIONS} else "rising",
        title=title,
        text=_beyond(title, text),
        url=safe_link(row.get("url")),
        platform=platform,
        platform_label=of.label,
        color=of.colour,
        source_label=source_titles.get(str(row["source"]), plain(row["source"], 60)),
        creator=_creator(row),
        followers=""
        if missing(row.get("creator_followers"))
        else f"{compact(int(row['creator_followers']))} followers",
        posted_at=posted,
        posted="" if posted is None else f"posted {clock(posted)}",
        measured_at=measured,
        measured=clock(measured),
        first_seen=clock(moment(row["first_seen_at"])),
        days_on_radar=int(row["days_on_radar"]),
        growth=_growth(row, series if unit == "place" else ()),
        counts=tuple(
            (compact(int(engagement[name])), of.count_word if name == "views" else said)
            for name, said in COUNT_LABELS
            if not missing(engagement.get(name))
        ),
        spark=spark(series, from_zero=unit != "place"),
        bars=_bars(series, from_zero=unit != "place"),
        spark_label=_spark_label(counts, series, unit),
        why=plain(row["why"], 400),
        score=score,
        parts=tuple(
            (_part_label(str(part["name"]), source_titles), float(part["value"]), plain(part["why"], 200))
            for part in row["score_parts"]
        ),
        baseline=_baseline(row),
        heat=tuple(
            (
                source_titles.get(str(one["source"]), plain(one["source"], 60)),
                f"#{int(one['rank'])} of {int(one['items']):,}",
            )
            for one in row["heat"]
        ),
        proofs=tuple(_proof(one, source_titles) for one in row["proof_links"]),
        flags=tuple(
            (str(flag), FLAG_LABELS.get(flag, plain(flag, 30)), plain(flag_reasons.get(flag, ""), 240))
            for flag in row["flags"]
        ),
        data_age=hours(float(row["data_age_hours"])),
        price=None if missing(row.get("cost_usd")) or not row["cost_usd"] else usd(float(row["cost_usd"])),
        hashtags=tuple(plain(tag, 40) for tag in (row["hashtags"] if isinstance(row["hashtags"], list) else [])[:5]),
        is_simulated=bool(row["is_simulated"]),
        flat=flat_row(row),
    )


def _beyond(title: str, text: str) -> str:
    """What the text says beyond the title; many texts begin with it."""
    head = title.rstrip("…")
    rest = text[len(head) :].lstrip(" .…:-") if text.startswith(head) else text
    return rest if len(rest) >= 20 else ""


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
    if len(series) < 2:
        return ()
    return tuple(4 + level * 2 for level in levels(thinned(series), (BAR_HEIGHT - 4) // 2, from_zero=from_zero))


def _spark_label(counts: Sequence[Mapping[str, Any]], series: Sequence[float], unit: str) -> str:
    if len(series) < 2:
        return "first measurement"
    spent = (counts[-1]["at"] - counts[0]["at"]).total_seconds() / 3600
    if unit == "place":
        return f"place {-series[0]:.0f} to {-series[-1]:.0f} in {hours(spent)}"
    return f"{compact(series[0])} to {compact(series[-1])} {unit} in {hours(spent)}"


def _growth(row: Mapping[str, Any], places: Sequence[float]) -> str:
    """The number that stands out on a card. `places`: list places, negative, oldest first."""
    unit = shown_platform(str(row["platform"])).count_word
    if row["score_class"] == "measured" and not missing(row.get("delta_views")):
        return f"{'+' if row['delta_views'] >= 0 else '−'}{compact(abs(int(row['delta_views'])))} {unit}"
    if row["score_class"] == "position":
        if shown_platform(row["platform"]).section != "products" and not missing(row.get("outlier_score")):
            return f"{float(row['outlier_score']):,.1f} times its usual"
        if len(places) > 1 and (gained := round(places[-1] - places[0])):
            return f"{'up' if gained > 0 else 'down'} {plural(abs(gained), 'place')}"
        return "" if missing(row.get("outlier_score")) else f"mover score {float(row['outlier_score']):.2f}"
    return "" if missing(row.get("views_per_hour")) else f"{compact(float(row['views_per_hour']))} {unit}/h"


def _baseline(row: Mapping[str, Any]) -> str:
    if missing(row.get("baseline")) or missing(row.get("baseline_items")):
        return "no baseline yet"
    return f"baseline {compact(float(row['baseline']))} over {plural(int(row['baseline_items']), 'other item')}"


def _creator(row: Mapping[str, Any]) -> str:
    handle = "" if missing(row.get("creator_handle")) else plain(row["creator_handle"], 60).lstrip("@")
    name = "" if missing(row.get("creator_name")) else plain(row["creator_name"], 60)
    return shown_platform(str(row["platform"])).written(handle) or name or handle


def _proof(one: Mapping[str, Any], titles: Mapping[str, str]) -> Proof:
    of = shown_platform(str(one["platform"]))
    handle = of.written(plain(one.get("creator_handle") or "", 40).lstrip("@"))
    return Proof(
        f"{of.label} {handle}" if handle else of.label,
        safe_link(one.get("url")),
        plain(one.get("title") or "", 140),
    )


def _part_label(name: str, titles: Mapping[str, str]) -> str:
    kind, _, source = name.partition(":")
    return f"also in {titles.get(source, source)}" if source else PART_LABELS.get(kind, plain(kind, 40))


def plain(value: Any, limit: int) -> str:
    if not isinstance(value, str):
        raise BadItem(f"a text is {type(value).__name__}, not text.")
    return display_text(value, limit=limit)


def moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if hasattr(moment, "to_pydatetime"):
        moment = moment.to_pydatetime()
    return moment.astimezone(UTC)


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")
