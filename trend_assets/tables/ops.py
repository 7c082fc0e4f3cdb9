"""Schema `ops`: what the platform knows about its own work: attempts, money, writes, quarantine, pacing, tombstones."""

from trend_assets.tables.model import Column, Table

# every attempt to write takes the next number; an older attempt that comes late is refused
FENCING_SEQUENCE = "ops.fencing_token"

TABLES = (
    Table(
        schema="ops",
        name="source_attempts",
        grain="One row per attempt to collect a source for a day.",
        description="Outcome of each attempt; the feed's sources_succeeded and sources_failed come from here.",
        columns=(
            Column("attempt_id", "text", "Id of the attempt (UUIDv4).", nullable=False),
            Column("source", "text", "The source.", nullable=False),
            Column("provider", "text", "The API behind it.", nullable=False),
            Column("observed_date", "date", "The partition.", nullable=False),
            Column(
                "outcome", "text", "running, succeeded, partial, empty, failed, skipped or over_budget.", nullable=False
            ),
            Column("reason", "text", "Why, in one sentence; empty when it simply succeeded."),
            Column("items", "bigint", "Items received.", unit="items", minimum=0),
            Column("calls", "integer", "Calls made to the provider (replays not counted).", unit="calls", minimum=0),
            Column("replayed", "integer", "Calls answered from the captures.", unit="calls", minimum=0),
            Column("cost_usd", "numeric(14,6)", "What it cost.", unit="USD", minimum=0),
            Column("run_id", "text", "Dagster's run."),
            Column("started_at", "timestamptz", "Start.", nullable=False),
            Column("finished_at", "timestamptz", "End; NULL while running or when the process died."),
            Column("is_simulated", "boolean", "True when the sandbox answered."),
        ),
        key=("attempt_id",),
        indexes=(("observed_date", "source", "started_at"),),
    ),
    Table(
        schema="ops",
        name="names_without_result",
        grain="One row per source and name of its settings that had no result when it was last asked for.",
        description="Handles, hashtags, queries, lists and pages that are dead or misspelt, each with since when.",
        columns=(
            Column("source", "text", "The source.", nullable=False),
            Column("name", "text", "The name as it was asked for.", nullable=False),
            Column("since", "date", "First partition of those in a row that had no result.", nullable=False),
            Column("last_asked", "date", "Newest partition for which it was asked.", nullable=False),
            Column("said_at", "timestamptz", "When people were told; NULL before that."),
        ),
        key=("source", "name"),
    ),
    Table(
        schema="ops",
        name="provider_fields",
        grain="One row per source and field that its provider's answers ever had.",
        description="Fields as paths, with when they were seen: tells what a provider adds or drops.",
        columns=(
            Column("source", "text", "The source.", nullable=False),
            Column("field", "text", "Path of the field, such as items[].statistics.", nullable=False),
            Column("first_seen", "date", "First partition that had it.", nullable=False),
            Column("last_seen", "date", "Newest partition that had it.", nullable=False),
            Column(
                "days",
                "integer",
                "Partitions that had it, each later than the one before.",
                nullable=False,
                unit="days",
                minimum=1,
            ),
        ),
        key=("source", "field"),
    ),
    Table(
        schema="ops",
        name="ledger",
        grain="One row per paid call, written before the call.",
        description="Intent before money: state intent, then settled, released or adopted.",
        columns=(
            Column("entry_id", "text", "Id of the entry (UUIDv4).", nullable=False),
            Column("provider", "text", "Who is paid.", nullable=False),
            Column("bucket", "text", "Quota bucket, empty for money only.", nullable=False),
            Column("source", "text", "The source that asked.", nullable=False),
            Column("observed_date", "date", "The partition it is for.", nullable=False),
            Column(
                "spend_date",
                "date",
                "Day whose budget it uses: UTC; the provider's own day for its quotas.",
                nullable=False,
            ),
            Column("request_key", "text", "sha256 of the canonical request.", nullable=False),
            Column("collection_id", "text", "The collection it belongs to.", nullable=False),
            Column("state", "text", "intent, settled, released or adopted.", nullable=False),
            Column("reserved_usd", "numeric(14,6)", "The most it can cost.", nullable=False, unit="USD", minimum=0),
            Column("cost_usd", "numeric(14,6)", "What it cost; NULL until settled.", unit="USD", minimum=0),
            Column("units", "integer", "Quota units.", nullable=False, unit="units", minimum=0),
            Column("external_run_id", "text", "The provider's run id (Apify), as soon as known."),
            Column("is_simulated", "boolean", "True when it went to the sandbox; counted apart.", nullable=False),
            Column("created_at", "timestamptz", "When the intent was written.", nullable=False),
            Column("settled_at", "timestamptz", "When the outcome was known."),
        ),
        key=("entry_id",),
        indexes=(("provider", "spend_date"), ("request_key", "state")),
    ),
    Table(
        schema="ops",
        name="balances",
        grain="One row per provider and look at its account.",
        description="What was left on the account when paid calls without an answer were last settled.",
        columns=(
            Column("provider", "text", "Who was asked.", nullable=False),
            Column("is_simulated", "boolean", "True when the sandbox answered.", nullable=False),
            Column("balance_usd", "numeric(14,6)", "What was left.", nullable=False, unit="USD"),
            Column("seen_at", "timestamptz", "When.", nullable=False),
        ),
        key=("provider", "is_simulated", "seen_at"),
    ),
    Table(
        schema="ops",
        name="partition_writes",
        grain="One row per table and partition: its newest write.",
        description="Manifest of each partition: fencing token, content hash and what was received, stored and set aside.",
        columns=(
            Column("table_address", "text", "schema.name of the table.", nullable=False),
            Column("observed_date", "date", "The partition.", nullable=False),
            Column(
                "token", "bigint", "Fencing token of the newest write; an older attempt is refused.", nullable=False
            ),
            Column("content_hash", "text", "Hash over the stored rows, independent of their order.", nullable=False),
            Column(
                "frame_hash", "text", "Hash over the rows as they were given: tells a rerun quickly.", nullable=False
            ),
            Column("stored", "bigint", "Rows stored.", nullable=False, unit="rows", minimum=0),
            Column(
                "received", "bigint", "Items received, where the table is fed from outside.", unit="items", minimum=0
            ),
            Column("deduplicated", "bigint", "Items dropped as repeats.", unit="items", minimum=0),
            Column("quarantined", "bigint", "Items set aside with a reason.", unit="items", minimum=0),
            Column("run_id", "text", "Dagster's run."),
            Column("written_at", "timestamptz", "When.", nullable=False),
        ),
        key=("table_address", "observed_date"),
        fillfactor=75,
    ),
    Table(
        schema="ops",
        name="quarantine",
        grain="One row per item that could not become a typed row.",
        description="Items set aside, with the reason and the item itself (cut to 20,000 characters).",
        columns=(
            Column("table_address", "text", "The table it was meant for.", nullable=False),
            Column("observed_date", "date", "The partition.", nullable=False),
            Column("position", "integer", "Number within the partition.", nullable=False, minimum=0),
            Column("reason", "text", "Why, in a sentence.", nullable=False),
            Column("raw", "text", "The item as text.", nullable=False),
            Column("capture_id", "text", "The capture that holds it."),
            Column("quarantined_at", "timestamptz", "When.", nullable=False),
        ),
        key=("table_address", "observed_date", "position"),
        partition_column="observed_date",
    ),
    Table(
        schema="ops",
        name="pacing",
        grain="One row per provider.",
        description="Shared pacing: when the next request of a provider may start, for all processes.",
        columns=(
            Column("provider", "text", "The provider.", nullable=False),
            Column("next_at", "timestamptz", "Earliest start of the next request.", nullable=False),
        ),
        key=("provider",),
        fillfactor=50,
    ),
    Table(
        schema="ops",
        name="alerts",
        grain="One row per kind of trouble that was reported.",
        description="What was said to people about failed runs and checks; repeats within a day are counted, not sent.",
        columns=(
            Column("fingerprint", "text", "sha256 of what failed and why, without ids and times.", nullable=False),
            Column("title", "text", "The message's first line.", nullable=False),
            Column("first_sent_at", "timestamptz", "When it was said first.", nullable=False, immutable=True),
            Column("last_sent_at", "timestamptz", "When it was said last.", nullable=False),
            Column("suppressed", "integer", "Repeats since then that were not sent.", nullable=False, minimum=0),
        ),
        key=("fingerprint",),
        fillfactor=75,
    ),
    Table(
        schema="ops",
        name="tombstones",
        grain="One row per erased person.",
        description="Keyed hashes of erased creators: enough to keep them out, not to know them.",
        columns=(
            Column("identity_hash", "text", "HMAC-SHA256 of platform and id or handle.", nullable=False),
            Column("key_check", "text", "Tells whether the configured key made this hash.", nullable=False),
            Column("erased_at", "timestamptz", "When.", nullable=False),
        ),
        key=("identity_hash",),
    ),
    Table(
        schema="ops",
        name="first_days",
        grain="One row per partitions definition.",
        description="Where partitions begin: kept at the first start, moved back by what needs earlier days.",
        columns=(
            Column("partitions", "text", "Name of the partitions definition: daily.", nullable=False),
            Column("first_day", "date", "The first partition (UTC).", nullable=False),
            Column("kept_at", "timestamptz", "When it was kept or moved last.", nullable=False),
        ),
        key=("partitions",),
    ),
)
