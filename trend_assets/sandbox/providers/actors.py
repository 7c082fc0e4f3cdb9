"""What the simulated Apify Actors return: dataset rows in the Actors' own shapes.

The movers Actor is of our own neutral shape (an assumption: no public Actor's rows are known).
"""

from collections.abc import Callable
from typing import Any

from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.providers import actors_amazon, actors_instagram, actors_tiktok, actors_x
from trend_assets.sandbox.world import World

Rows = list[dict[str, Any]]
Actor = Callable[[Ask, World, dict[str, Any]], Rows]

ACTORS: dict[str, Actor] = {
    "apidojo/tweet-scraper": actors_x.tweets,
    "clockworks/tiktok-scraper": actors_tiktok.scraper,
    "lexis-solutions/tiktok-trending-videos-scraper": actors_tiktok.trending,
    "junglee/amazon-bestsellers": actors_amazon.bestsellers,
    "sandbox/amazon-movers": actors_amazon.movers,
    "apify/instagram-scraper": actors_instagram.scraper,
}
ACTOR_IDS = {
    "61RPP7dywgiy0JPD0": "apidojo/tweet-scraper",
    "OtzYfK1ndEGdwWFKQ": "clockworks/tiktok-scraper",
    "iHaiR8VIUt13olbXg": "junglee/amazon-bestsellers",
    "shu8hvrXbJbY3Eb9W": "apify/instagram-scraper",
    "sandboxMoversAct1": "sandbox/amazon-movers",
    "sandboxLexisTren1": "lexis-solutions/tiktok-trending-videos-scraper",
}
NAME_TO_ID = {name: number for number, name in ACTOR_IDS.items()}
ALIASES = {
    "clockworks/free-tiktok-scraper": "clockworks/tiktok-scraper",
    "apify/instagram-profile-scraper": "apify/instagram-scraper",
}


def actor_named(reference: str) -> str | None:
    """`user~name`, `user/name` or the 17-character id as `user/name`; None for an Actor that does not exist."""
    name = reference.replace("~", "/", 1)
    name = ACTOR_IDS.get(name, ALIASES.get(name, name))
    return name if name in ACTORS else None
