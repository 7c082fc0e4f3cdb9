"""Two assets per source, made from the source registry: the verbatim capture and the typed rows.

    api/<provider> ──▶ capture/<source> ──▶ source/<source>

Only captures touch the network and money; a capture that has answers for its day replays them unless `force` is set.
Captures that depend on judged data (covers, profiles, panel) live with the group that judges.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.defs.capture_asset import capture_asset
from trend_assets.defs.table_asset import OWNERS, Day, DayOutput, table_asset
from trend_assets.settings import PROVIDERS, Provider, get_settings
from trend_assets.sources.clients import KEYS
from trend_assets.sources.registry import SOURCES, SourceSpec
from trend_assets.tables.catalogue import TABLES

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse


def keywords_of(warehouse: "Warehouse", day: date, limit: int) -> list[str]:
    """The day's first `limit` trending keywords of the newest collection, repeats by case and spacing left out."""
    frame = warehouse.read("source.trending_keywords", day=day, columns=["keyword", "rank", "collected_at"])
    if frame.empty:
        return []
    newest = frame[frame["collected_at"] == frame["collected_at"].max()].sort_values("rank")
    chosen: dict[str, str] = {}
    for keyword in newest["keyword"]:
        chosen.setdefault(" ".join(str(keyword).casefold().split()), str(keyword))
    return list(chosen.values())[:limit]


def inputs_of(spec: SourceSpec, warehouse: "Warehouse", day: date) -> Mapping[str, list[str]]:
    """What a source needs from upstream tables before it can ask."""
    if "keywords" not in spec.needs:
        return {}
    return {"keywords": keywords_of(warehouse, day, get_settings().comet_keywords_per_day)}


def source_capture(spec: SourceSpec) -> dg.AssetsDefinition:
    """The daily capture of one source."""
    return capture_asset(
        spec,
        collection="daily",
        inputs=lambda warehouse, day, settings: inputs_of(spec, warehouse, day),
        deps=["source.trending_keywords"] if "keywords" in spec.needs else [],
    )


def rows_asset(spec: SourceSpec) -> dg.AssetsDefinition:
    """The typed rows of one source, parsed from the day's stored answers: no network, no cost, any day again."""
    table = TABLES[f"source.{spec.name}"]

    def rows(day: Day) -> DayOutput:
        from trend_assets.warehouse.captures import stored_answers
        from trend_assets.warehouse.typed_rows import typed_rows

        typed = typed_rows(table, stored_answers(day.warehouse, spec.name, day.date), spec.parse, day=day.date)
        return DayOutput(
            typed.frame,
            metadata={"notes": "\n".join(typed.notes[:20]) or "none"},
            received=typed.received,
            deduplicated=typed.deduplicated,
            quarantined=typed.quarantined,
        )

    rows.__doc__ = f"{table.grain}\n\n{table.description}"
    return table_asset(
        table.address,
        deps=[f"capture.{spec.name}"],
        group="sources",
        tags={"tier": spec.tier, "provider": spec.provider},
    )(rows)


_GIVES: dict[Provider, str] = {
    "tikhub": "TikHub: trending search words, videos and profiles of TikTok.",
    "apify": "Apify: actors that read TikTok, X and Amazon.",
    "youtube": "YouTube Data API v3: Shorts, channels, counts.",
    "reddit": "Reddit's Data API: top posts, and which of our posts were deleted.",
    "instagram": "Meta's Instagram Graph API: numbers of business profiles.",
}

apis = [
    dg.AssetSpec(
        key=["api", provider],
        group_name="providers",
        kinds={"api"},
        owners=OWNERS,
        description=f"{_GIVES[provider]}\n\nAn external API: nothing to materialize here, its captures ask it.",
        metadata={
            "key": KEYS[provider][0],
            "key from": dg.MetadataValue.url(KEYS[provider][1].split()[0]),
            "state and budget": "trend-assets doctor",
        },
    )
    for provider in PROVIDERS
]
captures = [source_capture(spec) for spec in SOURCES.values()]
rows = [rows_asset(spec) for spec in SOURCES.values()]
