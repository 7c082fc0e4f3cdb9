"""The merge: candidates of all sources become stories with a score, an order, and an outcome for every one of them.

    candidates ─▶ group_stories ─▶ proofs (who belongs to which story)
    proofs + candidates + earlier stories ─▶ stories: score, rank, outcome

Pure functions on frames with the columns of `feed.core_items`, `feed.proofs` and `feed.stories`. What a row of the
issue says beyond this (counts over time, flags, price) is in `items.py`.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from trend_assets.domain.feed.frames import grouped, must_hold, rows_of
from trend_assets.domain.feed.memory import Remembered, recall, what_changed
from trend_assets.domain.feed.rules import FIRST_PLACES, OPENING_PLACES, PER_CREATOR_IN_OPENING, FeedRules
from trend_assets.domain.feed.scoring import Member, order_key, score_story, total, worth
from trend_assets.domain.feed.stories import full_text, group_stories
from trend_assets.domain.feed.urls import creator_key, item_key
from trend_assets.text import cut, display_text, without_closing_hashtags

TITLE_LIMIT = 140
TEXT_LIMIT = 500
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://trend-assets.invalid/stories")
# handles that stand for "nobody known"
NOBODY = frozenset({"", "[deleted]", "deleted", "unknown", "anonymous"})


def story_id_of(platform: str, external_id: str) -> str:
    """The id of the story whose earliest item this is: the same on every day and machine."""
    return "st_" + uuid.uuid5(NAMESPACE, item_key(platform, external_id)).hex[:20]


def sorted_candidates(core: pd.DataFrame, stretch: pd.DataFrame, rules: FeedRules) -> pd.DataFrame:
    """The candidates that may be merged, in one order: sources that are left out of the merge are dropped here."""
    parts = [frame for frame in (core, stretch) if len(frame)]
    if not parts:
        return core
    rows = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    rows = rows[[rules.weight_of(source) > 0 for source in rows["source"]]]
    return rows.sort_values(["platform", "external_id", "source"]).reset_index(drop=True)


def find_proofs(candidates: pd.DataFrame, rules: FeedRules) -> pd.DataFrame:
    """One row per story, source and item (columns of `feed.proofs`). The story's id comes from its earliest item."""
    if candidates.empty:
        return pd.DataFrame(columns=["observed_date", "story_id", "source", "platform", "external_id"])
    grouping = group_stories(candidates)
    posted = candidates["posted_at"].fillna(pd.Timestamp.max.tz_localize("UTC"))
    order = pd.DataFrame(
        {"story": grouping.story, "posted": posted, "platform": candidates["platform"], "id": candidates["external_id"]}
    ).sort_values(["story", "posted", "platform", "id"])
    first = order.drop_duplicates("story")
    ids = {story: story_id_of(p, e) for story, p, e in zip(first["story"], first["platform"], first["id"], strict=True)}
    proofs = candidates[
        ["observed_date", "source", "platform", "external_id", "source_percentile", "source_rank", "source_items",
         "creator_handle", "creator_id", "url", "engagement", "measured_at", "is_simulated"]
    ].copy()  # fmt: skip
    proofs["story_id"] = [ids[story] for story in grouping.story]
    proofs["matched_by"] = grouping.matched_by
    proofs["similarity"] = grouping.similarity
    proofs["title"] = [
        headline(*row) for row in zip(candidates["title"], candidates["text"], candidates["kind"], strict=True)
    ]
    members = {position: member for position, member in enumerate(_members(candidates))}
    best: dict[str, int] = {}
    for position, story in enumerate(proofs["story_id"]):
        other = best.setdefault(story, position)
        if order_key(members[position], rules) < order_key(members[other], rules):
            best[story] = position
    leads = set(best.values())
    proofs["matched_by"] = [
        "lead" if position in leads else (reason or "first seen")
        for position, reason in enumerate(proofs["matched_by"])
    ]
    return proofs.sort_values(["story_id", "source", "platform", "external_id"]).reset_index(drop=True)


def headline(title: object, text: object, kind: object = None) -> str:
    """One line to show: the title, else the first line of the text, cut at a word."""
    for source in (title, text):
        if isinstance(source, str) and (line := display_text(source)):
            bare = without_closing_hashtags(line)
            line = bare if len(bare.split()) >= 3 else line
            if len(line) <= TITLE_LIMIT:
                return line
            words = line[:TITLE_LIMIT].rsplit(" ", 1)[0]
            return (words if len(words) > TITLE_LIMIT // 2 else cut(line, TITLE_LIMIT)).rstrip(" ,;:.-") + "…"
    return f"Untitled {kind}" if isinstance(kind, str) and kind else "Untitled"


def _members(candidates: pd.DataFrame) -> Iterator[Member]:
    for position, row in enumerate(rows_of(candidates)):
        handle, creator, why = (
            text if isinstance(text, str) else "" for text in (row.creator_handle, row.creator_id, row.chance_reason)
        )
        yield Member(
            position=position,
            source=row.source,
            platform=row.platform,
            external_id=row.external_id,
            creator=f"{row.platform}:{creator}" if creator else "",
            handle="" if handle.casefold() in NOBODY else handle,
            score_class=row.score_class,
            percentile=float(row.source_percentile),
            rank=int(row.source_rank),
            items=int(row.source_items),
            chance=None if pd.isna(row.chance) else float(row.chance),
            chance_outcomes=0 if pd.isna(row.chance_outcomes) else int(row.chance_outcomes),
            why_no_chance=why,
        )


def _key(member: Member) -> tuple[str, str, str]:
    return member.source, member.platform, member.external_id


def build_stories(
    candidates: pd.DataFrame, proofs: pd.DataFrame, past: pd.DataFrame, *, day: date, rules: FeedRules
) -> pd.DataFrame:
    """Every story of the day with score, parts and outcome (columns of `feed.stories`).

    `past`: rows of `feed.stories` of the memory's days with outcome in_feed. Order: score, then the leading item's
    worth, field size and names; so the same rows in any order give the same feed.
    """
    if candidates.empty:
        return pd.DataFrame(columns=["observed_date", "story_id"])
    story_of = {(row.source, row.platform, row.external_id): row.story_id for row in rows_of(proofs)}
    members_of = list(_members(candidates))
    must_hold("feed.proofs", story_of, all_of=map(_key, members_of), named_by="feed.core_items and feed.stretch_items")
    groups = grouped(members_of, lambda member: story_of[_key(member)])
    rows = [_story(story_id, members, candidates, day, rules) for story_id, members in groups.items()]
    rows.sort(key=lambda row: row["order"])
    stories = pd.DataFrame(rows)
    stories["score_rank"] = range(1, len(stories) + 1)
    return _decide(stories, past, rules).drop(
        columns=["order", "lead_key", "is_falling", "is_idle_ad", "is_for_adults"]
    )


def _story(
    story_id: str, members: Sequence[Member], candidates: pd.DataFrame, day: date, rules: FeedRules
) -> dict[str, Any]:
    """A story as its row, before it is decided what becomes of it; `order` is its place."""
    lead, parts = score_story(members, rules)
    item = candidates.iloc[lead.position]
    score = total(parts)
    proofs = {item_key(member.platform, member.external_id) for member in members}
    return {
        "observed_date": day,
        "story_id": story_id,
        "platform": lead.platform,
        "external_id": lead.external_id,
        "lead_key": item_key(lead.platform, lead.external_id),
        "source": lead.source,
        "title": headline(item["title"], item["text"], item["kind"]),
        "text": display_text(full_text(item["title"], item["text"]), limit=TEXT_LIMIT) or None,
        "creator_key": lead.creator or creator_key(lead.platform, None, lead.handle),
        "score": score,
        "score_parts": [asdict(part) for part in parts],
        "views": item["views"],
        "list_rank": item["list_rank"],
        "platforms": sorted({member.platform for member in members}),
        "proof_keys": sorted(proofs),
        "proof_count": len(proofs),
        "sources": sorted({member.source for member in members}),
        "is_simulated": bool(candidates["is_simulated"].iloc[[m.position for m in members]].any()),
        "is_falling": item["score_class"] == "measured" and pd.notna(item["delta_views"]) and item["delta_views"] <= 0,
        "is_idle_ad": pd.notna(item["is_sponsored"])
        and bool(item["is_sponsored"])
        and not (pd.notna(item["delta_views"]) and item["delta_views"] > 0),
        "is_for_adults": bool(candidates["is_over_18"].iloc[[m.position for m in members]].eq(True).any()),
        "order": (-score, -round(worth(lead, rules), 12), *order_key(lead, rules)[1:]),
    }


def _decide(stories: pd.DataFrame, past: pd.DataFrame, rules: FeedRules) -> pd.DataFrame:
    """Outcome, reason, feed_rank and returned_because for every story, walked through in order of score.

    Stories over their source's share wait; they take the places that no other source's story fills."""
    known, rows = recall(stories, past), list(rows_of(stories))
    places = _Places(rules)
    verdicts = [places.verdict(row, known.get(position)) for position, row in enumerate(rows)]
    for position, row in enumerate(rows):
        if verdicts[position].outcome == "source_limit":
            verdicts[position] = places.second_verdict(row, verdicts[position])
    arranged = _arranged([each for each in enumerate(rows) if verdicts[each[0]].outcome == "in_feed"], rules)
    placed = [arranged.get(position, (None, verdict.reason)) for position, verdict in enumerate(verdicts)]
    ranks = [rank for rank, _ in placed]
    return stories.assign(
        outcome=[verdict.outcome for verdict in verdicts],
        reason=[reason for _, reason in placed],
        feed_rank=pd.array(ranks, dtype="Int64"),
        returned_because=pd.Series(
            [verdict.returned if rank else None for verdict, rank in zip(verdicts, ranks, strict=True)],
            index=stories.index,
            dtype=object,
        ),
    )


def _arranged(chosen: list[tuple[int, Any]], rules: FeedRules) -> dict[int, tuple[int, str]]:
    """Position → place in the feed and the sentence about it. In order of score; but one source has its share of the
    first ten as of all places, one creator one of the first five, and an ad that does not grow comes last."""
    ads = [one for one in chosen if one[1].is_idle_ad]
    waiting = [one for one in chosen if not one[1].is_idle_ad]
    sources: Counter[str] = Counter()
    creators: Counter[str] = Counter()
    obstacle_of: dict[int, str] = {}
    order: list[tuple[int, Any]] = []

    def obstacle(row: Any) -> str | None:
        if len(order) < OPENING_PLACES and row.creator_key and creators[row.creator_key] >= PER_CREATOR_IN_OPENING:
            return f"Its creator already has one of the first {OPENING_PLACES}."
        if len(order) < FIRST_PLACES and sources[row.source] >= rules.first_per_source:
            title = rules.title_of(row.source)
            return f"{title} already has {rules.first_per_source} of the first {FIRST_PLACES}."
        return None

    while waiting:
        free = next((n for n, (_, row) in enumerate(waiting) if obstacle(row) is None), 0)
        for position, row in waiting[:free]:
            obstacle_of.setdefault(position, obstacle(row) or "")
        position, row = waiting.pop(free)
        order.append((position, row))
        sources[row.source] += 1
        creators[row.creator_key or ""] += 1
    obstacle_of |= {position: "It is an ad and does not grow." for position, _ in ads}
    return {
        position: (place, f"Place {place} of the feed. {obstacle_of.get(position, '')}".strip())
        for place, (position, _) in enumerate([*order, *ads], start=1)
    }


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What became of a story and why; `returned`: what changed since it was in an earlier feed."""

    outcome: str
    reason: str = ""
    returned: str | None = None


class _Places:
    """The feed's places while they are given away."""

    def __init__(self, rules: FeedRules) -> None:
        self._rules = rules
        self._by_creator: Counter[str] = Counter()
        self._by_source: Counter[str] = Counter()
        self.left = rules.size

    def has_room_for(self, creator: str | None) -> bool:
        return not creator or self._by_creator[creator] < self._rules.per_creator

    def take(self, row: Any) -> None:
        self.left -= 1
        self._by_source[row.source] += 1
        if row.creator_key:
            self._by_creator[row.creator_key] += 1

    def verdict(self, row: Any, before: Remembered | None) -> _Verdict:
        """The story's outcome; a place is taken when it is in_feed."""
        rules = self._rules
        if row.is_for_adults and not rules.with_adult:
            return _Verdict("for_adults", "Its platform marks it as for adults or as sensitive.")
        if row.score < rules.floor:
            return _Verdict(
                "below_floor",
                f"Its score {row.score:.3f} is below {rules.floor:g}: the middle of its source is no news.",
            )
        if row.is_falling:
            return _Verdict("not_rising", "It gained no views since its previous measurement.")
        if not self.left:
            return self._below_cut()
        returned = None
        if before:
            returned = what_changed(
                before,
                views=None if pd.isna(row.views) else int(row.views),
                list_rank=None if pd.isna(row.list_rank) else int(row.list_rank),
                platforms=frozenset(row.platforms),
            )
        if before and not returned:
            return _Verdict("repeat", f"It was in the feed of {before.date} and has not changed since.")
        if not self.has_room_for(row.creator_key):
            return self._creator_limit()
        if self._by_source[row.source] >= rules.per_source:
            return _Verdict(
                "source_limit",
                f"{rules.title_of(row.source)} already has {rules.per_source} of the {rules.size} places; stories of "
                "other sources took the rest.",
                returned,
            )
        self.take(row)
        return _Verdict("in_feed", returned=returned)

    def second_verdict(self, row: Any, first: _Verdict) -> _Verdict:
        """What becomes of a story over its source's share once every other source had its turn."""
        if not self.left:
            return self._below_cut() if self._by_source[row.source] > self._rules.per_source else first
        if not self.has_room_for(row.creator_key):
            return self._creator_limit()
        self.take(row)
        return replace(first, outcome="in_feed")

    def _below_cut(self) -> _Verdict:
        size = self._rules.size
        return _Verdict("below_cut", f"The feed has {size} places and {size} stories were chosen before it.")

    def _creator_limit(self) -> _Verdict:
        return _Verdict("creator_limit", f"Its creator already has {self._rules.per_creator} places in this feed.")
