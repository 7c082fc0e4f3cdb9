"""An order of a newsletter's own, learned from what its editors pick and skip, and whether it may be used.

    decisions of a day (labels, told the day after) ─▶ lessons ─▶ weights ─▶ the next day's order
                                                    └▶ plain and learned order graded on the same decisions

Forward in time only: a day's order rests on decisions on earlier issues, and is graded on decisions that it has not
seen. It is used once it has won on DAYS graded days; until then it is learned and graded in the shadow of the plain
one. Small on purpose: editors decide a few dozen stories a day, and a logistic of few weights can be read.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log, log1p
from typing import Any

import numpy as np

from trend_assets.domain.chance.candidates import fit_linear
from trend_assets.domain.newsletter.compose import in_order, subject_of
from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.domain.numbers import missing
from trend_assets.text import plural

FEWEST_LABELS = 40
FEWEST_OF_A_KIND = 10
DAYS = 28
"""Four weeks of graded days."""
MARGIN = 0.02
NUMBERS = ("chance", "no_chance", "growth", "pace", "is_measured", "days", "spread", "followers", "place")
MOST_WORDS = 11
FEWEST_WITH_A_WORD = 5
"""A source or subject gets a weight of its own once so many decided stories have it; with the numbers at most 20."""


@dataclass(frozen=True, slots=True)
class Label:
    """What an editor decided on one story: `learned_rank` is its place in the order that had been learned by then, None
    where there was none."""

    day: date
    story_id: str
    is_wanted: bool
    plain_rank: int
    learned_rank: int | None
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Learned:
    """A newsletter's order of a day. `weights` None: too few labels; `is_used`: it orders the newsletter."""

    is_used: bool
    reason: str
    labels: int
    wanted: int
    graded_days: int = 0
    days_won: int = 0
    plain_precision: float | None = None
    learned_precision: float | None = None
    weights: Mapping[str, Any] | None = None


def features_of(row: Mapping[str, Any], *, subject: str, place: int, of: int) -> dict[str, float]:
    """What is known of a candidate by the day's end, as numbers; a source and a subject are words with the value 1."""

    def number(name: str, otherwise: float) -> float:
        return otherwise if missing(row.get(name)) else float(row[name])

    platforms = {str(proof["platform"]) for proof in row["proof_links"]}
    return {
        "chance": number("chance", 0.1),
        "no_chance": float(missing(row.get("chance"))),
        "growth": log(min(max(number("growth_over_usual", 1.0), 0.05), 100.0)),
        "pace": log1p(max(number("views_per_hour", 0.0), 0.0)),
        "is_measured": float(row["score_class"] == "measured"),
        "days": log(max(number("days_on_radar", 1.0), 1.0)),
        "spread": float(max(len(platforms) - 1, 0)),
        "followers": log1p(max(number("creator_followers", 0.0), 0.0)),
        "place": 1.0 - (place - 1) / max(of, 1),
        f"source:{row['source']}": 1.0,
        f"subject:{subject}": 1.0,
    }


def ranked(newsletter: Newsletter, candidates: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By story: its `row`, its `plain_rank` and its `features`."""
    plain = in_order(newsletter, candidates)
    return {
        str(row["story_id"]): {
            "row": row,
            "plain_rank": place,
            "features": features_of(row, subject=subject_of(newsletter.sections, row), place=place, of=len(plain)),
        }
        for place, row in enumerate(plain, start=1)
    }


def wanted_of(
    newsletter: Newsletter, candidates: Sequence[Mapping[str, Any]], weights: Mapping[str, Any]
) -> dict[str, float]:
    """By story: how likely an editor wants it."""
    known = ranked(newsletter, candidates)
    return {story: likely_wanted(weights, of["features"]) for story, of in known.items()}


def labels_of(
    newsletter: Newsletter,
    candidates: Sequence[Mapping[str, Any]],
    decisions: Mapping[str, bool],
    weights: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Rows of `feed.newsletter_labels` of one issue (without days): the decided stories that the day still has."""
    known = ranked(newsletter, candidates)
    learned_rank = {}
    if weights is not None:
        by = sorted(known, key=lambda story: -likely_wanted(weights, known[story]["features"]))
        learned_rank = {story: place for place, story in enumerate(by, start=1)}
    return [
        {
            "newsletter": newsletter.name,
            "story_id": story,
            "source": of["row"]["source"],
            "measured_at": of["row"]["measured_at"],
            "is_wanted": decisions[story],
            "plain_rank": of["plain_rank"],
            "learned_rank": learned_rank.get(story),
            "features": {name: round(value, 6) for name, value in of["features"].items()},
            "is_simulated": bool(of["row"]["is_simulated"]),
        }
        for story, of in known.items()
        if story in decisions
    ]


def learn(labels: Sequence[Label], *, newsletter: Newsletter) -> Learned:
    """The order that decisions on earlier issues give, and whether it is used."""
    wanted = sum(label.is_wanted for label in labels)
    few = (
        f"{plural(len(labels), 'decision')} known ({plural(wanted, 'pick')}), too few to learn an order from: it takes "
        f"{FEWEST_LABELS}, and {FEWEST_OF_A_KIND} of each kind."
    )
    weights = None
    if len(labels) >= FEWEST_LABELS and min(wanted, len(labels) - wanted) >= FEWEST_OF_A_KIND:
        weights = fitted(labels)
    graded = graded_days(labels)[-DAYS:]
    plain, learned = (float(np.mean(side)) for side in zip(*graded, strict=True)) if graded else (None, None)
    won, lost = (sum(sign * (after - before) > 0 for before, after in graded) for sign in (1, -1))
    is_used, reason = False, few
    if weights is not None and newsletter.learned_order == "off":
        reason = "The newsletter's file turns it off."
    elif weights is not None and len(graded) < DAYS:
        reason = f"It is graded on {plural(len(graded), 'day')} so far; it takes {DAYS} before it may be used."
    elif weights is not None and plain is not None and learned is not None:
        is_used = learned - plain >= MARGIN and won > lost
        verb = "has won" if is_used else "has not won"
        reason = (
            f"It {verb}: {learned:.2f} against {plain:.2f} of the picks in as many first places over {DAYS} days, "
            f"better on {won} and worse on {lost}."
        )
    return Learned(
        is_used=is_used, reason=reason, labels=len(labels), wanted=wanted, graded_days=len(graded), days_won=won,
        plain_precision=plain, learned_precision=learned, weights=weights,
    )  # fmt: skip


def fitted(labels: Sequence[Label]) -> dict[str, Any]:
    """Weights of a regularised logistic, per spread, with the mean and spread of each feature; the same in whatever
    order the labels come."""
    rows = sorted(labels, key=lambda label: (label.day, label.story_id))
    words = Counter(name for label in rows for name in label.features if ":" in name)
    often = [name for name, count in words.items() if count >= FEWEST_WITH_A_WORD]
    common = sorted(often, key=lambda name: (-words[name], name))
    names = [*NUMBERS, *common[:MOST_WORDS]]
    table = np.array([[label.features.get(name, 0.0) for name in names] for label in rows])
    linear = fit_linear(tuple(names), table, np.array([label.is_wanted for label in rows]))
    return {
        "intercept": round(linear.intercept, 6),
        "features": {
            name: {"weight": round(float(w), 6), "mean": round(float(m), 6), "spread": round(float(s), 6)}
            for name, w, m, s in zip(names, linear.weight, linear.mean, linear.spread, strict=True)
        },
    }


def likely_wanted(weights: Mapping[str, Any], features: Mapping[str, float]) -> float:
    """How likely an editor wants a story, by the weights."""
    total = float(weights["intercept"])
    for name, of in weights["features"].items():
        total += of["weight"] * (features.get(name, 0.0) - of["mean"]) / of["spread"]
    return 1 / (1 + exp(-min(max(total, -50.0), 50.0)))


def graded_days(labels: Sequence[Label]) -> list[tuple[float, float]]:
    """Per day, oldest first, the share of picks among as many first places as there are picks: of the plain and of the
    learned order. Only days with both kinds of decisions on which an order had been learned before."""
    days: dict[date, list[Label]] = {}
    for label in labels:
        days.setdefault(label.day, []).append(label)
    graded = []
    for _, decided in sorted(days.items()):
        picks = sum(label.is_wanted for label in decided)
        if 0 < picks < len(decided) and all(label.learned_rank is not None for label in decided):
            shares = [
                sum(label.is_wanted for label in sorted(decided, key=rank)[:picks]) / picks
                for rank in (lambda label: label.plain_rank, lambda label: label.learned_rank or 0)
            ]
            graded.append((shares[0], shares[1]))
    return graded
