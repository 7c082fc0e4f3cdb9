"""Issues are sent once per newsletter, day and channel, however often they are made or asked for.

    claim ─▶ a row `sending` of feed.deliveries, committed ─▶ the channel ─▶ sent · failed · unknown
      │ there is one already
      └▶ failed: claimed again · sending for too long: unknown, never again · else: nothing is done

The row is the key: it is there before anything leaves, so that a crash in between can only lose a letter, which the
row says, and never send one twice. A correction is a sending of its own that somebody asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.desk.channels import Letter, NotDelivered, Uncertain, send, short_message
from trend_assets.newsletters.discovery import address_of
from trend_assets.settings import Settings
from trend_assets.warehouse.warehouse import Warehouse

ABANDONED = timedelta(minutes=15)
"""A sending takes seconds, and every wait in it ends within one minute; after this long its process is gone."""
INTERRUPTED = (
    "Its process ended while it was being sent, so whether it arrived is unknown, and it is not sent again. Look at "
    "the channel, and send a correction if it is not there."
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one sending. `is_new`: this call sent it."""

    newsletter: str
    channel: str
    sending: int
    outcome: str
    reason: str | None
    is_new: bool


def letter_of(warehouse: Warehouse, settings: Settings, newsletter: Newsletter, day: date) -> Letter | None:
    """A stored issue as it goes out; None without one."""
    with warehouse.connect() as connection:
        issue = connection.execute(
            "SELECT issue_id, subject, headline, lead, content_hash, is_simulated FROM feed.issues "
            "WHERE observed_date = %s AND newsletter = %s",
            (day, newsletter.name),
        ).fetchone()
        bodies: dict[str, str] = dict(
            connection.execute(
                "SELECT format, body FROM feed.issue_forms WHERE observed_date = %s AND newsletter = %s "
                "AND format IN ('html', 'txt')",
                (day, newsletter.name),
            ).fetchall()
        )
        told = (
            connection.cursor(row_factory=dict_row)
            .execute(
                "SELECT headline, figure, url FROM feed.newsletter_stories "
                "WHERE observed_date = %s AND newsletter = %s AND place IS NOT NULL ORDER BY place",
                (day, newsletter.name),
            )
            .fetchall()
        )
    if issue is None or not {"html", "txt"} <= bodies.keys():
        return None
    issue_id, subject, headline, lead, content_hash, is_simulated = issue
    home = settings.public_url.rstrip("/")
    url = home + address_of(newsletter.name, day)
    return Letter(
        newsletter=newsletter,
        issue_id=issue_id,
        subject=subject,
        html=bodies["html"],
        text=bodies["txt"],
        short=short_message(headline or subject, lead or "", told, f"{url}?format=html"),
        content_hash=content_hash,
        is_simulated=is_simulated,
    )


def deliver(
    warehouse: Warehouse, settings: Settings, newsletter: Newsletter, day: date, *, now: datetime
) -> list[Delivery]:
    """Send a day's issue to every channel of its newsletter that has not got it. One that fails costs no other."""
    letter = letter_of(warehouse, settings, newsletter, day)
    if letter is None:
        return []
    return [_sent(warehouse, settings, letter, day, channel, now=now) for channel in newsletter.channels]


def correct(
    warehouse: Warehouse, settings: Settings, newsletter: Newsletter, day: date, *, locked_at: datetime, now: datetime
) -> list[Delivery]:
    """Send the issue as it is now once more, as a correction, to the channels of `to_correct`."""
    letter = letter_of(warehouse, settings, newsletter, day)
    if letter is None:
        return []
    due = to_correct(deliveries(warehouse, newsletter.name, day), newsletter, letter.content_hash, locked_at=locked_at)
    subject = f"Correction: {letter.subject}"
    return [
        _sent(warehouse, settings, replace(letter, sending=number, subject=subject), day, channel, now=now)
        for channel, number in due.items()
    ]


def to_correct(
    rows: Iterable[Mapping[str, Any]], newsletter: Newsletter, content_hash: str | None, *, locked_at: datetime
) -> dict[str, int]:
    """The channels that a correction goes to, each with the number of its sending: those whose newest one never arrived
    for sure, or holds what was locked before. `rows` are in order of sending. Who asks twice gets the same numbers, so
    that each correction is claimed once."""
    newest = {row["channel"]: row for row in rows}
    due: dict[str, int] = {}
    for channel in newsletter.channels:
        row = newest.get(channel)
        if row is None or (row["sending"] == 1 and row["outcome"] == "failed"):
            continue  # it has not got the issue, which is for `deliver` to send
        is_same = row["content_hash"] == content_hash
        if row["outcome"] == "failed" or (row["outcome"] == "sending" and is_same):
            due[channel] = row["sending"]  # the claim decides: again, still at work, or given up
        elif row["outcome"] == "unknown" or (not is_same and locked_at >= row["claimed_at"]):
            due[channel] = row["sending"] + 1
    return due


def deliveries(warehouse: Warehouse, newsletter: str, day: date) -> list[dict[str, Any]]:
    """What went out of an issue, in order."""
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT channel, sending, outcome, reason, subject, content_hash, attempts, claimed_at, finished_at "
            "FROM feed.deliveries WHERE observed_date = %s AND newsletter = %s ORDER BY sending, channel",
            (day, newsletter),
        ).fetchall()


def is_due(newsletter: Newsletter, day: date, *, now: datetime) -> bool:
    """Whether a day's issue goes out by itself now: its hour has come, and it is of today. What is older is sent by
    somebody's wish only, so that no backfill writes to readers."""
    return (
        bool(newsletter.channels) and newsletter.goes_out_on(day) and now.date() == day and now.hour >= newsletter.hour
    )


def waiting(warehouse: Warehouse, newsletter: Newsletter, day: date) -> list[str]:
    """Channels that have not got the issue and can still get it."""
    return waiting_in(deliveries(warehouse, newsletter.name, day), newsletter)


def waiting_in(rows: Iterable[Mapping[str, Any]], newsletter: Newsletter) -> list[str]:
    """The same, of rows that were read already."""
    done = {row["channel"] for row in rows if row["sending"] == 1 and row["outcome"] != "failed"}
    return [channel for channel in newsletter.channels if channel not in done]


# --- one sending ----------------------------------------------------------------------------------------------------


def _sent(
    warehouse: Warehouse, settings: Settings, letter: Letter, day: date, channel: str, *, now: datetime
) -> Delivery:
    key = {"day": day, "newsletter": letter.newsletter.name, "channel": channel, "sending": letter.sending}
    if not _claim(warehouse, key, letter, now=now):
        return _as_stored(warehouse, key)
    outcome, reason = "sent", None
    try:
        reason = send(settings, channel, letter, now=now)
    except NotDelivered as error:
        outcome, reason = "failed", str(error)
    except Uncertain as error:
        outcome, reason = "unknown", f"{error} It is not sent again."
    except Exception as error:  # noqa: BLE001 - whatever a channel's library raises, the row must say what is known
        outcome, reason = "unknown", f"It ended with {type(error).__name__}, so whether it arrived is unknown."
    with warehouse.connect() as connection:
        connection.execute(
            "UPDATE feed.deliveries SET outcome = %(outcome)s, reason = %(reason)s, finished_at = clock_timestamp() "
            "WHERE observed_date = %(day)s AND newsletter = %(newsletter)s AND channel = %(channel)s "
            "AND sending = %(sending)s",
            {**key, "outcome": outcome, "reason": reason},
        )
    return Delivery(letter.newsletter.name, channel, letter.sending, outcome, reason, True)


def _claim(warehouse: Warehouse, key: dict[str, Any], letter: Letter, *, now: datetime) -> bool:
    """True for the one caller that may send: the row is new, or its last try failed before anything arrived."""
    with warehouse.connect() as connection:
        row = connection.execute(
            """
            INSERT INTO feed.deliveries AS known (observed_date, newsletter, channel, sending, outcome, subject,
                content_hash, attempts, claimed_at, is_simulated)
            VALUES (%(day)s, %(newsletter)s, %(channel)s, %(sending)s, 'sending', %(subject)s, %(hash)s, 1, %(now)s,
                %(is_simulated)s)
            ON CONFLICT (observed_date, newsletter, channel, sending) DO UPDATE SET outcome = 'sending', reason = NULL,
                subject = excluded.subject, content_hash = excluded.content_hash, attempts = known.attempts + 1,
                claimed_at = excluded.claimed_at, finished_at = NULL, is_simulated = excluded.is_simulated
            WHERE known.outcome = 'failed'
            RETURNING true
            """,
            {
                **key,
                "subject": letter.subject,
                "hash": letter.content_hash,
                "now": now,
                "is_simulated": letter.is_simulated,
            },
        ).fetchone()
        if row is None:
            connection.execute(
                "UPDATE feed.deliveries SET outcome = 'unknown', reason = %(reason)s WHERE observed_date = %(day)s "
                "AND newsletter = %(newsletter)s AND channel = %(channel)s AND sending = %(sending)s "
                "AND outcome = 'sending' AND claimed_at < %(before)s",
                {**key, "reason": INTERRUPTED, "before": now - ABANDONED},
            )
    return row is not None


def _as_stored(warehouse: Warehouse, key: dict[str, Any]) -> Delivery:
    rows = deliveries(warehouse, key["newsletter"], key["day"])
    (row,) = (row for row in rows if (row["channel"], row["sending"]) == (key["channel"], key["sending"]))
    return Delivery(key["newsletter"], row["channel"], row["sending"], row["outcome"], row["reason"], False)
