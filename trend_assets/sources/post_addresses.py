"""Public addresses of posts and products, from platform, id and handle.

The id alone leads to the post: a handle is for readers, and one that no platform gives out (a slash, a question mark)
is left out rather than turned into another address. `domain.feed.urls.normalised_url` reads the id back. Addresses of
people are in `domain/profiles.py`.
"""

import re
from urllib.parse import quote

_BY_ID = {
    "youtube": "https://www.youtube.com/watch?v={id}",
    "reddit": "https://www.reddit.com/comments/{id}",
    "amazon": "https://www.amazon.com/dp/{id}",
}
_HANDLE = re.compile(r"[\w.]{1,30}", re.ASCII)


def post_address(platform: str, external_id: str, *, handle: str | None = None) -> str | None:
    """The post's public address, None where the platform has none that follows from the id."""
    name = handle if handle and _HANDLE.fullmatch(handle) else ""
    post = quote(external_id, safe="", errors="replace")
    if platform == "tiktok":
        return f"https://www.tiktok.com/@{name}/video/{post}"
    if platform == "x":
        return f"https://x.com/{name or 'i'}/status/{post}"
    return _BY_ID[platform].format(id=post) if platform in _BY_ID else None
