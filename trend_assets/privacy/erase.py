"""Erase a creator everywhere: the one function behind `trend-assets erase-creator`.

    who is it? ─▶ media files ─▶ rows, answers, tombstones (one transaction) ─▶ mentions in what others said
               ─▶ issues rendered again ─▶ Dagster's own records, our logs ─▶ what is left, counted

Every step finds its work in what is there, so a kill at any point is mended by running it again. Deleting rows is
`privacy/erasure.py`, keeping people out `warehouse/tombstones.py`.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from psycopg import sql

from trend_assets.newsletters.rendering.issue_files import FOLDER, save_issue
from trend_assets.platforms import platform_of
from trend_assets.privacy.erasure import erase
from trend_assets.privacy.identity import NobodyNamed, known_person, read_name, words_among
from trend_assets.privacy.person import Matcher, Person
from trend_assets.privacy.scrub import (
    MENTIONS_NOT_IN,
    has_texts,
    naming,
    naming_values,
    scrub_dagster,
    scrub_files,
    scrub_tables,
)
from trend_assets.privacy.sweeping import sweep
from trend_assets.settings import Settings
from trend_assets.sources.discovery import FOLDERS, SOURCES, options_of
from trend_assets.sources.options import variables
from trend_assets.text import plural
from trend_assets.warehouse.errors import SchemaRefused
from trend_assets.warehouse.files import said_of
from trend_assets.warehouse.media_folder import MediaFolder
from trend_assets.warehouse.schema import refused_tables
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.tombstones import HANDLE_DAYS, identity_hash, load_key
from trend_assets.warehouse.warehouse import Warehouse

# the user's own files: they are named, never changed
USER_FOLDERS = ("imports",)


@dataclass(slots=True)
class ErasedCreator:
    """What was done. `left` counts rows that still name the person (0 after a complete run), `own_files` are files of
    the user that name them and were not touched, `own_settings` variables that ask for them, `refused` files that could
    not be looked through or changed, `words` handles that mean something else where they stand alone."""

    platform: str
    ids: tuple[str, ...]
    handles: tuple[str, ...]
    rows: dict[str, int] = field(default_factory=dict)
    answers: int = 0
    quarantined: int = 0
    media_files: int = 0
    mentions: dict[str, int] = field(default_factory=dict)
    issues_rendered: int = 0
    dagster_records: int = 0
    log_files: int = 0
    own_files: list[str] = field(default_factory=list)
    own_settings: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    words: frozenset[str] = frozenset()
    left: int = 0

    def sentences(self) -> list[str]:
        """The report for people; it names nobody."""
        lines = [
            f"Removed {plural(sum(self.rows.values()), 'row')} from {plural(len(self.rows), 'table')}, "
            f"{plural(self.quarantined, 'quarantined row')} and {plural(self.media_files, 'media file')}, and what "
            f"{plural(self.answers, 'stored answer')} said.",
            f"Removed the name from texts of {plural(sum(self.mentions.values()), 'further row')}, "
            f"{plural(self.dagster_records, 'record')} of Dagster and {plural(self.log_files, 'file')}; rendered "
            f"{plural(self.issues_rendered, 'issue')} again.",
            "A keyed tombstone keeps the person out of everything that is collected from now on: by id for good, by "
            f"handle for {HANDLE_DAYS} days and only where no id is said, since handles are taken by others.",
        ]
        if self.own_files:
            lines.append(
                f"These files of yours still name the person, change them yourself: {', '.join(self.own_files)}."
            )
        if self.own_settings:
            lines.append(
                f"These settings still ask for the person: {', '.join(self.own_settings)}. Take the name out of them: "
                "what comes may have to be paid and is thrown away."
            )
        if self.refused:
            lines.append(
                "These files could not be looked through or changed, and may name the person: "
                f"{', '.join(self.refused)}. Let this user read and write them, then run the command again."
            )
        if self.words:
            lines.append(
                "The handle is a word that means something else here too: where it stands alone, only columns of "
                'people and members such as "author" were taken for the person.'
            )
        if not self._found_anything:
            lines.append(
                f"Nothing here named such a person on {platform_of(self.platform).label}: if that is a surprise, check "
                "the spelling, or give the id."
            )
            return lines
        lines.append(
            f"The person is still named in {plural(self.left, 'row')}: a run was writing them. Run the command again."
            if self.left
            else "Nothing in the database names the person any more."
        )
        return lines

    @property
    def _found_anything(self) -> bool:
        counts = (self.answers, self.quarantined, self.media_files, self.dagster_records, self.log_files, self.left)
        return bool(self.rows or self.mentions or self.own_files or self.issues_rendered or any(counts))


def erase_creator(
    warehouse: Warehouse,
    settings: Settings,
    *,
    platform: str,
    who: str,
    state_dir: Path,
    dagster_database_url: str | None = None,
) -> ErasedCreator:
    """Erase the creator `who` (id, handle or address of their page) of `platform` and keep them out.

    Safe to kill and to repeat, also after they are gone (then it removes what has come in since). Raises NobodyNamed,
    UnknownPlatform, and SchemaRefused while a table has columns that are not declared: nobody could say that they name
    nobody.
    """
    if not platform.strip():
        raise NobodyNamed("Say whom to erase: the platform and the creator's id or handle.")
    known = platform_of(platform)
    platform, name = known.name, read_name(known, who)
    with warehouse.connect() as connection:
        if refused := refused_tables(connection):
            raise SchemaRefused(f"Nothing was erased, since not every column is known. {' '.join(refused.values())}")
    key = load_key(settings, create=True)
    person = known_person(warehouse, platform, name)
    _require_not_the_next_bearer(warehouse, person, name, key=key)
    person = replace(person, words=words_among(warehouse, settings, person))
    done = ErasedCreator(platform, person.ids, person.handles, words=person.words)
    done.media_files = _erase_media(warehouse, person, MediaFolder(state_dir))
    report = erase(warehouse, person, key=key)
    done.rows, done.answers = dict(report.rows), report.answers_changed + report.answers_removed
    done.quarantined = report.quarantined
    _sweep_orphans(warehouse)
    matcher = Matcher.of(person)
    done.mentions = scrub_tables(warehouse, matcher)
    done.issues_rendered = _render_again(warehouse, settings, matcher, state_dir)
    if dagster_database_url:
        done.dagster_records = scrub_dagster(dagster_database_url, matcher)
    swept = sweep(warehouse, state_dir, now=datetime.now(UTC))
    files = scrub_files(state_dir, matcher, untouched=USER_FOLDERS)
    done.log_files, done.own_files, done.refused = files.changed, files.own, [*swept.refused, *files.refused]
    done.own_settings = _settings_that_ask(settings, matcher)
    done.left = rows_that_name(warehouse, person)
    return done


def _require_not_the_next_bearer(warehouse: Warehouse, person: Person, name: str, *, key: bytes) -> None:
    """Raise NobodyNamed where a handle was an erased person's, and who bears it now has an id that was never erased."""
    ids = {identity_hash(key, person.platform, known) for known in person.ids}
    if not ids or name.lower() in {known.lower() for known in person.ids}:
        return
    with warehouse.connect() as connection:
        rows = connection.execute("SELECT identity_hash FROM ops.tombstones").fetchall()
    erased = {digest for (digest,) in rows}
    if identity_hash(key, person.platform, name) in erased and not ids & erased:
        raise NobodyNamed(
            "Whoever bore this handle has been erased; somebody else bears it now. To erase them too, give their id: "
            f"{', '.join(person.ids)}."
        )


def _settings_that_ask(settings: Settings, matcher: Matcher) -> list[str]:
    """Variables of sources that name the person: as a handle, or in a search for their posts."""
    asking = []
    for name, source in SOURCES.items():
        options = options_of(source, settings)
        for variable, option in variables(FOLDERS[name].name, source.options):
            value = getattr(options, option)
            values = value if isinstance(value, tuple) else (value,)
            sign = "@" if option == "handles" else " "  # elsewhere a lone word may be anything
            if any(isinstance(one, str) and matcher.finds(f"{sign}{one}") for one in values):
                asking.append(variable)
    return asking


def rows_that_name(warehouse: Warehouse, person: Person) -> int:
    """How many rows of the catalogue's tables name the person, in any column."""
    matcher = Matcher.of(person)
    naming_rows = 0
    with warehouse.connect() as connection:
        for table in TABLES.values():
            if table.address in MENTIONS_NOT_IN or not has_texts(table):
                continue
            (count,) = connection.execute(
                sql.SQL("SELECT count(*) FROM {} t WHERE {}").format(
                    sql.Identifier(table.schema, table.name), naming(table)
                ),
                naming_values(matcher),
            ).fetchone() or (0,)
            naming_rows += int(count)
    return naming_rows


def _erase_media(warehouse: Warehouse, person: Person, folder: MediaFolder) -> int:
    """Delete the person's files first: a kill in between leaves the rows that lead here again."""
    theirs = sql.SQL(
        "lower(creator_id) = ANY(%(ids)s) OR (lower(creator_handle) = ANY(%(handles)s) "
        "AND (creator_id IS NULL OR NOT %(knows_id)s))"
    )
    with warehouse.connect() as connection:
        files = [
            row[0]
            for row in connection.execute(
                sql.SQL(
                    "SELECT sha256 FROM media.assets WHERE {theirs} UNION "
                    "SELECT sha256 FROM media.download_jobs WHERE sha256 IS NOT NULL AND ({theirs})"
                ).format(theirs=theirs),
                {"ids": person.id_names, "handles": person.handle_names, "knows_id": bool(person.ids)},
            ).fetchall()
        ]
        with said_of(folder.root, "Removing the person's files"):
            removed = sum(folder.remove(sha256) for sha256 in files)
        with connection.transaction():
            for table in ("audits", "download_jobs", "assets"):
                connection.execute(
                    sql.SQL("DELETE FROM {} WHERE sha256 = ANY(%s)").format(sql.Identifier("media", table)), (files,)
                )
    return removed


def _sweep_orphans(warehouse: Warehouse) -> None:
    """What hung on a request whose seed was the person."""
    with warehouse.connect() as connection, connection.transaction():
        for table in TABLES.values():
            if (
                table.schema == "competitors"
                and "request_id" in table.column_names
                and table.name
                not in (
                    "requests",
                    "tracked",
                )
            ):
                connection.execute(
                    sql.SQL(
                        "DELETE FROM {} t WHERE NOT EXISTS "
                        "(SELECT FROM competitors.requests r WHERE r.request_id = t.request_id)"
                    ).format(sql.Identifier(table.schema, table.name))
                )


def _render_again(warehouse: Warehouse, settings: Settings, matcher: Matcher, state_dir: Path) -> int:
    """Render the issues that name the person, or whose stories have lost rows, from the stories that are left. An issue
    that cannot be rendered any more goes."""
    with warehouse.connect() as connection:
        days: list[date] = [
            row[0]
            for row in connection.execute(
                "SELECT observed_date FROM feed.issue_forms WHERE body ~* %s UNION "
                "SELECT f.observed_date FROM feed.issue_forms f JOIN ops.partition_writes w USING (observed_date) "
                "WHERE w.table_address = 'feed.newsletter_stories' AND w.content_hash = '' ORDER BY 1",
                (matcher.postgres,),
            ).fetchall()
        ]
    for day in days:
        _render_day(warehouse, settings, day, matcher)
        save_issue(warehouse, day, state_dir / FOLDER)
    return len(days)


def _render_day(warehouse: Warehouse, settings: Settings, day: date, matcher: Matcher) -> None:
    from trend_assets.newsletters.rendering.issue_rows import write_issues

    if len(warehouse.read("feed.source_report", day=day)):
        write_issues(warehouse, settings, day)
    with warehouse.connect() as connection:
        # without a report of its sources an issue cannot be made; one that names an erased person cannot stay either
        gone = connection.execute(
            "DELETE FROM feed.issue_forms f WHERE f.observed_date = %s AND EXISTS (SELECT FROM feed.issue_forms o "
            "WHERE o.observed_date = f.observed_date AND o.newsletter = f.newsletter AND o.body ~* %s) "
            "RETURNING f.newsletter",
            (day, matcher.postgres),
        ).fetchall()
        connection.execute(
            "DELETE FROM feed.issues WHERE observed_date = %s AND newsletter = ANY(%s)",
            (day, sorted({name for (name,) in gone})),
        )
