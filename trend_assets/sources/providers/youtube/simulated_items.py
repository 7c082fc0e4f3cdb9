"""The JSON of YouTube's videos and channels: search results, snippets, statistics, durations."""

import html
from typing import Any

import numpy as np

from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.life import words
from trend_assets.sandbox.state import iso, signed_url
from trend_assets.sandbox.world import World
from trend_assets.sources.providers.youtube.simulated_tube import Tubes


def thumbnails(ask: Ask, world: World, code: str, *, sized: bool = True) -> dict[str, Any]:
    """The thumbnails of a video or channel; those of channels have no width and height."""
    sizes = {"default": (120, 90), "medium": (320, 180), "high": (480, 360)}
    url = signed_url(ask, world.seed, f"/covers/yt/{code}.jpeg")
    return {name: {"url": url, **({"width": w, "height": h} if sized else {})} for name, (w, h) in sizes.items()}


def search_item(ask: Ask, world: World, tubes: Tubes, row: int) -> dict[str, Any]:
    """One video of search.list."""
    code, channel = world.tube.video_id(tubes, row), int(tubes.channel[row])
    posted = iso(float(tubes.posted_at[row]), milliseconds=False)
    return {
        "kind": "youtube#searchResult",
        "etag": f"s-{code}",
        "id": {"kind": "youtube#video", "videoId": code},
        "snippet": {
            "publishedAt": posted,
            "channelId": world.tube.channel_id(channel),
            # search escapes HTML in titles, videos.list does not
            "title": html.escape(world.tube.title(tubes, row), quote=True).replace("&#x27;", "&#39;"),
            "description": world.tube.description(tubes, row)[:60] + " …",
            "thumbnails": thumbnails(ask, world, code),
            "channelTitle": world.tube.channel_title(channel),
            "liveBroadcastContent": "none",
            "publishTime": posted,
        },
    }


def born(world: World, channel: int) -> str:
    """When a channel was opened."""
    return iso(
        float(np.floor(world.tube.middle_day[channel] - 3 * world.tube.tau_days[channel]) * 86_400), milliseconds=False
    )


def about(world: World, channel: int) -> str:
    """A channel's description."""
    topic = words.TOPICS[world.tube.topic[channel]]
    return f"{topic.name.capitalize()} in short: {', '.join(topic.nouns[:3])}."


def statistics_of(world: World, tubes: Tubes, instant: float) -> dict[str, str]:
    """Counts as decimal strings; hidden ones are absent."""
    views, likes, comments = (int(values[0]) for values in world.tube.counts(tubes, instant))
    counts = {"viewCount": str(views), "favoriteCount": "0"}
    if not tubes.hides_likes[0]:
        counts["likeCount"] = str(likes)
    if not tubes.comments_off[0]:
        counts["commentCount"] = str(comments)
    return counts


def iso_duration(seconds: int) -> str:
    """Seconds as ISO 8601."""
    minutes, rest = divmod(seconds, 60)
    return "PT" + (f"{minutes}M" if minutes else "") + (f"{rest}S" if rest or not minutes else "")


def snippet_of(ask: Ask, world: World, tubes: Tubes, code: str) -> dict[str, Any]:
    """The snippet of videos.list."""
    channel, title, about = int(tubes.channel[0]), world.tube.title(tubes, 0), world.tube.description(tubes, 0)
    snippet: dict[str, Any] = {
        "publishedAt": iso(float(tubes.posted_at[0]), milliseconds=False),
        "channelId": world.tube.channel_id(channel),
        "title": title,
        "description": about,
        "thumbnails": thumbnails(ask, world, code),
        "channelTitle": world.tube.channel_title(channel),
        "categoryId": str(20 + channel % 9),
        "liveBroadcastContent": "none",
        "localized": {"title": title, "description": about},
    }
    if tags := world.tube.tags(tubes, 0):
        snippet["tags"] = tags
    if channel % 4:  # larger thumbnails are optional
        url = snippet["thumbnails"]["high"]["url"]
        snippet["thumbnails"] |= {"standard": {"url": url, "width": 640, "height": 480}}
        snippet["defaultLanguage"] = "en"
    if channel % 3:
        snippet["defaultAudioLanguage"] = "en"
    return snippet


def channel_of(ask: Ask, world: World, channel: int) -> dict[str, Any]:
    """One channel of channels.list; subscribers rounded to three digits, absent when hidden."""
    followers = int(world.tube.subscribers(np.array([channel]), ask.instant)[0])
    places = max(len(str(followers)) - 3, 0)
    uploads = int(max((ask.instant / 86_400 - world.tube.middle_day[channel] + 900) * world.tube.rate[channel], 1))
    hidden = bool(world.tube.hides_subscribers[channel])
    statistics: dict[str, Any] = {
        "viewCount": str(followers * 61 + uploads * 997),
        "hiddenSubscriberCount": hidden,
        "videoCount": str(uploads),
    }
    if not hidden:
        statistics["subscriberCount"] = str(followers // 10**places * 10**places)
    number_of, title = world.tube.channel_id(channel), world.tube.channel_title(channel)
    return {
        "kind": "youtube#channel",
        "etag": f"ch-{number_of}",
        "id": number_of,
        "snippet": {
            "title": title,
            "description": about(world, channel),
            "customUrl": world.tube.channel_handle(channel),
            "publishedAt": born(world, channel),
            "thumbnails": thumbnails(ask, world, number_of),
            "localized": {"title": title, "description": about(world, channel)},
            "country": "US",
        },
        "statistics": statistics,
    }
