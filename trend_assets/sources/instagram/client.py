"""Sends Instagram's calls: token in the header, never in the URL; errors by their code."""

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.errors import NotJson, SourceError, SourceUnavailable
from trend_assets.sources.http import Connection, Response, Transport
from trend_assets.sources.instagram.calls import PROVIDER
from trend_assets.sources.instagram.errors import error_for
from trend_assets.sources.values import dig


class InstagramClient:
    """The Instagram Graph API (business_discovery)."""

    def __init__(self, connection: Connection) -> None:
        self._transport = Transport(connection, headers={"Authorization": f"Bearer {connection.key}"})

    def execute(self, call: Call) -> Answer:
        """Make the call; raises the classified error (no such profile, token, permission, throttled, unavailable)."""
        response = self._transport.send(call.method, call.endpoint, params=call.params, check=self._error_in)
        return Answer(
            call=call,
            status=response.status,
            body=response.body,
            fetched_at=response.fetched_at,
            is_simulated=response.is_simulated,
        )

    def _error_in(self, response: Response) -> SourceError | None:
        try:
            document = response.json(what="Instagram's answer", provider=PROVIDER)
        except NotJson as broken:
            return broken if response.status == 200 else self._transport.error_by_status(response)
        if response.status == 200 and dig(document, "error") is None:
            return None
        if 300 <= response.status < 400:
            return self._transport.error_by_status(response)
        error = error_for(response.status if response.status != 200 else 500, document)
        if isinstance(error, SourceUnavailable):
            error.retry_after = response.retry_after
        error.args = (self._transport.redacted(str(error)), *error.args[1:])
        return error

    def close(self) -> None:
        self._transport.close()
