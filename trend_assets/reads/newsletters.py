"""What newsletters read beside the feed's tables."""

from datetime import date
from typing import TYPE_CHECKING

from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

ADULT = "is_over_18"
"""The column in which a source's rows say that an item is for adults."""


def read_adult(warehouse: "Warehouse", day: date) -> set[tuple[str, str]]:
    """(platform, id) of the day's items that their platform marks as for adults."""
    parts = [
        f"SELECT platform, external_id FROM {address} WHERE observed_date = %(day)s AND {ADULT}"
        for address, table in TABLES.items()
        if table.schema == "source" and ADULT in table.column_names
    ]
    if not parts:
        return set()
    found = warehouse.query(" UNION ".join(parts), {"day": day})
    return set(zip(found["platform"], found["external_id"], strict=True))
