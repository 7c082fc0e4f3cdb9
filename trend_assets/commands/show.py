"""What the terminal shows: a day's sources, the top of its feed, trends, and what was spent."""

from datetime import date, datetime

from trend_assets.capture import ledger
from trend_assets.domain.numbers import missing
from trend_assets.sources.discovery import title_of
from trend_assets.text import display_text, plural
from trend_assets.warehouse.posts import list_trends
from trend_assets.warehouse.warehouse import Warehouse


def costs_of(warehouse: Warehouse, first: date, last: date) -> str:
    """What each source cost per day, by the ledger, as a table."""
    frame = ledger.costs(warehouse, start=first, end=last)
    return "Nothing was spent." if frame.empty else frame.to_string(index=False)


def source_lines(warehouse: Warehouse, day: date) -> list[str]:
    """One line per source: what became of it, how many items, what it cost, and why when it did not work."""
    report = warehouse.read("feed.source_report", day=day)
    lines = []
    for row in report.to_dict("records"):
        items = "" if missing(row["items"]) else plural(int(row["items"]), "item")
        cost = "" if missing(row["cost_usd"]) else f"  ${float(row['cost_usd']):.3f}"
        simulated = "  simulated" if row["is_simulated"] else ""
        reason = "" if missing(row["reason"]) else f"  {display_text(str(row['reason']), limit=160)}"
        lines.append(f"{row['status']:<9} {row['title']:<18} {items:>11}{cost}{simulated}{reason}")
    return lines


def feed_top(warehouse: Warehouse, day: date) -> list[str]:
    """The first ten items of the feed: place, title, source and why it ranks there; empty without a feed."""
    items = warehouse.read("feed.items", day=day).sort_values("rank").head(10)
    lines = []
    for row in items.to_dict("records"):
        lines.append(f"{int(row['rank']):>2}. {display_text(str(row['title']), limit=90)}  [{title_of(row['source'])}]")
        lines.append(f"    {display_text(str(row['why']), limit=400)}")
    return lines


def made_at(warehouse: Warehouse, address: str, day: date) -> datetime | None:
    """When the day's partition of a table was written last; None when it never was."""
    with warehouse.connect(doing=f"Looking for {address} of {day}") as connection:
        row = connection.execute(
            "SELECT written_at FROM ops.partition_writes WHERE table_address = %s AND observed_date = %s",
            (address, day),
        ).fetchone()
    return row[0] if row else None


def trend_lines(warehouse: Warehouse, *, platform: str | None, limit: int) -> list[str]:
    """One line per collected post, newest first. Raises ValueError for a limit outside 1 to 1,000."""
    lines = []
    for row in list_trends(warehouse, platform=platform, limit=limit).to_dict("records"):
        views = "" if missing(row["views"]) else plural(int(row["views"]), "view")
        text = row["description"] if missing(row["title"]) else row["title"]
        seen = f"{row['last_collected_at']:%Y-%m-%d %H:%M}"
        lines.append(
            f"{seen}  {row['platform']:<8} {views:>18}  {display_text(str(text), limit=80)}  {row['url'] or ''}"
        )
    return lines
