"""How a file is read: which field becomes which column, and the exports whose answer to that is known.

Pure data and its parsing from the command line. Reading files is in `reading.py`, making rows in `rows.py`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from trend_assets.platforms import NAMES, platform_named

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
    "hashtags": "hashtags or tags: a list, or text separated by |, comma, or #",
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
}
"""What a field can be mapped to, and what that means."""

METRICS = ("views", "likes", "comments", "shares", "saves", "quotes")
REQUIRED = ("external_id", "platform", "measured_at")

_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_DAY_IN_NAME = re.compile(r"(20\d\d)-(\d\d)-(\d\d)(?:[T_](\d\d)-(\d\d)(?:-(\d\d))?)?")


class ImportRefused(ValueError):
    """A file or its mapping cannot be imported; the message names the field or file, the reason and the next step."""


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

    def as_json(self) -> dict[str, Any]:
        """The spec as stored with the captures and the register; `from_json` reads it back."""
        return {**asdict(self), "fields": dict(self.fields), "unavailable": list(self.unavailable)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ImportSpec":
        return cls(**{**stored, "unavailable": tuple(stored["unavailable"])})


@dataclass(frozen=True, slots=True)
class Export:
    """A known export: recognised by fields that only it has. Items of actors that we call ourselves are read by the
    reader of their live items (`rows.py`); here stand only the other fields. `observed` says where the rows' time comes
    from: a `field`, or the `file` (its name, or the option --observed-at)."""

    name: str
    title: str
    recognised_by: frozenset[str]
    fields: Mapping[str, str]
    constants: Mapping[str, str]
    observed: Literal["field", "file"]


EXPORTS: tuple[Export, ...] = (
    Export(
        name="clockworks_tiktok",
        title="Apify dataset of clockworks/tiktok-scraper (JSON or CSV)",
        recognised_by=frozenset({"diggCount", "playCount", "webVideoUrl"}),
        fields={"external_id": "id", "list_name": "input"},
        constants={"platform": "tiktok"},
        observed="file",
    ),
    Export(
        name="apidojo_tweets",
        title="Apify dataset of apidojo/tweet-scraper (JSON or CSV)",
        recognised_by=frozenset({"retweetCount", "quoteCount", "twitterUrl"}),
        fields={"external_id": "id", "list_name": "searchTerm"},
        constants={"platform": "x"},
        observed="file",
    ),
    Export(
        name="youtube_trending_kaggle",
        title="Kaggle 'Trending YouTube Video Statistics', the original 16 columns",
        recognised_by=frozenset({"video_id", "trending_date", "channel_title", "publish_time"}),
        fields={
            "external_id": "video_id", "measured_at": "trending_date", "title": "title",
            "description": "description", "creator_name": "channel_title", "posted_at": "publish_time",
            "hashtags": "tags", "views": "views", "likes": "likes", "comments": "comment_count",
            "cover_url": "thumbnail_link",
        },
        constants={"platform": "youtube"},
        observed="field",
    ),
    Export(
        # its `subscribers` are those of 2022, not of the day, so they are no creator_followers
        name="youtube_trending",
        title="YouTube trending rows by day (video_id, date, views, likes, comment_count)",
        recognised_by=frozenset({"video_id", "date", "views", "comment_count"}),
        fields={
            "external_id": "video_id", "measured_at": "date", "title": "title", "creator_name": "channel",
            "posted_at": "publish_time|publish_date", "hashtags": "tags", "views": "views", "likes": "likes",
            "comments": "comment_count",
        },
        constants={"platform": "youtube"},
        observed="field",
    ),
    Export(
        name="reddit_hourly",
        title="Hourly Reddit listing (date by the hour, id, position, score, num_comments)",
        recognised_by=frozenset({"subreddit_display_name", "num_comments", "position", "score"}),
        fields={
            "external_id": "id", "measured_at": "date", "title": "title", "posted_at": "created",
            "list_rank": "position", "likes": "score", "comments": "num_comments",
        },
        constants={"platform": "reddit"},
        observed="field",
    ),
)  # fmt: skip
"""Known exports, the more particular first."""


def recognise(fields: Iterable[str]) -> Export | None:
    """The known export that has these fields (flattened `a/b` names count as `a` too), or None."""
    present = {name for full in fields for name in (full, full.split("/", 1)[0])}
    return next((export for export in EXPORTS if export.recognised_by <= present), None)


def parse_map(pairs: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """`column=field` and `column:=constant` from the command line, as (fields, constants); commas separate several.

    Raises ImportRefused naming the pair and what is allowed.
    """
    fields: dict[str, str] = {}
    constants: dict[str, str] = {}
    for pair in (part.strip() for text in pairs for part in text.split(",") if part.strip()):
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


def observed_in_name(file_name: str) -> str:
    """The day or time that an export's name carries (`dataset_..._2024-09-04_14-57-00-312.csv`), ISO, or ''."""
    match = _DAY_IN_NAME.search(file_name)
    if match is None:
        return ""
    year, month, day, *clock = match.groups()
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
) -> ImportSpec:
    """The spec for a file with these `fields`: the known export's mapping where it is one, the user's `maps` on top.

    Raises ImportRefused when a required column has no field, or a mapped field is not in the file.
    """
    if not _SOURCE_NAME.fullmatch(import_source):
        raise ImportRefused(
            f"--source {import_source!r} is not a name for an import: lower case letters, digits, - and _, at most 60."
        )
    available = list(fields)
    mapped, constants = parse_map(maps)
    export = recognise(available)
    if export is not None:
        known_constants = {name: value for name, value in export.constants.items() if name not in mapped}
        mapped = {**{n: f for n, f in export.fields.items() if n not in constants}, **mapped}
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
    )


def _require_known(mapped: Mapping[str, str], available: list[str], *, asked: Mapping[str, str]) -> None:
    present = {name for full in available for name in (full, full.split("/", 1)[0])}
    for target, source_field in asked.items():
        names = source_field.split("|")
        if not any(name in present or name.split("/", 1)[0] in present for name in names):
            raise ImportRefused(
                f"--map {target}={source_field}: the file has no field {source_field}; it has {_listed(available)}."
            )


def _missing(missing: list[str], file_name: str, available: list[str]) -> str:
    lines = [f"{file_name} has the fields {_listed(available)}, and nothing says which of them is"]
    lines.append("; ".join(f"{name} ({TARGETS[name]})" for name in missing) + ".")
    lines.append("Give --map column=field (or column:=constant).")
    if "measured_at" in missing:
        lines.append("If the file does not say when it was observed, give --observed-at YYYY-MM-DD.")
    return " ".join(lines)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:30])
    return f"{shown} and {len(names) - 30} more" if len(names) > 30 else shown
