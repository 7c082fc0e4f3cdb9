"""A newsletter's day with what editors decided in it: the same for the assets, for the page of the desk and the lock.

    the day's candidates ─┐
    the newsletter        ├─▶ compose ─▶ rows as of feed.newsletter_stories
    desk.picks, issues ───┘

What was locked stays what it is, whatever is built underneath.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import psycopg

from trend_assets.domain.newsletter.compose import Pick, Picks, compose
from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.desk.picks import Edition, issue_of, picks_of
from trend_assets.newsletters.reading import read_newsletter_candidates, read_wanted
from trend_assets.settings import Settings
from trend_assets.warehouse.reads.feed_rules import rules_of_day
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

Row = dict[str, Any]
_STORIES = "feed.newsletter_stories"
_DAYS_KEPT = 4
_kept: "OrderedDict[tuple[Any, ...], list[Row]]" = OrderedDict()
_keeping = Lock()


def candidates_of(warehouse: "Warehouse", settings: Settings, day: date) -> list[Row]:
    """Every story of the day that a newsletter can print. Kept until one of the tables behind it is written anew:
    describing six hundred stories takes longer than a click should."""
    with warehouse.connect() as connection:
        written = connection.execute(
            "SELECT current_database(), table_address, token, content_hash FROM ops.partition_writes "
            "WHERE observed_date = %s AND table_address IN ('feed.stories', 'feed.proofs', 'feed.core_items', "
            "'feed.stretch_items', 'feed.source_report', 'trends.post_snapshots', 'velocity.scores') ORDER BY 2",
            (day,),
        ).fetchall()
    key = (day, *written)
    with _keeping:
        if key not in _kept:
            rules = rules_of_day(warehouse, settings, day)
            _kept[key] = read_newsletter_candidates(warehouse, day, rules=rules) if written else []
            while len(_kept) > _DAYS_KEPT:
                _kept.popitem(last=False)
        return _kept[key]


def decided(connection: psycopg.Connection, edition: Edition) -> Picks:
    """What editors decided for a newsletter's day, as `compose` takes it."""
    return as_picks(picks_of(connection, edition), issue_of(connection, edition))


def as_picks(decisions: Mapping[str, Row], issue: Mapping[str, Any]) -> Picks:
    """Rows of `desk.picks` and `desk.issues` as `compose` takes them: what is put off is left out for now."""
    stories = {
        story_id: Pick(
            story_id=story_id,
            verdict="skip" if row["state"] == "snooze" else row["state"],
            headline=row["headline"],
            line=row["line"],
            note=row["note"],
            section=row["section"],
            order=row["place"],
        )
        for story_id, row in decisions.items()
    }
    locked = issue["locked"]
    return Picks(stories, None if locked is None else [unpacked(row) for row in locked["stories"]])


def composed(
    warehouse: "Warehouse", newsletter: Newsletter, day: date, candidates: Sequence[Mapping[str, Any]], picks: Picks
) -> list[Row]:
    """The rows of the day with the `key` that each is ordered by, those of the issue first and in order."""
    wanted = read_wanted(warehouse, newsletter, day, candidates)
    made = compose(newsletter, day, candidates, picks, wanted)
    rows = [{"key": float(row["place"] or row["rank"])} | row for row in made]
    return sorted(rows, key=lambda row: (row["place"] is None, row["place"] or row["rank"]))


def packed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The issue's rows as they are locked."""
    names = TABLES[_STORIES].column_names
    return {"stories": [{name: row.get(name) for name in names} for row in rows if row["place"] is not None]}


def unpacked(row: Mapping[str, Any]) -> Row:
    """A locked row with the types of its table again."""
    return {name: _typed(TABLES[_STORIES].column(name).type, value) for name, value in row.items()}


def _typed(kind: str, value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return value
    return {"date": date.fromisoformat, "timestamptz": datetime.fromisoformat}.get(kind, str)(value)
