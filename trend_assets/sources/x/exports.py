"""Files that people have of X, listed in `exports.toml`; those of the actor that we call are read as its items."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trend_assets.sources.exports import exports_beside
from trend_assets.sources.providers.apify.exported import item_of
from trend_assets.sources.values import Notes
from trend_assets.sources.x.parse import post_row


def read(record: Mapping[str, Any], notes: Notes, now: datetime) -> dict[str, Any]:
    """One exported post as the columns that all sources share."""
    row = post_row(item_of(record), notes, "", None, now=now)
    return {name: value for name, value in row.items() if name not in ("is_retweet", "is_reply")}


def read_archived(record: Mapping[str, Any], notes: Notes, now: datetime) -> dict[str, Any]:
    """One post of an account's archive."""
    post = record["tweet"]
    written = str(post.get("full_text") or "")
    item = {
        "id": post.get("id_str"), "text": written, "createdAt": post.get("created_at"), "lang": post.get("lang"),
        "likeCount": post.get("favorite_count"), "retweetCount": post.get("retweet_count"),
        "entities": post.get("entities"), "isRetweet": written.startswith("RT @"),
    }  # fmt: skip
    return read(item, notes, now)


EXPORTS = exports_beside(__file__, apidojo_tweets=read, x_archive=read_archived)
