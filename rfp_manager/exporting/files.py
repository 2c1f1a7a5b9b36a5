"""Writing a file so that it is either there and whole, or not there."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_whole(
    out: Path, write: Callable[[BinaryIO], None], check: Callable[[Path], None]
) -> None:
    """Let `write` fill a temporary file, `check` inspect it, and only then name it `out`."""
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name[:50]}.", suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        check(draft)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(out.parent)


def _sync_folder(folder: Path) -> None:
    # The rename itself must survive a power cut, so the folder is written out, too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
