"""The day's top posts on Reddit. The provider serves this source only."""

from typing import TYPE_CHECKING

from trend_assets.sources.declare import Client, Provider, Source, Terms, posts_table
from trend_assets.sources.reddit.collect import collect
from trend_assets.sources.reddit.parse import parse
from trend_assets.tables.model import Column

if TYPE_CHECKING:
    from trend_assets.settings import Settings
    from trend_assets.sources.http import Connection


def _client(connection: "Connection", settings: "Settings") -> Client:
    from trend_assets.sources.clients import SANDBOX_KEY
    from trend_assets.sources.reddit.client import RedditClient

    in_sandbox = f"{connection.base_url}/api/v1/access_token"
    return RedditClient(
        connection,
        token_url=in_sandbox if connection.is_sandbox else settings.reddit_token_url,
        client_id=settings.reddit_client_id.get_secret_value() if settings.reddit_client_id else SANDBOX_KEY,
        user_agent=settings.reddit_user_agent,
    )


PROVIDER = Provider(
    name="reddit",
    title="Reddit's Data API",
    gives="top posts, and which of our posts were deleted",
    key="REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET",
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
            Column("is_over_18", "boolean", "Marked as for adults."),
        ),
    ),
)
