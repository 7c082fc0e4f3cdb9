"""The client that does for most JSON APIs: one request per call, paced, retried where that heals, errors by the status.

A provider whose errors hide in the body, whose key travels otherwise, or whose answers cost money says so in a class of
its own over this one.
"""

from collections.abc import Mapping
from typing import Any

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.errors import NotJson, SourceError
from trend_assets.sources.http import USER_AGENT, Connection, Response, Transport


class JsonClient:
    """Sends calls as they are; a key goes along as a bearer token. Thread-safe.

    `elsewhere`: addresses of a provider's further hosts, by the beginning of the endpoints that are theirs; a sandbox
    stands in for all of them."""

    def __init__(
        self, connection: Connection, options: Any = None, *, elsewhere: Mapping[str, str] | None = None
    ) -> None:
        headers = {"User-Agent": getattr(options, "user_agent", None) or USER_AGENT}
        if connection.key:
            headers |= self.signed(connection.key)
        self._provider = connection.provider
        self._elsewhere = {} if connection.is_sandbox else elsewhere or {}
        self._transport = Transport(connection, headers=headers)

    def execute(self, call: Call) -> Answer:
        """Make the call. Raises the classified error of its answer."""
        host = next((url for start, url in self._elsewhere.items() if call.endpoint.startswith(start)), "")
        return self._transport.answer(
            call,
            address=host.rstrip("/") + call.endpoint,
            check=lambda response: self.error_in(call, response),
            price=lambda status: self.price(call, status),
        )

    def signed(self, key: str) -> dict[str, str]:
        """The headers that carry the key."""
        return {"Authorization": f"Bearer {key}"}

    def error_in(self, call: Call, response: Response) -> SourceError | None:
        """The error that an answer stands for, None for a good one: by its status, NotJson for anything but JSON."""
        if (error := self._transport.error_by_status(response)) is not None:
            return error
        try:
            response.json(what=f"The answer of {self._provider} to {call.endpoint}", provider=self._provider)
        except NotJson as error:
            return error
        return None

    def price(self, call: Call, status: int) -> tuple[float, int]:
        """What an attempt with that status costs (USD) and takes (units)."""
        return 0.0, call.units

    def close(self) -> None:
        self._transport.close()
