"""All tables of the platform, by address: the house's own, and those that the sources declare in their folders. With
them the views over the answers, and the file that declares each table."""

from collections.abc import Iterable
from dataclasses import replace

from trend_assets.platforms import PLATFORMS
from trend_assets.sources.discovery import FOLDERS, SOURCES
from trend_assets.tables.capture import view
from trend_assets.tables.catalogue import OWN_FILES, OWN_TABLES
from trend_assets.tables.model import EVERY_SOURCE_OF_POSTS, Table, View

_of_sources = [source.table for source in SOURCES.values() if source.table]

POST_SOURCES = tuple(table.address for table in _of_sources if {"platform", "external_id"} <= set(table.column_names))
"""Every table of a source that holds posts."""


def _lineage(table: Table) -> Table:
    """A table whose upstreams are named: sources are known by their roles before they are found."""
    return replace(table, upstream=tuple(named for address in table.upstream for named in _named(address)))


def _named(address: str) -> Iterable[str]:
    if address == EVERY_SOURCE_OF_POSTS:
        return POST_SOURCES
    schema, _, role = address.partition("@")
    return (
        [f"{schema}.{source.name}" for source in SOURCES.values() if role in (source.role, source.scoring)]
        if role
        else [address]
    )


_own = [_lineage(table) for table in OWN_TABLES.values()]
TABLES: dict[str, Table] = {
    table.address: table
    for table in (
        *(table for table in _own if table.schema == "capture"),
        *_of_sources,
        *(table for table in _own if table.schema != "capture"),
    )
}

CAPTURE_SOURCES = tuple(
    name for name, source in SOURCES.items() if source.role not in ("channel_search", "handle_lookup", "writer")
)
"""Names that have a view `capture.<name>` over the answers."""

VIEWS: tuple[View, ...] = tuple(map(view, CAPTURE_SOURCES))
FILES: dict[str, str] = {
    **OWN_FILES,
    **{
        source.table.address: f"trend_assets/sources/{FOLDERS[name].name}/source.py"
        for name, source in SOURCES.items()
        if source.table
    },
}

PLATFORM_OF_SCHEMA = {schema: platform.name for platform in PLATFORMS.values() for schema in platform.owns}
"""Schemas without a column `platform` whose people are of one platform."""
