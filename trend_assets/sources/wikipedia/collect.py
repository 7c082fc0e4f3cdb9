"""What is asked of Wikimedia's page view API for a day. Pure but for `obtain`.

    per project: the most viewed articles of the day before ─▶ each article's daily views, that day and four weeks back

A day's views are published some hours after its end, so the partition of a day holds the day before.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from trend_assets.sources.call import Answer, Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import collect_side_by_side
from trend_assets.sources.decode import decode_json
from trend_assets.sources.errors import NoHistory, NotFound
from trend_assets.sources.posts import require_list
from trend_assets.sources.values import dig

PROVIDER_NAME = "wikipedia"
TOP = "/metrics/pageviews/top/"
ARTICLE = "/metrics/pageviews/per-article/"
FIRST_DAY = date(2015, 7, 1)
PAST_DAYS = 28
"""Four whole weeks, so that every day of the week counts alike."""
WORKERS = 4


def viewed_day(partition: date) -> date:
    """The day whose views a partition holds: the day before, the newest that can be published."""
    return partition - timedelta(days=1)


def counted_at(viewed: date) -> datetime:
    """When a day's views are final: its end."""
    return datetime.combine(viewed + timedelta(days=1), time.min, tzinfo=UTC)


def most_viewed(project: str, viewed: date) -> Call:
    """Up to 1,000 articles of a project by their views on a day, all devices, people only."""
    return Call(PROVIDER_NAME, f"{TOP}{project}/all-access/{viewed:%Y/%m/%d}")


def daily_views(project: str, article: str, viewed: date, *, rank: int) -> Call:
    """An article's views by people, day by day, until the day and including it."""
    since = viewed - timedelta(days=PAST_DAYS)
    return Call(
        PROVIDER_NAME,
        f"{ARTICLE}{project}/all-access/user/{quote(article, safe='')}/daily/{since:%Y%m%d}/{viewed:%Y%m%d}",
        context={"project": project, "article": article, "viewed": viewed.isoformat(), "rank": rank},
    )


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """The most viewed articles of each project of the options, `limit` each, and their four weeks before. A project or
    an article that fails is named and left out. Raises NotFound for a day that is not published yet, NoHistory for one
    before the counting began."""
    viewed = viewed_day(context.day)
    if viewed < FIRST_DAY:
        raise NoHistory(
            f"Wikimedia counts page views since {FIRST_DAY}; the partition {context.day} would need those of {viewed}. "
            f"The first that has any is {FIRST_DAY + timedelta(days=1)}.",
            provider=PROVIDER_NAME,
        )
    options = context.options
    return collect_side_by_side(
        options.projects,
        lambda project: _project(obtain, project, viewed, options),
        workers=1,
        what="Project",
        by_name=True,
    )


def _project(obtain: Obtain, project: str, viewed: date, options: object) -> CollectReport:
    try:
        answer = obtain(most_viewed(project, viewed))
    except NotFound as error:
        raise NotFound(
            f"Wikimedia has no page views of {viewed} for {project}: they are published hours after the day's end. "
            "Rerun this partition later; if other days are missing too, correct TREND_ASSETS_WIKIPEDIA__PROJECTS.",
            provider=PROVIDER_NAME,
            status=error.status,
        ) from error
    articles = [
        (rank, article)
        for rank, article in enumerate(articles_in(answer), start=1)
        if not is_left_out(article, options.exclude)  # type: ignore[attr-defined]
    ][: options.limit]  # type: ignore[attr-defined]

    def one(ranked: tuple[int, str]) -> CollectReport:
        rank, article = ranked
        obtain(daily_views(project, article, viewed, rank=rank))
        return CollectReport(items=1)

    return collect_side_by_side(articles, one, workers=WORKERS, what="Article")


def is_left_out(article: str, exclude: Sequence[str]) -> bool:
    """Whether a page is not an article: named whole, or by a prefix that ends in a colon (Special:Search)."""
    return any(article == word or (word.endswith(":") and article.startswith(word)) for word in exclude)


def articles_in(answer: Answer) -> list[str]:
    """The articles of a list, in order, as their addresses write them (with underscores)."""
    what = "Wikimedia's list of most viewed articles"
    document = decode_json(answer.body, what=what, provider=PROVIDER_NAME)
    items = require_list(dig(document, "items"), "$.items", what=what, provider=PROVIDER_NAME)
    path = "$.items[0].articles"
    articles = require_list(dig(items, 0, "articles"), path, what=what, provider=PROVIDER_NAME)
    return [name for each in articles if isinstance(name := dig(each, "article"), str) and name]
