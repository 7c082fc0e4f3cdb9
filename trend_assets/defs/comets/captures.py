"""What the Comet layers ask the network for: covers of who passed the free checks, profiles of who is left and of the
roster. Both replay what is stored: after a crash in the middle the next attempt asks only for who is missing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.defs.captures.assets import RETRY, RUNBOOKS, CaptureConfig, failure_of, shown
from trend_assets.defs.partitions import daily
from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.table_asset import OWNERS
from trend_assets.settings import Settings, get_settings
from trend_assets.sources.errors import MissingKey, NoHistory, SourceError
from trend_assets.sources.registry import CAPTURES

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

Inputs = Callable[["Warehouse", date, Settings], Mapping[str, list[dict[str, Any]]]]


def covers_of(warehouse: "Warehouse", day: date, settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """The covers that layer 3 wants, by video."""
    from trend_assets.domain.comets.candidates import covers_wanted

    wanted = covers_wanted(
        warehouse.read("comets.pronoun_check", day=day), warehouse.read("comets.candidate_videos", day=day)
    )
    return {"covers": [{name: item[name] for name in ("external_id", "cover_urls")} for item in wanted]}


def profiles_of(warehouse: "Warehouse", day: date, settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Candidates that passed everything cheaper, then the roster as it stands, each creator once. Creators of the
    simulated world are asked of the sandbox only, real ones of the provider only."""
    from trend_assets.domain.comets.candidates import profiles_wanted, records
    from trend_assets.domain.comets.roster import roll_call_wanted

    simulated = settings.mode("tikhub") == "sandbox"
    found = warehouse.read("comets.candidates", day=day)
    criteria = warehouse.read("comets.criteria_check", day=day)
    discovery = profiles_wanted(found[found["is_simulated"] == simulated], criteria)
    members = [row for row in records(warehouse.read("comets.creators")) if row["is_simulated"] == simulated]
    before = [row for row in members if row["first_seen"].astimezone(UTC).date() <= day]
    called = roll_call_wanted(before, day=day, already=(item["user_id"] for item in discovery))
    # without handles: a rename in between must not make the same question look like another one, and be paid twice
    return {"creators": [{name: item[name] for name in ("user_id", "sec_uid")} for item in [*discovery, *called]]}


def comet_capture(name: str, *, inputs: Inputs, deps: list[str], tag: str, description: str) -> dg.AssetsDefinition:
    """A capture that asks for what the layers before it left over."""
    spec = CAPTURES[name]
    # covers come from many hosts, not from a provider with an account
    api = ["api", "tikhub"] if spec.provider == "tikhub" else None

    @dg.asset(
        key=["capture", name],
        group_name="captures",
        deps=[*([dg.AssetKey(api)] if api else []), *(dg.AssetKey(address.split(".")) for address in deps)],
        description=description,
        partitions_def=daily(),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        retry_policy=RETRY,
        pool=spec.provider,
        owners=OWNERS,
        kinds={spec.provider if api else "http", "api"},
        tags={"tier": spec.tier, "history": spec.history, "provider": spec.provider, "collection": tag},
        metadata={"runbook": f"{RUNBOOKS}/{name}.md", "dagster/table_name": f"capture.{name}"},
        output_required=False,
    )
    def capture(context: dg.AssetExecutionContext, config: CaptureConfig, warehouse: WarehouseResource):
        from trend_assets.operations.collect import collect_source

        store, settings, day = warehouse.open(), get_settings(), date.fromisoformat(context.partition_key)
        wanted = inputs(store, day, settings)
        asked = sum(map(len, wanted.values()))
        if not asked:
            context.log.info(f"Nothing to ask of {spec.title} for {day}.")
            yield dg.MaterializeResult(asset_key=context.asset_key, metadata={"asked": 0})
            return
        try:
            collected = collect_source(
                store,
                spec,
                day=day,
                now=datetime.now(UTC),
                settings=settings,
                run_id=context.run.run_id,
                collection_id=context.run.root_run_id or context.run.run_id,
                force=config.force,
                inputs=wanted,
            )
        except (MissingKey, NoHistory) as skipped:
            # a past day cannot be asked for any more: what lies below is told so row by row
            context.log.warning(str(skipped))
            yield dg.MaterializeResult(asset_key=context.asset_key, metadata={"asked": asked, "problems": str(skipped)})
            return
        except SourceError as error:
            raise failure_of(error) from error
        for problem in collected.problems[:50]:
            context.log.warning(problem)
        yield dg.MaterializeResult(asset_key=context.asset_key, metadata={"asked": asked, **shown(collected)})

    return capture


comet_covers = comet_capture(
    "comet_covers",
    inputs=covers_of,
    deps=["comets.pronoun_check", "comets.candidate_videos"],
    tag="daily",
    description=(
        "One row per cover of a candidate's video: its bytes, or why there are none.\n\nAddresses are signed, "
        "so covers are fetched in the run that found them, by the guarded fetcher. Purged after the judgement window; "
        "what was seen on them stays in comets.cover_checks."
    ),
)
creator_profiles = comet_capture(
    "creator_profiles",
    inputs=profiles_of,
    deps=["comets.candidates", "comets.criteria_check"],
    tag="roll_call",
    description=(
        "One row per profile answer of TikHub: candidates that passed every cheaper layer, and the roll call of the "
        "roster.\n\nAs fast as the provider's limit allows; a day again asks only for who is missing, unless `force`."
    ),
)
