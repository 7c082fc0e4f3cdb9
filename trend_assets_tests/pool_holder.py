"""A bare process that carries a run whose only step holds a slot of a pool, until somebody kills it.

    python -m trend_assets_tests.pool_holder     "holding" as soon as the step runs; DAGSTER_HOME says where

With TREND_ASSETS_DATABASE_URL the step also records an attempt that stays `running`.
"""

import os
import time
from datetime import date

import dagster as dg

POOL = "reddit"


@dg.asset(pool=POOL)
def held(context: dg.AssetExecutionContext) -> None:
    """Begins an attempt, says so, and holds on."""
    from trend_assets.capture.attempts import Attempt
    from trend_assets.warehouse.warehouse import Warehouse

    attempt = Attempt(
        Warehouse(os.environ["TREND_ASSETS_DATABASE_URL"]),
        source="reddit_posts",
        provider="reddit",
        day=date(2026, 11, 20),
        run_id=context.run.run_id,
    )
    with attempt:
        os.write(HOLDING, b"holding\n")
        time.sleep(600)


if __name__ == "__main__":
    HOLDING = os.dup(1)  # a step's own output goes to a file
    with dg.DagsterInstance.get() as instance:
        dg.materialize([held], instance=instance)
