"""Fetches covers as captured answers, through the guarded fetcher. A cover that cannot be had is an answer too: empty
body, and the reason as `word: sentence` in its note."""

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.comet_covers.collect import PROVIDER
from trend_assets.sources.errors import SourceError, SourceUnavailable, WrongContent
from trend_assets.sources.fetch import Fetched, Fetcher, as_sent
from trend_assets.sources.pictures import image_size

MAX_ADDRESSES = 6
MOST_HELD_BYTES, MOST_HELD = 64_000_000, 5_000
"""Pictures of one collection that are held for posts that show the same; the oldest go first."""


class CoverClient:
    """Tries a cover's addresses in order and keeps the first picture that can be decoded. Thread-safe; an address is
    asked once, however many posts and threads want it."""

    def __init__(self, fetcher: Fetcher, *, now: datetime | None = None, is_sandbox: bool = False) -> None:
        self._fetcher = fetcher
        self._now = now
        self._is_sandbox = is_sandbox
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, Future[Fetched]] = OrderedDict()
        self._held_bytes = 0

    def execute(self, call: Call) -> Answer:
        """The picture's bytes, or an empty answer with the reason. Raises SourceUnavailable when only unreachable hosts
        stood in the way: that may heal."""
        urls = [url for url in call.context.get("urls") or () if isinstance(url, str)][:MAX_ADDRESSES]
        if not urls:
            return self._missing(call, "no_address: The post came without an address of its cover.")
        problem: SourceError | None = None
        unreachable: SourceUnavailable | None = None
        for url in urls:
            try:
                fetched = self._fetched(url)
            except SourceUnavailable as error:
                unreachable = error
            except SourceError as error:
                # a picture in a format that we cannot decode says more than an address that has expired
                problem = error if problem is None or isinstance(error, WrongContent) else problem
            else:
                return self._picture(call, fetched)
        if unreachable is not None:
            unreachable.provider = PROVIDER
            raise unreachable
        assert problem is not None
        return self._missing(call, f"{problem.word}: {problem}", status=problem.status or 404)

    def _fetched(self, url: str) -> Fetched:
        """The picture behind an address: fetched by who asks first, waited for by the others. Raises SourceError."""
        address = as_sent(url)
        with self._lock:
            mine = address not in self._asked
            asked = self._asked.setdefault(address, Future())
        if mine:
            try:
                fetched = self._fetcher.fetch(url)
                image_size(fetched.body)
                asked.set_result(fetched)
            except SourceError as error:
                asked.set_exception(error)
            finally:
                asked.cancel()  # an error of ours: nobody waits for ever
            self._make_room(asked)
        return asked.result()

    def _make_room(self, asked: "Future[Fetched]") -> None:
        with self._lock:
            self._held_bytes += _size(asked)
            while self._held_bytes > MOST_HELD_BYTES or len(self._asked) > MOST_HELD:
                url = next((url for url, each in self._asked.items() if each.done()), None)
                if url is None:
                    return
                self._held_bytes -= _size(self._asked.pop(url))

    def _picture(self, call: Call, cover: Fetched) -> Answer:
        return Answer(call=call, status=200, body=cover.body, fetched_at=self._clock(), is_simulated=cover.is_simulated)

    def _missing(self, call: Call, note: str, *, status: int = 404) -> Answer:
        return Answer(
            call=call, status=status, body=b"", fetched_at=self._clock(), note=note, is_simulated=self._is_sandbox
        )

    def _clock(self) -> datetime:
        if self._now is not None:
            return self._now.astimezone(UTC) + timedelta(seconds=time.monotonic() - self._started)
        return datetime.now(UTC)

    def close(self) -> None:
        self._fetcher.close()


def _size(asked: "Future[Fetched]") -> int:
    return 0 if asked.cancelled() or asked.exception() else len(asked.result().body)
