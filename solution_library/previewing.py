"""Shows what a documentation source would bring before it is added."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field

from solution_library.fetching import FetchFailed, FetchRefused
from solution_library.sources import Config, SourceRefused, get_source

PATIENCE_SECONDS = 25.0
SHOWN = 20


@dataclass(frozen=True)
class Preview:
    """The first documents of a source, or a sentence that says why there are none."""

    documents: list[str] = field(default_factory=list)
    problem: str = ""


def check_source(kind: str, config: Config) -> None:
    """Raises SourceRefused with what to change."""
    get_source(kind).check(config)


def preview_source(kind: str, config: Config, *, patience: float = PATIENCE_SECONDS) -> Preview:
    """A slow site is given up after `patience` seconds: somebody is waiting for this."""
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="preview")
    try:
        source = get_source(kind)
        found = pool.submit(source.preview, config, SHOWN).result(timeout=patience)
    except SourceRefused as refusal:
        return Preview(problem=refusal.reason)
    except (FetchFailed, FetchRefused) as problem:
        return Preview(problem=str(problem))
    except TookTooLong:
        return Preview(problem="The source answers slowly, so the preview was given up. You can "
                       "add it all the same: a sync has more time.")  # fmt: skip
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    nothing = "" if found else "No document was found there. Check the address and the patterns."
    return Preview(documents=found, problem=nothing)
