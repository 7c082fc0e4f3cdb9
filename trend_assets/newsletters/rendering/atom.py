"""The issue as Atom 1.0 (RFC 4287). Bodies are escaped text, not CDATA: `]]>` in a caption can end nothing."""

from xml.etree import ElementTree as ET

from trend_assets.newsletters.rendering.issue import Issue
from trend_assets.newsletters.rendering.json_feed import content_html, rfc3339

NAMESPACE = "http://www.w3.org/2005/Atom"


def render_atom(issue: Issue) -> str:
    """The feed as XML text with its declaration."""
    feed = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})

    def add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
        element = ET.SubElement(parent, tag, attributes)
        if text:
            element.text = text
        return element

    add(feed, "id", issue.feed_id)
    add(feed, "title", issue.name)
    add(feed, "subtitle", issue.description)
    add(feed, "updated", rfc3339(issue.as_of))
    add(feed, "link", rel="self", type="application/atom+xml", href=f"{issue.latest_url}.atom")
    add(feed, "link", rel="alternate", type="text/html", href=issue.url)
    add(add(feed, "author"), "name", "trend_assets")
    add(feed, "generator", "trend_assets")
    for item in issue.items:
        entry = add(feed, "entry")
        add(entry, "id", item.entry_id)
        add(entry, "title", item.title, type="text")
        # RFC 4287 4.1.2: an entry without content needs an alternate link; ours has content, so a link may be missing
        if item.url:
            add(entry, "link", rel="alternate", type="text/html", href=item.url)
        for proof in item.proofs[1:6]:
            if proof.url:
                add(entry, "link", rel="related", href=proof.url, title=proof.label)
        if item.posted_at:
            add(entry, "published", rfc3339(item.posted_at))
        add(entry, "updated", rfc3339(item.measured_at))
        add(add(entry, "author"), "name", item.creator or item.platform_label)
        for term in (item.platform, item.section, *item.hashtags):
            if term:
                add(entry, "category", term=term)
        add(entry, "summary", item.line, type="text")
        add(entry, "content", content_html(item), type="html")
    ET.indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"
