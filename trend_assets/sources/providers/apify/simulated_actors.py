"""Which simulated actor a reference names. The actors themselves are declared by the sources that run them."""

from trend_assets.sandbox.simulation import actors

ALIASES = {
    "clockworks/free-tiktok-scraper": "clockworks/tiktok-scraper",
    "apify/instagram-profile-scraper": "apify/instagram-scraper",
}


def actor_named(reference: str) -> str | None:
    """`user~name`, `user/name` or the 17-character id as `user/name`; None for an actor that does not exist."""
    name = reference.replace("~", "/", 1)
    name = {actor.id: each for each, actor in actors().items()}.get(name, ALIASES.get(name, name))
    return name if name in actors() else None


def actor_id(name: str) -> str:
    """The 17-character id of an actor."""
    return actors()[name].id
