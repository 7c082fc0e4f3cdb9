"""The sockets that the API listens on."""

import pickle
import socket
import sys

import pytest

from trend_assets.api.wire import sockets_for


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
