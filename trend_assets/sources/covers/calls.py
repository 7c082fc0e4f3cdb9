"""Fetching a picture as a call, so that it is captured once and replayed like any answer. It costs nothing."""

from collections.abc import Sequence

from trend_assets.sources.call import Call

PROVIDER = "covers"


def cover(external_id: str, urls: Sequence[str]) -> Call:
    """One picture of a post. Addresses are signed and change with every answer: the post's id is the key, the
    addresses to try in order are its context."""
    return Call(PROVIDER, "cover", params={"external_id": external_id}, context={"urls": list(urls)})
