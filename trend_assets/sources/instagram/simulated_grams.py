"""Instagram: accounts of TikTok's creators under the same handles, their posts, and which accounts are related."""

from dataclasses import dataclass, replace

import numpy as np

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.creators import Creators
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.life.dice import text_number
from trend_assets.sandbox.life.names import fill

ON_INSTAGRAM = 0.7
BUSINESS = 0.75
OWN = "instagram"
"""Instagram's own account: always there, and open to everybody."""


@dataclass(frozen=True, slots=True)
class Gram:
    """An Instagram account."""

    username: str
    creator: int
    user_id: str
    name: str
    biography: str
    website: str
    followers: int
    follows: int
    posts: int
    is_business: bool
    is_private: bool
    is_verified: bool


@dataclass(frozen=True, slots=True)
class GramPost:
    """A post. `likes` None where the owner hides them."""

    post_id: str
    code: str
    kind: str
    caption: str
    hashtags: tuple[str, ...]
    posted_at: float
    likes: int | None
    comments: int
    seconds: float | None
    plays: int | None


class GramWorld:
    """All Instagram accounts of a seed."""

    def __init__(self, creators: Creators) -> None:
        self.creators, self.dice = creators, creators.dice

    def account(self, username: str, instant: float) -> Gram | None:
        """The account of a username at an instant; None where there is none. Instagram handles do not follow renames:
        they are the first handle of the creator."""
        name = username.lower().lstrip("@")
        if name == OWN:
            return replace(self._account(0, instant), username=OWN, is_business=True, is_private=False)
        creator = self.creators.by_handle(0).get(name)
        if creator is None or self.dice.uniform("g/is", creator) >= ON_INSTAGRAM:
            return None
        return self._account(creator, instant)

    def _account(self, creator: int, instant: float) -> Gram:
        dice, who = self.dice, np.array([creator])
        size = dice.between(0.1, 1.6, "g/size", creator)
        topic = self.creators.topic_of(creator)
        return Gram(
            username=self.creators.handle(creator, 0),
            creator=creator,
            user_id=str(17_841_400_000_000_000 + creator * 7_919),
            name=self.creators.nickname(creator),
            biography=fill(dice, dice.pick(words.PLAIN_BIOS, "g/bio", creator), topic, "g/bio", creator),
            website=f"https://{self.creators.handle(creator, 0).replace('_', '-')}.example/"
            if dice.uniform("g/web", creator) < 0.4
            else "",
            followers=int(self.creators.followers(who, instant)[0] * size),
            follows=dice.integer(1500, "g/follows", creator),
            posts=int(self.creators.video_count(who, instant)[0] * 0.6) + 1,
            is_business=dice.uniform("g/business", creator) < BUSINESS,
            is_private=dice.uniform("g/private", creator) < 0.03,
            is_verified=bool(self.creators.is_verified[creator]),
        )

    def related(self, gram: Gram, instant: float) -> list[Gram]:
        """Twelve accounts of the same topic, nearest in taste first."""
        same = np.flatnonzero(self.creators.topic == self.creators.topic[gram.creator])
        same = same[(same != gram.creator) & (self.dice.uniform("g/is", same) < ON_INSTAGRAM)]
        order = np.argsort(self.dice.uniform("g/near", same, np.full(len(same), gram.creator)), kind="stable")
        return [self._account(int(other), instant) for other in same[order][:12]]

    def posts(self, gram: Gram, instant: float, *, count: int = 50) -> list[GramPost]:
        """The newest posts, newest first."""
        dice, creator, newest = self.dice, gram.creator, []
        topic, day = self.creators.topic_of(creator), int(instant // DAY)
        for past in range(day, day - 120, -1):
            if dice.uniform("g/post", creator, past) >= min(self.creators.rate[creator], 0.8):
                continue
            posted = past * DAY + dice.integer(DAY, "g/second", creator, past)
            if posted > instant:
                continue
            at = (creator, past)
            reach = gram.followers**0.9 * dice.between(0.05, 0.6, "g/reach", *at)
            share = 1 - np.exp(-(instant - posted) / DAY / 1.2)
            kind = dice.pick(("Image", "Video", "Video", "Sidecar"), "g/kind", *at)
            number = text_number(f"{dice.seed}/{creator}/{past}")
            tags = tuple(tag for place, tag in enumerate(topic.tags) if dice.uniform("g/tag", *at, place) < 0.5)
            caption = fill(dice, dice.pick(words.CAPTIONS, "g/caption", *at), topic, "g/words", *at)
            newest.append(
                GramPost(
                    post_id=str(17_900_000_000_000_000 + number % 10**14),
                    code=f"C{number % 36**9:x}"[:11],
                    kind=kind,
                    caption=" ".join([caption, *(f"#{tag}" for tag in tags)]).strip(),
                    hashtags=tags,
                    posted_at=float(posted),
                    likes=None if dice.uniform("g/hide", *at) < 0.11 else int(reach * share * 0.08),
                    comments=int(reach * share * 0.004),
                    seconds=round(dice.between(5, 90, "g/seconds", *at), 2) if kind == "Video" else None,
                    plays=int(reach * share) if kind == "Video" else None,
                )
            )
            if len(newest) == count:
                break
        return newest
