"""All formats of an issue from the same rows, byte for byte the same each time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trend_assets.newsletters.rendering.formats import FORMATS
from trend_assets.newsletters.rendering.issue import Issue, subject_line


@dataclass(frozen=True)
class RenderedIssue:
    """An issue in every format. `issue.set_aside` names the items that could not be shown."""

    issue: Issue
    contents: Mapping[str, str | bytes]
    """By the format's name."""


def render_issue(
    issue: Issue, *, words: Mapping[str, str | None] | None = None, prose: Mapping[str, Any] | None = None
) -> RenderedIssue:
    """Render the day. `words`: an editor's own headline and introduction, in place of ours; `prose`: the day's row of
    `feed.prose`, used while the figures are those that the model was told. A row that cannot be shown is left out of
    all formats and named in `issue.set_aside`."""
    said = words or {}
    if prose and prose["headline"] and tuple(prose["told"]) == issue.told:
        issue = replace(
            issue,
            headline=prose["headline"],
            subject=subject_line(issue.day, prose["headline"], is_quiet=issue.is_quiet),
            lead=(prose["introduction"],),
            written_by="" if said.get("headline") and said.get("introduction") else prose["model"],
        )
    if headline := said.get("headline"):
        issue = replace(issue, headline=headline, subject=headline)
    if introduction := said.get("introduction"):
        issue = replace(issue, lead=(introduction,))
    return RenderedIssue(issue, {form.name: form.render(issue) for form in FORMATS})
