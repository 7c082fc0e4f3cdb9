"""TikTok through the actor clockworks/tiktok-scraper: commerce hashtags, posts by address, the panel.

hashtags[]  ─▶ collect_tiktok_commerce ─▶ parse_tiktok_commerce ─▶ one row per hashtag and video
postURLs[]  ─▶ posts_run (trending.py enriches its ranks with it) and collect_panel_tiktok ─▶ counts measured again
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from trend_assets.sources.apify.calls import PROVIDER, actor_run
from trend_assets.sources.apify.items import items_of, require_result
from trend_assets.sources.call import Answer, Call, CollectContext, CollectReport, Obtain, Parsed
from trend_assets.sources.collecting import chunks, collect_side_by_side
from trend_assets.sources.errors import SourceError
from trend_assets.sources.posts import Post, Tally, first
from trend_assets.sources.values import (
    BadValue,
    Odd,
    address,
    count,
    dig,
    flag,
    handle,
    hashtags,
    hashtags_in,
    identifier,
    line,
    number,
    optional_identifier,
    text,
    when,
)

PANEL_BATCH = 100
"""Addresses per run: a run costs a start, a run of thousands loses everything when it dies."""

_POST_ADDRESS = re.compile(r"https?://(?:www\.)?tiktok\.com/@([^/?#]*)/(?:video|photo)/(\d+)")


def hashtags_run(actor: str, tags: Sequence[str], *, per_hashtag: int, usd_per_1000: float) -> Call:
    """Videos under hashtags, `per_hashtag` each."""
    return actor_run(
        actor,
        {**_OPTIONS, "hashtags": list(tags), "resultsPerPage": per_hashtag},
        max_items=per_hashtag * len(tags),
        usd_per_1000=usd_per_1000,
        context={"never_empty": True},
    )


def posts_run(
    actor: str, urls: Sequence[str], *, usd_per_1000: float, context: Mapping[str, Any] | None = None
) -> Call:
    """Posts by address, with their counts of now. Addresses of photo posts are rewritten, or the actor does not find
    them."""
    return actor_run(
        actor,
        {**_OPTIONS, "postURLs": [url.replace("/photo/", "/video/") for url in urls], "resultsPerPage": 1},
        max_items=len(urls),
        usd_per_1000=usd_per_1000,
        context=context,
    )


# downloads and filters are add-ons that cost extra
_OPTIONS: dict[str, Any] = {
    "shouldDownloadVideos": False,
    "shouldDownloadCovers": False,
    "shouldDownloadSubtitles": False,
    "shouldDownloadSlideshowImages": False,
}


def post_id_in(url: Any) -> tuple[str, str] | None:
    """Handle and id in a post's address, None for any other address."""
    found = _POST_ADDRESS.match(url) if isinstance(url, str) else None
    return (found[1], found[2]) if found else None


def collect_tiktok_commerce(obtain: Obtain, context: CollectContext) -> CollectReport:
    """One run over all hashtags of TREND_ASSETS_COMMERCE_HASHTAGS."""
    settings = context.settings
    answer = obtain(
        hashtags_run(
            settings.tiktok_scraper_actor,
            [tag.lstrip("#") for tag in settings.list_of("commerce_hashtags")],
            per_hashtag=settings.commerce_results_per_hashtag,
            usd_per_1000=settings.tiktok_usd_per_1000,
        )
    )
    return report_of(answer)


def report_of(answer: Answer) -> CollectReport:
    """The report of a run: incomplete when it did not end by itself."""
    report = CollectReport(items=len(items_of(answer)), complete=answer.outcome == "ok")
    if answer.note and not report.complete:
        report.problems.append(answer.note)
    report.capped = "charge cap" in answer.note
    return report


def parse_tiktok_commerce(answer: Answer) -> Parsed:
    """Rows of source.tiktok_commerce; list_name is the hashtag, list_rank the place among its results."""
    body = answer.call.body or {}
    given = body.get("hashtags")
    asked = hashtags(given if isinstance(given, list) else [], Odd())
    places: Counter[str] = Counter()
    tally = Tally(what="TikTok posts under commerce hashtags")

    def build(item: Any) -> dict[str, Any]:
        require_result(item)
        list_name = _hashtag_of(item, asked)
        row = post_row(item, tally.odd, list_name=list_name, rank=places[list_name] + 1, now=answer.fetched_at)
        places[list_name] += 1
        seller = flag(dig(item, "authorMeta", "ttSeller"))
        shop = flag(dig(item, "authorMeta", "commerceUserInfo", "commerceUser"))
        in_text = not set(asked).isdisjoint(row["hashtags"] or ())
        row["is_seller"] = seller
        row["is_commerce_user"] = shop
        row["is_commerce"] = bool(seller or shop or row["is_sponsored"] or in_text)
        return row

    for item in items_of(answer):
        tally.take(item, build)
    return tally.parsed()


def _hashtag_of(item: Any, asked: Sequence[str]) -> str:
    said = hashtags([dig(item, "searchHashtag", "name"), dig(item, "input")], Odd())
    return first((*[tag for tag in said if tag in asked], *said)) or "unknown"


def post_row(item: Any, odd: Odd, *, list_name: str, rank: int | None, now: datetime) -> dict[str, Any]:
    """One item of the actor as a post. Raises BadValue without an id."""
    if not isinstance(item, dict):
        raise BadValue("It is no object.")
    post_id = identifier(item.get("id"), "id")
    creator = item.get("authorMeta")
    name = handle(dig(creator, "name"))
    is_slideshow = flag(item.get("isSlideshow")) is True
    caption = text(item.get("text"), "text", odd)
    tags = item.get("hashtags")
    said = hashtags((dig(tag, "name") for tag in tags), odd) if isinstance(tags, list) else []
    length = number(dig(item, "videoMeta", "duration"), "videoMeta.duration", odd)
    return Post(
        platform="tiktok",
        external_id=post_id,
        kind="slideshow" if is_slideshow else "video",
        list_name=list_name,
        list_rank=rank,
        description=caption,
        language=line(item.get("textLanguage"), "textLanguage", odd, limit=20),
        creator_id=optional_identifier(dig(creator, "id")),
        creator_handle=name,
        creator_name=line(dig(creator, "nickName"), "nickName", odd),
        creator_followers=_followers(creator, odd),
        url=f"https://www.tiktok.com/@{name}/video/{post_id}" if name else address(item.get("webVideoUrl")),
        cover_url=first(address(dig(item, "videoMeta", part)) for part in ("coverUrl", "originalCoverUrl")),
        hashtags=said or hashtags_in(caption, odd),
        sound=line(dig(item, "musicMeta", "musicName"), "musicMeta.musicName", odd),
        # a slideshow says 0 s: it has no length
        duration_seconds=length or None,
        posted_at=when(first((item.get("createTime"), item.get("createTimeISO"))), "createTime", odd, now=now),
        views=count(item.get("playCount"), "playCount", odd),
        likes=count(item.get("diggCount"), "diggCount", odd),
        comments=count(item.get("commentCount"), "commentCount", odd),
        shares=count(item.get("shareCount"), "shareCount", odd),
        saves=count(item.get("collectCount"), "collectCount", odd),
        metrics_unavailable=["quotes"],
        is_sponsored=_either(flag(item.get("isSponsored")), flag(item.get("isAd"))),
    ).row()


def _followers(creator: Any, odd: Odd) -> int | None:
    fans = count(dig(creator, "fans"), "authorMeta.fans", odd)
    others = [count(dig(creator, part), f"authorMeta.{part}", odd) for part in ("heart", "video")]
    # an account whose numbers are all 0 is one that TikTok did not show, not one without followers
    return None if fans == 0 and not any(others) else fans


def _either(*marks: bool | None) -> bool | None:
    known = [mark for mark in marks if mark is not None]
    return any(known) if known else None


def collect_panel_tiktok(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Measure known posts again (`inputs["items"]`: addresses, or mappings with url), 100 a run."""
    settings = context.settings
    urls = list(dict.fromkeys(_urls(context.inputs.get("items", ()))))

    def measure(batch: list[str]) -> CollectReport:
        return report_of(
            obtain(posts_run(settings.tiktok_scraper_actor, batch, usd_per_1000=settings.tiktok_usd_per_1000))
        )

    return collect_side_by_side(chunks(urls, PANEL_BATCH), measure, workers=2, what="Posts")


def _urls(items: Iterable[Any]) -> Iterable[str]:
    for item in items:
        url = item if isinstance(item, str) else dig(dict(item), "url")
        if post_id_in(url) is None:
            raise SourceError(f"{str(url)[:200]!r} is no address of a TikTok post.", provider=PROVIDER)
        yield str(url)


def parse_panel_tiktok(answer: Answer) -> Parsed:
    """Counts of known posts measured again: platform, external_id, views, likes, comments, shares, saves, quotes. A
    post that is gone or private is set aside with the actor's reason."""
    tally = Tally(what="re-measured TikTok posts")

    def build(item: Any) -> dict[str, Any]:
        require_result(item)
        row = post_row(item, tally.odd, list_name="panel", rank=None, now=answer.fetched_at)
        names = ("platform", "external_id", "views", "likes", "comments", "shares", "saves", "quotes")
        return {name: row[name] for name in names}

    for item in items_of(answer):
        tally.take(item, build, key=("external_id",))
    return tally.parsed()
