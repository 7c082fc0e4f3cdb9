"""`trend-assets backfill`: materialize a selection of assets over a range of days in this process, with progress.

Captures run day by day, each with its own run; everything below them is one run for the whole range, as the assets'
backfill policies say. The UI's backfills do the same through the daemon.
"""

import warnings
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from trend_assets.commands.execute import (
    NothingToRun,
    Outcome,
    execute,
    opened_instance,
    own_console,
    partitions_between,
    print_failures,
    progress_bar,
    range_tags,
)
from trend_assets.runtime.first_day import EARLIEST, reach_back
from trend_assets.runtime.services import base_services
from trend_assets.settings import get_settings

if TYPE_CHECKING:
    import dagster as dg

    from trend_assets.runtime.dagster_private import AssetGraph


def backfill(selection: str, first: date, last: date) -> int:
    """Materialize `selection` (Dagster's asset selection syntax) from `first` to `last`; 1 when any of it was not
    made, also when a source did not answer: here it was asked for by name."""
    console = own_console()
    today = datetime.now(UTC).date()
    partitions_between(first, last, start=EARLIEST, today=today)
    with base_services(get_settings()), warnings.catch_warnings():
        days = partitions_between(first, last, start=reach_back(first), today=today)
        warnings.simplefilter("ignore")
        import dagster as dg

        from trend_assets.definitions import defs

        graph = defs.resolve_asset_graph()
        chosen = _resolved(selection, graph) & graph.materializable_asset_keys
        if not chosen:
            raise NothingToRun(f"{selection} selects no asset that can be materialized; the UI's catalog lists them.")
        captures = dg.AssetSelection.groups("captures").resolve(graph) & chosen
        job = defs.resolve_implicit_global_asset_job_def()
        outcome = Outcome()
        with opened_instance(console) as instance, progress_bar(console) as progress:
            for day in days if captures else ():
                outcome.add(
                    execute(
                        progress, instance, job, f"{day} captures",
                        partition_key=day.isoformat(), asset_selection=sorted(captures),
                    )
                )  # fmt: skip
            if below := sorted(chosen - captures):
                span = f"{first} to {last}" if first != last else f"{first}"
                outcome.add(execute(progress, instance, job, span, tags=range_tags(days), asset_selection=below))
        print_failures(console, outcome)
        return 1 if outcome.sources or outcome.problems else 0


def _resolved(selection: str, graph: "AssetGraph") -> "AbstractSet[dg.AssetKey]":
    import dagster as dg

    try:
        return dg.AssetSelection.from_string(selection).resolve(graph)
    except dg.DagsterError as error:
        reason = str(error).splitlines()[0]
        raise NothingToRun(f"{selection} is not a selection of assets that there are: {reason}") from None
