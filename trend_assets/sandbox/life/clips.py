"""The videos of the world: which creator posts when, how each video's counts live, what it says and shows.

A day's posts are drawn as arrays once and cached; captions are written only for the videos that are asked for.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from trend_assets.platforms import SANDBOX_FILMS, post_address
from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.creators import SURGE_WINDOW, Creators
from trend_assets.sandbox.life.curves import DAY, Batch, Life, grown, ratio_of
from trend_assets.sandbox.life.dice import text_number
from trend_assets.sandbox.life.names import fill
from trend_assets.sandbox.life.stories import Stories, Story

SLOTS = 3
SEARCH_WINDOW_DAYS = 21
FAR = 4e10  # an instant that never comes
PRONOUN_SHARE = 0.13


def video_url(handle: str, video_id: int) -> str:
    """The public page of a video."""
    return post_address(SANDBOX_FILMS, str(video_id), handle=handle) or ""


class Clips(Life):
    """Videos as columns. `face_share` is the truth about the cover: the face's share of the frame, 0 without a face."""


class Counts(Batch):
    """Counts of videos at one instant, int64 arrays of equal length."""


def counts(clips: Clips, instant: float) -> Counts:
    """The counts of the videos at an instant."""
    views = grown(clips, instant)
    return Counts(
        views=views,
        likes=ratio_of(views, clips.like_rate, 0.985),
        comments=ratio_of(views, clips.comment_rate, 0.93),
        shares=ratio_of(views, clips.share_rate, 1.02),
        saves=ratio_of(views, clips.save_rate, 1.0),
    )


class ClipWorld:
    """All TikTok videos of a seed."""

    def __init__(self, creators: Creators, stories: Stories) -> None:
        self.creators, self.stories, self.dice = creators, stories, creators.dice
        self.posted_on = lru_cache(maxsize=450)(self._posted_on)
        self.recent = lru_cache(maxsize=4)(self._recent)
        self._size_of_week = lru_cache(maxsize=80)(self._followers_of_week)
        self._ids = lru_cache(maxsize=450)(self._ids_of_day)

    # which videos there are -----------------------------------------------------------------------------------------

    def _followers_of_week(self, week: int) -> np.ndarray:
        """Followers of every creator at the start of a week: the reach that a video of that week can count on."""
        return self.creators.followers(self.creators.index, float(week * 7 * DAY))

    def _breakout_lag(self, creators: Any, surge_day: Any) -> Any:
        """Days between the posting of a breakout video and the start of its wave: 0, 1 or 2."""
        return self.dice.integer(3, "v/lag", creators, surge_day)

    def _breakouts(self, day: int) -> dict[int, int]:
        """Creators who post on `day` a video that breaks out, with the epoch day on which the wave starts."""
        surges = {}
        for surge_day in range(day, day + 3):
            surging = self.creators.surging(surge_day)
            if len(surging):
                lag = self._breakout_lag(surging, np.full(len(surging), surge_day))
                surges.update({int(number): surge_day for number in surging[lag == surge_day - day]})
        return surges

    def _posted_on(self, day: int) -> Clips:
        dice, world = self.dice, self.creators
        breakouts = self._breakouts(day)
        everyone, slots = np.repeat(world.index, SLOTS), np.tile(np.arange(SLOTS), world.count)
        phase = np.where(dice.uniform("v/quiet", world.index, np.full(world.count, day // 30)) < 0.12, 0.05, 1.0)
        chance = np.repeat(world.rate * phase / SLOTS, SLOTS)
        posts = dice.uniform("v/post", everyone, np.full(len(everyone), day), slots) < chance
        posts |= (slots == 0) & np.isin(everyone, list(breakouts))
        posts &= (everyone >= 0) & np.repeat((world.born_day <= day) & (day < world.gone_day), SLOTS)
        c, s = everyone[posts], slots[posts]
        d = np.full(len(c), day)

        def u(stream: str) -> np.ndarray:
            return dice.uniform(stream, c, d, s)

        posted_at = day * DAY + np.floor(86_399 * (0.25 + 0.75 * np.sqrt(u("v/second")))).astype(np.int64) % DAY
        topic = np.where(u("v/offtopic") < 0.15, dice.integer(len(words.TOPICS), "v/topic", c, d, s), world.topic[c])
        followers = self._size_of_week(day // 7)[c]
        final = np.clip(
            np.power(followers + 200.0, 0.84) * 10 ** (0.38 + 0.62 * dice.normal("v/final", c, d, s)), 150, 6e7
        )
        story = self._story_of(c, s, day)
        final = np.where(story >= 0, final * 2.5, final)
        breaks = np.array([s_ == 0 and int(c_) in breakouts for c_, s_ in zip(c, s, strict=True)], dtype=bool)
        wave_day = np.array([breakouts.get(int(c_), 0) for c_ in c], dtype=np.int64)
        wave_start = wave_day * DAY + world.surge_second(c, wave_day // SURGE_WINDOW)
        # the wave begins an hour after posting at the earliest
        wave_start = np.maximum(wave_start, posted_at + 3600)
        typical = np.power(followers + 200.0, 0.84) * 10**0.38
        wave_size = np.clip(typical * dice.between(25, 90, "v/wave", c, d, s), 3e5, 2e7)
        slideshow = u("v/slides") < 0.09
        duration = np.where(
            slideshow, 0, np.clip(9_000 * np.exp(0.8 * dice.normal("v/len", c, d, s)) + 5_000, 5_000, 590_000)
        )
        has_face = u("v/face") < world.face_chance[c]
        big = u("v/big") < 0.8
        share = np.where(big, 0.035 + 0.16 * u("v/share") ** 1.5, 0.003 + 0.005 * u("v/share"))
        fan = world.bio_kind[c] == 2
        correct = u("v/fix") < 0.05
        deleted = u("v/deleted") < 0.02
        return Clips(
            posted_at=posted_at,
            final=final,
            tau_hours=np.exp(np.log(30.0) + 1.2 * dice.normal("v/tau", c, d, s)),
            phase=world.phase[c],
            wave_size=np.where(breaks, wave_size, 0.0),
            wave_at=np.where(breaks, wave_start, FAR),
            wave_tau_hours=dice.between(9, 30, "v/wavetau", c, d, s),
            fix_at=np.where(correct, posted_at + dice.between(6, 96, "v/fixat", c, d, s) * 3600, FAR),
            fix_share=dice.between(0.003, 0.05, "v/fixshare", c, d, s),
            video_id=(posted_at << 32) | (dice.bits("v/id", c, d, s) >> np.uint64(33)).astype(np.int64),
            creator=c,
            slot=s,
            topic=topic,
            language=np.where(u("v/lang") < 0.9, world.language[c], 0),
            duration_ms=duration.astype(np.int64),
            is_slideshow=slideshow,
            is_ad=u("v/ad") < np.where(world.is_commerce_user[c], 0.12, 0.01),
            is_branded=u("v/branded") < np.where(world.is_commerce_user[c], 0.15, 0.02),
            is_pronoun=u("v/pronoun") < np.where(fan, 0.35, PRONOUN_SHARE),
            is_breakout=breaks,
            face_share=np.where(has_face, share, 0.0),
            story=story,
            sound=dice.integer(len(words.SOUNDS) * 2, "v/sound", c, d, s),
            deleted_at=np.where(deleted, posted_at + dice.between(12, 600, "v/delat", c, d, s) * 3600, FAR),
            like_rate=np.exp(np.log(0.085) + 0.5 * dice.normal("v/like", c, d, s)),
            comment_rate=np.exp(np.log(0.009) + 0.7 * dice.normal("v/com", c, d, s)),
            share_rate=np.exp(np.log(0.004) + 0.8 * dice.normal("v/sh", c, d, s)),
            save_rate=np.exp(np.log(0.012) + 0.7 * dice.normal("v/save", c, d, s)),
        )

    def _story_of(self, c: np.ndarray, s: np.ndarray, day: int) -> np.ndarray:
        """Index into the day's stories, -1 for none."""
        live, d = self.stories.on_platform(day, SANDBOX_FILMS), np.full(len(c), day)
        tells = self.dice.uniform("v/story", c, d, s) < 0.03
        return np.where(tells & (len(live) > 0), self.dice.integer(max(len(live), 1), "v/whichstory", c, d, s), -1)

    def _recent(self, day: int) -> Clips:
        """Videos posted in the SEARCH_WINDOW_DAYS up to and with `day`, whose creators are public on it."""
        clips = Clips.join([self.posted_on(past) for past in range(day - SEARCH_WINDOW_DAYS + 1, day + 1)])
        hidden = self.creators.is_private(self.creators.index, day) | (self.creators.gone_day <= day)
        return clips.take(~hidden[clips.creator])

    def visible(self, instant: float, among: Callable[[Clips], np.ndarray] | None = None) -> Clips:
        """Recent videos that are online at an instant; `among` narrows them down (a mask over all recent ones)."""
        clips = self.recent(int(instant // DAY))
        online = (clips.posted_at <= instant) & (clips.deleted_at > instant)
        return clips.take(np.flatnonzero(online & among(clips) if among else online))

    def _ids_of_day(self, day: int) -> dict[int, int]:
        return {int(number): row for row, number in enumerate(self.posted_on(day).video_id)}

    def by_id(self, video_id: int) -> Clips | None:
        """The video with this id as a batch of one, None where there never was one."""
        if not 0 < video_id < 1 << 63:
            return None
        day = (video_id >> 32) // DAY
        if not 14_000 < day < 47_000:  # 2008 … 2098: no other day was ever posted on
            return None
        row = self._ids(day).get(video_id)
        return None if row is None else self.posted_on(day).take(np.array([row]))

    def breakouts_of(self, day: int) -> Clips:
        """The planted breakouts whose wave starts on a day."""
        batches = []
        for posted in range(day - 2, day + 1):
            clips = self.posted_on(posted)
            waves = clips.is_breakout & (np.floor(np.where(clips.wave_at < FAR, clips.wave_at, 0) / DAY) == day)
            batches.append(clips.take(waves))
        return Clips.join(batches)

    # what they say ---------------------------------------------------------------------------------------------------

    def story(self, clips: Clips, row: int) -> Story | None:
        """The story that a video tells, if any."""
        return self.stories.told_by(clips, row, day=int(clips.posted_at[row] // DAY), platform=SANDBOX_FILMS)

    def caption(self, clips: Clips, row: int) -> str:
        """The words of a caption, without hashtags; may be empty."""
        dice, number = self.dice, int(clips.video_id[row])
        topic, story = words.TOPICS[clips.topic[row]], self.story(clips, row)
        if story:
            openings = ("the {t} everyone asks about", "{t} honest review", "found it: {t}", "is the {t} worth it?")
            return dice.pick(openings, "cap/story", number).replace("{t}", story.title)
        language = words.LANGUAGES[clips.language[row]]
        templates = (
            words.PRONOUN_CAPTIONS if clips.is_pronoun[row] else words.FOREIGN_CAPTIONS.get(language, words.CAPTIONS)
        )
        return fill(dice, dice.pick(templates, "cap/which", number), topic, "cap", number)

    def hashtags(self, clips: Clips, row: int) -> list[str]:
        """Hashtags of a video, without #, in order."""
        dice, number = self.dice, int(clips.video_id[row])
        topic, story = words.TOPICS[clips.topic[row]], self.story(clips, row)
        tags = [tag for place, tag in enumerate(topic.tags) if dice.uniform("tag/topic", number, place) < 0.5]
        tags += [tag for place, tag in enumerate(words.GENERIC_TAGS) if dice.uniform("tag/any", number, place) < 0.25]
        if story:
            tags = [story.hashtag, "tiktokmademebuyit", *tags]
        return list(dict.fromkeys(tags))

    def sound_title(self, clips: Clips, row: int) -> str | None:
        """Title of a shared sound, None where the video has its own original sound."""
        number = int(clips.sound[row])
        return words.SOUNDS[number] if number < len(words.SOUNDS) else None


def topic_of_text(text: str) -> int:
    """The topic whose words a text shares most; a stable arbitrary one where it shares none."""
    wanted = set(text.lower().replace("#", " ").split())
    best, score = -1, 0
    for number, topic in enumerate(words.TOPICS):
        known = {word for phrase in (*topic.nouns, topic.name) for word in phrase.split()}
        hits = 2 * len(wanted & known) + 3 * len(wanted & set(topic.tags))
        hits += len(wanted & {word for phrase in topic.adjectives for word in phrase.split()})
        if hits > score:
            best, score = number, hits
    return best if best >= 0 else text_number(" ".join(sorted(wanted))) % len(words.TOPICS)
