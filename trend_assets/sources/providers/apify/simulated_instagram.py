"""Rows of apify/instagram-scraper: `details` with related profiles, and `posts`."""

from typing import Any
from urllib.parse import urlsplit

from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.simulation import fixed_fields
from trend_assets.sandbox.state import iso, signed_url
from trend_assets.sandbox.world import World
from trend_assets.sources.instagram.simulated_grams import Gram, GramPost

FIXED = fixed_fields(__file__)
Row = dict[str, Any]


def scraper(ask: Ask, world: World, given: dict[str, Any]) -> list[Row]:
    """`directUrls` or `usernames`, `resultsType` details|posts, `resultsLimit` per URL (default 100)."""
    kind, limit = str(given.get("resultsType") or "posts"), int(given.get("resultsLimit") or 100)
    urls = [str(url) for url in given.get("directUrls") or []]
    urls += [f"https://www.instagram.com/{name}/" for name in given.get("usernames") or []]
    rows: list[Row] = []
    for url in urls:
        username = next(iter(part for part in urlsplit(url).path.split("/") if part), "")
        gram = world.grams.account(username, ask.instant)
        if gram is None:
            rows.append(
                {
                    "inputUrl": url,
                    "url": url,
                    "error": "profile_unavailable",
                    "errorDescription": "Profile data could not be loaded.",
                }
            )
        elif kind == "details":
            rows.append(_details(ask, world, gram, url))
        elif not gram.is_private:
            rows += [_post(ask, world, gram, post, url) for post in world.grams.posts(gram, ask.instant, count=limit)]
    return rows


def _details(ask: Ask, world: World, gram: Gram, url: str) -> Row:
    picture = signed_url(ask, world.seed, f"/covers/avatar/{world.creators.uid[gram.creator]}.jpeg")
    return {
        "joinedRecently": False,
        "igtvVideoCount": 0,
        "inputUrl": url,
        "id": gram.user_id,
        "username": gram.username,
        "url": f"https://www.instagram.com/{gram.username}",
        "fullName": gram.name,
        "biography": gram.biography,
        "externalUrl": gram.website or None,
        "externalUrls": [{"title": "", "url": gram.website}] if gram.website else [],
        "followersCount": gram.followers,
        "followsCount": gram.follows,
        "postsCount": gram.posts,
        "verified": gram.is_verified,
        "private": gram.is_private,
        "isBusinessAccount": gram.is_business,
        "businessCategoryName": "Creators & Celebrities" if gram.is_business else None,
        "fbid": gram.user_id,
        "profilePicUrl": picture,
        "profilePicUrlHD": picture,
        "highlightReelCount": gram.creator % 9,
        "latestPosts": [_post(ask, world, gram, post, url) for post in world.grams.posts(gram, ask.instant, count=12)],
        "relatedProfiles": [
            {
                "id": other.user_id,
                "username": other.username,
                "full_name": other.name,
                "is_private": other.is_private,
                "is_verified": other.is_verified,
            }
            for other in world.grams.related(gram, ask.instant)
        ],
    }


def _post(ask: Ask, world: World, gram: Gram, post: GramPost, url: str) -> Row:
    row: Row = {
        **FIXED["instagram_post"],
        "inputUrl": url,
        "id": post.post_id,
        "type": post.kind,
        "shortCode": post.code,
        "caption": post.caption,
        "hashtags": list(post.hashtags),
        "url": f"https://www.instagram.com/p/{post.code}/",
        "commentsCount": post.comments,
        "likesCount": -1 if post.likes is None else post.likes,
        "timestamp": iso(post.posted_at),
        "ownerUsername": gram.username,
        "ownerId": gram.user_id,
        "displayUrl": signed_url(ask, world.seed, f"/covers/ig/{post.post_id}.jpeg"),
    }
    if post.kind == "Video":
        row |= {
            "productType": "clips",
            "videoViewCount": int((post.plays or 0) * 0.6),
            "videoPlayCount": post.plays,
            "videoDuration": post.seconds,
        }
    return row
