"""The sandbox of a module's tests, without faults, bills and runs of the test before."""

from collections.abc import Iterator

import pytest

from trend_assets_tests.sandbox_server import RunningSandbox, sandbox_server


@pytest.fixture(scope="module")
def world() -> Iterator[RunningSandbox]:
    with sandbox_server() as running:
        yield running


@pytest.fixture
def sandbox(world: RunningSandbox) -> Iterator[RunningSandbox]:
    world.state.faults.switch_off()
    world.state.meter.lines.clear()
    world.state.memory.clear()
    yield world
    world.state.faults.switch_off()
