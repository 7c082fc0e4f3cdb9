"""What was deleted at its platform is deleted here, where the terms ask for it and the platform can be asked by id.

trends.posts of Reddit ─▶ /api/info, 100 ids a call ─▶ gone ─▶ purge_posts ─▶ issues are rendered again
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from trend_assets.settings import Settings
from trend_assets.sources.call import Obtain
from trend_assets.sources.clients import mode_of
from trend_assets.sources.reddit.deletions import collect_gone, without_posts
from trend_assets.warehouse.purging import Purged
from trend_assets.warehouse.removal import purge_posts

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

SOURCE, PLATFORM = "reddit_posts", "reddit"


@dataclass(frozen=True, slots=True)
class Deletions:
    """How many posts were asked for, which were gone, and what was removed; `reason` says why nobody was asked."""

    asked: int = 0
    gone: int = 0
    purged: Purged | None = None
    reason: str = ""


def remove_deleted(
    warehouse: "Warehouse", settings: Settings, *, now: datetime, obtain: Obtain | None = None
) -> Deletions:
    """Ask Reddit for its stored posts and remove those that are gone. Live posts are asked for every day, archived ones
    once a week. The simulated Reddit deletes nothing and is not asked."""
    mode = mode_of("reddit", settings)
    if mode != "live":
        reason = "no key" if mode == "off" else "the simulated Reddit deletes nothing"
        return Deletions(reason=f"Reddit was not asked: {reason}.")
    ids = _stored_posts(warehouse, now=now)
    if not ids:
        return Deletions(reason="There are no posts of Reddit.")
    gone = collect_gone(obtain, ids) if obtain else _ask(warehouse, settings, ids)
    if not gone:
        return Deletions(asked=len(ids))
    purged = purge_posts(warehouse, SOURCE, PLATFORM, gone, without=without_posts)
    return Deletions(asked=len(ids), gone=len(gone), purged=purged)


def _stored_posts(warehouse: "Warehouse", *, now: datetime) -> list[str]:
    with warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT external_id FROM trends.posts WHERE platform = %s AND %s = ANY(sources) AND NOT is_simulated "
            "AND (archived_at IS NULL OR mod(abs(hashtext(external_id)::bigint), 7) = %s) ORDER BY 1",
            (PLATFORM, SOURCE, now.astimezone(UTC).weekday()),
        ).fetchall()
    return [external_id for (external_id,) in rows]


def _ask(warehouse: "Warehouse", settings: Settings, ids: list[str]) -> set[str]:
    from trend_assets.sources.clients import client_for
    from trend_assets.warehouse.pacing import Pacer

    with Pacer(warehouse, "reddit", settings) as pacer:
        client = client_for("reddit", settings, pacing=pacer.wait)
        try:
            return collect_gone(client.execute, ids)
        finally:
            client.close()
