"""The list of all newsletters' feeds as OPML 2.0, which feed readers import."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET


def feeds_opml(public_url: str, addresses: Mapping[str, str]) -> str:
    """`addresses`: by newsletter, the path of its newest issue without an ending."""
    opml = ET.Element("opml", {"version": "2.0"})
    ET.SubElement(ET.SubElement(opml, "head"), "title").text = "Newsletters of trend_assets"
    body = ET.SubElement(opml, "body")
    for name, path in addresses.items():
        base = f"{public_url.rstrip('/')}{path}"
        title = name.replace("-", " ").capitalize()
        ET.SubElement(
            body,
            "outline",
            {
                "type": "rss",
                "version": "ATOM",
                "text": title,
                "title": title,
                "xmlUrl": f"{base}.atom",
                "htmlUrl": base,
            },
        )
    ET.indent(opml, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(opml, encoding="unicode") + "\n"
