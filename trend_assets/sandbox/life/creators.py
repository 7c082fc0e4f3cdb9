"""The TikTok creators: who they are, and how followers, handles, bios and states change over the years.

    followers(t) = logistic career × surges (planted breakouts) × purges (the platform removes bots)

Everything is a closed form in the instant. Their videos live in `clips`.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.curves import DAY, daylight
from trend_assets.sandbox.life.dice import Dice
from trend_assets.sandbox.life.names import fill, invented

COUNT = 2000
REFERENCE_DAY = 20_605  # 2026-06-01; careers are spread around it
SURGE_WINDOW, SURGE_CHANCE = 28, 0.15  # 1,500 eligible × 0.15 / 28 = 8 planted breakouts a day
PURGE_WINDOW = 84
RENAME_WINDOW, RENAME_CHANCE = 180, 0.06
HEIRS = 20
PRIVATE_WINDOW, PRIVATE_CHANCE = 90, 0.012
FIRST_DAY = 20_270  # 2025-07-01: before it nobody surges, is purged or renamed
_NEVER = 10**9


class Creators:
    """All creators of a seed, as arrays indexed by creator number 0 … COUNT-1."""

    def __init__(self, dice: Dice, count: int = COUNT) -> None:
        self.dice, self.count = dice, count
        c = self.index = np.arange(count)
        self.cap = np.clip(10 ** (4.75 + 0.8 * dice.normal("c/cap", c)), 400, 2e7)
        self.tau_days = dice.between(50, 280, "c/tau", c)
        self.middle_day = REFERENCE_DAY + dice.between(-900, 420, "c/mid", c)
        self.phase = dice.between(0, 2 * np.pi, "c/phase", c)
        self.topic = dice.integer(len(words.TOPICS), "c/topic", c)
        self.language = np.searchsorted(np.cumsum(words.LANGUAGE_SHARES[:-1]), dice.uniform("c/lang", c), side="right")
        self.rate = np.clip(0.45 * np.exp(0.8 * dice.normal("c/rate", c)), 0.03, 2.4)
        self.bio_kind = np.searchsorted([0.62, 0.78, 0.87], dice.uniform("c/bio", c), side="right")
        on_camera = (dice.uniform("c/cam", c) < 0.58) & (self.bio_kind != 2)
        self.face_chance = np.where(on_camera, 0.9, 0.07)
        self.is_seller = dice.uniform("c/seller", c) < np.where(self.topic == words.TOPIC_INDEX["commerce"], 0.5, 0.04)
        self.is_commerce_user = self.is_seller | (dice.uniform("c/commerce", c) < 0.09)
        self.is_verified = (self.cap > 4e5) & (dice.uniform("c/verified", c) < 0.5)
        self.born_day = np.floor(self.middle_day - 5 * self.tau_days).astype(np.int64)
        gone = dice.uniform("c/gone", c) < 0.06
        self.gone_day = np.where(gone, REFERENCE_DAY + dice.integer(900, "c/gone/day", c) - 60, _NEVER)
        self.can_surge = (self.cap > 8e3) & (self.cap < 4e5) & (self.bio_kind != 2)
        low = dice.bits("c/uid", c) >> np.uint64(34)
        self.uid = ((self.born_day * DAY).astype(np.uint64) << np.uint64(32) | low).astype(np.int64)
        self.by_uid = {int(uid): number for number, uid in enumerate(self.uid)}
        self.heirs = self._heirs()
        self.by_handle = lru_cache(maxsize=64)(self._by_handle)
        self.handle = lru_cache(maxsize=40_000)(self._handle_on)
        self.sec_uid = lru_cache(maxsize=None)(self._sec_uid)
        self.by_sec_uid = {self.sec_uid(number): number for number in range(count)}

    # events -------------------------------------------------------------------------------------------------------

    def surge_day(self, creators: Any, window: Any) -> Any:
        """The epoch day on which a planted breakout of a creator starts in a window, -1 without one."""
        has = (self.dice.uniform("c/surge", creators, window) < SURGE_CHANCE) & self.can_surge[creators]
        day = window * SURGE_WINDOW + self.dice.integer(SURGE_WINDOW, "c/surge/day", creators, window)
        return np.where(has & (day >= FIRST_DAY) & (day < self.gone_day[creators]), day, -1)

    def surge_second(self, creators: Any, window: Any) -> Any:
        """Second of the day at which the surge starts (the morning hours, so that its own day shows it)."""
        return self.dice.integer(10 * 3600, "c/surge/second", creators, window)

    def surging(self, day: int) -> np.ndarray:
        """The creators whose planted breakout starts on a day."""
        window = np.full(self.count, day // SURGE_WINDOW)
        return self.index[self.surge_day(self.index, window) == day]

    def followers(self, creators: np.ndarray, instant: float) -> np.ndarray:
        """Followers at an instant (epoch seconds), int64. Grows steadily; falls only through purges."""
        i = np.asarray(creators)
        days = daylight(instant, self.phase[i]) / DAY
        count = self.cap[i] / (1.0 + np.exp(-(days - self.middle_day[i]) / self.tau_days[i]))
        today = int(instant // DAY)
        if today >= FIRST_DAY:
            windows = np.arange(FIRST_DAY // SURGE_WINDOW, today // SURGE_WINDOW + 1)
            one, many = np.repeat(i, len(windows)), np.tile(windows, len(i))
            day = self.surge_day(one, many)
            begun = np.maximum(instant - day * DAY - self.surge_second(one, many), 0) / DAY
            size = np.minimum(0.12 * np.exp(0.8 * self.dice.normal("c/surge/size", one, many)), 1.5)
            lift = np.where(day >= 0, size * (1.0 - np.exp(-((begun / 1.4) ** 1.3))), 0.0)
            count = count * np.prod(1.0 + lift.reshape(len(i), len(windows)), axis=1)
            for window in range(FIRST_DAY // PURGE_WINDOW, today // PURGE_WINDOW + 1):
                day_of_purge = window * PURGE_WINDOW + self.dice.integer(PURGE_WINDOW, "purge/day", window)
                if day_of_purge >= FIRST_DAY and instant >= day_of_purge * DAY + 9 * 3600:
                    count = count * (1.0 - self._purge_loss(i, window))
        return np.floor(count).astype(np.int64)

    def _purge_loss(self, creators: np.ndarray, window: int) -> np.ndarray:
        """Share of followers that a purge takes: mostly nothing or up to 2.5 %, in 3 % of the creators 15-60 %."""
        dice, at = self.dice, np.full(len(creators), window)
        mild = np.where(
            dice.uniform("purge/hit", creators, at) < 0.5, dice.between(0, 0.025, "purge/mild", creators, at), 0.0
        )
        return np.where(
            dice.uniform("purge/hard", creators, at) < 0.03, dice.between(0.15, 0.6, "purge/loss", creators, at), mild
        )

    def hearts(self, creators: np.ndarray, instant: float) -> np.ndarray:
        """Hearts received so far, int64; never falls."""
        days = np.maximum(instant / DAY - self.born_day[creators], 1.0)
        per_day = 6.0 * np.power(self.cap[creators], 0.72) * np.sqrt(self.rate[creators])
        return np.floor(per_day * days / (1.0 + np.exp(-(days / self.tau_days[creators] - 4.0)))).astype(np.int64)

    def video_count(self, creators: np.ndarray, instant: float) -> np.ndarray:
        """Videos posted so far, int64."""
        days = np.maximum(instant / DAY - self.born_day[creators], 1.0)
        return np.floor(1 + self.rate[creators] * days).astype(np.int64)

    def is_private(self, creators: np.ndarray, day: int) -> np.ndarray:
        """Whether the account is set to private on a day (spells of 3 to 25 days)."""
        i = np.asarray(creators)
        hidden = np.zeros(len(i), dtype=bool)
        for window in (day // PRIVATE_WINDOW - 1, day // PRIVATE_WINDOW):
            at = np.full(len(i), window)
            first = window * PRIVATE_WINDOW + self.dice.integer(PRIVATE_WINDOW, "c/private/day", i, at)
            last = first + 3 + self.dice.integer(22, "c/private/days", i, at)
            chosen = self.dice.uniform("c/private", i, at) < PRIVATE_CHANCE
            hidden |= chosen & (first <= day) & (day <= last)
        return hidden

    def state(self, creator: int, day: int) -> str:
        """`unborn`, `gone`, `private` or `public`."""
        if day >= self.gone_day[creator]:
            return "gone"
        if day < self.born_day[creator]:
            return "unborn"
        return "private" if self.is_private(np.array([creator]), day)[0] else "public"

    # words --------------------------------------------------------------------------------------------------------

    def _sec_uid(self, creator: int) -> str:
        """The second stable id, shaped like TikTok's."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        bits = "".join(f"{self.dice.bits('c/sec', creator, part):016x}" for part in range(4))
        number = int(bits, 16)
        return "MS4wLjABAAAA" + "".join(letters[(number >> (6 * place)) & 63] for place in range(42))

    def renames(self, creator: int, day: int) -> int:
        """How often the creator has changed the handle until a day."""
        windows = range(FIRST_DAY // RENAME_WINDOW, day // RENAME_WINDOW + 1)
        return sum(
            FIRST_DAY
            <= window * RENAME_WINDOW + self.dice.integer(RENAME_WINDOW, "c/rename/day", creator, window)
            <= day
            for window in windows
            if self.dice.uniform("c/rename", creator, window) < RENAME_CHANCE
        )

    def _handle_on(self, creator: int, day: int) -> str:
        """The handle on a day; unique among creators."""
        return self._handle_version(creator, self.renames(creator, day))

    def _heirs(self) -> dict[int, int]:
        """Creators who take over, at their first rename, the handle of one who has gone (HEIRS of them): one handle
        belongs to two ids over time, as on the real platform."""
        first = np.full(self.count, _NEVER)
        for window in range(FIRST_DAY // RENAME_WINDOW, FIRST_DAY // RENAME_WINDOW + 8):
            at = np.full(self.count, window)
            day = window * RENAME_WINDOW + self.dice.integer(RENAME_WINDOW, "c/rename/day", self.index, at)
            renames = self.dice.uniform("c/rename", self.index, at) < RENAME_CHANCE
            first = np.where(renames & (day >= FIRST_DAY) & (first == _NEVER), day, first)
        heirs: dict[int, int] = {}
        for gone in np.argsort(self.gone_day, kind="stable")[:HEIRS]:
            fit = (first > self.gone_day[gone] + 14) & (first < self.gone_day) & ~np.isin(self.index, list(heirs))
            if fit.any():
                heirs[int(np.argmin(np.where(fit, first, _NEVER)))] = int(gone)
        return heirs

    def _handle_version(self, creator: int, version: int) -> str:
        if version == 1 and creator in self.heirs:
            gone = self.heirs[creator]
            return self._handle_version(gone, self.renames(gone, int(self.gone_day[gone])))
        dice = self.dice
        base = invented(dice, "c/name", creator) + invented(dice, "c/name2", creator, version)
        topic = words.TOPICS[self.topic[creator]].name
        kind = self.bio_kind[creator]
        shapes = words.HANDLE_SHAPES
        if kind == 2 and dice.uniform("c/fanhandle", creator) < 0.7:
            shapes = words.FAN_HANDLES
        elif kind == 1 and dice.uniform("c/plathandle", creator) < 0.3:
            shapes = words.PLATFORM_HANDLES
        shape = dice.pick(shapes, "c/shape", creator, version)
        handle = shape.format(h=base, t=topic, k=dice.integer(100, "c/number", creator, version))
        # two syllable pairs can meet by chance: the creator's number settles it
        return f"{handle}{creator % 100}" if dice.uniform("c/digits", creator, version) < 0.25 else handle

    def _by_handle(self, day: int) -> dict[str, int]:
        present = np.flatnonzero(self.gone_day > day)
        return {self.handle(int(number), day).lower(): int(number) for number in present}

    def nickname(self, creator: int) -> str:
        """The display name."""
        dice = self.dice
        first = invented(dice, "c/name", creator).capitalize()
        if self.bio_kind[creator] == 2 and dice.uniform("c/fannick", creator) < 0.5:
            return f"{first} {dice.pick(('fan page', 'archive', 'best moments', 'clips'), 'c/fannick2', creator)}"
        tail = ("", " ✨", f" {invented(dice, 'c/last', creator).capitalize()}", f" | {self.topic_of(creator).name}")
        return first + dice.pick(tail, "c/nick", creator)

    def topic_of(self, creator: int) -> words.Topic:
        """What the creator mostly posts about."""
        return words.TOPICS[self.topic[creator]]

    def bio(self, creator: int, day: int) -> str:
        """The bio (signature) on a day."""
        sets = (words.PLAIN_BIOS, words.PLATFORM_BIOS, words.FAN_BIOS, words.TRICKY_BIOS)
        template = self.dice.pick(sets[self.bio_kind[creator]], "c/biotext", creator)
        text = template.replace("{h}", self.handle(creator, day))
        return fill(self.dice, text, self.topic_of(creator), "c/biowords", creator)
