"""Progress of what a command does itself: a live bar on a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

LINE_SECONDS = 5.0
#: Called with what is done and how much there is, 0 where nobody knows.
Show = Callable[[int, int], None]


@contextmanager
def bar(title: str, total: int = 0) -> Iterator[Show]:
    """Shows progress on standard error while it is open, with the time that is left."""
    if not sys.stderr.isatty():
        yield _lines(title, total)
        return
    from rich import progress as shown
    from rich.console import Console

    columns = (
        shown.TextColumn("[bold]{task.description}"), shown.BarColumn(),
        shown.MofNCompleteColumn(), shown.TimeElapsedColumn(), shown.TextColumn("left:"),
        shown.TimeRemainingColumn(),
    )  # fmt: skip
    with shown.Progress(*columns, console=Console(stderr=True)) as live:
        task = live.add_task(title, total=total or None)
        yield lambda done, known: live.update(task, completed=done, total=known or total or None)


def _lines(title: str, total: int) -> Show:
    began = said = time.monotonic()

    def show(done: int, known: int) -> None:
        nonlocal said
        whole, now = known or total, time.monotonic()
        if now - said < LINE_SECONDS and done != whole:
            return
        said = now
        left = f", {(now - began) / done * (whole - done):.0f} s left" if whole and done else ""
        of = f" of {whole:,}" if whole else ""
        sys.stderr.write(f"{title}: {done:,}{of}{left}\n")

    return show


class Steps:
    """A bar for each of several steps, one after the other; use as a context manager."""

    def __init__(self) -> None:
        self._bars = ExitStack()
        self._titles: dict[str, Show] = {}

    def __enter__(self) -> "Steps":
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.close()

    def tell(self, title: str, done: int, total: int) -> None:
        if title not in self._titles:
            self._bars.close()
            self._titles = {title: self._bars.enter_context(bar(title, total))}
        self._titles[title](done, total)
