"""The feed's memory: no story twice within 28 days unless it changed, and what "changed" means.

A story has been there when one of its items was part of a story of an earlier feed, or when its text says the same as
one of those. It changed when, since its last appearance,
  - the same item's views at least doubled, or
  - it reached a platform on which it was not seen then, or
  - its best list place (products) is at most half of the place it had then.
"""

from dataclasses import dataclass

import pandas as pd

from trend_assets.domain.feed.near_duplicates import near_duplicates
from trend_assets.domain.feed.rules import RETURN_RANK_RATIO, RETURN_VIEWS_RATIO
from trend_assets.domain.feed.stories import full_text


@dataclass(frozen=True, slots=True)
class Remembered:
    """The last appearance of a story. `same_item` False: only the text is the same."""

    date: str
    views: int | None
    list_rank: int | None
    platforms: frozenset[str]
    same_item: bool


def recall(stories: pd.DataFrame, past: pd.DataFrame) -> dict[int, Remembered]:
    """For each story (by position) that was in an earlier feed, its last appearance.

    `stories` has proof_keys, title, text; `past` the rows of earlier feeds: observed_date, proof_keys, platforms,
    views, list_rank, platform, external_id, title, text.
    """
    if past.empty or stories.empty:
        return {}
    past = past.sort_values(["observed_date", "score_rank"], ascending=[False, True], ignore_index=True)
    newest: dict[str, int] = {}
    for position, keys in enumerate(past["proof_keys"]):
        for key in keys:
            newest.setdefault(key, position)
    last_seen: dict[int, int] = {}
    for position, keys in enumerate(stories["proof_keys"]):
        hits = [newest[key] for key in keys if key in newest]
        if hits:
            last_seen[position] = min(hits)
    count = len(stories)
    texts = [full_text(*row) for row in zip(stories["title"], stories["text"], strict=True)]
    texts += [full_text(*row) for row in zip(past["title"], past["text"], strict=True)]
    pairs = near_duplicates(texts)
    for left, right in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        if left < count <= right:
            last_seen[left] = min(last_seen.get(left, right - count), right - count)
    remembered = {}
    for position, then in sorted(last_seen.items()):
        row = past.iloc[then]
        lead = f"{row['platform']}:{row['external_id']}"
        remembered[position] = Remembered(
            date=row["observed_date"].isoformat(),
            views=_whole(row["views"]),
            list_rank=_whole(row["list_rank"]),
            platforms=frozenset(row["platforms"]),
            same_item=lead == stories["lead_key"].iat[position],
        )
    return remembered


def what_changed(
    then: Remembered, *, views: int | None, list_rank: int | None, platforms: frozenset[str]
) -> str | None:
    """Why a remembered story may return, as a sentence; None when it did not change."""
    if then.same_item and views is not None and then.views and views >= RETURN_VIEWS_RATIO * then.views:
        return f"Back since {then.date}: {views / then.views:.1f} times the views it had then."
    if new := sorted(platforms - then.platforms):
        return f"Back since {then.date}: now also on {', '.join(new)}."
    if then.same_item and list_rank and then.list_rank and list_rank <= RETURN_RANK_RATIO * then.list_rank:
        return f"Back since {then.date}: place {list_rank} after place {then.list_rank}."
    return None


def _whole(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]
