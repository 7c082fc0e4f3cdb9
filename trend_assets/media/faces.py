"""Whether a face is on the cover of a downloaded file, judged by the same detector and rule as candidates' covers."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from trend_assets.media.audit import FaceFinding
from trend_assets.settings import Settings

if TYPE_CHECKING:
    from trend_assets.faces.verdict import Detector


@cache
def _detector(choice: str, yunet_model: Path | None) -> "tuple[Detector, str]":
    """The worker's own: a model takes up to 0.2 s to read."""
    from trend_assets.faces.choice import detector_of

    return detector_of(choice, yunet_model)


def judge_cover(cover: Path, *, settings: Settings) -> FaceFinding:
    """What is seen on a JPEG that our own probe wrote (so it is decoded here, not in a process of its own)."""
    from trend_assets.faces.verdict import look_at, verdict_of

    detector, name = _detector(settings.face_detector, settings.face_yunet_model)
    seen = look_at(cover.read_bytes(), min_share=settings.face_min_share, detector=detector, name=name)
    verdict, reason = verdict_of(seen, min_share=settings.face_min_share)
    return FaceFinding(
        has_face=None if verdict == "not_judged" else verdict == "passed",
        faces=seen.faces,
        largest_share=seen.largest_face_share,
        reason=reason if verdict == "not_judged" else None,
    )
