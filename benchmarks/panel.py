"""What the panel does for the graded share: the sandbox's days collected twice, without the panel and with it.

    python -m benchmarks.panel [--days 9]

Printed per way: of the items that were ranked, the share that was measured again three days later (they alone have an
outcome), by platform and of those measured once, and what the panel asked for and cost.
"""

import argparse
import os
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from benchmarks.platform_runs import backfill, platform
from benchmarks.scoreboard import SANDBOX_START, SCORED
from trend_assets.capture.collect import collect_source
from trend_assets.domain.chance.outcomes import count_at_horizon, with_parts
from trend_assets.domain.velocity.panel import LATE_HOURS
from trend_assets.settings import get_settings
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import LISTS, with_role
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.sandbox_server import sandbox_server

HORIZON_DAYS = 3
FOLLOWED = ("tiktok_trending", "youtube_shorts")
LISTED = [f"source.{name}" for name in FOLLOWED]
BELOW = ["trends.post_snapshots", "trends.posts", *SCORED, "velocity.amazon_ranks"]


def survivors(days: list[date], *, with_panel: bool) -> dict[str, float]:
    """The shares over the days that have an outcome, and what the panel asked for."""
    with sandbox_server() as sandbox, platform(start_date=days[0]) as warehouse:
        os.environ |= {"TREND_ASSETS_SANDBOX": "on", "TREND_ASSETS_SANDBOX_URL": sandbox.url}
        from trend_assets.defs.velocity.captures import items_to_measure  # partitions begin where `platform` says

        asked = 0
        for day in days:
            for name in FOLLOWED:
                collect(warehouse, LISTS[name], day, {})
            if not with_panel:
                continue
            backfill([day], [*LISTED, *BELOW, "velocity.panel"])
            for panel in with_role("panel"):
                if items := items_to_measure(warehouse, day, panel, get_settings()):
                    asked += len(items)
                    collect(warehouse, panel, day, {"items": items})
            backfill([day], [*(f"source.{panel.name}" for panel in with_role("panel")), *BELOW])
        if not with_panel:
            backfill(days, [*LISTED, *BELOW])
        snapshots = warehouse.read("trends.post_snapshots", start=days[0], end=days[-1])
        scores = warehouse.read("velocity.scores", start=days[0], end=days[-1])
        cost = warehouse.query(
            "SELECT coalesce(sum(cost_usd), 0)::float8 AS usd FROM capture.answers WHERE source = ANY(%(names)s)",
            {"names": [panel.name for panel in with_role("panel")]},
        )
    return shares(scores, snapshots, last=days[-1]) | {"asked again": float(asked), "USD": float(cost["usd"].iloc[0])}


def collect(warehouse: Warehouse, source: Source, day: date, inputs: object) -> None:
    collect_source(
        warehouse, source, day=day, now=datetime.now(UTC), settings=get_settings(), run_id="benchmark",
        collection_id=f"benchmark-{day}", inputs=inputs,
    )  # fmt: skip


def shares(scores: pd.DataFrame, snapshots: pd.DataFrame, *, last: date) -> dict[str, float]:
    rows = with_parts(scores[scores["observed_date"] <= last - timedelta(days=HORIZON_DAYS)], ("tenure_hours",))
    again = pd.Series(np.isfinite(count_at_horizon(rows, snapshots)), index=rows.index)
    late = (rows["age_hours"].astype(float) - rows["tenure_hours"].astype(float)) >= LATE_HOURS
    once = rows["delta_views"].isna()
    groups = {"tiktok": rows["platform"] == "tiktok", "youtube": rows["platform"] == "youtube"}
    groups |= {"first seen late, measured once": late & once, "measured once": once}
    found = {"ranked": float(len(rows)), "measured again": float(again.mean())}
    return found | {f"measured again, {name}": float(again[chosen].mean()) for name, chosen in groups.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=9, help="days that are collected")
    days = [SANDBOX_START + timedelta(days=number) for number in range(parser.parse_args().days)]
    told = {way: survivors(days, with_panel=way == "on") for way in ("off", "on")}
    print(f"| {days[0]} to {days[-1]} | panel off | panel on |\n|---|---|---|")
    for name in told["off"]:
        print(f"| {name} | {told['off'][name]:,.2f} | {told['on'][name]:,.2f} |")


if __name__ == "__main__":
    main()
