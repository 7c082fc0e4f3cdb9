"""The house's own tables, by address: all but those that the sources declare in their folders."""

from trend_assets.tables import (
    api,
    capture,
    comets,
    competitors,
    feed,
    imports,
    media,
    ops,
    trends,
    velocity,
)
from trend_assets.tables.model import Table

OWN_TABLES: dict[str, Table] = {
    table.address: table
    for module in (capture, trends, comets, velocity, ops, competitors, media, api, feed, imports)
    for table in module.TABLES
}
