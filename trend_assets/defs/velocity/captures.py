"""The panel: known items measured again by id after they left their lists.

    velocity/scores of earlier days ┄┄▶ velocity/panel ─▶ capture/panel_<platform> ─▶ source/panel_<platform> ─▶ trends

The dotted edge is read but not declared: the plan of a day uses the scores of earlier days, which rest on earlier
panels, and Dagster has no edge for a loop through time over several assets. The policy is `domain/velocity/panel.py`.
"""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import dagster as dg

from trend_assets.defs.capture_asset import capture_asset
from trend_assets.defs.table_asset import Day, DayOutput, table_asset
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.discovery import CAPTURES
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.domain.velocity.panel import PlatformBudget
    from trend_assets.warehouse.warehouse import Warehouse

PanelPlatform = Literal["youtube", "tiktok"]
PANEL_TAGS = {"collection": "panel"}
PROVIDERS: dict[PanelPlatform, Literal["youtube", "apify"]] = {"youtube": "youtube", "tiktok": "apify"}
YOUTUBE_IDS_PER_UNIT = 50
# a tenth of the day's units, 45,000 videos by default; the rest belongs to the lists themselves
YOUTUBE_UNITS_SHARE = 10


def budgets(settings: Settings) -> "dict[str, PlatformBudget]":
    """What the panel may ask for today, per platform."""
    from trend_assets.domain.velocity.panel import PlatformBudget

    price = settings.tiktok_usd_per_1000 / 1000
    affordable = int(settings.panel_budget_usd / price) if price > 0 else 1000
    units = settings.youtube_units_per_day // YOUTUBE_UNITS_SHARE
    return {
        "tiktok": PlatformBudget(items=affordable, usd_per_item=price),
        "youtube": PlatformBudget(items=units * YOUTUBE_IDS_PER_UNIT, usd_per_item=0.0),
    }


@table_asset("velocity.panel", kinds={"pandas"}, tags=PANEL_TAGS)
def panel(day: Day) -> DayOutput:
    """One row per day and known item that is worth measuring again: what it would tell, whether the budget covers it.

    Candidates are items scored in the 7 days before that were new or in the upper half of their source; uncertain
    ranks come first. Reads `velocity.scores` of earlier days.
    """
    from trend_assets.domain.velocity.panel import FOLLOW_DAYS, WORTH_PERCENTILE, plan
    from trend_assets.warehouse.velocity import day_bounds, panel_candidates

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


def items_to_measure(warehouse: "Warehouse", day: date, platform: PanelPlatform, settings: Settings) -> list[str]:
    """Ids (YouTube) or addresses (TikTok) that the plan chose, of the world that the provider belongs to: simulated
    items are asked of the sandbox only."""
    plan = warehouse.read("velocity.panel", day=day, where="platform = %s AND is_chosen", params=(platform,))
    simulated = settings.mode(PROVIDERS[platform]) == "sandbox"
    mine = plan[plan["is_simulated"].astype(bool) == simulated].sort_values("place")
    return mine["external_id" if platform == "youtube" else "url"].astype(str).tolist()


def panel_capture(platform: PanelPlatform) -> dg.AssetsDefinition:
    """The capture that measures the plan's items of one platform."""

    def chosen(warehouse: "Warehouse", day: date, settings: Settings) -> dict[str, list[str]] | None:
        items = items_to_measure(warehouse, day, platform, settings)
        return {"items": items} if items else None

    spec = CAPTURES[f"panel_{platform}"]
    return capture_asset(spec, collection=PANEL_TAGS["collection"], inputs=chosen, deps=["velocity.panel"])


def panel_rows(platform: PanelPlatform) -> dg.AssetsDefinition:
    """The typed rows of one panel: counts only; text and creator are known from the lists."""
    name = f"panel_{platform}"
    table = TABLES[f"source.{name}"]

    def rows(day: Day) -> DayOutput:
        from trend_assets.warehouse.captures import stored_answers
        from trend_assets.warehouse.typed_rows import typed_rows

        typed = typed_rows(table, stored_answers(day.warehouse, name, day.date), _as_posts(platform), day=day.date)
        return DayOutput(
            typed.frame,
            metadata={"notes": "\n".join(typed.notes[:20]) or "none"},
            received=typed.received,
            deduplicated=typed.deduplicated,
            quarantined=typed.quarantined,
        )

    rows.__doc__ = f"{table.grain}\n\n{table.description}"
    return table_asset(table.address, deps=[f"capture.{name}"], group="sources", tags=PANEL_TAGS)(rows)


def _as_posts(platform: PanelPlatform):
    """The panel's parser, its counts completed to rows of posts."""
    parse = CAPTURES[f"panel_{platform}"].parse

    def parse_posts(answer: Answer) -> Parsed:
        parsed = parse(answer)
        about: dict[str, Any] = {"platform": platform, "kind": "video", "list_name": "panel"}
        return replace(parsed, rows=[about | row for row in parsed.rows])

    return parse_posts


panel_platforms: tuple[PanelPlatform, ...] = ("youtube", "tiktok")
captures = [panel_capture(platform) for platform in panel_platforms]
rows = [panel_rows(platform) for platform in panel_platforms]
