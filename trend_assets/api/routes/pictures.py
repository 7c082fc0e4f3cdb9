"""Pictures of simulated items, at the addresses that issues print; pictures of real ones stay at their platform."""

import io
import random
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from trend_assets.api.problems import Problem, responses
from trend_assets.api.services import Using, only_known_parameters
from trend_assets.platforms import PICTURE_SIZE, platform_named

GRID = (4, 3)
router = APIRouter(tags=["reading"], dependencies=[Depends(only_known_parameters)])
HEADERS = {
    "cache-control": "public, max-age=604800, immutable",
    # mail programs and feed readers show it on pages of theirs
    "cross-origin-resource-policy": "cross-origin",
}


@router.get(
    "/pictures/{platform}/{name}.jpg",
    response_class=Response,
    responses={200: {"description": "The picture.", "content": {"image/jpeg": {}}}, **responses(404, 422)},
)
def get_picture(
    using: Using,
    platform: Annotated[str, Path(pattern=r"^[a-z_]{1,40}$", description="The platform's name.")],
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="The simulated item's id.")],
) -> Response:
    """The drawn picture of a simulated item. No real item has one here: its picture is at its platform."""
    row = platform_named(platform)
    if row is None or not row.picture or row.plain_id(name) is None:
        raise Problem(404, f"There are no pictures of {platform} under such a name.")
    picture = drawn(using.settings.sandbox_seed, f"{platform}/{name}", PICTURE_SIZE)
    return Response(picture, media_type="image/jpeg", headers=HEADERS)


@lru_cache(maxsize=500)
def drawn(seed: int, name: str, size: tuple[int, int]) -> bytes:
    """A JPEG of `size`, drawn from the name, the same every time, of nobody: soft colours, and the mark of a film;
    about 3 kB."""
    from PIL import Image, ImageDraw

    dice = random.Random(f"{seed}/{name}")
    light = dice.uniform(60, 150)
    small = Image.new("RGB", GRID)
    small.putdata([tuple(int(light + dice.uniform(-45, 80)) for _ in "rgb") for _ in range(GRID[0] * GRID[1])])
    picture = small.resize(size, Image.Resampling.BICUBIC)
    (x, y), r = (size[0] / 2, size[1] / 2), size[1] / 9
    drawing = ImageDraw.Draw(picture)
    drawing.polygon([(x - r * 0.8, y - r), (x - r * 0.8, y + r), (x + r, y)], fill=(255, 255, 255))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
