"""What YouTube answers: an object with `items`, or an error whose reason inside the body decides, not the status (403
means four)."""

from typing import Any

from trend_assets.sources import errors
from trend_assets.sources.call import Answer
from trend_assets.sources.decode import decode_json
from trend_assets.sources.posts import require_list
from trend_assets.sources.providers.youtube.calls import PROVIDER
from trend_assets.sources.redact import redact
from trend_assets.sources.values import dig

_QUOTA = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
_THROTTLE = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_KEY = {"keyInvalid", "keyExpired", "API_KEY_INVALID", "accessNotConfigured", "ipRefererBlocked", "forbidden"}
_PASSING = {"backendError", "internalError", "processingFailure"}


def reasons_in(document: Any) -> set[str]:
    """All reason words of an error body (`errors[].reason`, `details[].reason`)."""
    reasons: set[str] = set()
    for list_name in ("errors", "details"):
        entries = dig(document, "error", list_name)
        for entry in entries if isinstance(entries, list) else ():
            reason = dig(entry, "reason")
            if isinstance(reason, str):
                reasons.add(reason)
    return reasons


def error_for(status: int, document: Any) -> errors.SourceError:
    """The classified error of a failed answer."""
    reasons = reasons_in(document)
    message = dig(document, "error", "message")
    text = redact(str(message), limit=200) if isinstance(message, str) and message else ""
    why = f"{', '.join(sorted(reasons)) or 'no reason given'}{f': {text}' if text else ''}"
    if reasons & _QUOTA:
        return errors.BudgetExhausted(
            f"YouTube's daily quota is used up ({why}). It resets at midnight Pacific time; lower "
            "TREND_ASSETS_YOUTUBE__SEARCH_CALLS_PER_DAY or ask Google for more."
        )
    if reasons & _THROTTLE or status == 429:
        return errors.Throttled(f"YouTube says too many requests ({why}); lower TREND_ASSETS_YOUTUBE__RATE_PER_SECOND.")
    if status >= 500 or reasons & _PASSING:
        return errors.SourceUnavailable(f"YouTube failed with {status} ({why}).")
    if status in (401, 403) or reasons & _KEY:
        return errors.AuthFailed(
            f"YouTube refuses the key ({status}, {why}). Check YOUTUBE_API_KEY and that the YouTube Data API v3 is "
            "enabled for its project at https://console.cloud.google.com/apis/credentials."
        )
    if status == 404:
        return errors.NotFound(f"YouTube does not find it ({why}).")
    return errors.BadRequest(f"YouTube refuses the request ({status}, {why}).")


def items_of(answer: Answer) -> list[Any]:
    """The `items` of a good answer; raises the classified error or SchemaDrift with the path."""
    document = decode_json(answer.body, what=f"YouTube's answer to {answer.call.endpoint}", provider=PROVIDER)
    if not isinstance(document, dict):
        raise errors.SchemaDrift(f"YouTube answered {type(document).__name__} at $, not an object.", provider=PROVIDER)
    if answer.status != 200 or "error" in document:
        status = answer.status if answer.status != 200 else dig(document, "error", "code")
        raise error_for(status if isinstance(status, int) else 500, document)
    # an empty answer of videos.list may leave the member out
    if "items" not in document and isinstance(document.get("kind"), str):
        return []
    return require_list(document.get("items"), "$.items", what="YouTube's answer", provider=PROVIDER)
