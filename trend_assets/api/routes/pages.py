"""Pages for people, rendered here from the same functions as the JSON routes. No script, nothing from elsewhere.

A page that changes something is a form with a token bound to the session; the cookie alone changes nothing.
"""

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from trend_assets.api import creators as roster
from trend_assets.api import operations, queries
from trend_assets.api.keys import User, check_key
from trend_assets.api.models import CollectBody, Day, DiscoverBody, DownloadBody, ImportBody
from trend_assets.api.pages_of import decode_cursor
from trend_assets.api.plots import growth_plot, sparkline
from trend_assets.api.problems import TITLES, Problem, faults_of, said_of
from trend_assets.api.services import Services, Using, optional_user
from trend_assets.api.sessions import (
    SESSION_COOKIE,
    SESSION_SECONDS,
    end_session,
    form_token,
    is_form_token,
    may_sign_in,
    new_session,
    note_failed_sign_in,
)
from trend_assets.api.templating import environment, reference_of, stylesheet
from trend_assets.competitors import lists
from trend_assets.competitors.merging import CompetitorProvider, ConfidenceTier
from trend_assets.media import jobs
from trend_assets.warehouse.media_folder import MediaFolder

router = APIRouter(include_in_schema=False)
PER_PAGE = 25
POLL_SECONDS = 2
STEPS = ("queued", "downloading", "processing", "completed")
RequestPath = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$")]
JobPath = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]


class Form:
    """A submitted form of a signed-in user whose token was right."""

    def __init__(self, fields: Mapping[str, list[str]], user: User) -> None:
        self.fields, self.user = fields, user

    def text(self, name: str) -> str:
        return self.fields.get(name, [""])[0].strip()

    def all(self, name: str) -> list[str]:
        return self.fields.get(name, [])


def signed_in(request: Request) -> User:
    """Who asks; a problem 401 (rendered with the way in) for nobody."""
    user = optional_user(request)
    if user is None:
        raise Problem(401, "Sign in first: this page is yours alone.")
    return user


async def submitted(request: Request, using: Using) -> Form:
    """The form of this request. Problems: 401 nobody signed in, 403 a token that is not this session's."""
    user = signed_in(request)
    fields = await fields_of(request)
    cookie = request.cookies.get(SESSION_COOKIE, "")
    if not is_form_token(fields.get("form_token", [""])[0], cookie, secret=using.secret):
        raise Problem(403, "This form is not from your session; open the page again and repeat.")
    return Form(fields, user)


async def fields_of(request: Request) -> dict[str, list[str]]:
    """The fields of a URL-encoded body sent from our own pages."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem(415, "A form is sent as application/x-www-form-urlencoded.")
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return parse_qs(body, keep_blank_values=True, max_num_fields=500)
    except ValueError:
        raise Problem(413, "The form has too many fields.") from None


SignedIn = Annotated[User, Depends(signed_in)]
Submitted = Annotated[Form, Depends(submitted)]
Fields = Annotated[dict[str, list[str]], Depends(fields_of)]


def render(request: Request, name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page with what every page shows."""
    using: Services = request.app.state.services
    cookie = request.cookies.get(SESSION_COOKIE, "")
    user = optional_user(request)
    about = {
        "user": user,
        "form_token": form_token(cookie, secret=using.secret) if user and cookie else "",
        "here": _place(request.url.path),
        "dagster_url": using.settings.dagster_url,
        "is_simulated": False,
        "refresh": 0,
        "notice": "",
        "problem": "",
    }
    html = environment().get_template(f"{name}.html.j2").render(about | values)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


def _place(path: str) -> str:
    """The page of the menu that an address belongs to."""
    if path.startswith("/ui/"):
        return f"/ui/{path.split('/')[2]}"
    return "/desk" if path.split("/")[1] == "desk" else ""


def problem_page(request: Request, status: int, detail: str) -> HTMLResponse:
    """A problem as a page; a visitor who has to sign in gets the form."""
    if status == 401:
        return render(request, "sign_in", status=401, problem=detail)
    return render(request, "problem", status=status, title=TITLES.get(status, "Error"), detail=detail)


@router.get("/")
@router.get("/ui")
@router.get("/ui/")
def home() -> Response:
    return RedirectResponse("/ui/start", status_code=307)


@router.get("/ui/style.css")
def style() -> Response:
    return Response(stylesheet(), media_type="text/css", headers={"Cache-Control": "max-age=300"})


@router.get("/ui/sign-in")
def sign_in_page(request: Request) -> Response:
    return render(request, "sign_in")


@router.post("/ui/sign-in")
def sign_in(request: Request, using: Using, fields: Fields) -> Response:
    key = fields.get("key", [""])[0].strip()
    visitor = request.client.host if request.client else ""
    with using.write() as connection:
        if not may_sign_in(connection, visitor, secret=using.secret):
            return render(
                request, "sign_in", status=429, problem="Too many keys that were not valid; again in ten minutes."
            )
        user = check_key(connection, key)
        if user is None:
            note_failed_sign_in(connection, visitor, secret=using.secret)
    if user is None:
        return render(request, "sign_in", status=401, problem="This key is not valid.")
    answer = RedirectResponse("/ui/competitors", status_code=303)
    answer.set_cookie(
        SESSION_COOKIE,
        new_session(user, secret=using.secret),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return answer


@router.post("/ui/sign-out")
def sign_out(form: Submitted, request: Request, using: Using) -> Response:
    with using.write() as connection:
        end_session(connection, request.cookies.get(SESSION_COOKIE, ""))
    answer = RedirectResponse("/ui/feed", status_code=303)
    answer.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.get("/ui/feed")
def feed_page(request: Request, using: Using, date: Annotated[Day | None, Query()] = None) -> Response:
    reader = using.reader
    day = date or queries.newest_issue_date(reader)
    issue = queries.issue(reader, day) if day else None
    items = queries.feed_items(reader, day) if day and issue else []
    sources = queries.feed_sources(reader, day) if day and issue else []
    return render(
        request,
        "feed",
        day=day,
        has_issue=issue is not None,
        why_no_issue=queries.why_no_issue(reader, day) if day and issue is None else None,
        items=items,
        sources=sources,
        issues=queries.issue_dates(reader, limit=8),
        is_simulated=any(row["is_simulated"] for row in items + sources),
    )


@router.get("/ui/creators")
def creators_page(
    request: Request,
    using: Using,
    sort: roster.Sort = "growth",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    rows, following = roster.page(using.reader, sort=sort, limit=PER_PAGE, cursor=cursor)
    lines = roster.recent_followers(using.reader, [row["user_id"] for row in rows])
    for row in rows:
        row["spark"] = sparkline(lines.get(row["user_id"], []))
    return render(
        request,
        "creators",
        creators=rows,
        waiting=None if rows else roster.waiting(using.reader),
        sort=sort,
        next_cursor=following,
        is_simulated=any(row["is_simulated"] for row in rows),
    )


@router.get("/ui/creators/{creator_id}")
def creator_page(
    request: Request, using: Using, creator_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
) -> Response:
    creator = roster.one(using.reader, creator_id)
    if creator is None:
        raise Problem(404, f"There is no creator {creator_id} in the roster.")
    days = roster.history(using.reader, creator_id)
    plots = [
        (label, growth_plot([(row["observed_date"], row[name]) for row in days], label=label))
        for name, label in (("followers", "Followers"), ("hearts", "Hearts"), ("videos", "Videos"))
    ]
    standing = roster.standing(using.reader, creator_id)
    return render(
        request, "creator", creator=creator, days=days, plots=plots, is_simulated=creator["is_simulated"], **standing
    )


@router.get("/ui/competitors")
def competitors_page(request: Request, using: Using, user: SignedIn) -> Response:
    with using.write() as connection:
        asked = lists.requests_of_user(connection, user_id=user.user_id)
        tracked = lists.tracked_of_user(connection, user_id=user.user_id)
    return render(
        request,
        "competitors",
        requests=asked,
        tracked=tracked,
        is_simulated=any(row["is_simulated"] for row in tracked),
    )


@router.post("/ui/competitors")
def discover(using: Using, form: Submitted) -> Response:
    body = _validated(
        DiscoverBody,
        {
            "seed": form.text("seed") or None,
            "topics": [topic.strip() for topic in form.text("topics").split(",") if topic.strip()],
            "handles": [line.strip() for line in form.text("handles").splitlines() if line.strip()],
            "platforms": form.all("platforms"),
            "is_daily": bool(form.text("is_daily")),
            "shares": bool(form.text("shares")),
            "repeat": True,
        },
    )
    found = operations.discover(using, form.user, body)
    return RedirectResponse(f"/ui/competitors/{found['request_id']}?date={found['date']}", status_code=303)


@router.get("/ui/competitors/{request_id}")
def candidates_page(
    request: Request,
    using: Using,
    user: SignedIn,
    request_id: RequestPath,
    date: Day,
    provider: CompetitorProvider | None = None,
    min_confidence: ConfidenceTier | None = None,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    with using.write() as connection:
        page = operations.candidates(
            connection,
            user=user,
            request_id=request_id,
            day=date,
            limit=PER_PAGE,
            after=decode_cursor(cursor, length=3),
            provider=provider,
            min_confidence=min_confidence,
        )
        asked = lists.request_of(connection, request_id=request_id, user_id=user.user_id)
    return render(
        request,
        "candidates",
        page=page,
        request=asked,
        day=date,
        provider=provider,
        min_confidence=min_confidence,
        refresh=POLL_SECONDS * 2 if page["state"] != "ready" else 0,
        is_simulated=any(row["is_simulated"] for row in page["items"]),
    )


@router.post("/ui/competitors/{request_id}/import")
def import_candidate(using: Using, form: Submitted, request_id: RequestPath, date: Day) -> Response:
    body = _validated(ImportBody, {"request_id": request_id, "date": date, "candidate_ids": form.all("candidate_id")})
    operations.import_candidates(using, form.user, body)
    return RedirectResponse(f"/ui/competitors/{request_id}?date={date}", status_code=303)


@router.get("/ui/media")
def media_page(request: Request, using: Using, user: SignedIn) -> Response:
    with using.write() as connection:
        own = jobs.jobs_of_user(connection, user_id=user.user_id)
    return render(
        request,
        "media",
        jobs=own,
        is_allowed=using.settings.allow_external_media_download,
        is_simulated=any(job["is_simulated"] for job in own),
    )


@router.post("/ui/media")
def submit_media(using: Using, form: Submitted) -> Response:
    body = _validated(DownloadBody, {"url": form.text("url"), "caption": form.text("caption") or None})
    job = operations.submit_download(using, form.user, body)
    return RedirectResponse(f"/ui/media/{job['job_id']}", status_code=303)


@router.get("/ui/media/{job_id}")
def job_page(request: Request, using: Using, user: SignedIn, job_id: JobPath) -> Response:
    job = operations.media_job(using, user, job_id)
    done = job["state"] in ("completed", "failed")
    return render(
        request,
        "job",
        job=job,
        asset=job["asset"],
        audit=job["audit"],
        step=STEPS.index(job["state"]) if job["state"] in STEPS else -1,
        refresh=0 if done else POLL_SECONDS,
        is_simulated=job["is_simulated"],
    )


@router.get("/ui/media/{job_id}/cover.jpg")
def cover(using: Using, user: SignedIn, job_id: JobPath) -> Response:
    asset = operations.media_job(using, user, job_id)["asset"]
    path = None
    with contextlib.suppress(ValueError):  # a link that leads out of the folder
        path = MediaFolder(using.state_dir).open_path(asset["cover_path"]) if asset and asset["cover_path"] else None
    if path is None or not path.is_file():
        raise Problem(404, "There is no cover for this job.")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/ui/reports")
def report_page(
    request: Request, using: Using, date: Annotated[Day | None, Query()] = None, period: queries.Period = "day"
) -> Response:
    day = date or queries.newest_report_date(using.reader)
    report = queries.trend_report(using.reader, day, period) if day else None
    return render(
        request, "report", day=day, period=period, report=report, is_simulated=bool(report and report["is_simulated"])
    )


@router.get("/ui/sources")
def sources_page(request: Request, using: Using, date: Annotated[Day | None, Query()] = None) -> Response:
    day = date or using.now().date()
    items = queries.sources_status(using.reader, day)
    leads = queries.source_leads(using.reader, day)
    is_simulated = any(row["is_simulated"] for row in items + leads)
    led = [row for row in leads if row["together"] < row["matched_stories"]]
    return render(request, "sources", day=day, items=items, leads=leads, led=led, is_simulated=is_simulated)


@router.post("/ui/collect")
def collect(using: Using, form: Submitted) -> Response:
    operations.collect(using, form.user, CollectBody.model_validate({"force": True}))
    return RedirectResponse("/ui/sources", status_code=303)


@router.get("/docs")
def reference(request: Request) -> Response:
    document = reference_of(request.app.openapi())
    return render(request, "reference", document=document, base_url=str(request.base_url).rstrip("/"))


def _validated(model: Any, values: dict[str, Any]) -> Any:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Problem(422, said_of(faults_of(error))) from None
