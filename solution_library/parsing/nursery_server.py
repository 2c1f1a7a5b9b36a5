"""The program of the nursery: an interpreter that has loaded the readers and forks children.

Started by `nursery`, never imported. It reads no document and nothing that a document said: all
it ever takes is the descriptors of a new child, and the wish to end one. Each child is a fork
that goes through `child.main`, so it confines itself before it opens its file.

On the socket (descriptor 0) each message brings three descriptors: the child's specification,
the pipe for its answer, and a socket that is the child's own. On that the child's id is sent when
it lives and its exit code when it has ended. Whoever closes that socket, even one way, ends it.
"""

import array
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
from typing import NoReturn

#: A worker that has read nothing for so long needs no nursery.
IDLE_MILLISECONDS = 120_000
THREE = struct.calcsize("3i")
NUMBER = struct.Struct("<i")


def main() -> None:
    start = json.loads(sys.argv[1])
    sys.path[:] = [*sys.path, *start["import_from"]]
    for module in start["load"]:
        with contextlib.suppress(ImportError):  # an extra that is not installed
            importlib.import_module(module)
    gc.collect()
    gc.freeze()  # children share what is never written to
    asked = socket.socket(fileno=0)
    asked.sendall(NUMBER.pack(os.getpid()))
    Nursery(asked).serve()


class Nursery:
    def __init__(self, asked: socket.socket) -> None:
        self.asked = asked
        self.children: dict[int, socket.socket] = {}
        self.poll = select.poll()
        self.poll.register(asked.fileno(), select.POLLIN)
        self.ended, wake = socket.socketpair()
        self.ended.setblocking(False)
        wake.setblocking(False)
        self._wake = wake
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self.poll.register(self.ended.fileno(), select.POLLIN)

    def serve(self) -> None:
        """Until the worker is gone (its end of the socket closes) or has nothing to read."""
        while True:
            ready = self.poll.poll(IDLE_MILLISECONDS)
            if not ready and not self.children:
                return
            for descriptor, _ in ready:
                if descriptor == self.asked.fileno():
                    if not self._take():
                        return self._end_all()
                elif descriptor == self.ended.fileno():
                    self._reap()
                else:
                    self._end(descriptor)

    def _take(self) -> bool:
        """Fork a child for the next request. False when nobody can send one any more."""
        message, handed, _, _ = self.asked.recvmsg(4096, socket.CMSG_SPACE(THREE))
        if not message:
            return False
        descriptors = array.array("i", b"".join(data[:THREE] for _, _, data in handed))
        if len(descriptors) != 3:
            return True
        specification, answers, own = descriptors
        pid = os.fork()
        if pid == 0:
            self._become_child(specification, answers, message.decode("utf-8", "surrogateescape"))
        os.close(specification)
        os.close(answers)
        control = socket.socket(fileno=own)
        self.children[pid] = control
        self.poll.register(own, select.POLLIN | select.POLLHUP)
        _tell(control, pid)
        return True

    def _become_child(self, specification: int, answers: int, folder: str) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            nursery = os.getppid()
            os.dup2(specification, 0)
            os.dup2(answers, 1)
            os.closerange(3, _highest() + 1)
            os.chdir(folder)
            from solution_library.parsing import child

            child.main(parent_pid=nursery)
        finally:
            os._exit(1)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.ended.recv(4096):
                pass
        for pid in list(self.children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                control = self.children.pop(pid)
                with contextlib.suppress(KeyError):
                    self.poll.unregister(control.fileno())
                _tell(control, os.waitstatus_to_exitcode(status))
                control.close()

    def _end(self, descriptor: int) -> None:
        """Its id cannot belong to somebody else: it has not been waited for."""
        for pid, control in self.children.items():
            if control.fileno() == descriptor:
                _kill(pid)
                self.poll.unregister(descriptor)  # it would be ready for ever

    def _end_all(self) -> None:
        for pid in self.children:
            _kill(pid)


def _highest() -> int:
    """The highest descriptor that is open."""
    return max(int(name) for name in os.listdir("/proc/self/fd"))


def _kill(pid: int) -> None:
    # The group does not exist yet in the first moment of a child's life.
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def _tell(control: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        control.sendall(NUMBER.pack(number))


if __name__ == "__main__":
    main()
