"""Office files are zip files; these are written member by member, and equal contents are equal
bytes."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STAMP = (2000, 1, 1, 0, 0, 0)
_BLOCK = 1 << 16  # characters that are collected before they are packed


class Package:
    """Use it in a `with`; `add` may be given the text piece by piece."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._archive.close()

    def add(self, name: str, pieces: Iterable[str]) -> None:
        entry = zipfile.ZipInfo(name, _STAMP)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self._archive.open(entry, "w") as out:
            waiting, size = [HEAD], 0
            for piece in pieces:
                waiting.append(piece)
                size += len(piece)
                if size > _BLOCK:
                    out.write("".join(waiting).encode())
                    waiting, size = [], 0
            out.write("".join(waiting).encode())


def content_types(parts: dict[str, str]) -> str:
    """The list of parts that such a file begins with; `parts`: content type by name."""
    told = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts.items()
    )
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{told}</Types>'
    )


def relationships(targets: dict[str, str]) -> str:
    """`targets`: kind by target; they get the ids r1, r2, ..."""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    told = "".join(
        f'<Relationship Id="r{number}" Type="{base}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets.items(), 1)
    )
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{told}</Relationships>"
    )
