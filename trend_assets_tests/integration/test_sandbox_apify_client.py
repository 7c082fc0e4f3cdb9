"""The real apify-client runs Actors against the sandbox: its pydantic models accept every object."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from apify_client import ApifyClient
from apify_client.errors import ApifyApiError

from trend_assets_tests.sandbox_server import sandbox_server


@pytest.fixture(scope="module")
def client() -> Iterator[ApifyClient]:
    with sandbox_server() as sandbox:
        yield ApifyClient("any-token", api_url=sandbox.url, max_retries=1)


def test_an_actor_is_started_waited_for_and_read(client):
    run = client.actor("clockworks/tiktok-scraper").start(
        run_input={"hashtags": ["amazonfinds"], "resultsPerPage": 7, "note": "x" * 3000}, max_items=5
    )
    done = client.run(run.id).wait_for_finish(wait_duration=timedelta(seconds=20))
    page = client.dataset(done.default_dataset_id).list_items(clean=True)
    assert done.status == "SUCCEEDED"
    assert done.usage_total_usd is not None
    assert (page.total, page.count, len(page.items)) == (5, 5, 5)
    assert [item["id"] for item in client.dataset(done.default_dataset_id).iterate_items(chunk_size=2)] == [
        item["id"] for item in page.items
    ]


def test_call_waits_and_returns_the_finished_run(client):
    run = client.actor("lexis-solutions/tiktok-trending-videos-scraper").call(run_input={"maxItems": 3}, logger=None)
    assert run.status == "SUCCEEDED"
    assert client.dataset(run.default_dataset_id).list_items().count == 3


def test_runs_are_listed_and_their_input_is_read_back(client):
    run = client.actor("apidojo/tweet-scraper").start(run_input={"searchTerms": ["#shopify"], "marker": "m-1"})
    listed = client.actor("apidojo/tweet-scraper").runs().list(limit=5, desc=True)
    assert listed.items[0].id == run.id
    assert client.key_value_store(run.default_key_value_store_id).get_record("INPUT")["value"]["marker"] == "m-1"


def test_a_run_is_aborted(client):
    run = client.actor("apidojo/tweet-scraper").start(run_input={"searchTerms": ["#shopify"]})
    assert client.run(run.id).abort().status == "ABORTED"


def test_a_charge_cap_ends_the_run_aborted(client):
    run = client.actor("clockworks/tiktok-scraper").start(
        run_input={"hashtags": ["amazonfinds"], "resultsPerPage": 20}, max_total_charge_usd=Decimal("0.03")
    )
    done = client.run(run.id).wait_for_finish(wait_duration=timedelta(seconds=20))
    assert done.status == "ABORTED"


def test_errors_are_the_clients_own_exceptions(client):
    with pytest.raises(ApifyApiError) as refused:
        client.actor("nobody/nothing").start()
    assert refused.value.type == "record-not-found"
    assert client.run("does-not-exist").get() is None
