"""Strict readers of single values from outside: counts, times, durations, ids, texts, hashtags, addresses.

Three outcomes, and never a guess: the value; None for "unknown" (with a word in `notes` when something stood there that
we could not take); BadValue when the item as a whole cannot be trusted and belongs into quarantine. `notes` counts
oddities of one answer by sentence, so that a list of 1,000 items leaves a few notes, not thousands.
Which field holds what is the parsers' business.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from trend_assets.sources.redact import redact
from trend_assets.text import (
    clean_text,
    cut,
    display_text,
    is_blank,
    named_hashtag,
    plain_form,
    read_entities,
    without_invisible,
)
from trend_assets.text import hashtags_in as tags_in

Notes = Counter[str]

BIGINT_MAX = 2**63 - 1
TEXT_LIMIT = 20_000
HASHTAG_LIMIT = 100
LONGEST_NAME = 1_000
ID_LIMIT = 128
URL_LIMIT = 2_000
EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
"""No platform here is older than YouTube (2005); an earlier time is a zero or another unit."""
FUTURE_TOLERANCE = timedelta(hours=24)

_DASHES = frozenset({"", "-", "–", "—", "―", "n/a", "na", "null", "none"})
_PLAIN = re.compile(r"\d{1,19}")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([,. '’])\d{3})(?:\1\d{3})*")
_INDIAN = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}")
_SUFFIXED = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?\s*([^\W\d_]{1,6})\.?\+?")
_SUFFIXES = {
    "k": 10**3, "m": 10**6, "mn": 10**6, "mio": 10**6, "b": 10**9, "bn": 10**9, "tsd": 10**3, "mrd": 10**9,
    "mln": 10**6, "mld": 10**9, "md": 10**9, "rb": 10**3, "jt": 10**6, "тыс": 10**3, "млн": 10**6, "млрд": 10**9,
    "lakh": 10**5, "lakhs": 10**5, "lac": 10**5, "crore": 10**7, "crores": 10**7, "cr": 10**7,
    "千": 10**3, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "천": 10**3, "만": 10**4, "억": 10**8,
}  # fmt: skip
_WHOLE = re.compile(r"(\d{1,19})\.0{1,2}")
"""What a program writes of a whole number that it kept as a fraction ("100.0")."""
_TURKISH_THOUSANDS = re.compile(r"\d+,\d+\s*b|\d+\s+b")
"""A B behind a decimal comma or a blank is a thousand in Turkish (bin), a billion in English: nobody knows which."""
_DECIMAL = re.compile(r"\d+[.,]\d+")
_ISO_DURATION = re.compile(
    r"P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:[.,]\d{1,9})?)S)?)?"
)
_SECONDS_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_LEGACY_TIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{4}) (\d{4})")
_EPOCH = re.compile(r"\d{9,19}(\.\d{1,9})?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class BadValue(ValueError):
    """The item cannot be trusted as a row: it goes into quarantine with this reason (a sentence)."""


class BadNumber(BadValue):
    """A number that no counter can hold: that item is set aside, the shape is as agreed."""


class ErrorRow(BadValue):
    """The item is the provider's own report of a failure inside a data set: set aside, but no change of shape."""


def dig(value: Any, *path: str | int) -> Any:
    """The value at a path of names and positions, None where any step is missing or of another type."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def _shown(value: Any) -> str:
    return redact(repr(value) if not isinstance(value, int | str) else str(value)[:80], limit=60)


def count(value: Any, name: str, notes: Notes, *, mark: str = "") -> int | None:
    """A non-negative whole number. Accepts "1,234", "12 345", "1.2M", "1.2万" (noted as approximate) and whole floats;
    None for missing, dashes, negative sentinels and words. Raises BadNumber for what claims to be a number and cannot
    be one: fractions, NaN, infinities, more than 2^63-1. `mark` is the decimal mark where the text was
    written: "1.234" is a whole number where that is a comma, and unknown where nobody knows."""
    if type(value) is int:
        return _ranged(value, name, notes)
    if value is None:
        return None
    if isinstance(value, float):
        if not math.isfinite(value) or not value.is_integer():
            raise BadNumber(f"{name} is {value!r}, not a whole number.")
        return _ranged(int(value), name, notes)
    if not isinstance(value, str):
        notes[f"{name} is {_kind(value)}, not a number: taken as unknown."] += 1
        return None
    return _count_in(value, name, notes, mark)


def _count_in(value: str, name: str, notes: Notes, mark: str) -> int | None:
    text = plain_form(value[:80]).lower()
    if text in _DASHES:
        if text:
            notes[f"{name} is {text!r}: taken as unknown."] += 1
        return None
    if text.startswith(("-", "−")) and _PLAIN.fullmatch(text[1:]):
        return _ranged(-int(text[1:]), name, notes)
    if _PLAIN.fullmatch(text):
        return _ranged(int(text), name, notes)
    if text.isdecimal() or text in {"nan", "inf", "+inf", "-inf", "infinity"}:
        raise BadNumber(f"{name} is {_shown(value)!r}, which no counter can hold.")
    grouped = _GROUPED.fullmatch(text)
    if grouped and (grouped[1] != "." or text.count(".") > 1 or mark == ","):
        return _ranged(int(re.sub(r"\D", "", text)), name, notes)
    if _INDIAN.fullmatch(text):
        return _ranged(int(text.replace(",", "")), name, notes)
    if whole := _WHOLE.fullmatch(text):
        return _ranged(int(whole[1]), name, notes)
    suffixed = _SUFFIXED.fullmatch(text)
    if suffixed and suffixed[3] in _SUFFIXES and not _TURKISH_THOUSANDS.fullmatch(text):
        digits = suffixed[2] or ""
        exact = int(suffixed[1] + digits) * _SUFFIXES[suffixed[3]] // 10 ** len(digits)
        notes[f"{name} is shortened (like {_shown(value)!r}): approximate."] += 1
        return _ranged(exact, name, notes)
    if _DECIMAL.fullmatch(text) and not grouped:
        raise BadNumber(f"{name} is {_shown(value)!r}, not a whole number.")
    notes[f"{name} is {_shown(value)!r}: not a number, taken as unknown."] += 1
    return None


def _ranged(number: int, name: str, notes: Notes) -> int | None:
    if 0 <= number <= BIGINT_MAX:
        return number
    if number < 0:
        notes[f"{name} is negative, a mark for hidden or unknown: taken as unknown."] += 1
        return None
    raise BadNumber(f"{name} is {str(number)[:40]}, beyond the largest counter (2^63-1).")


def _kind(value: Any) -> str:
    return {bool: "true or false", list: "a list", dict: "an object"}.get(type(value), f"a {type(value).__name__}")


def number(value: Any, name: str, notes: Notes, *, minimum: float = 0.0, maximum: float = math.inf) -> float | None:
    """A finite number between `minimum` and `maximum`, from a number or plain digits; None (noted) otherwise."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= 40:
        try:
            value = _written_number(value.strip())
        except ValueError:
            value = None
    if not isinstance(value, int | float) or isinstance(value, bool):
        notes[f"{name} is not a number: taken as unknown."] += 1
        return None
    try:
        amount = float(value)
    except OverflowError:
        amount = math.inf
    if not math.isfinite(amount) or not minimum <= amount <= maximum:
        notes[f"{name} is outside {minimum:g} to {maximum:g}: taken as unknown."] += 1
        return None
    return amount


def _written_number(text: str) -> float:
    """Plain digits, groups by comma, or one or two decimals behind a comma. Raises ValueError: Python's own reader
    takes "1_0" and the digits of all scripts."""
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", text, re.ASCII):
        return float(text.replace(",", ""))
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        return float(text)
    if re.fullmatch(r"[+-]?\d+,\d{1,2}", text, re.ASCII):
        return float(text.replace(",", "."))
    raise ValueError(text)


def when(value: Any, name: str, notes: Notes, *, now: datetime) -> datetime | None:
    """A time in UTC from seconds, milli-, micro- or nanoseconds (told apart by magnitude), ISO 8601 (no offset means
    UTC) or Twitter's old form; None (noted) when it is not between 2005 and `now` + 24 hours."""
    if value is None or value == "" or value is False:
        return None
    moment: datetime | None = None
    if isinstance(value, str):
        text = value.strip()
        moment = _from_epoch(float(text)) if _EPOCH.fullmatch(text) else _from_text(text)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        moment = _from_epoch(value)
    if moment is None or not EARLIEST <= moment <= now + FUTURE_TOLERANCE:
        notes[f"{name} is not a time between 2005 and now: taken as unknown."] += 1
        return None
    return moment


def _from_epoch(value: float) -> datetime | None:
    for limit, unit in ((1e11, 1), (1e14, 10**3), (1e17, 10**6), (1e20, 10**9)):
        if 0 <= value < limit:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value * 10**6 / unit)
    return None


def _from_text(text: str) -> datetime | None:
    if legacy := _LEGACY_TIME.fullmatch(text):
        month, day, hour, minute, second, offset, year = legacy.groups()
        if month not in _MONTHS:
            return None
        number_of_month = _MONTHS.index(month) + 1
        text = f"{year}-{number_of_month:02d}-{int(day):02d}T{hour}:{minute}:{second}{offset}"
    if len(text) > 40:
        return None
    if text.endswith((" UTC", " GMT")):
        text = f"{text[:-4]}+00:00"
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def duration_seconds(value: Any, name: str, notes: Notes) -> float | None:
    """Seconds from ISO 8601 ("PT1M5S", "P1DT2H") or Google's "65s". "P0D" (live or upcoming) has no length: None."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= 40:
        if short := _SECONDS_DURATION.fullmatch(value):
            return float(short[1]) or None
        parts = _ISO_DURATION.fullmatch(value)
        if parts and any(part is not None for part in parts.groups()):
            weeks, days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in parts.groups())
            return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds or None
    notes[f"{name} is no ISO 8601 duration: taken as unknown."] += 1
    return None


def identifier(value: Any, name: str) -> str:
    """A platform's id as text. Raises BadValue when it is missing, has lost digits as a float, or is not an id."""
    if isinstance(value, bool) or value is None or value == "" or isinstance(value, dict | list):
        raise BadValue(f"It has no {name}.")
    if isinstance(value, float):
        raise BadValue(f"{name} is a fraction ({value!r}): digits of the id are lost.")
    text = str(value) if isinstance(value, str) or abs(value) <= 10**ID_LIMIT else ""
    text = text.strip()
    if not text or len(text) > ID_LIMIT or _SPACE_OR_CONTROL.search(text) or is_blank(text):
        raise BadValue(f"{name} is not an id.")
    return text


def optional_identifier(value: Any) -> str | None:
    """`identifier`, None where there is none."""
    try:
        return identifier(value, "id")
    except BadValue:
        return None


def handle(value: Any) -> str | None:
    """A handle without @, None where there is none."""
    name = optional_identifier(
        without_invisible(value[:LONGEST_NAME]).strip().lstrip("@") if isinstance(value, str) else value
    )
    return name or None


def text(value: Any, name: str, notes: Notes, *, limit: int = TEXT_LIMIT, unescape: bool = False) -> str | None:
    """Cleaned text of at most `limit` characters (the cut is noted); None where there is none. `unescape` for
    providers that send HTML entities."""
    if not isinstance(value, str):
        if value is not None and value != []:
            notes[f"{name} is {_kind(value)}, not text: left out."] += 1
        return None
    # entities are at most a few times longer than what they stand for; the bound keeps a megabyte cheap
    kept = value[: limit * 8]
    if unescape:
        kept = read_entities(kept)
    cleaned = clean_text(kept)
    if cleaned != kept:
        notes[f"{name} has characters that nothing can hold: cleaned."] += 1
    kept = cleaned.strip()
    if len(kept) > limit or len(value) > limit * 8:
        notes[f"{name} is longer than {limit:,} characters: cut."] += 1
        kept = cut(kept, limit)
    return None if is_blank(kept) else kept


def line(value: Any, name: str, notes: Notes, *, limit: int = 300, unescape: bool = False) -> str | None:
    """`text` on one line, white space folded, without bidi overrides: names and titles."""
    kept = text(value, name, notes, limit=limit, unescape=unescape)
    return (display_text(kept) or None) if kept else None


def hashtags(values: Iterable[Any], notes: Notes) -> list[str]:
    """What a provider names as hashtags, as they are compared, in order, without repeats and blanks; at most 100.
    Search words and marks of machines are no hashtags: left out and noted."""
    return distinct(_named(values, notes), notes)


def _named(values: Iterable[Any], notes: Notes) -> Iterator[str]:
    for value in values:
        if not isinstance(value, str) or not (name := value[:LONGEST_NAME].strip()):
            continue
        if any(sign in name[1:] for sign in "#＃"):
            yield from tags_in(name)
        elif (tag := named_hashtag(name)) is not None:
            yield tag
        else:
            notes["A word named as a hashtag is none (white space, punctuation or no letter in it): left out."] += 1


def hashtags_in(*texts: Any, notes: Notes) -> list[str]:
    """The hashtags written in texts; what is not a text holds none."""
    written = (text[:TEXT_LIMIT] for text in texts if isinstance(text, str))
    return distinct((tag for text in written for tag in tags_in(text)), notes)


def distinct(tags: Iterable[str], notes: Notes) -> list[str]:
    """Hashtags in order, each once, at most 100."""
    kept: dict[str, None] = {}
    for tag in tags:
        if tag in kept:
            continue
        if len(kept) >= HASHTAG_LIMIT:
            notes[f"hashtags are more than {HASHTAG_LIMIT}: cut."] += 1
            break
        kept[tag] = None
    return list(kept)


def address(value: Any) -> str | None:
    """An http(s) address with a host, as said; None for anything else (javascript:, data:, relative, endless)."""
    if not isinstance(value, str) or not 8 <= len(value) <= URL_LIMIT:
        return None
    url = f"https:{value}" if value.startswith("//") else value.strip()
    if _SPACE_OR_CONTROL.search(url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in {"http", "https"} and parts.hostname and not parts.username else None
    except ValueError:
        return None


def addresses(values: Any) -> list[str]:
    """The usable addresses among the first twenty of a list, in order, without repeats."""
    if not isinstance(values, list):
        return []
    return list(dict.fromkeys(url for value in values[:20] if (url := address(value))))


def either(*marks: bool | None) -> bool | None:
    """True when any mark is set, False when those that are known are not, None when none is known."""
    known = [mark for mark in marks if mark is not None]
    return any(known) if known else None


def flag(value: Any) -> bool | None:
    """True or False from booleans, 0/1 and "true"/"false"; None otherwise."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str) and str(value)[:6].lower() in {"0", "1", "true", "false"}:
        return str(value).lower() in {"1", "true"}
    return None
