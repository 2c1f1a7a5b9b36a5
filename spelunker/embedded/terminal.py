"""What a command of the one-machine installation shows: its own words, not its log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def log_lines_in(path: Path, logger: logging.Logger | None = None) -> Iterator[None]:
    """While this is open, what `logger` (all, if none is named) would write on the terminal goes
    into a file; only errors are on the terminal, too."""
    logger = logger or logging.getLogger()
    consoles = [one for one in logger.handlers if type(one) is logging.StreamHandler]
    levels = [one.level for one in consoles]
    file = logging.FileHandler(path)
    file.setFormatter(next((one.formatter for one in consoles), None))
    logger.addHandler(file)
    for one in consoles:
        one.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for one, level in zip(consoles, levels, strict=True):
            one.setLevel(level)
        logger.removeHandler(file)
        file.close()
