"""Channel searches and the size of the channels found, for competitor requests."""

from trend_assets.sources.call import Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import chunks, collect_side_by_side
from trend_assets.sources.providers.youtube import calls
from trend_assets.sources.youtube_channels.parse import channels_in

WORKERS = 3


def search_channels(query: str) -> Call:
    """The first page of channels for a query, most relevant first: 50 at most, one call of the search bucket."""
    params = {"part": "snippet", "q": query, "type": "channel", "order": "relevance", "maxResults": calls.PAGE_SIZE}
    return Call(calls.PROVIDER, calls.SEARCH, params=params, units=1, bucket="search")


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Search channels for each of `inputs["queries"]`, then ask for the size of those found."""

    def search(query: str) -> CollectReport:
        ids = [channel for channel, _ in channels_in(obtain(search_channels(query)))]
        for batch in chunks(ids, calls.IDS_PER_CALL):
            obtain(calls.channels(batch))
        return CollectReport(items=len(ids))

    queries = list(dict.fromkeys(str(query) for query in context.inputs.get("queries", ())))
    return collect_side_by_side(queries, search, workers=WORKERS, what="Channel search")
