"""Schema `api`: who may use the HTTP API and what they launched with it."""

from trend_assets.tables.model import Column, Table

TABLES = (
    Table(
        "api",
        "keys",
        grain="One row per API key.",
        description="API keys, hashed: the key itself is shown once, when it is made, and never stored.",
        columns=(
            Column("key_id", "text", "Public part of the key.", nullable=False),
            Column("user_id", "text", "The user it stands for.", nullable=False),
            Column("key_hash", "text", "sha256 of the whole key (256 random bits need no slow hash).", nullable=False),
            Column("label", "text", "What the key is for."),
            Column("created_at", "timestamptz", "When.", nullable=False),
            Column("revoked_at", "timestamptz", "When it was withdrawn; NULL while it works."),
        ),
        key=("key_id",),
    ),
    Table(
        "api",
        "collections",
        grain="One row per collection that was launched over HTTP.",
        description="Who launched which Dagster run: the record behind the limit of POST /collect-trends.",
        columns=(
            Column("run_id", "text", "Dagster's run; words of our own until it has one.", nullable=False),
            Column("user_id", "text", "The user.", nullable=False),
            Column("observed_date", "date", "The partition that was asked for.", nullable=False),
            Column("requested_at", "timestamptz", "When.", nullable=False),
        ),
        key=("run_id",),
        indexes=(("user_id", "requested_at"),),
    ),
    Table(
        "api",
        "ended_sessions",
        grain="One row per session that was signed out before its time.",
        description="Sessions of the pages that are over although their cookie is still good; kept until it is not.",
        columns=(
            Column("session_hash", "text", "sha256 of the cookie.", nullable=False),
            Column("ended_at", "timestamptz", "When.", nullable=False),
        ),
        key=("session_hash",),
    ),
    Table(
        "api",
        "failed_sign_ins",
        grain="One row per visitor and minute with a sign-in that failed.",
        description="What slows down who guesses keys; kept for an hour.",
        columns=(
            Column("visitor_hash", "text", "Keyed hash of the network address.", nullable=False),
            Column("failed_in", "timestamptz", "The minute.", nullable=False),
            Column("failures", "integer", "How many.", nullable=False, minimum=1),
        ),
        key=("visitor_hash", "failed_in"),
    ),
)
