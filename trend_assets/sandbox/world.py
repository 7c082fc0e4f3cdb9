"""The simulated world: one object per seed that knows every platform at every instant.

    seed ─▶ Dice ─▶ stories ─┬─▶ creators ─▶ clips (TikTok)      world.truth(day): what was planted
                             └─▶ world.<part> that a source's `simulated.py` adds (threads, tube, …)

Pure functions of (seed, instant): no clock, no files, no state but caches. How a provider words its answers belongs to
the `simulated.py` of the sources, HTTP to `server`.
"""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from trend_assets.platforms import SANDBOX_FILMS
from trend_assets.sandbox.life.clips import ClipWorld, counts
from trend_assets.sandbox.life.creators import Creators
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.life.dice import Dice
from trend_assets.sandbox.life.keywords import Keywords
from trend_assets.sandbox.life.stories import Stories
from trend_assets.sandbox.simulation import simulations

EPOCH = date(1970, 1, 1)


def epoch_day(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def iso_second(instant: float) -> str:
    """An instant as 2026-11-20T19:08:54Z."""
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")


def breakout(
    platform: str, external_id: Any, *, started_at: float, posted_at: float | None = None, **more: Any
) -> dict[str, Any]:
    """One planted item as the truth of a day tells it, with its instants written out."""
    posted = {} if posted_at is None else {"posted_at": iso_second(float(posted_at))}
    began = iso_second(float(started_at))
    return {"platform": platform, "external_id": str(external_id), **posted, "started_at": began, **more}


class World:
    """Everything of one seed."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        self.dice = Dice(seed)
        self.stories = Stories(self.dice, [each.tells for each in simulations() if each.tells])
        self.creators = Creators(self.dice)
        self.clips = ClipWorld(self.creators, self.stories)
        self.keywords = Keywords(self.dice, self.stories)
        self._parts: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        """A part that a source adds (`threads`, `tube`, …), built when it is asked for first."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._parts:
            build = next((each.world[name] for each in simulations() if name in each.world), None)
            if build is None:
                raise AttributeError(f"The simulated world has no {name}: no simulated.py declares it.")
            self._parts[name] = build(self)
        return self._parts[name]

    def truth(self, day: date) -> dict[str, Any]:
        """What was planted for a UTC day: breakouts whose wave starts on it, and the stories alive on it.

        Each breakout has platform, external_id, creator_id (or category), started_at, and for videos
        `views_at_start` and `views_after_24_hours`, so that a score can be graded against it.
        """
        number = epoch_day(day)
        breakouts: list[dict[str, Any]] = []
        clips = self.clips.breakouts_of(number)
        for row in range(len(clips)):
            one, start = clips.take(np.array([row])), float(clips.wave_at[row])
            breakouts.append(
                breakout(
                    SANDBOX_FILMS,
                    one.video_id[0],
                    posted_at=one.posted_at[0],
                    started_at=start,
                    creator_id=str(self.creators.uid[one.creator[0]]),
                    creator_handle=self.creators.handle(int(one.creator[0]), number),
                    views_at_start=int(counts(one, start).views[0]),
                    views_after_24_hours=int(counts(one, start + DAY).views[0]),
                )
            )
        for each in simulations():
            breakouts += each.truth(self, number) if each.truth else []
        stories = [
            {
                "key": story.key,
                "title": story.title,
                "url": story.url,
                "platforms": list(story.platforms),
                "hashtag": story.hashtag,
                "first_date": iso_second(story.first_day * DAY)[:10],
                "last_date": iso_second(story.last_day * DAY)[:10],
            }
            for story in self.stories.active(number)
        ]
        return {"date": day.isoformat(), "seed": self.seed, "breakouts": breakouts, "stories": stories}


@lru_cache(maxsize=4)
def world_of(seed: int) -> World:
    """The world of a seed, built once per process (about 50 ms)."""
    return World(seed)


def truth(day: date, *, seed: int = 7) -> dict[str, Any]:
    """What was planted for a day, without a server: see `World.truth`."""
    return world_of(seed).truth(day)
