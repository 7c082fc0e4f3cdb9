"""Where a story stands when an editor moves it. Pure functions on the rows of an issue, in the order they are shown.

Every story of an issue has a `key`: its rank in the newsletter's own order, or the number that an editor gave it
(`newsletter/compose.py`). Keys order the stories of a section, and the sections by the smallest key in each. A moved
story gets a number between those of its new neighbours, so moving one changes no other, and the order means the same
after the day was built again.
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


def moved(issue: Sequence[Row], story_id: str, *, before: str | None) -> Move:
    """A story is put right before another (None: last). It belongs to the section that it is put into: its own where
    that begins or ends there, else that of the story above, on top that of the one below."""
    rest = [row for row in issue if row["story_id"] != story_id]
    at = next((i for i, row in enumerate(rest) if row["story_id"] == before), len(rest))
    own = next((row["section"] for row in issue if row["story_id"] == story_id), None)
    around = [row["section"] for row in rest[max(at - 1, 0) : at + 1]]
    section = own if own in around or not around else around[0]
    return Move(story_id, _number(rest, at, section), None if section == own else section)


def one_up(issue: Sequence[Row], story_id: str) -> Move | None:
    """A story goes over the one above it, or, where its section begins, to the end of that above. None on top."""
    at = _at(issue, story_id)
    if at == 0:
        return None
    above, rest = issue[at - 1], [row for row in issue if row["story_id"] != story_id]
    if above["section"] != issue[at]["section"]:
        return Move(story_id, _number(rest, at, above["section"]), above["section"])
    return Move(story_id, _number(rest, at - 1, above["section"]))


def one_down(issue: Sequence[Row], story_id: str) -> Move | None:
    """A story goes under the one below it, or, where its section ends, to the top of the section below. None at the
    end. The first of a section stays where it is and the second goes over it: so its section keeps its place."""
    at = _at(issue, story_id)
    if at == len(issue) - 1:
        return None
    below, rest = issue[at + 1], [row for row in issue if row["story_id"] != story_id]
    if below["section"] != issue[at]["section"]:
        return Move(story_id, _number(rest, at, below["section"]), below["section"])
    if at == 0 or issue[at - 1]["section"] != below["section"]:
        return one_up(issue, below["story_id"])
    return Move(story_id, _number(rest, at + 1, below["section"]))


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
