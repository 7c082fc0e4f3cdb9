"""Which stories an issue of a newsletter prints, in which sections: the editor's picks first, then the day's order.

    candidates (the day's stories, all of them) ─┐
    newsletter (its file)                        ├▶ compose ─▶ rows of feed.newsletter_stories
    picks (an editor's, optional) ───────────────┘

Pure: the same input gives the same rows. What a story says of itself is in `phrases.py`, where picks are kept is the
desk's business.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal

from trend_assets.domain.feed.words import words_of
from trend_assets.domain.newsletter.declare import UNKNOWN_LANGUAGE, Newsletter, Subject
from trend_assets.domain.newsletter.phrases import (
    also_on,
    chance_text,
    comparison,
    deciding_figure,
    leap_text,
    range_text,
    what_it_is,
)
from trend_assets.domain.newsletter.pictures import picture_of
from trend_assets.domain.numbers import missing
from trend_assets.platforms import shown_platform
from trend_assets.sources.discovery import title_of
from trend_assets.text import display_text, plural

OTHERS = "Also rising"
LEAPS = "Far above what their creators usually have"
RANGE = "About to leave their creators' usual range"
RADAR = "New on the radar"
APART = (LEAPS, RANGE, RADAR)
"""Sections that are no subject: a line per story."""
SOURCE_SHARE = 0.34
"""Of 12 stories at most five are one source's while others have some: no reader wants a list of one platform."""
PER_CREATOR = 1
LEAST_LEAP = 1 / 24
"""Views per hour over its creator's median: a day at this pace brings what a post of its usually has in all."""
KEPT = 120
"""Candidates kept for the desk beside the issue's own: eight screens of it."""
FALLBACKS = ("below_cut", "source_limit")
"""Outcomes of the feed that a newsletter with filters of its own may print: the feed had no room for them."""


@dataclass(frozen=True, slots=True)
class Pick:
    """What an editor said of one story. `order`: the number it is ordered by, among ranks; None: before them."""

    story_id: str
    verdict: Literal["pick", "skip"] | None = None
    headline: str | None = None
    line: str | None = None
    note: str | None = None
    section: str | None = None
    order: float | None = None


@dataclass(frozen=True, slots=True)
class Picks:
    """An editor's day of a newsletter: picks by story, and, once the issue is locked, its rows as they were then."""

    stories: Mapping[str, Pick] = field(default_factory=dict)
    locked: Sequence[Mapping[str, Any]] | None = None

    def vanished(self, candidates: Iterable[Mapping[str, Any]]) -> list[str]:
        """Picked stories that the day no longer has, since the feed was made again."""
        there = {str(row["story_id"]) for row in candidates}
        picked = (one.story_id for one in self.stories.values() if one.verdict == "pick")
        return sorted(story for story in picked if story not in there)


def compose(
    newsletter: Newsletter,
    day: date,
    candidates: Sequence[Mapping[str, Any]],
    picks: Picks | None = None,
    wanted: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """The rows of `feed.newsletter_stories` of a newsletter's day: those of the issue (`place` is set) and the best
    others.

    `candidates` are the day's stories in the feed's order, with `feed_outcome`, `feed_reason` and `is_adult`. Picked
    stories come first and whatever the filters say; skipped ones are out; an own headline, line, note and section are
    used; a locked issue is what it was, unchanged. `wanted`: by story, how likely an editor wants it, where a learned
    order is used.
    """
    picks = picks or Picks()
    if picks.locked is not None:
        return [dict(row) for row in picks.locked]
    pick_of = {str(row["story_id"]): picks.stories.get(str(row["story_id"])) for row in candidates}
    ordered = in_order(newsletter, candidates)
    if wanted is not None:
        ordered.sort(key=lambda row: -wanted.get(str(row["story_id"]), 0.0))
    judged = [(row, *_judged(newsletter, row, pick_of[str(row["story_id"])])) for row in ordered]

    key_of = {
        str(row["story_id"]): _key(row, pick_of[str(row["story_id"])], rank, of=len(judged))
        for rank, (row, _, _) in enumerate(judged, start=1)
    }
    picked = [row for row, outcome, _ in judged if outcome == "picked"]
    free = [row for row, outcome, _ in judged if outcome == "free"]
    chosen, apart, limited = _filled(newsletter, picked, free)
    printed = sorted([*picked, *chosen], key=lambda row: key_of[str(row["story_id"])])
    placed = _sections(newsletter, printed, apart, pick_of)

    rows = []
    for rank, (row, outcome, reason) in enumerate(judged, start=1):
        story = str(row["story_id"])
        pick = pick_of[story]
        place, section = placed.get(story, (None, None))
        if outcome == "free":
            outcome, reason = _outcome(newsletter, row, place, section, limited.get(story))
        rows.append(_row(newsletter, day, row, pick) | {
            "comparison": _COMPARED.get(section or "", comparison)(row),
            "rank": rank,
            "key": key_of[story],
            "place": place,
            "section": section,
            "outcome": outcome,
            "reason": reason,
        })  # fmt: skip
    kept = [row for row in rows if row["outcome"] != "filtered"]
    return [row for number, row in enumerate(kept) if row["place"] or number < KEPT or row["outcome"] == "skipped"]


_COMPARED = {LEAPS: leap_text, RANGE: range_text}


def _row(newsletter: Newsletter, day: date, row: Mapping[str, Any], pick: Pick | None) -> dict[str, Any]:
    """A candidate as a row: what it says of itself, and an editor's words where there are some."""
    unchanged = {name: value for name, value in row.items() if name not in ("feed_outcome", "feed_reason", "is_adult")}
    return unchanged | {
        "observed_date": day,
        "newsletter": newsletter.name,
        "subject": subject_of(newsletter.sections, row),
        "is_picked": pick is not None and pick.verdict == "pick",
        "headline": _own(pick.headline if pick else None, 200) or display_text(str(row["title"]), limit=200),
        "line": _own(pick.line if pick else None, 300) or what_it_is(row),
        "note": _own(pick.note if pick else None, 600) or None,
        "picture_url": picture_of(row, is_adult=bool(row["is_adult"])) if newsletter.pictures else None,
        "figure": deciding_figure(row),
        "chance_text": chance_text(row),
        "also_on": also_on(row),
    }


def _own(text: str | None, limit: int) -> str:
    return display_text(text, limit=limit) if text else ""


def _key(row: Mapping[str, Any], pick: Pick | None, rank: int, *, of: int) -> float:
    """What a story of the issue is ordered by: the number that an editor gave it, else its rank. Picks without a number
    come first; what was measured once so far follows what was measured twice."""
    if pick is not None and pick.order is not None:
        return pick.order
    if pick is not None and pick.verdict == "pick":
        return 0.0
    return float(rank + (of if row["score_class"] == "new" else 0))


# --- what may be printed --------------------------------------------------------------------------------------------


def in_order(newsletter: Newsletter, candidates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The plain order: the feed's; by weighted score where the newsletter weighs its sources."""
    if not newsletter.sources:
        return list(candidates)
    weight = newsletter.sources
    return sorted(candidates, key=lambda row: -float(row["score"]) * weight.get(str(row["source"]), 0))


def _judged(newsletter: Newsletter, row: Mapping[str, Any], pick: Pick | None) -> tuple[str, str]:
    """Outcome and reason before places are given: picked, skipped, filtered, repeat, limit, or free."""
    if pick is not None and pick.verdict == "pick":
        return "picked", "An editor picked it."
    if pick is not None and pick.verdict == "skip":
        return "skipped", "An editor left it out."
    if why := why_not(newsletter, row):
        return "filtered", why
    outcome = str(row["feed_outcome"])
    if outcome in ("in_feed", "for_adults") or (outcome in FALLBACKS and _is_narrow(newsletter)):
        return "free", ""
    if outcome == "repeat":
        return "repeat", str(row["feed_reason"])
    return ("not_needed" if outcome == "below_cut" else "limit"), str(row["feed_reason"])


def _is_narrow(newsletter: Newsletter) -> bool:
    """Whether it has filters of its own, so that the general feed's first fifty are not all that it is about."""
    return bool(
        newsletter.sources or newsletter.platforms or newsletter.languages or newsletter.words_in
        or newsletter.hashtags_in or newsletter.words_out or newsletter.hashtags_out
    )  # fmt: skip


def why_not(newsletter: Newsletter, row: Mapping[str, Any]) -> str:
    """Why the newsletter's file keeps a story out, as a sentence; empty when it does not."""
    if newsletter.sources and not newsletter.sources.get(str(row["source"])):
        return f"{newsletter.title} does not take stories from {title_of(str(row['source']))}."
    if newsletter.platforms and row["platform"] not in newsletter.platforms:
        return f"{newsletter.title} does not take stories from {shown_platform(str(row['platform'])).label}."
    language = row["language"][:3].partition("-")[0].lower() if isinstance(row["language"], str) else UNKNOWN_LANGUAGE
    if newsletter.languages and language not in newsletter.languages:
        return f"{newsletter.title} does not take stories in this language ({language})."
    if row["is_adult"] and not newsletter.adult:
        return "Its platform marks it as for adults."
    if unwanted := _fit(newsletter.hashtags_out, newsletter.words_out, row):
        return f"{newsletter.title} leaves out what says {unwanted}."
    if (newsletter.words_in or newsletter.hashtags_in) and not _fit(newsletter.hashtags_in, newsletter.words_in, row):
        return f"It has none of the words and hashtags of {newsletter.title}."
    return ""


# --- places ---------------------------------------------------------------------------------------------------------


def _filled(
    newsletter: Newsletter, picked: Sequence[Mapping[str, Any]], free: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], dict[str, list[Mapping[str, Any]]], dict[str, str]]:
    """The stories that fill the issue up, those of each section that is no subject, and why others had to stand back.
    What was measured twice comes first; what was measured once fills up, or is on the radar."""
    by_creator = Counter(_creator(row) for row in picked)
    by_source = Counter(str(row["source"]) for row in picked)
    per_source = max(1, round(newsletter.size * SOURCE_SHARE)) if len(newsletter.sources) != 1 else newsletter.size
    limited: dict[str, str] = {}

    def taken(rows: Iterable[Mapping[str, Any]], room: int, *, share: int) -> list[Mapping[str, Any]]:
        chosen_rows: list[Mapping[str, Any]] = []
        for row in rows:
            if len(chosen_rows) >= room:
                break
            creator, source, story = _creator(row), str(row["source"]), str(row["story_id"])
            if creator and by_creator[creator] >= PER_CREATOR:
                limited[story] = "Its creator already has a story in this issue."
            elif by_source[source] >= share:
                limited[story] = f"{title_of(source)} already has {plural(share, 'story')} of this issue."
            else:
                by_creator[creator] += 1
                by_source[source] += 1
                chosen_rows.append(row)
                limited.pop(story, None)
        return chosen_rows

    measured = [row for row in free if row["score_class"] != "new"]
    fresh = [row for row in free if row["score_class"] == "new"]
    room = max(0, newsletter.size - len(picked))
    chosen = taken(measured, room, share=per_source)
    radar = taken(fresh, newsletter.radar, share=newsletter.size)
    seen = {str(row["story_id"]) for row in (*chosen, *radar)}
    left = [row for row in (*measured, *fresh) if str(row["story_id"]) not in seen]
    chosen += taken(left, room - len(chosen), share=newsletter.size)
    apart: dict[str, list[Mapping[str, Any]]] = {}
    asked = ((LEAPS, "leap", lambda row: _number(row, "leap") >= LEAST_LEAP),
             (RANGE, "range", lambda row: row.get("leaves_range") is True))  # fmt: skip
    for section, name, fits in asked:
        seen = {str(row["story_id"]) for row in (*chosen, *radar, *(row for rows in apart.values() for row in rows))}
        above = [row for row in measured if str(row["story_id"]) not in seen and fits(row)]
        above.sort(key=lambda row: -_number(row, name))
        apart[section] = taken(above, newsletter.creators, share=newsletter.size)
    return chosen, apart | {RADAR: radar}, limited


def _number(row: Mapping[str, Any], name: str) -> float:
    return 0.0 if missing(row.get(name)) else float(row[name])


def _creator(row: Mapping[str, Any]) -> str:
    for name in ("creator_id", "creator_handle"):
        if isinstance(row[name], str) and row[name]:
            return f"{row['platform']}:{row[name].casefold()}"
    return ""


def _sections(
    newsletter: Newsletter,
    stories: Sequence[Mapping[str, Any]],
    apart: Mapping[str, Sequence[Mapping[str, Any]]],
    pick_of: Mapping[str, Pick | None],
) -> dict[str, tuple[int, str]]:
    """Place and section by story. The first story keeps its section on top; other subjects that only one story has
    are told together, and sections that are no subject come last."""
    own = {story: _own(pick.section if pick else None, 60) for story, pick in pick_of.items()}
    section_of = {
        story: own[story] or subject_of(newsletter.sections, row) for row in stories for story in [str(row["story_id"])]
    }
    sizes = Counter(section_of.values())
    order: dict[str, list[str]] = {}
    for number, row in enumerate(stories):
        story = str(row["story_id"])
        alone = sizes[section_of[story]] == 1 and number > 0 and not own[story]
        order.setdefault(OTHERS if alone else section_of[story], []).append(story)
    if OTHERS in order and len(order) > 1 and next(iter(order)) != OTHERS:
        order[OTHERS] = order.pop(OTHERS)
    for section, rows in apart.items():
        for row in rows:
            order.setdefault(section, []).append(str(row["story_id"]))
    places = ((story, section) for section, members in order.items() for story in members)
    return {story: (place, section) for place, (story, section) in enumerate(places, start=1)}


def _outcome(
    newsletter: Newsletter, row: Mapping[str, Any], place: int | None, section: str | None, limit: str | None
) -> tuple[str, str]:
    if place is not None:
        if section == RADAR:
            return "radar", "It was measured once so far."
        why = {LEAPS: "It gains far more than its creator's posts usually have.",
               RANGE: "It is expected to leave its creator's usual range."}  # fmt: skip
        return "chosen", why.get(section or "", "It is among the day's first stories.")
    if limit:
        return "limit", limit
    return "not_needed", f"The issue has its {plural(newsletter.size, 'story')}."


# --- subjects -------------------------------------------------------------------------------------------------------


def subject_of(sections: Sequence[Subject], row: Mapping[str, Any]) -> str:
    """Title of the section a story belongs to: the first one of which a hashtag fits, else the first of which a word
    of the title or category does, else of the text."""
    hashtags = [str(tag).casefold() for tag in row["hashtags"]] if isinstance(row["hashtags"], list) else []
    for section in sections:
        if _first_fit(section.hashtags, hashtags):
            return section.title
    for names in (("title", "list_name"), ("text",)):
        words = [word for name in names if isinstance(row[name], str) for word in words_of(row[name])]
        for section in sections:
            if _first_fit(section.words, words):
                return section.title
    return OTHERS


def _fit(hashtags: Sequence[str], words: Sequence[str], row: Mapping[str, Any]) -> str:
    """The hashtag or word of a list that a story has; empty without one. A phrase of several words is looked for as
    such, in any script."""
    tags = [str(tag).casefold() for tag in row["hashtags"]] if isinstance(row["hashtags"], list) else []
    if pattern := _first_fit(hashtags, tags):
        return f"#{pattern}"
    texts = [row[name] for name in ("title", "text", "list_name") if isinstance(row[name], str)]
    if pattern := _first_fit(words, [word for text in texts for word in words_of(text)]):
        return pattern
    whole = " ".join(texts).casefold()
    return next((word for word in words if (" " in word or not word.isascii()) and word.casefold() in whole), "")


def _first_fit(patterns: Sequence[str], values: Sequence[str]) -> str:
    there = set(values)
    for pattern in patterns:
        wanted = pattern.casefold().removeprefix("#")
        if "*" not in wanted:
            if wanted in there:
                return pattern
        elif any(fnmatchcase(value, _plain(wanted)) for value in there):
            return pattern
    return ""


@cache
def _plain(pattern: str) -> str:
    """Only `*` has a meaning."""
    return re.sub(r"([\[\]?])", r"[\1]", pattern)
