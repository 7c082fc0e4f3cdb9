"""The YouTube Data API v3: search, videos, channels, and their quota buckets.

Assumptions: a day's quota is counted per UTC day of the request's instant (the real one resets at midnight Pacific).
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trend_assets.sandbox import spoil
from trend_assets.sandbox.faults import Ask, iso_day
from trend_assets.sandbox.life.clips import topic_of_text
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.life.dice import text_number
from trend_assets.sandbox.simulation import Simulation
from trend_assets.sandbox.state import ask_of, fault, number, reply, sandbox_of
from trend_assets.sandbox.world import World, breakout
from trend_assets.sources.providers.youtube.simulated_items import (
    about,
    born,
    channel_of,
    iso_duration,
    search_item,
    snippet_of,
    statistics_of,
    thumbnails,
)
from trend_assets.sources.providers.youtube.simulated_tube import CHANNELS, Tubes, TubeWorld

MOST_RESULTS = 500
PAID_SHARE = 0.03
"""Of videos, those that say that somebody paid for what they show."""
DURATIONS = {"short": (0, 239), "medium": (240, 1200), "long": (1201, 10**9)}
SHORTS_QUERIES = {"#shorts", "shorts", ""}


def error(
    status: int, reason: str, message: str, domain: str = "youtube.parameter", headers: dict[str, str] | None = None
) -> Response:
    """An error as Google writes it."""
    body = {"code": status, "message": message, "errors": [{"message": message, "domain": domain, "reason": reason}]}
    if status == 429:
        body |= {
            "status": "RESOURCE_EXHAUSTED",
            "details": [{"reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com"}],
        }
    return reply({"error": body}, status, headers)


def quota_error() -> Response:
    """403 quotaExceeded."""
    text = "The request cannot be completed because you have exceeded your quota."
    return error(403, "quotaExceeded", text, "youtube.quota")


BUCKETS = {"search": 100, "units": 10_000}
"""Units of a day: searches have a bucket of calls, everything else shares units."""


def _refused(request: Request, bucket: str, endpoint: str) -> Response | None:
    """Take quota, meet faults: the error to answer with, None when all is well."""
    sandbox, ask = sandbox_of(request), ask_of(request)
    seen = sandbox.memory.setdefault("youtube_calls", {})
    for active in sandbox.faults.matching("quota_exceeded", ask):
        calls = seen[active.number] = seen.get(active.number, 0) + 1
        if calls <= int(active.options.get("after", 0)):
            break
    else:
        if fault(request, "quota_exceeded") is not None:
            return quota_error()
    day, limit = iso_day(ask.instant), BUCKETS[bucket]
    if not sandbox.meter.spend_quota("youtube", bucket, day, limit=limit, endpoint=endpoint):
        return quota_error()
    return None


def _instant(text: str | None, default: float) -> float | None:
    if not text:
        return default
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None


@lru_cache(maxsize=128)
def _searched(world: World, query: str, minute: int, after: float, before: float, order: str, duration: str) -> Tubes:
    instant = minute * 60.0
    last = int(min(before, instant) // 86_400)
    first = max(int(after // 86_400), last - 30)
    tubes = Tubes.join([world.tube.posted_on(day) for day in range(first, last + 1)])
    keep = (tubes.posted_at >= after) & (tubes.posted_at <= min(before, instant))
    keep &= ~(tubes.is_gone & (tubes.posted_at < instant - 86_400))
    low, high = DURATIONS.get(duration, (0, 10**9))
    keep &= (tubes.seconds >= low) & (tubes.seconds <= high)
    which = text_number(query) >> 8
    luck = world.dice.uniform("y/luck", tubes.channel, tubes.day, tubes.slot, np.full(len(tubes), which))
    if query.casefold() not in SHORTS_QUERIES:
        keep &= (tubes.topic == topic_of_text(query)) | (tubes.story >= 0) | (luck < 0.02)
    tubes, luck = tubes.take(np.flatnonzero(keep)), luck[keep]
    views = world.tube.counts(tubes, instant)[0]
    score = {
        "date": tubes.posted_at.astype(float),
        "viewCount": views.astype(float),
        "rating": luck,
        "title": -luck,
    }.get(order, np.log10(views + 10) * 1.2 + 2.5 * luck)
    return tubes.take(np.argsort(-score, kind="stable")[:MOST_RESULTS])


async def search(request: Request) -> Response:
    """search.list for videos or channels: one call of the search bucket per page."""
    query, ask, world = request.query_params, ask_of(request), sandbox_of(request).world
    size = number(query.get("maxResults"), 5, high=50)
    after, before = (
        _instant(query.get("publishedAfter"), ask.instant - 9 * 86_400),
        _instant(query.get("publishedBefore"), ask.instant),
    )
    if after is None or before is None:
        return error(400, "invalidSearchFilter", "publishedAfter and publishedBefore must be RFC 3339 date-times.")
    if query.get("videoDuration") and query.get("type") != "video":
        return error(400, "invalidSearchFilter", "videoDuration needs type=video.")
    if refused := _refused(request, "search", "search"):
        return refused
    start = _offset(query.get("pageToken"))
    if start is None:
        return error(400, "invalidPageToken", "The request specifies an invalid page token.")
    if query.get("type") == "channel":
        kept, items = _channels_found(ask, world, query.get("q", ""), start, size)
    else:
        text = query.get("q", "")
        tubes = _searched(
            world,
            text,
            int(ask.instant // 60),
            after,
            before,
            query.get("order", "relevance"),
            query.get("videoDuration", "any"),
        )
        if channel := query.get("channelId"):
            tubes = tubes.take(np.flatnonzero(tubes.channel == world.tube.by_channel_id.get(channel, -1)))
        kept = len(tubes)
        # pages repeat an item of the page before now and then
        repeat = int(start > 0 and world.dice.uniform("y/repeat", start, text_number(text)) < 0.3)
        page = tubes.take(slice(start - repeat, start - repeat + size))
        items = [search_item(ask, world, page, row) for row in range(len(page))]
    if fault(request, "short_page") is not None:
        items = items[: len(items) // 2]
    items = spoil.tube_items(request, items)
    answer: dict[str, Any] = {
        **_head(ask, "search", total=min(kept * 2000 + 1, 1_000_000), size=size),
        "regionCode": query.get("regionCode", "US"),
        "v2items" if fault(request, "shape_moved") is not None else "items": items,
    }
    if start + size < kept and size:
        answer["nextPageToken"] = _token(start + size)
    if start:
        answer["prevPageToken"] = _token(max(start - size, 0))
    if (options := fault(request, "same_cursor")) is not None:
        answer["nextPageToken"] = str(options.get("cursor", query.get("pageToken") or _token(0)))
    return reply(answer)


def _head(ask: Ask, what: str, *, total: int, size: int) -> dict[str, Any]:
    """How a list begins."""
    return {
        "kind": f"youtube#{what}ListResponse",
        "etag": f"sandbox-{int(ask.instant)}",
        "pageInfo": {"totalResults": total, "resultsPerPage": size},
    }


def _token(start: int) -> str:
    return f"C{start:04d}QAA"


def _offset(token: str | None) -> int | None:
    if not token:
        return 0
    return int(token[1:-3]) if token.startswith("C") and token.endswith("QAA") and token[1:-3].isdigit() else None


def _channels_found(ask: Ask, world: World, text: str, start: int, size: int) -> tuple[int, list[dict[str, Any]]]:
    """Channels whose name or handle holds the words, then those of the topic."""
    wanted, topic = text.casefold().replace("@", "").strip(), topic_of_text(text)
    everyone = range(len(world.tube.index))
    named = [
        n
        for n in everyone
        if wanted and wanted in (world.tube.channel_title(n) + world.tube.channel_handle(n)).casefold()
    ]
    luck = world.dice.uniform("y/chluck", world.tube.index, np.full(len(world.tube.index), text_number(text) >> 8))
    fitting = sorted((n for n in everyone if world.tube.topic[n] == topic and n not in named), key=lambda n: luck[n])
    channels = named + fitting
    items = []
    for channel in channels[start : start + size]:
        number_of = world.tube.channel_id(channel)
        items.append(
            {
                "kind": "youtube#searchResult",
                "etag": f"c-{number_of}",
                "id": {"kind": "youtube#channel", "channelId": number_of},
                "snippet": {
                    "publishedAt": born(world, channel),
                    "channelId": number_of,
                    "title": world.tube.channel_title(channel),
                    "description": about(world, channel),
                    "thumbnails": thumbnails(ask, world, number_of, sized=False),
                    "channelTitle": world.tube.channel_title(channel),
                    "liveBroadcastContent": "none",
                },
            }
        )
    return len(channels), items


def _asked_ids(request: Request) -> list[str] | Response:
    ids = [code.strip() for code in request.query_params.get("id", "").split(",") if code.strip()]
    if not ids:
        return error(400, "missingRequiredParameter", "No filter selected. Expected one of: id.")
    if len(ids) > 50:
        return error(400, "invalidFilters", "The id parameter takes at most 50 ids.")
    return ids[::2] if fault(request, "vanished_ids") is not None else ids


async def videos(request: Request) -> Response:
    """videos.list by id; ids that are gone are silently left out, the order is not the one asked for."""
    ids = _asked_ids(request)
    if isinstance(ids, Response):
        return ids
    if refused := _refused(request, "units", "videos"):
        return refused
    ask, world = ask_of(request), sandbox_of(request).world
    parts = set(request.query_params.get("part", "snippet").split(","))
    items = []
    for code in sorted(set(ids), key=lambda code: text_number(code)):
        tubes = world.tube.by_id(code, ask.instant)
        if tubes is None:
            continue
        item: dict[str, Any] = {"kind": "youtube#video", "etag": f"v-{code}", "id": code}
        if "snippet" in parts:
            item["snippet"] = snippet_of(ask, world, tubes, code)
        if "contentDetails" in parts:
            item["contentDetails"] = {
                "duration": iso_duration(int(tubes.seconds[0])),
                "dimension": "2d",
                "definition": "hd",
                "caption": "false",
                "licensedContent": False,
                "projection": "rectangular",
            }
        if "statistics" in parts:
            item["statistics"] = statistics_of(world, tubes, ask.instant)
        if "paidProductPlacementDetails" in parts:
            is_paid = world.dice.uniform("yt/paid", text_number(code)) < PAID_SHARE
            item["paidProductPlacementDetails"] = {"hasPaidProductPlacement": is_paid}
        items.append(item)
    items = spoil.tube_items(request, items)
    name = "v2items" if fault(request, "shape_moved") is not None else "items"
    return reply({**_head(ask, "video", total=len(items), size=len(items)), name: items})


async def channels(request: Request) -> Response:
    """channels.list by id or forHandle: subscribers rounded to three digits, absent when hidden."""
    query, ask, world = request.query_params, ask_of(request), sandbox_of(request).world
    if handle := query.get("forHandle"):
        wanted = "@" + handle.lower().lstrip("@")
        ids: list[str] | Response = [
            world.tube.channel_id(n) for n in range(CHANNELS) if world.tube.channel_handle(n) == wanted
        ]
    else:
        ids = _asked_ids(request)
    if isinstance(ids, Response):
        return ids
    if refused := _refused(request, "units", "channels"):
        return refused
    items = [
        channel_of(ask, world, world.tube.by_channel_id[one])
        for one in dict.fromkeys(ids)
        if one in world.tube.by_channel_id
    ]
    return reply(_head(ask, "channel", total=len(items), size=5) | ({"items": items} if items else {}))


REASONS = {400: "keyInvalid", 403: "forbidden", 429: "rateLimitExceeded", 500: "backendError"}


def failure(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """An error of a status in YouTube's own shape."""
    return error(status, REASONS.get(status, "backendError"), "Simulated failure.", "global", headers)


def refuse(request: Request, key: str) -> Response:
    """The answer to a missing or wrong key."""
    return failure(request, 400)


def planted(world: World, number: int) -> list[dict[str, Any]]:
    """Videos whose wave begins on a day."""
    breakouts = []
    tubes = world.tube.breakouts_of(number)
    for row in range(len(tubes)):
        video, start = tubes.take(np.array([row])), float(tubes.wave_at[row])
        breakouts.append(
            breakout(
                "youtube",
                world.tube.video_id(video, 0),
                posted_at=video.posted_at[0],
                started_at=start,
                creator_id=world.tube.channel_id(int(video.channel[0])),
                views_at_start=int(world.tube.counts(video, start)[0][0]),
                views_after_24_hours=int(world.tube.counts(video, start + DAY)[0][0]),
            )
        )
    return breakouts


SIMULATION = Simulation(
    provider="youtube",
    routes=lambda: [
        Route("/youtube/v3/search", search),
        Route("/youtube/v3/videos", videos),
        Route("/youtube/v3/channels", channels),
    ],
    endpoints=((r"^/youtube/v3/([\w:]+)", r"\1"),),
    failure=failure,
    faults={
        "quota_exceeded": "403 quotaExceeded; with `after`: n only once n calls have been answered.",
        "vanished_ids": "Every second video id is silently left out.",
    },
    refuse=refuse,
    keys_in_query=("key",),
    world={"tube": lambda world: TubeWorld(world.dice, world.stories)},
    truth=planted,
    tells="youtube",
    about=("GET /youtube/v3/search | videos | channels",),
)
