"""Whether a found face looks drawn or painted: a mark for readers, which leaves nobody out.

Three figures of the face itself (48 pixels) are weighed: strokes and hard edges, full colours, strong contrast. The
weights are fitted on labelled covers (no part of the project); `python -m benchmarks.face_weights` prints them with
what they reach on pictures that the fit did not see: half of the drawings at one photograph of a hundred. Careful
paintings and rendered figures look like photographs to them. The colour of skin is none of the figures.
"""

from dataclasses import dataclass

import numpy as np

from trend_assets.faces.places import Face, patch_around

PIXELS = 48


@dataclass(frozen=True, slots=True)
class Look:
    """Figures of a face: mean strength of edges (log), mean saturation (0-1), spread of its grey (64ths)."""

    edges: float
    saturation: float
    contrast: float


WEIGHTS = Look(edges=2.47, saturation=6.18, contrast=3.21)
LEAST = 14.19
"""The score that one photograph of a hundred exceeds."""


def look_of(picture: np.ndarray, face: Face) -> Look:
    """The figures of a face in a picture (blue, green, red)."""
    import cv2

    patch = patch_around(picture, face, size=PIXELS, face=PIXELS)
    grey = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY).astype(np.float32)
    saturation = cv2.cvtColor(patch, cv2.COLOR_BGR2HSV)[..., 1]
    edges = np.log1p(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean())
    return Look(float(edges), float(saturation.mean()) / 255, float(grey.std()) / 64)


def score(look: Look, weights: Look = WEIGHTS) -> float:
    """How much it looks drawn; from `LEAST` on it is said."""
    return weights.edges * look.edges + weights.saturation * look.saturation + weights.contrast * look.contrast


def is_likely_drawn(picture: np.ndarray, face: Face) -> bool:
    return score(look_of(picture, face)) >= LEAST
