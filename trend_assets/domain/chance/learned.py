"""What a source has learned by the end of a day, and what it then says of each item.

    outcomes known by then ─▶ judged: one row per candidate (velocity.models): grades, weights, calibration, who ranks
    those rows + the outcomes ─▶ Learned ─▶ said: raw scores of every candidate, the champion's order, the chance

The logistic is its stored weights; the boosting is fitted again from the same outcomes, which gives the same trees.
Everything is per source and world (live or simulated).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trend_assets.domain.chance.calibration import Calibration, Reliability, calibrate, reliability
from trend_assets.domain.chance.candidates import (
    CANDIDATES,
    LEARNED,
    Boosting,
    Candidate,
    Lessons,
    Linear,
    Logistic,
    learn_boosting,
    learn_logistic,
)
from trend_assets.domain.chance.champion import choose, precision_by_day
from trend_assets.domain.chance.features import FEATURES, MEANING
from trend_assets.tables.catalogue import columns_of

Floats = NDArray[np.float64]

RAW: Mapping[Candidate, str] = {
    "own": "own_order", "plain": "plain_order", "logistic": "logistic_chance", "boosting": "boosting_chance",
}  # fmt: skip
"""The column in which each candidate's raw score is kept."""
MODEL_COLUMNS = columns_of("velocity.models")


NOTHING_GRADED = "no ranking of its source has an outcome yet; one has three days after it was made."
NO_ORDER = "the score that ranks its source does not know it."


class Said(NamedTuple):
    """Per row of a source: the candidates' raw scores, the `order` by the champion, the chance (NaN where there is
    none), by whom, on how many outcomes, and why there is none (None where there is one)."""

    raw: Mapping[Candidate, Floats]
    order: Floats
    chance: Floats
    chance_by: NDArray[np.object_]
    chance_outcomes: Floats
    chance_reason: NDArray[np.object_]


@dataclass(frozen=True)
class Learned:
    """What ranks a source and what its raw scores mean. `why_none`: a sentence where no chance can be told."""

    champion: Candidate
    outcomes: int = 0
    why_none: str | None = NOTHING_GRADED
    logistic: Logistic | None = None
    boosting: Boosting | None = None
    steps: Mapping[Candidate, Calibration] | None = None

    def say(self, table: Floats, *, measured: NDArray[np.bool_], own: Floats, plain: Floats) -> Said:
        """What is said of each row of features."""
        unknown = np.full(len(table), np.nan)
        raw: dict[Candidate, Floats] = {
            "own": own,
            "plain": plain,
            "logistic": unknown if self.logistic is None else self.logistic.chance(table, measured),
            "boosting": unknown if self.boosting is None else self.boosting.chance(table),
        }
        order = raw[self.champion]
        steps = (self.steps or {}).get(self.champion)
        chance = unknown if steps is None else steps(order)
        is_known = np.isfinite(chance)
        why = f"No probability yet: {self.why_none or NO_ORDER}"
        return Said(
            raw=raw,
            order=order,
            chance=chance,
            chance_by=_word(is_known, self.champion),
            chance_outcomes=np.where(is_known, float(self.outcomes), np.nan),
            chance_reason=_word(~is_known, why),
        )


def _word(rows: NDArray[np.bool_], text: str) -> NDArray[np.object_]:
    """The text where `rows` says so, else None."""
    words = np.full(len(rows), None, dtype=object)
    words[rows] = text
    return words


UNKNOWN = dict.fromkeys(FEATURES, float("nan"))


def lessons_of(outcomes: pd.DataFrame, *, day: date) -> Lessons:
    """Outcomes of one source and world (rows of `velocity.outcomes` of items that were seen again) as lessons."""
    # a feature that an older version knew comes after those that this one knows, and is left out
    known = (islice((UNKNOWN | row).values(), len(FEATURES)) for row in outcomes["features"])
    table = np.fromiter(chain.from_iterable(known), np.float64, len(outcomes) * len(FEATURES))
    ago = {ranked: (day - ranked).days for ranked in outcomes["ranked_date"].unique()}
    days = outcomes["ranked_date"].map(ago).to_numpy(np.float64)
    table = table.reshape(len(outcomes), len(FEATURES))
    return Lessons(table, outcomes["has_risen"].to_numpy(bool), outcomes["is_measured_before"].to_numpy(bool), days)


def judged(
    outcomes: pd.DataFrame, *, source: str, is_simulated: bool, day: date, before: Candidate | None,
    default: Candidate, setting: str = "auto",
) -> pd.DataFrame:  # fmt: skip
    """One row per candidate of a source and world (MODEL_COLUMNS). `outcomes`: those known by the end of `day`, newest
    first; `before`: who ranked the day before; `default`: who ranks without learning."""
    seen = outcomes[outcomes["has_risen"].notna()].reset_index(drop=True)
    lessons = lessons_of(seen, day=day)
    too_few = lessons.why_too_few()
    by_day = precision_by_day(seen.rename(columns={column: name for name, column in RAW.items()}))
    logistic = None if too_few else learn_logistic(lessons)
    raw = {name: seen[RAW[name]].to_numpy(np.float64, na_value=np.nan) for name in (default, *LEARNED)}
    steps = {name: calibrate(scores, lessons.rose) for name, scores in raw.items()}
    # a learner that nobody knows how to believe yet does not take over: its chances would be as sure as its lessons
    honest = by_day.assign(**{name: np.nan for name in LEARNED if steps[name] is None})
    choice = choose(honest, before=before or default, default=default, held=setting)
    champion, why = choice.champion, choice.reason
    if too_few and champion in LEARNED:
        champion, why = default, f"{choice.champion} has nothing to learn from: {too_few}"
    rows = []
    for name in (default, *LEARNED):
        published = seen["chance"].to_numpy(np.float64, na_value=np.nan)
        honesty = reliability(
            published if name == champion else raw[name] if name in LEARNED else np.full(len(seen), np.nan),
            lessons.rose,
        )
        rows.append(
            {
                "source": source,
                "is_simulated": is_simulated,
                "candidate": name,
                "is_champion": name == champion,
                "reason": why if name == champion else too_few if name in LEARNED else None,
                "outcomes": len(seen),
                "risers": int(lessons.rose.sum()),
                "ranked_days": int(seen["ranked_date"].nunique()),
                "first_ranked_date": seen["ranked_date"].min() if len(seen) else None,
                "last_ranked_date": seen["ranked_date"].max() if len(seen) else None,
                "r_precision": float(by_day[name].astype(float).mean()) if len(by_day) else np.nan,
                **_honesty(honesty),
                "weights": _weights(logistic) if name == "logistic" and logistic else None,
                "steps": {"raw": fit.raw.tolist(), "true": fit.true.tolist()} if (fit := steps[name]) else None,
            }
        )
    return pd.DataFrame(rows, columns=MODEL_COLUMNS)


def learned_from(models: pd.DataFrame, outcomes: pd.DataFrame, *, day: date, default: Candidate) -> Learned:
    """What ranks one source and world on `day`: its rows of `velocity.models`, and the outcomes they were made from."""
    if models.empty:
        return Learned(default)
    seen = outcomes[outcomes["has_risen"].notna()].reset_index(drop=True)
    lessons = lessons_of(seen, day=day)
    rows = {row["candidate"]: row for row in models.to_dict("records")}
    champion: Candidate = next((name for name in CANDIDATES if name in rows and rows[name]["is_champion"]), default)
    too_few = lessons.why_too_few()
    weights = rows["logistic"]["weights"] if "logistic" in rows else None
    steps: dict[Candidate, Calibration] = {
        name: Calibration(np.array(rows[name]["steps"]["raw"]), np.array(rows[name]["steps"]["true"]))
        for name in CANDIDATES
        if name in rows and isinstance(rows[name]["steps"], Mapping)
    }
    why = too_few
    if why is None and champion not in steps:
        why = f"{len(lessons)} outcomes are known, too few to say what a place means."
    return Learned(
        champion=champion,
        outcomes=len(lessons),
        why_none=why,
        logistic=_logistic(weights) if isinstance(weights, Mapping) else None,
        boosting=None if too_few else learn_boosting(lessons),
        steps=steps,
    )


def _honesty(grades: Reliability) -> dict[str, Any]:
    return {
        "calibration_error": grades.error,
        "confident_items": grades.confident if grades.pairs else None,
        "confident_true_share": grades.confident_true,
        "bins": grades.bins or None,
    }


HALVES = {True: "measured", False: "once"}


def _weights(logistic: Logistic) -> dict[str, Any]:
    """The logistic as JSON holds it: per half its intercept and each feature's weight per spread, mean and meaning."""
    return {"base": logistic.base} | {
        HALVES[is_measured]: {
            "intercept": half.intercept,
            "features": {
                name: {
                    "weight": float(half.weight[place]), "mean": float(half.mean[place]),
                    "spread": float(half.spread[place]), "meaning": MEANING[name],
                }
                for place, name in enumerate(half.names)
            },
        }
        for is_measured, half in logistic.halves.items()
    }  # fmt: skip


def _logistic(weights: Mapping[str, Any]) -> Logistic:
    halves = {}
    for is_measured, key in HALVES.items():
        if key not in weights:
            continue
        # a feature that an older version knew is left out, one that it did not know counts for nothing
        known = {name: of for name, of in weights[key]["features"].items() if name in FEATURES}
        column = lambda part, known=known: np.array([of[part] for of in known.values()], np.float64)  # noqa: E731
        halves[is_measured] = Linear(
            tuple(known), column("mean"), column("spread"), column("weight"), float(weights[key]["intercept"])
        )
    return Logistic(halves, float(weights["base"]))


def judged_worlds(
    outcomes: pd.DataFrame, *, day: date, before: Mapping[tuple[str, bool], str], setting: str = "auto"
) -> pd.DataFrame:
    """Rows of `velocity.models` (without observed_date) of every source and world that has outcomes."""
    rows = []
    for key, places in outcomes.groupby(["source", "is_simulated"]).indices.items():
        source, simulated = cast(tuple[str, bool], key)
        mine, world = outcomes.iloc[places], (source, bool(simulated))
        rows.append(
            judged(
                mine, source=source, is_simulated=world[1], day=day, before=cast(Candidate | None, before.get(world)),
                default="own" if mine["own_order"].notna().any() else "plain", setting=setting,
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=MODEL_COLUMNS)


def learned_worlds(
    models: pd.DataFrame, outcomes: pd.DataFrame, *, members: pd.DataFrame, is_simulated: bool, day: date
) -> dict[str, Learned]:
    """What each source of `members` has learned, in the live or the simulated world."""
    here = lambda frame: frame[frame["is_simulated"].astype(bool) == is_simulated] if len(frame) else frame  # noqa: E731
    rows, known = here(models), here(outcomes)
    learned = {}
    for source in sorted(members["source"].unique()) if len(rows) else ():
        mine = rows[rows["source"] == source]
        if len(mine):
            default: Candidate = "own" if "own" in set(mine["candidate"]) else "plain"
            learned[source] = learned_from(mine, known[known["source"] == source], day=day, default=default)
    return learned
