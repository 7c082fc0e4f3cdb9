"""Under which ids and handles a creator is known here: from one name to the whole person, and to nobody else.

Handles are given up and taken by others. A handle belongs to the id that bore it last; an id has every handle that
nobody else bears now. Some handles are words that mean something else here: `@tiktok`, `@video`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
from psycopg import sql

from trend_assets.newsletters.discovery import found
from trend_assets.platforms import PLATFORMS, Platform
from trend_assets.privacy.person import KINDS_OF_PAGES, MEMBERS, Person
from trend_assets.settings import Settings
from trend_assets.sources.discovery import FOLDERS, SOURCES, options_of
from trend_assets.sources.options import variables
from trend_assets.tables.model import Table
from trend_assets.text import plain_form, plain_name
from trend_assets.warehouse.tables import PLATFORM_OF_SCHEMA, TABLES
from trend_assets.warehouse.warehouse import Warehouse

_TIMES = ("measured_at", "last_updated_at", "last_collected_at", "imported_at", "first_stored_at", "shared_at")
_ID_LIKE = re.compile(r"\d{6,}|UC[\w-]{22}")
_AROUND = " \t'\"()<>[]{},;:!?\u2026"
_EVER = datetime(1, 1, 1, tzinfo=UTC)


class NobodyNamed(ValueError):
    """No platform or no person was named; the message says what is needed."""


def read_name(platform: Platform, who: str) -> str:
    """The id or handle that somebody wrote: with @ or the platform before it, in wide letters, with characters that
    show nothing, or as the address of the person's page. Raises NobodyNamed."""
    # a handle may begin with a dot, and none ends with one
    name = unquote(plain_form(who)).lstrip(_AROUND).rstrip(f"{_AROUND}.")
    if "/" in name:
        name = _name_in_address(platform, name)
    name = re.sub(rf"^{platform.name}:(handle:)?", "", name, flags=re.IGNORECASE).lstrip("@")
    if not name:
        raise NobodyNamed("Say whom to erase: the platform and the creator's id or handle.")
    return name


def _name_in_address(platform: Platform, address: str) -> str:
    profiles = platform.profiles
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        host, parts = "", urlsplit("")
    steps = [step for step in parts.path.split("/") if step]
    is_page = bool(steps) and steps[0].lower() in KINDS_OF_PAGES
    if "." not in host:  # u/name
        is_page, steps = host in KINDS_OF_PAGES, [host, *steps]
    elif not any(host == own or host.endswith(f".{own}") for own in platform.link_hosts):
        steps = []
    # Hacker News names people in a parameter
    name = (steps[is_page:] or parse_qs(parts.query).get("id" if is_page else "", [""]))[0]
    needs_a_sign = profiles is not None and profiles.has_at_sign and not is_page
    is_reserved = profiles is not None and name.lower() in profiles.reserved
    if not name or is_reserved or (needs_a_sign and not name.startswith("@")):
        raise NobodyNamed(f"{address} is no address of a person's page on {platform.label}: give the id or the handle.")
    return name


def words_among(warehouse: Warehouse, settings: Settings, person: Person) -> frozenset[str]:
    """Those of the person's handles that mean something else where they stand alone: names of ours, values that our
    columns may have, members of answers, what the settings search for, codes of countries and languages."""
    said = [*PLATFORMS, *found(settings).by_name, MEMBERS.replace("_?", "")]
    for table in TABLES.values():
        said += [table.schema, table.name, *table.column_names, *(column.description for column in table.columns)]
    asked: list[str] = []
    for name, source in SOURCES.items():
        said += [name, source.provider_name]
        options = options_of(source, settings)
        for _, option in variables(FOLDERS[name].name, source.options):
            value = getattr(options, option)
            asked += [] if option == "handles" else map(str, value if isinstance(value, tuple) else (value,))
    with warehouse.connect() as connection:
        said += chain(*connection.execute("SELECT DISTINCT field FROM ops.provider_fields").fetchall())
    words = {plain_name(word) for word in chain(asked, *(re.findall(r"\w+", text) for text in said))}
    return frozenset(name for name in map(plain_name, person.handles) if len(name) <= 2 or name in words)


@dataclass(frozen=True, slots=True)
class Seen:
    """An id that was seen with a handle, and when last."""

    external_id: str
    handle: str
    at: datetime


def known_person(warehouse: Warehouse, platform: str, name: str) -> Person:
    """The person behind an id or handle. A name that nothing knows is taken as an id when it looks like one, else as a
    handle."""
    with warehouse.connect() as connection:
        seen = _sightings(connection, platform, name)
        ids = {one.external_id for one in seen if one.external_id.lower() == name.lower()}
        if not ids:
            bearer = max(
                (one for one in seen if one.handle == name.lower()),
                key=lambda one: (one.at, one.external_id),
                default=None,
            )
            ids = {bearer.external_id} if bearer else set()
        if not ids:
            return Person(platform, ids=(name,)) if _ID_LIKE.fullmatch(name) else Person(platform, handles=(name,))
        handles = {one.handle for external_id in ids for one in _sightings(connection, platform, external_id)}
        own = set()
        for handle in handles:
            bearers = [one for one in _sightings(connection, platform, handle) if one.handle == handle]
            if max(bearers, key=lambda one: (one.at, one.external_id)).external_id in ids:
                own.add(handle)
    return Person(platform, ids=tuple(sorted(ids)), handles=tuple(sorted(own)))


def _sightings(connection: psycopg.Connection, platform: str, name: str) -> list[Seen]:
    """Every pair of id and handle in which `name` is one of the two, newest time per pair."""
    newest_of: dict[tuple[str, str], datetime] = {}
    for table in TABLES.values():
        if not table.person_columns or PLATFORM_OF_SCHEMA.get(table.schema, platform) != platform:
            continue
        for id_column, handle_column in _pairs(table):
            for external_id, handle, at in connection.execute(
                _query(table, id_column, handle_column), {"name": name.lower(), "platform": platform}
            ).fetchall():
                pair = (external_id, handle)
                newest_of[pair] = max(newest_of.get(pair, _EVER), at or _EVER)
    return [Seen(external_id, handle, at) for (external_id, handle), at in sorted(newest_of.items())]


def _pairs(table: Table) -> list[tuple[str, str]]:
    handles = [name for name in table.person_columns if "handle" in name and name != "handle_key"]
    ids = [name for name in table.person_columns if "handle" not in name and name != "creator_key"]
    return [(id_column, handle) for id_column in ids[:1] for handle in handles]


def _query(table: Table, id_column: str, handle_column: str) -> sql.Composed:
    time = next((name for name in _TIMES if name in table.column_names), None)
    newest = sql.SQL("max({})").format(sql.Identifier(time)) if time else sql.SQL("NULL::timestamptz")
    scope = sql.SQL("AND lower(platform) = %(platform)s") if "platform" in table.column_names else sql.SQL("")
    return sql.SQL(
        "SELECT {id}, lower(ltrim({handle}, '@')), {newest} FROM {table} "
        "WHERE {id} IS NOT NULL AND {handle} IS NOT NULL "
        "AND (lower({id}) = %(name)s OR lower(ltrim({handle}, '@')) = %(name)s) {scope} GROUP BY 1, 2"
    ).format(
        id=sql.Identifier(id_column),
        handle=sql.Identifier(handle_column),
        newest=newest,
        table=sql.Identifier(table.schema, table.name),
        scope=scope,
    )
