"""The requests we make to TikHub, as values with their price. Sending them is the client's business."""

from trend_assets.sources.call import Call

PROVIDER = "tikhub"
TRENDING_WORDS = "/api/v1/tiktok/web/fetch_trending_searchwords"
VIDEO_SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result"
USER_PROFILE = "/api/v1/tiktok/app/v3/handler_user_profile"
ACCOUNT = "/api/v1/tikhub/user/get_user_info"

PRICE_USD = 0.001
"""Per answer with HTTP status 200, whatever it holds; the daily discount for more than 1,000 requests is left out, so
that what we reserve and count is never too little."""

MAX_BILLED = 3
"""An unusable 200 is billed and asked for again, at most this often: what one call can cost at most."""

PAGE_SIZE = 20

WORKERS = 8
"""10 requests a second at about 300 ms each keep 3 busy; 8 leave room for slow answers. The pacing holds the limit."""


def trending_words() -> Call:
    """TikTok's trending search words; the endpoint takes no parameters (no region, no date: only now)."""
    return Call(PROVIDER, TRENDING_WORDS, max_cost_usd=PRICE_USD * MAX_BILLED)


def video_search(keyword: str, *, offset: int = 0) -> Call:
    """One page of videos for a keyword, by relevance, of any age."""
    params = {"keyword": keyword, "offset": offset, "count": PAGE_SIZE}
    params |= {"sort_type": 0, "publish_time": 0, "region": "US"}
    return Call(PROVIDER, VIDEO_SEARCH, params=params, max_cost_usd=PRICE_USD * MAX_BILLED)


def user_profile(*, user_id: str = "", sec_uid: str = "", handle: str = "") -> Call:
    """A creator's profile by stable id; the handle only where no id is known (handles change hands).

    TikHub takes the first of sec_user_id, user_id, unique_id; all known ones are sent, so that the answer to a
    creator who is gone still says who was asked for. Raises ValueError when none is given."""
    params = {"user_id": user_id, "sec_user_id": sec_uid, "unique_id": handle}
    params = {name: value for name, value in params.items() if value}
    if not params:
        raise ValueError("A profile call needs user_id, sec_uid or handle.")
    return Call(PROVIDER, USER_PROFILE, params=params, max_cost_usd=PRICE_USD * MAX_BILLED)
