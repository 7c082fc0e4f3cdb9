"""The small picture of a simulated item, as an issue shows it: drawn from its name, the same every time, of nobody.

Covers that are judged, with faces and faults, are drawn in `covers.py`.
"""

import io
from functools import lru_cache

from trend_assets.sandbox.life.dice import Dice, text_number

GRID = (4, 3)


@lru_cache(maxsize=500)
def thumbnail(seed: int, name: str, size: tuple[int, int]) -> bytes:
    """A JPEG of `size`: soft colours, and the mark of a film; about 3 kB."""
    from PIL import Image, ImageDraw

    dice, number = Dice(seed), text_number(name) >> 8
    light = dice.between(60, 150, "thumbnail/light", number)
    colours = [
        tuple(int(light + dice.between(-45, 80, "thumbnail/colour", number, place, channel)) for channel in range(3))
        for place in range(GRID[0] * GRID[1])
    ]
    small = Image.new("RGB", GRID)
    small.putdata(colours)
    picture = small.resize(size, Image.Resampling.BICUBIC)
    (x, y), r = (size[0] / 2, size[1] / 2), size[1] / 9
    drawing = ImageDraw.Draw(picture)
    drawing.polygon([(x - r * 0.8, y - r), (x - r * 0.8, y + r), (x + r, y)], fill=(255, 255, 255))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
