"""Who had a story first: first sights per story and source, and who leads whom.

    feed/proofs, trends/post_snapshots of the day (and of 28 days before) ─▶ first_sights ─▶ source_leads

The earlier days are read without being inputs in the graph: a repaired day refreshes its own sights, not a month's. The
mathematics is in `domain/feed/first_sight.py`.
"""

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.defs.table_asset import Day, DayOutput, table_asset
from trend_assets.sources.policies import underivable

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.warehouse.warehouse import Warehouse


@table_asset("feed.first_sights", deps=["feed.proofs", "trends.post_snapshots"], kinds={"pandas"})
def first_sights(day: Day) -> DayOutput:
    """One row per day, story of that day and source that has had it within 28 days: when the source first showed it.

    The earliest snapshot of any of the story's items counts, also one that never came near the feed.
    """
    rows = sights_until(day)
    shown = set(day.read("feed.proofs", columns=["story_id"])["story_id"])
    of_day = rows[rows["story_id"].isin(shown)].drop(columns=["title", "section"]).assign(observed_date=day.date)
    several = of_day.groupby("story_id").size()
    return DayOutput(of_day, metadata={"stories": len(several), "in_several_sources": int((several > 1).sum())})


@table_asset("feed.source_leads", deps=["feed.first_sights", "feed.unique_leverage"], kinds={"pandas"})
def source_leads(day: Day) -> DayOutput:
    """One row per day, source and other source: how often it had a story first, and by how many hours.

    Over the stories of 28 days that both had; sights within six hours of each other are one collection and nobody's
    lead. Beside it the share of its stories that no other source had that day.
    """
    from trend_assets.domain.feed.first_sight import leads, report_lines

    sights = sights_until(day)
    alone = day.read("feed.unique_leverage", columns=["source", "unique_share"]).set_index("source")["unique_share"]
    rows = leads(sights)
    rows = rows.assign(unique_share=rows["source"].map(alone).astype(float), observed_date=day.date)
    return DayOutput(rows, metadata=picture(rows) | {"report": "\n".join(report_lines(sights))})


def sights_until(day: Day) -> "pd.DataFrame":
    """First sights of the stories of 28 days, as known by the end of the day; read once for the tables of a run."""
    return _sights(day.warehouse, day.date, tuple(underivable(day.settings)), day.run_id)


@lru_cache(maxsize=1)
def _sights(warehouse: "Warehouse", day: date, withheld: tuple[str, ...], run_id: str) -> "pd.DataFrame":
    from trend_assets.domain.feed.first_sight import first_sights as sights_of
    from trend_assets.warehouse.reads.feed import read_sights

    return sights_of(read_sights(warehouse, day, withheld=withheld))


def picture(rows: "pd.DataFrame") -> dict[str, dg.MarkdownMetadataValue]:
    """Who leads whom, as a table."""
    if rows.empty:
        return {}
    head = ["| source | before | led | trailed | together | median hours | 95 % |", "|---" * 7 + "|"]
    number = lambda value: "–" if value != value else f"{value:.0f}"  # noqa: E731
    lines = [
        f"| {row['source']} | {row['other_source']} | {row['led']} | {row['trailed']} | {row['together']} | "
        f"{row['median_lead_hours']:.0f} | {number(row['lead_low_hours'])} to {number(row['lead_high_hours'])} |"
        for row in rows.to_dict("records")
    ]
    return {"who_leads": dg.MetadataValue.md("\n".join([*head, *lines]))}
