"""Stories on Hacker News: the lists of its official API now, Algolia's search for past days. Needs no key."""

from typing import TYPE_CHECKING

from pydantic import field_validator

from trend_assets.settings import WebAddress
from trend_assets.sources.declare import Client, Provider, Source, Terms, posts_table
from trend_assets.sources.hackernews.collect import LISTS, PROVIDER_NAME, SEARCH, collect
from trend_assets.sources.hackernews.parse import parse
from trend_assets.sources.marks import SET_ASIDE, Mark
from trend_assets.sources.options import OptionsModel, Words, option
from trend_assets.tables.model import Column

if TYPE_CHECKING:
    from trend_assets.sources.http import Connection


class Options(OptionsModel):
    """How much is asked for."""

    lists: Words = option("top,best")
    """Lists, comma-separated: top, best, new, ask, show."""
    limit: int = option(60, ge=1, le=500)
    """Stories per list, one call each; of a past day, its stories with most points."""

    @field_validator("lists")
    @classmethod
    def _known(cls, lists: tuple[str, ...]) -> tuple[str, ...]:
        if not lists or (unknown := [name for name in lists if name not in LISTS]):
            raise ValueError(f"{', '.join(unknown) if lists else 'nothing'} is not among {', '.join(LISTS)}")
        return lists


class ProviderOptions(OptionsModel):
    """What can be set for the two APIs."""

    url: WebAddress = option("https://hacker-news.firebaseio.com")
    """Address of the official API (lists and items)."""
    search_url: WebAddress = option("https://hn.algolia.com")
    """Address of Algolia's search over Hacker News (past days)."""
    rate_per_second: float = option(20.0, gt=0)
    """Requests per second, shared by all processes."""


def _client(connection: "Connection", options: ProviderOptions) -> Client:
    from trend_assets.sources.json_client import JsonClient

    return JsonClient(connection, options, elsewhere={SEARCH: options.search_url})


PROVIDER = Provider(
    name=PROVIDER_NAME,
    title="Hacker News' API and Algolia's search over it",
    gives="stories with points and comments, now and of past days",
    options=ProviderOptions,
    client=_client,
)

SOURCE = Source(
    name="hackernews_stories",
    title="Stories on Hacker News",
    short_title="Hacker News",
    provider=PROVIDER,
    tier="stretch",
    history="range",
    collect=collect,
    parse=parse,
    weight=0.8,
    never_empty=True,
    watched=("likes", "comments", "posted_at"),
    marks=(
        Mark("deleted", True, f"deleted: {SET_ASIDE}"),
        Mark("dead", True, f"removed by moderators or flags: {SET_ASIDE}"),
        Mark("type", "job", f"a job ad: {SET_ASIDE}"),
    ),
    options=Options,
    terms=Terms(
        note="A public API without key, registration or stated limit on keeping what it gives; scores may be computed. "
        "Authors' names are personal data: erase them on request.",
        reference="https://github.com/HackerNews/API",
        must_delete=False,
    ),
    table=posts_table(
        "hackernews_stories",
        grain="One row per day, collection, list and story.",
        description="Stories on Hacker News; list_name is the list, or `day` for the stories of a past day; likes are "
        "points.",
        extra=(
            Column("item_type", "text", "What it is there: story or poll."),
            Column("linked_url", "text", "Address that the story links to; none for Ask HN and other texts."),
        ),
    ),
)
