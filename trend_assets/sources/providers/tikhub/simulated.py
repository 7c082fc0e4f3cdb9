"""TikHub's three endpoints: the envelope, paging that overlaps and drifts, errors under `detail`.

Assumptions where the documentation is silent: rank is the list position; 401, 403, 404 and 429 carry the same `detail`
object as the documented 400 and 402.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trend_assets.sandbox import spoil
from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.life.clips import Clips, counts, topic_of_text
from trend_assets.sandbox.life.dice import text_number
from trend_assets.sandbox.meter import Meter
from trend_assets.sandbox.simulation import Simulation, fixed_fields
from trend_assets.sandbox.state import ask_of, fault, number, reply, sandbox_of
from trend_assets.sandbox.world import World
from trend_assets.sources.providers.tikhub.simulated_aweme import aweme_of, made_heavy, user_of

FIXED = fixed_fields(__file__)
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
SUPPORT = "Discord: simulated"
RETRY_TEXT = (
    "Request failed. Please retry. If the problem persists, contact support. You won't be charged for this request."
)
PUBLISH_DAYS = {0: 21, 1: 1, 7: 7, 30: 21, 90: 21, 180: 21}
RESULTS_PER_KEYWORD = 160
GONE_CODE = 10221


def _frame(request: Request) -> dict[str, Any]:
    """What every answer says of itself; `params` echoes what was sent, every value as text."""
    ask = ask_of(request)
    return {
        "request_id": f"sandbox-{text_number(str(request.url) + str(ask.instant)):016x}",
        "support": SUPPORT,
        "time": datetime.fromtimestamp(ask.instant, LOS_ANGELES).strftime("%Y-%m-%d %H:%M:%S"),
        "time_stamp": int(ask.instant),
        "router": request.url.path,
        "params": dict(request.query_params),
    }


def envelope(request: Request, data: Any) -> Response:
    """HTTP 200 as TikHub answers."""
    return reply({**FIXED["envelope"], **_frame(request), "data": data})


def error(request: Request, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """An error as TikHub nests it: under `detail`, an object."""
    detail = {**FIXED["detail"], **_frame(request), "code": status, "message": message}
    return reply({"detail": detail}, status, headers)


def invalid(name: str, message: str, kind: str) -> Response:
    """422: here `detail` is a list."""
    return reply({"detail": [{"loc": ["query", name], "msg": message, "type": kind}]}, 422)


def _first_faults(request: Request) -> Response | None:
    if fault(request, "transient_400") is not None:
        return error(request, 400, RETRY_TEXT)
    if fault(request, "payment_required") is not None:
        return error(
            request, 402, "Insufficient balance, this endpoint requires payment and does not accept free credit"
        )
    if (options := fault(request, "inner_failure")) is not None:
        if options.get("variant") == "status_code":
            return envelope(request, {"status_code": GONE_CODE, "status_msg": "user does not exist"})
        return envelope(request, {"code": 400, "message": "execution error"})
    return None


def _about(ask: Ask) -> dict[str, Any]:
    """What the data of every answer holds besides its own."""
    log_id = f"{int(ask.instant)}SANDBOX"
    extra = {"fatal_item_ids": [], "logid": log_id, "now": int(ask.instant * 1000)}
    return {"extra": extra, "log_pb": {"impr_id": log_id}, "status_code": 0}


async def trending_words(request: Request) -> Response:
    """fetch_trending_searchwords: the list as it stands, no parameters."""
    if failed := _first_faults(request):
        return failed
    ask, world = ask_of(request), sandbox_of(request).world
    listed = [
        {"trendingSearchWord": word.text, "trendingSearchWordType": word.mark}
        for word in world.keywords.of_day(ask.day)
    ]
    if fault(request, "no_results") is not None:
        listed = []
    name = "trending_words_v2" if fault(request, "shape_moved") is not None else "trending_search_words"
    return envelope(request, {**_about(ask), "status_msg": "", name: listed})


@lru_cache(maxsize=512)
def _searched(world: World, keyword: str, hour: int, days: int, sort: int) -> Clips:
    """The videos that a search finds in an hour, best first: of the keyword's topic, popular, fresh, and some luck."""
    instant, topic = (hour + 1) * 3600.0 - 1, topic_of_text(keyword)
    story = {s.title.casefold() for s in world.stories.active(hour // 24)} & {keyword.casefold().strip()}

    def among(clips: Clips) -> np.ndarray:
        lucky = world.dice.uniform("search/spill", clips.video_id, text_number(keyword) >> 8) < 0.01
        wanted = (clips.topic == topic) | lucky | ((clips.story >= 0) if story else False)
        return wanted & (clips.posted_at > instant - days * 86_400) & (clips.posted_at <= hour * 3600)

    clips = world.clips.visible(instant, among)
    views = counts(clips, instant).views
    age_days = (instant - clips.posted_at) / 86_400
    score = 0.22 * np.log10(views + 10) - 0.06 * age_days
    which = text_number(keyword) >> 8
    # relevance, of which a part is decided anew every day: the same search finds other videos tomorrow
    score += 1.3 * world.dice.uniform("search/luck", clips.video_id, which)
    score += 1.1 * world.dice.uniform("search/drift", clips.video_id, which, hour // 24)
    if story:
        told_by = (world.clips.story(clips, row) for row in range(len(clips)))
        score = score + np.where([bool(each and each.title.casefold() in story) for each in told_by], 5.0, 0.0)
    if sort == 1:
        score = counts(clips, instant).likes.astype(float)
    return clips.take(np.argsort(-score, kind="stable")[:RESULTS_PER_KEYWORD])


async def video_search(request: Request) -> Response:
    """fetch_video_search_result: one page; the next offset is the returned cursor while has_more is 1."""
    query, ask, world = request.query_params, ask_of(request), sandbox_of(request).world
    keyword = query.get("keyword")
    if keyword is None:
        return invalid("keyword", "Field required", "missing")
    for name in ("offset", "count", "sort_type", "publish_time"):
        if query.get(name) and not query[name].lstrip("-").isdigit():
            return invalid(name, "Input should be a valid integer, unable to parse string as an integer", "int_parsing")
    if failed := _first_faults(request):
        return failed
    offset, count = number(query.get("offset"), 0), number(query.get("count"), 20, low=1, high=30)
    days = PUBLISH_DAYS.get(number(query.get("publish_time"), 0), 21)
    sort = number(query.get("sort_type"), 0)
    results = _searched(world, " ".join(keyword.split()), int(ask.instant // 3600), days, sort)
    start = offset
    if fault(request, "overlap") is not None:
        start = max(offset - count // 2, 0)
    elif offset and world.dice.uniform("search/overlap", text_number(keyword), offset) < 0.35:
        start = max(offset - 2, 0)  # pages drift: the last items of the page before come again
    looping = fault(request, "same_page") is not None
    if looping:
        start = 0
    clips = results.take(slice(start, start + count))
    cursor, has_more = offset + count, int(looping or offset + count < len(results))
    followers = world.creators.followers(clips.creator, ask.instant)
    one = counts(clips, ask.instant)
    awemes = [aweme_of(ask, world, clips, row, one=one, followers=followers) for row in range(len(clips))]
    awemes = spoil.awemes(request, awemes)
    if fault(request, "heavy") is not None:
        awemes = [made_heavy(aweme) for aweme in awemes]
    if (options := fault(request, "same_cursor")) is not None:
        cursor, has_more = int(options.get("cursor", offset)), 1
    if fault(request, "empty_with_more") is not None:
        awemes, has_more = [], 1
    if fault(request, "no_results") is not None:
        awemes, has_more = [], 0
    items = [{"aweme_info": aweme, "search_aweme_info": {"has_creation_intention": False}} for aweme in awemes]
    name = "search_items_v3" if fault(request, "shape_moved") is not None else "search_item_list"
    return envelope(
        request,
        {
            **FIXED["page"],
            **_about(ask),
            "cursor": cursor,
            "global_doodle_config": {
                **FIXED["search"],
                "display_filter_bar": 1,
                "keyword": keyword,
                "search_channel": "sandbox_video",
            },
            "has_more": has_more,
            name: items,
        },
    )


async def user_profile(request: Request) -> Response:
    """handler_user_profile: by sec_user_id, else user_id, else unique_id (the handle of that day)."""
    query, ask, world = request.query_params, ask_of(request), sandbox_of(request).world
    creators = world.creators
    if failed := _first_faults(request):
        return failed
    if query.get("sec_user_id"):
        creator = creators.by_sec_uid.get(query["sec_user_id"])
    elif query.get("user_id"):
        creator = creators.by_uid.get(number(query["user_id"], 0, high=1 << 63))
    elif query.get("unique_id"):
        creator = creators.by_handle(ask.day).get(query["unique_id"].lower().lstrip("@"))
    else:
        return error(request, 400, "At least one of user_id, sec_user_id, unique_id is required.")
    state = "gone" if creator is None else creators.state(creator, ask.day)
    if state in ("gone", "unborn") or fault(request, "gone") is not None:
        # both are known from real accounts that are gone: 404, and a billed 200 with an inner failure
        if creator is not None and creator % 4 == 0:
            return envelope(request, {"status_code": GONE_CODE, "status_msg": "user does not exist"})
        return error(request, 404, "The user was not found.")
    assert creator is not None
    user = user_of(ask, world, creator)
    if fault(request, "zero_profile") is not None:
        user |= {"follower_count": 0, "aweme_count": 0, "total_favorited": 0, "visible_videos_count": 0}
    user = spoil.user(request, user)
    name = "user_v3" if fault(request, "shape_moved") is not None else "user"
    return envelope(request, {**_about(ask), "status_msg": "", name: user, "version": "v2"})


async def free_account(request: Request) -> Response:
    """The account endpoints, which cost nothing: `user_data` beside the code."""
    usage = sandbox_of(request).meter.usage()["providers"].get("tikhub", {})
    left = round(100.0 - usage.get("usd", 0.0), 6)
    return reply({"code": 200, "router": request.url.path, "user_data": {"balance": left, "free_credit": 0.0}})


FAILURES = {401: "Invalid API key.", 403: "The API key lacks this scope.", 429: "Too many requests."}


def failure(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """An error of a status in TikHub's own shape."""
    return error(request, status, FAILURES.get(status, "Upstream error."), headers)


USD_PER_CALL = 0.001
TIERS = ((1000, 0.0), (5000, 0.1), (10_000, 0.2), (20_000, 0.3), (30_000, 0.4))
"""Up to this answer of the day, this discount; half the price beyond."""


def bill(meter: Meter, endpoint: str, day: str) -> float:
    """An answer with HTTP 200: what it costs at this point of the day (USD). Anything else is free."""
    if endpoint == "account":
        return 0.0
    number = meter.call_of_day("tikhub", day)
    discount = next((share for limit, share in TIERS if number <= limit), 0.5)
    return meter.pay("tikhub", endpoint, USD_PER_CALL * (1 - discount))


SIMULATION = Simulation(
    provider="tikhub",
    routes=lambda: [
        Route("/api/v1/tiktok/web/fetch_trending_searchwords", trending_words),
        Route("/api/v1/tiktok/app/v3/fetch_video_search_result", video_search),
        Route("/api/v1/tiktok/app/v3/handler_user_profile", user_profile),
        Route("/api/v1/tikhub/user/{what}", free_account),
    ],
    endpoints=((r"^/api/v1/tiktok/(?:web|app/v3)/(\w+)", r"\1"), (r"^/api/v1/tikhub/", "account")),
    failure=failure,
    bill=bill,
    tells="tiktok",
    faults={
        "transient_400": "400 with 'Please retry. … You won't be charged'; with `times`: 1 the next call succeeds.",
        "inner_failure": "200 and billed, but data carries a failure; `variant`: code (400) or status_code (10221).",
        "empty_with_more": "200 with an empty search_item_list and has_more 1.",
        "same_page": "The cursor moves, the page stays the same, has_more stays 1.",
        "overlap": "Each page repeats half of the page before.",
        "zero_profile": "200 with a profile whose counts are all 0 (unknown, not gone).",
        "gone": "The profile is gone: 404.",
        "heavy": "Pads every video to its real weight (93 kB of JSON).",
    },
    about=(
        "GET /api/v1/tiktok/web/fetch_trending_searchwords",
        "GET /api/v1/tiktok/app/v3/fetch_video_search_result?keyword=&offset=&count=",
        "GET /api/v1/tiktok/app/v3/handler_user_profile?sec_user_id= | user_id= | unique_id=",
    ),
)
