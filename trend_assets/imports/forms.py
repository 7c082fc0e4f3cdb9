"""How values of a user's file are written: decimal sign, order of day and month, lists in one cell. Pure.

A form is declared by an option, or found in a sample where every value allows only one; a value whose form is not
known is unknown, never guessed. What any provider writes is read by `sources/values.py`.
"""

import ast
import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from trend_assets.imports.spec import ImportRefused
from trend_assets.sources.values import BadNumber, BadValue, Notes, duration_seconds
from trend_assets.text import plain_form

ORDERS = ("day-first", "month-first", "year-first")
DECIMALS = {"point": ".", "comma": ",", ".": ".", ",": ","}

_WHOLE = re.compile(r"(\d{1,15})(?:\.0*)?")
# three digits behind a point can be a group of a thousand, unless the sign is declared
_AMBIGUOUS = re.compile(r"\d{1,3}\.0{3}")
_FRACTION = re.compile(r"\d+\.\d+")
_GROUPED = {"." : re.compile(r"\d{1,3}(?:[,  ’']\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"),
            ",": re.compile(r"\d{1,3}(?:[.  ’']\d{3})+(?:,\d+)?|\d+(?:,\d+)?")}  # fmt: skip
# what only one decimal sign explains: a sign that comes once and is not followed by exactly three digits, or both signs
_ONLY = {".": re.compile(r"\d+\.(?:\d{1,2}|\d{4,})|\d{1,3}(?:,\d{3})+\.\d+|\d{4,}\.\d+"),
         ",": re.compile(r"\d+,(?:\d{1,2}|\d{4,})|\d{1,3}(?:\.\d{3})+,\d+|\d{4,},\d+")}  # fmt: skip

# how programs write what is not there
NOTHING = frozenset({"nan", "<na>", "nat", "null", "none", "n/a", "na", "#n/a", "undefined"})

_CLOCK = (
    r"(?:[,T ]+(?:(?:à|at|um|alle(?: ore)?|a las?|às) )?(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:\.\d{1,9})?)?"
    r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?(?: ?(?:UTC|GMT|Z|\+00:?00|Uhr|h))?)?"
)
_NUMERIC = re.compile(rf"(?P<a>\d{{1,4}})(?P<sign>[./-])(?P<b>\d{{1,2}})(?P=sign)(?P<c>\d{{1,4}}){_CLOCK}")
_NAME = r"(?P<name>[^\W\d_]{3,10})\.?"
_MONTH_FIRST = re.compile(rf"(?:[^\W\d_]{{3,9}}, )?{_NAME} (?P<d>\d{{1,2}})(?:,? (?P<y>\d{{4}}))?{_CLOCK}")
_DAY_FIRST = re.compile(
    rf"(?:[^\W\d_]{{3,10}},? )?(?P<d>\d{{1,2}})\.?[ -](?:de )?{_NAME}"
    rf"(?:,?(?: de)?[ -](?P<y>\d{{4}}|(?<=-)\d{{2}}))?{_CLOCK}"
)
_EAST = re.compile(r"(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janner ene enero janvier janv gennaio gen janeiro januari",
            "february feb februar febrero fevrier fevr febbraio fevereiro fev februari",
            "march mar marz mrz marzo mars marco maart mrt",
            "april apr abril abr avril avr aprile",
            "may mai mayo maggio mag maio mei",
            "june jun juni junio juin giugno giu junho",
            "july jul juli julio juillet juil luglio lug julho",
            "august aug agosto ago aout augustus",
            "september sep sept septiembre setiembre septembre settembre set setembro",
            "october oct oktober okt octubre octobre ottobre ott outubro out",
            "november nov noviembre novembre novembro",
            "december dec dezember dez diciembre dic decembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
"""English, German, Spanish, French, Italian, Portuguese and Dutch, without accents."""
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
# days since 30 December 1899, as spreadsheets count; 38353 is 1 January 2005, before which nothing here was posted
_SERIAL_ZERO, _SERIAL_FIRST, _SERIAL_LAST = datetime(1899, 12, 30, tzinfo=UTC), 38353, 73050


def declared(*, decimal: str, dates: str) -> tuple[str, str]:
    """The options --decimal and --date-format as they are kept. Raises ImportRefused naming what is allowed."""
    if decimal and decimal not in DECIMALS:
        raise ImportRefused(f"--decimal {decimal}: write point or comma.")
    if dates and dates not in ORDERS:
        if "%" not in dates:
            raise ImportRefused(
                f"--date-format {dates}: write {', '.join(ORDERS)}, or a pattern like %d.%m.%Y (Python's strptime)."
            )
        try:
            datetime.strptime(datetime(2026, 1, 31, 1, 2, 3, tzinfo=UTC).strftime(dates), dates)  # noqa: DTZ007
        except ValueError as error:
            raise ImportRefused(f"--date-format {dates} is not a pattern for dates ({error}).") from None
    return DECIMALS.get(decimal, ""), dates


def decimal_in(values: Iterable[Any]) -> str:
    """The decimal sign that a sample of numbers allows; '' when it says nothing, or both."""
    texts = [value.strip() for value in values if isinstance(value, str)]
    signs = {sign for sign, only in _ONLY.items() if any(only.fullmatch(text) for text in texts)}
    return signs.pop() if len(signs) == 1 else ""


def order_in(values: Iterable[Any]) -> str:
    """The order of day and month that a sample of dates allows; '' when it says nothing, or both."""
    orders = set()
    for value in values:
        match = _NUMERIC.fullmatch(value.strip()) if isinstance(value, str) else None
        if match and len(match["c"]) == 4 and (order := _order_of(match)):
            orders.add(order)
    return orders.pop() if len(orders) == 1 else ""


def plain_number(value: Any, name: str, decimal: str) -> Any:
    """A number's text without its grouping signs and with a point, whole where it is whole ("100.0" is 100); anything
    else as it is. Raises BadNumber for a fraction where a declared sign says that it is one."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.casefold() in NOTHING:
        return None
    if decimal and _GROUPED[decimal].fullmatch(text):
        text = re.sub(r"[^\d.]", "", text if decimal == "." else text.replace(".", "").replace(",", "."))
        if not _WHOLE.fullmatch(text) and _FRACTION.fullmatch(text):
            raise BadNumber(f"{name} is {value.strip()[:40]}, not a whole number.")
    whole = None if not decimal and _AMBIGUOUS.fullmatch(text) else _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def plain_fraction(value: Any, decimal: str) -> Any:
    """Like `plain_number`, for columns that hold fractions."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.casefold() in NOTHING:
        return None
    if decimal == "," and _GROUPED[","].fullmatch(text):
        return re.sub(r"[^\d.]", "", text.replace(".", "").replace(",", "."))
    return text


def plain_length(value: Any, decimal: str) -> Any:
    """Like `plain_fraction`, for lengths as clocks write them ("1:05", "0:01:05.5") and as ISO 8601 does ("PT1M5S")."""
    text = plain_fraction(value, decimal)
    if not isinstance(text, str):
        return text
    clock = re.fullmatch(r"(?:(\d{1,3}):(?=[0-5]?\d:))?(\d{1,3}):([0-5]\d(?:\.\d{1,6})?)", text)
    if clock:
        return (int(clock[1] or 0) * 60 + int(clock[2])) * 60 + float(clock[3])
    return duration_seconds(text, "duration_seconds", Notes()) if text.startswith("P") else text


def is_serial(value: Any) -> bool:
    """Whether a number or its text can be a spreadsheet's day."""
    if isinstance(value, str):
        return bool(_SERIAL.fullmatch(value)) and is_serial(float(value))
    return isinstance(value, int | float) and not isinstance(value, bool) and _SERIAL_FIRST <= value <= _SERIAL_LAST


@lru_cache(maxsize=4096)
def written_time(text: str, dates: str, now: datetime) -> datetime | date | None:
    """The time or day that `text` writes in another form than ISO, None where it writes none. A date without a year is
    the latest such day that is not after `now`. Raises BadValue where day and month cannot be told apart."""
    if "%" in dates:
        return _by_pattern(text, dates, now)
    # newer programs write a narrow blank before AM, and marks of direction
    text = plain_form(text)
    if is_serial(text):
        moment = _SERIAL_ZERO + timedelta(days=float(text))
        return moment if "." in text and float(text) % 1 else moment.date()
    if numeric := _NUMERIC.fullmatch(text):
        return _numeric(numeric, dates, now)
    if east := _EAST.fullmatch(text):
        text = f"{east[1]}-{int(east[2]):02d}-{int(east[3]):02d}"
        return _numeric(numeric, dates, now) if (numeric := _NUMERIC.fullmatch(text)) else None
    named = _MONTH_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    if named is None or (month := _MONTHS.get(_bare(named["name"]))) is None:
        return None
    year = _year(named["y"]) if named["y"] else _year_before(now, month, int(named["d"]))
    return _made(named, year, month, int(named["d"]))


def _by_pattern(text: str, pattern: str, now: datetime) -> datetime | date | None:
    has_year = any(mark in pattern for mark in ("%Y", "%y", "%c", "%x", "%G"))
    try:
        # a leap year stands in, so that 29 February is a day
        moment = datetime.strptime(text if has_year else f"2024 {text}", pattern if has_year else f"%Y {pattern}")  # noqa: DTZ007
        if not has_year:
            moment = moment.replace(year=_year_before(now, moment.month, moment.day))
    except ValueError:
        return None
    if not any(mark in pattern for mark in ("%H", "%I", "%c", "%X")):
        return moment.date()
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _numeric(match: re.Match[str], dates: str, now: datetime) -> datetime | date | None:
    a, b, c = match["a"], int(match["b"]), match["c"]
    if len(a) == 4 or dates == "year-first":
        return _made(match, _year(a), b, int(c)) if len(c) <= 2 else None
    if len(a) > 2 or len(c) not in (2, 4) or (len(c) == 2 and not dates):
        return None
    order = dates or _order_of(match)
    if not order and int(a) != b:
        raise BadValue(f"{match[0][:40]} can be two days; give --date-format day-first or --date-format month-first.")
    day, month = (b, int(a)) if order == "month-first" else (int(a), b)
    return _made(match, _year(c), month, day)


def _bare(name: str) -> str:
    """A month's name in lower case without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if sign.isalpha())


def _order_of(match: re.Match[str]) -> str:
    if len(match["a"]) == 4:
        return ""
    # 20.11.2026: nobody writes the month first with points
    if match["sign"] == "." or int(match["a"]) > 12:
        return "day-first"
    return "month-first" if int(match["b"]) > 12 else ""


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) <= 2 else 0)


def _year_before(now: datetime, month: int, day: int) -> int:
    return now.year if (month, day) <= (now.month, now.day) else now.year - 1


def _made(match: re.Match[str], year: int, month: int, day: int) -> datetime | date | None:
    try:
        day_of_year = date(year, month, day)
        if match["h"] is None:
            return day_of_year
        hour = int(match["h"])
        if match["half"]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
        return datetime.combine(day_of_year, time(hour, int(match["mi"]), int(match["s"] or 0), tzinfo=UTC))
    except ValueError:
        return None


def listed(text: str) -> list[Any] | None:
    """The items of a list in one cell: JSON, Python's way of writing one, `#a#b`, `a|b`, `a, b`; [] for "[none]"."""
    bare = text.strip()
    if "|" in bare and bare[0] not in "[#＃":
        return [part.strip().strip("\"'") for part in bare.split("|")]
    if bare.lower() in ("[none]", "[]", "none"):
        return []
    if bare.startswith("[") and bare.endswith("]"):
        for read in (json.loads, ast.literal_eval):
            try:
                items = read(bare)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
            if isinstance(items, list):
                return items
        bare = bare[1:-1]
    if "|" not in bare and re.match(r"[#＃]", bare):
        return re.findall(r"[#＃]([^#＃\s,;|]+)", bare)
    separator = next((sign for sign in "|,;" if sign in bare), None)
    return [part.strip().strip("\"'") for part in bare.split(separator)]
