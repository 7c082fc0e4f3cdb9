"""One attempt of a media job, from claim to audit; everything that may go wrong becomes a state with a sentence.

claim ─▶ download (guarded) ─▶ keep by content ─▶ probe ─▶ audit ─▶ asset + audit + completed, in one transaction
"""

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from trend_assets.media import jobs
from trend_assets.media.audit import Audit, FaceFinding, audit
from trend_assets.media.downloader import PageFacts, Wall, download_page
from trend_assets.media.faces import judge_cover
from trend_assets.media.policy import Refused, Target, file_hosts, target_of
from trend_assets.media.probe import Probed, Unreadable, probe
from trend_assets.media.records import store_result, trending_sample
from trend_assets.platforms import SANDBOX_FILMS
from trend_assets.settings import Settings
from trend_assets.sources import errors
from trend_assets.sources.fetch import Fetcher
from trend_assets.warehouse.errors import WarehouseUnavailable
from trend_assets.warehouse.files import FolderRefused, free_space, said_of
from trend_assets.warehouse.media_folder import FILE_LOCK, MediaFolder, StoredFile
from trend_assets.warehouse.tombstones import ErasedPerson, require_not_erased

HEARTBEAT_SECONDS = 10
FREE_BYTES = 500_000_000  # left on the disk besides the largest file that may come
_KINDS: tuple[tuple[type[Exception], jobs.ErrorKind], ...] = (
    (Refused, "refused"),
    (ErasedPerson, "refused"),
    (errors.ForbiddenTarget, "refused"),
    (errors.Expired, "expired"),
    (errors.NotFound, "expired"),
    (errors.TooLarge, "too_large"),
    (errors.WrongContent, "wrong_type"),
    (Unreadable, "wrong_type"),
    (errors.BadRequest, "refused"),
    (errors.SourceError, "unavailable"),
    (FolderRefused, "unavailable"),
    (OSError, "unavailable"),
)


@dataclass(frozen=True)
class Worker:
    """What attempts use. `wall` overrides the limits in tests, `now` the clock."""

    connect: Callable[[], contextlib.AbstractContextManager[psycopg.Connection]]
    settings: Settings
    state_dir: Path
    wall: Wall | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def attempt(self, *, job_id: str, attempt: int, run_id: str) -> dict[str, Any] | None:
        """Run one attempt to its end; the job's row afterwards, None when the attempt was not there to be had."""
        with self.connect() as connection:
            job = jobs.claim(connection, job_id=job_id, attempt=attempt, run_id=run_id, now=self.now())
        if job is None:
            return None
        with self._beating(job_id, attempt) as alive:
            try:
                self._work(job, attempt, alive)
            except jobs.AttemptLost:
                return None
            except Exception as error:
                kind = next((kind for known, kind in _KINDS if isinstance(error, known)), None)
                if "deadline" in str(error) or isinstance(error, TimeoutError):
                    kind = "timeout"
                with self.connect() as connection:
                    jobs.fail(
                        connection,
                        job_id=job_id,
                        attempt=attempt,
                        kind=kind or "crashed",
                        error=str(error)
                        if kind
                        else f"The attempt ended in an error of ours ({type(error).__name__}).",
                        now=self.now(),
                    )
                if kind is None:
                    raise
        with self.connect() as connection:
            return jobs.job_of(connection, job_id=job_id, user_id=job["user_id"])

    def _work(self, job: dict[str, Any], attempt: int, alive: Callable[[], None]) -> None:
        target = target_of(job["url"], settings=self.settings)
        folder = MediaFolder(self.state_dir)
        with (
            said_of(folder.root, "Storing the download"),
            folder.incoming() as incoming,
            contextlib.ExitStack() as stack,
        ):
            self._require_room(folder)
            stack.enter_context(self._alone_with(target.url))
            facts, is_simulated = self._had_today(target, job, folder, incoming) or self._download(
                target, incoming, alive
            )
            self._state(job, attempt, "processing")
            # what the decoder refuses never enters the folder
            looked = folder.look_at(incoming)
            cover_file = incoming.with_name("cover.jpg")
            probed = probe(incoming, cover_file, content_type=looked.content_type)
            alive()
            face = judge_cover(cover_file, settings=self.settings)
            with self._alone_with(looked.sha256):
                try:
                    stored = folder.keep(incoming)
                    cover = folder.keep_cover(cover_file, of=stored.sha256)
                    self._finish(job, attempt, target, stored, cover, probed, face, facts, is_simulated)
                except BaseException:
                    self._remove_unclaimed(folder, looked.sha256)
                    raise

    @contextlib.contextmanager
    def _alone_with(self, what: str) -> Iterator[None]:
        """Nobody else fetches this address, or stores or removes the file of this hash, meanwhile: another job may want
        or have brought the same."""
        with self.connect() as connection:
            connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"{FILE_LOCK}{what}",))
            yield

    def _had_today(
        self, target: Target, job: dict[str, Any], folder: MediaFolder, destination: Path
    ) -> tuple[PageFacts, bool] | None:
        """The file that another job brought from this address today; None where it has to be fetched. Only the page
        itself says its caption, so a page is read anew for who gives none."""
        if target.kind == "page" and not job["caption"]:
            return None
        with self.connect() as connection:
            known = connection.execute(
                "SELECT path, external_id, assets.creator_id, assets.creator_handle, assets.is_simulated "
                "FROM media.download_jobs JOIN media.assets USING (sha256) WHERE url = %s AND state = 'completed' "
                "AND finished_at >= date_trunc('day', %s::timestamptz, 'UTC') ORDER BY finished_at DESC LIMIT 1",
                (target.url, self.now()),
            ).fetchone()
        if known is None or not folder.is_here(known[0]):
            return None
        shutil.copyfile(folder.open_path(known[0]), destination)
        return PageFacts(known[1], known[2], known[3], None), known[4]

    def _remove_unclaimed(self, folder: MediaFolder, sha256: str) -> None:
        """A file that nobody's row leads to must not stay: its job was erased or given up meanwhile."""
        with self.connect() as connection:
            claimed = connection.execute("SELECT 1 FROM media.assets WHERE sha256 = %s", (sha256,)).fetchone()
        if claimed is None:
            folder.remove(sha256)

    def _download(self, target: Target, destination: Path, alive: Callable[[], None]) -> tuple[PageFacts, bool]:
        wall = self.wall or Wall(self.settings.media_max_bytes, self.settings.media_timeout_seconds)
        if target.kind == "page":
            return download_page(target.url, destination, platform=target.platform, wall=wall, alive=alive), False
        parts = urlsplit(target.url)
        sandbox = frozenset({(parts.hostname or "", parts.port or 80)}) if target.is_simulated else frozenset()
        fetcher = Fetcher(
            max_bytes=wall.max_bytes,
            deadline_seconds=wall.seconds,
            allowed_hosts=None if target.is_simulated else file_hosts(target.platform),
            sandbox=sandbox,
            test_targets=wall.test_targets,
            resolver=wall.resolver,
        )
        try:
            with destination.open("wb") as sink:
                fetched = fetcher.download(target.url, sink, kind="media")
        finally:
            fetcher.close()
        return PageFacts(None, None, target.creator_handle, None), fetched.is_simulated

    def _finish(
        self,
        job: dict[str, Any],
        attempt: int,
        target: Target,
        stored: StoredFile,
        cover: str,
        probed: Probed,
        face: FaceFinding,
        facts: PageFacts,
        is_simulated: bool,
    ) -> None:
        now = self.now()
        with self.connect() as connection:
            platform = SANDBOX_FILMS if target.platform == "sandbox" else target.platform
            result: Audit = audit(
                width=probed.width,
                height=probed.height,
                duration_seconds=probed.duration_seconds,
                face=face,
                caption=job["caption"] or facts.caption,
                sample=trending_sample(connection, platform=platform, now=now),
            )
            with connection.transaction():
                handle = facts.creator_handle or job["creator_handle"]
                require_not_erased(connection, platform, external_id=facts.creator_id, handle=handle)
                store_result(
                    connection,
                    job=job,
                    target=target,
                    stored=stored,
                    cover=cover,
                    probed=probed,
                    facts=facts,
                    face=face,
                    result=result,
                    is_simulated=is_simulated,
                    now=now,
                )
                jobs.complete(connection, job_id=job["job_id"], attempt=attempt, sha256=stored.sha256, now=now)

    def _state(self, job: dict[str, Any], attempt: int, state: jobs.JobState) -> None:
        with self.connect() as connection:
            jobs.heartbeat(connection, job_id=job["job_id"], attempt=attempt, state=state, now=self.now())

    def _require_room(self, folder: MediaFolder) -> None:
        free = shutil.disk_usage(folder.root).free
        if free < self.settings.media_max_bytes + FREE_BYTES:
            raise FolderRefused(
                f"Nothing was downloaded: {free_space(folder.root)} on the disk of {folder.root}, too little for the "
                "largest file that may come. Please free some space there, then ask again."
            )

    @contextlib.contextmanager
    def _beating(self, job_id: str, attempt: int) -> Iterator[Callable[[], None]]:
        """Say every few seconds that the attempt lives; the function raises AttemptLost once it was given up."""
        stop = threading.Event()
        lost: list[jobs.AttemptLost] = []

        def beat() -> None:
            while not stop.wait(HEARTBEAT_SECONDS):
                try:
                    with self.connect() as connection:
                        jobs.heartbeat(connection, job_id=job_id, attempt=attempt, now=self.now())
                except (psycopg.OperationalError, WarehouseUnavailable):
                    continue  # the database is away for a moment; the next beat or the end of the attempt will tell
                except jobs.AttemptLost as error:
                    lost.append(error)
                    return

        def alive() -> None:
            if lost:
                raise lost[0]

        thread = threading.Thread(target=beat, name=f"media heartbeat {job_id}", daemon=True)
        thread.start()
        try:
            yield alive
        finally:
            stop.set()
            thread.join(timeout=HEARTBEAT_SECONDS)
