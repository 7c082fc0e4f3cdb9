"""A day's candidates through every layer, and what the tables of the day say in sum: whole rows, every sentence."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd

from trend_assets.domain.comets import charts
from trend_assets.domain.comets.candidates import (
    candidate_videos,
    candidates,
    covers_wanted,
    judge_bios,
    judge_criteria,
    judge_faces,
    judge_platform,
    judge_pronouns,
    profiles_wanted,
)  # fmt: skip
from trend_assets.domain.comets.charts import STEP_NAMES, funnel_chart, history_chart
from trend_assets.domain.comets.reports import discoveries, funnel, funnel_text, keyword_yield, top_growing
from trend_assets.domain.comets.words import word_lists
from trend_assets.domain.feed.frames import known_records

DAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LISTS = word_lists()


def video(creator, number, **changes):
    base = {
        "observed_date": DAY, "creator_id": creator, "external_id": f"{creator}{number}", "list_name": "asmr",
        "list_rank": number, "description": f"Morning {number}", "cover_urls": [f"https://c/{creator}{number}"],
        "posted_at": NOON - timedelta(days=number), "views": 1000 * number, "measured_at": NOON,
        "creator_sec_uid": f"s-{creator}", "creator_handle": f"h_{creator}", "creator_name": None,
        "creator_signature": None, "creator_avatar_url": None, "creator_followers": 20_000, "is_simulated": False,
    }  # fmt: skip
    return base | changes


VIDEOS = pd.DataFrame(
    [
        *(video("a", n) for n in (1, 2, 3, 4)),
        video("a", 4, list_name="diy", list_rank=1, measured_at=NOON - timedelta(hours=1), creator_name="Old",
              creator_avatar_url="https://p/a", views=1),
        video("a", 5, description="She did", list_rank=None, views=None, is_simulated=True),
        video("b", 1, creator_handle="joe_ttv"),
        video("c", 1, description="bro really"), video("c", 2, description="They did"),
        video("d", 1, creator_followers=900_000),
        video("e", 9),
        video(None, 1),
    ],
    dtype=object,
)  # fmt: skip


def cover(creator, number, share, **changes):
    base = {
        "user_id": creator, "external_id": f"{creator}{number}", "faces": 1 if share else 0,
        "largest_face_share": share, "confidence": 0.9, "is_likely_drawn": False, "smallest_share_searched": 0.02,
        "detector": "haar", "reason": None,
    }  # fmt: skip
    return base | changes


def profile(creator, **changes):
    base = {
        "user_id": creator, "handle": f"h_{creator}", "nickname": None, "signature": "hello", "followers": 21_000,
        "profile_state": "active",
    }  # fmt: skip
    return base | changes


def day(profiles=()):
    """Every table of the day, by name."""
    found, videos = candidates(VIDEOS), candidate_videos(VIDEOS)[0]
    platform = judge_platform(found, lists=LISTS)
    pronoun = judge_pronouns(found, videos, platform, lists=LISTS)
    seen = [cover("a", 4, 0.01), cover("a", 3, 0.09), cover("a", 2, None), cover("d", 1, 0.1), cover("e", 9, 0.3),
            cover("b", 1, 0.5)]  # fmt: skip
    face = judge_faces(found, pronoun, pd.DataFrame(seen, dtype=object), min_share=0.02)
    criteria = judge_criteria(
        found, videos, pronoun, face, min_followers=10_000, max_followers=100_000, min_views=4_000
    )
    asked = pd.DataFrame(list(profiles), columns=list(profile("a")), dtype=object)
    return {
        "candidates": found, "videos": videos, "platform_check": platform, "pronoun_check": pronoun,
        "covers": covers_wanted(pronoun, videos), "face_check": face, "criteria_check": criteria,
        "profiles": profiles_wanted(found, criteria), "bio_check": judge_bios(criteria, asked, lists=LISTS),
    }  # fmt: skip


def table(frame, *columns):
    """The rows by value, after it is shown that these are all of the columns, in order."""
    assert list(frame.columns) == list(columns)
    return [tuple(row.values()) for row in known_records(frame)]


BASE = ("observed_date", "user_id", "handle", "verdict", "reason", "is_reached")


def test_a_creators_row_is_what_its_newest_videos_know_with_the_keyword_that_had_it_best():
    rows = table(
        candidates(VIDEOS), "observed_date", "user_id", "sec_uid", "handle", "nickname", "signature", "avatar_url",
        "followers", "keyword", "keywords", "videos_found", "top_video_id", "top_views", "measured_at", "is_simulated",
    )  # fmt: skip
    assert rows[0] == (
        DAY, "a", "s-a", "h_a", "Old", None, "https://p/a", 20_000, "asmr", ["asmr", "diy"], 5, "a4", 4000, NOON, True,
    )  # fmt: skip
    assert [(row[1], *row[10:13], row[14]) for row in rows[1:]] == [
        ("b", 1, "b1", 1000, False), ("c", 2, "c2", 2000, False), ("d", 1, "d1", 1000, False),
        ("e", 1, "e9", 9000, False),
    ]  # fmt: skip


def test_a_video_stands_once_with_its_newest_numbers_and_its_best_place():
    frame, left_out = candidate_videos(VIDEOS)
    rows = table(
        frame, "observed_date", "user_id", "external_id", "keyword", "keyword_rank", "caption", "cover_urls",
        "posted_at", "views", "measured_at", "is_simulated",
    )  # fmt: skip
    assert left_out == 1, "nobody is named as its maker"
    assert [row[2] for row in rows] == ["a1", "a2", "a3", "a4", "a5", "b1", "c1", "c2", "d1", "e9"]
    assert rows[3:5] == [
        (DAY, "a", "a4", "diy", 1, "Morning 4", ["https://c/a4"], NOON - timedelta(days=4), 4000, NOON, False),
        (DAY, "a", "a5", "asmr", None, "She did", ["https://c/a5"], NOON - timedelta(days=5), None, NOON, True),
    ]


def test_every_layer_judges_everybody_and_says_who_had_reached_it():
    tables = day()
    assert table(tables["platform_check"], *BASE, "matched_word", "matched_in", "matched_text", "is_simulated") == [
        (DAY, "a", "h_a", "passed", "Nothing listed in handle, nickname.", True, None, None, None, True),
        (DAY, "b", "joe_ttv", "rejected", "The handle says 'ttv' ('ttv').", True, "ttv", "handle", "ttv", False),
        *((DAY, one, f"h_{one}", "passed", "Nothing listed in handle.", True, None, None, None, False)
          for one in "cde"),
    ]  # fmt: skip
    clean = "No caption starts with a pronoun."
    assert table(
        tables["pronoun_check"], *BASE, "captions", "captions_passed", "passed_video_ids", "matched_word",
        "is_simulated",
    ) == [
        (DAY, "a", "h_a", "passed", "4 of 5 captions passed.", True, 5, 4, ["a4", "a3", "a2", "a1"], "she", True),
        (DAY, "b", "joe_ttv", "passed", clean, False, 1, 1, ["b1"], None, False),
        (DAY, "c", "h_c", "rejected", "Every caption (2) starts like 'they'.", True, 2, 0, [], "they", False),
        (DAY, "d", "h_d", "passed", clean, True, 1, 1, ["d1"], None, False),
        (DAY, "e", "h_e", "passed", clean, True, 1, 1, ["e9"], None, False),
    ]  # fmt: skip
    assert tables["covers"] == [
        {"user_id": video[0], "external_id": video, "cover_urls": [f"https://c/{video}"]}
        for video in ("a4", "a3", "a2", "d1", "e9")
    ]
    stopped = "Stopped at a cheaper layer; no cover was fetched."
    nothing = (0, 0, None, None, None, None, None, False)
    assert table(
        tables["face_check"], *BASE, "covers", "covers_judged", "faces", "largest_face_share", "confidence",
        "is_likely_drawn", "best_video_id", "is_simulated",
    ) == [
        (DAY, "a", "h_a", "passed", "A face covers 9.0% of the frame.", True, 3, 3, 1, 0.09, 0.9, False, "a3", True),
        (DAY, "b", "joe_ttv", "not_judged", stopped, False, *nothing),
        (DAY, "c", "h_c", "not_judged", stopped, False, *nothing),
        (DAY, "d", "h_d", "passed", "A face covers 10.0% of the frame.", True, 1, 1, 1, 0.1, 0.9, False, "d1", False),
        (DAY, "e", "h_e", "passed", "A face covers 30.0% of the frame.", True, 1, 1, 1, 0.3, 0.9, False, "e9", False),
    ]  # fmt: skip
    assert table(tables["criteria_check"], *BASE, "followers", "top_views", "is_simulated") == [
        (DAY, "a", "h_a", "passed", "20,000 followers and a video with 4,000 views.", True, 20_000, 4000, True),
        (DAY, "b", "joe_ttv", "rejected", "The best video has 1,000 views, fewer than 4,000.", False, 20_000, 1000,
         False),
        (DAY, "c", "h_c", "not_judged", "The number of views is unknown.", False, 20_000, None, False),
        (DAY, "d", "h_d", "rejected", "900,000 followers, more than 100,000.", True, 900_000, 1000, False),
        (DAY, "e", "h_e", "passed", "20,000 followers and a video with 9,000 views.", True, 20_000, 9000, False),
    ]  # fmt: skip
    assert tables["profiles"] == [
        {"user_id": one, "sec_uid": f"s-{one}", "handle": f"h_{one}"} for one in "ae"
    ]  # fmt: skip


def bios(*profiles):
    rows = table(
        day(profiles)["bio_check"], *BASE, "matched_word", "matched_in", "matched_text", "followers", "is_simulated"
    )
    return {row[1]: row[3:] for row in rows}


def test_a_bio_is_judged_by_its_profile_and_without_one_not_at_all():
    none = (None, None, None, None)
    stopped = ("not_judged", "Stopped at a cheaper layer; no profile was asked for.", False, *none, False)
    absent = ("not_judged", "The profile could not be had that day.", True, *none)
    assert bios() == {"a": (*absent, True), "b": stopped, "c": stopped, "d": stopped, "e": (*absent, False)}
    found = bios(profile("a", signature="live on Twitch"), profile("e", handle=None))
    assert found["a"] == (
        "rejected", "The bio says 'twitch' ('Twitch').", True, "twitch", "bio", "Twitch", 21_000, True,
    )  # fmt: skip
    assert found["e"] == ("passed", "Nothing listed in handle, bio.", True, None, None, None, 21_000, False)
    found = bios(profile("a", handle="anna_ttv"), profile("e", profile_state="private", followers=None))
    assert found["a"][:4] == ("rejected", "The handle says 'ttv' ('ttv').", True, "ttv")
    assert found["e"] == ("rejected", "The profile is private.", True, *none, False)


def test_the_funnel_counts_who_reached_each_layer_and_says_so():
    tables = day([profile("a"), profile("e", signature="on Twitch")])
    rows = funnel(day=DAY, layers=tables, new_creators=1, is_simulated=True)
    assert table(
        rows, "observed_date", "position", "step", "entered", "passed", "rejected", "not_judged", "rejected_pct",
        "passed_of_processed_pct", "is_simulated",
    ) == [
        (DAY, 1, "processed", 5, 5, 0, 0, 0.0, 100.0, True),
        (DAY, 2, "platform_check", 5, 4, 1, 0, 20.0, 80.0, True),
        (DAY, 3, "pronoun_check", 4, 3, 1, 0, 25.0, 60.0, True),
        (DAY, 4, "face_check", 3, 3, 0, 0, 0.0, 60.0, True),
        (DAY, 5, "criteria_check", 3, 2, 1, 0, 33.33, 40.0, True),
        (DAY, 6, "bio_check", 2, 1, 1, 0, 50.0, 20.0, True),
        (DAY, 7, "saved", 1, 1, 0, 0, 0.0, 20.0, True),
    ]  # fmt: skip
    assert funnel_text(rows).splitlines() == [
        "processed: 5 candidates",
        "platform_check: 5 in, 4 passed, 1 rejected (20.00 %), 0 not judged",
        "pronoun_check: 4 in, 3 passed, 1 rejected (25.00 %), 0 not judged",
        "face_check: 3 in, 3 passed, 0 rejected (0.00 %), 0 not judged",
        "criteria_check: 3 in, 2 passed, 1 rejected (33.33 %), 0 not judged",
        "bio_check: 2 in, 1 passed, 1 rejected (50.00 %), 0 not judged",
        "saved: 1 passed all layers, 1 of them new on the roster",
    ]
    unheard = funnel(day=DAY, layers=day(), new_creators=0, is_simulated=False)
    assert table(unheard, *rows.columns)[-2:] == [
        (DAY, 6, "bio_check", 2, 0, 0, 2, 0.0, 0.0, False), (DAY, 7, "saved", 0, 0, 0, 0, None, 0.0, False),
    ]  # fmt: skip
    nobody = {name: frame.iloc[:0] for name, frame in tables.items() if isinstance(frame, pd.DataFrame)}
    empty = funnel_text(funnel(day=DAY, layers=nobody, new_creators=0, is_simulated=False))
    assert "platform_check: 0 in, 0 passed, 0 rejected, 0 not judged" in empty


def test_new_creators_are_told_by_what_they_gained_and_the_unmeasured_last():
    found = candidates(VIDEOS)
    stats = pd.DataFrame(
        {"user_id": ["a", "c", "d"], "followers": [10, 30, 20], "growth_followers": [1, 5, 5],
         "growth_pct": [0.1, 0.5, 0.4]}
    )  # fmt: skip
    rows = discoveries(new=found[found["user_id"] != "b"], candidates=found, stats=stats)
    assert table(
        rows, "observed_date", "rank", "user_id", "handle", "nickname", "keyword", "followers", "growth_followers",
        "growth_pct", "top_views", "is_simulated",
    ) == [
        (DAY, 1, "c", "h_c", None, "asmr", 30, 5, 0.5, 2000, False),
        (DAY, 2, "d", "h_d", None, "asmr", 20, 5, 0.4, 1000, False),
        (DAY, 3, "a", "h_a", "Old", "asmr", 10, 1, 0.1, 4000, True),
        (DAY, 4, "e", "h_e", None, "asmr", None, None, None, 9000, False),
    ]  # fmt: skip


def test_who_grew_most_in_a_week_is_by_the_sum_and_the_mean_is_exact():
    columns = ("observed_date", "rank", "user_id", "handle", "followers", "growth_followers_7d", "mean_growth_pct_7d",
               "days_measured", "is_simulated")  # fmt: skip
    window = pd.DataFrame(
        [
            {"user_id": user, "observed_date": DAY - timedelta(days=back), "handle": f"{user}{back}",
             "followers": 100 - back, "growth_followers": gained, "growth_pct": pct, "is_simulated": user == "b"}
            for user, back, gained, pct in (
                ("b", 0, 5, 0.03), ("b", 1, 5, 0.02), ("a", 0, 10, 1.5), ("c", 2, 11, 0.29), ("c", 0, 0, 0.0),
                ("c", 1, 0, 0.0),
            )
        ]
    )  # fmt: skip
    assert table(top_growing(window, day=DAY), *columns) == [
        (DAY, 1, "c", "c0", 100, 11, 0.1, 3, False), (DAY, 2, "a", "a0", 100, 10, 1.5, 1, False),
        (DAY, 3, "b", "b0", 100, 10, 0.03, 2, True),
    ]  # fmt: skip
    assert table(top_growing(window.iloc[:0], day=DAY), *columns) == []
    many = pd.concat([window[window["user_id"] == "a"].assign(user_id=f"u{n}") for n in range(25)])
    assert len(top_growing(many, day=DAY)) == 20


def test_a_keyword_yields_whom_it_found_and_a_creator_counts_for_each_of_its_keywords():
    rows = keyword_yield(candidates=candidates(VIDEOS), accepted={"a", "e"}, new={"a"})
    assert table(
        rows, "observed_date", "rank", "keyword", "candidates", "comets", "new_comets", "comets_pct", "is_simulated"
    ) == [(DAY, 1, "asmr", 5, 2, 1, 40.0, True), (DAY, 2, "diy", 1, 1, 1, 100.0, True)]


def test_charts_are_pictures_of_any_day_also_of_one_without_anybody():
    rows = known_records(funnel(day=DAY, layers=day(), new_creators=1, is_simulated=False))
    assert [row["step"] for row in rows] == list(STEP_NAMES), "every step has a name on the chart"
    full, few = funnel_chart(rows), funnel_chart([row | {"passed": 0} for row in rows])
    lines = history_chart([([DAY - timedelta(days=1), DAY], [1.0, 2.0]), ([DAY], [3.0])])
    for png in (full, few, lines, history_chart([])):
        assert png.startswith(b"\x89PNG") and len(png) > 2000
    assert full != few and lines != history_chart([])


def test_a_chart_says_in_words_what_its_bars_and_lines_are(monkeypatch):
    monkeypatch.setattr(charts, "_png", lambda figure: figure.axes[0])
    steps = [{"step": "processed", "passed": 5, "rejected": 0, "not_judged": 0},
             {"step": "face_check", "passed": 3, "rejected": 1, "not_judged": 1},
             {"step": "another", "passed": 0, "rejected": 0, "not_judged": 0}]  # fmt: skip
    axes = funnel_chart(steps)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Processed", "Face", "?"]
    assert [(text.get_text(), text.get_position()) for text in axes.texts] == [(" 5", (5, 0)), (" 3", (5, 1)),
                                                                               (" 0", (0, 2))]  # fmt: skip
    assert [(bar.get_x(), bar.get_width()) for bar in axes.patches] == [
        (0, 5), (0, 3), (0, 0), (5, 0), (3, 1), (0, 0), (5, 0), (4, 1), (0, 0),
    ]  # fmt: skip
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["passed", "rejected", "not judged"]
    assert axes.get_xlabel() == "creators (the number is who passed)" and axes.yaxis_inverted()
    axes = history_chart([([DAY - timedelta(days=1), DAY], [1.0, 2.0]), ([DAY], [3.0])])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["#1", "#2"]
    assert [list(line.get_ydata()) for line in axes.lines] == [[1.0, 2.0], [3.0]]
    assert axes.get_ylabel() == "followers" and history_chart([]).get_legend() is None
