"""What newsletters read: the day's stories with all they say of themselves, and an editor's words for the issue."""

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trend_assets.domain.feed.rules import FeedRules
    from trend_assets.warehouse.warehouse import Warehouse


def read_newsletter_candidates(warehouse: "Warehouse", day: date, *, rules: "FeedRules") -> list[dict[str, Any]]:
    """Every story of the day that a newsletter can print, in the feed's order, for `compose`."""
    import pandas as pd

    from trend_assets.domain.feed.frames import records_of
    from trend_assets.domain.feed.merge import sorted_candidates
    from trend_assets.domain.newsletter.candidates import newsletter_candidates, printable
    from trend_assets.reads.feed import read_history

    chosen = printable(warehouse.read("feed.stories", day=day))
    keys = list(zip(chosen["platform"], chosen["external_id"], strict=True))
    core, stretch = (warehouse.read(f"feed.{tier}_items", day=day) for tier in ("core", "stretch"))
    standing = {
        (row["source"], row["platform"], row["external_id"]): {"leap": row["leap"], "range": row["range"]}
        for row in records_of(warehouse.query(_STANDING, {"day": day, "ids": list(chosen["external_id"])}))
    }
    made = newsletter_candidates(
        chosen,
        warehouse.read("feed.proofs", day=day),
        sorted_candidates(core, stretch, rules),
        read_history(warehouse, day, keys=keys) if keys else pd.DataFrame(),
        warehouse.read("feed.source_report", day=day),
        day=day,
        rules=rules,
    )
    unknown = {"leap": None, "range": None}
    return [row | standing.get((row["source"], row["platform"], row["external_id"]), unknown) for row in made]


_STANDING = """SELECT source, platform, external_id, leap, range FROM velocity.scores
    WHERE observed_date = %(day)s AND external_id = ANY(%(ids)s) AND (leap IS NOT NULL OR range IS NOT NULL)"""
"""What its creator usually has, which only a newsletter tells."""


def read_words(warehouse: "Warehouse", newsletter: str, day: date) -> dict[str, str | None]:
    """An editor's own headline and introduction of an issue; empty where nobody wrote any."""
    with warehouse.connect() as connection:
        row = connection.execute(
            "SELECT headline, introduction FROM desk.issues WHERE newsletter = %s AND observed_date = %s",
            (newsletter, day),
        ).fetchone()
    return {"headline": row[0], "introduction": row[1]} if row else {}
