"""X through the actor apidojo/tweet-scraper: posts of curated handles and of searches; one row per search and post.

The actor writes the search term into each item. Dates travel inside the term (since:, until:), so a past day can be
asked for, with today's counts.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from trend_assets.sources.call import Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import collect_side_by_side
from trend_assets.sources.providers.apify.calls import actor_run
from trend_assets.sources.providers.apify.items import report_of
from trend_assets.sources.values import dig

WINDOW = timedelta(days=7)
RANGE = re.compile(r"(?<!\s)\s*\b(?:since|until):\S+")
"""How a search is limited to days: inside the term."""


def search_run(
    actor: str, terms: Sequence[str], *, since: date, until: date, max_items: int, usd_per_1000: float
) -> Call:
    """Posts of several searches between two days (until is exclusive), newest first ("Top" gives few)."""
    return actor_run(
        actor,
        {
            "searchTerms": [f"{term} since:{since.isoformat()} until:{until.isoformat()}" for term in terms],
            "sort": "Latest",
            "maxItems": max_items,
            "includeSearchTerms": True,
        },
        max_items=max_items,
        usd_per_1000=usd_per_1000,
        context={"never_empty": True},
    )


def name_in(item: Any) -> str | None:
    """The handle (@x) or search that an item was found for; None where it does not say."""
    written = dig(item, "searchTerm")
    if not isinstance(written, str):
        return None
    term = " ".join(RANGE.sub("", written).split())
    return f"@{term.removeprefix('from:')}" if term.startswith("from:") else term


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Two runs side by side, so that chatty searches do not use up what the curated handles are allowed: the handles of
    the options and their searches share `max_items` two to one. One of
    them failing leaves the other, incomplete."""
    options = context.options
    until = context.day + timedelta(days=1)
    names_of = {"handles": [f"@{name}" for name in options.handles], "searches": list(options.searches)}
    groups = [group for group, names in names_of.items() if names]

    def run(group: str) -> CollectReport:
        parts = 3 if len(groups) == 2 else 1
        share = options.max_items * (2 if group == "handles" and parts == 3 else 1) // parts
        call = search_run(
            options.actor,
            [name.replace("@", "from:") if group == "handles" else name for name in names_of[group]],
            since=until - WINDOW,
            until=until,
            max_items=(limit := max(share, 1)),
            usd_per_1000=options.usd_per_1000,
        )
        return report_of(obtain(call), asked=names_of[group], name_of=name_in, limit=limit)

    return collect_side_by_side(groups, run, workers=2, what="The run of")
