"""Classified errors of talking to providers: what went wrong, whether waiting can heal it, and what a person does next.

Every message is a sentence that names the thing, the reason and the next step. No message ever carries a secret:
`redact` has been applied to whatever came from outside. Dagster and the database do not belong here.
"""

OUTCOME = "outcome"
"""Name under which a failed step carries the outcome of a SourceError: by it a source that did not answer is told from
a table that could not be written."""


class SourceError(Exception):
    """A provider could not give what was asked.

    `can_heal` says whether the same request may succeed later without anybody's doing; only then is it retried.
    `outcome` is the word that goes into `ops.source_attempts.outcome`, `word` the kind of the error as one word for
    tables. `cost_usd`, `units` and `external_run_id` say what the failed call has already cost (a billed answer that
    could not be used, a charged run that failed), so that the ledger is settled with it. `is_open`: what was asked may
    have been carried out, or still is (a started Apify run whose reply was lost): the ledger keeps the intent, and the
    next attempt passes its marker, so that the run is adopted and not bought again. False: it certainly was not. None:
    the client does not say; then what can heal counts as open. `body`: what the provider said
    (the first 100 kB), kept as evidence with the failed capture.
    """

    can_heal = False
    outcome = "failed"
    word = "failed"
    cost_usd = 0.0
    units = 0
    external_run_id = ""
    is_open: bool | None = None
    body = b""

    def __init__(self, message: str, *, provider: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.provider = provider
        self.status = status

    def __init_subclass__(cls, *, word: str = "", outcome: str = "") -> None:
        cls.word, cls.outcome = word or cls.word, outcome or cls.outcome


class SourceUnavailable(SourceError, word="unavailable"):
    """The provider could not be reached or answered 5xx or nonsense after all tries. `retry_after`: seconds that the
    provider asked us to wait."""

    can_heal = True
    retry_after: float | None = None


class NotJson(SourceUnavailable, word="not_json"):
    """The body is not the JSON that was agreed: HTML, cut off, NaN, nested too deep. Another try may bring the rest."""


class Throttled(SourceUnavailable, word="throttled"):
    """The provider asked us to slow down (429) for longer than we are ready to wait; `retry_after` in seconds."""

    def __init__(self, message: str, *, provider: str = "", status: int | None = 429, retry_after: float | None = None):
        super().__init__(message, provider=provider, status=status)
        self.retry_after = retry_after


class AuthFailed(SourceError, word="auth_failed"):
    """401 or 403: the key is wrong, lacks a right, or the product is not rented."""


class MissingKey(SourceError, word="missing_key", outcome="skipped"):
    """No key is configured for this provider and the sandbox is off: the source is skipped and says so."""


class BudgetExhausted(SourceError, word="over_budget", outcome="over_budget"):
    """Our own daily budget, the provider's quota or its balance (402) does not cover this call."""


class NotFound(SourceError, word="not_found"):
    """404 or the provider's own word for it: the thing is gone, private or never was."""


class Expired(NotFound, word="expired"):
    """A signed, short-lived address has run out (403): only a new answer of its provider brings a fresh one."""


class WrongContent(SourceError, word="wrong_content"):
    """What an address holds is not what it should be, judged by its bytes: no image, too many pixels, empty."""


class BadRequest(SourceError, word="bad_request"):
    """The provider refuses the request itself; the same request never succeeds."""


class TooLarge(SourceError, word="too_large"):
    """The body crossed the byte cap; nothing of it was kept."""


class SchemaDrift(SourceError, word="schema_drift"):
    """The answer does not have the agreed shape; the message names the JSON path."""


class NoHistory(SourceError, word="no_history"):
    """A source that only knows `now` was asked for a past day that has no capture."""


class SuspiciousEmpty(SourceError, word="empty", outcome="empty"):
    """Zero rows from a source that always has rows."""


class ForbiddenTarget(SourceError, word="forbidden_target"):
    """A URL points where we never connect to (private, loopback, link-local, mapped … addresses, or a bad scheme)."""
