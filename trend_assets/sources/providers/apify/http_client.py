"""apify-client's requests sent through our own transport.

The library builds requests and models; how they travel is ours: bounded, paced, redacted, without redirects, retried
only where that cannot buy twice. Its own transport retries the POST that starts a paid run, and ignores Retry-After.
"""

from collections.abc import Callable
from typing import Any

from apify_client.errors import ApifyApiError
from apify_client.http_clients import HttpClient, HttpResponse

from trend_assets.sources.errors import NotFound, NotJson, SourceError
from trend_assets.sources.http import USER_AGENT, Response, Transport
from trend_assets.sources.http_library import httpx
from trend_assets.sources.providers.apify.calls import PROVIDER
from trend_assets.sources.providers.apify.errors import error_for

_KEPT_HEADERS = ("content-type", "location")


class TransportHttpClient(HttpClient):
    """An apify-client HTTP client over `Transport`. Raises our classified errors; only 404 stays ApifyApiError, which
    the library turns into None where that is an answer. `on_response` sees every answer; `start_agent` is the
    User-Agent of a start."""

    def __init__(self, transport: Transport, *, actor: str, on_response: Callable[[Response], None]) -> None:
        super().__init__(max_retries=0)
        self._transport = transport
        self._actor = actor
        self._on_response = on_response
        self.start_agent = USER_AGENT

    def call(
        self,
        *,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
        data: Any = None,
        json: Any = None,
        stream: bool | None = None,
        timeout: Any = "medium",
    ) -> HttpResponse:
        prepared, query, content = self._prepare_request_call(headers=headers, params=params, data=data, json=json)
        starts_a_run = method == "POST" and url.endswith("/runs")
        agent = {"User-Agent": self.start_agent} if starts_a_run else {}
        try:
            response = self._transport.send(
                method,
                url,
                params=query,
                content=content if isinstance(content, bytes) else None,
                headers={**prepared, "Accept-Encoding": "identity", **agent},
                check=self._check,
                retry=not starts_a_run,
            )
        except NotFound as error:
            # the library asks for the missing answer itself, and only for its status
            raise ApifyApiError(httpx.Response(404, text=str(error)), 1, method=method) from error
        kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        return httpx.Response(response.status, headers=kept, content=response.body)

    def _check(self, response: Response) -> SourceError | None:
        self._on_response(response)
        error = error_for(response, actor=self._actor)
        if error is not None or not response.body:
            return error
        try:
            response.json(what=f"Apify's answer about {self._actor}", provider=PROVIDER)
        except NotJson as broken:
            return broken
        return None
