"""Sends YouTube's calls: key in the header, errors by their reason. Nothing costs money; units are counted."""

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.errors import NotJson, SourceError, SourceUnavailable
from trend_assets.sources.http import Connection, Response, Transport
from trend_assets.sources.providers.youtube.calls import PROVIDER
from trend_assets.sources.providers.youtube.errors import error_for


class YouTubeClient:
    """The YouTube Data API v3. Each attempt takes units, also a failed one."""

    def __init__(self, connection: Connection) -> None:
        self._transport = Transport(connection, headers={"X-Goog-Api-Key": connection.key})

    def execute(self, call: Call) -> Answer:
        """Make the call; raises the classified error (quota, key, throttled, unavailable …)."""
        attempts = 0

        def charge(status: int) -> None:
            nonlocal attempts
            attempts += 1

        try:
            response = self._transport.send(
                call.method,
                call.endpoint,
                params=call.params,
                check=lambda response: self._error_in(call, response),
                on_status=charge,
            )
        except SourceError as error:
            error.units = attempts * call.units
            raise
        return Answer(
            call=call,
            status=response.status,
            body=response.body,
            fetched_at=response.fetched_at,
            units=attempts * call.units,
            is_simulated=response.is_simulated,
        )

    def _error_in(self, call: Call, response: Response) -> SourceError | None:
        try:
            document = response.json(what=f"YouTube's answer to {call.endpoint}", provider=PROVIDER)
        except NotJson as broken:
            return broken if response.status == 200 else self._transport.error_by_status(response)
        if response.status == 200 and not (isinstance(document, dict) and "error" in document):
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
