"""Covers: faces that OpenCV's cascades find, frames without a face in which they find none, the same bytes always."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

from trend_assets.sandbox.covers import HEIGHT, WIDTH, cover_file, draw, encode
from trend_assets.sandbox.films import film_file
from trend_assets.sandbox.life.dice import Dice
from trend_assets.sources.comet_covers.simulated import heic, pixel_bomb

COVERS = 30


def largest_face(data: bytes, cascade: str) -> float:
    """Share of the frame of the largest face that a cascade finds."""
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    grey = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    finder = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_{cascade}.xml")
    found = finder.detectMultiScale(grey, 1.1, 5, minSize=(20, 20))
    return max((width * height / grey.size for _, _, width, height in found), default=0.0)


@pytest.mark.parametrize("cascade", ["alt2", "default"])
def test_cascades_find_the_large_faces_and_nothing_else(cascade):
    dice = Dice(7)
    large = [largest_face(cover_file(dice, f"l{n}", 0.035 + 0.16 * n / COVERS), cascade) for n in range(COVERS)]
    small = [largest_face(cover_file(dice, f"s{n}", 0.003 + 0.005 * n / COVERS), cascade) for n in range(COVERS)]
    none = [largest_face(cover_file(dice, f"n{n}", 0.0), cascade) for n in range(COVERS)]
    assert np.mean(np.array(large) > 0.02) >= 0.90
    assert np.mean(np.array(small) > 0.02) <= 0.05
    assert np.mean(np.array(none) > 0) <= 0.05


def test_a_cover_is_a_portrait_jpeg_of_a_few_kilobytes():
    data = cover_file(Dice(7), "one", 0.06)
    assert data[:3] == b"\xff\xd8\xff"
    assert cv2.imdecode(np.frombuffer(data, np.uint8), 1).shape == (HEIGHT, WIDTH, 3)
    assert 8_000 < len(data) < 80_000


def test_the_same_cover_has_the_same_bytes_in_another_process():
    code = (
        "import sys; from trend_assets.sandbox.covers import *; from trend_assets.sandbox.life.dice import Dice;"
        "sys.stdout.buffer.write(encode(draw(Dice(7), 42, face_share=0.05), 'jpeg'))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert other == encode(draw(Dice(7), 42, face_share=0.05), "jpeg")


@pytest.mark.parametrize("share", [0.0005, 0.004, 0.2, 0.34])
def test_faces_of_any_size_fit_the_frame(share):
    for number in range(20):
        assert draw(Dice(7), number, face_share=share).shape == (HEIGHT, WIDTH, 3)


def test_unreadable_formats_are_unreadable_to_opencv():
    assert cv2.imdecode(np.frombuffer(heic(), np.uint8), 1) is None


def test_the_pixel_bomb_is_small_and_says_how_large_it_would_be():
    bomb = pixel_bomb()
    assert len(bomb) < 1_000_000
    assert bomb[16:24] == (30_000).to_bytes(4, "big") * 2


def test_a_film_is_an_mp4_that_opencv_reads(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(film_file(Dice(7), "tt/1", 0.06, 1))
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 12
    assert capture.read()[0]
    capture.release()
