"""The tables of the first release, as `0001_initial.sql` froze them from the catalogue."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    statements = Path(__file__).with_name("0001_initial.sql").read_text(encoding="utf-8")
    # straight to the driver: SQLAlchemy would read colons in comments as parameters
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(statements.encode())
