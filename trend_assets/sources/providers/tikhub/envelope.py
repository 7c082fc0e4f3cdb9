"""TikHub's envelope: what every answer is wrapped in, which error it stands for when it is none, and the fields that
several answers share: counts under several names, images in several formats.

    200 {"code": 200, "data": …}   4xx {"detail": {"code", "message"}}   422 {"detail": [{"loc", "msg"}]}

A 200 may hold an inner failure (`data.code`, `data.status_code`), and it is billed all the same.
"""

from datetime import timedelta
from typing import Any

from trend_assets.sources import errors
from trend_assets.sources.call import Answer
from trend_assets.sources.decode import decode_json
from trend_assets.sources.redact import redact
from trend_assets.sources.values import Notes, addresses, count, dig, when

PROVIDER = "tikhub"
STALE_AFTER = timedelta(hours=1)
STATE_OF_CODE = {10202: "gone", 10221: "gone", 10222: "private", 10223: "banned", 10225: "gone"}
"""TikTok's inner codes for an account that cannot be shown. 10221 (deleted) is reported from live calls; the others are
from web clients' error tables and only decide the word in the roster."""
_DECODABLE = (".jpeg", ".jpg", ".png", ".webp")
_UNDECODABLE = (".heic", ".heif", ".avif")


class AccountHidden(errors.NotFound):
    """TikTok does not show this account; `state` is gone, private or banned."""

    def __init__(self, message: str, *, state: str, status: int) -> None:
        super().__init__(message, provider=PROVIDER, status=status)
        self.state = state


def data_of(answer: Answer) -> dict[str, Any]:
    """The `data` member of a good answer. Raises the classified error of any other."""
    return document_of(answer)["data"]


def document_of(answer: Answer) -> dict[str, Any]:
    """The whole of a good answer. Raises the classified error of any other."""
    document = decode_json(answer.body, what=f"TikHub's answer to {answer.call.endpoint}", provider=PROVIDER)
    error = error_in(document, status=answer.status)
    if error is not None:
        raise error
    return document


def note_staleness(document: dict[str, Any], answer: Answer, notes: Notes) -> None:
    """Say so when TikHub made the answer long before we got it: it came from its cache. `time_stamp` counts seconds;
    `time` beside it is Los Angeles without saying so."""
    made = when(document.get("time_stamp"), "time_stamp", notes, now=answer.fetched_at)
    if made is not None and answer.fetched_at - made > STALE_AFTER:
        notes[f"TikHub's answer is from {made:%Y-%m-%d %H:%M} UTC, out of its cache: stale."] += 1


def message_in(document: Any) -> str:
    """The provider's own words about a failure, redacted; empty when there are none."""
    detail = dig(document, "detail")
    if isinstance(detail, list):
        parts = [f"{'.'.join(map(str, dig(item, 'loc') or []))}: {dig(item, 'msg')}" for item in detail[:3]]
        return redact("; ".join(parts), limit=300)
    for path in (("detail", "message"), ("data", "message"), ("data", "status_msg"), ("message",)):
        message = dig(document, *path)
        if isinstance(message, str) and message:
            return redact(message, limit=300)
    return ""


def error_in(document: Any, *, status: int = 200) -> errors.SourceError | None:
    """The error that an answer stands for, None for a good one whose `data` is an object."""
    message = message_in(document)
    if status != 200:
        return by_code(status, message)
    if not isinstance(document, dict):
        return errors.SchemaDrift(
            f"TikHub answered {type(document).__name__} at $ where an object was agreed.", provider=PROVIDER
        )
    for path in (("code",), ("detail", "code"), ("data", "code")):
        code = dig(document, *path)
        if _is_failure(code):
            return by_code(int(code), message)
    if "detail" in document and "data" not in document:
        return by_code(400, message)
    data = document.get("data")
    if not isinstance(data, dict):
        return errors.SchemaDrift(
            f"TikHub answered {type(data).__name__} at $.data where an object was agreed; compare the capture with "
            "TikHub's documentation and adapt the parser.",
            provider=PROVIDER,
        )
    for name in ("status_code", "statusCode"):
        code = data.get(name)
        if isinstance(code, int) and not isinstance(code, bool) and code != 0:
            return _inner(code, message)
    return None


def _is_failure(code: Any) -> bool:
    return isinstance(code, int) and not isinstance(code, bool) and code not in (0, 200)


def _inner(code: int, message: str) -> errors.SourceError:
    if code in STATE_OF_CODE:
        state = STATE_OF_CODE[code]
        return AccountHidden(f"TikTok says {state} (inner code {code}) for this account.", state=state, status=200)
    return errors.SourceUnavailable(
        f"TikHub answered 200 with an inner failure, code {code}{_quoted(message)}; it is usually over after a while.",
        provider=PROVIDER,
        status=200,
    )


def by_code(code: int, message: str) -> errors.SourceError:
    """The error for a status or an inner code of TikHub."""
    error = _by_code(code, _quoted(message))
    error.provider, error.status = PROVIDER, code
    return error


def _by_code(code: int, quoted: str) -> errors.SourceError:
    if code == 400:
        # TikHub uses 400 for its own upstream failures and asks to retry; a wrong parameter is 422 as a rule
        if "retry" in quoted.lower():
            return errors.SourceUnavailable(f"TikHub's upstream failed (400){quoted}.")
        return errors.BadRequest(f"TikHub refuses the request (400){quoted}.")
    if code in (401, 403):
        return errors.AuthFailed(
            f"TikHub refuses the key ({code}){quoted}. Check TIKHUB_API_KEY and the scopes of that key at "
            "https://user.tikhub.io."
        )
    if code == 402:
        return errors.BudgetExhausted(
            f"TikHub's balance does not cover the call (402){quoted}. Top up at https://user.tikhub.io; the next run "
            "continues by itself."
        )
    if code == 404:
        return errors.NotFound(f"TikHub does not find it (404){quoted}.")
    if code in (405, 422):
        return errors.BadRequest(
            f"TikHub refuses the request ({code}){quoted}; its interface has changed, adapt calls.py."
        )
    if code == 429:
        return errors.Throttled(
            f"TikHub says too many requests (429){quoted}; lower TREND_ASSETS_TIKHUB__RATE_PER_SECOND."
        )
    return errors.SourceUnavailable(f"TikHub failed with code {code}{quoted}.")


def _quoted(message: str) -> str:
    return f': "{message}"' if message else ""


def trending_words_in(data: dict[str, Any]) -> int:
    """How many trending words an answer holds (the client refuses an empty list)."""
    words = data.get("trending_search_words")
    return len(words) if isinstance(words, list) else -1


def first_count(holder: Any, notes: Notes, *names: str) -> int | None:
    """The first of several fields that holds a count."""
    for name in names:
        counted = count(dig(holder, name), name, notes)
        if counted is not None:
            return counted
    return None


def images(holder: Any, *names: str) -> list[str]:
    """Addresses of several image members, what OpenCV can decode first, HEIC last."""
    urls = [url for name in names for url in addresses(dig(holder, name, "url_list"))]
    return sorted(dict.fromkeys(urls), key=_format_order)


def _format_order(url: str) -> int:
    path = url.partition("?")[0].lower()
    if path.endswith(_DECODABLE):
        return 0
    return 2 if path.endswith(_UNDECODABLE) else 1
