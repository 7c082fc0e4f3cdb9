"""Hashtags: where one begins and ends in a text, and when two are the same. The platforms' written rule, for everybody
who reads a caption (sources, imports, reports, audits).

A tag begins at the start of the text or behind white space, punctuation or a symbol, never behind a letter or digit
(C#9) and never inside an address; it holds letters, marks, digits, `_` and the joiners of Arabic, Hebrew and Indic
scripts, and at least one letter. Which field of an answer holds tags is the parsers' business.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from trend_assets.text import cut, folded, read_entities, without_invisible

LONGEST = 100
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
    bare = _ADDRESS.sub(lambda found: " " * len(found[0]), text) if "." in text or "://" in text else text
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
    return cut(folded(name.strip().lstrip(_SIGNS)), LONGEST)


def shown_hashtag(name: str) -> str:
    """A tag for people: as written, composed, without #. The joiners of its script stay, other invisible characters
    do not."""
    composed = unicodedata.normalize("NFC", name.strip().lstrip(_SIGNS))
    return cut("".join(char for char in composed if char in _JOINERS or without_invisible(char)), LONGEST)


def _is_inside(char: str, *, after: str = "") -> bool:
    if char.isalnum() or char == "_":
        return True
    if char.isascii() or char in _PICTURE_PARTS:
        return False
    if char in _JOINERS:
        # a joiner joins: alone before the # or behind it there is nothing to join
        return after != "" and after not in _SIGNS
    return unicodedata.category(char)[0] == "M"
