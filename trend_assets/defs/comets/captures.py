"""What the Comet layers ask the network for: covers of who passed the free checks, profiles of who is left and of the
roster. Both replay what is stored: after a crash in the middle the next attempt asks only for who is missing.
"""

from collections.abc import Mapping
from datetime import UTC, date
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.defs.capture_asset import capture_asset
from trend_assets.settings import Settings
from trend_assets.sources.clients import is_simulated
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import the, with_role
from trend_assets.sources.errors import MissingKey, NoHistory

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

Wanted = Mapping[str, list[dict[str, Any]]] | None

# a past day cannot be asked for any more: what lies below is told so row by row
SKIPS = (MissingKey, NoHistory)


def covers_of(warehouse: "Warehouse", day: date, settings: Settings) -> Wanted:
    """The covers that layer 3 wants, by video."""
    from trend_assets.domain.comets.candidates import covers_wanted

    wanted = covers_wanted(
        warehouse.read("comets.pronoun_check", day=day), warehouse.read("comets.candidate_videos", day=day)
    )
    covers = [{name: item[name] for name in ("external_id", "cover_urls")} for item in wanted]
    return {"covers": covers} if covers else None


def profiles_of(warehouse: "Warehouse", day: date, settings: Settings) -> Wanted:
    """Candidates that passed everything cheaper, then the roster as it stands, each creator once. Creators of the
    simulated world are asked of the sandbox only, real ones of the provider only."""
    from trend_assets.domain.comets.candidates import profiles_wanted
    from trend_assets.domain.comets.roster import roll_call_wanted
    from trend_assets.domain.feed.frames import known_records
    from trend_assets.warehouse.reads.comets import followed, tracked_handles

    simulated = is_simulated(the("profiles").provider, settings)
    candidates = warehouse.read("comets.candidates", day=day)
    criteria = warehouse.read("comets.criteria_check", day=day)
    discovery = profiles_wanted(candidates[candidates["is_simulated"] == simulated], criteria)
    members = [row for row in known_records(followed(warehouse)) if row["is_simulated"] == simulated]
    before = [row for row in members if row["first_seen"].astimezone(UTC).date() <= day]
    called = roll_call_wanted(before, day=day, already=(item["user_id"] for item in discovery))
    # without handles: a rename in between must not make the same question look like another one, and be paid twice
    by_id = [{name: item[name] for name in ("user_id", "sec_uid")} for item in [*discovery, *called]]
    # users track some by nothing but a handle; the first answer tells the id
    by_handle = [{"handle": handle} for handle in tracked_handles(warehouse, day, simulated=simulated)]
    creators = [*by_id, *by_handle]
    return {"creators": creators} if creators else None


WHAT = {
    "covers": (
        "daily", covers_of, ("comets.pronoun_check", "comets.candidate_videos"),
        "One row per cover of a candidate's video: its bytes, or why there are none.\n\nAddresses are signed, "
        "so covers are fetched in the run that found them, by the guarded fetcher. Purged after the judgement window; "
        "what was seen on them stays in comets.cover_checks.",
    ),
    "profiles": (
        "roll_call", profiles_of, ("comets.candidates", "comets.criteria_check"),
        "One row per profile answer of TikHub: candidates that passed every cheaper layer, and the roll call of the "
        "roster.\n\nAs fast as the provider's limit allows; a day again asks only for who is missing, unless `force`.",
    ),
}  # fmt: skip
"""By role: the collection it belongs to, what it asks for, what that is read from, and the description."""


def comet_capture(spec: Source) -> dg.AssetsDefinition:
    """The capture of a source whose answers the layers judge."""
    collection, inputs, deps, description = WHAT[spec.role]
    return capture_asset(
        spec, collection=collection, inputs=inputs, deps=deps, skips=SKIPS, below_goes_on=True, description=description
    )


captures = [comet_capture(spec) for spec in with_role("covers", "profiles")]
