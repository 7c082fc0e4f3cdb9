"""How a file is read: which field becomes which column, as the command line says it or a known export answers it.

Which exports are known is declared by the sources of their platforms. Reading files is in `reading.py`, making rows in
`rows.py`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from trend_assets.platforms import NAMES, platform_named
from trend_assets.sources.discovery import SOURCES
from trend_assets.sources.exports import Export

TARGETS: dict[str, str] = {
    "measured_at": "when the row was observed: a time, or a day (then noon UTC); decides the partition",
    "external_id": "the platform's own id of the post, video or product",
    "platform": f"one of {', '.join(NAMES)}",
    "list_name": "the list it was seen in (default: the import's name)",
    "list_rank": "place in that list, 1 is first",
    "kind": "video, slideshow, post or product",
    "title": "title",
    "description": "caption or text",
    "language": "language code",
    "creator_id": "the creator's stable id",
    "creator_handle": "the creator's handle",
    "creator_name": "the creator's display name",
    "creator_followers": "the creator's followers on that day",
    "url": "public address",
    "cover_url": "address of the cover",
    "hashtags": "hashtags, not search words: a list, or text with |, comma or # between (default: those in the texts)",
    "sound": "title of the sound",
    "duration_seconds": "length in seconds",
    "posted_at": "when it was posted",
    "views": "views",
    "likes": "likes, hearts or score",
    "comments": "comments or replies",
    "shares": "shares or reposts",
    "saves": "saves or bookmarks",
    "quotes": "quotes",
    "is_sponsored": "marked as an ad",
    "is_over_18": "marked as for adults or as sensitive",
    "upvote_ratio": "share of upvotes, 0 to 1",
    "linked_url": "address that the post links to",
}
"""What a field can be mapped to, and what that means."""

METRICS = ("views", "likes", "comments", "shares", "saves", "quotes")
REQUIRED = ("external_id", "platform", "measured_at")

_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_DAY_IN_NAME = re.compile(r"(20\d\d)-(\d\d)-(\d\d)(?:[T_](\d\d)-(\d\d)(?:-(\d\d))?)?")


class ImportRefused(ValueError):
    """A file or its mapping cannot be imported; the message names the field or file, the reason and the next step.
    `fields`: those of the file, where it could be read that far."""

    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """How one file is read. `fields` maps columns to the file's fields (`/` walks into nested ones), `constants` gives
    columns a fixed value; `observed_at` is for files that do not say when their rows were observed."""

    import_source: str
    format: str
    fields: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    observed_at: str = ""
    unavailable: tuple[str, ...] = ()
    decimal: str = ""
    """The decimal sign of its numbers; '' where it is not known."""
    dates: str = ""
    """day-first, month-first, year-first or a pattern; '' where only unambiguous dates can be read."""

    def as_json(self) -> dict[str, Any]:
        """The spec as stored with the captures and the register; `from_json` reads it back."""
        return {**asdict(self), "fields": dict(self.fields), "unavailable": list(self.unavailable)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ImportSpec":
        return cls(**{**stored, "unavailable": tuple(stored["unavailable"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What the user says about a file; what is empty is found in the file, and said."""

    maps: tuple[str, ...] = ()
    observed_at: str = ""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    dates: str = ""
    rows: str = ""
    recognition: bool = True


EXPORTS: tuple[Export, ...] = tuple(
    sorted(
        (export for source in SOURCES.values() for export in source.exports),
        key=lambda export: (-len(export.recognised_by), export.name),
    )
)
"""Known exports, the more particular first."""


def export_named(file_format: str) -> Export | None:
    """The known export of this name, None for a plain form."""
    return next((export for export in EXPORTS if export.name == file_format), None)


def recognise(fields: Iterable[str]) -> Export | None:
    """The known export that has these fields (flattened `a/b` names count as `a` too), or None."""
    present = with_parents(fields)
    return next((export for export in EXPORTS if _is(export, present)), None)


def _is(export: Export, present: set[str]) -> bool:
    return all(any(name in present for name in names.split("|")) for names in export.recognised_by)


def parse_map(pairs: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """`column=field` and `column:=constant` from the command line, as (fields, constants); commas separate several.

    Raises ImportRefused naming the pair and what is allowed.
    """
    fields: dict[str, str] = {}
    constants: dict[str, str] = {}
    for pair in (part for text in pairs for part in _pairs_in(text)):
        target, constant, value = pair.partition(":=")
        if not constant:
            target, equals, value = pair.partition("=")
            if not equals:
                raise ImportRefused(f"--map {pair}: write column=field, or column:=constant for a fixed value.")
        target, value = target.strip(), value.strip()
        if target not in TARGETS:
            raise ImportRefused(f"--map {pair}: there is no column {target}; columns are {', '.join(TARGETS)}.")
        if not value:
            raise ImportRefused(f"--map {pair}: nothing stands after the equals sign.")
        (constants if constant else fields)[target] = value
    return fields, constants


def _pairs_in(text: str) -> list[str]:
    """The pairs between commas; a comma that no pair follows belongs to the name of a field ("views=Plays, total")."""
    pairs: list[str] = []
    for part in text.split(","):
        if pairs and "=" not in part and part.strip():
            pairs[-1] += f",{part}"
        elif part.strip():
            pairs.append(part)
    return [pair.strip() for pair in pairs]


def observed_in_name(file_name: str) -> str:
    """The day or time that an export's name carries (`dataset_..._2024-09-04_14-57-00-312.csv`), ISO, or ''; the end of
    a span, up to which its numbers were counted."""
    days = list(_DAY_IN_NAME.finditer(file_name))
    if not days:
        return ""
    year, month, day, *clock = days[-1].groups()
    try:
        if clock[0] is None:
            return datetime(int(year), int(month), int(day), tzinfo=UTC).date().isoformat()
        hour, minute, second = (int(part or 0) for part in clock)
        return datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC).isoformat()
    except ValueError:
        return ""


def build_spec(
    *,
    import_source: str,
    file_name: str,
    file_format: str,
    fields: Iterable[str],
    maps: Iterable[str] = (),
    observed_at: str = "",
    recognition: bool = True,
) -> ImportSpec:
    """The spec for a file with these `fields`: the known export's mapping where it is one, the user's `maps` on top.
    Without `recognition` no export is looked for.

    Raises ImportRefused when a required column has no field, or a mapped field is not in the file.
    """
    if not _SOURCE_NAME.fullmatch(import_source):
        raise ImportRefused(
            f"--source {import_source!r} is not a name for an import: lower case letters, digits, - and _, at most 60."
        )
    available = list(fields)
    mapped, constants = parse_map(maps)
    export = recognise(available) if recognition else None
    if export is not None:
        known_constants = {name: value for name, value in export.constants.items() if name not in mapped}
        present = with_parents(available)
        own = {name: _there(field, present) for name, field in export.fields.items() if name not in constants}
        # what is not in the file is unavailable; the reader of live items finds what it needs
        mapped = {**{name: has or export.fields[name] for name, has in own.items() if has or export.read}, **mapped}
        constants = {**known_constants, **constants}
    elif not mapped:
        # a file whose columns are already called as ours needs no map
        mapped = {name: name for name in available if name in TARGETS and name not in constants}
    observed = observed_at
    if not observed and "measured_at" not in mapped and "measured_at" not in constants:
        observed = observed_in_name(file_name)
    if observed:
        mapped.pop("measured_at", None)
    _require_known(mapped, available, asked=parse_map(maps)[0])
    missing = [name for name in REQUIRED if name not in mapped and name not in constants]
    if observed and "measured_at" in missing:
        missing.remove("measured_at")
    if missing:
        raise ImportRefused(_missing(missing, file_name, available))
    if platform := constants.get("platform"):
        if (known := platform_named(platform)) is None:
            raise ImportRefused(f"platform:={platform} is not one of {', '.join(NAMES)}.")
        constants["platform"] = known.name
    given = mapped.keys() | constants.keys()
    return ImportSpec(
        import_source=import_source,
        format=export.name if export else file_format,
        fields=mapped,
        constants=constants,
        observed_at=observed,
        unavailable=tuple(name for name in METRICS if name not in given),
        dates=export.dates if export else "",
    )


def _there(names: str, present: set[str]) -> str:
    """Of `one|other` what the file has, '' where it has none."""
    return "|".join(name for name in names.split("|") if name in present)


def with_parents(names: Iterable[str]) -> set[str]:
    """Names of fields, and those that nested ones lie in."""
    present = set()
    for full in names:
        steps = full.split("/")
        present |= {full, *("/".join(steps[:count]) for count in range(1, len(steps)))}
    return present


def _require_known(mapped: Mapping[str, str], available: list[str], *, asked: Mapping[str, str]) -> None:
    present = with_parents(available)
    # lists are as long as they are: any place of one that is there will do
    places = {re.sub(r"/\d+(?=/|$)", "/0", name) for name in present}
    for target, source_field in asked.items():
        wanted = source_field.split("|")
        if any(name in present or re.sub(r"/\d+(?=/|$)", "/0", name) in places for name in wanted):
            continue
        parent = max((_deepest(name, present) for name in wanted), key=len)
        inside = sorted(
            {name[len(parent) + 1 :].split("/")[0] for name in present if parent and name.startswith(f"{parent}/")}
        )
        has = f"{parent} has {_listed(inside)}" if inside else f"it has {_listed(available)}"
        raise ImportRefused(f"--map {target}={source_field}: the file has no field {source_field}; {has}.")


def _deepest(name: str, present: set[str]) -> str:
    steps = name.split("/")
    return next(("/".join(steps[:n]) for n in range(len(steps) - 1, 0, -1) if "/".join(steps[:n]) in present), "")


def _missing(missing: list[str], file_name: str, available: list[str]) -> str:
    lines = [f"{file_name} has the fields {_listed(available)}, and nothing says which of them is"]
    lines.append("; ".join(f"{name} ({TARGETS[name]})" for name in missing) + ".")
    lines.append("Give --map column=field (or column:=constant).")
    if "measured_at" in missing:
        lines.append("If the file does not say when it was observed, give --observed-at YYYY-MM-DD.")
    return " ".join(lines)


def _listed(names: list[str]) -> str:
    names = list(dict.fromkeys(name.split("/", 1)[0] for name in names))
    shown = ", ".join(names[:30])
    return f"{shown} and {len(names) - 30} more" if len(names) > 30 else shown
