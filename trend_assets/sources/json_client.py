"""The client that does for most JSON APIs: one GET per call, paced, retried where that heals, errors by the status.

A provider whose errors hide in the body, whose key travels otherwise, or whose answers cost money has a client of its
own.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.errors import NotJson, SourceError
from trend_assets.sources.http import USER_AGENT, Connection, Response, Transport


class JsonClient:
    """Sends calls as they are; a key goes along as a bearer token. Thread-safe.

    `elsewhere`: addresses of a provider's further hosts, by the beginning of the endpoints that are theirs; a sandbox
    stands in for all of them."""

    def __init__(self, connection: Connection, options: Any, *, elsewhere: Mapping[str, str] | None = None) -> None:
        headers = {"User-Agent": getattr(options, "user_agent", None) or USER_AGENT}
        if connection.key:
            headers["Authorization"] = f"Bearer {connection.key}"
        self._provider = connection.provider
        self._elsewhere = {} if connection.is_sandbox else elsewhere or {}
        self._transport = Transport(connection, headers=headers)

    def execute(self, call: Call) -> Answer:
        """Make the call; raises the classified error of its status, NotJson for anything but JSON."""

        def check(response: Response) -> SourceError | None:
            if (error := self._transport.error_by_status(response)) is not None:
                return error
            try:
                response.json(what=f"The answer of {self._provider} to {call.endpoint}", provider=self._provider)
            except NotJson as error:
                return error
            return None

        host = next((url for start, url in self._elsewhere.items() if call.endpoint.startswith(start)), "")
        answer = self._transport.answer(call, address=host.rstrip("/") + call.endpoint, check=check)
        return replace(answer, units=call.units)

    def close(self) -> None:
        self._transport.close()
