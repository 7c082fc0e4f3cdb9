"""Which Reddit calls a day needs: the day's top posts of each subreddit. Pure but for `obtain`."""

from dataclasses import replace

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import Page, collect_side_by_side, walk_pages
from trend_assets.sources.reddit import calls
from trend_assets.sources.reddit.parse import listing_page

WORKERS = 2


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """The day's top posts of the subreddits of the options, `limit` each, 100 a page. A subreddit
    that is private, banned or unknown is named and left out."""
    limit = context.options.limit
    pages = -(-limit // calls.PAGE_SIZE)

    def listing(subreddit: str) -> CollectReport:
        received = 0

        def fetch(after: str | None) -> Page:
            nonlocal received
            call = calls.top_of_day(subreddit, limit=limit - received, after=after or "")
            page = listing_page(obtain(replace(call, context={"before": received})))
            received += len(page.ids)
            return page

        report = walk_pages(name=f"r/{subreddit}", fetch=fetch, max_pages=pages)
        report.capped = False  # the limit is ours
        return report

    return collect_side_by_side(context.options.subreddits, listing, workers=WORKERS, what="Subreddit", by_name=True)
