"""The list of all newsletters' feeds as OPML 2.0, which feed readers import."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET


def feeds_opml(public_url: str, feeds: Sequence[tuple[str, str]]) -> str:
    """`feeds`: the title of each newsletter, and the path of its newest issue without an ending."""
    opml = ET.Element("opml", {"version": "2.0"})
    ET.SubElement(ET.SubElement(opml, "head"), "title").text = "Newsletters of trend_assets"
    body = ET.SubElement(opml, "body")
    for title, path in feeds:
        base = f"{public_url.rstrip('/')}{path}"
        about = {"type": "rss", "version": "ATOM", "text": title, "title": title}
        ET.SubElement(body, "outline", about | {"xmlUrl": f"{base}.atom", "htmlUrl": base})
    ET.indent(opml, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(opml, encoding="unicode") + "\n"
