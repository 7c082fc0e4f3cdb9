"""One call for TikTok's trending search words."""

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.errors import SuspiciousEmpty
from trend_assets.sources.providers.tikhub import calls
from trend_assets.sources.trending_keywords.parse import parse


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """One call. Raises SuspiciousEmpty for a list without words: TikTok always has some."""
    parsed = parse(obtain(calls.trending_words()))
    if not parsed.rows:
        raise SuspiciousEmpty("TikHub answered without any trending search word.", provider=calls.PROVIDER)
    return CollectReport(items=parsed.received)
