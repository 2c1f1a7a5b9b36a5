"""The servers of these tests are private, and none outlives the tests, however they end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.servers.process import Guarded
from tests.servers.proxy import Proxy
from tests.servers.rabbitmq import RabbitMQ

pytestmark = [pytest.mark.integration, pytest.mark.slow]
TESTS_THAT_ARE_KILLED = """
import os, pathlib, sys, time
from tests.servers.process import Guarded
log = pathlib.Path(sys.argv[1])
sleeps = [sys.executable, "-c", "import subprocess; subprocess.run(['sleep', '300'])"]
print(Guarded.start(sleeps, log, dict(os.environ)).pid, flush=True)
time.sleep(300)
"""


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_ends_with_the_tests_also_when_they_are_killed(
    tmp_path: Path, number: int
) -> None:
    tests = subprocess.Popen(
        [sys.executable, "-c", TESTS_THAT_ARE_KILLED, str(tmp_path / "log")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert tests.stdout is not None
    server = psutil.Process(int(tests.stdout.readline()))
    while not (children := server.children()):
        time.sleep(0.01)
    tests.send_signal(number)
    tests.wait()
    give_up = time.monotonic() + 30
    while not all(gone(process.pid) for process in (server, *children)):
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_a_server_that_ends_by_itself_tells_its_code(tmp_path: Path) -> None:
    ended = Guarded.start(["sh", "-c", "exit 75"], tmp_path / "log", dict(os.environ))
    assert ended.guard.wait(30) == ended.code == 75


def test_a_server_that_prints_much_is_not_held_up(tmp_path: Path) -> None:
    much = [sys.executable, "-c", "print('x' * 1_000_000)"]
    server = Guarded.start(much, tmp_path / "log", dict(os.environ))
    assert server.guard.wait(30) == 0
    assert (tmp_path / "log").stat().st_size > 1_000_000


def test_the_node_listens_on_the_loopback_only(node: RabbitMQ) -> None:
    processes = [psutil.Process(node.pid), *psutil.Process(node.pid).children(recursive=True)]
    listening = {
        wire.laddr.ip
        for process in processes
        for wire in process.net_connections("tcp")
        if wire.status == psutil.CONN_LISTEN
    }
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"} and listening


def test_a_proxy_passes_cuts_refuses_and_swallows() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        Proxy(server.getsockname()[1]).running() as proxy,
    ):
        client = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        served, _ = server.accept()
        client.sendall(b"ping")
        assert served.recv(10) == b"ping"
        proxy.cut()
        assert client.recv(10) == served.recv(10) == b""
        proxy.refuse()
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as refused:
            assert refused.recv(10) == b""
        proxy.black_hole()
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.1) as swallowed:
            swallowed.sendall(b"ping")
            with pytest.raises(TimeoutError):
                swallowed.recv(10)
            swallowed.settimeout(10)
            proxy.restore()
            assert swallowed.recv(10) == b""
        client.close()
        served.close()
