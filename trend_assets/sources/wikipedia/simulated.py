"""Wikimedia's page views in the sandbox: articles with their weeks, and planted ones that everybody suddenly opens.

Imported by the sandbox only. Assumption: a day is published at its end, in reality some hours later. Articles have a
number; the daily views of any article on any day are a formula.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.life.dice import Dice, text_number
from trend_assets.sandbox.life.names import brand, fill
from trend_assets.sandbox.life.stories import Stories
from trend_assets.sandbox.simulation import Simulation
from trend_assets.sandbox.state import ask_of, fault, reply, sandbox_of
from trend_assets.sandbox.world import World, breakout, iso_second
from trend_assets.sources.wikipedia.collect import FIRST_DAY, PROVIDER_NAME

LASTING = 900
NEW_PER_DAY = 2
NEW_LIFE_DAYS = 12
LIST_LENGTH = 1000
PAGES = {"Main_Page": 5_400_000, "Special:Search": 1_300_000, "Wikipedia:Featured_pictures": 210_000, "-": 90_000}
EPOCH = date(1970, 1, 1)


class PageViewWorld:
    """All articles of a seed. Numbers below LASTING have always been there; others belong to a day, on which something
    happens: the planted ones."""

    def __init__(self, dice: Dice, stories: Stories) -> None:
        self.dice, self.stories = dice, stories
        self.views_on = lru_cache(maxsize=200)(self._views_on)
        self.views = lru_cache(maxsize=200)(self._views)
        self.names = lru_cache(maxsize=8)(self._names)

    def _views_on(self, project: str, day: int) -> np.ndarray:
        """Views of the lasting articles on a day."""
        dice, n, p = self.dice, np.arange(LASTING), text_number(project) >> 20
        usual = 900 * 10 ** (0.75 * np.abs(dice.normal("wiki/usual", p, n)))
        week = 1 + 0.18 * np.sin(2 * np.pi * (day + dice.between(0, 7, "wiki/phase", p, n)) / 7)
        noise = np.exp(0.09 * dice.normal("wiki/noise", p, day, n))
        wave = np.zeros(LASTING)
        for age in range(NEW_LIFE_DAYS):
            struck = self.struck(project, day - age)
            wave[struck] += usual[struck] * self.dice.between(12, 60, "wiki/wave", p, day - age) * np.exp(-age / 1.6)
        return np.floor(usual * week * noise + wave).astype(np.int64)

    def struck(self, project: str, day: int) -> np.ndarray:
        """The lasting articles that something happened to on a day."""
        p = text_number(project) >> 20
        return np.unique(
            self.dice.integer(LASTING, "wiki/struck", p, np.full(NEW_PER_DAY, day), np.arange(NEW_PER_DAY))
        )

    def _views(self, project: str, day: int) -> dict[str, int]:
        """Views of every article on a day, most first."""
        names = self.names(project)
        views = {names[row]: int(seen) for row, seen in enumerate(self.views_on(project, day))}
        for age in range(NEW_LIFE_DAYS):
            for story in self.stories.starting(day - age):
                # an article about a product begins with the talk about it
                start = self.dice.between(2_000, 45_000, "wiki/new", story.first_day, text_number(story.title) >> 20)
                views.setdefault(story.title.replace(" ", "_"), int(start * np.exp(-age / 3)))
        return dict(sorted(views.items(), key=lambda pair: (-pair[1], pair[0])))

    def _names(self, project: str) -> tuple[str, ...]:
        p = text_number(project) >> 20
        names: dict[str, int] = {}
        for number in range(LASTING):
            topic = words.TOPICS[self.dice.integer(len(words.TOPICS), "wiki/topic", p, number)]
            form = ("{b}", "{b}_({t})", "History_of_the_{b}_{n}", "AC/{b}", "What_Is_{b}?", "{b}é")[number % 6]
            form = form.replace("{b}", brand(self.dice, "wiki/name", p, number))
            name = fill(self.dice, form, topic, "wiki/words", p, number).replace(" ", "_")
            names.setdefault(name if name not in names else f"{name}_{number}", number)
        return tuple(names)


def _epoch(text: str) -> int:
    """Epoch day of YYYYMMDD (or with an hour). Raises ValueError."""
    return (datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=UTC).date() - EPOCH).days


def not_loaded() -> Response:
    """404 as the API words it, for a day, a project and an article alike."""
    return reply(
        {
            "type": "https://mediawiki.org/wiki/HyperSwitch/errors/not_found",
            "title": "Not found.",
            "method": "get",
            "detail": "The date(s) you used are valid, but we either do not have data for those date(s), or the "
            "project you asked for is not loaded yet.",
        },
        404,
    )


def _unnamed(request: Request) -> Response | None:
    """The refusal of a user agent that is a library's own, or says nothing about whom to ask."""
    agent = request.headers.get("user-agent", "")
    if re.match(r"^(python|curl|wget|go-http|okhttp|java)", agent, re.IGNORECASE) or "(" not in agent:
        return reply({"title": "Please set a user-agent and respect our policy."}, 403)
    return None


def _is_published(day: int, instant: float) -> bool:
    return (FIRST_DAY - EPOCH).days <= day and (day + 1) * DAY <= instant


async def top(request: Request) -> Response:
    """GET /metrics/pageviews/top/{project}/{access}/{year}/{month}/{day}."""
    if refused := _unnamed(request):
        return refused
    ask, part = ask_of(request), request.path_params
    try:
        day = _epoch(f"{part['year']}{part['month']}{part['day']}")
    except ValueError:
        return reply({"title": "Invalid parameters."}, 400)
    project = part["project"].removesuffix(".org")
    known = project.endswith((".wikipedia", ".wiktionary")) and not project.startswith("nosuch")
    if not known or not _is_published(day, ask.instant) or fault(request, "not_there") is not None:
        return not_loaded()
    views = sandbox_of(request).world.page_views.views(project, day)
    listed = sorted([*PAGES.items(), *views.items()], key=lambda pair: (-pair[1], pair[0]))[:LIST_LENGTH]
    articles = [{"article": name, "views": seen, "rank": rank} for rank, (name, seen) in enumerate(listed, start=1)]
    if fault(request, "no_results") is not None:
        articles = []
    name = "pages" if fault(request, "shape_moved") is not None else "articles"
    about = {"project": project, "access": part["access"], "year": part["year"], "month": part["month"]}
    return reply({"items": [{**about, "day": part["day"], name: articles}]})


async def per_article(request: Request) -> Response:
    """GET /metrics/pageviews/per-article/{project}/{access}/{agent}/{article}/daily/{start}/{end}."""
    if refused := _unnamed(request):
        return refused
    ask, part, world = ask_of(request), request.path_params, sandbox_of(request).world.page_views
    try:
        first, last = _epoch(part["start"]), _epoch(part["end"])
    except ValueError:
        return reply({"title": "Invalid parameters."}, 400)
    project, article = part["project"].removesuffix(".org"), part["article"].replace(" ", "_")
    about = {"project": project, "article": article, "granularity": "daily"}
    items: list[dict[str, Any]] = []
    for day in range(max(first, last - 800), last + 1):
        seen = world.views(project, day).get(article, 0) if _is_published(day, ask.instant) else 0
        if seen:
            stamp = iso_second(day * DAY)[:10].replace("-", "") + "00"
            items.append({**about, "timestamp": stamp, "access": part["access"], "agent": part["agent"], "views": seen})
    return reply({"items": items}) if items else not_loaded()


def planted(world: World, day: int) -> list[dict[str, Any]]:
    """The articles that something happened to on a day, in the English project."""
    names = world.page_views.names("en.wikipedia")
    return [
        breakout(PROVIDER_NAME, f"en.wikipedia:{names[int(row)]}", started_at=day * DAY)
        for row in world.page_views.struck("en.wikipedia", day)
    ]


SIMULATION = Simulation(
    provider=PROVIDER_NAME,
    routes=lambda: [
        Route("/metrics/pageviews/top/{project}/{access}/{year}/{month}/{day}", top),
        Route(
            "/metrics/pageviews/per-article/{project}/{access}/{agent}/{article:path}/daily/{start}/{end}", per_article
        ),
    ],
    endpoints=((r"^/metrics/pageviews/top/", "top"), (r"^/metrics/pageviews/per-article/", "per_article")),
    needs_key=False,
    world={"page_views": lambda world: PageViewWorld(world.dice, world.stories)},
    truth=planted,
    about=(
        "GET /metrics/pageviews/top/{project}/all-access/{year}/{month}/{day}",
        "GET /metrics/pageviews/per-article/{project}/all-access/user/{article}/daily/{start}/{end}",
    ),
)
