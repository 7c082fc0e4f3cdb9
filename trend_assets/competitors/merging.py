"""Merging what several providers found into one ranked list of competitor candidates.

    provider rows ──▶ groups of one identity ──▶ newest known facts ──▶ confidence, bonus, rank

Same rows in any order give the same list, byte for byte. Recognition of handles lives in `profiles.py`; what each
provider says of a candidate is built in `providers.py`, the SQL in `corpus.py` and `discover.py`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict

from trend_assets.competitors.profiles import identity_tokens, profile_url
from trend_assets.text import whole

ConfidenceTier = Literal["low", "medium", "high"]
CompetitorProvider = Literal["official_api", "research_corpus", "manual_url_seed", "community_graph"]
TIERS: tuple[ConfidenceTier, ...] = ("low", "medium", "high")
# in order of trust: decides which of two equally new facts is shown
PROVIDERS: tuple[CompetitorProvider, ...] = ("official_api", "research_corpus", "manual_url_seed", "community_graph")
MAX_CANDIDATES = 500  # per request and day: ten pages of fifty, more than anybody reads

FUSION_STEP = 0.15  # a second independent provider outweighs 15 points of match; the third and fourth count again
COVERAGE_FACTS = ("external_id", "bio", "followers", "posts", "median_views")
GOOD_COVERAGE = 0.6  # three of the five facts
_FACTS = ("external_id", "handle", "name", "bio", "followers", "posts", "median_views")


class Row(TypedDict, total=False):
    """One provider's candidate, by the column names of `competitors.<provider>`; None for unknown."""

    provider: CompetitorProvider
    platform: str
    external_id: str | None
    handle: str | None
    name: str | None
    url: str | None
    bio: str | None
    followers: int | None
    posts: int | None
    median_views: float | None
    matched_topics: list[str] | None
    match_score: float
    evidence: list[str]
    source_labels: list[str]
    measured_at: datetime | None
    capture_id: str | None
    is_simulated: bool


def row_tokens(row: Row) -> list[str]:
    """The identity tokens of a provider's row, strongest first."""
    return identity_tokens(
        row["platform"], external_id=row.get("external_id"), handle=row.get("handle"), url=row.get("url")
    )


def confidence_tier(source_count: int, metric_coverage: float) -> ConfidenceTier:
    """high: three independent providers, or two with three of five facts known; medium: two, or one with three of
    five facts; low: one provider that knows little."""
    covered = metric_coverage >= GOOD_COVERAGE
    if source_count >= 3 or (source_count == 2 and covered):
        return "high"
    return "medium" if source_count == 2 or covered else "low"


def fusion_bonus(source_count: int) -> float:
    """What several independent providers add to the score: 0.15 for each after the first."""
    return round(FUSION_STEP * (source_count - 1), 4)


def merge(
    rows: Iterable[Row], *, exclude: Iterable[str] = (), tracked: Iterable[str] = (), limit: int = MAX_CANDIDATES
) -> list[dict[str, Any]]:
    """One request's candidates, merged and ranked: dicts by the columns of `competitors.candidates` from `rank` on.

    `exclude` and `tracked` are identity tokens: of the seed itself, which is not a competitor of its own, and of what
    the asking user already tracks.
    """
    excluded, known = set(exclude), set(tracked)
    merged = []
    for group in _groups(sorted(rows, key=_order)):
        candidate = _merge_group(group)
        tokens = set(candidate["identity_tokens"])
        if tokens & excluded:
            continue
        merged.append(candidate | {"already_tracked": bool(tokens & known)})
    merged.sort(key=lambda c: (-c["score"], -c["source_count"], -(c["followers"] or 0), c["candidate_id"]))
    return [{"rank": rank} | candidate for rank, candidate in enumerate(merged[:limit], start=1)]


def _order(row: Row) -> tuple[Any, ...]:
    """A total order of rows: by trust, then by what tells creators apart, then by everything else that a row says."""
    return (
        PROVIDERS.index(row["provider"]),
        row["platform"],
        row.get("external_id") or "",
        (row.get("handle") or "").casefold(),
        row.get("url") or "",
        _newest_first(row.get("measured_at")),
        -row["match_score"],
        row["evidence"],
        whole(row),
    )


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of one identity together.

    Two stable ids are never one creator, even under one handle: handles are given up and taken by others. A row that
    knows only the handle goes to the id that bore it last.
    """
    owner: dict[str, tuple[float, str]] = {}
    for row in rows:
        tokens = row_tokens(row)
        if row.get("external_id") and row.get("handle"):
            # the newest bearer wins, a tie goes to the smaller id
            claim = (_newest_first(row.get("measured_at")), tokens[0])
            handle = tokens[1]
            owner[handle] = min(owner.get(handle, claim), claim)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        token = row_tokens(row)[0]
        groups[owner[token][1] if token in owner else token].append(row)
    return list(groups.values())


def _newest_first(moment: datetime | None) -> float:
    """A number that sorts newer moments first and an unknown one last."""
    return -moment.timestamp() if moment is not None else 0.0


def _merge_group(group: list[Row]) -> dict[str, Any]:
    newest = sorted(group, key=lambda row: (_newest_first(row.get("measured_at")), _order(row)))
    facts: dict[str, Any] = {
        name: next((row.get(name) for row in newest if row.get(name) is not None), None) for name in _FACTS
    }
    platform = group[0]["platform"]
    tokens = sorted({token for row in group for token in row_tokens(row)})
    url = profile_url(platform, external_id=facts["external_id"], handle=facts["handle"])
    providers = sorted({row["provider"] for row in group})
    coverage = round(sum(facts[name] is not None for name in COVERAGE_FACTS) / len(COVERAGE_FACTS), 4)
    match = round(max(row["match_score"] for row in group), 4)
    bonus = fusion_bonus(len(providers))
    evidence = list(dict.fromkeys(sentence for row in group for sentence in row["evidence"]))
    return {
        "candidate_id": hashlib.sha256(_first_token(facts, platform, tokens).encode()).hexdigest()[:16],
        "platform": platform,
        **{name: facts[name] for name in ("external_id", "handle", "name")},
        "url": url or next((row.get("url") for row in newest if row.get("url")), None),
        **{name: facts[name] for name in ("bio", "followers", "posts", "median_views")},
        "matched_topics": sorted({topic for row in group for topic in row.get("matched_topics") or ()}),
        "match_score": match,
        "evidence": evidence,
        "source_labels": sorted({label for row in group for label in row["source_labels"]}),
        "identity_tokens": tokens,
        "providers": providers,
        "source_count": len(providers),
        "confidence_tier": confidence_tier(len(providers), coverage),
        "metric_coverage": coverage,
        "fusion_bonus": bonus,
        "score": round(match + bonus, 4),
        "is_simulated": any(row["is_simulated"] for row in group),
    }


def _first_token(facts: dict[str, Any], platform: str, tokens: list[str]) -> str:
    strongest = identity_tokens(platform, external_id=facts["external_id"], handle=facts["handle"])
    return strongest[0] if strongest else tokens[0]
