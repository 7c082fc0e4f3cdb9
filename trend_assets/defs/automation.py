"""Named automation conditions. Schedules start collections; everything below the captures follows by these.

None stops at `in_latest_time_window`: a source repaired days later refreshes that day's downstream by itself.
"""

import dagster as dg
from dagster import AutomationCondition as AC


def downstream(
    *, growth: dg.AssetSelection | None = None, lineage_only: dg.AssetSelection | None = None
) -> dg.AutomationCondition:
    """Materialize a day when an input of it was updated, in whatever run, and none is in flight.

    `any_deps_match(newly_updated | will_be_requested)` and not `any_deps_updated()`, which overlooks updates made by a
    run whose selection also held this asset. A missing input does not hold it back: what worked is used. Data that
    fails a blocking check needs no holding back, since the asset shell judges rows before it writes them
    (`all_deps_blocking_checks_passed` would wait for ever for a source that failed, and knows no days).

    `growth`: inputs that are read for the day and the day before. They refresh days that exist, so that a corrected day
    D refreshes D+1, but never make D+1 before it was collected. `lineage_only`: inputs of which earlier days are read;
    shown, never triggering.
    """
    updated = AC.any_deps_match(AC.newly_updated() | AC.will_be_requested())
    in_flight = AC.any_deps_in_progress()
    passive = [selection for selection in (growth, lineage_only) if selection is not None]
    same_day = updated.ignore(_union(passive)) if passive else updated
    triggered: dg.AutomationCondition = same_day.with_label("any_input_updated")
    if growth is not None:
        # not `will_be_requested`: day and next day in one tick become a backfill, which the daemon walks through in
        # steps of half a minute, and in two runs the next day could overtake the day it grows from
        grown = AC.any_deps_match(AC.newly_updated()).allow(growth) & ~AC.missing()
        triggered = triggered | grown.with_label("day_before_updated")
    if lineage_only is not None:
        in_flight = in_flight.ignore(lineage_only)
    return (
        triggered.since_last_handled() & ~in_flight.with_label("any_input_in_flight") & ~AC.in_progress()
    ).with_label("refresh_when_any_input_updated")


def _union(selections: list[dg.AssetSelection]) -> dg.AssetSelection:
    """One selection of all."""
    first, *others = selections
    for other in others:
        first = first | other
    return first
