"""The one way in which we talk to a provider over HTTP: bounded, paced, retried where that heals, and redacted.

    Transport.send ─▶ pacing ─▶ one attempt (deadline, byte cap) ─▶ check ─▶ Response
          ▲                                                          │ error that can heal: wait, again (3 in all)
          └──────────────────────────────────────────────────────────┘

What a provider's statuses and bodies mean is decided by its client through `check`. Redirects are never followed: an
API has no business sending our key elsewhere.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import tenacity

from trend_assets.sources import errors
from trend_assets.sources.call import Answer, Call
from trend_assets.sources.decode import decode_json
from trend_assets.sources.http_library import httpx
from trend_assets.sources.network import DeadlineBackend, client_over, deadline
from trend_assets.sources.redact import hide, redact
from trend_assets.sources.unpack import unpacked
from trend_assets.sources.values import dig

USER_AGENT = "trend_assets/0.1"
RETRY_STATUSES = frozenset({408, 425, 429})
KEPT_OF_A_FAILURE = 100_000
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much one call may take. Seconds and bytes."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    attempt_seconds: float = 90.0
    total_seconds: float = 300.0
    max_bytes: int = 25_000_000
    attempts: int = 3
    first_wait: float = 4.0
    longest_wait: float = 60.0
    jitter: float = 2.0
    longest_retry_after: float = 120.0


@dataclass(frozen=True, slots=True)
class Connection:
    """Where and how a provider is reached. `key` is its secret, `key_variable` the variable that holds it, `secrets`
    all that its account is known by; `pacing` blocks until the next request may start; `now` is the simulated instant,
    sent only to a sandbox."""

    provider: str
    base_url: str
    key: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    key_variable: str = ""
    is_sandbox: bool = False
    pacing: Callable[[], None] | None = None
    now: datetime | None = None
    limits: Limits = Limits()
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer: status, headers (names in any case), body, when it had arrived (UTC)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    is_simulated: bool = False

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks us to wait, None when it does not say so in a way we understand."""
        return retry_after_seconds(self.headers.get("retry-after"), now=datetime.now(UTC))

    def json(self, *, what: str, provider: str) -> Any:
        """The decoded body; raises NotJson."""
        return decode_json(self.body, what=what, provider=provider, status=self.status)

    def answer_to(self, call: Call, *, cost_usd: float = 0.0, units: int = 0) -> Answer:
        """This response as the answer to a call, with what all of the call's attempts cost (USD) and took (units)."""
        return Answer(
            call=call,
            status=self.status,
            body=self.body,
            fetched_at=self.fetched_at,
            cost_usd=cost_usd,
            units=units,
            is_simulated=self.is_simulated,
        )


Check = Callable[[Response], errors.SourceError | None]


class Transport:
    """Sends requests to one provider. Thread-safe; close it when done.

    `headers` go with every request (this is where a key belongs, never in the URL)."""

    def __init__(self, connection: Connection, *, headers: Mapping[str, str] | None = None) -> None:
        self.connection = connection
        self.limits = connection.limits
        own = {"Accept-Encoding": "identity", "User-Agent": USER_AGENT, "Accept": "application/json"}
        own |= dict(headers or {})
        if connection.is_sandbox and connection.now is not None:
            own["X-Sandbox-Now"] = connection.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._secrets = [connection.key, *connection.secrets]
        self._started = time.monotonic()
        self._client = client_over(
            DeadlineBackend(),
            read_seconds=self.limits.read_seconds,
            connect_seconds=self.limits.connect_seconds,
            base_url=connection.base_url,
            headers=own,
        )

    def close(self) -> None:
        self._client.close()

    def clock(self) -> datetime:
        """The time that answers are stamped with: the wall clock, in a sandbox with `now` that instant moving on."""
        if self.connection.is_sandbox and self.connection.now is not None:
            return self.connection.now.astimezone(UTC) + timedelta(seconds=time.monotonic() - self._started)
        return datetime.now(UTC)

    def hide(self, secret: str) -> None:
        """Take another secret (a short-lived token) out of messages and answers too."""
        self._secrets.append(secret)

    def redacted(self, text: str) -> str:
        """`text` without secrets, for messages."""
        return redact(text, self._secrets)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        check: Check | None = None,
        on_status: Callable[[int], None] | None = None,
        retry: bool = True,
        brings_secret: bool = False,
    ) -> Response:
        """Send one request and return its answer, without what we are known by: providers like to say keys back.

        `check` returns the error that an answer stands for, None for a good one (default: by status). `on_status` is
        told the status of every attempt that got one, also when its body then breaks off: what is billed. With `retry`,
        errors that can heal are tried again with growing, jittered waits, or after what Retry-After says when that is
        at most 120 s; a request that may have been paid for without our knowing must be sent with `retry=False`. An
        answer that `brings_secret` (a token, perhaps the one we have) is left as it is and must not be stored.
        Raises a SourceError subclass; nothing else leaves."""
        build = partial(
            self._client.build_request,
            method,
            path,
            params=params or None,
            json=json,
            data=data or None,
            content=content,
            headers=headers or None,
        )
        attempt = partial(
            self._attempt,
            build,
            judge=check or self.error_by_status,
            auth=auth,
            on_status=on_status,
            brings_secret=brings_secret,
        )
        if not retry:
            return attempt()
        retrying = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self.limits.attempts), tenacity.stop_before_delay(self.limits.total_seconds)
            ),
            wait=self._wait,
            retry=tenacity.retry_if_exception(self._may_heal),
            sleep=self.connection.sleep,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except errors.SourceError as error:
            tries = retrying.statistics.get("attempt_number", 1)
            if tries > 1 and error.args:
                advice = "Rerun the source later: what was answered is not asked again."
                error.args = (f"{error.args[0]} Tried {tries} times. {advice}", *error.args[1:])
            raise

    def _attempt(
        self,
        build: Callable[[], httpx.Request],
        *,
        judge: Check,
        auth: tuple[str, str] | None,
        on_status: Callable[[int], None] | None,
        brings_secret: bool,
    ) -> Response:
        if self.connection.pacing is not None:
            self.connection.pacing()
        try:
            response = self._exchange(build(), auth=auth, on_status=on_status)
            if not brings_secret or not 200 <= response.status < 300:
                response = replace(response, body=hide(response.body, self._secrets))
            if (refusal := judge(response)) is None:
                return response
            refusal.args = (self.redacted(str(refusal)), *refusal.args[1:])
            if isinstance(refusal, errors.SourceUnavailable) and refusal.retry_after is None:
                refusal.retry_after = response.retry_after
            # with its status and body it is kept as evidence, whatever it was refused for
            refusal.status = response.status if refusal.status is None else refusal.status
            refusal.body = hide(response.body, self._secrets)[:KEPT_OF_A_FAILURE]
            raise refusal
        except errors.SourceError as error:
            error.provider = error.provider or self.connection.provider
            raise

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        backoff = tenacity.wait_exponential(
            multiplier=self.limits.first_wait, max=self.limits.longest_wait
        ) + tenacity.wait_random(0, self.limits.jitter)
        wait = backoff(state)
        asked = error.retry_after if isinstance(error, errors.SourceUnavailable) else None
        # never earlier than asked; the jitter keeps many workers from coming back in the same instant
        return asked + min(self.limits.jitter, 1.0) * (wait % 1.0) if asked is not None else wait

    def _may_heal(self, error: BaseException) -> bool:
        if not isinstance(error, errors.SourceUnavailable):
            return False
        return error.retry_after is None or error.retry_after <= self.limits.longest_retry_after

    def _exchange(
        self, request: httpx.Request, *, auth: tuple[str, str] | None, on_status: Callable[[int], None] | None
    ) -> Response:
        where = f"{self.connection.provider} ({request.url.host})"
        try:
            with deadline(self.limits.attempt_seconds):
                response = self._client.send(request, stream=True, auth=auth)
                try:
                    if on_status is not None:
                        on_status(response.status_code)
                    body = self._read(response, where=where)
                finally:
                    response.close()
        except httpx.TimeoutException as error:
            raise errors.SourceUnavailable(
                f"{where} did not answer in time ({type(error).__name__} within {self.limits.attempt_seconds:g} s)."
            ) from None
        except httpx.TransportError as error:
            raise self._transport_error(error, where) from None
        answer = Response(
            status=response.status_code,
            headers=response.headers,
            body=body,
            fetched_at=self.clock(),
            is_simulated=response.headers.get("x-sandbox", "").strip().lower() == "simulated",
        )
        self._require_honest(answer)
        return answer

    def _require_honest(self, answer: Response) -> None:
        provider = self.connection.provider
        if self.connection.is_sandbox and not answer.is_simulated:
            raise errors.SourceUnavailable(
                f"The address set for the sandbox does not answer like one for {provider} (no X-Sandbox header). Start "
                "it with `trend-assets sandbox`, or correct TREND_ASSETS_SANDBOX_URL.",
                status=answer.status,
            )
        if self.connection.is_sandbox:
            return
        skew = clock_skew(answer.headers, now=answer.fetched_at)
        if skew is not None and abs(skew) > CLOCK_TOLERANCE:
            side = "ahead of" if skew > timedelta() else "behind"
            raise errors.SourceError(
                f"This machine's clock is {abs(skew).total_seconds() / 60:.0f} minutes {side} the one of {provider}: "
                "days and growth would be wrong. Set the clock (NTP) and run again."
            )

    def _transport_error(self, error: httpx.TransportError, where: str) -> errors.SourceError:
        message = redact(str(error), self._secrets, limit=160)
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return errors.SourceError(
                    f"The certificate of {where} is not trusted ({redact(cause.verify_message, limit=120)}); nothing "
                    "was sent. Check the address and whether something on the way intercepts TLS."
                )
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, httpx.UnsupportedProtocol):
            return errors.BadRequest(
                f"The address set for {self.connection.provider} is not an http(s) address; correct it."
            )
        if isinstance(error, httpx.RemoteProtocolError) and "too long" in message.lower():
            return errors.TooLarge(f"{where} sent headers beyond 100 kB; nothing was kept.")
        return errors.SourceUnavailable(f"{where} could not be talked to ({type(error).__name__}: {message}).")

    def _read(self, response: httpx.Response, *, where: str) -> bytes:
        limit = self.limits.max_bytes
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and len(announced) < 20 and int(announced) > limit:
            raise self._too_large(where)
        kept = bytearray()
        # we ask for no compression; a server that compresses all the same is bounded too
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        for chunk in unpacked(response.iter_raw(65_536), encoding=encoding, limit=limit, where=where):
            kept += chunk
            if len(kept) > limit:
                raise self._too_large(where)
        return bytes(kept)

    def _too_large(self, where: str) -> errors.TooLarge:
        return errors.TooLarge(
            f"The answer of {where} is larger than {self.limits.max_bytes:,} bytes; nothing of it was kept. Ask for "
            "less at a time."
        )

    def answer(
        self,
        call: Call,
        *,
        check: Check,
        address: str = "",
        headers: Mapping[str, str] | None = None,
        price: Callable[[int], tuple[float, int]] = lambda status: (0.0, 0),
    ) -> Answer:
        """The verbatim answer to a call, sent to its endpoint or another `address`. `price`: what an attempt with that
        status costs (USD) and takes (units); the answer, or the error, counts all attempts."""
        prices: list[tuple[float, int]] = []

        def spent() -> tuple[float, int]:
            return round(sum(usd for usd, _ in prices), 6), sum(units for _, units in prices)

        try:
            response = self.send(
                call.method,
                address or call.endpoint,
                params=call.params,
                headers=headers,
                check=check,
                on_status=lambda status: prices.append(price(status)),
            )
        except errors.SourceError as error:
            error.cost_usd, error.units = spent()
            raise
        usd, units = spent()
        return response.answer_to(call, cost_usd=usd, units=units)

    def error_in_json(
        self, response: Response, *, what: str, error_for: Callable[[int, Any], errors.SourceError]
    ) -> errors.SourceError | None:
        """The error of an answer whose JSON says under `error` what went wrong: `error_for` knows by status and body. A
        redirect, and a page in place of JSON, is what its status says."""
        try:
            document = response.json(what=what, provider=self.connection.provider)
        except errors.NotJson as broken:
            return broken if response.status == 200 else self.error_by_status(response)
        if response.status == 200 and dig(document, "error") is None:
            return None
        if 300 <= response.status < 400:
            return self.error_by_status(response)
        status = response.status if response.status != 200 else 500
        error = error_for(status, document)
        error.status = status
        return error

    def error_by_status(self, response: Response) -> errors.SourceError | None:
        """The error that a status alone stands for, None for 2xx."""
        if 200 <= response.status < 300:
            return None
        to = self.connection
        return error_by_status(response.status, provider=to.provider, key_variable=to.key_variable)


def error_by_status(status: int, *, provider: str, key_variable: str) -> errors.SourceError:
    """The error that a status other than 2xx alone stands for."""
    error = _by_status(status, provider, key_variable)
    error.provider, error.status = provider, status
    return error


def _by_status(status: int, provider: str, key_variable: str) -> errors.SourceError:
    if status == 429:
        return errors.Throttled(f"{provider} says too many requests (429).")
    if status in RETRY_STATUSES or status >= 500:
        return errors.SourceUnavailable(f"{provider} failed with {status}.")
    if status in (401, 403) and not key_variable:
        return errors.AuthFailed(
            f"{provider} needs no key and refuses us all the same ({status}): look at who we say we are (its user "
            "agent or contact among its settings) and at how often it is asked."
        )
    if status in (401, 403):
        return errors.AuthFailed(
            f"{provider} refuses the key ({status}). Check {key_variable}: is it right, active and allowed to do this?"
        )
    if status == 402:
        return errors.BudgetExhausted(f"{provider} asks for payment (402).")
    if status in (404, 410):
        return errors.NotFound(f"{provider} does not find it ({status}).")
    if 300 <= status < 400:
        return errors.BadRequest(
            f"{provider} redirects elsewhere ({status}); redirects are not followed for API calls. Check its address."
        )
    return errors.BadRequest(f"{provider} refuses the request ({status}).")


def retry_after_seconds(value: str | None, *, now: datetime) -> float | None:
    """Seconds from a Retry-After header: a number or an HTTP date; None for nothing or nonsense."""
    text = (value or "").strip()[:40]
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    until = _http_date(text)
    return max(0.0, (until - now).total_seconds()) if until else None


def clock_skew(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How far our clock is ahead of the server's (negative: behind); None when a fresh Date is not said."""
    date = None if headers.get("age") else _http_date(headers.get("date") or "")
    return now - date if date else None


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
