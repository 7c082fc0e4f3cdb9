"""Hacker News in the sandbox: both APIs over an invented world of stories, their points and comments.

Imported by the sandbox only. Ids grow with time and can be read back into (day, number).
"""

import re
from functools import lru_cache
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trend_assets.sandbox import spoil
from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.curves import DAY, Life, grown
from trend_assets.sandbox.life.dice import Dice
from trend_assets.sandbox.life.names import brand, fill, invented
from trend_assets.sandbox.life.stories import Stories
from trend_assets.sandbox.simulation import Simulation
from trend_assets.sandbox.state import ask_of, fault, number, reply, sandbox_of
from trend_assets.sandbox.world import World, breakout, iso_second
from trend_assets.sources.hackernews.collect import PROVIDER_NAME, SEARCH_CAP

PER_DAY = 150
FIRST_ID, FIRST_DAY = 30_000_000, 18_000
FAR = 4e10
BREAKOUT_CHANCE = 0.6
LIST_SIZES = {"top": 500, "best": 500, "new": 500, "ask": 200, "show": 200}
TITLES = (
    "Show HN: {b}, an open {n} for people who like {a} things",
    "Show HN: I built a {a} {n} in {k} weekends",
    "Ask HN: Which {n} do you still use after {k} years?",
    "Ask HN: Is a {a} {n} worth it?",
    "The {a} {n} that ran for {k} years",
    "Why we rewrote our {n} from scratch",
    "A history of the {n}, from {x} to the web",
    "{b} raises a seed round for {a} {n}s",
    "How {x} makes its {n}s",
    "What {k} years of {n} data say",
)


class Submissions(Life):
    """Stories as columns; `number` counts a day's stories in the order of their posting."""


class SubmissionWorld:
    """All stories of a seed."""

    def __init__(self, dice: Dice, stories: Stories) -> None:
        self.dice, self.stories = dice, stories
        self.posted_on = lru_cache(maxsize=400)(self._posted_on)

    def _posted_on(self, day: int) -> Submissions:
        dice, n, d = self.dice, np.arange(PER_DAY), np.full(PER_DAY, day)

        def u(stream: str) -> np.ndarray:
            return dice.uniform(stream, d, n)

        posted_at = day * DAY + np.sort(np.floor(DAY * u("hn/second"))).astype(np.int64)
        fate = u("hn/fate")
        hot = dice.uniform("hn/hot", day) < BREAKOUT_CHANCE
        breaks = (n == dice.integer(PER_DAY, "hn/break", day)) & (fate > 0.06) & hot
        return Submissions(
            posted_at=posted_at,
            final=np.clip(1 + 10 ** (0.9 + 0.8 * dice.normal("hn/final", d, n)), 1, 2_500),
            tau_hours=np.exp(np.log(7.0) + 0.4 * dice.normal("hn/tau", d, n)),
            phase=np.full(PER_DAY, 1.9),
            wave_size=np.where(breaks, 700 + 1500 * u("hn/wave"), 0.0),
            wave_at=np.where(breaks, posted_at + 3 * 3600, FAR),
            wave_tau_hours=np.full(PER_DAY, 6.0),
            fix_at=np.full(PER_DAY, FAR),
            fix_share=np.zeros(PER_DAY),
            day=d,
            number=n,
            is_breakout=breaks,
            comment_rate=np.exp(np.log(0.45) + 0.6 * dice.normal("hn/comments", d, n)),
            # 0 story, 1 job, 2 poll
            kind=np.searchsorted([0.965, 0.99], u("hn/kind"), side="right") * ~breaks,
            fate=fate,
        )

    def posted_before(self, instant: float, *, days: int) -> tuple[Submissions, np.ndarray]:
        """Stories of the last days with their points."""
        today = int(instant // DAY)
        stories = Submissions.join([self.posted_on(day) for day in range(today - days, today + 1)])
        stories = stories.take(np.flatnonzero(stories.posted_at <= instant))
        return stories, 1 + grown(stories, instant)

    def find(self, story: int) -> Submissions | None:
        """The story of an id, as a batch of one."""
        day, row = divmod(story - FIRST_ID, PER_DAY)
        if not 0 <= day <= 20_000:
            return None
        return self.posted_on(day + FIRST_DAY).take(np.array([row]))

    def words_of(self, day: int, row: int, is_breakout: bool) -> tuple[str, str | None]:
        """Title and address; none for Ask HN."""
        dice, at = self.dice, (day, row)
        live = self.stories.active(day)
        if live and not is_breakout and dice.uniform("hn/story", *at) < 0.03:
            story = dice.pick(live, "hn/which", *at)
            return f"The {story.title} and how it is made", story.url
        topic = words.TOPICS[dice.integer(len(words.TOPICS), "hn/topic", *at)]
        name = brand(dice, "hn/brand", *at)
        template = dice.pick(TITLES, "hn/title", *at).replace("{b}", name)
        title = fill(dice, template, topic, "hn/words", *at)
        return title, None if title.startswith("Ask HN") else f"https://{name.lower()}.example/{day}/{row}"


def id_of(day: int, row: int) -> int:
    """The id of a story: later ones have larger ids."""
    return FIRST_ID + (day - FIRST_DAY) * PER_DAY + row


def _about(world: SubmissionWorld, stories: Submissions, row: int, instant: float) -> dict[str, Any]:
    """What is known of a story at an instant, in no API's words."""
    one = stories.take(np.array([row]))
    day, place = int(one.day[0]), int(one.number[0])
    points = 1 + int(grown(one, instant)[0])
    title, url = world.words_of(day, place, bool(one.is_breakout[0]))
    who = world.dice.integer(3000, "hn/who", day, place)
    kind = ("story", "job", "poll")[int(one.kind[0])]
    return {
        "id": id_of(day, place),
        "by": f"{invented(world.dice, 'hn/name', who)}{who % 89}",
        "type": kind,
        "time": int(one.posted_at[0]),
        "title": f"{title.removeprefix('Show HN: ')} (YC W26) is hiring" if kind == "job" else title,
        "url": url,
        "points": points,
        "comments": int(one.comment_rate[0] * points**0.9),
        "text": "<p>Long story, short numbers &amp; a <i>question</i>." if url is None else None,
        "is_deleted": bool(one.fate[0] < 0.01),
        "is_dead": bool(0.01 <= one.fate[0] < 0.04),
    }


async def listing(request: Request) -> Response:
    """GET /v0/{list}stories.json: ids in order; null for a list that there is not."""
    name, ask = request.path_params["name"], ask_of(request)
    if name not in LIST_SIZES or fault(request, "shape_moved") is not None:
        return reply(None)
    world = sandbox_of(request).world.submissions
    stories, points = world.posted_before(ask.instant, days=4 if name == "best" else 2)
    age_hours = (ask.instant - stories.posted_at) / 3600
    order = {"top": -points / (age_hours + 2) ** 1.8, "best": -points}.get(name, age_hours)
    rows = np.argsort(order, kind="stable")
    if name in ("ask", "show"):
        titles = [world.words_of(int(stories.day[row]), int(stories.number[row]), False)[0] for row in rows]
        rows = rows[[title.startswith(f"{name.title()} HN") for title in titles]]
    ids = [id_of(int(stories.day[row]), int(stories.number[row])) for row in rows[: LIST_SIZES[name]]]
    return reply([] if fault(request, "no_results") is not None else ids)


async def item(request: Request) -> Response:
    """GET /v0/item/{id}.json; null for what does not exist or was just made."""
    ask, world = ask_of(request), sandbox_of(request).world.submissions
    submission = world.find(number(request.path_params["story"], 0))
    # one in two hundred is not there yet although a list names it
    if submission is None or submission.posted_at[0] > ask.instant or submission.fate[0] > 0.995:
        return reply(None)
    about = _about(world, submission, 0, ask.instant)
    if about["is_deleted"]:
        return reply({"deleted": True, "id": about["id"], "time": about["time"], "type": about["type"]})
    document = {
        "by": about["by"],
        "descendants": about["comments"],
        "id": about["id"],
        "kids": [about["id"] + 7, about["id"] + 11],
        "score": about["points"],
        "time": about["time"],
        "title": about["title"],
        "type": about["type"],
    }
    if about["type"] == "job":
        document = {name: value for name, value in document.items() if name not in ("descendants", "kids")}
    for name in ("url", "text"):
        if about[name] is not None:
            document[name] = about[name]
    if about["is_dead"]:
        document["dead"] = True
    if fault(request, "broken_text") is not None:
        document["title"] = spoil.text(about["id"]) + about["title"]
    if fault(request, "odd_counts") is not None:
        document |= {"score": spoil.ODD_COUNTS[about["id"] % len(spoil.ODD_COUNTS)], "descendants": -1}
    return reply(document)


async def search(request: Request) -> Response:
    """GET /api/v1/search and search_by_date with tags=story, numericFilters on created_at_i and points."""
    ask, query, world = ask_of(request), request.query_params, sandbox_of(request).world.submissions
    size = number(query.get("hitsPerPage"), 20, low=1, high=SEARCH_CAP)
    page = number(query.get("page"), 0)
    since, until, least = ask.instant - 2 * DAY, ask.instant, 0
    for name, sign, value in re.findall(r"(created_at_i|points)(>=|<=|>|<)(\d+)", query.get("numericFilters", "")):
        bound = int(value) + {">": 1, "<": -1}.get(sign, 0)
        if name == "points":
            least = max(least, bound) if ">" in sign else least
        elif ">" in sign:
            since = bound
        else:
            until = min(until, bound)
    days = range(max(int(since // DAY), int(until // DAY) - 400), int(until // DAY) + 1)
    stories = Submissions.join([world.posted_on(day) for day in days]) if len(days) else world.posted_on(0).take([])
    keep = (stories.posted_at >= since) & (stories.posted_at <= until) & (stories.kind == 0) & (stories.fate >= 0.04)
    stories = stories.take(np.flatnonzero(keep))
    points = 1 + grown(stories, ask.instant)
    order = np.argsort(-stories.posted_at if "by_date" in ask.path else -points, kind="stable")
    rows = [row for row in order if points[row] >= least]
    reachable = rows[:SEARCH_CAP]
    hits = []
    for row in reachable[page * size : (page + 1) * size]:
        about = _about(world, stories, int(row), ask.instant)
        hits.append(
            {
                "objectID": str(about["id"]),
                "story_id": about["id"],
                "title": about["title"],
                "author": about["by"],
                "points": about["points"],
                "num_comments": about["comments"],
                "created_at": iso_second(about["time"]),
                "created_at_i": about["time"],
                "_tags": ["story", f"author_{about['by']}", f"story_{about['id']}"],
                **({"url": about["url"]} if about["url"] else {"story_text": about["text"]}),
            }
        )
    name = "results" if fault(request, "shape_moved") is not None else "hits"
    pages = -(-len(reachable) // size)
    return reply({name: hits, "nbHits": len(rows), "page": page, "nbPages": pages, "hitsPerPage": size})


def planted(world: World, day: int) -> list[dict[str, Any]]:
    """Planted stories of a day."""
    stories = world.submissions.posted_on(day)
    return [
        breakout(PROVIDER_NAME, id_of(day, int(row)), posted_at=stories.posted_at[row], started_at=stories.wave_at[row])
        for row in np.flatnonzero(stories.is_breakout)
    ]


SIMULATION = Simulation(
    provider=PROVIDER_NAME,
    routes=lambda: [
        Route("/v0/{name}stories.json", listing),
        Route("/v0/item/{story}.json", item),
        Route("/api/v1/search", search),
        Route("/api/v1/search_by_date", search),
    ],
    endpoints=((r"^/v0/item/", "item"), (r"^/v0/\w+stories\.json", "listing"), (r"^/api/v1/search", "search")),
    needs_key=False,
    world={"submissions": lambda world: SubmissionWorld(world.dice, world.stories)},
    truth=planted,
    about=("GET /v0/{top,best,new,ask,show}stories.json", "GET /v0/item/{id}.json", "GET /api/v1/search"),
)
