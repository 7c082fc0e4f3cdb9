"""Looking at pictures in child processes: whatever a picture does to a decoder, the caller gets an answer.

    parent ──(4-byte length, bytes)──▶ child: limits on memory and time ──(JSON line)──▶ parent

A child that dies or hangs costs one picture ("not judged: …") and is started anew. Plain pipes to a fresh interpreter:
forking a process with threads is not safe, and multiprocessing's spawn would import the caller's main module. The child
gets no environment but its import path, so no secret is where hostile bytes are decoded.
"""

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TypeVar

from trend_assets.faces.verdict import MIN_SHARE, Seen

Key = TypeVar("Key")

MEMORY_BYTES = 280_000_000
"""What a child may allocate beyond its imports: 40 million pixels in colour are 120 MB, held twice."""

SECONDS = 20
"""CPU seconds for one picture; the worst that passes the header takes 2."""

_PENDING_PER_WORKER = 2
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Children share the cores already."""


class _Child:
    """One child process, started when first used and again after it died."""

    def __init__(self, min_share: float, detector: str, yunet_model: Path | None) -> None:
        self._arguments = [str(min_share), detector, str(yunet_model or "")]
        self._process: subprocess.Popen[bytes] | None = None

    def look_at(self, data: bytes) -> Seen:
        process = self._process or self._start()
        timer = threading.Timer(SECONDS * 3, process.kill)
        timer.start()
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(struct.pack(">I", len(data)) + data)
            process.stdin.flush()
            line = process.stdout.readline()
        except (BrokenPipeError, OSError):
            line = b""
        finally:
            timer.cancel()
        if line:
            return Seen(**json.loads(line))
        code = self.close()
        return Seen(reason=f"The decoder's process ended while it looked at the picture ({_cause(code)}).")

    def _start(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": path, "OPENCV_LOG_LEVEL": "OFF", "LC_ALL": "C.UTF-8", **_ONE_THREAD},
        )
        return self._process

    def close(self) -> int | None:
        """End the child; its exit code (negative: the signal), None when there was none."""
        process, self._process = self._process, None
        if process is None:
            return None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        try:
            return process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


class FacePool:
    """Looks at pictures in `workers` child processes. A context manager; the children end with it.

    Raises ValueError when the detector cannot be used here: that is a setting to mend, not a bad picture."""

    def __init__(
        self,
        *,
        workers: int | None = None,
        min_share: float = MIN_SHARE,
        detector: str = "auto",
        yunet_model: Path | None = None,
    ) -> None:
        from trend_assets.faces.choice import detector_of

        detector_of(detector, yunet_model)
        self._workers = workers or len(os.sched_getaffinity(0))
        self._children = [_Child(min_share, detector, yunet_model) for _ in range(self._workers)]
        self._free: SimpleQueue[_Child] = SimpleQueue()
        for child in self._children:
            self._free.put(child)
        self._threads = ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="faces")

    def __enter__(self) -> "FacePool":
        return self

    def __exit__(self, *exception: object) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for child in self._children:
            child.close()

    def look_at_all(self, pictures: Iterable[tuple[Key, bytes]]) -> Iterator[tuple[Key, Seen]]:
        """(key, what was seen) for each picture, as they are done. Takes pictures as workers become free, so that a
        day's covers are never in memory at once."""
        running: dict[Future[Seen], Key] = {}
        for key, data in pictures:
            running[self._threads.submit(self._one, data)] = key
            if len(running) >= self._workers * _PENDING_PER_WORKER:
                yield from _finished(running)
        while running:
            yield from _finished(running)

    def _one(self, data: bytes) -> Seen:
        child = self._free.get()
        try:
            return child.look_at(data)
        finally:
            self._free.put(child)


def _finished(running: dict[Future[Seen], Key]) -> Iterator[tuple[Key, Seen]]:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        yield running.pop(future), future.result()


def _cause(code: int | None) -> str:
    if code is None:
        return "it was gone"
    if code < 0:
        return {-9: "stopped: too slow or out of memory", -24: "too slow"}.get(code, f"signal {-code}")
    return f"exit code {code}"


def _limit_memory() -> None:
    """No more than MEMORY_BYTES beyond what the imports hold."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    limit = pages * resource.getpagesize() + MEMORY_BYTES if pages else resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time() -> None:
    """SECONDS of CPU from now; the kernel ends the process after that."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + SECONDS, resource.getrlimit(resource.RLIMIT_CPU)[1])
    )


def serve(source: IO[bytes], target: IO[bytes], *, min_share: float, choice: str, yunet_model: Path | None) -> None:
    """The child's loop: one picture in, one line out, until the pipe closes."""
    from trend_assets.faces.choice import detector_of
    from trend_assets.faces.verdict import look_at

    detector, name = detector_of(choice, yunet_model)
    _limit_memory()
    while len(length := source.read(4)) == 4:
        _limit_time()
        data = source.read(struct.unpack(">I", length)[0])
        try:
            seen = look_at(data, min_share=min_share, detector=detector, name=name)
        except MemoryError:
            seen = Seen(reason=f"Decoding the picture needs more than {MEMORY_BYTES // 1_000_000} MB.")
        target.write(json.dumps(asdict(seen)).encode() + b"\n")
        target.flush()


if __name__ == "__main__":
    _share, _choice, _model = sys.argv[1:]
    serve(
        sys.stdin.buffer,
        sys.stdout.buffer,
        min_share=float(_share),
        choice=_choice,
        yunet_model=Path(_model) if _model else None,
    )
