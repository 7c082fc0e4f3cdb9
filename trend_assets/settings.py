"""Typed settings, read from the environment and `.env` when asked for, never at import.

The docstring of each is its documentation: `.env.example` and docs/settings.md are made from them. Secrets are `SecretStr`: they print as
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
        env_prefix="TREND_ASSETS_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    # --- where things are
    state_dir: Path = Path(".trend_assets")
    """Folder for the embedded Postgres, Dagster's files, logs and rendered issues."""
    database_url: SecretStr | None = None
    """postgresql:// URL of your own Postgres (14 or newer). Empty: an embedded, real Postgres in the state folder."""
    start_date: date | None = None
    """First daily partition (UTC). Empty: a week before the first start, and earlier once you ask for an earlier day or import one."""
    import_dir: Path | None = None
    """Folder watched for files to import. Empty: `imports` in the state folder."""
    repository_url: str | None = None
    """Where this code can be read by people, as far as the folder that holds `trend_assets`, e.g. https://github.com/me/trend_assets/blob/main. Code references in the UI then lead there. Empty: to the files of the machine that runs it."""
    executor: Literal["in_process", "multiprocess", "celery", "k8s"] = "in_process"
    """What runs the steps of a run: in_process, multiprocess, celery or k8s."""
    webhook_url: SecretStr | None = None
    """Slack-compatible webhook for failed runs and checks. Empty: no messages."""
    smtp_url: SecretStr | None = None
    """smtp://user:password@host:port (or smtps://) for mails on failed runs and checks. Empty: no mail."""
    mail_from: str = "trend_assets@localhost"
    """Sender of those mails."""
    mail_to: str = ""
    """Receivers of those mails, comma-separated."""
    public_url: str = "http://127.0.0.1:8000"
    """Address under which readers reach the issue; used in feeds' links."""
    dagster_url: str | None = None
    """Address of the Dagster UI, for the HTTP API's POST /collect-trends and links in messages, and a name under which the
    UI is answered; set by `trend-assets ui` for its own."""

    # --- the switch between the sandbox and the world
    sandbox: Literal["auto", "on", "off"] = "auto"
    """auto: a provider without a key is answered by the bundled sandbox. on: every provider is. off: none is; a source without a key is skipped and says so."""
    sandbox_url: str | None = None
    """Address of a sandbox that already runs (trend-assets sandbox). Empty: one is started when needed."""
    sandbox_time_travel: bool = True
    """true: the simulated world can also be asked for past days. false: it behaves like the real providers."""
    sandbox_seed: int = 7
    """Seed of the simulated world."""

    # --- provider keys: each one switches its provider to live
    tikhub_api_key: SecretStr | None = Field(None, validation_alias=_key("TIKHUB_API_KEY"))
    """TikHub (trending keywords, video search, creator profiles): user.tikhub.io, API keys. About 0.001 USD per request."""
    apify_token: SecretStr | None = Field(None, validation_alias=_key("APIFY_TOKEN"))
    """Apify (TikTok trending and commerce, X, Amazon): console.apify.com, Settings, API & Integrations."""
    youtube_api_key: SecretStr | None = Field(None, validation_alias=_key("YOUTUBE_API_KEY"))
    """YouTube Data API v3: console.cloud.google.com, APIs & Services, Credentials. Free within its quota."""
    reddit_client_id: SecretStr | None = Field(None, validation_alias=_key("REDDIT_CLIENT_ID"))
    """Reddit app id; new apps need approval under the Responsible Builder Policy."""
    reddit_client_secret: SecretStr | None = Field(None, validation_alias=_key("REDDIT_CLIENT_SECRET"))
    """Reddit app secret."""
    reddit_user_agent: str = Field("python:trend_assets:0.1", validation_alias=_key("REDDIT_USER_AGENT"))
    """Unique user agent, <platform>:<app id>:<version> (by /u/<name>)."""
    instagram_access_token: SecretStr | None = Field(None, validation_alias=_key("INSTAGRAM_ACCESS_TOKEN"))
    """Instagram Graph API token with instagram_basic and instagram_manage_insights (competitor discovery only)."""
    instagram_user_id: str | None = Field(None, validation_alias=_key("INSTAGRAM_USER_ID"))
    """Your own Instagram business account id, which asks for others."""
    llm_api_key: SecretStr | None = Field(None, validation_alias=_key("LLM_API_KEY"))
    """Key of an OpenAI-compatible chat API: writes the trend report's prose. Empty: no prose, the same figures."""
    llm_base_url: str = Field("https://api.openai.com/v1", validation_alias=_key("LLM_BASE_URL"))
    """Base URL of that API."""
    llm_model: str = Field("gpt-4o-mini", validation_alias=_key("LLM_MODEL"))
    """Model of that API."""
    youtube_derived_metrics_accepted: bool = False
    """true: you accepted YouTube's derived-metrics amendment, so YouTube is scored and blended. false: listed as the API ranks it."""

    # --- base URLs, to point one provider elsewhere
    tikhub_url: str = LIVE_URLS["tikhub"]
    """TikHub; mainland China: https://api.tikhub.dev."""
    apify_url: str = LIVE_URLS["apify"]
    """Apify."""
    youtube_url: str = LIVE_URLS["youtube"]
    """YouTube Data API."""
    reddit_url: str = LIVE_URLS["reddit"]
    """Reddit's OAuth API."""
    reddit_token_url: str = "https://www.reddit.com/api/v1/access_token"
    """Where Reddit's tokens come from."""
    instagram_url: str = LIVE_URLS["instagram"]
    """Instagram Graph API with its version."""

    # --- money and pace, per provider and UTC day
    budget_usd_tikhub: float = Field(5.0, ge=0)
    """USD per day for TikHub; the call that would cross it is refused."""
    budget_usd_apify: float = Field(5.0, ge=0)
    """USD per day for Apify; every run also gets a hard cap."""
    tiktok_trending_usd_per_1000: float = Field(2.0, ge=0)
    """Price of the trending actor per 1,000 results; it is rented (39 USD a month), what is paid per run is its platform use. Sets the run's cap."""
    tiktok_usd_per_1000: float = Field(5.0, ge=0)
    """Price of the TikTok actor per 1,000 results; look it up in the Apify store, prices change. Sets the run's cap."""
    x_usd_per_1000: float = Field(0.4, ge=0)
    """Price of the X actor per 1,000 posts on a paid plan. Sets the run's cap."""
    amazon_usd_per_1000: float = Field(3.2, ge=0)
    """Price of the Amazon actors per 1,000 results. Sets the run's cap."""
    youtube_search_calls_per_day: int = Field(90, ge=0, le=100)
    """Calls of search.list per day (YouTube allows 100)."""
    youtube_units_per_day: int = Field(9000, ge=0, le=10_000)
    """Other YouTube quota units per day (YouTube allows 10,000)."""
    rate_per_second_tikhub: float = Field(10.0, gt=0)
    """Requests per second, shared by all processes."""
    rate_per_second_apify: float = Field(20.0, gt=0)
    """Requests per second, shared by all processes."""
    rate_per_second_youtube: float = Field(10.0, gt=0)
    """Requests per second, shared by all processes."""
    rate_per_second_reddit: float = Field(1.5, gt=0)
    """Requests per second, shared by all processes."""
    rate_per_second_instagram: float = Field(2.0, gt=0)
    """Requests per second, shared by all processes."""

    # --- how much is asked for
    tiktok_trending_limit: int = Field(50, ge=1, le=1000)
    """TikTok trending videos per collection."""
    tiktok_trending_actor: str = "lexis-solutions/tiktok-trending-videos-scraper"
    """Apify actor for them (a monthly rental)."""
    tiktok_trending_country: str = "US"
    """Country of the TikTok trending list."""
    tiktok_scraper_actor: str = "clockworks/tiktok-scraper"
    """Apify actor for hashtags, posts and profiles on TikTok."""
    commerce_hashtags: str = "tiktokmademebuyit,amazonfinds,smallbusiness,viralproducts,tiktokshop"
    """Commerce hashtags, comma-separated, without #."""
    commerce_results_per_hashtag: int = Field(20, ge=1, le=1000)
    """Videos per commerce hashtag."""
    youtube_shorts_queries: str = "#shorts"
    """Queries for YouTube Shorts, comma-separated; each page of each costs one search call."""
    youtube_shorts_max_seconds: int = Field(60, ge=1, le=180)
    """Longest video that counts as a Short (60 as first specified; YouTube itself allows 180)."""
    youtube_search_pages: int = Field(2, ge=1, le=10)
    """Pages of 50 per query."""
    x_actor: str = "apidojo/tweet-scraper"
    """Apify actor for X."""
    x_handles: str = (
        "Shopify,tobi,harleyf,webflow,gymshark,allbirds,glossier,warbyparker,drinkolipop,libertylondon,magicspoon,"
        "caraway_home,oatly,liquiddeath,athleticgreens,ridgewallet,truecoffee,moizali,nickshackelford,taylorholiday,"
        "codyplof,thedtcguy,ecomchasedimond,casper,hims"
    )
    """Founders and brands followed on X, comma-separated, without @."""
    x_searches: str = "#dtcbrand,#shopify,#ecommerce viral"
    """Searches on X, comma-separated."""
    x_max_items: int = Field(150, ge=1, le=5000)
    """X posts per collection."""
    amazon_actor: str = "junglee/amazon-bestsellers"
    """Apify actor for best-seller positions."""
    amazon_movers_actor: str | None = None
    """Apify actor for Movers & Shakers pages, where you rent one. Empty: movement is computed from day to day."""
    amazon_category_urls: str = (
        "https://www.amazon.com/Best-Sellers/zgbs,"
        "https://www.amazon.com/Best-Sellers-Beauty/zgbs/beauty,"
        "https://www.amazon.com/Best-Sellers-Health/zgbs/hpc"
    )
    """Amazon best-seller pages, comma-separated; any category works."""
    amazon_max_items: int = Field(100, ge=1, le=400)
    """Products per page."""
    reddit_subreddits: str = "all,BuyItForLife,shutupandtakemymoney,ecommerce"
    """Subreddits, comma-separated."""
    reddit_limit: int = Field(100, ge=1, le=1000)
    """Posts per subreddit."""
    comet_keywords_per_day: int = Field(20, ge=1, le=100)
    """Trending keywords that are searched for Comet creators each day."""
    comet_pages_per_keyword: int = Field(1, ge=1, le=10)
    """Pages of 20 videos per keyword."""
    panel_budget_usd: float = Field(1.0, ge=0)
    """USD per day for measuring known items again by id."""

    # --- judging and ranking
    face_min_share: float = Field(0.02, gt=0, lt=1)
    """Share of the cover that a face must exceed."""
    face_yunet_model: Path | None = None
    """Path of a YuNet ONNX model to use instead of the Haar cascades."""
    comet_words_file: Path | None = None
    """Path of a TOML file with your own word lists for the platform and pronoun checks."""
    comet_min_followers: int = 10_000
    """Fewest followers of a Comet."""
    comet_max_followers: int = 100_000
    """Most followers of a Comet."""
    comet_min_views: int = 50_000
    """Views that one video of a Comet needs."""
    stretch_weight: float = Field(0.8, ge=0, le=1)
    """Weight of stretch sources in the merge; core sources have 1."""
    feed_with_stretch: bool = True
    """Whether stretch sources enter the feed; set it to false for a run that leaves them out."""
    feed_size: int = Field(50, ge=1, le=1000)
    """Most items in a feed."""
    feed_source_share: float = Field(0.3, gt=0, le=1)
    """Share of the places that one source takes while other sources have stories to fill them; 1 for no limit."""
    feed_memory_days: int = Field(28, ge=0)
    """Days in which a story is not repeated unless it changed."""
    archive_after_days: int = Field(30, ge=1)
    """Days without being seen after which a post is archived (kept, not shown)."""

    # --- retention of our own logs (what sources may keep is in their terms)
    event_log_days: int = Field(90, ge=1)
    """Days after which step-by-step events of finished runs leave Dagster's log; asset history and outcomes stay."""
    compute_log_days: int = Field(30, ge=1)
    """Days after which captured output of runs is deleted."""

    # --- media, HTTP API and privacy
    allow_external_media_download: bool = Field(False, validation_alias=_key("ALLOW_EXTERNAL_MEDIA_DOWNLOAD"))
    """true: media jobs may download from allowed public hosts. Off by default."""
    media_max_bytes: int = Field(200_000_000, ge=1)
    """Largest download."""
    media_timeout_seconds: float = Field(300, gt=0)
    """Longest download."""
    api_public_reads: Literal["local", "yes", "no"] = "local"
    """Who may read trends, creators and the feed over HTTP without a key. local: anybody as long as the API listens on this machine only."""
    api_workers: int = Field(2, ge=1, le=32)
    """Processes that answer HTTP requests."""
    tombstone_key: SecretStr | None = None
    """Secret for the keyed hashes that keep erased people out. Empty: a key file in the state folder."""

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
            variable = variable_of(name) if name in Settings.model_fields else name
            lines.append(f"{variable}: {problem['msg']}")
        raise SettingsError("Some settings have values that are not allowed. " + "; ".join(lines)) from None


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"TREND_ASSETS_{name.upper()}"
