"""Typed rows from YouTube's stored answers.

    search.list    ─▶ an index only: ids and their order (no counts, HTML-escaped titles); no rows
    channels.list  ─▶ subscriber counts, handed to the video call as context; no rows
    videos.list    ─▶ parse ─▶ one row per query and Short

YouTube marks Shorts nowhere: a Short is what is at most TREND_ASSETS_YOUTUBE_SHORTS__MAX_SECONDS long (the cut-off
travels in the call's context). Shares, saves, quotes and the sound are not exposed.
"""

from datetime import datetime
from typing import Any

from trend_assets.sources import values
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.collecting import Page
from trend_assets.sources.decode import decode_json
from trend_assets.sources.posts import Post, Tally, first
from trend_assets.sources.providers.youtube.answers import items_of
from trend_assets.sources.providers.youtube.calls import CHANNELS, PROVIDER, SEARCH, VIDEOS
from trend_assets.sources.values import BadValue, ErrorRow, Notes, dig

UNAVAILABLE = ["shares", "saves", "quotes", "sound"]
DEFAULT_CUT_OFF_SECONDS = 60.0
ROUNDED_UP_SECONDS = 1.0
"""YouTube rounds lengths up: a Short of its full 60 or 180 s is PT1M1S or PT3M1S."""
_BROADCASTS = {"upcoming": "announced and cannot be watched yet", "live": "a live broadcast"}


def search_page(answer: Answer) -> tuple[Page, dict[str, str]]:
    """The ids of a search page in order, and each one's channel. Pages repeat and may be short; totals are guesses."""
    document = decode_json(answer.body, what="YouTube's search answer", provider=PROVIDER)
    channels: dict[str, str] = {}
    for item in items_of(answer):
        video_id = values.optional_identifier(dig(item, "id", "videoId"))
        if video_id is not None:
            channels[video_id] = values.optional_identifier(dig(item, "snippet", "channelId")) or ""
    token = dig(document, "nextPageToken")
    usable = isinstance(token, str) and bool(token)
    return Page(ids=tuple(channels), cursor=token if usable else None, has_more=usable), channels


def subscribers_in(answer: Answer) -> dict[str, int]:
    """Channel id → subscribers (YouTube rounds them to three digits); hidden ones are left out."""
    subscribers_of: dict[str, int] = {}
    notes = Notes()
    for item in items_of(answer):
        channel = values.optional_identifier(dig(item, "id"))
        if channel is None or dig(item, "statistics", "hiddenSubscriberCount") is True:
            continue
        try:
            subscribers = values.count(dig(item, "statistics", "subscriberCount"), "subscriberCount", notes)
        except BadValue:
            continue  # a channel without a usable count is a channel of unknown size, which is what absence means
        if subscribers is not None:
            subscribers_of[channel] = subscribers
    return subscribers_of


def parse(answer: Answer) -> Parsed:
    """Rows of source.youtube_shorts from videos.list answers; search and channel answers hold no rows of their own.

    Videos longer than the cut-off are no Shorts: they are counted in the notes and set aside with that reason."""
    if answer.call.endpoint in (SEARCH, CHANNELS):
        items_of(answer)
        return Parsed(notes=["An index for the video call: no rows of its own."])
    tally = Tally(what="YouTube videos")
    cut_off = _cut_off(answer.call.context)
    items = items_of(answer)
    for item in items:
        tally.take(item, _short, answer, tally.notes, cut_off)
    asked = str(answer.call.params.get("id") or "").split(",")
    missing = len({video_id for video_id in asked if video_id}) - len(items)
    if missing > 0 and answer.call.endpoint == VIDEOS:
        tally.notes["A video asked for is not in the answer: deleted or private."] += missing
    return tally.parsed()


def _cut_off(context: Any) -> float:
    value = dig(dict(context), "max_seconds")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else DEFAULT_CUT_OFF_SECONDS


def _short(item: Any, answer: Answer, notes: Notes, cut_off: float) -> dict[str, Any]:
    context = dict(answer.call.context)
    video_id = values.identifier(dig(item, "id"), "id")
    length = values.duration_seconds(dig(item, "contentDetails", "duration"), "contentDetails.duration", notes)
    if not isinstance(dig(item, "contentDetails"), dict):
        raise BadValue(f"Video {video_id} has no contentDetails, which were asked for.")
    broadcast = dig(item, "snippet", "liveBroadcastContent")
    if broadcast in ("upcoming", "live"):
        raise ErrorRow(f"Video {video_id} is {_BROADCASTS[broadcast]}: not taken as a Short.")
    if length is None:
        raise ErrorRow(f"Video {video_id} has no length (live or upcoming): not taken as a Short.")
    if length > cut_off + ROUNDED_UP_SECONDS:
        raise ErrorRow(f"Video {video_id} is {length:g} s long, more than the {cut_off:g} s of a Short.")
    rank = dig(context.get("ranks"), video_id)
    return video_post(
        item,
        notes,
        list_name=values.line(context.get("list_name"), "list_name", notes) or "videos",
        rank=rank if isinstance(rank, int) and rank > 0 else None,
        followers=context.get("followers"),
        length=length,
        now=answer.fetched_at,
    )


def video_post(
    item: Any, notes: Notes, *, list_name: str, rank: int | None, followers: Any, length: float | None, now: datetime
) -> dict[str, Any]:
    """One item of videos.list as a row of source.youtube_shorts. Raises BadValue without an id."""
    video_id = values.identifier(dig(item, "id"), "id")
    snippet = dig(item, "snippet")
    stats = dig(item, "statistics")
    channel_id = values.optional_identifier(dig(snippet, "channelId"))
    subscribers = dig(followers, channel_id) if channel_id else None
    post = Post(
        platform="youtube",
        external_id=video_id,
        kind="video",
        list_name=list_name,
        list_rank=rank,
        title=values.line(dig(snippet, "title"), "title", notes),
        description=values.text(dig(snippet, "description"), "description", notes),
        language=values.line(
            first((dig(snippet, "defaultAudioLanguage"), dig(snippet, "defaultLanguage"))), "language", notes, limit=20
        ),
        creator_id=channel_id,
        creator_name=values.line(dig(snippet, "channelTitle"), "channelTitle", notes),
        creator_followers=subscribers if isinstance(subscribers, int) else None,
        url=f"https://www.youtube.com/shorts/{video_id}",
        cover_url=_thumbnail(dig(snippet, "thumbnails")),
        # snippet.tags are search words for YouTube's own use, some of machines ("yt:cc=on"), and no hashtags
        hashtags=values.hashtags_in(dig(snippet, "title"), dig(snippet, "description"), notes=notes),
        duration_seconds=length,
        posted_at=values.when(dig(snippet, "publishedAt"), "publishedAt", notes, now=now),
        views=values.count(dig(stats, "viewCount"), "viewCount", notes),
        likes=values.count(dig(stats, "likeCount"), "likeCount", notes),
        comments=values.count(dig(stats, "commentCount"), "commentCount", notes),
        metrics_unavailable=UNAVAILABLE,
        is_sponsored=values.flag(dig(item, "paidProductPlacementDetails", "hasPaidProductPlacement")),
        is_over_18=_is_age_restricted(item),
    )
    return post.row(
        channel_id=channel_id, category_id=values.line(dig(snippet, "categoryId"), "categoryId", notes, limit=20)
    )


def _is_age_restricted(item: Any) -> bool | None:
    details = dig(item, "contentDetails")
    # contentRating is an empty object, or left out, where there is no restriction
    return dig(details, "contentRating", "ytRating") == "ytAgeRestricted" if isinstance(details, dict) else None


def _thumbnail(thumbnails: Any) -> str | None:
    return first(
        values.address(dig(thumbnails, size, "url")) for size in ("maxres", "standard", "high", "medium", "default")
    )
