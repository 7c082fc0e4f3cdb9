"""Reddit: posts of subreddits and how their scores live for a day; some link to a story or another platform's post."""

from functools import lru_cache

import numpy as np

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.codes import BASE36, to_base
from trend_assets.sandbox.life.curves import DAY, Life, grown
from trend_assets.sandbox.life.dice import Dice, text_number
from trend_assets.sandbox.life.names import fill, invented
from trend_assets.sandbox.life.stories import Stories, Story

PER_DAY = 130
BREAKOUTS_PER_DAY = 2
FAR = 4e10
BIG_SUBREDDITS = tuple(f"{topic.name}corner" for topic in words.TOPICS)


class Threads(Life):
    """Posts as columns; `number` counts a subreddit's posts of a day."""


class ThreadWorld:
    """All subreddits and posts of a seed."""

    def __init__(self, dice: Dice, stories: Stories) -> None:
        self.dice, self.stories = dice, stories
        self._names: dict[int, str] = {}
        self.posted_on = lru_cache(maxsize=400)(self._posted_on)

    def number_of(self, subreddit: str) -> int:
        """The stable number of a subreddit's name."""
        number = text_number(subreddit.lower()) >> 20
        self._names.setdefault(number, subreddit)
        return number

    def name_of(self, number: int) -> str:
        """The name of a subreddit that was asked for before."""
        return self._names[number]

    def subscribers(self, subreddit: str) -> int:
        """Size of a subreddit."""
        return int(10 ** self.dice.between(4.7, 6.9, "r/size", self.number_of(subreddit)))

    def _posted_on(self, subreddit: str, day: int) -> Threads:
        dice, r = self.dice, self.number_of(subreddit)
        n = np.arange(PER_DAY)
        sub, d = np.full(PER_DAY, r), np.full(PER_DAY, day)

        def u(stream: str) -> np.ndarray:
            return dice.uniform(stream, sub, d, n)

        posted_at = day * DAY + np.floor(86_000 * u("r/second")).astype(np.int64)
        live = self.stories.on_platform(day, "reddit")
        tells = (u("r/story") < 0.03) & (len(live) > 0)
        rank = np.argsort(u("r/break"))
        breaks = np.isin(n, rank[:BREAKOUTS_PER_DAY]) & (dice.uniform("r/hot", r, day) < 0.35)
        size = 0.004 * self.subscribers(subreddit) ** 0.85
        final = np.clip(size * 10 ** (0.75 * dice.normal("r/final", sub, d, n)), 1, 250_000)
        return Threads(
            posted_at=posted_at,
            final=np.where(tells, final * 2, final),
            tau_hours=np.exp(np.log(6.0) + 0.4 * dice.normal("r/tau", sub, d, n)),
            phase=dice.between(0, 6.28, "r/phase", sub),
            wave_size=np.where(breaks, np.clip(size * 60, 3_000, 120_000), 0),
            wave_at=np.where(breaks, posted_at + 2700, FAR),
            wave_tau_hours=np.full(PER_DAY, 5.0),
            # vote fuzzing: a third of the scores sinks a little late in the day
            fix_at=np.where(u("r/fix") < 0.3, posted_at + 14 * 3600, FAR),
            fix_share=dice.between(0.001, 0.02, "r/fixs", sub, d, n),
            subreddit=sub,
            day=d,
            number=n,
            topic=dice.integer(len(words.TOPICS), "r/topic", sub, d, n),
            story=np.where(tells, dice.integer(max(len(live), 1), "r/which", sub, d, n), -1),
            # 0 image, 1 self text, 2 a TikTok breakout, 3 a YouTube breakout, 4 an outside page
            link_kind=np.searchsorted([0.42, 0.76, 0.80, 0.84], u("r/kind"), side="right"),
            is_breakout=breaks,
            upvote_ratio=np.round(0.62 + 0.37 * u("r/ratio"), 2),
            comment_rate=np.exp(np.log(0.06) + 0.7 * dice.normal("r/com", sub, d, n)),
            is_self=u("r/kind") < 0,
            is_over_18=u("r/nsfw") < 0.02,
            is_deleted_author=u("r/del") < 0.02,
            edited_after=np.where(u("r/edit") < 0.05, np.floor(600 + 20_000 * u("r/editat")), 0),
        )

    def top_of_day(self, subreddit: str, instant: float) -> tuple[Threads, np.ndarray, np.ndarray]:
        """Posts of the last 24 hours by score, with scores and comment counts; r/all joins the big subreddits."""
        names = BIG_SUBREDDITS if subreddit.lower() == "all" else (subreddit,)
        today = int(instant // DAY)
        threads = Threads.join([self.posted_on(name, day) for name in names for day in (today - 1, today)])
        threads = threads.take(np.flatnonzero((threads.posted_at <= instant) & (threads.posted_at > instant - DAY)))
        scores = grown(threads, instant)
        order = np.argsort(-scores, kind="stable")
        threads, scores = threads.take(order), scores[order]
        return threads, scores, np.floor(threads.comment_rate * np.power(scores + 1.0, 0.9)).astype(np.int64)

    def post_id(self, threads: Threads, row: int) -> str:
        """The base-36 id, without the t3_ prefix."""
        bits = self.dice.bits("r/id", int(threads.subreddit[row]), int(threads.day[row]), int(threads.number[row]))
        return "1" + to_base(bits % 36**6, BASE36, 6)

    def story(self, threads: Threads, row: int) -> Story | None:
        """The story that a post tells, if any."""
        return self.stories.told_by(threads, row, day=int(threads.day[row]), platform="reddit")

    def title(self, threads: Threads, row: int) -> str:
        """The title, unescaped."""
        at = (int(threads.subreddit[row]), int(threads.day[row]), int(threads.number[row]))
        story = self.story(threads, row)
        if story:
            forms = ("{t}: has anybody tried it?", "Is the {t} any good?", "The {t} sold out again")
            return self.dice.pick(forms, "r/st", *at).replace("{t}", story.title)
        topic = words.TOPICS[threads.topic[row]]
        return fill(self.dice, self.dice.pick(words.REDDIT_TITLES, "r/title", *at), topic, "r/words", *at)

    def author(self, threads: Threads, row: int) -> str:
        """The name of who posted it."""
        at = (int(threads.subreddit[row]), int(threads.day[row]), int(threads.number[row]))
        who = self.dice.integer(4000, "r/who", *at)
        return f"{invented(self.dice, 'r/name', who)}_{invented(self.dice, 'r/name2', who)}{who % 97}"
