"""Builds the sample library and the sample questionnaire from samples/sources.

Run as `python -m samples.build`, or `python -m samples.build --check` to compare only.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

from samples.builder.model import Source, read_sources
from samples.builder.page import build_html
from samples.builder.plain import build_md, build_txt
from samples.builder.portable import build_pdf
from samples.builder.questions import expected_json, read_form
from samples.builder.word import build_docx
from samples.builder.workbook import build_workbook

HERE = Path(__file__).resolve().parent
WORKBOOK = "wexmoor-supplier-assurance-questionnaire.xlsx"
BUILDERS: dict[str, Callable[[Source], bytes]] = {
    "md": build_md,
    "txt": build_txt,
    "html": build_html,
    "docx": build_docx,
    "pdf": build_pdf,
}


def build_library(formats: set[str]) -> dict[str, bytes]:
    """Path below samples/ to content, for the documents of the given formats."""
    sources = read_sources(HERE / "sources")
    return {
        f"library/{source.filename}": BUILDERS[source.format](source)
        for source in sources
        if source.format in formats
    }


def build_questionnaire() -> dict[str, bytes]:
    form = read_form(HERE / "sources" / "questionnaire.toml")
    workbook, places = build_workbook(form)
    return {
        f"questionnaire/{WORKBOOK}": workbook,
        "questionnaire/expected.json": expected_json(form, places, WORKBOOK),
    }


def manifest(files: dict[str, bytes]) -> bytes:
    """What each built document is, and the hashes that tie it to its source."""
    entries = [
        {
            "file": f"library/{source.filename}",
            "title": source.title,
            "number": source.meta["number"],
            "version": source.meta["version"],
            "format": source.format,
            "language": source.language,
            "encoding": source.encoding,
            "source": f"sources/{source.name}.md",
            "source_sha256": _sha256((HERE / "sources" / f"{source.name}.md").read_bytes()),
            "sha256": _sha256(files[f"library/{source.filename}"]),
        }
        for source in read_sources(HERE / "sources")
    ]
    return (json.dumps(entries, indent=2, ensure_ascii=False) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what differs")
    options = parser.parse_args(arguments)
    files = build_library(set(BUILDERS))
    files |= {"manifest.json": manifest(files)} | build_questionnaire()
    differing = [name for name, data in files.items() if _differs(HERE / name, data)]
    for name in differing:
        print(f"{'differs' if options.check else 'written'}: {name}")
        if not options.check:
            (HERE / name).parent.mkdir(parents=True, exist_ok=True)
            (HERE / name).write_bytes(files[name])
    print(f"{len(files)} files, {len(differing)} differing")
    return 1 if options.check and differing else 0


def _differs(path: Path, data: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != data


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
