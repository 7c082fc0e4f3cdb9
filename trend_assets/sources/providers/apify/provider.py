"""Apify, whose actors read TikTok, X and Amazon for several sources: its key, its address and its client."""

import re
from typing import Annotated

from pydantic import SecretStr

from trend_assets.settings import WebAddress
from trend_assets.sources.declare import Provider, client_in
from trend_assets.sources.names import one, path_under, shown
from trend_assets.sources.options import OptionsModel, option

_ACTOR = re.compile(r"[\w.-]+[/~][\w.-]+|[A-Za-z0-9]{17}", re.ASCII)


def actor(written: str) -> str:
    """`user/name`, `user~name`, an id, or the address of an actor at Apify."""
    path = path_under(written, "apify.com")
    console = re.match(r"/(?:actors|v2/(?:acts|actors))/([^/]+)", path or "")
    name = console[1] if console else "/".join((path or written).strip("/").split("/")[:2])
    if not _ACTOR.fullmatch(name):
        raise ValueError(f"{shown(written)} is not an actor at Apify: user/name, its id, or its address")
    return name


Actor = Annotated[str, one(actor)]


class Options(OptionsModel):
    """What can be set for Apify, and for the actor that several sources run."""

    token: SecretStr | None = option(None, variable="APIFY_TOKEN")
    """Token: console.apify.com, Settings, API & Integrations."""
    url: WebAddress = option("https://api.apify.com", old="TREND_ASSETS_APIFY_URL")
    """Address."""
    budget_usd: float = option(5.0, ge=0, old="TREND_ASSETS_BUDGET_USD_APIFY")
    """USD per UTC day; every run also gets a hard cap."""
    rate_per_second: float = option(20.0, gt=0, old="TREND_ASSETS_RATE_PER_SECOND_APIFY")
    """Requests per second, shared by all processes."""
    tiktok_actor: Actor = option("clockworks/tiktok-scraper", old="TREND_ASSETS_TIKTOK_SCRAPER_ACTOR")
    """Actor for hashtags, posts and profiles on TikTok."""
    tiktok_usd_per_1000: float = option(5.0, ge=0, old="TREND_ASSETS_TIKTOK_USD_PER_1000")
    """Its price per 1,000 results; look it up in the Apify store, prices change. Sets the run's cap."""


PROVIDER = Provider(
    name="apify",
    title="Apify",
    gives="actors that read TikTok, X and Amazon",
    options=Options,
    keys=("token",),
    key_from="https://console.apify.com/account/integrations",
    client=client_in("trend_assets.sources.providers.apify.client", "ApifyRuns"),
)
