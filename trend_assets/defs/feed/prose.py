"""Sentences by a language model: the only assets below the captures that may ask a provider, and pay it.

    feed.newsletter_stories, source_report ─▶ prose ─▶ issue_forms

What it is told and how its text is judged is in `domain/newsletter`, asking and storing in `capture/prose.py`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from trend_assets.defs.feed.newsletters import picks_of
from trend_assets.defs.table_asset import Day, DayOutput, table_asset
from trend_assets.sources.discovery import with_role

if TYPE_CHECKING:
    from trend_assets.capture.prose import Prose
    from trend_assets.sources.prose.brief import Brief


def texts_for(day: Day, briefs: "Sequence[Brief]") -> "dict[str, Prose]":
    """The text of each brief, asked for in this run; those of the day that were asked before are not asked again."""
    from trend_assets.capture.prose import is_off, texts_of
    from trend_assets.runtime.sandboxed import provider_settings

    if not briefs:
        return {}
    settings = day.settings if is_off(day.settings) else provider_settings()
    return texts_of(
        day.warehouse, settings, day.date, briefs, now=datetime.now(UTC), run_id=day.run_id, say=day.log.info
    )


_POOL = next((each.provider_name for each in with_role("writer")), None)


@table_asset("feed.prose", deps=["feed.newsletter_stories", "feed.source_report"], pool=_POOL)
def prose(day: Day) -> DayOutput:
    """One row per day and newsletter whose file says `rewrite = true`: headline and introduction in the words of a
    language model, or why the computed ones stand.

    Each number, name, comparative and quotation must be one that the model was told, else its text is set aside. The
    same figures are paid for once; a locked issue keeps what it has.
    """
    from trend_assets.domain.feed.frames import frame_of, known_records, records_of
    from trend_assets.domain.newsletter.grounding import issue_text
    from trend_assets.newsletters.discovery import found
    from trend_assets.newsletters.rendering.issue_rows import facts_of_issue
    from trend_assets.sources.prose.brief import Brief

    before = {row["newsletter"]: row for row in known_records(day.read("feed.prose"))}
    wanted = {name: each for name, each in found(day.settings).by_name.items() if each.rewrite}
    open_ = [name for name, each in wanted.items() if picks_of(day, each).locked is None]
    stories = records_of(day.read("feed.newsletter_stories")) if open_ else []
    facts = {name: facts_of_issue(day.warehouse, wanted[name], day.date, stories) for name in open_}
    briefs = [Brief(name, "issue", known) for name, known in facts.items() if known]
    rows = [before[name] for name in wanted if name not in open_ and name in before]
    for name, text in texts_for(day, briefs).items():
        checked = issue_text(text.text, facts[name]) if text.text is not None else None
        kept = checked if isinstance(checked, tuple) else None
        rows.append(
            {
                "observed_date": day.date,
                "newsletter": name,
                "told": list(facts[name]),
                "headline": kept[0] if kept else None,
                "introduction": kept[1] if kept else None,
                "model": text.model,
                "note": f"What {text.model} wrote is set aside: it {checked}"
                if isinstance(checked, str)
                else text.note,
                "is_simulated": text.is_simulated,
            }
        )
    return DayOutput(
        frame_of("feed.prose", rows),
        metadata={row["newsletter"]: row["note"] or f"Rewritten by {row['model']}: {row['headline']}" for row in rows},
    )
