"""Addresses that we build lead back to what they were built from, whatever the handle; else there is none."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trend_assets.competitors.profiles import PROFILE_PLATFORMS, UnknownProfile, identity_tokens, profile_url, recognise
from trend_assets.domain.feed.urls import item_key, normalised_url
from trend_assets.newsletters.rendering.links import safe_link
from trend_assets.platforms import NAMES, PLATFORMS, item_in, post_address

# words with which the platforms' own pages begin, and what no platform lets anybody be called
TAKEN = [
    "p", "reel", "reels", "tv", "explore", "stories", "accounts", "direct", "about", "i", "home", "search", "settings",
    "watch", "shorts", "channel", "c", "user", "u", "r", "comments", "dp", "gp", "video", "photo", "tag", "discover",
    "v", "embed", "status", "web", ".", "..", "...", "a..b", ".a", "a.", "a/b", "a?b", "a#b", "a%2Fb", "%2e%2e", "a b",
    "@a", "@", "", "_", "A", "Ä", "ß", "ſ", "K", "İ", "\u202ea", "名前", "a\\b", "a:b", "x@y",
]  # fmt: skip
HANDLES = st.one_of(
    st.sampled_from(TAKEN), st.text(max_size=32), st.text(string.ascii_letters + string.digits + "._", max_size=32)
)
IDS = {
    "tiktok": st.from_regex(r"[1-9][0-9]{18}", fullmatch=True, alphabet=string.digits),
    "x": st.from_regex(r"[1-9][0-9]{18}", fullmatch=True, alphabet=string.digits),
    "youtube": st.from_regex(r"[A-Za-z0-9_-]{11}", fullmatch=True),
    "reddit": st.from_regex(r"[a-z0-9]{6,7}", fullmatch=True),
    "amazon": st.from_regex(r"B0[A-Z0-9]{8}", fullmatch=True),
    "hackernews": st.from_regex(r"[1-9][0-9]{7}", fullmatch=True, alphabet=string.digits),
    "instagram": st.from_regex(r"[A-Z][A-Za-z0-9_-]{10}", fullmatch=True),
}


@given(HANDLES, st.sampled_from(PROFILE_PLATFORMS))
def test_a_profiles_address_is_read_back_as_the_same_profile(handle, platform):
    url = profile_url(platform, external_id=None, handle=handle)
    if url is not None:
        assert recognise(url).identity == identity_tokens(platform, external_id=None, handle=handle)[0]
        assert safe_link(url) is not None


@pytest.mark.parametrize("handle", TAKEN)
@pytest.mark.parametrize("platform", PROFILE_PLATFORMS)
def test_what_is_recognised_has_an_address_and_what_has_none_is_refused(handle, platform):
    try:
        profile = recognise(f"@{handle}", platform=platform)
    except UnknownProfile:
        assert profile_url(platform, external_id=None, handle=handle) is None
    else:
        assert recognise(profile.url) == profile


def test_words_of_instagrams_own_pages_are_no_handles_there_and_are_ones_elsewhere():
    for word in ("reel", "reels", "explore", "stories", "direct"):
        assert profile_url("instagram", external_id=None, handle=word) is None
        with pytest.raises(UnknownProfile, match=f"{word} holds no handle that instagram allows"):
            recognise(word, platform="instagram")
        assert recognise(f"https://www.tiktok.com/@{word}").handle == word
        assert recognise(f"https://www.youtube.com/@{word}").handle == word


def test_every_platform_whose_addresses_follow_from_ids_has_ids_here():
    assert IDS.keys() == {name for name, row in PLATFORMS.items() if row.address}


@pytest.mark.parametrize("platform", IDS)
@given(data=st.data())
def test_a_posts_address_is_read_back_as_the_same_post_whatever_the_handle(platform, data):
    external_id = data.draw(IDS[platform])
    url = post_address(platform, external_id, handle=data.draw(st.none() | HANDLES))
    assert normalised_url(url) == item_key(platform, external_id)
    assert safe_link(url) == url


@example("tiktok", "7/../../x", None)
@example("x", "\ud800", None)
@given(st.sampled_from(NAMES), st.text(min_size=1, max_size=30), st.none() | HANDLES)
def test_what_is_no_id_of_the_platform_has_no_address_and_never_becomes_another(platform, external_id, handle):
    url = post_address(platform, external_id, handle=handle)
    if url is None:
        assert PLATFORMS[platform].item_id(external_id) is None or platform == "instagram"
    else:
        assert item_in(url) == (platform, PLATFORMS[platform].item_id(external_id))
