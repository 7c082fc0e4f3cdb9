"""The issues of a day as rows: `feed.issue_forms`, every format of every newsletter, and `feed.issues`, what they say.

    feed.newsletter_stories + feed.source_report ─▶ issues_of ─▶ form_rows ─▶ feed.issue_forms
                                                            └──▶ issue_rows ─▶ feed.issues

Both come from the same call of `issues_of`, whoever writes them: the assets, retention, an erasure, the desk.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.discovery import found
from trend_assets.newsletters.rendering.formats import FORMATS, stored
from trend_assets.newsletters.rendering.issue import build_issue
from trend_assets.newsletters.rendering.render import RenderedIssue, render_issue
from trend_assets.settings import Settings
from trend_assets.sources.call import Quarantined
from trend_assets.warehouse.retention import purge

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.warehouse.warehouse import Warehouse

LISTED = 10
QUIET_SHARE = 0.4
"""An issue with fewer stories than this share of its size calls itself a quiet day: of 12 it is four."""


def issues_of(warehouse: "Warehouse", settings: Settings, day: date) -> list[tuple[Newsletter, RenderedIssue]]:
    """Every newsletter's issue of a day, rendered from the stored stories."""
    from trend_assets.domain.feed.frames import records_of

    stories = records_of(warehouse.read("feed.newsletter_stories", day=day))
    return [
        (newsletter, rendered_issue(warehouse, settings, newsletter, day, stories))
        for newsletter in found(settings).by_name.values()
    ]


def rendered_issue(
    warehouse: "Warehouse", settings: Settings, newsletter: Newsletter, day: date, stories: Sequence[Mapping[str, Any]]
) -> RenderedIssue:
    """One newsletter's issue from rows of `feed.newsletter_stories`, stored or just composed (a preview)."""
    from trend_assets.domain.feed.frames import records_of
    from trend_assets.newsletters.reading import read_prose, read_words
    from trend_assets.warehouse.reads.feed import read_listed
    from trend_assets.warehouse.reads.hit_rate import hit_rate

    sources = records_of(warehouse.read("feed.source_report", day=day))
    record = hit_rate(warehouse, day)
    listed = {
        row["source"]: records_of(
            read_listed(warehouse, day, source=row["source"], limit=LISTED, with_adult=newsletter.adult)
        )
        for row in sources
        if not row["is_blended"] and newsletter.sources.get(row["source"], 0 if newsletter.sources else 1)
    }
    issue = build_issue(
        newsletter,
        [row for row in stories if row["newsletter"] == newsletter.name],
        sources,
        listed=listed,
        record=record.sentence if record.issues else "",
        day=day,
        public_url=settings.public_url,
        quiet_below=max(1, round(newsletter.size * QUIET_SHARE)),
    )
    return render_issue(
        issue,
        words=read_words(warehouse, newsletter.name, day),
        prose=read_prose(warehouse, newsletter.name, day) if newsletter.rewrite else None,
    )


def facts_of_issue(
    warehouse: "Warehouse", newsletter: Newsletter, day: date, stories: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """What a language model is told of a newsletter's day with these rows; nothing without any."""
    from trend_assets.domain.feed.frames import records_of

    own = [row for row in stories if row["newsletter"] == newsletter.name]
    report = records_of(warehouse.read("feed.source_report", day=day))
    return build_issue(newsletter, own, report, day=day, public_url="", quiet_below=0).told


def form_rows(issues: Sequence[tuple[Newsletter, RenderedIssue]], day: date) -> "pd.DataFrame":
    """The rows of `feed.issue_forms`."""
    import pandas as pd

    return pd.DataFrame(
        [
            {"observed_date": day, "newsletter": newsletter.name, **stored(form, rendered.contents[form.name])}
            | {"is_simulated": rendered.issue.is_simulated}
            for newsletter, rendered in issues
            for form in FORMATS
        ]
    )


def issue_rows(
    issues: Sequence[tuple[Newsletter, RenderedIssue]], day: date
) -> tuple["pd.DataFrame", list[Quarantined]]:
    """The rows of `feed.issues`, and the stories that could not be shown."""
    import pandas as pd

    rows = []
    for newsletter, rendered in issues:
        issue = rendered.issue
        hashes = [stored(form, rendered.contents[form.name])["content_hash"] for form in FORMATS]
        rows.append(
            {
                "observed_date": day,
                "newsletter": newsletter.name,
                "issue_id": issue.issue_id,
                "title": issue.title,
                "subject": issue.subject,
                "headline": issue.headline,
                "lead": " ".join(issue.lead),
                "written_by": issue.written_by or None,
                "preheader": issue.preheader,
                "as_of": issue.as_of,
                "item_count": len(issue.items),
                "is_quiet": issue.is_quiet,
                "sources_succeeded": [source.name for source in issue.worked],
                "sources_failed": [
                    {"source": source.name, "status": source.status, "reason": source.reason} for source in issue.failed
                ],
                "content_hash": hashlib.sha256("".join(hashes).encode()).hexdigest(),
                "is_simulated": issue.is_simulated,
            }
        )
    aside = [
        Quarantined(reason=one.reason, raw=one.story_id) for _, rendered in issues for one in rendered.issue.set_aside
    ]
    return pd.DataFrame(rows), aside


def write_issues(
    warehouse: "Warehouse", settings: Settings, day: date, *, run_id: str = "", keeps_prose: bool = False
) -> None:
    """Render a day's issues again from the stories that are stored, and store them. Unless it `keeps_prose` that is not
    printed now, because an editor may come back to it, that goes: it may quote what was removed."""
    token = warehouse.next_token()
    issues = issues_of(warehouse, settings, day)
    rows, aside = issue_rows(issues, day)
    if not keeps_prose:
        told = [Jsonb(list(rendered.issue.told)) for _, rendered in issues]
        purge(
            warehouse,
            "feed.prose",
            before=day + timedelta(days=1),
            where="observed_date = %s AND told <> ALL(%s)",
            params=(day, told),
        )
    warehouse.write_partition("feed.issue_forms", day, form_rows(issues, day), token=token, run_id=run_id)
    warehouse.write_partition("feed.issues", day, rows, token=token, run_id=run_id, quarantined=aside)
