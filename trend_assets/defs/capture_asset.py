"""The shell of every asset that asks a provider: one collection per materialization, stored verbatim and priced.

    api/<provider> ─┐
    tables it needs ┴▶ capture/<name>

Only captures touch the network and money. What is asked belongs to the source's `collect`, what it needs from tables to
`inputs` of the group that owns the capture.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.defs.ops.alerts import tell_of_silent_names
from trend_assets.defs.partitions import daily, days_of
from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.side_by_side import side_by_side
from trend_assets.defs.table_asset import OWNERS
from trend_assets.runtime.sandboxed import provider_settings
from trend_assets.runtime.waiting import say_waits
from trend_assets.settings import Settings, get_settings
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import FOLDERS
from trend_assets.sources.errors import OUTCOME, MissingKey, SourceError
from trend_assets.warehouse.errors import WarehouseUnavailable

if TYPE_CHECKING:
    from trend_assets.capture.collect import Collected
    from trend_assets.warehouse.warehouse import Warehouse

LOGGED_PROBLEMS = 50

Inputs = Callable[["Warehouse", date, Settings], Mapping[str, Sequence[Any]] | None]
"""What a capture asks for, out of stored tables; None: there is nothing to ask that day."""


class CaptureConfig(dg.Config):
    """How to collect. `force` asks the provider again, and pays again, although the day has stored answers; what was
    stored stays and the new answers become one more snapshot."""

    force: bool = False


RETRY_SECONDS = 10
"""Before the outer net's one more try. The transport has already tried three times; calls that were answered are
replayed, not paid again. No RetryPolicy: Dagster applies it to cancelled steps too, so that a capture that somebody has
cancelled would go on, pay, and end as a success."""


def runbook_metadata(name: str) -> dict[str, dg.MetadataValue]:
    """The README of the source's folder, to be read in the UI beside its asset."""
    return {"runbook": dg.MetadataValue.md((FOLDERS[name] / "README.md").read_text(encoding="utf-8"))}


def capture_asset(
    spec: Source,
    *,
    collection: str,
    inputs: Inputs = lambda warehouse, day, settings: {},
    deps: Sequence[str] = (),
    skips: tuple[type[SourceError], ...] = (MissingKey,),
    below_goes_on: bool = False,
    description: str = "",
) -> dg.AssetsDefinition:
    """The capture of one source. `collection` is the tag by which jobs select it, `deps` are the tables of `inputs`.

    Errors of `skips` leave the day without this source instead of failing the step. Such a day, and one with nothing to
    ask, has no materialization, unless `below_goes_on`: then what lies below runs all the same, and says so row by row.
    """
    # covers come from many hosts, not from a provider with an account
    has_account = spec.provider is not None and spec.provider.has_account
    api = [dg.AssetKey(["api", spec.provider_name])] if has_account else []

    @dg.asset(
        key=["capture", spec.name],
        group_name="captures",
        deps=[*api, *(dg.AssetKey(address.split(".")) for address in deps)],
        description=description
        or (
            f"One row per answer of {spec.provider_name} for {spec.title}: verbatim body, redacted request, price.\n\n"
            "Materializing a day again replays what is stored; `force: true` asks and pays again and adds a snapshot. "
            "What it costs, how it fails and what to do: `runbook` in the metadata."
        ),
        partitions_def=daily(),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        pool=spec.provider_name,
        owners=OWNERS,
        kinds={spec.provider_name if has_account else "http", "api"},
        tags={"tier": spec.tier, "history": spec.history, "provider": spec.provider_name, "collection": collection},
        metadata={"dagster/table_name": f"capture.{spec.name}", **runbook_metadata(spec.name)},
        output_required=False,
    )
    def capture(context: dg.AssetExecutionContext, config: CaptureConfig, warehouse: WarehouseResource):
        if len(days := days_of(context)) > 1:
            raise dg.Failure(
                f"capture/{spec.name} is collected day by day, and this run asks for {days[0]} to {days[-1]} at once; "
                "launch them as a backfill, which makes a run of each day.",
                allow_retries=False,
            )
        store, settings, day = warehouse.open(), get_settings(), date.fromisoformat(days[0])
        wanted = inputs(store, day, settings)
        said: dict[str, Any] = {} if wanted == {} else {"asked": sum(map(len, (wanted or {}).values()))}
        collected: Collected | None = None
        try:
            if wanted is None:
                context.log.info(f"There is nothing to ask of {spec.title} for {day}; nothing was asked.")
            else:
                collected = side_by_side(context, spec, partial(_collect, context, store, wanted))
        except skips as skipped:
            context.log.warning(str(skipped))
            said["problems"] = str(skipped)
        except (SourceError, WarehouseUnavailable) as error:
            raise again_or_failed(context, error) from error
        if collected:
            for problem in [*collected.problems, *collected.silent][:LOGGED_PROBLEMS]:
                context.log.warning(problem)
            if alerted := tell_of_silent_names(settings, store, spec.name):
                context.log.info(alerted)
            said |= shown(collected)
        if collected or below_goes_on:
            yield dg.MaterializeResult(asset_key=context.asset_key, metadata=said)

    return capture


def _collect(
    context: dg.AssetExecutionContext,
    store: "Warehouse",
    wanted: Mapping[str, Sequence[Any]],
    spec: Source,
    force: bool,
) -> "Collected":
    from trend_assets.capture.collect import collect_source

    return collect_source(
        store,
        spec,
        day=date.fromisoformat(context.partition_key),
        now=datetime.now(UTC),
        settings=provider_settings(),
        run_id=context.run.run_id,
        collection_id=context.run.root_run_id or context.run.run_id,
        force=force,
        inputs=wanted,
        say=lambda sentence: say_waits(
            context.instance, context.run.run_id, f"capture__{spec.name}", spec.provider_name, sentence
        ),
    )


def again_or_failed(
    context: dg.AssetExecutionContext, error: SourceError | WarehouseUnavailable
) -> dg.RetryRequested | dg.Failure:
    """One more try where waiting can heal it, else the failure."""
    if context.retry_number == 0 and (isinstance(error, WarehouseUnavailable) or error.can_heal):
        return dg.RetryRequested(max_retries=1, seconds_to_wait=RETRY_SECONDS)
    return dg.Failure(str(error)) if isinstance(error, WarehouseUnavailable) else failure_of(error)


def failure_of(error: SourceError) -> dg.Failure:
    """A source's error as Dagster's failure: retried only when waiting can heal it."""
    return dg.Failure(
        str(error),
        metadata={"provider": error.provider, OUTCOME: error.outcome, "http_status": error.status or 0},
        allow_retries=error.can_heal,
    )


def shown(collected: "Collected") -> dict[str, Any]:
    """A collection as metadata: numbers that plot over time, and sentences."""
    return {
        "items": collected.items,
        "calls": collected.calls,
        "replayed": collected.replayed,
        "cost_usd": round(collected.cost_usd, 6),
        "complete": collected.complete,
        "problems": "\n".join(collected.problems) or "none",
        "names_without_result": "\n".join(collected.silent) or "none",
    }
