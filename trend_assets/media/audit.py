"""The audit of a downloaded file: what its cover, length and caption say beside what is trending.

Pure: facts in, findings out. Reading files is `media/probe.py`, faces are judged by `faces.py`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trend_assets.text import hashtag_key, hashtags_in, plural, without_hashtags

# the bands of the trend report, so that both speak of the same thing: upper end in seconds, name
DURATION_BANDS: tuple[tuple[float, str], ...] = ((15, "0-15 s"), (30, "15-30 s"), (60, "30-60 s"), (180, "60-180 s"))
LONGEST_BAND = "over 180 s"

VISIBLE_CHARACTERS = 100  # of a caption before TikTok and Instagram cut it with "more"
HASHTAGS_MOST = 5  # TikTok's own advice is three to five
MEASURE_AT_LEAST = 20  # trending videos below which a share says nothing
_LINK = re.compile(r"https?://|www\.", re.I)
_QUESTION = re.compile(r"\?|^(how|why|what|when|who|which|pov|wait|watch|this is)\b", re.I)


@dataclass(frozen=True, slots=True)
class FaceFinding:
    """What the face detector saw on the cover; `reason` says why it saw nothing when it could not judge."""

    has_face: bool | None
    faces: int | None = None
    largest_share: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TrendingSample:
    """Videos of the platform collected lately: how many lie in each duration band, how many carry a hashtag."""

    days: int
    platform: str
    videos: int = 0
    bands: Mapping[str, int] = field(default_factory=dict)
    hashtags: Mapping[str, int] = field(default_factory=dict)
    patterns: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit as stored in `media.audits`."""

    duration_band: str | None
    orientation: str | None
    caption_checks: list[dict[str, Any]]
    comparison: dict[str, Any]
    findings: list[str]


def duration_band(seconds: float | None) -> str | None:
    """The band of a length in seconds; the upper end belongs to the band. None for pictures."""
    if seconds is None:
        return None
    return next((name for end, name in DURATION_BANDS if seconds <= end), LONGEST_BAND)


def orientation(width: int | None, height: int | None) -> str | None:
    """vertical, horizontal, or square within 5 %."""
    if not width or not height:
        return None
    ratio = width / height
    return "square" if 0.95 <= ratio <= 1.05 else "horizontal" if ratio > 1 else "vertical"


def caption_checks(caption: str | None) -> list[dict[str, Any]]:
    """Checks of a caption: [{check, passed, finding}]; `passed` is None where there is nothing to judge."""
    if not caption or not caption.strip():
        return [_check("caption", None, "No caption was given, so it was not checked.")]
    tags = hashtags_in(caption)
    words = without_hashtags(caption).strip()
    opening = words[:VISIBLE_CHARACTERS]
    letters = [char for char in words if char.isalpha()]
    shouting = len(letters) >= 20 and sum(char.isupper() for char in letters) / len(letters) > 0.7
    return [
        _check(
            "caption length",
            len(words) <= VISIBLE_CHARACTERS,
            f"{plural(len(words), 'character')} without hashtags; the first {VISIBLE_CHARACTERS} show before the cut.",
        ),
        _check(
            "hashtags",
            1 <= len(tags) <= HASHTAGS_MOST,
            f"{plural(len(tags), 'hashtag')}; 1 to {HASHTAGS_MOST} are advised."
            if tags
            else "No hashtags: nothing to be found by.",
        ),
        _check(
            "hook",
            bool(_QUESTION.search(opening)),
            "Opens with a question or a hook."
            if _QUESTION.search(opening)
            else "Opens without a question or a hook phrase.",
        ),
        _check(
            "links",
            not _LINK.search(caption),
            "Holds a link, which nobody can tap in a caption." if _LINK.search(caption) else "No dead links.",
        ),
        _check("shouting", not shouting, "Mostly capital letters." if shouting else "Not written in capital letters."),
    ]


def audit(
    *,
    width: int | None,
    height: int | None,
    duration_seconds: float | None,
    face: FaceFinding,
    caption: str | None,
    sample: TrendingSample,
) -> Audit:
    """All of it, with the findings in sentences."""
    band, shape = duration_band(duration_seconds), orientation(width, height)
    checks = caption_checks(caption)
    comparison = _comparison(band, hashtags_in(caption or ""), sample)
    findings = [_shape_sentence(shape, width, height), _face_sentence(face)]
    if band and duration_seconds is not None:
        findings.append(f"It runs {duration_seconds:.1f} s ({band}).")
    findings += [str(check["finding"]) for check in checks if check["passed"] is not True]
    findings += comparison["sentences"]
    return Audit(band, shape, checks, comparison, findings)


def _comparison(band: str | None, tags: list[str], sample: TrendingSample) -> dict[str, Any]:
    about = f"{plural(sample.videos, f'{sample.platform} video')} collected in the last {plural(sample.days, 'day')}"
    share = sample.bands.get(band, 0) / sample.videos if band and sample.videos else None
    trending = {tag: sample.hashtags[tag] for tag in tags if tag in sample.hashtags}
    matching = [
        {name: pattern[name] for name in ("trait", "value", "lift")}
        for pattern in sample.patterns
        if (pattern["trait"], pattern["value"]) == ("duration_band", band)
        or (pattern["trait"] == "hashtag" and hashtag_key(str(pattern["value"])) in tags)
    ]
    sentences = []
    if sample.videos < MEASURE_AT_LEAST:
        sentences.append(f"Only {about}: too few to compare with.")
        share = None
    else:
        if share is not None:
            sentences.append(f"{share:.0%} of {about} have this length.")
        if tags:
            named = ", ".join(f"#{tag} ({count:,})" for tag, count in sorted(trending.items(), key=_by_count)[:5])
            sentences.append(
                f"Hashtags that trend among them: {named}." if named else f"None of its hashtags appears among {about}."
            )
    for pattern in matching:
        sentences.append(
            f"Rising videos share {pattern['trait'].replace('_', ' ')} {pattern['value']} "
            f"{pattern['lift']:.1f} times as often as others."
        )
    return {
        "videos_compared": sample.videos,
        "days": sample.days,
        "same_band_share": round(share, 4) if share is not None else None,
        "trending_hashtags": trending,
        "patterns": matching,
        "sentences": sentences,
    }


def _by_count(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _shape_sentence(shape: str | None, width: int | None, height: int | None) -> str:
    if shape is None:
        return "The size of the picture is unknown."
    fits = {"vertical": "which fills a phone's screen", "square": "which leaves part of a phone's screen empty"}
    return f"The picture is {shape} ({width}×{height}), {fits.get(shape, 'which fills a third of a phone’s screen')}."


def _face_sentence(face: FaceFinding) -> str:
    if face.has_face is None:
        return f"Faces were not judged: {face.reason or 'the cover could not be read'}"
    if face.has_face:
        return f"A face covers {face.largest_share or 0:.1%} of the first frame."
    return "No face covers enough of the first frame." if face.faces else "No face on the first frame."


def _check(name: str, passed: bool | None, finding: str) -> dict[str, Any]:
    return {"check": name, "passed": passed, "finding": finding}
