"""Which pictures are not judged, decided by their first bytes and header before any decoder sees them.

Reading headers is `sources/pictures.py`; decoding is `decode.py`.
"""

from trend_assets.sources.errors import WrongContent
from trend_assets.sources.pictures import Header, media_type, read_header

MIN_SIDE = 32
"""Below 32 pixels a face over 2 % of the frame is under 5 pixels: nothing can be judged."""

MAX_BYTES = 30_000_000
_DECODED = ("image/jpeg", "image/png", "image/webp", "image/gif")


class NotJudged(ValueError):
    """This picture is not judged; the message says why, as a sentence."""


def header_to_judge(data: bytes) -> Header:
    """The header of a JPEG, PNG, WebP or GIF. Raises NotJudged for anything else, for a size that is not decoded or
    below 32 pixels, and for a body that ends too early."""
    if not data:
        raise NotJudged("The body is empty.")
    if len(data) > MAX_BYTES:
        raise NotJudged(f"The body has {len(data):,} bytes, more than {MAX_BYTES:,}.")
    if media_type(data) not in _DECODED:
        raise NotJudged(_other(data))
    try:
        header = read_header(data)
    except WrongContent as error:
        raise NotJudged(str(error)) from None
    if min(header.width, header.height) < MIN_SIDE:
        raise NotJudged(f"The picture is {header.width}×{header.height} pixels, too small to judge.")
    if not _has_end(data, header.media_type):
        name = header.media_type.removeprefix("image/").upper()
        raise NotJudged(f"The {name} is truncated: its end is missing.")
    return header


def _has_end(data: bytes, kind: str) -> bool:
    if kind == "image/png":
        return b"IEND" in data[-64:]
    if kind == "image/webp":
        return len(data) >= int.from_bytes(data[4:8], "little") + 8 - 1
    return kind == "image/gif" or data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda")


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
