"""Rows of the TikTok Actors: clockworks/tiktok-scraper and lexis-solutions/tiktok-trending-videos-scraper."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.clips import Clips, Counts, counts, topic_of_text, video_url
from trend_assets.sandbox.life.dice import text_number
from trend_assets.sandbox.simulation import fixed_fields
from trend_assets.sandbox.state import iso, signed_url
from trend_assets.sandbox.world import World

FIXED = fixed_fields(__file__)
Row = dict[str, Any]
VIDEO_ID = re.compile(r"/(video|photo)/(\d{5,20})")


@dataclass(slots=True)
class _Page:
    """Videos with everything that is counted for all of them at once."""

    clips: Clips
    counts: Counts
    fans: np.ndarray
    hearts: np.ndarray
    videos: np.ndarray


def _page(ask: Ask, world: World, clips: Clips) -> _Page:
    who = clips.creator.astype(np.int64)
    return _Page(
        clips=clips,
        counts=counts(clips, ask.instant),
        fans=world.creators.followers(who, ask.instant),
        hearts=world.creators.hearts(who, ask.instant),
        videos=world.creators.video_count(who, ask.instant),
    )


def _rounded(value: int) -> int:
    """As the page displays it: three significant digits."""
    places = max(len(str(value)) - 3, 0)
    return value // 10**places * 10**places


def scraper(ask: Ask, world: World, given: dict[str, Any]) -> list[Row]:
    """clockworks/tiktok-scraper: `hashtags`, `profiles`, `searchQueries`, `postURLs`; `resultsPerPage` for each."""
    per_page = int(given.get("resultsPerPage") or 20)
    rows: list[Row] = []
    for tag in given.get("hashtags") or []:
        rows += _hashtag(ask, world, str(tag).lstrip("#"), per_page)
    for query in given.get("searchQueries") or []:
        rows += [row | {"searchQuery": query, "input": query} for row in _hashtag(ask, world, str(query), per_page)]
    for profile in given.get("profiles") or []:
        rows += _profile(ask, world, str(profile), per_page)
    for url in given.get("postURLs") or []:
        rows.append(_post(ask, world, str(url)))
    return rows


def _missing(given: str, url: str) -> Row:
    return {"error": "This profile/hashtag does not exist.", "input": given, "url": url}


def _hashtag(ask: Ask, world: World, tag: str, count: int) -> list[Row]:
    lowered = tag.lower().strip()
    if not lowered or lowered.startswith("nosuch"):
        return [_missing(tag, f"https://www.tiktok.com/tag/{tag}")]
    commerce, topic = words.TOPIC_INDEX["commerce"], topic_of_text(lowered)
    is_shop = lowered in {"tiktokmademebuyit", "amazonfinds", "viralproducts", "tiktokshop", "smallbusiness"}
    which = text_number(lowered) >> 8

    def among(clips: Clips) -> np.ndarray:
        mine = world.dice.uniform("tag/mine", clips.video_id, which)
        # a shop hashtag is used by sellers, by videos that tell a product's story, and by some others of its topics
        theirs = (
            (clips.story >= 0) | (clips.topic == commerce) | (clips.topic == topic) if is_shop else clips.topic == topic
        )
        return theirs & (mine < 0.35)

    clips = world.clips.visible(ask.instant, among)
    views = counts(clips, ask.instant).views
    score = np.log10(views + 10) + 1.5 * world.dice.uniform("tag/luck", clips.video_id, which)
    clips = clips.take(np.argsort(-score, kind="stable")[:count])
    total = 10**6 + (which % 10**9) + int(ask.instant // 60)
    page = _page(ask, world, clips)
    return [
        _item(ask, world, page, row, given=tag, also=lowered) | {"searchHashtag": {"name": tag, "views": total}}
        for row in range(len(clips))
    ]


def _profile(ask: Ask, world: World, profile: str, count: int) -> list[Row]:
    handle = profile.rstrip("/").rsplit("/", 1)[-1].lstrip("@").lower()
    creator = world.creators.by_handle(ask.day).get(handle)
    state = "gone" if creator is None else world.creators.state(creator, ask.day)
    url = f"https://www.tiktok.com/@{handle}"
    if state == "private":
        return [{"url": url, "input": profile, "errorCode": "PROFILE_PRIVATE", "error": "This profile is private."}]
    if state != "public":
        return [_missing(profile, url)]
    clips = world.clips.visible(ask.instant, lambda clips: clips.creator == creator)
    page = _page(ask, world, clips.take(np.argsort(-clips.posted_at, kind="stable")[:count]))
    rows = [
        _item(ask, world, page, row, given=profile) | {"fromProfileSection": "videos"} for row in range(len(page.clips))
    ]
    for row in rows[:1]:
        row["isPinned"] = True
    return rows


def _post(ask: Ask, world: World, url: str) -> Row:
    match = VIDEO_ID.search(urlsplit(url).path)
    clips = world.clips.by_id(int(match[2])) if match and match[1] == "video" else None
    if clips is not None:
        state = world.creators.state(int(clips.creator[0]), ask.day)
        if state == "public" and clips.posted_at[0] <= ask.instant < clips.deleted_at[0]:
            return _item(ask, world, _page(ask, world, clips), 0, given=url)
    return {"url": url, "input": url, "errorCode": "POST_NOT_FOUND_OR_PRIVATE", "error": "Post not found or private"}


def _item(ask: Ask, world: World, page: _Page, row: int, *, given: str, also: str = "") -> Row:
    """One video as clockworks writes it; `also` is a hashtag that it was found under."""
    clips, one = page.clips, page.counts
    creators, number, creator = world.creators, int(clips.video_id[row]), int(clips.creator[row])
    dice = world.dice
    handle, slides = creators.handle(creator, ask.day), bool(clips.is_slideshow[row])
    tags = list(dict.fromkeys(world.clips.hashtags(clips, row) + ([also] if also and " " not in also else [])))
    text = " ".join([world.clips.caption(clips, row), *(f"#{tag}" for tag in tags)]).strip()
    sound = world.clips.sound_title(clips, row)
    cover = signed_url(ask, world.seed, f"/covers/tt/{number}.jpeg")
    avatar = signed_url(ask, world.seed, f"/covers/avatar/{creators.uid[creator]}.jpeg")
    # one row in five names an empty hashtag, as real rows do
    listed = [{"name": ""}] if dice.uniform("cw/emptytag", number) < 0.2 else [{"name": tag} for tag in tags]
    music: Row = {
        "musicName": sound or f"original sound - {handle}",
        "musicAuthor": creators.nickname(creator) if sound is None else "various",
        "musicOriginal": sound is None,
        "coverMediumUrl": avatar,
        "originalCoverMediumUrl": avatar,
        "musicId": str(number + 17 if sound is None else int(clips.sound[row]) + 7_000_000),
    }
    video: Row = {
        "height": 0 if slides else 1024,
        "width": 0 if slides else 576,
        "duration": 0 if slides else int(clips.duration_ms[row]) // 1000,
        "coverUrl": cover,
        "originalCoverUrl": cover,
    }
    if not slides:
        video |= {
            "definition": "540p",
            "format": "mp4",
            "downloadAddr": signed_url(ask, world.seed, f"/media/tt/{number}.mp4"),
        }
    item: Row = {
        **FIXED["tiktok"],
        "id": str(number),
        "text": text,
        "textLanguage": words.LANGUAGES[clips.language[row]],
        "createTime": int(clips.posted_at[row]),
        "createTimeISO": iso(float(clips.posted_at[row])),
        "isAd": bool(clips.is_ad[row]),
        "authorMeta": {
            **FIXED["tiktok_author"],
            "id": str(creators.uid[creator]),
            "name": handle,
            "profileUrl": f"https://www.tiktok.com/@{handle}",
            "nickName": creators.nickname(creator),
            "verified": bool(creators.is_verified[creator]),
            "signature": creators.bio(creator, ask.day),
            "originalAvatarUrl": avatar,
            "avatar": avatar,
            "commerceUserInfo": {"commerceUser": bool(creators.is_commerce_user[creator])},
            "region": words.REGIONS[words.LANGUAGES[creators.language[creator]]],
            "ttSeller": bool(creators.is_seller[creator]),
            "following": 20 + dice.integer(900, "following", creator),
            "friends": dice.integer(40, "friends", creator),
            "fans": _rounded(int(page.fans[row])),
            "heart": _rounded(int(page.hearts[row])),
            "video": int(page.videos[row]),
        },
        "musicMeta": music,
        "webVideoUrl": video_url(handle, number),
        "videoMeta": video,
        "diggCount": int(one.likes[row]),
        "shareCount": int(one.shares[row]),
        "playCount": int(one.views[row]),
        "collectCount": int(one.saves[row]),
        "commentCount": int(one.comments[row]),
        "repostCount": int(one.shares[row]) // 9,
        "hashtags": listed,
        "isSlideshow": slides,
        "isSponsored": bool(clips.is_branded[row]),
        "input": given,
    }
    if dice.uniform("cw/muted", number) < 0.5:
        item["isMuted"] = False
    if dice.uniform("cw/album", number) < 0.54:
        music["musicAlbum"] = ""
    if sound is not None:
        music["playUrl"] = f"https://sf.example/obj/{music['musicId']}.mp3"
    if slides:
        item["slideshowImageLinks"] = [{"tiktokLink": cover, "downloadLink": cover}]
    return item


def trending(ask: Ask, world: World, given: dict[str, Any]) -> list[Row]:
    """lexis-solutions/tiktok-trending-videos-scraper: no counts at all, the rank is the order.

    Ordered by what was gained in the last day, so that new risers surface; `sortBy` and `period` are taken."""
    country = str(given.get("countryCode") or "US")
    days = 30 if str(given.get("period")) == "30" else 7
    want = int(given.get("maxItems") or 50)
    sort = {"like": "likes", "comment": "comments", "repost": "shares"}.get(str(given.get("sortBy")), "views")
    clips = world.clips.visible(ask.instant, lambda clips: clips.posted_at > ask.instant - days * 86_400)
    gained = getattr(counts(clips, ask.instant), sort) - getattr(counts(clips, ask.instant - 86_400), sort)
    taste = world.dice.uniform("lexis/country", clips.video_id, text_number(country) >> 8)
    order = np.argsort(-gained * (0.35 + taste), kind="stable")[:want]
    clips = clips.take(order)
    return [
        {
            "country_code": country,
            "cover": signed_url(ask, world.seed, f"/covers/tt/{clips.video_id[row]}.jpeg"),
            "duration": int(clips.duration_ms[row]) // 1000,
            "id": str(clips.video_id[row]),
            "item_id": str(clips.video_id[row]),
            "item_url": video_url(world.creators.handle(int(clips.creator[row]), ask.day), int(clips.video_id[row])),
            "region": country,
            "title": " ".join(
                [world.clips.caption(clips, row), *(f"#{tag}" for tag in world.clips.hashtags(clips, row))]
            ).strip(),
        }
        for row in range(len(clips))
    ]
