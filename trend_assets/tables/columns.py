"""Columns that every post-like table shares: one normalised post, whatever the platform.

Unknown is NULL. A metric that the platform's API does not expose at all is NULL and named in `metrics_unavailable`.
"""

from collections.abc import Sequence
from typing import Any

from trend_assets.tables.model import Column, Table

OBSERVED_DATE = Column("observed_date", "date", "UTC day on which it was observed: the partition.", nullable=False)
PLATFORM = Column("platform", "text", "Platform, by its name in trend_assets/platforms.py.", nullable=False)
EXTERNAL_ID = Column("external_id", "text", "The platform's own id of the post, video or product (ASIN).", nullable=False)  # fmt: skip
IS_SIMULATED = Column("is_simulated", "boolean", "True when the sandbox answered, not the real provider.", nullable=False)  # fmt: skip

POST_COLUMNS: tuple[Column, ...] = (
    PLATFORM,
    EXTERNAL_ID,
    Column("kind", "text", "What it is: video, slideshow, post or product.", nullable=False),
    Column("title", "text", "Title where the platform has one; the product's name on Amazon."),
    Column("description", "text", "Caption, tweet text, self text or description, cleaned, at most 20,000 characters."),
    Column("language", "text", "Language code as the platform says it."),
    Column("creator_id", "text", "The platform's stable id of the creator."),
    Column("creator_handle", "text", "The creator's handle at that time, without @; may change."),
    Column("creator_name", "text", "The creator's display name at that time."),
    Column("creator_followers", "bigint", "The creator's followers as said with the post.", unit="followers", minimum=0),
    Column("url", "text", "Public https address of the post."),
    Column("cover_url", "text", "Address of the cover or thumbnail; often signed and short-lived."),
    Column("hashtags", "text[]", "Hashtags without #, case and width folded, in order, without repeats."),
    Column("sound", "text", "Title of the sound or music, where there is one."),
    Column("duration_seconds", "double precision", "Length of the video.", unit="seconds", minimum=0),
    Column("posted_at", "timestamptz", "When it was posted."),
    Column("views", "bigint", "Views as counted by the platform at measured_at.", unit="views", minimum=0),
    Column("likes", "bigint", "Likes, hearts or score at measured_at.", unit="likes", minimum=0),
    Column("comments", "bigint", "Comments or replies at measured_at.", unit="comments", minimum=0),
    Column("shares", "bigint", "Shares or reposts (retweets) at measured_at.", unit="shares", minimum=0),
    Column("saves", "bigint", "Saves or bookmarks at measured_at.", unit="saves", minimum=0),
    Column("quotes", "bigint", "Quotes (X) at measured_at.", unit="quotes", minimum=0),
    Column("metrics_unavailable", "text[]", "Fields that this platform's API does not expose, apart from a true zero."),
    Column("is_sponsored", "boolean", "The provider marks it as an ad, sponsored or branded content."),
    Column("is_over_18", "boolean", "The provider marks it as for adults or as sensitive."),
)  # fmt: skip

LIST_COLUMNS: tuple[Column, ...] = (
    Column("list_name", "text", "The list it was seen in: keyword, hashtag, subreddit, query or category.", nullable=False),
    Column("list_rank", "integer", "Place in that list, 1 is first.", unit="rank", minimum=1),
)  # fmt: skip

CAPTURE_COLUMNS: tuple[Column, ...] = (
    Column("measured_at", "timestamptz", "When the answer that holds these counts was fetched.", nullable=False),
    Column("collected_at", "timestamptz", "Start of the collection it belongs to; several a day are normal.", nullable=False),
    Column("capture_id", "text", "The capture that holds the verbatim answer.", nullable=False),
    IS_SIMULATED,
)  # fmt: skip


def daily(
    schema: str, name: str, *, grain: str, description: str, columns: Sequence[Column], key: Sequence[str], **more: Any
) -> Table:
    """A table with a partition a UTC day, which is its first column and the first of its key."""
    return Table(
        schema=schema,
        name=name,
        grain=grain,
        description=description,
        columns=(OBSERVED_DATE, *columns),
        key=(OBSERVED_DATE.name, *key),
        partition_column=OBSERVED_DATE.name,
        **more,
    )
