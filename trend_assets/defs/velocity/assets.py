"""Velocity and scores: from snapshots to what the feed ranks by.

    trends/post_snapshots ─▶ post_velocity ─┬─▶ curves ────┐
      (day and 8 days before)               ├─▶ baselines ─┼─▶ scores ─▶ feed …
    source of positions ────▶ amazon_ranks ┤              │      └─▶ panel, scoreboard, outcomes three days later
                          └─▶ category_movers   outcomes ─▶ models (`chances.py`)

Curves and baselines are rolled on from the day before: a day costs a day. The mathematics is in `domain/velocity` and
`domain/scores`, the reading of earlier days in `warehouse/reads/velocity.py`.
"""

from typing import TYPE_CHECKING

from trend_assets.defs.partitions import previous_day
from trend_assets.defs.table_asset import Day, DayOutput, table_asset
from trend_assets.sources.discovery import LISTS, with_role
from trend_assets.sources.policies import underivable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from trend_assets.domain.velocity.scoring import Formulas


def of_day(day: Day, frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame as rows of the day's partition."""
    return frame.assign(observed_date=day.date)


def derivable_snapshots(day: Day, columns: "Sequence[str] | None" = None) -> "pd.DataFrame":
    """The snapshots from which the sources' terms let us compute (live YouTube only with the user's acceptance), or
    some of their columns."""
    from trend_assets.warehouse.reads.velocity import SNAPSHOT_COLUMNS, snapshots_until

    return snapshots_until(
        day.warehouse, day.date, withheld=underivable(day.settings), columns=columns or SNAPSHOT_COLUMNS
    )


POSITIONS = [f"source.{source.name}" for source in LISTS.values() if source.scoring == "position"]
BY_LIST = [f"source.{source.name}" for source in LISTS.values() if source.scoring == "list"]
OWN = [f"source.{source.name}" for source in LISTS.values() if source.scoring == "own"]


def formulas() -> "Formulas":
    """Which sources are scored otherwise than by growth, as they declare."""
    from trend_assets.domain.velocity.scoring import Formulas

    def those(scoring: str) -> frozenset[str]:
        return frozenset(name for name, source in LISTS.items() if source.scoring == scoring)

    panels = frozenset(source.name for source in with_role("panel"))
    return Formulas(by_list=those("list"), by_position=those("position"), panels=panels)


def _together(frames: "list[pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    return frames[0] if len(frames) == 1 else pd.concat([pd.DataFrame(), *frames], ignore_index=True)


def stated_scores(day: Day) -> "pd.DataFrame":
    """The scores that sources bring themselves, one row per source, collection, list and post."""
    import pandas as pd

    from trend_assets.domain.velocity.scoring import STATED_COLUMNS

    frames = [pd.DataFrame(columns=[*STATED_COLUMNS, "collected_at", "is_simulated"])]
    for address in OWN:
        name = address.removeprefix("source.")
        own = LISTS[name].own_score
        assert own is not None  # discovery leaves out a source that says `own` and not which columns
        rows = day.read(address, columns=["platform", "external_id", *own.columns, "collected_at", "is_simulated"])
        if name in underivable(day.settings):
            rows = rows[rows["is_simulated"].astype(bool)]
        if len(rows):
            frames.append(
                rows.rename(columns=dict(zip(own.columns, STATED_COLUMNS[3:], strict=True))).assign(source=name)
            )
    return pd.concat(frames[1:] or frames, ignore_index=True)


@table_asset("velocity.post_velocity", deps=[previous_day("trends.post_snapshots"), "trends.posts"], kinds={"pandas"})
def post_velocity(day: Day) -> DayOutput:
    """One row per day and post that was measured that day: change since the capture before.

    The capture before is the newest at least twelve hours and at most 8 days older, else the oldest there is; true
    hours. A count that did not move within six hours may be the provider's cache and is not taken. Unknown is NULL,
    with the reason in a sentence.
    """
    from trend_assets.domain.velocity.changes import measure_changes, unchanged_shares
    from trend_assets.warehouse.reads.velocity import day_bounds

    start, end = day_bounds(day.date)
    snapshots = derivable_snapshots(day)
    changes = measure_changes(snapshots, day_start=start, until=end)
    unmoved = unchanged_shares(snapshots, day_start=start, until=end)
    return DayOutput(
        of_day(day, changes),
        metadata={
            "measured_twice": int(changes["delta_views"].notna().sum()),
            "counts_fell": int((changes["delta_views"].astype("float64") < 0).sum()),
            "negative_counts_clamped": int(changes["is_clamped"].astype(bool).sum()),
            "without_posting_time": int(changes["posted_at"].isna().sum()),
            "counts_unchanged_share": {
                row["source"]: round(float(row["share"]), 3) for row in unmoved.to_dict("records")
            },
        },
    )


@table_asset(
    "velocity.curves",
    deps=["velocity.post_velocity", previous_day("velocity.curves", and_same_day=False)],
    kinds={"pandas"},
)
def curves(day: Day) -> DayOutput:
    """One row per day, world, platform, curve and bin: what is usual at an age, learned forward in time.

    A day's medians are blended into the newest earlier curves (half-life 7 days); nothing later than the day enters.
    """
    from trend_assets.domain.velocity.worlds import learn_worlds
    from trend_assets.warehouse.reads.velocity import curves_before, day_bounds

    start, end = day_bounds(day.date)
    learned = learn_worlds(derivable_snapshots(day), curves_before(day.warehouse, day.date), day_start=start, until=end)
    return DayOutput(
        of_day(day, learned), metadata={"observations": int(learned["items_today"].sum()) if len(learned) else 0}
    )


@table_asset(
    "velocity.baselines",
    deps=["velocity.post_velocity", "trends.post_snapshots", previous_day("velocity.baselines", and_same_day=False)],
    kinds={"pandas"},
)
def baselines(day: Day) -> DayOutput:
    """One row per day and creator or commerce hashtag measured that day: the ring of its newest counts."""
    from trend_assets.domain.velocity import baselines as rings
    from trend_assets.domain.velocity.scoring import best_standing, entries_of_day
    from trend_assets.warehouse.reads.velocity import rings_before

    changes = day.read("velocity.post_velocity")
    members = day.read(
        "trends.post_snapshots", where="is_simulated OR source <> ALL(%s)", params=(underivable(day.settings),)
    )
    entries = entries_of_day(changes, best_standing(members), formulas=formulas())
    stored = rings_before(day.warehouse, day.date, entries)
    rolled = rings.roll(rings.pool(entries, stored), day=day.date)
    return DayOutput(of_day(day, rolled), metadata={"known_before": len(stored), "items_today": len(entries)})


@table_asset(
    "velocity.amazon_ranks", deps=[*(previous_day(address) for address in POSITIONS), "trends.posts"], kinds={"pandas"}
)
def amazon_ranks(day: Day) -> DayOutput:
    """One row per day, category and product: position, what it gained since the newest earlier day, score."""
    from trend_assets.domain.scores.positions import rank_changes
    from trend_assets.warehouse.reads.velocity import positions_before

    before = _together([positions_before(day.warehouse, day.date, address) for address in POSITIONS])
    ranks = rank_changes(_together([day.read(address) for address in POSITIONS]), before)
    return DayOutput(of_day(day, ranks), metadata={"compared": int(ranks["previous_position"].notna().sum())})


@table_asset("velocity.category_movers", kinds={"pandas"})
def category_movers(day: Day) -> DayOutput:
    """One row per day and Amazon category: how much the list moved and who moved most."""
    from trend_assets.domain.scores.positions import category_movers as movers

    return DayOutput(of_day(day, movers(day.read("velocity.amazon_ranks"))))


def without_a_chance(scored: "pd.DataFrame") -> dict[str, int]:
    """Source and reason → items that have no chance for that reason."""
    if scored.empty:
        return {}
    silent = scored[scored["chance"].isna()]
    counted = (silent["source"].astype(str) + ": " + silent["chance_reason"].astype(str)).value_counts()
    return {str(reason): int(count) for reason, count in sorted(counted.items())}


@table_asset(
    "velocity.scores",
    deps=[
        "velocity.post_velocity",
        "velocity.curves",
        previous_day("velocity.baselines", and_same_day=False),
        "velocity.amazon_ranks",
        "velocity.models",
        "trends.post_snapshots",
        *BY_LIST,
        *OWN,
    ],
    kinds={"pandas"},
)
def scores(day: Day) -> DayOutput:
    """One row per day, source and post that was measured that day: all its scores with their parts.

    `chance` is what the merge uses, else `source_percentile`, the place within the source by the same score. Everything
    a score uses was known by the end of the day, and the item itself is left out of its baselines.
    """
    from trend_assets.defs.velocity.chances import brought_up_to_date, learned_by
    from trend_assets.domain.velocity.worlds import MEMBER_COLUMNS, NEEDED_CHANGES, score_worlds
    from trend_assets.warehouse.reads.velocity import rings_before

    brought_up_to_date(day)
    scored = score_worlds(
        changes=day.read("velocity.post_velocity", columns=NEEDED_CHANGES),
        snapshots=derivable_snapshots(day, MEMBER_COLUMNS),
        day=day.date,
        rings_of=lambda entries: rings_before(day.warehouse, day.date, entries),
        curves=day.read("velocity.curves"),
        commerce=_together([day.read(address, columns=["external_id", "is_commerce"]) for address in BY_LIST]),
        ranks=day.read("velocity.amazon_ranks"),
        formulas=formulas(),
        stated=stated_scores(day),
        learned=lambda simulated, members: learned_by(day, simulated, members),
    )
    classes = scored["score_class"].value_counts().to_dict() if len(scored) else {}
    return DayOutput(
        of_day(day, scored),
        metadata={f"class {name}": int(count) for name, count in sorted(classes.items())}
        | {"with_a_chance": int(scored["chance"].notna().sum()), "without_a_chance": without_a_chance(scored)},
    )
