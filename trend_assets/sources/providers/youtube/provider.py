"""The YouTube Data API v3, whom three sources ask: its key, its quotas and its client."""

from typing import TYPE_CHECKING

from trend_assets.sources.declare import Client, Provider, Terms

if TYPE_CHECKING:
    from trend_assets.settings import Settings
    from trend_assets.sources.http import Connection


def _client(connection: "Connection", settings: "Settings") -> Client:
    from trend_assets.sources.providers.youtube.client import YouTubeClient

    return YouTubeClient(connection)


PROVIDER = Provider(
    name="youtube",
    title="YouTube Data API v3",
    gives="Shorts, channels, counts",
    key="YOUTUBE_API_KEY",
    key_from="https://console.cloud.google.com/apis/credentials",
    quota_zone="America/Los_Angeles",
    client=_client,
)


def youtube_terms(note: str) -> Terms:
    """YouTube's terms hold for everything that its API gives."""
    return Terms(
        # the API's terms allow 30 days; two days are left for a retention job that did not run
        retention_days=28,
        may_derive=False,
        may_blend=False,
        platform="youtube",
        acceptance_setting="youtube_derived_metrics_accepted",
        note=note,
        reference="https://developers.google.com/youtube/terms/developer-policies (III.E.4)",
    )
