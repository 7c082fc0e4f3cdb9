"""Typed rows of comets.creator_profiles from a day's stored profile answers: the newest usable answer per creator."""

from datetime import date
from typing import TYPE_CHECKING

from trend_assets.capture.session import stored_answers
from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.discovery import the
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.capture.typed_rows import TypedRows
    from trend_assets.warehouse.warehouse import Warehouse

_NOT_STORED = ("following", "requested_handle", "state")


def profile_rows(warehouse: "Warehouse", day: date) -> "TypedRows":
    """Every profile answer of `day` accounted for: a row, a repeat, or set aside with its reason."""
    from trend_assets.capture.typed_rows import typed_rows

    return typed_rows(
        TABLES["comets.creator_profiles"], stored_answers(warehouse, the("profiles").name, day), _parse, day=day
    )


def _parse(answer: Answer) -> Parsed:
    parsed = the("profiles").parse(answer)
    for row in parsed.rows:
        row["profile_state"] = row["state"]
        for name in _NOT_STORED:
            row.pop(name, None)
    return parsed
