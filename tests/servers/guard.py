"""Runs one command and ends it, by force, when its own standard input is closed.

Standard input is a pipe from the tests: however they end, also killed, the system closes it,
and no server stays behind. Run as a script, so it must not import anything of ours.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """For the command: a guard that is killed itself takes it along."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main(command: list[str]) -> int:
    # Its output goes to our stderr, the log. Our stdout is a pipe, which fills up once the tests
    # have read the one line in it, and a server that cannot write its log stands still.
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    print(process.pid, flush=True)
    threading.Thread(target=_end_at_end_of_input, args=(process,), daemon=True).start()
    code = process.wait()
    return code if code >= 0 else 128 - code


def _end_at_end_of_input(process: "subprocess.Popen[bytes]") -> None:
    # The raw descriptor: a thread that sits in sys.stdin's lock would abort the interpreter's end.
    while os.read(0, 64):
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests; they tell us
    sys.exit(main(sys.argv[1:]))
