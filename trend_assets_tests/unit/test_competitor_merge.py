"""Merging of competitor candidates: identity, confidence, rank."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trend_assets.competitors.merging import confidence_tier, fusion_bonus, merge
from trend_assets.competitors.profiles import UnknownProfile, identity_tokens, recognise
from trend_assets.competitors.providers import from_community, from_corpus, from_youtube_search, size_likeness

EARLY = datetime(2026, 11, 1, tzinfo=UTC)
LATE = datetime(2026, 11, 20, tzinfo=UTC)
CHANNEL = "UC" + "a" * 22


def row(provider="official_api", platform="tiktok", **values):
    return {
        "provider": provider, "platform": platform, "external_id": None, "handle": None, "name": None, "url": None,
        "bio": None, "followers": None, "posts": None, "median_views": None, "matched_topics": [], "match_score": 0.5,
        "evidence": [f"Seen by {provider}."], "source_labels": [provider], "measured_at": None, "is_simulated": False,
    } | values  # fmt: skip


@pytest.mark.parametrize(
    ("given_text", "platform", "identity", "url"),
    [
        ("https://www.tiktok.com/@Some.One/video/7312?lang=en", None, "tiktok:handle:some.one", "https://www.tiktok.com/@some.one"),
        ("tiktok.com/@some.one", None, "tiktok:handle:some.one", "https://www.tiktok.com/@some.one"),
        ("@some.one", "tiktok", "tiktok:handle:some.one", "https://www.tiktok.com/@some.one"),
        ("instagram: @Some.One", None, "instagram:handle:some.one", "https://www.instagram.com/some.one/"),
        ("https://instagram.com/some.one/?hl=de", None, "instagram:handle:some.one", "https://www.instagram.com/some.one/"),
        ("https://www.instagram.com/@some.one", None, "instagram:handle:some.one", "https://www.instagram.com/some.one/"),
        ("https://www.instagram.com/stories/some.one/123/", None, "instagram:handle:some.one", "https://www.instagram.com/some.one/"),
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", None, f"youtube:id:{CHANNEL}", f"https://www.youtube.com/channel/{CHANNEL}"),
        ("https://m.youtube.com/@SomeOne", None, "youtube:handle:someone", "https://www.youtube.com/@SomeOne"),
        (CHANNEL, "youtube", f"youtube:id:{CHANNEL}", f"https://www.youtube.com/channel/{CHANNEL}"),
    ],
)  # fmt: skip
def test_a_profile_is_recognised_however_it_is_written(given_text, platform, identity, url):
    profile = recognise(given_text, platform=platform)
    assert (profile.identity, profile.url) == (identity, url)


@pytest.mark.parametrize(
    "given_text",
    [
        "", "  ", "someone", "https://tiktok.com@evil.example/@x", "https://eviltiktok.com/@x", "https://vm.tiktok.com/ZM1/",
        "https://www.instagram.com/reel/C1/", "https://www.youtube.com/watch?v=abc", "https://www.youtube.com/c/Legacy",
        "javascript://www.tiktok.com/@x", "https://[::1", "https://www.tiktok.com/@bad handle", "https://www.tiktok.com/",
        "file:///www.tiktok.com/@x",
    ],
)  # fmt: skip
def test_what_names_no_profile_is_refused_with_a_sentence(given_text):
    with pytest.raises(UnknownProfile, match=r"\."):
        recognise(given_text)


@example("p", "instagram")
@example("@Reel", "instagram")
@example("explore", "instagram")
@example("a..b", "instagram")
@given(st.text(max_size=80), st.sampled_from([None, "tiktok", "youtube", "instagram"]))
def test_any_text_is_recognised_or_refused_and_never_crashes(text, platform):
    try:
        profile = recognise(text, platform=platform)
    except UnknownProfile:
        return
    assert recognise(profile.url).identity == profile.identity


def test_one_creator_found_by_three_providers_is_one_candidate_with_high_confidence():
    rows = [
        row("official_api", "youtube", external_id=CHANNEL, handle="SomeOne", followers=1200, measured_at=LATE),
        row("research_corpus", "youtube", external_id=CHANNEL, posts=4, followers=900, measured_at=EARLY),
        row("manual_url_seed", "youtube", handle="someone", match_score=1.0),
    ]
    (candidate,) = merge(rows)
    assert candidate["source_count"] == 3
    assert candidate["confidence_tier"] == "high"
    assert candidate["followers"] == 1200, "the newest number wins"
    assert candidate["score"] == 1.3, "best match 1.0 and two fusion steps of 0.15"
    assert candidate["providers"] == ["manual_url_seed", "official_api", "research_corpus"]
    assert len(candidate["evidence"]) == 3


def test_two_ids_under_one_handle_stay_two_creators_and_the_bare_handle_goes_to_its_newest_bearer():
    rows = [
        row("official_api", external_id="1", handle="nova", measured_at=EARLY),
        row("research_corpus", external_id="2", handle="nova", measured_at=LATE),
        row("manual_url_seed", handle="Nova"),
    ]
    by_id = {candidate["external_id"]: candidate for candidate in merge(rows)}
    assert set(by_id) == {"1", "2"}
    assert by_id["1"]["source_count"] == 1
    assert by_id["2"]["source_count"] == 2


def test_the_same_handle_on_two_platforms_is_two_candidates():
    assert len(merge([row(handle="nova"), row(platform="instagram", handle="nova")])) == 2


def test_the_seed_is_no_competitor_of_itself_and_tracked_creators_are_marked():
    rows = [
        row(external_id="1", handle="seed"),
        row(external_id="2", handle="other"),
        row(external_id="3", handle="new"),
    ]
    found = merge(rows, exclude=["tiktok:handle:seed"], tracked=["tiktok:id:2"])
    assert {c["external_id"]: c["already_tracked"] for c in found} == {"2": True, "3": False}


@given(st.data())
def test_the_order_of_the_rows_never_changes_a_byte(data):
    rows = data.draw(
        st.lists(
            st.builds(
                row,
                provider=st.sampled_from(["official_api", "research_corpus", "community_graph"]),
                external_id=st.sampled_from([None, "1", "2", "3"]),
                handle=st.sampled_from(["a", "A", "b", "c"]),
                name=st.sampled_from([None, "x", "y"]),
                bio=st.sampled_from([None, "x", "y"]),
                followers=st.sampled_from([None, 5, 7]),
                posts=st.sampled_from([None, 1, 2]),
                median_views=st.sampled_from([None, 1.5, 2.0]),
                matched_topics=st.sampled_from([None, [], ["x"], ["y"]]),
                is_simulated=st.booleans(),
                match_score=st.sampled_from([0.1, 0.5, 0.9]),
                measured_at=st.sampled_from([None, EARLY, LATE]),
            ),
            max_size=12,
        )
    )
    shuffled = data.draw(st.permutations(rows))
    assert json.dumps(merge(rows)) == json.dumps(merge(shuffled))
    ids = [candidate["candidate_id"] for candidate in merge(rows)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("column", "one", "other"), [("followers", 5, 7), ("name", "x", "y"), ("posts", 1, 2), ("handle", "Nova", "nova")]
)
def test_of_two_equally_new_facts_the_same_one_is_shown_in_either_order(column, one, other):
    # found by a property test: only the columns that tell creators apart decided, and followers is none of them
    rows = [row(external_id="1", **{column: value}) for value in (one, other)]
    assert merge(rows) == merge(rows[::-1])


def test_confidence_follows_from_independent_sources_and_coverage():
    tiers = {(n, c): confidence_tier(n, c) for n in (1, 2, 3) for c in (0.2, 0.6)}
    assert tiers == {
        (1, 0.2): "low", (1, 0.6): "medium", (2, 0.2): "medium", (2, 0.6): "high", (3, 0.2): "high", (3, 0.6): "high",
    }  # fmt: skip
    assert [fusion_bonus(n) for n in (1, 2, 3, 4)] == [0.0, 0.15, 0.3, 0.45]


def test_size_likeness_halves_with_each_order_of_magnitude_and_unknown_is_not_zero():
    assert [size_likeness(f, 10_000) for f in (10_000, 100_000, 1_000, None)] == [1.0, 0.5, 0.5, 0.75]
    assert size_likeness(5, None) == 1.0


def test_corpus_evidence_says_what_is_shared_and_leaves_unknown_numbers_out():
    creator = {
        "platform": "tiktok", "external_id": "1", "handle": "a", "posts": 3, "median_views": None, "followers": None,
        "matched_topics": ["slime", "asmr"], "topic_share": 0.5, "source_labels": ["comet_videos"], "measured_at": LATE,
        "is_simulated": True,
    }  # fmt: skip
    (found,) = from_corpus([creator], topics=["asmr", "slime", "cube"], seed_followers=None, limit=10)
    assert found["evidence"] == [
        "Posts under 2 of the 3 topics: #asmr, #slime.", "The research corpus holds 3 collected posts.",
    ]  # fmt: skip
    assert found["match_score"] == 0.5
    assert found["is_simulated"]


def test_the_best_place_of_several_youtube_searches_counts():
    channel = {
        "platform": "youtube", "external_id": CHANNEL, "handle": None, "name": "X", "followers": None,
        "is_followers_hidden": True, "measured_at": LATE, "is_simulated": False,
    }  # fmt: skip
    found = from_youtube_search(
        [channel | {"query": query, "place": place} for query, place in (("slime", 11), ("asmr", 1), ("no", 1))],
        queries=["slime", "asmr"],
    )  # fmt: skip
    assert [(r["match_score"], r["matched_topics"]) for r in found] == [(1.0, ["asmr"])]
    assert "hides its number of subscribers" in found[0]["evidence"][1]


def test_the_community_graph_scores_by_the_cosine_of_the_holders_and_names_nobody():
    handle = {"platform": "tiktok", "external_id": None, "handle": "a", "co_users": 2, "users": 4, "anchor_users": 4}
    (found,) = from_community([handle], anchors=1)
    assert found["match_score"] == 0.5
    assert found["evidence"] == ["2 other users share it together with the seed."]


def test_a_url_of_another_id_never_overrules_the_rows_own_id():
    assert identity_tokens(
        "youtube", external_id="UCx", handle=None, url=f"https://www.youtube.com/channel/{CHANNEL}"
    ) == ["youtube:id:UCx"]


def test_a_candidates_row_is_what_its_providers_know_together():
    rows = [
        row(handle="nova", url="https://x.example/nova", name="Old", bio="b", matched_topics=["diy", "art"],
            match_score=0.43219, measured_at=EARLY, source_labels=["one"], is_simulated=True),
        row("research_corpus", handle="Nova", name="Nova", followers=1200, matched_topics=["art"], measured_at=LATE,
            match_score=0.1, source_labels=["two", "one"]),
    ]  # fmt: skip
    (found,) = merge(rows)
    assert len(found.pop("candidate_id")) == 16
    assert found == {
        "rank": 1, "platform": "tiktok", "external_id": None, "handle": "Nova", "name": "Nova",
        "url": "https://www.tiktok.com/@Nova", "bio": "b", "followers": 1200, "posts": None, "median_views": None,
        "matched_topics": ["art", "diy"], "match_score": 0.4322,
        "evidence": ["Seen by official_api.", "Seen by research_corpus."], "source_labels": ["one", "two"],
        "identity_tokens": ["tiktok:handle:nova"], "providers": ["official_api", "research_corpus"],
        "source_count": 2, "confidence_tier": "medium", "metric_coverage": 0.4, "fusion_bonus": 0.15, "score": 0.5822,
        "is_simulated": True, "already_tracked": False,
    }  # fmt: skip
    assert merge([]) == []
