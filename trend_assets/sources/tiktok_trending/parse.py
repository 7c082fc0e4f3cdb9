"""Typed rows of TikTok's trending videos: from the list (rank only), or from the counts of the second run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trend_assets.platforms import post_address
from trend_assets.sources import values
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import ALL_COUNTS, Post, Tally, first
from trend_assets.sources.providers.apify.exported import item_of
from trend_assets.sources.providers.apify.items import items_of, require_result
from trend_assets.sources.providers.apify.tiktok import post_id_in, post_row
from trend_assets.sources.values import BadValue, Notes, dig

# Creative Center writes this handle into every address: whose video it is, it does not say
_PLACEHOLDER = "mnm_pipi"


def parse(answer: Answer) -> Parsed:
    """Rows of source.tiktok_trending, from the list (rank only) or from the counts (rank from the call's context)."""
    context = dict(answer.call.context)
    list_name = values.line(context.get("list_name"), "list_name", Notes()) or "trending"
    has_counts = context.get("role") == "counts"
    tally = Tally(what="trending TikTok videos")
    for rank, item in enumerate(items_of(answer), start=1):
        if has_counts:
            tally.take(item, _counted, tally.notes, list_name, context.get("ranks"), now=answer.fetched_at)
        else:
            tally.take(item, _listed, tally.notes, list_name, rank)
    return tally.parsed()


def _counted(item: Any, notes: Notes, list_name: str, ranks: Any, *, now: datetime) -> dict[str, Any]:
    require_result(item)
    known = dig(ranks, str(dig(item, "id")))
    place = known if isinstance(known, int) and known > 0 else None
    return post_row(item, notes, list_name=list_name, rank=place, now=now)


def _listed(item: Any, notes: Notes, list_name: str, rank: int) -> dict[str, Any]:
    require_result(item)
    if not isinstance(item, dict):
        raise BadValue("It is not an object.")
    in_url = post_id_in(item.get("item_url"))
    # `id` is the row's own id in some answers: the post's id is item_id, or what its address says
    post_id = values.identifier(first((item.get("item_id"), in_url[1] if in_url else None, item.get("id"))), "item_id")
    if not any(item.get(name) for name in ("item_id", "item_url", "title", "cover")):
        raise BadValue(f"Item {post_id} has an id and nothing else that we know: another shape than the agreed one.")
    name = values.handle(in_url[0]) if in_url else None
    if name == _PLACEHOLDER:
        name, in_url = None, None
    caption = values.text(item.get("title"), "title", notes)
    url = values.address(item.get("item_url"))
    return Post(
        platform="tiktok",
        external_id=post_id,
        kind="video",
        list_name=list_name,
        list_rank=rank,
        description=caption,
        creator_handle=name,
        url=url if in_url else post_address("tiktok", post_id),
        cover_url=values.address(item.get("cover")),
        hashtags=values.hashtags_in(caption, notes=notes),
        duration_seconds=values.number(item.get("duration"), "duration", notes) or None,
        metrics_unavailable=list(ALL_COUNTS),
    ).row()


def read_exported(record: Mapping[str, Any], notes: Notes, now: datetime) -> dict[str, Any]:
    """One video of a file that the actor of the counts has made."""
    return post_row(item_of(record), notes, list_name="", rank=None, now=now)
