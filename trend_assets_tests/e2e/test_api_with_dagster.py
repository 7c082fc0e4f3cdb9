"""The HTTP API beside a running Dagster: a launched collection, and a request that its sensor answers."""

import os
import subprocess
import sys
import time

import pytest

from trend_assets.sources.http_library import httpx

pytestmark = pytest.mark.slow
WAIT_SECONDS = 240


@pytest.fixture
def client(platform):
    folder = platform.state_dir.parent
    made = subprocess.run(
        [sys.executable, "-m", "trend_assets.cli", "api-key", "create", "ada"],
        cwd=folder, capture_output=True, text=True, check=True, timeout=120,
        env={**os.environ, "TREND_ASSETS_STATE_DIR": str(platform.state_dir)},
    )  # fmt: skip
    key = next(line for line in made.stdout.splitlines() if line.startswith("ta_"))
    with httpx.Client(
        base_url=platform.api_url, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False
    ) as opened:
        yield opened


def wait_for(what, look):
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(1)
    raise AssertionError(f"{what} did not happen within {WAIT_SECONDS} s")


def test_a_collection_is_launched_in_dagster_and_its_run_can_be_followed(platform, client):
    launched = client.post("/collect-trends", json={"sources": ["trending_keywords"]})
    assert launched.status_code == 202, launched.text
    run_id = launched.json()["run_id"]
    assert launched.json()["run_url"].endswith(f"/runs/{run_id}")

    def outcome():
        status = client.get("/sources/status").json()["items"]
        return next(
            (row["outcome"] for row in status if row["source"] == "trending_keywords" and row["finished_at"]), None
        )

    assert wait_for("the collection", outcome) == "succeeded"


def test_a_request_for_competitors_is_picked_up_and_answered(platform, client):
    body = {"topics": ["baking"], "platforms": ["youtube"]}
    assert client.post("/competitors/discover", json=body).json()["state"] == "queued"

    def found():
        page = client.post("/competitors/discover", json=body).json()
        # what the corpus knows may be answered first; how much that is depends on what was collected today
        return page if any("official_api" in item["providers"] for item in page["items"]) else None

    page = wait_for("the answer", found)
    assert all(item["is_simulated"] for item in page["items"])
    again = client.post("/competitors/discover", json=body).json()
    assert again["items"] == page["items"], "pages are stable under repeated calls"
