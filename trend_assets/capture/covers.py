"""Judging a day's covers: stored bytes through the guarded face pool, one row per cover, nothing left out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from trend_assets.capture.session import stored_answers
from trend_assets.faces.verdict import Seen, seen_of, verdict_of
from trend_assets.settings import Settings
from trend_assets.sources.clients import is_simulated
from trend_assets.sources.discovery import the

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

NOT_FETCHED = "The cover was not fetched that day."


def check_covers(
    warehouse: "Warehouse",
    day: date,
    wanted: Sequence[Mapping[str, Any]],
    *,
    kept: Mapping[tuple[str, str], Mapping[str, Any]],
    settings: Settings,
) -> list[dict[str, Any]]:
    """Rows of comets.cover_checks for `wanted` (user_id, external_id). `kept` are the partition's present rows by
    (user_id, external_id): they stand in for covers whose bytes have been purged since."""
    from trend_assets.faces.worker import FacePool

    covers = the("covers")
    owners = {str(item["external_id"]): str(item["user_id"]) for item in wanted}
    seen: dict[str, tuple[Seen, str, bool]] = {}
    # (video, capture id, simulated) of what is in the pool
    missing: dict[str, tuple[Seen, str, bool]] = {}

    def pictures() -> Iterator[tuple[tuple[str, str, bool], bytes]]:
        for stored in stored_answers(warehouse, covers.name, day):
            for row in covers.parse(stored.answer).rows:
                video = row["external_id"]
                if video not in owners:
                    continue
                simulated = stored.answer.is_simulated
                if row["problem"]:
                    missing[video] = (Seen(reason=f"{row['problem']}: {row['reason']}"), stored.capture_id, simulated)
                else:
                    yield (video, stored.capture_id, simulated), stored.answer.body

    with FacePool(
        min_share=settings.face_min_share, detector=settings.face_detector, yunet_model=settings.face_yunet_model
    ) as pool:
        for (video, capture_id, simulated), look in pool.look_at_all(pictures()):
            seen[video] = (look, capture_id, simulated)
    return [
        _row(day, user, video, seen.get(video) or missing.get(video), kept.get((user, video)), settings)
        for video, user in sorted(owners.items(), key=lambda item: (item[1], item[0]))
    ]


def _row(
    day: date,
    user: str,
    video: str,
    looked: tuple[Seen, str, bool] | None,
    kept: Mapping[str, Any] | None,
    settings: Settings,
) -> dict[str, Any]:
    if looked is not None:
        seen, capture_id, simulated = looked
    elif kept is not None:
        seen, capture_id, simulated = seen_of(kept), kept["capture_id"], kept["is_simulated"]
    else:
        seen, capture_id, simulated = Seen(reason=NOT_FETCHED), None, is_simulated(the("covers").provider, settings)
    verdict, reason = verdict_of(seen, min_share=settings.face_min_share)
    measured = {
        name: getattr(seen, name)
        for name in (
            "faces", "largest_face_share", "confidence", "is_likely_drawn", "smallest_share_searched", "detector",
            "media_type", "width", "height",
        )
    }  # fmt: skip
    if looked is None and kept is not None:
        measured |= {name: kept[name] for name in ("media_type", "width", "height")}
    return {
        "observed_date": day,
        "user_id": user,
        "external_id": video,
        "verdict": verdict,
        "reason": reason,
        **measured,
        "capture_id": capture_id,
        "is_simulated": simulated,
    }
