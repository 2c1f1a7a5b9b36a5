"""What a format's reader needs of a file: it may be one on disk, or an attachment in memory."""

import io
from typing import IO, Literal, Protocol


class Readable(Protocol):
    """A pathlib.Path is one."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]: ...

    def read_bytes(self) -> bytes: ...


class InMemory:
    """A file inside another one: the sandbox has hardly any disk to unpack it to."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        return io.BytesIO(self._content)

    def read_bytes(self) -> bytes:
        return self._content
