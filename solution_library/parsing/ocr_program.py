"""Starts a recognition program that may do nothing else; run by `ocr`, never imported.

The picture is on standard input. The limits, the hidden files and the forbidden network stay in
force when this process becomes the program.
"""

import json
import os
import sys


def main() -> None:
    start = json.loads(sys.argv[1])
    sys.path.append(start["import_from"])
    from solution_library.parsing.confinement import confine_program

    confine_program(parent_pid=start["parent_pid"], **start["confinement"])
    os.execve(start["command"][0], start["command"], start["environment"])  # noqa: S606


if __name__ == "__main__":
    main()
