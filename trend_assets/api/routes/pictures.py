"""Pictures of simulated items, at the addresses that issues print; pictures of real ones stay at their platform."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from trend_assets.api.problems import Problem, responses
from trend_assets.api.services import Using, only_known_parameters
from trend_assets.platforms import PICTURE_SIZE, platform_named
from trend_assets.sandbox.thumbnails import thumbnail

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
    picture = thumbnail(using.settings.sandbox_seed, f"{platform}/{name}", PICTURE_SIZE)
    return Response(picture, media_type="image/jpeg", headers=HEADERS)
