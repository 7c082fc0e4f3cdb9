"""What the issue of three days before said of each item, and what came: how often readers are told right.

    feed/items, velocity/scores of three days before ─┐
    trends/post_snapshots of those days to now ───────┴─▶ feed/outcomes ─▶ issue, pages, API

The mathematics is in `domain/chance/outcomes` (who rose) and `domain/feed/what_came`.
"""

from datetime import timedelta

from trend_assets.defs.partitions import days_before
from trend_assets.defs.table_asset import Day, DayOutput, table_asset

HORIZON_DAYS = 3


@table_asset(
    "feed.outcomes",
    deps=[
        *(days_before(address, HORIZON_DAYS, HORIZON_DAYS) for address in ("feed.items", "velocity.scores")),
        "trends.post_snapshots",
    ],
    kinds={"pandas"},
)
def outcomes(day: Day) -> DayOutput:
    """One row per day and item of the issue of three days before: the chance that it was given, and whether it rose.

    It rose when its growth stands in the top tenth among the 40 items of its source next to it in age. What was not
    measured again has no outcome, and says so.
    """
    import pandas as pd

    from trend_assets.domain.chance.outcomes import graded
    from trend_assets.domain.feed.frames import known_records
    from trend_assets.domain.feed.hit_rate import hit_rate
    from trend_assets.domain.feed.what_came import POST, what_came
    from trend_assets.warehouse.reads.velocity import measured_since

    ranked = day.date - timedelta(days=HORIZON_DAYS)
    items = day.read("feed.items", start=ranked, end=ranked)
    if items.empty:
        return DayOutput(pd.DataFrame(), metadata={"empty": f"There was no issue on {ranked}."})
    scores = day.read(
        "velocity.scores", start=ranked, end=ranked, where="source = ANY(%s)", params=(sorted(set(items["source"])),)
    )
    since = measured_since(day.warehouse, ranked, day.date)
    came = what_came(items, graded(scores, since, chosen=items[POST])).assign(observed_date=day.date)
    return DayOutput(came, metadata={"this_issue": hit_rate(known_records(came)).sentence})
