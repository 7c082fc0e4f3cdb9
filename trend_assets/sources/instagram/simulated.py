"""Instagram Graph API, business_discovery only: fields are asked for by name, empty ones are left out.

Assumption: others' reels have no view or share counts.
"""

import re
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trend_assets.sandbox.simulation import Simulation
from trend_assets.sandbox.state import ask_of, fault, number, reply, sandbox_of, signed_url
from trend_assets.sources.instagram.simulated_grams import Gram, GramPost, GramWorld

DISCOVERY = re.compile(r"business_discovery\.username\(([^)]*)\)\{(.*)\}", re.DOTALL)
MEDIA = re.compile(r"media((?:\.\w+\([^)]*\))*)\{([^}]*)\}")
KINDS = {"Image": "IMAGE", "Video": "VIDEO", "Sidecar": "CAROUSEL_ALBUM"}


def error(
    status: int, code: int, message: str, *, subcode: int | None = None, headers: dict[str, str] | None = None
) -> Response:
    """An error as the Graph API writes it."""
    body: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Asandbox"}
    if subcode is not None:
        body |= {
            "error_subcode": subcode,
            "is_transient": False,
            "error_user_title": "Cannot find User",
            "error_user_msg": "The user with this username cannot be found.",
        }
    return reply({"error": body}, status, headers)


def throttled() -> Response:
    """Code 4 with the usage headers."""
    usage = '{"call_count":100,"total_cputime":25,"total_time":31}'
    return error(403, 4, "(#4) Application request limit reached", headers={"X-App-Usage": usage})


async def discovery(request: Request) -> Response:
    """GET /{version}/{our-ig-user-id}?fields=business_discovery.username(x){…}."""
    if fault(request, "throttled") is not None:
        return throttled()
    if fault(request, "session_expired") is not None:
        return error(400, 190, "Error validating access token: Session has expired.")
    if fault(request, "permission") is not None:
        return error(403, 10, "(#10) Application does not have permission for this action")
    asked = DISCOVERY.search(request.query_params.get("fields", ""))
    if asked is None:
        return error(400, 100, "(#100) Tried accessing nonexisting field; the sandbox knows business_discovery only.")
    ask, world = ask_of(request), sandbox_of(request).world
    gram = world.grams.account(asked[1], ask.instant)
    if gram is None or not gram.is_business or gram.is_private:
        return error(400, 110, "Invalid user id", subcode=2207013)
    media = MEDIA.search(asked[2])
    plain = [name.strip() for name in MEDIA.sub("", asked[2]).split(",") if name.strip()]
    profile: dict[str, Any] = {
        name: value for name, value in _profile(request, gram).items() if name in plain and value not in ("", None)
    }
    if media:
        profile["media"] = _media(request, gram, options=media[1], fields=media[2])
    profile["id"] = gram.user_id
    return reply({"business_discovery": profile, "id": request.path_params["user"]})


def _profile(request: Request, gram: Gram) -> dict[str, Any]:
    ask, world = ask_of(request), sandbox_of(request).world
    return {
        "id": gram.user_id,
        "username": gram.username,
        "name": gram.name,
        "biography": gram.biography,
        "website": gram.website,
        "followers_count": gram.followers,
        "follows_count": gram.follows,
        "media_count": gram.posts,
        "profile_picture_url": signed_url(ask, world.seed, f"/covers/avatar/{world.creators.uid[gram.creator]}.jpeg"),
    }


def _media(request: Request, gram: Gram, *, options: str, fields: str) -> dict[str, Any]:
    ask, world = ask_of(request), sandbox_of(request).world
    given = dict(re.findall(r"\.(\w+)\(([^)]*)\)", options))
    limit = number(given.get("limit"), 25, low=1, high=100)
    start = number(given.get("after", "").removeprefix("after"), 0)
    posts = world.grams.posts(gram, ask.instant, count=start + limit + 1)
    wanted = {name.strip() for name in fields.split(",")} | {"id"}
    hide = fault(request, "hidden_counts") is not None
    data = [
        {name: value for name, value in _post(request, post, hide=hide).items() if name in wanted and value is not None}
        for post in posts[start : start + limit]
    ]
    cursors = {"before": f"before{start}"} if start else {}
    if len(posts) > start + limit:
        cursors["after"] = f"after{start + limit}"
    return {"data": data, "paging": {"cursors": cursors}}


def _post(request: Request, post: GramPost, *, hide: bool) -> dict[str, Any]:
    ask, world = ask_of(request), sandbox_of(request).world
    return {
        "id": post.post_id,
        "caption": post.caption or None,
        "media_type": KINDS[post.kind],
        "media_product_type": "REELS" if post.kind == "Video" else "FEED",
        "media_url": signed_url(ask, world.seed, f"/covers/ig/{post.post_id}.jpeg"),
        "like_count": None if hide else post.likes,
        "comments_count": post.comments,
        "permalink": f"https://www.instagram.com/p/{post.code}/",
        # no colon in the offset
        "timestamp": datetime.fromtimestamp(post.posted_at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }


def failure(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """An error of a status in the Graph API's own shape."""
    return throttled() if status == 429 else error(status, 2, "Simulated failure.", headers=headers)


def refuse(request: Request, key: str) -> Response:
    """The answer to a missing or wrong token."""
    return error(400, 190, "Invalid OAuth access token.")


SIMULATION = Simulation(
    provider="instagram",
    routes=lambda: [Route("/{version:version}/{user:int}", discovery), Route("/{user:int}", discovery)],
    endpoints=((r"^/(?:v\d+\.\d+/)?\d+$", "business_discovery"),),
    failure=failure,
    faults={
        "throttled": "Throttling error, code 4, with the usage headers.",
        "session_expired": "Code 190: the access token has expired.",
        "permission": "Code 10: the app lacks a permission.",
        "hidden_counts": "likesCount -1 (actor) and like_count left out (official).",
    },
    refuse=refuse,
    keys_in_query=("access_token",),
    world={"grams": lambda world: GramWorld(world.creators)},
    about=("GET /v25.0/{id}?fields=business_discovery.username(name){…}",),
)
