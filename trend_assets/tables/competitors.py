"""Schema `competitors`: requests, the corpus that is searched, what each provider found, and the merged candidates.

    requests + request_days ──▶ official_api ─────┐
    corpus_creators/_topics ──▶ research_corpus ──┤
    manual_seeds ─────────────▶ manual_url_seed ──┼──▶ candidates ──▶ tracked
    community_handles ────────▶ community_graph ──┘

Rules of merging and confidence live in `competitors/merging.py`.
"""

from trend_assets.tables.columns import IS_SIMULATED, OBSERVED_DATE, PLATFORM, daily
from trend_assets.tables.model import Column, Table

PERSON_COLUMNS = ("external_id", "handle")

_WHO = (
    PLATFORM,
    Column("external_id", "text", "The platform's stable id of the creator; NULL when only a handle is known."),
    Column("handle", "text", "The handle without @, as last seen."),
    Column("name", "text", "The display name."),
    Column("url", "text", "Public https address of the profile, normalised."),
)

_METRICS = (
    Column("bio", "text", "The bio or channel description."),
    Column("followers", "bigint", "Followers or subscribers; NULL when hidden or unknown.", unit="followers", minimum=0),
    Column("posts", "bigint", "Posts known of this creator.", unit="posts", minimum=0),
    Column("median_views", "double precision", "Median views of the known posts.", unit="views", minimum=0),
    Column("matched_topics", "text[]", "Topics of the request that this creator also has, alphabetically."),
    Column("match_score", "double precision", "How well it fits the request inside its provider, 1 is best.", nullable=False, unit="share 0-1", minimum=0, maximum=1),
    Column("evidence", "text[]", "Why it is here, in sentences.", nullable=False),
    Column("source_labels", "text[]", "Where it was seen, alphabetically.", nullable=False),
)  # fmt: skip


def _provider(name: str, description: str, upstream: tuple[str, ...]) -> Table:
    return daily(
        "competitors",
        name,
        grain="One row per day, request and creator that this provider found.",
        description=description,
        columns=(
            Column("request_id", "text", "The request that it answers.", nullable=False),
            Column("identity", "text", "Identity token: platform:id:… or platform:handle:….", nullable=False),
            *_WHO,
            *_METRICS,
            Column("measured_at", "timestamptz", "When its numbers were measured."),
            Column("capture_id", "text", "The capture that holds the verbatim answer, for official_api."),
            IS_SIMULATED,
        ),
        key=("request_id", "identity"),
        upstream=("competitors.requests", "competitors.request_days", *upstream),
        person_columns=PERSON_COLUMNS,
    )


TABLES = (
    Table(
        "competitors", "requests",
        grain="One row per request to find competitors.",
        description="What a user asked for. The id is a hash of user and criteria: asking the same again is the same row.",
        columns=(
            Column("request_id", "text", "Hash of user and criteria.", nullable=False),
            Column("user_id", "text", "The user who asked.", nullable=False, immutable=True),
            Column("platforms", "text[]", "Platforms to search, alphabetically.", nullable=False),
            Column("providers", "text[]", "Providers to ask, alphabetically.", nullable=False),
            Column("topics", "text[]", "Topics (hashtags without #), alphabetically.", nullable=False),
            Column("seed_platform", "text", "Platform of the creator whose competitors are wanted."),
            Column("seed_identity", "text", "Identity token of that creator."),
            Column("seed_handle", "text", "Handle of that creator."),
            Column("seed_external_id", "text", "The platform's id of that creator, where the user gave one."),
            Column("is_daily", "boolean", "Repeated by every daily run.", nullable=False),
            Column("created_at", "timestamptz", "When it was first asked.", nullable=False, immutable=True),
        ),
        key=("request_id",),
        indexes=(("user_id", "created_at"),),
        person_columns=("seed_handle", "seed_external_id"),
    ),
    Table(
        "competitors", "request_days",
        grain="One row per request and day for which it was asked.",
        description="The sensor's queue: a request can be asked for any day and again; NULL answered_at is open.",
        columns=(
            Column("request_id", "text", "The request.", nullable=False),
            OBSERVED_DATE,
            Column("asked_at", "timestamptz", "When it was last asked for this day.", nullable=False),
            Column("answered_at", "timestamptz", "When the merged candidates were last written; NULL while open."),
        ),
        key=("request_id", "observed_date"),
        indexes=(("observed_date",), ("answered_at", "asked_at")),
        fillfactor=75,
    ),
    Table(
        "competitors", "manual_seeds",
        grain="One row per request and handle or URL that the user gave.",
        description="Handles and URLs given by hand, recognised or not; an unrecognised one says why.",
        columns=(
            Column("request_id", "text", "The request.", nullable=False),
            Column("given", "text", "What the user gave, cleaned.", nullable=False),
            Column("user_id", "text", "The user who gave it.", nullable=False),
            Column("platform", "text", "Platform, where recognised."),
            Column("identity", "text", "Identity token, where recognised."),
            Column("external_id", "text", "The platform's id, where the URL holds it."),
            Column("handle", "text", "The handle, where recognised."),
            Column("url", "text", "Normalised profile address, where recognised."),
            Column("problem", "text", "Why it was not recognised, in a sentence."),
            Column("added_at", "timestamptz", "When.", nullable=False, immutable=True),
        ),
        key=("request_id", "given"),
        person_columns=PERSON_COLUMNS,
    ),
    Table(
        "competitors", "corpus_creators",
        grain="One row per platform and creator in the research corpus.",
        description="Every creator of a collected or imported post or of the roster, with what is known; kept up daily.",
        columns=(
            PLATFORM,
            Column("creator_key", "text", "The platform's id, else @ and the lower-case handle.", nullable=False),
            *_WHO[1:],
            Column("handle_key", "text", "The handle in lower case, to be found by."),
            Column("bio", "text", "The bio, where known."),
            Column("followers", "bigint", "Newest known followers.", unit="followers", minimum=0),
            Column("posts", "bigint", "Posts known.", nullable=False, unit="posts", minimum=0),
            Column("median_views", "double precision", "Median views of the known posts.", unit="views", minimum=0),
            Column("source_labels", "text[]", "Sources that had it, alphabetically.", nullable=False),
            Column("first_seen_date", "date", "Day on which it was first seen.", nullable=False, immutable=True),
            Column("measured_at", "timestamptz", "When its newest numbers were measured.", nullable=False),
            IS_SIMULATED,
        ),
        key=("platform", "creator_key"),
        upstream=("trends.posts", "comets.creators"),
        indexes=(("platform", "handle_key"),),
        fillfactor=75,
        person_columns=("creator_key", "handle_key", *PERSON_COLUMNS),
    ),
    Table(
        "competitors", "corpus_topics",
        grain="One row per platform, topic and creator.",
        description="Which creator posted under which hashtag, how often: the index that discovery searches.",
        columns=(
            PLATFORM,
            Column("topic", "text", "Hashtag without #, lower case.", nullable=False),
            Column("creator_key", "text", "The platform's id, else @ and the lower-case handle.", nullable=False),
            Column("posts", "bigint", "Posts with this hashtag.", nullable=False, unit="posts", minimum=1),
            Column("first_seen_date", "date", "Day on which it was first seen.", nullable=False, immutable=True),
            Column("measured_at", "timestamptz", "When it was last counted.", nullable=False),
        ),
        key=("platform", "topic", "creator_key"),
        upstream=("trends.posts",),
        indexes=(("platform", "creator_key"),),
        fillfactor=75,
        person_columns=("creator_key",),
    ),
    Table(
        "competitors", "community_handles",
        grain="One row per user and handle that the user shared.",
        description="Handles that users agreed to share; the community graph links handles held by the same users.",
        columns=(
            Column("user_id", "text", "The user who shares it; never shown to others.", nullable=False),
            Column("identity", "text", "Identity token, so that spellings of one handle are one row.", nullable=False),
            *_WHO,
            Column("origin", "text", "tracked, seed or import.", nullable=False),
            Column("shared_at", "timestamptz", "When it was first shared.", nullable=False, immutable=True),
        ),
        key=("user_id", "identity"),
        indexes=(("identity",),),
        person_columns=PERSON_COLUMNS,
    ),
    _provider(
        "official_api",
        "Creators found by the platforms' own APIs: YouTube channel search, Instagram business discovery.",
        ("capture@channel_search", "capture@handle_lookup"),
    ),
    _provider(
        "research_corpus",
        "Creators of the collected and imported posts that share topics with the request.",
        ("competitors.corpus_creators", "competitors.corpus_topics"),
    ),
    _provider(
        "manual_url_seed",
        "Creators whose handle or URL the user gave with the request.",
        ("competitors.manual_seeds", "competitors.corpus_creators"),
    ),
    _provider(
        "community_graph",
        "Creators that other users follow together with the request's seed or the user's own creators.",
        ("competitors.community_handles", "competitors.tracked"),
    ),
    daily(
        "competitors",
        "candidates",
        grain="One row per day, request and candidate.",
        description="Candidates of all providers, merged by shared identity, with confidence, evidence and rank.",
        columns=(
            Column("request_id", "text", "The request.", nullable=False),
            Column("rank", "integer", "Place in the request's list, 1 is first.", nullable=False, unit="rank", minimum=1),
            Column("candidate_id", "text", "Hash of its strongest identity token; the same every day.", nullable=False),
            *_WHO,
            *_METRICS,
            Column("identity_tokens", "text[]", "All identity tokens, alphabetically.", nullable=False),
            Column("providers", "text[]", "Providers that found it, alphabetically.", nullable=False),
            Column("source_count", "integer", "Number of independent providers.", nullable=False, minimum=1),
            Column("confidence_tier", "text", "low, medium or high.", nullable=False),
            Column("metric_coverage", "double precision", "Share of followers, posts, median views, stable id and bio that are known.", nullable=False, unit="share 0-1", minimum=0, maximum=1),
            Column("fusion_bonus", "double precision", "Added to the score for several providers.", nullable=False),
            Column("score", "double precision", "match_score + fusion_bonus; ranks the list.", nullable=False, minimum=0),
            Column("already_tracked", "boolean", "The asking user tracked it when this was computed.", nullable=False),
            IS_SIMULATED,
        ),
        key=("request_id", "candidate_id"),
        upstream=(
            "competitors.official_api",
            "competitors.research_corpus",
            "competitors.manual_url_seed",
            "competitors.community_graph",
            "competitors.tracked",
        ),
        indexes=(("request_id", "observed_date", "rank"),),
        person_columns=PERSON_COLUMNS,
    ),
    Table(
        "competitors", "tracked",
        grain="One row per user and creator that the user tracks.",
        description="The tracked roster: candidates that a user imported.",
        columns=(
            Column("user_id", "text", "The user.", nullable=False),
            Column("candidate_id", "text", "Id of the candidate that was imported.", nullable=False),
            Column("identity", "text", "Identity token.", nullable=False),
            Column("identity_tokens", "text[]", "All identity tokens known at the import.", nullable=False),
            *_WHO,
            Column("followers", "bigint", "Followers at the import.", unit="followers", minimum=0),
            Column("confidence_tier", "text", "Its confidence at the import."),
            Column("request_id", "text", "The request that found it."),
            Column("imported_at", "timestamptz", "When.", nullable=False, immutable=True),
            IS_SIMULATED,
        ),
        key=("user_id", "candidate_id"),
        indexes=(("user_id", "identity"), ("user_id", "imported_at")),
        person_columns=PERSON_COLUMNS,
    ),
)  # fmt: skip
