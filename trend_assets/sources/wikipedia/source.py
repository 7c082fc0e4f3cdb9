"""The most viewed Wikipedia articles of a day, against what is usual for each. Needs no key."""

import re
from typing import Annotated

from trend_assets.platforms import address_parts
from trend_assets.settings import WebAddress
from trend_assets.sources.declare import OwnScore, Provider, Source, Terms, posts_table
from trend_assets.sources.names import listed, shown
from trend_assets.sources.options import OptionsModel, Words, option
from trend_assets.sources.wikipedia.collect import PROVIDER_NAME, collect
from trend_assets.sources.wikipedia.parse import parse
from trend_assets.tables.model import Column

NOT_ARTICLES = (
    "-,Main_Page,Hauptseite,Special:,Spezial:,Spécial:,Especial:,Wikipedia:,Wikipédia:,Portal:,Help:,Hilfe:,File:,"
    "Datei:,User:,Benutzer:,Talk:,Category:,Kategorie:,Template:,Vorlage:"
)

_PROJECT = re.compile(r"[a-z][a-z0-9-]{1,20}\.[a-z]{4,12}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,10})?")


def wikimedia_project(written: str) -> str:
    """`en.wikipedia`, `en`, or an address there: en.wikipedia."""
    address = address_parts(written if "://" in written else f"https://{written}")
    name = re.sub(r"\.m(?=\.)", "", (address.host if address else written).lower()).removesuffix(".org")
    if _LANGUAGE.fullmatch(name):
        name = f"{name}.wikipedia"
    if not _PROJECT.fullmatch(name):
        raise ValueError(f"{shown(written)} is not a project of Wikimedia: such as en.wikipedia, or its address")
    return name


class Options(OptionsModel):
    """How much is asked for."""

    projects: Annotated[tuple[str, ...], listed(wikimedia_project)] = option("en.wikipedia", min_length=1)
    """Projects, comma-separated, such as en.wikipedia,de.wikipedia."""
    limit: int = option(60, ge=1, le=1000)
    """Articles per project, one call each."""
    exclude: Words = option(NOT_ARTICLES)
    """Pages that are no articles, comma-separated: whole names with underscores, or prefixes that end in a colon."""


class ProviderOptions(OptionsModel):
    """What can be set for Wikimedia's API."""

    contact: str = option("", max_length=200)
    """Your mail address or page, sent with every request, as Wikimedia's user agent policy asks."""
    url: WebAddress = option("https://wikimedia.org/api/rest_v1")
    """Address of the REST API."""
    rate_per_second: float = option(10.0, gt=0, le=100)
    """Requests per second, shared by all processes; Wikimedia allows 100."""

    @property
    def user_agent(self) -> str:
        """Who asks, in the form that the policy gives: name/version (contact)."""
        contact = "".join(letter for letter in self.contact if letter.isascii() and letter.isprintable()).strip()
        return f"trend_assets/0.1 ({contact or 'trend reports; its operator has set no contact'})"


PROVIDER = Provider(
    name=PROVIDER_NAME,
    title="Wikimedia's page view API",
    gives="the most viewed articles and their daily views",
    options=ProviderOptions,
)

SOURCE = Source(
    name="wikipedia_pageviews",
    title="Most viewed Wikipedia articles of the day before",
    short_title="Wikipedia",
    provider=PROVIDER,
    tier="stretch",
    history="range",
    collect=collect,
    parse=parse,
    weight=0.8,
    never_empty=True,
    watched=("day_views", "usual_day_views"),
    options=Options,
    scoring="own",
    own_score=OwnScore(score="times_usual", baseline="usual_day_views", baseline_items="days_with_views"),
    terms=Terms(
        note="Page view data is in the public domain (CC0 1.0). Counts of pages, not of people.",
        reference="https://wikimedia.org/api/rest_v1/",
        must_delete=False,
    ),
    table=posts_table(
        "wikipedia_pageviews",
        grain="One row per day, collection, project and article.",
        description="Most viewed Wikipedia articles of the day before, against their four weeks before; list_name is "
        "the project.",
        extra=(
            Column("viewed_date", "date", "UTC day that the views are of: the day before observed_date."),
            Column("day_views", "bigint", "Views by people on that day alone.", unit="views", minimum=0),
            Column(
                "usual_day_views", "double precision", "Median of its views a day in the 28 days before; a day without "
                "views counts 0, a median below 100 counts 100.", unit="views", minimum=0,
            ),
            Column("days_with_views", "integer", "Of those 28 days, how many had any.", unit="days", minimum=0),
            Column(
                "times_usual", "double precision", "day_views / usual_day_views: its score.",
                minimum=0,
            ),
        ),
    ),
)  # fmt: skip
