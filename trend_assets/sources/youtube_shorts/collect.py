"""Which YouTube calls a day needs. Pure but for `obtain`.

per query: search pages (100 a day in all) ─▶ ids in order ─▶ channels.list and videos.list, 50 ids a unit
"""

from datetime import UTC, datetime, time, timedelta

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import Page, chunks, collect_side_by_side, walk_pages
from trend_assets.sources.errors import BudgetExhausted, SourceError
from trend_assets.sources.providers.youtube import calls
from trend_assets.sources.youtube_shorts.parse import search_page, subscribers_in
from trend_assets.text import plural

WINDOW = timedelta(days=7)
WORKERS = 4


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Short videos published in the seven days before the day's end, most viewed first, for each query of
    the options."""
    # the day's end, also while the day lasts: a rerun asks the same question, which is replayed and costs nothing
    until = datetime.combine(context.day + timedelta(days=1), time.min, tzinfo=UTC)
    return collect_side_by_side(
        context.options.queries,
        lambda query: _collect_query(obtain, context, query, until),
        workers=WORKERS,
        what="Query",
        by_name=True,
    )


def _collect_query(obtain: Obtain, context: CollectContext, query: str, until: datetime) -> CollectReport:
    channel_of: dict[str, str] = {}

    def fetch(token: str | None) -> Page:
        call = calls.search(query, published_after=until - WINDOW, published_before=until, page_token=token or "")
        page, channels = search_page(obtain(call))
        for video_id, channel in channels.items():
            channel_of.setdefault(video_id, channel)
        return page

    report = walk_pages(name=f"Query {query!r}", fetch=fetch, max_pages=context.options.pages)
    report.capped = False  # our own page budget; the notes of a quota stop say so themselves
    report.items = len(channel_of)
    ranks = {video_id: rank for rank, video_id in enumerate(channel_of, start=1)}
    followers = _followers(obtain, sorted({channel for channel in channel_of.values() if channel}), report)
    for position, ids in enumerate(chunks(channel_of, calls.IDS_PER_CALL)):
        channels = {channel_of[video_id] for video_id in ids}
        about = {
            "list_name": query,
            "ranks": {video_id: ranks[video_id] for video_id in ids},
            "followers": {channel: followers[channel] for channel in sorted(channels & followers.keys())},
            "max_seconds": context.options.max_seconds,
        }
        try:
            obtain(calls.videos(ids, context=about))
        except SourceError as error:
            if position == 0:
                raise
            report.complete = False
            report.capped = report.capped or isinstance(error, BudgetExhausted)
            report.items -= len(ids)
            report.problems.append(f"Query {query!r}: no details of {plural(len(ids), 'video')}. {error}")
    return report


def _followers(obtain: Obtain, channels: list[str], report: CollectReport) -> dict[str, int]:
    followers: dict[str, int] = {}
    for ids in chunks(channels, calls.IDS_PER_CALL):
        try:
            followers.update(subscribers_in(obtain(calls.channels(ids))))
        except SourceError as error:
            # the videos are worth having without their creators' size, which is then unknown
            report.complete = False
            report.problems.append(f"The subscribers of {plural(len(ids), 'channel')} are unknown. {error}")
    return followers
