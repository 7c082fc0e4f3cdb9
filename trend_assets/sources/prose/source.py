"""Sentences by a language model, from figures that it is told: the issue's headline and introduction, the report's
prose. Asked for by the assets that print them, never for data."""

from pydantic import SecretStr

from trend_assets.settings import WebAddress
from trend_assets.sources.declare import Provider, Source, Terms, client_in
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.prose.brief import Brief
from trend_assets.sources.prose.collect import PROVIDER_NAME, collect
from trend_assets.sources.prose.parse import parse


class ProviderOptions(OptionsModel):
    """What can be set for the language model."""

    api_key: SecretStr | None = option(None, variable="LLM_API_KEY")
    """Key of an OpenAI-compatible chat API: puts the trend report into words, and headlines where
    a newsletter allows it. Empty: computed sentences."""
    url: WebAddress = option("https://api.openai.com/v1", variable="LLM_BASE_URL")
    """Base URL of that API."""
    model: str = option("gpt-4o-mini", variable="LLM_MODEL", min_length=1, max_length=100)
    """Model of that API."""
    usd_per_million_read: float = option(0.15, ge=0, le=1000)
    """Price of a million tokens that it is told, by that API's price list."""
    usd_per_million_written: float = option(0.60, ge=0, le=1000)
    """Price of a million tokens that it writes."""
    budget_usd: float = option(0.5, ge=0)
    """USD per UTC day; the call that would cross it is refused."""
    rate_per_second: float = option(2.0, gt=0)
    """Requests per second, shared by all processes."""


PROVIDER = Provider(
    name=PROVIDER_NAME,
    title="A language model",
    gives="sentences from figures that it is told",
    options=ProviderOptions,
    keys=("api_key",),
    key_from="https://platform.openai.com/api-keys (or whoever serves your model)",
    client=client_in("trend_assets.sources.prose.client", "ChatClient"),
    brings_data=False,
)

SOURCE = Source(
    name="written_prose",
    title="Sentences by a language model",
    provider=PROVIDER,
    tier="own",
    history="range",
    role="writer",
    collect=collect,
    parse=parse,
    needs=("briefs",),
    tries={"briefs": Brief("a trial", "issue", ("“Slow slime” by @maker has 12,400 views, 5.1 times the usual.",))},
    terms=Terms(
        retention_days=28,
        note="What it is told quotes titles, so that it is kept no longer than the strictest of their sources allows.",
        reference="our own rule",
        must_delete=False,
    ),
)
