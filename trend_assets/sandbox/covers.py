"""Cover images, drawn by us: portrait frames with or without a face, as real JPEG, WebP or PNG files.

Faces are drawn (skin, shaded eye sockets, brows, nose, mouth, hair), not photographed; nobody is shown. They are made
such that OpenCV's frontal Haar cascades find them. Whether a cover has a face, and which share of the frame it takes,
is given by the caller: the truth is known. cv2 is imported when the first cover is drawn.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from trend_assets.sandbox.life.dice import Dice, text_number

WIDTH, HEIGHT = 540, 960
# BGR skin, from very light to very dark; hair and lips follow
SKINS = (
    (205, 222, 246),
    (178, 203, 238),
    (150, 183, 226),
    (125, 160, 208),
    (98, 134, 186),
    (78, 110, 160),
    (62, 90, 136),
)
HAIRS = ((22, 24, 30), (30, 48, 82), (52, 88, 132), (96, 150, 196), (40, 40, 110), (150, 150, 155))
PATCH_W, PATCH_H = 240, 320
# the face's box (brows to chin, cheek to cheek) inside the patch: x, y, width, height
FACE_BOX = (50, 90, 140, 176)

Image = np.ndarray[Any, np.dtype[np.uint8]]


def _tone(colour: tuple[int, ...], factor: float) -> tuple[float, float, float]:
    blue, green, red = (float(min(max(channel * factor, 0), 255)) for channel in colour)
    return blue, green, red


def _face_patch(dice: Dice, number: int) -> tuple[Any, Any]:
    """A head on a patch of PATCH_W × PATCH_H, and its mask (0 … 255)."""
    import cv2

    def u(name: str, low: float, high: float) -> float:
        return float(dice.between(low, high, f"cover/{name}", number))

    skin, hair = dice.pick(SKINS, "cover/skin", number), dice.pick(HAIRS, "cover/hair", number)
    # dark skin needs relatively brighter light for the same contrast in grey values, which is what a cascade sees
    gloss = 1.0 + 2.2 * (1.0 - sum(skin) / 640)
    patch: Any = np.full((PATCH_H, PATCH_W, 3), _tone(skin, 1.0), np.uint8)
    mask = np.zeros((PATCH_H, PATCH_W), np.uint8)
    middle, aa = PATCH_W // 2, cv2.LINE_AA
    half_w, half_h = int(u("w", 66, 76)), int(u("h", 92, 104))
    head = (middle, 172)
    cv2.rectangle(mask, (middle - 32, 230), (middle + 32, PATCH_H), 255, -1)
    cv2.ellipse(mask, head, (half_w, half_h), 0, 0, 360, 255, -1, aa)
    # light from above: forehead and nose bright, jaw and temples darker
    cv2.ellipse(patch, head, (half_w, half_h), 0, 0, 360, _tone(skin, 0.92), -1, aa)
    cv2.ellipse(patch, (middle, 165), (half_w - 14, half_h - 16), 0, 0, 360, _tone(skin, 1 + 0.06 * gloss), -1, aa)
    cv2.rectangle(patch, (middle - 32, 262), (middle + 32, PATCH_H), _tone(skin, 0.72), -1)
    quarter = cv2.resize(patch, (PATCH_W // 4, PATCH_H // 4), interpolation=cv2.INTER_AREA)
    patch = cv2.resize(cv2.GaussianBlur(quarter, (0, 0), 2.2), (PATCH_W, PATCH_H), interpolation=cv2.INTER_LINEAR)
    eye_y, eye_dx = int(u("ey", 150, 156)), int(u("ed", 31, 35))
    for side in (-1, 1):
        x = middle + side * eye_dx
        cv2.ellipse(patch, (x, eye_y - 3), (25, 16), 0, 0, 360, _tone(skin, 0.62 - 0.08 * gloss), -1, aa)
        cv2.ellipse(patch, (x, eye_y + 30), (22, 13), 0, 0, 360, _tone(skin, 1 + 0.13 * gloss), -1, aa)
    patch = cv2.GaussianBlur(patch, (11, 11), 4)
    brow = _tone(hair, 0.9) if sum(hair) < sum(skin) * 0.7 else _tone(skin, 0.4)
    for side in (-1, 1):
        x = middle + side * eye_dx
        cv2.ellipse(patch, (x, eye_y - 19), (24, 6), side * u("tilt", -6, 4), 0, 360, brow, -1, aa)
        cv2.ellipse(patch, (x, eye_y), (17, 8), 0, 0, 360, (225, 228, 230), -1, aa)
        cv2.circle(patch, (x, eye_y), 8, (30, 34, 44), -1, aa)
        cv2.ellipse(patch, (x, eye_y - 4), (18, 8), 0, 180, 360, _tone(skin, 0.3), 4, aa)
    cv2.ellipse(patch, (middle, eye_y + 20), (8, 34), 0, 0, 360, _tone(skin, 1 + 0.16 * gloss), -1, aa)
    cv2.ellipse(patch, (middle, eye_y + 56), (19, 8), 0, 0, 360, _tone(skin, 0.74), -1, aa)
    for side in (-1, 1):
        cv2.circle(patch, (middle + side * 9, eye_y + 56), 4, _tone(skin, 0.38), -1, aa)
    mouth_y, smile = eye_y + int(u("my", 83, 89)), u("smile", 5, 13)
    lips = (float(skin[0] * 0.5), float(skin[1] * 0.48), float(min(skin[2] * 0.82, 255)))
    cv2.ellipse(patch, (middle, mouth_y), (int(u("mw", 27, 34)), int(smile)), 0, 0, 360, lips, -1, aa)
    if smile > 9:
        cv2.ellipse(patch, (middle, mouth_y - 1), (24, int(smile - 6)), 0, 0, 360, (235, 238, 240), -1, aa)
    else:
        cv2.line(patch, (middle - 26, mouth_y), (middle + 26, mouth_y), _tone(skin, 0.35), 3, aa)
    cv2.ellipse(patch, (middle, mouth_y + 18), (22, 6), 0, 0, 360, _tone(skin, 0.84), -1, aa)
    patch = cv2.GaussianBlur(patch, (5, 5), 1.4)
    _hair(dice, number, patch, mask, head=head, half=(half_w, half_h), colour=hair)
    return patch, mask


def _hair(
    dice: Dice,
    number: int,
    patch: Image,
    mask: Image,
    *,
    head: tuple[int, int],
    half: tuple[int, int],
    colour: tuple[int, ...],
) -> None:
    """Hair over the forehead, and down the sides for half of the heads."""
    import cv2

    (x, y), (w, h), aa = head, half, cv2.LINE_AA
    shade = _tone(colour, 1.0)
    line = y - int(h * float(dice.between(0.52, 0.62, "cover/hairline", number)))
    crown = np.array([[x - w - 8, y - 10], [x - w - 10, y - h // 2], [x - w // 2, y - h - 22], [x, y - h - 30],
                      [x + w // 2, y - h - 22], [x + w + 10, y - h // 2], [x + w + 8, y - 10], [x + w - 12, line + 26],
                      [x + w // 3, line], [x - w // 3, line + 4], [x - w + 12, line + 30]], np.int32)  # fmt: skip
    cv2.fillPoly(patch, [crown], shade, aa)
    cv2.fillPoly(mask, [crown], 255, aa)
    if dice.uniform("cover/long", number) < 0.5:
        for side in (-1, 1):
            cv2.ellipse(patch, (x + side * (w + 6), y + 30), (16, 100), side * -4, 0, 360, shade, -1, aa)
            cv2.ellipse(mask, (x + side * (w + 6), y + 30), (16, 100), side * -4, 0, 360, 255, -1, aa)


def _background(dice: Dice, number: int) -> Image:
    """A wall and a floor in two quiet colours, unevenly lit, with a window or a picture out of focus."""
    import cv2

    base = np.array([dice.between(70, 205, "cover/base", number, channel) for channel in range(3)], np.float32)
    base = 0.55 * base + 0.45 * base.mean()  # rooms are less colourful than dice
    light = 0.75 + 0.5 * dice.uniform("cover/light", np.arange(24), np.full(24, number)).astype(np.float32).reshape(
        6, 4, 1
    )
    small = np.clip(base * light, 0, 255).astype(np.uint8)
    frame = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    floor = 640 + dice.integer(180, "cover/floor", number)
    frame[floor:] = (frame[floor:] * 0.72).astype(np.uint8)
    if dice.uniform("cover/window", number) < 0.5:
        x, y = dice.integer(360, "cover/wx", number), 60 + dice.integer(220, "cover/wy", number)
        pane = frame[y : y + 210, x : x + 150]
        pane[:] = np.clip(pane * 1.25 + 12, 0, 255).astype(np.uint8)
    return np.asarray(frame)


def _objects(dice: Dice, number: int, frame: Image) -> None:
    """Things without a face: boxes, bars of text, rings, a plate or a product."""
    import cv2

    kind = dice.integer(5, "cover/kind", number)

    def i(low: int, high: int, *at: int) -> int:
        return low + dice.integer(high - low, "cover/obj", number, *at)

    def colour(*at: int) -> tuple[float, float, float]:
        return float(i(10, 245, *at, 1)), float(i(10, 245, *at, 2)), float(i(10, 245, *at, 3))

    if kind == 0:  # a page of text
        cv2.rectangle(frame, (50, 190), (490, 760), (240, 240, 238), -1)
        for row in range(12):
            cv2.rectangle(frame, (80, 230 + row * 42), (80 + i(120, 370, row), 246 + row * 42), (60, 60, 64), -1)
    elif kind == 1:  # boxes on a shelf
        for place in range(7):
            x, y = i(0, 420, place, 4), i(150, 760, place, 5)
            cv2.rectangle(frame, (x, y), (x + i(60, 180, place, 6), y + i(60, 200, place, 7)), colour(place), -1)
    elif kind == 2:  # a plate
        cv2.circle(frame, (270, 520), 210, (236, 236, 232), -1, cv2.LINE_AA)
        cv2.circle(frame, (270, 520), 150, colour(8), -1, cv2.LINE_AA)
    elif kind == 3:  # a bottle
        cv2.rectangle(frame, (200, 340), (340, 780), colour(9), -1)
        cv2.rectangle(frame, (240, 250), (300, 345), colour(10), -1)
        cv2.rectangle(frame, (212, 480), (328, 620), (245, 245, 245), -1)
    else:  # hills
        for place in range(3):
            base = 560 + 110 * place
            points = np.array(
                [
                    [0, HEIGHT],
                    [0, base],
                    [i(90, 260, place), base - i(60, 220, place, 1)],
                    [WIDTH, base],
                    [WIDTH, HEIGHT],
                ]
            )
            cv2.fillPoly(frame, [points.astype(np.int32)], colour(place, 11), cv2.LINE_AA)


def _body(dice: Dice, number: int, frame: Image, *, middle: int, neck: int, scale: float) -> None:
    """Shoulders and, where there is room, legs, in a shirt of one colour."""
    import cv2

    shirt = tuple(float(dice.between(30, 220, "cover/shirt", number, channel)) for channel in range(3))
    half, aa = int(125 * scale), cv2.LINE_AA
    waist = min(neck + int(330 * scale), HEIGHT)
    cv2.ellipse(frame, (middle, neck + int(80 * scale)), (half, int(75 * scale)), 0, 180, 360, shirt, -1, aa)
    cv2.rectangle(frame, (middle - half, neck + int(78 * scale)), (middle + half, waist), shirt, -1)
    for side in (-1, 1):
        inner, outer = middle + side * int(10 * scale), middle + side * int(105 * scale)
        cv2.rectangle(frame, (inner, waist), (outer, min(waist + int(480 * scale), HEIGHT)), (66.0, 54.0, 48.0), -1)


def draw(dice: Dice, number: int, *, face_share: float) -> Image:
    """A frame of 540 × 960 (BGR). `face_share` is the share of the frame that the face takes; 0 draws none."""
    import cv2

    frame: Any = _background(dice, number)
    if face_share <= 0:
        _objects(dice, number, frame)
    else:
        patch, mask = _face_patch(dice, number)
        scale = float(np.sqrt(face_share * WIDTH * HEIGHT / (FACE_BOX[2] * FACE_BOX[3])))
        size = max(int(PATCH_W * scale), 8), max(int(PATCH_H * scale), 8)
        smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        patch, mask = cv2.resize(patch, size, interpolation=smaller), cv2.resize(mask, size, interpolation=smaller)
        left = dice.integer(max(WIDTH - size[0], 1), "cover/x", number)
        room = max(int(HEIGHT * 0.62) - size[1], 1)
        top = int(HEIGHT * 0.04) + dice.integer(room, "cover/y", number)
        height, width = min(size[1], HEIGHT - top), min(size[0], WIDTH - left)
        _body(dice, number, frame, middle=left + size[0] // 2, neck=top + int(290 * scale), scale=scale)
        weight = np.multiply(mask[:height, :width], np.float32(1 / 255), dtype=np.float32)
        region = frame[top : top + height, left : left + width]
        region[:] = cv2.blendLinear(np.ascontiguousarray(region), patch[:height, :width], 1 - weight, weight)
    if dice.uniform("cover/text", number) < 0.4:  # a caption bar, as covers have
        y = 820 + dice.integer(60, "cover/bar", number)
        cv2.rectangle(frame, (40, y), (500, y + 44), (250, 250, 250), -1)
        cv2.rectangle(frame, (70, y + 16), (440, y + 28), (40, 40, 40), -1)
    return frame


def encode(frame: Image, ending: str) -> bytes:
    """The file of a frame: jpeg, webp or png."""
    import cv2

    options = {"jpeg": [cv2.IMWRITE_JPEG_QUALITY, 82], "webp": [cv2.IMWRITE_WEBP_QUALITY, 75], "png": []}[ending]
    done, data = cv2.imencode(f".{ending}", frame, options)
    if not done:
        raise RuntimeError(f"OpenCV could not write a {ending} cover.")
    return bytes(data)


@lru_cache(maxsize=3000)
def cover_file(dice: Dice, name: str, face_share: float, ending: str = "jpeg") -> bytes:
    """The file of the cover with this name; kept in memory (3,000 covers of about 25 kB)."""
    return encode(draw(dice, text_number(name) >> 8, face_share=face_share), ending)
