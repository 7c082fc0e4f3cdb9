"""Who a person is in what is stored, and the one answer to "does this text name them".

    Person (platform, ids, handles) ──▶ Matcher ──▶ is_in, text, scrubbed       here
                                           └──▶ postgres, replacement           the same in the database

A text names a person by their id as a whole word; by their handle after @ or #, in an address or key
(`tiktok.com/@x`, `reddit.com/user/x`, `u/x`, `tiktok:x`), in a search for their posts (`from:x`), in a parameter
(`screen_name=x`), in a member of JSON that says who somebody is (`"author": "x"`), or as a whole value. A handle that
is a word here as well (`@tiktok`, `@video`: `Person.words`) is no name as a whole value elsewhere.
Each in any case, in wide or styled letters, with characters of no width inside, and escaped for an address, HTML or
JSON. A longer word that begins with the handle is somebody else, and so is a handle that goes on after a dot. Pure: no
database, no files.
"""

import html
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from trend_assets.platforms import HOSTS_OF_PEOPLE
from trend_assets.text import plain_name

ERASED = "[erased]"
SEPARATOR = "\x1f"
"""Stands between, before and after values that are looked through as one text, so that whole values are known."""

# what Unicode calls ignorable: soft hyphen, joiners and marks, fillers of Hangul, tags, variation selectors
_NO_WIDTH = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
# where characters stand that NFKC turns into plain ones: wide, styled, circled, ligatures
_STYLED = (
    (0xA0, 0x3400),
    (0xA640, 0xAC00),
    (0xF900, 0x10000),
    (0x1D400, 0x1D800),
    (0x1EE00, 0x1EF00),
    (0x1F100, 0x1F200),
)
KINDS_OF_PAGES = ("user", "u", "c", "channel", "profile", "stories")
"""What may stand before a handle in an address of somebody's page."""
_HOSTS = "(?:" + "|".join(map(re.escape, HOSTS_OF_PEOPLE)) + ")"
# the same between the characters of a name, also escaped for JSON, an address or HTML
_GAP = (
    rf"(?:[{_NO_WIDTH}]|\\+u(?:00ad|034f|061c|115f|1160|17b[45]|180[b-f]|200[b-f]|202[a-e]|206[0-9a-f]|3164|fe0[0-9a-f]|"
    r"feff|ffa0|fff[9ab])|\\+udb40\\+ud[cd][0-9a-f][0-9a-f]|\\+ud834\\+udd7[3-9a]|"
    r"%e2%80%(?:8[b-f]|a[a-e])|%e2%81%a[0-9a-f]|%e3%85%a4|%ef%be%a0|%ef%b8%8[0-9a-f]|%f3%a0%8[0-7]%[89ab][0-9a-f]|"
    r"&#820[3-5];|&#x200[b-d];)*"
)
_SLASH = r"(?:\\{0,4}/|%(?:25)?2f|&#47;|&#x2f;)"
MEMBERS = "author|user|user_?name|unique_?id|screen_?name|handle|nick_?name|login|owner|creator|account"
"""Members of JSON that say who somebody is, alone or at the end of a longer name."""
_MEMBER = rf"""["'](?:by|\w*(?:{MEMBERS}))\\*["']\s*:\s*\\*["']"""
_WORD_BEFORE = r"(?:(?<![\w.])|(?<=\\[nrtbf])|(?<=%[0-9a-f][0-9a-f]))"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a request is about: the platform, their ids there, and every handle that is theirs; `words` are those
    handles that mean something else where they stand alone."""

    platform: str
    ids: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()

    @property
    def id_names(self) -> list[str]:
        """Every spelling under which a column of ids or keys may hold them, in lower case."""
        return _spellings(self.platform, self.ids)

    @property
    def handle_names(self) -> list[str]:
        """The same for columns of handles."""
        return _spellings(self.platform, self.handles)

    @property
    def names(self) -> list[str]:
        return sorted({*self.id_names, *self.handle_names})


def _spellings(platform: str, names: Iterable[str]) -> list[str]:
    plain = {plain_name(name) for name in names if name}
    return sorted(
        spelled for name in plain for spelled in (name, f"@{name}", f"{platform}:{name}", f"{platform}:handle:{name}")
    )


@dataclass(frozen=True, slots=True)
class Matcher:
    """Finds a person in texts. In the database `core` (the name alone, whatever stands around it, found twenty times as
    fast) goes before `postgres`, both for `~*`; `replacement` is for regexp_replace(…, postgres, …, 'gi')."""

    python: re.Pattern[str]
    postgres: str
    names: frozenset[str]
    hints: tuple[str, ...]
    core: str
    replacement: str = rf"\1\2{ERASED}"

    @classmethod
    def of(cls, person: Person) -> "Matcher":
        """Raises ValueError for a person without id and handle."""
        ids = sorted({plain_name(value) for value in person.ids if value}, key=len, reverse=True)
        handles = sorted({plain_name(value) for value in person.handles if value}, key=len, reverse=True)
        if not ids and not handles:
            raise ValueError("Looking for a person needs at least one id or handle.")
        parts = []
        if ids:
            parts.append(rf"{_WORD_BEFORE}{_any_of(ids)}(?!{_GAP}\w)")
        if handles:
            name = _any_of(handles)
            goes_on = rf"(?!{_GAP}\w|{_GAP}[.-]\w|%5f|%2d\w|%2e\w)"
            parts.append(rf"(?:{_sign('@')}|{_sign('#')}|({_path(person.platform)})){_GAP}{name}{goes_on}")
            parts.append(rf"""({_MEMBER}){name}(?=\\*["'])""")
            if alone := [handle for handle in handles if handle not in person.words]:
                parts.append(rf"""(?<=["'{SEPARATOR}]){_any_of(alone)}(?=\\*["'{SEPARATOR}])""")
        if not handles:
            parts.append("(\ufdd0)(\ufdd0)")  # the replacement names two groups; these are in no text
        pattern = "|".join(parts)
        return cls(
            re.compile(pattern, re.IGNORECASE),
            pattern,
            frozenset(person.names) - person.words,
            tuple([*ids, *handles]),
            _any_of([*ids, *handles]),
        )

    def text(self, value: str) -> str:
        """`value` without the person."""
        if plain_name(_without_marks(value)) in self.names:
            return ERASED
        return self.python.sub(self.replacement, value) if self.may_be_in(value) else value

    def may_be_in(self, value: str) -> bool:
        """Whether a look is worth its price: false where no name is left when every spelling is made plain."""
        plain = _plain_text(value)
        return any(hint in plain for hint in self.hints)

    def finds(self, text: str) -> bool:
        """Whether a text of many values (a body, a log) names the person."""
        return self.may_be_in(text) and self.python.search(text) is not None

    def is_in(self, value: Any) -> bool:
        """Whether a JSON value names the person, in a name of its objects too."""
        if isinstance(value, str):
            return plain_name(_without_marks(value)) in self.names or self.finds(value)
        if isinstance(value, list):
            return any(map(self.is_in, value))
        if isinstance(value, dict):
            return any(self.is_in(name) or self.is_in_member(name, item) for name, item in value.items())
        return isinstance(value, int) and not isinstance(value, bool) and str(value) in self.names

    def is_in_member(self, name: str, value: Any) -> bool:
        """Whether a value names the person as what the member `name` of an object says."""
        return self.is_in(value) or (isinstance(value, str) and self.finds(f'"{name}": "{value}"'))

    def scrubbed(self, value: Any) -> Any:
        """A JSON value without the person: elements of lists that name them go, texts elsewhere lose the name."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [item for item in value if not self.is_in(item)]
        if isinstance(value, dict):
            return {
                name: ERASED if isinstance(item, str) and self.is_in_member(name, item) and not self.is_in(item)
                else self.scrubbed(item)
                for name, item in value.items()
                if not self.is_in(name)
            }  # fmt: skip
        return None if self.is_in(value) else value


def _plain_text(value: str) -> str:
    """A text with every spelling of its characters made plain: found ten times as fast as by the pattern itself."""
    if "\\u" in value:
        value = re.sub(r"(?:\\+u[0-9a-fA-F]{4})+", _unescaped, value)
    for _ in range(2):  # an address inside an address
        if "%" in value:
            value = unquote(value)
    if "&#" in value:
        value = html.unescape(value)
    if value.isascii():
        return value.lower()
    return unicodedata.normalize("NFKC", _without_marks(value)).casefold()


def _unescaped(escaped: re.Match[str]) -> str:
    codes = re.findall(r"u([0-9a-fA-F]{4})", escaped[0])
    return bytes.fromhex("".join(codes)).decode("utf-16-be", "replace")


def _without_marks(value: str) -> str:
    return re.sub(f"[{_NO_WIDTH}]", "", value)


def _path(platform: str) -> str:
    """What stands before a handle in an address or a key, and stays there."""
    kinds = rf"(?:(?:{'|'.join(KINDS_OF_PAGES)}){_SLASH})?"
    keys = rf"(?<![\w]){re.escape(platform.casefold())}:(?:handle:)?|:handle:"
    short = rf"(?<![\w.])u{_SLASH}"
    # how searches on X and Reddit ask for somebody's posts
    searches = r"(?<![\w])(?:from|to|author):|(?:(?<![\w])|(?<=%20))(?:from|to|author)%(?:25)?3a"
    # and how links that share or follow name them
    parameters = r"(?:(?<![a-z0-9])|(?<=%26)|(?<=%3f))(?:screen_name|user_?name|unique_?id|handle)(?:=|%(?:25)?3d)"
    return rf"(?:(?<![a-z0-9-])|(?<=%2f)){_HOSTS}{_SLASH}{kinds}|{short}|{keys}|{searches}|{parameters}"


def _sign(sign: str) -> str:
    """A sign that announces a handle, as itself, wide, and escaped for an address, HTML or JSON."""
    wide = "".join(re.escape(one) for one in _styled()[sign])
    named = {"@": "|&commat;", "#": "|&num;"}[sign]
    code = ord(sign)
    escaped = rf"%(?:25)?{code:02x}|&#0*{code};|&#x0*{code:x};{named}|\\+u(?:{code:04x}|{code + 0xFEE0:04x})"
    return rf"(?:[{re.escape(sign)}{wide}]|{escaped})"


def _any_of(names: Iterable[str]) -> str:
    return rf"(?:{'|'.join(map(_spelled, names))})"


def _spelled(name: str) -> str:
    """A name in any spelling of each of its characters, with characters of no width between them."""
    return _GAP.join(_character(one) for one in name)


@cache
def _character(one: str) -> str:
    same = sorted({one, *_styled()[one], *(c for c in (one.upper(), one.lower()) if len(c) == 1)})
    forms = [f"[{''.join(_in_class(c) for c in same)}]" if len(same) > 1 else re.escape(one)]
    apart = unicodedata.normalize("NFD", one)
    if apart != one:
        forms.append(re.escape(apart))
    is_plain = one.isascii() and one.isalnum()  # what nobody escapes
    forms += _json_escapes(c for c in same if not (is_plain and c.isascii()))
    if not is_plain:
        for c in {one, one.upper()} if len(one.upper()) == 1 else {one}:
            forms.append("".join(f"%(?:25)?{byte:02x}" for byte in c.encode()))
            forms += [f"&#0*{ord(c)};", f"&#x0*{ord(c):x};"]
    return forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"


def _json_escapes(characters: Iterable[str]) -> list[str]:
    """Characters as JSON escapes them, those with the same first half together."""
    by_first: dict[str, list[str]] = defaultdict(list)
    for one in characters:
        units = one.encode("utf-16-be").hex()
        by_first[units[:-4]].append(units[-4:])
    return [
        (rf"\\+u{first}" if first else "") + rf"\\+u(?:{'|'.join(sorted(last))})" for first, last in by_first.items()
    ]


def _in_class(one: str) -> str:
    return f"\\{one}" if one in r"\]^-[" else one


@cache
def _styled() -> dict[str, str]:
    """By plain character, those that NFKC and case folding turn into it."""
    styled: dict[str, str] = defaultdict(str)
    for first, end in _STYLED:
        for code in range(first, end):
            plain = unicodedata.normalize("NFKC", chr(code)).casefold()
            if len(plain) == 1 and plain != chr(code) and not 0xD800 <= code < 0xE000:
                styled[plain] += chr(code)
    return styled
