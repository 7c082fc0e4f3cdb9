"""Schema `trends`: one post per thing, and the append-only counts from which all velocity comes."""

from trend_assets.tables.columns import (
    CAPTURE_COLUMNS,
    EXTERNAL_ID,
    IS_SIMULATED,
    LIST_COLUMNS,
    PLATFORM,
    POST_COLUMNS,
    daily,
)
from trend_assets.tables.model import EVERY_SOURCE_OF_POSTS, Column, Table
from trend_assets.tables.search import LONGEST_TEXT, document, words_of

TABLES = (
    Table(
        "trends", "posts",
        grain="One row per platform and post, ever seen.",
        description="The newest known text and metrics of every post; the first-collected time never changes.",
        columns=(
            *POST_COLUMNS,
            Column("first_collected_at", "timestamptz", "When it was first collected.", nullable=False, immutable=True),
            Column("first_source", "text", "The source that had it first.", nullable=False, immutable=True),
            Column("last_collected_at", "timestamptz", "When it was last collected.", nullable=False),
            Column("measured_at", "timestamptz", "When the stored counts were measured.", nullable=False),
            Column("sources", "text[]", "All sources that had it.", nullable=False),
            Column("archived_at", "timestamptz", "When it was archived for not being seen; NULL while live."),
            Column("duplicate_of", "text", "external_id of the post that it repeats: same platform and address under another id."),
            IS_SIMULATED,
        ),
        key=("platform", "external_id"),
        upstream=(EVERY_SOURCE_OF_POSTS,),
        # the API reads newest first with a keyset, so ties of one collection must be ordered by the index too
        indexes=(
            ("last_collected_at", "platform", "external_id"),
            ("platform", "last_collected_at", "external_id"),
            ("platform", "creator_id"),
            ("platform", "url"),
            # live posts by last sight: archiving and the API's pages meet no archived ones, however many there are
            ("archived_at", "last_collected_at", "platform", "external_id"),
            ("platform", "archived_at", "last_collected_at", "external_id"),
        ),
        fillfactor=75,
        search=document(
            texts=(
                "title",
                f"left(description, {LONGEST_TEXT})",
                "creator_handle",
                "creator_name",
                "sound",
                words_of("hashtags"),
            ),
            compounds=("creator_handle", words_of("hashtags")),
            language="language",
        ),
        person_columns=("creator_id", "creator_handle"),
    ),
    daily(
        "trends",
        "post_snapshots",
        grain="One row per day, source, list, post and measurement.",
        description="Counts as measured, append-only: all velocity comes from here. Unknown is NULL.",
        columns=(
            Column("source", "text", "The source that measured it (a row of the source registry).", nullable=False),
            PLATFORM,
            EXTERNAL_ID,
            *LIST_COLUMNS,
            Column("creator_id", "text", "The creator's stable id."),
            Column("creator_handle", "text", "The creator's handle at that time."),
            Column("creator_followers", "bigint", "Followers as said with the post.", unit="followers", minimum=0),
            Column("posted_at", "timestamptz", "When it was posted."),
            *(c for c in POST_COLUMNS if c.name in ("views", "likes", "comments", "shares", "saves", "quotes")),
            *CAPTURE_COLUMNS,
        ),
        key=("source", "list_name", "platform", "external_id", "measured_at"),
        upstream=(EVERY_SOURCE_OF_POSTS,),
        indexes=(("platform", "external_id", "measured_at"),),
        person_columns=("creator_id", "creator_handle"),
    ),
)  # fmt: skip
