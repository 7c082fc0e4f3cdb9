"""YouTube: channels, Shorts of up to a minute, and longer videos under four minutes that are no Shorts under 60 s.

The counts follow the same life cycles as TikTok's (`curves`).
"""

from functools import lru_cache

import numpy as np

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.codes import URL_SAFE, to_base, video_code, video_number
from trend_assets.sandbox.life.curves import DAY, Life, daylight, grown, ratio_of
from trend_assets.sandbox.life.dice import Dice
from trend_assets.sandbox.life.names import fill, invented
from trend_assets.sandbox.life.stories import Stories, Story

CHANNELS = 500
SLOTS = 3
BREAKOUTS_PER_DAY = 4
FAR = 4e10
STORY_ENDINGS = ("worth it?", "honest review", "I bought it", "unboxing")


class Tubes(Life):
    """YouTube videos as columns."""


class TubeWorld:
    """All channels and videos of a seed."""

    def __init__(self, dice: Dice, stories: Stories) -> None:
        self.dice, self.stories = dice, stories
        c = self.index = np.arange(CHANNELS)
        self.cap = np.clip(10 ** (4.9 + 0.9 * dice.normal("y/cap", c)), 200, 3e7)
        self.tau_days = dice.between(60, 400, "y/tau", c)
        self.middle_day = 20_500 + dice.between(-1200, 400, "y/mid", c)
        self.phase = dice.between(0, 2 * np.pi, "y/phase", c)
        self.topic = dice.integer(len(words.TOPICS), "y/topic", c)
        self.rate = np.clip(0.7 * np.exp(0.6 * dice.normal("y/rate", c)), 0.05, 2.4)
        self.hides_subscribers = dice.uniform("y/hide", c) < 0.06
        self.by_channel_id = {self.channel_id(number): number for number in range(CHANNELS)}
        self.posted_on = lru_cache(maxsize=120)(self._posted_on)
        self.recent = lru_cache(maxsize=4)(self._recent)

    # channels -------------------------------------------------------------------------------------------------------

    def channel_id(self, channel: int) -> str:
        """24 characters starting with UC."""
        return (
            "UC"
            + to_base(self.dice.bits("y/id", channel) | (1 << 63), URL_SAFE, 11)
            + to_base(self.dice.bits("y/id2", channel), URL_SAFE, 11)
        )

    def channel_title(self, channel: int) -> str:
        """The channel's name."""
        first = invented(self.dice, "y/name", channel).capitalize()
        second = invented(self.dice, "y/name2", channel).capitalize()
        topic = words.TOPICS[self.topic[channel]].name.capitalize()
        return self.dice.pick(
            (f"{first} {second}", f"{first} {topic}", f"{topic} with {first}", first + second), "y/t", channel
        )

    def channel_handle(self, channel: int) -> str:
        """The custom URL, with @."""
        first, second = invented(self.dice, "y/name", channel), invented(self.dice, "y/name2", channel)
        return f"@{first}{second}{channel}"

    def subscribers(self, channels: np.ndarray, instant: float) -> np.ndarray:
        """Subscribers, int64, unrounded."""
        days = daylight(instant, self.phase[channels]) / DAY
        grown_ = self.cap[channels] / (1 + np.exp(-(days - self.middle_day[channels]) / self.tau_days[channels]))
        return np.floor(grown_).astype(np.int64)

    # videos ---------------------------------------------------------------------------------------------------------

    def _posted_on(self, day: int) -> Tubes:
        dice = self.dice
        everyone, slots = np.repeat(self.index, SLOTS), np.tile(np.arange(SLOTS), CHANNELS)
        posts = dice.uniform("y/post", everyone, np.full(len(everyone), day), slots) < np.repeat(
            self.rate / SLOTS, SLOTS
        )
        chosen = np.argsort(dice.uniform("y/break", self.index, np.full(CHANNELS, day)))[:BREAKOUTS_PER_DAY]
        posts |= (slots == 0) & np.isin(everyone, chosen)
        c, s = everyone[posts], slots[posts]
        d = np.full(len(c), day)

        def u(stream: str) -> np.ndarray:
            return dice.uniform(stream, c, d, s)

        breaks = (s == 0) & np.isin(c, chosen)
        # breakout videos are posted in the first half of their day, their wave starts within six hours
        second = np.floor(np.where(breaks, 40_000, 86_000) * u("y/second")).astype(np.int64)
        posted_at = day * DAY + second
        live = self.stories.on_platform(day, "youtube")
        tells = (u("y/story") < 0.04) & (len(live) > 0)
        story = np.where(tells, dice.integer(max(len(live), 1), "y/which", c, d, s), -1)
        followers = self.subscribers(c, float(day * DAY))
        final = np.clip(np.power(followers + 300.0, 0.8) * 10 ** (0.7 + 0.7 * dice.normal("y/final", c, d, s)), 80, 9e7)
        length = u("y/length")
        seconds = np.where(
            length < 0.7, 8 + 52 * u("y/s1"), np.where(length < 0.87, 61 + 119 * u("y/s2"), 181 + 58 * u("y/s3"))
        )
        seconds = np.where(u("y/exact") < 0.03, 60, seconds)
        seconds = np.where(breaks, np.minimum(seconds, 58), seconds)
        corrected = u("y/fix") < 0.06
        return Tubes(
            posted_at=posted_at,
            final=np.where(story >= 0, final * 2, final),
            tau_hours=np.exp(np.log(45.0) + 1.2 * dice.normal("y/tau2", c, d, s)),
            phase=self.phase[c],
            wave_size=np.where(breaks, np.clip(final * dice.between(20, 60, "y/wave", c, d, s), 4e5, 2e7), 0.0),
            wave_at=np.where(breaks, posted_at + 3600 + np.floor(18_000 * u("y/waveat")), FAR),
            wave_tau_hours=dice.between(10, 34, "y/wtau", c, d, s),
            fix_at=np.where(corrected, posted_at + dice.between(10, 120, "y/fixat", c, d, s) * 3600, FAR),
            fix_share=dice.between(0.002, 0.03, "y/fixs", c, d, s),
            channel=c,
            slot=s,
            day=d,
            seconds=np.floor(seconds).astype(np.int64),
            topic=np.where(u("y/off") < 0.1, dice.integer(len(words.TOPICS), "y/top", c, d, s), self.topic[c]),
            story=story,
            is_breakout=breaks,
            hides_likes=u("y/nolike") < 0.04,
            comments_off=u("y/nocom") < 0.05,
            is_gone=u("y/gone") < 0.015,
            like_rate=np.exp(np.log(0.04) + 0.5 * dice.normal("y/like", c, d, s)),
            comment_rate=np.exp(np.log(0.003) + 0.7 * dice.normal("y/com", c, d, s)),
        )

    def _recent(self, day: int) -> Tubes:
        return Tubes.join([self.posted_on(past) for past in range(day - 9, day + 1)])

    def video_id(self, tubes: Tubes, row: int) -> str:
        """The eleven characters of a video."""
        number = (int(tubes.day[row]) << 16) | (int(tubes.channel[row]) << 2) | int(tubes.slot[row])
        return video_code(number, self.dice.seed)

    def by_id(self, code: str, instant: float) -> Tubes | None:
        """The video, as a batch of one; None where it never was, is not yet, or has vanished (a day after posting)."""
        number = video_number(code, self.dice.seed)
        if number is None or number >> 32:
            return None
        day, channel, slot = number >> 16, (number >> 2) & 0x3FFF, number & 3
        if not 14_000 < day <= instant // DAY:
            return None
        tubes = self.posted_on(day)
        rows = np.flatnonzero((tubes.channel == channel) & (tubes.slot == slot))
        if len(rows) == 0 or tubes.posted_at[rows[0]] > instant:
            return None
        if tubes.is_gone[rows[0]] and instant > tubes.posted_at[rows[0]] + DAY:
            return None
        return tubes.take(rows)

    def counts(self, tubes: Tubes, instant: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Views, likes and comments, int64."""
        views = grown(tubes, instant)
        return views, ratio_of(views, tubes.like_rate, 0.99), ratio_of(views, tubes.comment_rate, 0.95)

    def story(self, tubes: Tubes, row: int) -> Story | None:
        """The story that a video tells, if any."""
        return self.stories.told_by(tubes, row, day=int(tubes.day[row]), platform="youtube")

    def title(self, tubes: Tubes, row: int) -> str:
        """The title, unescaped."""
        at = (int(tubes.day[row]), int(tubes.channel[row]), int(tubes.slot[row]))
        story, topic = self.story(tubes, row), words.TOPICS[tubes.topic[row]]
        if story:
            return f"{story.title}: {self.dice.pick(STORY_ENDINGS, 'y/st', *at)}"
        return fill(self.dice, self.dice.pick(words.YOUTUBE_TITLES, "y/title", *at), topic, "y/words", *at)

    def tags(self, tubes: Tubes, row: int) -> list[str]:
        """The tags, empty for one video in four."""
        at = (int(tubes.day[row]), int(tubes.channel[row]), int(tubes.slot[row]))
        if self.dice.uniform("y/tagless", *at) < 0.25:
            return []
        story, topic = self.story(tubes, row), words.TOPICS[tubes.topic[row]]
        return ([story.title, story.hashtag] if story else []) + [topic.name, *topic.tags[:2], "shorts"]

    def description(self, tubes: Tubes, row: int) -> str:
        """The description; a story's video carries the link."""
        story, topic = self.story(tubes, row), words.TOPICS[tubes.topic[row]]
        lines = [f"A short about {topic.name}.", " ".join("#" + tag for tag in (*topic.tags[:2], "shorts"))]
        return "\n".join([*lines, f"Link: {story.url}"] if story else lines)

    def breakouts_of(self, day: int) -> Tubes:
        """The planted breakouts of a day."""
        tubes = self.posted_on(day)
        return tubes.take(np.flatnonzero(tubes.is_breakout))
