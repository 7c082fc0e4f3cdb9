"""Layer 3 of the Comet filters: does a face cover more than 2 % of a cover? Per cover, per creator.

    bytes ─▶ header (type, size) ─▶ decoded small ─▶ detector ─▶ what was seen ─▶ verdict by the threshold

What was seen (faces, largest share, confidence) is kept apart from the verdict, so that the threshold can be raised
without looking again. Covers are judged, never used to identify anybody. Running this safely on bytes from outside is
`worker.py`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, Protocol

import numpy as np

from trend_assets.faces.decode import decode_small
from trend_assets.faces.drawn import is_likely_drawn
from trend_assets.faces.haar import HaarDetector
from trend_assets.faces.header import NotJudged, header_to_judge
from trend_assets.faces.places import Face

Verdict = Literal["passed", "rejected", "not_judged"]

MIN_SHARE = 0.02
"""A face must cover more than 2 % of the frame."""

HAAR = "haar-2"
"""Name of the detector with the version of its weights; stored with every verdict."""


class Detector(Protocol):
    """Finds faces whose side is about `smallest_side` pixels or more in a picture (blue, green, red; 8 bit)."""

    def faces(self, picture: np.ndarray, *, smallest_side: float) -> list[Face]: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen on one cover. Shares are of the frame's area (0-1); `reason` says why it was not judged. Faces
    below `smallest_share_searched` were not looked for, so the threshold can be raised later but not lowered.
    `is_likely_drawn` marks the largest face for readers; the verdict does not ask it."""

    faces: int | None = None
    largest_face_share: float | None = None
    confidence: float | None = None
    is_likely_drawn: bool | None = None
    smallest_share_searched: float | None = None
    detector: str | None = None
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    reason: str | None = None


def seen_of(cover: Mapping[str, Any]) -> Seen:
    """What a stored row of comets.cover_checks says was seen."""
    if cover["detector"] is None:
        return Seen(reason=cover["reason"])
    names = ("faces", "largest_face_share", "confidence", "is_likely_drawn", "smallest_share_searched", "detector")
    return Seen(**{name: cover[name] for name in names})


@dataclass(frozen=True, slots=True)
class CreatorFaces:
    """The verdict on a creator from all of its covers; `best` is the position of the cover that decided."""

    verdict: Verdict
    reason: str
    covers: int
    covers_judged: int
    best: int | None = None


def look_at(data: bytes, *, min_share: float = MIN_SHARE, detector: Detector | None = None, name: str = HAAR) -> Seen:
    """What is seen on the picture in `data` (JPEG, PNG, WebP or GIF). Never raises for what the bytes hold: a picture
    that cannot be judged comes back with its reason."""
    seen = Seen()
    try:
        header = header_to_judge(data)
        width, height = header.shown_size
        seen = Seen(media_type=header.media_type, width=width, height=height)
        picture = decode_small(data, header, min_share=min_share)
    except NotJudged as reason:
        return replace(seen, reason=str(reason))
    area = float(picture.shape[0] * picture.shape[1])
    faces = (detector or haar_detector()).faces(picture, smallest_side=math.sqrt(min_share * area))
    largest_face = max(faces, key=lambda face: face.side, default=None)
    # a face of which a part lies outside the frame cannot cover more than the frame
    shares = [(min(1.0, face.side**2 / area), face.confidence) for face in faces]
    largest, confidence = max(shares, default=(None, None))
    return replace(
        seen,
        faces=len(faces),
        largest_face_share=largest,
        confidence=confidence,
        is_likely_drawn=None if largest_face is None else is_likely_drawn(picture, largest_face),
        smallest_share_searched=min_share,
        detector=name,
    )


def verdict_of(seen: Seen, *, min_share: float = MIN_SHARE) -> tuple[Verdict, str]:
    """The rule: more than `min_share` of the frame. A cover searched with a higher threshold only cannot be judged."""
    if seen.reason is not None:
        return "not_judged", seen.reason
    if seen.smallest_share_searched is None or seen.smallest_share_searched > min_share:
        return "not_judged", f"Smaller faces than {min_share:.1%} of the frame were not looked for."
    if seen.largest_face_share is None:
        return "rejected", "No face was found."
    if seen.largest_face_share > min_share:
        drawn = " It may be drawn or painted." if seen.is_likely_drawn else ""
        return "passed", f"A face covers {seen.largest_face_share:.1%} of the frame.{drawn}"
    return "rejected", f"The largest face covers {seen.largest_face_share:.1%}, not more than {min_share:.1%}."


def judge_creator(covers: Sequence[Seen], *, min_share: float = MIN_SHARE) -> CreatorFaces:
    """Passed when any cover passes, rejected when all judged ones were rejected, not judged when none could be."""
    verdicts = [verdict_of(seen, min_share=min_share) for seen in covers]
    judged = [position for position, (verdict, _) in enumerate(verdicts) if verdict != "not_judged"]
    if not judged:
        reasons = sorted({reason for _, reason in verdicts})
        return CreatorFaces("not_judged", " ".join(reasons[:3]) or "There is no cover to judge.", len(covers), 0)
    best = max(judged, key=lambda position: (covers[position].largest_face_share or 0.0, -position))
    verdict, reason = verdicts[best]
    if verdict == "rejected" and len(judged) > 1:
        reason = f"None of {len(judged)} covers has a face over {min_share:.1%} of the frame."
    return CreatorFaces(verdict, reason, len(covers), len(judged), best)


@cache
def haar_detector() -> HaarDetector:
    """The process's own Haar detector: its cascades take 0.2 s to read."""
    import cv2

    cv2.setNumThreads(1)
    return HaarDetector()
