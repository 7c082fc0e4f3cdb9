"""How a text file is written: its encoding, its delimiter, and where its header stands. Found in the first block.

Everything that is found is said in `notes`, with the option that overrules it. Which form a file has is found in
`describing.py`; records are read in `reading.py`.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from trend_assets.imports.spec import ImportRefused

DELIMITERS = ",;\t|"
HEADER_WITHIN = 60
"""Lines in which a header is looked for; reports begin with a few lines about themselves."""
ENOUGH_BYTES = 40
"""Non-ASCII bytes from which on the library's first choice among equals is taken; below it several fit by chance."""

_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_LIKELY = ["cp1252", "cp932", "gb18030", "big5", "cp949", "euc_jp", "cp1251", "cp1250", "cp1253", "cp1254"]
_NUMBER = re.compile(r"[-+]?[\d.,:/ -]*\d[\d.,:/%TZ -]*")


@dataclass(frozen=True, slots=True)
class Dialect:
    """`before` lines come before the header; `names` has '' for columns that are left out."""

    delimiter: str
    before: int
    names: tuple[str, ...]
    notes: tuple[str, ...]


def encoding_of(sample: bytes, name: str) -> tuple[str, str]:
    """The encoding of a file's bytes and what is to be said about it ('' for UTF-8). Raises ImportRefused when several
    fit equally well."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding, "" if encoding == "utf-8-sig" else f"The file is {encoding}, by its mark."
    # a file whose writer died ends in zeros
    begin = sample.rstrip(b"\0")[:2000]
    even, odd = begin[::2].count(0), begin[1::2].count(0)
    if max(even, odd) > len(begin) // 5:
        encoding = "utf-16-le" if odd > even else "utf-16-be"
        return encoding, f"The file is taken as {encoding}; --encoding overrules it."
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        encoding = _guessed(sample, name)
        return encoding, f"The file is taken as {encoding}, a guess by its letters; --encoding overrules it."
    return "utf-8-sig", ""


def _guessed(sample: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    first = next(place for place, byte in enumerate(sample) if byte > 127)
    window = sample[max(0, first - 1000) : first + (1 << 16)]
    matches = list(from_bytes(window, cp_isolation=_LIKELY))
    foreign = re.findall(rb"[\x80-\xff]+", window)
    western = next((match for match in matches if match.encoding == "cp1252"), None)
    best = matches[0] if matches else None
    # few single letters among plain ones are an alphabet's, and Western Europe's is the usual one
    is_sprinkled = sum(map(len, foreign)) * 5 < len(window) and max(map(len, foreign)) <= 2
    if (is_sprinkled and _is_cp1252(window)) or (
        western and best and (western.chaos, -western.coherence) <= (best.chaos, -best.coherence)
    ):
        return "cp1252"
    # other encodings read Japanese bytes as rare signs; kana in their own encoding are no chance
    for match in matches:
        if match.encoding in ("cp932", "euc_jp") and _has_kana(window, match.encoding):
            return str(match.encoding)
    equals = [
        match.encoding for match in matches if best and (match.chaos, match.coherence) == (best.chaos, best.coherence)
    ]
    if best is not None and (len(equals) == 1 or sum(map(len, foreign)) >= ENOUGH_BYTES):
        return str(best.encoding)
    may_be = f"it can be {', '.join(equals[:5])}" if equals else "and nothing tells what it is"
    raise ImportRefused(f"{name} is not UTF-8, {may_be}; give --encoding, for example cp1252.")


def _has_kana(sample: bytes, encoding: str) -> bool:
    letters = [letter for letter in sample.decode(encoding, "ignore") if letter > "\u024f"]
    return sum("\u3041" <= letter <= "\u30ff" for letter in letters) * 4 > len(letters)


def _is_cp1252(sample: bytes) -> bool:
    # the first bytes of two-byte encodings stand before many signs that are no letters; cp1252 has five gaps as well
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def dialect_of(lines: Sequence[str], name: str, *, delimiter: str = "") -> Dialect:
    """Delimiter and header of a CSV's first lines. Raises ImportRefused naming the column that makes it none."""
    notes: list[str] = []
    before = 0
    declared = re.fullmatch(r"sep=(.)\s*", lines[0].lstrip("\ufeff"), re.IGNORECASE) if lines else None
    if declared:
        delimiter, before = delimiter or declared[1], 1
    rest = lines[before:]
    sign = delimiter or _delimiter(rest)
    rows = _rows(rest, sign)
    skipped = _header_at(rows)
    before += rows[skipped][0]
    names = [cell.strip() for cell in rows[skipped][1]]
    if skipped:
        notes.append(f"Lines before the header are left out: {skipped:,}.")
    if sign != ",":
        shown = {"\t": "tabs", ";": "semicolons", "|": "bars"}.get(sign, sign)
        notes.append(f"Fields are separated by {shown}; --delimiter overrules it.")
    if names and names[0] == "":
        notes.append("The first column has no name and is left out (an index).")
    if len(names) > 1 and names[-1] == "":
        notes.append("The last column has no name and is left out (a comma at the end of the lines).")
    for place, each in enumerate(names):
        if each == "" and 0 < place < len(names) - 1:
            raise ImportRefused(
                f"Column {place + 1} of {name} has no name, so that line is not a header; name it, or take it out."
            )
    if len(names) == 1:
        notes.append("Everything stands in one column; --delimiter says what separates fields.")
    twice = [each for each, times in Counter(names).items() if each and times > 1]
    if twice or not any(names):
        what = f"{', '.join(twice)} stands there twice" if twice else "no column has a name"
        raise ImportRefused(f"The first line of {name} is not a header: {what}; rename one of them.")
    return Dialect(sign, before, tuple(names), tuple(notes))


def _rows(lines: Sequence[str], sign: str) -> list[tuple[int, list[str]]]:
    """The rows of the first lines, each with the number of lines before it."""
    rows, start = [], 0
    reader = csv.reader(lines, delimiter=sign, skipinitialspace=True)
    try:
        for cells in reader:
            rows.append((start, cells))
            start = reader.line_num
            if len(rows) >= HEADER_WITHIN:
                break
    except csv.Error:
        pass
    return rows or [(0, [])]


def _delimiter(lines: Sequence[str]) -> str:
    """The sign that gives most lines the same number of fields, more than one; the comma where none does."""
    best, best_score = ",", (0, 0)
    for sign in DELIMITERS:
        widths = Counter(len(cells) for _, cells in _rows(lines, sign) if len(cells) > 1)
        if widths:
            width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
            if (times, width) > best_score:
                best, best_score = sign, (times, width)
    return best


def _header_at(rows: Sequence[tuple[int, list[str]]]) -> int:
    """Which row is the header: the first as wide as most, of words; the first of all where that tells nothing."""
    widths = Counter(len(cells) for _, cells in rows if cells)
    usual = max(widths, key=lambda width: (widths[width], width), default=1)
    for place, (_, cells) in enumerate(rows):
        if _is_narrow(cells, usual) or not _is_words(cells) or (usual > 1 and cells[0].lstrip().startswith("# ")):
            continue
        if len(cells) == usual:
            # what stands before must be narrower: the lines of a report's head, comments, blank lines
            if not all(
                _is_narrow(earlier, usual) or earlier[0].lstrip().startswith("#") for _, earlier in rows[:place]
            ):
                return 0
            return place + 1 if _is_of_groups(cells) and _is_header_over(rows[place + 1 :], usual) else place
    return 0


def _is_narrow(cells: Sequence[str], usual: int) -> bool:
    """Whether a line has fewer cells than most, also where a spreadsheet has filled it up with empty ones."""
    return len(cells) < usual or (usual > 1 and sum(bool(cell.strip()) for cell in cells) * 2 <= usual)


def _is_words(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and not any(_NUMBER.fullmatch(cell) for cell in filled)


def _is_of_groups(cells: Sequence[str]) -> bool:
    """Whether a line of words cannot name columns one by one: names stand there twice, or are missing in the middle."""
    names = [cell.strip() for cell in cells]
    filled = [name for name in names if name]
    return len(set(filled)) < len(filled) or "" in names[1:-1]


def _is_header_over(rows: Sequence[tuple[int, list[str]]], usual: int) -> bool:
    """Whether the first row names columns of the others: words over numbers, each once."""
    (_, first), *others = rows or [(0, [])]
    wide = [cells for _, cells in others if len(cells) == usual]
    has_numbers = bool(wide) and not any(map(_is_words, wide))
    return len(first) == usual and _is_words(first) and not _is_of_groups(first) and has_numbers
