"""Numbers that come as text for people: amounts, prices, percentages. The whole text is understood, or it is unknown.

A numeral with one mark and three digits behind it ("1.500") reads differently in Berlin and Boston: which it is follows
from the shop's address or the currency, and where neither tells it is unknown, never guessed. Counts, whose marks can
only be groups, are read in `values.py`.
"""

import re
import tomllib
from pathlib import Path
from typing import Literal

from trend_assets.text import plain_form

Mark = Literal[".", ",", ""]
"""What stands before the decimals; empty where nobody knows."""

_LONGEST = 60
_NUMERAL = r"\d[\d.,'’ ]{0,29}"
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:([.,'’ ])\d{3})(?:\1\d{3})*(?:([.,])(\d{1,3}))?")
_INDIAN = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}(?:\.(\d{1,2}))?")
_SIMPLE = re.compile(r"\d{1,15}(?:([.,])(\d{1,3}))?")

_KNOWN = tomllib.loads(Path(__file__).with_name("currencies.toml").read_text(encoding="utf-8"))
_SIGNS: dict[str, str] = _KNOWN["signs"]
_SHARED: dict[str, list[str]] = _KNOWN["shared"]
_SHOPS: dict[str, tuple[str, Mark]] = {host: (currency, mark) for host, (currency, mark) in _KNOWN["shops"].items()}
_CODES, _THREE_DECIMALS = frozenset(_KNOWN["codes"]), frozenset(_KNOWN["three_decimals"])
_MARKS: dict[str, Mark] = dict.fromkeys(_KNOWN["comma"], ",") | dict.fromkeys(("$", *_KNOWN["point"]), ".")

_SIGN = r"[^\d\s.,/'’\-–—+%]{1,4}\.?"
_AMOUNT = re.compile(rf"(?P<before>{_SIGN})?\s*(?P<numeral>{_NUMERAL}?)\s*(?P<after>{_SIGN})?")
_RANGE = re.compile(r"\s*[-–—~]\s*")
_PERCENT = re.compile(rf"(?P<sign>[+\-−]?)\s*(?:%\s*)?(?P<numeral>{_NUMERAL}?)\s*%?")


def shop_of(host: str) -> tuple[str, Mark]:
    """Currency and decimal mark of an Amazon shop by its host; ("", "") for others."""
    return _SHOPS.get(host.lower().partition("amazon.")[2], ("", ""))


def numeral(text: str, mark: Mark = "") -> float | None:
    """The amount of a numeral whose decimals stand behind `mark`; None where it can be read in two ways or in none."""
    if _INDIAN.fullmatch(text):
        return float(text.replace(",", ""))
    if match := _GROUPS.fullmatch(text):
        group, point, decimals = match.groups()
        if point is None:
            several = text.count(group) > 1
            if group in ".," and not several and mark != ("," if group == "." else "."):
                return None
            return float(re.sub(r"\D", "", text))
        if point == group:
            return None
        # three decimals behind groups are no amount that anybody writes
        whole = re.sub(r"\D", "", text[: text.rindex(point)])
        return float(f"{whole}.{decimals}") if len(decimals) < 3 else None
    if match := _SIMPLE.fullmatch(text):
        point, decimals = match.groups()
        if point is None:
            return float(text)
        if len(decimals) < 3:
            return float(text.replace(",", "."))
    return None


def currency_code(sign: str, *, shop_currency: str = "") -> str | None:
    """The ISO code of a currency as written; None where it is none, or several share it and no shop says."""
    sign = plain_form(sign)
    if sign.upper() in _CODES:
        return sign.upper()
    if sign in _SIGNS:
        return _SIGNS[sign]
    if (shared := _SHARED.get(sign)) is not None:
        if shop_currency in shared:
            return shop_currency
        return shared[0] if len(shared) == 1 else None
    return None


def price(text: str, *, host: str = "", currency: str | None = None) -> tuple[float, str | None] | None:
    """Amount and currency (ISO code) of a price as shown; None where anything in it is not understood.

    "$25.12 - $111.83" keeps the lower end. `currency` is one that was said beside it."""
    if len(text) > _LONGEST:
        return None
    shown = plain_form(text)
    ends = [
        _amount(part, host=host, named=currency) for part in _RANGE.split(re.sub(r"[.,][-–—]{1,2}(?!\d)", "", shown))
    ]
    if not 1 <= len(ends) <= 2 or None in ends:
        return None
    amounts = [end for end in ends if end is not None]
    low, high = amounts[0], amounts[-1]
    if low[0] > high[0] or (low[1] and high[1] and low[1] != high[1]):
        return None
    code = low[1] or high[1]
    return low[0], None if code in _SHARED else code


def _amount(text: str, *, host: str, named: str | None) -> tuple[float, str | None] | None:
    """Amount and currency of one end; the sign itself where nobody says whose it is."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    shop_currency, mark = shop_of(host)
    written = match["numeral"].strip()
    known: set[str] = set()
    for sign in filter(None, (match["before"], match["after"], named)):
        if (code := currency_code(sign, shop_currency=shop_currency) or (sign if sign in _SHARED else None)) is None:
            return None
        known.add(code)
    if len(known) > 1:
        # "$" beside "USD" is the dollar of the States, beside "EUR" it is a riddle
        known -= {sign for sign in known if sign in _SHARED and known & set(_SHARED[sign])}
    if len(known) > 1:
        return None
    currency = next(iter(known), None)
    if currency in _THREE_DECIMALS and re.fullmatch(r"\d{1,9}\.\d{3}", written):
        return float(written), currency
    amount = numeral(written, "" if currency in _THREE_DECIMALS else mark or _MARKS.get(currency or "", ""))
    return None if amount is None else (amount, currency)


def percent(text: str, *, host: str = "") -> float | None:
    """ "+1,234 %" as 1234.0; None where anything in it is not understood."""
    if len(text) > _LONGEST:
        return None
    match = _PERCENT.fullmatch(plain_form(text))
    if match is None:
        return None
    amount = numeral(match["numeral"].strip(), shop_of(host)[1])
    return None if amount is None else -amount if match["sign"] in ("-", "−") else amount
