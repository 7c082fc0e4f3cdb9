"""Two assets per source, made from the source registry: the verbatim capture and the typed rows.

    api/<provider> ──▶ capture/<source> ──▶ source/<source>

Only captures touch the network and money; a capture that has answers for its day replays them unless `force` is set.
Captures that depend on judged data (covers, profiles, panel) live with the group that judges.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.defs.partitions import daily
from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.table_asset import OWNERS, Day, DayOutput, table_asset
from trend_assets.settings import get_settings
from trend_assets.sources.errors import MissingKey, SourceError
from trend_assets.sources.registry import SOURCES, SourceSpec
from trend_assets.warehouse.catalogue.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.operations.collect import Collected
    from trend_assets.warehouse.warehouse import Warehouse

RUNBOOKS = "docs/sources"


class CaptureConfig(dg.Config):
    """How to collect. `force` asks the provider again, and pays again, although the day has stored answers; what was
    stored stays and the new answers become one more snapshot."""

    force: bool = False


RETRY = dg.RetryPolicy(max_retries=1, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""The outer net. The transport has already tried three times; calls that were answered are replayed, not paid again."""


def failure_of(error: SourceError) -> dg.Failure:
    """A source's error as Dagster's failure: retried only when waiting can heal it."""
    return dg.Failure(
        str(error),
        metadata={"provider": error.provider, "outcome": error.outcome, "http_status": error.status or 0},
        allow_retries=error.can_heal,
    )


def keywords_of(warehouse: "Warehouse", day: date, limit: int) -> list[str]:
    """The day's first `limit` trending keywords of the newest collection, repeats by case and spacing left out."""
    frame = warehouse.read("source.trending_keywords", day=day, columns=["keyword", "rank", "collected_at"])
    if frame.empty:
        return []
    newest = frame[frame["collected_at"] == frame["collected_at"].max()].sort_values("rank")
    chosen: dict[str, str] = {}
    for keyword in newest["keyword"]:
        chosen.setdefault(" ".join(str(keyword).casefold().split()), str(keyword))
    return list(chosen.values())[:limit]


def inputs_of(spec: SourceSpec, warehouse: "Warehouse", day: date) -> Mapping[str, Any]:
    """What a source needs from upstream tables before it can ask."""
    settings = get_settings()
    return (
        {"keywords": keywords_of(warehouse, day, settings.comet_keywords_per_day)} if "keywords" in spec.needs else {}
    )


def shown(collected: "Collected") -> dict[str, Any]:
    """A collection as metadata: numbers that plot over time, and sentences."""
    return {
        "items": collected.items,
        "calls": collected.calls,
        "replayed": collected.replayed,
        "cost_usd": collected.cost_usd,
        "complete": collected.complete,
        "problems": "\n".join(collected.problems) or "none",
    }


def capture_asset(spec: SourceSpec) -> dg.AssetsDefinition:
    """The capture of one source: one collection per materialization, stored verbatim and priced."""
    needs = [dg.AssetKey(["source", "trending_keywords"])] if "keywords" in spec.needs else []

    @dg.asset(
        key=["capture", spec.name],
        group_name="captures",
        deps=[dg.AssetKey(["api", spec.provider]), *needs],
        description=(
            f"One row per answer of {spec.provider} for {spec.title}: verbatim body, redacted request, price.\n\n"
            f"Materializing a day again replays what is stored; `force: true` asks and pays again and adds a snapshot. "
            f"Runbook: {RUNBOOKS}/{spec.name}.md."
        ),
        partitions_def=daily(),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        retry_policy=RETRY,
        pool=spec.provider,
        owners=OWNERS,
        kinds={spec.provider, "api"},
        tags={"tier": spec.tier, "history": spec.history, "provider": spec.provider, "collection": "daily"},
        metadata={"runbook": f"{RUNBOOKS}/{spec.name}.md", "dagster/table_name": f"capture.{spec.name}"},
        output_required=False,
    )
    def capture(context: dg.AssetExecutionContext, config: CaptureConfig, warehouse: WarehouseResource):
        from trend_assets.operations.collect import collect_source

        store = warehouse.open()
        day = date.fromisoformat(context.partition_key)
        try:
            collected = collect_source(
                store,
                spec,
                day=day,
                now=datetime.now(UTC),
                settings=get_settings(),
                run_id=context.run.run_id,
                collection_id=context.run.root_run_id or context.run.run_id,
                force=config.force,
                inputs=inputs_of(spec, store, day),
            )
        except MissingKey as skipped:
            context.log.warning(str(skipped))
            return
        except SourceError as error:
            raise failure_of(error) from error
        for problem in collected.problems:
            context.log.warning(problem)
        yield dg.MaterializeResult(asset_key=context.asset_key, metadata=shown(collected))

    return capture


def rows_asset(spec: SourceSpec) -> dg.AssetsDefinition:
    """The typed rows of one source, parsed from the day's stored answers: no network, no cost, any day again."""
    table = TABLES[f"source.{spec.name}"]

    def rows(day: Day) -> DayOutput:
        from trend_assets.warehouse.captures import stored_answers
        from trend_assets.warehouse.typed_rows import typed_rows

        typed = typed_rows(table, stored_answers(day.warehouse, spec.name, day.date), spec.parse, day=day.date)
        return DayOutput(
            typed.frame,
            metadata={"notes": "\n".join(typed.notes[:20]) or "none"},
            received=typed.received,
            deduplicated=typed.deduplicated,
            quarantined=typed.quarantined,
        )

    rows.__doc__ = f"{table.grain}\n\n{table.description}"
    return table_asset(
        table.address,
        deps=[f"capture.{spec.name}"],
        group="sources",
        tags={"tier": spec.tier, "provider": spec.provider},
    )(rows)


apis = [
    dg.AssetSpec(
        key=["api", provider],
        group_name="providers",
        kinds={"api"},
        owners=OWNERS,
        description=f"{provider}: an external API, not materialized by Dagster.",
    )
    for provider in ("tikhub", "apify", "youtube", "reddit", "instagram")
]
captures = [capture_asset(spec) for spec in SOURCES.values()]
rows = [rows_asset(spec) for spec in SOURCES.values()]
