"""Remove a source's data that is older than its terms allow, wherever it lies; safe to kill and to repeat.

    capture.answers ─ source.<name> ─ every table with a `source` column ─ items that other sources lead ─ trends.posts

Rows go by `retention.purge`, a transaction per table and day. Which source may be kept how long is policy
(`sources/policies.py`), when to purge the retention job's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

from trend_assets.tables.model import Table
from trend_assets.warehouse.posts import LOCK, rebuild_posts
from trend_assets.warehouse.retention import purge
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

KEPT: dict[str, str] = {
    "ops.source_attempts": "how our own collections went",
    "ops.ledger": "what we paid",
    "ops.names_without_result": "names of our own settings and when they were asked for",
    "ops.provider_fields": "names of fields; no value of any is in it",
    "feed.source_report": "how the day's collections went",
    "feed.unique_leverage": "how many stories a source had; the examples in it are removed",
    "feed.source_leads": "how often a source was first; no item of a source is in it",
    "velocity.scoreboard": "how good our own rankings were; no item of a source is in it",
}
"""Tables that name sources but hold nothing that a provider said of an item, and why they are kept."""

OUTDATED = "outdated: a source's terms asked for the removal of items"
"""Content hash of a rendered issue whose items were removed, until it is rendered again."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are a source's: a condition with its parameters, and the column by which their age counts
    ("" where the partition's day is all there is). Computed rows can be judged once the snapshots are purged."""

    table: Table
    condition: str
    params: tuple[Any, ...]
    age_column: str
    is_computed: bool = False


@dataclass(slots=True)
class Purged:
    """What a purge of one source removed (or, for remains inside other rows, changed): rows by table address."""

    source: str
    cutoff: datetime
    rows: dict[str, int] = field(default_factory=dict)

    def add(self, address: str, rows: int) -> None:
        if rows:
            self.rows[address] = self.rows.get(address, 0) + rows

    def take_remains(
        self,
        warehouse: "Warehouse",
        chosen: LiteralString,
        statements: Mapping[str, LiteralString],
        params: Mapping[str, Any],
    ) -> None:
        """Remove what other rows say of the posts, in one transaction: `chosen` puts them into the temporary table
        `gone_posts`, of which trends.posts is made anew; `statements` follow, by the table that each changes."""

        def work(connection: psycopg.Connection) -> dict[str, int]:
            connection.execute(LOCK)
            connection.execute(f"CREATE TEMPORARY TABLE gone_posts ON COMMIT DROP AS {chosen}", params)
            rebuilt = {"trends.posts": rebuild_posts(connection, "gone_posts")}
            return rebuilt | {address: connection.execute(sql, params).rowcount for address, sql in statements.items()}

        for address, rows in warehouse.transact(work, doing=f"Removing what remains of {self.source}").items():
            self.add(address, rows)

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def rules_for(source: str, *, platform: str = "") -> list[Rule]:
    """Every table that can hold rows of this source, captures first: nothing can be rebuilt from what is gone. Rows
    that were computed from its items and do not name it go with the snapshots of `platform` that they rest on."""
    rules = [Rule(TABLES["capture.answers"], "source = %s", (source,), "fetched_at")]
    computed = []
    for table in TABLES.values():
        names = set(table.column_names)
        age_column = "measured_at" if "measured_at" in names else ""
        if table.address in KEPT or table.address == "capture.answers":
            continue
        if table.address == f"source.{source}":
            rules.append(Rule(table, "true", (), age_column))
        elif "source" in names:
            rules.append(Rule(table, "source = %s", (source,), age_column))
        elif "source_labels" in names:
            # what another source confirms stays
            rules.append(Rule(table, "source_labels <@ %s", ([source],), age_column))
        elif platform and table.schema == "velocity" and "platform" in names:
            computed.append(Rule(table, _without_snapshot(table), (platform,), age_column, is_computed=True))
        if platform and {"platform", "capture_id"} <= names and table.schema == "competitors":
            computed.append(Rule(table, _without_capture(table), (platform,), age_column, is_computed=True))
        if platform and {"platform", "providers"} <= names and table.schema == "competitors":
            # a candidate that another provider found too stays
            found_by_api = "platform = %s AND providers <@ ARRAY['official_api']"
            computed.append(Rule(table, found_by_api, (platform,), age_column, is_computed=True))
    return rules + computed


def _without_snapshot(table: Table) -> str:
    """Rows of a platform that no remaining snapshot supports: of the same measurement, else post, else day."""
    shared = ["platform", *(name for name in ("external_id", "measured_at") if name in table.column_names)]
    if "external_id" not in shared:
        shared.append("observed_date")
    match = " AND ".join(f"snapshots.{name} = {table.address}.{name}" for name in shared)
    return f"platform = %s AND NOT EXISTS (SELECT FROM trends.post_snapshots AS snapshots WHERE {match})"


def _without_capture(table: Table) -> str:
    return (
        "platform = %s AND capture_id IS NOT NULL AND NOT EXISTS ("
        f"SELECT FROM capture.answers AS answers WHERE answers.capture_id = {table.address}.capture_id)"
    )


def purge_source(warehouse: "Warehouse", source: str, *, cutoff: datetime, platform: str = "") -> Purged:
    """Remove everything of `source` that was fetched or measured before `cutoff` (UTC); repeating it removes nothing.

    Issues whose items are removed are marked as outdated first, so that a kill in between loses no re-rendering:
    `outdated_issues` names them. `platform` is whose items the source gives.
    """
    purged = Purged(source, cutoff)
    params = {
        "source": source,
        "like": f'[{{"source": "{source}"}}]',
        "address": f"source.{source}",
        "cutoff": cutoff,
        "outdated": OUTDATED,
        "platform": platform,
    }
    warehouse.transact(lambda c: c.execute(_MARK_ISSUES, params).rowcount, doing="Marking outdated issues")
    for is_computed in (False, True):
        rules = [rule for rule in rules_for(source, platform=platform) if rule.is_computed == is_computed]
        for rule in _with_old_rows(warehouse, rules, cutoff):
            purged.add(rule.table.address, _purge_table(warehouse, rule, cutoff))
    purged.take_remains(warehouse, _OLD_POSTS, _REMAINS, params)
    return purged


def outdated_issues(warehouse: "Warehouse") -> list[date]:
    """Days whose issue must be rendered again because items of it were removed."""
    with warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT observed_date FROM ops.partition_writes WHERE table_address = 'feed.issues' AND content_hash = %s "
            "ORDER BY 1",
            (OUTDATED,),
        ).fetchall()
    return [day for (day,) in rows]


def _with_old_rows(warehouse: "Warehouse", rules: list[Rule], cutoff: datetime) -> list[Rule]:
    """The rules that have something to do: on most days few of the tables have."""
    parts: list[str] = []
    params: list[Any] = []
    for number, rule in enumerate(rules):
        condition, values = _aged(rule, cutoff)
        parts.append(f"SELECT {number} WHERE EXISTS (SELECT FROM {rule.table.address} WHERE {condition})")
        params += values
    statement = " UNION ALL ".join(parts)
    if not statement:
        return []
    numbers = warehouse.transact(
        lambda connection: connection.execute(statement.encode(), params).fetchall(), doing="Looking for old rows"
    )
    return [rules[number] for (number,) in sorted(numbers)]


def _aged(rule: Rule, cutoff: datetime) -> tuple[str, tuple[Any, ...]]:
    if rule.age_column:
        return f"{rule.condition} AND {rule.age_column} < %s", (*rule.params, cutoff)
    return f"{rule.condition} AND {rule.table.partition_column} < %s", (*rule.params, cutoff.date())


def _purge_table(warehouse: "Warehouse", rule: Rule, cutoff: datetime) -> int:
    condition, params = _aged(rule, cutoff)
    has_day = rule.table.partition_column or "observed_date" in rule.table.column_names
    return purge(
        warehouse,
        rule.table.address,
        # what was measured before the cutoff was observed no later than on the cutoff's day
        before=cutoff.date() + timedelta(days=1),
        where=condition,
        params=params,
        column="" if has_day else rule.age_column,
    )


_OLD_POSTS = """
    SELECT platform, external_id FROM trends.posts WHERE %(source)s = ANY(sources) AND measured_at < %(cutoff)s
"""

# an issue shows items of the source in the ranking, or in a list of their own where they may not be ranked
_MARK_ISSUES = """
    UPDATE ops.partition_writes AS writes SET content_hash = %(outdated)s
    WHERE table_address = 'feed.issues' AND observed_date <= %(cutoff)s::date AND (
        EXISTS (
            SELECT FROM trends.post_snapshots AS snapshots
            WHERE snapshots.observed_date = writes.observed_date AND snapshots.source = %(source)s
                AND snapshots.measured_at < %(cutoff)s
        )
        OR EXISTS (
            SELECT FROM feed.newsletter_stories AS stories
            WHERE stories.observed_date = writes.observed_date AND stories.observed_date < %(cutoff)s::date
                AND (stories.source = %(source)s OR stories.heat @> %(like)s::jsonb
                    OR stories.proof_links @> %(like)s::jsonb)
        )
    )
"""

# an item that another source leads stays; what the purged source said of it goes
_REMAINS: dict[str, LiteralString] = {
    "ops.quarantine": (
        "DELETE FROM ops.quarantine WHERE table_address = %(address)s AND observed_date < %(cutoff)s::date"
    ),
    "feed.unique_leverage": (
        "UPDATE feed.unique_leverage SET examples = '[]' WHERE source = %(source)s"
        " AND observed_date < %(cutoff)s::date AND examples <> '[]'"
    ),
    "competitors.corpus_topics": """
        DELETE FROM competitors.corpus_topics AS topics
        WHERE platform = %(platform)s AND measured_at < %(cutoff)s AND NOT EXISTS (
            SELECT FROM competitors.corpus_creators AS creators
            WHERE creators.platform = topics.platform AND creators.creator_key = topics.creator_key
        )
    """,
    "trends.trend_report": """
        UPDATE trends.trend_report SET examples = (
            SELECT coalesce(jsonb_agg(example), '[]') FROM jsonb_array_elements(examples) AS example
            WHERE example ->> 'platform' <> %(platform)s OR EXISTS (
                SELECT FROM trends.posts
                WHERE posts.platform = %(platform)s AND posts.external_id = example ->> 'external_id'
            )
        )
        WHERE observed_date < %(cutoff)s::date AND EXISTS (
            SELECT FROM jsonb_array_elements(examples) AS example
            WHERE example ->> 'platform' = %(platform)s AND NOT EXISTS (
                SELECT FROM trends.posts
                WHERE posts.platform = %(platform)s AND posts.external_id = example ->> 'external_id'
            )
        )
    """,
    "desk.issues": """
        UPDATE desk.issues SET locked = locked || jsonb_build_object('stories', (
            SELECT coalesce(jsonb_agg(story), '[]') FROM jsonb_array_elements(locked -> 'stories') AS story
            WHERE story ->> 'source' <> %(source)s))
        WHERE observed_date < %(cutoff)s::date AND locked -> 'stories' @> %(like)s::jsonb
    """,
}

_STRIP: LiteralString = """
    UPDATE {address} SET
        heat = (SELECT coalesce(jsonb_agg(part), '[]') FROM jsonb_array_elements(heat) AS part
            WHERE part ->> 'source' <> %(source)s),
        proof_links = (SELECT coalesce(jsonb_agg(part), '[]') FROM jsonb_array_elements(proof_links) AS part
            WHERE part ->> 'source' <> %(source)s)
    WHERE observed_date < %(cutoff)s::date AND (heat @> %(like)s::jsonb OR proof_links @> %(like)s::jsonb)
"""
for _address in ("feed.items", "feed.newsletter_stories"):
    _REMAINS[_address] = _STRIP.format(address=_address)
