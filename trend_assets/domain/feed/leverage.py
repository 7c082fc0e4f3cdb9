"""Unique leverage: what each source surfaced that no other source had, and what that cost."""

from datetime import date

import pandas as pd

from trend_assets.domain.feed.frames import rows_of
from trend_assets.domain.feed.rules import FeedRules

EXAMPLES = 3


def unique_leverage(
    stories: pd.DataFrame, proofs: pd.DataFrame, report: pd.DataFrame, *, day: date, rules: FeedRules
) -> pd.DataFrame:
    """One row per source with candidates (columns of `feed.unique_leverage`). A story is unique when all its items
    come from one source; the same item found by two sources is nobody's."""
    if stories.empty:
        return pd.DataFrame(columns=["observed_date", "source"])
    pairs = proofs[["story_id", "source"]].drop_duplicates()
    only = pairs.groupby("story_id")["source"].transform("size") == 1
    facts = pairs.assign(is_unique=only).merge(
        stories[["story_id", "outcome", "score", "score_rank", "title", "is_simulated"]], on="story_id", how="inner"
    )
    costs = dict(zip(report["source"], report["cost_usd"], strict=True))
    links = proofs[proofs["matched_by"] == "lead"].set_index("story_id")["url"]
    rows = []
    for source in sorted(facts["source"].unique()):
        mine = facts[facts["source"] == source]
        unique = mine[mine["is_unique"]].sort_values("score_rank")
        in_feed = mine["outcome"] == "in_feed"
        cost = costs.get(source)
        cost = None if cost is None or pd.isna(cost) else float(cost)
        rows.append(
            {
                "observed_date": day,
                "source": source,
                "candidate_stories": len(mine),
                "unique_stories": len(unique),
                "unique_share": len(unique) / len(mine),
                "feed_items": int(in_feed.sum()),
                "unique_feed_items": int((in_feed & mine["is_unique"]).sum()),
                "examples": [
                    {
                        "story_id": row.story_id,
                        "title": row.title,
                        "score": row.score,
                        "url": _link(links, row.story_id),
                    }
                    for row in rows_of(unique.head(EXAMPLES))
                ],
                "cost_usd": cost,
                "cost_per_unique_story_usd": None if cost is None or not len(unique) else round(cost / len(unique), 6),
                "is_simulated": bool(mine["is_simulated"].any()),
            }
        )
    order = {name: place for place, name in enumerate(rules.sources)}
    rows.sort(key=lambda row: (order.get(row["source"], len(order)), row["source"]))
    return pd.DataFrame(rows)


def _link(links: pd.Series, story_id: str) -> str | None:
    url = links.get(story_id)
    return url if isinstance(url, str) else None
