"""Reddit's OAuth API: the token, the day's top listing, its rate headers, its odd errors.

Assumptions: client_credentials tokens live 86,400 s as password ones do today; a deleted author has no author_fullname.
"""

import base64
import binascii
import html
import math
import secrets
import time
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from trend_assets.sandbox import spoil
from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.life.clips import video_url
from trend_assets.sandbox.life.dice import text_number
from trend_assets.sandbox.simulation import Simulation, fixed_fields
from trend_assets.sandbox.state import BAD_KEY, ask_of, fault, number, reply, sandbox_of, signed_url
from trend_assets.sandbox.world import World, breakout
from trend_assets.sources.reddit.simulated_threads import BIG_SUBREDDITS, Threads, ThreadWorld

FIXED = fixed_fields(__file__)
TOKEN_SECONDS = 86_400
PER_WINDOW, WINDOW_SECONDS = 1000, 600
SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
PAGE_429 = (
    "<!doctype html><html><head><title>Too Many Requests</title></head><body><h1>simulated: slow down</h1>"
    "<p>please wait 4 second(s) and try again.</p></body></html>"
)


def unauthorized(status: int = 401) -> Response:
    """401 with Reddit's www-authenticate header."""
    headers = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
    return reply({"message": "Unauthorized", "error": status}, status, headers)


def rate_limited(retry_after: str | None = "4") -> Response:
    """429 as an HTML page; without rate headers, as in reality."""
    return HTMLResponse(PAGE_429, 429, {"retry-after": retry_after} if retry_after else None)


async def access_token(request: Request) -> Response:
    """POST /api/v1/access_token with HTTP Basic: a bearer token."""
    scheme, _, code = request.headers.get("authorization", "").partition(" ")
    try:
        client, _, secret = base64.b64decode(code).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client = secret = ""
    if scheme.lower() != "basic" or not client or BAD_KEY in (client, secret):
        return reply({"message": "Unauthorized", "error": 401}, 401)
    token = "sandbox-" + secrets.token_urlsafe(24)
    sandbox_of(request).memory.setdefault("reddit_tokens", {})[token] = time.time() + TOKEN_SECONDS
    return reply({"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS, "scope": "*"})


def _rate_headers(request: Request) -> dict[str, str]:
    """Floats as text; counted per ten minutes of wall clock."""
    window = int(time.time() // WINDOW_SECONDS)
    used = sandbox_of(request).memory.setdefault("reddit_used", {})
    used[window] = used.get(window, 0) + 1
    left = max(PER_WINDOW - used[window], 0)
    reset = WINDOW_SECONDS - int(time.time() % WINDOW_SECONDS)
    return {
        "x-ratelimit-remaining": f"{left}.0",
        "x-ratelimit-used": str(used[window]),
        "x-ratelimit-reset": str(reset),
    }


async def listing(request: Request) -> Response:
    """GET /r/{sub}/top?t=day&limit&after&raw_json=1."""
    sandbox, ask, query = sandbox_of(request), ask_of(request), request.query_params
    token = request.headers.get("authorization", "").partition(" ")[2]
    good_until = sandbox.memory.get("reddit_tokens", {}).get(token, 0.0)
    if time.time() >= good_until:
        return unauthorized()
    if fault(request, "token_expired") is not None:
        sandbox.memory["reddit_tokens"].pop(token)
        return unauthorized()
    if fault(request, "html_429") is not None:
        return rate_limited()
    subreddit = request.path_params["subreddit"]
    if fault(request, "quarantined") is not None:
        return reply({"message": "Forbidden", "error": 403, "reason": "quarantined"}, 403)
    if subreddit.lower().startswith("nosuch") or fault(request, "not_there") is not None:
        return RedirectResponse(f"{ask.base_url}/subreddits/search?q={subreddit}", 302)
    limit = number(query.get("limit"), 25, low=1, high=100)
    threads, scores, comments = sandbox.world.threads.top_of_day(subreddit, ask.instant)
    names = ["t3_" + sandbox.world.threads.post_id(threads, row) for row in range(min(len(threads), 1000))]
    start = names.index(query["after"]) + 1 if query.get("after") in names else 0
    rows = range(start, min(start + limit, len(names)))
    children = [_child(ask, sandbox.world, threads, row, int(scores[row]), int(comments[row])) for row in rows]
    if fault(request, "broken_text") is not None:
        for place, child in enumerate(children):
            child["title"] = spoil.text(place) + child["title"]
    if fault(request, "odd_counts") is not None:
        for place, child in enumerate(children):
            child |= {"score": spoil.ODD_COUNTS[place % len(spoil.ODD_COUNTS)], "num_comments": -1}
    if query.get("raw_json") != "1":
        children = [{name: _escaped(value) for name, value in child.items()} for child in children]
    after = names[rows[-1]] if len(rows) and rows[-1] + 1 < len(names) else None
    if fault(request, "same_cursor") is not None:
        after = query.get("after") or (names[rows[-1]] if len(rows) else None)
    listed = spoil.repeated(request, [{"kind": "t3", "data": child} for child in children])
    if fault(request, "no_results") is not None:
        listed, after = [], None
    name = "kids" if fault(request, "shape_moved") is not None else "children"
    data = {"after": after, "dist": len(listed), "modhash": None, "geo_filter": "", "before": None, name: listed}
    return reply({"kind": "Listing", "data": data}, headers=_rate_headers(request))


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(SPECIAL.get(letter, letter) for letter in value)
    if isinstance(value, dict):
        return {name: _escaped(inner) for name, inner in value.items()}
    return [_escaped(inner) for inner in value] if isinstance(value, list) else value


def _words_and_link(ask: Ask, world: World, threads: Threads, row: int, post: str) -> tuple[str, str, str, str]:
    """What a post says and links to: (title, url, domain, post_hint). Who links to a video repeats its words."""
    story, kind, day = world.threads.story(threads, row), int(threads.link_kind[row]), int(threads.day[row])
    title, name = world.threads.title(threads, row), world.threads.name_of(int(threads.subreddit[row]))
    if story:
        return title, story.url, story.url.split("/")[2], "link"
    if kind == 1:
        return title, f"https://www.reddit.com{_permalink(name, post, title)}", f"self.{name}", "self"
    if kind == 2 and len(clips := world.clips.breakouts_of(day - 1)):
        one = text_number(post) % len(clips)
        handle = world.creators.handle(int(clips.creator[one]), day)
        return world.clips.caption(clips, one), video_url(handle, int(clips.video_id[one])), "tiktok.com", "rich:video"
    if kind == 3 and len(tubes := world.tube.breakouts_of(day - 1)):
        one = text_number(post) % len(tubes)
        url = f"https://www.youtube.com/shorts/{world.tube.video_id(tubes, one)}"
        return world.tube.title(tubes, one), url, "youtube.com", "rich:video"
    if kind == 4:
        return title, f"https://news.example/{post}?utm_source=share", "news.example", "link"
    return title, signed_url(ask, world.seed, f"/covers/post/{post}.jpeg"), "i.redd.it", "image"


def _permalink(subreddit: str, post: str, title: str) -> str:
    slug = "".join(letter if letter.isalnum() else "_" for letter in title.lower())[:50].strip("_")
    return f"/r/{subreddit}/comments/{post}/{slug}/"


def _child(ask: Ask, world: World, threads: Threads, row: int, score: int, comments: int) -> dict[str, Any]:
    post, name = world.threads.post_id(threads, row), world.threads.name_of(int(threads.subreddit[row]))
    title, url, domain, hint = _words_and_link(ask, world, threads, row, post)
    posted = float(threads.posted_at[row])
    is_self, is_gone = hint == "self", bool(threads.is_deleted_author[row])
    author = "[deleted]" if is_gone else world.threads.author(threads, row)
    thumbnail = "self" if is_self else signed_url(ask, world.seed, f"/covers/post/{post}.jpeg")
    child: dict[str, Any] = {
        **FIXED["post"],
        "id": post,
        "name": f"t3_{post}",
        "title": title,
        "subreddit": name,
        "subreddit_id": f"t5_{int(threads.subreddit[row]) % 36**5:x}",
        "author": author,
        "score": score,
        "ups": score,
        "upvote_ratio": float(threads.upvote_ratio[row]),
        "num_comments": comments,
        "created": posted,
        "created_utc": posted,
        "edited": math.floor(posted + threads.edited_after[row]) * 1.0 if threads.edited_after[row] else False,
        "permalink": _permalink(name, post, title),
        "url": url,
        "domain": domain,
        "over_18": bool(threads.is_over_18[row]),
        "is_self": is_self,
        "selftext": "Long story, short numbers. & more in the comments" if is_self and len(post) % 2 else "",
        "thumbnail": "nsfw" if threads.is_over_18[row] else thumbnail,
        "subreddit_subscribers": world.threads.subscribers(name),
        "num_crossposts": score // 9000,
    }
    if text_number(post) % 3:
        child["link_flair_template_id"] = f"{text_number(name) % 16**8:08x}-0000-4000-8000-000000000000"
    if not is_gone:
        child["author_fullname"] = f"t2_{text_number(author) % 36**6:x}"
    if not is_self:
        child |= {"post_hint": hint, "url_overridden_by_dest": url}
        if hint == "image" and text_number(post) % 6 == 0:  # 14 % of real posts are galleries
            media = f"{post}m1"
            url = f"https://www.reddit.com/gallery/{post}"
            child |= {"is_gallery": True, "domain": "reddit.com", "url": url, "url_overridden_by_dest": url}
            child |= {"gallery_data": {"items": [{"media_id": media, "id": 1}]}}
            child |= {"media_metadata": {media: {"status": "valid", "e": "Image", "m": "image/jpg"}}}
            child.pop("post_hint")
        elif hint == "image":
            child["preview"] = {"images": [{"source": {"url": url, "width": 540, "height": 960}}], "enabled": True}
    return child


async def search_page(request: Request) -> Response:
    """Where an unknown subreddit redirects to."""
    return HTMLResponse(
        f"<html><body>simulated search for {html.escape(request.query_params.get('q', ''))}</body></html>"
    )


def failure(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """An error of a status in Reddit's own shape."""
    if status == 429:
        return rate_limited((headers or {}).get("Retry-After"))
    return unauthorized(status) if status == 401 else reply({"message": "Error", "error": status}, status, headers)


def planted(world: World, number: int) -> list[dict[str, Any]]:
    """Planted posts of a day, of the big subreddits."""
    breakouts: list[dict[str, Any]] = []
    for name in BIG_SUBREDDITS:
        threads = world.threads.posted_on(name, number)
        for row in np.flatnonzero(threads.is_breakout):
            post, times = world.threads.post_id(threads, int(row)), (threads.posted_at[row], threads.wave_at[row])
            breakouts.append(breakout("reddit", post, posted_at=times[0], started_at=times[1], subreddit=name))
    return breakouts


SIMULATION = Simulation(
    provider="reddit",
    routes=lambda: [
        Route("/api/v1/access_token", access_token, methods=["POST"]),
        Route("/r/{subreddit}/top", listing),
        Route("/r/{subreddit}/top.json", listing),
        Route("/subreddits/search", search_page),
    ],
    endpoints=((r"^/api/v1/access_token", "access_token"), (r"^/(?:r|subreddits)/", "listing")),
    failure=failure,
    faults={
        "token_expired": "The bearer token is refused with 401 until a new one is fetched (`times` refusals).",
        "html_429": "429 as Reddit sends it: an HTML page with Retry-After: 4.",
        "quarantined": "403 Forbidden for the subreddit.",
        "not_there": "302 to /subreddits/search, as for an unknown subreddit.",
    },
    # a listing answers for itself, with its own token
    open_endpoints=frozenset({"access_token", "listing"}),
    tells="reddit",
    world={"threads": lambda world: ThreadWorld(world.dice, world.stories)},
    truth=planted,
    about=("POST /api/v1/access_token", "GET /r/{subreddit}/top?t=day&limit=&after=&raw_json=1"),
)
