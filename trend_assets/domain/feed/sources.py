"""The day's source report: what became of each source, from its attempts. No attempt at all is a failure.

Several attempts a day are normal (the 6-hourly collection, reruns). What counts is whether the day has the source's
data: the newest attempt that brought some decides, and a later failure stays visible as the reason.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import pandas as pd

from trend_assets.domain.feed.frames import records_of, rows_of
from trend_assets.domain.feed.rules import FeedRules, SourceRule

Status = Literal["succeeded", "partial", "failed", "skipped"]

STATUS_OF_OUTCOME: Mapping[str, Status] = {
    "succeeded": "succeeded",
    "partial": "partial",
    "empty": "failed",
    "failed": "failed",
    "over_budget": "failed",
    "skipped": "skipped",
    "running": "failed",
}
WORKED: frozenset[Status] = frozenset({"succeeded", "partial"})


def source_report(
    attempts: pd.DataFrame, measured: pd.DataFrame, *, day: date, rules: FeedRules, withheld: Mapping[str, str]
) -> pd.DataFrame:
    """One row per source of `rules` (columns of `feed.source_report`); imports only on days that have some.

    `attempts` are the day's rows of `ops.source_attempts`, `measured` has source, scored_items, measured_at and
    is_simulated of the day's scores, `withheld` the sentence for sources whose terms forbid blending.
    """
    facts = {row["source"]: row for row in records_of(measured)}
    by_source = {str(name): rows for name, rows in attempts.groupby("source")} if len(attempts) else {}
    rows = []
    for name, rule in rules.sources.items():
        mine = by_source.get(name)
        if rule.is_optional and mine is None and name not in facts:
            continue
        status, reason = _verdict(rule, by_source, rules)
        if rule.name in withheld:
            reason = f"{reason} {withheld[name]}" if reason else withheld[name]
        fact = facts.get(name, {})
        rows.append(
            {
                "observed_date": day,
                "source": name,
                "title": rule.title,
                "tier": rule.tier,
                "status": status,
                "reason": reason,
                "items": _most(mine, "items"),
                "scored_items": int(fact.get("scored_items", 0)),
                "calls": _sum(mine, "calls"),
                "cost_usd": _cost(mine),
                "attempts": 0 if mine is None else len(mine),
                "measured_at": fact.get("measured_at"),
                "is_blended": rule.is_blended,
                "is_simulated": bool(fact.get("is_simulated", False))
                or (mine is not None and bool(mine["is_simulated"].fillna(False).any())),
            }
        )
    return pd.DataFrame(rows)


def _verdict(rule: SourceRule, by_source: Mapping[str, pd.DataFrame], rules: FeedRules) -> tuple[Status, str | None]:
    attempts = by_source.get(rule.name)
    if attempts is None:
        if rule.after in by_source and rule.after in rules.sources:
            status, reason = _verdict(rules.sources[rule.after], by_source, rules)
            if status not in WORKED:
                return (
                    status,
                    f"It needs {rule.after}, which {'was skipped' if status == 'skipped' else 'failed'}: {reason}",
                )
        if rule.is_optional:
            return "succeeded", None
        return "failed", "It was not attempted on this day; materialize its capture asset for this partition."
    ordered = attempts.sort_values(["started_at", "attempt_id"])
    newest = ordered.iloc[-1]
    brought = ordered[ordered["outcome"].isin(["succeeded", "partial"])]
    if brought.empty:
        reason = _text(newest["reason"])
        if newest["outcome"] == "running":
            reason = reason or "Its attempt has not finished, or its process died; materialize it again."
        return STATUS_OF_OUTCOME.get(newest["outcome"], "failed"), reason or f"It ended as {newest['outcome']}."
    best = brought.iloc[-1]
    reason = _text(best["reason"])
    if newest["attempt_id"] != best["attempt_id"] and newest["outcome"] != "running":
        later = _text(newest["reason"]) or f"it ended as {newest['outcome']}."
        reason = f"{reason + ' ' if reason else ''}A later attempt brought nothing: {later}"
    return STATUS_OF_OUTCOME[best["outcome"]], reason


def never_collected(report: pd.DataFrame) -> str | None:
    """The sentence for a day of which no source was ever asked and no file imported; None for every other day."""
    if (report["attempts"] > 0).any() or report["status"].isin(WORKED).any():
        return None
    return (
        "This day was never collected, so it has no feed: materialize its captures (job daily_collection), or import a "
        "file of that day."
    )


def nothing_worked(report: pd.DataFrame) -> str | None:
    """Why there can be no feed, as one sentence with every source's reason; None when at least one source worked and
    what it brought was measured. A day without a measurement is not a quiet day: nobody knows how it was."""
    if report["status"].isin(WORKED).any():
        if report["scored_items"].sum() > 0:
            return None
        return (
            "No item of this day has a score, so this day has no feed and the last good issue stays: its sources "
            "answered, but the tables between them and the feed were not written; materialize those first."
        )
    reasons = "; ".join(
        f"{row.source} {row.status} ({_text(row.reason) or 'no reason given'})" for row in rows_of(report)
    )
    return f"No source worked, so this day has no feed and the last good issue stays: {reasons}"


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _most(attempts: pd.DataFrame | None, column: str) -> int | None:
    if attempts is None or attempts[column].isna().all():
        return None
    return int(attempts[column].max())


def _sum(attempts: pd.DataFrame | None, column: str) -> int | None:
    return None if attempts is None else int(attempts[column].fillna(0).sum())


def _cost(attempts: pd.DataFrame | None) -> float | None:
    if attempts is None or attempts["cost_usd"].isna().all():
        return None
    return round(float(attempts["cost_usd"].astype(float).sum()), 6)
