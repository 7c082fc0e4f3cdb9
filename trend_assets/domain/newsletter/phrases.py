"""A story in a few words: the number that decided, what it is compared with, the chance, what the thing is.

Every number here is a column of `feed.newsletter_stories`, rounded for reading. Which stories are told belongs to
`compose.py`, how they look to `newsletters/rendering`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trend_assets.domain.feed.words import EMPTY_TAGS
from trend_assets.domain.numbers import compact, hours, missing, percent
from trend_assets.platforms import shown_platform
from trend_assets.text import display_text, hashtag_key, plural

LINE_LIMIT = 160
NO_FIGURE = ""


def deciding_figure(row: Mapping[str, Any]) -> str:
    """What it gained since it was measured before; of a first appearance its pace since it was posted; of a list its
    place. Empty where nothing was measured."""
    unit = shown_platform(str(row["platform"])).count_word
    if _is_measured(row):
        gained = int(row["delta_views"])
        gain = plural(f"{'+' if gained >= 0 else '−'}{compact(abs(gained))}", unit)
        return f"{gain} in {hours(float(row['hours_between']))}"
    if row["score_class"] == "position":
        if not missing(row.get("baseline")) and not missing(row.get("outlier_score")):
            return f"{float(row['outlier_score']):,.1f} × its usual"
        if not missing(row.get("list_rank")):
            return f"Place {int(row['list_rank'])} in {display_text(str(row['list_name']), limit=60)}"
    if not missing(row.get("views_per_hour")):
        return f"{plural(compact(float(row['views_per_hour'])), unit)} per hour"
    if not missing(row.get("views")):
        return plural(compact(int(row["views"])), unit)
    return NO_FIGURE


def comparison(row: Mapping[str, Any]) -> str:
    """What the deciding figure is held against."""
    unit = shown_platform(str(row["platform"])).count_word
    if _is_measured(row):
        # less than what others of its age gain is no reason to be told
        if not missing(row.get("growth_over_usual")) and float(row["growth_over_usual"]) >= 1:
            return f"{times(float(row['growth_over_usual']))} what items of its age gain"
        return "" if missing(row.get("views")) else f"{plural(compact(int(row['views'])), unit)} in all"
    if row["score_class"] == "position":
        if not missing(row.get("baseline")) and not missing(row.get("outlier_score")):
            return f"usually {plural(compact(float(row['baseline'])), unit)} a day"
        places = [int(point["rank"]) for point in row["counts"] if not missing(point.get("rank"))]
        if len(places) > 1 and places[0] != places[-1]:
            return f"place {places[0]} when first seen"
        return ""
    if not missing(row.get("views_per_hour")) and not missing(row.get("views")):
        return f"{plural(compact(int(row['views'])), unit)} since it was posted"
    return ""


def chance_text(row: Mapping[str, Any]) -> str:
    """The chance in words; empty where none can be told."""
    if missing(row.get("chance")):
        return ""
    return f"{percent(float(row['chance']))} likely to be in the top tenth in three days"


def leap_text(row: Mapping[str, Any]) -> str:
    """How far it is above its creator's usual: `leap` as a day."""
    return f"a day at this pace brings {times(float(row['leap']) * 24)} what its creator's posts usually have"


def range_text(row: Mapping[str, Any]) -> str:
    """Where it is expected to stand against the upper end of what its creator usually has."""
    above = times(float(row["range"]))
    # what is a few percent above is no "1.0 ×"
    return (
        f"expected in three days: {'just above' if above == '1.0 ×' else above} the most that its creator usually has"
    )


def what_it_is(row: Mapping[str, Any]) -> str:
    """One line: what kind of thing it is, and what it says beyond its title."""
    text, title = (_text(row.get(name)) for name in ("text", "title"))
    rest = _beyond(title, text)
    if rest:
        return rest
    of = shown_platform(str(row["platform"]))
    what = {"video": "Video", "slideshow": "Slideshow", "post": "Post", "product": "Product"}.get(
        str(row.get("kind")), "Post"
    )
    named = row["hashtags"] if isinstance(row["hashtags"], list) else []
    tags = [tag for tag in named if tag and hashtag_key(str(tag)) not in EMPTY_TAGS][:3]
    about = f" with #{' #'.join(display_text(str(tag), limit=30) for tag in tags)}" if tags else ""
    listed = _text(row.get("list_name"))
    # the place in a list, which is the figure of a product, names the list
    where = (
        f", listed under {display_text(listed, limit=60)}"
        if listed and not tags and row["score_class"] != "position"
        else ""
    )
    return f"{what} on {of.label}{about}{where}."


def also_on(row: Mapping[str, Any]) -> list[str]:
    """Platforms that have the story besides the one it leads on, in the order of its proofs."""
    own = shown_platform(str(row["platform"])).label
    labels = [shown_platform(str(proof["platform"])).label for proof in row["proof_links"]]
    return [label for label in dict.fromkeys(labels) if label != own]


def times(ratio: float) -> str:
    """10 ×, 2.3 ×."""
    return f"{ratio:.0f} ×" if ratio >= 9.95 else f"{ratio:.1f} ×"


def listed(names: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def quoted(title: str) -> str:
    """A stranger's words in “ ”, with no such signs inside."""
    plain = re.sub('[“”„«»"]', "'", title)
    return f"“{plain}”"


def _is_measured(row: Mapping[str, Any]) -> bool:
    return (
        row["score_class"] == "measured"
        and not missing(row.get("delta_views"))
        and not missing(row.get("hours_between"))
        and float(row["hours_between"]) > 0
    )


def _text(value: Any) -> str:
    return "" if missing(value) else str(value)


def _beyond(title: str, text: str) -> str:
    """The first line that the text has beyond the title, without the hashtags around it."""
    head = display_text(title, limit=200).rstrip("…")
    whole = display_text(text, limit=500)
    rest = whole[len(head) :].lstrip(" .…:-!?") if head and whole.startswith(head) else whole
    words = rest.split()
    while words and words[0].startswith("#"):
        words.pop(0)
    while words and (words[-1].startswith(("#", "http://", "https://")) or words[-1].endswith(":")):
        words.pop()
    line = " ".join(words)
    return display_text(line, limit=LINE_LIMIT) if len(line) >= 20 else ""
