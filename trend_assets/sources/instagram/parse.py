"""Typed rows from Instagram's stored answers. Empty fields are left out by the API: absent is unknown."""

from collections.abc import Iterable
from typing import Any

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.decode import decode_json
from trend_assets.sources.errors import SchemaDrift
from trend_assets.sources.instagram.collect import PROVIDER
from trend_assets.sources.instagram.errors import error_for
from trend_assets.sources.posts import Tally
from trend_assets.sources.values import address, count, dig, identifier, line, text


def parse(answer: Answer) -> Parsed:
    """The profile of one answer: external_id, handle, name, bio, url, followers, posts, median_views (None: the API
    exposes no views of others)."""
    document = decode_json(answer.body, what="Instagram's answer", provider=PROVIDER, status=answer.status)
    if answer.status != 200 or dig(document, "error") is not None:
        raise error_for(answer.status if answer.status != 200 else 500, document)
    profile = dig(document, "business_discovery")
    if not isinstance(profile, dict):
        raise SchemaDrift("Instagram's answer has no object at $.business_discovery.", provider=PROVIDER)
    tally = Tally(what="Instagram profiles")
    tally.take(profile, _profile, tally, key=("external_id",))
    return tally.parsed()


def _profile(profile: Any, tally: Tally) -> dict[str, Any]:
    notes = tally.notes
    return {
        "platform": "instagram",
        "external_id": identifier(dig(profile, "id"), "id"),
        "handle": identifier(dig(profile, "username"), "username").lower(),
        "name": line(dig(profile, "name"), "name", notes),
        "bio": text(dig(profile, "biography"), "biography", notes, limit=2000),
        "website": address(dig(profile, "website")),
        "followers": count(dig(profile, "followers_count"), "followers_count", notes),
        "posts": count(dig(profile, "media_count"), "media_count", notes),
        "median_views": None,
    }


def profiles_in(answers: Iterable[tuple[Answer, str]]) -> list[dict[str, Any]]:
    """A day's stored answers (with their capture ids) as rows, the newest per profile, by id."""
    newest: dict[str, dict[str, Any]] = {}
    for answer, capture_id in sorted(answers, key=lambda pair: (pair[0].fetched_at, pair[1])):
        for row in parse(answer).rows:
            newest[row["external_id"]] = row | {
                "measured_at": answer.fetched_at,
                "capture_id": capture_id,
                "is_simulated": answer.is_simulated,
            }
    return [newest[key] for key in sorted(newest)]
