"""Every route fuzzed against its own OpenAPI document: no 500, no undocumented status, every error a problem."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from trend_assets.api.app import api_app
from trend_assets.api.keys import create_api_key
from trend_assets.settings import Settings
from trend_assets_tests.application import serving

ROUTES = [
    ("GET", "/trends"), ("GET", "/creators"), ("GET", "/creators/{creator_id}/history"), ("GET", "/feed/{date}"),
    ("GET", "/trend-reports/{date}"), ("GET", "/sources/status"), ("GET", "/health"), ("POST", "/collect-trends"),
    ("POST", "/competitors/discover"), ("POST", "/competitors/import"), ("POST", "/media/download"),
    ("GET", "/media/download/{job_id}"), ("GET", "/feed/latest"), ("GET", "/feed/latest.{form}"),
    ("GET", "/n/{newsletter}/latest"), ("GET", "/n/{newsletter}/latest.{form}"), ("GET", "/n/{newsletter}/{date}"),
    ("GET", "/feeds.opml"), ("GET", "/scoreboard"),
    ("GET", "/competitors/requests"), ("GET", "/competitors/requests/{request_id}"), ("GET", "/competitors/tracked"),
    ("GET", "/media/downloads"), ("GET", "/imports"), ("GET", "/watches/{newsletter}"),
    ("GET", "/pictures/{platform}/{name}.jpg"),
    ("GET", "/sources/leads"), ("GET", "/creators/{creator_id}/standing"),
    ("GET", "/search"), ("GET", "/about/{subject}/{name}"),
]  # fmt: skip
EXAMPLES = 25
# `given` is applied inside the test, where the plugin does not see it
pytestmark = pytest.mark.hypothesis


class Launcher:
    def launch(self, **_):
        return "run"


@pytest.fixture(scope="module")
def schema_and_key(module_database_url):
    settings = Settings(_env_file=None, allow_external_media_download=True, sandbox="off")
    app = api_app(
        settings, database_url=module_database_url, state_dir=Path(mkdtemp()), launcher=Launcher(), cache_seconds=0,
        now=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC),
    )  # fmt: skip
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        key = create_api_key(connection, user="ada").key
        fill(connection)
    with serving(app) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json"), key


def fill(connection):
    """A row behind every read."""
    connection.execute(
        "INSERT INTO trends.posts (platform, external_id, kind, first_collected_at, first_source, last_collected_at, "
        "measured_at, sources, is_simulated) SELECT 'tiktok', i::text, 'video', now(), 's', now(), now(), '{s}', true "
        "FROM generate_series(1, 300) i"
    )
    connection.execute(
        "INSERT INTO comets.creators (user_id, first_seen, last_updated_at, state, state_since, is_simulated) "
        "VALUES ('1', now(), now(), 'active', '2026-11-20', true)"
    )


def test_every_documented_route_is_fuzzed(schema_and_key):
    schema, _ = schema_and_key
    assert {(o.ok().method.upper(), o.ok().path) for o in schema.get_all_operations()} == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_input_makes_a_route_fail(schema_and_key, method, path):
    schema, key = schema_and_key

    @effort(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy())
    def fuzz(case):
        response = case.call(headers={"Authorization": f"Bearer {key}"})
        case.validate_response(
            response,
            checks=[
                not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
            ],
        )  # fmt: skip
        if response.status_code >= 400:
            assert response.headers["content-type"][0] == "application/problem+json"
            assert response.json()["detail"]

    fuzz()
