"""A drill on the real stack: the main job, a crash of each service in the middle of a batch, a
backup during one, restores, and four workers of a kind.

usage: python -m tests.compose [--base-url http://127.0.0.1:8000] [--json FILE]

Wants a stack of docker-compose.yml that was just started and holds nothing; it REPLACES ITS DATA.
COMPOSE (default "docker compose") says how compose is called, KILL (default "sudo kill -KILL") how
the main process of a container is ended. Takes half an hour on two cores. docs/operators/compose.md
"""

import argparse
import json
import sys
from pathlib import Path

from tests.compose.drill import Drill
from tests.compose.stack import Compose, DrillFailed, said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--base-url", default="http://127.0.0.1:8000")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    drill = Drill(Compose(), options.base_url)
    try:
        drill.run()
    except DrillFailed as error:
        said(f"FAILED: {error}")
        return 1
    finally:
        if options.json:
            options.json.write_text(json.dumps(drill.figures, indent=1))
    said("the drill is over, and nothing was lost or doubled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
