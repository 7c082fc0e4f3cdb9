"""Typed rows of Wikipedia's page views: one per project, article and day.

    top/…          ─▶ an index only; no rows
    per-article/…  ─▶ one row: the day's views, what is usual for the article, and how many times that it is

Views of a day are a flow, not a count that grows: `views` stays unknown, so that no growth is ever read out of a quiet
day after a loud one, and the article's own ratio is its score.
"""

from datetime import date
from statistics import median
from typing import Any
from urllib.parse import quote

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.decode import decode_json
from trend_assets.sources.posts import Post, Tally, require_list
from trend_assets.sources.values import BadValue, Notes, count, dig, identifier, line
from trend_assets.sources.wikipedia.collect import ARTICLE, PAST_DAYS, PROVIDER_NAME, articles_in, counted_at

WHAT = "Wikimedia's answer about an article"
UNAVAILABLE = ["views", "likes", "comments", "shares", "saves", "quotes"]
LEAST_USUAL = 100.0
"""An article that is hardly ever read counts as read this often, so that a first reader is not a hundredfold rise."""


def parse(answer: Answer) -> Parsed:
    """Rows of source.wikipedia_pageviews; list_rank is the place in the project's list, left-out pages included."""
    if not str(answer.call.endpoint).startswith(ARTICLE):
        articles_in(answer)
        return Parsed(notes=["An index for the article calls: no rows of its own."])
    document = decode_json(answer.body, what=WHAT, provider=PROVIDER_NAME)
    days = require_list(dig(document, "items"), "$.items", what=WHAT, provider=PROVIDER_NAME)
    tally = Tally(what="Wikipedia articles")
    tally.take(days, _article, answer, tally.notes)
    return tally.parsed()


def _article(days: list[Any], answer: Answer, notes: Notes) -> dict[str, Any]:
    about = answer.call.context
    project, article = str(about.get("project") or ""), str(about.get("article") or "")
    viewed = date.fromisoformat(str(about["viewed"]))
    views: dict[str, int] = {}
    for each in days:
        stamp, seen = dig(each, "timestamp"), count(dig(each, "views"), "views", notes)
        if not isinstance(stamp, str) or seen is None:
            raise BadValue("One of its days has no timestamp or no views.")
        views[stamp[:8]] = seen
    on_day = views.pop(f"{viewed:%Y%m%d}", None)
    if on_day is None:
        raise BadValue(f"It has no views of {viewed}.")
    # a day on which nobody read it is left out of the answer
    before = [*views.values(), *[0] * max(PAST_DAYS - len(views), 0)]
    usual = max(float(median(before)), LEAST_USUAL)
    name = line(article.replace("_", " "), "article", notes)
    return Post(
        platform=PROVIDER_NAME,
        external_id=identifier(f"{project}:{article}", "article"),
        kind="post",
        list_name=project,
        list_rank=about.get("rank"),
        title=name,
        language=project.partition(".")[0] or None,
        url=f"https://{project}.org/wiki/{quote(article, safe='/:(),')}",
        hashtags=[],
        metrics_unavailable=list(UNAVAILABLE),
    ).row(
        # final since the day's end, whenever it was fetched: a past day that is fetched later is that day's
        measured_at=counted_at(viewed),
        viewed_date=viewed,
        day_views=on_day,
        usual_day_views=usual,
        days_with_views=len(views),
        times_usual=round(on_day / usual, 4),
    )
