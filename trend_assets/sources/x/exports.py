"""Files that people have of X: the data set of the actor that we call too, the archive of an account, its analytics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trend_assets.sources.exports import Export
from trend_assets.sources.providers.apify.exported import item_of
from trend_assets.sources.values import Odd
from trend_assets.sources.x.parse import post_row


def read(record: Mapping[str, Any], odd: Odd, now: datetime) -> dict[str, Any]:
    """One exported post as the columns that all sources share."""
    row = post_row(item_of(record), odd, "", None, now=now)
    return {name: found for name, found in row.items() if name not in ("is_retweet", "is_reply")}


def read_archived(record: Mapping[str, Any], odd: Odd, now: datetime) -> dict[str, Any]:
    """One post of an account's archive."""
    post = record["tweet"]
    written = str(post.get("full_text") or "")
    item = {
        "id": post.get("id_str"), "text": written, "createdAt": post.get("created_at"), "lang": post.get("lang"),
        "likeCount": post.get("favorite_count"), "retweetCount": post.get("retweet_count"),
        "entities": post.get("entities"), "isRetweet": written.startswith("RT @"),
    }  # fmt: skip
    return read(item, odd, now)


EXPORTS = (
    Export(
        name="apidojo_tweets",
        title="Apify dataset of apidojo/tweet-scraper (JSON or CSV)",
        recognised_by=frozenset({"retweetCount", "quoteCount", "twitterUrl"}),
        fields={"external_id": "id", "list_name": "searchTerm"},
        constants={"platform": "x"},
        observed="file",
        read=read,
    ),
    Export(
        name="x_archive",
        title="X, archive of an account (tweets.js)",
        recognised_by=frozenset({"tweet/id_str", "tweet/full_text"}),
        fields={"external_id": "tweet/id_str"},
        constants={"platform": "x"},
        observed="file",
        read=read_archived,
    ),
    Export(
        name="x_analytics",
        title="X, analytics of posts (Post id, Post text, Post Link, Impressions)",
        recognised_by=frozenset({"Post id", "Post text", "Post Link", "Impressions"}),
        fields={
            "external_id": "Post id", "url": "Post Link", "description": "Post text", "posted_at": "Date",
            "views": "Impressions", "likes": "Likes", "comments": "Replies", "shares": "Reposts",
            "saves": "Bookmarks",
        },
        constants={"platform": "x"},
        observed="file",
    ),
)  # fmt: skip
