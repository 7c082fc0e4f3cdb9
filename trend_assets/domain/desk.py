"""Where a story stands when an editor moves it. Pure functions on the rows of an issue, in the order they are shown.

Every story of an issue has a `key`: its rank in the newsletter's own order, or the number that an editor gave it
(`newsletter/compose.py`). Keys order the stories of a section, and the sections by the smallest key in each. A moved
story gets a number between those of its new neighbours, so moving one changes no other, and the order means the same
after the day was built again. One exception: where the first story of a section leaves its place, the next one may
take its number, so that the section keeps its place among the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """What moves a story: its new number, and its section where that changes. `story_id` may be the neighbour that
    gives way."""

    story_id: str
    place: float
    section: str | None = None


def moved(issue: Sequence[Row], story_id: str, *, before: str | None, under: str = "") -> list[Move]:
    """A story is put right before another (None: last). It belongs to the section that it is put into: the one titled
    `under` where that begins or ends there, else its own where that does, else that of the story above, on top that of
    the one below."""
    rest = [row for row in issue if row["story_id"] != story_id]
    at = next((i for i, row in enumerate(rest) if row["story_id"] == before), len(rest))
    own = next((row["section"] for row in issue if row["story_id"] == story_id), None)
    around = [row["section"] for row in rest[max(at - 1, 0) : at + 1]]
    section = next((one for one in (under, own) if one in around), around[0] if around else own)
    return _put(issue, story_id, at, section)


def one_up(issue: Sequence[Row], story_id: str) -> list[Move]:
    """A story goes over the one above it, or, where its section begins, to the end of that above. Nothing on top."""
    at = _at(issue, story_id)
    if at == 0:
        return []
    above = issue[at - 1]["section"]
    return _put(issue, story_id, at if above != issue[at]["section"] else at - 1, above)


def one_down(issue: Sequence[Row], story_id: str) -> list[Move]:
    """A story goes under the one below it, or, where its section ends, to the top of the section below. Nothing at the
    end. Where it is the first of a section the second goes over it: one row, and the section keeps its place."""
    at = _at(issue, story_id)
    if at == len(issue) - 1:
        return []
    below = issue[at + 1]
    if below["section"] != issue[at]["section"]:
        return _put(issue, story_id, at, below["section"])
    if at == 0 or issue[at - 1]["section"] != below["section"]:
        return one_up(issue, below["story_id"])
    return _put(issue, story_id, at + 1, below["section"])


def _put(issue: Sequence[Row], story_id: str, at: int, section: str | None) -> list[Move]:
    """The story stands at this position among the others, in this section; its move comes last."""
    row = issue[_at(issue, story_id)]
    rest = [each for each in issue if each["story_id"] != story_id]
    members = [each for each in issue if each["section"] == row["section"]]
    heir: Row = members[1] if members[0] is row and len(members) > 1 else row
    inherited = [{**each, "key": row["key"]} if each is heir else each for each in rest]

    def put(others: Sequence[Row]) -> tuple[Move, list[Any]]:
        place = _number(others, at, section)
        order = _sections([*others, {**row, "key": place, "section": section}])
        return Move(story_id, place, None if section == row["section"] else section), order

    (alone, without), (there, wanted) = put(rest), put(inherited)
    if heir is row or (without and without == wanted):
        return [alone]
    return [Move(heir["story_id"], float(row["key"])), there]


def _sections(rows: Sequence[Row]) -> list[Any]:
    """The sections as they follow one another, by the smallest key in each; empty where two begin with the same key."""
    starts: dict[Any, float] = {}
    for row in sorted(rows, key=lambda row: float(row["key"])):
        starts.setdefault(row["section"], float(row["key"]))
    return list(starts) if len(set(starts.values())) == len(starts) else []


def _number(rest: Sequence[Row], at: int, section: str | None) -> float:
    """The number that puts a story of `section` at this position among the others."""
    keys = [float(row["key"]) for row in rest if row["section"] == section]
    position = sum(row["section"] == section for row in rest[:at])
    if not keys:
        return float(rest[at - 1]["key"]) + 0.5 if at else (float(rest[0]["key"]) - 1.0 if rest else 1.0)
    if position == len(keys):
        return keys[-1] + 1.0
    if position > 0:
        return (keys[position - 1] + keys[position]) / 2
    # the first of its section, which must not get in front of the sections above it
    above = {row["section"] for row in rest[:at]} - {section}
    starts = [min(float(row["key"]) for row in rest if row["section"] == other) for other in above]
    lower = max((start for start in starts if start < keys[0]), default=None)
    return keys[0] - 1.0 if lower is None else (lower + keys[0]) / 2


def _at(issue: Sequence[Row], story_id: str) -> int:
    return next(number for number, row in enumerate(issue) if row["story_id"] == story_id)
