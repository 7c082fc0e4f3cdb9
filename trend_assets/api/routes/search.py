"""Search as JSON, as CSV and as a page: GET /search and /ui/search."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from trend_assets.api.problems import Problem
from trend_assets.api.routes.pages import PER_PAGE as PER_PAGE_OF_PEOPLE
from trend_assets.api.routes.pages import render
from trend_assets.api.routes.reads import PER_PAGE, Cursor, Limit
from trend_assets.api.search import KINDS, Filters, Hit, Kind, SearchPage, search
from trend_assets.api.services import Using
from trend_assets.api.tabular import ListFormat, listed, or_file

router = APIRouter(tags=["reading"])
FEW = 5
Narrowed = Annotated[Filters, Query()]
Typed = Annotated[str, Query(description='Words, "a phrase", -without; any script, at most 200 characters.')]


@router.get("/search", response_model=SearchPage, responses=or_file(422, 503))
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
