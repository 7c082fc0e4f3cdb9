"""`trend-assets explain ITEM [--date]`: find the item a person means and say why it is, or is not, in the feed."""

import re
from datetime import date
from typing import TYPE_CHECKING

from trend_assets.domain.feed.explain import explanation_text, left_out_text
from trend_assets.domain.feed.frames import records_of
from trend_assets.domain.feed.urls import normalised_url

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse


class UnknownItem(LookupError):
    """No story of that day fits what was asked for; the message says what can be asked for."""


def explain(warehouse: "Warehouse", item: str, day: date | None = None) -> str:
    """The explanation of `item` as text. `item`: a place in the feed (`3`, `#3`), a story id or its start, an item as
    `platform:id` or bare id, or its address. `day` None means the newest day with a feed.

    Raises UnknownItem when nothing fits.
    """
    day = day or _newest(warehouse)
    story_id = _find(warehouse, item.strip(), day)
    row = warehouse.read("feed.items", day=day, where="story_id = %s", params=(story_id,))
    if row.empty:
        story = warehouse.read("feed.stories", day=day, where="story_id = %s", params=(story_id,))
        return left_out_text(records_of(story)[0])
    proofs = warehouse.read("feed.proofs", day=day, where="story_id = %s", params=(story_id,))
    return explanation_text(records_of(row)[0], records_of(proofs))


def _newest(warehouse: "Warehouse") -> date:
    newest = warehouse.query("SELECT max(observed_date) AS day FROM feed.items")["day"].iloc[0]
    if not isinstance(newest, date):
        raise UnknownItem("There is no feed yet; make one with `trend-assets run` or in the Dagster UI.")
    return newest


def _find(warehouse: "Warehouse", item: str, day: date) -> str:
    if place := re.fullmatch(r"#?(\d{1,4})", item):
        rows = warehouse.read("feed.items", day=day, where="rank = %s", params=(int(place[1]),))
        if len(rows):
            return str(rows["story_id"].iloc[0])
    if item.startswith("st_"):
        rows = warehouse.read(
            "feed.stories", day=day, where="left(story_id, length(%s)) = %s", params=(item, item), columns=("story_id",)
        )
        if len(rows) == 1:
            return str(rows["story_id"].iloc[0])
        if len(rows) > 1:
            raise UnknownItem(f"{item} begins {len(rows)} stories of {day}; give more of it.")
    key = normalised_url(item) or item
    platform, _, external_id = key.partition(":")
    rows = warehouse.query(
        """
        SELECT story_id FROM feed.proofs
        WHERE observed_date = %(day)s AND ((platform = %(platform)s AND external_id = %(id)s) OR external_id = %(item)s)
        ORDER BY (matched_by = 'lead') DESC, story_id LIMIT 1
        """,
        {"day": day, "platform": platform, "id": external_id, "item": item},
    )
    if rows.empty:
        raise UnknownItem(
            f"Nothing called {item[:80]} was considered for the feed of {day}. Give a place (#3), a story id (st_…), "
            "platform:id, or the item's address, and perhaps another --date."
        )
    return str(rows["story_id"].iloc[0])
