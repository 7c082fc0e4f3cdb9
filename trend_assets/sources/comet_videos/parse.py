"""Typed rows of the videos that TikHub's search finds. TikTok's words (aweme, digg, fans) end here.

fetch_video_search_result ─▶ parse ─▶ one row per keyword and video
"""

from datetime import datetime
from typing import Any

from trend_assets.platforms import post_address
from trend_assets.sources import values
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.collecting import Page
from trend_assets.sources.posts import OtherCard, Post, Tally, first, require_list, views_beside
from trend_assets.sources.providers.tikhub.envelope import (
    PROVIDER,
    data_of,
    document_of,
    first_count,
    images,
    note_staleness,
)
from trend_assets.sources.values import BadValue, ErrorRow, Notes, dig

_OTHER_CARDS = {
    "lives": "a live room", "live_list": "live rooms", "live_info": "a live room", "live_aweme_info": "a live room",
    "user_list": "a list of users", "user_info": "a user", "challenge_list": "hashtags", "music_list": "sounds",
    "card_info": "a card of TikTok's own", "dynamic_patch": "a card of TikTok's own",
    "related_word_list": "related searches", "related_search": "related searches",
}  # fmt: skip
"""What a search answers between videos, by the member that holds it."""
_RESULT_LISTS = ("search_item_list", "aweme_list")


def parse(answer: Answer) -> Parsed:
    """Rows of source.comet_videos; list_name is the keyword, list_rank the place in its results over all pages."""
    keyword = values.line(answer.call.params.get("keyword"), "keyword", Notes()) or ""
    offset = _whole(answer.call.params.get("offset"))
    tally = Tally(what=f"videos of TikHub's search for {keyword!r}")
    document = document_of(answer)
    note_staleness(document, answer, tally.notes)
    for rank, item in enumerate(_items(document["data"]), start=offset + 1):
        tally.take(item, video_row, tally.notes, keyword, rank, now=answer.fetched_at)
    return tally.parsed()


def search_page(answer: Answer) -> Page:
    """What paging needs: the ids, the next offset, and whether more is promised (an int in this API)."""
    data = data_of(answer)
    ids = tuple(
        video_id
        for item in _items(data)
        if (video_id := values.optional_identifier(dig(_aweme(item), "aweme_id"))) is not None
    )
    cursor = data.get("cursor")
    usable = isinstance(cursor, int) and not isinstance(cursor, bool) and cursor > 0
    return Page(ids=ids, cursor=str(cursor) if usable else None, has_more=values.flag(data.get("has_more")) is True)


def _items(data: dict[str, Any]) -> list[Any]:
    # today's answers have results in search_item_list and an empty aweme_list beside it; older ones only aweme_list
    for name in _RESULT_LISTS:
        if data.get(name):
            return require_list(data[name], f"$.data.{name}", what="TikHub's video search", provider=PROVIDER)
    if "search_item_list" not in data or not any(isinstance(data.get(name), list) for name in _RESULT_LISTS):
        require_list(
            data.get("search_item_list"), "$.data.search_item_list", what="TikHub's video search", provider=PROVIDER
        )
    return []


def _aweme(item: Any) -> Any:
    return dig(item, "aweme_info") if isinstance(item, dict) and "aweme_info" in item else item


def video_row(item: Any, notes: Notes, list_name: str, rank: int, *, now: datetime) -> dict[str, Any]:
    """One TikTok video of the app interface as a row of source.comet_videos. Raises BadValue without an id."""
    video = _aweme(item)
    if isinstance(item, dict) and not dig(video, "aweme_id"):
        for member, what in _OTHER_CARDS.items():
            if item.get(member):
                raise OtherCard(f"It is {what}, not a video.")
    if not isinstance(video, dict):
        raise BadValue("It is not an object with aweme_info.")
    video_id = values.identifier(video.get("aweme_id"), "aweme_id")
    status = video.get("status")
    if reason := _taken_down(status):
        raise ErrorRow(f"Video {video_id} is {reason}.")
    creator = video.get("author")
    stats = video.get("statistics")
    name = values.handle(dig(creator, "unique_id"))
    is_slideshow = bool(video.get("image_post_info") or video.get("image_infos"))
    milliseconds = values.number(dig(video, "video", "duration"), "video.duration", notes)
    cover_urls = images(video.get("video"), "cover", "origin_cover", "dynamic_cover")
    likes = values.count(dig(stats, "digg_count"), "digg_count", notes)
    followers, hearts, videos = _creator_counts(creator, notes)
    post = Post(
        platform="tiktok",
        external_id=video_id,
        kind="slideshow" if is_slideshow else "video",
        list_name=list_name,
        list_rank=rank,
        description=values.text(video.get("desc"), "desc", notes),
        language=values.line(video.get("desc_language"), "desc_language", notes, limit=20),
        creator_id=first(
            (values.optional_identifier(dig(creator, "uid")), values.optional_identifier(video.get("author_user_id")))
        ),
        creator_handle=name,
        creator_name=values.line(dig(creator, "nickname"), "nickname", notes),
        creator_followers=followers,
        url=post_address("tiktok", video_id, handle=name) if name else values.address(video.get("share_url")),
        cover_url=cover_urls[0] if cover_urls else None,
        hashtags=_hashtags(video, notes),
        sound=values.line(dig(video, "music", "title"), "music.title", notes),
        duration_seconds=milliseconds / 1000 if milliseconds else None,
        posted_at=values.when(video.get("create_time"), "create_time", notes, now=now),
        views=views_beside(values.count(dig(stats, "play_count"), "play_count", notes), likes, notes),
        likes=likes,
        comments=_unless_off(
            values.count(dig(stats, "comment_count"), "comment_count", notes), dig(status, "allow_comment")
        ),
        shares=_unless_off(values.count(dig(stats, "share_count"), "share_count", notes), dig(status, "allow_share")),
        saves=values.count(dig(stats, "collect_count"), "collect_count", notes),
        metrics_unavailable=["quotes"],
        is_sponsored=_is_sponsored(video),
    )
    avatars = images(creator, "avatar_larger", "avatar_medium", "avatar_thumb")
    return post.row(
        creator_sec_uid=values.optional_identifier(dig(creator, "sec_uid")),
        creator_hearts=hearts,
        creator_videos=videos,
        creator_avatar_url=avatars[0] if avatars else None,
        creator_signature=values.text(dig(creator, "signature"), "signature", notes, limit=2000),
        region=values.line(video.get("region"), "region", notes, limit=20),
        cover_urls=cover_urls or None,
    )


def _taken_down(status: Any) -> str:
    """Why nobody can see the video any more; empty for one that can be seen."""
    if not isinstance(status, dict):
        return ""
    if values.flag(status.get("is_delete")):
        return "deleted"
    if values.flag(status.get("is_prohibited")):
        return "removed by TikTok"
    if values.flag(status.get("self_see")):
        return "shown to its creator alone"
    return "private or for friends only" if status.get("private_status") not in (None, 0) else ""


def _unless_off(counted: int | None, is_allowed: Any) -> int | None:
    """A count of 0 where the creator has switched the thing off says nothing."""
    return None if counted == 0 and values.flag(is_allowed) is False else counted


def _creator_counts(creator: Any, notes: Notes) -> tuple[int | None, int | None, int | None]:
    """Followers, hearts and videos as a search answer has them: hearts and videos are 0 there for everybody, which
    means unknown; followers of 0 beside them cannot be told from unknown either."""
    followers = first_count(creator, notes, "follower_count", "mplatform_followers_count")
    hearts = first_count(creator, notes, "total_favorited", "favoriting_count")
    videos = first_count(creator, notes, "aweme_count", "video_count")
    if not any((followers, hearts, videos)):
        return None, None, None
    return followers, hearts or None, videos or None


def _hashtags(video: dict[str, Any], notes: Notes) -> list[str]:
    # text_extra is the complete list; cha_list holds some of them, spelled differently, or is null
    extra = video.get("text_extra")
    named = values.hashtags((dig(part, "hashtag_name") for part in extra), notes) if isinstance(extra, list) else []
    return named or values.hashtags_in(video.get("desc"), notes=notes)


def _is_sponsored(video: dict[str, Any]) -> bool | None:
    diverts = values.flag(dig(video, "commerce_info", "is_diversion_ad"))
    marks = [values.flag(video.get("is_ads")), values.flag(video.get("is_paid_content")), diverts]
    branded = dig(video, "commerce_info", "branded_content_type")
    if isinstance(branded, int):
        marks.append(branded > 0)
    known = [mark for mark in marks if mark is not None]
    return any(known) if known else None


def _whole(value: Any) -> int:
    text_value = str(value)
    return int(text_value) if text_value.isdecimal() and len(text_value) < 10 else 0
