"""The issue as plain text: the part of a mail for programs that show no HTML, and for copying. Lines are not broken."""

from trend_assets.newsletters.rendering.issue import Issue
from trend_assets.newsletters.rendering.views import ItemView


def render_text(issue: Issue) -> str:
    """The whole issue, sections in order, addresses in full."""
    lines = [issue.headline, issue.title, ""]
    if issue.is_simulated:
        lines += [issue.simulated_note, ""]
    lines += [issue.quiet_note if issue.is_quiet else " ".join(issue.lead), ""]
    for section in issue.sections:
        lines += [section.title.upper(), ""]
        for item in section.items:
            lines += [*_item(item, short=section.is_short), ""]
    for group in issue.listed:
        lines += [f"{group.title}, as the API ranks it".upper(), group.reason, ""]
        lines += [" ".join(filter(None, [one.title, one.label, one.url])) for one in group.items] + [""]
    lines.append("--")
    if issue.record:
        lines.append(issue.record)
    lines += [f"{source.title} {source.status}: {source.reason}" for source in issue.troubled]
    if issue.written_by:
        lines.append(issue.written_by_note)
    lines += [f"Data as of {issue.as_of_text}. How these stories were found: {issue.details_url}", issue.url, ""]
    return "\n".join(lines)


def _item(item: ItemView, *, short: bool) -> list[str]:
    lines = [f"{item.rank}. {item.title}"]
    if not short:
        lines += [item.line, *([item.note] if item.note else [])]
    numbers = " · ".join(filter(None, [item.figure, item.comparison, item.chance]))
    lines += [line for line in (numbers, item.by) if line]
    if item.others:
        lines.append("Also: " + ", ".join(one.label for one in item.others))
    lines += [f"{label}: {reason}" for _, label, reason in item.flags]
    return [*lines, *([item.url] if item.url else [])]
