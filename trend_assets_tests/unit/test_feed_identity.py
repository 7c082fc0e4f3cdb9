"""What counts as the same thing: addresses, words and texts."""

from string import ascii_lowercase

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.near_duplicates import labelled_texts, scores, true_pairs
from trend_assets.domain.feed.near_duplicates import near_duplicates
from trend_assets.domain.feed.stories import UnionFind, full_text
from trend_assets.domain.feed.urls import items_linked_in, normalised_url
from trend_assets.domain.feed.words import words_of


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "http://youtube.com/watch?feature=share&v=dQw4w9WgXcQ&t=42",
        "https://youtu.be/dQw4w9WgXcQ?si=abc",
        "https://m.youtube.com/shorts/dQw4w9WgXcQ/",
        "https://www.youtube.com/embed/dQw4w9WgXcQ#t=1",
    ],
)
def test_every_form_of_a_youtube_address_is_the_video(url):
    assert normalised_url(url) == "youtube:dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.tiktok.com/@a.b/video/7420000000000000001?lang=en", "tiktok:7420000000000000001"),
        ("https://www.tiktok.com/@a/photo/7420000000000000001", "tiktok:7420000000000000001"),
        ("https://twitter.com/a/status/1850000000000000000?s=20", "x:1850000000000000000"),
        ("https://x.com/i/web/status/1850000000000000000", "x:1850000000000000000"),
        ("https://old.reddit.com/r/all/comments/1HABCD/some_title/", "reddit:1habcd"),
        ("https://redd.it/1habcd", "reddit:1habcd"),
        ("https://www.amazon.co.uk/Some-Name/dp/B0ABCDEFGH/ref=sr_1_1?keywords=x", "amazon:B0ABCDEFGH"),
        ("https://www.Example.com/a//b/?utm_source=x&b=2&a=1#top", "example.com/a/b?a=1&b=2"),
        ("http://example.com/a/b?a=1&b=2", "example.com/a/b?a=1&b=2"),
    ],
)
def test_addresses_lose_what_says_where_a_click_came_from(url, key):
    assert normalised_url(url) == key


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "not a url",
        "javascript:alert(1)",
        "ftp://example.com/x",
        "https://example.com/",
        "https://localhost/x",
        "http://[::1",
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch",
    ],
)
def test_what_points_at_no_one_thing_has_no_address(url):
    assert normalised_url(url) is None


def test_only_platform_items_are_read_from_a_text():
    text = "see https://youtu.be/dQw4w9WgXcQ, and my shop https://shop.example.com/sale (https://x.com/a/status/12345)"
    assert items_linked_in(text) == ["youtube:dQw4w9WgXcQ", "x:12345"]


@given(st.text())
def test_no_text_breaks_the_reading_of_addresses_or_words(text):
    normalised_url(text)
    normalised_url("https://" + text)
    items_linked_in(text)
    assert all(words_of(text))


def test_words_ignore_case_emoji_mentions_links_and_the_hash_sign():
    assert words_of("WAIT for it 🔥🔥 @some.one https://t.co/abc #SmallBusiness Café don’t") == [
        "wait",
        "for",
        "it",
        "smallbusiness",
        "café",
        "dont",
    ]


def test_scripts_without_spaces_become_character_pairs():
    assert words_of("東京タワー") == ["東京", "京タ", "タワ", "ワー"]


def pairs(texts: list[str | None]) -> set[tuple[int, int]]:
    found = near_duplicates(texts)
    return set(zip(found.left.tolist(), found.right.tolist(), strict=True))


CAPTION = "my neighbour has been building a wooden boat in his garage for eleven years"


@pytest.mark.parametrize(
    "edit",
    [
        CAPTION.upper(),
        CAPTION + " 😂😂 #boat #garage #fyp",
        "My neighbour has been building a wooden boat in his…",
        "my neighbour has been building a boat wooden in his garage for eleven years!!",
        "my neighbour has been building a wooden ship in his garage for eleven years",
        "@friend look: " + CAPTION + " https://t.co/xyz",
    ],
)
def test_an_edited_copy_is_found(edit):
    assert pairs([CAPTION, edit, "a completely different caption about sourdough bread and rye flour"]) == {(0, 1)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("day 12 of selling handmade candles at the market", "day 13 of selling handmade candles at the market"),
        ("POV you open a bakery in Lisbon at forty", "POV you open a bookshop in Kyoto at sixty"),
        ("wait for it", "wait for it"),
        ("unboxing the cast iron pan everyone is talking about", "unboxing the walking pad everyone is talking about"),
        (None, None),
        ("", ""),
    ],
)
def test_look_alikes_and_empty_phrases_are_not_the_same(one, other):
    assert pairs([one, other, "filler text about tidal pools in winter", "another about paper planes indoors"]) == set()


@pytest.mark.parametrize(
    ("lacking", "opens_alike", "fewest"), [(0, True, 3), (0, False, 6), (1, True, 3), (1, False, 8), (2, True, None)]
)
def test_a_cut_or_altered_copy_shares_enough_rare_words_and_fewer_where_it_opens_alike(lacking, opens_alike, fewest):
    # what the longer one says beyond the shared words is more than half of it: no overlap decides
    more = [f"more{letter}" for letter in ascii_lowercase]
    fillers = [f"one{letter} two{letter} three{letter}" for letter in ascii_lowercase]
    for count in range(2, 10):
        shared = [f"shared{letter}" for letter in ascii_lowercase[:count]]
        short = [*shared, *("lantern", "bakery")[:lacking]]
        longer = [*shared, *more] if opens_alike else [*more, *shared]
        found = pairs([" ".join(short), " ".join(longer), *fillers])
        assert found == ({(0, 1)} if fewest is not None and count >= fewest else set()), count


def test_the_labelled_set_is_found_with_recall_and_precision_above_ninety_five_percent():
    texts, groups = labelled_texts(5_000, seed=11)
    found = near_duplicates(texts)
    recall, precision = scores(set(zip(found.left.tolist(), found.right.tolist(), strict=True)), true_pairs(groups))
    assert recall >= 0.95
    assert precision >= 0.95


def test_the_order_of_the_texts_changes_no_pair():
    texts, _ = labelled_texts(600, seed=5)
    order = np.random.default_rng(2).permutation(len(texts))
    shuffled = pairs([texts[i] for i in order])
    assert {tuple(sorted((int(order[a]), int(order[b])))) for a, b in shuffled} == pairs(texts)


def test_a_thousand_reposts_become_one_set_without_a_million_pairs():
    found = near_duplicates([f"{CAPTION} {'🔥' * (n % 5)}" for n in range(1_000)])
    sets = UnionFind(1_000)
    for left, right in zip(found.left.tolist(), found.right.tolist(), strict=True):
        sets.join(left, right)
    assert len({sets.find(n) for n in range(1_000)}) == 1
    assert len(found.left) < 50_000


@settings(max_examples=50)
@given(st.lists(st.text(), max_size=12))
def test_any_texts_give_sorted_pairs_with_similarities_between_zero_and_one(texts):
    found = near_duplicates(texts)
    assert (found.left < found.right).all()
    assert ((found.similarity >= 0) & (found.similarity <= 1)).all()


def test_the_root_of_a_set_is_its_smallest_member_whatever_the_order_of_joining():
    for links in ([(3, 2), (2, 1), (1, 0)], [(0, 3), (1, 2), (0, 1)]):
        sets = UnionFind(5)
        for left, right in links:
            sets.join(left, right)
        assert [sets.find(n) for n in range(5)] == [0, 0, 0, 0, 4]


def test_a_word_of_two_scripts_is_cut_where_they_meet():
    assert words_of("abc日本語def 日 gar\u00e7on caf\u00e9日本") == [
        "abc", "日本", "本語", "def", "日", "gar\u00e7on", "caf\u00e9", "日本",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "text", "whole"),
    [
        ("A wall…", "A wall of colours", "A wall of colours"),
        ("A wall. …", "A wall of colours", "A wall of colours"),
        ("A wall", "of colours", "A wall of colours"),
        ("…", "of colours", "… of colours"),
        (None, "of colours", "of colours"),
        ("A wall", None, "A wall"),
        (None, float("nan"), ""),
    ],
)
def test_title_and_text_are_one_and_say_nothing_twice(title, text, whole):
    assert full_text(title, text) == whole
