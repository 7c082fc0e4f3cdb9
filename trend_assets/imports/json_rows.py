"""JSON as records: a line each, the items of one list, or an object that holds the list.

Which of these a file has is found in `describing.py`; files are opened in `reading.py`.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any

from trend_assets.imports.csv_rows import LINE_LIMIT
from trend_assets.imports.rows import Unreadable
from trend_assets.imports.spec import ImportRefused
from trend_assets.sources.decode import decode_json
from trend_assets.sources.errors import SourceError

BLOCK = 1 << 20
OBJECT_LIMIT = 50_000_000
"""Bytes of a JSON object with the list inside, which stands in memory whole; a JSON list does not."""
SCRIPT = re.compile(r"window\.[\w.]{1,80}\s*=\s*(?=\[)")
"""What the archive of an account on X writes before each list: it is read by a page of its own."""


def json_lines(source: IO[bytes], encoding: str) -> Iterator[tuple[int, Any]]:
    """The lines of JSONL with the bytes that each took."""
    is_utf8 = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    lines: IO[bytes] = source if is_utf8 else codecs.EncodedFile(source, "utf-8", encoding)
    while line := lines.readline(LINE_LIMIT + 1):
        if len(line) > LINE_LIMIT:
            why = f"The line is longer than {LINE_LIMIT:,} bytes."
            yield LINE_LIMIT, Unreadable(why, line[:2000].decode("utf-8", "replace"))
            while line and not line.endswith(b"\n"):
                line = lines.readline(LINE_LIMIT)
        elif line.strip():
            yield len(line), decoded(line)


def json_items(text: IO[str], name: str) -> Iterator[tuple[int, Any]]:
    """The items of one JSON list, decoded one by one so that the whole list never stands in memory."""
    decoder = json.JSONDecoder()
    buffer = SCRIPT.sub("", text.read(BLOCK).lstrip("\ufeff \t\r\n"), count=1)
    if not buffer.startswith("["):
        raise ImportRefused(f"{name} is no JSON list.")
    position, ended = 1, False
    while True:
        while position < len(buffer) and buffer[position] in " \t\r\n,":
            position += 1
        if position < len(buffer) and buffer[position] == "]":
            if buffer[position + 1 :].strip() or any(block.strip() for block in iter(lambda: text.read(BLOCK), "")):
                raise ImportRefused(f"{name} goes on behind its list; write one list, or JSONL.")
            return
        try:
            if position >= len(buffer):
                raise json.JSONDecodeError("end of block", "", 0)
            _, end = decoder.raw_decode(buffer, position)
            item = buffer[position:end]
            if end == len(buffer) and not ended:
                # a number could go on in the next block
                raise json.JSONDecodeError("end of block", "", 0)
        except ValueError as error:
            block = text.read(max(BLOCK, len(buffer) - position))
            ended = not block
            if ended or len(buffer) - position > LINE_LIMIT:
                raise ImportRefused(f"{name} is not a complete JSON list ({error}); export it again.") from None
            buffer, position = buffer[position:] + block, 0
            continue
        except RecursionError:
            raise ImportRefused(f"{name} is nested too deep to be an export.") from None
        position = end
        yield len(item), decoded(item.encode("utf-8", "surrogatepass"))


def whole_object(text: IO[str], name: str) -> dict[str, Any]:
    """A file's one object. Raises ImportRefused when it is too large or not complete."""
    content = text.read(OBJECT_LIMIT + 1)
    if len(content) > OBJECT_LIMIT:
        raise ImportRefused(
            f"{name} is one JSON object of more than {OBJECT_LIMIT // 10**6} MB; export it as a JSON list or as "
            "JSONL, which are read piece by piece."
        )
    whole = decoded(content.encode("utf-8", "surrogatepass"))
    if not isinstance(whole, dict):
        raise ImportRefused(f"{name} is not a complete JSON object ({whole.reason}); export it again.")
    return whole


def lists_in(value: Any, before: str = "", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """The lists of records in an object, each with its name (`outer/inner`)."""
    if isinstance(value, dict) and depth < 3:
        for name, inner in value.items():
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                yield f"{before}{name}", inner
            yield from lists_in(inner, f"{before}{name}/", depth + 1)


def decoded(line: bytes) -> Any:
    """The value that a line or item is, or why it is none."""
    try:
        return decode_json(line, what="The line")
    except SourceError as error:
        if "which JSON does not have" in str(error):
            # NaN and Infinity, as Python writes them: unknown
            return json.loads(line.decode("utf-8-sig"), parse_constant=lambda _: None)
        return Unreadable(str(error), line[:2000].decode("utf-8", "replace"))
