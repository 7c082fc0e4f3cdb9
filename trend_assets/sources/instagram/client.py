"""Sends Instagram's calls: token in the header, never in the URL; errors by their code."""

from trend_assets.sources.call import Call
from trend_assets.sources.errors import SourceError
from trend_assets.sources.http import Response
from trend_assets.sources.instagram.errors import error_for
from trend_assets.sources.json_client import JsonClient


class InstagramClient(JsonClient):
    """The Instagram Graph API (business_discovery)."""

    def error_in(self, call: Call, response: Response) -> SourceError | None:
        return self._transport.error_in_json(response, what="Instagram's answer", error_for=error_for)
