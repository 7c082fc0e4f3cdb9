"""Faces in a small grey picture with the Haar cascades that OpenCV 4 ships: scan, verify, weigh.

    tiny picture ──cut cascade──▶ permissive windows ──cluster──▶ at most 5 places
    each place, upright ──▶ quick look with one full cascade ──▶ close look with two, and for eyes ──▶ evidence
    nothing accepted? ──▶ the best 4 places again, turned by ±28°

What a whole search would cost is paid once on a picture in which the smallest face of interest is 20 pixels; tilted
faces are looked for only in patches, which cost 0.2 ms each instead of a scan. Decoding belongs to `decode.py`,
the rule of 2 % and the verdict to `trend_assets.domain.faces`.

Why OpenCV 4: the 5.x line no longer ships the cascades.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

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


@dataclass(frozen=True, slots=True)
class Weights:
    """Logistic weights of the evidence, fitted on labelled covers (no part of the project), grouped by photograph.

    Windows found are counted as log(1 + n): the tenth says less than the first. `window_over_face`: side of a cascade's
    window over the side of the square with the face's area (measured 1.175; 1.20 puts faces of 2 % on the right side).
    `accept`: the logit from which a place is a face."""

    bias: float
    alt2: float
    default: float
    turned: float
    weaker_eye: float
    stronger_eye: float
    window_over_face: float
    accept: float


WEIGHTS = Weights(
    bias=-3.24,
    alt2=1.29,
    default=0.73,
    turned=-1.10,
    weaker_eye=0.56,
    stronger_eye=0.66,
    window_over_face=1.20,
    accept=-0.3,
)


@dataclass(frozen=True, slots=True)
class Face:
    """One accepted face: centre and side of the square with the face's area, in pixels of the searched picture, and
    how sure (0-1)."""

    x: float
    y: float
    side: float
    confidence: float


@dataclass(slots=True)
class Place:
    """A cluster of permissive windows, and what looking closer found there (counts of windows)."""

    x: float
    y: float
    side: float
    angle: float = 0.0
    alt2: int = 0
    default: int = 0
    weaker_eye: int = 0
    stronger_eye: int = 0
    refined_side: float = 0.0

    @property
    def evidence(self) -> tuple[float, ...]:
        counts = (self.alt2, self.default, self.weaker_eye, self.stronger_eye)
        alt2, default, weaker, stronger = np.log1p(counts).tolist()
        return alt2, default, float(self.angle != 0), weaker, stronger

    def logit(self, weights: Weights) -> float:
        alt2, default, turned, weaker, stronger = self.evidence
        return (
            weights.bias
            + weights.alt2 * alt2
            + weights.default * default
            + weights.turned * turned
            + weights.weaker_eye * weaker
            + weights.stronger_eye * stronger
        )


class HaarDetector:
    """Finds faces in grey pictures. Not thread-safe (OpenCV's cascades are not); one per process."""

    def __init__(self, weights: Weights = WEIGHTS) -> None:
        self.weights = weights
        self._scan = _cascade(SCAN_CASCADE, SCAN_STAGES)
        self._alt2 = _cascade("haarcascade_frontalface_alt2")
        self._default = _cascade("haarcascade_frontalface_default")
        self._eyes = (_cascade("haarcascade_lefteye_2splits"), _cascade("haarcascade_righteye_2splits"))

    def faces(self, grey: np.ndarray, *, smallest_side: float) -> list[Face]:
        """Accepted faces in `grey` (8 bit, pixels as decoded) whose side is about `smallest_side` pixels or more,
        surest first."""
        places = self.places(grey, smallest_side=smallest_side)
        accepted = [place for place in places if place.logit(self.weights) >= self.weights.accept]
        if not accepted:
            turned = [self.turn(grey, place) for place in places[:TURNED_PLACES]]
            accepted = [place for place in turned if place.logit(self.weights) >= self.weights.accept]
        accepted.sort(key=lambda place: -place.logit(self.weights))
        return _without_repeats([self._face(place) for place in accepted])

    def places(self, grey: np.ndarray, *, smallest_side: float) -> list[Place]:
        """Where a face may be, looked at upright."""
        import cv2

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
        places = _clusters(np.asarray(windows, float) / scale, np.maximum(weight - weight.min() + 1, 1))
        for place in places:
            self._look(grey, place)
        return places

    def turn(self, grey: np.ndarray, place: Place) -> Place:
        """The place at the angle that answers best, upright included."""
        best = place
        for angle in ANGLES:
            turned = Place(place.x, place.y, place.side, angle=angle)
            self._look(grey, turned)
            # a turned patch has to beat the upright one clearly: two more looks are two more chances to be wrong
            if sum(turned.evidence[:2]) > sum(best.evidence[:2]) + (0.5 if best.angle == 0 else 0):
                best = turned
        return best

    def _look(self, grey: np.ndarray, place: Place) -> None:
        """Fill in the place's evidence: a quick look with one cascade, and where that answers, a close one with both,
        centred on what it found."""
        place.refined_side = place.side
        found = self._windows(self._alt2, grey, place, look=QUICK)
        if len(found) == 0:
            # without alt2 the rest has never been enough; most places end here
            return
        close = _recentred(place, found)
        alt2 = self._windows(self._alt2, grey, close, look=CLOSE)
        default = self._windows(self._default, grey, close, look=CLOSE)
        place.alt2, place.default = len(alt2), len(default)
        windows = np.concatenate([alt2, default])
        if len(windows) == 0:
            return
        centred = _recentred(close, windows)
        place.refined_side = centred.side
        place.weaker_eye, place.stronger_eye = self._eye_windows(grey, centred)

    def _windows(self, cascade: Any, grey: np.ndarray, place: Place, *, look: "Look") -> np.ndarray:
        """Windows of a cascade about the place: offset x, y from its middle and side, all in units of its side."""
        patch = _patch(grey, place, size=look.size, face=look.face)
        smallest, largest = look.windows
        windows = cascade.detectMultiScale(patch, look.step, 0, 0, (smallest, smallest), (largest, largest))
        if len(windows) == 0:
            return np.empty((0, 3))
        found = np.asarray(windows, float)
        middle = found[:, :2] + found[:, 2:] / 2 - look.size / 2
        return np.column_stack([middle, found[:, 2]]) / look.face

    def _eye_windows(self, grey: np.ndarray, place: Place) -> tuple[int, int]:
        """Windows of the eye cascades where the left and the right eye belong: the fewer, the more."""
        patch = _patch(grey, place, size=EYES.size, face=EYES.face)
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

    def _face(self, place: Place) -> Face:
        sure = 1 / (1 + np.exp(-place.logit(self.weights)))
        return Face(place.x, place.y, place.refined_side / self.weights.window_over_face, float(sure))


def _clusters(windows: np.ndarray, weight: np.ndarray) -> list[Place]:
    """Windows (x, y, width, height) that overlap and are of like size, heaviest cluster first, at most PLACES."""
    middle = windows[:, :2] + windows[:, 2:] / 2
    side = windows[:, 2]
    apart = np.hypot(middle[:, None, 0] - middle[None, :, 0], middle[:, None, 1] - middle[None, :, 1])
    together = (apart < 0.35 * np.sqrt(side[:, None] * side[None, :])) & (
        np.abs(np.log(side[:, None] / side[None, :])) < 0.45
    )
    left = np.ones(len(windows), bool)
    places: list[Place] = []
    while left.any() and len(places) < PLACES:
        mass = (together & left[None, :]) @ weight * left
        members = together[int(mass.argmax())] & left
        own = weight[members]
        x, y = (middle[members] * own[:, None]).sum(0) / own.sum()
        log_side = (np.log(side[members]) * own).sum() / own.sum()
        places.append(Place(float(x), float(y), float(np.exp(log_side))))
        left &= ~members
    return places


def _recentred(place: Place, windows: np.ndarray) -> Place:
    """The place moved and scaled to the mean of `windows` (in units of its side, in the turned patch)."""
    dx, dy = windows[:, 0].mean() * place.side, windows[:, 1].mean() * place.side
    turn = math.radians(place.angle)
    # the patch is turned by the angle, so an offset in it is turned back
    x = place.x + dx * math.cos(turn) - dy * math.sin(turn)
    y = place.y + dx * math.sin(turn) + dy * math.cos(turn)
    side = place.side * float(np.exp(np.log(windows[:, 2]).mean()))
    return Place(x, y, side, angle=place.angle)


def _patch(grey: np.ndarray, place: Place, *, size: int, face: int) -> np.ndarray:
    """The square around the place, turned by its angle, scaled so that its side becomes `face` of `size` pixels."""
    import cv2

    matrix = cv2.getRotationMatrix2D((place.x, place.y), place.angle, face / place.side)
    matrix[0, 2] += size / 2 - place.x
    matrix[1, 2] += size / 2 - place.y
    return cv2.warpAffine(grey, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _without_repeats(faces: list[Face]) -> list[Face]:
    """Faces whose middle does not lie inside a surer one."""
    kept: list[Face] = []
    for face in faces:
        if all(np.hypot(face.x - other.x, face.y - other.y) > 0.5 * max(face.side, other.side) for other in kept):
            kept.append(face)
    return kept


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
