"""Typed rows from Reddit's listings: one row per subreddit and post. Views are not exposed; ups equals score."""

import re
from typing import Any
from urllib.parse import urljoin

from trend_assets.platforms import item_in, post_address
from trend_assets.sources import values
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.collecting import Page
from trend_assets.sources.decode import decode_json
from trend_assets.sources.errors import SchemaDrift
from trend_assets.sources.posts import Post, Tally, require_list, telling
from trend_assets.sources.reddit.calls import PROVIDER
from trend_assets.sources.values import BadValue, ErrorRow, Notes, dig

_REMOVED = re.compile(r"\s*\[ ?(?:deleted|removed)(?: by (?:user|reddit|moderator)[^\]]*)? ?\]\s*", re.IGNORECASE)
UNAVAILABLE = ["views", "saves", "quotes"]


def listing_of(answer: Answer) -> dict[str, Any]:
    """The `data` of a Listing; SchemaDrift with the path otherwise."""
    document = decode_json(answer.body, what=f"Reddit's answer to {answer.call.endpoint}", provider=PROVIDER)
    data = dig(document, "data")
    if dig(document, "kind") not in (None, "Listing") or not isinstance(data, dict):
        raise SchemaDrift("Reddit's answer is not a Listing: no object at $.data.", provider=PROVIDER)
    return data


def _children(data: dict[str, Any]) -> list[Any]:
    return require_list(data.get("children"), "$.data.children", what="Reddit's listing", provider=PROVIDER)


def listing_page(answer: Answer) -> Page:
    """What paging needs of a listing."""
    data = listing_of(answer)
    ids = tuple(
        post_id
        for child in _children(data)
        if (post_id := values.optional_identifier(dig(child, "data", "id"))) is not None
    )
    after = data.get("after")
    usable = isinstance(after, str) and bool(after)
    return Page(ids=ids, cursor=after if usable else None, has_more=usable)


def parse(answer: Answer) -> Parsed:
    """Rows of source.reddit_posts; list_name is the subreddit asked for ("all" included), list_rank the place there."""
    parts = str(answer.call.endpoint).split("/")
    list_name = parts[2] if len(parts) > 2 and parts[2] else "reddit"
    before = answer.call.context.get("before")
    tally = Tally(what=f"posts of r/{list_name}")
    start = before if isinstance(before, int) and not isinstance(before, bool) else 0
    for rank, child in enumerate(_children(listing_of(answer)), start=start + 1):
        tally.take(child, _post, answer, tally.notes, list_name, rank)
    return tally.parsed()


def _post(child: Any, answer: Answer, notes: Notes, list_name: str, rank: int) -> dict[str, Any]:
    data = dig(child, "data")
    if not isinstance(data, dict) or dig(child, "kind") not in (None, "t3"):
        raise BadValue("It is not a post (t3) with data.")
    post_id = values.identifier(data.get("id"), "id")
    if removed_by := values.line(data.get("removed_by_category"), "removed_by_category", notes, limit=40):
        raise ErrorRow(f"Post {post_id} was removed ({removed_by}): nothing of it is left to read.")
    # answers that do not say it by a mark say it in place of the text
    if any(_REMOVED.fullmatch(words) for name in ("title", "selftext") if isinstance(words := data.get(name), str)):
        raise ErrorRow(f"Post {post_id} was removed: nothing of it is left to read.")
    author = values.handle(data.get("author"))
    permalink = data.get("permalink")
    is_video = values.flag(data.get("is_video")) is True
    post = Post(
        platform="reddit",
        external_id=post_id,
        kind="video" if is_video else "post",
        list_name=list_name,
        list_rank=rank,
        title=values.line(data.get("title"), "title", notes),
        description=values.text(data.get("selftext"), "selftext", notes),
        creator_id=values.optional_identifier(data.get("author_fullname")),
        creator_handle=None if author == "[deleted]" else author,
        creator_name=None if author == "[deleted]" else author,
        url=values.address(f"https://www.reddit.com{permalink}") if isinstance(permalink, str) else None,
        cover_url=_cover(data),
        hashtags=values.hashtags_in(data.get("title"), notes=notes),
        duration_seconds=values.number(dig(data, "media", "reddit_video", "duration"), "duration", notes),
        posted_at=values.when(data.get("created_utc"), "created_utc", notes, now=answer.fetched_at),
        # a downvoted post has a score below 0; likes cannot be fewer than none, and the ratio keeps the rest
        likes=None if values.flag(data.get("hide_score")) else _score(data.get("score"), notes),
        comments=values.count(data.get("num_comments"), "num_comments", notes),
        shares=values.count(data.get("num_crossposts"), "num_crossposts", notes),
        metrics_unavailable=UNAVAILABLE,
        is_sponsored=values.either(values.flag(data.get("promoted")), values.flag(data.get("is_created_from_ads_ui"))),
        is_over_18=values.flag(data.get("over_18")),
    )
    return post.row(
        upvote_ratio=values.number(data.get("upvote_ratio"), "upvote_ratio", notes, maximum=1.0),
        linked_url=_linked(data, post_id),
    )


def _linked(data: dict[str, Any], post_id: str) -> str | None:
    """What the post is about: its original for a crosspost, else the address that it links to; none for itself."""
    parent = data.get("crosspost_parent")
    if isinstance(parent, str) and (original := post_address("reddit", parent)):
        return original
    url = telling(data.get("url_overridden_by_dest"), data.get("url"))
    # crossposts and galleries are given as paths of Reddit's own
    linked = values.address(urljoin("https://www.reddit.com", url) if isinstance(url, str) else url)
    return None if item_in(linked) == ("reddit", post_id) else linked


def _score(value: Any, notes: Notes) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        notes["score is below 0: counted as 0 likes."] += 1
        return 0
    return values.count(value, "score", notes)


def _cover(data: dict[str, Any]) -> str | None:
    images = dig(data, "preview", "images", 0)
    urls = values.addresses([dig(images, "source", "url"), dig(data, "thumbnail")])
    return urls[0] if urls else None
