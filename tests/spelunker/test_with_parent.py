"""A program of the one-machine stack ends with the process that started it."""

import os
import subprocess
import sys

import psutil
import pytest

from spelunker.embedded.supervisor import WITH_PARENT

STARTER = """
import os, subprocess, sys, time
program = [sys.executable, "-S", sys.argv[1], str(os.getpid()), "sleep", "60"]
print(subprocess.Popen(program).pid, flush=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_a_service_ends_when_its_supervisor_is_killed() -> None:
    command = [sys.executable, "-c", STARTER, str(WITH_PARENT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        service = psutil.Process(int(starter.stdout.readline()))
        while "sleep" not in service.name():
            pass
        starter.kill()
        service.wait(timeout=30)


def test_a_service_whose_supervisor_is_gone_does_not_begin() -> None:
    program = [sys.executable, "-S", str(WITH_PARENT), str(os.getpid() + 1), "true"]
    assert subprocess.run(program, check=False).returncode == 1
