"""What each of the four providers says of a candidate: scores and evidence sentences.

Inputs are typed rows as dicts (None for unknown); outputs are rows by the columns of `competitors.<provider>`.
Merging them lives in `merging.py`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trend_assets.competitors.merging import CompetitorProvider, Row, row_tokens
from trend_assets.competitors.profiles import profile_url
from trend_assets.text import plural, whole

# YouTube gives at most 50 channels per page; place 50 still says a little
_PLACES = 50
# one order of magnitude in followers halves how alike two creators are
_ORDER_OF_MAGNITUDE_SHARE = 0.5
_UNKNOWN_SIZE_SHARE = 0.75  # followers unknown: between the same size (1) and ten times apart (0.5)


def number(value: float) -> str:
    """A count as people read it: 1,234."""
    return f"{value:,.0f}"


def from_youtube_search(channels: Iterable[Mapping[str, Any]], *, queries: Sequence[str]) -> list[Row]:
    """Channels of the day's channel searches that answer one of the request's queries, best place per channel."""
    best: dict[str, Mapping[str, Any]] = {}
    for channel in channels:
        if channel["query"] not in queries:
            continue
        held = best.get(channel["external_id"])
        if held is None or (channel["place"], channel["query"]) < (held["place"], held["query"]):
            best[channel["external_id"]] = channel
    rows = []
    for channel in best.values():
        evidence = [f"YouTube's channel search has it at place {channel['place']} for “{channel['query']}”."]
        if channel["followers"] is not None:
            evidence.append(f"YouTube says {plural(number(channel['followers']), 'subscriber')}.")
        elif channel["is_followers_hidden"]:
            evidence.append("The channel hides its number of subscribers.")
        rows.append(
            _row(
                channel,
                provider="official_api",
                match_score=max(0.0, 1 - (channel["place"] - 1) / _PLACES),
                evidence=evidence,
                labels=[f"{channel['platform']}.search"],
                topics=[channel["query"]],
            )
        )
    return rows


def from_instagram(profiles: Iterable[Mapping[str, Any]], *, wanted: Iterable[str]) -> list[Row]:
    """Business profiles of the handles (lower case) that this request asked about. Instagram cannot be searched:
    it confirms a handle that another provider named, so it scores in the middle."""
    handles = set(wanted)
    rows = []
    for profile in profiles:
        if profile["handle"].lower() not in handles:
            continue
        evidence = [f"Instagram confirms @{profile['handle']} as a business or creator profile."]
        if profile["followers"] is not None:
            evidence.append(f"Instagram says {plural(number(profile['followers']), 'follower')}.")
        rows.append(
            _row(
                profile,
                provider="official_api",
                match_score=0.5,
                evidence=evidence,
                labels=[f"{profile['platform']}.business_discovery"],
                topics=[],
            )
        )
    return rows


def from_corpus(
    creators: Iterable[Mapping[str, Any]], *, topics: Sequence[str], seed_followers: int | None, limit: int
) -> list[Row]:
    """Corpus creators that share topics with the request.

    Score = share of the request's topic weight that it has (rare topics weigh more) x likeness in size to the seed.
    `creators` carry `topic_share` (0-1) and `matched_topics`.
    """
    rows = []
    for creator in creators:
        matched = sorted(creator["matched_topics"])
        shown = ", ".join(f"#{topic}" for topic in matched[:5]) + (" …" if len(matched) > 5 else "")
        evidence = [f"Posts under {len(matched)} of the {len(topics)} topics: {shown}."]
        facts = [plural(number(creator["posts"]), "collected post")]
        if creator["median_views"] is not None:
            facts.append(f"a median of {plural(number(creator['median_views']), 'view')}")
        if creator["followers"] is not None:
            facts.append(plural(number(creator["followers"]), "follower"))
        evidence.append(f"The research corpus holds {', '.join(facts)}.")
        rows.append(
            _row(
                creator,
                provider="research_corpus",
                match_score=creator["topic_share"] * size_likeness(creator["followers"], seed_followers),
                evidence=evidence,
                labels=creator["source_labels"],
                topics=matched,
            )
        )
    rows.sort(key=lambda row: (-row["match_score"], row_tokens(row), whole(row)))
    return rows[:limit]


def size_likeness(followers: int | None, seed_followers: int | None) -> float:
    """1 for the same size, halved for each order of magnitude apart; 1 when the seed's size is unknown."""
    if not seed_followers:
        return 1.0
    if not followers:
        return _UNKNOWN_SIZE_SHARE
    return round(_ORDER_OF_MAGNITUDE_SHARE ** abs(math.log10(followers / seed_followers)), 6)


def from_manual_seeds(seeds: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Recognised handles and URLs of the request, with what the corpus knows of them."""
    return [
        _row(
            seed,
            provider="manual_url_seed",
            match_score=1.0,
            evidence=[f"Given by hand with the request: {seed['given']}."],
            labels=["manual"],
            topics=[],
        )
        for seed in seeds
        if seed["identity"]
    ]


def from_community(handles: Iterable[Mapping[str, Any]], *, anchors: int) -> list[Row]:
    """Handles that other users hold together with the request's anchors (the seed, the user's own creators).

    `handles` carry `co_users` (users holding it and an anchor), `users` (users holding it) and `anchor_users`.
    Score = cosine of the two sets of users. Who those users are is never said.
    """
    rows = []
    for handle in handles:
        co_users = handle["co_users"]
        who = "1 other user shares" if co_users == 1 else f"{co_users} other users share"
        rows.append(
            _row(
                handle,
                provider="community_graph",
                match_score=min(1.0, co_users / math.sqrt(handle["users"] * handle["anchor_users"])),
                evidence=[f"{who} it together with {'the seed' if anchors == 1 else 'creators you follow'}."],
                labels=["community"],
                topics=[],
            )
        )
    return rows


def _row(
    known: Mapping[str, Any],
    *,
    provider: CompetitorProvider,
    match_score: float,
    evidence: list[str],
    labels: Sequence[str],
    topics: Sequence[str],
) -> Row:
    platform, external_id, handle = known["platform"], known.get("external_id"), known.get("handle")
    return Row(
        provider=provider,
        platform=platform,
        external_id=external_id,
        handle=handle,
        name=known.get("name"),
        url=profile_url(platform, external_id=external_id, handle=handle) or known.get("url"),
        bio=known.get("bio"),
        followers=known.get("followers"),
        posts=known.get("posts"),
        median_views=known.get("median_views"),
        matched_topics=sorted(topics),
        match_score=round(match_score, 4),
        evidence=evidence,
        source_labels=sorted(labels),
        measured_at=known.get("measured_at"),
        is_simulated=bool(known.get("is_simulated")),
        capture_id=known.get("capture_id"),
    )
