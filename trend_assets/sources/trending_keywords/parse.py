"""Typed rows of TikTok's trending search words: one per keyword."""

from typing import Any

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import Tally, require_list, telling
from trend_assets.sources.providers.tikhub.envelope import PROVIDER, document_of, note_staleness
from trend_assets.sources.values import BadValue, Notes, dig, line


def parse(answer: Answer) -> Parsed:
    """Rows keyword, rank, word_type. The rank is the place in the list: the answer has no other."""
    document = document_of(answer)
    data = document["data"]
    words = require_list(
        data.get("trending_search_words"),
        "$.data.trending_search_words",
        what="TikHub's answer of trending search words",
        provider=PROVIDER,
    )
    tally = Tally(what="trending search words")
    note_staleness(document, answer, tally.notes)
    for rank, item in enumerate(words, start=1):
        tally.take(item, _keyword, rank, tally.notes, key=("keyword",))
    return tally.parsed()


def _keyword(item: Any, rank: int, notes: Notes) -> dict[str, Any]:
    word = item if isinstance(item, str) else telling(dig(item, "trendingSearchWord"), dig(item, "word"))
    keyword = line(word, "trendingSearchWord", notes, limit=200)
    if keyword is None:
        raise BadValue("It has no trendingSearchWord.")
    return {
        "keyword": keyword,
        "rank": rank,
        "word_type": line(dig(item, "trendingSearchWordType"), "trendingSearchWordType", notes, limit=40),
    }
