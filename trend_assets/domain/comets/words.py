"""Words as a human reads them in handles, names and bios: runs of letters, split at camel case, digits and separators.

The lists are configuration (`words.toml`); what a match means for a creator is decided in `layers.py`.
"""

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BUNDLED = Path(__file__).with_name("words.toml")
_LISTS = ("platforms", "fans", "glued_ends", "glued_starts", "harmless", "pronouns")

# letters of any script; a capital after a small letter, or before one in a run of capitals, begins a word
_RUN = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MENTION = re.compile(r"https?://\S+|www\.\S+")


@dataclass(frozen=True, slots=True)
class WordLists:
    """The lists of `words.toml`, each entry as a tuple of folded words."""

    named: tuple[tuple[str, ...], ...]
    glued_ends: tuple[str, ...]
    glued_starts: tuple[str, ...]
    harmless: tuple[tuple[str, ...], ...]
    pronouns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Word:
    """One word: folded for comparing, and where it stands in the text."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """`word` of the list, read in `text` (the characters as written)."""

    word: str
    text: str


@cache
def word_lists(path: Path | None = None) -> WordLists:
    """The bundled lists, or those of a file with the same keys. Raises ValueError that names what is wrong with it."""
    source = path or BUNDLED
    try:
        entries = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"The word lists in {source} cannot be read: {error}. Mend the file or unset it.") from None
    for name in _LISTS:
        if not isinstance(entries.get(name), list) or not all(isinstance(word, str) for word in entries[name]):
            raise ValueError(f"The word lists in {source} need a list of texts named {name}; copy the bundled file.")
    split = {name: tuple(tuple(folded(word).split()) for word in entries[name]) for name in _LISTS}
    return WordLists(
        named=split["platforms"] + split["fans"],
        glued_ends=tuple("".join(words) for words in split["glued_ends"]),
        glued_starts=tuple("".join(words) for words in split["glued_starts"]),
        harmless=split["harmless"],
        pronouns=frozenset("".join(words) for words in split["pronouns"]),
    )


def folded(text: str) -> str:
    """For comparing: compatibility forms (𝓣𝔀𝓲𝓽𝓬𝓱, ｔｗｉｔｃｈ) unified, case folded, accents and marks removed."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def words_of(text: str) -> Iterator[Word]:
    """The words of a text in order: "JoeTTV_yt2" → joe, ttv, yt. Positions are those of the NFKC form of the text."""
    for run in _RUN.finditer(unicodedata.normalize("NFKC", text)):
        start = run.start()
        # splitting uses the letters without marks, so that "CaféClips" has its boundary too
        letters = "".join(_bare(letter) for letter in run.group())
        cuts = [0, *(cut.start() for cut in _CAMEL.finditer(letters)), len(letters)]
        for first, last in itertools.pairwise(cuts):
            if word := folded(run.group()[first:last]):
                yield Word(word, start + first, start + last)


def _bare(letter: str) -> str:
    """One character for one: its base letter where it has one, so that positions stay."""
    base = unicodedata.normalize("NFD", letter)[0]
    return base if len(base) == 1 else letter


def find(text: str, lists: WordLists, *, is_handle: bool = False) -> Match | None:
    """The first listed word that a human reads in `text`, None without. In a handle also at the end or the beginning of
    a run without separators."""
    unified = unicodedata.normalize("NFKC", _MENTION.sub(lambda link: link.group().replace("/", " "), text))
    words = list(words_of(unified))
    free = _without_harmless(words, lists)
    for position, word in enumerate(words):
        for entry in lists.named:
            span = words[position : position + len(entry)]
            if all(free[position : position + len(span)]) and tuple(part.folded for part in span) == entry:
                return Match(" ".join(entry), unified[word.start : span[-1].end])
    if is_handle:
        for position, word in enumerate(words):
            if free[position] and (match := _glued(word, lists)):
                return Match(match, unified[word.start : word.end])
    return None


def _without_harmless(words: list[Word], lists: WordLists) -> list[bool]:
    """Which words are still looked at after harmless readings are set aside ("kickboxing", "kick-boxing")."""
    free = [True] * len(words)
    for position, entry in itertools.product(range(len(words)), lists.harmless):
        joined = "".join(entry)
        # "free kick" as two words, as one, or cut elsewhere by camel case
        for length in range(1, len(entry) + 1):
            span = words[position : position + length]
            if "".join(word.folded for word in span) == joined:
                free[position : position + length] = [False] * len(span)
    return free


def _glued(word: Word, lists: WordLists) -> str | None:
    """A listed word at an end of a longer run: at least two letters are left beside it."""
    for listed in lists.glued_ends:
        if word.folded.endswith(listed) and len(word.folded) >= len(listed) + 2:
            return listed
    for listed in lists.glued_starts:
        if word.folded.startswith(listed) and len(word.folded) >= len(listed) + 2:
            return listed
    return None


def first_word(text: str) -> str | None:
    """The word that a caption begins with, folded, as a person reads it: quotes, emoji, punctuation, numbers, hashtags
    and mentions before it are passed over; None when it has no word.

    A contraction is one word ("they're" is not "they"): an apostrophe between letters belongs to it."""
    rest = unicodedata.normalize("NFKC", text)
    while True:
        word = re.search(r"[#@][\w.]+|[^\W\d_](?:[^\W_]|['’ʼ`´](?=[^\W\d_])|\u0300)*", rest)
        if word is None:
            return None
        if word.group()[0] in "#@":
            rest = rest[word.end() :]
            continue
        return re.sub(r"['’ʼ`´]", "'", folded(word.group()))
