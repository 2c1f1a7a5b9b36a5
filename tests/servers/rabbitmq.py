"""A private RabbitMQ node, made from Debian's package without its service.

    if RabbitMQ.missing():                       # a sentence for pytest.skip, or ""
        ...
    with RabbitMQ(folder).running() as broker:   # takes 5 to 10 s
        broker.url                               # amqp://spelunker:…@127.0.0.1:…/spelunker
        broker.port, broker.pid
        broker.messages("batch")                 # ready messages of a queue; 0 if there is no queue
        broker.consumers("batch")                # how many consume it
        broker.pop("batch")                      # takes one message off: (body, properties) or None
        broker.kill(); broker.start()            # kill -9, and again with its data
        broker.wipe(); broker.start()            # kill -9 and delete its data: queues are gone
        broker.freeze(); broker.thaw()           # SIGSTOP, SIGCONT
        broker.alarm(True)                       # memory alarm: publishers are blocked
        broker.close_connections()               # as an operator would
        broker.ctl("list_queues", "name")        # rabbitmqctl; 1 to 2 s each

`settings` are lines of rabbitmq.conf (`{"consumer_timeout": "60000"}`), `erlang` are further
arguments of the Erlang machine (`["-rabbit", "channel_tick_interval", "1000"]`).

The node has its own name, cookie, ports, port mapper (epmd) and folders, listens on the loopback
only and loads no plugins. It ends with the `with`, and also when the tests are killed.
"""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import amqp

from tests.servers.process import Guarded, find_program, free_port, wait_until

SCRIPTS = (Path("/usr/lib/rabbitmq/bin"),)
USER = "spelunker"
VHOST = "spelunker"
MEMORY_LIMIT = "1GB"
#: Kept of the environment of the tests; a RABBITMQ_ or ERL_ variable in it could be another node's.
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")


def script(name: str) -> str:
    """The package's own script, not the wrapper that wants to be the user of the service; or ''."""
    for folder in SCRIPTS:
        if (folder / name).exists():
            return str(folder / name)
    return ""


@dataclass
class RabbitMQ:
    """Start it with `running()`; it can then be killed and started again as often as you like."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    erlang: list[str] = field(default_factory=list)
    port: int = 0
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()
        self.port = self.port or free_port()
        self.epmd_port, self.node_port = free_port(), free_port()
        self.name = f"spelunker-{secrets.token_hex(4)}@localhost"
        self.log = self.folder / "node.log"
        self._node: Guarded | None = None
        self._epmd: Guarded | None = None

    @staticmethod
    def missing() -> str:
        """Why no node can be started here, as a sentence; '' if one can."""
        if script("rabbitmq-server") and find_program("erl") and find_program("epmd"):
            return ""
        return "RabbitMQ is not installed (as root: scripts/services)"

    # -- life --------------------------------------------------------------------------------
    @contextmanager
    def running(self) -> Iterator["RabbitMQ"]:
        self._prepare()
        try:
            self._epmd = self._start_epmd()
            self.start()
            yield self
        finally:
            self.stop()
            if self._epmd is not None:
                self._epmd.kill()

    def start(self) -> None:
        """Start the node, with what it had stored, and wait until it takes a connection."""
        if self._node is not None and self._node.lives:
            return
        self._node = Guarded.start([script("rabbitmq-server")], self.log, self._environment())
        wait_until(self.answers, self._node, "RabbitMQ answers", self.log)

    def stop(self) -> None:
        """End the node at once. What it holds for good is on its disk already."""
        if self._node is not None:
            self._node.kill()

    kill = stop

    def wipe(self) -> None:
        """Kill the node and delete all it has stored. `start` makes an empty one, same address."""
        self.kill()
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def freeze(self) -> None:
        """It keeps its port and its connections and does nothing any more."""
        self._running.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._running.signal(signal.SIGCONT)

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def _running(self) -> Guarded:
        assert self._node is not None and self._node.lives, "the node is not running"
        return self._node

    # -- using it ----------------------------------------------------------------------------
    @property
    def url(self) -> str:
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        """The node's address through something else on this machine, such as a proxy."""
        return f"amqp://{USER}:{self.password}@127.0.0.1:{port}/{VHOST}"

    def connect(self) -> amqp.Connection:
        connection = amqp.Connection(
            f"127.0.0.1:{self.port}", userid=USER, password=self.password,
            virtual_host=VHOST, connect_timeout=5, read_timeout=10, write_timeout=10,
        )  # fmt: skip
        connection.connect()
        return connection

    def answers(self) -> bool:
        try:
            with self.connect() as connection:
                connection.channel().close()
            return True
        except (OSError, amqp.AMQPError):
            return False

    def messages(self, queue: str) -> int:
        """How many messages wait in a queue, those not counted that a worker has fetched."""
        return self._declared(queue)[0]

    def consumers(self, queue: str) -> int:
        return self._declared(queue)[1]

    def _declared(self, queue: str) -> tuple[int, int]:
        with self.connect() as connection, suppress(amqp.NotFound):
            found = connection.channel().queue_declare(queue, passive=True)
            return int(found.message_count), int(found.consumer_count)
        return 0, 0

    def pop(self, queue: str) -> tuple[bytes, dict[str, Any]] | None:
        """Take the next message off a queue: its body, and its properties with the headers."""
        message = None
        with self.connect() as connection, suppress(amqp.NotFound):
            message = connection.channel().basic_get(queue, no_ack=True)
        if message is None:
            return None
        body = message.body
        return body.encode() if isinstance(body, str) else body, dict(message.properties)

    def alarm(self, on: bool) -> None:
        """Whether the node thinks that its memory is used up: then it reads no publisher's socket."""
        self.ctl("set_vm_memory_high_watermark", "absolute", "1" if on else MEMORY_LIMIT)

    def close_connections(self, reason: str = "maintenance") -> None:
        self.ctl("close_all_connections", reason)

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl on this node and return what it prints. RuntimeError if it fails."""
        done = subprocess.run(
            [script("rabbitmqctl"), "-q", "-n", self.name, *arguments],
            env=self._environment(), cwd=self.folder, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout.strip()

    # -- its files ---------------------------------------------------------------------------
    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        # A bare system may not know the name; the lookup must not depend on it.
        (self.folder / "inetrc").write_text(
            '{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n'
        )
        (self.folder / "plugins").write_text("[].\n")
        lines = self._configuration() | self.settings
        text = "".join(f"{name} = {value}\n" for name, value in lines.items())
        (self.folder / "rabbitmq.conf").write_text(text)

    def _configuration(self) -> dict[str, str]:
        return {
            "listeners.tcp.default": f"127.0.0.1:{self.port}",
            "default_user": USER,
            "default_pass": self.password,
            "default_vhost": VHOST,
            "vm_memory_high_watermark.absolute": MEMORY_LIMIT,
            "disk_free_limit.absolute": "1MB",
            "log.console": "true",
            "log.console.level": "info",
            "log.file": "false",
        }

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in KEPT if name in os.environ}
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        control_port = str(free_port())
        return inherited | {
            "PATH": f"{inherited.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_INETRC": str(self.folder / "inetrc"),
            "ERL_MAX_PORTS": "4096",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self.node_port),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "none.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": " ".join(["+S 2:2", loopback, *self.erlang]),
            "RABBITMQ_CTL_ERL_ARGS": f"+S 1:1 {loopback}",
            "RABBITMQ_CTL_DIST_PORT_MIN": control_port,
            "RABBITMQ_CTL_DIST_PORT_MAX": control_port,
            "detached": "true",  # its script then becomes the node and does not wait beside it
        }

    def _start_epmd(self) -> Guarded:
        command = [find_program("epmd"), "-port", str(self.epmd_port), "-address", "127.0.0.1"]
        return Guarded.start(command, self.folder / "epmd.log", self._environment())
