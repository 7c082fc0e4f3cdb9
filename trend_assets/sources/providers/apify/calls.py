"""A run of an Apify actor as a priced value. What an actor's input looks like belongs to the actor's own module."""

from collections.abc import Mapping
from typing import Any

from trend_assets.sources.call import Call

PROVIDER = "apify"
RUN_SECONDS = 600
"""The platform ends a run of ours after this time; the slowest actor here needs about 2 minutes for our sizes."""

START_USD = 0.05
"""Room for the start event and rounding on top of the price per result."""
PRICE_MARGIN = 1.2
"""Store prices change; the cap leaves a fifth more than the configured price before it ends the run."""


def actor_run(
    actor: str,
    run_input: Mapping[str, Any],
    *,
    max_items: int,
    usd_per_1000: float,
    context: Mapping[str, Any] | None = None,
) -> Call:
    """One run: `actor` is user/name or the 17-character id. What it may charge at most (`maxTotalChargeUsd`) is
    `max_cost_usd`; `maxItems` caps only charged items of pay-per-result actors and is not a promise of a number."""
    return Call(
        PROVIDER,
        actor,
        params={"maxItems": max_items, "timeout": RUN_SECONDS},
        method="POST",
        body=dict(run_input),
        max_cost_usd=round(START_USD + PRICE_MARGIN * max_items * usd_per_1000 / 1000, 4),
        context=context or {},
    )
