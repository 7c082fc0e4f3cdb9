"""Schema `capture`: the verbatim answers of providers, one table for all; a view per source gives each asset its address."""

from trend_assets.tables.columns import IS_SIMULATED, OBSERVED_DATE
from trend_assets.tables.model import Column, Table, View

TABLES = (
    Table(
        "capture", "answers",
        grain="One row per call to a provider that was answered.",
        description="Verbatim bodies (zstd) with redacted request, status, time, hash, items and price. Also the cache.",
        columns=(
            Column("capture_id", "text", "Id of the capture (UUIDv4).", nullable=False),
            OBSERVED_DATE,
            Column("source", "text", "The source that asked.", nullable=False),
            Column("provider", "text", "The API behind it.", nullable=False),
            Column("request_key", "text", "sha256 of the canonical request.", nullable=False),
            Column("request", "jsonb", "The request without secrets.", nullable=False),
            Column("collection_id", "text", "The collection it belongs to (root run id, or the CLI's own).", nullable=False),
            Column("collected_at", "timestamptz", "Start of that collection.", nullable=False),
            Column("fetched_at", "timestamptz", "When the answer arrived.", nullable=False),
            Column("status", "integer", "HTTP status.", nullable=False),
            Column("outcome", "text", "ok, partial or failed; only ok and partial are replayed.", nullable=False),
            Column("note", "text", "What was odd about it, in a sentence."),
            Column("body", "bytea", "The verbatim body, zstd-compressed; NULL while it lies in object storage."),
            Column("body_bytes", "bigint", "Size of the verbatim body.", nullable=False, unit="bytes", minimum=0),
            Column("body_sha256", "text", "sha256 of the verbatim body.", nullable=False),
            Column("cost_usd", "numeric(14,6)", "What it really cost.", nullable=False, unit="USD", minimum=0),
            Column("units", "integer", "Quota units it used.", nullable=False, unit="units", minimum=0),
            Column("external_run_id", "text", "The provider's run id (Apify)."),
            IS_SIMULATED,
        ),
        key=("capture_id",),
        indexes=(("observed_date", "source", "request_key"), ("source", "fetched_at")),
    ),
    Table(
        "capture", "spool",
        grain="One row per paid answer that has arrived and is not yet among the answers.",
        description="What a kill, a lost machine or a failed commit would otherwise let us buy again; gone once it is stored.",
        columns=(
            Column("spool_key", "text", "sha256 of source, day, collection and request.", nullable=False),
            Column("about", "jsonb", "Status, time, price and note of the answer.", nullable=False),
            Column("body", "bytea", "The body without secrets, zstd-compressed.", nullable=False),
            Column("written_at", "timestamptz", "When it arrived.", nullable=False),
        ),
        key=("spool_key",),
    ),
)  # fmt: skip


def view(source: str) -> View:
    """The rows of `answers` that one source asked for, under an address of their own."""
    return View(
        schema="capture",
        name=source,
        query=f"SELECT * FROM capture.answers WHERE source = '{source}'",
        description=f"One row per answered call of the source {source}: its rows of capture.answers.",
    )
