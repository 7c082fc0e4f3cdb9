"""The day's top posts on Reddit. The provider serves this source only."""

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import SecretStr

from trend_assets.settings import WebAddress
from trend_assets.sources.declare import Client, Deletions, Provider, Source, Terms, posts_table
from trend_assets.sources.exports import exports_beside
from trend_assets.sources.marks import ADULT, ADVERTISEMENT, SET_ASIDE, Mark
from trend_assets.sources.names import listed, path_under, shown
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.reddit.collect import collect
from trend_assets.sources.reddit.deletions import collect_gone, without_posts
from trend_assets.sources.reddit.parse import parse
from trend_assets.tables.model import Column

if TYPE_CHECKING:
    from trend_assets.sources.http import Connection


_SUBREDDIT = re.compile(r"[A-Za-z0-9_]{1,21}", re.ASCII)


def subreddit(written: str) -> str:
    """`r/x`, `/r/x/`, an address under reddit.com: x."""
    path = path_under(written, "reddit.com")
    match = re.match(r"/?r/([^/]+)", path if path is not None else written, re.IGNORECASE)
    name = match[1] if match else written
    if (path is not None and not match) or not _SUBREDDIT.fullmatch(name):
        raise ValueError(f"{shown(written)} is not a subreddit: write its name, r/name, or its address on reddit.com")
    return name


Subreddits = Annotated[tuple[str, ...], listed(subreddit)]


class Options(OptionsModel):
    """How much is asked for."""

    subreddits: Subreddits = option(
        "all,BuyItForLife,shutupandtakemymoney,ecommerce", old="TREND_ASSETS_REDDIT_SUBREDDITS"
    )
    """Subreddits, comma-separated: names or addresses."""
    limit: int = option(100, ge=1, le=1000, old="TREND_ASSETS_REDDIT_LIMIT")
    """Posts per subreddit."""


class ProviderOptions(OptionsModel):
    """What can be set for Reddit's API."""

    client_id: SecretStr | None = option(None, variable="REDDIT_CLIENT_ID")
    """App id; new apps need approval under the Responsible Builder Policy."""
    client_secret: SecretStr | None = option(None, variable="REDDIT_CLIENT_SECRET")
    """App secret."""
    user_agent: str = option("python:trend_assets:0.1", variable="REDDIT_USER_AGENT")
    """Unique user agent, <platform>:<app id>:<version> (by /u/<name>)."""
    url: WebAddress = option("https://oauth.reddit.com", old="TREND_ASSETS_REDDIT_URL")
    """Address of the OAuth API."""
    token_url: WebAddress = option("https://www.reddit.com/api/v1/access_token", old="TREND_ASSETS_REDDIT_TOKEN_URL")
    """Where its tokens come from."""
    rate_per_second: float = option(1.5, gt=0, old="TREND_ASSETS_RATE_PER_SECOND_REDDIT")
    """Requests per second, shared by all processes."""


def _client(connection: "Connection", options: ProviderOptions) -> Client:
    from trend_assets.sources.clients import SANDBOX_KEY
    from trend_assets.sources.reddit.client import RedditClient

    in_sandbox = f"{connection.base_url}/api/v1/access_token"
    return RedditClient(
        connection,
        token_url=in_sandbox if connection.is_sandbox else options.token_url,
        client_id=options.client_id.get_secret_value() if options.client_id else SANDBOX_KEY,
        user_agent=options.user_agent,
    )


PROVIDER = Provider(
    name="reddit",
    title="Reddit's Data API",
    gives="top posts, and which of our posts were deleted",
    options=ProviderOptions,
    keys=("client_id", "client_secret"),
    key_from="https://www.reddit.com/prefs/apps (new apps need approval)",
    client=_client,
)

SOURCE = Source(
    name="reddit_posts",
    title="Top posts of the day on Reddit",
    short_title="Reddit",
    provider=PROVIDER,
    tier="core",
    history="now",
    collect=collect,
    parse=parse,
    never_empty=True,
    watched=("likes", "comments", "posted_at"),
    marks=(
        Mark("removed_by_category", "moderator", f"removed: {SET_ASIDE}"),
        Mark("hide_score", True, "the score is not shown yet: likes unknown"),
        Mark("over_18", True, ADULT),
        Mark("promoted", True, ADVERTISEMENT),
        Mark("is_created_from_ads_ui", True, ADVERTISEMENT),
    ),
    options=Options,
    deletions=Deletions(platform="reddit", find_gone=collect_gone, without=without_posts),
    exports=exports_beside(__file__),
    terms=Terms(
        note="Reddit's Data API terms: what its creator deletes must be deleted here too. Commercial use needs an "
        "agreement with Reddit.",
        reference="https://www.redditinc.com/policies/data-api-terms",
    ),
    table=posts_table(
        "reddit_posts",
        grain="One row per day, collection, subreddit and post.",
        description="Top posts of the day on Reddit; list_name is the subreddit.",
        extra=(
            Column("upvote_ratio", "double precision", "Share of upvotes.", unit="share 0-1", minimum=0, maximum=1),
            Column("linked_url", "text", "Address that the post links to."),
        ),
    ),
)
