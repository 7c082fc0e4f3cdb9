"""Amazon's best-seller lists through junglee/amazon-bestsellers, and a movers actor where the user has one.

The best-seller actor refuses Movers & Shakers pages, so positions are collected and the movement is computed from
partition to partition; a movers actor (TREND_ASSETS_AMAZON__MOVERS_ACTOR) brings the page's own figures beside them.
One row per category and product; list_rank is the position.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from trend_assets.platforms import PLATFORMS, address_parts
from trend_assets.sources.call import Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import merge
from trend_assets.sources.errors import SourceError
from trend_assets.sources.names import shown
from trend_assets.sources.posts import telling
from trend_assets.sources.providers.apify.calls import actor_run
from trend_assets.sources.providers.apify.items import report_of
from trend_assets.sources.values import dig

_BESTSELLER_PAGE = re.compile(r"/(?:Best-Sellers[^/]*/zgbs|gp/bestsellers|bestsellers)/?([^/?]*)(?=[/?]|$)")
# hung behind a page to know where the reader came from
_REFERRER = re.compile(r"/ref=[^/?]*")


def category_page(written: str) -> str:
    """An address of a list on Amazon, without what only says where the reader came from."""
    address = address_parts(written if "://" in written else f"https://{written}")
    host = address.host if address else ""
    if address is None or not address.path or host not in PLATFORMS["amazon"].link_hosts:
        raise ValueError(f"{shown(written)} is not an address of a best-seller list on Amazon")
    if not re.search(r"best-?sellers", address.path, re.IGNORECASE):
        # the actor refuses a whole run for one address without the word
        raise ValueError(f"{shown(written)} is not a best-seller list: its address says Best-Sellers or bestsellers")
    return f"https://www.{host}{quote(_REFERRER.sub('', address.path), safe='/:,~@+!$')}"


def bestsellers_run(actor: str, urls: Sequence[str], *, per_category: int, usd_per_1000: float) -> Call:
    """Positions in the lists of some category pages. Input words are `categoryUrls` and `maxItemsPerStartUrl`: two
    public projects send startUrls/maxItems and get nothing."""
    return actor_run(
        actor,
        {"categoryUrls": list(urls), "maxItemsPerStartUrl": per_category, "depthOfCrawl": 1},
        max_items=per_category * len(urls),
        usd_per_1000=usd_per_1000,
        context={"role": "positions", "never_empty": True},
    )


def movers_run(actor: str, urls: Sequence[str], *, per_category: int, usd_per_1000: float) -> Call:
    """The Movers & Shakers pages of the same categories."""
    movers = [_BESTSELLER_PAGE.sub(r"/gp/movers-and-shakers/\1", url) for url in urls]
    return actor_run(
        actor,
        {"categoryUrls": movers, "maxItemsPerStartUrl": per_category},
        max_items=per_category * len(urls),
        usd_per_1000=usd_per_1000,
        context={"role": "movers"},
    )


def _page_of(item: Any) -> str | None:
    url = telling(dig(item, "categoryUrl"), dig(item, "input", "url"))
    try:
        return category_page(url) if isinstance(url, str) else None
    except ValueError:
        return None


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """The lists of the options; a failing movers run leaves the positions, incomplete."""
    options = context.options
    urls = options.category_urls
    sizes = {"per_category": options.max_items, "usd_per_1000": options.usd_per_1000}
    report = report_of(obtain(bestsellers_run(options.actor, urls, **sizes)), asked=urls, name_of=_page_of)
    if options.movers_actor:
        try:
            merge(report, report_of(obtain(movers_run(options.movers_actor, urls, **sizes))))
        except SourceError as error:
            report.complete = False
            report.problems.append(f"The movers actor failed; the positions are kept. {error}")
    return report
