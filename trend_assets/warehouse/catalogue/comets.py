"""Schema `comets`: candidates, the filter layers, the roster and its daily numbers."""

from trend_assets.warehouse.catalogue.model import Column, Table

TABLES = (
    Table(
        schema="comets",
        name="creators",
        grain="One row per creator ever accepted.",
        description="The roster (SPEC C9). Handles change, user_id does not; nobody is deleted for being quiet.",
        columns=(
            Column("user_id", "text", "TikTok's stable uid.", nullable=False),
            Column("sec_uid", "text", "TikTok's second stable id."),
            Column("handle", "text", "The handle as last seen."),
            Column("nickname", "text", "The display name as last seen."),
            Column("avatar_url", "text", "Address of the avatar as last seen."),
            Column("signature", "text", "The bio as last seen."),
            Column("first_seen", "timestamptz", "When it was first accepted.", nullable=False, immutable=True),
            Column("first_keyword", "text", "The keyword that found it first.", immutable=True),
            Column("last_updated_at", "timestamptz", "When a number or a name was last confirmed.", nullable=False),
            Column("state", "text", "active, quiet, private, gone or outgrown.", nullable=False),
            Column("state_since", "date", "Day since which the state holds.", nullable=False),
            Column("is_simulated", "boolean", "True when the sandbox answered.", nullable=False),
        ),
        key=("user_id",),
        fillfactor=75,
        person_columns=("user_id", "handle"),
    ),
)
