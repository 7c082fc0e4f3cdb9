"""The filter layers of the Comet creators, cheapest first; each is an asset with a row per candidate.

    source/comet_videos ─▶ candidates ─▶ platform_check ─▶ pronoun_check ─▶ capture/comet_covers ─▶ cover_checks
        ─▶ face_check ─▶ criteria_check ─▶ capture/creator_profiles (paid) ─▶ creator_profiles ─▶ bio_check

What a layer decides is in `trend_assets.domain.comets`; roll call, growth and reports are in `roster.py`.
"""

from collections import Counter
from typing import TYPE_CHECKING

from trend_assets.defs.table_asset import Day, DayOutput, chart, of_answers, table_asset
from trend_assets.sources.discovery import named

if TYPE_CHECKING:
    import pandas as pd


VERDICTS = ("passed", "rejected", "not_judged")


def _counted(check: "pd.DataFrame") -> DayOutput:
    """A layer's rows with its counts as metadata, of those who reached it."""
    reached = check[check["is_reached"].astype(bool)]
    counts = Counter(reached["verdict"])
    return DayOutput(check, metadata={"reached": len(reached), **{name: counts[name] for name in VERDICTS}})


def _lists(day: Day):
    from trend_assets.domain.comets.words import word_lists

    return word_lists(day.settings.comet_words_file)


VIDEOS, COVERS = named("source", "creator_search"), named("capture", "covers")


@table_asset("comets.candidate_videos", kinds={"pandas"})
def candidate_videos(day: Day) -> DayOutput:
    """One row per day and found video of a candidate: what creators are judged by, as measured last that day.

    A video that does not say who made it cannot belong to a candidate and is set aside with that reason.
    """
    from trend_assets.domain.comets.candidates import candidate_videos as distinct_videos
    from trend_assets.sources.call import Quarantined

    videos = day.read(VIDEOS)
    rows, anonymous = distinct_videos(videos)
    nameless = videos.loc[videos["creator_id"].isna(), "external_id"]
    return DayOutput(
        rows,
        received=len(videos),
        deduplicated=len(videos) - anonymous - len(rows),
        quarantined=[Quarantined("The video does not say who made it.", str(video)) for video in nameless],
    )


@table_asset("comets.candidates", kinds={"pandas"})
def candidates(day: Day) -> DayOutput:
    """One row per day and creator whose video a trending keyword found, with the keyword that had it in the best place.

    Search answers carry followers, but neither bio, hearts nor video count: those are unknown here.
    """
    from trend_assets.domain.comets.candidates import candidates as by_creator

    return DayOutput(by_creator(day.read(VIDEOS)))


@table_asset("comets.platform_check")
def platform_check(day: Day) -> DayOutput:
    """One row per day and candidate: layer 1, rejected when handle, nickname or bio names another platform or a fan or
    clip account, read as a human would. The word lists are configuration.
    """
    from trend_assets.domain.comets.candidates import judge_platform

    return _counted(judge_platform(day.read("comets.candidates"), lists=_lists(day)))


@table_asset("comets.pronoun_check")
def pronoun_check(day: Day) -> DayOutput:
    """One row per day and candidate: layer 2, rejected when every found caption starts with bro, he, she or they as a
    word. Which videos passed is kept: only their covers and views count further on.
    """
    from trend_assets.domain.comets.candidates import judge_pronouns

    return _counted(
        judge_pronouns(
            day.read("comets.candidates"),
            day.read("comets.candidate_videos"),
            day.read("comets.platform_check"),
            lists=_lists(day),
        )
    )


@table_asset("comets.cover_checks", deps=["comets.pronoun_check", "comets.candidate_videos", COVERS], kinds={"opencv"})
def cover_checks(day: Day) -> DayOutput:
    """One row per day and cover of a candidate: faces, largest share, confidence, or why it was not judged.

    Decoding happens in child processes with limits. A cover whose bytes have been purged keeps what was seen on it.
    """
    from trend_assets.capture.covers import check_covers
    from trend_assets.domain.comets.candidates import covers_wanted
    from trend_assets.domain.feed.frames import frame_of, known_records

    wanted = covers_wanted(day.read("comets.pronoun_check"), day.read("comets.candidate_videos"))
    kept = {(row["user_id"], row["external_id"]): row for row in known_records(day.read("comets.cover_checks"))}
    rows = check_covers(day.warehouse, day.date, wanted, kept=kept, settings=day.settings)
    reasons = Counter(row["reason"] for row in rows if row["verdict"] == "not_judged")
    counts = Counter(row["verdict"] for row in rows)
    return DayOutput(
        frame_of("comets.cover_checks", rows),
        metadata={
            **{name: counts[name] for name in VERDICTS},
            "not_judged_because": "\n".join(f"{count} × {reason}" for reason, count in reasons.most_common(10)) or "–",
        },
    )


@table_asset("comets.face_check", deps=["comets.candidates", "comets.pronoun_check", "comets.cover_checks"])
def face_check(day: Day) -> DayOutput:
    """One row per day and candidate: layer 3, passed when a face covers more than 2 % of any of its covers;
    not judged, and never silently rejected, when no cover could be had or read.
    """
    from trend_assets.domain.comets.candidates import judge_faces

    return _counted(
        judge_faces(
            day.read("comets.candidates"),
            day.read("comets.pronoun_check"),
            day.read("comets.cover_checks"),
            min_share=day.settings.face_min_share,
        )
    )


@table_asset("comets.criteria_check")
def criteria_check(day: Day) -> DayOutput:
    """One row per day and candidate: 10,000 ≤ followers ≤ 100,000 and a passed video with 50,000 views."""
    from trend_assets.domain.comets.candidates import judge_criteria

    settings = day.settings
    return _counted(
        judge_criteria(
            day.read("comets.candidates"),
            day.read("comets.candidate_videos"),
            day.read("comets.pronoun_check"),
            day.read("comets.face_check"),
            min_followers=settings.comet_min_followers,
            max_followers=settings.comet_max_followers,
            min_views=settings.comet_min_views,
        )
    )


@table_asset("comets.creator_profiles")
def creator_profiles(day: Day) -> DayOutput:
    """One row per day and creator whose profile was asked for: the newest answer of the day.

    A private, banned or deleted creator is a row with that state and unknown numbers, not an error.
    """
    from trend_assets.capture.profiles import profile_rows
    from trend_assets.warehouse.reads.comets import learn_tracked_ids

    return of_answers(profile_rows(day.warehouse, day.date), after=lambda: learn_tracked_ids(day.warehouse, day.date))


@table_asset("comets.bio_check")
def bio_check(day: Day) -> DayOutput:
    """One row per day and candidate: layer 1 again on the bio, which only the paid profile has. Who passes is saved."""
    from trend_assets.domain.comets.candidates import judge_bios

    return _counted(
        judge_bios(day.read("comets.criteria_check"), day.read("comets.creator_profiles"), lists=_lists(day))
    )


@table_asset(
    "comets.funnel",
    deps=[
        "comets.platform_check",
        "comets.pronoun_check",
        "comets.face_check",
        "comets.criteria_check",
        "comets.bio_check",
        "comets.creators",
    ],
    kinds={"matplotlib"},
)
def funnel(day: Day) -> DayOutput:
    """One row per day and step: how many candidates entered, passed and left each layer, with rates."""
    from trend_assets.domain.comets.candidates import LAYERS, passed_all
    from trend_assets.domain.comets.charts import funnel_chart
    from trend_assets.domain.comets.reports import funnel as steps_of
    from trend_assets.domain.comets.reports import funnel_text
    from trend_assets.domain.feed.frames import known_records
    from trend_assets.warehouse.reads.comets import new_on_roster

    layers = {name: day.read(f"comets.{name}") for name in LAYERS}
    rows = steps_of(
        day=day.date,
        layers=layers,
        new_creators=len(new_on_roster(day.warehouse, day.date) & passed_all(layers[LAYERS[-1]])),
        is_simulated=bool(layers["platform_check"]["is_simulated"].any()),
    )
    return DayOutput(rows, metadata={"funnel": funnel_text(rows), "chart": chart(funnel_chart(known_records(rows)))})
