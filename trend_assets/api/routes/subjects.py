"""What is known about one thing as JSON, as CSV and as a page: GET /about/{subject}/{name} and /ui/about/…"""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from trend_assets.api.plots import growth_plot
from trend_assets.api.problems import Problem
from trend_assets.api.routes.pages import render
from trend_assets.api.services import Services, Using
from trend_assets.api.subjects.every import SUBJECTS, SubjectKind
from trend_assets.api.subjects.shapes import Subject
from trend_assets.api.tabular import ListFormat, or_file, table_response
from trend_assets.text import clean_text, display_text

router = APIRouter(tags=["reading"])
LONGEST_NAME = 300
Name = Annotated[
    str, Path(description="Story id, platform:id, hashtag, title of a sound, keyword, category, or source.")
]


class About(BaseModel):
    """Everything that is known about one thing."""

    subject: SubjectKind
    name: str
    title: str
    url: str | None = Field(description="Its public address, where it has one.")
    facts: dict[str, Any]
    lists: dict[str, list[dict[str, Any]]] = Field(description="The same lists as on its page.")
    is_simulated: bool


@router.get("/about/{subject}/{name:path}", response_model=About, responses=or_file(404, 422, 503))
def get_about(
    using: Using,
    subject: SubjectKind,
    name: Name,
    format: ListFormat = "json",
    list: Annotated[
        str | None, Query(pattern=r"^[a-z]{1,20}$", description="Which list as a file; empty: the first.")
    ] = None,
) -> Response:
    """Everything that is known about one story, post, creator, hashtag, sound, keyword, category or source."""
    found = _found(using, subject, name)
    lists = {each.name: each for each in found.lists}
    if list is not None and list not in lists:
        raise Problem(422, f"A {subject} has no list {list}; it has {', '.join(lists)}.")
    if format != "json":
        chosen = lists[list] if list else found.lists[0]
        columns = [*dict.fromkeys([*(c.name for c in chosen.columns), *(k for row in chosen.rows for k in row)])]
        return table_response(chosen.rows, columns=columns, name=f"{subject}-{chosen.name}", form=format)
    body = {
        "subject": subject,
        "name": name,
        "title": found.title,
        "url": found.url,
        "facts": {label: _plain(value) for label, value in found.facts.items()},
        "lists": {each.name: each.rows for each in found.lists if list in (None, each.name)},
        "is_simulated": found.is_simulated,
    }
    return JSONResponse(jsonable_encoder(body))


@router.get("/ui/about/{subject}/{name:path}", include_in_schema=False)
def about_page(request: Request, using: Using, subject: SubjectKind, name: Name) -> Response:
    found = _found(using, subject, name)
    return render(
        request,
        "about",
        subject=subject,
        name=name,
        found=found,
        plots={label: plot for label, line in found.lines.items() if (plot := growth_plot(line, label=label))},
        is_moment=lambda value: isinstance(value, datetime),
        is_number=lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        is_day=lambda value: isinstance(value, date) and not isinstance(value, datetime),
        is_simulated=found.is_simulated,
    )


def _found(using: Services, subject: SubjectKind, name: str) -> Subject:
    if name != clean_text(name) or len(name) > LONGEST_NAME:
        raise Problem(422, f"A name has {LONGEST_NAME} characters at most, and no control characters.")
    found = SUBJECTS[subject](using.searching, name)
    if found is None:
        raise Problem(
            404, f"Nothing is known of a {subject} called {display_text(name, limit=80)}; /search finds what there is."
        )
    return found


def _plain(value: Any) -> Any:
    """A fact without the address of its page."""
    if isinstance(value, tuple):
        return value[1]
    return [_plain(each) for each in value] if isinstance(value, list) else value
