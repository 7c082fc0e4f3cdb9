"""Schema `velocity`: measured change, the scores of every source, and what ranks. `scores` is what the feed reads."""

from trend_assets.warehouse.catalogue.model import Column, Table
from trend_assets.warehouse.catalogue.posts import OBSERVED_DATE

TABLES = (
    Table(
        schema="velocity",
        name="scores",
        grain="One row per day, source and post that was measured that day.",
        description="All scores of an item inside its source, with their parts; `source_percentile` is what the merge uses.",
        columns=(
            OBSERVED_DATE,
            Column("source", "text", "The source inside which it is ranked.", nullable=False),
            Column("platform", "text", "Platform.", nullable=False),
            Column("external_id", "text", "The platform's own id.", nullable=False),
            Column("list_name", "text", "The list in which it stood best that day."),
            Column("creator_id", "text", "The creator's stable id."),
            Column("measured_at", "timestamptz", "Time of the newest counts.", nullable=False),
            Column("previous_measured_at", "timestamptz", "Time of the counts before; NULL when measured once."),
            Column("age_hours", "double precision", "Hours from posting to measured_at.", unit="hours", minimum=0),
            Column("views", "bigint", "Views (score on Reddit; NULL on Amazon) at measured_at.", unit="views", minimum=0),
            Column("delta_views", "bigint", "Views gained since previous_measured_at; may be negative.", unit="views"),
            Column("hours_between", "double precision", "Hours between the two measurements.", unit="hours", minimum=0),
            Column("views_per_hour", "double precision", "Views gained per hour since the previous measurement; since posting when measured once.", unit="views per hour"),
            Column("engagement_velocity", "double precision", "SPEC T5: (likes+comments+shares)/hours since posted.", unit="engagements per hour", minimum=0),
            Column("acceleration", "double precision", "Change of views_per_hour per hour, from three measurements.", unit="views per hour²"),
            Column("rising", "double precision", "Percentile of relative growth within platform x list x age decile.", unit="share 0-1", minimum=0, maximum=1),
            Column("momentum", "double precision", "views_per_hour x age_hours^-1.2.", unit="views per hour^2.2"),
            Column("outlier_ratio", "double precision", "views_per_hour over the creator's median views; NULL with fewer than 3 other items.", unit="per hour"),
            Column("source_score", "double precision", "The source's own SPEC formula (S1 X, S2 commerce, S3 Amazon, T12 trending).", unit="score"),
            Column("score_class", "text", "measured, new (measured once) or position (ranks only).", nullable=False),
            Column("source_percentile", "double precision", "Place within its source and class mapped to 0-1; the unit of the merge.", nullable=False, unit="share 0-1", minimum=0, maximum=1),
            Column("baseline", "double precision", "The baseline value that it was compared with (SPEC S4), itself left out."),
            Column("baseline_items", "integer", "How many items that baseline rests on.", unit="items", minimum=0),
            Column("reason", "text", "Why a score is missing or weak, in a sentence."),
            Column("parts", "jsonb", "Every number that went into the scores.", nullable=False),
            Column("is_simulated", "boolean", "True when the sandbox answered.", nullable=False),
        ),
        key=("observed_date", "source", "platform", "external_id"),
        partition_column="observed_date",
        upstream=("trends.post_snapshots",),
        person_columns=("creator_id",),
    ),
)  # fmt: skip
