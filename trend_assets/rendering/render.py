"""All six formats of an issue from the same rows, byte for byte the same each time."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from trend_assets.rendering.atom import render_atom
from trend_assets.rendering.html import render_html
from trend_assets.rendering.issue import Issue, build_issue
from trend_assets.rendering.json_feed import render_json_feed
from trend_assets.rendering.markdown import render_markdown
from trend_assets.rendering.tabular import render_csv, render_parquet


@dataclass(frozen=True)
class RenderedIssue:
    """An issue in every format. `issue.set_aside` names the items that could not be shown."""

    issue: Issue
    html: str
    markdown: str
    json_feed: str
    atom: str
    csv: str
    parquet: bytes

    @property
    def content_hash(self) -> str:
        """sha256 over all formats."""
        digest = hashlib.sha256()
        for text in (self.html, self.markdown, self.json_feed, self.atom, self.csv):
            digest.update(text.encode("utf-8"))
        digest.update(self.parquet)
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
    flat = [item.flat for item in issue.items]
    return RenderedIssue(
        issue=issue,
        html=render_html(issue),
        markdown=render_markdown(issue),
        json_feed=render_json_feed(issue),
        atom=render_atom(issue),
        csv=render_csv(flat),
        parquet=render_parquet(flat),
    )
