"""Fields of providers' answers over time, in `ops.provider_fields`: what a provider adds or drops is noticed once.

    a day's stored answers ─▶ Watch (some of each endpoint) ─▶ note ─▶ new and dropped fields, for the rows' metadata

The same day again says the same. What is dropped was in every day before; fields that come and go are neither.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

import psycopg

from trend_assets.capture.session import StoredAnswer
from trend_assets.sources.fields import fields_in, roots

PER_ENDPOINT = 3
ANSWERS = 40
"""So many answers of a day are looked at: a field is noticed on any, and a second reading of every body is not free."""
LONG_ENOUGH = 3
"""Days that a field must have been there to be missed."""


@dataclass(slots=True)
class Watch:
    """Answers on their way to the parser; their fields are kept."""

    fields: set[str] = field(default_factory=set)
    _seen: Counter[str] = field(default_factory=Counter)

    def passing(self, answers: Iterable[StoredAnswer]) -> Iterator[StoredAnswer]:
        """The same answers."""
        for stored in answers:
            kind = re.sub(r"\d+", "#", str(stored.answer.call.endpoint))
            if self._seen[kind] < PER_ENDPOINT and self._seen.total() < ANSWERS:
                self._seen[kind] += 1
                self.fields |= fields_in(stored.answer.body)
            yield stored


def note(connection: psycopg.Connection, source: str, day: date, fields: set[str]) -> tuple[list[str], list[str]]:
    """Remember the fields of a day; those that came with it and those that are missing for the first time. A source's
    first day says nothing, nor does a day that is read again after a later one."""
    if not fields:
        return [], []
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('ops.provider_fields.' || %s, 0))", (source,))
    known = {
        name: (first, last, days)
        for name, first, last, days in connection.execute(
            "SELECT field, first_seen, last_seen, days FROM ops.provider_fields WHERE source = %s", (source,)
        )
    }
    connection.execute(
        """
        INSERT INTO ops.provider_fields AS known (source, field, first_seen, last_seen, days)
        SELECT %(source)s, field, %(day)s, %(day)s, 1 FROM unnest(%(fields)s::text[]) AS field
        ON CONFLICT (source, field) DO UPDATE SET
            first_seen = least(known.first_seen, excluded.first_seen),
            last_seen = greatest(known.last_seen, excluded.last_seen),
            days = known.days + CASE WHEN known.last_seen < excluded.last_seen THEN 1 ELSE 0 END
        """,
        {"source": source, "day": day, "fields": sorted(fields)},
    )
    newest = max((last for _, last, _ in known.values()), default=day)
    earlier = [last for _, last, _ in known.values() if last < day]
    if newest > day or not any(first < day for first, _, _ in known.values()):
        return [], []
    new = [name for name in fields if name not in known or known[name][0] == day]
    # a field that is there today has today's sight in its days already when the day is read again
    always = max((days - (last == day) for _, last, days in known.values()), default=0)
    before = max(earlier, default=None)
    dropped = [
        name for name, (_, last, days) in known.items()
        if name not in fields and last == before and days >= max(always, LONG_ENOUGH)
    ]  # fmt: skip
    return roots(new), roots(dropped)
