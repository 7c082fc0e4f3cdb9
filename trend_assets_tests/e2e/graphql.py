"""What a person does in the Dagster UI, said in the GraphQL that the UI itself speaks."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trend_assets.sources.http_library import httpx

REPOSITORY = {"repositoryLocationName": "trend_assets", "repositoryName": "__repository__"}
ENDED = ("SUCCESS", "FAILURE", "CANCELED")


class Dagster:
    """A client of one running webserver."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Data of a query; fails on any GraphQL error, which is what a person would see as a broken page."""
        response = self.http.post("/graphql", json={"query": query, "variables": variables})
        assert response.status_code == 200, response.text[:1000]
        answer = response.json()
        assert not answer.get("errors"), str(answer["errors"])[:2000]
        return answer["data"]

    def launch(
        self,
        *,
        job: str = "__ASSET_JOB",
        assets: Sequence[str] = (),
        day: str = "",
        tags: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> str:
        """Launch a job, or `materialize selected`, for a day; the run's id."""
        selector: dict[str, Any] = {**REPOSITORY, "pipelineName": job}
        if assets:
            selector["assetSelection"] = [{"path": address.split(".")} for address in assets]
        all_tags = {**(tags or {}), **({"dagster/partition": day} if day else {})}
        data = self.ask(
            """mutation($p:ExecutionParams!){launchPipelineExecution(executionParams:$p){__typename
            ... on LaunchRunSuccess{run{runId}} ... on PythonError{message} ... on InvalidSubsetError{message}
            ... on RunConfigValidationInvalid{errors{message}}}}""",
            p={
                "selector": selector,
                "mode": "default",
                "runConfigData": dict(config or {}),
                "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in all_tags.items()]},
            },
        )["launchPipelineExecution"]
        assert data["__typename"] == "LaunchRunSuccess", data
        return data["run"]["runId"]

    def backfill(self, assets: Sequence[str], days: Sequence[str]) -> str:
        """Launch a backfill of assets over days; its id."""
        data = self.ask(
            """mutation($b:LaunchBackfillParams!){launchPartitionBackfill(backfillParams:$b){__typename
            ... on LaunchBackfillSuccess{backfillId} ... on PythonError{message}
            ... on PartitionKeysNotFoundError{message}}}""",
            b={"assetSelection": [{"path": address.split(".")} for address in assets], "partitionNames": list(days)},
        )["launchPartitionBackfill"]
        assert data["__typename"] == "LaunchBackfillSuccess", data
        return data["backfillId"]

    def backfill_status(self, backfill_id: str) -> str:
        """REQUESTED, COMPLETED_SUCCESS, COMPLETED_FAILED, …"""
        return self.ask(
            "query($b:String!){partitionBackfillOrError(backfillId:$b){... on PartitionBackfill{status}}}",
            b=backfill_id,
        )["partitionBackfillOrError"]["status"]

    def run(self, run_id: str) -> dict[str, Any]:
        """Status and steps of a run."""
        return self.ask(
            "query($r:ID!){runOrError(runId:$r){... on Run{status stepStats{stepKey status} tags{key value}}}}",
            r=run_id,
        )["runOrError"]

    def finish(self, run_id: str, *, seconds: float = 180) -> dict[str, Any]:
        """Wait until a run has ended."""
        return wait_for(lambda: (r := self.run(run_id))["status"] in ENDED and r, what=f"run {run_id}", seconds=seconds)

    def unfinished_runs(self) -> list[str]:
        """Ids of the runs that wait or go on."""
        found = self.ask(
            "{ runsOrError(filter:{statuses:[QUEUED,NOT_STARTED,STARTING,STARTED,CANCELING]}){"
            "... on Runs { results { runId } } } }"
        )
        return [run["runId"] for run in found["runsOrError"]["results"]]

    def last_tick(self, sensor: str) -> tuple[float, str]:
        """When a sensor began its last finished look (s since 1970, 0 when there was none), and why it asked for
        nothing ("" when it asked for something)."""
        found = self.ask(
            """query($s:SensorSelector!){sensorOrError(sensorSelector:$s){... on Sensor{sensorState{
            ticks(limit:1,statuses:[SKIPPED,SUCCESS,FAILURE]){timestamp skipReason}}}}}""",
            s={**REPOSITORY, "sensorName": sensor},
        )["sensorOrError"]["sensorState"]["ticks"]
        return (found[0]["timestamp"], found[0]["skipReason"] or "") if found else (0.0, "")

    def partitions(self, address: str) -> list[str]:
        """The keys of an asset's partitions, in order."""
        return self.ask(
            "query($k:AssetKeyInput!){assetNodeOrError(assetKey:$k){... on AssetNode{partitionKeys}}}",
            k={"path": address.split(".")},
        )["assetNodeOrError"]["partitionKeys"]

    def days(self, address: str, kind: str = "MATERIALIZED") -> set[str]:
        """First and last days of the ranges of an asset's partitions with that status, each day of the range named."""
        ranges = self.ask(
            """query($k:AssetKeyInput!){assetNodeOrError(assetKey:$k){... on AssetNode{assetPartitionStatuses{
            ... on TimePartitionStatuses{ranges{startKey endKey status}}}}}}""",
            k={"path": address.split(".")},
        )["assetNodeOrError"]["assetPartitionStatuses"]["ranges"]
        return {day for each in ranges if each["status"] == kind for day in _between(each["startKey"], each["endKey"])}

    def rows(self, address: str, day: str) -> int | None:
        """The row count that the UI shows for a partition; None when it shows none."""
        found = self.ask(
            """query($k:AssetKeyInput!,$p:[String!]){assetNodeOrError(assetKey:$k){... on AssetNode{
            assetMaterializations(partitions:$p,limit:1){metadataEntries{label
            ... on IntMetadataEntry{intValue}}}}}}""",
            k={"path": address.split(".")},
            p=[day],
        )["assetNodeOrError"]["assetMaterializations"]
        entries = {each["label"]: each.get("intValue") for each in (found[0]["metadataEntries"] if found else ())}
        return entries.get("dagster/partition_row_count")

    def materialized_at(self, address: str, day: str) -> float:
        """Time (s since 1970) of the newest materialization of a partition, 0 when there is none."""
        found = self.ask(
            """query($k:AssetKeyInput!,$p:[String!]){assetNodeOrError(assetKey:$k){... on AssetNode{
            assetMaterializations(partitions:$p,limit:1){timestamp}}}}""",
            k={"path": address.split(".")},
            p=[day],
        )["assetNodeOrError"]["assetMaterializations"]
        return float(found[0]["timestamp"]) / 1000 if found else 0.0


def wait_for(probe: Callable[[], Any], *, what: str, seconds: float = 120, every: float = 0.5) -> Any:
    """Ask until the answer is truthy; fails with `what` when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := probe():
            return answer
        time.sleep(every)
    raise AssertionError(f"{what} did not happen within {seconds:g} s")


def _between(start: str, end: str) -> list[str]:
    from datetime import date, timedelta

    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return [(first + timedelta(days=offset)).isoformat() for offset in range((last - first).days + 1)]
