"""A newsletter's own order, learned from what its editors pick and skip.

    desk.picks of the day before + its candidates ─▶ newsletter_labels ─▶ newsletter_orders ─▶ newsletter_stories

Decisions of a day are labels of the next one, so that an order rests on earlier issues only and is graded on decisions
that it has not seen. The mathematics is in `domain/newsletter/learning.py`.
"""

from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta

import dagster as dg

from trend_assets.defs.table_asset import Day, DayOutput, table_asset
from trend_assets.warehouse.reads.feed_rules import rules_of_day


@table_asset("feed.newsletter_labels", deps=["feed.stories"], kinds={"pandas"})
def newsletter_labels(day: Day) -> DayOutput:
    """One row per day, newsletter and story of the day before that an editor picked or skipped by the day's end.

    With what was known of the story then, and its places in the plain order and in the one learned by then.
    """
    from trend_assets.domain.feed.frames import InputsDisagree, frame_of
    from trend_assets.domain.newsletter.learning import labels_of
    from trend_assets.newsletters.discovery import found
    from trend_assets.newsletters.reading import read_decisions, read_newsletter_candidates, read_weights

    issue = day.date - timedelta(days=1)
    day_is_over = datetime.combine(day.date + timedelta(days=1), time(), tzinfo=UTC)
    decisions = read_decisions(day.warehouse, issue, until=day_is_over)
    mine = [one for one in found(day.settings).by_name.values() if one.name in decisions]
    if not mine:
        return DayOutput(frame_of("feed.newsletter_labels", []), metadata={"labels": 0})
    try:
        candidates = read_newsletter_candidates(
            day.warehouse, issue, rules=rules_of_day(day.warehouse, day.settings, issue)
        )
    except InputsDisagree as error:
        # what is wrong with the day before costs its labels, never today's issue
        day.log.warning(f"The decisions on the issue of {issue} are no labels: {error}")
        return DayOutput(frame_of("feed.newsletter_labels", []), metadata={"labels": 0, "left_out": str(error)})
    weights = read_weights(day.warehouse, issue, used_only=False)
    rows = [
        {"observed_date": day.date, "issue_date": issue} | row
        for newsletter in mine
        for row in labels_of(newsletter, candidates, decisions[newsletter.name], weights.get(newsletter.name))
    ]
    return DayOutput(frame_of("feed.newsletter_labels", rows), metadata={"labels": len(rows)})


@table_asset("feed.newsletter_orders", kinds={"scikitlearn"})
def newsletter_orders(day: Day) -> DayOutput:
    """One row per day and newsletter: the order that a year of its editors' decisions gives, beside the plain one.

    Used once it has won on four weeks of graded days; `learned_order = "off"` in the newsletter's file turns it off.
    """
    from trend_assets.domain.feed.frames import frame_of
    from trend_assets.domain.newsletter.learning import learn
    from trend_assets.newsletters.discovery import found
    from trend_assets.newsletters.reading import read_labels

    labels = read_labels(day.warehouse, day.date)
    orders = {
        name: learn(labels.get(name, []), newsletter=newsletter)
        for name, newsletter in found(day.settings).by_name.items()
    }
    is_simulated = bool(day.read("feed.source_report", columns=["is_simulated"])["is_simulated"].any())
    rows = [
        {"observed_date": day.date, "newsletter": name, "is_simulated": is_simulated} | asdict(order)
        for name, order in orders.items()
    ]
    lines = ["| newsletter | order | why |", "|---|---|---|"]
    lines += [f"| {name} | {'learned' if one.is_used else 'plain'} | {one.reason} |" for name, one in orders.items()]
    return DayOutput(
        frame_of("feed.newsletter_orders", rows), metadata={"orders": dg.MetadataValue.md("\n".join(lines))}
    )
