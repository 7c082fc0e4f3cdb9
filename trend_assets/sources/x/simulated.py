"""Rows of apidojo/tweet-scraper (Tweet Scraper V2)."""

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np

from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.clips import topic_of_text
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.life.dice import text_number
from trend_assets.sandbox.simulation import Actor, Simulation, fixed_fields
from trend_assets.sandbox.state import signed_url
from trend_assets.sandbox.world import World, breakout
from trend_assets.sources.x.simulated_tweets import Tweets, TweetWorld, XUser

FIXED = fixed_fields(__file__)
Row = dict[str, Any]
OPERATOR = re.compile(r"\b(lang|since|until|from|min_faves|min_retweets|min_replies|filter|-?is):(\S+)")
NO_RESULTS = 10


def legacy_time(instant: float) -> str:
    """X's old format: Fri Nov 21 20:20:00 +0000 2025."""
    return datetime.fromtimestamp(instant, UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")


def tweets(ask: Ask, world: World, given: dict[str, Any]) -> list[Row]:
    """`searchTerms` (with operators since:, until:, from:, min_faves:), `twitterHandles`, `start`, `end`, `maxItems`,
    `sort`. Answers are often shorter than maxItems; too small a maxItems or nothing found gives rows of noResults."""
    want = int(given.get("maxItems") or 100)
    terms = [str(term) for term in given.get("searchTerms") or []]
    handles = [str(handle).lstrip("@") for handle in given.get("twitterHandles") or []]
    queries = [(term, *_posts_for_term(ask, world, term)) for term in terms]
    queries += [(f"from:{handle}", *_posts_for_handle(ask, world, handle)) for handle in handles]
    share = max(-(-want // max(len(queries), 1)), 3)
    rows: list[Row] = []
    for term, posts, users in queries:
        posts = _in_range(posts, str(given.get("start") or ""), str(given.get("end") or ""))
        if given.get("sort") == "Top":
            posts = posts.take(np.argsort(-posts.final, kind="stable")[: min(share, 8)])
        posts = posts.take(slice(0, share))
        numbers = world.tweets.counts(posts, ask.instant)
        for row in range(len(posts)):
            one = {name: int(values[row]) for name, values in numbers.items()}
            rows.append(_tweet(ask, world, posts, row, users[int(posts.user[row])], one=one) | {"searchTerm": term})
    rows = rows[:want]
    return rows if rows and want >= 5 else [{"noResults": True} for _ in range(NO_RESULTS)]


def _in_range(posts: Tweets, start: str, end: str) -> Tweets:
    keep = np.ones(len(posts), dtype=bool)
    for text, later in ((start, True), (end, False)):
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace("_UTC", "").replace("_", "T"))
        except ValueError:
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        keep &= (posts.posted_at >= moment.timestamp()) if later else (posts.posted_at < moment.timestamp())
    return posts.take(np.flatnonzero(keep))


def _posts_for_handle(ask: Ask, world: World, handle: str) -> tuple[Tweets, dict[int, XUser]]:
    user = world.tweets.user(handle, ask.instant)
    return world.tweets.posts_of([user], ask.instant), {user.number: user}


def _posts_for_term(ask: Ask, world: World, term: str) -> tuple[Tweets, dict[int, XUser]]:
    """Posts of the pool whose topic fits the words; operators narrow them down."""
    operators = {name: value for name, value in OPERATOR.findall(term)}
    plain = OPERATOR.sub("", term).strip()
    handles = [operators["from"]] if "from" in operators else world.tweets.pool
    users = [world.tweets.user(handle, ask.instant) for handle in handles]
    posts = world.tweets.posts_of(users, ask.instant)
    if "from" not in operators:
        luck = world.dice.uniform("x/search", posts.tweet_id, text_number(plain) >> 8)
        fits = (posts.topic == topic_of_text(plain)) | (posts.story >= 0) | posts.is_breakout | (luck < 0.04)
        posts = posts.take(np.flatnonzero(fits & (luck < 0.6)))
    if "min_faves" in operators and operators["min_faves"].isdigit():
        likes = world.tweets.counts(posts, ask.instant)["likes"]
        posts = posts.take(np.flatnonzero(likes >= int(operators["min_faves"])))
    posts = _in_range(posts, operators.get("since", ""), operators.get("until", ""))
    return posts, {user.number: user for user in users}


def _tweet(ask: Ask, world: World, posts: Tweets, row: int, user: XUser, *, one: dict[str, int]) -> Row:
    number, story, dice = str(posts.tweet_id[row]), world.tweets.story(posts, row), world.dice
    topic = words.TOPICS[posts.topic[row]]
    tags = (
        [story.hashtag]
        if story
        else [
            tag
            for tag in ("dtcbrand", "shopify", "ecommerce", *topic.tags[:1])
            if dice.uniform("x/tag/" + tag, int(number)) < 0.3
        ]
    )
    text = " ".join([world.tweets.text(posts, row), *(f"#{tag}" for tag in tags)])
    links = []
    if story:
        short = f"https://t.co/{text_number(number) % 36**6:07d}"
        text += f" {short}"
        links = [{"display_url": story.url[8:30] + "…", "expanded_url": story.url, "url": short, "indices": [0, 23]}]
    hashtags = [{"indices": [text.find(f"#{tag}"), text.find(f"#{tag}") + len(tag) + 1], "text": tag} for tag in tags]
    url = f"https://x.com/{user.handle}/status/{number}"
    picture = signed_url(ask, world.seed, f"/covers/x/{user.user_id}.jpeg")
    item: Row = {
        **FIXED["tweet"],
        "id": number,
        "url": url,
        "twitterUrl": url.replace("x.com", "twitter.com"),
        "text": text,
        "fullText": text,
        "retweetCount": one["retweets"],
        "replyCount": one["replies"],
        "likeCount": one["likes"],
        "quoteCount": one["quotes"],
        "viewCount": one["views"],
        "createdAt": legacy_time(float(posts.posted_at[row])),
        "bookmarkCount": one["bookmarks"],
        "isReply": bool(posts.is_reply[row]),
        "conversationId": number,
        "author": _author(ask, user, picture),
        "entities": {"hashtags": hashtags, "symbols": [], "timestamps": [], "urls": links, "user_mentions": []},
        "isRetweet": bool(posts.is_retweet[row]),
    }
    chance = dice.uniform("x/extra", int(number))
    if chance < 0.35:
        _add_picture(item, url, number, signed_url(ask, world.seed, f"/covers/x/{number}.jpeg"))
    elif chance < 0.47 and row + 1 < len(posts):
        quoted = str(posts.tweet_id[row + 1])
        # a quoted post comes without searchTerm and url
        item |= {"isQuote": True, "quoteId": quoted, "quote": {"type": "tweet", "id": quoted, "text": "", "author": {}}}
    if posts.is_retweet[row]:
        item["retweeted_tweet"] = {"type": "tweet", "id": str(int(number) - 8_388_608_000), "text": text}
    if dice.uniform("x/sensitive", int(number)) < 0.63:
        item["possiblySensitive"] = False
    if posts.is_reply[row]:
        other = dice.pick(world.tweets.pool, "x/to", int(number))
        item |= {"inReplyToId": str(int(number) - 4_194_304_000), "inReplyToUserId": "1", "inReplyToUsername": other}
        mention = {"id_str": "1", "name": other.title(), "screen_name": other, "indices": [0, len(other) + 1]}
        item["entities"] = {**item["entities"], "user_mentions": [mention]}
    return item


def _add_picture(item: Row, url: str, number: str, picture: str) -> None:
    """A post with one picture names it in three places."""
    media = {
        "display_url": f"pic.x.com/{number[-8:]}",
        "expanded_url": f"{url}/photo/1",
        "id_str": number,
        "indices": [0, 23],
        "media_key": f"3_{number}",
        "media_url_https": picture,
        "type": "photo",
        "url": f"https://t.co/{number[-10:]}",
        "sizes": {"large": {"h": 960, "w": 540, "resize": "fit"}},
        "original_info": {"height": 960, "width": 540, "focus_rects": []},
    }
    item["extendedEntities"] = {"media": [media]}
    item["entities"] = {**item["entities"], "media": [media]}
    item["media"] = [picture]


def _author(ask: Ask, user: XUser, picture: str) -> Row:
    """The author; isVerified is there in some runs only (by the hour here)."""
    author: Row = {
        **FIXED["author"],
        "userName": user.handle,
        "url": f"https://x.com/{user.handle}",
        "twitterUrl": f"https://twitter.com/{user.handle}",
        "id": user.user_id,
        "name": user.name,
        "isBlueVerified": user.is_blue,
        "profilePicture": picture,
        "description": user.bio,
        "followers": user.followers,
        "following": user.following,
        "createdAt": legacy_time(1_300_000_000 + user.number % 400_000_000),
        "favouritesCount": user.number % 30_000,
        "mediaCount": user.number % 3000,
        "statusesCount": user.number % 60_000,
    }
    if user.number % 25:
        author["coverPicture"] = picture
    if user.number % 14:
        author["location"] = user.bio.rpartition("| ")[2]
    return author | ({"isVerified": False} if int(ask.instant // 3600) % 4 else {})


def planted(world: World, number: int) -> list[dict[str, Any]]:
    """Planted posts of a day, of the pool of invented accounts."""
    end = float((number + 1) * DAY - 1)
    posts = world.tweets.posts_of([world.tweets.user(handle, end) for handle in world.tweets.pool], end)
    return [
        breakout("x", posts.tweet_id[row], posted_at=posts.posted_at[row], started_at=posts.wave_at[row])
        for row in np.flatnonzero(posts.is_breakout & (posts.posted_at >= number * DAY))
    ]


SIMULATION = Simulation(
    provider="apify",
    actors={"apidojo/tweet-scraper": Actor("61RPP7dywgiy0JPD0", tweets, 0.40)},
    world={"tweets": lambda world: TweetWorld(world.dice, world.stories)},
    truth=planted,
    tells="x",
)
