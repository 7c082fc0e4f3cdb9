"""Exported data sets: their records as the live items are."""

from collections.abc import Mapping
from typing import Any

from trend_assets.platforms import item_in
from trend_assets.sources.providers.apify.items import require_result


def item_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """An exported record as the actor's data set has it: nested where the export wrote `outer.inner`, with the id of
    its address where the export left the id out. Raises ErrorRow for the actor's own report of a failure."""
    require_result(record)
    if any("." in name for name in record):
        nested: dict[str, Any] = {}
        for name, value in record.items():
            outer, dot, inner = name.partition(".")
            place = nested.setdefault(outer, {}) if dot else nested
            if isinstance(place, dict):
                place[inner if dot else outer] = value
        record = nested
    if record.get("id") not in (None, ""):
        return record
    item = next((item for name in ("webVideoUrl", "url", "twitterUrl") if (item := item_in(record.get(name)))), None)
    return {**record, "id": item[1]} if item else record
