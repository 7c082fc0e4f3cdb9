"""Sends a brief to a language model behind an OpenAI-compatible chat endpoint, and counts what it costs."""

from dataclasses import replace
from typing import Any

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.errors import SourceError, SourceUnavailable, TooLarge
from trend_assets.sources.http import Connection, Response, Transport
from trend_assets.sources.prose.collect import PROVIDER_NAME, cost_usd
from trend_assets.sources.prose.parse import parse
from trend_assets.sources.values import dig

SECONDS = 60.0
MOST_BYTES = 1_000_000


class _Asked(Transport):
    """Asks again only after an answer that nobody charges: a text that was lost on its way may be charged for."""

    def _may_heal(self, error: BaseException) -> bool:
        is_refused = isinstance(error, SourceUnavailable) and error.status is not None and error.status >= 400
        return is_refused and super()._may_heal(error)


class ChatClient:
    """The provider's client. An answer that holds no text is an error and charged with the most that it can cost."""

    def __init__(self, connection: Connection, options: Any) -> None:
        limits = replace(connection.limits, read_seconds=SECONDS, attempt_seconds=SECONDS, max_bytes=MOST_BYTES)
        self._options = options
        self._transport = _Asked(
            replace(connection, limits=limits), headers={"Authorization": f"Bearer {connection.key}"}
        )

    def execute(self, call: Call) -> Answer:
        """Make the call. Where the answer was lost, whether it is charged is not known: the error `is_open`."""

        def check(response: Response) -> SourceError | None:
            if (error := self._transport.error_by_status(response)) is not None:
                return error
            try:
                parse(response.answer_to(call))
            except SourceError as error:
                return error
            return None

        try:
            response = self._transport.send("POST", call.endpoint, json=call.body, check=check)
        except SourceError as error:
            if error.status == 200 or isinstance(error, TooLarge):
                error.cost_usd = call.max_cost_usd
            elif error.status is None:
                error.is_open = isinstance(error, SourceUnavailable)
            raise
        tokens = [dig(response.json(what="", provider=PROVIDER_NAME), "usage", f"{name}_tokens") for name in _COUNTED]
        if all(type(count) is int and 0 <= count < 10**9 for count in tokens):
            read, written = tokens
            return response.answer_to(call, cost_usd=cost_usd(read, written, self._options))
        unknown = "It does not say how many tokens it used: counted with the most that it can have cost."
        return replace(response.answer_to(call, cost_usd=call.max_cost_usd), note=unknown)

    def close(self) -> None:
        self._transport.close()


_COUNTED = ("prompt", "completion")
