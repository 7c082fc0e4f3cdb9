"""The requests we make to Reddit's OAuth API, as values. They cost nothing."""

from typing import Any

from trend_assets.sources.call import Call

PROVIDER = "reddit"
PAGE_SIZE = 100


def top_of_day(subreddit: str, *, limit: int = PAGE_SIZE, after: str = "") -> Call:
    """One page of the day's top posts. `raw_json=1` or all text and addresses come HTML-escaped."""
    params: dict[str, Any] = {"t": "day", "limit": min(limit, PAGE_SIZE), "raw_json": 1}
    if after:
        params["after"] = after
    return Call(PROVIDER, f"/r/{subreddit}/top", params=params)
