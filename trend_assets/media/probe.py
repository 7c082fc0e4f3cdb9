"""Looks into a downloaded file in a process of its own: size, length, first frame. Run as a module with two paths.

A decoder that a hostile file crashes, starves or takes over has little to take: no network, no playlist, limits on
memory, time and file size, and only a JPEG and one line of JSON come out.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MEMORY_BYTES = 2_000_000_000  # address space; OpenCV and its codecs map about 1 GB before the first frame
CPU_SECONDS = 30
WALL_SECONDS = 60
COVER_BYTES = 20_000_000
COVER_SIDE = 1280  # enough for faces and for people to look at
NOT_WRITTEN = 3  # the child's exit code where the disk did not take the cover: no fault of the file


class Unreadable(Exception):
    """The file cannot be decoded within the limits; the message says so."""


@dataclass(frozen=True, slots=True)
class Probed:
    """Pixels of the picture (of the first frame) and seconds of a video; None where the file does not say."""

    width: int | None
    height: int | None
    duration_seconds: float | None


def probe(file: Path, cover: Path, *, content_type: str) -> Probed:
    """Measure `file` and write its first frame, or the picture, to `cover` as JPEG. Raises Unreadable, and OSError
    where the disk does not take the cover."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "OPENCV_IO_MAX_IMAGE_PIXELS": "50000000",
        # no playlist inside the container may name another file or address
        "OPENCV_FFMPEG_CAPTURE_OPTIONS": "protocol_whitelist;file",
        "OPENCV_FFMPEG_READ_ATTEMPTS": "200",
        "OPENCV_LOG_LEVEL": "SILENT",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-I", "-m", "trend_assets.media.probe", str(file), str(cover), content_type]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=WALL_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"Decoding the file took longer than {WALL_SECONDS} seconds.") from None
    if done.returncode == NOT_WRITTEN and done.stdout.isdigit():
        raise OSError(int(done.stdout), os.strerror(int(done.stdout)))
    if done.returncode != 0 or not cover.is_file():
        raise Unreadable("The file cannot be decoded: its content is broken or asks for more than is allowed.")
    measured = json.loads(done.stdout)
    return Probed(measured["width"], measured["height"], measured["duration_seconds"])


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (COVER_BYTES, COVER_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(file: str, cover: str, content_type: str) -> int:
    _limit()
    import cv2

    cv2.setNumThreads(1)
    duration = None
    if content_type.startswith("video/"):
        capture = cv2.VideoCapture(file, cv2.CAP_FFMPEG)
        read, frame = capture.read()
        frames, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
        capture.release()
        if not read:
            return 1
        if frames > 0 and 0 < rate < 1000:
            duration = round(frames / rate, 3)
    else:
        from trend_assets.sources.pictures import image_size

        content = Path(file).read_bytes()
        image_size(content)  # refuses a bomb by its header
        import numpy

        decoded = cv2.imdecode(numpy.frombuffer(content, numpy.uint8), cv2.IMREAD_COLOR)
        if decoded is None:
            return 1
        frame = decoded
    height, width = frame.shape[:2]
    scale = min(1.0, COVER_SIDE / max(height, width))
    if scale < 1:
        frame = cv2.resize(
            frame, (max(1, int(width * scale)), max(1, int(height * scale))), interpolation=cv2.INTER_AREA
        )
    encoded, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not encoded:
        return 1
    try:
        Path(cover).write_bytes(data.tobytes())
    except OSError as error:
        sys.stdout.write(str(error.errno))
        return NOT_WRITTEN
    sys.stdout.write(json.dumps({"width": width, "height": height, "duration_seconds": duration}))
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:4]))
