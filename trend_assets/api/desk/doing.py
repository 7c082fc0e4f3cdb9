"""What the desk's forms do: each a small change of one story or of the issue, said in a sentence."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

import psycopg

from trend_assets.api.desk.shown import DayShown
from trend_assets.api.problems import Problem
from trend_assets.domain.desk import Move, moved, one_down, one_up
from trend_assets.domain.feed.urls import creator_key
from trend_assets.newsletters.desk import picks
from trend_assets.newsletters.desk.picks import Editor, Refused

WORDS = ("headline", "line", "note", "section")
MOST_SNOOZE_DAYS = 90
MOVES = ("up", "down", "move")
Field = Callable[[str], str]
_DONE = {
    "pick": "Picked",
    "skip": "Left out",
    "snooze": "Put off",
    "clear": "Undecided again:",
    "words": "Stored your words for",
    "up": "Moved up",
    "down": "Moved down",
    "move": "Moved",
}


def change_story(connection: psycopg.Connection, day: DayShown, field: Field, *, editor: Editor) -> str:
    """Do what a story's form says; the sentence about it. The words in the form are stored with it, so that nothing
    typed is lost. Raises Conflict, Refused, Locked; a Problem for a form that is none of ours."""
    do = field("do") or "words"
    if do not in _DONE:
        raise Problem(422, "The desk knows no such action; open the page again.")
    story_id = field("story_id")
    row = day.story(story_id)
    if row is None:
        # what was decided stays when a story vanishes, and can still be changed or taken back
        story = next((pick for pick in day.vanished if pick["story_id"] == story_id), None)
        if story is None:
            raise Problem(
                404, "This story is not among the day's any more: the day was built again. Open the page again."
            )
    else:
        story = _facts(row)
    words: dict[str, Any] = {name: field(name) or None for name in WORDS}
    version = version_of(field)
    if do in MOVES:
        moves = {move.story_id: move for move in _moves(day, row, do, field)}
        with connection.transaction():
            for other in moves.keys() - {story_id}:  # a neighbour gives way
                neighbour = _facts(day.story(other) or {})
                seen = neighbour["pick"]["version"] if neighbour["pick"] else 0
                change = _moved(moves[other])
                picks.change_story(connection, day.edition, neighbour, change, version=seen, action=do, editor=editor)
            mine = _moved(moves[story_id]) if story_id in moves else {}
            # what was typed here is stored all the same
            action = do if mine else "words"
            picks.change_story(
                connection, day.edition, story, words | mine, version=version, action=action, editor=editor
            )
    else:
        change = _decision(day, row, do, field)
        picks.change_story(connection, day.edition, story, words | change, version=version, action=do, editor=editor)
    return f"{_DONE[do]} “{(field('headline') or str(story['title']))[:80]}”."


def change_issue(connection: psycopg.Connection, day: DayShown, field: Field, *, editor: Editor) -> str:
    """Store the issue's own words; the sentence about it. Raises Conflict, Refused, Locked."""
    changes = {name: field(name) for name in picks.ISSUE_FIELDS}
    version = version_of(field)
    picks.change_issue(connection, day.edition, changes, version=version, editor=editor)
    return "Stored the headline and the introduction of the issue."


def version_of(field: Field) -> int:
    """The version that a form was made from."""
    text = field("version")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Problem(422, "The form says no version; open the page again.")
    return int(text)


def _moved(move: Move) -> dict[str, Any]:
    """Who moves a story wants it in the issue."""
    return {"state": "pick", "place": move.place} | ({"section": move.section} if move.section else {})


def _moves(day: DayShown, row: Mapping[str, Any] | None, do: str, field: Field) -> list[Move]:
    if row is None:
        raise Refused("This story is not among the day's any more, so it cannot stand in the issue.")
    if row["place"] is None:
        raise Refused("Only stories of the issue have an order; pick it first.")
    if do == "move":
        return moved(day.issue, row["story_id"], before=field("before") or None, under=field("under"))
    moves = (one_up if do == "up" else one_down)(day.issue, row["story_id"])
    if not moves:
        raise Refused(f"It is the {'first' if do == 'up' else 'last'} already.")
    return moves


def _decision(day: DayShown, row: Mapping[str, Any] | None, do: str, field: Field) -> dict[str, Any]:
    if do == "words":
        return {}
    if do == "snooze":
        return {"state": "snooze", "snoozed_until": _until(day.edition.day, field("until")), "place": None}
    if do == "pick":
        if row is None:
            raise Refused("This story is not among the day's any more, so it cannot stand in the issue.")
        return {"state": "pick", "snoozed_until": None, "place": _place_of_a_pick(day, row)}
    return {"state": "skip" if do == "skip" else None, "snoozed_until": None, "place": None}


def _place_of_a_pick(day: DayShown, row: Mapping[str, Any]) -> float:
    """A story of the issue stays where it is; another comes after the picks that lead the issue."""
    if row["place"] is not None:
        return float(row["key"])
    leading = takewhile(lambda each: each["is_picked"], sorted(day.issue, key=lambda each: float(each["key"])))
    last = max((float(each["key"]) for each in leading), default=None)
    after = min((float(e["key"]) for e in day.issue if last is None or float(e["key"]) > last), default=None)
    if last is None:
        return 0.0 if after is None else after - 1.0
    return last + 1.0 if after is None else (last + after) / 2


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """What recognises a story after it has vanished."""
    return {**row, "creator_key": creator_key(row["platform"], row["creator_id"], row["creator_handle"])}


def _until(day: date, text: str) -> date:
    try:
        until = date.fromisoformat(text) if text else day + timedelta(days=1)
    except ValueError:
        raise Refused(f"“{text[:20]}” is not a date; write it as 2026-11-30.") from None
    last = day + timedelta(days=MOST_SNOOZE_DAYS)
    if not day < until <= last:
        raise Refused(
            f"A story is put off to a day after {day}, until {last} at most. Skip it to leave it out for good."
        )
    return until
