"""Which covers a day needs: one picture per candidate's video. Pure but for `obtain`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trend_assets.sources.call import Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import collect_side_by_side

PROVIDER = "covers"
WORKERS = 8


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Fetch the cover of each video of `inputs["covers"]` (mappings with external_id and cover_urls, best first). A
    cover that cannot be had is an answer too (its reason is the answer's note), so it is not tried again for ever;
    only an unreachable host is a failure of that cover."""
    wanted = [item for item in context.inputs.get("covers", ()) if item.get("external_id")]

    def fetch(item: Mapping[str, Any]) -> CollectReport:
        urls = item.get("cover_urls")
        # a missing list is None, or NaN when it came through a frame
        obtain(cover(str(item["external_id"]), list(urls) if isinstance(urls, Iterable) else []))
        return CollectReport(items=1)

    return collect_side_by_side(wanted, fetch, workers=WORKERS, what="Cover")


def cover(external_id: str, urls: Sequence[str]) -> Call:
    """One picture of a post. Addresses are signed and change with every answer: the post's id is the key, the
    addresses to try in order are its context."""
    return Call(PROVIDER, "cover", params={"external_id": external_id}, context={"urls": list(urls)})
