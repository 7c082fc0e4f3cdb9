"""The panel: known items measured again by id after they left their lists.

    velocity/scores of earlier days ┄┄▶ velocity/panel ─▶ capture/panel_<platform> ─▶ source/panel_<platform> ─▶ trends

The dotted edge is read but not declared: the plan of a day uses the scores of earlier days, which rest on earlier
panels, and Dagster has no edge for a loop through time over several assets. The policy is `domain/velocity/panel.py`.
"""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.defs.capture_asset import capture_asset
from trend_assets.defs.table_asset import Day, DayOutput, parsed, table_asset
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Parse, Parsed
from trend_assets.sources.clients import is_simulated
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import options_of, provider_options, with_role
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.domain.velocity.panel import PlatformBudget
    from trend_assets.warehouse.warehouse import Warehouse

PANEL_TAGS = {"collection": "panel"}


def budgets(settings: Settings) -> "dict[str, PlatformBudget]":
    """What the panels may ask for today, per platform."""
    from trend_assets.domain.velocity.panel import PlatformBudget

    budget_of = {}
    for source in with_role("panel"):
        if source.panel:
            items, price = source.panel.affords(
                options_of(source, settings), provider_options(source.provider, settings)
            )
            budget_of[source.panel.platform] = PlatformBudget(items=items, usd_per_item=price)
    return budget_of


@table_asset("velocity.panel", deps=(), kinds={"pandas"}, tags=PANEL_TAGS)
def panel(day: Day) -> DayOutput:
    """One row per day and known item that is worth measuring again: what it would tell, whether the budget covers it.

    Candidates are items scored in the 7 days before that were new or in the upper half of their source; uncertain
    ranks come first. Reads `velocity.scores` of earlier days.
    """
    from trend_assets.domain.velocity.panel import FOLLOW_DAYS, WORTH_PERCENTILE, plan
    from trend_assets.warehouse.reads.velocity import day_bounds, panel_candidates

    known = panel_candidates(day.warehouse, day.date, follow_days=FOLLOW_DAYS, worth_percentile=WORTH_PERCENTILE)
    planned = plan(known, now=day_bounds(day.date)[0], budgets=budgets(day.settings)).assign(observed_date=day.date)
    chosen = planned[planned["is_chosen"].astype(bool)] if len(planned) else planned
    return DayOutput(
        planned,
        metadata={
            "chosen": len(chosen),
            "expected_cost_usd": float(chosen["expected_cost_usd"].astype(float).sum()) if len(chosen) else 0.0,
        },
    )


def items_to_measure(warehouse: "Warehouse", day: date, source: Source, settings: Settings) -> list[str]:
    """Ids or addresses that the plan chose for a panel, of the world that its provider belongs to: simulated items are
    asked of the sandbox only."""
    assert source.panel is not None
    where = "platform = %s AND is_chosen"
    plan = warehouse.read("velocity.panel", day=day, where=where, params=(source.panel.platform,))
    mine = plan[plan["is_simulated"].astype(bool) == is_simulated(source.provider, settings)].sort_values("place")
    return mine[source.panel.by].astype(str).tolist()


def panel_capture(source: Source) -> dg.AssetsDefinition:
    """The capture that measures the plan's items of one platform."""

    def chosen(warehouse: "Warehouse", day: date, settings: Settings) -> dict[str, list[str]] | None:
        items = items_to_measure(warehouse, day, source, settings)
        return {"items": items} if items else None

    return capture_asset(source, collection=PANEL_TAGS["collection"], inputs=chosen, deps=["velocity.panel"])


def panel_rows(source: Source) -> dg.AssetsDefinition:
    """The typed rows of one panel: counts only; text and creator are known from the lists."""
    table = TABLES[f"source.{source.name}"]

    def rows(day: Day) -> DayOutput:
        return parsed(day, table.address, source.name, as_posts(source))

    rows.__doc__ = f"{table.grain}\n\n{table.description}"
    return table_asset(table.address, group="sources", tags=PANEL_TAGS)(rows)


def as_posts(source: Source) -> Parse:
    """The panel's parser, its counts completed to rows of posts."""
    assert source.panel is not None
    about: dict[str, Any] = {"platform": source.panel.platform, "kind": "video", "list_name": "panel"}

    def parse_posts(answer: Answer) -> Parsed:
        counts = source.parse(answer)
        return replace(counts, rows=[about | row for row in counts.rows])

    return parse_posts


panels = [source for source in with_role("panel") if source.panel]
captures = [panel_capture(source) for source in panels]
rows = [panel_rows(source) for source in panels]
