"""Files that people have of X: the data set of the actor that we call too."""

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
)  # fmt: skip
