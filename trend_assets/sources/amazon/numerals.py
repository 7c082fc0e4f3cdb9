"""Numbers that come as text for people: amounts, prices, percentages. The whole text is understood, or it is unknown.

A numeral with one mark and three digits behind it ("1.500") reads differently in Berlin and Boston: which it is follows
from the shop's address or the currency, and where neither tells it is unknown, never guessed. Counts, whose marks can
only be groups, are read in `values.py`.
"""

import re
from typing import Literal

from trend_assets.text import plain_form

Mark = Literal[".", ",", ""]
"""What stands before the decimals; empty where nobody knows."""

_LONGEST = 60
_NUMERAL = r"\d[\d.,'’ ]{0,29}"
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:([.,'’ ])\d{3})(?:\1\d{3})*(?:([.,])(\d{1,3}))?")
_INDIAN = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}(?:\.(\d{1,2}))?")
_SIMPLE = re.compile(r"\d{1,15}(?:([.,])(\d{1,3}))?")

# what shops write for a currency, by what can be mistaken for nothing else
_SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₺": "TRY", "₫": "VND", "₽": "RUB", "₴": "UAH", "฿": "THB",
    "₱": "PHP",
    "₪": "ILS", "₦": "NGN", "₡": "CRC", "₲": "PYG", "₸": "KZT", "₵": "GHS", "zł": "PLN", "Kč": "CZK", "Ft": "HUF",
    "TL": "TRY", "Rp": "IDR", "RM": "MYR", "Fr.": "CHF", "Rs": "INR", "Rs.": "INR", "lei": "RON", "лв": "BGN",
    "R$": "BRL", "US$": "USD", "U$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "CDN$": "CAD",
    "S$": "SGD", "SG$": "SGD", "MX$": "MXN", "Mex$": "MXN", "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD", "CN¥": "CNY",
    "JP¥": "JPY",
    "元": "CNY", "円": "JPY", "원": "KRW",
}  # fmt: skip
_CODES = frozenset(
    """
    AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNY COP CRC CZK DKK EGP EUR GBP GHS HKD HUF IDR ILS INR IQD ISK JOD
    JPY KES KRW KWD KZT LKR LYD MAD MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RSD RUB SAR SEK SGD THB
    TND TRY TWD UAH USD UYU VND ZAR
    """.split()  # noqa: SIM905 -- a code per line or in quotes would be harder to read
)
# signs that several currencies share: whose it is says the shop
_SHARED = {"$": "USD CAD AUD MXN SGD NZD HKD TWD", "¥": "JPY CNY", "kr": "SEK NOK DKK ISK", "kr.": "DKK", "R": "ZAR"}
_SHOPS: dict[str, tuple[str, Mark]] = {
    "com": ("USD", "."), "ca": ("CAD", "."), "com.mx": ("MXN", "."), "com.br": ("BRL", ","), "co.uk": ("GBP", "."),
    "ie": ("EUR", "."), "de": ("EUR", ","), "fr": ("EUR", ","), "it": ("EUR", ","), "es": ("EUR", ","),
    "nl": ("EUR", ","),
    "com.be": ("EUR", ","), "se": ("SEK", ","), "pl": ("PLN", ","), "com.tr": ("TRY", ","), "ae": ("AED", "."),
    "sa": ("SAR", "."), "eg": ("EGP", "."), "in": ("INR", "."), "sg": ("SGD", "."), "com.au": ("AUD", "."),
    "co.jp": ("JPY", "."), "cn": ("CNY", "."), "co.za": ("ZAR", "."),
}  # fmt: skip
_POINT = frozenset(
    """
    USD GBP AUD SGD MXN NZD HKD TWD INR JPY CNY KRW THB PHP MYR ILS AED SAR EGP NGN PKR LKR BDT
    """.split()  # noqa: SIM905 -- a code per line or in quotes would be harder to read
)
_COMMA = frozenset(
    """
    BRL TRY PLN SEK DKK NOK ISK CZK HUF RON RUB UAH VND IDR ARS CLP COP PYG
    """.split()  # noqa: SIM905 -- a code per line or in quotes would be harder to read
)
_THREE_DECIMALS = frozenset(
    """
    KWD BHD OMR JOD TND IQD LYD
    """.split()  # noqa: SIM905 -- a code per line or in quotes would be harder to read
)

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
    if found := _GROUPS.fullmatch(text):
        group, point, decimals = found.groups()
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
    if found := _SIMPLE.fullmatch(text):
        point, decimals = found.groups()
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
        if shop_currency in shared.split():
            return shop_currency
        return shared if len(shared) == 3 else None
    return None


def price(text: str, *, host: str = "", currency: str | None = None) -> tuple[float, str | None] | None:
    """Amount and currency (ISO code) of a price as shown; None where anything in it is not understood.

    "$25.12 - $111.83" keeps the lower end. `currency` is one that was said beside it."""
    if len(text) > _LONGEST:
        return None
    shown = plain_form(text)
    ends = [
        _amount(part, host=host, said=currency) for part in _RANGE.split(re.sub(r"[.,][-–—]{1,2}(?!\d)", "", shown))
    ]
    if not 1 <= len(ends) <= 2 or None in ends:
        return None
    amounts = [end for end in ends if end is not None]
    low, high = amounts[0], amounts[-1]
    if low[0] > high[0] or (low[1] and high[1] and low[1] != high[1]):
        return None
    code = low[1] or high[1]
    return low[0], None if code in _SHARED else code


def _amount(text: str, *, host: str, said: str | None) -> tuple[float, str | None] | None:
    """Amount and currency of one end; the sign itself where nobody says whose it is."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    shop_currency, mark = shop_of(host)
    written = found["numeral"].strip()
    known: set[str] = set()
    for sign in filter(None, (found["before"], found["after"], said)):
        if (code := currency_code(sign, shop_currency=shop_currency) or (sign if sign in _SHARED else None)) is None:
            return None
        known.add(code)
    if len(known) > 1:
        # "$" beside "USD" is the dollar of the States, beside "EUR" it is a riddle
        known -= {sign for sign in known if sign in _SHARED and known & set(_SHARED[sign].split())}
    if len(known) > 1:
        return None
    currency = next(iter(known), None)
    if currency in _THREE_DECIMALS and re.fullmatch(r"\d{1,9}\.\d{3}", written):
        return float(written), currency
    amount = numeral(written, "" if currency in _THREE_DECIMALS else mark or _mark_of(currency))
    return None if amount is None else (amount, currency)


def _mark_of(currency: str | None) -> Mark:
    if currency in _POINT or currency == "$":
        return "."
    return "," if currency in _COMMA else ""


def percent(text: str, *, host: str = "") -> float | None:
    """ "+1,234 %" as 1234.0; None where anything in it is not understood."""
    if len(text) > _LONGEST:
        return None
    found = _PERCENT.fullmatch(plain_form(text))
    if found is None:
        return None
    amount = numeral(found["numeral"].strip(), shop_of(host)[1])
    return None if amount is None else -amount if found["sign"] in ("-", "−") else amount
