"""One day's issue as a row of `feed.issues`, with what people see of it in the asset's metadata."""

from datetime import date
from typing import TYPE_CHECKING, Any

from trend_assets.settings import Settings
from trend_assets.sources.call import Quarantined

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.warehouse.warehouse import Warehouse

LISTED = 10


def issue_row(
    warehouse: "Warehouse", settings: Settings, day: date, *, items: "pd.DataFrame", report: "pd.DataFrame"
) -> tuple["pd.DataFrame", list[Quarantined], dict[str, Any]]:
    """The row, the items that could not be shown, and numbers for people."""
    import pandas as pd

    from trend_assets.domain.feed.frames import records_of
    from trend_assets.domain.feed.rules import QUIET_SHARE
    from trend_assets.reads.feed import read_listed
    from trend_assets.rendering.render import render_issue

    sources = records_of(report)
    listed = {
        row["source"]: records_of(
            read_listed(warehouse, day, source=row["source"], limit=LISTED, with_adult=settings.feed_with_adult)
        )
        for row in sources
        if not row["is_blended"]
    }
    rendered = render_issue(
        records_of(items),
        sources,
        listed=listed,
        day=day,
        public_url=settings.public_url,
        quiet_below=max(1, round(settings.feed_size * QUIET_SHARE)),
    )
    issue = rendered.issue
    row = {
        "observed_date": day,
        "issue_id": issue.issue_id,
        "title": issue.title,
        "subject": issue.subject,
        "as_of": issue.as_of,
        "item_count": len(issue.items),
        "is_quiet": issue.is_quiet,
        "sources_succeeded": [source.name for source in issue.worked],
        "sources_failed": [
            {"source": source.name, "status": source.status, "reason": source.reason} for source in issue.failed
        ],
        **rendered.contents,
        "content_hash": rendered.content_hash,
        "is_simulated": issue.is_simulated,
    }
    quarantined = [Quarantined(reason=one.reason, raw=one.story_id) for one in issue.set_aside]
    metadata = {
        "items": len(issue.items),
        "is_quiet": issue.is_quiet,
        "html_kilobytes": round(len(str(rendered.contents["html"]).encode()) / 1024, 1),
        "content_hash": rendered.content_hash,
        "issue_path": f"{settings.public_url.rstrip('/')}/feed/{day.isoformat()}",
    }
    return pd.DataFrame([row]), quarantined, metadata
