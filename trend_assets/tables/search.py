"""What a search looks in, as SQL over a table's own columns: Postgres keeps it as the table's column `search`.

    text ─▶ `folded`: no accents, no case, no signs; scripts without blanks: one word per character
         ─▶ words as written ∪ their stems in the row's language ∪ three-letter pieces of handles and hashtags

What people ask is folded by the same expression (`api/search.py`). Everything here comes with Postgres itself: the
embedded server carries neither `unaccent` nor `pg_trgm`. Functions must be immutable, so `array_to_string` cannot be
used; the text of a tsvector of hashtags says the same.
"""

LONGEST_TEXT = 1000
"""Characters of a description that are searched: captions are shorter, and a page of self text repeats itself."""

# han, kana, bopomofo; Thai, Lao, Burmese, Khmer: they put no blanks between words
_NO_BLANKS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

STEMMED = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "id": "indonesian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
"""Language codes whose words Postgres can bring to their stems."""


def folded(text: str) -> str:
    """The text of a SQL expression as it is compared."""
    bare = f"lower(normalize(regexp_replace(normalize({text}, NFKD), '[\\u0300-\\u036f]', '', 'g'), NFC))"
    words = f"regexp_replace({bare}, '[[:punct:][:space:][:cntrl:]]+', ' ', 'g')"
    return f"regexp_replace({words}, '([{_NO_BLANKS}])', ' \\1 ', 'g')"


def pieces(text: str) -> str:
    """All pieces of three letters of each word: cut from its first, its second and its third letter on."""
    later = (text, f"regexp_replace({text}, '\\m\\w', '', 'g')", f"regexp_replace({text}, '\\m\\w\\w?', '', 'g')")
    return " || ' ' || ".join(f"regexp_replace({start}, '(\\w{{3}})', '\\1 ', 'g')" for start in later)


def document(*, texts: tuple[str, ...], compounds: tuple[str, ...] = (), language: str = "") -> str:
    """The tsvector of `texts` (SQL expressions), of parts of `compounds` (handles and hashtags, written without
    blanks), and of the stems in the language whose code the column `language` holds."""
    whole = folded(" || ' ' || ".join(f"coalesce({text}, '')" for text in texts))
    parts = [f"to_tsvector('simple', {whole})"]
    if language:
        stems = " ".join(f"WHEN '{code}' THEN to_tsvector('{name}', {whole})" for code, name in STEMMED.items())
        parts.append(f"CASE lower(left({language}, 2)) {stems} ELSE '' END")
    if compounds:
        joined = folded(" || ' ' || ".join(f"coalesce({text}, '')" for text in compounds))
        parts.append(f"strip(to_tsvector('simple', {pieces(joined)}))")
    return " || ".join(parts)


def words_of(array: str) -> str:
    """The words of a text[] column as one text."""
    return f"array_to_tsvector(array_remove(array_remove({array}, NULL), ''))::text"
