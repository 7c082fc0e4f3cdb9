"""The audit of a downloaded file: bands, shape, caption checks, comparison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.media.audit import (
    FaceFinding,
    TrendingSample,
    audit,
    caption_checks,
    duration_band,
    orientation,
)
from trend_assets.text import hashtags_in

NO_FACE = FaceFinding(False, faces=0)
SAMPLE = TrendingSample(
    7, "tiktok", videos=100, bands={"0-15 s": 40}, hashtags={"slime": 12},
    patterns=[{"trait": "hashtag", "value": "slime", "lift": 2.5}, {"trait": "sound", "value": "x", "lift": 9.0}],
)  # fmt: skip


def audited(**values):
    known = {
        "width": 1080, "height": 1920, "duration_seconds": 12.0, "face": NO_FACE, "caption": None, "sample": SAMPLE,
    }  # fmt: skip
    return audit(**known | values)


@pytest.mark.parametrize(
    ("seconds", "band"),
    [
        (None, None),
        (0, "0-15 s"),
        (15, "0-15 s"),
        (15.1, "15-30 s"),
        (60, "30-60 s"),
        (180, "60-180 s"),
        (181, "over 180 s"),
    ],
)
def test_the_upper_end_belongs_to_the_band(seconds, band):
    assert duration_band(seconds) == band


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((1080, 1920), "vertical"),
        ((1920, 1080), "horizontal"),
        ((100, 101), "square"),
        ((None, 5), None),
        ((0, 5), None),
    ],
)
def test_the_shape_is_square_within_five_percent(size, shape):
    assert orientation(*size) == shape


def test_the_comparison_says_how_much_of_what_trends_is_alike():
    found = audited(caption="Wait for it #Slime #unknown")
    assert found.comparison["same_band_share"] == 0.4
    assert found.comparison["trending_hashtags"] == {"slime": 12}
    assert [pattern["value"] for pattern in found.comparison["patterns"]] == ["slime"]
    assert "40% of 100 tiktok videos collected in the last 7 days have this length." in found.findings


def test_too_few_videos_compare_nothing():
    found = audited(sample=TrendingSample(7, "tiktok", videos=19, bands={"0-15 s": 19}))
    assert found.comparison["same_band_share"] is None
    assert "Only 19 tiktok videos collected in the last 7 days: too few to compare with." in found.findings


def test_a_cover_that_could_not_be_judged_says_why_and_is_no_no():
    found = audited(face=FaceFinding(None, reason="The picture's header cannot be read."))
    assert "Faces were not judged: The picture's header cannot be read." in found.findings


def test_a_missing_caption_is_not_checked_and_not_failed():
    (check,) = caption_checks("  ")
    assert check["passed"] is None


def test_each_check_fails_on_what_it_is_for():
    shouting = "LOOK AT THIS THING HERE RIGHT NOW https://x.example/ " + "and much more of it " * 6
    failed = {check["check"] for check in caption_checks(shouting.upper()) if check["passed"] is False}
    assert failed == {"caption length", "hashtags", "hook", "links", "shouting"}


@given(st.text(max_size=300))
def test_any_caption_can_be_checked(caption):
    assert all(check["finding"].endswith(".") for check in caption_checks(caption))
    assert len(hashtags_in(caption)) == len(set(hashtags_in(caption)))
