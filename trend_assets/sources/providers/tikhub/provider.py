"""TikHub, whom three sources ask: its key, its address and its client."""

from pydantic import SecretStr

from trend_assets.settings import WebAddress
from trend_assets.sources.declare import Provider, client_in
from trend_assets.sources.options import OptionsModel, option


class Options(OptionsModel):
    """What can be set for TikHub."""

    api_key: SecretStr | None = option(None, variable="TIKHUB_API_KEY")
    """Key: user.tikhub.io, API keys. About 0.001 USD per request."""
    url: WebAddress = option("https://api.tikhub.io", old="TREND_ASSETS_TIKHUB_URL")
    """Address; mainland China: https://api.tikhub.dev."""
    budget_usd: float = option(5.0, ge=0, old="TREND_ASSETS_BUDGET_USD_TIKHUB")
    """USD per UTC day; the call that would cross it is refused."""
    rate_per_second: float = option(10.0, gt=0, old="TREND_ASSETS_RATE_PER_SECOND_TIKHUB")
    """Requests per second, shared by all processes."""


PROVIDER = Provider(
    name="tikhub",
    title="TikHub",
    gives="trending search words, videos and profiles of TikTok",
    options=Options,
    keys=("api_key",),
    key_from="https://user.tikhub.io (API keys)",
    client=client_in("trend_assets.sources.providers.tikhub.client", "TikHubClient"),
)
