"""How often issues were right, as JSON and as a page: GET /scoreboard and /ui/scoreboard."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from trend_assets.api.models import Day
from trend_assets.api.plots import growth_plot, reliability_plot, share_plot
from trend_assets.api.routes.pages import render
from trend_assets.api.scoreboard import LISTS, Scoreboard, Told, scoreboard
from trend_assets.api.services import Using
from trend_assets.api.tabular import ListFormat, listed, or_file
from trend_assets.newsletters.discovery import found

router = APIRouter(tags=["reading"])
AsKnown = Annotated[Day | None, Query(description="As known by the end of this day; empty: today (UTC).")]


@router.get("/scoreboard", response_model=Scoreboard, responses=or_file(422, 503))
def get_scoreboard(
    using: Using,
    date: AsKnown = None,
    format: ListFormat = "json",
    list: Annotated[Told, Query(description="Which list as a file.")] = "issues",
) -> Response:
    """What the last 30 issues gave and what came three days later: the rate, each issue, the newest item by item."""
    day = date or using.now().date()
    told = Scoreboard.model_validate(scoreboard(using.reader, day))
    return listed(told, LISTS[list], format, name=f"scoreboard-{list}-{day}", of=list)


@router.get("/ui/scoreboard", include_in_schema=False)
def scoreboard_page(request: Request, using: Using, date: AsKnown = None) -> Response:
    day = date or using.now().date()
    told = scoreboard(using.reader, day)
    issues = told["issues"]
    plots = [
        ("What was said and what came", reliability_plot(told["bins"])),
        (
            "Share that rose, by issue",
            share_plot(
                [(each["since"], each["came"] / each["judged"] if each["judged"] else None) for each in issues],
                label="Share that rose",
                level=told["base_rate"],
            ),
        ),
        (
            "Of all that rose, the share that stood first in the merged order, by issue",
            share_plot(
                [(each["since"], each["r_precision"]) for each in issues],
                label="Risers in the first places",
                level=told["base_rate"],
            ),
        ),
        (
            "Hours ahead of views, by issue",
            growth_plot(
                [(each["since"], None if (hours := each["hours_ahead"]) is None else round(hours)) for each in issues],
                label="Hours ahead of views",
            ),
        ),
    ]
    models = [(row, reliability_plot(row["bins"])) for row in told["models"] if row["bins"]]
    return render(
        request, "scoreboard", day=day, board=told, models=models, plots=[each for each in plots if each[1]],
        titles={name: each.title for name, each in found(using.settings).by_name.items()},
        is_simulated=told["is_simulated"] or any(row["is_simulated"] for row in told["sources"]),
    )  # fmt: skip
