"""What holds for every address of the application, so that a new one is held to it: unknown parameters are refused,
and every list can be had as JSON, as data (CSV) and for a spreadsheet (.xlsx)."""

import asyncio
import csv
import io
import re
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from psycopg_pool import ConnectionPool
from starlette.testclient import TestClient

from trend_assets.api.services import known_parameters
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.desk_world import Desk, key_of, started_app
from trend_assets_tests.pages_world import FORMULA, MINUS_ID, addresses, build_world, names, routes

FILES = {"text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
ROOT = Path(__file__).parents[2]
PAGES = ("http-api", "runbook", "feed", "newsletters")
JOB = "00000000-0000-4000-8000-000000000000"


class Everywhere:
    """The application over a world with everything, as ada's browser and her key see it."""

    def __init__(self, app, warehouse):
        self.app, self.warehouse, key = app, warehouse, key_of(warehouse, "ada")
        self.client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        self.client.cookies.update(Desk(app, key).client.cookies)
        self.keyed = {"Authorization": f"Bearer {key}"}
        self.values = {"job_id": JOB}
        self.subjects = names(warehouse)

    def addresses(self):
        return addresses(self.app, self.values, self.subjects)


@pytest.fixture(scope="module")
def everywhere(module_database_url, tmp_path_factory):
    warehouse = Warehouse(module_database_url)
    build_world(warehouse)
    with started_app(warehouse, tmp_path_factory.mktemp("everywhere")) as app:
        yield Everywhere(app, warehouse)


def test_every_address_that_a_page_of_the_docs_names_is_there(everywhere):
    there = [*(route.path for route in routes(everywhere.app)), "/docs", "/openapi.json", "/mcp"]
    patterns = [re.sub(r"\{[^}]*\}", "[^/]+", path) for path in there]
    named = {
        (page.name, address)
        for page in (ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in PAGES))
        for address in re.findall(r"`(?:[A-Z]+ )?(/[^` ]*)`", page.read_text("utf-8"))
        if address not in ("/tmp", "/state")  # folders of a container
    }
    assert len(named) > 20
    for page, address in sorted(named):
        begin, more, _ = (
            re.sub(r"\{[^}]*\}|<[^>]*>", "x", address.partition("?")[0]).replace("⟨day⟩", "x").partition("…")
        )
        is_there = any(re.fullmatch(pattern, begin) for pattern in patterns)
        assert is_there or (more and any(path.startswith(begin) for path in there)), f"{page}: {address}"


def test_a_query_parameter_that_nobody_knows_is_refused_on_every_route_and_the_known_are_named(everywhere):
    asked = 0
    for route, method, path in everywhere.addresses():
        known = known_parameters(route)
        answer = everywhere.client.request(method, path, params={"limitt": "3", "<b>": "1"}, follow_redirects=False)
        assert answer.status_code == 422, f"{method} {path}: {answer.status_code}"
        said = " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())
        assert "limitt" in said and "no such query parameter" in said, f"{method} {path}: {said}"
        assert all(name in said for name in known), f"{method} {path} knows {known}, and says {said}"
        if not known:
            assert "There are none here." in said, path
        asked += 1
    assert asked > 50


def test_no_route_asks_the_database_on_the_event_loop(everywhere, monkeypatch):
    """A database that is slow would hold up everybody's answers there, as one sign-in did."""
    taken, asked, on_the_loop = ConnectionPool.getconn, set(), set()

    def getconn(pool, timeout=None):
        asked.add(path)
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            on_the_loop.add(path)
        return taken(pool, timeout)

    monkeypatch.setattr(ConnectionPool, "getconn", getconn)
    for _, method, path in everywhere.addresses():
        form = {"data": {"key": "no key"}} if method == "POST" else {}
        everywhere.client.request(method, path, follow_redirects=False, **form)
    assert not on_the_loop and "/ui/sign-in" in asked and len(asked) > 40


def lists_of(document, operation):
    """The names of the lists of objects in what an operation answers, from its schema."""
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
    return [
        name for name, field in named.get("properties", {}).items()
        if field.get("type") == "array" and "$ref" in field.get("items", {})
    ]  # fmt: skip


def test_every_list_is_offered_as_data_and_for_spreadsheets(everywhere):
    document = everywhere.client.get("/openapi.json").json()
    found = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not (lists := lists_of(document, operation)):
                continue
            parameters = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
            assert set(operation["responses"]["200"]["content"]) >= FILES, f"{method} {path}: no files of its list"
            assert parameters["format"]["schema"]["enum"] == ["json", "csv", "xlsx"], path
            if len(lists) > 1:
                assert set(parameters["list"]["schema"]["enum"]) == set(lists), f"{path}: which list as a file?"
            found.append(path)
    assert {"/trends", "/creators", "/sources/status", "/scoreboard", "/search", "/competitors/tracked"} <= set(found)


def test_every_list_says_the_same_as_json_as_csv_and_as_xlsx(everywhere):
    document = everywhere.client.get("/openapi.json").json()
    filled = set()
    for route, method, path in everywhere.addresses():
        operation = document["paths"].get(re.sub(r":path}", "}", route.path), {}).get(method.lower())
        if method != "GET" or operation is None or not (lists := lists_of(document, operation)):
            continue
        query = {"q": "slime"} if path == "/search" else {}
        query |= {"date": "2026-11-17"} if "date" in known_parameters(route) else {}
        plain = everywhere.client.get(path, params=query, headers=everywhere.keyed)
        if plain.status_code == 404:
            continue  # one thing of an owner who has none
        for name in lists:
            chosen = query | ({"list": name} if len(lists) > 1 else {})
            as_csv, as_xlsx = (
                everywhere.client.get(path, params=chosen | {"format": form}, headers=everywhere.keyed)
                for form in ("csv", "xlsx")
            )
            assert as_csv.headers["content-disposition"].endswith('.csv"'), path
            head, *rows = csv.reader(io.StringIO(as_csv.content.decode()))
            listed = plain.json()[name]
            assert len(rows) == len(listed), f"{path} {name}"
            sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx.content)).active
            assert [cell.value for cell in sheet[1]] == head, path
            assert sheet.max_row - 1 == len(listed), f"{path} {name}"
            for row, of_sheet, item in zip(rows, sheet.iter_rows(min_row=2), listed, strict=True):
                assert set(head) == set(item), path
                for column, text, cell in zip(head, row, of_sheet, strict=True):
                    assert cell.data_type != "f", f"{path}: {column} is a formula"
                    if isinstance(item[column], str):
                        assert text == item[column], f"{path}: {column}"
            if listed:
                filled.add(path)
    assert {"/trends", "/creators", "/sources/status", "/search"} <= filled


def test_data_stays_what_it_is_in_csv_and_runs_nowhere(everywhere):
    """A YouTube id that begins with - and a title that begins with = were altered in files for programs."""
    answer = everywhere.client.get("/trends", params={"format": "csv", "limit": 200})
    assert not answer.content.startswith(b"\xef\xbb\xbf")
    rows = {row["external_id"]: row for row in csv.DictReader(io.StringIO(answer.content.decode()))}
    assert rows[MINUS_ID]["title"] == FORMULA
    book = everywhere.client.get("/trends", params={"format": "xlsx", "limit": 200}).content
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value == FORMULA} == {"s"}


def test_the_next_page_of_a_file_can_be_had(everywhere):
    first = everywhere.client.get("/trends", params={"format": "csv", "limit": 1})
    following = first.headers["x-next-cursor"]
    assert following == everywhere.client.get("/trends", params={"limit": 1}).json()["next_cursor"]
    second = everywhere.client.get("/trends", params={"format": "csv", "limit": 1, "cursor": following})
    assert second.status_code == 200 and second.text != first.text


def test_every_page_with_a_list_offers_its_files(everywhere):
    """A page is looked at for tables: each has its files."""
    with_tables = 0
    for route, method, path in everywhere.addresses():
        if method != "GET" or not route.path.startswith("/ui/") or route.path.endswith((".css", ".jpg")):
            continue
        query = {"date": "2026-11-17"} if "date" in known_parameters(route) else {}
        page = everywhere.client.get(path, params=query | ({"q": "slime"} if path == "/ui/search" else {}))
        if re.search(r'class="(fold"|list">\s*<li)', page.text):
            assert "format=csv" in page.text and "format=xlsx" in page.text, path
            for address in re.findall(r'href="([^"]*format=csv[^"]*)"', page.text):
                got = everywhere.client.get(address.replace("&amp;", "&"), headers=everywhere.keyed)
                assert got.headers["content-type"].startswith("text/csv"), f"{path}: {address} {got.text[:200]}"
            with_tables += 1
    assert with_tables >= 8


def test_no_page_has_a_dot_beside_what_is_unknown(everywhere):
    """An Amazon item has no creator, another no views: the dot between them stood alone."""
    with everywhere.warehouse.connect() as connection:
        told = {"creator_handle": None, "creator_name": None, "views": None, "delta_views": None, "chance": None}
        nothing = ", ".join(f"{name} = NULL" for name in told)
        connection.execute(f"UPDATE feed.items SET {nothing} WHERE rank % 2 = 0".encode())
    dotted = 0
    for _, method, path in everywhere.addresses():
        if method != "GET" or not path.startswith(("/ui/", "/desk/")):
            continue
        text = everywhere.client.get(path, params={"q": "slime"} if path == "/ui/search" else {}).text
        alone = re.search(r'(class="platform[^>]*>[^<]*</span>|class="meta">|·)\s*·|·\s*</(p|span)>', text)
        assert alone is None, f"{path}: {text[alone.start() - 200 : alone.end() + 50]}"
        dotted += " · " in text.partition("</nav>")[2].partition("<footer")[0]
    assert dotted >= 4


@pytest.mark.parametrize(("method", "path"), [("GET", "/openapi.json"), ("POST", "/mcp")])
def test_what_is_no_route_of_the_frameworks_refuses_parameters_too(everywhere, method, path):
    answer = everywhere.client.request(method, path, params={"limitt": "3"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"] == "limitt: no such query parameter. There are none here."
    assert everywhere.client.request(method, path).status_code != 422
