"""JSON for what goes into Memcached: its client's default is pickle, which runs code."""

import json
from typing import Any

JSON = 1
TEXT = 2


class JsonSerde:
    def serialize(self, key: str, value: Any) -> tuple[bytes, int]:
        if isinstance(value, str):
            return value.encode(), TEXT
        return json.dumps(value).encode(), JSON

    def deserialize(self, key: str, value: bytes, flags: int) -> Any:
        return value.decode() if flags == TEXT else json.loads(value)


JSON_SERDE = JsonSerde()
