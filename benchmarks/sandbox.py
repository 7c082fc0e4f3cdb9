"""What the sandbox costs, and whether its world is worth measuring against.

    python -m benchmarks.sandbox [--days 10] [--covers 100]

CPU milliseconds per request (the application called in process, so without sockets and a client), CPU per cover and the
share of drawn faces that OpenCV's cascades find, and how many creators a day's video search would accept.
"""

import argparse
import asyncio
import json
import statistics
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from trend_assets.sandbox.covers import draw, encode
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.server import SandboxApp, create_app
from trend_assets.sandbox.world import EPOCH, World, epoch_day, world_of

NOW = "2026-11-20T12:00:00Z"
LAST_DAY = epoch_day(date(2026, 11, 20))
SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result"


async def _ask(
    app: SandboxApp, path: str, *, method: str = "GET", body: Any = None, now: str = NOW
) -> tuple[bytes, float]:
    """The body of an answer and the CPU milliseconds it took."""
    place, _, query = path.partition("?")
    headers = [(b"host", b"sandbox"), (b"authorization", b"Bearer key"), (b"x-sandbox-now", now.encode())]
    scope = {
        "type": "http",
        "method": method,
        "path": place,
        "query_string": query.encode(),
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("sandbox", 80),
        "client": ("client", 1),
        "root_path": "",
        "app": app,
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body or {}).encode(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    started = time.process_time()
    await app(scope, receive, send)
    spent = (time.process_time() - started) * 1000
    if sent[0]["status"] not in (200, 201):
        raise RuntimeError(f"{path} answered {sent[0]['status']}: {sent[1]['body'][:200]!r}")
    return b"".join(message.get("body", b"") for message in sent[1:]), spent


async def _requests(app: SandboxApp) -> None:
    world: World = app.state.sandbox.world
    words = [quote(word.text) for word in world.keywords.of_day(LAST_DAY)[:20]]
    _, cold = await _ask(app, f"{SEARCH}?keyword={words[0]}")
    searches = [await _ask(app, f"{SEARCH}?keyword={word}") for word in words[1:]]
    uids = [world.creators.uid[n] for n in range(120) if world.creators.state(n, LAST_DAY) == "public"]
    profiles = [await _ask(app, f"/api/v1/tiktok/app/v3/handler_user_profile?user_id={uid}") for uid in uids]
    shorts = "/youtube/v3/search?part=snippet&q=%23shorts&type=video&videoDuration=short&maxResults=50&key=k"
    pages = [await _ask(app, shorts + token) for token in ("", "&pageToken=C0050QAA", "&pageToken=C0100QAA")]
    actors = {
        "Apify start, 5 hashtags × 20": (
            "clockworks~tiktok-scraper",
            {"hashtags": ["a", "b", "c", "d", "e"], "resultsPerPage": 20},
        ),
        "Apify start, 150 X posts": (
            "apidojo~tweet-scraper",
            {"twitterHandles": [f"h{n}" for n in range(25)], "maxItems": 150},
        ),
        "Apify start, 50 trending": ("lexis-solutions~tiktok-trending-videos-scraper", {"maxItems": 50}),
        "Apify start, 100 products": (
            "junglee~amazon-bestsellers",
            {"categoryUrls": ["https://www.amazon.com/Best-Sellers/zgbs/beauty"]},
        ),
    }
    print(f"{'request':34}{'CPU ms, median':>16}{'kB':>8}")
    print(f"{'TikHub search, first of a day':34}{cold:16.1f}")
    for name, answers in (
        ("TikHub search, 20 videos", searches),
        ("TikHub profile", profiles),
        ("YouTube search, 50", pages),
    ):
        median = statistics.median(spent for _, spent in answers)
        print(f"{name:34}{median:16.1f}{statistics.median(len(body) for body, _ in answers) / 1000:8.0f}")
    for name, (actor, given) in actors.items():
        runs = [await _ask(app, f"/v2/actors/{actor}/runs", method="POST", body=given) for _ in range(3)]
        print(f"{name:34}{statistics.median(spent for _, spent in runs):16.1f}")


def _covers(world: World, count: int) -> None:
    import cv2

    cv2.setNumThreads(1)
    finders = {
        name: cv2.CascadeClassifier(f"{Path(cv2.__file__).parent}/data/haarcascade_frontalface_{name}.xml")
        for name in ("alt2", "default")
    }
    shares = {"large face": (0.035, 0.16), "small face": (0.003, 0.005), "no face": (0.0, 0.0)}
    print(f"\n{'covers':14}{'CPU ms':>8}" + "".join(f"{name + ' > 2 %':>18}" for name in finders))
    for kind, (low, more) in shares.items():
        spent, found = [], {name: 0 for name in finders}
        for number in range(count):
            started = time.process_time()
            data = encode(draw(world.dice, 7919 * number, face_share=low + more * number / count), "jpeg")
            spent.append((time.process_time() - started) * 1000)
            grey: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
            for name, finder in finders.items():
                boxes = finder.detectMultiScale(grey, 1.1, 5, minSize=(40, 40))
                found[name] += max((w * h / grey.size for _, _, w, h in boxes), default=0.0) > 0.02
        print(f"{kind:14}{statistics.median(spent):8.1f}" + "".join(f"{found[name] / count:18.2f}" for name in finders))


async def _discovery(app: SandboxApp, days: int) -> None:
    """Accepted by the truth of the world: a plain bio and handle, a face over 2 %, no pronoun, 10k-100k, 50k views."""
    world: World = app.state.sandbox.world
    print(f"\n{'day':12}{'videos':>8}{'creators':>10}{'in range':>10}{'50k views':>11}{'accepted':>10}{'new':>6}")
    roster: set[int] = set()
    for day in range(LAST_DAY - days + 1, LAST_DAY + 1):
        now = f"{EPOCH + timedelta(days=day)}T06:00:00Z"
        accepted, creators, videos, in_range, popular = set(), set(), 0, 0, 0
        for word in world.keywords.of_day(day)[:20]:
            body, _ = await _ask(app, f"{SEARCH}?keyword={quote(word.text)}", now=now)
            for item in json.loads(body)["data"]["search_item_list"]:
                video = item["aweme_info"]
                creator = world.creators.by_uid[int(video["author"]["uid"])]
                clips = world.clips.by_id(int(video["aweme_id"]))
                assert clips is not None
                fits = 10_000 <= video["author"]["follower_count"] <= 100_000
                seen = video["statistics"]["play_count"] >= 50_000
                videos, in_range, popular = videos + 1, in_range + fits, popular + seen
                creators.add(creator)
                plain = world.creators.bio_kind[creator] in (0, 3) and not clips.is_pronoun[0]
                if fits and seen and plain and clips.face_share[0] > 0.02:
                    accepted.add(creator)
        print(
            f"{now[:10]:12}{videos:8}{len(creators):10}{in_range / videos:10.0%}{popular / videos:11.0%}"
            f"{len(accepted):10}{len(accepted - roster):6}"
        )
        roster |= accepted


def _history(world: World) -> None:
    started = time.process_time()
    world.truth(date(2026, 11, 20))
    print(f"\ntruth of a day: {(time.process_time() - started) * 1000:.0f} CPU ms", end="")
    started = time.process_time()
    world.creators.followers(world.creators.index, LAST_DAY * float(DAY))
    print(f"; followers of all 2,000 creators: {(time.process_time() - started) * 1000:.0f} CPU ms")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--covers", type=int, default=100)
    given = parser.parse_args()
    started = time.process_time()
    app = create_app(seed=7)
    print(f"the world is built in {(time.process_time() - started) * 1000:.0f} CPU ms\n")
    asyncio.run(_requests(app))
    _covers(world_of(7), given.covers)
    asyncio.run(_discovery(app, given.days))
    _history(world_of(7))


if __name__ == "__main__":
    main()
