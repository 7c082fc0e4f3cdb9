"""Evidence for faces: what colours say, how it is weighed, and which of overlapping faces stays."""

import numpy as np
import pytest

from trend_assets.faces.haar import View
from trend_assets.faces.places import WEIGHTS, Place, accepted, clusters

SKIN_TONES = [(180, 200, 240), (120, 160, 205), (70, 100, 150), (40, 60, 95)]  # blue, green, red


def place(**evidence) -> Place:
    given = {"x": 50.0, "y": 50.0, "side": 40.0, "refined_x": 50.0, "refined_y": 50.0, "refined_side": 40.0}
    return Place(**(given | evidence))


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_skin_of_all_tones_is_skin(tone):
    view = View.of(np.full((100, 100, 3), tone, np.uint8))
    assert view.shares(place()) == (1.0, 0.0)


@pytest.mark.parametrize("colour", [(200, 60, 20), (30, 160, 40), (0, 0, 255)])
def test_other_colours_are_neither_skin_nor_colourless(colour):
    assert View.of(np.full((100, 100, 3), colour, np.uint8)).shares(place()) == (0.0, 0.0)


def test_a_picture_without_colour_says_so():
    assert View.of(np.full((100, 100, 3), 128, np.uint8)).shares(place()) == (0.0, 1.0)


def test_a_place_outside_the_picture_has_no_colours():
    view = View.of(np.zeros((20, 20, 3), np.uint8))
    assert view.shares(place(x=500.0, y=500.0)) == (0.0, 0.0)


def test_skin_alone_is_no_face_and_neither_are_a_few_windows():
    assert accepted([place(skin=1.0), place(windows=3)], WEIGHTS) == []
    assert len(accepted([place(windows=30, skin=1.0)], WEIGHTS)) == 1


def test_the_same_windows_convince_more_on_skin_and_less_when_turned():
    upright = place(windows=10, skin=0.9).logit(WEIGHTS)
    assert upright > place(windows=10).logit(WEIGHTS)
    assert upright > place(windows=10, skin=0.9, angle=28.0).logit(WEIGHTS)


def test_of_faces_inside_one_another_the_surest_stays_where_it_was_found_closely():
    weak = place(windows=20, skin=1.0, refined_x=52.0)
    sure = place(windows=60, skin=1.0, weaker_eye=2, stronger_eye=5, refined_x=48.0)
    far = place(windows=40, skin=1.0, refined_x=200.0)
    faces = accepted([weak, far, sure], WEIGHTS)
    assert [face.x for face in faces] == [48.0, 200.0]
    assert faces[0].side == pytest.approx(40.0 / WEIGHTS.window_over_face)


def test_windows_of_like_place_and_size_make_one_place_heaviest_first():
    windows = np.array([[0, 0, 20, 20], [1, 1, 21, 21], [60, 60, 20, 20], [0, 0, 60, 60]], float)
    places = clusters(windows, np.array([1.0, 1.0, 5.0, 1.0]), most=2)
    assert [round(found.side) for found in places] == [20, 20]
    assert (places[0].x, places[0].y) == (70.0, 70.0)
