"""The tables of the first release. They follow from `trend_assets/tables/` like every later one, so nothing is left to
do here; databases that were made by the first release are at this revision."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: see above."""
