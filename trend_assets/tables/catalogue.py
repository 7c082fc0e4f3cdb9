"""The house's own tables, by address, and the file of each: all but those that the sources declare in their folders."""

from trend_assets.tables import (
    api,
    capture,
    comets,
    competitors,
    desk,
    feed,
    imports,
    media,
    ops,
    trends,
    velocity,
)
from trend_assets.tables.model import Table

_SCHEMAS = (capture, trends, comets, velocity, ops, competitors, media, api, feed, imports, desk)

OWN_TABLES: dict[str, Table] = {table.address: table for module in _SCHEMAS for table in module.TABLES}
OWN_FILES: dict[str, str] = {
    table.address: module.__name__.replace(".", "/") + ".py" for module in _SCHEMAS for table in module.TABLES
}


def columns_of(address: str) -> list[str]:
    """What a day's rows of a table of ours are made of: its columns without that of the day."""
    table = OWN_TABLES[address]
    return [name for name in table.column_names if name != table.partition_column]
