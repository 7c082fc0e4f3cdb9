"""What rises, and how likely: rankings of three days before become outcomes, outcomes become models.

    velocity/scores of three days before ┄┄▶ outcomes ─▶ models ─▶ velocity/scores

The dotted edge is read but not declared: Dagster has no edge for a loop through time over several assets. So a run over
many days makes all outcomes before any scores; `brought_up_to_date`, which scores calls for each day, makes outcomes
and models again that are older than the ranking they grade. The mathematics is in `domain/chance`.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.defs.table_asset import Day, DayOutput, chart, table_asset

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.domain.chance.learned import Learned

HORIZON_DAYS = 3
SHOWN = 4
"""Features of a model that its table in the UI names."""


@table_asset("velocity.outcomes", deps=["trends.post_snapshots"], kinds={"pandas"})
def outcomes(day: Day) -> DayOutput:
    """One row per post that was ranked three days before: what it gained since, and whether it rose.

    It rose when its growth stands in the top tenth among the 40 items next to it in age; posts that were not measured
    again have no outcome. Features and scores are those of the day of the ranking.
    """
    graded = outcomes_of(day)
    known = graded[~graded["has_left"].astype(bool)] if len(graded) else graded
    return DayOutput(graded, metadata={"outcomes": len(known), "left": len(graded) - len(known)})


@table_asset("velocity.models", kinds={"pandas", "scikitlearn"})
def models(day: Day) -> DayOutput:
    """One row per source, world and candidate: how good it was, how honest its chances were, and which one ranks.

    Learned from the outcomes known by the day's end, the newest first in weight; nothing later enters. A challenger
    takes over only when it has won by a margin over several days; TREND_ASSETS_CHAMPION holds one.
    """
    judged = models_of(day)
    return DayOutput(judged, metadata=picture(judged))


def outcomes_of(day: Day) -> "pd.DataFrame":
    """The rows of `velocity.outcomes` of the day."""
    from trend_assets.domain.chance.outcomes import graded
    from trend_assets.warehouse.reads.velocity import measured_since

    ranked = day.date - timedelta(days=HORIZON_DAYS)
    scores = day.read("velocity.scores", start=ranked, end=ranked)
    return graded(scores, measured_since(day.warehouse, ranked, day.date)).assign(observed_date=day.date)


def models_of(day: Day) -> "pd.DataFrame":
    """The rows of `velocity.models` of the day."""
    from trend_assets.domain.chance.candidates import LESSONS
    from trend_assets.domain.chance.learned import judged_worlds
    from trend_assets.warehouse.reads.velocity import champions_before, outcomes_until

    return judged_worlds(
        outcomes_until(day.warehouse, day.date, per_source=LESSONS),
        day=day.date,
        before=champions_before(day.warehouse, day.date),
        setting=day.settings.champion,
    ).assign(observed_date=day.date)


def brought_up_to_date(day: Day) -> None:
    """Outcomes and models of the day, made again when the ranking they grade, or the outcomes of the day before, were
    written after them: so in a run over many days, and after an old day was mended."""
    ranked, before = day.date - timedelta(days=HORIZON_DAYS), day.date - timedelta(days=1)
    written = _tokens(day, {"velocity.scores": ranked, "velocity.outcomes": day.date, "velocity.models": before})
    mine = _tokens(day, {"velocity.models": day.date}).get("velocity.models", 0)
    if written.get("velocity.scores", 0) > written.get("velocity.outcomes", 0):
        day.warehouse.write_partition("velocity.outcomes", day.date, outcomes_of(day), run_id=day.run_id)
        mine = 0
    if max(written.values(), default=0) > mine:
        day.warehouse.write_partition("velocity.models", day.date, models_of(day), run_id=day.run_id)


def _tokens(day: Day, partitions: dict[str, date]) -> dict[str, int]:
    """The fencing token of each partition's last write; those never written are left out."""
    with day.warehouse.connect() as connection:
        rows = connection.execute(
            """
            SELECT w.table_address, w.token FROM ops.partition_writes w
            JOIN unnest(%(tables)s::text[], %(days)s::date[]) AS wanted(table_address, observed_date)
                USING (table_address, observed_date)
            """,
            {"tables": list(partitions), "days": list(partitions.values())},
        ).fetchall()
    return {address: int(token or 0) for address, token in rows}


def learned_by(day: Day, simulated: bool, members: "pd.DataFrame") -> "dict[str, Learned]":
    """What each source of a world's members has learned by the end of the day."""
    from trend_assets.domain.chance.candidates import LESSONS
    from trend_assets.domain.chance.learned import learned_worlds
    from trend_assets.warehouse.reads.velocity import outcomes_until

    return learned_worlds(
        day.read("velocity.models"),
        outcomes_until(day.warehouse, day.date, per_source=LESSONS),
        members=members,
        is_simulated=simulated,
        day=day.date,
    )


def picture(judged: "pd.DataFrame") -> dict[str, Any]:
    """Every candidate with the figures it rests on, as a table, and what each learned one said beside what came."""
    from trend_assets.newsletters.rendering.scoreboard_plot import plot_reliability

    if judged.empty:
        return {"learned": "No outcome of a ranking is known yet: every source is ranked by its parameter-free order."}
    models = judged.to_dict("records")
    head = [
        "| source | candidate | ranks | outcomes | days | R-precision | calibration error | 70 % and more: true | "
        "what counts most | why |",
        "|---" * 10 + "|",
    ]
    bins_of = {
        f"{_named(row)}, {row['candidate']}: error {row['calibration_error']:.3f}": row["bins"]
        for row in models
        if isinstance(row["bins"], list)
    }
    table = dg.MetadataValue.md("\n".join([*head, *(f"| {' | '.join(_cells(row))} |" for row in models)]))
    if not bins_of:
        return {"models": table}
    return {"models": table, "reliability": chart(plot_reliability(bins_of, inches=2.4), "said and came")}


def _named(row: Mapping[Any, Any]) -> str:
    return f"{row['source']}{' (simulated)' if row['is_simulated'] else ''}"


def _cells(row: Mapping[Any, Any]) -> list[str]:
    number = lambda value: "–" if value is None or value != value else f"{value:.3f}"  # noqa: E731
    sure = f"{number(row['confident_true_share'])} of {row['confident_items']:.0f}" if row["confident_items"] else "–"
    return [
        _named(row), row["candidate"], "yes" if row["is_champion"] else "", f"{row['outcomes']:,}",
        f"{row['ranked_days']} ({row['first_ranked_date']} to {row['last_ranked_date']})", number(row["r_precision"]),
        number(row["calibration_error"]), sure, _heaviest(row["weights"]), str(row["reason"] or ""),
    ]  # fmt: skip


def _heaviest(weights: object) -> str:
    """The features that weigh most in each half of a logistic regression."""
    from trend_assets.domain.chance.learned import HALVES

    if not isinstance(weights, Mapping):
        return ""
    return "; ".join(
        f"{half}: " + ", ".join(
            f"{name} {of['weight']:+.2f}"
            for name, of in sorted(weights[half]["features"].items(), key=lambda each: -abs(each[1]["weight"]))[:SHOWN]
        )
        for half in HALVES.values()
        if half in weights
    )  # fmt: skip
