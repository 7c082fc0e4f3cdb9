"""Sends Instagram's calls: token in the header, never in the URL; errors by their code."""

from typing import Any

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.http import Connection, Transport
from trend_assets.sources.instagram.errors import error_for


class InstagramClient:
    """The Instagram Graph API (business_discovery)."""

    def __init__(self, connection: Connection, options: Any = None) -> None:
        self._transport = Transport(connection, headers={"Authorization": f"Bearer {connection.key}"})

    def execute(self, call: Call) -> Answer:
        """Make the call; raises the classified error (no such profile, token, permission, throttled, unavailable)."""
        return self._transport.answer(
            call,
            check=lambda response: self._transport.error_in_json(
                response, what="Instagram's answer", error_for=error_for
            ),
        )

    def close(self) -> None:
        self._transport.close()
