"""A platform for tests of assets in process: settings that point to the test's database and to a sandbox of its own."""

from collections.abc import Iterator

import dagster as dg
import pytest

from trend_assets_tests.sandbox_server import sandbox_server


@pytest.fixture
def sandbox_world(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[str]:
    """The sandbox's address, while the settings name it and the database."""
    from trend_assets.defs.partitions import daily

    with sandbox_server() as sandbox:
        monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
        monkeypatch.setenv("TREND_ASSETS_SANDBOX", "on")
        monkeypatch.setenv("TREND_ASSETS_SANDBOX_URL", sandbox.url)
        daily.cache_clear()
        yield sandbox.url
    daily.cache_clear()


def run(day, *addresses: str) -> dg.ExecuteInProcessResult:
    """Materialize assets of the whole graph for a day; raises what a step raises."""
    from trend_assets.definitions import defs

    with dg.DagsterInstance.ephemeral() as instance:
        return defs.resolve_implicit_global_asset_job_def().execute_in_process(
            partition_key=day.isoformat(),
            asset_selection=[dg.AssetKey(address.split(".")) for address in addresses],
            instance=instance,
        )
