"""The day's issues of all newsletters: their stories, every format, and what an issue says.

    feed.stories, proofs, *_items ─▶ newsletter_stories (─▶ prose) ─▶ issue_forms ─▶ issues ─▶ files

One asset per table for all newsletters together (docs/adr/0024): a newsletter is a file that comes and goes, and none
of them costs more than a few milliseconds. Composing is in `domain/newsletter`, the look in `newsletters/rendering`.
"""

from collections import Counter
from typing import TYPE_CHECKING

from trend_assets.defs.feed.assets import day_rules, no_feed
from trend_assets.defs.table_asset import Day, DayOutput, table_asset

if TYPE_CHECKING:
    from trend_assets.domain.newsletter.compose import Picks
    from trend_assets.domain.newsletter.declare import Newsletter


def picks_of(day: Day, newsletter: "Newsletter") -> "Picks":
    """What editors said of a newsletter's day."""
    from trend_assets.newsletters.desk.day import decided
    from trend_assets.newsletters.desk.picks import Edition

    with day.warehouse.connect() as connection:
        return decided(connection, Edition(newsletter.name, day.date))


@table_asset("feed.newsletter_stories")
def newsletter_stories(day: Day) -> DayOutput:
    """One row per day, newsletter and story that the newsletter may print: its issue (`place`) and what an editor can
    choose from, each with headline, line, deciding figure, comparison, chance and proofs.

    Picks of an editor come first, skipped stories are out, a locked issue stays as it is.
    """
    from trend_assets.domain.feed.frames import frame_of
    from trend_assets.domain.newsletter.compose import compose
    from trend_assets.newsletters.discovery import found
    from trend_assets.newsletters.reading import read_newsletter_candidates, read_wanted

    if empty := no_feed(day, day.read("feed.source_report")):
        return empty
    candidates = read_newsletter_candidates(day.warehouse, day.date, rules=day_rules(day))
    newsletters = found(day.settings)
    for problem in newsletters.problems:
        day.log.warning(problem)
    rows = [
        row
        for newsletter in newsletters.by_name.values()
        for row in compose(
            newsletter,
            day.date,
            candidates,
            picks_of(day, newsletter),
            read_wanted(day.warehouse, newsletter, day.date, candidates),
        )
    ]
    printed = Counter(row["newsletter"] for row in rows if row["place"] is not None)
    return DayOutput(
        frame_of("feed.newsletter_stories", rows),
        metadata={f"stories {name}": printed[name] for name in newsletters.by_name}
        | {"newsletters": ", ".join(newsletters.by_name)},
    )


@table_asset(
    "feed.issue_forms",
    deps=["feed.newsletter_stories", "feed.prose", "feed.source_report", "feed.outcomes"],
    kinds={"jinja"},
)
def issue_forms(day: Day) -> DayOutput:
    """One row per day, newsletter and format: HTML, plain text, Markdown, JSON Feed, Atom, CSV and Parquet.

    The same stories give the same bytes. A story that cannot be shown is set aside with its reason; the others stay.
    """
    from trend_assets.newsletters.rendering.issue_rows import form_rows, issues_of

    if empty := no_feed(day, day.read("feed.source_report")):
        return empty
    rows = form_rows(issues_of(day.warehouse, day.settings, day.date), day.date)
    page = rows[rows["format"] == "html"]
    sizes = {
        f"html_kilobytes {name}": round(len(body.encode()) / 1024, 1)
        for name, body in zip(page["newsletter"], page["body"], strict=True)
    }
    return DayOutput(rows, metadata=sizes)


@table_asset("feed.issues", deps=["feed.issue_forms", "feed.newsletter_stories", "feed.source_report", "feed.outcomes"])
def issues(day: Day) -> DayOutput:
    """One row per day and newsletter: headline, three sentences, subject, how many stories, which sources worked.

    The files under `issues` of the state folder follow.
    """
    from trend_assets.newsletters.rendering.issue_files import FOLDER, save_issue
    from trend_assets.newsletters.rendering.issue_rows import issue_rows, issues_of
    from trend_assets.runtime.state import state_dir

    if empty := no_feed(day, day.read("feed.source_report")):
        return empty
    rows, aside = issue_rows(issues_of(day.warehouse, day.settings, day.date), day.date)

    metadata = {f"issue of {row.newsletter}": row.subject for row in rows.itertuples()}
    metadata |= {f"rewritten of {row.newsletter}": row.written_by for row in rows.itertuples() if row.written_by}
    return DayOutput(
        rows,
        metadata=metadata,
        quarantined=aside,
        after=lambda: save_issue(day.warehouse, day.date, state_dir(day.settings) / FOLDER),
    )
