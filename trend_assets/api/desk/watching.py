"""The page of a newsletter's watches: make, list, pause and delete them, and see what each saw and who was told.

Forms with the session's token, without a script; what a watch is and sees belongs to `newsletters/desk/watches.py`.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from trend_assets.api.desk.shown import newsletter_for
from trend_assets.api.models import columns_of
from trend_assets.api.problems import Problem
from trend_assets.api.routes.pages import Form, SignedIn, Submitted, render
from trend_assets.api.services import Asking, Services, Using
from trend_assets.api.tabular import ListFormat, listed, or_file
from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.domain.newsletter.watch import Watch
from trend_assets.newsletters.desk import watches
from trend_assets.text import clean_text

router = APIRouter()
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="The newsletter's name.")]
KINDS = {
    "word": "a word or words", "hashtag": "a hashtag", "creator": "a creator (handle or id)",
    "product": "a product (ASIN or a word of its name)",
}  # fmt: skip
EVENTS = {
    "rises": "is likely to rise", "first_ten": "enters the first ten", "second_platform": "is on a second platform"
}  # fmt: skip
DONE = {
    "begin": "It is watched from now on.",
    "pause": "Paused.",
    "resume": "It is watched again.",
    "delete": "Deleted.",
}


@columns_of("desk.watches", """
    watch_id kind watched event above channels origin paused_at ended_at changed_by changed_at
""")  # fmt: skip
class WatchRow(BaseModel):
    """One watch."""

    sentence: str


@columns_of("desk.watch_events", "watch_id story_id channel message outcome reason attempts seen_at sent_at")
class WatchEvent(BaseModel):
    """What a watch saw, and whether a channel was told."""


class Watched(BaseModel):
    """A newsletter's watches, and the newest ten events of each."""

    watches: list[WatchRow]
    events: list[WatchEvent]


@router.get(
    "/watches/{newsletter}", tags=["watches"], response_model=Watched, responses=or_file(401, 403, 404, 422, 503)
)
def get_watches(
    using: Using,
    user: Asking,
    newsletter: Name,
    format: ListFormat = "json",
    list: Annotated[Literal["watches", "events"], Query(description="Which list as a file.")] = "watches",
) -> Response:
    """A newsletter's watches and what they saw."""
    rows = _rows(using, newsletter_for(using, newsletter, user))
    told = Watched.model_validate({"watches": rows, "events": [event for row in rows for event in row["events"]]})
    return listed(told, WatchRow if list == "watches" else WatchEvent, format, name=f"{newsletter}-{list}", of=list)


@router.get("/desk/{newsletter}/watches", include_in_schema=False)
def watches_page(
    request: Request,
    using: Using,
    user: SignedIn,
    newsletter: Name,
    done: Annotated[Literal["begin", "pause", "resume", "delete"] | None, Query()] = None,
) -> Response:
    return _page(request, using, newsletter_for(using, newsletter, user), notice=DONE[done] if done else "")


@router.post("/desk/{newsletter}/watches", include_in_schema=False)
def change_watches(request: Request, using: Using, form: Submitted, newsletter: Name) -> Response:
    edited = newsletter_for(using, newsletter, form.user)
    do = form.text("do")
    if do not in DONE:
        raise Problem(422, "The page knows no such action; open it again.")
    said = _begin(using, edited, form) if do == "begin" else _change(using, edited, do, form)
    if said:
        return _page(request, using, edited, said=said, form=form, status=422)
    return RedirectResponse(f"/desk/{newsletter}/watches?done={do}", status_code=303)


def _begin(using: Services, newsletter: Newsletter, form: Form) -> str:
    """Keep the watch of the form; a sentence when it cannot be."""
    typed, chance = form.text("watched"), form.text("above").replace(",", ".").rstrip(" %")
    if typed != clean_text(typed):
        return "What is watched holds control characters or broken Unicode; type it again."
    event = form.text("event")
    try:
        above = float(chance) / 100 if chance and event == "rises" else None
        watch = Watch.model_validate(
            {"kind": form.text("kind"), "watched": typed, "event": event, "above": above,
             "channels": form.all("channels")}
        )  # fmt: skip
    except ValidationError as error:
        return _sentence(error)
    except ValueError:
        return f"“{chance[:20]}” is not a number; write the chance in per cent, from 5 to 99."
    if unknown := sorted(set(watch.channels) - set(newsletter.channels)):
        return (
            f"{newsletter.title} has no channel {unknown[0][:40]}; it has {', '.join(newsletter.channels) or 'none'}."
        )
    if not newsletter.channels:
        return f"{newsletter.title} has no channel to tell; add one to `channels` in its file."
    with using.write() as connection:
        try:
            watches.begin(
                connection, newsletter.name, watch, channels=newsletter.channels, by=form.user.user_id, now=using.now()
            )
        except watches.TooMany as error:
            return str(error)
    return ""


def _change(using: Services, newsletter: Newsletter, do: str, form: Form) -> str:
    with using.write() as connection:
        rows = {row["watch_id"]: row for row in watches.watches_of(connection, newsletter.name)}
        row = rows.get(form.text("watch_id"))
        if row is None or row["ended_at"]:
            return "This watch was deleted meanwhile; nothing was changed."
        if do == "delete" and row["origin"] == "file":
            return f"This watch stands in the file of {newsletter.name}; take it out there, or pause it here."
        how: dict[str, Any] = {"by": form.user.user_id, "now": using.now()}
        if do == "delete":
            watches.end(connection, newsletter.name, row["watch_id"], **how)
        else:
            watches.pause(connection, newsletter.name, row["watch_id"], paused=do == "pause", **how)
    return ""


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong with a watch, for people."""
    (problem, *_) = error.errors(include_url=False)
    where = problem["loc"][0] if problem["loc"] else ""
    told = {
        "watched": "Say what is watched, in 80 characters at most.",
        "kind": f"Choose what is watched: {', '.join(KINDS)}.",
        "event": f"Choose what is told: {', '.join(EVENTS)}.",
        "above": "The chance is a number of per cent from 5 to 99.",
        "channels": "Choose channels of the list.",
    }
    return told.get(str(where)) or str(problem["msg"]).removeprefix("Value error, ").rstrip(".") + "."


def _rows(using: Services, newsletter: Newsletter) -> list[dict[str, Any]]:
    with using.write() as connection:
        return watches.watches_of(connection, newsletter.name)


def _page(
    request: Request,
    using: Services,
    newsletter: Newsletter,
    *,
    notice: str = "",
    said: str = "",
    form: Form | None = None,
    status: int = 200,
) -> Response:
    rows = _rows(using, newsletter)
    return render(
        request,
        "watches",
        status=status,
        newsletter=newsletter,
        watched=[row for row in rows if not row["ended_at"]],
        deleted=[row for row in rows if row["ended_at"]],
        kinds=KINDS,
        events=EVENTS,
        typed={name: form.text(name) if form else "" for name in ("kind", "watched", "event", "above")},
        notice=notice,
        problem=said,
    )
