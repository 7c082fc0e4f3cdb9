"""Profiles of candidates and of the roster, through TikHub: the roll call of Comet creators."""

from trend_assets.sources.creator_profiles.collect import collect
from trend_assets.sources.creator_profiles.parse import parse
from trend_assets.sources.declare import Newest, Source, Terms
from trend_assets.sources.marks import Mark
from trend_assets.sources.providers.tikhub.provider import PROVIDER

SOURCE = Source(
    name="creator_profiles",
    title="Profiles of candidates and of the roster (TikHub)",
    provider=PROVIDER,
    tier="core",
    history="now",
    role="profiles",
    marks=(
        Mark("user_canceled", True, "the account is closed: `state` is gone"),
        Mark("secret", 1, "the account is private: `state` is private"),
        Mark("follower_count", 0, "a lone 0 beside large numbers: unknown"),
    ),
    collect=collect,
    parse=parse,
    needs=("creators",),
    tries={"creators": Newest("creator_search", {"user_id": "creator_id", "sec_uid": "creator_sec_uid"})},
    terms=Terms(
        note="Public profile numbers of candidates and of the roster through TikHub. Erase a creator on request.",
        reference="TikHub's terms of service, at tikhub.io",
    ),
)
