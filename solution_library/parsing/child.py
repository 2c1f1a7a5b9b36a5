"""The program that runs inside the throw-away process; started by `sandbox`, never imported.

Its own imports are few on purpose: a library of 500 small files starts it 500 times. The
specification comes as JSON on standard input, the answer leaves as JSON on what was standard
output, one JSON object a line: {"ok": ...}, {"refused": reason} or {"failed": reason,
"detail": traceback}. A generator's answer is {"item": ...} for each, then {"end": true}.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_OUT_OF_MEMORY = b'{"failed":"The file needs more memory than one file may use."}\n'
_TOO_NESTED = "The file is nested far more deeply than any real document."


def main(parent_pid: int | None = None) -> None:
    """Read one file. `parent_pid`: of the nursery, where that forked this process."""
    spec = json.loads(os.read(0, os.fstat(0).st_size + 1))
    spec["parent_pid"] = parent_pid or spec["parent_pid"]
    channel = _silence_standard_streams()
    try:
        function = _prepare(spec)
    except Exception as error:
        _write(channel, _encode(_explain(error)))
    else:
        _answer(channel, function, Path(spec["path"]), spec["arguments"])
    # Skips the interpreter's tidying up, which a hostile file could have made slow.
    os._exit(0)


def _prepare(spec: dict[str, Any]) -> Callable[..., Any]:
    """Import what parses, then close the doors.

    In this order: nothing hostile has been read yet, and the interpreter can still store
    the compiled form of our modules for the next child.
    """
    sys.path[:] = [*sys.path, *spec["import_from"]]
    function = _find(spec["target"])
    from solution_library.parsing.confinement import confine

    confine(parent_pid=spec["parent_pid"], **spec["confinement"])
    return function


def _silence_standard_streams() -> int:
    """Native libraries print where they like; only our answer may reach the parent."""
    channel = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)
    return channel


def _find(target: str) -> Callable[..., dict[str, Any]]:
    module_name, _, function_name = target.partition(":")
    function: Callable[..., dict[str, Any]] = getattr(
        importlib.import_module(module_name), function_name
    )
    return function


def _answer(
    channel: int, function: Callable[..., Any], path: Path, arguments: dict[str, Any]
) -> None:
    try:
        found = function(path, **arguments)
        if isinstance(found, Iterator):
            for item in found:
                _write(channel, _encode({"item": item}))
            _write(channel, _encode({"end": True}))
        else:
            _write(channel, _encode({"ok": found}))
    except MemoryError:
        _write(channel, _OUT_OF_MEMORY)
    except RecursionError:
        _write(channel, _encode({"refused": _TOO_NESTED}))
    except Exception as error:
        _write(channel, _encode(_explain(error)))


def _explain(error: Exception) -> dict[str, str]:
    reason = str(getattr(error, "reason", error))
    if getattr(error, "is_refusal", False):
        return {"refused": reason}
    import traceback

    detail = "".join(traceback.format_exception(error))[-4000:]
    if hasattr(error, "reason"):
        return {"failed": reason, "detail": detail}
    return {"failed": f"Reading the file failed ({type(error).__name__}).", "detail": detail}


def _encode(answer: dict[str, Any]) -> bytes:
    # "replace": half a surrogate pair out of a damaged file is no reason to lose the rest.
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _write(channel: int, answer: bytes) -> None:
    view = memoryview(answer)
    while view:
        view = view[os.write(channel, view) :]


if __name__ == "__main__":
    main()
