"""Which error an Apify answer stands for: `{"error": {"type", "message"}}`; the type decides, 403 means many things."""

from trend_assets.sources import errors
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


def error_for(response: Response, *, actor: str) -> errors.SourceError | None:
    """The classified error of an answer, None for 2xx."""
    if 200 <= response.status < 300:
        return None
    kind, message = _kind_and_message(response)
    error = _classified(response, kind, f" ({kind}: {message})" if kind else "", actor)
    error.provider, error.status = PROVIDER, response.status
    return error


def _classified(response: Response, kind: str, about: str, actor: str) -> errors.SourceError:
    status = response.status
    if kind in _FULL_FOR_NOW:
        return errors.Throttled(f"Apify has no room for another run of yours right now{about}.")
    if status == 402 or kind in _NO_MONEY:
        return errors.BudgetExhausted(
            f"Apify's credit does not cover a run of {actor}{about}. Raise the limit or top up at "
            "https://console.apify.com/billing; the next run continues by itself."
        )
    if kind in _NOT_RENTED or kind in _NO_PLAN:
        return errors.AuthFailed(
            f"The actor {actor} is not rented, or your plan does not allow it{about}. Rent it at "
            f"https://apify.com/{actor}, or name another actor in the settings."
        )
    if kind in _WITHDRAWN:
        return errors.AuthFailed(
            f"The actor {actor} was withdrawn or is blocked{about}. Name another actor in the settings."
        )
    if status in (401, 403):
        return errors.AuthFailed(
            f"Apify refuses a request for {actor} ({status}){about}. Check {KEY_VARIABLE} at "
            "https://console.apify.com/account/integrations; an actor withdrawn from the store answers 403 too."
        )
    if status == 404:
        return errors.NotFound(f"Apify does not find {actor} or its run{about}.")
    if status == 400:
        return errors.BadRequest(f"Apify refuses the input of {actor}{about}.")
    error = error_by_status(status, provider="Apify", key_variable=KEY_VARIABLE)
    if isinstance(error, errors.SourceUnavailable) and about:
        error.args = (f"{error.args[0]}{about}",)
    return error


def _kind_and_message(response: Response) -> tuple[str, str]:
    try:
        document = response.json(what="Apify's error", provider=PROVIDER)
    except errors.NotJson:
        return "", ""
    kind, message = dig(document, "error", "type"), dig(document, "error", "message")
    return (
        redact(kind, limit=80) if isinstance(kind, str) else "",
        redact(message, limit=200) if isinstance(message, str) else "",
    )
