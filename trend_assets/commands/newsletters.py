"""`trend-assets newsletters`: which newsletters there are, what they take, where they go, and what is wrong."""

from collections.abc import Callable

from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.discovery import Newsletters, found, own_folder
from trend_assets.settings import Settings
from trend_assets.text import plural

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def show(settings: Settings, *, say: Callable[[str], None]) -> int:
    """Print a paragraph per newsletter and a sentence per problem; 1 when something is wrong, else 0."""
    there = found(settings)
    for name, newsletter in there.by_name.items():
        for line in lines_of(newsletter, str(there.files[name])):
            say(line)
        say("")
    say(f"Your own newsletters lie in {own_folder(settings)}; docs/newsletters.md has every word of a file.")
    return problems(there, say)


def problems(there: Newsletters, say: Callable[[str], None]) -> int:
    """Print what is wrong with the files; 1 when something is."""
    for problem in there.problems:
        say(f"Newsletters: {problem}")
    return 1 if there.problems else 0


def lines_of(newsletter: Newsletter, file: str) -> list[str]:
    """What a newsletter is, for people."""
    when = {"daily": "every day", "weekdays": "on weekdays", "weekly": WEEKDAYS[newsletter.weekday - 1]}
    taken = (
        ("sources", [f"{name} × {weight:g}" for name, weight in newsletter.sources.items()]),
        ("platforms", newsletter.platforms),
        ("languages", newsletter.languages),
        ("with", [*newsletter.words_in, *(f"#{tag}" for tag in newsletter.hashtags_in)]),
        ("without", [*newsletter.words_out, *(f"#{tag}" for tag in newsletter.hashtags_out)]),
    )
    to = ", ".join(newsletter.channels) or "no channel: it is made and goes nowhere by itself"
    return [
        f"{newsletter.name}: {newsletter.title}" + (f". {newsletter.description}" if newsletter.description else ""),
        f"  {plural(newsletter.size, 'story')} and {newsletter.radar} on the radar, {when[newsletter.cadence]} "
        f"at {newsletter.hour:02d}:00 UTC, to {to}",
        *(f"  {word} {', '.join(values)}" for word, values in taken if values),
        f"  {file}",
    ]
