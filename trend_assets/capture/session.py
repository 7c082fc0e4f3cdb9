"""Captures: verbatim answers, stored before anything is parsed, replayed instead of bought again.

    obtain(call) ──▶ stored for this day? ──▶ replay: no network, no cost
                 └─▶ intent in the ledger ──▶ execute ──▶ bytes stored and intent settled (one transaction) ──▶ answer

A stored answer is replayed for its own partition for ever, and within a forced collection only when that collection
stored it: a forced collection adds a snapshot and erases none. What an answer means belongs to its parser, what a call
costs to its client, budgets to `ledger.py`.
"""

import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import zstandard
from psycopg.types.json import Jsonb

from trend_assets.capture import ledger
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call, Obtain
from trend_assets.sources.clients import is_simulated, secrets_in
from trend_assets.sources.discovery import PROVIDERS
from trend_assets.sources.errors import NoHistory, SourceError, Throttled
from trend_assets.sources.redact import hide, hide_text
from trend_assets.text import clean_text
from trend_assets.warehouse.connection import only_row
from trend_assets.warehouse.crash import crash_point
from trend_assets.warehouse.errors import WarehouseError
from trend_assets.warehouse.object_store import stored_body
from trend_assets.warehouse.warehouse import Warehouse

REPLAYED = ("ok", "partial")
NOTE_LIMIT = 1_000
# what was paid for must not be lost to a restart of the database: 12 tries are more than a minute
STORE_TRIES = 12
# another process may be waiting for the same run of an actor
SAME_CALL_SECONDS = 1_800
ASKING = "trend_assets collection "
"""Begins the name of the connection that holds a call; the collection's id follows."""
HOLDER = """
SELECT activity.application_name, activity.state_change
FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 AND activity.datname = current_database()
    AND (held.classid::bigint << 32 | held.objid::bigint) = hashtextextended(%(name)s, 0)
"""
"""Who holds an advisory lock of 64 bits, which `pg_locks` shows in halves."""

_ANSWER = (
    "capture_id, collected_at, request, status, body, body_sha256, fetched_at, cost_usd, units, outcome, note, "
    "external_run_id, is_simulated"
)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it was stored: its capture's id, the start of its collection (UTC) and the verbatim answer."""

    capture_id: str
    collected_at: datetime
    answer: Answer


class CaptureSession:
    """One collection of one source for one day. `obtain` may be called from several threads.

    `execute` makes a call (the network); `now` is the collection's time (UTC), `collection_id` groups its answers.
    With `force` only answers of the same collection are replayed. With `replay_only` nothing is ever asked: a call
    that is not stored raises NoHistory (for past days of sources that only know now). `say` hears for whom it waits.
    Counters: `calls` made, `replayed`, `cost_usd` really spent, `is_simulated` when the sandbox answered;
    `problems` are sentences about what was charged.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        source: str,
        day: date,
        provider: str,
        execute: Obtain,
        settings: Settings,
        now: datetime,
        collection_id: str,
        force: bool = False,
        replay_only: bool = False,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.warehouse = warehouse
        self.source, self.day, self.provider = source, day, provider
        self.settings, self.now, self.collection_id = settings, now, collection_id
        self.force, self.replay_only = force, replay_only
        self.calls = self.replayed = 0
        self.cost_usd = 0.0
        self.is_simulated = False
        self.problems: list[str] = []
        self._execute, self._say = execute, say
        self._counters = threading.Lock()
        known = PROVIDERS.get(provider)
        self._in_sandbox = known is not None and known.has_account and is_simulated(known, settings)
        self._secrets = secrets_in(settings)

    def obtain(self, call: Call) -> Answer:
        """The answer to `call`: replayed when this day has it, else asked for, paid, stored and returned.

        One call is in flight once, over threads and processes. Raises BudgetExhausted before a call that the budget
        does not cover, NoHistory with `replay_only`, and what the client raises; a failed answer is stored and never
        replayed.
        """
        if (stored := self._replay(call)) is not None:
            return stored
        if self.replay_only:
            raise NoHistory(
                f"{self.source} of {self.day} was never asked for {call.endpoint}, and today's answer is not stamped "
                "onto a past day. What was captured then is replayed; import your own data for the rest.",
                provider=self.provider,
            )
        if not ledger.needs_entry(call):
            # asking twice for what costs nothing is harmless, waiting for each other is not
            return self._ask(call)
        with self._alone(call):
            # whoever held the lock before us may have stored it
            if (stored := self._replay(call)) is not None:
                return stored
            return self._ask(call)

    # --- replay -----------------------------------------------------------------------------------------------------

    def _replay(self, call: Call) -> Answer | None:
        query = (
            f"SELECT {_ANSWER} FROM capture.answers WHERE observed_date = %s AND source = %s AND request_key = %s "
            "AND outcome = ANY(%s) AND (NOT %s OR collection_id = %s) ORDER BY fetched_at DESC, capture_id DESC LIMIT 1"
        )
        values = (self.day, self.source, call.key, list(REPLAYED), self.force, self.collection_id)
        row = self.warehouse.transact(
            lambda connection: connection.execute(query, values, binary=True).fetchone(), doing="Looking for an answer"
        )
        if row is None:
            return None
        answer = _stored(row).answer
        with self._counters:
            self.replayed += 1
            self.is_simulated |= answer.is_simulated
        # the stored context is that of the first asking; the parser of a replay needs the same
        return answer

    @contextmanager
    def _alone(self, call: Call) -> Iterator[None]:
        """Hold this request for this day, over threads and processes; freed by the server when the process dies."""
        name = f"call {self.source} {self.day} {call.key} {self.collection_id if self.force else ''}"
        with self.warehouse.connect(doing=f"Waiting for the same call of {self.source}") as connection:
            connection.execute("SELECT set_config('application_name', %s, false)", (f"{ASKING}{self.collection_id}",))
            if (holder := connection.execute(HOLDER, {"name": name}).fetchone()) is not None:
                self._say(
                    f"{self.source} of {self.day} waits for the answer to a paid call that {_who(*holder)} has under "
                    "way: the answer is used here too, and paid once."
                )
            connection.execute(f"SET lock_timeout = '{SAME_CALL_SECONDS}s'")
            connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (name,))
            yield

    # --- asking -----------------------------------------------------------------------------------------------------

    def _ask(self, call: Call) -> Answer:
        crash_point("before_intent")
        entry_id, left_at = self._intend(call)
        resumed = left_at is not None
        crash_point("after_intent")
        with self._counters:
            self.calls += 1
        try:
            answer = self._execute(replace(call, marker=entry_id, marked_at=left_at) if entry_id else call)
        except SourceError as error:
            self._store_failure(call, error, entry_id, resumed=resumed)
            with self._counters:
                self.cost_usd += error.cost_usd
            raise
        crash_point("after_execute")
        charged, warning = self._compared(call, answer.cost_usd)
        if warning:
            answer = replace(answer, cost_usd=charged, note=f"{answer.note} {warning}".strip())
        self._store(call, answer, entry_id, state="adopted" if resumed else "settled")
        crash_point("after_answer_stored")
        with self._counters:
            self.cost_usd += answer.cost_usd
            self.is_simulated |= answer.is_simulated
        return answer

    def _intend(self, call: Call) -> tuple[str, datetime | None]:
        """The ledger's entry for this call, and when it was made where an attempt which died has left it."""
        if not ledger.needs_entry(call):
            return "", None
        # the simulated world has its own calendar, and so has its money
        moment = self.now if self._in_sandbox else datetime.now(UTC)

        def work(connection: psycopg.Connection) -> tuple[str, datetime | None]:
            if call.starts_a_run and (
                left := ledger.open_entry(connection, call, source=self.source, observed_date=self.day)
            ):
                return left
            entry_id = ledger.reserve(
                connection,
                call,
                source=self.source,
                observed_date=self.day,
                collection_id=self.collection_id,
                settings=self.settings,
                moment=moment,
                is_simulated=self._in_sandbox,
            )
            return entry_id, None

        return self.warehouse.transact(work, doing="Reserving money in the ledger")

    def _store(
        self, call: Call, answer: Answer, entry_id: str, *, state: ledger.Settlement | None, is_an_answer: bool = True
    ) -> None:
        """Store an answer and settle its entry, in one transaction; `state` None leaves the intent as it is."""
        capture_id = str(uuid.uuid4())  # one id for all tries: a commit whose answer was lost is not stored twice

        def work(connection: psycopg.Connection) -> None:
            if is_an_answer:
                self._insert(connection, capture_id, call, answer)
            if entry_id and state:
                ledger.settle(
                    connection,
                    entry_id,
                    state=state,
                    cost_usd=answer.cost_usd,
                    units=answer.units or None,
                    external_run_id=answer.external_run_id,
                )

        self.warehouse.transact(
            work,
            doing=f"Storing {'a failed' if answer.outcome == 'failed' else 'an'} answer of {self.source}",
            tries=STORE_TRIES,
        )

    def _compared(self, call: Call, charged: float) -> tuple[float, str]:
        """What counts as charged, and a sentence when it is more than was reserved: then a price has changed, and the
        budget is no longer kept. What no call costs is taken for unknown, and the reservation is counted."""
        counts, counted = charged, ""
        if not ledger.is_price(charged):
            counts, counted = call.max_cost_usd, ", and the reservation is counted"
        elif charged <= call.max_cost_usd + 1e-6 or not ledger.needs_entry(call):
            return charged, ""
        warning = (
            f"{call.endpoint} was charged with {charged:.4f} USD where at most {call.max_cost_usd:.4f} was reserved: "
            f"compare its price with the settings{counted}."
        )
        with self._counters:
            self.problems.append(warning)
        self._say(warning)
        return counts, warning

    def _store_failure(self, call: Call, error: SourceError, entry_id: str, *, resumed: bool) -> None:
        """Keep what the provider said, and settle what it cost. A start whose outcome nobody knows stays an intent:
        the next attempt looks for the run before it starts another. What was certainly refused is given back."""
        error.cost_usd, warning = self._compared(call, error.cost_usd)
        unknown = error.is_open is True or (call.starts_a_run and _may_be_under_way(error, resumed=resumed))
        failed = Answer(
            call=call, status=error.status or 0, body=error.body or b"",
            fetched_at=self.now if self._in_sandbox else datetime.now(UTC), cost_usd=error.cost_usd, units=error.units,
            outcome="failed", note=f"{error} {warning}".strip(), external_run_id=error.external_run_id,
            is_simulated=self._in_sandbox,
        )  # fmt: skip
        state: ledger.Settlement = "settled" if error.cost_usd or error.units else "released"
        try:
            self._store(
                call, failed, entry_id,
                state=None if unknown else state, is_an_answer=error.status is not None,
            )  # fmt: skip
        except WarehouseError as trouble:
            error.add_note(f"The failure could not be stored either: {trouble}")

    def _insert(self, connection: psycopg.Connection, capture_id: str, call: Call, answer: Answer) -> None:
        body = hide(answer.body, self._secrets)
        connection.execute(
            "INSERT INTO capture.answers (capture_id, observed_date, source, provider, request_key, request, "
            "collection_id, collected_at, fetched_at, status, outcome, note, body, body_bytes, body_sha256, cost_usd, "
            "units, external_run_id, is_simulated) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %b, %s, %s, "
            "%s, %s, %s, %s) ON CONFLICT (capture_id) DO NOTHING",
            (
                capture_id, self.day, self.source, call.provider, call.key, Jsonb(self._stored_request(call)),
                self.collection_id, self.now, answer.fetched_at, answer.status, answer.outcome,
                clean_text(self._redacted(answer.note), limit=NOTE_LIMIT) or None, zstandard.compress(body), len(body),
                hashlib.sha256(body).hexdigest(), answer.cost_usd, answer.units, answer.external_run_id or None,
                answer.is_simulated,
            ),
        )  # fmt: skip

    def _stored_request(self, call: Call) -> dict[str, Any]:
        """The request as JSON that Postgres can hold, without any configured secret."""
        text = json.dumps(call.request, ensure_ascii=False, default=str)
        return json.loads(self._redacted(clean_text(text).replace("\\u0000", "")))

    def _redacted(self, text: str) -> str:
        return hide_text(text, self._secrets)


def _who(connection_name: str | None, since: datetime | None) -> str:
    """The holder of a call, for people; another role's connection has no name for us."""
    collection = (connection_name or "").removeprefix(ASKING)
    named = f"the run {collection[:8]}" if collection and collection != connection_name else "another process"
    return f"{named} (since {since:%H:%M} UTC)" if since else named


def _may_be_under_way(error: SourceError, *, resumed: bool) -> bool:
    """Whether what was started may go on, and be charged, after this error. An entry that an earlier attempt has left
    may stand for its run whatever this one was refused for."""
    if error.is_open is not None:
        return error.is_open or (resumed and not error.cost_usd)
    return (resumed or (error.can_heal and not isinstance(error, Throttled))) and not error.cost_usd


# --- what is stored -------------------------------------------------------------------------------------------------


def stored_answers(warehouse: Warehouse, source: str, day: date) -> Iterator[StoredAnswer]:
    """The usable answers (ok and partial) of a source and day in the order in which they were fetched.

    Streamed: one body at a time is in memory. Raises WarehouseError when a body is not what was stored.
    """
    query = (
        f"SELECT {_ANSWER} FROM capture.answers WHERE observed_date = %s AND source = %s AND outcome = ANY(%s) "
        "ORDER BY fetched_at, capture_id"
    )
    with (
        warehouse.connect(autocommit=False, doing=f"Reading the answers of {source} of {day}") as connection,
        connection.cursor(name="stored_answers", binary=True) as cursor,
    ):
        cursor.itersize = 20
        cursor.execute(query, (day, source, list(REPLAYED)))
        for row in cursor:
            yield _stored(row)


def has_answers(warehouse: Warehouse, source: str, day: date) -> bool:
    """Whether the day has any usable answer of this source."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM capture.answers WHERE observed_date = %s AND source = %s AND outcome = ANY(%s))"
    )
    return warehouse.transact(
        lambda connection: bool(only_row(connection, query, (day, source, list(REPLAYED)))[0]),
        doing=f"Looking for answers of {source} of {day}",
    )


def _stored(row: tuple[Any, ...]) -> StoredAnswer:
    (capture_id, collected_at, request, status, packed, sha256, fetched_at, cost, units, outcome, note, run_id,
     is_simulated) = row  # fmt: skip
    try:
        body = stored_body(packed, capture_id)
    except zstandard.ZstdError:
        body = b""
    if hashlib.sha256(body).hexdigest() != sha256:
        raise WarehouseError(
            f"The stored body of capture {capture_id} is damaged (its hash differs): delete its row, "
            "then collect the source with force, or restore the database."
        )
    answer = Answer(
        call=Call.from_request(request),
        status=status,
        body=body,
        fetched_at=fetched_at,
        cost_usd=float(cost),
        units=units,
        outcome=outcome,
        note=note or "",
        external_run_id=run_id or "",
        is_simulated=is_simulated,
    )
    return StoredAnswer(capture_id, collected_at, answer)
