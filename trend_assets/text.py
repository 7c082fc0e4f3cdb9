"""Text hygiene: the one place through which text passes before it leaves for Postgres, logs, metadata, tags or XML.

Also what people see as one character (`cut`), as nothing at all (`is_blank`), as the same word (`folded`), and as a
hashtag: which field of an answer holds tags is the parsers' business, where one begins in a text is read here. What a
row says as one text (`whole`) is for sorting only.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html.entities import html5
from typing import Any, NamedTuple

_OF_NO_MAIL = r"@\s,;:<>()\[\]\x22\\?\x00-\x1f\x7f-\x9f"
MAIL_ADDRESS = f"[^{_OF_NO_MAIL}]+@[^{_OF_NO_MAIL}]+"
"""One mail address as it may stand in a header: no name, no quotes, nothing that is read as encoded text."""
_SURROGATES = re.compile("[\ud800-\udfff]")
# C0 without tab/newline/return, DEL and C1, and the two non-characters that XML 1.0 forbids
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
# bidi overrides and isolates, and the invisible tag block, can make a title read as something else; behind a black flag
# the tag block spells the flag of a country's part (England, Scotland, Wales, Texas)
_BIDI = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    "|[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# drawn as nothing although Unicode counts them as letters, symbols or marks: Hangul and Khmer fillers, the blank
# Braille pattern, the grapheme joiner, the joiners of Tifinagh and Brahmi, the null notehead, the Khitan filler,
# Mongolian and emoji variation selectors
_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u2d7f\u3164\uffa0\U00016fe4\U0001107f\U0001d159")
_SELECTORS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINER, _HALF_FLAGS, _SKIN = "\u200d", ("\U0001f1e6", "\U0001f1ff"), ("\U0001f3fb", "\U0001f3ff")
# Hangul vowels and finals that complete the syllable before them
_SYLLABLE_PARTS = (("\u1160", "\u11ff"), ("\ud7b0", "\ud7fb"))
_LONGEST_CHARACTER = 100
"""Marks stacked higher than this are an ornament, not one character: it is cut."""


def clean_text(text: str, *, limit: int | None = None) -> str:
    """Text that Postgres, XML, GraphQL and logs can hold: lone surrogates become U+FFFD, control characters and NUL
    are removed; `cut` to `limit` characters where given. Idempotent."""
    # most text is plain, and asking that is ten times cheaper than looking for what it does not have
    if text.isascii() and text.isprintable():
        return text if limit is None else cut(text, limit)
    cleaned = _CONTROLS.sub("", _SURROGATES.sub("\ufffd", text))
    return cleaned if limit is None else cut(cleaned, limit)


def display_text(text: str, *, limit: int | None = None) -> str:
    """`clean_text` for what people read: bidi overrides and invisible tags are removed too, white space is folded, and
    what shows nothing at all is empty."""
    cleaned = clean_text(text)
    shown = clean_text(" ".join((cleaned if cleaned.isascii() else _BIDI.sub(r"\1", cleaned)).split()), limit=limit)
    return "" if is_blank(shown) else shown


def read_entities(text: str) -> str:
    """Text with its HTML entities read. Only whole ones, so that "AT&T" and "?a=1&copy=2" stay as they are."""
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _entity(entity: re.Match[str]) -> str:
    # html.unescape alone would read the beginning of an unknown name ("&nothing;" as "¬hing;")
    return html.unescape(entity[0]) if entity[0][1] == "#" or entity[0][1:] in html5 else entity[0]


def for_slack(text: str) -> str:
    """Text that Slack (and what speaks like it) shows as it is: no link, no mention, no call to the whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_blank(text: str) -> bool:
    """Whether a text has neither width nor ink: white space, joiners, fillers and selectors only."""
    first = text[:1]
    return not (first.isascii() and first.isalnum()) and not any(map(_shows, text))


def without_invisible(text: str) -> str:
    """Text without the characters that show nothing; white space stays."""
    return text if text.isascii() else "".join(c for c in text if c.isspace() or _shows(c))


def plain_form(text: str) -> str:
    """Text as it is typed: full-width digits, no-break and thin blanks and ligatures in their plain forms, without what
    shows nothing, and without blanks around it."""
    return without_invisible(unicodedata.normalize("NFKC", text)).strip()


def _shows(char: str) -> bool:
    if char in _NOTHING or _SELECTORS.match(char):
        return False
    category = unicodedata.category(char)
    # a lone surrogate and a private character are drawn as a box
    return category[0] != "Z" and category not in ("Cc", "Cf", "Cn")


def folded(text: str) -> str:
    """The form in which texts are compared: case, width, composition and invisible characters make no difference."""
    if text.isascii():
        return text.lower()
    # İ folds to an i with a dot of its own: the dot is the letter's already
    small = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")
    return without_invisible(unicodedata.normalize("NFKC", small))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, never through what people see as one: an accent stays with its letter, an emoji with
    its colour, family and flag."""
    if len(text) <= limit:
        return text
    end = limit
    while end > max(0, limit - _LONGEST_CHARACTER) and _continues(text, end):
        end -= 1
    return text[:end] if end > max(0, limit - _LONGEST_CHARACTER) or not _continues(text, end) else text[:limit]


def _continues(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it."""
    if at == 0:
        return False
    before, here = text[at - 1], text[at]
    if here.isascii():
        return before == "\r" and here == "\n"
    if unicodedata.category(here)[0] == "M" or here in "\u200c\u200d" or "\U000e0020" <= here <= "\U000e007f":
        return True
    if before == _JOINER or _SKIN[0] <= here <= _SKIN[1]:
        return True
    # a virama ties the next letter of an Indic word to the one before
    if unicodedata.combining(before) == 9 and unicodedata.category(here) == "Lo":
        return True
    if any(low <= here <= high for low, high in _SYLLABLE_PARTS):
        return True
    if _HALF_FLAGS[0] <= here <= _HALF_FLAGS[1]:
        run = at
        while run > 0 and _HALF_FLAGS[0] <= text[run - 1] <= _HALF_FLAGS[1]:
            run -= 1
        return (at - run) % 2 == 1
    return False


def plain_name(value: str, platform: str = "") -> str:
    """An id, handle or key of a person in its plain spelling: folded, without @ and without its platform."""
    name = unicodedata.normalize("NFKC", value).casefold().strip()
    if platform:
        name = name.removeprefix(f"{platform.casefold()}:").removeprefix("handle:")
    return name.removeprefix("@")


def plural(count: int | str, word: str) -> str:
    """1 story, 12 stories; what is written already is told by its figures: +1 view, 1.2K views."""
    shown = count if isinstance(count, str) else f"{count:,}"
    many = f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"
    return f"{shown} {word if shown.lstrip('+-−') == '1' else many}"


def unbroken(text: str) -> str:
    """A line for display whose numbers stay beside their units: "24 h", "5.1 ×", "3 days"."""
    return re.sub(r"(?<=\d) (?=(?:h|min|days?|×|%)(?!\w))", "\u00a0", text)


MARK = "\ufeff"
"""Before a CSV that people open: without it Excel takes the letters for others."""
# ＝ ＋ － ＠ are what spreadsheets in East Asian locales read as = + - @
FORMULA_STARTS = tuple("=+-@\t\r\n\0＝＋－＠")
_HARMLESS = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def guarded(text: str) -> str:
    """A CSV cell that no spreadsheet runs; ids stay what they are."""
    return "'" + text if text.startswith(FORMULA_STARTS) and not _HARMLESS.fullmatch(text) else text


# --- hashtags: the platforms' written rule ----------------------------------------------------------------------------
# A tag begins at the start of the text or behind white space, punctuation or a symbol, never behind a letter or digit
# (C#9) and never inside an address; it holds letters, marks, digits, `_` and the joiners of Arabic, Hebrew and Indic
# scripts, and at least one letter.

_LONGEST_TAG = 100
_SIGNS = "#＃"
# twitter-text's list: joiners of Persian and Indic scripts, Hebrew maqaf and geresh, middle dots, Tibetan and Japanese
_JOINERS = frozenset("\u200c\u200d\u05be\u05f3\u05f4\u00b7\u0f0b\u0f0c\u30a0\u30fb\u301c\uff5e\u309b\u309c\u3003\ua67e")
# emoji selectors and the keycap are marks to Unicode, but parts of a picture
_PICTURE_PARTS = frozenset(map(chr, (*range(0xFE00, 0xFE10), 0x20E3)))
_SIGN = re.compile(f"[{_SIGNS}]")
# the # of a fragment belongs to its address; one behind a closing sign begins a tag
_INSIDE = r"(?:[\w$%&'*+\-./:;=?@~!,()\[\]|]|(?<![),.;:!'\"\]])#)*"
_ADDRESS = re.compile(
    rf"(?<![\w.@-])(?:[a-zA-Z][a-zA-Z0-9+.\-]{{1,20}}://|www\.|[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,6}}\.[^\W\d_]{{2,24}}"
    rf"(?::\d{{1,5}})?[/?]){_INSIDE}"
)


class Hashtag(NamedTuple):
    """A tag in a text: `shown` as written (composed, without #), `key` as compared, and where it stands (with #)."""

    shown: str
    key: str
    start: int
    end: int


def find_hashtags(text: str) -> Iterator[Hashtag]:
    """The hashtags of a text in order, repeats included. Entities are taken as written: read them before."""
    if _SIGN.search(text) is None:
        return
    # blanks of the same length keep the places
    bare = _ADDRESS.sub(lambda address: " " * len(address[0]), text) if "." in text or "://" in text else text
    end_of_last = -1
    for sign in _SIGN.finditer(bare):
        start = sign.start()
        # "#a#b" are two: behind a tag another may begin
        if start and start != end_of_last and (_is_inside(bare[start - 1]) or bare[start - 1] == "&"):
            continue
        end = start + 1
        while end < len(bare) and _is_inside(bare[end], after=bare[end - 1]):
            end += 1
        end_of_run, end = end, start + 1 + len(bare[start + 1 : end].rstrip("".join(_JOINERS)))
        written = bare[start + 1 : end]
        if any(char.isalpha() for char in written) and not bare.startswith("://", end):
            end_of_last = end_of_run
            yield Hashtag(shown_hashtag(written), hashtag_key(written), start, end)


def hashtags_in(text: str) -> list[str]:
    """The hashtags of a text as they are compared and stored: in order, without repeats."""
    return list(dict.fromkeys(tag.key for tag in find_hashtags(read_entities(text))))


def without_hashtags(text: str) -> str:
    """A text without its hashtags: what is left for a reader."""
    parts, last = [], 0
    for tag in find_hashtags(text):
        parts.append(text[last : tag.start])
        last = tag.end
    return "".join((*parts, text[last:]))


def without_closing_hashtags(text: str) -> str:
    """A text without the hashtags at its end: those are for the platform's search."""
    end = len(text.rstrip())
    for tag in reversed(list(find_hashtags(text))):
        if tag.end != end:
            break
        end = len(text[: tag.start].rstrip())
    return text[:end]


def before_hashtags(text: str) -> str:
    """A text up to its first hashtag."""
    return next((text[: tag.start] for tag in find_hashtags(text)), text)


@lru_cache(maxsize=8192)
def named_hashtag(name: str) -> str | None:
    """A tag that somebody names as one ("#GRWM", "grwm"), as it is compared; None for search words ("skin care"), marks
    of machines ("yt:cc=on") and numbers. Emoji are allowed here: some platforms let them stand in a tag."""
    bare = read_entities(name).strip().lstrip(_SIGNS)
    key = hashtag_key(bare)
    if not any(char.isalpha() or unicodedata.category(char) == "So" for char in key):
        return None
    for char in key:
        if not (_is_inside(char) or char in _JOINERS or char in _PICTURE_PARTS or unicodedata.category(char)[0] == "S"):
            return None
    # = + < > | ~ ^ ` $ are symbols to Unicode and belong to no tag
    return None if set(key) & set("=+<>|~^`$") else key


def hashtag_key(name: str) -> str:
    """The form in which tags are compared and stored: without #; case, width, composition and invisible characters
    make no difference."""
    return cut(folded(name.strip().lstrip(_SIGNS)), _LONGEST_TAG)


def shown_hashtag(name: str) -> str:
    """A tag for people: as written, composed, without #. The joiners of its script stay, other invisible characters
    do not."""
    composed = unicodedata.normalize("NFC", name.strip().lstrip(_SIGNS))
    return cut("".join(char for char in composed if char in _JOINERS or without_invisible(char)), _LONGEST_TAG)


def _is_inside(char: str, *, after: str = "") -> bool:
    if char.isalnum() or char == "_":
        return True
    if char.isascii() or char in _PICTURE_PARTS:
        return False
    if char in _JOINERS:
        # a joiner joins: alone before the # or behind it there is nothing to join
        return after != "" and after not in _SIGNS
    return unicodedata.category(char)[0] == "M"


def whole(row: Mapping[str, Any]) -> str:
    """Everything that a row says, as text: equal only for rows that say the same. It closes a sort key, so that no tie
    is left to chance: Postgres, threads and files give rows in any order."""
    return repr(sorted((name, value) for name, value in row.items() if value is not None))
