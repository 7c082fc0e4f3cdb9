"""All formats of an issue from the same rows, byte for byte the same each time."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from trend_assets.rendering.formats import FORMATS
from trend_assets.rendering.issue import Issue, build_issue


@dataclass(frozen=True)
class RenderedIssue:
    """An issue in every format. `issue.set_aside` names the items that could not be shown."""

    issue: Issue
    contents: Mapping[str, str | bytes]
    """By the column of `feed.issues`."""

    @property
    def content_hash(self) -> str:
        """sha256 over all formats."""
        digest = hashlib.sha256()
        for content in self.contents.values():
            digest.update(content.encode("utf-8") if isinstance(content, str) else content)
        return digest.hexdigest()


def render_issue(
    rows: Sequence[Mapping[str, Any]],
    report: Sequence[Mapping[str, Any]],
    *,
    day: date,
    public_url: str,
    quiet_below: int,
    listed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> RenderedIssue:
    """Render the day. A row that cannot be shown is left out of all formats and named in `issue.set_aside`."""
    issue = build_issue(rows, report, day=day, public_url=public_url, quiet_below=quiet_below, listed=listed)
    return RenderedIssue(issue, {form.column: form.render(issue) for form in FORMATS})
