"""The one request we make to the Instagram Graph API: business_discovery of a username. Free; limited by usage."""

from trend_assets.sources.call import Call

PROVIDER = "instagram"
FIELDS = "id,username,name,biography,website,followers_count,follows_count,media_count"


def business_profile(username: str, *, user_id: str) -> Call:
    """The public numbers of a business or creator profile. `user_id` is our own Instagram user id, which the path
    needs. The username must be a plain handle: it is written into the field list."""
    if not username or not all(char.isascii() and (char.isalnum() or char in "._") for char in username):
        raise ValueError(f"{username!r} is no Instagram username.")
    fields = f"business_discovery.username({username}){{{FIELDS}}}"
    return Call(PROVIDER, f"/{user_id}", params={"fields": fields})
