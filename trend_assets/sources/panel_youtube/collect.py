"""Known YouTube videos asked for again by id, 50 a unit."""

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import chunks, collect_side_by_side
from trend_assets.sources.providers.youtube import calls


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Measure known videos again (`inputs["items"]`: video ids), 50 a unit."""
    ids = list(dict.fromkeys(str(item) for item in context.inputs.get("items", ())))

    def measure(batch: list[str]) -> CollectReport:
        obtain(calls.videos(batch))
        return CollectReport(items=len(batch))

    return collect_side_by_side(chunks(ids, calls.IDS_PER_CALL), measure, workers=4, what="Videos")
