"""Channel search: which channels YouTube lists for a query, with their size. For competitor discovery.

search.list type=channel (bucket search, 100 calls a day) ─▶ channel ids in order
channels.list (1 unit per 50 ids) ─▶ title, handle, subscribers, videos, views
"""

from collections.abc import Iterable
from typing import Any

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import Tally
from trend_assets.sources.providers.youtube import calls
from trend_assets.sources.providers.youtube.answers import items_of
from trend_assets.sources.values import count, dig, identifier, line, optional_identifier, text


def channels_in(answer: Answer) -> list[tuple[str, int]]:
    """Channel ids of a search answer with their place, 1 is first; repeats keep the better place."""
    places: dict[str, int] = {}
    for item in items_of(answer):
        channel = optional_identifier(dig(item, "id", "channelId") or dig(item, "snippet", "channelId"))
        if channel is not None:
            places.setdefault(channel, len(places) + 1)
    return list(places.items())


def parse(answer: Answer) -> Parsed:
    """One row per channel of a channels.list answer: external_id, handle, name, bio, followers, posts, median_views
    (None: not exposed), is_followers_hidden. Search answers hold places only, no rows."""
    if answer.call.endpoint != calls.CHANNELS:
        items_of(answer)
        return Parsed(notes=["An index of places: no rows of its own."])
    tally = Tally(what="YouTube channels")
    for item in items_of(answer):
        tally.take(item, _channel, tally, key=("external_id",))
    return tally.parsed()


def _channel(item: Any, tally: Tally) -> dict[str, Any]:
    notes = tally.notes
    hidden = dig(item, "statistics", "hiddenSubscriberCount") is True
    custom = line(dig(item, "snippet", "customUrl"), "customUrl", notes)
    followers = count(dig(item, "statistics", "subscriberCount"), "subscriberCount", notes)
    return {
        "platform": "youtube",
        "external_id": identifier(dig(item, "id"), "id"),
        "handle": custom.removeprefix("@") if custom and custom.startswith("@") else None,
        "name": line(dig(item, "snippet", "title"), "title", notes),
        "bio": text(dig(item, "snippet", "description"), "description", notes, limit=2000),
        "followers": None if hidden else followers,
        "is_followers_hidden": hidden,
        "posts": count(dig(item, "statistics", "videoCount"), "videoCount", notes),
        "median_views": None,
    }


def channels_by_query(answers: Iterable[tuple[Answer, str]]) -> list[dict[str, Any]]:
    """A day's stored answers (with their capture ids) as rows: every channel of every query, with `query`, `place`,
    and what channels.list says of it. The newest answer to a query counts."""
    places: dict[str, list[tuple[str, int]]] = {}
    details: dict[str, dict[str, Any]] = {}
    for answer, capture_id in sorted(answers, key=lambda pair: (pair[0].fetched_at, pair[1])):
        if answer.call.endpoint == calls.SEARCH:
            places[str(answer.call.params["q"])] = channels_in(answer)
            continue
        for row in parse(answer).rows:
            details[row["external_id"]] = row | {
                "measured_at": answer.fetched_at,
                "capture_id": capture_id,
                "is_simulated": answer.is_simulated,
            }
    return [
        details[channel] | {"query": query, "place": place}
        for query, listed in sorted(places.items())
        for channel, place in listed
        if channel in details  # a channel that channels.list leaves out was closed in between
    ]
