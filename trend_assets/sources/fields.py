"""Which fields a provider's answer has, as paths: to notice those that it adds or drops.

    {"data": [{"id": 1, "author": {"name": …}}]} ─▶ data[].id, data[].author.name

Lists count as one item, and deep answers down to a level: what lies deeper is the parsers' business.
"""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

DEPTH = 5
ITEMS = 50
"""So many items of a list are looked at: fields that are left out where they are empty show up among them."""
LIMIT = 2_000
_NAME = re.compile(r"[A-Za-z_$][\w$:-]{0,60}", re.ASCII)


def fields_in(body: bytes) -> set[str]:
    """The paths of all fields in a JSON answer; none where it is no JSON."""
    try:
        paths: set[str] = set()
        _walk(json.loads(body), "", paths, DEPTH)
    except (ValueError, RecursionError):
        return set()
    return paths


def _walk(value: Any, path: str, paths: set[str], depth: int) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # names that are data (ids, addresses, words) are no fields
            if not _NAME.fullmatch(name) or len(paths) >= LIMIT:
                continue
            here = f"{path}.{name}" if path else name
            paths.add(here)
            if depth:
                _walk(inner, here, paths, depth - 1)
    elif isinstance(value, list):
        for inner in islice(value, ITEMS):
            _walk(inner, f"{path}[]", paths, depth)


def roots(paths: Iterable[str]) -> list[str]:
    """Without the fields inside fields that are named themselves, sorted: one new object is one line."""
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not path.startswith((f"{kept[-1]}.", f"{kept[-1]}[")):
            kept.append(path)
    return kept
