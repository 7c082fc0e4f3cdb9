"""What a file is, judged by its first bytes, and how large a picture is, read from its header without decoding it."""

import struct
from dataclasses import dataclass

from trend_assets.sources.errors import WrongContent

MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000
"""A 47 kB PNG can ask a decoder for 2.4 GB; 40 million pixels are 120 MB."""

MAGIC_BYTES = 32
"""Enough of the start of a file for `media_type`."""

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def media_type(data: bytes) -> str | None:
    """The media type by magic bytes: JPEG, PNG, GIF, WebP, HEIC, AVIF, MP4, QuickTime, WebM; None for anything else
    (HTML, SVG, PDF, programs, empty)."""
    for start, name in _STARTS:
        if data.startswith(start):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in _HEIC_BRANDS:
            return "image/heic"
        if brand in (b"avif", b"avis"):
            return "image/avif"
        return "video/quicktime" if brand == b"qt  " else "video/mp4"
    return None


@dataclass(frozen=True, slots=True)
class Header:
    """`width` and `height` in pixels as stored; `orientation` is EXIF's 1-8, `components` a JPEG's colour channels."""

    media_type: str
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
    """Type, size and rotation of a JPEG, PNG, GIF or WebP, read without a decoder.

    Raises WrongContent for other content, a broken header, or more than 40 million pixels or 12,000 on a side: such a
    picture must not reach a decoder."""
    try:
        header = _header(data)
    except (struct.error, IndexError):
        raise WrongContent("The header ends too early.") from None
    width, height = header.width, header.height
    if min(width, height) < 1 or max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise WrongContent(
            f"The picture claims {width:,}×{height:,} pixels, more than {MAX_PIXELS:,} or {MAX_SIDE:,} on a side, or "
            "none; it was not decoded."
        )
    return header


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels as stored. Raises WrongContent as `read_header` does."""
    header = read_header(data)
    return header.width, header.height


def _header(data: bytes) -> Header:
    kind = media_type(data)
    if kind == "image/jpeg":
        return _jpeg(data)
    if kind == "image/webp":
        return _webp(data)
    if kind == "image/gif":
        width, height = struct.unpack("<HH", data[6:10])
        return Header(kind, width, height, is_animated=True)
    if kind == "image/png":
        if data[12:16] != b"IHDR":
            raise WrongContent("The PNG does not begin with its header.")
        width, height = struct.unpack(">II", data[16:24])
        return Header(kind, width, height)
    raise WrongContent(f"The picture is {kind or 'no image'}, which is not decoded here (JPEG, PNG, GIF or WebP are).")


def _jpeg(data: bytes) -> Header:
    """Walk the markers up to the scan: frame header, EXIF orientation."""
    position, orientation, frame = 2, 1, None
    while True:
        if data[position] != 0xFF:
            raise WrongContent("The JPEG's markers are broken.")
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker in (0x01, *range(0xD0, 0xD8)):
            continue
        if marker in (0xD8, 0xD9):
            raise WrongContent("The JPEG holds no picture.")
        (length,) = struct.unpack(">H", data[position : position + 2])
        if length < 2:
            raise WrongContent("The JPEG's markers are broken.")
        if marker in (0xC0, 0xC1, 0xC2):
            height, width = struct.unpack(">HH", data[position + 3 : position + 7])
            frame = (width, height, data[position + 7])
        elif 0xC3 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            raise WrongContent("The JPEG is of a kind (lossless or arithmetic) that is not decoded here.")
        elif marker == 0xE1 and data[position + 2 : position + 8] == b"Exif\0\0":
            orientation = _exif_orientation(data[position + 8 : position + length])
        position += length
        if marker == 0xDA:
            break
    if frame is None:
        raise WrongContent("The JPEG says nothing of its size.")
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
        raise WrongContent("The WebP's first part is unknown.")
    return Header("image/webp", width, height, is_animated=is_animated)
