"""One record of a user's file becomes one row of `source.imported_posts`, or a reason why not. Pure.

Values are read by the strict readers of `sources/values.py`, like every provider's; a value that cannot be read is
unknown (NULL) and noted, a row that cannot be trusted is rejected whole. A row brings its own observation time: the
day in it is the partition, a day without a clock counts as noon UTC (at most 12 hours wrong either way).
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from trend_assets.imports import forms
from trend_assets.imports.spec import METRICS, TARGETS, ImportSpec, export_named
from trend_assets.platforms import NAMES, PLATFORMS, Platform, platform_named, post_address
from trend_assets.sources import values
from trend_assets.sources.call import Answer, Parsed, Quarantined
from trend_assets.sources.decode import decode_json
from trend_assets.sources.values import BadValue, Notes
from trend_assets.text import without_invisible

RAW_LIMIT = 2_000
NOON = time(12, tzinfo=UTC)

_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_KAGGLE_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{2})")
_SPREADSHEET = re.compile(r"#[A-Z/0?!]+[?!]?|\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_DESTROYED = re.compile(r"\d+\.0*")
_ONE_DAY = timedelta(days=1)
REPEATING = frozenset(
    {"creator_id", "creator_handle", "creator_name", "hashtags", "sound", "language", "posted_at", "is_sponsored"}
)
"""Columns whose values come again and again: what was made of one is remembered, up to so many and so long."""
REMEMBERED, REMEMBERED_LENGTH = 4_096, 200
_KINDS = ("video", "slideshow", "post", "product")


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row of a file that was set aside: its number in the file (1 is the first), why, and the row as text."""

    row_number: int
    reason: str
    raw: str


@dataclass(slots=True)
class Mapped:
    """What a batch of records became: accepted rows beside the record each came from, and the rejected ones."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    records: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)


def map_records(records: Iterable[tuple[int, Any]], spec: ImportSpec, *, now: datetime) -> Mapped:
    """Typed rows of numbered records. `now` (UTC) is the time of the import: nothing was observed after it."""
    return next(map_pieces([records], spec, now=now))


def map_pieces(pieces: Iterable[Iterable[tuple[int, Any]]], spec: ImportSpec, *, now: datetime) -> Iterator[Mapped]:
    """`map_records` of each piece, with one memory of repeated values for all of them."""
    notes = Notes()
    build = row_builder(spec, now=now, notes=notes)
    for piece in pieces:
        mapped = Mapped()
        for number, record in piece:
            try:
                if isinstance(record, Unreadable):
                    raise BadValue(record.reason)
                row = build(record)
            except BadValue as error:
                mapped.rejected.append(Rejected(number, str(error), as_text(record)))
            else:
                mapped.rows.append(row)
                mapped.records.append((number, record))
        mapped.notes.update(notes)
        notes.clear()
        yield mapped


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line or item of the file that is not a record at all: why, and the text of it."""

    reason: str
    raw: str


def parse_import(answer: Answer) -> Parsed:
    """The rows of one stored part of a file: the `parse` of the source `imported_posts`.

    The part's body is a JSON list of {"row": number, "record": fields}; how it is read is in the call's context.
    """
    spec = ImportSpec.from_json(answer.call.context["spec"])
    stored = decode_json(answer.body, what="A stored part of an import", provider="import", status=answer.status)
    mapped = map_records(((item["row"], item["record"]) for item in stored), spec, now=answer.fetched_at)
    return Parsed(
        rows=mapped.rows,
        received=len(stored),
        quarantined=[Quarantined(f"Row {item.row_number}: {item.reason}", item.raw) for item in mapped.rejected],
        notes=[f"{sentence} ({times}×)" for sentence, times in sorted(mapped.notes.items())],
    )


def row_builder(spec: ImportSpec, *, now: datetime, notes: Notes) -> Callable[[Any], dict[str, Any]]:
    """A function from one record to one row; raises BadValue with the reason when the row cannot be trusted."""
    constants = dict(spec.constants)
    readers = {target: _reader(spec.fields.get(target, ""), constants.get(target)) for target in TARGETS}
    fixed_time = observation_time(spec.observed_at, now=now) if spec.observed_at else None
    export = export_named(spec.format)
    provider_row = export.read if export else None
    no_posts = export.set_aside if export else {}
    set_aside = [(getter(mark), frozenset(marked.split("|")), why) for mark, (marked, why) in no_posts.items()]
    escaped = export.escaped if export else ()
    id_is_mapped = bool(export) and spec.fields.get("external_id") != export.fields["external_id"]  # type: ignore[union-attr]
    converters = [
        (target, readers[target], _converter(target, notes, now, spec))
        for target in {**spec.fields, **constants}
        if target not in ("platform", "external_id", "measured_at", "kind", "list_name")
    ]
    # where no field names the tags, those that stand in the texts are all
    in_texts = [name for name in ("title", "description") if name in spec.fields]
    measured, platforms, ids, kinds, lists = (
        readers[target] for target in ("measured_at", "platform", "external_id", "kind", "list_name")
    )

    def build(record: Any) -> dict[str, Any]:
        if not isinstance(record, Mapping):
            raise BadValue("It is not a record of named fields.")
        for read, marked, why in set_aside:
            if str(read(record)) in marked:
                raise BadValue(why)
        if escaped:
            record = {**record, **{name: str(record.get(name) or "").replace("\\n", "\n") for name in escaped}}
        measured_at = fixed_time or observation_time(measured(record), now=now, dates=spec.dates)
        row: dict[str, Any] = {}
        if provider_row:
            # what the user maps stands over what the export's own reader would take
            item = {**record, "id": ids(record)} if id_is_mapped else record
            row = provider_row(item, notes, now)
        else:
            platform = _platform(platforms(record))
            row["platform"] = platform.name
            row["external_id"] = _external_id(ids(record), platform)
            row["kind"] = _kind(kinds(record), platform, notes)
            row["metrics_unavailable"] = list(spec.unavailable) or None
        for target, read, convert in converters:
            row[target] = convert(read(record))
        if in_texts and "hashtags" not in row and PLATFORMS[row["platform"]].has_hashtags:
            row["hashtags"] = values.hashtags_in(*(row[name] for name in in_texts), notes=notes)
        if export:
            for mark, target in export.unknown_where.items():
                if values.flag(record.get(mark)):
                    row[target] = None
                    notes[f"{target} is hidden ({mark}): unknown."] += 1
        row["url"] = row.get("url") or post_address(
            row["platform"], row["external_id"], handle=row.get("creator_handle")
        )
        row["list_name"] = values.line(lists(record), "list_name", notes, limit=200) or spec.import_source
        row["measured_at"] = row["collected_at"] = measured_at
        row["import_source"] = spec.import_source
        return row

    return build


def _reader(source_field: str, constant: str | None) -> Callable[[Mapping[str, Any]], Any]:
    """Reads what a column is made from: the field where it says something, else the constant."""
    if not source_field:
        return lambda record: constant
    read = getter(source_field)
    if constant is None:
        return read
    return lambda record: constant if (value := read(record)) is None or value == "" else value


def _converter(target: str, notes: Notes, now: datetime, spec: ImportSpec) -> Callable[[Any], Any]:
    """How a value of the file becomes a value of this column."""
    if target not in REPEATING:
        return _fresh_converter(target, notes, now, spec)
    own: Notes = Notes()
    convert = _fresh_converter(target, own, now, spec)
    known: dict[str, tuple[Any, Notes | None]] = {}

    def remembered(value: Any) -> Any:
        is_text = type(value) is str
        if is_text and (before := known.get(value)) is not None:
            made, noted = before
        else:
            made, noted = convert(value), own.copy() if own else None
            own.clear()
            if is_text and len(value) <= REMEMBERED_LENGTH and len(known) < REMEMBERED:
                known[value] = made, noted
        if noted:
            notes.update(noted)
        return made

    return remembered


def _fresh_converter(target: str, notes: Notes, now: datetime, spec: ImportSpec) -> Callable[[Any], Any]:
    if target in METRICS or target == "creator_followers":
        return lambda value: _count(value, target, notes, spec.decimal)
    texts = {"title": 500, "language": 20, "creator_name": 300, "sound": 300}
    if target in texts:
        return lambda value: values.line(value, target, notes, limit=texts[target])
    others: dict[str, Callable[[Any], Any]] = {
        "description": lambda value: values.text(value, target, notes),
        "creator_id": values.optional_identifier,
        "creator_handle": values.handle,
        "url": values.address,
        "cover_url": values.address,
        "linked_url": values.address,
        "upvote_ratio": lambda value: values.number(
            forms.plain_fraction(value, spec.decimal), target, notes, maximum=1
        ),
        "hashtags": lambda value: _hashtags(value, notes),
        # a length of 0 is what exports write for what has no length
        "duration_seconds": lambda value: values.number(forms.plain_length(value, spec.decimal), target, notes) or None,
        "posted_at": lambda value: _posted_at(value, notes, now, spec.dates),
        "list_rank": lambda value: _rank(value, notes, spec.decimal),
        "is_sponsored": values.flag,
        "is_over_18": values.flag,
    }
    return others[target]


def observation_time(value: Any, *, now: datetime, dates: str = "") -> datetime:
    """When a row was observed (UTC): a time as it is, a day as its noon. `dates` says how dates are written. Raises
    BadValue where it says nothing, is not a time, or lies before 2005 or on a day that has not begun at `now`."""
    moment: datetime | date | None
    if isinstance(value, datetime | date):
        moment = value
    elif isinstance(value, str):
        return _observed_in(value.strip(), now, dates)
    elif forms.is_serial(value):
        moment = forms.written_time(str(value), "", now)
    else:
        moment = values.when(value, "measured_at", Notes(), now=now)
    return _observed(moment, value, now)


@lru_cache(maxsize=4096)
def _observed_in(text: str, now: datetime, dates: str) -> datetime:
    return _observed(_time_in(text, now, dates), text, now)


def _observed(moment: datetime | date | None, value: Any, now: datetime) -> datetime:
    if moment is None:
        raise BadValue(f"measured_at is {as_text(value)[:40]}, no time or day of observation.")
    if isinstance(moment, datetime):
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    else:
        moment = datetime.combine(moment, NOON)
    if moment < values.EARLIEST:
        raise BadValue(f"measured_at is {moment.isoformat()}, which is before 2005.")
    if moment.date() > now.astimezone(UTC).date():
        raise BadValue(f"measured_at is {moment.isoformat()}: in the future, that day has not begun (UTC).")
    return moment


def _time_in(text: str, now: datetime, dates: str) -> datetime | date | None:
    parts: tuple[str, str, str] | None = None
    if "%" in dates:
        return forms.written_time(text, dates, now)
    if day := _DAY.fullmatch(text):
        parts = day.groups()  # type: ignore[assignment]
    elif not dates and (kaggle := _KAGGLE_DAY.fullmatch(text)):
        # Kaggle's trending_date is YY.DD.MM
        parts = (f"20{kaggle[1]}", kaggle[3], kaggle[2])
    if parts is None:
        try:
            written = forms.written_time(text, dates, now)
        except BadValue as error:
            raise BadValue(f"measured_at is {error}") from None
        return written or values.when(text, "measured_at", Notes(), now=now + _ONE_DAY)
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def _posted_at(value: Any, notes: Notes, now: datetime, dates: str) -> datetime | None:
    text = value.strip() if isinstance(value, str) else ""
    # most files write ISO
    if text and ("%" in dates or text[4:5] != "-" or text[7:8] != "-"):
        try:
            written = forms.written_time(text[:60], dates, now)
        except BadValue as error:
            notes[f"posted_at is not known: {error}"] += 1
            return None
        if written is not None:
            value = written.isoformat()
    elif forms.is_serial(value):
        value = forms.written_time(str(value), "", now).isoformat()  # type: ignore[union-attr]
    return values.when(value, "posted_at", notes, now=now)


def as_text(record: Any) -> str:
    """A record as text for the report, cut to 2,000 characters."""
    if isinstance(record, Unreadable):
        return record.raw[:RAW_LIMIT]
    try:
        return json.dumps(record, ensure_ascii=False, default=str)[:RAW_LIMIT]
    except (ValueError, RecursionError):
        return f"{type(record).__name__} that cannot be written as JSON"


def getter(source_field: str) -> Callable[[Mapping[str, Any]], Any]:
    """Reads `name`, `outer/inner` (as one name or nested), or the first of `one|other` that says something."""
    if "|" in source_field:
        choices = [getter(part) for part in source_field.split("|")]
        return lambda record: next((v for choice in choices if (v := choice(record)) not in (None, "")), None)
    if "/" not in source_field:
        return lambda record: record.get(source_field)
    path = tuple(int(step) if step.isdecimal() else step for step in source_field.split("/"))
    return lambda record: record[source_field] if source_field in record else values.dig(record, *path)


def _count(value: Any, name: str, notes: Notes, decimal: str) -> int | None:
    # nearly every count of a file is a short run of digits; the strict reader is 5 times slower and says the same
    if type(value) is str and 0 < len(value) <= 18 and value.isascii() and value.isdigit():
        return int(value)
    return values.count(forms.plain_number(value, name, decimal), name, notes)


def _platform(value: Any) -> Platform:
    platform = platform_named(value) or _platform_in(str(value))
    if platform is None:
        shown = values.line(str(value), "platform", Notes(), limit=40)
        raise BadValue(f"platform is {shown}, not one of {', '.join(NAMES)}.")
    return platform


def _platform_in(text: str) -> Platform | None:
    """The one platform that the words name ("YouTube Shorts", "X (formerly Twitter)", "tik tok"); None for several."""
    words = re.findall(r"\w+", text[:60])
    named = {known.name: known for word in [*words, "".join(words)] if (known := platform_named(word))}
    return next(iter(named.values())) if len(named) == 1 else None


def _external_id(value: Any, platform: Platform) -> str:
    """The id, also where the file has the item's address in its place. Raises BadValue naming what is not an id."""
    # an apostrophe is a spreadsheet's guard against formulas: no id has one
    text = values.identifier(value, "external_id").removeprefix("'")
    if text.casefold() in forms.NOTHING:
        raise BadValue("It has no external_id.")
    # marks of byte order and of direction come with pasted and joined texts
    if item_id := platform.item_id(text) or platform.item_id(without_invisible(text)):
        return item_id
    shown = text[:80]
    if _SPREADSHEET.fullmatch(text):
        raise BadValue(f"external_id is {shown}: a spreadsheet has destroyed the id; export the file again as text.")
    if _DESTROYED.fullmatch(text):
        raise BadValue(
            f"external_id is {shown}: it went through a number with decimals, which changes the last digits of long "
            "ids; export the file again with ids as text."
        )
    if "://" in text:
        raise BadValue(f"external_id is {shown}, which is not the address of an item of {platform.label}.")
    raise BadValue(f"external_id is {shown}, which is not an id of {platform.label}: {platform.id_words}.")


def _rank(value: Any, notes: Notes, decimal: str) -> int | None:
    rank = _count(value, "list_rank", notes, decimal)
    return rank if rank is not None and 1 <= rank < 2**31 else None


def _kind(value: Any, platform: Platform, notes: Notes) -> str:
    usual = platform.kind
    if value is None or value == "":
        return usual
    if (is_slideshow := values.flag(value)) is not None:
        return "slideshow" if is_slideshow else usual
    if value in _KINDS:
        return str(value)
    notes[f"kind is not one of {', '.join(_KINDS)}: taken as {usual}."] += 1
    return usual


def _hashtags(value: Any, notes: Notes) -> list[str] | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = forms.listed(value[: values.TEXT_LIMIT])
    if isinstance(value, list):
        parts = [item.get("name", item.get("text")) if isinstance(item, Mapping) else item for item in value[:1000]]
    else:
        notes["hashtags is neither a list nor text: left out."] += 1
        return None
    return values.hashtags(parts, notes)
