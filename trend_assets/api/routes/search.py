"""Search as JSON, as CSV and as a page: GET /search and /ui/search."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from trend_assets.api.models import Day, PostPlatform
from trend_assets.api.problems import Problem, responses
from trend_assets.api.routes.pages import PER_PAGE as PER_PAGE_OF_PEOPLE
from trend_assets.api.routes.pages import render
from trend_assets.api.routes.reads import PER_PAGE, Cursor, Limit
from trend_assets.api.search import KINDS, Filters, Hit, Kind, SearchPage, search
from trend_assets.api.services import Using
from trend_assets.api.tabular import FILES_TOO, ListFormat, listed

router = APIRouter(tags=["reading"])
FEW = 5
# a field of a form that was left empty comes as an empty text
Blank = BeforeValidator(lambda value: None if value == "" else value)


def search_filters(
    start: Annotated[Day | None, Query(description="Last collected on this day or later."), Blank] = None,
    end: Annotated[Day | None, Query(description="Last collected on this day or before."), Blank] = None,
    platform: Annotated[PostPlatform | None, Query(description="Only this platform."), Blank] = None,
    source: Annotated[
        str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="Only what this source had."), Blank
    ] = None,
    hashtag: Annotated[str | None, Query(max_length=101, description="Only posts with this hashtag."), Blank] = None,
    language: Annotated[
        str | None,
        Query(pattern=r"^[A-Za-z]{2}([-_][A-Za-z0-9]{2,8})*$", description="Only this language: en, de, …."),
        Blank,
    ] = None,
    min_views: Annotated[int | None, Query(ge=0, le=2**62, description="At least so many views."), Blank] = None,
    min_followers: Annotated[
        int | None, Query(ge=0, le=2**62, description="Its creator has at least so many."), Blank
    ] = None,
    max_followers: Annotated[
        int | None, Query(ge=0, le=2**62, description="Its creator has at most so many."), Blank
    ] = None,
) -> Filters:
    """What narrows a search, from the address."""
    return Filters(
        start=start,
        end=end,
        platform=platform,
        source=source,
        hashtag=hashtag or None,
        language=language,
        min_views=min_views,
        min_followers=min_followers,
        max_followers=max_followers,
    )


Narrowed = Annotated[Filters, Depends(search_filters)]
Typed = Annotated[str, Query(description='Words, "a phrase", -without; any script, at most 200 characters.')]


@router.get("/search", response_model=SearchPage, responses=FILES_TOO | responses(422, 503))
def get_search(
    using: Using,
    q: Typed,
    filters: Narrowed,
    kind: Annotated[Kind, Query(description="What to look for.")] = "post",
    limit: Limit = PER_PAGE,
    cursor: Cursor = None,
    format: ListFormat = "json",
) -> Response:
    """Full text over posts, products, stories or creators, newest first."""
    page = search(using.searching, q, kind=kind, filters=filters, limit=limit, cursor=cursor)
    return listed(page, Hit, format, name="search")


@router.get("/ui/search", include_in_schema=False)
def search_page(
    request: Request,
    using: Using,
    filters: Narrowed,
    q: Typed = "",
    kind: Kind | None = None,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """With a kind a page of it; without, the newest few of every kind that the filters allow."""
    found, said = {}, ""
    for each in [kind] if kind else KINDS if q else []:
        try:
            found[each] = search(
                using.searching, q, kind=each, filters=filters, limit=PER_PAGE_OF_PEOPLE if kind else FEW, cursor=cursor
            )
        except Problem as problem:
            if problem.status != 422:
                raise
            said = said or problem.detail
    return render(
        request,
        "search",
        status=422 if said and not found else 200,
        q=q,
        kind=kind,
        kinds=KINDS,
        filters=filters,
        narrowed=filters.model_dump(exclude_none=True, mode="json"),
        found=found,
        problem=said if not found else "",
        note=next((page.note for page in found.values() if page.note), None),
        is_simulated=any(hit.is_simulated for page in found.values() for hit in page.items),
    )
