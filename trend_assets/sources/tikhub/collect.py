"""Which TikHub calls a day needs: trending words, a search per word, a profile per creator. Pure but for `obtain`."""

from collections.abc import Mapping
from typing import Any

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import Page, collect_side_by_side, walk_pages
from trend_assets.sources.errors import SourceError, SuspiciousEmpty
from trend_assets.sources.tikhub import calls
from trend_assets.sources.tikhub.parse import parse_trending_keywords, search_page

WORKERS = 8
"""10 requests a second at about 300 ms each keep 3 busy; 8 leave room for slow answers. The pacing holds the limit."""


def collect_trending_keywords(obtain: Obtain, context: CollectContext) -> CollectReport:
    """One call. Raises SuspiciousEmpty for a list without words: TikTok always has some."""
    parsed = parse_trending_keywords(obtain(calls.trending_words()))
    if not parsed.rows:
        raise SuspiciousEmpty("TikHub answered without any trending search word.", provider=calls.PROVIDER)
    return CollectReport(items=parsed.received)


def collect_comet_videos(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Search each of the day's keywords (`inputs["keywords"]`, best first) within the page budget.

    Keywords that differ only in case are searched once. A keyword that fails is named and left out; all failing
    raises the first error, and no result for any keyword is SuspiciousEmpty."""
    keywords = distinct_keywords(context.inputs.get("keywords", ()))[: context.settings.comet_keywords_per_day]
    if not keywords:
        raise SourceError(
            f"There are no trending keywords for {context.day}; materialize source/trending_keywords for it first.",
            provider=calls.PROVIDER,
        )

    def search(keyword: str) -> CollectReport:
        def fetch(cursor: str | None) -> Page:
            return search_page(obtain(calls.video_search(keyword, offset=int(cursor or 0))))

        return walk_pages(name=f"Keyword {keyword!r}", fetch=fetch, max_pages=context.settings.comet_pages_per_keyword)

    report = collect_side_by_side(keywords, search, workers=WORKERS, what="Keyword")
    if not report.items:
        raise SuspiciousEmpty(f"TikHub found no video for any of {len(keywords)} keywords.", provider=calls.PROVIDER)
    # stopping at our own page budget is what was asked for, not a gap
    report.capped = report.capped and not report.complete
    return report


def collect_creator_profiles(obtain: Obtain, context: CollectContext) -> CollectReport:
    """One profile call per creator of `inputs["creators"]` (mappings with user_id, sec_uid and/or handle)."""
    creators = [creator for creator in context.inputs.get("creators", ()) if _ids_of(creator)]

    def profile(creator: Mapping[str, Any]) -> CollectReport:
        obtain(calls.user_profile(**_ids_of(creator)))
        return CollectReport(items=1)

    return collect_side_by_side(creators, profile, workers=WORKERS, what="Creator")


def _ids_of(creator: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name in ("user_id", "sec_uid", "handle") if isinstance(value := creator.get(name), str)}


def distinct_keywords(keywords: Any) -> list[str]:
    """Keywords in order, white space folded, without repeats that differ only in case."""
    found: dict[str, str] = {}
    for keyword in keywords:
        folded = " ".join(str(keyword).split())
        if folded:
            found.setdefault(folded.casefold(), folded)
    return list(found.values())
