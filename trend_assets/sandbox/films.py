"""Small real MP4 files, made from a cover that slowly moves; written with OpenCV's own encoder, kept in memory."""

import tempfile
from functools import lru_cache
from pathlib import Path

from trend_assets.sandbox.covers import draw
from trend_assets.sandbox.life.dice import Dice, text_number

FILM_WIDTH, FILM_HEIGHT, PER_SECOND = 216, 384, 12


class NoEncoder(RuntimeError):
    """This build of OpenCV cannot write MP4."""


@lru_cache(maxsize=64)
def film_file(dice: Dice, name: str, face_share: float, seconds: int) -> bytes:
    """An MP4 (MPEG-4 Part 2, no sound) of this many seconds, about 60 kB a second. Raises NoEncoder."""
    import cv2

    frame = draw(dice, text_number(name) >> 8, face_share=face_share)
    with tempfile.TemporaryDirectory(prefix="sandbox-film-") as folder:
        path = Path(folder) / "film.mp4"
        code = cv2.VideoWriter.fourcc(*"mp4v")
        writer = cv2.VideoWriter(str(path), code, float(PER_SECOND), (FILM_WIDTH, FILM_HEIGHT))
        if not writer.isOpened():
            raise NoEncoder("OpenCV on this machine has no MPEG-4 encoder; the sandbox cannot make films.")
        for number in range(seconds * PER_SECOND):
            zoom = 1.0 + 0.12 * number / (seconds * PER_SECOND)
            width, height = int(frame.shape[1] / zoom), int(frame.shape[0] / zoom)
            part = frame[:height, frame.shape[1] - width :]
            writer.write(cv2.resize(part, (FILM_WIDTH, FILM_HEIGHT), interpolation=cv2.INTER_AREA))
        writer.release()
        return path.read_bytes()
