"""Grades of a feed that was rebuilt later, made again: the scoreboard of the 1st, 3rd and 7th day after it.

Not the sensor `refresh`: a feed's grades are earlier days seen from later ones, and a repair of one day would become a
backfill of a week (docs/adr/0013).
"""

from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.defs.feed.assets import HORIZONS
from trend_assets.defs.refresh import AtWork
from trend_assets.defs.resources import WarehouseResource

if TYPE_CHECKING:
    from datetime import date

    from trend_assets.warehouse.warehouse import Warehouse

AT_MOST = 14
"""Grading days asked for in one tick; the next tick takes the rest."""

OUTDATED = """
SELECT graded.observed_date, max(items.token) AS token
FROM ops.partition_writes graded
JOIN unnest(%(horizons)s::int[]) AS horizon (days) ON true
JOIN ops.partition_writes items
    ON items.table_address = 'feed.items' AND items.observed_date = graded.observed_date - horizon.days
WHERE graded.table_address = 'feed.scoreboard' AND items.token > graded.token
GROUP BY graded.observed_date ORDER BY graded.observed_date DESC LIMIT %(limit)s
"""


def outdated_grades(warehouse: "Warehouse") -> "list[tuple[date, int]]":
    """Grading days whose grades are older than a feed that they grade, newest first, with that feed's fencing token."""
    with warehouse.connect() as connection:
        return connection.execute(OUTDATED, {"horizons": list(HORIZONS), "limit": AT_MOST}).fetchall()


@dg.sensor(
    target=dg.AssetSelection.assets(["feed", "scoreboard"]),
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Grades feeds again that were rebuilt after they had been graded. Costs nothing.",
)
def regrade_rebuilt_feeds(context: dg.SensorEvaluationContext, warehouse: WarehouseResource):
    """The run key holds the token of the rebuilt feed, so that a day is graded once for each rebuild. A day on which a
    run is at work is left for the next tick."""
    at_work = AtWork.of(context.instance)
    days = [(day, token) for day, token in outdated_grades(warehouse.open()) if not at_work.on(day.isoformat())]
    if not days:
        return dg.SkipReason("Every grade is newer than the feed it grades, or its day is being made.")
    return [dg.RunRequest(run_key=f"regrade-{day}-{token}", partition_key=day.isoformat()) for day, token in days]
