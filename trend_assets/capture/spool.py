"""Paid answers between their arrival and their commit: a row each in `capture.spool`, so that a kill, a lost machine or
a failed commit in that moment does not buy the same answer twice.

    execute ──▶ kept by an attempt that died? ──▶ its answer, adopted: the provider is not asked
            └─▶ provider ──▶ kept ──▶ answer ──▶ (captures store it) ──▶ no longer kept

A commit of its own, with nothing in it that could be refused: no ledger, no other row. While Postgres is away the
answer waits in a file of the state folder instead, which is better than nowhere: the next attempt must then run on the
same machine. For reads of live providers only: a start (POST) is found again by its marker at the provider, and
simulated money is no money. What nobody came for goes after two days (`privacy/sweeping.py`).
"""

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import zstandard
from psycopg.types.json import Jsonb

from trend_assets.capture import ledger
from trend_assets.sources.call import Answer, Call, Obtain
from trend_assets.sources.errors import SourceError
from trend_assets.sources.redact import hide, hide_text
from trend_assets.text import clean_text
from trend_assets.warehouse.errors import WarehouseError
from trend_assets.warehouse.files import written_aside
from trend_assets.warehouse.warehouse import Warehouse

FOLDER = "spool"
KEPT_SECONDS = 2 * 86_400
LEAST_FREE_BYTES = 50_000_000
"""Two answers of the greatest size: with less, what is paid for may find no place."""


class Spool:
    """The kept answers of one collection. `around` wraps what asks the provider, `until_stored` what stores the answer.

    `collection_id` keeps forced collections apart; empty for all that may replay one another. `secrets` are taken out
    of what is kept."""

    def __init__(
        self,
        folder: Path,
        warehouse: Warehouse,
        *,
        source: str,
        day: date,
        collection_id: str = "",
        secrets: Sequence[str] = (),
    ) -> None:
        self._folder, self._warehouse, self._secrets = folder, warehouse, secrets
        self._scope = f"{source} {day} {collection_id}"
        # where nothing may be written (a pod with a read-only disk) there are no files, and everything else works
        with contextlib.suppress(OSError):
            folder.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            for path in folder.iterdir():
                with contextlib.suppress(OSError):
                    if path.lstat().st_mtime < time.time() - KEPT_SECONDS:
                        path.unlink()

    def around(self, execute: Obtain) -> Obtain:
        """`execute`, with each paid answer kept before it is returned, and taken from there when an earlier attempt
        left it. Refuses to pay (SourceError) where the disk has no room for the answer."""

        def spooled(call: Call) -> Answer:
            if not _is_kept(call):
                return execute(call)
            if (left := self._left(call)) is not None:
                answer, marker = left
                # that attempt's reservation would count the same money once more
                self._warehouse.transact(
                    lambda connection: ledger.settle(connection, marker, state="released"), doing="Adopting an answer"
                )
            else:
                self._require_room(call)
                answer = execute(call)
            self._keep(answer, call)
            return answer

        return spooled

    def until_stored(self, obtain: Obtain) -> Obtain:
        """`obtain`, after which the answer is among the others and kept here no longer."""

        def stored(call: Call) -> Answer:
            answer = obtain(call)
            if _is_kept(call):
                self._forget(call)
            return answer

        return stored

    def _left(self, call: Call) -> tuple[Answer, str] | None:
        """The kept answer and the ledger's entry of the attempt that paid for it."""
        row = self._warehouse.transact(
            lambda connection: connection.execute(
                "SELECT about, body FROM capture.spool WHERE spool_key = %s", (self._key(call),), binary=True
            ).fetchone(),
            doing="Looking for an answer that is paid for",
        )
        if row is not None:
            with contextlib.suppress(zstandard.ZstdError):
                return _answer(call, row[0], zstandard.decompress(row[1]))
        return _read(self._path(call), call)

    def _keep(self, answer: Answer, call: Call) -> None:
        body = hide(answer.body, self._secrets)
        about = _about(answer, call.marker, body, clean_text(hide_text(answer.note, self._secrets)))

        def work(connection: psycopg.Connection) -> None:
            connection.execute(
                "INSERT INTO capture.spool (spool_key, about, body, written_at) VALUES (%s, %s, %b, clock_timestamp()) "
                "ON CONFLICT (spool_key) DO UPDATE SET about = excluded.about, body = excluded.body, "
                "written_at = excluded.written_at",
                (self._key(call), Jsonb(about), zstandard.compress(body)),
            )

        try:
            self._warehouse.transact(work, doing="Keeping an answer that is paid for", tries=1)
        except WarehouseError:
            _write(self._path(call), about, body)

    def _forget(self, call: Call) -> None:
        # what is left behind is not read: the stored answer is found before
        with contextlib.suppress(WarehouseError):
            self._warehouse.transact(
                lambda connection: connection.execute(
                    "DELETE FROM capture.spool WHERE spool_key = %s", (self._key(call),)
                ),
                doing="Forgetting a kept answer",
            )
        with contextlib.suppress(OSError):
            self._path(call).unlink()

    def _key(self, call: Call) -> str:
        return hashlib.sha256(f"{self._scope} {call.key}".encode()).hexdigest()

    def _path(self, call: Call) -> Path:
        # an ending that an erasure looks into: who is erased meanwhile is not adopted either
        return self._folder / f"{self._key(call)}.json"

    def _require_room(self, call: Call) -> None:
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return
        if free < LEAST_FREE_BYTES:
            raise SourceError(
                f"The disk of {self._folder} has {free / 1e6:.0f} MB left, too little to keep an answer that is paid "
                f"for: {call.provider} was not asked. Free some space, then run it again.",
                provider=call.provider,
            )


def forget_unclaimed(warehouse: Warehouse, *, before: datetime) -> int:
    """Remove the rows that nobody came for; how many."""
    return warehouse.transact(
        lambda connection: connection.execute("DELETE FROM capture.spool WHERE written_at < %s", (before,)).rowcount,
        doing="Forgetting kept answers",
    )


def _is_kept(call: Call) -> bool:
    return not call.starts_a_run and call.max_cost_usd > 0


def _about(answer: Answer, marker: str, body: bytes, note: str) -> dict[str, Any]:
    return {
        "status": answer.status, "fetched_at": answer.fetched_at.isoformat(), "cost_usd": answer.cost_usd,
        "units": answer.units, "outcome": answer.outcome, "note": note, "run": answer.external_run_id,
        "marker": marker, "sha256": hashlib.sha256(body).hexdigest(),
    }  # fmt: skip


def _answer(call: Call, about: Mapping[str, Any], body: bytes) -> tuple[Answer, str] | None:
    """The answer and its ledger entry; None where the body is not what was kept (an erasure may have been at it), or
    what is said about it is not what this version says."""
    try:
        if hashlib.sha256(body).hexdigest() != about["sha256"]:
            return None
        answer = Answer(
            call=call, status=int(about["status"]), body=body,
            fetched_at=datetime.fromisoformat(about["fetched_at"]), cost_usd=float(about["cost_usd"]),
            units=int(about["units"]), outcome=about["outcome"], note=about["note"], external_run_id=about["run"],
        )  # fmt: skip
        return answer, str(about["marker"])
    except (KeyError, TypeError, ValueError):
        return None


# --- files, while Postgres is away ------------------------------------------------------------------------------------


def _write(path: Path, about: Mapping[str, Any], body: bytes) -> None:
    # without room the answer is still on its way to the database
    with (
        contextlib.suppress(OSError),
        written_aside(path) as aside,
        os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
    ):
        file.write(json.dumps(about).encode() + b"\n" + body)


def _read(path: Path, call: Call) -> tuple[Answer, str] | None:
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        return _answer(call, json.loads(head), body)
    except (OSError, ValueError):
        return None
