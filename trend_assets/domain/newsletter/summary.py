"""The day above the stories: a headline and three sentences, each figure counted from rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from trend_assets.domain.newsletter.compose import APART, OTHERS
from trend_assets.domain.newsletter.phrases import listed, quoted
from trend_assets.text import cut, display_text, plural

HEADLINE_LIMIT = 110


def headline_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """The day in one line, from the issue's rows in order: its first story and the number that decided."""
    if not rows:
        return "Nothing stood out"
    first = rows[0]
    figure = _inside(display_text(str(first["figure"]), limit=60))
    title = cut(display_text(str(first["headline"]), limit=200), HEADLINE_LIMIT - len(figure) - 2)
    return f"{title.rstrip(' .!?…:')}: {figure}" if figure else title


def sentences_of(rows: Sequence[Mapping[str, Any]], *, worked: int, asked: int) -> tuple[str, ...]:
    """Three sentences on the day: what leads and why, where it all comes from, what most of it is about. `worked` of
    `asked` sources brought something."""
    sources = f"{worked} of {plural(asked, 'source')}"
    if not rows:
        return (f"We looked at {sources} and found nothing that rose above the ordinary.",)
    first = rows[0]
    figure, compared, chance = (
        display_text(str(first[name]), limit=120) for name in ("figure", "comparison", "chance_text")
    )
    why = ", ".join(filter(None, [_inside(figure), compared]))
    title = display_text(str(first["headline"]), limit=120).rstrip(" .")
    lead = f"{quoted(title)} leads the day" + (f": {why}" if why else "")
    wide = sum(bool(row["also_on"]) for row in rows)
    fresh = sum(int(row["days_on_radar"]) == 1 for row in rows)
    across = f"; {wide} on more than one platform" if wide else ""
    today = f"{',' if wide else ';'} {fresh} first seen today" if fresh else ""
    sentences = [
        f"{lead}{f'; {chance}' if chance else ''}.",
        f"{plural(len(rows), 'story')}, chosen from {sources}{across}{today}.",
    ]
    subjects = Counter(
        display_text(str(row["subject"])) for row in rows if row["section"] not in APART and row["subject"] != OTHERS
    )
    # most first, then in the order of the issue
    most = [f"{subject} ({count})" for subject, count in subjects.most_common(2)]
    if most:
        sentences.append(f"Most is about {listed(most)}.")
    return tuple(sentences)


def _inside(figure: str) -> str:
    """A figure in the middle of a sentence: place 2, not Place 2."""
    return figure[:1].lower() + figure[1:]


TOLD = 5
"""Stories of which a language model is told: an introduction of three sentences says of two or three."""


def facts_of(rows: Sequence[Mapping[str, Any]], *, worked: int, asked: int) -> tuple[str, ...]:
    """What a language model is told of the day: our own sentences, then the first stories with their figures. A
    stranger's words stand in “ ”."""
    if not rows:
        return ()
    stories = []
    for row in rows[:TOLD]:
        figures = (display_text(str(row[name]), limit=120) for name in ("figure", "comparison", "chance_text"))
        figure = "; ".join(filter(None, figures)) or "no figure"
        others = f"; also on {listed(row['also_on'])}" if row["also_on"] else ""
        stories.append(f"{quoted(display_text(str(row['headline']), limit=120))}: {figure}{others}.")
    return (*sentences_of(rows, worked=worked, asked=asked), *stories)
