"""Typed rows of X posts: one per search and post. The actor writes the search term into each item."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trend_assets.platforms import item_in, post_address
from trend_assets.sources import values
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import ALL_COUNTS, Post, fullest
from trend_assets.sources.providers.apify.exported import item_of
from trend_assets.sources.providers.apify.items import rows_of
from trend_assets.sources.values import BadValue, Notes, dig
from trend_assets.sources.x.collect import RANGE


def parse(answer: Answer) -> Parsed:
    """Rows of source.x_posts; list_name is the search term without its dates, list_rank the place among its results."""
    places: Counter[str] = Counter()

    def build(item: Any, notes: Notes) -> dict[str, Any]:
        term = RANGE.sub("", item["searchTerm"]) if isinstance(dig(item, "searchTerm"), str) else None
        list_name = values.line(term, "searchTerm", notes, limit=200) or "x"
        row = post_row(item, notes, list_name, places[list_name] + 1, now=answer.fetched_at)
        places[list_name] += 1
        return row

    return rows_of(answer, build, what="X posts")


def post_row(item: Any, notes: Notes, list_name: str, rank: int | None, *, now: datetime) -> dict[str, Any]:
    """One item of the actor as a post. Raises BadValue without an id."""
    if not isinstance(item, dict):
        raise BadValue("It is not an object.")
    post_id = values.identifier(item.get("id"), "id")
    creator = item.get("author")
    name = values.handle(dig(creator, "userName"))
    tags = dig(item, "entities", "hashtags")
    # X escapes &, < and > in texts
    forms = (item.get("fullText"), item.get("text"), dig(item, "noteTweet", "text"))
    written = values.text(fullest(*forms), "text", notes, unescape=True)
    named = values.hashtags((dig(tag, "text") for tag in tags), notes) if isinstance(tags, list) else []
    media = values.addresses(item.get("media"))
    followers = values.count(dig(creator, "followers"), "author.followers", notes)
    if followers == 0 and not values.count(dig(creator, "statusesCount"), "author.statusesCount", notes):
        followers = None
    row = Post(
        platform="x",
        external_id=post_id,
        kind="post",
        list_name=list_name,
        list_rank=rank,
        description=written,
        language=values.line(item.get("lang"), "lang", notes, limit=20),
        creator_id=values.optional_identifier(dig(creator, "id")),
        creator_handle=name,
        creator_name=values.line(dig(creator, "name"), "author.name", notes),
        creator_followers=followers,
        url=post_address("x", post_id, handle=name),
        cover_url=media[0] if media else None,
        # those that X names are of the first 280 characters
        hashtags=values.distinct((*named, *values.hashtags_in(written, notes=notes)), notes),
        posted_at=values.when(item.get("createdAt"), "createdAt", notes, now=now),
        views=values.count(item.get("viewCount"), "viewCount", notes),
        likes=values.count(item.get("likeCount"), "likeCount", notes),
        comments=values.count(item.get("replyCount"), "replyCount", notes),
        shares=values.count(item.get("retweetCount"), "retweetCount", notes),
        saves=values.count(item.get("bookmarkCount"), "bookmarkCount", notes),
        quotes=values.count(item.get("quoteCount"), "quoteCount", notes),
        metrics_unavailable=["sound"],
        is_over_18=values.flag(item.get("possiblySensitive")),
    ).row(linked_url=_linked(item, post_id))
    is_retweet = values.flag(item.get("isRetweet"))
    row["is_retweet"] = is_retweet if is_retweet is not None else isinstance(item.get("retweeted_tweet"), dict) or None
    if row["is_retweet"]:
        # its counts are the original's (reposts) or nobody's (0 views, 0 likes): the reposter earned none of them
        row |= dict.fromkeys(ALL_COUNTS)
    row["is_reply"] = values.flag(item.get("isReply"))
    return row


def _linked(item: dict[str, Any], post_id: str) -> str | None:
    """What the post is about: the post that it repeats or quotes, else the first address in it that leads elsewhere.
    In the text X shortens addresses, so that they do not tell."""
    originals = (
        dig(item, "retweeted_tweet", "id"), dig(item, "retweet", "id"), item.get("quoteId"), dig(item, "quote", "id"),
    )  # fmt: skip
    for given in originals:
        original = values.optional_identifier(given)
        if original and original != post_id and (url := post_address("x", original)):
            return url
    links = dig(item, "entities", "urls")
    said_links = values.addresses([dig(link, "expanded_url") for link in links] if isinstance(links, list) else None)
    return next((link for link in said_links if item_in(link) != ("x", post_id)), None)


def read_exported(record: Mapping[str, Any], notes: Notes, now: datetime) -> dict[str, Any]:
    """One exported post as the columns that all sources share."""
    row = post_row(item_of(record), notes, "", None, now=now)
    return {name: value for name, value in row.items() if name not in ("is_retweet", "is_reply")}


def read_archived(record: Mapping[str, Any], notes: Notes, now: datetime) -> dict[str, Any]:
    """One post of an account's archive."""
    post = record["tweet"]
    written = str(post.get("full_text") or "")
    item = {
        "id": post.get("id_str"), "text": written, "createdAt": post.get("created_at"), "lang": post.get("lang"),
        "likeCount": post.get("favorite_count"), "retweetCount": post.get("retweet_count"),
        "entities": post.get("entities"), "isRetweet": written.startswith("RT @"),
    }  # fmt: skip
    return read_exported(item, notes, now)
