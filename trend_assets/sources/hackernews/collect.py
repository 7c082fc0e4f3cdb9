"""What is asked of Hacker News for a day. Pure but for `obtain`.

today       lists (ids in order) ─▶ each story once, whatever lists it is on
a past day  Algolia's search: the stories posted on it, most points first, as many as points are known now
"""

from datetime import UTC, datetime, time, timedelta

from trend_assets.sources.call import Answer, Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import collect_side_by_side, merge
from trend_assets.sources.decode import decode_json
from trend_assets.sources.posts import require_list
from trend_assets.sources.values import dig, optional_identifier

PROVIDER_NAME = "hackernews"
LISTS = ("top", "best", "new", "ask", "show")
ITEM = "/v0/item/"
SEARCH = "/api/v1/search"
PAST = "day"
"""`list_name` of a past day's stories: on which lists they were is not known any more."""
SEARCH_CAP = 1000
"""Algolia shows no more than the first thousand hits of a query, over all its pages."""
WORKERS = 8


def stories_of(name: str) -> Call:
    """The ids of a list, in order; at most 500."""
    return Call(PROVIDER_NAME, f"/v0/{name}stories.json")


def item(story: str, lists: dict[str, int]) -> Call:
    """One item; `lists` are those it was seen on, with its place, which the item itself does not say."""
    return Call(PROVIDER_NAME, f"{ITEM}{story}.json", context={"lists": lists})


def posted_between(since: datetime, until: datetime, *, limit: int) -> Call:
    """Stories posted in [since, until), most points first: one page does, since no more than a page can be had."""
    moments = f"created_at_i>={int(since.timestamp())},created_at_i<{int(until.timestamp())}"
    params = {"tags": "story", "numericFilters": moments, "hitsPerPage": min(limit, SEARCH_CAP)}
    return Call(PROVIDER_NAME, SEARCH, params=params)


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """The stories of the lists of the options, `limit` each; of a past day its stories with most points. A list or a
    story that fails is named and left out."""
    if context.day == context.now.astimezone(UTC).date():
        return _now(obtain, context.options.lists, context.options.limit)
    since = datetime.combine(context.day, time.min, tzinfo=UTC)
    answer = obtain(posted_between(since, since + timedelta(days=1), limit=context.options.limit))
    return CollectReport(items=len(hits_in(answer)))


def _now(obtain: Obtain, lists: tuple[str, ...], limit: int) -> CollectReport:
    places: dict[str, dict[str, int]] = {}

    def listing(name: str) -> CollectReport:
        for place, story in enumerate(ids_in(obtain(stories_of(name)))[:limit], start=1):
            places.setdefault(story, {}).setdefault(name, place)
        return CollectReport()

    report = collect_side_by_side(lists, listing, workers=1, what="List")

    def one(story: str) -> CollectReport:
        obtain(item(story, places[story]))
        return CollectReport(items=1)

    merge(report, collect_side_by_side(list(places), one, workers=WORKERS, what="Story"))
    return report


def ids_in(answer: Answer) -> list[str]:
    """The ids of a list, in order."""
    what = "Hacker News' list"
    document = decode_json(answer.body, what=what, provider=PROVIDER_NAME)
    listed = require_list(document, "$", what=what, provider=PROVIDER_NAME)
    return [story for value in listed if (story := optional_identifier(value)) is not None]


def hits_in(answer: Answer) -> list[object]:
    """The hits of a search."""
    what = "Algolia's answer about Hacker News"
    document = decode_json(answer.body, what=what, provider=PROVIDER_NAME)
    return require_list(dig(document, "hits"), "$.hits", what=what, provider=PROVIDER_NAME)
