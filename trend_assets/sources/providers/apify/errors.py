"""Which error an Apify answer stands for: `{"error": {"type", "message"}}`; the type decides, 403 means many things."""

from trend_assets.sources.errors import (
    AuthFailed,
    BadRequest,
    BudgetExhausted,
    NotFound,
    NotJson,
    SourceError,
    SourceUnavailable,
    Throttled,
)
from trend_assets.sources.http import Response, error_by_status
from trend_assets.sources.providers.apify.calls import PROVIDER
from trend_assets.sources.redact import redact
from trend_assets.sources.values import dig

KEY_VARIABLE = "APIFY_TOKEN"
_FULL_FOR_NOW = {"actor-memory-limit-exceeded", "concurrent-runs-limit-exceeded", "concurrent-update-detected"}
_NO_MONEY = {
    "not-enough-usage-to-run-paid-actor",
    "monthly-usage-limit-too-low",
    "monthly-usage-hard-limit-exceeded",
    "limit-reached",
    "no-payment-method-available",
    "failed-to-charge-user",
    "x402-payment-required",
}
_NOT_RENTED = {"actor-is-not-rented", "cannot-rent-paid-actor", "rental-not-allowed"}
_NO_PLAN = {"apify-plan-required-to-use-paid-actor", "user-plan-not-allowed-for-coupon", "creator-plan-not-available"}
_WITHDRAWN = {"actor-disabled", "public-actor-disabled", "full-permission-actor-not-approved"}


def error_for(response: Response, *, actor: str) -> SourceError | None:
    """The classified error of an answer, None for 2xx."""
    status = response.status
    if 200 <= status < 300:
        return None
    kind, said = _said(response)
    about = f" ({kind}: {said})" if kind else ""
    if kind in _FULL_FOR_NOW:
        return Throttled(
            f"Apify has no room for another run of yours right now{about}.", provider=PROVIDER, status=status
        )
    if status == 402 or kind in _NO_MONEY:
        return BudgetExhausted(
            f"Apify's credit does not cover a run of {actor}{about}. Raise the limit or top up at "
            "https://console.apify.com/billing; the next run continues by itself.",
            provider=PROVIDER,
            status=status,
        )
    if kind in _NOT_RENTED or kind in _NO_PLAN:
        return AuthFailed(
            f"The actor {actor} is not rented, or your plan does not allow it{about}. Rent it at "
            f"https://apify.com/{actor}, or name another actor in the settings.",
            provider=PROVIDER,
            status=status,
        )
    if kind in _WITHDRAWN:
        return AuthFailed(
            f"The actor {actor} was withdrawn or is blocked{about}. Name another actor in the settings.",
            provider=PROVIDER,
            status=status,
        )
    if status in (401, 403):
        return AuthFailed(
            f"Apify refuses a request for {actor} ({status}){about}. Check {KEY_VARIABLE} at "
            "https://console.apify.com/account/integrations; an actor withdrawn from the store answers 403 too.",
            provider=PROVIDER,
            status=status,
        )
    if status == 404:
        return NotFound(f"Apify does not find {actor} or its run{about}.", provider=PROVIDER, status=status)
    if status == 400:
        return BadRequest(f"Apify refuses the input of {actor}{about}.", provider=PROVIDER, status=status)
    found = error_by_status(response, provider="Apify", key_variable=KEY_VARIABLE)
    if found is not None:
        found.provider = PROVIDER
        if isinstance(found, SourceUnavailable) and about:
            found.args = (f"{found.args[0]}{about}",)
    return found


def _said(response: Response) -> tuple[str, str]:
    try:
        document = response.json(what="Apify's error", provider=PROVIDER)
    except NotJson:
        return "", ""
    kind, said = dig(document, "error", "type"), dig(document, "error", "message")
    return (
        redact(kind, limit=80) if isinstance(kind, str) else "",
        redact(said, limit=200) if isinstance(said, str) else "",
    )
