"""Group C of the fault matrix: single values from outside, read strictly or called unknown, never guessed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.sources.values import (
    BIGINT_MAX,
    BadValue,
    Notes,
    address,
    addresses,
    count,
    dig,
    duration_seconds,
    flag,
    handle,
    hashtags,
    hashtags_in,
    identifier,
    line,
    number,
    optional_identifier,
    text,
    when,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (0, 0),
        (41024, 41024),
        (BIGINT_MAX, BIGINT_MAX),
        (5.0, 5),
        ("5.0", 5),
        ("12345.0", 12_345),
        ("१२३", 123),
        ("41024", 41024),
        (" 7 ", 7),
        ("1,234", 1234),
        ("1,234,567", 1_234_567),
        ("12 345", 12_345),
        ("12\u00a0345", 12_345),
        ("12\u202f345\u202f678", 12_345_678),
        ("1.234.567", 1_234_567),
        ("1'234", 1234),
        ("12,34,567", 1_234_567),
        ("１２３", 123),
    ],
)
def test_whole_numbers_in_every_notation_are_read_exactly(given_value: Any, expected: int) -> None:
    notes = Notes()
    assert count(given_value, "views", notes) == expected
    assert not notes


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("1.2M", 1_200_000),
        ("1,2M", 1_200_000),
        ("15K", 15_000),
        ("15k+", 15_000),
        ("3B", 3_000_000_000),
        ("1.2B", 1_200_000_000),
        ("1,2 тыс.", 1_200),
        ("2.3 crore", 23_000_000),
        ("1,2 Mln", 1_200_000),
        ("1.2万", 12_000),
        ("3亿", 300_000_000),
        ("1.5만", 15_000),
        ("2.5Mio", 2_500_000),
    ],
)
def test_shortened_numbers_are_read_and_noted_as_approximate(given_value: str, expected: int) -> None:
    notes = Notes()
    assert count(given_value, "views", notes) == expected
    assert "approximate" in next(iter(notes))


@pytest.mark.parametrize(
    "given_value",
    [
        "abc",
        "—",
        "-",
        "N/A",
        -1,
        "-1",
        "−1",
        True,
        [],
        {},
        "1.234",
        "1L",
        "12,5,6",
        "1M views",
        "a" * 10**6,
        "3 B",
        "1,2 B",
        "12 bin",
        "1.2 mil",
        "2k-3k",
        "5 ألف",
        "1e3",
        "1.2.3",
        "900+",
    ],
)
def test_words_dashes_sentinels_and_ambiguity_are_unknown_with_a_reason(given_value: Any) -> None:
    notes = Notes()
    assert count(given_value, "likes", notes) is None
    assert "likes" in next(iter(notes))


@pytest.mark.parametrize("given_value", [None, "", "  "])
def test_a_missing_count_is_unknown_and_never_zero(given_value: Any) -> None:
    notes = Notes()
    assert count(given_value, "likes", notes) is None
    assert not notes


@pytest.mark.parametrize(
    "given_value", [2**63, 10**30, 1.5, float("nan"), float("inf"), 1e400, "NaN", "Infinity", "1.5", "9" * 30]
)
def test_impossible_numbers_put_the_item_into_quarantine(given_value: Any) -> None:
    with pytest.raises(BadValue, match="views"):
        count(given_value, "views", Notes())


SECONDS = 1_788_188_547
MOMENT = datetime.fromtimestamp(SECONDS, UTC)


@pytest.mark.parametrize(
    "given_value",
    [
        SECONDS,
        float(SECONDS),
        str(SECONDS),
        SECONDS * 10**3,
        SECONDS * 10**6,
        SECONDS * 10**9,
        "2026-08-31T15:02:27Z",
        "2026-08-31T15:02:27.000Z",
        "2026-08-31T17:02:27+02:00",
        "2026-08-31T15:02:27+0000",
        "2026-08-31 15:02:27",
        "Mon Aug 31 15:02:27 +0000 2026",
    ],
)
def test_times_in_seconds_to_nanoseconds_iso_and_legacy_form_are_one_moment(given_value: Any) -> None:
    notes = Notes()
    assert when(given_value, "posted", notes, now=NOW) == MOMENT
    assert not notes


@pytest.mark.parametrize(
    "given_value",
    [-1, 1, 0.5, float("nan"), float("inf"), 32_503_680_000, "2999-01-01T00:00:00Z", "2004-12-31T23:59:59Z",
     "0001-01-01", "9999-12-31T23:59:59-14:00", "yesterday", "Mon Foo 31 15:02:27 +0000 2026", True,
     [], {}, 10**40, "x" * 10**6],
)  # fmt: skip
def test_times_outside_2005_to_tomorrow_are_unknown_with_a_reason(given_value: Any) -> None:
    notes = Notes()
    assert when(given_value, "posted", notes, now=NOW) is None
    assert notes


def test_a_time_up_to_a_day_ahead_is_a_clock_and_not_an_error() -> None:
    ahead = NOW + timedelta(hours=23)
    assert when(ahead.isoformat(), "posted", Notes(), now=NOW) == ahead
    assert when((NOW + timedelta(hours=25)).isoformat(), "posted", Notes(), now=NOW) is None


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("PT21M7S", 1267.0),
        ("PT1M", 60.0),
        ("PT1H0M1S", 3601.0),
        ("P1DT2H", 93_600.0),
        ("P1W", 604_800.0),
        ("PT0.5S", 0.5),
        ("123s", 123.0),
        ("P0D", None),
        ("PT0S", None),
        (None, None),
    ],
)
def test_durations_are_read_and_live_streams_have_none(given_value: Any, expected: float | None) -> None:
    notes = Notes()
    assert duration_seconds(given_value, "duration", notes) == expected
    assert not notes


@pytest.mark.parametrize("given_value", ["P", "PT", "1:07", 67, "PT1X", "PT" + "9" * 50 + "S", True])
def test_what_is_no_duration_is_unknown_with_a_reason(given_value: Any) -> None:
    notes = Notes()
    assert duration_seconds(given_value, "duration", notes) is None
    assert notes


def test_ids_keep_every_digit_or_are_refused() -> None:
    assert identifier(7680211219986369822, "id") == "7680211219986369822"
    assert identifier(" abc-_1 ", "id") == "abc-_1"
    for lost in (7.680211219986369822e18, None, "", True, [], {}, "a b", "\ud800", "x" * 200, 10**200):
        with pytest.raises(BadValue):
            identifier(lost, "id")
        assert optional_identifier(lost) is None


def test_handles_lose_their_at_sign() -> None:
    assert handle("@newsnews.69") == "newsnews.69"
    assert handle("@") is None
    assert handle(None) is None


def test_text_is_cleaned_and_cut_with_a_note() -> None:
    notes = Notes()
    assert text("a\x00b\ud800c", "caption", notes) == "ab\ufffdc"
    assert text(None, "caption", notes) is None
    assert text("  ", "caption", notes) is None
    assert notes == {"caption has characters that nothing can hold: cleaned.": 1}
    notes.clear()
    long = text("é" * 1_000_000, "caption", notes)
    assert long is not None
    assert len(long) == 20_000
    assert notes == {"caption is longer than 20,000 characters: cut.": 1}
    assert text("a &amp; b &#39;c&#39;", "title", notes, unescape=True) == "a & b 'c'"
    assert text(17, "caption", notes) is None


def test_lines_fold_white_space_and_drop_bidi_overrides() -> None:
    assert line("cube  slime\nasmr \u202etxt.exe", "name", Notes()) == "cube slime asmr txt.exe"


def test_hashtags_are_lower_case_without_repeats_and_bounded() -> None:
    notes = Notes()
    assert hashtags(["#News", "news", " USA ", "", None, 3, {"name": ""}], notes) == ["news", "usa"]
    assert not notes
    assert len(hashtags((f"tag{number}" for number in range(100_000)), notes)) == 100
    assert notes
    assert hashtags_in("Hi #Foo,#bar! #日本 # x #a#b", None, "#Foo", notes=Notes()) == ["foo", "bar", "日本", "a", "b"]
    assert len(hashtags_in("#x " * 10**6, notes=Notes())) == 1


@pytest.mark.parametrize(
    "given_value",
    ["javascript:alert(1)", "data:text/html,x", "ftp://a/b", "/relative", "https://", "https://user@host/x",
     "https://a b", "https://[::1", "x" * 3000, None, 3, "https://a.example/\x00"],
)  # fmt: skip
def test_what_is_no_web_address_is_left_out(given_value: Any) -> None:
    assert address(given_value) is None


def test_web_addresses_are_kept_as_said() -> None:
    assert address("https://a.example/x?y=1&z=2") == "https://a.example/x?y=1&z=2"
    assert address("//a.example/x") == "https://a.example/x"
    assert addresses(["https://a.example", None, "https://a.example", "javascript:0"]) == ["https://a.example"]
    assert addresses("https://a.example") == []


def test_flags_and_measures() -> None:
    assert [flag(value) for value in (True, False, 1, 0, "true", "FALSE", "0")] == [
        True, False, True, False, True, False, False,
    ]  # fmt: skip
    assert [flag(value) for value in (None, 2, "yes", [], 0.5, 10**40)] == [None] * 6
    notes = Notes()
    assert number("4.7", "stars", notes, maximum=5) == 4.7
    assert number("1,234.5", "price", notes) == 1234.5
    assert not notes
    for bad in (True, "many", float("nan"), -1, 6, 10**400, "nan", []):
        assert number(bad, "stars", notes, maximum=5) is None
    assert sum(notes.values()) == 8


@given(value=JSON)
def test_any_json_value_gives_a_typed_value_unknown_or_quarantine(value: Any) -> None:
    notes = Notes()
    try:
        found = count(value, "n", notes)
        assert found is None or (type(found) is int and 0 <= found <= BIGINT_MAX)
    except BadValue:
        pass
    moment = when(value, "t", notes, now=NOW)
    assert moment is None or (moment.tzinfo is UTC and moment.year >= 2005)
    length = duration_seconds(value, "d", notes)
    assert length is None or length > 0
    measured = number(value, "m", notes)
    assert measured is None or 0 <= measured < float("inf")
    assert optional_identifier(value) is None or optional_identifier(value).strip()  # type: ignore[union-attr]
    assert address(value) is None or address(value).startswith("http")  # type: ignore[union-attr]
    said = text(value, "x", notes)
    assert said is None or said.encode()
    assert flag(value) in (True, False, None)
    assert dig(value, "a", 0, "b") is None or True


@given(value=st.text(max_size=60))
def test_any_text_as_a_count_never_crashes(value: str) -> None:
    try:
        count(value, "n", Notes())
    except BadValue as error:
        assert str(error).encode()
