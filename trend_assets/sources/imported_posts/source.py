"""The user's own files. They ask nobody: reading them belongs to `trend_assets/imports`."""

from trend_assets.sources.declare import Source, Terms, posts_table
from trend_assets.tables.model import Column

SOURCE = Source(
    name="imported_posts",
    title="Your own files",
    short_title="Your imports",
    tier="own",
    history="range",
    role="own_files",
    terms=Terms(
        must_delete=False,
        note="Your own files under your own terms; kept until you delete them. An import can carry a retention of its "
        "own.",
        reference="your agreement with whoever made the file",
    ),
    table=posts_table(
        "imported_posts",
        grain="One row per day, observation time, list and post of a user's file.",
        description="Rows that the user imported, each on its own observation day; list_name is the import's "
        "name unless the file names its lists.",
        extra=(
            Column("import_source", "text", "The name that the user gave to the import.", nullable=False),
            Column("upvote_ratio", "double precision", "Share of upvotes.", unit="share 0-1", minimum=0, maximum=1),
            Column("linked_url", "text", "Address that the post links to."),
        ),
    ),
)
