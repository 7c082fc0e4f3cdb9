"""Sends Reddit's calls: a short-lived OAuth token, its rate headers, and what its statuses mean."""

import math
import threading
import time

from trend_assets.sources.call import Answer, Call
from trend_assets.sources.errors import AuthFailed, NotFound, NotJson, SourceError, Throttled
from trend_assets.sources.http import Connection, Response, Transport
from trend_assets.sources.reddit.calls import PROVIDER
from trend_assets.sources.values import dig

TOKEN_MARGIN_SECONDS = 60.0
DEFAULT_LIFE_SECONDS = 3600.0


class RedditClient:
    """Reddit's OAuth API with an application's own token (client_credentials). Thread-safe.

    A token that has expired, or is refused once, is replaced once. When the allowance is used up (float headers
    x-ratelimit-remaining and -reset) the next request waits for the reset, as long as Retry-After is honoured."""

    def __init__(self, connection: Connection, *, token_url: str, client_id: str, user_agent: str) -> None:
        self._connection = connection
        self._transport = Transport(connection, headers={"User-Agent": user_agent})
        self._token_url = token_url
        self._client_id = client_id
        self._lock = threading.Lock()
        self._token = ""
        self._token_ends = 0.0
        self._blocked_until = 0.0

    def execute(self, call: Call) -> Answer:
        """Make the call; 302 and 404 mean an unknown subreddit (NotFound), 403 a private or quarantined one."""
        self._wait_for_allowance()
        try:
            return self._send(call, self._valid_token())
        except _TokenRefused as refused:
            return self._send(call, self._valid_token(refused=refused.token))

    def _send(self, call: Call, token: str) -> Answer:
        def check(response: Response) -> SourceError | None:
            self._note_allowance(response)
            return self._error_in(call, response, token)

        return self._transport.answer(call, headers={"Authorization": f"Bearer {token}"}, check=check)

    def _error_in(self, call: Call, response: Response, token: str) -> SourceError | None:
        status = response.status
        if status == 401:
            return _TokenRefused(token)
        if status == 403:
            reason = _reason_in(response)
            return NotFound(
                f"Reddit does not show {call.endpoint} ({reason or 'private, banned or quarantined'}); take it off "
                "TREND_ASSETS_REDDIT__SUBREDDITS."
            )
        if status in (301, 302, 303, 307, 308, 404):
            return NotFound(
                f"Reddit does not know {call.endpoint} ({status}); correct TREND_ASSETS_REDDIT__SUBREDDITS."
            )
        if status != 200:
            return self._transport.error_by_status(response)
        try:
            response.json(what=f"Reddit's answer to {call.endpoint}", provider=PROVIDER)
        except NotJson as error:
            return error
        return None

    def _valid_token(self, *, refused: str = "") -> str:
        with self._lock:
            if not self._token or self._token == refused or time.monotonic() >= self._token_ends:
                self._token, life = self._new_token()
                self._token_ends = time.monotonic() + max(life - TOKEN_MARGIN_SECONDS, 0.0)
            return self._token

    def _new_token(self) -> tuple[str, float]:
        response = self._transport.send(
            "POST",
            self._token_url,
            data={"grant_type": "client_credentials"},
            auth=(self._client_id, self._connection.key),
            check=self._token_error,
            brings_secret=True,
        )
        document = response.json(what="Reddit's token answer", provider=PROVIDER)
        token = dig(document, "access_token")
        if not isinstance(token, str) or not token:
            raise AuthFailed(
                "Reddit gave no token: check REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET at "
                "https://www.reddit.com/prefs/apps.",
                provider=PROVIDER,
            )
        self._transport.hide(token)
        # 3,600 or 86,400 s have both been seen: the field decides
        life = dig(document, "expires_in")
        usable = isinstance(life, int | float) and not isinstance(life, bool) and math.isfinite(life) and life > 0
        return token, float(life) if usable else DEFAULT_LIFE_SECONDS

    def _token_error(self, response: Response) -> SourceError | None:
        if response.status in (400, 401, 403):
            return AuthFailed(
                f"Reddit refuses the application ({response.status}). Check REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET "
                "at https://www.reddit.com/prefs/apps; new applications need Reddit's approval."
            )
        return self._transport.error_by_status(response)

    def _note_allowance(self, response: Response) -> None:
        remaining = _float(response.headers.get("x-ratelimit-remaining"))
        reset = _float(response.headers.get("x-ratelimit-reset"))
        if remaining is not None and reset is not None and remaining < 1.0:
            with self._lock:
                self._blocked_until = time.monotonic() + reset

    def _wait_for_allowance(self) -> None:
        left = self._blocked_until - time.monotonic()
        if left <= 0:
            return
        if left > self._connection.limits.longest_retry_after:
            raise Throttled(
                f"Reddit's allowance is used up for another {left:.0f} s; it renews every 10 minutes.",
                provider=PROVIDER,
                retry_after=left,
            )
        self._connection.sleep(left)

    def close(self) -> None:
        self._transport.close()


class _TokenRefused(AuthFailed):
    """401 on a call: the token is no longer good."""

    def __init__(self, token: str) -> None:
        super().__init__(
            "Reddit refuses the token (401) even after a new one. Check REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET."
        )
        self.token = token


def _reason_in(response: Response) -> str:
    try:
        reason = dig(response.json(what="Reddit's refusal", provider=PROVIDER), "reason")
    except NotJson:
        return ""
    return reason[:40] if isinstance(reason, str) else ""


def _float(value: str | None) -> float | None:
    try:
        number = float(value) if value else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None
