"""Two assets per source, made from what the sources declare: the verbatim capture and the typed rows.

    api/<provider> ──▶ capture/<source> ──▶ source/<source>

Only captures touch the network and money; a capture that has answers for its day replays them unless `force` is set.
Captures that depend on judged data (covers, profiles, panel) live with the group that judges.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from trend_assets.defs.capture_asset import capture_asset
from trend_assets.defs.table_asset import OWNERS, Day, DayOutput, of_answers, table_asset
from trend_assets.settings import get_settings
from trend_assets.sources.collecting import distinct_keywords
from trend_assets.sources.declare import Provider, Source
from trend_assets.sources.discovery import LISTS, PROVIDERS, options_of, the, with_role
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse


FIELDS_SHOWN = 50


def keywords_of(warehouse: "Warehouse", day: date, limit: int) -> list[str]:
    """The day's first `limit` trending keywords of the newest collection, repeats by case and spacing left out."""
    frame = warehouse.read(f"source.{the('search_words').name}", day=day, columns=["keyword", "rank", "collected_at"])
    if frame.empty:
        return []
    newest = frame[frame["collected_at"] == frame["collected_at"].max()].sort_values(["rank", "keyword"])
    return distinct_keywords(newest["keyword"])[:limit]


def inputs_of(spec: Source, warehouse: "Warehouse", day: date) -> Mapping[str, list[str]]:
    """What a source needs from upstream tables before it can ask."""
    if "keywords" not in spec.needs:
        return {}
    return {"keywords": keywords_of(warehouse, day, options_of(spec, get_settings()).keywords_per_day)}


def source_capture(spec: Source) -> dg.AssetsDefinition:
    """The daily capture of one source."""
    return capture_asset(
        spec,
        collection="daily",
        inputs=lambda warehouse, day, settings: inputs_of(spec, warehouse, day),
        deps=[f"source.{words.name}" for words in with_role("search_words")] if "keywords" in spec.needs else [],
    )


def rows_asset(spec: Source) -> dg.AssetsDefinition:
    """The typed rows of one source, parsed from the day's stored answers: no network, no cost, any day again."""
    table = TABLES[f"source.{spec.name}"]

    def rows(day: Day) -> DayOutput:
        from trend_assets.capture.fields import Watch, note
        from trend_assets.capture.session import stored_answers
        from trend_assets.capture.typed_rows import typed_rows

        watch = Watch()
        answers = watch.passing(stored_answers(day.warehouse, spec.name, day.date))
        typed = typed_rows(table, answers, spec.parse, day=day.date)
        new, dropped = day.warehouse.transact(
            lambda connection: note(connection, spec.name, day.date, watch.fields),
            doing=f"Noting the fields of {spec.name}",
        )
        for what, names in (("New in", new), ("No longer in", dropped)):
            if names:
                day.log.warning(
                    f"{what} the answers of {spec.provider_name} for {spec.name}: {', '.join(names[:FIELDS_SHOWN])}. "
                    "Said once; what is new is kept in the stored answers, and in no column."
                )
        return of_answers(
            typed,
            new_fields="\n".join(new[:FIELDS_SHOWN]) or "none",
            dropped_fields="\n".join(dropped[:FIELDS_SHOWN]) or "none",
        )

    rows.__doc__ = f"{table.grain}\n\n{table.description}"
    return table_asset(table.address, group="sources", tags={"tier": spec.tier, "provider": spec.provider_name})(rows)


def api_asset(provider: Provider) -> dg.AssetSpec:
    """A provider as the graph's beginning."""
    key = {"key": provider.key, "key from": dg.MetadataValue.url(provider.key_from.split()[0])} if provider.key else {}
    return dg.AssetSpec(
        key=["api", provider.name],
        group_name="providers",
        kinds={"api"},
        owners=OWNERS,
        description=(
            f"{provider.title}: {provider.gives}.\n\nAn external API: nothing to materialize here, its captures ask it."
        ),
        metadata={**key, "state and budget": "trend-assets doctor"},
    )


apis = [api_asset(provider) for provider in PROVIDERS.values() if provider.has_account]
captures = [source_capture(spec) for spec in LISTS.values()]
rows = [rows_asset(spec) for spec in LISTS.values()]
