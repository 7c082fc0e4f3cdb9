"""Read routes: trends, creators, the feed, trend reports, source status. The same for everybody."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from trend_assets.api import creators, queries, shared_reads
from trend_assets.api.models import (
    Creator,
    CreatorDay,
    CreatorHistory,
    CreatorsPage,
    CreatorStanding,
    Day,
    FeedFormat,
    Post,
    PostPlatform,
    SourceLead,
    SourceLeads,
    SourcesStatus,
    SourceStatus,
    StandingPost,
    TrendPattern,
    TrendReport,
    TrendsPage,
)
from trend_assets.api.problems import Problem, responses
from trend_assets.api.services import Services, Using
from trend_assets.api.tabular import ListFormat, listed, or_file
from trend_assets.newsletters.discovery import DEFAULT, address_of, found
from trend_assets.newsletters.rendering.formats import accepted, served
from trend_assets.newsletters.rendering.opml import feeds_opml

router = APIRouter(tags=["reading"])
PER_PAGE, MOST_PER_PAGE, LONGEST_CURSOR = 50, 200, 2000
Limit = Annotated[int, Query(ge=1, le=MOST_PER_PAGE, description="Items per page.")]
Cursor = Annotated[str | None, Query(max_length=LONGEST_CURSOR, description="`next_cursor` of the page before.")]
CreatorId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,100}$", description="The creator's stable id.")]


@router.get("/trends", response_model=TrendsPage, responses=or_file(422, 503))
def get_trends(
    using: Using,
    platform: Annotated[PostPlatform | None, Query(description="Only this platform.")] = None,
    limit: Limit = PER_PAGE,
    cursor: Cursor = None,
    archived: Annotated[bool, Query(description="Also posts that were archived for not being seen.")] = False,
    format: ListFormat = "json",
) -> Response:
    """Collected posts, newest collection first."""
    page = shared_reads.trends(using.shared, platform=platform, limit=limit, cursor=cursor, archived=archived)
    return listed(page, Post, format, name="trends")


@router.get("/creators", response_model=CreatorsPage, responses=or_file(422, 503))
def get_creators(
    using: Using,
    sort: Annotated[creators.Sort, Query(description="growth: followers gained over seven days.")] = "growth",
    state: Annotated[creators.State | None, Query(description="Only creators in this state.")] = None,
    limit: Limit = PER_PAGE,
    cursor: Cursor = None,
    format: ListFormat = "json",
) -> Response:
    """The roster with its newest numbers."""
    rows, following = creators.page(using.reader, sort=sort, state=state, limit=limit, cursor=cursor)
    page = CreatorsPage.model_validate({"items": rows, "next_cursor": following})
    return listed(page, Creator, format, name="creators")


@router.get("/creators/{creator_id}/history", response_model=CreatorHistory, responses=or_file(404, 422, 503))
def get_creator_history(
    using: Using,
    creator_id: CreatorId,
    start: Annotated[Day | None, Query(description="First day; empty: as far back as there are numbers.")] = None,
    end: Annotated[Day | None, Query(description="Last day; empty: the newest.")] = None,
    format: ListFormat = "json",
) -> Response:
    """A creator's daily numbers, oldest first."""
    creator = creators.one(using.reader, creator_id)
    if creator is None:
        raise Problem(404, f"There is no creator {creator_id} in the roster; GET /creators lists it.")
    days = creators.history(using.reader, creator_id, start=start, end=end)
    return listed(CreatorHistory.model_validate(creator | {"items": days}), CreatorDay, format, name="creator-history")


@router.get("/creators/{creator_id}/standing", response_model=CreatorStanding, responses=or_file(404, 422, 503))
def get_creator_standing(
    using: Using,
    creator_id: CreatorId,
    format: ListFormat = "json",
    list: Annotated[Literal["leaps", "leaving"], Query(description="Which list as a file.")] = "leaps",
) -> Response:
    """Which of a creator's newest posts leap from its usual, and which are expected to leave its range."""
    if creators.one(using.reader, creator_id) is None:
        raise Problem(404, f"There is no creator {creator_id} in the roster; GET /creators lists it.")
    standing = CreatorStanding.model_validate(creators.standing(using.reader, creator_id))
    return listed(standing, StandingPost, format, name=f"creator-{list}", of=list)


ISSUE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The issue.",
        "content": {form.bare_media_type: {"schema": {"type": "string"}} for form in served()}
        | {"application/feed+json": {"schema": {"type": "object"}}},
    },
    **responses(404, 422, 503),
}
Format = Annotated[FeedFormat | None, Query(description="Empty: by the Accept header, else json (JSON Feed 1.1).")]


@router.get("/feeds.opml", response_class=Response, responses=responses(503))
def get_opml(using: Using) -> Response:
    """All newsletters for a feed reader: one list to import."""
    names = queries.newsletters(using.reader)
    files = found(using.settings).by_name
    # an issue outlives its newsletter's file
    feeds = [(files[name].title if name in files else name, address_of(name, "latest")) for name in names]
    page = feeds_opml(using.settings.public_url, feeds)
    return Response(page, media_type="text/x-opml")


Newsletter = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="The newsletter's name.")]


@router.get("/n/{newsletter}/latest", response_class=Response, responses=ISSUE)
def get_newest_issue(using: Using, request: Request, newsletter: Newsletter, format: Format = None) -> Response:
    """The newest complete issue of a newsletter; an address that lasts."""
    return _latest(using, format or accepted(request.headers.get("accept", "")), newsletter)


@router.get("/n/{newsletter}/latest.{form}", response_class=Response, responses=ISSUE)
def get_newest_issue_as(using: Using, newsletter: Newsletter, form: FeedFormat) -> Response:
    """The newest complete issue of a newsletter in one format: what a feed reader subscribes to."""
    return _latest(using, form, newsletter)


@router.get("/n/{newsletter}/{date}", response_class=Response, responses=ISSUE)
def get_issue(using: Using, request: Request, newsletter: Newsletter, date: Day, format: Format = None) -> Response:
    """A newsletter's issue of a day, as it was rendered."""
    return _issue_of(using, date, format or accepted(request.headers.get("accept", "")), newsletter)


@router.get("/feed/latest", response_class=Response, responses=ISSUE)
def get_latest_feed(using: Using, request: Request, format: Format = None) -> Response:
    """The newest complete issue; an address that lasts."""
    return _latest(using, format or accepted(request.headers.get("accept", "")))


@router.get("/feed/latest.{form}", response_class=Response, responses=ISSUE)
def get_latest_feed_as(using: Using, form: FeedFormat) -> Response:
    """The newest complete issue in one format: what a feed reader subscribes to."""
    return _latest(using, form)


def _latest(using: Services, form: FeedFormat, newsletter: str = DEFAULT) -> Response:
    day = shared_reads.newest_complete_day(using.shared, newsletter)
    issue = shared_reads.feed_issue(using.shared, day, form, newsletter) if day else None
    if issue is None:
        _refuse_unknown(using, newsletter)
        raise Problem(404, "There is no complete issue yet: materialize feed/issues, or make run.")
    dated = address_of(newsletter, str(day))
    return Response(
        issue, headers=shared_reads.issue_headers(form, newsletter) | {"content-location": f"{dated}?format={form}"}
    )


def _refuse_unknown(using: Services, newsletter: str) -> None:
    names = queries.newsletters(using.reader)
    if newsletter != DEFAULT and newsletter not in names:
        raise Problem(404, f"There is no newsletter {newsletter}; there are {', '.join(names) or 'none yet'}.")


@router.get("/feed/{date}", response_class=Response, responses=ISSUE)
def get_feed(using: Using, request: Request, date: Day, format: Format = None) -> Response:
    """The day's issue, as it was rendered: JSON Feed, HTML, Markdown, Atom or CSV."""
    return _issue_of(using, date, format or accepted(request.headers.get("accept", "")), DEFAULT)


def _issue_of(using: Services, date: Day, wanted: FeedFormat, newsletter: str) -> Response:
    issue = shared_reads.feed_issue(using.shared, date, wanted, newsletter)
    if issue is None:
        _refuse_unknown(using, newsletter)
        if said := queries.why_no_issue(using.reader, date):
            raise Problem(404, said)
        newest = queries.newest_issue_date(using.reader)
        hint = f"the newest is {newest}" if newest else "none has been made yet: materialize feed/issues"
        raise Problem(404, f"There is no issue for {date}; {hint}.")
    return Response(issue, headers=shared_reads.issue_headers(wanted, newsletter))


@router.get("/trend-reports/{date}", response_model=TrendReport, responses=or_file(404, 422, 503))
def get_trend_report(
    using: Using,
    date: Day,
    period: Annotated[
        queries.Period, Query(description="day, or week: the seven days that end with this one.")
    ] = "day",
    format: ListFormat = "json",
) -> Response:
    """What the rising videos of a day or week have in common."""
    report = queries.trend_report(using.reader, date, period)
    if report is None:
        newest = queries.newest_report_date(using.reader)
        hint = f"the newest is of {newest}" if newest else "none has been made yet: materialize trends/trend_summary"
        raise Problem(404, f"There is no trend report of the {period} for {date}; {hint}.")
    return listed(
        TrendReport.model_validate(report), TrendPattern, format, name=f"trend-report-{date}-{period}", of="traits"
    )


@router.get("/sources/status", response_model=SourcesStatus, responses=or_file(422, 503))
def get_sources_status(
    using: Using,
    date: Annotated[Day | None, Query(description="The day; empty: today (UTC).")] = None,
    format: ListFormat = "json",
) -> Response:
    """How collecting went: the newest attempt of each source that was asked that day."""
    day = date or using.now().date()
    status = SourcesStatus.model_validate({"date": day, "items": queries.sources_status(using.reader, day)})
    return listed(status, SourceStatus, format, name=f"sources-{day}")


@router.get("/sources/leads", response_model=SourceLeads, responses=or_file(422, 503))
def get_source_leads(
    using: Using,
    date: Annotated[Day | None, Query(description="As known on this day; empty: today (UTC).")] = None,
    format: ListFormat = "json",
) -> Response:
    """Which source had stories before which, over 28 days."""
    day = date or using.now().date()
    leads = SourceLeads.model_validate({"date": day, "items": queries.source_leads(using.reader, day)})
    return listed(leads, SourceLead, format, name=f"source-leads-{day}")
