"""What was deleted at its platform is deleted here, where the terms ask for it and the platform can be asked by id.

trends.posts of a source ─▶ asked by id ─▶ gone ─▶ purge_posts ─▶ issues are rendered again
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from trend_assets.privacy.removal import purge_posts
from trend_assets.settings import Settings
from trend_assets.sources import declare
from trend_assets.sources.call import Obtain
from trend_assets.sources.clients import mode_of
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import SOURCES

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Deletions:
    """How many posts were asked for, how many were gone, and the rows that went with them; `reason` says why a source
    was not asked."""

    asked: int = 0
    gone: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    reason: str = ""


def remove_deleted(
    warehouse: "Warehouse", settings: Settings, *, now: datetime, obtain: Obtain | None = None
) -> Deletions:
    """Ask every source that can be asked for its stored posts and remove those that are gone. Live posts are asked for
    every day, archived ones once a week. A simulated provider deletes nothing and is not asked."""
    deletions = Deletions()
    for source in SOURCES.values():
        if source.deletions:
            deletions = _both(
                deletions, _of_source(warehouse, settings, source, source.deletions, now=now, obtain=obtain)
            )
    return deletions


def _both(one: Deletions, other: Deletions) -> Deletions:
    reason = " ".join(each for each in (one.reason, other.reason) if each)
    return Deletions(
        asked=one.asked + other.asked, gone=one.gone + other.gone, rows=one.rows + other.rows, reason=reason
    )


def _of_source(
    warehouse: "Warehouse",
    settings: Settings,
    source: Source,
    hook: declare.Deletions,
    *,
    now: datetime,
    obtain: Obtain | None,
) -> Deletions:
    mode, name = mode_of(source.provider_name, settings), source.short_title
    if mode != "live":
        reason = "no key" if mode == "off" else f"the simulated {name} deletes nothing"
        return Deletions(reason=f"{name} was not asked: {reason}.")
    ids = _stored_posts(warehouse, source.name, hook.platform, now=now)
    if not ids:
        return Deletions(reason=f"There are no posts of {name}.")
    gone = hook.find_gone(obtain, ids) if obtain else _ask(warehouse, settings, source, hook, ids)
    if not gone:
        return Deletions(asked=len(ids))
    purged = purge_posts(warehouse, source.name, hook.platform, gone, without=hook.without)
    return Deletions(asked=len(ids), gone=len(gone), rows=Counter(purged.rows))


def _stored_posts(warehouse: "Warehouse", source: str, platform: str, *, now: datetime) -> list[str]:
    with warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT external_id FROM trends.posts WHERE platform = %s AND %s = ANY(sources) AND NOT is_simulated "
            "AND (archived_at IS NULL OR mod(abs(hashtext(external_id)::bigint), 7) = %s) ORDER BY 1",
            (platform, source, now.astimezone(UTC).weekday()),
        ).fetchall()
    return [external_id for (external_id,) in rows]


def _ask(
    warehouse: "Warehouse", settings: Settings, source: Source, hook: declare.Deletions, ids: list[str]
) -> set[str]:
    from trend_assets.capture.pacing import Pacer
    from trend_assets.sources.clients import client_for

    with Pacer(warehouse, source.provider_name, settings) as pacer:
        client = client_for(source.provider_name, settings, pacing=pacer.wait)
        try:
            return hook.find_gone(client.execute, ids)
        finally:
            client.close()
