"""Paid answers between their arrival and their commit: a file each in the state folder, so that a kill, an outage of
Postgres or a full disk in that moment does not buy the same answer twice.

    execute ──▶ file of an attempt that died? ──▶ its answer, adopted: the provider is not asked
            └─▶ provider ──▶ file ──▶ answer ──▶ (captures store it) ──▶ file deleted

For reads of live providers only: a start (POST) is found again by its marker at the provider, and simulated money is no
money. The next attempt must run on the same machine; files that nobody came for are deleted after two days.
"""

import contextlib
import hashlib
import json
import os
import shutil
import time
from datetime import date, datetime
from pathlib import Path

from trend_assets.capture import ledger
from trend_assets.sources.call import Answer, Call, Obtain
from trend_assets.sources.errors import SourceError
from trend_assets.warehouse.warehouse import Warehouse

FOLDER = "spool"
KEPT_SECONDS = 2 * 86_400
LEAST_FREE_BYTES = 50_000_000
"""Two answers of the greatest size: with less, what is paid for may find no place."""


class Spool:
    """The files of one collection. `around` wraps what asks the provider, `until_stored` what stores the answer.

    `collection_id` keeps forced collections apart; empty for all that may replay one another."""

    def __init__(self, folder: Path, warehouse: Warehouse, *, source: str, day: date, collection_id: str = "") -> None:
        self._folder, self._warehouse = folder, warehouse
        self._scope = f"{source} {day} {collection_id}"
        # where nothing may be written (a pod with a read-only disk) there is no net, and everything else works
        with contextlib.suppress(OSError):
            folder.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            for path in folder.iterdir():
                if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                    path.unlink()

    def around(self, execute: Obtain) -> Obtain:
        """`execute`, with each paid answer kept in a file before it is returned, and taken from there when an earlier
        attempt left it. Refuses to pay (SourceError) where the disk has no room for the answer."""

        def spooled(call: Call) -> Answer:
            if not _is_kept(call):
                return execute(call)
            path = self._path(call)
            if (left := _read(path, call)) is not None:
                answer, marker = left
                # that attempt's reservation would count the same money once more
                self._warehouse.transact(
                    lambda connection: ledger.settle(connection, marker, state="released"), doing="Adopting an answer"
                )
            else:
                self._require_room(call)
                answer = execute(call)
            _write(path, answer, call.marker)
            return answer

        return spooled

    def until_stored(self, obtain: Obtain) -> Obtain:
        """`obtain`, after which the answer is in the database and its file is gone."""

        def stored(call: Call) -> Answer:
            answer = obtain(call)
            if _is_kept(call):
                with contextlib.suppress(OSError):
                    self._path(call).unlink()
            return answer

        return stored

    def _path(self, call: Call) -> Path:
        # an ending that an erasure looks into: who is erased meanwhile is not adopted either
        return self._folder / f"{hashlib.sha256(f'{self._scope} {call.key}'.encode()).hexdigest()}.json"

    def _require_room(self, call: Call) -> None:
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return
        if free < LEAST_FREE_BYTES:
            raise SourceError(
                f"The disk of the state folder has {free / 1e6:.0f} MB left, too little to keep an answer that is paid "
                f"for: {call.provider} was not asked. Free some space, then run it again.",
                provider=call.provider,
            )


def _is_kept(call: Call) -> bool:
    return call.method == "GET" and call.max_cost_usd > 0


def _write(path: Path, answer: Answer, marker: str) -> None:
    about = {
        "status": answer.status, "fetched_at": answer.fetched_at.isoformat(), "cost_usd": answer.cost_usd,
        "units": answer.units, "outcome": answer.outcome, "note": answer.note, "run": answer.external_run_id,
        "marker": marker, "sha256": hashlib.sha256(answer.body).hexdigest(),
    }  # fmt: skip
    new = path.with_suffix(f".{os.getpid()}")
    # without room the answer is still on its way to the database
    with contextlib.suppress(OSError):
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(json.dumps(about).encode() + b"\n" + answer.body)
        new.replace(path)


def _read(path: Path, call: Call) -> tuple[Answer, str] | None:
    """The kept answer and the ledger's entry of the attempt that paid for it, None when there is none or it is not what
    was written (an erasure may have been at it)."""
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        about = json.loads(head)
        if hashlib.sha256(body).hexdigest() != about["sha256"]:
            return None
        answer = Answer(
            call=call, status=about["status"], body=body, fetched_at=datetime.fromisoformat(about["fetched_at"]),
            cost_usd=about["cost_usd"], units=about["units"], outcome=about["outcome"], note=about["note"],
            external_run_id=about["run"],
        )  # fmt: skip
        return answer, about["marker"]
    except (OSError, ValueError, KeyError):
        return None
