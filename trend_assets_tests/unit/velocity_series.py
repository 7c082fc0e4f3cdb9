"""Snapshots for tests of velocity: rows of `trends.post_snapshots` from a few words. Not a test module."""

from datetime import UTC, datetime, timedelta

import pandas as pd

DAY = datetime(2026, 3, 8, tzinfo=UTC)
END = DAY + timedelta(days=1)
NOON = DAY + timedelta(hours=12)


def snapshot(external_id: str, hours_before_noon: float, views: float | None, **columns: object) -> dict[str, object]:
    """One measurement, `hours_before_noon` of DAY; other columns as given."""
    return {
        "source": "tiktok_trending", "platform": "tiktok", "external_id": external_id, "list_name": "US",
        "list_rank": None, "creator_id": f"creator of {external_id}", "creator_handle": None,
        "creator_followers": None, "posted_at": DAY - timedelta(days=2), "views": views, "likes": None,
        "comments": None, "shares": None, "quotes": None, "measured_at": NOON - timedelta(hours=hours_before_noon),
        "is_simulated": False,
    } | columns  # fmt: skip


def series(*rows: dict[str, object]) -> pd.DataFrame:
    """The rows as the warehouse would give them."""
    frame = pd.DataFrame(list(rows))
    for name in ("measured_at", "posted_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    for name in ("list_rank", "creator_followers", "views", "likes", "comments", "shares", "quotes"):
        frame[name] = pd.to_numeric(frame[name]).astype("float64")
    return frame
