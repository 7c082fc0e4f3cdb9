"""The desk: an editor's page of a newsletter's day, behind the sign-in of the pages.

Every action is a form that carries the session's token and works without a script; with it, the lists are drawn anew
in place (htmx). Reading is in `shown.py`, what forms do in `doing.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from trend_assets.api.desk import doing
from trend_assets.api.desk.files import SCRIPTS, file_answer
from trend_assets.api.desk.sending import send_issue, send_test_mail, sendings
from trend_assets.api.desk.shown import (
    CandidateRow,
    DayShown,
    Filters,
    day_shown,
    list_of,
    newest_day,
    newsletter_for,
    prose_said,
    values,
)
from trend_assets.api.models import Day
from trend_assets.api.problems import Problem
from trend_assets.api.routes.pages import Form, SignedIn, Submitted, render, signed_in
from trend_assets.api.security import DESK_POLICY, FRAMED_ISSUE_HEADERS
from trend_assets.api.services import Services, Using
from trend_assets.api.tabular import Form as ListForm
from trend_assets.api.tabular import listed
from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.desk import picks
from trend_assets.newsletters.desk.day import packed
from trend_assets.newsletters.desk.issue import store_issue
from trend_assets.newsletters.desk.picks import Conflict, Editor, Refused
from trend_assets.newsletters.discovery import DEFAULT, found
from trend_assets.newsletters.rendering.issue_rows import rendered_issue

router = APIRouter(include_in_schema=False)
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
CopyFormat = Literal["html", "md", "txt"]


def editable(using: Using, user: SignedIn, newsletter: Name) -> Newsletter:
    """The newsletter in the address, for who may edit it."""
    return newsletter_for(using, newsletter, user)


Edited = Annotated[Newsletter, Depends(editable)]


@dataclass(frozen=True, slots=True)
class At:
    """Which page of the desk a request is about: a newsletter's day, through filters."""

    request: Request
    using: Using
    newsletter: Edited
    day: Day
    filters: Annotated[Filters, Query()]

    @property
    def shown(self) -> DayShown:
        """The day as it is stored now."""
        return day_shown(self.using, self.newsletter, self.day)

    @property
    def is_in_place(self) -> bool:
        """Whether htmx asks, for the part that changes."""
        return self.request.headers.get("hx-request") == "true"


Here = Annotated[At, Depends()]


@router.get("/desk/static/{name}")
def static(request: Request, name: str) -> Response:
    return file_answer(request, name)


@router.get("/desk")
def newest(using: Using, user: SignedIn) -> Response:
    edited = newsletter_for(using, DEFAULT, user)
    return _to_day(edited, newest_day(using, edited))


@router.get("/desk/{newsletter}")
def newest_of(using: Using, edited: Edited, date: Day | None = None) -> Response:
    return _to_day(edited, date or newest_day(using, edited))


@router.get("/desk/{newsletter}/{day}")
def desk(at: Here) -> Response:
    return _page(at)


@router.get("/desk/{newsletter}/{day}/preview")
def preview(using: Using, edited: Edited, day: Day, revision: Annotated[int, Query(ge=0, le=10**9)] = 0) -> Response:
    """The issue as readers would get it, for the frame beside the lists. `revision` only has browsers ask again."""
    return Response(
        _content(using, edited, day, "html"), media_type="text/html; charset=utf-8", headers=FRAMED_ISSUE_HEADERS
    )


@router.get("/desk/{newsletter}/{day}/candidates")
def candidates(at: Here, format: ListForm = "json") -> Response:
    """Every story that the day's page shows, and those of its further pages: the issue's first, then what fits."""
    found = list_of(at.shown, at.filters)
    return listed(found, CandidateRow, format, name=f"{at.newsletter.name}-{at.day}-candidates")


@router.get("/desk/{newsletter}/{day}/copy/{form}")
def copy(using: Using, edited: Edited, day: Day, form: CopyFormat) -> Response:
    """The issue to paste elsewhere, as text whatever it holds."""
    return Response(
        _content(using, edited, day, form),
        media_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


@router.post("/desk/{newsletter}/{day}/story")
def change_story(at: Here, form: Submitted) -> Response:
    shown = at.shown
    try:
        with at.using.write() as connection:
            said = doing.change_story(connection, shown, form.text, editor=_editor(at.using, form))
    except (Conflict, Refused) as error:
        return _refused(at, error, {name: form.text(name) for name in ("story_id", *doing.WORDS)})
    return _done(at, said)


@router.post("/desk/{newsletter}/{day}/issue")
def change_issue(at: Here, form: Submitted) -> Response:
    shown = at.shown
    do = form.text("do") or "words"
    if do not in _ISSUE_ACTIONS:
        raise Problem(422, "The desk knows no such action; open the page again.")
    try:
        said = _ISSUE_ACTIONS[do](at.using, shown, form)
    except (Conflict, Refused) as error:
        typed = {name: form.text(name) for name in picks.ISSUE_FIELDS} | {"story_id": ""}
        return _refused(at, error, typed if do == "words" else {})
    return _done(at, said)


def _words(using: Services, shown: DayShown, form: Form) -> str:
    with using.write() as connection:
        return doing.change_issue(connection, shown, form.text, editor=_editor(using, form))


def _undo(using: Services, shown: DayShown, form: Form) -> str:
    with using.write() as connection:
        said = picks.undo(connection, shown.edition, editor=_editor(using, form))
    return said or "You have nothing to undo here."


def _lock(using: Services, shown: DayShown, form: Form) -> str:
    if not shown.issue:
        raise Refused("There is no story in the issue yet; pick some first.")
    with using.write() as connection:
        version = doing.version_of(form.text)
        editor = _editor(using, form)
        picks.lock(connection, shown.edition, packed(shown.issue), version=version, editor=editor)
    store_issue(using.warehouse, using.settings, shown.newsletter, shown.edition.day)
    return "Locked: what is sent is what stands here, whatever is built from now on."


def _unlock(using: Services, shown: DayShown, form: Form) -> str:
    with using.write() as connection:
        picks.unlock(connection, shown.edition, editor=_editor(using, form))
    return "The issue is open again."


_ISSUE_ACTIONS: dict[str, Callable[[Services, DayShown, Form], str]] = {
    "words": _words,
    "undo": _undo,
    "lock": _lock,
    "unlock": _unlock,
    "test": lambda using, shown, form: send_test_mail(using, shown, to=form.text("to"), now=using.now()),
    "send": lambda using, shown, form: send_issue(using, shown, now=using.now()),
    "correct": lambda using, shown, form: send_issue(using, shown, now=using.now(), is_correction=True),
}


def _content(using: Services, newsletter: Newsletter, day: date, form: CopyFormat) -> str:
    shown = day_shown(using, newsletter, day)
    return str(rendered_issue(using.warehouse, using.settings, newsletter, day, shown.issue).contents[form])


def _editor(using: Services, form: Form) -> Editor:
    return Editor(form.user.user_id, using.now())


def _to_day(newsletter: Newsletter, day: date) -> Response:
    return RedirectResponse(f"/desk/{newsletter.name}/{day}", status_code=307)


def _done(at: At, said: str) -> Response:
    if at.is_in_place:
        return _page(at, said=said)
    return RedirectResponse(f"/desk/{at.newsletter.name}/{at.day}{at.filters.query()}", status_code=303)


def _refused(at: At, error: Exception, typed: dict[str, str]) -> Response:
    """The desk as it is now, with what was typed still in its fields."""
    return _page(at, said=str(error), status=409, typed=typed)


def _page(at: At, *, said: str = "", status: int = 200, typed: dict[str, str] | None = None) -> Response:
    """The desk, or with htmx the part of it that changes."""
    using, now = at.using, at.shown
    shown: dict[str, Any] = values(now, at.filters, today=using.now().date()) | sendings(using, now)
    shown |= {"prose_said": prose_said(using, now), "said": said, "typed": typed or {}, "scripts": SCRIPTS}
    shown["in_place"] = at.is_in_place
    if not at.is_in_place:
        every, user = found(using.settings).by_name.values(), signed_in(at.request)
        shown["newsletters"] = [one for one in every if one.may_be_edited_by(user.user_id)]
    answer = render(at.request, "desk_body" if at.is_in_place else "desk", status=status, **shown)
    answer.headers["Content-Security-Policy"] = DESK_POLICY
    return answer
