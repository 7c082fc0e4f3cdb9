"""The one partitions definition: the UTC day on which a thing was observed; today's partition exists today."""

from functools import cache

import dagster as dg

from trend_assets.runtime.first_day import first_day


@cache
def daily() -> dg.DailyPartitionsDefinition:
    """UTC days from where data can begin (`runtime/first_day.py`, asked once per load) to today. `end_offset=1`:
    without it the 02:00 tick of the 20th would ask for the 19th and every row would carry yesterday's date."""
    return dg.DailyPartitionsDefinition(start_date=first_day().isoformat(), timezone="UTC", end_offset=1)


def days_of(context: dg.AssetExecutionContext) -> list[str]:
    """The days that a run asks for. Raises Failure for a run that names none, as `dagster job execute` starts it."""
    if not (context.has_partition_key or context.has_partition_key_range):
        raise dg.Failure(
            "This run names no day, and every asset is made for one: choose a partition in the UI, or add "
            '--tags \'{"dagster/partition": "2026-11-20"}\'.',
            allow_retries=False,
        )
    return list(context.partition_keys)


def previous_day(address: str, *, and_same_day: bool = True) -> dg.AssetDep:
    """A dependency on a table's partition of the day before, and of the same day unless told otherwise.

    Growth reads further back when the day before is missing; the lineage names the nearest day only, so that a
    corrected day D refreshes D and D+1 and nothing else. It refreshes days that exist; an asset needs another input of
    the same day to be made at all. With `and_same_day=False` it is shown and does not trigger.
    """
    return days_before(address, 1, 0 if and_same_day else 1)


def days_before(address: str, first: int, last: int) -> dg.AssetDep:
    """A dependency on a table's partitions from `first` to `last` days before, as far as there are any."""
    return dg.AssetDep(
        dg.AssetKey(address.split(".")),
        partition_mapping=dg.TimeWindowPartitionMapping(
            start_offset=-first, end_offset=-last, allow_nonexistent_upstream_partitions=True
        ),
    )
