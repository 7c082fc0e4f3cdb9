"""Sends YouTube's calls: key in the header, errors by their reason. Nothing costs money; units are counted."""

from trend_assets.sources.call import Call
from trend_assets.sources.errors import SourceError
from trend_assets.sources.http import Response
from trend_assets.sources.json_client import JsonClient
from trend_assets.sources.providers.youtube.answers import error_for


class YouTubeClient(JsonClient):
    """The YouTube Data API v3. Each attempt takes units, also a failed one."""

    def signed(self, key: str) -> dict[str, str]:
        return {"X-Goog-Api-Key": key}

    def error_in(self, call: Call, response: Response) -> SourceError | None:
        what = f"YouTube's answer to {call.endpoint}"
        return self._transport.error_in_json(response, what=what, error_for=error_for)
