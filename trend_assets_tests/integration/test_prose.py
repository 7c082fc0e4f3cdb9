"""A language model may put the day into its own words: paid once, checked, and set aside without harm."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from trend_assets.capture import session as captures
from trend_assets.domain.feed.frames import known_records
from trend_assets.newsletters.rendering.issue_rows import write_issues
from trend_assets.settings import Settings
from trend_assets.sources.prose.simulated import MODEL, USD
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests import fault_server
from trend_assets_tests.fault_server import FaultServer
from trend_assets_tests.feed_world import World, materialize
from trend_assets_tests.issues import stored_issue
from trend_assets_tests.sandbox_server import without_waiting

DAYS = [date(2026, 11, 14) + timedelta(days=n) for n in range(2)]
DAY = DAYS[-1]
REPORT = ("prose", "issue_forms", "issues")


@pytest.fixture(scope="module")
def built(module_database_url: str) -> Warehouse:
    warehouse, world = Warehouse(module_database_url), World(items_per_source=24)
    for day in DAYS:
        world.write(warehouse, day)
    assert materialize(warehouse, DAY).success
    return warehouse


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("newsletters")
    (made / "rising.toml").write_text('title = "Rising"\nrewrite = true\n')
    return made


class Desk:
    """A day's issue that is made again and again; `asked` counts what the model was asked and paid for."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse, self.folder = warehouse, folder
        self.settings = {"TREND_ASSETS_NEWSLETTER_DIR": str(folder), "LLM_API_KEY": ""}

    def make(self, *names: str, **settings: str) -> dict:
        assert materialize(self.warehouse, DAY, *(names or REPORT), settings=self.settings | settings).success
        return stored_issue(self.warehouse, DAY)

    def prose(self, **settings: str) -> dict:
        """What the model wrote, or why not, after it was asked again."""
        self.make("prose", **settings)
        return self.stored()

    def stored(self) -> dict:
        (row,) = known_records(self.warehouse.read("feed.prose", day=DAY))
        return row

    def ledger(self) -> list[tuple[str, float]]:
        rows = self.warehouse.query(
            "SELECT state, coalesce(cost_usd, 0) FROM ops.ledger WHERE provider = 'llm' ORDER BY created_at"
        )
        return [(state, float(usd)) for state, usd in rows.itertuples(index=False)]


@pytest.fixture
def desk(built: Warehouse, folder: Path, sandbox, monkeypatch: pytest.MonkeyPatch) -> Desk:
    without_waiting(monkeypatch)
    with built.connect() as connection:
        for table in ("feed.prose", "capture.answers", "capture.spool", "ops.ledger"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM ops.partition_writes WHERE table_address = 'feed.prose'")
    made = Desk(built, folder)
    made.settings |= {"TREND_ASSETS_SANDBOX": "on", "TREND_ASSETS_SANDBOX_URL": sandbox.url}
    return made


def test_a_day_is_put_into_words_once_however_often_it_is_made_again(desk: Desk, sandbox) -> None:
    ours = desk.make("issue_forms", "issues")
    issue, row = desk.make(), desk.stored()
    assert row["note"] is None and row["model"] == MODEL
    assert issue["headline"] == row["headline"] != ours["headline"]
    assert issue["lead"] == row["introduction"] != ours["lead"]
    assert issue["written_by"] == MODEL and f"by {MODEL}" not in ours["html"]
    assert all(f"put into words by {MODEL}" in issue[form] for form in ("html", "txt", "md"))
    assert json.loads(issue["json"])["_trend_assets"]["written_by"] == MODEL
    again = desk.make()
    assert again["html"] == issue["html"]
    assert sandbox.requests("llm", "chat") == sandbox.paid("llm") == 1
    assert desk.ledger() == [("settled", pytest.approx(USD))]


def test_the_switch_and_the_key_are_both_needed(desk: Desk, sandbox, tmp_path: Path) -> None:
    assert "LLM_API_KEY" in desk.prose(TREND_ASSETS_SANDBOX="auto")["note"]
    (tmp_path / "rising.toml").write_text('title = "Rising"\n')
    desk.make("prose", TREND_ASSETS_NEWSLETTER_DIR=str(tmp_path))
    assert desk.warehouse.read("feed.prose", day=DAY).empty
    assert sandbox.requests("llm", "chat") == 0 and desk.ledger() == []


def test_what_is_set_aside_leaves_the_issue_as_it_was(desk: Desk, sandbox) -> None:
    ours = desk.make("issue_forms", "issues")
    sandbox.fault("lies_in_numbers", provider="llm")
    assert desk.make()["html"] == ours["html"]
    assert "set aside" in desk.stored()["note"] and "of which it was not told" in desk.stored()["note"]


@pytest.mark.parametrize("lie", ["obeys_strangers", "refuses_to_write", "writes_nothing", "writes_for_ever"])
def test_a_text_that_says_too_much_or_nothing_is_set_aside_and_paid_once(desk: Desk, sandbox, lie: str) -> None:
    sandbox.fault(lie, provider="llm")
    for _ in range(2):
        row = desk.prose()
        assert row["headline"] is None and f"What {MODEL} wrote is set aside" in row["note"]
    assert sandbox.requests("llm", "chat") == 1, "the same figures would be answered with the same text"


@pytest.mark.parametrize(
    ("fault", "requests", "ledger"),
    [
        ("rate_limited", 3, "released"),
        ("down", 3, "released"),
        ("unauthorized", 1, "released"),
        ("html", 1, "settled"),
        ("empty_body", 1, "settled"),
        ("shape_moved", 1, "settled"),
        ("big_body", 1, "settled"),
        ("lost_reply", 1, "intent"),
    ],
)
def test_a_provider_that_fails_costs_only_its_text(desk: Desk, sandbox, fault: str, requests: int, ledger: str) -> None:
    sandbox.fault(fault, provider="llm", megabytes=3)
    assert desk.prose()["note"].startswith("The language model gave nothing.")
    assert sandbox.requests("llm", "chat") == requests
    assert [state for state, _ in desk.ledger()] == [ledger]
    sandbox.state.faults.switch_off()
    assert desk.prose()["headline"] is not None, "what failed is asked again"


def test_a_budget_that_is_spent_asks_nobody(desk: Desk, sandbox) -> None:
    assert "TREND_ASSETS_LLM__BUDGET_USD" in desk.prose(TREND_ASSETS_LLM__BUDGET_USD="0")["note"]
    assert sandbox.requests("llm", "chat") == 0


def test_an_answer_without_its_usage_counts_with_the_most_that_it_can_cost(desk: Desk, sandbox) -> None:
    sandbox.fault("hides_usage", provider="llm")
    desk.prose()
    (reserved,) = desk.warehouse.query("SELECT reserved_usd FROM ops.ledger")["reserved_usd"]
    assert desk.ledger() == [("settled", float(reserved))] and float(reserved) > USD


def test_a_text_goes_with_the_figures_that_it_was_told(desk: Desk) -> None:
    assert desk.make()["written_by"] == MODEL
    first = "observed_date = %s AND newsletter = 'rising' AND place = 1"
    with desk.warehouse.connect() as connection:
        (figure,) = connection.execute(f"SELECT figure FROM feed.newsletter_stories WHERE {first}", (DAY,)).fetchone()
        connection.execute(f"UPDATE feed.newsletter_stories SET figure = '+7 views in 2 h' WHERE {first}", (DAY,))
    settings = Settings(_env_file=None, newsletter_dir=desk.folder, sandbox="on", sandbox_url="http://x")
    write_issues(desk.warehouse, settings, DAY, keeps_prose=True)
    assert "put into words" not in stored_issue(desk.warehouse, DAY)["html"]
    assert desk.stored()["headline"], "an editor's change may be taken back"
    write_issues(desk.warehouse, settings, DAY)
    assert desk.warehouse.read("feed.prose", day=DAY).empty, "what was removed may be quoted in it"
    with desk.warehouse.connect() as connection:
        connection.execute(f"UPDATE feed.newsletter_stories SET figure = %s WHERE {first}", (figure, DAY))
    assert desk.prose()["headline"], "the same figures find the same text"
    assert len(desk.ledger()) == 1


# --- a live endpoint --------------------------------------------------------------------------------------------------


@pytest.fixture
def live(desk: Desk, tmp_path: Path) -> Iterator[tuple[Desk, FaultServer]]:
    with FaultServer() as server:
        desk.settings |= {
            "LLM_API_KEY": "sk-canary-4711-abcdef",
            "LLM_BASE_URL": f"{server.url}/v1",
            "TREND_ASSETS_SANDBOX": "auto",
            "TREND_ASSETS_STATE_DIR": str(tmp_path / "state"),
        }
        yield desk, server


def said(text: str) -> dict:
    usage = {"prompt_tokens": 1000, "completion_tokens": 100}
    return {"model": "m-1", "choices": [{"message": {"content": text}}], "usage": usage}


def test_an_answer_that_arrived_before_a_kill_is_adopted_and_not_bought_again(
    live: tuple[Desk, FaultServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, server = live
    server.on("/v1/chat/completions", fault_server.answer(said("It says sk-canary-4711-abcdef.")))
    with monkeypatch.context() as killed:
        killed.setattr(captures.CaptureSession, "_store", lambda *given, **named: (_ for _ in ()).throw(SystemExit(9)))
        assert not materialize(desk.warehouse, DAY, "prose", settings=desk.settings).success
    assert len(desk.warehouse.query("SELECT 1 FROM capture.spool")) == 1
    row = desk.prose()
    assert server.calls("/v1/chat/completions") == 1
    assert desk.ledger()[-1] == ("settled", pytest.approx(0.00021))
    assert len(desk.warehouse.query("SELECT 1 FROM capture.spool")) == 0
    # the key that the model said back is nowhere, the prompt's secret never was
    stored = desk.warehouse.query("SELECT request::text AS said, note FROM capture.answers").to_json()
    assert "canary" not in stored + json.dumps(row, default=str)


def test_a_charge_whose_answer_was_lost_stays_open_with_the_most_that_it_can_cost(
    live: tuple[Desk, FaultServer],
) -> None:
    desk, server = live
    server.on("/v1/chat/completions", fault_server.reset, fault_server.answer(said("no JSON")))
    desk.make("prose")
    assert desk.ledger() == [("intent", 0.0)] and server.calls("/v1/chat/completions") == 1
    desk.make("prose")
    assert [state for state, _ in desk.ledger()] == ["intent", "settled"], "nobody can know whether it was charged"
