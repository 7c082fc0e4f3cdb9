"""Texts of a language model for a day: asked for once, stored as answers like those of every provider, and read back.

    briefs ─▶ collect_source (ledger, spool, replay) ─▶ capture.answers ─▶ the text of each brief, or why there is none

The same brief is never paid for twice in a day, however often what prints it is made again. Whether a text may be
printed is judged by `domain/newsletter/grounding.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from trend_assets.capture.collect import collect_source
from trend_assets.capture.session import stored_answers
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer
from trend_assets.sources.clients import is_simulated, mode_of
from trend_assets.sources.discovery import provider_options, the, with_role
from trend_assets.sources.errors import SourceError
from trend_assets.sources.prose.brief import Brief
from trend_assets.sources.prose.collect import prose
from trend_assets.warehouse.warehouse import Warehouse

OFF = "No key: set LLM_API_KEY to have a language model put the figures into its own words."


@dataclass(frozen=True, slots=True)
class Prose:
    """A model's text as it came, or None with the reason. `is_simulated`: the sandbox wrote it."""

    text: str | None = None
    model: str | None = None
    note: str | None = None
    is_simulated: bool = False


def is_off(settings: Settings) -> bool:
    """Whether no model is asked."""
    return all(mode_of(each.provider_name, settings) == "off" for each in with_role("writer"))


def texts_of(
    warehouse: Warehouse,
    settings: Settings,
    day: date,
    briefs: Sequence[Brief],
    *,
    now: datetime,
    run_id: str,
    say: Callable[[str], None] = lambda sentence: None,
) -> dict[str, Prose]:
    """The text of each brief by what it is about. A model that fails costs only its text."""
    if is_off(settings):
        return {brief.about: Prose(note=OFF) for brief in briefs}
    writer = the("writer")
    try:
        collected = collect_source(
            warehouse, writer, day=day, now=now, settings=settings, run_id=run_id, collection_id=run_id,
            inputs={"briefs": briefs}, say=say,
        )  # fmt: skip
        problems = collected.problems
    except SourceError as error:
        problems = [str(error)]
    # a later answer to the same brief is one that somebody asked for again
    answers = {stored.answer.call.key: stored.answer for stored in stored_answers(warehouse, writer.name, day)}
    options = provider_options(writer.provider, settings)
    simulated = is_simulated(writer.provider, settings)
    return {brief.about: _read(answers.get(prose(brief, options).key), simulated, problems, brief) for brief in briefs}


def _read(answer: Answer | None, simulated: bool, problems: Sequence[str], brief: Brief) -> Prose:
    if answer is None:
        own = [problem for problem in problems if problem.startswith(f"{brief.about}: ")] or problems
        why = " ".join(own).removeprefix(f"{brief.about}: ")
        return Prose(note=f"The language model gave nothing. {why}".strip(), is_simulated=simulated)
    row = the("writer").parse(answer).rows[0]
    return Prose(text=row["text"], model=row["model"], is_simulated=answer.is_simulated)
