"""Instagram business profiles, looked up by handle for competitor requests. The provider serves this source only."""

from pydantic import SecretStr

from trend_assets.settings import WebAddress
from trend_assets.sources.declare import Provider, Source, Terms, client_in
from trend_assets.sources.exports import exports_beside
from trend_assets.sources.instagram.collect import collect
from trend_assets.sources.instagram.parse import parse
from trend_assets.sources.options import OptionsModel, option


class ProviderOptions(OptionsModel):
    """What can be set for the Instagram Graph API."""

    access_token: SecretStr | None = option(None, variable="INSTAGRAM_ACCESS_TOKEN")
    """Token with instagram_basic and instagram_manage_insights (competitor discovery only)."""
    user_id: str | None = option(None, variable="INSTAGRAM_USER_ID")
    """Your own Instagram business account id, which asks for others."""
    url: WebAddress = option("https://graph.facebook.com/v25.0", old="TREND_ASSETS_INSTAGRAM_URL")
    """Address, with its version."""
    rate_per_second: float = option(2.0, gt=0, old="TREND_ASSETS_RATE_PER_SECOND_INSTAGRAM")
    """Requests per second, shared by all processes."""


PROVIDER = Provider(
    name="instagram",
    title="Meta's Instagram Graph API",
    gives="numbers of business profiles",
    options=ProviderOptions,
    keys=("access_token",),
    key_from="https://developers.facebook.com/apps",
    client=client_in("trend_assets.sources.instagram.client", "InstagramClient"),
)

SOURCE = Source(
    name="instagram_profiles",
    title="Instagram business profiles for competitor requests",
    provider=PROVIDER,
    tier="own",
    history="now",
    role="handle_lookup",
    collect=collect,
    parse=parse,
    needs=("handles",),
    tries={"handles": "instagram"},
    exports=exports_beside(__file__),
    terms=Terms(
        note="Public numbers of business profiles through Meta's Graph API; keep only what you use, erase a profile on "
        "request.",
        reference="https://developers.facebook.com/terms (Platform Terms, 3)",
    ),
)
