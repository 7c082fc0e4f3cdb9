"""Grades of a feed that was rebuilt later, made again: the scoreboard of the 1st, 3rd and 7th day after it, and the
outcomes of its items of the 3rd.

Not the sensor `refresh`: a feed's grades are earlier days seen from later ones, and a repair of one day would become a
backfill of a week (docs/adr/0013).
"""

from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.defs.feed.assets import HORIZONS
from trend_assets.defs.feed.outcomes import HORIZON_DAYS
from trend_assets.defs.refresh.stored import AtWork
from trend_assets.defs.resources import WarehouseResource

if TYPE_CHECKING:
    from datetime import date

    from trend_assets.warehouse.warehouse import Warehouse

AT_MOST = 14
"""Grading days asked for in one tick; the next tick takes the rest."""

GRADES = {"scoreboard": HORIZONS, "outcomes": (HORIZON_DAYS,)}
"""The tables of schema `feed` that judge earlier feeds, and how many days earlier."""

OUTDATED = """
SELECT graded.observed_date, split_part(graded.table_address, '.', 2) AS name, max(items.token) AS token
FROM ops.partition_writes graded
JOIN unnest(%(tables)s::text[], %(days)s::int[]) AS judge (table_address, days) USING (table_address)
JOIN ops.partition_writes items
    ON items.table_address = 'feed.items' AND items.observed_date = graded.observed_date - judge.days
WHERE items.token > graded.token
GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT %(limit)s
"""


def outdated_grades(warehouse: "Warehouse") -> "list[tuple[date, str, int]]":
    """Grading days and tables of grades that are older than a feed that they grade, newest first, with that feed's
    fencing token."""
    judges = [(f"feed.{name}", days) for name, horizons in GRADES.items() for days in horizons]
    asked = {"tables": [table for table, _ in judges], "days": [days for _, days in judges], "limit": AT_MOST}
    with warehouse.connect() as connection:
        return connection.execute(OUTDATED, asked).fetchall()


@dg.sensor(
    target=dg.AssetSelection.assets(*(["feed", name] for name in GRADES)),
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Grades feeds again that were rebuilt after they had been graded. Costs nothing.",
)
def regrade_rebuilt_feeds(context: dg.SensorEvaluationContext, warehouse: WarehouseResource):
    """The run key holds the token of the rebuilt feed, so that a day is graded once for each rebuild. A day on which a
    run is at work is left for the next tick."""
    at_work = AtWork.of(context.instance)
    outdated = [each for each in outdated_grades(warehouse.open()) if not at_work.on(each[0].isoformat())]
    if not outdated:
        return dg.SkipReason("Every grade is newer than the feed it grades, or its day is being made.")
    return [
        dg.RunRequest(
            run_key=f"regrade-{name}-{day}-{token}",
            partition_key=day.isoformat(),
            asset_selection=[dg.AssetKey(["feed", name])],
        )
        for day, name, token in outdated
    ]
