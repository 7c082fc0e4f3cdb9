"""The simulated world: one object per seed that knows every platform at every instant.

    seed ─▶ Dice ─▶ stories ─┬─▶ creators ─▶ clips (TikTok)      world.truth(day): what was planted
                             ├─▶ tube (YouTube)
                             ├─▶ tweets (X)
                             ├─▶ shelves (Amazon)
                             └─▶ threads (Reddit)

Pure functions of (seed, instant): no clock, no files, no state but caches. How a provider words its answers belongs to
`providers/`, HTTP to `server`.
"""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from trend_assets.sandbox.life.clips import ClipWorld, counts
from trend_assets.sandbox.life.creators import Creators
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.life.dice import Dice
from trend_assets.sandbox.life.grams import GramWorld
from trend_assets.sandbox.life.keywords import Keywords
from trend_assets.sandbox.life.shelves import ROOT_PARTS, Shelves
from trend_assets.sandbox.life.stories import Stories
from trend_assets.sandbox.life.threads import BIG_SUBREDDITS, ThreadWorld
from trend_assets.sandbox.life.tube import TubeWorld
from trend_assets.sandbox.life.tweets import TweetWorld

EPOCH = date(1970, 1, 1)


def epoch_day(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def _iso(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")


class World:
    """Everything of one seed."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        self.dice = Dice(seed)
        self.stories = Stories(self.dice)
        self.creators = Creators(self.dice)
        self.clips = ClipWorld(self.creators, self.stories)
        self.keywords = Keywords(self.dice, self.stories)
        self.grams = GramWorld(self.creators)
        self.tube = TubeWorld(self.dice, self.stories)
        self.tweets = TweetWorld(self.dice, self.stories)
        self.shelves = Shelves(self.dice, self.stories)
        self.threads = ThreadWorld(self.dice, self.stories)

    def truth(self, day: date) -> dict[str, Any]:
        """What was planted for a UTC day: breakouts whose wave starts on it, and the stories alive on it.

        Each breakout has platform, external_id, creator_id (or category), started_at, and for videos
        `views_at_start` and `views_after_24_hours`, so that a score can be graded against it.
        """
        number = epoch_day(day)
        found: list[dict[str, Any]] = []
        clips = self.clips.breakouts_of(number)
        for row in range(len(clips)):
            one, start = clips.take(np.array([row])), float(clips.wave_at[row])
            found.append(
                {
                    "platform": "tiktok",
                    "external_id": str(one.video_id[0]),
                    "creator_id": str(self.creators.uid[one.creator[0]]),
                    "creator_handle": self.creators.handle(int(one.creator[0]), number),
                    "posted_at": _iso(float(one.posted_at[0])),
                    "started_at": _iso(start),
                    "views_at_start": int(counts(one, start).views[0]),
                    "views_after_24_hours": int(counts(one, start + DAY).views[0]),
                }
            )
        tubes = self.tube.breakouts_of(number)
        for row in range(len(tubes)):
            video, start = tubes.take(np.array([row])), float(tubes.wave_at[row])
            found.append(
                {
                    "platform": "youtube",
                    "external_id": self.tube.video_id(video, 0),
                    "creator_id": self.tube.channel_id(int(video.channel[0])),
                    "posted_at": _iso(float(video.posted_at[0])),
                    "started_at": _iso(start),
                    "views_at_start": int(self.tube.counts(video, start)[0][0]),
                    "views_after_24_hours": int(self.tube.counts(video, start + DAY)[0][0]),
                }
            )
        found += self._truth_of_posts(number)
        for category in ROOT_PARTS:
            before, after = self.shelves.ranks(category, number - 1), self.shelves.ranks(category, number)
            for product in self.shelves.movers(category, number):
                asin = self.shelves.product(category, product, number).asin
                if asin in after:
                    found.append(
                        {
                            "platform": "amazon",
                            "external_id": asin,
                            "category": category,
                            "started_at": _iso(number * DAY),
                            "rank": after[asin],
                            "previous_rank": before.get(asin),
                        }
                    )
        stories = [
            {
                "key": story.key,
                "title": story.title,
                "url": story.url,
                "platforms": list(story.platforms),
                "hashtag": story.hashtag,
                "first_date": _iso(story.first_day * DAY)[:10],
                "last_date": _iso(story.last_day * DAY)[:10],
            }
            for story in self.stories.active(number)
        ]
        return {"date": day.isoformat(), "seed": self.seed, "breakouts": found, "stories": stories}

    def _truth_of_posts(self, number: int) -> list[dict[str, Any]]:
        """Planted X posts (of the pool of invented accounts) and Reddit posts (of the big subreddits)."""
        found: list[dict[str, Any]] = []
        end = float((number + 1) * DAY - 1)
        posts = self.tweets.posts_of([self.tweets.user(handle, end) for handle in self.tweets.pool], end)
        today = np.flatnonzero(posts.is_breakout & (posts.posted_at >= number * DAY))
        for row in today:
            found.append(
                {
                    "platform": "x",
                    "external_id": str(posts.tweet_id[row]),
                    "posted_at": _iso(float(posts.posted_at[row])),
                    "started_at": _iso(float(posts.wave_at[row])),
                }
            )
        for name in BIG_SUBREDDITS:
            threads = self.threads.posted_on(name, number)
            for row in np.flatnonzero(threads.is_breakout):
                found.append(
                    {
                        "platform": "reddit",
                        "external_id": self.threads.post_id(threads, int(row)),
                        "subreddit": name,
                        "posted_at": _iso(float(threads.posted_at[row])),
                        "started_at": _iso(float(threads.wave_at[row])),
                    }
                )
        return found


@lru_cache(maxsize=4)
def world_of(seed: int) -> World:
    """The world of a seed, built once per process (about 50 ms)."""
    return World(seed)


def truth(day: date, *, seed: int = 7) -> dict[str, Any]:
    """What was planted for a day, without a server: see `World.truth`."""
    return world_of(seed).truth(day)
