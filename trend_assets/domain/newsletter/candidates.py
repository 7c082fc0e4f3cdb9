"""The stories that newsletters of a day can print: those of the feed in its order, then the best that it had no room
for, each with everything that it says of itself."""

from datetime import date
from typing import Any

import pandas as pd

from trend_assets.domain.feed.frames import records_of
from trend_assets.domain.feed.items import feed_items
from trend_assets.domain.feed.rules import FeedRules
from trend_assets.domain.numbers import missing

POOL = 600
"""Stories that are looked at: twelve times a feed, so that a newsletter on one subject finds its own among them."""
PRINTABLE = ("in_feed", "below_cut", "source_limit", "creator_limit", "repeat", "for_adults")
_OF_THE_ITEM = ("hours_between", "list_rank", "list_name", "language")
_NOT_OURS = ("section", "returned_because", "cost_usd", "rank")


def printable(stories: pd.DataFrame) -> pd.DataFrame:
    """The stories of `feed.stories` that a newsletter can print, in order."""
    there = stories[stories["outcome"].isin(PRINTABLE)].sort_values(["feed_rank", "score_rank"])
    return there.head(POOL)


def newsletter_candidates(
    chosen: pd.DataFrame,
    proofs: pd.DataFrame,
    items: pd.DataFrame,
    history: pd.DataFrame,
    report: pd.DataFrame,
    *,
    day: date,
    rules: FeedRules,
) -> list[dict[str, Any]]:
    """One record per story of `chosen`, in its order, for `compose`."""
    rows = records_of(feed_items(chosen, proofs, items, history, report, day=day, rules=rules))
    item_of = {(item["source"], item["platform"], item["external_id"]): item for item in records_of(items)}
    outcome_of = {row["story_id"]: row for row in records_of(chosen[["story_id", "outcome", "reason"]])}
    adult = {(item["platform"], item["external_id"]) for item in item_of.values() if item["is_over_18"] is True}
    made = []
    for row in rows:
        item = item_of[row["source"], row["platform"], row["external_id"]]
        parts = item["score_parts"] if isinstance(item["score_parts"], dict) else {}
        shown = {name: value for name, value in row.items() if name not in _NOT_OURS}
        made.append(
            {name: None if missing(value) else value for name, value in shown.items()}
            | {name: None if missing(item[name]) else item[name] for name in _OF_THE_ITEM}
            | {
                "growth_over_usual": parts.get("growth_over_usual"),
                "is_adult": any((proof["platform"], proof["external_id"]) in adult for proof in row["proof_links"]),
                "feed_outcome": outcome_of[row["story_id"]]["outcome"],
                "feed_reason": outcome_of[row["story_id"]]["reason"],
            }
        )
    return made
