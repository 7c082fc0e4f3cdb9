"""Typed rows of Hacker News: one per list and story.

    /v0/…stories.json  ─▶ an index only; no rows
    /v0/item/….json    ─▶ one row per list that the story was on, or a word why there is none
    /api/v1/search     ─▶ one row per hit

Views are not shown there; points stand in `likes`. `null` items, deleted and dead ones and job ads are left out.
"""

import re
from typing import Any

from trend_assets.sources import values
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.decode import decode_json
from trend_assets.sources.errors import SchemaDrift
from trend_assets.sources.hackernews.collect import ITEM, PAST, PROVIDER_NAME, SEARCH, hits_in, ids_in
from trend_assets.sources.posts import Post, Tally, first
from trend_assets.sources.values import BadValue, ErrorRow, Notes

UNAVAILABLE = ["views", "shares", "saves", "quotes"]
PAGE = "https://news.ycombinator.com/item?id="
KINDS = ("story", "poll")
_TAG = re.compile(r"<[^<>]{1,400}>")


def parse(answer: Answer) -> Parsed:
    """Rows of source.hackernews_stories; list_rank is the place in the list, or among the past day's hits."""
    tally = Tally(what="stories of Hacker News")
    if str(answer.call.endpoint).startswith(SEARCH):
        for rank, hit in enumerate(hits_in(answer), start=1):
            tally.take(hit, _hit, answer, tally.notes, PAST, rank)
        return tally.parsed()
    if not str(answer.call.endpoint).startswith(ITEM):
        ids_in(answer)
        return Parsed(notes=["An index for the item calls: no rows of its own."])
    document = decode_json(answer.body, what="Hacker News' item", provider=PROVIDER_NAME)
    if document is None:
        return Parsed(notes=["An item that a list names does not exist (null): left out."])
    if not isinstance(document, dict):
        raise SchemaDrift("Hacker News' item is not an object.", provider=PROVIDER_NAME)
    for name, place in _lists(answer).items():
        tally.take(document, _item, answer, tally.notes, name, place)
    return tally.parsed()


def _lists(answer: Answer) -> dict[str, int | None]:
    lists = answer.call.context.get("lists")
    return dict(lists) if isinstance(lists, dict) and lists else {"stories": None}


def _item(item: dict[str, Any], answer: Answer, notes: Notes, list_name: str, rank: int | None) -> dict[str, Any]:
    item_id = values.identifier(item.get("id"), "id")
    for word in ("deleted", "dead"):
        if values.flag(item.get(word)):
            raise ErrorRow(f"It is {word} there.")
    kind = item.get("type")
    if kind == "job":
        raise ErrorRow("It is a job ad, which nobody can vote or comment on.")
    if kind not in KINDS:
        raise BadValue("It is neither a story nor a poll.")
    return _row(
        answer, notes, list_name, rank,
        item_id=item_id, kind=kind, author=item.get("by"), title=item.get("title"), body=item.get("text"),
        link=item.get("url"), posted=item.get("time"), points=item.get("score"), comments=item.get("descendants"),
    )  # fmt: skip


def _hit(hit: Any, answer: Answer, notes: Notes, list_name: str, rank: int) -> dict[str, Any]:
    if not isinstance(hit, dict):
        raise BadValue("It is not an object.")
    return _row(
        answer, notes, list_name, rank,
        item_id=values.identifier(hit.get("objectID"), "objectID"), kind="story", author=hit.get("author"),
        title=hit.get("title"), body=hit.get("story_text"), link=hit.get("url"),
        posted=first([hit.get("created_at_i"), hit.get("created_at")]), points=hit.get("points"),
        comments=hit.get("num_comments"),
    )  # fmt: skip


def _row(
    answer: Answer, notes: Notes, list_name: str, rank: int | None, *, item_id: str, kind: str, author: Any, title: Any,
    body: Any, link: Any, posted: Any, points: Any, comments: Any,
) -> dict[str, Any]:  # fmt: skip
    who = values.handle(author)
    linked = values.address(link)
    return Post(
        platform=PROVIDER_NAME,
        external_id=item_id,
        kind="post",
        list_name=list_name,
        list_rank=rank,
        title=values.line(title, "title", notes, unescape=True),
        description=values.text(_plain(body), "text", notes, unescape=True),
        creator_id=who,
        creator_handle=who,
        creator_name=who,
        url=f"{PAGE}{item_id}",
        hashtags=[],
        posted_at=values.when(posted, "time", notes, now=answer.fetched_at),
        likes=values.count(points, "score", notes),
        comments=values.count(comments, "comments", notes),
        metrics_unavailable=list(UNAVAILABLE),
    ).row(item_type=kind, linked_url=linked)


def _plain(body: Any) -> Any:
    """A text without its HTML elements; entities are the caller's."""
    return _TAG.sub("", body.replace("<p>", "\n\n")) if isinstance(body, str) else body
