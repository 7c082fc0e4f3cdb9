"""A number that comes as text is understood whole or it is unknown: never a plausible wrong value."""

import pytest

from trend_assets.sources.amazon.numerals import currency_code, numeral, percent, price
from trend_assets.sources.posts import fullest, telling
from trend_assets.sources.values import BadNumber, Notes, count, duration_seconds, number


@pytest.mark.parametrize(
    ("shown", "host", "expected"),
    [
        ("₹1,23,456.00", "www.amazon.in", (123456.0, "INR")),
        ("1\u202f770,50 €", "www.amazon.fr", (1770.5, "EUR")),
        ("1\u00a0770,50\u00a0€", "", (1770.5, "EUR")),
        ("CHF 1’299.00", "", (1299.0, "CHF")),
        ("CHF 1'299.-", "", (1299.0, "CHF")),
        ("$1.5", "www.amazon.com", (1.5, "USD")),
        ("$1.5", "", (1.5, None)),
        ("$19.99", "www.amazon.ca", (19.99, "CAD")),
        ("$19.99", "www.amazon.com.au", (19.99, "AUD")),
        ("$25.12 - $111.83", "www.amazon.com", (25.12, "USD")),
        ("25,12 € – 111,83 €", "www.amazon.de", (25.12, "EUR")),
        ("KWD 1.500", "", (1.5, "KWD")),
        ("R$ 1.234,56", "www.amazon.com.br", (1234.56, "BRL")),
        ("R$ 1.500", "", (1500.0, "BRL")),
        ("A$19.99", "", (19.99, "AUD")),
        ("S$19.99", "", (19.99, "SGD")),
        ("MX$1,234.50", "", (1234.5, "MXN")),
        ("US$ 5", "", (5.0, "USD")),
        ("￥1,234", "www.amazon.co.jp", (1234.0, "JPY")),
        ("¥99.00", "www.amazon.cn", (99.0, "CNY")),
        ("₺1.234,50", "", (1234.5, "TRY")),
        ("1.234,50 TL", "", (1234.5, "TRY")),
        ("1.500.000 ₫", "", (1500000.0, "VND")),
        ("199 kr", "www.amazon.se", (199.0, "SEK")),
        ("1 299,00 zł", "www.amazon.pl", (1299.0, "PLN")),
        ("1.299 €", "www.amazon.de", (1299.0, "EUR")),
        ("€1,299", "www.amazon.ie", (1299.0, "EUR")),
        ("R 1 299.00", "", (1299.0, "ZAR")),
        ("AED 1,299.00", "www.amazon.ae", (1299.0, "AED")),
        ("\u200e$19.99\u200e", "www.amazon.com", (19.99, "USD")),
        ("19.99", "www.amazon.com", (19.99, None)),
        ("19.99", "", (19.99, None)),
        ("1,234.56 USD", "", (1234.56, "USD")),
        ("$0.99", "www.amazon.com", (0.99, "USD")),
    ],
)
def test_a_price_is_read_whole_with_its_currency(shown: str, host: str, expected: tuple[float, str | None]) -> None:
    assert price(shown, host=host) == expected


@pytest.mark.parametrize(
    ("shown", "host"),
    [
        ("5 offers from $19.99", "www.amazon.com"), ("from $19.99", ""), ("1.299 €", ""), ("€1,299", ""),
        ("$1.299", "www.amazon.com"), ("1,23,45.00", ""), ("1.2.3", ""), ("12,345,6", ""), ("$", ""), ("", ""),
        ("free", ""), ("$1 $2", ""), ("$19.99/oz", ""), ("2 for $5", ""), ("-$5", ""), ("$9 - $5", ""),
        ("$5 - €9", ""), ("XYZ 5", ""), ("5 pieces", ""), ("0,500", ""), ("1,234,567.891", ""), ("1 2", ""),
        ("$1e5", ""),
        ("5%", ""), ("$5 - $6 - $7", ""), ("KWD 1,500", ""), ("9" * 70, ""), ("1.0000", ""), ("EUR 5 USD", ""),
    ],
)  # fmt: skip
def test_a_price_that_is_not_wholly_understood_is_unknown(shown: str, host: str) -> None:
    assert price(shown, host=host) is None


def test_a_sign_that_several_currencies_share_is_none_without_a_shop() -> None:
    assert currency_code("$") is None
    assert currency_code("kr") is None
    assert currency_code("¥") is None
    assert currency_code("kr", shop_currency="SEK") == "SEK"
    assert currency_code("$", shop_currency="EUR") is None
    assert currency_code("usd") == "USD"
    assert currency_code("xyz") is None


@pytest.mark.parametrize(
    ("shown", "host", "expected"),
    [
        ("+1,234 %", "www.amazon.com", 1234.0), ("1.234 %", "www.amazon.de", 1234.0),
        ("1 234 %", "www.amazon.fr", 1234.0),
        ("12.5%", "", 12.5), ("12,5 %", "", 12.5), ("-5%", "", -5.0), ("−5 %", "", -5.0),
        ("%1.234", "www.amazon.com.tr", 1234.0),
        ("900", "", 900.0), ("1,234,567%", "", 1234567.0),
        ("1.234%", "www.amazon.com", None), ("1,234%", "", None), ("up 5%", "", None), ("5% off", "", None),
        ("%", "", None),
        ("5-6%", "", None), ("", "", None),
    ],
)  # fmt: skip
def test_a_percentage_is_read_whole_or_unknown(shown: str, host: str, expected: float | None) -> None:
    assert percent(shown, host=host) == expected


@pytest.mark.parametrize("text", ["1.500", "1,500", "0.1234", "1.23.456", "01,234", "1,234.567,8", "1 23", "", "."])
def test_a_numeral_with_two_readings_or_none_is_unknown(text: str) -> None:
    assert numeral(text) is None


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("12,3 Tsd.", 12_300), ("1,2 Mio.", 1_200_000), ("3 Mrd.", 3 * 10**9), ("3 lakh", 300_000),
     ("2.5 crore", 25_000_000),
     ("1.2K", 1_200), ("1.2万", 12_000), ("1,5 млн", 1_500_000), ("12 rb", 12_000), ("1.5K+", 1_500)],
)  # fmt: skip
def test_shortened_counts_of_many_languages_are_read_as_approximate(shown: str, expected: int) -> None:
    notes = Notes()
    assert count(shown, "views", notes) == expected
    assert notes


@pytest.mark.parametrize("shown", ["1,234K", "1.234M", "12K views", "K", "1 KB x", "3 parsecs", "1_000"])
def test_counts_that_are_not_wholly_understood_are_unknown_with_a_note(shown: str) -> None:
    notes = Notes()
    assert count(shown, "views", notes) is None
    assert notes


@pytest.mark.parametrize("shown", ["0,123", "01,234", "1.5", "1,50"])
def test_a_fraction_is_no_count(shown: str) -> None:
    with pytest.raises(BadNumber):
        count(shown, "views", Notes())


def test_a_point_groups_a_count_only_where_the_comma_is_the_decimal_mark() -> None:
    assert count("12.345", "reviews", Notes(), mark=",") == 12_345
    assert count("12.345", "reviews", Notes(), mark=".") is None
    assert count("12.345", "reviews", Notes()) is None


@pytest.mark.parametrize("shown", ["1_0", "٤.٥", "nan", "inf", "1,23,4", "0x10", "4.5 of 5", "1,2345"])
def test_other_numbers_are_plain_or_unknown(shown: str) -> None:
    notes = Notes()
    assert number(shown, "n", notes) is None
    assert notes


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("P1DT2H", 93_600.0), ("P1DT1S", 86_401.0), ("PT1,5S", 1.5), ("PT1M1S", 61.0), ("P1W", 604_800.0),
     ("PT90M", 5_400.0),
     ("P1M", None), ("P1Y", None), ("PT", None), ("P", None), ("PT1H30", None), ("PT1S1M", None),
     ("PT-5S", None), ("P0D", None)],
)  # fmt: skip
def test_a_duration_is_read_whole_or_unknown(shown: str, expected: float | None) -> None:
    assert duration_seconds(shown, "length", Notes()) == expected


def test_the_form_of_a_text_that_says_most_is_taken_whichever_field_holds_it() -> None:
    whole = "word " * 100 + "end"
    cut = "word " * 55 + "… https://t.co/abcDEF"
    assert fullest(cut, whole) == fullest(whole, cut) == whole
    assert fullest("", "short") == fullest("short", None) == fullest("\u200b", "short") == "short"
    assert fullest(None, "", " ", 5, {}) is None
    assert fullest("Tom &amp; Jerry are he…", "Tom & Jerry are here") == "Tom & Jerry are here"
    assert fullest("Hello …", "Hello") == "Hello"
    assert fullest("A real ending …", "Hello") == "A real ending …"


def test_an_empty_form_does_not_hide_one_that_says_something() -> None:
    assert telling("", None, "\u200b", [], {}, "x", "y") == "x"
    assert telling(0, 5) == 0
    assert telling(False, True) is False
    assert telling(None, "") is None
