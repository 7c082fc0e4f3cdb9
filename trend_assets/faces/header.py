"""What a picture is, read from its first bytes and its header, before any decoder sees it: type, size, rotation.

The decision that a picture is not decoded is made here; decoding is `decode.py`.
"""

import struct
from dataclasses import dataclass
from typing import Literal

MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000
MIN_SIDE = 32
"""Below 32 pixels a face over 2 % of the frame is under 5 pixels: nothing can be judged."""

MAX_BYTES = 30_000_000

MediaType = Literal["image/jpeg", "image/png", "image/webp", "image/gif"]


class NotJudged(ValueError):
    """This picture is not judged; the message says why, as a sentence."""


@dataclass(frozen=True, slots=True)
class Header:
    """`width` and `height` in pixels as stored; `orientation` is EXIF's 1-8, `components` a JPEG's colour channels."""

    media_type: MediaType
    width: int
    height: int
    orientation: int = 1
    components: int = 3
    is_animated: bool = False

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height as people see it, after EXIF rotation."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def read_header(data: bytes) -> Header:
    """Type and size of a JPEG, PNG, WebP or GIF. Raises NotJudged for anything else, and for a size beyond 40 million
    pixels or 12,000 on a side (a 47 kB PNG can ask for 2.4 GB), below 32, or a body that ends too early."""
    if not data:
        raise NotJudged("The body is empty.")
    if len(data) > MAX_BYTES:
        raise NotJudged(f"The body has {len(data):,} bytes, more than {MAX_BYTES:,}.")
    try:
        header = _header(data)
    except (struct.error, IndexError):
        raise NotJudged("The header ends too early.") from None
    if header.width < MIN_SIDE or header.height < MIN_SIDE:
        raise NotJudged(f"The picture is {header.width}×{header.height} pixels, too small to judge.")
    if max(header.width, header.height) > MAX_SIDE or header.width * header.height > MAX_PIXELS:
        raise NotJudged(
            f"The picture claims {header.width:,}×{header.height:,} pixels, more than {MAX_PIXELS:,} or {MAX_SIDE:,} "
            "on a side; it was not decoded."
        )
    return header


def _header(data: bytes) -> Header:
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        if data[12:16] != b"IHDR":
            raise NotJudged("The PNG does not begin with its header.")
        if b"IEND" not in data[-64:]:
            raise NotJudged("The PNG is truncated: its end is missing.")
        width, height = struct.unpack(">II", data[16:24])
        return Header("image/png", width, height)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        width, height = struct.unpack("<HH", data[6:10])
        return Header("image/gif", width, height, is_animated=True)
    raise NotJudged(_other(data))


def _other(data: bytes) -> str:
    """What the body is instead, in a sentence."""
    start = data[:512].lstrip().lower()
    if data[4:8] == b"ftyp":
        brand = data[8:12].decode("ascii", "replace")
        kind = {"avif": "AVIF", "avis": "AVIF"}.get(brand, "HEIC" if brand[:2] in ("he", "mi", "ms") else "a video")
        return f"The body is {kind} ({brand}), which OpenCV does not decode."
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "The body is HTML, not a picture."
    if b"<svg" in start:
        return "The body is SVG, not a picture of pixels."
    for magic, kind in ((b"%pdf", "PDF"), (b"\x7felf", "a program"), (b"{", "JSON"), (b"pk\x03\x04", "a ZIP file")):
        if start.startswith(magic):
            return f"The body is {kind}, not a picture."
    return f"The body is not a picture that we know (it begins with {data[:8].hex(' ')})."


def _jpeg(data: bytes) -> Header:
    """Walk the markers up to the scan: frame header, EXIF orientation; then see that the end is there."""
    position, orientation, frame = 2, 1, None
    while True:
        if data[position] != 0xFF:
            raise NotJudged("The JPEG's markers are broken.")
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker in (0x01, *range(0xD0, 0xD8)):
            continue
        if marker in (0xD8, 0xD9):
            raise NotJudged("The JPEG holds no picture.")
        (length,) = struct.unpack(">H", data[position : position + 2])
        if length < 2:
            raise NotJudged("The JPEG's markers are broken.")
        if marker in (0xC0, 0xC1, 0xC2):
            height, width = struct.unpack(">HH", data[position + 3 : position + 7])
            frame = (width, height, data[position + 7])
        elif 0xC3 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            raise NotJudged("The JPEG is of a kind (lossless or arithmetic) that is not decoded here.")
        elif marker == 0xE1 and data[position + 2 : position + 8] == b"Exif\0\0":
            orientation = _exif_orientation(data[position + 8 : position + length])
        position += length
        if marker == 0xDA:
            break
    if frame is None:
        raise NotJudged("The JPEG says nothing of its size.")
    if data.rfind(b"\xff\xd9", position) < 0:
        raise NotJudged("The JPEG is truncated: its end is missing.")
    return Header("image/jpeg", frame[0], frame[1], orientation, frame[2])


def _exif_orientation(exif: bytes) -> int:
    """EXIF tag 0x0112 of the first directory; 1 where it is absent or makes no sense."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 10:
        return 1
    try:
        (directory,) = struct.unpack(order + "I", exif[4:8])
        (entries,) = struct.unpack(order + "H", exif[directory : directory + 2])
        for number in range(min(entries, 100)):
            start = directory + 2 + 12 * number
            tag, kind, _, value = struct.unpack(order + "HHIH", exif[start : start + 10])
            if tag == 0x0112 and kind == 3:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _webp(data: bytes) -> Header:
    (claimed,) = struct.unpack("<I", data[4:8])
    if len(data) < claimed + 8 - 1:
        raise NotJudged("The WebP is truncated: its end is missing.")
    chunk = data[12:16]
    is_animated = False
    if chunk == b"VP8X":
        is_animated = bool(data[20] & 0x02)
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
    elif chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    elif chunk == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", data[26:30]))
    else:
        raise NotJudged("The WebP's first part is unknown.")
    return Header("image/webp", width, height, is_animated=is_animated)
