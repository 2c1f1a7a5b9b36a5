"""Runs the embedded stack, without the web server, until its standard input is closed."""

import sys
import time

from spelunker.embedded.bootstrap import prepare_environment


def main() -> None:
    prepare_environment(["manage.py", "chaos"])
    import django

    django.setup()
    from spelunker.embedded.stack import Workers

    workers = Workers()
    workers.ensure()
    print("running", flush=True)
    try:
        while sys.stdin.readline():
            time.sleep(0.1)
    finally:
        workers.stop()


if __name__ == "__main__":
    main()
