"""Finds the documents below the paths that a person names."""

from collections.abc import Iterator
from pathlib import Path

from solution_library.parsing.endings import SUPPORTED


def documents_below(paths: list[str]) -> Iterator[Path]:
    """The files named, and those with a document's ending below the folders named.

    Raises FileNotFoundError with a sentence for a path that does not exist.
    """
    for name in paths:
        path = Path(name)
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if _is_document(p, path))
        elif path.is_file():
            yield path
        else:
            raise FileNotFoundError(f"There is no file or folder “{name}”.")


def _is_document(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return path.suffix.lower() in SUPPORTED and path.is_file() and not hidden
