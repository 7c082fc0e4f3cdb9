"""One profile call per creator asked for. Pure but for `obtain`."""

from collections.abc import Mapping
from typing import Any

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import collect_side_by_side
from trend_assets.sources.providers.tikhub import calls


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """One profile call per creator of `inputs["creators"]` (mappings with user_id, sec_uid and/or handle)."""
    creators = [creator for creator in context.inputs.get("creators", ()) if _ids_of(creator)]

    def profile(creator: Mapping[str, Any]) -> CollectReport:
        obtain(calls.user_profile(**_ids_of(creator)))
        return CollectReport(items=1)

    return collect_side_by_side(creators, profile, workers=calls.WORKERS, what="Creator")


def _ids_of(creator: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name in ("user_id", "sec_uid", "handle") if isinstance(value := creator.get(name), str)}
