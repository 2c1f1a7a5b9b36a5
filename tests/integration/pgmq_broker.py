"""The embedded broker as the tests look at it: tables of the installation's own database."""

import json
from typing import Any

from tests.integration.installation import Driver

QUEUES = "SELECT queue_name FROM pgmq.list_queues()"


class PgmqBroker:
    url = "pgmq://"

    def __init__(self, driver: Driver) -> None:
        self._query = driver.query

    def start(self) -> None:
        """It runs as long as the database does."""

    def _exists(self, queue: str) -> bool:
        return (queue,) in self._query(QUEUES)

    def messages(self, queue: str) -> int:
        """How many messages wait in a queue, those not counted that a worker has fetched."""
        if not self._exists(queue):
            return 0
        return int(self._query(f"SELECT count(*) FROM pgmq.q_{queue} WHERE vt <= now()")[0][0])

    def pop(self, queue: str) -> tuple[bytes, dict[str, Any]] | None:
        """Take the next message off a queue, also a hidden one: its body, and its properties."""
        if not self._exists(queue):
            return None
        oldest = f"SELECT msg_id FROM pgmq.q_{queue} ORDER BY msg_id LIMIT 1"
        rows = self._query(
            f"DELETE FROM pgmq.q_{queue} WHERE msg_id = ({oldest}) RETURNING message"
        )
        if not rows:
            return None
        message = rows[0][0]
        properties = message["properties"] | {
            "content_type": message["content-type"], "application_headers": message["headers"],
        }  # fmt: skip
        return _body(message), properties

    def wipe(self) -> None:
        """Drop all its queues."""
        for (queue,) in self._query(QUEUES):
            self._query("SELECT pgmq.drop_queue(%s)", queue)


def _body(message: dict[str, Any]) -> bytes:
    import base64

    if message["properties"].get("body_encoding") == "base64":
        return base64.b64decode(message["body"])
    return json.dumps(message["body"]).encode()
