"""Remove single posts everywhere, whatever their age, because they were deleted at their platform.

Which posts those are the platform says (`privacy/deletions.py`); what is too old goes by `purging.py`.
"""

import hashlib
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, LiteralString

import psycopg
import zstandard

from trend_assets.privacy.purging import OUTDATED, Purged, rules_for
from trend_assets.warehouse.object_store import stored_body
from trend_assets.warehouse.retention import purge

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

REWRITTEN_NOTE = "Posts that were deleted at their platform were removed from this answer."
FOREVER = datetime.max.replace(tzinfo=UTC)


def purge_posts(
    warehouse: "Warehouse",
    source: str,
    platform: str,
    ids: Collection[str],
    *,
    without: Callable[[bytes, set[str]], bytes],
) -> Purged:
    """Remove these posts of `source` everywhere, whatever their age, also from the stored answers: `without` gives a
    body without them. What another source or the user's own files say of them stays. Repeating it removes nothing."""
    chosen = set(ids)
    purged = Purged(source, FOREVER)
    with warehouse.connect() as connection:
        seen = connection.execute(
            "SELECT DISTINCT observed_date FROM trends.post_snapshots WHERE source = %s AND platform = %s "
            "AND external_id = ANY(%s) ORDER BY 1",
            (source, platform, sorted(chosen)),
        ).fetchall()
        urls = connection.execute(
            "SELECT url FROM trends.posts WHERE platform = %s AND external_id = ANY(%s) AND url IS NOT NULL",
            (platform, sorted(chosen)),
        ).fetchall()
    days = [day for (day,) in seen]
    params = {
        "source": source, "platform": platform, "ids": sorted(chosen), "days": days, "urls": [url for (url,) in urls],
        "outdated": OUTDATED, "address": f"source.{source}",
    }  # fmt: skip
    warehouse.transact(lambda c: c.execute(_MARK_ISSUES_OF_DAYS, params).rowcount, doing="Marking outdated issues")
    for day in days:
        rewritten = warehouse.transact(
            lambda connection, day=day: _rewrite_answers(connection, source, day, chosen, without),  # type: ignore[misc]
            doing=f"Removing posts from the answers of {source} of {day}",
        )
        purged.add("capture.answers", rewritten)
    for rule in rules_for(source, platform=platform):
        if not {"platform", "external_id"} <= set(rule.table.column_names) or rule.table.schema == "competitors":
            continue  # no posts in it; competitors' external_id is a creator's
        rows = purge(
            warehouse,
            rule.table.address,
            before=date.max,
            where=f"{rule.condition} AND platform = %s AND external_id = ANY(%s)",
            params=(*rule.params, platform, sorted(chosen)),
        )
        purged.add(rule.table.address, rows)
    purged.take_remains(warehouse, _CHOSEN_POSTS, _REMAINS, params)
    return purged


def _rewrite_answers(
    connection: psycopg.Connection,
    source: str,
    day: date,
    ids: set[str],
    without: Callable[[bytes, set[str]], bytes],
) -> int:
    rows = connection.execute(
        "SELECT capture_id, body FROM capture.answers WHERE observed_date = %s AND source = %s FOR UPDATE",
        (day, source),
    ).fetchall()
    changed = 0
    for capture_id, packed in rows:
        try:
            body = stored_body(packed, capture_id)
        except zstandard.ZstdError:  # damaged: nobody can use it, or say what is in it
            connection.execute("DELETE FROM capture.answers WHERE capture_id = %s", (capture_id,))
            changed += 1
            continue
        rest = without(body, ids)
        if rest is not body:
            rewrite_body(connection, capture_id, rest, note=REWRITTEN_NOTE)
            changed += 1
    return changed


def rewrite_body(connection: psycopg.Connection, capture_id: str, rest: bytes, *, note: str) -> None:
    """What is left of a stored answer, in place of the whole."""
    connection.execute(
        "UPDATE capture.answers SET body = %b, body_bytes = %s, body_sha256 = %s, note = %s WHERE capture_id = %s",
        (zstandard.compress(rest), len(rest), hashlib.sha256(rest).hexdigest(), note, capture_id),
    )


_MARK_ISSUES_OF_DAYS = """
    UPDATE ops.partition_writes SET content_hash = %(outdated)s
    WHERE table_address = 'feed.issues' AND (observed_date = ANY(%(days)s::date[]) OR observed_date IN (
        SELECT observed_date FROM feed.proofs
        WHERE source = %(source)s AND platform = %(platform)s AND external_id = ANY(%(ids)s)
    ))
"""

_CHOSEN_POSTS = """
    SELECT platform, external_id FROM trends.posts WHERE platform = %(platform)s AND external_id = ANY(%(ids)s)
"""

_STRIP_LINKS: LiteralString = """
    UPDATE {address} SET proof_links = (
        SELECT coalesce(jsonb_agg(part), '[]') FROM jsonb_array_elements(proof_links) AS part
        WHERE NOT part ->> 'url' = ANY(%(urls)s)
    )
    WHERE EXISTS (
        SELECT FROM jsonb_array_elements(proof_links) AS part WHERE part ->> 'url' = ANY(%(urls)s)
    )
"""

_REMAINS: dict[str, LiteralString] = {
    "feed.items": _STRIP_LINKS.format(address="feed.items"),
    "feed.newsletter_stories": _STRIP_LINKS.format(address="feed.newsletter_stories"),
    "ops.quarantine": r"""
        DELETE FROM ops.quarantine WHERE table_address = %(address)s AND raw ~ ANY (
            SELECT '\m(t3_)?' || id || '\M' FROM unnest(%(ids)s::text[]) AS id
        )
    """,
}
