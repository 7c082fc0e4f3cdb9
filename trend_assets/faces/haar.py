"""Faces in a small picture with the Haar cascades that OpenCV 4 ships: scan, look closer, weigh.

    tiny picture ──cut cascade──▶ permissive windows ──cluster──▶ at most 5 places
    each place, upright ──▶ quick look with a full cascade; answered, or mostly skin?
                        ──▶ close look, and for eyes; share of skin ──▶ evidence (`places.py`)
    nothing accepted? ──▶ the best 4 again, turned by ±28°

What a whole search would cost is paid once on a picture in which the smallest face of interest is 20 pixels; tilted
faces are looked for only in patches, which cost 0.2 ms each instead of a scan. The cascades see grey alone, so colour
is evidence of another kind: at the same precision it finds two faces of a hundred more. Decoding belongs to
`decode.py`, the rule of 2 % and the verdict to `trend_assets.faces.verdict`.

Why OpenCV 4: the 5.x line no longer ships the cascades.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from trend_assets.faces.places import WEIGHTS, Face, Place, Weights, accepted, clusters, patch_around

SCAN_PIXELS = 20
"""Side of the smallest face of interest in the scanned picture. At 18 precision falls by 3 points, at 24 the scan costs
half as much again and finds no more."""

SCAN_CASCADE = "haarcascade_frontalface_default"
SCAN_WINDOW = 20
SCAN_STEP = 1.3
SCAN_STAGES = 10
"""Of 25. All stages: about 85 % of the labelled faces are among the windows; 10 stages: 97 % at the same cost, because
most windows leave in the first three. What is too many is sorted out by looking closer."""

PLACES = 5
TURNED_PLACES = 4


@dataclass(frozen=True, slots=True)
class Look:
    """A patch of `size` pixels in which the place is `face` pixels, searched for windows of these sides.

    42 pixels: above twice the cascades' window OpenCV looks at every pixel instead of every second one, which
    quadruples the windows that are counted."""

    size: int
    face: int
    windows: tuple[int, int]
    step: float


QUICK = Look(58, 42, (34, 54), 1.12)
CLOSE = Look(54, 42, (36, 50), 1.05)
EYES = Look(72, 72, (20, 34), 1.15)

ANGLES = (-28.0, 28.0)
"""A cascade answers to about 15° of tilt either way; ±28° covers up to 43°."""

SKIN = ((0, 133, 77), (255, 173, 127))
"""Luma, Cr, Cb of skin of all tones under usual light (Chai & Ngan 1999, IEEE Trans. CSVT 9:551), as published."""

NEUTRAL = ((0, 124, 124), (255, 132, 132))
"""Pixels without colour: a black and white picture says nothing about skin."""

MOSTLY_SKIN = 0.7
"""Share of skin from which a place is looked at closely even where the quick look found nothing."""


@dataclass(frozen=True, slots=True)
class View:
    """A picture as the steps need it: grey, and where it is skin or without colour (0 or 255)."""

    grey: np.ndarray
    skin: np.ndarray
    neutral: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray) -> "View":
        import cv2

        luma_and_colour = cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb)
        return cls(
            cv2.extractChannel(luma_and_colour, 0),
            cv2.inRange(luma_and_colour, *SKIN),
            cv2.inRange(luma_and_colour, *NEUTRAL),
        )

    def shares(self, place: Place) -> tuple[float, float]:
        """Shares of skin and of neutral pixels in the middle of the place: half its width, two thirds of its height."""
        import cv2

        rows = slice(max(0, round(place.y - place.side / 3)), max(0, round(place.y + place.side / 3)) + 1)
        columns = slice(max(0, round(place.x - place.side / 4)), max(0, round(place.x + place.side / 4)) + 1)
        skin, neutral = self.skin[rows, columns], self.neutral[rows, columns]
        if not skin.size:
            return 0.0, 0.0
        return cv2.countNonZero(skin) / skin.size, cv2.countNonZero(neutral) / neutral.size


class HaarDetector:
    """Finds faces in pictures. Not thread-safe (OpenCV's cascades are not); one per process."""

    def __init__(self, weights: Weights = WEIGHTS) -> None:
        self.weights = weights
        self._scan = _cascade(SCAN_CASCADE, SCAN_STAGES)
        self._closer = _cascade("haarcascade_frontalface_alt2")
        self._eyes = (_cascade("haarcascade_lefteye_2splits"), _cascade("haarcascade_righteye_2splits"))

    def faces(self, picture: np.ndarray, *, smallest_side: float) -> list[Face]:
        """Accepted faces in `picture` (blue, green, red; 8 bit) whose side is about `smallest_side` pixels or more,
        surest first."""
        view = View.of(picture)
        places = self.places(view, smallest_side=smallest_side)
        return accepted(places, self.weights) or accepted(
            [self.turn(view, place) for place in places[:TURNED_PLACES]], self.weights
        )

    def places(self, view: View, *, smallest_side: float) -> list[Place]:
        """Where a face may be, looked at upright."""
        import cv2

        grey = view.grey
        scale = SCAN_PIXELS / smallest_side
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        if min(size) < SCAN_WINDOW:
            return []
        tiny = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        windows, _, weights = self._scan.detectMultiScale3(
            tiny, SCAN_STEP, 0, 0, (SCAN_WINDOW, SCAN_WINDOW), None, True
        )
        if len(windows) == 0:
            return []
        weight = np.ravel(weights)
        places = clusters(np.asarray(windows, float) / scale, np.maximum(weight - weight.min() + 1, 1), most=PLACES)
        for place in places:
            self._look(view, place)
        return places

    def turn(self, view: View, place: Place) -> Place:
        """The place at the angle that answers best, upright included."""
        best = place
        for angle in ANGLES:
            turned = Place(place.x, place.y, place.side, angle=angle)
            self._look(view, turned)
            # a turned patch has to beat the upright one clearly: two more looks are two more chances to be wrong
            if math.log1p(turned.windows) > math.log1p(best.windows) + (0.5 if best.angle == 0 else 0):
                best = turned
        return best

    def _look(self, view: View, place: Place) -> None:
        """Fill in the place's evidence: a quick look, and where that answers (or an upright place is
        mostly skin) a close one, centred on what was found, and one for eyes."""
        grey = view.grey
        place.refined_x, place.refined_y, place.refined_side = place.x, place.y, place.side
        place.skin, place.neutral = view.shares(place)
        close = place
        quick = self._windows(grey, place, look=QUICK)
        if len(quick):
            close = _recentred(place, quick)
        elif place.angle or place.skin < MOSTLY_SKIN:
            return  # most places end here
        windows = self._windows(grey, close, look=CLOSE)
        if len(windows) == 0:
            return
        place.windows = len(windows)
        centred = _recentred(close, windows)
        place.refined_x, place.refined_y, place.refined_side = centred.x, centred.y, centred.side
        place.skin, place.neutral = view.shares(centred)
        place.weaker_eye, place.stronger_eye = self._eye_windows(grey, centred)

    def _windows(self, grey: np.ndarray, place: Place, *, look: Look) -> np.ndarray:
        """Windows about the place: offset x, y from its middle and side, all in units of its side."""
        patch = patch_around(grey, place, size=look.size, face=look.face, angle=place.angle)
        smallest, largest = look.windows
        windows = self._closer.detectMultiScale(patch, look.step, 0, 0, (smallest, smallest), (largest, largest))
        if len(windows) == 0:
            return np.empty((0, 3))
        boxes = np.asarray(windows, float)
        middle = boxes[:, :2] + boxes[:, 2:] / 2 - look.size / 2
        return np.column_stack([middle, boxes[:, 2]]) / look.face

    def _eye_windows(self, grey: np.ndarray, place: Place) -> tuple[int, int]:
        """Windows of the eye cascades where the left and the right eye belong: the fewer, the more."""
        patch = patch_around(grey, place, size=EYES.size, face=EYES.face, angle=place.angle)
        # eyes lie in the upper 40 of the face's 72 pixels, between 18 and 38
        band = np.ascontiguousarray(patch[8:48])
        left = right = 0
        for cascade in self._eyes:
            windows = cascade.detectMultiScale(band, EYES.step, 0, 0, EYES.windows[:1] * 2, EYES.windows[1:] * 2)
            for x, y, width, height in windows:
                if 18 < y + 8 + height / 2 < 38:
                    left += x + width / 2 < 34
                    right += x + width / 2 > 38
        return int(min(left, right)), int(max(left, right))


def _recentred(place: Place, windows: np.ndarray) -> Place:
    """The place moved and scaled to the mean of `windows` (in units of its side, in the turned patch)."""
    dx, dy = windows[:, 0].mean() * place.side, windows[:, 1].mean() * place.side
    turn = math.radians(place.angle)
    # the patch is turned by the angle, so an offset in it is turned back
    x = place.x + dx * math.cos(turn) - dy * math.sin(turn)
    y = place.y + dx * math.sin(turn) + dy * math.cos(turn)
    side = place.side * float(np.exp(np.log(windows[:, 2]).mean()))
    return Place(x, y, side, angle=place.angle)


@cache
def _cascade_text(name: str) -> str:
    import cv2

    return (Path(cv2.__file__).parent / "data" / f"{name}.xml").read_text(encoding="ascii", errors="replace")


def _cascade(name: str, stages: int | None = None) -> Any:
    """A shipped cascade, whole or only its first `stages`: windows that a whole one drops late are candidates."""
    import cv2

    text = _cascade_text(name)
    if stages is not None:
        start, end = text.index("<stages>") + len("<stages>"), text.index("</stages>")
        head, *parts = re.split(r"(?=\n    <_>\n)", text[start:end])
        text = re.sub(
            r"<stageNum>\d+", f"<stageNum>{stages}", text[:start] + head + "".join(parts[:stages]) + text[end:]
        )
    storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
    cascade = cv2.CascadeClassifier()
    if not cascade.read(storage.getFirstTopLevelNode()) or cascade.empty():
        raise RuntimeError(
            f"OpenCV {cv2.__version__} cannot read its cascade {name}; install "
            "opencv-python-headless 4.x, which ships it."
        )
    return cascade
