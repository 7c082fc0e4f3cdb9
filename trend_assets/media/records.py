"""Rows of a finished download, and the trending videos that its audit compares it with."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from trend_assets.media.audit import Audit, FaceFinding, TrendingSample, duration_band
from trend_assets.media.downloader import PageFacts
from trend_assets.media.policy import Target
from trend_assets.media.probe import Probed
from trend_assets.warehouse.connection import insert
from trend_assets.warehouse.media_folder import StoredFile

SAMPLE_DAYS = 7
SAMPLE_VIDEOS = 5000  # the newest: what trends now, at a fixed cost however long the history
SAMPLE_HASHTAGS = 500


def trending_sample(connection: psycopg.Connection, *, platform: str, now: datetime) -> TrendingSample:
    """The platform's newest videos of the last seven days (5,000 at most), and the newest trend report's patterns."""
    since = now - timedelta(days=SAMPLE_DAYS)
    rows = connection.execute(
        "SELECT duration_seconds, hashtags FROM trends.posts WHERE platform = %s AND last_collected_at >= %s "
        "AND kind = 'video' ORDER BY last_collected_at DESC, external_id DESC LIMIT %s",
        (platform, since, SAMPLE_VIDEOS),
    ).fetchall()
    bands: dict[str, int] = {}
    hashtags: dict[str, int] = {}
    for seconds, tags in rows:
        if (band := duration_band(seconds)) is not None:
            bands[band] = bands.get(band, 0) + 1
        for tag in set(tags or ()):
            hashtags[tag] = hashtags.get(tag, 0) + 1
    common = sorted(hashtags.items(), key=lambda item: (-item[1], item[0]))[:SAMPLE_HASHTAGS]
    with connection.cursor(row_factory=dict_row) as cursor:
        patterns = cursor.execute(
            "SELECT trait, value, lift FROM trends.trend_report WHERE is_supported AND period = 'week' "
            "AND observed_date = (SELECT max(observed_date) FROM trends.trend_report WHERE observed_date <= %s) "
            "ORDER BY trait, rank, value",
            (now.date(),),
        ).fetchall()
    return TrendingSample(SAMPLE_DAYS, platform, len(rows), bands, dict(common), patterns)


def store_result(
    connection: psycopg.Connection,
    *,
    job: dict[str, Any],
    target: Target,
    stored: StoredFile,
    cover: str,
    probed: Probed,
    facts: PageFacts,
    face: FaceFinding,
    result: Audit,
    is_simulated: bool,
    now: datetime,
) -> None:
    """Write asset and audit; call inside the transaction that completes the job."""
    creator = {"creator_id": facts.creator_id, "creator_handle": facts.creator_handle or job["creator_handle"]}
    asset = {
        "sha256": stored.sha256, "path": stored.path, "content_type": stored.content_type, "bytes": stored.size_bytes,
        "width": probed.width, "height": probed.height, "duration_seconds": probed.duration_seconds,
        "cover_path": cover, "platform": target.platform, "external_id": facts.external_id, **creator,
        "first_stored_at": now, "is_simulated": is_simulated,
    }  # fmt: skip
    known = ", ".join(f"{name} = coalesce(excluded.{name}, assets.{name})" for name in ("external_id", *creator))
    insert(connection, "media.assets", asset, on_conflict=f"ON CONFLICT (sha256) DO UPDATE SET {known}")
    connection.execute(
        "UPDATE media.download_jobs SET creator_id = %(creator_id)s, creator_handle = %(creator_handle)s "
        "WHERE job_id = %(job)s",
        {**creator, "job": job["job_id"]},
    )
    seen = {
        "job_id": job["job_id"], "sha256": stored.sha256, "has_face": face.has_face, "faces": face.faces,
        "largest_face_share": face.largest_share, "face_reason": face.reason, "duration_band": result.duration_band,
        "orientation": result.orientation, "caption_checks": Jsonb(result.caption_checks),
        "comparison": Jsonb(result.comparison), "findings": result.findings, "audited_at": now,
    }  # fmt: skip
    insert(connection, "media.audits", seen, on_conflict="ON CONFLICT (job_id) DO NOTHING")
