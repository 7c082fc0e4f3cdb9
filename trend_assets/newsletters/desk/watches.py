"""Watches, kept and looked at: those of the desk and of the newsletters' files, what they saw, and who was told.

    files ─▶ keep ─┐
    desk ─▶ begin ─┴▶ desk.watches ─▶ look(day) ─▶ desk.watch_events (once per watch, story, channel) ─▶ tell

A message that a channel did not take is tried again at the next look, `MOST_ATTEMPTS` times in all. What is an event
belongs to `domain/watches.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from trend_assets.domain.newsletter.watch import Watch
from trend_assets.domain.watches import sightings
from trend_assets.newsletters.desk.stories import stories_of
from trend_assets.text import display_text

MOST_WATCHES = 200  # per newsletter: each is compared with every story of a day
MOST_DELETED = 50  # shown; at the desk anybody can make and delete one again and again
MOST_ATTEMPTS = 5
GIVE_UP_AFTER = timedelta(hours=24)
"""A message older than this is no news; what was not taken by then is said to have failed."""
SENDING_FOR = timedelta(minutes=10)
"""No channel takes longer than this to answer."""
Tell = Callable[[str, str, str], None]
"""Sends to a newsletter's channel, by their names, a message; raises with a sentence when it is not taken."""


class TooMany(ValueError):
    """No more watches are possible; the message says why."""


def begin(
    connection: psycopg.Connection,
    newsletter: str,
    watch: Watch,
    *,
    channels: Sequence[str],
    by: str,
    now: datetime,
    origin: str = "desk",
) -> str:
    """Keep a watch; its id. Beginning the same again revives it. Raises TooMany."""
    watch_id = watch.id_in(newsletter)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('desk.watches ' || %s, 0))", (newsletter,))
        row = connection.execute(
            "SELECT count(*) FROM desk.watches WHERE newsletter = %s AND ended_at IS NULL AND watch_id <> %s",
            (newsletter, watch_id),
        ).fetchone()
        if row and row[0] >= MOST_WATCHES:
            raise TooMany(f"A newsletter has {MOST_WATCHES} watches at most; end some first.")
        connection.execute(
            "INSERT INTO desk.watches (watch_id, newsletter, kind, watched, event, above, channels, origin, "
            "changed_by, changed_at) VALUES (%(id)s, %(newsletter)s, %(kind)s, %(watched)s, %(event)s, %(above)s, "
            "%(channels)s, %(origin)s, %(by)s, %(now)s) ON CONFLICT (watch_id) DO UPDATE SET ended_at = NULL, "
            "paused_at = CASE WHEN watches.ended_at IS NULL AND excluded.origin = 'file' THEN watches.paused_at END, "
            "channels = excluded.channels, origin = excluded.origin, changed_by = excluded.changed_by, "
            "changed_at = excluded.changed_at WHERE watches.ended_at IS NOT NULL "
            "OR (watches.paused_at IS NOT NULL AND excluded.origin = 'desk') "
            "OR (watches.channels, watches.origin) IS DISTINCT FROM (excluded.channels, excluded.origin)",
            {
                "id": watch_id,
                "newsletter": newsletter,
                "kind": watch.kind,
                "watched": display_text(watch.watched),
                "event": watch.event,
                "above": watch.chance if watch.event == "rises" else None,
                "channels": sorted(set(watch.channels or channels)),
                "origin": origin,
                "by": by,
                "now": now,
            },
        )
    return watch_id


def end(connection: psycopg.Connection, newsletter: str, watch_id: str, *, by: str, now: datetime) -> bool:
    """End a watch; what it saw stays. False when it is none of this newsletter's or has ended."""
    return (
        connection.execute(
            "UPDATE desk.watches SET ended_at = %s, changed_by = %s, changed_at = %s "
            "WHERE newsletter = %s AND watch_id = %s AND ended_at IS NULL",
            (now, by, now, newsletter, watch_id),
        ).rowcount
        == 1
    )


def pause(
    connection: psycopg.Connection, newsletter: str, watch_id: str, *, paused: bool, by: str, now: datetime
) -> bool:
    """Pause a watch, or go on with it; a file's watch too. False when there is no such watch or nothing to change."""
    return (
        connection.execute(
            "UPDATE desk.watches SET paused_at = %s, changed_by = %s, changed_at = %s "
            "WHERE newsletter = %s AND watch_id = %s AND ended_at IS NULL AND (paused_at IS NULL) = %s",
            (now if paused else None, by, now, newsletter, watch_id, paused),
        ).rowcount
        == 1
    )


def keep_files(
    connection: psycopg.Connection, declared: Mapping[str, tuple[Sequence[Watch], Sequence[str]]], *, now: datetime
) -> None:
    """Make the watches of the newsletters' files (with the newsletter's channels) what the files say: new ones begin,
    those that are not declared any more end. Watches of the desk are left alone."""
    kept = []
    for newsletter, (watches, channels) in declared.items():
        for watch in watches:
            kept.append(begin(connection, newsletter, watch, channels=channels, by="file", now=now, origin="file"))
    connection.execute(
        "UPDATE desk.watches SET ended_at = %s WHERE origin = 'file' AND ended_at IS NULL AND NOT watch_id = ANY(%s)",
        (now, kept),
    )


def look(connection: psycopg.Connection, day: date, *, now: datetime) -> int:
    """Compare every watch with the day's stories; how many messages are new. Looking again finds nothing new."""
    rows = _rows(
        connection, "SELECT * FROM desk.watches WHERE ended_at IS NULL AND paused_at IS NULL ORDER BY watch_id"
    )
    watches = {row["watch_id"]: _watch(row) for row in rows}
    channels = {row["watch_id"]: row["channels"] for row in rows}
    if not watches:
        return 0
    new = 0
    with connection.transaction():
        for seen in sightings(watches, stories_of(connection, day)):
            for channel in channels[seen.watch_id]:
                new += connection.execute(
                    "INSERT INTO desk.watch_events (watch_id, story_id, channel, observed_date, source, platform, "
                    "creator_key, message, outcome, attempts, measured_at, seen_at) VALUES (%(watch)s, %(story_id)s, "
                    "%(channel)s, %(day)s, %(source)s, %(platform)s, %(creator_key)s, %(message)s, 'waiting', 0, "
                    "coalesce(%(measured_at)s, %(now)s), %(now)s) ON CONFLICT DO NOTHING",
                    {
                        name: seen.story[name]
                        for name in ("story_id", "source", "platform", "creator_key", "measured_at")
                    }
                    | {"watch": seen.watch_id, "channel": channel, "day": day, "message": seen.message, "now": now},
                ).rowcount
    return new


def tell(connection: psycopg.Connection, send: Tell, *, now: datetime) -> dict[str, int]:
    """Send what waits, each message on its own: how many were sent, wait on and failed for good.

    A message is claimed before it is sent, so that two looks at once send it once. What a process that died had
    claimed is not sent again: whether it arrived is not known, and twice is worse."""
    connection.execute(
        "UPDATE desk.watch_events SET outcome = 'failed', reason = 'The process ended while it was sent; whether it "
        "arrived is not known.' WHERE outcome = 'sending' AND claimed_at < %s",
        (now - SENDING_FOR,),
    )
    done = {"sent": 0, "waiting": 0, "failed": 0}
    for event in _rows(
        connection,
        "SELECT e.*, w.newsletter FROM desk.watch_events e JOIN desk.watches w USING (watch_id) "
        "WHERE outcome = 'waiting' ORDER BY seen_at, watch_id, story_id, channel LIMIT 500",
    ):
        claimed = _set(connection, event, was="waiting", outcome="sending", attempts=event["attempts"] + 1, at=now)
        if not claimed:
            continue
        reason = None
        try:
            send(event["newsletter"], event["channel"], event["message"])
        except Exception as error:  # noqa: BLE001 -- whatever a channel raises is its sentence, and is kept
            is_over = event["attempts"] + 1 >= MOST_ATTEMPTS or now - event["seen_at"] > GIVE_UP_AFTER
            outcome = "failed" if is_over else "waiting"
            reason = display_text(str(error), limit=300)
        else:
            outcome = "sent"
        _set(connection, event, was="sending", outcome=outcome, attempts=event["attempts"] + 1, at=now, reason=reason)
        done[outcome] += 1
    return done


def _set(
    connection: psycopg.Connection,
    event: Mapping[str, Any],
    *,
    was: str,
    outcome: str,
    attempts: int,
    at: datetime,
    reason: str | None = None,
) -> bool:
    return (
        connection.execute(
            "UPDATE desk.watch_events SET outcome = %(outcome)s, reason = %(reason)s, attempts = %(attempts)s, "
            "claimed_at = %(at)s, sent_at = CASE WHEN %(outcome)s = 'sent' THEN %(at)s::timestamptz END "
            "WHERE watch_id = %(watch_id)s AND story_id = %(story_id)s AND channel = %(channel)s AND outcome = %(was)s",
            dict(event) | {"was": was, "outcome": outcome, "attempts": attempts, "at": at, "reason": reason},
        ).rowcount
        == 1
    )


def watches_of(connection: psycopg.Connection, newsletter: str) -> list[dict[str, Any]]:
    """The newsletter's watches, those that watch first, and the newest deleted ones, each with its sentence and its
    newest ten events."""
    rows = _rows(
        connection,
        "SELECT * FROM desk.watches WHERE newsletter = %s "
        "ORDER BY ended_at IS NOT NULL, changed_at DESC, watch_id LIMIT %s",
        (newsletter, MOST_WATCHES + MOST_DELETED),
    )
    events = _rows(
        connection,
        "SELECT * FROM (SELECT e.*, "
        "row_number() OVER (PARTITION BY watch_id ORDER BY seen_at DESC, story_id, channel) AS n "
        "FROM desk.watch_events e WHERE watch_id = ANY(%s)) newest WHERE n <= 10 ORDER BY watch_id, n",
        ([row["watch_id"] for row in rows],),
    )
    return [
        row
        | {
            "sentence": _watch(row).sentence(),
            "events": [event for event in events if event["watch_id"] == row["watch_id"]],
        }
        for row in rows
    ]


def _watch(row: Mapping[str, Any]) -> Watch:
    values = {name: row[name] for name in ("kind", "watched", "event", "above")}
    return Watch.model_construct(**values, channels=tuple(row["channels"]))


def _rows(connection: psycopg.Connection, query: str, values: Iterable[Any] = ()) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), list(values)).fetchall()
