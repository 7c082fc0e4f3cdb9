"""Full text over posts, products, stories and creators: what people type, as one query of Postgres' text search.

    typed ─▶ words and "phrases", -without ─▶ folded as the rows were (`tables/search.py`) ─▶ tsquery ─▶ newest first

A word finds what begins with it, has its stem, or has it inside a handle or hashtag. How posts are looked for is in
`newest.py`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from trend_assets.api.models import Day, PostPlatform, Text
from trend_assets.api.newest import newest_posts
from trend_assets.api.pages_of import cursor_moment, decode_cursor, encode_cursor
from trend_assets.api.problems import Problem
from trend_assets.api.reading import Reader
from trend_assets.platforms import PLATFORMS
from trend_assets.tables.search import STEMMED, folded
from trend_assets.text import clean_text, is_blank
from trend_assets.warehouse.tables import PLATFORM_OF_SCHEMA

Kind = Literal["post", "product", "story", "creator"]
KINDS: dict[Kind, str] = {"post": "Posts", "product": "Products", "story": "Stories", "creator": "Creators"}
LONGEST, MOST_WORDS = 200, 12
ROSTER = PLATFORM_OF_SCHEMA["comets"]
ROSTER_PAGES = profiles.address if (profiles := PLATFORMS[ROSTER].profiles) else ""
_CHUNK = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


# a field of a form that was left empty comes as an empty text
Blank = BeforeValidator(lambda value: None if value == "" else value)
Few = Annotated[int | None, Field(ge=0, le=2**62), Blank]
Hashtag = Annotated[Text | None, Field(max_length=101), Blank]
Language = Annotated[str | None, Field(pattern=r"^[A-Za-z]{2}([-_][A-Za-z0-9]{2,8})*$"), Blank]


class Filters(BaseModel):
    """What narrows a search, also from an address; one that a kind has no column for is refused."""

    start: Annotated[Day | None, Blank] = Field(None, description="Last collected on this day or later.")
    end: Annotated[Day | None, Blank] = Field(None, description="Last collected on this day or before.")
    platform: Annotated[PostPlatform | None, Blank] = Field(None, description="Only this platform.")
    source: Annotated[str | None, Blank] = Field(
        None, pattern=r"^[a-z][a-z0-9_]{0,40}$", description="Only what this source had."
    )
    hashtag: Hashtag = Field(None, description="Only posts with this hashtag.")
    language: Language = Field(None, description="Only this language: en, de, ….")
    min_views: Few = Field(None, description="At least so many views.")
    min_followers: Few = Field(None, description="Its creator has at least so many.")
    max_followers: Few = Field(None, description="Its creator has at most so many.")


class Hit(BaseModel):
    """One thing that was found."""

    kind: Kind
    key: str = Field(description="platform:id of a post or product, story id, creator id.")
    platform: str
    title: str | None
    text: str | None = Field(description="The start of its text.")
    creator_handle: str | None
    language: str | None
    url: str | None = Field(description="Its public address.")
    views: int | None
    followers: int | None = Field(description="The creator's followers as said with it.")
    seen_at: datetime = Field(description="When it was last collected; of a story: its newest day.")
    is_simulated: bool


class SearchPage(BaseModel):
    """What was found, newest first."""

    q: str
    kind: Kind
    items: list[Hit]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last one.")
    note: str | None = Field(description="What of the search was not used, as a sentence.")


class NothingToSearch(Problem):
    """A search without a word that can be looked up."""

    def __init__(self, detail: str) -> None:
        super().__init__(422, detail)


def search(
    reader: Reader, q: str, *, kind: Kind, filters: Filters, limit: int, cursor: str | None = None
) -> SearchPage:
    """A page of what `q` finds. Problem 422 with a sentence for one that holds nothing to look up or is too long, for a
    filter that `kind` has no answer to, and for a cursor of another search."""
    asked = asked_for(reader, q, language=filters.language)
    after = decode_cursor(cursor, length=3)
    if after and after[0] != kind:
        raise Problem(422, f"This cursor belongs to a search for kind={after[0][:20]}; begin again without one.")
    where, parameters = _conditions(kind, filters)
    parameters["limit"] = limit + 1
    if after:
        parameters |= {"at": cursor_moment(after[1]), "key": after[2]}
    if kind == "post" or kind == "product":
        where.append(f"p.kind {'=' if kind == 'product' else '<>'} 'product'")
        near = [each for each in where if each.startswith(_OF_THE_WALK)] + ([_BEYOND] if after else [])
        far = ["p.duplicate_of IS NULL", *where]
        if asked.without:
            far.append("p.search @@ %(without)s::tsquery")
            parameters["without"] = " & ".join(asked.without)
        rows = newest_posts(reader, _HIT, words=asked.words, near=near, where=far, parameters=parameters)
    else:
        parameters["query"] = " & ".join([*asked.words, *asked.without])
        rows = reader.rows(_statement(kind, where, after=after is not None), parameters)
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(kind, last["seen_at"].isoformat(), last["key"])
    items = [Hit.model_validate(row | {"kind": kind}) for row in rows[:limit]]
    return SearchPage(q=q, kind=kind, items=items, next_cursor=following, note=asked.note)


@dataclass(frozen=True, slots=True)
class Asked:
    """What people typed, as tsqueries of which all must hold, and a sentence about words that were left out."""

    words: list[str]
    without: list[str]
    note: str | None


def asked_for(reader: Reader, q: str, *, language: str | None = None) -> Asked:
    """What people typed, ready to be looked up. Problem 422 without a word to look up."""
    if len(q) > LONGEST:
        raise NothingToSearch(f"A search may have {LONGEST} characters at most, this one has {len(q):,}; shorten it.")
    if q != clean_text(q):
        raise NothingToSearch("The search holds control characters or broken Unicode; type it again.")
    chunks = [(bool(found[1]), found[2] is not None, found[2] or found[3] or "") for found in _CHUNK.finditer(q)]
    if len(chunks) > MOST_WORDS:
        raise NothingToSearch(f"A search may have {MOST_WORDS} words at most, this one has {len(chunks)}; shorten it.")
    stems = STEMMED.get((language or "en")[:2].lower(), "english")
    read = _folded(reader, tuple(text for _, _, text in chunks), stems)
    wanted: list[str] = []
    unwanted: list[str] = []
    common: list[str] = []
    for (is_unwanted, is_quoted, typed), row in zip(chunks, read, strict=True):
        if not row["words"] or is_blank(typed):
            continue
        if not row["stems"] and not is_quoted:
            common.append(typed)
        else:
            (unwanted if is_unwanted else wanted).append(_alternatives(row, is_quoted=is_quoted))
    if not wanted and common:
        raise NothingToSearch(
            f"{', '.join(common[:5])}: almost every text holds such words. Add a word that says what you look for, "
            'or put them in "quotes".'
        )
    if not wanted and unwanted:
        raise NothingToSearch("Everything but these words would be nearly everything; add a word that must be there.")
    if not wanted:
        raise NothingToSearch("There is no word in this search; type letters or digits of what you look for.")
    note = f"Left out, since almost every text holds it: {', '.join(common)}." if common else None
    return Asked(list(dict.fromkeys(wanted)), [f"!{each}" for each in unwanted], note)


@lru_cache(maxsize=5_000)
def _folded(reader: Reader, typed: tuple[str, ...], stems: str) -> list[dict[str, Any]]:
    """What was typed as the database folds it, with its words and their stems. The same words always fold alike: a
    page asks for every kind of thing, a next page, another filter, and none of them asks the database again."""
    return reader.rows(
        f"""SELECT folded, phraseto_tsquery('simple', folded)::text AS words,
                   phraseto_tsquery(%(stems)s::regconfig, folded)::text AS stems
            FROM (SELECT n, trim({folded("typed")}) AS folded
                  FROM unnest(%(typed)s::text[]) WITH ORDINALITY AS t(typed, n)) AS f ORDER BY n""",
        {"typed": list(typed), "stems": stems},
    )


def _alternatives(row: dict[str, Any], *, is_quoted: bool) -> str:
    """The ways in which a row may hold one word, or the one way for a phrase."""
    words, stems, folded_word = row["words"], row["stems"], row["folded"]
    if is_quoted or "<" in words:
        return f"({words})"
    # two Latin letters begin too much; two syllables of Korean are a word
    found = [f"{words}:*" if len(folded_word) > 2 or not folded_word.isascii() else words]
    if stems != words:
        found.append(stems)
    if len(folded_word) > 3:
        parts = sorted({folded_word[at : at + 3] for at in range(len(folded_word) - 2)})
        found.append(f"({' & '.join(_lexeme(part) for part in parts)})")
    return f"({' | '.join(found)})"


def _lexeme(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


# --- the statement --------------------------------------------------------------------------------------------------

_HIT = (
    "p.platform || ':' || p.external_id AS key, p.platform, p.title, left(p.description, 300) AS text, "
    "p.creator_handle, p.language, p.url, p.views, p.creator_followers AS followers, p.last_collected_at AS seen_at, "
    "p.is_simulated"
)
_BEYOND = (
    "(p.last_collected_at, p.platform, p.external_id) < "
    "(%(at)s, split_part(%(key)s, ':', 1), substr(%(key)s, strpos(%(key)s, ':') + 1))"
)
# what the index of time can tell by itself
_OF_THE_WALK = ("p.last_collected_at", "p.platform")

# per filter: on posts, on stories, on creators; empty: a kind has no such thing
_FILTERS: dict[str, tuple[str, str, str]] = {
    "start": ("p.last_collected_at >= %(start)s", "p.seen_at >= %(start)s", "p.last_updated_at >= %(start)s"),
    "end": ("p.last_collected_at < %(end)s", "p.seen_at < %(end)s", "p.last_updated_at < %(end)s"),
    "platform": ("p.platform = %(platform)s", "%(platform)s = ANY(p.platforms)", f"%(platform)s = '{ROSTER}'"),
    "source": ("%(source)s = ANY(p.sources)", "%(source)s = ANY(p.sources)", ""),
    "hashtag": ("%(hashtag)s = ANY(p.hashtags)", "", ""),
    "language": ("lower(left(p.language, 2)) = %(language)s", "", ""),
    "min_views": ("p.views >= %(min_views)s", "p.views >= %(min_views)s", ""),
    "min_followers": ("p.creator_followers >= %(min_followers)s", "", "d.followers >= %(min_followers)s"),
    "max_followers": ("p.creator_followers <= %(max_followers)s", "", "d.followers <= %(max_followers)s"),
}
_COLUMN: dict[Kind, int] = {"post": 0, "product": 0, "story": 1, "creator": 2}


def _conditions(kind: Kind, filters: Filters) -> tuple[list[str], dict[str, Any]]:
    given = filters.model_dump(exclude_none=True)
    where = []
    for name in given:
        condition = _FILTERS[name][_COLUMN[kind]]
        if not condition:
            raise Problem(422, f"{name} says nothing of a {kind}; leave it out, or search for kind=post.")
        where.append(condition)
    parameters: dict[str, Any] = dict(given)
    if filters.start:
        parameters["start"] = datetime.combine(filters.start, time(), UTC)
    if filters.end:
        parameters["end"] = datetime.combine(filters.end, time(), UTC) + timedelta(days=1)
    if filters.language:
        parameters["language"] = filters.language[:2].lower()
    if filters.hashtag:
        parameters["hashtag"] = hashtag_of(filters.hashtag)
    return where, parameters


def hashtag_of(typed: str) -> str:
    """A hashtag as it is stored."""
    from trend_assets.text import hashtag_key

    return hashtag_key(typed.lstrip("#＃"))


def _statement(kind: Literal["story", "creator"], where: list[str], *, after: bool) -> str:
    conditions = " AND ".join(["p.search @@ %(query)s::tsquery", *where])
    match kind:
        case "story":
            beyond = "WHERE (seen_at, key) < (%(at)s, %(key)s) " if after else ""
            return f"""
                SELECT * FROM (
                  SELECT DISTINCT ON (p.story_id) p.story_id AS key, p.platform, p.title, left(p.text, 300) AS text,
                         NULL AS creator_handle, NULL AS language, NULL AS url, p.views,
                         NULL::bigint AS followers, p.seen_at, p.is_simulated
                  FROM (SELECT *, observed_date::timestamp AT TIME ZONE 'UTC' AS seen_at FROM feed.stories) p
                  WHERE {conditions} ORDER BY p.story_id, p.observed_date DESC) AS found
                {beyond}ORDER BY seen_at DESC, key DESC LIMIT %(limit)s"""
        case "creator":
            beyond = " AND (p.last_updated_at, p.user_id) < (%(at)s, %(key)s)" if after else ""
            return f"""
                SELECT p.user_id AS key, '{ROSTER}' AS platform, p.nickname AS title, left(p.signature, 300) AS text,
                       p.handle AS creator_handle, NULL AS language, replace('{ROSTER_PAGES}', '{{}}', p.handle) AS url,
                       NULL::bigint AS views, d.followers, p.last_updated_at AS seen_at, p.is_simulated
                FROM comets.creators p LEFT JOIN LATERAL (
                  SELECT s.followers FROM comets.creator_stats s WHERE s.user_id = p.user_id
                  ORDER BY s.observed_date DESC LIMIT 1) d ON true
                WHERE {conditions}{beyond} ORDER BY p.last_updated_at DESC, p.user_id DESC LIMIT %(limit)s"""
