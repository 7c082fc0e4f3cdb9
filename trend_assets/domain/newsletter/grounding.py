"""What a language model wrote, held against what it was told: each number with its unit, each name, each comparative.

    facts ─▶ brief ─▶ (model) ─▶ text ─▶ `ungrounded`: a sentence on what it says without having been told, or None

A text that says too much is set aside whole, never mended. What it means cannot be judged here: only that none of its
figures, names, comparatives and quotations are the model's own. Asking the model belongs to `sources/prose`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from trend_assets.domain.newsletter.summary import HEADLINE_LIMIT
from trend_assets.text import display_text

INTRODUCTION_LIMIT = 600
REPORT_LIMIT = 1500
SENTENCES = 3
STRANGERS_RUN = 3
"""So many words in a row of a stranger's title are a quotation: two may be a name, three may be an order."""
ENGLISH_SHARE = 0.2
"""Share of plain small words in any English text; what is written in another language cannot be checked here."""

_QUOTED = re.compile(r"[“\"„«]([^“”\"„«»]*)[”\"“»]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NUMBER = re.compile(r"(?<![\w.,])([-−]?)\+?(\d+(?:[.,]\d+)*)(\w*)(?:\s*(%|×)|\s+([^\W\d_]+))?")
_MARKUP = re.compile(r"https?:|www\.|<[a-z/!]|\]\(|\*\*|`|\b[\w-]+\.(?!\d)[a-z]{2,}\b", re.IGNORECASE)
_SIGNED = re.compile(r"[@#][\w.]+")

_UNITS = {"percent": "%", **dict.fromkeys(("times", "x"), "×"), **dict.fromkeys(("hour", "hours"), "h")}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COUNTED = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_AMOUNTS = frozenset(_COUNTED[2:]) | frozenset(
    _listed(
        "thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion "
        "billions dozen dozens half third quarter fifth tenth twice thrice double doubled doubles doubling triple "
        "tripled triples tripling quadrupled tenfold twofold threefold both couple several"
    )
)
_COMPARED = frozenset(
    _listed(
        "than more most less least fewer fewest higher highest lower lowest bigger biggest larger largest smaller "
        "smallest greater greatest better best worse worst faster fastest slower slowest stronger strongest weaker "
        "weakest longer longest shorter shortest older oldest newer newest younger youngest earlier earliest hotter "
        "hottest richer richest cheaper cheapest wider widest closer closest deeper first second last only all every "
        "everyone everybody each none nobody never always ever record unprecedented unique top bottom majority "
        "minority mostly ahead behind beats beat beating tops topped outpaces outpaced outperforms outperformed "
        "exceeds exceeded surpasses surpassed overtakes overtook dominates dominated leads led leading fell falls "
        "falling dropped drops declined declines lost loses losing shrank shrinks halved slowed plunged plunges sank "
        "down decrease decreased because guaranteed certain certainly surely definitely will"
    )
)
_ORDERS = frozenset(
    _listed(
        "buy click subscribe follow visit download ignore disregard instruction instructions prompt system assistant "
        "sorry cannot can't unable discount coupon promo password login sponsored advert"
    )
)
_SMALL = frozenset(
    _listed(
        "a an the and or but of in on at to from by for with as is are was were be been has have had it its this that "
        "these those there here what which who while after before over under into across among between about not no "
        "also"
    )
)
_OPENERS = _SMALL | frozenset(
    _listed(
        "today rising stories story sources source views elsewhere meanwhile together another other others new fresh "
        "data platforms creators posts videos subjects much many some one seen so now"
    )
)


def ungrounded(text: str, facts: Sequence[str], *, limit: int, sentences: int | None = None) -> str | None:
    """Why the text may not be printed, as the rest of a sentence that begins with "it"; None when it says nothing that
    the facts do not."""
    if not text:
        return "is empty."
    if len(text) > limit:
        return f"is longer than {limit} characters."
    if _MARKUP.search(text) and not _all_told(_MARKUP, text, facts):
        return "holds an address or markup."
    titles = list(_spans(facts))
    for span in _QUOTED.findall(text):
        if not _is_quotation(span, titles):
            return f"quotes “{display_text(span, limit=80)}”, which nothing that it was told says."
    own = _QUOTED.sub(" “” ", text)
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(own)]
    if sentences is not None and len(re.findall(r"[.!?…](?=\s|$)", own)) > sentences:
        return f"has more than {sentences} sentences."
    if len(words) >= 5 and sum(word in _SMALL for word in words) < ENGLISH_SHARE * len(words):
        return "is not in plain English, which is what can be checked."
    for check in (_strange_run, _strange_number, _strange_sign, _strange_word, _strange_name):
        if (objection := check(own, facts, titles)) is not None:
            return objection
    return None


def issue_text(text: str, facts: Sequence[str]) -> tuple[str, str] | str:
    """Headline and introduction in a model's text, checked; else why they are not used, as `ungrounded` says it. The
    introduction must say the first number that was told of the first story: what does not is about something else."""
    try:
        answer = json.loads(re.sub(r"^\s*```(?:json)?|```\s*$", "", text))
        headline, introduction = answer["headline"], answer["introduction"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "is not the JSON that was asked for."
    if not (isinstance(headline, str) and isinstance(introduction, str)):
        return "is not the JSON that was asked for."
    headline, introduction = display_text(headline).rstrip("."), display_text(introduction)
    for part, limit, sentences in ((headline, HEADLINE_LIMIT, 1), (introduction, INTRODUCTION_LIMIT, SENTENCES)):
        if (objection := ungrounded(part, facts, limit=limit, sentences=sentences)) is not None:
            return objection
    first = next(iter(_numbers(_QUOTED.sub(" ", facts[0]))), None) if facts else None
    if first and first not in set(_numbers(_QUOTED.sub(" ", introduction))):
        return "does not say the first story's number."
    return headline, introduction


def report_text(text: str, facts: Sequence[str]) -> str | None:
    """Why a model's prose on a report may not be used; None when it may."""
    return ungrounded(text, facts, limit=REPORT_LIMIT)


# --- parts ----------------------------------------------------------------------------------------------------------


def _spans(facts: Iterable[str]) -> Iterator[str]:
    for fact in facts:
        yield from (_folded(span) for span in re.findall("“([^“”]*)”", fact))


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").rstrip(" .,…!?").split())


def _is_quotation(span: str, titles: Sequence[str]) -> bool:
    """Whether it is a title, or its beginning up to the end of a word."""
    quotation = _folded(span)
    return bool(quotation) and any(
        title == quotation or (title.startswith(quotation) and not title[len(quotation)].isalnum()) for title in titles
    )


def _all_told(pattern: re.Pattern[str], text: str, facts: Sequence[str]) -> bool:
    """Whether what looks like an address is a word of the facts' own (a site's name as a source)."""
    own = {address.casefold() for fact in facts for address in pattern.findall(_QUOTED.sub(" ", fact))}
    return all(address.casefold() in own for address in pattern.findall(_QUOTED.sub(" ", text)))


def _strange_run(own: str, facts: Sequence[str], titles: Sequence[str]) -> str | None:
    ours = _runs(_QUOTED.sub(" ", fact) for fact in facts)
    for run in _runs(titles) & _runs([own]) - ours:
        if not all(word in _SMALL for word in run):
            return f"says “{' '.join(run)}”, words of a title, as its own."
    return None


def _runs(texts: Iterable[str]) -> set[tuple[str, ...]]:
    runs = set()
    for text in texts:
        words = re.findall(r"\w+", text.casefold())
        runs |= {tuple(words[at : at + STRANGERS_RUN]) for at in range(len(words) - STRANGERS_RUN + 1)}
    return runs


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """Each number with its sign and its unit: the sign that follows it, else the next word in the singular."""
    for minus, digits, suffix, sign, word in _NUMBER.findall(text):
        unit = sign or _UNITS.get(word.casefold(), word.casefold())
        if suffix and not sign and _UNITS.get(suffix.casefold()):
            suffix, unit = "", _UNITS[suffix.casefold()]
        value = digits.replace(",", "").casefold() + suffix.casefold()
        yield ("-" if minus else "") + value, _singular(unit)


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Each word with the next one of its clause, "" at the end."""
    for clause in re.split(r"[^\w\s'’-]+", text):
        words = [word.casefold().replace("’", "'") for word in _WORD.findall(clause)]
        yield from zip(words, [*words[1:], ""], strict=False)


def _strange_number(own: str, facts: Sequence[str], titles: Sequence[str]) -> str | None:
    # what a title says it counts is no figure of ours
    known = {pair for fact in facts for pair in _numbers(_QUOTED.sub(" ", fact))}
    values = {value for value, _ in known}
    for value, unit in _numbers(own):
        if value not in values:
            return f"says {value}, of which it was not told."
        if unit and (value, unit) not in known:
            return f"says {value} {unit}: it was told the number, but of something else."
    return None


def _strange_sign(own: str, facts: Sequence[str], titles: Sequence[str]) -> str | None:
    known = {sign.casefold() for fact in facts for sign in _SIGNED.findall(fact)}
    for sign in _SIGNED.findall(own):
        if sign.casefold().rstrip(".") not in known:
            return f"says {display_text(sign, limit=60)}, of which it was not told."
    return None


def _strange_word(own: str, facts: Sequence[str], titles: Sequence[str]) -> str | None:
    """An amount or a comparative in words. "more" of one thing is not "more" of another: the word after it counts."""
    plain = [_QUOTED.sub(" . ", fact) for fact in facts]
    known = {pair for fact in plain for pair in _pairs(fact)}
    counted = {pair for fact in plain for pair in _numbers(fact)}
    for word, after in _pairs(own):
        if (word, after) in known or (word in _COUNTED and (str(_COUNTED.index(word)), _singular(after)) in counted):
            continue
        if word in _AMOUNTS or word in _COMPARED or _is_superlative(word):
            return f"says “{word} {after}”, of which it was not told.".replace(" ”", "”")
        if word in _ORDERS:
            return f"says “{word}”, as no newsletter does."
    return None


def _is_superlative(word: str) -> bool:
    return len(word) > 5 and word.endswith(("iest", "ggest", "ttest", "llest", "rgest", "ghest", "west", "ngest"))


def _strange_name(own: str, facts: Sequence[str], titles: Sequence[str]) -> str | None:
    """A word in capitals, or in letters that have none, that no fact has. The first word of a sentence may also be a
    plain one."""
    known = {word.casefold() for text in facts for word in _WORD.findall(text)}
    known |= {part for word in known for part in re.split(r"['’-]", word)}
    for match in _WORD.finditer(own):
        word, before = match[0], own[: match.start()].rstrip(" “”(")
        plain = word.casefold().removesuffix("'s").removesuffix("’s")
        if plain in known or (word.isascii() and word == word.lower()):
            continue
        opens = not before or before[-1] in ".!?…:"
        if not (opens and word[1:] == word[1:].lower() and (plain in _OPENERS or plain in _COUNTED)):
            return f"names {display_text(word, limit=60)}, of whom it was not told."
    return None
