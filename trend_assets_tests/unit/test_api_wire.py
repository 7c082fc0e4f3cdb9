"""What lies between uvicorn and the sockets."""

import asyncio
import pickle
import socket
import sys

import pytest

from trend_assets.api.wire import _Joining, sockets_for


class Transport:
    def __init__(self):
        self.said = []

    def write(self, data):
        self.said.append(data)

    def close(self):
        self.said.append("closed")

    def is_closing(self):
        return self.said[-1:] == ["closed"]


def test_what_is_written_in_one_turn_of_the_loop_leaves_in_one_write():
    transport = Transport()

    async def turns():
        joining = _Joining(transport, asyncio.get_running_loop())
        joining.write(b"head ")
        joining.write(b"body")
        assert transport.said == []
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        joining.write(b"x" * 70_000)
        assert transport.said == [b"head body", b"x" * 70_000], "much is not held back"
        joining.write(b"last")
        joining.close()
        assert transport.said[2:] == [b"last", "closed"], "nothing is lost at the end"
        assert joining.is_closing()

    asyncio.run(turns())


def test_an_address_that_is_taken_is_refused_whoever_has_it():
    with sockets_for("127.0.0.1", 0, workers=1) as (taken,):
        taken.listen()
        with pytest.raises(OSError, match="in use"), sockets_for("127.0.0.1", taken.getsockname()[1], workers=2):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux deals connections out to sockets of one port")
def test_every_worker_listens_on_a_socket_of_its_own_at_one_port():
    with sockets_for("127.0.0.1", 0, workers=2) as (held,):
        port = held.getsockname()[1]
        workers = [pickle.loads(pickle.dumps(held)) for _ in range(2)]
        assert {worker.getsockname()[1] for worker in workers} == {port}
        for worker in workers:
            worker.listen()
        with pytest.raises(OSError, match="in use"), sockets_for("127.0.0.1", port, workers=2):
            pass
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
        for worker in workers:
            worker.close()
