"""The bodies of requests and answers, as the OpenAPI page shows them. Unknown is null, never 0."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, create_model

from trend_assets.competitors.merging import CompetitorProvider, ConfidenceTier
from trend_assets.competitors.profiles import PROFILE_PLATFORMS
from trend_assets.newsletters.rendering.formats import served
from trend_assets.platforms import NAMES
from trend_assets.text import clean_text
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    PostPlatform: TypeAlias = str
    ProfilePlatform: TypeAlias = str
    FeedFormat: TypeAlias = str
else:
    PostPlatform, ProfilePlatform = Literal[NAMES], Literal[PROFILE_PLATFORMS]
    FeedFormat = Literal[tuple(form.name for form in served())]


def _storable(text: str) -> str:
    if text != clean_text(text):
        raise ValueError("holds control characters or broken Unicode")
    return text


Text = Annotated[str, AfterValidator(_storable)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_storable)]
CandidateId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
RequestId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]
# Postgres' dates reach further, but no partition lies before the platforms or a century ahead
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY, examples=["2026-11-20"])]


Model = TypeVar("Model", bound=BaseModel)
_TYPES: dict[str, Any] = {
    "text": str, "text[]": list[str], "integer": int, "bigint": int, "double precision": float, "numeric(14,6)": float,
    "numeric(14,2)": float, "boolean": bool, "date": date, "timestamptz": datetime,
}  # fmt: skip


def columns_of(address: str, names: str) -> Callable[[type[Model]], type[Model]]:
    """A model with these columns of a table, as the table declares them, before the fields that the class has itself.
    A field of the class that is named among them takes its column's place."""
    table = TABLES[address]

    def field(name: str) -> Any:
        column = table.column(name)
        kind = _TYPES[column.type]
        return (kind | None if column.nullable else kind, Field(description=column.description))

    def with_columns(model: type[Model]) -> type[Model]:
        own = {name: (info.annotation, info) for name, info in model.model_fields.items()}
        fields: dict[str, Any] = {name: own.get(name) or field(name) for name in names.split()} | own
        return create_model(model.__name__, __doc__=model.__doc__, __module__=model.__module__, **fields)

    return with_columns


class Strict(BaseModel):
    """A request body: a field that we do not know is a mistake, and said to be one."""

    model_config = ConfigDict(extra="forbid")


@columns_of("trends.posts", """
    platform external_id kind title description language creator_id creator_handle creator_name creator_followers url
    hashtags sound duration_seconds posted_at views likes comments shares saves quotes metrics_unavailable
    is_sponsored is_over_18 sources first_collected_at last_collected_at measured_at archived_at is_simulated
""")  # fmt: skip
@columns_of("velocity.scores", "engagement_velocity views_per_hour rising chance chance_outcomes chance_reason")
class Post(BaseModel):
    """One collected post with its newest counts and the scores of its last day."""

    description: str | None = Field(description="At most 1,000 characters.")
    scored_in: str | None = Field(description="The source inside which the scores below stand best.")
    source_percentile: float | None


class TrendsPage(BaseModel):
    """Collected posts, newest collection first."""

    items: list[Post]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last one.")


@columns_of("comets.creators", """
    user_id handle nickname signature state first_seen first_keyword last_updated_at is_simulated
""")  # fmt: skip
class Creator(BaseModel):
    """One creator of the roster with the newest numbers."""

    measured_date: date | None = Field(description="Day of the numbers below; null before the first.")
    followers: int | None
    hearts: int | None
    videos: int | None
    growth_followers: int | None = Field(description="Against the newest earlier day.")
    growth_pct: float | None
    growth_over_days: int | None
    followers_7d: int | None = Field(description="Followers gained over the last seven days with numbers.")


class CreatorsPage(BaseModel):
    """Creators of the roster."""

    items: list[Creator]
    next_cursor: str | None


@columns_of("comets.creator_stats", """
    observed_date followers hearts videos growth_followers growth_pct growth_over_days is_simulated
""")  # fmt: skip
class CreatorDay(BaseModel):
    """A creator's numbers of one day."""

    followers: int | None
    growth_followers: int | None
    growth_pct: float | None


class CreatorHistory(BaseModel):
    """A creator's daily numbers, oldest first."""

    user_id: str
    handle: str | None
    state: str
    is_simulated: bool
    items: list[CreatorDay]


@columns_of("trends.posts", "title url")
@columns_of("velocity.scores", "measured_at views views_per_hour leap range is_simulated")
class StandingPost(BaseModel):
    """A post of a creator against what is usual for it."""


class CreatorStanding(BaseModel):
    """A creator's newest posts against what is usual for it, five at most of each."""

    leaps: list[StandingPost]
    leaving: list[StandingPost]


class NameWithoutResult(BaseModel):
    """A name of a source's settings that has had no result since a day."""

    name: str
    since: date


@columns_of("ops.source_attempts", """
    source provider outcome reason items calls replayed cost_usd started_at finished_at is_simulated
""")  # fmt: skip
class SourceStatus(BaseModel):
    """How collecting one source went on one day."""

    attempts: int
    names_without_result: list[NameWithoutResult] | None = Field(description="As of now, whatever the day.")


class SourcesStatus(BaseModel):
    """The newest attempt of every source that was asked on a day."""

    date: date
    items: list[SourceStatus]


@columns_of("feed.source_leads", """
    source other_source matched_stories led trailed together median_lead_hours lead_low_hours lead_high_hours
    unique_share is_simulated
""")  # fmt: skip
class SourceLead(BaseModel):
    """How often one source had a story before another."""

    median_lead_hours: float | None


class SourceLeads(BaseModel):
    """Who had stories before whom, each pair once, by who leads."""

    date: date
    items: list[SourceLead]


@columns_of("trends.trend_report", """
    trait value rank support risers other_support others riser_share other_share lift lift_low lift_high is_supported
    creators examples recommendation
""")  # fmt: skip
class TrendPattern(BaseModel):
    """A trait and value that rising videos share."""

    examples: list[dict[str, Any]]


@columns_of("trends.trend_summary", """
    observed_date period risers others patterns summary prose prose_model prose_note is_simulated
""")  # fmt: skip
class TrendReport(BaseModel):
    """What the rising videos of a day or week have in common."""

    traits: list[TrendPattern]


class CollectBody(Strict):
    """What to collect; empty means the core sources, once more, today."""

    sources: list[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]] = Field(
        default_factory=list, max_length=20, description="Sources of the registry; empty: every core source."
    )
    force: bool = Field(False, description="Ask, and pay, again although the day has stored answers.")


class Launched(BaseModel):
    """A Dagster run that was launched."""

    run_id: str
    job: str
    date: date
    sources: list[str]
    run_url: str | None = Field(description="The run's page in the Dagster UI.")


class DiscoverBody(Strict):
    """Whose competitors are wanted, and which of the found are shown. The same criteria are the same request."""

    seed: ShortText | None = Field(
        None,
        description="Handle or profile URL of the creator whose competitors are wanted.",
        examples=["tiktok:slime.lab"],
    )
    topics: list[ShortText] = Field(default_factory=list, max_length=20, description="Hashtags or words.")
    handles: list[ShortText] = Field(
        default_factory=list, max_length=200, description="Handles or profile URLs that you know already."
    )
    platforms: list[ProfilePlatform] = Field(
        default_factory=list, max_length=len(PROFILE_PLATFORMS), description="Empty: all."
    )
    providers: list[CompetitorProvider] = Field(default_factory=list, max_length=4, description="Empty: all.")
    is_daily: bool = Field(False, description="Repeat it with every daily run.")
    shares: bool = Field(False, description="Let seed and handles enter the community graph, without your name.")
    date: Day | None = Field(None, description="The day to answer for; empty: today (UTC).")
    repeat: bool = Field(False, description="Compute it again although that day was answered.")
    provider: CompetitorProvider | None = Field(None, description="Show only what this provider found.")
    min_confidence: ConfidenceTier | None = Field(None, description="Show only this tier and better.")
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=2000, description="`next_cursor` of the page before.")


@columns_of("competitors.candidates", """
    rank candidate_id platform external_id handle name url bio followers posts median_views matched_topics match_score
    evidence source_labels identity_tokens providers source_count confidence_tier metric_coverage fusion_bonus score
    already_tracked is_simulated
""")  # fmt: skip
class Candidate(BaseModel):
    """One competitor candidate, merged over all providers."""

    confidence_tier: ConfidenceTier


class CandidatesPage(BaseModel):
    """A request and one page of its candidates, in a fixed order."""

    request_id: str
    date: date
    state: Literal["queued", "refreshing", "ready"]
    total: int = Field(description="Candidates that pass the filters.")
    items: list[Candidate]
    next_cursor: str | None
    notes: list[str] = Field(description="What could not be recognised or found, and why.")


class ImportBody(Strict):
    """Which candidates to track."""

    request_id: RequestId
    date: Day = Field(description="The day of the list.")
    candidate_ids: list[CandidateId] = Field(min_length=1, max_length=200)
    shares: bool = Field(False, description="Let them enter the community graph, without your name.")


class Imported(BaseModel):
    """What was imported, and what you track already."""

    imported: list[str]
    already_tracked: list[str]


@columns_of("competitors.tracked", """
    candidate_id platform external_id handle name url followers confidence_tier imported_at is_simulated
""")  # fmt: skip
class Tracked(BaseModel):
    """One creator whom you track."""

    confidence_tier: ConfidenceTier


class TrackedList(BaseModel):
    """Whom you track, newest import first; the newest 200."""

    items: list[Tracked]


@columns_of("competitors.requests", """
    request_id seed_handle seed_external_id topics platforms providers is_daily created_at
""")  # fmt: skip
class AskedRequest(BaseModel):
    """One request of yours for competitors."""

    observed_date: date = Field(description="The newest day for which it was asked.")
    answered_at: datetime | None = Field(description="When that day was answered; null: queued.")


class AskedRequests(BaseModel):
    """Your requests for competitors, newest first; the newest 50."""

    items: list[AskedRequest]


class DownloadBody(Strict):
    """What to download and, optionally, the caption to check with it."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Field(
        examples=["https://www.tiktok.com/@slime.lab/video/7312345678901234567"]
    )
    caption: Annotated[str, StringConstraints(max_length=5000)] | None = None


@columns_of("media.assets", """
    sha256 content_type bytes width height duration_seconds platform external_id creator_handle first_stored_at
    is_simulated
""")  # fmt: skip
class MediaAsset(BaseModel):
    """A downloaded file."""


@columns_of("media.audits", """
    has_face faces largest_face_share face_reason duration_band orientation caption_checks comparison findings
    audited_at
""")  # fmt: skip
class MediaAudit(BaseModel):
    """What the audit of the file found."""

    caption_checks: list[dict[str, Any]]
    comparison: dict[str, Any]


@columns_of("media.download_jobs", """
    job_id url platform caption state attempts max_attempts error error_kind created_at not_before started_at
    finished_at is_simulated
""")  # fmt: skip
class MediaJob(BaseModel):
    """A download job; visible to its owner only."""

    state: Literal["queued", "downloading", "processing", "completed", "failed"]
    asset: MediaAsset | None = None
    audit: MediaAudit | None = None


class MediaJobs(BaseModel):
    """Your download jobs, newest first; the newest 50, without what each found."""

    items: list[MediaJob]


@columns_of("imports.files", """
    import_id import_source file_name format rows accepted repeated rejected days first_day last_day retention_days
    imported_at
""")  # fmt: skip
class ImportedFile(BaseModel):
    """One file that was imported."""

    repeated: int


class ImportedFiles(BaseModel):
    """The files that were imported, newest first; the newest 50."""

    items: list[ImportedFile]
