"""Text is cut, cleaned and judged by what people see of it, not by sets of code points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.sources.values import Notes, handle, line, optional_identifier, text
from trend_assets.text import clean_text, cut, display_text, is_blank, read_entities, unbroken

ENGLAND, SCOTLAND, WALES = (
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in code) + "\U000e007f" for code in ("gbeng", "gbsct", "gbwls")
)
FAMILY, PIRATE, RAINBOW = "👨‍👩‍👧‍👦", "🏴‍☠️", "🏳️‍🌈"


@pytest.mark.parametrize(
    "whole",
    [
        ENGLAND,
        SCOTLAND,
        WALES,
        FAMILY,
        PIRATE,
        RAINBOW,
        "🇩🇪",
        "👍🏽",
        "❤️",
        "☎︎",
        "#️⃣",
        "e\u0301",
        "क्षि",
        "நி",
        "각",
        "👩🏽‍💻",
    ],
)
def test_what_people_see_as_one_character_stays_and_is_never_cut(whole: str) -> None:
    assert display_text(f"a {whole} b") == f"a {whole} b"
    assert line(f"a {whole} b", "title", Notes()) == f"a {whole} b"
    said = f"ab{whole}cd"
    for limit in range(len(said) + 1):
        assert cut(said, limit) in ("", "a", "ab", f"ab{whole}", f"ab{whole}c", said), limit
        assert text(said, "text", Notes(), limit=max(limit, 1)) in (None, "a", "ab", f"ab{whole}", f"ab{whole}c", said)


def test_flags_in_a_row_are_cut_between_two_flags() -> None:
    assert cut("🇩🇪🇫🇷🇮🇹", 3) == "🇩🇪"
    assert cut("🇩🇪🇫🇷🇮🇹", 4) == "🇩🇪🇫🇷"


@pytest.mark.parametrize("hidden", ["\U000e0041", "\u202e", "\u2066", "\U000e007f", "x\U000e0067"])
def test_what_can_make_a_title_read_as_something_else_goes(hidden: str) -> None:
    assert display_text(f"a{hidden}b") == f"a{hidden.strip(chr(0x202E) + chr(0x2066)).replace(hidden[-1], '')}b"


@pytest.mark.parametrize(
    "nothing",
    ["", " ", "\u200b", "\u200b\u200c\u200d", "\ufeff", "\u2060", "\u00ad", "\u3164", "\u2800\u2800", "\u115f\u1160",
     "\uffa0", "\ufe0f", "\u200e\u200f", "\u202e\u202c", "\u00a0\u3000", "\u034f", "\U000e0100", "\u061c", "\u180e",
     "\x00\x01", "\U000e0067\U000e007f", "\u2d7f", "\U0001107f", "\U0001d159", "\U00016fe4", "\U0001d173",
     "\U00013440"],
)  # fmt: skip
def test_what_has_neither_width_nor_ink_makes_no_title_name_text_handle_or_id(nothing: str) -> None:
    assert is_blank(nothing)
    assert display_text(nothing) == ""
    for read in (line, text):
        assert read(nothing, "title", Notes()) is None
    assert handle(nothing) is None
    assert handle(f"@{nothing}") is None
    assert optional_identifier(nothing) is None


@pytest.mark.parametrize("something", ["a", "·", "。", "…", "❤", "\u0301", "ー", "\ufffd", "\ue000", "♀", "١"])
def test_anything_with_ink_is_something(something: str) -> None:
    assert not is_blank(something)
    assert line(something, "title", Notes()) == something


def test_a_number_of_a_headline_stays_beside_its_unit() -> None:
    said = unbroken("Slow slime: +12.4K views in 24 h, 5.1 × the usual, 2 hours 3 days")
    assert said == "Slow slime: +12.4K views in 24\u00a0h, 5.1\u00a0× the usual, 2 hours 3\u00a0days"


def test_only_whole_entities_are_read() -> None:
    assert read_entities("Tom &amp; I&#39;m &#x1F3B5; &lt;b&gt;") == "Tom & I'm 🎵 <b>"
    assert read_entities("AT&T ?a=1&copy=2&para &nothing; &#;") == "AT&T ?a=1&copy=2&para &nothing; &#;"


def test_an_ornament_of_stacked_marks_is_cut_all_the_same() -> None:
    assert len(cut("a" + "\u0301" * 5_000, 300)) == 300


@given(st.text(max_size=60), st.integers(0, 70))
def test_a_cut_text_is_the_beginning_of_the_text_and_cleaning_is_idempotent(said: str, limit: int) -> None:
    assert said.startswith(cut(said, limit))
    assert len(cut(said, limit)) <= limit
    assert display_text(display_text(said)) == display_text(said)
    assert clean_text(clean_text(said, limit=limit), limit=limit) == clean_text(said, limit=limit)
