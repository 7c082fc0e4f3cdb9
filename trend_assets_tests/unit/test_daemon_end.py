"""A daemon's end: what it evaluates ends, what waits is dropped, before its workspace closes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from trend_assets.runtime.dagster_private import end_threads


class ADaemon:
    def __init__(self) -> None:
        self.name = "SENSOR"
        self.pool = ThreadPoolExecutor(1)
        self.no_pool = None


def test_the_tick_under_way_ends_and_those_that_wait_never_begin():
    daemon, begun, go = ADaemon(), Event(), Event()

    def tick():
        begun.set()
        return go.wait(30)

    under_way, waiting = daemon.pool.submit(tick), daemon.pool.submit(tick)
    assert begun.wait(30)
    ender = ThreadPoolExecutor(1)
    end = ender.submit(end_threads, daemon)
    while not waiting.cancelled():
        assert not end.done()
    assert not under_way.done()
    go.set()
    end.result(30)
    assert under_way.result(30) is True
    ender.shutdown()
