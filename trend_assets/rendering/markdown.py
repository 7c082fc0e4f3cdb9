"""The issue as Markdown. What it shows is text: everything with a meaning in Markdown or HTML is escaped."""

import re

from trend_assets.rendering.issue import Issue
from trend_assets.rendering.views import ItemView

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~>])")
_LIST_START = re.compile(r"^(\d+)([.)])|^([-=])")
STATUS_MARKS = {"succeeded": "●", "partial": "◐", "failed": "○", "skipped": "–"}


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no automatic link."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = _LIST_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", _SPECIAL.sub(r"\\\1", text))
    # GFM makes links of bare addresses; an entity in the scheme keeps them text
    return re.sub(r"(?i)\b(https?|ftp|mailto|javascript|data)(:)", r"\1&#58;", text).replace("www.", "www&#46;")


def _link(text: str, url: str | None) -> str:
    return f"[{escaped(text)}](<{url}>)" if url else escaped(text)


def render_markdown(issue: Issue) -> str:
    """The whole issue, sections in order, one block per item."""
    lines = [f"# {escaped(issue.title)}", ""]
    if issue.is_simulated:
        lines += [f"> **{escaped(issue.simulated_note)}**", ""]
    lines += [escaped(issue.preheader), ""]
    if issue.is_quiet:
        lines += [f"*{escaped(issue.quiet_note)}*", ""]
    for section in issue.sections:
        lines += [f"## {escaped(section.title)}", "", f"*{escaped(section.note)}*", ""]
        for item in section.items:
            lines += [*_item(item), ""]
    for group in issue.listed:
        lines += [f"## {escaped(group.title)}, as the API ranks it", "", f"*{escaped(group.reason)}*", ""]
        lines += [f"- {_link(one.title, one.url)} {escaped(one.label)}".rstrip() for one in group.items] + [""]
    lines += ["## Sources", ""]
    for source in issue.sources:
        mark = STATUS_MARKS.get(source.status, "?")
        facts = [source.status, f"{source.items} items" if source.items else "", source.reason]
        lines.append(f"- {mark} **{escaped(source.title)}** {escaped(': '.join(f for f in facts if f))}")
    lines += ["", f"Data as of {escaped(issue.as_of_text)}.", ""]
    return "\n".join(lines)


def _item(item: ItemView) -> list[str]:
    about = [item.platform_label, item.creator, item.followers, item.posted]
    numbers = [
        item.growth,
        " · ".join(f"{value} {name}" for value, name in item.counts),
        f"{item.spark} {item.spark_label}".strip(),
    ]
    parts = " ".join(f"{value:+.3f} {name}" for name, value, _ in item.parts)
    measured = f"(measured {escaped(item.measured)}, {item.data_age} old)"
    sum_of = f"Score {item.score:.3f} = {escaped(parts)}. {escaped(item.baseline[:1].upper() + item.baseline[1:])}."
    days = "1 day" if item.days_on_radar == 1 else f"{item.days_on_radar} days"
    price = f", cost {escaped(item.price)}" if item.price else ""
    lines = [
        f"### {item.rank}\\. {_link(item.title, item.url)}",
        "",
        escaped(" · ".join(part for part in about if part)),
        "",
        f"- {escaped(' · '.join(part for part in numbers if part))} {measured}",
        f"- **Why it ranks here:** {escaped(item.why)} {sum_of}",
        f"- On the radar for {days}, first seen {escaped(item.first_seen)}{price}.",
    ]
    if item.text:
        lines.insert(4, escaped(item.text))
        lines.insert(5, "")
    if len(item.proofs) > 1:
        lines.append("- **Also here:** " + ", ".join(_link(proof.label, proof.url) for proof in item.proofs[1:6]))
    lines.extend(f"- **{escaped(label)}:** {escaped(reason)}" for _, label, reason in item.flags)
    return lines
