"""Which posts are gone at Reddit, asked by id, and stored answers without them. Pure but for `obtain`.

Reddit's terms: what its creator deletes there must be deleted here too.
"""

import json
from collections.abc import Sequence
from typing import Any

from trend_assets.sources.call import Answer, Call, Obtain
from trend_assets.sources.collecting import chunks
from trend_assets.sources.errors import SuspiciousEmpty
from trend_assets.sources.reddit.calls import PAGE_SIZE, PROVIDER
from trend_assets.sources.reddit.parse import listing_of
from trend_assets.sources.values import dig

SUSPICIOUS = 10
"""So many posts asked for and not one answered: an outage of the listing, not ten deletions at once."""


def info(ids: Sequence[str]) -> Call:
    """Posts by id, at most 100; those that do not exist any more are left out of the answer."""
    return Call(PROVIDER, "/api/info", params={"id": ",".join(f"t3_{post}" for post in ids), "raw_json": 1})


def gone_in(answer: Answer, asked: Sequence[str]) -> set[str]:
    """The asked posts that are gone: left out, or marked as removed by their creator or a moderator. Raises SchemaDrift
    for anything but a listing, SuspiciousEmpty when many were asked for and none came back."""
    children = listing_of(answer).get("children")
    posts = [dig(child, "data") for child in children] if isinstance(children, list) else []
    present = {str(post["id"]) for post in posts if isinstance(post, dict) and post.get("id") and not _is_gone(post)}
    if len(asked) >= SUSPICIOUS and not posts:
        raise SuspiciousEmpty(
            f"Reddit answered none of {len(asked)} posts asked for by id; nothing was taken for deleted.",
            provider=PROVIDER,
        )
    return set(asked) - present


def collect_gone(obtain: Obtain, ids: Sequence[str]) -> set[str]:
    """Ask for all `ids`, 100 a call, and return those that are gone."""
    gone: set[str] = set()
    for batch in chunks(list(ids), PAGE_SIZE):
        gone |= gone_in(obtain(info(batch)), batch)
    return gone


def without_posts(body: bytes, ids: set[str]) -> bytes:
    """A stored listing without these posts; the very same bytes when it holds none of them."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    children = dig(document, "data", "children")
    if not isinstance(children, list):
        return body
    kept = [child for child in children if dig(child, "data", "id") not in ids]
    if len(kept) == len(children):
        return body
    document["data"]["children"] = kept
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()


def _is_gone(post: dict[str, Any]) -> bool:
    if post.get("removed_by_category"):
        return True
    # an account that was deleted keeps its posts under this name; a post that was deleted has lost its text too
    return post.get("author") == "[deleted]" and post.get("selftext") in ("[deleted]", "[removed]")
