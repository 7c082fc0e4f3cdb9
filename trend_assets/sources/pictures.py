"""What a file is, judged by its first bytes, and how large a picture is, read from its header without decoding it."""

import io
import warnings

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
_PILLOW_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}


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


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a JPEG, PNG, GIF or WebP, from its header.

    Raises WrongContent for other content, a broken header, or more than 40 million pixels or 12,000 on a side: such a
    picture must not reach a decoder."""
    kind = media_type(data)
    if kind not in _PILLOW_FORMATS:
        raise WrongContent(
            f"The picture is {kind or 'no image'}, which is not decoded here (JPEG, PNG, GIF or WebP are)."
        )
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[_PILLOW_FORMATS[kind]]) as image:
                width, height = image.size
    except Image.DecompressionBombError:
        raise WrongContent(f"The picture has more than {MAX_PIXELS:,} pixels.") from None
    except Exception as error:  # noqa: BLE001 - Pillow's readers raise whatever a broken header provokes
        raise WrongContent(f"The picture's header cannot be read ({type(error).__name__}).") from None
    if width < 1 or height < 1 or max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise WrongContent(
            f"The picture is {width}×{height} pixels, beyond {MAX_SIDE:,} a side or {MAX_PIXELS:,} in all."
        )
    return width, height
