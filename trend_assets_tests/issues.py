"""Stored issues for tests: read as one thing, or put there without being made."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from trend_assets.newsletters.discovery import DEFAULT
from trend_assets.newsletters.rendering.formats import FORMATS, stored


def stored_issue(warehouse, day: date, newsletter: str = DEFAULT) -> dict[str, Any]:
    """The row of `feed.issues`, and the issue in every format by its name."""
    rows = warehouse.read("feed.issues", day=day)
    forms = warehouse.read("feed.issue_forms", day=day)
    mine = forms[forms["newsletter"] == newsletter]
    bodies = {
        row.format: row.body if isinstance(row.body, str) else bytes(row.binary_body) for row in mine.itertuples()
    }
    return rows[rows["newsletter"] == newsletter].iloc[0].to_dict() | bodies


ISSUES = (
    "INSERT INTO feed.issues (observed_date, newsletter, issue_id, title, subject, as_of, item_count, is_quiet, "
    "sources_succeeded, sources_failed, content_hash, is_simulated) "
    "VALUES (%s, %s, 'urn:uuid:1', 'T', 'S', %s, %s, true, %s, %s, 'h', true)"
)
FORMS = (
    "INSERT INTO feed.issue_forms (observed_date, newsletter, format, media_type, body, binary_body, content_hash, "
    "is_simulated) VALUES (%(observed_date)s, %(newsletter)s, %(format)s, %(media_type)s, %(body)s, %(binary_body)s, "
    "%(content_hash)s, true)"
)


def put_issue(
    run,
    day: date,
    *,
    as_of: Any,
    items: int = 3,
    worked: tuple[str, ...] = ("x_posts",),
    failed: str = "[]",
    contents: Mapping[str, str] | None = None,
    newsletter: str = DEFAULT,
) -> None:
    """An issue whose formats say what they are, or `contents`; `run` executes a statement with its parameters."""
    run(ISSUES, (day, newsletter, as_of, items, list(worked), failed))
    for form in FORMATS:
        content = (contents or {}).get(form.name, f"{form.name} {day}")
        values = stored(form, content if form.is_text else content.encode())
        run(FORMS, {"observed_date": day, "newsletter": newsletter, **values})
