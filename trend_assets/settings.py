"""Typed settings, read from the environment and `.env` when asked for, never at import.

Every variable is documented in `.env.example` (a test compares the two). Secrets are `SecretStr`: they print as
asterisks and leave only towards their provider. Storage of settings and Dagster objects do not belong here.
"""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Provider = Literal["tikhub", "apify", "youtube", "reddit", "instagram"]
PROVIDERS: tuple[Provider, ...] = ("tikhub", "apify", "youtube", "reddit", "instagram")

LIVE_URLS: dict[Provider, str] = {
    "tikhub": "https://api.tikhub.io",
    "apify": "https://api.apify.com",
    "youtube": "https://youtube.googleapis.com",
    "reddit": "https://oauth.reddit.com",
    "instagram": "https://graph.facebook.com/v25.0",
}


class SettingsError(ValueError):
    """A variable has a value that is not allowed; the message names the variable and what is allowed."""


def _key(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class Settings(BaseSettings):
    """All settings. Names are the environment variables of `.env.example` without the prefix `TREND_ASSETS_`;
    provider keys keep their customary names."""

    model_config = SettingsConfigDict(
        env_prefix="TREND_ASSETS_", env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    # where things are
    state_dir: Path = Path(".trend_assets")
    database_url: SecretStr | None = None
    start_date: date = date(2026, 1, 1)
    import_dir: Path | None = None
    executor: Literal["in_process", "multiprocess", "celery", "k8s"] = "in_process"
    webhook_url: SecretStr | None = None
    public_url: str = "http://127.0.0.1"

    # the switch between the sandbox and the world
    sandbox: Literal["auto", "on", "off"] = "auto"
    sandbox_url: str | None = None
    sandbox_time_travel: bool = True
    sandbox_seed: int = 7

    # provider keys (customary names, no prefix)
    tikhub_api_key: SecretStr | None = Field(None, validation_alias=_key("TIKHUB_API_KEY"))
    apify_token: SecretStr | None = Field(None, validation_alias=_key("APIFY_TOKEN"))
    youtube_api_key: SecretStr | None = Field(None, validation_alias=_key("YOUTUBE_API_KEY"))
    reddit_client_id: SecretStr | None = Field(None, validation_alias=_key("REDDIT_CLIENT_ID"))
    reddit_client_secret: SecretStr | None = Field(None, validation_alias=_key("REDDIT_CLIENT_SECRET"))
    reddit_user_agent: str = Field("python:trend_assets:0.1", validation_alias=_key("REDDIT_USER_AGENT"))
    instagram_access_token: SecretStr | None = Field(None, validation_alias=_key("INSTAGRAM_ACCESS_TOKEN"))
    instagram_user_id: str | None = Field(None, validation_alias=_key("INSTAGRAM_USER_ID"))
    llm_api_key: SecretStr | None = Field(None, validation_alias=_key("LLM_API_KEY"))
    llm_base_url: str = Field("https://api.openai.com/v1", validation_alias=_key("LLM_BASE_URL"))
    llm_model: str = Field("gpt-4o-mini", validation_alias=_key("LLM_MODEL"))
    youtube_derived_metrics_accepted: bool = False

    # base URLs, to point one provider elsewhere (a proxy, a recorded server)
    tikhub_url: str = LIVE_URLS["tikhub"]
    apify_url: str = LIVE_URLS["apify"]
    youtube_url: str = LIVE_URLS["youtube"]
    reddit_url: str = LIVE_URLS["reddit"]
    reddit_token_url: str = "https://www.reddit.com/api/v1/access_token"
    instagram_url: str = LIVE_URLS["instagram"]

    # money, per provider and UTC day
    budget_usd_tikhub: float = Field(5.0, ge=0)
    budget_usd_apify: float = Field(5.0, ge=0)
    youtube_search_calls_per_day: int = Field(90, ge=0, le=100)
    youtube_units_per_day: int = Field(9000, ge=0, le=10_000)
    rate_per_second_tikhub: float = Field(10.0, gt=0)
    rate_per_second_apify: float = Field(20.0, gt=0)
    rate_per_second_youtube: float = Field(10.0, gt=0)
    rate_per_second_reddit: float = Field(1.5, gt=0)
    rate_per_second_instagram: float = Field(2.0, gt=0)

    # how much is asked for
    tiktok_trending_limit: int = Field(50, ge=1, le=1000)
    tiktok_trending_actor: str = "lexis-solutions/tiktok-trending-videos-scraper"
    tiktok_trending_country: str = "US"
    tiktok_scraper_actor: str = "clockworks/tiktok-scraper"
    commerce_hashtags: str = "tiktokmademebuyit,amazonfinds,smallbusiness,viralproducts,tiktokshop"
    commerce_results_per_hashtag: int = Field(20, ge=1, le=1000)
    youtube_shorts_queries: str = "#shorts"
    youtube_shorts_max_seconds: int = Field(60, ge=1, le=180)
    youtube_search_pages: int = Field(2, ge=1, le=10)
    x_actor: str = "apidojo/tweet-scraper"
    x_handles: str = (
        "Shopify,tobi,harleyf,webflow,gymshark,allbirds,glossier,warbyparker,drinkolipop,libertylondon,magicspoon,"
        "caraway_home,oatly,liquiddeath,athleticgreens,ridgewallet,truecoffee,moizali,nickshackelford,taylorholiday,"
        "codyplof,thedtcguy,ecomchasedimond,casper,hims"
    )
    x_searches: str = "#dtcbrand,#shopify,#ecommerce viral"
    x_max_items: int = Field(150, ge=1, le=5000)
    amazon_actor: str = "junglee/amazon-bestsellers"
    amazon_movers_actor: str | None = None
    amazon_category_urls: str = (
        "https://www.amazon.com/Best-Sellers/zgbs,"
        "https://www.amazon.com/Best-Sellers-Beauty/zgbs/beauty,"
        "https://www.amazon.com/Best-Sellers-Health/zgbs/hpc"
    )
    amazon_max_items: int = Field(100, ge=1, le=400)
    reddit_subreddits: str = "all,BuyItForLife,shutupandtakemymoney,ecommerce"
    reddit_limit: int = Field(100, ge=1, le=1000)
    comet_keywords_per_day: int = Field(20, ge=1, le=100)
    comet_pages_per_keyword: int = Field(1, ge=1, le=10)
    panel_budget_usd: float = Field(1.0, ge=0)

    # judging
    face_min_share: float = Field(0.02, gt=0, lt=1)
    face_yunet_model: Path | None = None
    comet_min_followers: int = 10_000
    comet_max_followers: int = 100_000
    comet_min_views: int = 50_000
    stretch_weight: float = Field(0.8, ge=0, le=1)
    feed_size: int = Field(50, ge=1, le=1000)
    feed_memory_days: int = Field(28, ge=0)
    archive_after_days: int = Field(30, ge=1)

    # media and API
    allow_external_media_download: bool = Field(False, validation_alias=_key("ALLOW_EXTERNAL_MEDIA_DOWNLOAD"))
    media_max_bytes: int = Field(200_000_000, ge=1)
    media_timeout_seconds: float = Field(300, gt=0)
    tombstone_key: SecretStr | None = None

    @field_validator("start_date", mode="before")
    @classmethod
    def _date(cls, value: object) -> object:
        return date.fromisoformat(value) if isinstance(value, str) else value

    def key_of(self, provider: Provider) -> SecretStr | None:
        """The secret of a provider, None where it is not configured."""
        return {
            "tikhub": self.tikhub_api_key,
            "apify": self.apify_token,
            "youtube": self.youtube_api_key,
            "reddit": self.reddit_client_secret if self.reddit_client_id else None,
            "instagram": self.instagram_access_token,
        }[provider]

    def mode(self, provider: Provider) -> Literal["live", "sandbox", "off"]:
        """`live` with a key, else `sandbox`, or `off` when the sandbox is switched off.
        `TREND_ASSETS_SANDBOX=on` sends every provider to the sandbox, whatever keys there are."""
        if self.sandbox == "on":
            return "sandbox"
        if self.key_of(provider):
            return "live"
        return "off" if self.sandbox == "off" else "sandbox"

    def list_of(self, name: str) -> list[str]:
        """A comma-separated setting as a list without blanks."""
        return [part.strip() for part in str(getattr(self, name)).split(",") if part.strip()]


def get_settings() -> Settings:
    """Read the settings now. Raises SettingsError naming each bad variable and what is allowed."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0])
            variable = name if name.isupper() else f"TREND_ASSETS_{name.upper()}"
            lines.append(f"{variable}: {problem['msg']}")
        raise SettingsError("Some settings have values that are not allowed. " + "; ".join(lines)) from None
