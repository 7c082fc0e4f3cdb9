"""XML and HTML as tables of records: data sets that were exported as `items/item`, as RSS, or as the table of a page.

Read a block at a time; entities that a file declares itself are refused, because a few bytes of them can become
gigabytes. What the fields mean is in `spec.py`.
"""

import codecs
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import IO, Any, cast
from xml.etree import ElementTree

from trend_assets.imports.spec import ImportRefused

BLOCK = 1 << 16
RECORD_LIMIT = 10_000_000
"""Bytes of one record; a real video object is about 93 kB."""
DEEPEST = 50
CELL = 100
"""Bytes that a cell or child counts for, however short."""


def xml_records(source: IO[bytes], name: str, encoding: str = "") -> Iterator[tuple[int, Any]]:
    """The records of an XML file with the bytes that each took: the `item`s of an RSS channel, else the children of the
    root. `encoding` stands over what the file says of itself."""
    parser: ElementTree.XMLPullParser = ElementTree.XMLPullParser(("start", "end"))
    decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
    path: list[ElementTree.Element] = []
    seen, at, end = 0, 2, b""
    for block in iter(lambda: source.read(BLOCK), b""):
        # also over the border of two blocks, and where a letter has two or four bytes
        letters = (end + block).replace(b"\0", b"")
        end = block[-40:]
        if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
            raise ImportRefused(f"{name} declares entities of its own, which are not read; export it as CSV or JSON.")
        try:
            parser.feed(decoder.decode(block) if decoder else block)
        except ElementTree.ParseError as error:
            raise ImportRefused(f"{name} is not whole XML ({error}); export it again.") from None
        seen += len(block)
        for event, element in cast(Iterator[tuple[str, ElementTree.Element]], parser.read_events()):
            if event == "start":
                path.append(element)
                if len(path) == 1 and _plain(element.tag) == "rss":
                    at = 3
                continue
            path.pop()
            if len(path) == at - 1:
                if at == 2 or _plain(element.tag) == "item":
                    yield seen, _record(element)
                    seen = 0
                path[-1].clear()
        if seen > RECORD_LIMIT:
            raise ImportRefused(f"{name} has a record of more than {RECORD_LIMIT:,} bytes; export it as CSV or JSON.")
    try:
        parser.close()
    except ElementTree.ParseError as error:
        raise ImportRefused(f"{name} is not whole XML ({error}); export it again.") from None


def _plain(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _record(element: ElementTree.Element) -> Any:
    value = _value(element)
    return value if isinstance(value, dict) else {_plain(element.tag): value}


def _value(element: ElementTree.Element, depth: int = 0) -> Any:
    """The text of an element, or its children and attributes by name; a name that comes again is a list."""
    if depth > DEEPEST or not (len(element) or element.attrib):
        return (element.text or "").strip()
    members: dict[str, Any] = {f"@{_plain(name)}": value for name, value in element.attrib.items()}
    if (element.text or "").strip():
        members["#text"] = (element.text or "").strip()
    repeated: set[str] = set()
    for child in element:
        name, value = _plain(child.tag), _value(child, depth + 1)
        if name in repeated:
            members[name].append(value)
        elif name in members:
            members[name] = [members[name], value]
            repeated.add(name)
        else:
            members[name] = value
    return members


def html_rows(text: IO[str], name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first table of an HTML page with their lengths."""
    parser = _FirstTable()
    # as much again as waits for the end of its tag, which is looked through from its beginning each time
    for block in iter(lambda: text.read(max(BLOCK, len(parser.rawdata))), ""):
        parser.feed(block)
        yield from ((sum(map(len, row)), row) for row in parser.taken())
        if parser.is_over:
            return
        if parser.waiting > RECORD_LIMIT:
            raise ImportRefused(
                f"{name} has a row of more than {RECORD_LIMIT:,} characters or {RECORD_LIMIT // CELL:,} cells; "
                "export it as CSV or JSON."
            )
    parser.end_row()
    yield from ((sum(map(len, row)), row) for row in parser.taken())


class _FirstTable(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.is_over, self.waiting = False, 0
        self._depth = 0
        self._rows: list[list[str]] = []
        self._row: list[list[str]] = []
        self._in_cell = False

    def taken(self) -> list[list[str]]:
        rows, self._rows = self._rows, []
        return rows

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "table":
            self._depth += 1
        elif self._depth == 1 and not self.is_over:
            if tag == "tr":
                self.end_row()
            elif tag in ("td", "th"):
                self._row.append([])
                self.waiting += CELL
                self._in_cell = True
            elif tag == "br" and self._in_cell:
                self._row[-1].append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = self._depth > 1
        elif tag == "tr" and self._depth == 1:
            self.end_row()
        elif tag == "table" and self._depth:
            self._depth -= 1
            if self._depth == 0:
                self.end_row()
                self.is_over = True

    def handle_data(self, data: str) -> None:
        if self._in_cell and not self.is_over:
            self._row[-1].append(data)
            self.waiting += len(data)

    def end_row(self) -> None:
        """What was gathered is a row."""
        if self._row:
            self._rows.append(["".join(cell).strip() for cell in self._row])
        self._row, self._in_cell, self.waiting = [], False, 0
