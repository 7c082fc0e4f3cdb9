"""What a source says of files that people have of its platform: known exports, recognised by their fields.

They are listed in `exports.toml` of the source's folder. Which file is which, and how values are read, belongs to
`imports/`.
"""

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from trend_assets.sources.values import Notes

ReadItem = Callable[[Mapping[str, Any], Notes, datetime], dict[str, Any]]
"""A record of the file, what is odd about it (counted), the time of the import → a row. Raises BadValue."""


@dataclass(frozen=True, slots=True)
class Export:
    """A known export: recognised by fields that only it has. `read` is the reader of live items where we
    call what made the file ourselves, so that both read alike; then `fields` has only the others. `observed` says where
    the rows' time comes from: a `field`, or the `file` (its name, or the option --observed-at). A field that is called
    otherwise in other languages is written `one|other`."""

    name: str
    title: str
    recognised_by: Collection[str]
    fields: Mapping[str, str]
    constants: Mapping[str, str]
    observed: Literal["field", "file"]
    unknown_where: Mapping[str, str] = field(default_factory=dict)
    """Field that says "hidden" → the column whose number then says nothing."""
    set_aside: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Field → value (`one|other`) of rows that are no posts, and why not."""
    escaped: Collection[str] = ()
    """Fields that write the end of a line as \\n."""
    dates: str = ""
    read: ReadItem | None = None


def exports_beside(module: str, **readers: ReadItem) -> tuple[Export, ...]:
    """The exports that `exports.toml` beside a module lists; `readers` are those of live items, by the export."""
    listed = tomllib.loads(Path(module).with_name("exports.toml").read_text(encoding="utf-8"))
    return tuple(Export(name=name, read=readers.get(name), **export) for name, export in listed.items())
