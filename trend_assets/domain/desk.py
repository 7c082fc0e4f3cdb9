"""Where a story stands when an editor moves it. Pure functions on the rows of an issue, in order.

Every story of an issue has a key: its rank in the newsletter's own order, or the number that an editor gave it. A moved
story gets the number half way between its new neighbours, so moving one changes no other, and the order means the same
after the day was built again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def key_of(row: Row, place: float | None) -> float:
    """The number a row is ordered by."""
    return float(row["rank"]) if place is None else place


def place_for(issue: Sequence[Row], story_id: str, *, before: str | None) -> float:
    """The number that puts `story_id` right before the story `before` of the issue, or last for None. The rows carry
    their `key`."""
    rest = [row for row in issue if row["story_id"] != story_id]
    at = next((i for i, row in enumerate(rest) if row["story_id"] == before), len(rest))
    if not rest:
        return 1.0
    if at == 0:
        return float(rest[0]["key"]) - 1.0
    if at == len(rest):
        return float(rest[-1]["key"]) + 1.0
    return (float(rest[at - 1]["key"]) + float(rest[at]["key"])) / 2


def moved(issue: Sequence[Row], story_id: str, *, before: str | None) -> dict[str, Any]:
    """The `place`, and the `section` where it changes, of a story that is put right before another (None: last). It
    belongs to the section that it is put into: that of the story before it, on top that of the one after it."""
    rest = [row for row in issue if row["story_id"] != story_id]
    at = next((i for i, row in enumerate(rest) if row["story_id"] == before), len(rest))
    own = next((row["section"] for row in issue if row["story_id"] == story_id), None)
    neighbours = [row["section"] for row in rest[max(at - 1, 0) : at + 1]]
    place = {"place": place_for(issue, story_id, before=before)}
    return place if own in neighbours or not neighbours else place | {"section": neighbours[0]}


def one_up(issue: Sequence[Row], story_id: str) -> dict[str, Any] | None:
    """The change that moves a story up by one: over the story above it, or, where a section begins, to the end of the
    section above. None on top."""
    at = _at(issue, story_id)
    if at == 0:
        return None
    above = issue[at - 1]
    if above["section"] != issue[at]["section"]:
        return {"place": place_for(issue, story_id, before=story_id), "section": above["section"]}
    return {"place": place_for(issue, story_id, before=above["story_id"])}


def one_down(issue: Sequence[Row], story_id: str) -> dict[str, Any] | None:
    """The change that moves a story down by one: under the story below it, or, where a section ends, to the top of the
    section below. None at the end."""
    at = _at(issue, story_id)
    if at == len(issue) - 1:
        return None
    below = issue[at + 1]
    if below["section"] != issue[at]["section"]:
        return {"place": place_for(issue, story_id, before=below["story_id"]), "section": below["section"]}
    return {"place": place_for(issue, story_id, before=issue[at + 2]["story_id"] if at + 2 < len(issue) else None)}


def _at(issue: Sequence[Row], story_id: str) -> int:
    return next(number for number, row in enumerate(issue) if row["story_id"] == story_id)
