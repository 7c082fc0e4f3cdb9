"""The user's own files as a source: their stored parts, and typed rows by observation day.

    trend-assets import, or a file in the import folder ─▶ capture/imported_posts ─▶ source/imported_posts ─▶ trends

The parts are written by the import itself, which reports each day to Dagster; the rows are an ordinary table asset, so
backfills and lineage work as for every source.
"""

import dagster as dg

from trend_assets.defs.capture_asset import runbook_metadata
from trend_assets.defs.partitions import daily
from trend_assets.defs.table_asset import OWNERS, Day, DayOutput, parsed, table_asset
from trend_assets.imports.command import CAPTURE
from trend_assets.sources.discovery import named

PARTS, ROWS = named("capture", "own_files"), named("source", "own_files")

stored_parts = dg.AssetSpec(
    CAPTURE,
    group_name="imports",
    description=(
        "One row per stored part of a user's file and observation day: the file's rows as they were.\n\n"
        "Written by `trend-assets import` or the import folder, not by Dagster. How: `runbook` in the metadata."
    ),
    partitions_def=daily(),
    owners=OWNERS,
    kinds={"file", "postgres"},
    tags={"tier": "own", "history": "range", "provider": "import"},
    metadata={"dagster/table_name": PARTS, **runbook_metadata(ROWS.partition(".")[2])},
)


@table_asset(ROWS, group="imports", tags={"tier": "own", "provider": "import"})
def imported_posts(day: Day) -> DayOutput:
    """One row per day, observation time, list and post of a user's file, typed like every other source.

    Parsed from the stored parts: where two files measured the same thing at the same time, the newer import wins.
    """
    from trend_assets.imports.rows import parse_import
    from trend_assets.imports.store import SOURCE

    return parsed(day, ROWS, SOURCE, parse_import)
