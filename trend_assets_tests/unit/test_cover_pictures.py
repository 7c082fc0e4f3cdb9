"""Covers that are not what they should be: a verdict or "not judged: why", never an exception."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from trend_assets.faces.header import NotJudged, header_to_judge
from trend_assets.faces.verdict import Seen, judge_creator, look_at, verdict_of
from trend_assets.sources.pictures import MAX_PIXELS


def saved(image: Image.Image, kind: str, **options) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def scene(size=(540, 960), mode="RGB") -> Image.Image:
    noise = np.random.default_rng(5).integers(0, 255, (size[1] // 20, size[0] // 20, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize(size)
    ImageDraw.Draw(image).rectangle((100, 100, 400, 300), fill=(20, 90, 200))
    return image.convert(mode)


def png_claiming(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


JPEG = saved(scene(), "JPEG")
UNJUDGED = {
    "empty": (b"", "empty"),
    "html": (b"\n<!DOCTYPE html><html>Access denied</html>", "HTML"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "pdf": (b"%PDF-1.7 ...", "PDF"),
    "program": (b"\x7fELF\x02\x01", "program"),
    "json": (b'{"error": "expired"}', "JSON"),
    "text": (b"not found", "not a picture"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
    "1x1": (saved(Image.new("RGB", (1, 1)), "PNG"), "too small"),
    "truncated jpeg": (JPEG[: len(JPEG) // 2], "truncated"),
    "truncated before the scan": (JPEG[:100], "too early"),
    "truncated png": (saved(scene(), "PNG")[:-100], "truncated"),
    "truncated webp": (saved(scene(), "WEBP")[:-500], "truncated"),
    "bomb": (png_claiming(20_000, 20_000), "20,000×20,000"),
    "one long side": (png_claiming(50_000, 40), "on a side"),
    "lying header": (png_claiming(600, 900), "damaged"),
    "no end of markers": (b"\xff\xd8\xff\xe0\x00\x00", "broken"),
}


@pytest.mark.parametrize("name", UNJUDGED)
def test_what_cannot_be_judged_says_why(name):
    data, word = UNJUDGED[name]
    seen = look_at(data)
    assert seen.reason is not None and word in seen.reason
    assert verdict_of(seen) == ("not_judged", seen.reason)
    assert seen.faces is None and seen.largest_face_share is None


def test_a_jpeg_bomb_is_refused_by_its_header_before_anything_is_decoded():
    position = JPEG.index(b"\xff\xc0")
    bomb = JPEG[: position + 5] + struct.pack(">HH", 20_000, 20_000) + JPEG[position + 9 :]
    with pytest.raises(NotJudged, match=f"more than {MAX_PIXELS:,}"):
        header_to_judge(bomb)


@pytest.mark.parametrize(
    "data",
    [
        JPEG,
        saved(scene(mode="CMYK"), "JPEG"),
        saved(scene(mode="L"), "JPEG"),
        saved(scene(), "JPEG", progressive=True),
        saved(scene(), "PNG"),
        saved(scene(mode="RGBA"), "PNG"),
        saved(scene(mode="P"), "PNG"),
        saved(scene(mode="P"), "GIF", save_all=True, append_images=[Image.new("P", (540, 960))]),
        saved(scene(), "WEBP"),
        saved(scene(), "WEBP", lossless=True),
        saved(scene(), "WEBP", save_all=True, append_images=[Image.new("RGB", (540, 960))]),
    ],
)
def test_every_usual_kind_of_picture_is_judged(data):
    seen = look_at(data)
    assert seen.reason is None
    assert (seen.width, seen.height) == (540, 960)
    assert verdict_of(seen) == ("rejected", "No face was found.")


def test_a_rotated_picture_is_judged_as_people_see_it():
    exif = Image.Exif()
    exif[0x0112] = 6
    seen = look_at(saved(scene(size=(960, 540)), "JPEG", exif=exif))
    assert (seen.width, seen.height, seen.reason) == (540, 960, None)


@settings(max_examples=150)
@given(st.integers(0, len(JPEG) - 1), st.binary(min_size=1, max_size=40), st.booleans())
def test_any_damage_to_a_picture_gets_a_verdict_or_a_reason(position, junk, cut):
    data = JPEG[:position] + junk + (b"" if cut else JPEG[position + len(junk) :])
    verdict, reason = verdict_of(look_at(data))
    assert verdict in {"passed", "rejected", "not_judged"} and reason


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_any_bytes_get_a_reason(data):
    assert verdict_of(look_at(data))[0] == "not_judged"


def seen(share: float | None, **options) -> Seen:
    return Seen(
        faces=0 if share is None else 1, largest_face_share=share, smallest_share_searched=0.02, detector="t", **options
    )


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.0201, "passed"), (0.02, "rejected"), (0.5, "passed"), (None, "rejected")]
)
def test_a_face_must_cover_more_than_two_percent(share, verdict):
    assert verdict_of(seen(share))[0] == verdict


def test_the_threshold_can_be_raised_from_what_was_seen_but_not_lowered():
    assert verdict_of(seen(0.04), min_share=0.05)[0] == "rejected"
    assert verdict_of(seen(0.04), min_share=0.01)[0] == "not_judged"


def test_one_cover_with_a_face_is_enough_and_unreadable_ones_reject_nobody():
    gone = Seen(reason="expired: The address has expired.")
    judged = judge_creator([seen(None), gone, seen(0.1)])
    assert (judged.verdict, judged.covers, judged.covers_judged, judged.best) == ("passed", 3, 2, 2)
    assert judge_creator([gone, seen(None)]).verdict == "rejected"
    assert judge_creator([gone, gone]).verdict == "not_judged"
    assert judge_creator([]).verdict == "not_judged"
