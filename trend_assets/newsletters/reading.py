"""What newsletters read: the day's stories with all they say of themselves, and an editor's words for the issue."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trend_assets.domain.feed.rules import FeedRules
    from trend_assets.domain.newsletter.declare import Newsletter
    from trend_assets.domain.newsletter.learning import Label
    from trend_assets.warehouse.warehouse import Warehouse


def read_newsletter_candidates(warehouse: "Warehouse", day: date, *, rules: "FeedRules") -> list[dict[str, Any]]:
    """Every story of the day that a newsletter can print, in the feed's order, for `compose`."""
    import pandas as pd

    from trend_assets.domain.feed.frames import known_records
    from trend_assets.domain.feed.merge import sorted_candidates
    from trend_assets.domain.newsletter.candidates import newsletter_candidates, printable
    from trend_assets.domain.velocity.ranking import RANGE_HOURS
    from trend_assets.warehouse.reads.feed import read_history

    chosen = printable(warehouse.read("feed.stories", day=day))
    keys = list(zip(chosen["platform"], chosen["external_id"], strict=True))
    core, stretch = (warehouse.read(f"feed.{tier}_items", day=day) for tier in ("core", "stretch"))
    standing = {
        (row["source"], row["platform"], row["external_id"]): {name: row[name] for name in _UNKNOWN}
        for row in known_records(
            warehouse.query(_STANDING, {"day": day, "ids": list(chosen["external_id"]), "hours": RANGE_HOURS})
        )
    }
    made = newsletter_candidates(
        chosen,
        warehouse.read("feed.proofs", day=day),
        sorted_candidates(core, stretch, rules),
        read_history(warehouse, day, keys=keys) if keys else pd.DataFrame(),
        warehouse.read("feed.source_report", day=day),
        day=day,
        rules=rules,
    )
    return [row | standing.get((row["source"], row["platform"], row["external_id"]), _UNKNOWN) for row in made]


_UNKNOWN = dict.fromkeys(("leap", "range", "leaves_range"))
_STANDING = """SELECT source, platform, external_id, leap, range,
      range >= 1 AND range * views < views + %(hours)s * greatest(forecast_views_per_hour, 0) AS leaves_range
    FROM velocity.scores
    WHERE observed_date = %(day)s AND external_id = ANY(%(ids)s) AND (leap IS NOT NULL OR range IS NOT NULL)"""
"""How it stands against what its creator usually has; `leaves_range`: it is inside now and expected to leave."""


LABELS_DAYS = 365


def read_decisions(warehouse: "Warehouse", issue: date, *, until: datetime) -> dict[str, dict[str, bool]]:
    """By newsletter and story: whether an editor picked it for the issue (or skipped it), as decided before `until`."""
    with warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT newsletter, story_id, state = 'pick' FROM desk.picks WHERE observed_date = %s "
            "AND state IN ('pick', 'skip') AND changed_at < %s ORDER BY newsletter, story_id",
            (issue, until),
        ).fetchall()
    decisions: dict[str, dict[str, bool]] = {}
    for newsletter, story_id, is_wanted in rows:
        decisions.setdefault(newsletter, {})[story_id] = is_wanted
    return decisions


def read_labels(warehouse: "Warehouse", day: date) -> "dict[str, list[Label]]":
    """By newsletter: the decisions of a year that are known by the end of the day."""
    from trend_assets.domain.newsletter.learning import Label

    with warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT newsletter, issue_date, story_id, is_wanted, plain_rank, learned_rank, features "
            "FROM feed.newsletter_labels WHERE observed_date > %s AND observed_date <= %s ORDER BY 1, 2, 3",
            (day - timedelta(days=LABELS_DAYS), day),
        ).fetchall()
    labels: dict[str, list[Label]] = {}
    for newsletter, *values in rows:
        labels.setdefault(newsletter, []).append(Label(*values))
    return labels


def read_weights(warehouse: "Warehouse", day: date, *, used_only: bool) -> dict[str, dict[str, Any]]:
    """By newsletter: the weights of the order that was learned for the day, where there is one (and it is used)."""
    with warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT newsletter, weights FROM feed.newsletter_orders WHERE observed_date = %s AND weights IS NOT NULL "
            "AND (is_used OR NOT %s)",
            (day, used_only),
        ).fetchall()
    return dict(rows)


def read_wanted(
    warehouse: "Warehouse", newsletter: "Newsletter", day: date, candidates: "Sequence[Mapping[str, Any]]"
) -> dict[str, float] | None:
    """By story: how likely an editor wants it; None where the newsletter's day is in the plain order."""
    from trend_assets.domain.newsletter.learning import wanted_of

    weights = read_weights(warehouse, day, used_only=True).get(newsletter.name)
    return wanted_of(newsletter, candidates, weights) if weights else None


def read_words(warehouse: "Warehouse", newsletter: str, day: date) -> dict[str, str | None]:
    """An editor's own headline and introduction of an issue; empty where nobody wrote any."""
    with warehouse.connect() as connection:
        row = connection.execute(
            "SELECT headline, introduction FROM desk.issues WHERE newsletter = %s AND observed_date = %s",
            (newsletter, day),
        ).fetchone()
    return {"headline": row[0], "introduction": row[1]} if row else {}


def read_prose(warehouse: "Warehouse", newsletter: str, day: date) -> dict[str, Any] | None:
    """What a language model was told and wrote for an issue, or why it did not: its row of `feed.prose`."""
    from psycopg.rows import dict_row

    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT told, headline, introduction, model, note FROM feed.prose "
            "WHERE newsletter = %s AND observed_date = %s",
            (newsletter, day),
        ).fetchone()
