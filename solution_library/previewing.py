"""Shows what a documentation source would bring before it is added."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from copy import copy
from dataclasses import dataclass, field

from solution_library.fetching import FetchFailed, FetchRefused
from solution_library.sources import Config, Look, SourceRefused, get_source

PATIENCE_SECONDS = 20.0
SHOWN = 12
NOTHING = "No document was found there. Check the address and the patterns."
SLOW = "The source answers slowly, so this is only what was found in {:.0f} seconds."


@dataclass(frozen=True)
class Preview:
    """A first look at a source, and a sentence where something is wrong with it."""

    look: Look = field(default_factory=Look)
    problem: str = ""
    remark: str = ""


def check_source(kind: str, config: Config) -> None:
    """Raises SourceRefused with what to change."""
    get_source(kind).check(config)


def preview_source(kind: str, config: Config, *, patience: float = PATIENCE_SECONDS) -> Preview:
    """What a first sync would take and leave out. Of a slow source, what was found after
    `patience` seconds: somebody is waiting for this."""
    look, remark = Look(), ""
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="preview")
    try:
        source = get_source(kind)
        pool.submit(source.preview, config, look, SHOWN).result(timeout=patience)
    except SourceRefused as refusal:
        return Preview(problem=refusal.reason)
    except (FetchFailed, FetchRefused) as problem:
        return Preview(problem=str(problem))
    except TookTooLong:
        remark = SLOW.format(patience)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    seen = _as_it_is_now(look)
    return Preview(seen, problem="" if seen.documents else NOTHING, remark=remark)


def _as_it_is_now(look: Look) -> Look:
    """Its thread may still be adding to it."""
    seen = copy(look)
    seen.documents, seen.left_out = look.documents[:SHOWN], look.left_out[:SHOWN]
    return seen
