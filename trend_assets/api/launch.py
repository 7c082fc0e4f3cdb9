"""Launching Dagster runs from outside Dagster: through the GraphQL API of the webserver that runs beside us."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from trend_assets.sources.http_library import httpx
from trend_assets.text import display_text

LAUNCH_SECONDS = 30
_LAUNCH = """
mutation($p: ExecutionParams!) { launchPipelineExecution(executionParams: $p) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on InvalidSubsetError { message }
  ... on PipelineNotFoundError { message }
} }
"""


class LaunchFailed(Exception):
    """The run was not launched; the message says why and what to do."""


class Launcher(Protocol):
    """Launches a job's run for one partition and returns Dagster's run id. Raises LaunchFailed."""

    def launch(
        self, *, job: str, day: date, assets: Sequence[str] = (), user_id: str, config: dict[str, Any] | None = None
    ) -> str: ...


class WebserverLauncher:
    """Launches through `<dagster_url>/graphql`."""

    def __init__(self, dagster_url: str | None, *, location: str = "trend_assets") -> None:
        self._url, self._location = (dagster_url or "").rstrip("/"), location

    def launch(
        self, *, job: str, day: date, assets: Sequence[str] = (), user_id: str, config: dict[str, Any] | None = None
    ) -> str:
        if not self._url:
            raise LaunchFailed(
                "No Dagster is known to this server: start both with `trend-"
                "assets ui`, or set TREND_ASSETS_DAGSTER_URL."
            )
        selector: dict[str, Any] = {
            "repositoryLocationName": self._location,
            "repositoryName": "__repository__",
            "pipelineName": job,
        }
        if assets:
            selector["assetSelection"] = [{"path": asset.split(".")} for asset in assets]
        tags = {"dagster/partition": day.isoformat(), "launched_by": "api", "requested_by": user_id}
        parameters = {
            "selector": selector,
            "mode": "default",
            "runConfigData": config or {},
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        try:
            with httpx.Client(trust_env=False, timeout=LAUNCH_SECONDS) as client:
                answer = client.post(f"{self._url}/graphql", json={"query": _LAUNCH, "variables": {"p": parameters}})
            result = answer.json()["data"]["launchPipelineExecution"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            raise LaunchFailed(
                "Dagster does not answer at its address; start it with `trend-assets ui` and try again."
            ) from None
        if result["__typename"] != "LaunchRunSuccess":
            why = result.get("message") or "; ".join(error["message"] for error in result.get("errors", ()))
            raise LaunchFailed(f"Dagster refused the run: {display_text(why or result['__typename'], limit=300)}")
        return str(result["run"]["runId"])
