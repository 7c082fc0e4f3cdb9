"""Posts of founders, brands and searches on X, through an Apify actor."""

import re
from typing import Annotated

from trend_assets.sources.declare import Estimate, Source, Terms, posts_table
from trend_assets.sources.exports import exports_beside
from trend_assets.sources.marks import ADULT, Mark
from trend_assets.sources.names import Searches, listed, path_under, shown
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.providers.apify.items import MARKS
from trend_assets.sources.providers.apify.provider import PROVIDER, Actor
from trend_assets.sources.x.collect import collect
from trend_assets.sources.x.parse import parse, read_archived, read_exported
from trend_assets.tables.model import Column

_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}", re.ASCII)
_PAGES = frozenset({"home", "search", "explore", "hashtag", "i", "intent", "settings", "messages", "notifications"})


def x_handle(written: str) -> str:
    """`@x`, `from:x`, an address under x.com or twitter.com: x."""
    path = path_under(written, "x.com", "twitter.com")
    name = path.strip("/").split("/")[0] if path is not None else written.removeprefix("from:")
    name = name.lstrip("@＠")
    if name.lower() in _PAGES or not _HANDLE.fullmatch(name):
        allowed = "up to 15 letters, digits and _, or its address on x.com"
        raise ValueError(f"{shown(written)} is not a handle on X: {allowed}")
    return name


XHandles = Annotated[tuple[str, ...], listed(x_handle)]


class Options(OptionsModel):
    """How much is asked for, of which actor, at what price."""

    actor: Actor = option("apidojo/tweet-scraper", old="TREND_ASSETS_X_ACTOR")
    """Apify actor for X."""
    handles: XHandles = option(
        "Shopify,tobi,harleyf,webflow,gymshark,allbirds,glossier,warbyparker,drinkolipop,libertylondon,magicspoon,"
        "caraway_home,oatly,liquiddeath,athleticgreens,ridgewallet,truecoffee,moizali,nickshackelford,taylorholiday,"
        "codyplof,thedtcguy,ecomchasedimond,casper,hims",
        old="TREND_ASSETS_X_HANDLES",
    )
    """Founders and brands followed on X, comma-separated: handles or addresses."""
    searches: Searches = option("#dtcbrand,#shopify,#ecommerce viral", old="TREND_ASSETS_X_SEARCHES")
    """Searches on X, comma-separated."""
    max_items: int = option(150, ge=1, le=5000, old="TREND_ASSETS_X_MAX_ITEMS")
    """Posts per collection."""
    usd_per_1000: float = option(0.4, ge=0, old="TREND_ASSETS_X_USD_PER_1000")
    """Price of the actor per 1,000 posts on a paid plan. Sets the run's cap."""


SOURCE = Source(
    name="x_posts",
    title="Posts of founders, brands and searches on X (Apify)",
    short_title="X",
    provider=PROVIDER,
    tier="stretch",
    history="range",
    collect=collect,
    parse=parse,
    weight=0.8,
    never_empty=True,
    watched=("views", "likes", "shares", "creator_followers", "posted_at"),
    marks=(
        *MARKS,
        Mark("isRetweet", True, "somebody else's post: `is_retweet`, all counts unknown"),
        Mark("retweeted_tweet", {"id": "2"}, "somebody else's post: `is_retweet`, all counts unknown"),
        Mark("isReply", True, "an answer to another post: `is_reply`"),
        Mark("possiblySensitive", True, ADULT),
    ),
    options=Options,
    estimate=lambda options, provider: Estimate(usd=options.max_items * options.usd_per_1000 / 1000),
    exports=exports_beside(__file__, apidojo_tweets=read_exported, x_archive=read_archived),
    terms=Terms(
        note="Public posts through an Apify actor; deleted posts must go on request.",
        reference="https://docs.apify.com/legal/general-terms-and-conditions",
    ),
    table=posts_table(
        "x_posts",
        grain="One row per day, collection, search and X post.",
        description="Posts of curated founders and brands and of searches on X; list_name is the search term.",
        extra=(
            Column(
                "linked_url", "text", "Address of the post that it repeats or quotes, else the first that it links to."
            ),
            Column("is_retweet", "boolean", "It repeats somebody else's post."),
            Column("is_reply", "boolean", "It answers another post."),
        ),
    ),
)
