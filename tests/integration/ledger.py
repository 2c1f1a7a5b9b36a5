"""Where work leaves a line, outside every transaction: work done twice is seen there even if its
record was written once."""

import os

LEDGER = "INTEGRATION_LEDGER"


def note(*words: object) -> None:
    """One line in the ledger. An append of this size is whole, whoever else writes."""
    line = " ".join(map(str, words)) + "\n"
    descriptor = os.open(os.environ[LEDGER], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
