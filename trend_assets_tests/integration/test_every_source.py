"""What holds for every source that is found, also for one that is added tomorrow: nothing here names one.

options · terms · runbook · price · sample through the parser · any JSON · drift · simulation by the client · faults
"""

import base64
import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.commands.source_docs import SECTIONS, facts, renewed
from trend_assets.settings import Settings
from trend_assets.sources.call import Answer, Call, Parsed
from trend_assets.sources.clients import client_for, context_for
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import (
    FOLDERS,
    PROBLEMS,
    PROVIDERS,
    SOURCES,
    options_of,
    provider_options,
    sections,
    wrong_options,
)
from trend_assets.sources.errors import AuthFailed, SourceError, SourceUnavailable
from trend_assets.sources.options import variables
from trend_assets.tables.columns import CAPTURE_COLUMNS
from trend_assets_tests.sandbox_server import RunningSandbox, sandbox_server, without_waiting

NOW = datetime(2026, 11, 20, 12, 30, 45, tzinfo=UTC)
DEFAULTS = Settings(_env_file=None)
ASKING = [source for source in SOURCES.values() if source.provider]
FREE = [source for source in ASKING if not source.needs]
every = pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
asking = pytest.mark.parametrize("source", ASKING, ids=lambda source: source.name)
free = pytest.mark.parametrize("source", FREE, ids=lambda source: source.name)
in_json = pytest.mark.parametrize(
    "source",
    [source for source in ASKING if "answer" in (FOLDERS[source.name] / "sample.json").read_text(encoding="utf-8")],
    ids=lambda source: source.name,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1.2M", "", "-1", 2**63, 10**30, 1.5, "\ud800", "\x00", "2999-01-01", "javascript:0", "—"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def sample_of(source: Source) -> dict[str, Any]:
    return json.loads((FOLDERS[source.name] / "sample.json").read_text(encoding="utf-8"))


def answered(source: Source, document: Any = None) -> Answer:
    """The sample's call, answered by the sample, or by another document."""
    sample = sample_of(source)
    if document is None and "body_base64" in sample:
        body = base64.b64decode(sample["body_base64"])
    else:
        body = json.dumps(sample["answer"] if document is None else document).encode()
    return Answer(call=Call.from_request(sample["call"]), status=200, body=body, fetched_at=NOW)


def accounted(parsed: Parsed) -> Parsed:
    """Nothing is lost, texts are clean, counts are whole and fit the database."""
    assert parsed.received == len(parsed.rows) + parsed.duplicates + len(parsed.quarantined)
    for item in parsed.quarantined:
        assert item.reason and len(item.raw) <= 20_000
    for row in parsed.rows:
        for value in row.values():
            if isinstance(value, str):
                assert "\x00" not in value
                value.encode()
            if isinstance(value, int) and not isinstance(value, bool):
                assert 0 <= value < 2**63
    return parsed


def fits_its_table(source: Source, row: dict[str, Any]) -> None:
    """Exactly the table's columns but those that the capture adds; what must be known is. A panel's rows are counts."""
    assert source.table is not None
    added = {column.name for column in CAPTURE_COLUMNS} | {"observed_date"}
    own = [column for column in source.table.columns if column.name not in added]
    if source.role == "panel":
        assert set(row) <= {column.name for column in own}
        return
    # a row may bring the time that its numbers are of, where that is not when they were fetched
    assert set(row) - {"measured_at"} == {column.name for column in own}
    for column in own:
        value = row[column.name]
        assert column.nullable or value is not None, column.name
        if column.minimum is not None and value is not None:
            assert value >= column.minimum, column.name


# --- declarations ---------------------------------------------------------------------------------------------------


def test_every_folder_is_right() -> None:
    assert PROBLEMS == ()


@pytest.mark.parametrize("section", list(sections()), ids=lambda section: section[0])
def test_options_have_defaults_a_meaning_and_refuse_nonsense_by_name(section: tuple[str, str, Any]) -> None:
    name, _, model = section
    assert wrong_options(DEFAULTS) == []
    for variable, option in variables(name, model):
        field = model.model_fields[option]
        assert field.description, variable
        if field.annotation in (int, float, bool):
            (sentence,) = wrong_options(
                Settings(_env_file=None, **{variable.removeprefix("TREND_ASSETS_"): "nonsense"})
            )
            assert variable in sentence


@every
def test_terms_say_why_and_where_that_is_written(source: Source) -> None:
    assert source.terms.note.endswith(".") and source.terms.reference


@every
def test_the_runbook_has_its_sections_and_its_facts_are_what_is_declared(source: Source) -> None:
    text = (FOLDERS[source.name] / "README.md").read_text(encoding="utf-8")
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert headings[: len(SECTIONS)] == list(SECTIONS)
    assert renewed(text, facts(source.name)) == text, "run `make docs`"


@asking
def test_a_collection_costs_no_more_than_its_providers_day(source: Source) -> None:
    options = provider_options(source.provider, DEFAULTS)
    estimate = source.estimate(options_of(source, DEFAULTS), options)
    assert 0 <= estimate.usd <= getattr(options, "budget_usd", 0.0)
    for bucket, calls in estimate.calls.items():
        assert source.provider is not None
        assert 0 < calls <= getattr(options, source.provider.quotas[bucket])


# --- the parser -----------------------------------------------------------------------------------------------------


@asking
def test_the_sample_becomes_rows_that_fit_the_table(source: Source) -> None:
    parsed = accounted(source.parse(answered(source)))
    assert parsed.rows and not parsed.quarantined
    if source.table is not None:
        for row in parsed.rows:
            fits_its_table(source, row)


@in_json
@settings(max_examples=80)
@given(document=JSON)
def test_any_json_gives_rows_or_one_of_our_errors(source: Source, document: Any) -> None:
    try:
        accounted(source.parse(answered(source, document)))
    except SourceError as error:
        assert str(error).encode()


@in_json
@settings(max_examples=100)
@given(data=st.data())
def test_anything_in_any_place_of_the_sample_gives_rows_or_one_of_our_errors(source: Source, data: Any) -> None:
    document = sample_of(source)["answer"]
    path = data.draw(st.sampled_from(places_in(document)))
    try:
        accounted(source.parse(answered(source, replaced(document, path, data.draw(JSON)))))
    except SourceError as error:
        assert str(error).encode()


@in_json
def test_fields_that_were_renamed_are_noticed(source: Source) -> None:
    """An API that moved: no row may come out that looks like one whose counts are merely unknown."""
    try:
        parsed = accounted(source.parse(answered(source, moved(sample_of(source)["answer"]))))
    except SourceError:
        return
    good = source.parse(answered(source)).rows
    assert len(parsed.rows) < len(good) or parsed.quarantined


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        found += places_in(each, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.deepcopy(value)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = new
    return changed


def moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"new_{key}": moved(each) for key, each in value.items()}
    return [moved(each) for each in value] if isinstance(value, list) else value


# --- the simulation, over real HTTP ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with sandbox_server() as found:
        yield found


@pytest.fixture
def sandbox(running: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """The sandbox, whose clients do not wait between tries."""
    without_waiting(monkeypatch)
    yield running
    running.state.faults.switch_off()


def collected(source: Source, sandbox: RunningSandbox) -> list[Answer]:
    """The answers of one simulated collection."""
    at = sandbox.settings()
    client = client_for(source.provider_name, at, now=NOW)
    answers: list[Answer] = []

    def obtain(call: Call) -> Answer:
        answers.append(client.execute(call))
        return answers[-1]

    try:
        report = source.collect(obtain, context_for(source, at, day=NOW.date(), now=NOW))
    finally:
        client.close()
    assert report.items > 0 or not source.never_empty
    return answers


@free
def test_a_simulated_day_is_collected_says_so_and_becomes_rows(source: Source, sandbox: RunningSandbox) -> None:
    answers = collected(source, sandbox)
    assert answers and all(answer.is_simulated for answer in answers)
    rows = [row for answer in answers for row in accounted(source.parse(answer)).rows]
    assert rows
    for row in rows:
        fits_its_table(source, row)
    for column in source.watched:
        assert any(row[column] is not None for row in rows), f"{column} is watched and never known"


@free
def test_a_provider_that_is_down_is_an_error_that_can_heal(source: Source, sandbox: RunningSandbox) -> None:
    sandbox.fault("down", provider=source.provider_name)
    with pytest.raises(SourceUnavailable) as caught:
        collected(source, sandbox)
    assert caught.value.can_heal and str(caught.value).endswith(".")


@free
def test_a_page_instead_of_an_answer_gives_no_rows(source: Source, sandbox: RunningSandbox) -> None:
    sandbox.fault("html", provider=source.provider_name)
    with pytest.raises(SourceError):
        collected(source, sandbox)


@pytest.mark.parametrize("source", [each for each in FREE if each.provider.keys], ids=lambda source: source.name)
def test_a_refused_key_is_said_with_its_variable_and_not_tried_again(source: Source, sandbox: RunningSandbox) -> None:
    sandbox.fault("unauthorized", provider=source.provider_name)
    with pytest.raises(AuthFailed) as caught:
        collected(source, sandbox)
    assert not caught.value.can_heal
    assert any(variable in str(caught.value) for variable in PROVIDERS[source.provider_name].key.split(" and "))
