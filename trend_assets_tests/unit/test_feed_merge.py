"""The merge: stories, scores, order, memory and rules, as pure functions on frames."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.domain.feed.items import feed_items, flags_of, prices
from trend_assets.domain.feed.leverage import unique_leverage
from trend_assets.domain.feed.memory import Remembered, what_changed
from trend_assets.domain.feed.merge import build_stories, find_proofs, headline, sorted_candidates, story_id_of
from trend_assets.domain.feed.rules import FUSION_LIMIT, FeedRules, SourceRule, prior_chance
from trend_assets.domain.feed.scoring import Member, score_story, total, worth
from trend_assets.domain.newsletter.candidates import POOL, newsletter_candidates, printable

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCES = {
    name: SourceRule(name, name.replace("_", " ").title(), tier, weight)
    for name, tier, weight in (
        ("tiktok_trending", "core", 1.0),
        ("comet_videos", "core", 1.0),
        ("youtube_shorts", "core", 1.0),
        ("reddit_posts", "core", 1.0),
        ("x_posts", "stretch", 0.8),
        ("amazon_positions", "stretch", 0.8),
    )
}  # type: ignore[arg-type]
RULES = FeedRules(SOURCES, size=10)
PAST_COLUMNS = [
    "observed_date",
    "story_id",
    "platform",
    "external_id",
    "title",
    "text",
    "proof_keys",
    "platforms",
    "views",
    "list_rank",
    "score_rank",
]
NO_PAST = pd.DataFrame(columns=PAST_COLUMNS)


def platform_of(source: str) -> str:
    others = {
        "youtube_shorts": "youtube",
        "reddit_posts": "reddit",
        "x_posts": "x",
        "amazon_positions": "amazon",
    }
    return others.get(source, "tiktok")


def candidate(number: int, **changes: Any) -> dict[str, Any]:
    source = changes.get("source", "tiktok_trending")
    platform = platform_of(source)
    row = {
        "observed_date": DAY,
        "source": source,
        "platform": platform,
        "external_id": f"{number:019d}",
        "kind": "video",
        "title": None,
        "text": None,
        "language": None,
        "creator_id": f"c{number}",
        "creator_handle": f"h{number}",
        "creator_name": None,
        "creator_followers": 1000,
        "url": None,
        "linked_url": None,
        "hashtags": [],
        "list_name": "us",
        "posted_at": NOON - timedelta(hours=30),
        "measured_at": NOON,
        "engagement": {"views": 1000, "likes": 50},
        "outlier_score": 1.5,
        "score_class": "measured",
        "chance": None,
        "chance_outcomes": None,
        "chance_reason": None,
        "source_percentile": 0.9,
        "source_rank": 4,
        "source_items": 40,
        "views": 1000,
        "delta_views": 200,
        "hours_between": 24.0,
        "views_per_hour": 8.0,
        "age_hours": 30.0,
        "list_rank": 7,
        "baseline": 500.0,
        "baseline_items": 9,
        "score_reason": None,
        "score_parts": {},
        "is_sponsored": None,
        "is_over_18": None,
        "is_simulated": False,
    } | changes
    return row


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    data = pd.DataFrame(list(rows))
    for name in (
        "views",
        "delta_views",
        "list_rank",
        "source_rank",
        "source_items",
        "baseline_items",
        "creator_followers",
    ):
        data[name] = data[name].astype("Int64")
    data["posted_at"] = pd.to_datetime(data["posted_at"], utc=True)
    return data


def merged(*rows: dict[str, Any], rules: FeedRules = RULES, past: pd.DataFrame = NO_PAST):
    candidates = sorted_candidates(frame(*rows), frame(*rows).iloc[:0], rules)
    proofs = find_proofs(candidates, rules)
    return candidates, proofs, build_stories(candidates, proofs, past, day=DAY, rules=rules)


def member(
    source: str, percentile: float, *, platform: str = "tiktok", creator: str = "", score_class: str = "measured",
    chance: float | None = None, items: int = 100,
):  # fmt: skip
    return Member(0, source, platform, "1", creator, "", score_class, percentile, 1, items, chance)


def test_the_score_is_exactly_the_sum_of_its_parts():
    on_x = member("x_posts", 0.97, platform="x", chance=0.5)
    lead, parts = score_story([on_x, member("reddit_posts", 0.3, platform="reddit")], RULES)
    assert lead is on_x
    assert [part.name for part in parts] == ["chance", "source_weight", "also_in:reddit_posts"]
    assert total(parts) == pytest.approx(0.5 * 0.8 * (1 + 0.1 * 0.3))


def test_a_stretch_source_counts_its_weight():
    _, parts = score_story([member("x_posts", 0.9, platform="x", chance=0.5)], RULES)
    assert total(parts) == pytest.approx(0.4)


def test_an_item_measured_once_ranks_by_its_chance_among_all_others():
    once = member("tiktok_trending", 0.9, score_class="new", chance=0.6)
    twice = member("youtube_shorts", 0.9, chance=0.5)
    assert worth(once, RULES) > worth(twice, RULES)


def test_places_of_lists_of_different_length_are_comparable_and_a_chance_beats_both():
    first_of_eight, second_of_fifty_nine = prior_chance(1 - 0.5 / 8, 8), prior_chance(1 - 1.5 / 59, 59)
    assert first_of_eight < second_of_fifty_nine
    assert prior_chance(0.5, 8) == prior_chance(0.5, 4000)
    assert worth(member("tiktok_trending", 0.94, items=8, chance=0.7), RULES) > second_of_fifty_nine


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 5000))
def test_a_better_place_never_stands_for_less(one, other, items):
    low, high = sorted((one, other))
    assert 0 < prior_chance(low, items) <= prior_chance(high, items) < 1


def test_an_independent_platform_adds_more_than_a_second_list_of_the_same_one():
    lead = member("tiktok_trending", 0.9, chance=0.5)
    _, other = score_story([lead, member("youtube_shorts", 0.8, platform="youtube", chance=0.1)], RULES)
    _, same = score_story([lead, member("comet_videos", 0.8, chance=0.1)], RULES)
    assert total(other) == pytest.approx(0.5 * 1.08)
    assert total(same) == pytest.approx(0.5 * 1.04)


def test_a_creator_posting_it_again_elsewhere_is_no_independent_source():
    _, parts = score_story(
        [
            member("tiktok_trending", 0.9, creator="tiktok:a", chance=0.5),
            member("youtube_shorts", 0.8, platform="youtube", creator="tiktok:a", chance=0.4),
        ],
        RULES,
    )
    assert total(parts) == pytest.approx(0.5 * 1.04)
    assert "same creator" in parts[-1].why


def test_copies_alone_cannot_carry_a_story_beyond_the_fusion_limit():
    rules = FeedRules({f"s{n}": SourceRule(f"s{n}", f"S{n}", "core", 1.0) for n in range(9)})
    members = [member(f"s{n}", 1.0, platform=f"p{n}", chance=0.5) for n in range(9)]
    assert total(score_story(members, rules)[1]) == pytest.approx(0.5 * (1.0 + FUSION_LIMIT))


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(SOURCES)), st.floats(0, 1), st.sampled_from(["measured", "new"])), min_size=1
    )
)
def test_every_score_is_finite_and_bounded_whatever_the_members(members):
    _, parts = score_story([member(s, p, platform=s, score_class=c) for s, p, c in members], RULES)
    assert 0 <= total(parts) <= 1 + FUSION_LIMIT + 1e-6
    assert total(parts) == pytest.approx(sum(part.value for part in parts), abs=1e-9)


def test_the_same_video_in_two_lists_is_one_story_with_both_heats():
    _, proofs, stories = merged(
        candidate(1, source="tiktok_trending", source_percentile=0.7),
        candidate(1, source="comet_videos", source_percentile=0.95),
    )
    assert len(stories) == 1
    assert stories["sources"].iloc[0] == ["comet_videos", "tiktok_trending"]
    assert stories["source"].iloc[0] == "comet_videos"
    assert sorted(proofs["source_percentile"]) == [0.7, 0.95]


def test_a_reddit_post_about_a_video_joins_its_story_through_any_form_of_its_address():
    video = candidate(7_420_000_000_000_000_001, external_id="7420000000000000001", source_percentile=0.95)
    post = candidate(
        2,
        source="reddit_posts",
        title="look at this",
        linked_url="https://m.tiktok.com/@who/video/7420000000000000001?utm_source=x&_r=1",
    )
    _, proofs, stories = merged(video, post)
    assert len(stories) == 1
    assert dict(zip(proofs["source"], proofs["matched_by"], strict=True)) == {
        "reddit_posts": "same url", "tiktok_trending": "lead"
    }  # fmt: skip
    assert stories["platforms"].iloc[0] == ["reddit", "tiktok"]


def test_near_duplicate_captions_are_one_story_and_look_alikes_are_not():
    rows = [
        candidate(1, text="I restored a 1920s sewing machine I found in a skip and it still runs"),
        candidate(2, source="youtube_shorts", title="I RESTORED a 1920s sewing machine I found in a skip… #shorts 🔥"),
        candidate(3, text="I restored a 1950s radio I found at a flea market and it still plays"),
        *(
            candidate(10 + n, text=f"something else entirely about subject number {n} with words{n} other{n}")
            for n in range(9)
        ),
    ]
    _, _, stories = merged(*rows)
    assert len(stories) == len(rows) - 1


def test_two_posts_of_one_platform_are_one_story_only_when_they_are_copies():
    # seen on the sandbox: brands of one product, and one template about two things
    template = "margins on {} are brutal and nobody says it out loud in public"
    apart = [candidate(1, text=template.format("desk fans")), candidate(2, text=template.format("trench coats"))]
    copies = [
        candidate(3, text=template.format("paper kites")),
        candidate(4, text=template.format("paper kites") + " 🔥"),
    ]
    _, _, stories = merged(*apart, *copies)
    assert len(stories) == 3


def test_one_creator_gets_at_most_three_places_and_the_fourth_says_why():
    rows = [candidate(n, creator_id="flood", source_percentile=0.99 - n / 1000) for n in range(5)]
    _, _, stories = merged(*rows)
    assert list(stories["outcome"]) == ["in_feed"] * 3 + ["creator_limit"] * 2
    assert "already has 3 places" in stories["reason"].iloc[-1]


def test_one_source_gets_its_share_while_others_have_stories():
    many = [candidate(n, source="reddit_posts", source_percentile=0.99 - n / 1000) for n in range(9)]
    others = [candidate(20 + n, source="youtube_shorts", source_percentile=0.7) for n in range(3)]
    others += [candidate(30 + n, source="comet_videos", source_percentile=0.8) for n in range(3)]
    others += [candidate(40 + n, source="tiktok_trending", source_percentile=0.9) for n in range(1)]
    _, _, stories = merged(*many, *others)
    chosen = stories[stories["outcome"] == "in_feed"]
    assert chosen["source"].value_counts().to_dict() == {
        "reddit_posts": 3, "youtube_shorts": 3, "comet_videos": 3, "tiktok_trending": 1
    }  # fmt: skip
    held = stories[stories["outcome"] == "source_limit"]
    assert len(held) == 6
    assert held["reason"].str.contains("Reddit Posts already has 3 of the 10 places").all()


def test_places_that_nobody_else_fills_go_to_the_source_that_has_more_after_the_others():
    many = [candidate(n, source="reddit_posts", source_percentile=0.99 - n / 1000) for n in range(9)]
    other = [candidate(20, source="youtube_shorts", source_percentile=0.7)]
    _, _, stories = merged(*many, *other)
    assert list(stories["outcome"]) == ["in_feed"] * 10
    assert sorted(stories["feed_rank"]) == list(range(1, 11))
    ranked = stories.sort_values("feed_rank")
    assert list(ranked["source"])[:5] == ["reddit_posts"] * 3 + ["youtube_shorts", "reddit_posts"]
    assert ranked["reason"].iloc[4].endswith("Reddit Posts already has 3 of the first 10.")
    rest = ranked[ranked["source"] == "reddit_posts"]["score"]
    assert rest.is_monotonic_decreasing


def test_no_creator_has_two_of_the_first_five_places():
    rows = [candidate(n, source="reddit_posts", creator_id="flood", chance=0.9 - n / 1000) for n in range(3)]
    rows += [candidate(10 + n, source=list(SOURCES)[n % 4], chance=0.3) for n in range(6)]
    _, _, stories = merged(*rows)
    first = stories.sort_values("feed_rank").head(5)
    assert first["creator_key"].is_unique
    assert first["score"].iloc[0] == stories["score"].max()


def test_an_ad_that_does_not_grow_is_first_of_nothing():
    ad = candidate(1, chance=0.9, is_sponsored=True, delta_views=None, score_class="new")
    growing = candidate(2, chance=0.8, is_sponsored=True)
    _, _, stories = merged(ad, growing, candidate(3, source="youtube_shorts", chance=0.2))
    assert stories.sort_values("feed_rank")["external_id"].str[-1].tolist() == ["2", "3", "1"]
    assert "ad" in stories["reason"].iloc[0]


def test_what_is_for_adults_is_left_out_and_said_unless_the_user_keeps_it():
    rows = (candidate(1, chance=0.9, is_over_18=True), candidate(2, chance=0.8, is_over_18=False), candidate(3))
    _, _, stories = merged(*rows)
    outcome = dict(zip(stories["external_id"].str[-1], stories["outcome"], strict=True))
    assert outcome == {"1": "for_adults", "2": "in_feed", "3": "in_feed"}
    _, _, kept = merged(*rows, rules=replace(RULES, with_adult=True))
    assert set(kept["outcome"]) == {"in_feed"}


def test_a_place_left_over_goes_to_no_creator_beyond_the_limit():
    flood = [
        candidate(n, source="reddit_posts", creator_id="flood", source_percentile=0.9 - n / 1000) for n in range(5)
    ]
    first = [candidate(10 + n, source="reddit_posts", source_percentile=0.99) for n in range(3)]
    _, _, stories = merged(*first, *flood)
    assert stories["outcome"].value_counts().to_dict() == {"in_feed": 6, "creator_limit": 2}


def test_unknown_creators_share_no_limit():
    rows = [candidate(n, creator_id=None, creator_handle="[deleted]", source="reddit_posts") for n in range(5)]
    _, _, stories = merged(*rows)
    assert list(stories["outcome"]) == ["in_feed"] * 5


def test_the_middle_of_a_source_never_fills_the_feed_up():
    _, _, stories = merged(candidate(1, source_percentile=0.49), candidate(2, source_percentile=0.9, chance=0.06))
    assert list(stories["outcome"]) == ["below_floor"] * 2


def test_an_item_that_gained_nothing_is_not_rising_whatever_its_place():
    _, _, stories = merged(candidate(1, delta_views=0), candidate(2, delta_views=-5))
    assert set(stories["outcome"]) == {"not_rising"}


def test_what_does_not_fit_is_below_the_cut_and_said_so():
    rows = [candidate(n, source_percentile=0.99 - n / 1000) for n in range(12)]
    _, _, stories = merged(*rows)
    assert (stories["outcome"] == "in_feed").sum() == 10
    assert list(stories["outcome"].tail(2)) == ["below_cut"] * 2


def test_stretch_sources_can_be_left_out():
    rules = FeedRules(SOURCES, size=10, with_stretch=False)
    _, _, stories = merged(candidate(1), candidate(2, source="x_posts"), rules=rules)
    assert list(stories["source"]) == ["tiktok_trending"]


def test_sources_whose_terms_forbid_it_are_not_blended():
    withheld = SOURCES | {"youtube_shorts": SourceRule("youtube_shorts", "YouTube", "core", 1.0, is_blended=False)}
    _, _, stories = merged(candidate(1), candidate(2, source="youtube_shorts"), rules=FeedRules(withheld, size=10))
    assert list(stories["source"]) == ["tiktok_trending"]


def test_the_order_of_the_rows_changes_nothing():
    rows = [
        candidate(
            n,
            source=list(SOURCES)[n % 4],
            source_percentile=0.6 + (n % 7) / 20,
            text=f"caption {n} about thing{n} and matter{n}",
        )
        for n in range(30)
    ]
    _, proofs, stories = merged(*rows)
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    _, other_proofs, other = merged(*shuffled)
    pd.testing.assert_frame_equal(stories, other)
    pd.testing.assert_frame_equal(proofs, other_proofs)


def past_story(**changes: Any) -> pd.DataFrame:
    row = {
        "observed_date": DAY - timedelta(days=5),
        "story_id": "st_1",
        "platform": "tiktok",
        "external_id": f"{1:019d}",
        "title": "old title nobody reads anymore today",
        "text": None,
        "proof_keys": [f"tiktok:{1:019d}"],
        "platforms": ["tiktok"],
        "views": 900,
        "list_rank": 7,
        "score_rank": 3,
    } | changes
    return pd.DataFrame([row])


def test_a_story_of_the_last_four_weeks_is_not_repeated_and_gives_its_place_to_the_next():
    rows = [candidate(1, source_percentile=0.99), candidate(2, source_percentile=0.8)]
    _, _, stories = merged(*rows, past=past_story())
    assert list(stories["outcome"]) == ["repeat", "in_feed"]
    assert stories["feed_rank"].iloc[1] == 1
    assert "2026-11-15" in stories["reason"].iloc[0]


def test_it_is_held_against_its_newest_appearance_and_of_one_day_the_best():
    days = {days: DAY - timedelta(days=days) for days in (2, 5)}
    earlier = [
        past_story(observed_date=days[5], views=900), past_story(observed_date=days[2], views=1_900, score_rank=3),
        past_story(observed_date=days[2], views=300, score_rank=5),
    ]  # fmt: skip
    for past in (earlier, earlier[::-1]):
        _, _, stories = merged(candidate(1, views=2_000), past=pd.concat(past, ignore_index=True))
        assert stories["reason"].tolist() == [f"It was in the feed of {days[2]} and has not changed since."]
        _, _, stories = merged(candidate(1, views=3_800), past=pd.concat(past, ignore_index=True))
        assert stories["returned_because"].tolist() == [f"Back since {days[2]}: 2.0 times the views it had then."]


def test_it_returns_when_its_views_doubled_and_says_so():
    _, _, stories = merged(candidate(1, views=2000), past=past_story())
    assert stories["outcome"].iloc[0] == "in_feed"
    assert "2.2 times" in stories["returned_because"].iloc[0]


def test_the_same_words_by_somebody_else_are_remembered_too():
    text = "the quiet trick museum conservators use to lift a coffee stain from linen"
    _, _, stories = merged(
        candidate(2, text=text), past=past_story(title=text, proof_keys=["tiktok:9"], external_id="9")
    )
    assert stories["outcome"].iloc[0] == "repeat"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"views": 1999, "list_rank": 7, "platforms": {"tiktok"}}, False),
        ({"views": 2000, "list_rank": 7, "platforms": {"tiktok"}}, True),
        ({"views": 1000, "list_rank": 7, "platforms": {"tiktok", "reddit"}}, True),
        ({"views": None, "list_rank": 4, "platforms": {"tiktok"}}, False),
        ({"views": None, "list_rank": 3, "platforms": {"tiktok"}}, True),
        ({"views": None, "list_rank": None, "platforms": {"tiktok"}}, False),
    ],
)
def test_changed_means_doubled_views_a_new_platform_or_half_the_list_place(now, expected):
    then = Remembered("2026-11-15", views=1000, list_rank=7, platforms=frozenset({"tiktok"}), same_item=True)
    said = what_changed(then, views=now["views"], list_rank=now["list_rank"], platforms=frozenset(now["platforms"]))
    assert (said is not None) is expected


def test_another_item_with_the_same_text_does_not_return_by_its_own_views():
    then = Remembered("2026-11-15", views=10, list_rank=None, platforms=frozenset({"tiktok"}), same_item=False)
    assert what_changed(then, views=10_000, list_rank=None, platforms=frozenset({"tiktok"})) is None


def test_story_ids_are_fixed_for_ever():
    assert story_id_of("tiktok", "7420000000000000001") == "st_" + story_id_of("tiktok", "7420000000000000001")[3:]
    assert story_id_of("tiktok", "1") != story_id_of("youtube", "1")
    assert len(story_id_of("x", "1")) == 23


def test_a_story_is_named_by_its_earliest_item_so_a_hotter_copy_does_not_rename_it():
    text = "the only knife sharpening video you will ever need in your kitchen"
    first = candidate(1, text=text, posted_at=NOON - timedelta(days=3), source_percentile=0.7)
    copy = candidate(2, text=text.upper(), posted_at=NOON - timedelta(days=1), source_percentile=0.98)
    _, _, stories = merged(first, copy)
    assert stories["story_id"].iloc[0] == story_id_of("tiktok", f"{1:019d}")
    assert stories["external_id"].iloc[0] == f"{2:019d}"


def test_headlines_are_one_clean_line():
    assert headline(None, "line one\nline two \u202eevil") == "line one line two evil"
    # 3 + 134 + ", y" are the 140 that fit: the last whole word ends them, its comma goes
    assert headline(f"aa {'X' * 134}, yy zz", None) == f"aa {'X' * 134}…"
    assert headline(f"aa {'X' * 137}", None) == f"aa {'X' * 137}", "140 are not cut"
    assert headline(None, None, "video") == "Untitled video"
    long = headline("word " * 60, None)
    assert len(long) <= 141
    assert long.endswith("word…")


HISTORY_COLUMNS = ["platform", "external_id", "measured_at", "views", "list_rank"]
REPORT = pd.DataFrame([{"source": "tiktok_trending", "cost_usd": 0.02, "items": 40}])


def items_of(*rows: dict[str, Any], history: list[tuple] = (), past: pd.DataFrame = NO_PAST) -> pd.DataFrame:  # type: ignore[assignment]
    candidates, proofs, stories = merged(*rows, past=past)
    data = pd.DataFrame(list(history), columns=HISTORY_COLUMNS)
    chosen = stories[stories["outcome"] == "in_feed"].sort_values("feed_rank")
    return feed_items(chosen, proofs, candidates, data, REPORT, day=DAY, rules=RULES)


def test_an_item_of_the_feed_explains_itself():
    key = ("tiktok", f"{1:019d}")
    rows = items_of(
        candidate(1),
        history=[(*key, pd.Timestamp(NOON) - pd.Timedelta(days=2), 500, 9), (*key, pd.Timestamp(NOON), 1000, 7)],
    )
    row = rows.iloc[0]
    assert row["score"] == pytest.approx(sum(part["value"] for part in row["score_parts"]))
    assert row["days_on_radar"] == 3
    assert [point["views"] for point in row["counts"]] == [500, 1000]
    assert row["counts"][0]["at"] == "2026-11-18T12:00:00Z"
    assert row["why"] == "+200 views in 24 h; no probability yet, so #4 of 40 in Tiktok Trending is taken as 16 %."
    assert row["cost_usd"] == pytest.approx(0.0005)
    assert (row["baseline"], row["baseline_items"]) == (500.0, 9)


def test_the_explanation_names_the_deciding_figure_with_its_comparison_and_the_chance():
    told = candidate(1, chance=0.784, chance_outcomes=2310, score_parts={"growth_over_usual": 4.12})
    assert items_of(told).iloc[0]["why"] == (
        "+200 views in 24 h, 4.1 × what items of its age gain; 78 % likely to be in the top tenth in three days; "
        "#4 of 40 in Tiktok Trending."
    )
    on_reddit = candidate(1, source="reddit_posts", chance=0.5, score_parts={"growth_over_usual": 12.3})
    assert items_of(on_reddit).iloc[0]["why"].startswith("+200 points in 24 h, 12 × what")


def test_an_item_says_why_it_has_no_chance_and_one_that_has_a_chance_says_nothing():
    why = "No probability yet: 150 outcomes are known, 200 are needed."
    silent = items_of(candidate(1, chance=None, chance_reason=why)).iloc[0]
    assert (silent["chance"], silent["chance_reason"]) == (None, why)
    assert why in silent["score_parts"][0]["why"]
    assert items_of(candidate(1, chance=0.5)).iloc[0]["chance_reason"] is None


def test_sorting_by_what_the_sentences_say_gives_the_order():
    dice = np.random.default_rng(3)
    names = list(SOURCES)
    rows = [
        candidate(
            n, source=names[n % 6], chance=float(dice.uniform(0.08, 0.95)) if n % 3 else None,
            source_percentile=float(dice.uniform(0.5, 0.99)), source_items=int(dice.integers(8, 400)),
            text=f"caption {n} about thing{n} and matter{n}",
        )
        for n in range(40)
    ]  # fmt: skip
    items = items_of(*rows).sort_values("rank")
    free = items[~items["why"].str.contains("already has")]
    said = [float(re.findall(r"([0-9.]+) %", why)[-1]) for why in free["why"]]
    assert len(said) > 3
    assert said == sorted(said, reverse=True)


def test_data_age_counts_from_the_newest_data_of_the_day_not_from_a_clock():
    rows = items_of(candidate(1, measured_at=NOON - timedelta(hours=30)), candidate(2, measured_at=NOON))
    by_id = rows.set_index("external_id")
    assert by_id.loc[f"{1:019d}", "data_age_hours"] == 30
    assert "stale" in by_id.loc[f"{1:019d}", "flags"]
    assert by_id.loc[f"{2:019d}", "data_age_hours"] == 0


def test_unknown_prices_and_counts_stay_unknown():
    row = items_of(
        candidate(1, source="reddit_posts", engagement={"views": None, "likes": None}, views=None, delta_views=None)
    ).iloc[0]
    assert row["cost_usd"] is None or np.isnan(row["cost_usd"])
    assert row["counts"] == [{"at": "2026-11-20T12:00:00Z", "views": None, "rank": 7}]


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"is_sponsored": True}, "sponsored"),
        ({"engagement": {"views": 10, "likes": 20}}, "anomaly"),
        ({"engagement": {"views": 100_000, "likes": 3}}, "anomaly"),
        ({"score_class": "new"}, "measured_once"),
        ({"baseline_items": 2}, "thin_history"),
    ],
)
def test_flags_name_what_a_reader_must_know(changes, flag):
    flags = flags_of(candidate(1, **changes), None, 0.0)
    assert flag in flags
    assert flags[flag].endswith(".")


def test_an_unknown_sponsored_mark_is_no_flag():
    assert "sponsored" not in flags_of(candidate(1, is_sponsored=pd.NA), None, 0.0)


def test_unique_leverage_counts_what_no_other_source_had():
    _, proofs, stories = merged(
        candidate(1, source="tiktok_trending"),
        candidate(1, source="comet_videos"),
        candidate(2, source="comet_videos"),
        candidate(3, source="reddit_posts"),
    )
    report = pd.DataFrame([{"source": s, "cost_usd": 0.02 if s == "comet_videos" else None} for s in SOURCES])
    rows = unique_leverage(stories, proofs, report, day=DAY, rules=RULES).set_index("source")
    assert (rows.loc["comet_videos", "candidate_stories"], rows.loc["comet_videos", "unique_stories"]) == (2, 1)
    assert rows.loc["tiktok_trending", "unique_share"] == 0
    assert rows.loc["comet_videos", "cost_per_unique_story_usd"] == pytest.approx(0.02)
    assert pd.isna(rows.loc["reddit_posts", "cost_per_unique_story_usd"])


OF_A_LIST = {"source": "amazon_positions", "score_class": "position", "delta_views": None, "views": None}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (OF_A_LIST | {"outlier_score": 3.25}, "3.2 times its usual 500; place 7 in us"),
        (OF_A_LIST | {"baseline": None}, "Place 7 in us"),
        (OF_A_LIST | {"outlier_score": None, "list_name": "a\u202eb"}, "Place 7 in ab"),
        ({"score_class": "new", "delta_views": None, "age_hours": 1.0},
         "First seen 60 min after it was posted, with about 8 views per hour since"),
        ({"score_class": "new", "delta_views": 5, "hours_between": 0.0, "age_hours": 1.5},
         "First seen 2 h after it was posted, with about 8 views per hour since"),
        ({"hours_between": 1.0, "score_parts": {"growth_over_usual": 10.0}},
         "+200 views in 60 min, 10 × what items of its age gain"),
        ({"score_class": "new", "delta_views": None, "views_per_hour": None}, None),
    ],
)  # fmt: skip
def test_every_way_of_saying_what_decided(changes, said):
    why = items_of(candidate(1, chance=0.5, **changes)).iloc[0]["why"]
    title = RULES.title_of(changes.get("source", "tiktok_trending"))
    parts = [said, "50 % likely to be in the top tenth in three days", f"#4 of 40 in {title}"]
    assert why.removesuffix(".").split("; ranked as")[0] == "; ".join(filter(None, parts))


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, {}),
        ({"is_sponsored": True}, {"sponsored": "The platform marks it as an ad, sponsored or branded content."}),
        ({"engagement": {"views": 10, "likes": 10}}, {}),
        ({"engagement": {"views": 1000, "likes": 2000}},
         {"anomaly": "It has more likes (2,000) than views (1,000)."}),
        ({"engagement": {"views": 100_000, "likes": 1}},
         {"anomaly": "Only 1 like on 100,000 views: the views may not be people's."}),
        ({"score_class": "new"}, {"measured_once": "Its growth is not known before the second measurement."}),
        ({"baseline_items": pd.NA},
         {"thin_history": "Its creator has 0 other items to compare with; 3 are needed."}),
        ({"baseline_items": 1}, {"thin_history": "Its creator has 1 other item to compare with; 3 are needed."}),
        ({"baseline_items": 3}, {}),
    ],
)  # fmt: skip
def test_every_flag_is_a_sentence(changes, flags):
    assert flags_of(candidate(1, **changes), None, 0.0) == flags


def test_what_is_stale_or_returned_is_flagged_with_its_reason():
    assert flags_of(candidate(1), "Its views doubled.", 24.0) == {"returned": "Its views doubled."}
    assert flags_of(candidate(1), None, 24.6) == {
        "stale": "Its counts are 25 hours older than the newest of this issue."
    }


def test_a_source_that_brought_nothing_has_no_price_per_item():
    report = pd.DataFrame(
        [("paid", 0.5, 10), ("nothing", 0.5, 0), ("unknown", None, 10), ("uncounted", 0.5, None), ("one", 0.5, 1)],
        columns=["source", "cost_usd", "items"],
    )
    assert prices(report) == {"paid": 0.05, "one": 0.5}


def test_without_candidates_there_are_no_stories_items_or_leverage_and_their_keys_stay():
    candidates, proofs, stories = merged(candidate(1))
    none = build_stories(candidates.iloc[:0], proofs, NO_PAST, day=DAY, rules=RULES)
    assert list(none.columns) == ["observed_date", "story_id"] and none.empty
    of_none = feed_items(stories.iloc[:0], proofs, candidates, pd.DataFrame(), REPORT, day=DAY, rules=RULES)
    assert list(of_none.columns) == ["observed_date", "rank", "story_id"] and of_none.empty
    no_leverage = unique_leverage(stories.iloc[:0], proofs, REPORT, day=DAY, rules=RULES)
    assert list(no_leverage.columns) == ["observed_date", "source"] and no_leverage.empty


def test_an_item_shows_all_proofs_of_its_story_the_leading_one_first():
    made = items_of(
        candidate(1, title="One title for the two of them, long enough", url="https://t.example/1"),
        candidate(2, source="reddit_posts", source_percentile=0.95, linked_url="https://t.example/1"),
        candidate(1, source="comet_videos", source_percentile=0.5, title="Another list", source_rank=9),
    )
    assert len(made) == 1
    row = made.iloc[0]
    links = {link["external_id"]: link for link in row["proof_links"]}
    assert row["proof_links"][0]["matched_by"] == "lead" and len(links) == 2
    assert row["heat"][0] == {"source": "reddit_posts", "percentile": 0.95, "rank": 4, "items": 40}
    assert {heat["source"]: heat["percentile"] for heat in row["heat"]} == {
        "reddit_posts": 0.95, "tiktok_trending": 0.9, "comet_videos": 0.5,
    }  # fmt: skip
    assert row["sources"] == ["comet_videos", "reddit_posts", "tiktok_trending"]
    assert links[f"{1:019d}"]["url"] == "https://t.example/1"
    assert links[f"{2:019d}"]["url"] is None and links[f"{2:019d}"]["similarity"] is None


def test_an_example_of_unique_leverage_has_the_address_of_its_story():
    _, proofs, stories = merged(candidate(1, url="https://t.example/1", title="T"))
    (row,) = unique_leverage(stories, proofs, REPORT, day=DAY, rules=RULES).to_dict("records")
    story = stories.iloc[0]
    assert row == {
        "observed_date": DAY, "source": "tiktok_trending", "candidate_stories": 1, "unique_stories": 1,
        "unique_share": 1.0, "feed_items": int(story["outcome"] == "in_feed"),
        "unique_feed_items": int(story["outcome"] == "in_feed"),
        "examples": [{"story_id": story["story_id"], "title": "T", "score": story["score"],
                      "url": "https://t.example/1"}],
        "cost_usd": 0.02, "cost_per_unique_story_usd": 0.02, "is_simulated": False,
    }  # fmt: skip


def test_a_returned_story_over_its_sources_share_still_says_why_it_returned():
    many = [candidate(n, source="reddit_posts", source_percentile=0.99 - n / 1000) for n in range(5)]
    many[4] |= {"views": 2000}
    known = {"platform": "reddit", "external_id": f"{4:019d}", "proof_keys": [f"reddit:{4:019d}"],
             "platforms": ["reddit"]}  # fmt: skip
    _, _, stories = merged(*many, past=past_story(**known))
    back = stories.set_index("external_id").loc[f"{4:019d}"]
    assert (back["outcome"], back["feed_rank"]) == ("in_feed", 5)
    assert "2.2 times" in back["returned_because"]


def test_a_newsletter_can_print_the_feed_then_what_it_had_no_room_for_and_no_more():
    stories = pd.DataFrame(
        [("fallen", "not_rising", None, 1), ("below", "below_floor", None, 2), ("cut", "below_cut", None, 5),
         ("second", "in_feed", 2, 3), ("first", "in_feed", 1, 9), ("source", "source_limit", None, 4),
         ("creator", "creator_limit", None, 6), ("repeat", "repeat", None, 7), ("adult", "for_adults", None, 8)],
        columns=["story_id", "outcome", "feed_rank", "score_rank"],
    )  # fmt: skip
    assert list(printable(stories)["story_id"]) == ["first", "second", "source", "cut", "creator", "repeat", "adult"]
    assert len(printable(pd.concat([stories] * 100))) == POOL == 600


def test_what_a_newsletter_may_print_says_all_of_its_item_and_what_the_feed_decided():
    rows = (
        candidate(1, language="en", list_name="us", list_rank=None, score_parts={"growth_over_usual": 4.5}),
        candidate(1, source="comet_videos", source_percentile=0.5, is_over_18=True),
        candidate(2, source="reddit_posts", language=None, score_parts=None, chance=0.2, is_over_18=False),
        candidate(1, source="reddit_posts", source_percentile=0.7, is_over_18=pd.NA),
    )
    candidates, proofs, stories = merged(*rows)
    history = pd.DataFrame(columns=HISTORY_COLUMNS)
    made = newsletter_candidates(stories, proofs, candidates, history, REPORT, day=DAY, rules=RULES)
    assert [row["story_id"] for row in made] == list(stories["story_id"])
    by_id = {(row["platform"], row["external_id"]): row for row in made}
    first, second = by_id["tiktok", f"{1:019d}"], by_id["reddit", f"{2:019d}"]
    assert not {"section", "returned_because", "cost_usd", "rank"} & set(first)
    asked = ("language", "list_name", "list_rank", "hours_between", "growth_over_usual", "is_adult", "feed_outcome")
    assert [first[name] for name in asked] == ["en", "us", None, 24.0, 4.5, True, "for_adults"]
    assert first["feed_reason"] == "Its platform marks it as for adults or as sensitive."
    assert [second[name] for name in asked] == [None, "us", 7, 24.0, None, False, "in_feed"]
    assert first["observed_date"] == DAY and first["creator_name"] is None and first["views"] == 1000
    assert newsletter_candidates(stories.iloc[:0], proofs, candidates, history, REPORT, day=DAY, rules=RULES) == []
