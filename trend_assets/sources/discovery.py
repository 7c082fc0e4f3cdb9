"""Finds the sources: every folder beside this file with a `source.py`, and the providers that they ask.

    sources/<folder>/source.py ─▶ SOURCE ─┐
                                          ├▶ checked ─▶ SOURCES, LISTS, CAPTURES, PROVIDERS, PROBLEMS
    its provider (its own, or providers/*) ┘

A folder that is not right costs only itself: `PROBLEMS` says in one sentence each what is wrong, where, and what to do.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from math import inf
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from trend_assets.platforms import PLATFORMS, unknown_platform
from trend_assets.settings import Settings, SettingsError
from trend_assets.sources.declare import A_NAME, Estimate, Provider, Role, Source, Terms, is_name
from trend_assets.sources.declare import LISTS as LIST_ROLES
from trend_assets.sources.options import OptionsModel, old_variables, read_options
from trend_assets.tables.columns import POST_COLUMNS
from trend_assets.tables.model import Table

PACKAGE = "trend_assets.sources"
FILES = {
    "__init__.py": "add an empty one, so that it is a package.",
    "README.md": "write the runbook with its sections, see another source's.",
    "sample.json": 'write an invented {"call": …, "answer": …}; the tests run the parser over it.',
}
FUNCTION = get_origin(Callable[[], None])
ORDER = {"core": 0, "stretch": 1, "own": 2}
NO_TABLE: tuple[Role, ...] = ("covers", "profiles", "channel_search", "handle_lookup", "writer")
"""Roles whose answers other assets read: they have no typed rows of their own, and one source plays each."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is there: sources by name (core first), the folder of each, providers by name, and what is wrong."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def find(package: str = PACKAGE) -> Found:
    """Import every `source.py` of a package's folders and check what it declares."""
    problems: list[str] = []
    declared = sorted(_declarations(package, problems), key=lambda pair: (ORDER[pair[0].tier], pair[0].name))
    sources: dict[str, Source] = {}
    folders: dict[str, Path] = {}
    providers: dict[str, Provider] = {}
    for source, folder in declared:
        if source.name in sources:
            problems.append(
                f"{folder.name}/source.py and {folders[source.name].name}/source.py both name their source "
                f"{source.name}; rename one. {folder.name} is left out."
            )
            continue
        if taken := [folders[name].name for name, other in sources.items() if other.role == source.role in NO_TABLE]:
            problems.append(
                f"{folder.name}/source.py and {taken[0]}/source.py both have role={source.role!r}, which only one can; "
                f"take it from one. {folder.name} is left out."
            )
            continue
        provider = source.provider
        if provider and providers.setdefault(provider.name, provider) is not provider:
            problems.append(
                f"{folder.name}/source.py declares the provider {provider.name}, which another source declares too; "
                f"put it into {PACKAGE.replace('.', '/')}/providers/{provider.name}/provider.py and import it in both. "
                f"{folder.name} is left out."
            )
            continue
        sources[source.name], folders[source.name] = source, folder
    for name, source in list(sources.items()):
        if source.provider and (other := source.provider.lives_with) and other not in providers:
            problems.append(
                f"{folders[name].name}/source.py: its provider lives with {other!r}, which no source asks; name one of "
                f"{', '.join(sorted(providers))}. {folders[name].name} is left out."
            )
            del sources[name], folders[name]
            providers.pop(source.provider.name, None)
    return Found(sources, folders, dict(sorted(providers.items())), tuple(problems))


def _declarations(package: str, problems: list[str]) -> Iterator[tuple[Source, Path]]:
    """Each source that its folder declares rightly, and the folder; what is wrong with others goes to `problems`."""
    root = import_module(package)
    for folder in sorted(Path(root.__path__[0]).iterdir()):
        # a folder that only holds __pycache__ was left behind by another version; __pycache__ and .anything are tools'
        is_ours = folder.is_dir() and not folder.name.startswith((".", "__")) and any(folder.glob("*.*"))
        if folder.name == "providers" or not is_ours:
            continue
        where = f"{package.replace('.', '/')}/{folder.name}/source.py"
        if not (folder / "source.py").is_file():
            problems.append(f"{where} is missing: write it, see trend_assets/sources/declare.py, or remove the folder.")
            continue
        try:
            source = getattr(import_module(f"{package}.{folder.name}.source"), "SOURCE", None)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a folder's code raises, the others go on
            problems.append(f"{where} cannot be loaded ({type(error).__name__}: {error}); correct it.")
            continue
        if wrong := next(_all_wrong(source, folder), None):
            problems.append(f"{where}: {wrong}")
            continue
        assert isinstance(source, Source)
        yield source, folder


def _all_wrong(source: Any, folder: Path) -> Iterator[str]:
    yield from _wrong(source)
    yield from (
        f"the folder has no {name}: {what}"
        for name, what in FILES.items()
        if not (folder / name).is_file() and (name != "sample.json" or source.provider)
    )

    provider = source.provider
    simulated = [folder / "simulated.py"]
    if provider:
        simulated.append(folder.parent / "providers" / provider.name / "simulated.py")
        if not any(path.is_file() for path in simulated):
            yield "nothing simulates it: write simulated.py in its folder or in that of its provider."


def _wrong(source: Any) -> Iterator[str]:
    """What is missing or wrong in a declaration, as sentences that say what to write."""
    if not isinstance(source, Source):
        yield "it has no SOURCE; write `SOURCE = Source(name=…, title=…, …)`, see trend_assets/sources/declare.py."
        return
    if not is_name(source.name):
        yield f"the name {source.name!r} must be {A_NAME}; it becomes a table and two assets."
    if not isinstance(source.terms, Terms):
        yield "terms must be a Terms(…): without known terms its data is not used."
    else:
        yield from _wrong_types(source.terms, "its terms: ")
        yield from _wrong_terms(source.terms)
        accepted = source.terms.acceptance
        if accepted and not (source.provider and accepted in source.provider.options.model_fields):
            yield f"its terms: {accepted} is not an option of its provider; declare it there."
    for naming in (source.terms, source.panel, source.deletions):
        if (platform := str(getattr(naming, "platform", ""))) and platform not in PLATFORMS:
            yield f"its {type(naming).__name__} names {unknown_platform(platform)}"
    if isinstance(source.provider, Provider):
        yield from _wrong_types(source.provider, "its provider: ")
        yield from _wrong_provider(source.provider)
    if source.role != "own_files":
        if not isinstance(source.provider, Provider):
            yield "provider must be a Provider(…): its own, or one of trend_assets/sources/providers."
        for part in ("collect", "parse"):
            if not callable(getattr(source, part)):
                yield f"{part} must be the function of that name in {part}.py."
    yield from _wrong_types(source)
    if not (source.title and 0 <= source.weight < inf):
        yield "title must say what it is, and weight be a number from 0."
    if source.role == "own_files":
        return
    if isinstance(source.provider, Provider):
        yield from _wrong_options(source, source.provider)
    if source.role in LIST_ROLES and {*source.needs} - {"keywords"}:
        yield f"needs must be () or ('keywords',), not {source.needs!r}: a list is given nothing else."
    yield from (
        f"watched names {name!r}, which is not a column of its table."
        for name in source.watched
        if source.table and name not in source.table.column_names
    )
    if source.role not in NO_TABLE and not isinstance(source.table, Table):
        yield "table must say what a row is: posts_table(…), or a Table of your own."
    if source.provider and source.provider.has_account and "url" not in source.provider.options.model_fields:
        yield "the options of its provider need a `url`: the live address."
    if source.table and source.table.partition_column != "observed_date":
        yield "its table needs partition_column='observed_date', the day that is rewritten; posts_table sets it."
    if source.table and source.role == "posts":
        missing = [column.name for column in POST_COLUMNS if column.name not in source.table.column_names]
        if missing:
            yield f"its table has no {', '.join(missing)}, which posts need; make it with posts_table."
    if (source.scoring == "own") != (source.own_score is not None):
        yield 'scoring="own" and own_score=OwnScore(…) belong together; write both, or neither.'
    if source.own_score and source.table:
        for column in source.own_score.columns:
            if column not in source.table.column_names:
                yield f"its own_score names {column}, which is not a column of its table; declare it there."
    if source.table is not None and source.table.address != f"source.{source.name}":
        yield f"its table is {source.table.address}; name it source.{source.name}, like the source."


def _wrong_provider(provider: Provider) -> Iterator[str]:
    if not is_name(provider.name):
        yield f"its provider: the name {provider.name!r} must be {A_NAME}."
    for part, names in (("keys", provider.keys), ("quotas", provider.quotas.values())):
        for name in names:
            if name not in provider.options.model_fields:
                yield f"its provider: {part} names {name!r}, which is not one of its options; declare it there."
    if not _is_zone(provider.quota_zone):
        yield f"its provider: quota_zone must be a time zone, like America/Los_Angeles, not {provider.quota_zone!r}."


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _wrong_options(source: Source, provider: Provider) -> Iterator[str]:
    """Options work without anything set, also for those who never heard of the source."""
    for what, model in (("options", source.options), ("the options of its provider", provider.options)):
        try:
            model()
        except ValidationError as error:
            (bad, *_) = error.errors(include_input=False, include_url=False)
            why = bad["msg"].removeprefix("Value error, ")
            yield f"{what}: {bad['loc'][0]} needs a default that is allowed ({why})."
            return
    try:
        found = source.estimate(source.options(), provider.options())
    except Exception as error:  # noqa: BLE001 - the folder's own code
        yield f"estimate cannot be made by the default options ({type(error).__name__}: {error})."
        return
    if not isinstance(found, Estimate):
        yield f"estimate must return an Estimate(…), not {found!r}."


def _wrong_types(declared: Source | Terms | Provider, where: str = "") -> Iterator[str]:
    """Its parts whose values are not of the type that `declare.py` gives them."""
    for part, hint in get_type_hints(type(declared), localns={"Connection": object}).items():
        if not _fits(value := getattr(declared, part), hint):
            yield f"{where}{part} must be {_in_words(hint)}, not {value!r}."


def _fits(value: object, hint: Any) -> bool:
    """Whether a value is of a type as `declare.py` writes them; of a function only that it is one."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value in inside
    if origin is UnionType:
        return any(_fits(value, each) for each in inside)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(each, inside[0]) for each in value)
    if origin is type:
        return isinstance(value, type) and issubclass(value, inside[0])
    if origin is FUNCTION:
        return callable(value)
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    return isinstance(value, origin or hint)


def _in_words(hint: Any) -> str:
    inside = get_args(hint)
    if get_origin(hint) is Literal:
        return f"one of {', '.join(inside)}"
    if get_origin(hint) is UnionType:
        return " or ".join(map(_in_words, inside))
    if get_origin(hint) is tuple:
        return f"a tuple of {_in_words(inside[0])}"
    if get_origin(hint) is type:
        return f"a class derived from {inside[0].__name__}"
    if get_origin(hint) is FUNCTION:
        return "a function"
    known = {bool: "True or False", int: "a whole number", float: "a number", str: "text", type(None): "None"}
    return known.get(hint) or str(getattr(hint, "__name__", hint))


def _wrong_terms(terms: Terms) -> Iterator[str]:
    if terms.retention_days is not None and terms.retention_days < 1:
        yield f"its terms: retention_days must be at least 1, or None (no limit), not {terms.retention_days}."
    if not (terms.note.endswith(".") and terms.reference):
        yield "its terms: note must be a sentence that says why, reference where that is written."


_declared = find()
SOURCES: Mapping[str, Source] = _declared.sources
"""Every source that is right, by name, core first."""

LISTS: Mapping[str, Source] = {name: each for name, each in SOURCES.items() if each.role in LIST_ROLES}
"""Those with typed rows that a collection of the day brings: the feed's sources."""

CAPTURES: Mapping[str, Source] = {name: each for name, each in SOURCES.items() if each.provider}
"""Those that ask a provider."""

PROVIDERS: Mapping[str, Provider] = _declared.providers
FOLDERS: Mapping[str, Path] = _declared.folders
PROBLEMS: tuple[str, ...] = _declared.problems
"""What is wrong with folders that were left out, a sentence each; `trend-assets doctor` says them."""


def options_of(source: Source, settings: Settings) -> Any:
    """The options of a source by these settings. Raises SettingsError."""
    return read_options(FOLDERS[source.name].name, source.options, settings)


def provider_options(provider: Provider | None, settings: Settings) -> Any:
    """The options of a provider by these settings; nothing for none. Raises SettingsError."""
    return read_options(provider.name, provider.options, settings) if provider else OptionsModel()


def sections() -> Iterator[tuple[str, str, type[OptionsModel]]]:
    """Every section of options: its name in variables, its title for people, its model; providers first."""
    for provider in PROVIDERS.values():
        if provider.options.model_fields:
            yield provider.name, f"{provider.title}: {provider.gives}", provider.options
    for name, source in SOURCES.items():
        if source.options.model_fields:
            yield FOLDERS[name].name, f"source {name}: {source.title}", source.options


def wrong_options(settings: Settings) -> list[str]:
    """A sentence for each section whose variables have values that are not allowed."""
    sentences = []
    for section, _, model in sections():
        try:
            read_options(section, model, settings)
        except SettingsError as error:
            sentences.append(str(error))
    return sentences


def renamed(settings: Settings) -> list[str]:
    """A sentence for each variable that is set under an old name."""
    return [
        f"{old} is now called {new}; the old name still works."
        for section, _, model in sections()
        for old, new in old_variables(section, model).items()
        if settings.environment.get(old.lower()) not in (None, "")
    ]


def title_of(source: str) -> str:
    """A source's name for people; where none is registered under its name, that name in words."""
    known = SOURCES.get(source)
    return (known.short_title or known.title) if known else source.replace("_", " ")


def with_role(*roles: Role) -> list[Source]:
    """The sources that play one of these roles, in order."""
    return [source for source in SOURCES.values() if source.role in roles]


def named(schema: str, role: Role) -> str:
    """The address of the table, or capture, of the source with a role which exactly one plays; where its folder was
    left out, one that nothing has, so that the rest of the graph loads."""
    sources = with_role(role)
    return f"{schema}.{sources[0].name if sources else f'no_{role}'}"


def the(role: Role) -> Source:
    """The source that plays a role which exactly one can play. Raises LookupError, saying where one is declared."""
    sources = with_role(role)
    if len(sources) != 1:
        names = ", ".join(source.name for source in sources) or "none"
        raise LookupError(
            f"One source must have role={role!r} and {names} has it; `trend-assets doctor` says which folder of "
            f"{PACKAGE.replace('.', '/')} was left out and why."
        )
    return sources[0]
