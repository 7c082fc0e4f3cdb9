"""Places where a face may be: the evidence gathered at each, how it is weighed, and what is accepted.

Nothing here judges pixels (that is `haar.py`; patches are only cut out for it), so that the weights can be fitted and
judged on stored evidence: `python -m benchmarks.face_weights` prints those below, with their figures on covers that the
fit did not see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Weights:
    """Logistic weights of the evidence, fitted on labelled covers (no part of the project).

    Windows found are counted as log(1 + n): the tenth says less than the first. `skin` and `neutral` weigh shares of
    the place's middle (0-1). `accept`: the logit from which a place is a face. `window_over_face`: side of a cascade's
    window over the side of the square with the face's area."""

    bias: float
    windows: float
    turned: float
    weaker_eye: float
    stronger_eye: float
    skin: float
    neutral: float
    window_over_face: float
    accept: float


WEIGHTS = Weights(
    bias=-1.83,
    windows=0.83,
    turned=-0.92,
    weaker_eye=0.42,
    stronger_eye=0.67,
    skin=2.02,
    neutral=0.79,
    window_over_face=1.22,
    accept=1.0,
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
    """A cluster of permissive windows (middle, side), and what looking closer found there: counts of windows, shares
    of colours, and a better middle and side."""

    x: float
    y: float
    side: float
    angle: float = 0.0
    windows: int = 0
    weaker_eye: int = 0
    stronger_eye: int = 0
    skin: float = 0.0
    neutral: float = 0.0
    refined_x: float = 0.0
    refined_y: float = 0.0
    refined_side: float = 0.0

    @property
    def evidence(self) -> tuple[float, ...]:
        """In the order of the weights, without bias."""
        windows, weaker, stronger = np.log1p((self.windows, self.weaker_eye, self.stronger_eye)).tolist()
        return windows, float(self.angle != 0), weaker, stronger, self.skin, self.neutral

    def logit(self, weights: Weights) -> float:
        of = (
            weights.windows, weights.turned, weights.weaker_eye, weights.stronger_eye, weights.skin, weights.neutral,
        )  # fmt: skip
        return weights.bias + sum(weight * value for weight, value in zip(of, self.evidence, strict=True))

    def face(self, weights: Weights) -> Face:
        sure = 1 / (1 + np.exp(-self.logit(weights)))
        return Face(self.refined_x, self.refined_y, self.refined_side / weights.window_over_face, float(sure))


def accepted(places: Sequence[Place], weights: Weights) -> list[Face]:
    """The faces among `places`, surest first; of faces whose middle lies inside one another only the surest."""
    kept: list[Face] = []
    for place in sorted(places, key=lambda place: -place.logit(weights)):
        if place.logit(weights) < weights.accept:
            break
        face = place.face(weights)
        if all(np.hypot(face.x - other.x, face.y - other.y) > 0.5 * max(face.side, other.side) for other in kept):
            kept.append(face)
    return kept


def clusters(windows: np.ndarray, weight: np.ndarray, *, most: int) -> list[Place]:
    """Windows (x, y, width, height) that overlap and are of like size, heaviest cluster first, at most `most`."""
    middle = windows[:, :2] + windows[:, 2:] / 2
    side = windows[:, 2]
    apart = np.hypot(middle[:, None, 0] - middle[None, :, 0], middle[:, None, 1] - middle[None, :, 1])
    together = (apart < 0.35 * np.sqrt(side[:, None] * side[None, :])) & (
        np.abs(np.log(side[:, None] / side[None, :])) < 0.45
    )
    near = together.astype(float)
    left = np.ones(len(windows), bool)
    places: list[Place] = []
    while left.any() and len(places) < most:
        mass = near @ (weight * left) * left
        members = together[int(mass.argmax())] & left
        own = weight[members]
        x, y = (middle[members] * own[:, None]).sum(0) / own.sum()
        log_side = (np.log(side[members]) * own).sum() / own.sum()
        places.append(Place(float(x), float(y), float(np.exp(log_side))))
        left &= ~members
    return places


def patch_around(picture: np.ndarray, place: Place | Face, *, size: int, face: int, angle: float = 0.0) -> np.ndarray:
    """The square around the place, turned by `angle`, scaled so that its side becomes `face` of `size` pixels."""
    import cv2

    matrix = cv2.getRotationMatrix2D((place.x, place.y), angle, face / place.side)
    matrix[0, 2] += size / 2 - place.x
    matrix[1, 2] += size / 2 - place.y
    return cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
