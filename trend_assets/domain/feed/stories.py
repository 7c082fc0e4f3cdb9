"""Which candidates are the same story: exact ids first, then addresses, then texts, joined by union-find.

    candidates (one row per source and item)
        ─▶ same id        the item itself, seen by several sources
        ─▶ same url       a post that links to another candidate, or two posts about one address
        ─▶ same text      near-duplicates of title and text
        ─▶ story number and how each row joined

Scores and ranking do not belong here (`merge.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trend_assets.domain.feed.near_duplicates import near_duplicates
from trend_assets.domain.feed.urls import item_key, items_linked_in, normalised_url
from trend_assets.platforms import PLATFORMS

# where people talk, a post with a link is about that link; elsewhere a link is a shop, a part one, a second channel
TALK_PLATFORMS = frozenset(row.name for row in PLATFORMS.values() if row.section == "talk")
# an address that more than this many different creators' posts share is a home page or a shop, not a story
MAX_POSTS_PER_URL = 25
# Two posts of one platform are one story only when they are copies. On the sandbox "Margins on a fan are brutal …"
# and "Margins on a coat are brutal …" agree to 0.7, and so do two brands of the same strap in one list of products.
SAME_PLATFORM_SIMILARITY = 0.8


class UnionFind:
    """Disjoint sets over 0..size-1; the root of a set is its smallest member, whatever the order of joining."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def find(self, member: int) -> int:
        root = member
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[member] != root:
            self._parent[member], member = root, self._parent[member]
        return root

    def join(self, left: int, right: int) -> bool:
        """Join two sets; False when they were one already."""
        a, b = self.find(left), self.find(right)
        if a == b:
            return False
        self._parent[max(a, b)] = min(a, b)
        return True


@dataclass(frozen=True)
class Grouping:
    """Parallel to the candidates: `story` (position of the story's first row), `matched_by` ('' where a row stands
    for itself) and the text `similarity` where that was the reason."""

    story: np.ndarray
    matched_by: list[str]
    similarity: np.ndarray


def full_text(title: str | None, text: str | None) -> str:
    """Title and text as one, without saying the same twice: many captions are both."""
    title, text = (part if isinstance(part, str) else "" for part in (title, text))
    head = title.rstrip("… .")
    return text if head and text.startswith(head) else f"{title} {text}".strip()


def group_stories(candidates: pd.DataFrame) -> Grouping:
    """Group candidate rows (columns source, platform, external_id, title, text, url, linked_url, creator_id) into
    stories. The result does not depend on the order of the rows beyond positions: the caller sorts them."""
    size = len(candidates)
    sets = UnionFind(size)
    matched_by = [""] * size
    similarity = np.full(size, np.nan)

    def join(anchor: int, position: int, reason: str, value: float = float("nan")) -> None:
        if sets.join(min(anchor, position), max(anchor, position)) and not matched_by[position]:
            matched_by[position], similarity[position] = reason, value

    keys = [item_key(p, e) for p, e in zip(candidates["platform"], candidates["external_id"], strict=True)]
    first_of: dict[str, int] = {}
    for position, key in enumerate(keys):
        join(first_of.setdefault(key, position), position, "same id")

    for address, positions in _addresses(candidates, keys).items():
        target = first_of.get(address)
        if target is None and len(positions) > MAX_POSTS_PER_URL:
            continue
        anchor = positions[0] if target is None else target
        for position in positions:
            join(anchor, position, "same url")

    unique = sorted(first_of.values())
    titles, bodies = candidates["title"].tolist(), candidates["text"].tolist()
    texts = [full_text(titles[i], bodies[i]) for i in unique]
    pairs = near_duplicates(texts)
    # strongest first, so that the reason kept for a row is its best one
    platforms = candidates["platform"].tolist()
    for index in np.lexsort((pairs.right, pairs.left, -pairs.similarity)):
        left, right = unique[pairs.left[index]], unique[pairs.right[index]]
        similar = float(pairs.similarity[index])
        if platforms[left] != platforms[right] or similar >= SAME_PLATFORM_SIMILARITY:
            join(left, right, "same text", similar)
    return Grouping(np.array([sets.find(i) for i in range(size)], dtype=np.int64), matched_by, similarity)


def _addresses(candidates: pd.DataFrame, keys: Sequence[str]) -> dict[str, list[int]]:
    """Address or item key -> positions of the posts that are about it."""
    positions_of: dict[str, list[int]] = {}
    columns = zip(candidates["platform"], candidates["linked_url"], candidates["url"], candidates["text"], strict=True)
    for position, (platform, linked_url, url, text) in enumerate(columns):
        own = keys[position]
        about = [normalised_url(linked_url if isinstance(linked_url, str) else None)]
        about.append(normalised_url(url if isinstance(url, str) else None))
        if platform in TALK_PLATFORMS:
            about.extend(items_linked_in(text if isinstance(text, str) else None))
        for address in dict.fromkeys(a for a in about if a and a != own):
            positions_of.setdefault(address, []).append(position)
    return positions_of
