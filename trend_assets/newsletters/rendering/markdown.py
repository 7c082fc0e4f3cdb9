"""The issue as Markdown that pastes cleanly into other tools. What it shows is text: what has a meaning in Markdown or
HTML at its place is escaped, and nothing else, since editors paste this where not everything is read as Markdown.
"""

import re

from trend_assets.newsletters.rendering.issue import Issue
from trend_assets.newsletters.rendering.views import ItemView

_SPECIAL = re.compile(r"([\\`*\[\]<]|~(?=~)|(?<=~)~|(?<!\w)_|_(?!\w)|\$(?=\$)|&(?=#?\w+;))")
_LINE_START = re.compile(r"^(\d+)([.)])(?=\s|$)|^(#{1,6}(?=\s|$)|[-+=>|](?=\s|$|[-+=>|]))")
_SCHEME = re.compile(r"(?i)\b(?:(?:https?|ftp)://|mailto:|xmpp:)(?:www\.)?|\bwww\.(?=\w)")


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no automatic link (an address loses its `https://`)."""
    text = _SPECIAL.sub(r"\\\1", _SCHEME.sub("", text))
    return _LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", text)


def link(text: str, url: str | None) -> str:
    return f"[{escaped(text)}]({_address(url)})" if url else escaped(text)


def _address(url: str) -> str:
    """An address that ends where its link ends, also for readers that count no parentheses."""
    return url.replace("(", "%28").replace(")", "%29")


def render_markdown(issue: Issue) -> str:
    """The whole issue, sections in order, a short block per story."""
    lines = [f"# {escaped(issue.headline)}", "", f"*{escaped(issue.title)}*", ""]
    if issue.is_simulated:
        lines += [f"**{escaped(issue.simulated_note)}**", ""]
    lines += [f"*{escaped(issue.quiet_note)}*" if issue.is_quiet else " ".join(map(escaped, issue.lead)), ""]
    for section in issue.sections:
        lines += [f"## {escaped(section.title)}", ""]
        for item in section.items:
            lines += [*_item(item, short=section.is_short), ""]
    for group in issue.listed:
        lines += [f"## {escaped(group.title)}, as the API ranks it", "", f"*{escaped(group.reason)}*", ""]
        lines += [f"- {link(one.title, one.url)} {escaped(one.label)}".rstrip() for one in group.items] + [""]
    lines += ["---", ""]
    if issue.record:
        lines += [escaped(issue.record), ""]
    for source in issue.troubled:
        lines += [f"- **{escaped(source.title)} {source.status}:** {escaped(source.reason)}"]
    if issue.troubled:
        lines.append("")
    if issue.written_by:
        lines += [escaped(issue.written_by_note), ""]
    lines += [
        f"Data as of {escaped(issue.as_of_text)}. "
        f"[How these stories were found]({issue.details_url}) · [Online]({issue.url})",
        "",
    ]
    return "\n".join(lines)


def _item(item: ItemView, *, short: bool) -> list[str]:
    title = link(item.title, item.url)
    facts = [f"**{escaped(item.figure)}**" if item.figure else "", escaped(item.comparison), escaped(item.chance)]
    numbers = " · ".join(fact for fact in facts if fact)
    if short:
        return [f"- **{title}** {escaped(item.by)}{': ' if numbers else ''}{numbers}"]
    lines = [f"### {title}", ""]
    if item.picture:
        lines += [f"![{escaped(item.title)}]({_address(item.picture)})", ""]
    lines += [escaped(item.line), ""]
    if item.note:
        lines += [escaped(item.note), ""]
    if numbers:
        lines += [f"{numbers}{f' {item.spark}' if item.spark else ''}", ""]
    proofs = ", ".join(link(one.label, one.url) for one in item.others)
    lines.append(" · ".join(filter(None, [escaped(item.by), proofs and f"Also: {proofs}"])))
    lines += ["", *(f"*{escaped(label)}:* {escaped(reason)}" for _, label, reason in item.flags)] if item.flags else []
    return lines
