"""X: any handle has an account and posts; searches find posts of a pool of invented accounts.

Accounts are drawn from the handle's text, so that whichever handles a user configures are answered. What they say is
invented here; nothing of a real account is known or imitated.
"""

from dataclasses import dataclass

import numpy as np

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.curves import DAY, Life, grown, ratio_of
from trend_assets.sandbox.life.dice import Dice, text_number
from trend_assets.sandbox.life.names import fill, invented
from trend_assets.sandbox.life.stories import Stories, Story

POOL = 160
X_EPOCH_MS = 1_288_834_974_657
WINDOW_DAYS = 4
BREAKOUTS_PER_DAY = 2
FAR = 4e10


@dataclass(frozen=True, slots=True)
class XUser:
    """An account on X."""

    handle: str
    number: int
    user_id: str
    name: str
    followers: int
    following: int
    is_blue: bool
    bio: str
    posts_per_day: float


class Tweets(Life):
    """Posts as columns. `user` is the number of the account's handle, `tweet_id` a snowflake that carries the time."""


class TweetWorld:
    """All accounts and posts of a seed."""

    def __init__(self, dice: Dice, stories: Stories) -> None:
        self.dice, self.stories = dice, stories
        self.pool = [f"{invented(dice, 'x/pool', n)}{invented(dice, 'x/pool2', n)}" for n in range(POOL)]

    def user(self, handle: str, instant: float) -> XUser:
        """The account behind a handle (without @), at an instant."""
        dice, number = self.dice, text_number(handle.lower()) >> 16
        base = 10 ** (4.3 + 0.9 * dice.normal("x/size", number))
        years = instant / DAY / 365.25 - 56.0
        followers = int(base * (1 + dice.between(0.02, 0.35, "x/grow", number) * max(years, 0)))
        topic = words.TOPICS[dice.integer(len(words.TOPICS), "x/topic", number)]
        return XUser(
            handle=handle,
            number=number,
            user_id=str(10**8 + dice.bits("x/id", number) % (4 * 10**9)),
            name=handle.replace("_", " ").title(),
            followers=max(followers, 12),
            following=50 + dice.integer(3000, "x/following", number),
            is_blue=dice.uniform("x/blue", number) < 0.6,
            bio=f"{topic.name}, founders and margins | {dice.pick(words.PLACES, 'x/place', number)}",
            posts_per_day=float(np.clip(1.6 * np.exp(0.7 * dice.normal("x/rate", number)), 0.2, 6)),
        )

    def posts_of(self, users: list[XUser], instant: float) -> Tweets:
        """Posts of these accounts in the WINDOW_DAYS up to an instant, newest first."""
        dice, today, slots = self.dice, int(instant // DAY), 6
        days = np.arange(today - WINDOW_DAYS, today + 1)
        numbers = np.array([user.number for user in users], dtype=np.int64)
        u_, d_, s_ = (grid.ravel() for grid in np.meshgrid(numbers, days, np.arange(slots), indexing="ij"))
        rates = np.repeat([user.posts_per_day for user in users], len(days) * slots)
        keep = dice.uniform("x/post", u_, d_, s_) < rates / slots
        followers = np.repeat([user.followers for user in users], len(days) * slots)[keep]
        u, d, s = u_[keep], d_[keep], s_[keep]
        posted_at = d * DAY + np.floor(86_000 * dice.uniform("x/second", u, d, s)).astype(np.int64)
        story = np.full(len(u), -1)
        for day in days:
            live = self.stories.on_platform(int(day), "x")
            if live:
                tells = (d == day) & (dice.uniform("x/story", u, d, s) < 0.06)
                story = np.where(tells, dice.integer(len(live), "x/which", u, d, s), story)
        breaks = dice.uniform("x/break", u, d, s) < BREAKOUTS_PER_DAY / 300
        final = np.clip(np.power(followers, 0.9) * 10 ** (0.1 + 0.5 * dice.normal("x/final", u, d, s)), 20, 3e7)
        milliseconds = posted_at * 1000 + dice.integer(1000, "x/ms", u, d, s)
        tweets = Tweets(
            posted_at=posted_at,
            final=final,
            tau_hours=np.exp(np.log(7.0) + 0.4 * dice.normal("x/tau", u, d, s)),
            phase=dice.between(0, 6.28, "x/phase", u),
            wave_size=np.where(breaks, np.clip(final * 40, 1e5, 1e7), 0),
            wave_at=np.where(breaks, posted_at + 1800, FAR),
            wave_tau_hours=np.full(len(u), 8.0),
            fix_at=np.where(dice.uniform("x/fix", u, d, s) < 0.05, posted_at + 40_000, FAR),
            fix_share=np.full(len(u), 0.02),
            tweet_id=((milliseconds - X_EPOCH_MS) << 22)
            | (dice.bits("x/tid", u, d, s) >> np.uint64(42)).astype(np.int64),
            user=u,
            template=dice.integer(len(words.X_POSTS), "x/template", u, d, s),
            topic=dice.integer(len(words.TOPICS), "x/t", u, d, s),
            story=story,
            is_reply=dice.uniform("x/reply", u, d, s) < 0.12,
            is_retweet=dice.uniform("x/rt", u, d, s) < 0.06,
            is_breakout=breaks,
            like_rate=np.exp(np.log(0.02) + 0.6 * dice.normal("x/like", u, d, s)),
            retweet_rate=np.exp(np.log(0.003) + 0.6 * dice.normal("x/ret", u, d, s)),
            quote_share=dice.between(0.02, 0.6, "x/quote", u, d, s),
        )
        tweets = tweets.take(np.flatnonzero(tweets.posted_at <= instant))
        return tweets.take(np.argsort(-tweets.tweet_id, kind="stable"))

    def counts(self, tweets: Tweets, instant: float) -> dict[str, np.ndarray]:
        """Views, likes, retweets, quotes, replies and bookmarks, int64."""
        views = grown(tweets, instant)
        retweets = ratio_of(views, tweets.retweet_rate, 1.0)
        return {
            "views": views,
            "likes": ratio_of(views, tweets.like_rate, 0.98),
            "retweets": retweets,
            "quotes": np.floor(retweets * tweets.quote_share).astype(np.int64),
            "replies": ratio_of(views, tweets.retweet_rate * 0.7, 1.0),
            "bookmarks": ratio_of(views, tweets.retweet_rate * 0.9, 1.0),
        }

    def story(self, tweets: Tweets, row: int) -> Story | None:
        """The story that a post tells, if any."""
        return self.stories.told_by(tweets, row, day=int(tweets.posted_at[row] // DAY), platform="x")

    def text(self, tweets: Tweets, row: int) -> str:
        """The words of a post, without hashtags and links."""
        number, story = int(tweets.tweet_id[row]), self.story(tweets, row)
        if story:
            return self.dice.pick(
                ("{t} is everywhere this week.", "Everybody asks where to get the {t}."), "x/st", number
            ).replace("{t}", story.title)
        topic = words.TOPICS[tweets.topic[row]]
        return fill(self.dice, words.X_POSTS[tweets.template[row]], topic, "x/words", number)
