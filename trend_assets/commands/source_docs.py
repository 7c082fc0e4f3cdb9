"""The runbooks' facts: what a source declares and is set to, put into the README.md of its folder.

Each README is written by hand but for the block between the two marks, and docs/README.md has its list of pages between
the same marks. `write_pages` renews the blocks; a test compares, so neither can drift.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from trend_assets.settings import Settings
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import FOLDERS, LISTS, SOURCES, options_of, provider_options
from trend_assets.sources.policies import Policy, policies
from trend_assets.tables.columns import CAPTURE_COLUMNS, LIST_COLUMNS, OBSERVED_DATE, POST_COLUMNS

BEGIN = "<!-- made by `make docs` from source.py: do not edit -->"
END = "<!-- end of what is made -->"
SECTIONS = (
    "What it is",
    "When to run it",
    "Inputs",
    "Outputs",
    "Cost",
    "How it fails and what to do",
    "Terms and history",
)
"""What every runbook says, in this order; `The API` may follow, about a provider that serves one source."""


def facts(name: str) -> str:
    """The table of facts of one source, as Markdown."""
    policy, source = policies()[name], SOURCES[name]
    rows = [
        *_own_facts(source),
        ("kept", f"{policy.retention_days} days after it was fetched" if policy.retention_days else "without limit"),
        ("scores and blending", _rights(policy)),
        ("deleted there, deleted here", "yes" if policy.must_delete else "not asked for"),
        ("picture in an issue", "the platform's own address, with its link" if policy.pictures else "none"),
        ("terms", f"{policy.note} Reference: {policy.reference}."),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {label} | {value} |" for label, value in rows)])


def index() -> str:
    """The list of runbooks for docs/README.md."""
    lines = ["| page | source | provider | tier | history |", "|---|---|---|---|---|"]
    for name, source in SOURCES.items():
        page = f"../trend_assets/sources/{FOLDERS[name].name}/README.md"
        provider = source.provider_name or "you"
        lines.append(f"| [{name}]({page}) | {source.title} | {provider} | {source.tier} | {source.history} |")
    return "\n".join(lines)


def renewed(text: str, made: str) -> str:
    """A page with its made block replaced. Raises ValueError when the marks are not there exactly once."""
    pattern = re.compile(re.escape(BEGIN) + r".*?" + re.escape(END), re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"The page must hold the two marks once: {BEGIN} … {END}")
    return pattern.sub(lambda _: f"{BEGIN}\n\n{made}\n\n{END}", text)


def write_pages(docs: Path) -> list[Path]:
    """Renew the made blocks of docs/README.md and every runbook; the pages that changed."""
    changed = []
    pages = {FOLDERS[name] / "README.md": facts(name) for name in SOURCES}
    for path, made in {docs / "README.md": index(), **pages}.items():
        text = path.read_text(encoding="utf-8")
        if (new := renewed(text, made)) != text:
            path.write_text(new, encoding="utf-8")
            changed.append(path)
    return changed


def _own_facts(spec: Source) -> Iterator[tuple[str, str]]:
    name, provider, table = spec.name, spec.provider, spec.table
    by_whom = "" if provider else " (written by the import)"
    assets = f"`capture/{name}`{by_whom}" + (f" → `source/{name}`" if table else "")
    if spec.role == "writer":
        assets = "asked for by `feed/prose` and `trends/trend_summary`"
    yield "provider", (spec.provider_name or "you") + (f", tier {spec.tier}" if name in LISTS else "")
    yield "assets", assets
    yield "history", _HISTORY[spec.history]
    yield "key", f"`{provider.key}`" if provider and provider.key else "none"
    if provider:
        yield "needs", ", ".join(f"`{need}`" for need in spec.needs) or "nothing upstream"
    yield "a collection costs at most", _cost(spec, Settings(_env_file=None))
    yield "no rows", "is a failure: it always has some" if spec.never_empty else "is possible"
    yield from ((f"mark `{mark.field}`", mark.does) for mark in spec.marks)
    if table:
        yield "a row", f"{table.grain} Key: {', '.join(f'`{column}`' for column in table.key)}."
        own = [column.name for column in table.columns if column.name not in _SHARED]
        if own and provider:
            yield "columns that only it has", ", ".join(f"`{column}`" for column in own)


_HISTORY = {
    "now": "only knows now: a past day replays its capture or is refused",
    "range": "can be asked for past days",
}
_SHARED = {column.name for column in (OBSERVED_DATE, *POST_COLUMNS, *LIST_COLUMNS, *CAPTURE_COLUMNS)}


def _cost(spec: Source, settings: Settings) -> str:
    estimate = spec.estimate(options_of(spec, settings), provider_options(spec.provider, settings))
    parts = [f"{estimate.usd:.3f} USD with default settings"] if estimate.usd else []
    parts += [f"{calls} of the day's {bucket} calls with default settings" for bucket, calls in estimate.calls.items()]
    if not parts and spec.needs:
        return "depends on how many are asked for; see Cost below"
    return " and ".join(parts) or "nothing"


def _rights(policy: Policy) -> str:
    if policy.may_derive and policy.may_blend:
        return "allowed"
    if policy.acceptance:
        return f"only with `{policy.acceptance_variable}=true`; else it is listed as the API ranks it"
    return "not allowed"
