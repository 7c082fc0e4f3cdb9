"""Apify, whose actors read TikTok, X and Amazon for several sources: its key, its address and its client."""

from pydantic import SecretStr

from trend_assets.settings import WebAddress
from trend_assets.sources.declare import Provider, client_in
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.providers.apify.names import Actor


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
