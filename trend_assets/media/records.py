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
    handle = facts.creator_handle or job["creator_handle"]
    connection.execute(
        "INSERT INTO media.assets (sha256, path, content_type, bytes, width, height, duration_seconds, cover_path, "
        "platform, external_id, creator_id, creator_handle, first_stored_at, is_simulated) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (sha256) DO UPDATE SET "
        "external_id = coalesce(excluded.external_id, assets.external_id), "
        "creator_id = coalesce(excluded.creator_id, assets.creator_id), "
        "creator_handle = coalesce(excluded.creator_handle, assets.creator_handle)",
        (
            stored.sha256,
            stored.path,
            stored.content_type,
            stored.size_bytes,
            probed.width,
            probed.height,
            probed.duration_seconds,
            cover,
            target.platform,
            facts.external_id,
            facts.creator_id,
            handle,
            now,
            is_simulated,
        ),
    )
    connection.execute(
        "UPDATE media.download_jobs SET creator_id = %s, creator_handle = %s WHERE job_id = %s",
        (facts.creator_id, handle, job["job_id"]),
    )
    connection.execute(
        "INSERT INTO media.audits (job_id, sha256, has_face, faces, largest_face_share, face_reason, duration_band, "
        "orientation, caption_checks, comparison, findings, audited_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (job_id) DO NOTHING",
        (
            job["job_id"],
            stored.sha256,
            face.has_face,
            face.faces,
            face.largest_share,
            face.reason,
            result.duration_band,
            result.orientation,
            Jsonb(result.caption_checks),
            Jsonb(result.comparison),
            result.findings,
            now,
        ),
    )
