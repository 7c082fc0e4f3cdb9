"""The rows of the feed: what each story in it says of itself.

    stories (in_feed) + proofs + candidates + counts over time + source report ─▶ feed.items

Which stories are in the feed and in which order is decided before (`merge.py`); how it looks comes later (`rendering`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import pandas as pd

from trend_assets.domain.feed.frames import grouped, must_hold, records_of, rows_of
from trend_assets.domain.feed.rules import FeedRules
from trend_assets.domain.numbers import percent
from trend_assets.platforms import shown_platform
from trend_assets.text import display_text, plural

Section = Literal["top", "rising", "talk", "products", "new"]
TOP_PLACES = 5
COUNT_POINTS = 24
# counts older than this when the day's newest data came in are called stale
STALE_HOURS = 24.0
# fewer other items than this are no baseline
BASELINE_ITEMS = 3
# likes per view that real videos of this size do not fall below: bought views
SILENT_VIEWS, SILENT_LIKE_SHARE = 50_000, 0.0005


def feed_items(
    chosen: pd.DataFrame,
    proofs: pd.DataFrame,
    candidates: pd.DataFrame,
    history: pd.DataFrame,
    report: pd.DataFrame,
    *,
    day: date,
    rules: FeedRules,
) -> pd.DataFrame:
    """What each of the chosen stories says of itself, in their order (columns of `feed.items`): `rank` counts from 1.

    `history`: counts of the leading items as measured until the end of the day (platform, external_id, measured_at,
    views, list_rank), any order. Ages count from the newest measurement of the whole day, not from a clock.
    """
    if chosen.empty:
        return pd.DataFrame(columns=["observed_date", "rank", "story_id"])
    item_of = {(row["source"], row["platform"], row["external_id"]): row for row in records_of(candidates)}
    proofs_of, history_of, price_of = by_story(proofs), _by_item(history), prices(report)
    leads = list(zip(chosen["source"], chosen["platform"], chosen["external_id"], strict=True))
    must_hold("feed.core_items and feed.stretch_items", item_of, all_of=leads, named_by="feed.stories")
    must_hold("feed.proofs", proofs_of, all_of=chosen["story_id"], named_by="feed.stories")
    as_of = candidates["measured_at"].max()
    rows = []
    for rank, (story, lead) in enumerate(zip(rows_of(chosen), leads, strict=True), start=1):
        item, shown = item_of[lead], proofs_of[story.story_id]
        age = (as_of - item["measured_at"]).total_seconds() / 3600
        returned = story.returned_because if isinstance(story.returned_because, str) else None
        rows.append(
            {
                "observed_date": day,
                "rank": rank,
                "section": section_of(rank, story.platform, item["score_class"]),
                **{name: getattr(story, name) for name in _OF_THE_STORY},
                **{name: item[name] for name in _OF_THE_ITEM},
                "why": why(story.score_parts, item, rules, story.reason),
                **_seen(count_series(history_of.get(lead[1:], ()), item), day),
                "sources": list(story.sources),
                "heat": heat_of(shown),
                "proof_links": proof_links(shown),
                "flags": list(flags := flags_of(item, returned, age)),
                "flag_reasons": flags,
                "returned_because": returned,
                "data_age_hours": round(max(0.0, age), 2),
                "cost_usd": price(shown, price_of),
                "is_simulated": bool(story.is_simulated),
            }
        )
    return pd.DataFrame(rows)


def _by_item(history: pd.DataFrame) -> dict[tuple[str, str], list[Any]]:
    """The rows of each item."""
    return grouped(rows_of(history), lambda row: (row.platform, row.external_id))


def _seen(counts: list[dict[str, Any]], day: date) -> dict[str, Any]:
    """An item's counts over time, and since when it is known."""
    first_seen = pd.Timestamp(counts[0]["at"])
    return {
        "counts": counts[-COUNT_POINTS:],
        "first_seen_at": first_seen,
        "days_on_radar": max(1, (day - first_seen.date()).days + 1),
    }


_OF_THE_STORY = (
    "story_id", "platform", "external_id", "source", "title", "text", "score", "score_parts",
)  # fmt: skip
_OF_THE_ITEM = (
    "kind", "creator_id", "creator_handle", "creator_name", "creator_followers", "url", "hashtags", "posted_at",
    "score_class", "chance", "chance_outcomes", "chance_reason", "baseline", "baseline_items", "outlier_score", "views",
    "delta_views", "views_per_hour", "engagement", "measured_at",
)  # fmt: skip


def section_of(rank: int, platform: str, score_class: str) -> Section:
    """Where the issue shows an item: the first five on top, then by what kind of thing it is."""
    if rank <= TOP_PLACES:
        return "top"
    section = shown_platform(platform).section
    if section == "products":
        return section
    return "new" if score_class == "new" else section


def count_series(history: Sequence[Any], item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Counts over time, oldest first: {at, views, rank}; one point per measurement, the item's own at the end.
    `history`: rows of it, in any order."""
    points: dict[str, dict[str, Any]] = {}
    for row in history:
        point = points.setdefault(iso(row.measured_at), {"views": None, "rank": None})
        for name, value, better in (("views", row.views, max), ("rank", row.list_rank, min)):
            if pd.notna(value):
                point[name] = int(value) if point[name] is None else better(point[name], int(value))
    own = points.setdefault(iso(item["measured_at"]), {"views": None, "rank": None})
    for name, value in (("views", item["views"]), ("rank", item["list_rank"])):
        if own[name] is None and pd.notna(value):
            own[name] = int(value)
    return [{"at": at, **points[at]} for at in sorted(points)]


def flags_of(item: Mapping[str, Any], returned_because: str | None, age_hours: float) -> dict[str, str]:
    """The flags of an item with what each means here, in a fixed order."""
    flags: dict[str, str] = {}
    if pd.notna(item["is_sponsored"]) and bool(item["is_sponsored"]):
        flags["sponsored"] = "The platform marks it as an ad, sponsored or branded content."
    counts = item["engagement"]
    views, likes = counts.get("views"), counts.get("likes")
    if views is not None and likes is not None:
        if likes > views:
            flags["anomaly"] = f"It has more likes ({likes:,}) than views ({views:,})."
        elif views >= SILENT_VIEWS and likes < views * SILENT_LIKE_SHARE:
            flags["anomaly"] = f"Only {plural(likes, 'like')} on {views:,} views: the views may not be people's."
    if item["score_class"] == "new":
        flags["measured_once"] = "Its growth is not known before the second measurement."
    # products are compared with their own earlier place, not with a creator's other posts
    elif item["score_class"] == "measured" and (
        pd.isna(item["baseline_items"]) or item["baseline_items"] < BASELINE_ITEMS
    ):
        count = 0 if pd.isna(item["baseline_items"]) else int(item["baseline_items"])
        flags["thin_history"] = (
            f"Its creator has {plural(count, 'other item')} to compare with; {BASELINE_ITEMS} are needed."
        )
    if age_hours > STALE_HOURS:
        flags["stale"] = f"Its counts are {plural(round(age_hours), 'hour')} older than the newest of this issue."
    if returned_because:
        flags["returned"] = returned_because
    return flags


def why(parts: Sequence[Mapping[str, Any]], item: Mapping[str, Any], rules: FeedRules, placed: str = "") -> str:
    """Why it ranks here, in words: the figure that decided with its comparison, the chance, what else counts; `placed`
    is the story's reason. The last percentage that is named orders the feed."""
    also = [part["name"].partition(":")[2] for part in parts if part["name"].startswith("also_in:")]
    chance, score = float(parts[0]["value"]), sum(float(part["value"]) for part in parts)
    phrases = [_deciding(item)]
    if parts[0]["name"] == "chance":
        phrases.append(f"{percent(chance)} likely to be in the top tenth in three days")
    place = f"#{int(item['source_rank'])} of {int(item['source_items']):,} in {rules.title_of(item['source'])}"
    phrases.append(
        place if parts[0]["name"] == "chance" else f"no probability yet, so {place} is taken as {percent(chance)}"
    )
    if also:
        names = [rules.title_of(name) for name in also]
        phrases.append("also in " + " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])))
    if len(parts) > 1:
        phrases.append(f"ranked as {percent(score)}")
    held_back = placed.partition(". ")[2].strip(" .")
    if held_back:
        phrases.append(f"{held_back[0].lower()}{held_back[1:]}")
    sentence = display_text("; ".join(filter(None, phrases)), limit=400) + "."
    return sentence[0].upper() + sentence[1:]


def _deciding(item: Mapping[str, Any]) -> str:
    """What it gained, against what items of its age gain; of a first appearance when it came in."""
    unit = shown_platform(item["platform"]).count_word
    known = item["score_parts"] if isinstance(item["score_parts"], Mapping) else {}
    if pd.notna(item["delta_views"]) and pd.notna(item["hours_between"]) and item["hours_between"] > 0:
        gained = f"{plural(format(int(item['delta_views']), '+,'), unit)} in {_hours(float(item['hours_between']))}"
        times = known.get("growth_over_usual")
        return (
            gained
            if times is None or item["delta_views"] <= 0
            else f"{gained}, {_times(times)} what items of its age gain"
        )
    if item["score_class"] == "position" and pd.notna(item["list_rank"]):
        place = f"place {int(item['list_rank'])} in {display_text(str(item['list_name']), limit=60)}"
        if pd.notna(item["baseline"]) and pd.notna(item["outlier_score"]):
            return f"{item['outlier_score']:,.1f} times its usual {item['baseline']:,.0f}; {place}"
        return place
    if pd.notna(item["views_per_hour"]) and pd.notna(item["age_hours"]):
        return (
            f"first seen {_hours(item['age_hours'])} after it was posted, with about "
            f"{plural(format(item['views_per_hour'], ',.0f'), unit)} per hour since"
        )
    return ""


def _times(ratio: float) -> str:
    return f"{ratio:.0f} ×" if ratio >= 10 else f"{ratio:.1f} ×"


def by_story(proofs: pd.DataFrame) -> dict[str, list[Any]]:
    """The proofs of each story as rows, the hottest first. Sorted once for all: to sort a frame costs more than a
    millisecond, and a day has hundreds of stories."""
    hottest_first = ["source_percentile", "source", "platform", "external_id"]
    ordered = proofs.sort_values(hottest_first, ascending=[False, True, True, True])
    return grouped(rows_of(ordered), lambda row: row.story_id)


def heat_of(proofs: Sequence[Any]) -> list[dict[str, Any]]:
    """Each source's own heat, its best item standing for it, hottest first. `proofs`: a story's, of `by_story`."""
    best: dict[str, Any] = {}
    for row in proofs:
        best.setdefault(row.source, row)
    return [
        {"source": row.source, "percentile": round(float(row.source_percentile), 4), "rank": int(row.source_rank),
         "items": int(row.source_items)}
        for row in best.values()
    ]  # fmt: skip


def proof_links(proofs: Sequence[Any]) -> list[dict[str, Any]]:
    """Links to every item of the story, the leading one first, then the hottest, each item once. `proofs`: a story's,
    of `by_story`."""
    links: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(proofs, key=lambda row: row.matched_by != "lead"):
        links.setdefault(
            (row.platform, row.external_id),
            {
                "source": row.source,
                "platform": row.platform,
                "external_id": row.external_id,
                "url": row.url if isinstance(row.url, str) else None,
                "title": row.title,
                "creator_handle": row.creator_handle if isinstance(row.creator_handle, str) else None,
                "matched_by": row.matched_by,
                "similarity": None if pd.isna(row.similarity) else round(float(row.similarity), 3),
            },
        )
    return list(links.values())


def prices(report: pd.DataFrame) -> dict[str, float]:
    """USD per item received, by source; sources that cost nothing known are left out."""
    return {
        row.source: float(row.cost_usd) / int(row.items)
        for row in rows_of(report)
        if pd.notna(row.cost_usd) and pd.notna(row.items) and row.items > 0
    }


def price(proofs: Sequence[Any], price_of: Mapping[str, float]) -> float | None:
    """What the proofs of a story cost together; None when no source's price is known."""
    known = [price_of[row.source] for row in proofs if row.source in price_of]
    return round(sum(known), 6) if known else None


def iso(moment: Any) -> str:
    """A time as `2026-11-20T06:00:00Z`, seconds precision."""
    return pd.Timestamp(moment).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")


def _hours(hours: float) -> str:
    return f"{hours:.0f} h" if hours >= 1.5 else f"{hours * 60:.0f} min"
