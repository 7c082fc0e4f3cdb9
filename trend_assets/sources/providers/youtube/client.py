"""Sends YouTube's calls: key in the header, errors by their reason. Nothing costs money; units are counted."""

from typing import Any

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.http import Connection, Transport
from trend_assets.sources.providers.youtube.errors import error_for


class YouTubeClient:
    """The YouTube Data API v3. Each attempt takes units, also a failed one."""

    def __init__(self, connection: Connection, options: Any = None) -> None:
        self._transport = Transport(connection, headers={"X-Goog-Api-Key": connection.key})

    def execute(self, call: Call) -> Answer:
        """Make the call; raises the classified error (quota, key, throttled, unavailable …)."""
        return self._transport.answer(
            call,
            check=lambda response: self._transport.error_in_json(
                response, what=f"YouTube's answer to {call.endpoint}", error_for=error_for
            ),
            price=lambda status: (0.0, call.units),
        )

    def close(self) -> None:
        self._transport.close()
