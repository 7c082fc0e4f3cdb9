"""What newsletters read: the day's stories with all they say of themselves, and an editor's words for the issue."""

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trend_assets.domain.feed.rules import FeedRules
    from trend_assets.warehouse.warehouse import Warehouse


def read_newsletter_candidates(warehouse: "Warehouse", day: date, *, rules: "FeedRules") -> list[dict[str, Any]]:
    """Every story of the day that a newsletter can print, in the feed's order, for `compose`."""
    import pandas as pd

    from trend_assets.domain.feed.merge import sorted_candidates
    from trend_assets.domain.newsletter.candidates import newsletter_candidates, printable
    from trend_assets.reads.feed import read_history

    chosen = printable(warehouse.read("feed.stories", day=day))
    keys = list(zip(chosen["platform"], chosen["external_id"], strict=True))
    core, stretch = (warehouse.read(f"feed.{tier}_items", day=day) for tier in ("core", "stretch"))
    return newsletter_candidates(
        chosen,
        warehouse.read("feed.proofs", day=day),
        sorted_candidates(core, stretch, rules),
        read_history(warehouse, day, keys=keys) if keys else pd.DataFrame(),
        warehouse.read("feed.source_report", day=day),
        day=day,
        rules=rules,
    )


def read_words(warehouse: "Warehouse", newsletter: str, day: date) -> dict[str, str | None]:
    """An editor's own headline and introduction of an issue; empty where nobody wrote any."""
    with warehouse.connect() as connection:
        row = connection.execute(
            "SELECT headline, introduction FROM desk.issues WHERE newsletter = %s AND observed_date = %s",
            (newsletter, day),
        ).fetchone()
    return {"headline": row[0], "introduction": row[1]} if row else {}
