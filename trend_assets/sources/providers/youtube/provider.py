"""The YouTube Data API v3, whom three sources ask: its key, its quotas and its client."""

from pydantic import SecretStr

from trend_assets.settings import WebAddress
from trend_assets.sources.declare import Provider, Terms, client_in
from trend_assets.sources.options import OptionsModel, option


class Options(OptionsModel):
    """What can be set for the YouTube Data API."""

    api_key: SecretStr | None = option(None, variable="YOUTUBE_API_KEY")
    """Key: console.cloud.google.com, APIs & Services, Credentials. Free within its quota."""
    url: WebAddress = option("https://youtube.googleapis.com", old="TREND_ASSETS_YOUTUBE_URL")
    """Address."""
    search_calls_per_day: int = option(90, ge=0, le=100, old="TREND_ASSETS_YOUTUBE_SEARCH_CALLS_PER_DAY")
    """Calls of search.list per day (YouTube allows 100)."""
    units_per_day: int = option(9000, ge=0, le=10_000, old="TREND_ASSETS_YOUTUBE_UNITS_PER_DAY")
    """Other quota units per day (YouTube allows 10,000)."""
    rate_per_second: float = option(10.0, gt=0, old="TREND_ASSETS_RATE_PER_SECOND_YOUTUBE")
    """Requests per second, shared by all processes."""
    derived_metrics_accepted: bool = option(False, old="TREND_ASSETS_YOUTUBE_DERIVED_METRICS_ACCEPTED")
    """true: you accepted YouTube's derived-metrics amendment, so YouTube is scored and blended. false: listed as
    the API ranks it."""


PROVIDER = Provider(
    name="youtube",
    title="YouTube Data API v3",
    gives="Shorts, channels, counts",
    options=Options,
    keys=("api_key",),
    quotas={"search": "search_calls_per_day", "units": "units_per_day"},
    key_from="https://console.cloud.google.com/apis/credentials",
    quota_zone="America/Los_Angeles",
    client=client_in("trend_assets.sources.providers.youtube.client", "YouTubeClient"),
)


def youtube_terms(note: str) -> Terms:
    """YouTube's terms hold for everything that its API gives."""
    return Terms(
        # the API's terms allow 30 days; two days are left for a retention job that did not run
        retention_days=28,
        may_derive=False,
        may_blend=False,
        platform="youtube",
        acceptance="derived_metrics_accepted",
        # thumbnails may be shown where they lead to the video
        pictures=True,
        note=note,
        reference="https://developers.google.com/youtube/terms/developer-policies (III.E.4)",
    )
