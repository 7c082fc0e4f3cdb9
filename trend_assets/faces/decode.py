"""A picture as a small array of colours, decoded no larger than the smallest face of interest needs.

A JPEG is reduced by its own decoder (1/2, 1/4, 1/8 in the cosine domain: 1 ms instead of 8 for a cover of 720×1280;
colour costs a tenth more than grey).
Only headers that `header.py` let pass come here; limits on memory and time are those of the process (`worker.py`).
"""

import math

import numpy as np

from trend_assets.faces.header import NotJudged
from trend_assets.sources.pictures import Header

LEAST_FACE_PIXELS = 24
"""Side of the smallest face of interest in the decoded picture: looking closer needs more than the scan."""


def decode_small(data: bytes, header: Header, *, min_share: float) -> np.ndarray:
    """Pixels as OpenCV keeps them (height × width × blue, green, red; 8 bit), upright, first frame; the square of
    `min_share` of the frame keeps at least 24 pixels a side where the picture has them. Raises NotJudged when the
    decoder cannot read it."""
    import cv2

    side = math.sqrt(min_share * header.width * header.height)
    reduction = 1
    while reduction < 8 and side / (2 * reduction) >= LEAST_FACE_PIXELS:
        reduction *= 2
    if header.is_animated or header.components == 4:
        pixels = _by_pillow(data, header, reduction)
    else:
        flag = {
            1: cv2.IMREAD_COLOR,
            2: cv2.IMREAD_REDUCED_COLOR_2,
            4: cv2.IMREAD_REDUCED_COLOR_4,
            8: cv2.IMREAD_REDUCED_COLOR_8,
        }[reduction]
        try:
            # without IMREAD_IGNORE_ORIENTATION OpenCV turns it as EXIF says
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
        except cv2.error as error:
            raise NotJudged(f"OpenCV cannot decode the picture ({error.err or 'unknown error'}).") from None
        if decoded is None or decoded.size == 0:
            name = header.media_type.removeprefix("image/").upper()
            raise NotJudged(f"The {name} is damaged: it cannot be decoded.")
        pixels = np.asarray(decoded)
    return pixels


def _by_pillow(data: bytes, header: Header, reduction: int) -> np.ndarray:
    """First frame of an animation, and CMYK JPEG, whose inks Pillow reads the right way round."""
    import io
    import warnings

    from PIL import Image, ImageOps

    name = {"image/gif": "GIF", "image/webp": "WEBP", "image/jpeg": "JPEG", "image/png": "PNG"}[header.media_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=[name]) as image:
                if image.size != (header.width, header.height):
                    raise NotJudged("The header lies about the picture's size.")
                image.draft("RGB", (header.width // reduction, header.height // reduction))
                image.seek(0)
                upright = ImageOps.exif_transpose(image)
                if "transparency" in upright.info or upright.mode in ("RGBA", "LA", "PA"):
                    upright = upright.convert("RGBA").convert("RGB")
                small = upright.convert("RGB")
    except NotJudged:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow's readers raise whatever broken bytes provoke
        raise NotJudged(f"The {name} is damaged: it cannot be decoded ({type(error).__name__}).") from None
    left = max(1, reduction * small.width // header.shown_size[0])
    return np.ascontiguousarray(np.asarray(small.reduce(left) if left > 1 else small)[:, :, ::-1])
