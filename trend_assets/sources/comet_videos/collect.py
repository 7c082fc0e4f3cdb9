"""Which searches a day needs: the day's trending keywords, best first. Pure but for `obtain`."""

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import Page, collect_side_by_side, distinct_keywords, walk_pages
from trend_assets.sources.comet_videos.parse import search_page
from trend_assets.sources.errors import SourceError
from trend_assets.sources.providers.tikhub import calls


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Search each of the day's keywords (`inputs["keywords"]`, best first) within the page budget.

    Keywords that differ only in case are searched once. A keyword that fails is named and left out; all failing
    raises the first error."""
    keywords = distinct_keywords(context.inputs.get("keywords", ()))[: context.options.keywords_per_day]
    if not keywords:
        from trend_assets.sources.discovery import the

        raise SourceError(
            f"There are no trending keywords for {context.day}; "
            f"materialize source/{the('search_words').name} for it first.",
            provider=calls.PROVIDER,
        )

    def search(keyword: str) -> CollectReport:
        def fetch(cursor: str | None) -> Page:
            return search_page(obtain(calls.video_search(keyword, offset=int(cursor or 0))))

        return walk_pages(name=f"Keyword {keyword!r}", fetch=fetch, max_pages=context.options.pages_per_keyword)

    report = collect_side_by_side(keywords, search, workers=calls.WORKERS, what="Keyword", by_name=True)
    # stopping at our own page budget is what was asked for, not a gap
    report.capped = report.capped and not report.complete
    return report
