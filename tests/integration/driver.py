"""One process of the installation under test, which does what the tests say, a line at a time.

It brings the database up, and stops it when its standard input ends: however the tests end.
"""

import atexit
import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path


def main(folder: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):  # meant for the tests; we end with our input
        signal.signal(number, lambda *_: None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # runs last
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what anything prints goes to the log and not between the answers
    from spelunker.embedded.bootstrap import join_database

    join_database(folder / "pg")
    import django

    django.setup()
    from spelunker.embedded.stack import prepare_database

    prepare_database()
    from tests.integration import actions

    print(json.dumps({"value": os.environ["DATABASE_URL"]}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            order = json.loads(line)
            answer = {"value": getattr(actions, order["action"])(**order["arguments"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
