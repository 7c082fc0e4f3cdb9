"""TikTok through the actor clockworks/tiktok-scraper: what the sources that run it share, and its items as posts."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from trend_assets.platforms import post_address
from trend_assets.sources import values
from trend_assets.sources.call import Call
from trend_assets.sources.marks import ADVERTISEMENT, SET_ASIDE, Mark
from trend_assets.sources.posts import Post, first, telling, views_beside
from trend_assets.sources.providers.apify.calls import actor_run
from trend_assets.sources.providers.apify.items import MARKS as MARKS_OF_ACTORS
from trend_assets.sources.values import BadValue, ErrorRow, Notes, dig

_POST_ADDRESS = re.compile(r"https?://(?:www\.)?tiktok\.com/@([^/?#]*)/(?:video|photo)/(\d+)")


def posts_run(
    actor: str, urls: Sequence[str], *, usd_per_1000: float, context: Mapping[str, Any] | None = None
) -> Call:
    """Posts by address, with their counts of now. Addresses of photo posts are rewritten, or the actor does not find
    them."""
    return actor_run(
        actor,
        {**OPTIONS, "postURLs": [url.replace("/photo/", "/video/") for url in urls], "resultsPerPage": 1},
        max_items=len(urls),
        usd_per_1000=usd_per_1000,
        context=context,
    )


# downloads and filters are add-ons that cost extra
OPTIONS: dict[str, Any] = {
    "shouldDownloadVideos": False,
    "shouldDownloadCovers": False,
    "shouldDownloadSubtitles": False,
    "shouldDownloadSlideshowImages": False,
}


MARKS = (
    *MARKS_OF_ACTORS,
    Mark("authorMeta.privateAccount", True, f"of a private account: {SET_ASIDE}"),
    Mark("isSlideshow", True, "photos: `kind` is slideshow"),
    Mark("playCount", 0, "0 beside likes: views unknown"),
)
ADS = (Mark("isAd", True, ADVERTISEMENT), Mark("isSponsored", True, ADVERTISEMENT))
"""Marks of a TikTok post, and those that say that it is an ad."""


def post_id_in(url: Any) -> tuple[str, str] | None:
    """Handle and id in a post's address, None for any other address."""
    match = _POST_ADDRESS.match(url) if isinstance(url, str) else None
    return (match[1], match[2]) if match else None


def post_row(item: Any, notes: Notes, *, list_name: str, rank: int | None, now: datetime) -> dict[str, Any]:
    """One item of the actor as a post. Raises BadValue without an id."""
    if not isinstance(item, dict):
        raise BadValue("It is not an object.")
    post_id = values.identifier(item.get("id"), "id")
    creator = item.get("authorMeta")
    if values.flag(dig(creator, "privateAccount")):
        raise ErrorRow(f"Post {post_id} is of an account that is private now.")
    name = values.handle(dig(creator, "name"))
    is_slideshow = values.flag(item.get("isSlideshow")) is True
    caption = values.text(item.get("text"), "text", notes)
    tags = item.get("hashtags")
    named = values.hashtags((dig(tag, "name") for tag in tags), notes) if isinstance(tags, list) else []
    likes = values.count(item.get("diggCount"), "diggCount", notes)
    length = values.number(dig(item, "videoMeta", "duration"), "videoMeta.duration", notes)
    return Post(
        platform="tiktok",
        external_id=post_id,
        kind="slideshow" if is_slideshow else "video",
        list_name=list_name,
        list_rank=rank,
        description=caption,
        language=values.line(item.get("textLanguage"), "textLanguage", notes, limit=20),
        creator_id=values.optional_identifier(dig(creator, "id")),
        creator_handle=name,
        creator_name=values.line(dig(creator, "nickName"), "nickName", notes),
        creator_followers=_followers(creator, notes),
        url=post_address("tiktok", post_id, handle=name) if name else values.address(item.get("webVideoUrl")),
        cover_url=first(values.address(dig(item, "videoMeta", part)) for part in ("coverUrl", "originalCoverUrl")),
        hashtags=named or values.hashtags_in(caption, notes=notes),
        sound=values.line(dig(item, "musicMeta", "musicName"), "musicMeta.musicName", notes),
        # a slideshow says 0 s: it has no length
        duration_seconds=length or None,
        posted_at=values.when(
            telling(item.get("createTime") or None, item.get("createTimeISO")), "createTime", notes, now=now
        ),
        views=views_beside(values.count(item.get("playCount"), "playCount", notes), likes, notes),
        likes=likes,
        comments=values.count(item.get("commentCount"), "commentCount", notes),
        shares=values.count(item.get("shareCount"), "shareCount", notes),
        saves=values.count(item.get("collectCount"), "collectCount", notes),
        metrics_unavailable=["quotes"],
        is_sponsored=values.either(values.flag(item.get("isSponsored")), values.flag(item.get("isAd"))),
    ).row()


def _followers(creator: Any, notes: Notes) -> int | None:
    fans = values.count(dig(creator, "fans"), "authorMeta.fans", notes)
    others = [values.count(dig(creator, part), f"authorMeta.{part}", notes) for part in ("heart", "video")]
    # an account whose numbers are all 0 is one that TikTok did not show, not one without followers
    return None if fans == 0 and not any(others) else fans
