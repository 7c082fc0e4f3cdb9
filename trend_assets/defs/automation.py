"""Named automation conditions. Schedules start collections; everything below the captures follows by these.

None stops at `in_latest_time_window`: a source repaired days later refreshes that day's downstream by itself.
"""

import dagster as dg
from dagster import AutomationCondition as AC


def downstream(*, lineage_only: dg.AssetSelection | None = None) -> dg.AutomationCondition:
    """Materialize a day when any input of it was updated, in whatever run, and none is in flight.

    `any_deps_match(newly_updated | will_be_requested)` and not `any_deps_updated()`, which overlooks updates made by a
    run whose selection also held this asset. A missing input does not hold it back: what worked is used. Data that
    fails a blocking check needs no holding back, since the asset shell judges rows before it writes them
    (`all_deps_blocking_checks_passed` would wait for ever for a source that failed, and knows no days). `lineage_only` inputs show in the graph but do not trigger (self-references and
    long look-backs).
    """
    updated = AC.any_deps_match(AC.newly_updated() | AC.will_be_requested())
    in_flight = AC.any_deps_in_progress()
    if lineage_only is not None:
        updated = updated.ignore(lineage_only)
        in_flight = in_flight.ignore(lineage_only)
    return (
        updated.with_label("any_input_updated").since_last_handled()
        & ~in_flight.with_label("any_input_in_flight")
        & ~AC.in_progress()
    ).with_label("refresh_when_any_input_updated")
