"""The filter layers over a day's candidates: frames in, frames out, one row per candidate in every layer.

    videos ─▶ candidates + candidate_videos ─▶ platform ─▶ pronoun ─▶ face ─▶ criteria ─▶ (profile) ─▶ bio

A layer that costs nothing judges everybody, so that it can be audited by itself; `is_reached` says who had passed all
cheaper layers. One creator's odd row never costs the others: each is judged by itself.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from trend_assets.domain.comets.layers import criteria_check, platform_check, pronoun_check
from trend_assets.domain.comets.words import WordLists
from trend_assets.domain.feed.frames import frame_of, grouped, known_records
from trend_assets.faces.verdict import judge_creator, seen_of
from trend_assets.text import whole

COVERS_PER_CREATOR = 3
"""Three covers raise the recall of a creator's verdict; a fourth adds little."""

LAYERS = ("platform_check", "pronoun_check", "face_check", "criteria_check", "bio_check")


def _newest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["measured_at"], row["external_id"], whole(row)), reverse=True)


def candidate_videos(videos: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows of comets.candidate_videos from source.comet_videos of a day: each creator's videos once, as measured last,
    with the keyword that had it in the best place; and how many rows were left out for not saying who made them."""
    attributed = videos[videos["creator_id"].notna()]
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in _newest_first(known_records(attributed)):
        key = (row["creator_id"], row["external_id"])
        place = (row["list_rank"] if row["list_rank"] is not None else 10**9, row["list_name"])
        entry = newest.setdefault(key, {"row": row, "place": place})
        entry["place"] = min(place, entry["place"])
    rows = [
        {
            "observed_date": entry["row"]["observed_date"],
            "user_id": creator,
            "external_id": video,
            "keyword": entry["place"][1],
            "keyword_rank": entry["place"][0] if entry["place"][0] < 10**9 else None,
            "caption": entry["row"]["description"],
            "cover_urls": entry["row"].get("cover_urls"),
            "posted_at": entry["row"]["posted_at"],
            "views": entry["row"]["views"],
            "measured_at": entry["row"]["measured_at"],
            "is_simulated": entry["row"]["is_simulated"],
        }
        for (creator, video), entry in sorted(newest.items())
    ]
    return frame_of("comets.candidate_videos", rows), len(videos) - len(attributed)


def candidates(videos: pd.DataFrame) -> pd.DataFrame:
    """Rows of comets.candidates from source.comet_videos of a day: creators with what their newest video says."""
    attributed = known_records(videos[videos["creator_id"].notna()])
    by_creator = grouped(_newest_first(attributed), lambda row: row["creator_id"])
    rows = []
    for creator, their_videos in sorted(by_creator.items()):
        keywords: dict[str, int] = {}
        for row in their_videos:
            rank = row["list_rank"] if row["list_rank"] is not None else 10**9
            keywords[row["list_name"]] = min(rank, keywords.get(row["list_name"], rank))
        order = sorted(keywords, key=lambda keyword: (keywords[keyword], keyword))
        views = {row["external_id"]: row["views"] for row in reversed(their_videos)}
        top = max(views, key=lambda video: (-1 if views[video] is None else views[video], video))

        def newest(name: str, rows_of_one: list[dict[str, Any]] = their_videos) -> Any:
            return next((row[name] for row in rows_of_one if row.get(name) is not None), None)

        rows.append(
            {
                "observed_date": newest("observed_date"),
                "user_id": creator,
                "sec_uid": newest("creator_sec_uid"),
                "handle": newest("creator_handle"),
                "nickname": newest("creator_name"),
                "signature": newest("creator_signature"),
                "avatar_url": newest("creator_avatar_url"),
                "followers": newest("creator_followers"),
                "keyword": order[0],
                "keywords": order,
                "videos_found": len(views),
                "top_video_id": top,
                "top_views": views[top],
                "measured_at": newest("measured_at"),
                "is_simulated": any(row["is_simulated"] for row in their_videos),
            }
        )
    return frame_of("comets.candidates", rows)


def _base(row: Mapping[str, Any], *, verdict: str, reason: str, is_reached: bool) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("observed_date", "user_id", "handle", "is_simulated")},
        "verdict": verdict,
        "reason": reason,
        "is_reached": is_reached,
    }


def passed_all(check: pd.DataFrame) -> set[str]:
    """Who has passed this layer and all before it."""
    return set(check.loc[(check["verdict"] == "passed") & check["is_reached"].astype(bool), "user_id"])


def judge_platform(day_candidates: pd.DataFrame, *, lists: WordLists) -> pd.DataFrame:
    """Layer 1 on every candidate: rows of comets.platform_check."""
    rows = []
    for row in known_records(day_candidates):
        judged = platform_check(handle=row["handle"], nickname=row["nickname"], bio=row["signature"], lists=lists)
        rows.append(
            _base(row, verdict=judged.verdict, reason=judged.reason, is_reached=True)
            | {"matched_word": judged.word, "matched_in": judged.field, "matched_text": judged.text}
        )
    return frame_of("comets.platform_check", rows)


def judge_pronouns(
    day_candidates: pd.DataFrame, videos: pd.DataFrame, platform: pd.DataFrame, *, lists: WordLists
) -> pd.DataFrame:
    """Layer 2 on every candidate's captions, most views first: rows of comets.pronoun_check."""
    reached = passed_all(platform)
    by_creator = _videos_by_creator(videos)
    rows = []
    for row in known_records(day_candidates):
        own = by_creator.get(row["user_id"], [])
        judged = pronoun_check([video["caption"] for video in own], lists=lists)
        rows.append(
            _base(row, verdict=judged.verdict, reason=judged.reason, is_reached=row["user_id"] in reached)
            | {
                "captions": judged.judged,
                "captions_passed": len(judged.passed),
                "passed_video_ids": [own[position]["external_id"] for position in judged.passed],
                "matched_word": judged.word,
            }
        )
    return frame_of("comets.pronoun_check", rows)


def _videos_by_creator(videos: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    by_creator = grouped(known_records(videos), lambda row: row["user_id"])
    for own in by_creator.values():
        own.sort(key=lambda row: (-1 if row["views"] is None else row["views"], row["external_id"]), reverse=True)
    return by_creator


def covers_wanted(pronoun: pd.DataFrame, videos: pd.DataFrame) -> list[dict[str, Any]]:
    """Which covers to look at: the three most viewed videos that passed, of each creator who passed layers 1 and 2."""
    by_id = {(row["user_id"], row["external_id"]): row for row in known_records(videos)}
    reached = passed_all(pronoun)
    return [
        {"user_id": row["user_id"], "external_id": video, "cover_urls": by_id[row["user_id"], video]["cover_urls"]}
        for row in known_records(pronoun)
        if row["user_id"] in reached
        for video in row["passed_video_ids"][:COVERS_PER_CREATOR]
        if (row["user_id"], video) in by_id
    ]


def judge_faces(
    day_candidates: pd.DataFrame, pronoun: pd.DataFrame, covers: pd.DataFrame, *, min_share: float
) -> pd.DataFrame:
    """Layer 3 from what was seen on each creator's covers: rows of comets.face_check."""
    reached = passed_all(pronoun)
    by_creator = grouped(known_records(covers), lambda cover: cover["user_id"])
    rows = []
    for row in known_records(day_candidates):
        is_reached = row["user_id"] in reached
        own = by_creator.get(row["user_id"], []) if is_reached else []
        judged = judge_creator([seen_of(cover) for cover in own], min_share=min_share)
        best = own[judged.best] if judged.best is not None else {}
        reason = judged.reason if is_reached else "Stopped at a cheaper layer; no cover was fetched."
        rows.append(
            _base(row, verdict=judged.verdict, reason=reason, is_reached=is_reached)
            | {"covers": judged.covers, "covers_judged": judged.covers_judged, "best_video_id": best.get("external_id")}
            | {name: best.get(name) for name in ("faces", "largest_face_share", "confidence", "is_likely_drawn")}
        )
    return frame_of("comets.face_check", rows)


def judge_criteria(
    day_candidates: pd.DataFrame,
    videos: pd.DataFrame,
    pronoun: pd.DataFrame,
    face: pd.DataFrame,
    *,
    min_followers: int,
    max_followers: int,
    min_views: int,
) -> pd.DataFrame:
    """Whether every candidate is within the bounds of followers and views, by the views of the videos whose captions
    passed: rows of comets.criteria_check."""
    reached = passed_all(face)
    passed = {row["user_id"]: set(row["passed_video_ids"]) for row in known_records(pronoun)}
    by_creator = _videos_by_creator(videos)
    rows = []
    for row in known_records(day_candidates):
        views = [
            video["views"]
            for video in by_creator.get(row["user_id"], [])
            if video["external_id"] in passed.get(row["user_id"], ()) and video["views"] is not None
        ]
        top_views = max(views, default=None)
        verdict, reason = criteria_check(
            followers=row["followers"],
            top_views=top_views,
            min_followers=min_followers,
            max_followers=max_followers,
            min_views=min_views,
        )
        rows.append(
            _base(row, verdict=verdict, reason=reason, is_reached=row["user_id"] in reached)
            | {"followers": row["followers"], "top_views": top_views}
        )
    return frame_of("comets.criteria_check", rows)


def profiles_wanted(day_candidates: pd.DataFrame, criteria: pd.DataFrame) -> list[dict[str, Any]]:
    """Whose profile is worth a call: who passed everything that costs less."""
    reached = passed_all(criteria)
    return [
        {"user_id": row["user_id"], "sec_uid": row["sec_uid"], "handle": row["handle"]}
        for row in known_records(day_candidates)
        if row["user_id"] in reached
    ]


def judge_bios(criteria: pd.DataFrame, profiles: pd.DataFrame, *, lists: WordLists) -> pd.DataFrame:
    """Layer 1 again on the profile, which has the bio: rows of comets.bio_check. Who passes is saved."""
    reached = passed_all(criteria)
    by_creator = {row["user_id"]: row for row in known_records(profiles)}
    rows = []
    for row in known_records(criteria):
        is_reached = row["user_id"] in reached
        profile = by_creator.get(row["user_id"])
        match: dict[str, Any] = {"matched_word": None, "matched_in": None, "matched_text": None}
        if not is_reached:
            verdict, reason = "not_judged", "Stopped at a cheaper layer; no profile was asked for."
        elif profile is None:
            verdict, reason = "not_judged", "The profile could not be had that day."
        elif profile["profile_state"] != "active":
            verdict, reason = "rejected", f"The profile is {profile['profile_state']}."
        else:
            judged = platform_check(
                handle=profile["handle"] or row["handle"],
                nickname=profile["nickname"],
                bio=profile["signature"],
                lists=lists,
            )
            verdict, reason = judged.verdict, judged.reason
            match = {"matched_word": judged.word, "matched_in": judged.field, "matched_text": judged.text}
        rows.append(
            _base(row, verdict=verdict, reason=reason, is_reached=is_reached)
            | match
            | {"followers": profile["followers"] if profile else None}
        )
    return frame_of("comets.bio_check", rows)
