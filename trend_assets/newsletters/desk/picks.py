"""What editors decide, stored: a row per story that was touched, one per issue, and every change on record.

    change ─▶ lock of the issue's day ─▶ version as seen? ─▶ row + history
    undo   ─▶ the editor's newest change that still holds ─▶ row as before

Two editors at once: who comes second with an old version gets `Conflict`, a sentence with what the other did, and
nothing is stored. Who may edit and how it is shown belongs to `api/desk`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from trend_assets.text import clean_text, display_text

FIELDS = ("state", "snoozed_until", "headline", "line", "note", "section", "place")
ISSUE_FIELDS = ("headline", "introduction")
LIMITS = {"headline": 200, "line": 300, "note": 600, "section": 60, "introduction": 600}
MOST_PICKS = 500  # per newsletter and day; a page of an issue has fifteen stories
Scope = Literal["story", "issue"]


class Conflict(Exception):
    """Somebody else changed the row first; the message says who, when and what they did."""


class Refused(Exception):
    """The change is not possible; the message says why and what is."""


class Locked(Refused):
    """The issue is locked; the message says by whom."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One issue of one newsletter."""

    newsletter: str
    day: date

    @property
    def values(self) -> dict[str, Any]:
        return {"newsletter": self.newsletter, "day": self.day}


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes something, and when."""

    name: str
    now: datetime


def picks_of(connection: psycopg.Connection, edition: Edition) -> dict[str, dict[str, Any]]:
    """What was decided for the day, by story: the day's own rows, and stories that an earlier day put off beyond it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT * FROM desk.picks WHERE newsletter = %(newsletter)s AND (observed_date = %(day)s OR "
            "(observed_date < %(day)s AND state = 'snooze' AND snoozed_until > %(day)s)) ORDER BY observed_date",
            edition.values,
        ).fetchall()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        is_own = row["observed_date"] == edition.day
        # an earlier day's row is not this day's to change: it is seen as version 0, like a story nobody touched
        found[row["story_id"]] = row if is_own else row | dict.fromkeys(FIELDS[2:]) | {"version": 0}
    return found


def issue_of(connection: psycopg.Connection, edition: Edition) -> dict[str, Any]:
    """What editors said of the issue itself; version 0 where nobody has."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "SELECT * FROM desk.issues WHERE newsletter = %(newsletter)s AND observed_date = %(day)s", edition.values
        ).fetchone()
    nothing = dict.fromkeys((*ISSUE_FIELDS, "locked_by", "locked_at", "locked", "changed_by", "changed_at"))
    return row or {**edition.values, **nothing, "version": 0}


def change_story(
    connection: psycopg.Connection,
    edition: Edition,
    story: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    version: int,
    action: str,
    editor: Editor,
) -> int:
    """Store `changes` (some of FIELDS) for a story of the day, seen at `version` (0: untouched); the new version.

    `story` says what it is: story_id, source, platform, creator_key, title, measured_at. Raises Conflict, Locked.
    """
    wanted = _clean(changes)
    with _opened(connection, edition) as cursor:
        held = _story_row(cursor, edition, story["story_id"])
        _require_version(held, version, name=held["title"] if held else story["title"])
        if held is None and _count(cursor, edition) >= MOST_PICKS:
            raise Refused(f"An issue holds decisions on {MOST_PICKS} stories at most; undo some first.")
        before = {name: held[name] if held else None for name in FIELDS}
        after = before | wanted
        if after == before:
            return version
        _record(cursor, edition, story["story_id"], action, before, after, editor)
        return _write_story(cursor, edition, story, after, version + 1, editor)


def change_issue(
    connection: psycopg.Connection, edition: Edition, changes: Mapping[str, Any], *, version: int, editor: Editor
) -> int:
    """Store the issue's own headline or introduction; the new version. Raises Conflict, Locked."""
    wanted = _clean(changes)
    with _opened(connection, edition) as cursor:
        held = _issue_row(cursor, edition)
        _require_version(held, version, name="the issue's own words")
        before = {name: held[name] if held else None for name in ISSUE_FIELDS}
        after = before | wanted
        if after == before:
            return version
        _record(cursor, edition, None, "words", before, after, editor)
        return _upsert(cursor, "issues", edition, after, version + 1, editor)


def undo(connection: psycopg.Connection, edition: Edition, *, editor: Editor) -> str | None:
    """Take back the editor's newest change that holds; what was taken back, None when there is nothing.

    Raises Conflict when somebody changed the same thing since, Locked."""
    with _opened(connection, edition) as cursor:
        last = cursor.execute(
            "SELECT * FROM desk.history WHERE newsletter = %(newsletter)s AND observed_date = %(day)s "
            "AND changed_by = %(who)s AND undone_at IS NULL ORDER BY entry DESC LIMIT 1",
            edition.values | {"who": editor.name},
        ).fetchone()
        if last is None:
            return None
        story_id = last["story_id"]
        held = _issue_row(cursor, edition) if story_id is None else _story_row(cursor, edition, story_id)
        if held is None:
            raise Refused("What was changed is gone: its source's terms or an erased person took it.")
        fields = ISSUE_FIELDS if story_id is None else FIELDS
        if _stored({name: held[name] for name in fields}) != last["after"]:
            raise Conflict(_what_the_other_did(held, name=held.get("title") or "the issue's own words"))
        before = _read(last["before"])
        if story_id is None:
            _upsert(cursor, "issues", edition, before, held["version"] + 1, editor)
        else:
            _write_story(cursor, edition, held, before, held["version"] + 1, editor)
        cursor.execute(
            "UPDATE desk.history SET undone_at = %(now)s WHERE newsletter = %(newsletter)s "
            "AND observed_date = %(day)s AND entry = %(entry)s",
            edition.values | {"now": editor.now, "entry": last["entry"]},
        )
        return f"Took back: {last['action']} “{held.get('title') or 'the issue’s own words'}”."


def lock(
    connection: psycopg.Connection, edition: Edition, content: Mapping[str, Any], *, version: int, editor: Editor
) -> None:
    """Keep the issue as it is: `content` is what is sent from now on. Raises Conflict, Locked."""
    with _opened(connection, edition) as cursor:
        held = _issue_row(cursor, edition)
        _require_version(held, version, name="the issue's own words")
        words = {name: held[name] if held else None for name in ISSUE_FIELDS}
        _upsert(cursor, "issues", edition, words, version + 1, editor)
        cursor.execute(
            "UPDATE desk.issues SET locked = %(content)s, locked_by = %(who)s, locked_at = %(now)s "
            "WHERE newsletter = %(newsletter)s AND observed_date = %(day)s",
            edition.values | {"content": Jsonb(_stored(content)), "who": editor.name, "now": editor.now},
        )


def unlock(connection: psycopg.Connection, edition: Edition, *, editor: Editor) -> None:
    """Open the issue again; what was locked is forgotten."""
    with connection.transaction(), connection.cursor() as cursor:
        _hold(cursor, edition)
        cursor.execute(
            "UPDATE desk.issues SET locked = NULL, locked_by = NULL, locked_at = NULL, version = version + 1, "
            "changed_by = %(who)s, changed_at = %(now)s WHERE newsletter = %(newsletter)s AND observed_date = %(day)s",
            edition.values | {"who": editor.name, "now": editor.now},
        )


def history_of(connection: psycopg.Connection, edition: Edition) -> list[dict[str, Any]]:
    """The newest twenty changes of the issue, newest first, with the story's title."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT h.*, p.title FROM desk.history h "
            "LEFT JOIN desk.picks p USING (newsletter, observed_date, story_id) WHERE newsletter = %(newsletter)s "
            "AND observed_date = %(day)s ORDER BY entry DESC LIMIT 20",
            edition.values,
        ).fetchall()


Cursor = psycopg.Cursor[dict[str, Any]]


def _hold(cursor: psycopg.Cursor[Any], edition: Edition) -> None:
    """One change of an issue at a time."""
    cursor.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('desk ' || %s || ' ' || %s, 0))",
        (edition.newsletter, edition.day.isoformat()),
    )


@contextmanager
def _opened(connection: psycopg.Connection, edition: Edition) -> Iterator[Cursor]:
    """The transaction of a change. Raises Locked."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        _hold(cursor, edition)
        held = _issue_row(cursor, edition)
        if held and held["locked_at"]:
            raise Locked(
                f"{held['locked_by']} locked this issue at {held['locked_at']:%H:%M} UTC; nothing was changed. "
                "Unlock it first, or leave it as it is."
            )
        yield cursor


def _require_version(held: Mapping[str, Any] | None, version: int, *, name: str) -> None:
    if (held["version"] if held else 0) != version:
        raise Conflict(_what_the_other_did(held, name=name))


def _what_the_other_did(held: Mapping[str, Any] | None, *, name: str) -> str:
    shown = f"“{display_text(name, limit=80)}”"
    if held is None:
        return f"{shown} was changed and then removed; your change was not stored."
    said = {"pick": "picked it", "skip": "skipped it", "snooze": "put it off"}.get(held.get("state") or "", "")
    words = [
        f"{field}: “{display_text(held[field], limit=120)}”"
        for field in ("headline", "line", "introduction", "note", "section")
        if held.get(field)
    ]
    did = ", ".join(part for part in (said, *words) if part) or "took everything back"
    return (
        f"{held['changed_by']} changed {shown} at {held['changed_at']:%H:%M} UTC ({did}). "
        "Your change was not stored; look at theirs and repeat yours."
    )


def _clean(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored: texts without what cannot be stored or shown, empty as NULL."""
    cleaned: dict[str, Any] = {}
    for name, value in changes.items():
        if name in LIMITS and value is not None:
            text = clean_text(value).strip() if name in ("note", "introduction") else display_text(value)
            if len(text) > LIMITS[name]:
                raise Refused(f"The {name} has {len(text):,} characters; {LIMITS[name]:,} are possible.")
            cleaned[name] = text or None
        else:
            cleaned[name] = value
    return cleaned


def _stored(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as JSON values."""
    return {name: _json(value) for name, value in fields.items()}


def _json(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Mapping):
        return _stored(value)
    return [_json(each) for each in value] if isinstance(value, list | tuple) else value


def _read(fields: Mapping[str, Any]) -> dict[str, Any]:
    until = fields.get("snoozed_until")
    return {**fields, **({"snoozed_until": date.fromisoformat(until)} if until else {})}


def _story_row(cursor: Cursor, edition: Edition, story_id: str) -> dict[str, Any] | None:
    return cursor.execute(
        "SELECT * FROM desk.picks WHERE newsletter = %(newsletter)s AND observed_date = %(day)s AND story_id = %(id)s",
        edition.values | {"id": story_id},
    ).fetchone()


def _issue_row(cursor: Cursor, edition: Edition) -> dict[str, Any] | None:
    return cursor.execute(
        "SELECT * FROM desk.issues WHERE newsletter = %(newsletter)s AND observed_date = %(day)s", edition.values
    ).fetchone()


def _count(cursor: Cursor, edition: Edition) -> int:
    row = cursor.execute(
        "SELECT count(*) AS n FROM desk.picks WHERE newsletter = %(newsletter)s AND observed_date = %(day)s",
        edition.values,
    ).fetchone()
    return int(row["n"]) if row else 0


def _record(
    cursor: Cursor,
    edition: Edition,
    story_id: str | None,
    action: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    editor: Editor,
) -> None:
    cursor.execute(
        "INSERT INTO desk.history (newsletter, observed_date, entry, story_id, action, before, after, changed_by, "
        "changed_at) SELECT %(newsletter)s, %(day)s, coalesce(max(entry), 0) + 1, %(story)s, %(action)s, %(before)s, "
        "%(after)s, %(who)s, %(now)s FROM desk.history WHERE newsletter = %(newsletter)s AND observed_date = %(day)s",
        edition.values
        | {
            "story": story_id,
            "action": action,
            "before": Jsonb(_stored(before)),
            "after": Jsonb(_stored(after)),
            "who": editor.name,
            "now": editor.now,
        },
    )


_FACTS = ("story_id", "source", "platform", "creator_key", "title", "measured_at")


def _write_story(
    cursor: Cursor, edition: Edition, story: Mapping[str, Any], fields: Mapping[str, Any], version: int, editor: Editor
) -> int:
    facts = {name: story[name] for name in _FACTS}
    facts["title"] = display_text(facts["title"], limit=300) or "(no title)"
    return _upsert(cursor, "picks", edition, {**facts, **fields}, version, editor, key=("story_id",))


def _upsert(
    cursor: Cursor,
    table: str,
    edition: Edition,
    values: Mapping[str, Any],
    version: int,
    editor: Editor,
    *,
    key: tuple[str, ...] = (),
) -> int:
    """Write a row of the edition with these values; its version."""
    of_edition = {"newsletter": edition.newsletter, "observed_date": edition.day}
    row = {**of_edition, **values, "version": version, "changed_by": editor.name, "changed_at": editor.now}
    keys = (*of_edition, *key)
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}").format(
            sql.Identifier("desk", table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
            sql.SQL(", ").join(map(sql.Identifier, keys)),
            sql.SQL(", ").join(
                sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in row if name not in keys
            ),
        ),
        row,
    )
    return version
