"""The first page: a day in ten seconds. The five to know, what is being collected, what failed, how good we were."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from trend_assets.api import queries
from trend_assets.api.models import Day
from trend_assets.api.routes.pages import render
from trend_assets.api.services import Using
from trend_assets.domain.feed.hit_rate import hit_rate
from trend_assets.warehouse.reads.hit_rate import OUTCOMES_OF_ISSUES, issues_until

router = APIRouter(include_in_schema=False)
FIVE = 5
FAILED = ("failed", "partial", "empty", "over_budget")


@router.get("/ui/start")
def start_page(request: Request, using: Using, date: Annotated[Day | None, Query()] = None) -> Response:
    reader = using.reader
    newest = queries.newest_issue_date(reader)
    day = date or newest or using.now().date()
    items = queries.feed_items(reader, day)[:FIVE]
    # of the day that is shown, and of today: what runs now is of interest whatever day one looks at
    asked = queries.sources_status(reader, day)
    now = asked if day == using.now().date() else queries.sources_status(reader, using.now().date())
    return render(
        request,
        "start",
        day=day,
        newest=newest,
        items=items,
        why_nothing=None if items else queries.why_no_issue(reader, day),
        running=[row for row in now if row["outcome"] == "running"],
        failed=[row for row in asked if row["outcome"] in FAILED],
        asked=len(asked),
        rate=hit_rate(reader.rows(OUTCOMES_OF_ISSUES, issues_until(day))),
        days=queries.issue_dates(reader, limit=7),
        is_simulated=any(row["is_simulated"] for row in [*items, *asked]),
    )
