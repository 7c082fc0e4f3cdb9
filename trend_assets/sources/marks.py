"""Marks that providers set on items, and what each does to the row: a source lists its own in `source.py`.

A test sets each on a plain item and compares the rows, so that no mark is received and forgotten; the page of the
source shows the list. Acting on them is the parsers' business.
"""

from dataclasses import dataclass
from typing import Any

ADULT = "for adults: `is_over_18`, stored and left out of the feed unless TREND_ASSETS_FEED_WITH_ADULT is true"
ADVERTISEMENT = "an advertisement: `is_sponsored`"
SET_ASIDE = "set aside with this reason, no row"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: the `field` (a path with dots), a `value` that sets it, and what it `does` to the row."""

    field: str
    value: Any
    does: str
