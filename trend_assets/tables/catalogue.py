"""All tables of the platform, by address."""

from trend_assets.tables import (
    api,
    capture,
    comets,
    competitors,
    feed,
    imports,
    media,
    ops,
    source,
    trends,
    velocity,
)
from trend_assets.tables.model import Table

TABLES: dict[str, Table] = {
    table.address: table
    for module in (capture, source, trends, comets, velocity, ops, competitors, media, api, feed, imports)
    for table in module.TABLES
}
