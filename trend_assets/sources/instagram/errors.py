"""Which error an answer of the Graph API stands for: its `code` decides, the HTTP status is 400 or 403 for most."""

from typing import Any

from trend_assets.sources.errors import AuthFailed, BadRequest, NotFound, SourceError, SourceUnavailable, Throttled
from trend_assets.sources.redact import redact
from trend_assets.sources.values import dig

NO_SUCH_USER = 2207013
_THROTTLED = {4, 17, 32, 613, 80002}
_TEMPORARY = {1, 2}
_TOKEN = {102, 190, 467}
_PERMISSION = {3, 10} | set(range(200, 300))


def error_for(status: int, document: Any) -> SourceError:
    """The classified error of a failed answer."""
    code, subcode = dig(document, "error", "code"), dig(document, "error", "error_subcode")
    message = redact(str(dig(document, "error", "message") or "no reason given"), limit=200)
    if subcode == NO_SUCH_USER or code == 110:
        return NotFound("Instagram has no business or creator profile of that name (or it is age-gated).")
    if code in _THROTTLED or status == 429:
        return Throttled(f"Instagram's request limit is reached (code {code}); it frees up within the hour.")
    if code in _TOKEN or status == 401:
        return AuthFailed(
            f"Instagram refuses the token (code {code}: {message}). Make a new one and set INSTAGRAM_ACCESS_TOKEN."
        )
    if code in _PERMISSION:
        return AuthFailed(
            f"The Instagram token lacks a permission (code {code}: {message}); it needs instagram_basic, "
            "instagram_manage_insights and pages_read_engagement."
        )
    if status >= 500 or code in _TEMPORARY or dig(document, "error", "is_transient") is True:
        return SourceUnavailable(f"Instagram failed with {status} ({message}).")
    return BadRequest(f"Instagram refuses the request ({status}, code {code}: {message}).")
