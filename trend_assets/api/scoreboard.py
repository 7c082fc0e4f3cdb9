"""How often issues were right and how honest the chances are: what GET /scoreboard answers and its page shows.

feed.outcomes (30 issues) ─▶ the rate, day by day, in tenths, the newest issue item by item
velocity.models (newest day) ─▶ who ranks each source, and why        feed.scoreboard ─▶ hours ahead of views
"""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from trend_assets.api.reading import Reader
from trend_assets.domain.feed.hit_rate import HitRate, bins, by_issue, hit_rate
from trend_assets.warehouse.reads.hit_rate import OUTCOMES_OF_ISSUES, issues_until


class Rate(BaseModel):
    """What one or several issues gave, and what came."""

    since: date | None = Field(description="Day of the first issue.")
    until: date | None = Field(description="Day of the last issue that is graded.")
    issues: int
    items: int
    judged: int = Field(description="Items that were measured again three days later and could be graded.")
    came: int = Field(description="Of those: in the top tenth of growth among items of their age.")
    given: int = Field(description="Judged items that were given a chance.")
    given_came: int
    said: float | None = Field(description="Mean chance of these.")
    confident: int = Field(description="Judged items that were given 70 % or more.")
    confident_came: int
    still_to_come: float | None = Field(
        description="Of the count that risers had three days later, the median share that came after first listing."
    )
    r_precision: float | None = Field(
        description="Over all sources: share of risers in as many first places of the merged order as there were."
    )


class IssueRate(Rate):
    """One issue's rate, and how early it was."""

    hours_ahead: float | None = Field(description="Median hours until its hits stood in their source's top by views.")


class Bin(BaseModel):
    """A tenth of chances: what was said and what came true."""

    said: float
    true: float
    items: int


class Came(BaseModel):
    """An item of the newest graded issue."""

    feed_date: date
    rank: int
    story_id: str
    title: str | None
    url: str | None
    platform: str
    source: str
    chance: float | None
    has_risen: bool | None = Field(description="Null where it is not known; `reason` says why.")
    reason: str | None


class Ranks(BaseModel):
    """What ranks a source, and how good and honest it was."""

    source: str
    is_simulated: bool
    candidate: str
    reason: str | None
    outcomes: int
    ranked_days: int
    r_precision: float | None
    calibration_error: float | None
    confident_items: int | None
    confident_true_share: float | None


class Model(Ranks):
    """A candidate for a source's order: on how many days it rests, and what it said beside what came."""

    is_champion: bool
    first_ranked_date: date | None
    last_ranked_date: date | None
    bins: list[Bin] | None = Field(description="Of the published chances for who ranks, of its own for another.")


class LearnedOrder(BaseModel):
    """The order that a newsletter's editors taught, beside the plain one."""

    newsletter: str
    is_used: bool
    reason: str
    labels: int = Field(description="Decisions that it rests on.")
    graded_days: int
    days_won: int
    plain_precision: float | None = Field(description="Share of the picks among as many first places.")
    learned_precision: float | None


class Scoreboard(BaseModel):
    """How often issues were right."""

    sentence: str
    base_rate: float = Field(description="What guessing gets.")
    rate: Rate
    issues: list[IssueRate] = Field(description="Oldest first.")
    bins: list[Bin]
    newest: list[Came]
    sources: list[Ranks] = Field(description="Who ranks each source.")
    models: list[Model] = Field(description="Every candidate of each source.")
    newsletters: list[LearnedOrder]
    is_simulated: bool


Told = Literal["issues", "bins", "newest", "sources", "models", "newsletters"]
LISTS: dict[Told, type[BaseModel]] = {
    "issues": IssueRate,
    "bins": Bin,
    "newest": Came,
    "sources": Ranks,
    "models": Model,
    "newsletters": LearnedOrder,
}
"""The lists of a `Scoreboard` and what a row of each is."""


def scoreboard(reader: Reader, day: date) -> dict[str, Any]:
    """The fields of `Scoreboard`, as known by the end of `day`."""
    came = reader.rows(OUTCOMES_OF_ISSUES, issues_until(day))
    rate = hit_rate(came)
    models = reader.rows(
        f"SELECT {', '.join(Model.model_fields)} FROM velocity.models WHERE observed_date = "
        "(SELECT max(observed_date) FROM velocity.models WHERE observed_date <= %s) "
        "ORDER BY source, is_simulated, candidate",
        (day,),
    )
    ahead = {
        row["feed_date"]: row["lead_time_hours"]
        for row in reader.rows(
            "SELECT feed_date, max(lead_time_hours) AS lead_time_hours FROM feed.scoreboard "
            "WHERE ranking = 'feed' AND observed_date <= %(day)s AND feed_date >= %(since)s GROUP BY feed_date",
            {"day": day, "since": rate.since or day},
        )
    }
    return {
        "sentence": rate.sentence,
        "base_rate": rate.base_rate,
        "rate": _fields(rate),
        "issues": [_fields(each) | {"hours_ahead": ahead.get(each.since)} for each in by_issue(came)],
        "bins": bins(came),
        "newest": [row for row in came if row["feed_date"] == rate.until],
        "sources": [row for row in models if row["is_champion"]],
        "models": models,
        "newsletters": reader.rows(
            "SELECT newsletter, is_used, reason, labels, graded_days, days_won, plain_precision, learned_precision "
            "FROM feed.newsletter_orders WHERE observed_date = "
            "(SELECT max(observed_date) FROM feed.newsletter_orders WHERE observed_date <= %s) ORDER BY newsletter",
            (day,),
        ),
        "is_simulated": rate.is_simulated,
    }


def _fields(rate: HitRate) -> dict[str, Any]:
    return {name: getattr(rate, name) for name in Rate.model_fields}
