"""The bodies of requests and answers, as the OpenAPI page shows them. Unknown is null, never 0."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from trend_assets.domain.competitors import CompetitorProvider, ConfidenceTier
from trend_assets.domain.profiles import PROFILE_PLATFORMS
from trend_assets.platforms import NAMES
from trend_assets.rendering.formats import served
from trend_assets.text import clean_text

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


class Strict(BaseModel):
    """A request body: a field that we do not know is a mistake, and said to be one."""

    model_config = ConfigDict(extra="forbid")


class Post(BaseModel):
    """One collected post with its newest counts and the scores of its last day."""

    platform: str
    external_id: str
    kind: str
    title: str | None
    description: str | None = Field(description="At most 1,000 characters.")
    language: str | None
    creator_id: str | None
    creator_handle: str | None
    creator_name: str | None
    creator_followers: int | None
    url: str | None
    hashtags: list[str] | None
    sound: str | None
    duration_seconds: float | None
    posted_at: datetime | None
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    quotes: int | None
    metrics_unavailable: list[str] | None = Field(description="What the platform's API does not expose, apart from 0.")
    is_sponsored: bool | None
    is_over_18: bool | None = Field(description="Marked as for adults or as sensitive.")
    sources: list[str]
    first_collected_at: datetime
    last_collected_at: datetime
    measured_at: datetime
    archived_at: datetime | None
    is_simulated: bool
    scored_in: str | None = Field(description="The source inside which the scores below stand best.")
    engagement_velocity: float | None = Field(description="(likes + comments + shares) per hour since posted.")
    views_per_hour: float | None
    rising: float | None = Field(description="Percentile of relative growth among items of its age.")
    source_percentile: float | None
    chance: float | None = Field(
        description="Probability of standing in the top tenth of growth among items of its age in three days."
    )
    chance_outcomes: int | None = Field(description="Past outcomes that it rests on.")
    chance_reason: str | None = Field(description="Why there is no chance yet.")


class TrendsPage(BaseModel):
    """Collected posts, newest collection first."""

    items: list[Post]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last one.")


class Creator(BaseModel):
    """One creator of the roster with the newest numbers."""

    user_id: str
    handle: str | None
    nickname: str | None
    signature: str | None
    state: str
    first_seen: datetime
    first_keyword: str | None
    last_updated_at: datetime
    is_simulated: bool
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


class CreatorDay(BaseModel):
    """A creator's numbers of one day."""

    observed_date: date
    followers: int | None
    hearts: int | None
    videos: int | None
    growth_followers: int | None
    growth_pct: float | None
    growth_over_days: int | None
    is_simulated: bool


class CreatorHistory(BaseModel):
    """A creator's daily numbers, oldest first."""

    user_id: str
    handle: str | None
    state: str
    is_simulated: bool
    items: list[CreatorDay]


class StandingPost(BaseModel):
    """A post of a creator against what is usual for it."""

    title: str | None
    url: str | None
    measured_at: datetime
    views: int | None
    views_per_hour: float | None
    leap: float | None = Field(description="Views per hour over the median of the creator's other posts.")
    range: float | None = Field(description="The forecast over the upper end of the creator's usual range.")
    is_simulated: bool


class CreatorStanding(BaseModel):
    """A creator's newest posts against what is usual for it, five at most of each."""

    leaps: list[StandingPost]
    leaving: list[StandingPost]


class NameWithoutResult(BaseModel):
    """A name of a source's settings that has had no result since a day."""

    name: str
    since: date


class SourceStatus(BaseModel):
    """How collecting one source went on one day."""

    source: str
    provider: str
    outcome: str = Field(description="running, succeeded, partial, empty, failed, skipped or over_budget.")
    reason: str | None
    items: int | None
    attempts: int
    calls: int | None
    replayed: int | None
    cost_usd: float | None
    started_at: datetime
    finished_at: datetime | None
    is_simulated: bool | None
    names_without_result: list[NameWithoutResult] | None = Field(description="As of now, whatever the day.")


class SourcesStatus(BaseModel):
    """The newest attempt of every source that was asked on a day."""

    date: date
    items: list[SourceStatus]


class SourceLead(BaseModel):
    """How often one source had a story before another."""

    source: str
    other_source: str
    matched_stories: int
    led: int
    trailed: int
    together: int
    median_lead_hours: float | None
    lead_low_hours: float | None
    lead_high_hours: float | None
    unique_share: float | None
    is_simulated: bool


class SourceLeads(BaseModel):
    """Who had stories before whom, each pair once, by who leads."""

    date: date
    items: list[SourceLead]


class TrendPattern(BaseModel):
    """A trait and value that rising videos share."""

    trait: str
    value: str
    rank: int
    support: int
    risers: int
    other_support: int
    others: int
    riser_share: float
    other_share: float
    lift: float
    lift_low: float
    lift_high: float
    is_supported: bool
    creators: int
    examples: list[dict[str, Any]]
    recommendation: str | None


class TrendReport(BaseModel):
    """What the rising videos of a day or week have in common."""

    observed_date: date
    period: str
    risers: int
    others: int
    patterns: int
    summary: str
    prose: str | None
    prose_model: str | None
    prose_note: str | None
    is_simulated: bool
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


class Candidate(BaseModel):
    """One competitor candidate, merged over all providers."""

    rank: int
    candidate_id: str
    platform: str
    external_id: str | None
    handle: str | None
    name: str | None
    url: str | None
    bio: str | None
    followers: int | None
    posts: int | None
    median_views: float | None
    matched_topics: list[str] | None
    match_score: float
    evidence: list[str]
    source_labels: list[str]
    identity_tokens: list[str]
    providers: list[str]
    source_count: int
    confidence_tier: ConfidenceTier
    metric_coverage: float
    fusion_bonus: float
    score: float
    already_tracked: bool
    is_simulated: bool


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


class Tracked(BaseModel):
    """One creator whom you track."""

    candidate_id: str
    platform: str
    external_id: str | None
    handle: str | None
    name: str | None
    url: str | None
    followers: int | None
    confidence_tier: ConfidenceTier
    imported_at: datetime
    is_simulated: bool


class TrackedList(BaseModel):
    """Whom you track, newest import first; the newest 200."""

    items: list[Tracked]


class AskedRequest(BaseModel):
    """One request of yours for competitors."""

    request_id: str
    seed_handle: str | None
    seed_external_id: str | None
    topics: list[str]
    platforms: list[str]
    providers: list[str]
    is_daily: bool
    created_at: datetime
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


class MediaAsset(BaseModel):
    """A downloaded file."""

    sha256: str
    content_type: str
    bytes: int
    width: int | None
    height: int | None
    duration_seconds: float | None
    platform: str
    external_id: str | None
    creator_handle: str | None
    first_stored_at: datetime
    is_simulated: bool


class MediaAudit(BaseModel):
    """What the audit of the file found."""

    has_face: bool | None
    faces: int | None
    largest_face_share: float | None
    face_reason: str | None
    duration_band: str | None
    orientation: str | None
    caption_checks: list[dict[str, Any]]
    comparison: dict[str, Any]
    findings: list[str]
    audited_at: datetime


class MediaJob(BaseModel):
    """A download job; visible to its owner only."""

    job_id: str
    url: str
    platform: str
    caption: str | None
    state: Literal["queued", "downloading", "processing", "completed", "failed"]
    attempts: int
    max_attempts: int
    error: str | None
    error_kind: str | None
    created_at: datetime
    not_before: datetime
    started_at: datetime | None
    finished_at: datetime | None
    is_simulated: bool
    asset: MediaAsset | None = None
    audit: MediaAudit | None = None


class MediaJobs(BaseModel):
    """Your download jobs, newest first; the newest 50, without what each found."""

    items: list[MediaJob]


class ImportedFile(BaseModel):
    """One file that was imported."""

    import_id: str
    import_source: str
    file_name: str
    format: str
    rows: int
    accepted: int
    repeated: int
    rejected: int
    days: int
    first_day: date | None
    last_day: date | None
    retention_days: int | None
    imported_at: datetime


class ImportedFiles(BaseModel):
    """The files that were imported, newest first; the newest 50."""

    items: list[ImportedFile]
