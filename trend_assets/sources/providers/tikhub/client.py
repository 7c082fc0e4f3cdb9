"""Sends TikHub's calls: key in the header, its many kinds of failure classified, billed answers counted."""

from trend_assets.sources.call import Call
from trend_assets.sources.errors import NotFound, NotJson, SchemaDrift, SourceError, SourceUnavailable, SuspiciousEmpty
from trend_assets.sources.http import Response
from trend_assets.sources.json_client import JsonClient
from trend_assets.sources.providers.tikhub.calls import ACCOUNT, PRICE_USD, PROVIDER, TRENDING_WORDS, USER_PROFILE
from trend_assets.sources.providers.tikhub.envelope import AccountHidden, error_in, trending_words_in
from trend_assets.sources.values import dig

MOST_ON_AN_ACCOUNT_USD = 10_000_000


class TikHubClient(JsonClient):
    """TikHub over HTTP. Every answer with status 200 is billed, also one that cannot be used: the answer's (or the
    error's) cost counts them all."""

    def price(self, call: Call, status: int) -> tuple[float, int]:
        return (PRICE_USD if status == 200 else 0.0), 0

    def balance_usd(self) -> float:
        """What is left on the account, free credit included. Costs nothing; the key needs the scope of the account."""
        response = self._transport.send("GET", ACCOUNT)
        document = response.json(what="TikHub's answer about the account", provider=PROVIDER)
        parts = [dig(document, "user_data", name) for name in ("balance", "free_credit")]
        known = [part for part in parts if isinstance(part, int | float) and not isinstance(part, bool)]
        if not known:
            raise SchemaDrift("TikHub's answer about the account has no $.user_data.balance.", provider=PROVIDER)
        if not abs(balance := round(sum(map(float, known)), 6)) < MOST_ON_AN_ACCOUNT_USD:
            raise SchemaDrift(f"TikHub's answer says that {balance:g} USD are on the account.", provider=PROVIDER)
        return balance

    def error_in(self, call: Call, response: Response) -> SourceError | None:
        """A profile that is gone, private or banned is an answer (its state is worth storing), every other failure an
        error: see envelope.py."""
        status = response.status
        if status >= 500 or status in (408, 425) or 300 <= status < 400:
            return self._transport.error_by_status(response)
        try:
            document = response.json(what=f"TikHub's answer to {call.endpoint}", provider=PROVIDER)
        except NotJson as broken:
            return broken if status == 200 else self._transport.error_by_status(response)
        error = error_in(document, status=status)
        if error is None:
            if call.endpoint == TRENDING_WORDS and trending_words_in(document["data"]) == 0:
                return _EmptyOnce(
                    "TikHub answered with an empty list of trending search words, although TikTok always has some.",
                    provider=PROVIDER,
                )
            return None
        if call.endpoint == USER_PROFILE and (isinstance(error, AccountHidden) or type(error) is NotFound):
            return None
        return error


class _EmptyOnce(SourceUnavailable, SuspiciousEmpty, word="empty", outcome="empty"):
    """An empty list that is asked for again before it is believed; then it is a SuspiciousEmpty."""
