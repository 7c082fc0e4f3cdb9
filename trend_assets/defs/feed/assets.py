"""The feed: from scored items to the day's ranked stories, and its grades. Issues are in `newsletters.py`.

    velocity.scores ─▶ core_items, stretch_items ─▶ proofs ─▶ stories ─▶ items ─▶ scoreboard (1, 3, 7 days later)
    ops.source_attempts ─▶ source_report ───────────────────────┴────────┘

A run with the tag `stretch` = `off` leaves the stretch sources out of its feed; the setting does it for good.
A day is made with what worked. When no source worked, stories, items and issues fail with every source's reason, and
what is stored stays. A day that was never collected is green and says so; in a range it costs the other days nothing.
The logic is in `domain/feed`, the look in `newsletters/rendering`, the reading in `warehouse/reads/feed.py`.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from trend_assets.defs.partitions import days_before
from trend_assets.defs.table_asset import BrokenRows, Day, DayOutput, counted, shown_table, table_asset
from trend_assets.sources.discovery import named
from trend_assets.warehouse.reads.feed_rules import rules_of_day, withheld_reason

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.domain.feed.rules import FeedRules

HORIZONS = (1, 3, 7)
STRETCH_TAG = "stretch"


def no_feed(day: Day, report: "pd.DataFrame") -> DayOutput | None:
    """What becomes of a day that was never collected: nothing is written, and the metadata says so; None for a day that
    has a feed. Raises BrokenRows, with the reasons, where sources were asked and none worked."""
    from trend_assets.domain.feed.sources import never_collected, nothing_worked

    if empty := never_collected(report):
        day.log.info(empty)
        return DayOutput(None, metadata={"empty": empty})
    if reason := nothing_worked(report):
        raise BrokenRows(reason)
    return None


def day_rules(day: Day) -> "FeedRules":
    """The rules of the day and of this run."""
    settings = day.settings
    if day.tags.get(STRETCH_TAG) == "off":
        settings = settings.model_copy(update={"feed_with_stretch": False})
    return rules_of_day(day.warehouse, settings, day.date)


def _candidates(day: Day, tier: Literal["core", "stretch"]) -> DayOutput:
    from trend_assets.warehouse.reads.feed import read_candidates

    rules = day_rules(day)
    names = [name for name, rule in rules.sources.items() if rule.tier == tier and rules.weight_of(name) > 0]
    frame = read_candidates(day.warehouse, day.date, sources=names, per_source=rules.candidates_per_source)
    return DayOutput(frame, metadata=counted(frame, "source", "items "))


@table_asset(
    "feed.core_items",
    deps=["velocity.scores", "trends.posts", "trends.post_snapshots", "comets.creators"],
    kinds={"sql"},
)
def core_items(day: Day) -> DayOutput:
    """One row per day, core source and item that may enter the feed: the best of each source, with text and counts.

    Selected in Postgres by the place inside the source. Of the Comet search only videos of creators on the roster.
    """
    return _candidates(day, "core")


@table_asset("feed.stretch_items", deps=["velocity.scores", "trends.posts", "trends.post_snapshots"], kinds={"sql"})
def stretch_items(day: Day) -> DayOutput:
    """One row per day, stretch source and item that may enter the feed: X, TikTok commerce, Amazon."""
    return _candidates(day, "stretch")


@table_asset("feed.source_report", deps=["velocity.scores", named("source", "search_words")])
def source_report(day: Day) -> DayOutput:
    """One row per day and source of the registry: succeeded, partial, failed or skipped, and why.

    A source without any attempt that day counts as failed. Written also when nothing worked.
    """
    from trend_assets.domain.feed import sources
    from trend_assets.domain.feed.frames import rows_of
    from trend_assets.warehouse.reads.feed import read_attempts, read_measured

    rules = day_rules(day)
    withheld = {
        name: withheld_reason(name, day.settings, simulated=False)
        for name, rule in rules.sources.items()
        if not rule.is_blended
    }
    if not rules.with_stretch:
        left_out = [name for name, rule in rules.sources.items() if rule.tier == "stretch" and rule.is_blended]
        withheld |= dict.fromkeys(left_out, "Stretch sources were left out of this feed on request.")
    report = sources.source_report(
        read_attempts(day.warehouse, day.date),
        read_measured(day.warehouse, day.date),
        day=day.date,
        rules=rules,
        withheld=withheld,
    )
    by_status = {status: list(rows["source"]) for status, rows in report.groupby("status")}
    return DayOutput(
        report,
        metadata={
            "sources_succeeded": by_status.get("succeeded", []) + by_status.get("partial", []),
            "sources_failed": {row.source: str(row.reason) for row in rows_of(report[report["status"] == "failed"])},
            "cost_usd": float(report["cost_usd"].astype(float).sum()),
        },
    )


@table_asset("feed.proofs")
def proofs(day: Day) -> DayOutput:
    """One row per day, story, source and item: which items are one story, and how each was recognised."""
    from trend_assets.domain.feed.merge import find_proofs, sorted_candidates

    rules = day_rules(day)
    rows = find_proofs(sorted_candidates(day.read("feed.core_items"), day.read("feed.stretch_items"), rules), rules)
    return DayOutput(rows, metadata=counted(rows, "matched_by", "by "))


@table_asset(
    "feed.stories",
    deps=[
        "feed.proofs",
        "feed.core_items",
        "feed.stretch_items",
        "feed.source_report",
        days_before("feed.stories", 28, 1),
    ],
)
def stories(day: Day) -> DayOutput:
    """One row per day and story: its score and what became of it (in the feed, repeat, creator limit, below the cut).

    Remembers the stories of the 28 days before: none returns unless it changed (domain/feed/memory.py says what that
    means).
    """
    from trend_assets.domain.feed.merge import build_stories, sorted_candidates
    from trend_assets.warehouse.reads.feed import read_memory

    if empty := no_feed(day, day.read("feed.source_report")):
        return empty
    rules = day_rules(day)
    rows = build_stories(
        sorted_candidates(day.read("feed.core_items"), day.read("feed.stretch_items"), rules),
        day.read("feed.proofs"),
        read_memory(day.warehouse, day.date, days=rules.memory_days),
        day=day.date,
        rules=rules,
    )
    return DayOutput(rows, metadata=counted(rows, "outcome"))


@table_asset("feed.items")
def items(day: Day) -> DayOutput:
    """One row per day and story in the feed, ranked; every row explains itself: score parts, baseline, first seen,
    counts with their times, proof links, flags, data age, price."""
    import pandas as pd

    from trend_assets.domain.feed.explain import explained_records
    from trend_assets.domain.feed.frames import records_of
    from trend_assets.domain.feed.items import feed_items
    from trend_assets.domain.feed.merge import sorted_candidates
    from trend_assets.warehouse.reads.feed import read_history

    report = day.read("feed.source_report")
    if empty := no_feed(day, report):
        return empty
    rules = day_rules(day)
    chosen = day.read("feed.stories", where="outcome = 'in_feed'").sort_values("feed_rank")
    keys = list(zip(chosen["platform"], chosen["external_id"], strict=True))
    rows = feed_items(
        chosen,
        day.read("feed.proofs"),
        sorted_candidates(day.read("feed.core_items"), day.read("feed.stretch_items"), rules),
        read_history(day.warehouse, day.date, keys=keys) if keys else pd.DataFrame(),
        report,
        day=day.date,
        rules=rules,
    )
    explained = shown_table(explained_records(records_of(rows))) if len(rows) else None
    return DayOutput(rows, metadata={"feed_size": len(rows)} | ({"explained": explained} if explained else {}))


@table_asset("feed.unique_leverage")
def unique_leverage(day: Day) -> DayOutput:
    """One row per day and source: what it surfaced that no other source had, and what that cost."""
    from trend_assets.domain.feed import leverage
    from trend_assets.domain.feed.frames import rows_of

    rows = leverage.unique_leverage(
        day.read("feed.stories"),
        day.read("feed.proofs"),
        day.read("feed.source_report"),
        day=day.date,
        rules=day_rules(day),
    )
    shares = {f"unique share {row.source}": round(row.unique_share, 3) for row in rows_of(rows)} if len(rows) else {}
    return DayOutput(rows, metadata=shares)


@table_asset("feed.scoreboard", deps=["trends.post_snapshots", days_before("feed.items", max(HORIZONS), 1)])
def scoreboard(day: Day) -> DayOutput:
    """One row per grading day, horizon and way to rank: the feeds of 1, 3 and 7 days ago, graded with what happened.

    Precision@k and lift beside plain rankings of the same items, with the share that could be judged.
    """
    import pandas as pd

    from trend_assets.domain.feed.frames import records_of
    from trend_assets.domain.feed.grading import grade_feed, grade_records
    from trend_assets.warehouse.reads.feed import read_history, read_outcomes

    rules = day_rules(day)
    weights = {name: rule.weight for name, rule in rules.sources.items()}
    grades = []
    for horizon in HORIZONS:
        feed_date = day.date - timedelta(days=horizon)
        outcomes = read_outcomes(day.warehouse, feed_date=feed_date, horizon_days=horizon)
        in_feed = outcomes[outcomes["feed_rank"].notna()]
        keys = list(zip(in_feed["platform"], in_feed["external_id"], strict=True))
        history = read_history(day.warehouse, day.date, keys=keys) if keys else pd.DataFrame()
        grades.append(
            grade_feed(outcomes, history, day=day.date, feed_date=feed_date, horizon_days=horizon, weights=weights)
        )
    rows = pd.concat([frame.dropna(axis=1, how="all") for frame in grades], ignore_index=True)
    shown = records_of(rows[rows["ranking"] == "feed"])
    return DayOutput(
        rows,
        metadata={"grades": shown_table(grade_records(records_of(rows)))}
        | {
            f"precision_at_k after {row['horizon_days']} d": float(row["precision_at_k"])
            for row in shown
            if pd.notna(row.get("precision_at_k"))
        },
    )
