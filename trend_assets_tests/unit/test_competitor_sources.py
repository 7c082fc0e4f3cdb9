"""Instagram's and YouTube's answers for competitor discovery, as they really are (samples) and as they can be."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trend_assets.sources.call import Answer, CollectContext
from trend_assets.sources.errors import AuthFailed, BadRequest, NotFound, SchemaDrift, SourceUnavailable, Throttled
from trend_assets.sources.instagram.collect import business_profile
from trend_assets.sources.instagram.collect import collect as collect_instagram_profiles
from trend_assets.sources.instagram.errors import error_for
from trend_assets.sources.instagram.parse import parse as parse_instagram_profiles
from trend_assets.sources.instagram.parse import profiles_in
from trend_assets.sources.instagram.source import ProviderOptions
from trend_assets.sources.providers.youtube import calls
from trend_assets.sources.youtube_channels.collect import collect as collect_youtube_channels
from trend_assets.sources.youtube_channels.collect import search_channels
from trend_assets.sources.youtube_channels.parse import channels_by_query, channels_in
from trend_assets.sources.youtube_channels.parse import parse as parse_youtube_channels

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
AT = datetime(2026, 11, 20, tzinfo=UTC)
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not beside the project")


def answer(call, document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(call=call, status=200, body=body, fetched_at=AT)


def sample(name):
    return (SAMPLES / f"{name}.json").read_bytes()


@needs_samples
def test_a_real_business_profile_becomes_a_row():
    call = business_profile("facebookfordevelopers", user_id="1")
    (row,) = profiles_in([(answer(call, sample("instagram_business_discovery_user")), "c1")])
    assert (row["external_id"], row["handle"], row["followers"], row["posts"]) == (
        "17841407673135339", "facebookfordevelopers", 64976, 436,
    )  # fmt: skip
    assert (row["website"], row["median_views"], row["capture_id"]) == (None, None, "c1"), "left out is unknown"


@needs_samples
def test_real_channels_become_rows_with_hidden_and_missing_counts_unknown():
    parsed = parse_youtube_channels(answer(calls.channels(["UC1"]), sample("youtube_channels_list_multi")))
    first = parsed.rows[0]
    assert (first["name"], first["handle"], first["followers"], first["posts"]) == (
        "Google",
        "google",
        10_700_000,
        2678,
    )
    assert parsed.received == len(parsed.rows) + parsed.duplicates + len(parsed.quarantined)


@needs_samples
def test_a_real_channel_search_gives_places():
    places = channels_in(answer(search_channels("pop"), sample("youtube_search_list_channels")))
    assert places[0] == ("UCxRULEz6kS0PMxCzOY25GhQ", 1)
    assert [place for _, place in places] == list(range(1, len(places) + 1))


def test_a_channel_that_hides_its_size_is_of_unknown_size():
    item = {"id": "UC1", "snippet": {"title": "X", "customUrl": "@x"},
            "statistics": {"hiddenSubscriberCount": True, "subscriberCount": "0"}}  # fmt: skip
    (row,) = parse_youtube_channels(answer(calls.channels(["UC1"]), {"kind": "k", "items": [item]})).rows
    assert (row["followers"], row["is_followers_hidden"]) == (None, True)


def test_searches_are_joined_with_what_channels_list_knows_and_closed_channels_fall_out():
    search = answer(search_channels("slime"), {"items": [{"id": {"channelId": "UC1"}}, {"id": {"channelId": "UC2"}}]})
    details = answer(calls.channels(["UC1", "UC2"]), {"items": [{"id": "UC2", "snippet": {"title": "Two"}}]})
    (row,) = channels_by_query([(details, "d"), (search, "s")])
    assert (row["query"], row["place"], row["name"], row["capture_id"]) == ("slime", 2, "Two", "d")


def test_each_query_is_searched_once_and_its_channels_are_asked_for_their_size():
    asked = []

    def obtain(call):
        asked.append(call)
        items = [{"id": {"channelId": "UC1"}}] if call.endpoint == calls.SEARCH else [{"id": "UC1"}]
        return answer(call, {"items": items})

    context = CollectContext(day=AT.date(), now=AT, inputs={"queries": ["a", "b", "a"]})
    report = collect_youtube_channels(obtain, context)
    assert report.items == 2
    assert sorted(call.params.get("q", "") for call in asked if call.bucket == "search") == ["a", "b"]


def test_a_handle_without_a_business_profile_is_an_answer_and_the_others_go_on():
    def obtain(call):
        if "absent" in call.params["fields"]:
            raise NotFound("none")
        return answer(call, {"business_discovery": {"id": "1", "username": "here"}})

    context = CollectContext(
        day=AT.date(), now=AT, provider=ProviderOptions(user_id="42"), inputs={"handles": ["absent", "here"]}
    )
    report = collect_instagram_profiles(obtain, context)
    assert (report.items, report.complete) == (1, True)
    assert report.problems == ["No business or creator profile: absent."]


@pytest.mark.parametrize("username", ["", "a){id}", "a b", "ünïcode", "x\n"])
def test_a_username_that_could_change_the_question_is_never_asked(username):
    with pytest.raises(ValueError, match="no Instagram username"):
        business_profile(username, user_id="1")


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, {"code": 110, "error_subcode": 2207013, "message": "Invalid user id"}, NotFound),
        (403, {"code": 4, "message": "limit"}, Throttled),
        (400, {"code": 613, "message": "limit"}, Throttled),
        (400, {"code": 190, "message": "expired"}, AuthFailed),
        (403, {"code": 10, "message": "permission"}, AuthFailed),
        (400, {"code": 2, "message": "temporary"}, SourceUnavailable),
        (500, {}, SourceUnavailable),
        (400, {"code": 100, "message": "nonexisting field"}, BadRequest),
    ],
)
def test_the_code_decides_what_an_instagram_error_means(status, error, expected):
    assert type(error_for(status, {"error": error})) is expected


def test_an_answer_of_another_shape_is_drift():
    with pytest.raises(SchemaDrift, match=r"\$\.business_discovery"):
        parse_instagram_profiles(answer(business_profile("x", user_id="1"), {"id": "1"}))
