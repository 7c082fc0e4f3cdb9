"""What the desk shows of a day: the issue in order, the other candidates after filters, what vanished, who did what.

Reading only; what a form does is in `doing.py`, addresses are in `routes.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from trend_assets.api.keys import User
from trend_assets.api.models import Text, columns_of
from trend_assets.api.problems import Problem
from trend_assets.api.services import Services
from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.desk.day import as_picks, candidates_of, composed
from trend_assets.newsletters.desk.picks import Edition, history_of, issue_of, picks_of
from trend_assets.newsletters.discovery import found
from trend_assets.newsletters.reading import read_prose
from trend_assets.newsletters.rendering.issue_rows import facts_of_issue
from trend_assets.text import folded

PER_PAGE = 25
STATES = {"": "all", "open": "not decided", "skip": "skipped", "snooze": "put off"}
OUT = ("skip", "snooze")


class Filters(BaseModel, frozen=True):
    """Which of the other candidates are shown, as the address says it."""

    source: Annotated[Text, Field(max_length=60)] = ""
    section: Annotated[Text, Field(max_length=60)] = ""
    state: Literal["", "open", "skip", "snooze"] = ""
    text: Annotated[Text, Field(max_length=200)] = ""
    page: Annotated[int, Field(ge=1, le=1000)] = 1

    def query(self, **changes: Any) -> str:
        """The filters as the end of an address; nothing for those that are off."""
        chosen = self.model_copy(update=changes).model_dump(exclude_defaults=True)
        return f"?{urlencode(chosen)}" if chosen else ""

    def fit(self, row: Mapping[str, Any]) -> bool:
        state = (row["pick"] and row["pick"]["state"]) or "open"
        words = (
            row["headline"],
            row["title"],
            row["line"],
            row["text"],
            row["creator_handle"],
            *(row["hashtags"] or ()),
        )
        return (
            (not self.source or self.source in row["sources"])
            and (not self.section or self.section == section_of(row))
            and (not self.state or self.state == state)
            and (not self.text or folded(self.text) in folded(" ".join(word for word in words if word)))
        )


@dataclass(frozen=True, slots=True)
class DayShown:
    """A day at the desk as it is stored. Rows are those of `feed.newsletter_stories` with their `pick` and `key`."""

    edition: Edition
    newsletter: Newsletter
    words: dict[str, Any]
    """The editor's own words for the issue, with their version and the lock."""
    issue: list[dict[str, Any]]
    others: list[dict[str, Any]]
    vanished: list[dict[str, Any]]
    history: list[dict[str, Any]]

    def story(self, story_id: str) -> dict[str, Any] | None:
        """The story by its id; None when it is not the day's (any more)."""
        return next((row for row in (*self.issue, *self.others) if row["story_id"] == story_id), None)


@columns_of("feed.newsletter_stories", """
    place rank section subject headline line note platform source creator_handle url figure comparison chance outcome
    reason state story_id is_simulated
""")  # fmt: skip
class CandidateRow(BaseModel):
    """One candidate as a row of a list."""

    state: str | None


class Candidates(BaseModel):
    """A day's candidates."""

    items: list[CandidateRow]


def list_of(shown: DayShown, filters: Filters) -> Candidates:
    """The issue's stories in order, then the other candidates that the filters let through, all pages of them."""
    rows = [*shown.issue, *(row for row in shown.others if filters.fit(row))]
    told = [row | {"state": row["pick"]["state"] if row["pick"] else None} for row in rows]
    return Candidates.model_validate({"items": told})


def newsletter_for(using: Services, name: str, user: User) -> Newsletter:
    """The newsletter by its name, for somebody who may edit it. Problems: 404, 403."""
    newsletters = found(using.settings).by_name
    newsletter = newsletters.get(name)
    if newsletter is None:
        raise Problem(404, f"There is no newsletter {name}; there are: {', '.join(newsletters) or 'none'}.")
    if not newsletter.may_be_edited_by(user.user_id):
        raise Problem(
            403,
            f"{user.user_id} may not edit {newsletter.title}: its editors are {', '.join(newsletter.editors)}. "
            f"Who keeps the file of {name} can add the name to its `editors`.",
        )
    return newsletter


def day_shown(using: Services, newsletter: Newsletter, day: date) -> DayShown:
    """Everything of the day; what editors decided in one view of the database."""
    edition = Edition(newsletter.name, day)
    candidates = candidates_of(using.warehouse, using.settings, day)
    with using.write() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        picks, words, history = (
            picks_of(connection, edition),
            issue_of(connection, edition),
            history_of(connection, edition),
        )
    rows = [
        row | {"pick": picks.get(row["story_id"])}
        for row in composed(using.warehouse, newsletter, day, candidates, as_picks(picks, words))
    ]
    known = {str(row["story_id"]) for row in candidates} | {row["story_id"] for row in rows}
    return DayShown(
        edition=edition,
        newsletter=newsletter,
        words=words,
        issue=[row for row in rows if row["place"] is not None],
        others=[row for row in rows if row["place"] is None],
        # what an earlier day put off is that day's to show
        vanished=[row for story_id, row in picks.items() if story_id not in known and row["version"]],
        history=history,
    )


def prose_said(using: Services, shown: DayShown) -> str:
    """Whether a language model wrote the issue's headline and introduction, in a sentence; empty where none may."""
    if not shown.newsletter.rewrite:
        return ""
    day = shown.edition.day
    row = read_prose(using.warehouse, shown.newsletter.name, day)
    if row is None:
        return "A language model may write headline and introduction; it is asked when feed/prose of the day is made."
    if not row["headline"]:
        return str(row["note"])
    if tuple(row["told"]) != facts_of_issue(using.warehouse, shown.newsletter, day, shown.issue):
        return (
            f"{row['model']} wrote of other figures than those that stand here now: the computed sentences are used, "
            "until feed/prose of the day is made again."
        )
    return (
        f"Headline and introduction are in the words of {row['model']}, from the figures: read them before you send. "
        "Your own words replace them."
    )


def newest_day(using: Services, newsletter: Newsletter) -> date:
    """The newest day with stories. Problem 404 without any."""
    day: date | None = using.reader.value("SELECT max(observed_date) FROM feed.stories")
    if day is None:
        raise Problem(
            404, f"{newsletter.title} has no stories yet: the desk opens when the first day has been collected."
        )
    return day


def section_of(row: Mapping[str, Any]) -> str:
    """The section of a story: where it stands, else where it would."""
    return str(row["section"] or row["subject"] or "")


def values(shown: DayShown, filters: Filters, *, today: date) -> dict[str, Any]:
    """What the template needs."""
    others = [row for row in shown.others if filters.fit(row)]
    pages = max(1, -(-len(others) // PER_PAGE))
    page = min(filters.page, pages)
    every = (*shown.issue, *shown.others)
    declared = [subject.title for subject in shown.newsletter.sections]
    return {
        "newsletter": shown.newsletter,
        "day": shown.edition.day,
        "base": f"/desk/{shown.newsletter.name}/{shown.edition.day}",
        "query": filters.query(),
        "filters": filters,
        "words": shown.words,
        "stories": shown.issue,
        "others": others[(page - 1) * PER_PAGE : page * PER_PAGE],
        "other_count": len(others),
        "all_count": len(every),
        "page": page,
        "pages": pages,
        "vanished": shown.vanished,
        "sources": sorted({source for row in every for source in row["sources"]}),
        "sections": [*declared, *sorted({section_of(row) for row in every} - set(declared) - {""})],
        "states": STATES,
        "history": shown.history,
        "tomorrow": max(shown.edition.day, today) + timedelta(days=1),
        "section_of": section_of,
        "is_simulated": any(row["is_simulated"] for row in every),
        # another number whenever the issue may look different, so that the frame beside it is loaded anew
        "revision": sum(row["pick"]["version"] for row in every if row["pick"]) + shown.words["version"],
    }
