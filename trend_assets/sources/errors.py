"""Classified errors of talking to providers: what went wrong, whether waiting can heal it, and what a person does next.

Every message is a sentence that names the thing, the reason and the next step. No message ever carries a secret:
`redact` has been applied to whatever came from outside. Dagster and the database do not belong here.
"""


class SourceError(Exception):
    """A provider could not give what was asked.

    `can_heal` says whether the same request may succeed later without anybody's doing; only then is it retried.
    `outcome` is the word that goes into `ops.source_attempts.outcome`.
    """

    can_heal = False
    outcome = "failed"

    def __init__(self, message: str, *, provider: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.provider = provider
        self.status = status


class SourceUnavailable(SourceError):
    """The provider could not be reached or answered 5xx or nonsense after all tries."""

    can_heal = True


class Throttled(SourceUnavailable):
    """The provider asked us to slow down (429) for longer than we are ready to wait; `retry_after` in seconds."""

    def __init__(self, message: str, *, provider: str = "", status: int | None = 429, retry_after: float | None = None):
        super().__init__(message, provider=provider, status=status)
        self.retry_after = retry_after


class AuthFailed(SourceError):
    """401 or 403: the key is wrong, lacks a right, or the product is not rented."""


class MissingKey(SourceError):
    """No key is configured for this provider and the sandbox is off: the source is skipped and says so."""

    outcome = "skipped"


class BudgetExhausted(SourceError):
    """Our own daily budget, the provider's quota or its balance (402) does not cover this call."""

    outcome = "over_budget"


class NotFound(SourceError):
    """404 or the provider's own word for it: the thing is gone, private or never was."""


class BadRequest(SourceError):
    """The provider refuses the request itself; the same request never succeeds."""


class TooLarge(SourceError):
    """The body crossed the byte cap; nothing of it was kept."""


class SchemaDrift(SourceError):
    """The answer does not have the agreed shape; the message names the JSON path."""


class NoHistory(SourceError):
    """A source that only knows `now` was asked for a past day that has no capture."""


class SuspiciousEmpty(SourceError):
    """Zero rows from a source that always has rows."""

    outcome = "empty"


class ForbiddenTarget(SourceError):
    """A URL points where we never connect to (private, loopback, link-local, mapped … addresses, or a bad scheme)."""
