"""How many planted errors the grounding checks find, and how often they doubt what is true.

    python -m benchmarks.grounding [FOLDER ...] [--write] [--show KIND]

Takes the sentences of the sample library, of benchmarks/data/grounding and of further FOLDERs of
Markdown; plants errors into them (rfp_manager.planting) and says them in other words
(grounding_parts.paraphrases). Each is checked against its own paragraph and two others. `--write`
puts the table into docs/developers/grounding.md; `--show` prints what went wrong.
"""

import argparse
import os
import random
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.grounding_parts.paraphrases import joined, paraphrases
from llm_manager.providers.builtin.words import guess_language
from llm_manager.sentences import split_sentences
from rfp_manager.grounding import unsupported
from rfp_manager.planting import KINDS, plants

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "developers" / "grounding.md"
MARKS = ("<!-- grounding: begin -->", "<!-- grounding: end -->")
OWN = (ROOT / "samples" / "sources", ROOT / "benchmarks" / "data" / "grounding")
LANGUAGES = ("en", "de", "fr", "es")
#: Shorter ones are labels; longer ones are tables and lists run together.
WORDS = range(5, 60)
SEED = 20_261


@dataclass
class Result:
    """Counts by (kind, language), what was missed or doubted wrongly, seconds of each check."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    alarms: Counter[tuple[str, str]] = field(default_factory=Counter)
    odd: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    seconds: list[float] = field(default_factory=list)

    def check(self, kind: str, language: str, said: str, evidence: list[str], wanted: bool) -> None:
        started = time.perf_counter()
        found = unsupported(said, evidence)
        self.seconds.append(time.perf_counter() - started)
        self.tried[kind, language] += 1
        self.alarms[kind, language] += bool(found)
        if bool(found) != wanted:
            words = "; ".join(f"{f.kind}: {f.words[:60]}" for f in found)
            self.odd[kind].append(f"{said}   [{words}]")


def paragraphs(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.md")):
        for block in path.read_text(errors="replace").split("\n\n"):
            if len(block) > 80 and not block.startswith(("---", "|", "#", "<")):
                yield block


def plain(text: str) -> str:
    return " ".join(re.sub(r"\*\*|`", "", text).split())


def measured(folders: list[Path], most: int) -> tuple[Result, Result, Result]:
    """Planted errors, sentences as they stand, and in other words."""
    chance = random.Random(SEED)
    planted, verbatim, reworded = Result(), Result(), Result()
    for folder in folders:
        by_language: dict[str, list[str]] = defaultdict(list)
        for block in paragraphs(folder):
            by_language[guess_language(block)].append(block)
        for language, blocks in by_language.items():
            if language in LANGUAGES:
                chosen = blocks if len(blocks) <= most else chance.sample(blocks, most)
                for block in chosen:
                    _measure(block, blocks, language, chance, (planted, verbatim, reworded))
    return planted, verbatim, reworded


def _measure(
    block: str,
    blocks: list[str],
    language: str,
    chance: random.Random,
    results: tuple[Result, Result, Result],
) -> None:
    planted, verbatim, reworded = results
    others = [b for b in chance.sample(blocks, min(3, len(blocks))) if b != block][:2]
    evidence, before = [block, *others], ""
    for start, end in split_sentences(block):
        sentence = plain(block[start:end])
        if len(sentence.split()) not in WORDS or not sentence.endswith("."):
            continue
        verbatim.check("verbatim", language, sentence, evidence, False)
        for kind, other in paraphrases(sentence, language):
            reworded.check(kind, language, other, evidence, False)
        if before:
            reworded.check("joined", language, joined(before, sentence, language), evidence, False)
        for plant in plants(sentence, chance, language):
            if plant.text not in plain(block):
                planted.check(plant.kind, language, plant.text, evidence, True)
        before = sentence


# -- the page ------------------------------------------------------------------------------
def table(results: tuple[Result, Result, Result]) -> str:
    planted, verbatim, reworded = results
    head = "| | " + " | ".join(LANGUAGES) + " | all |\n|---|" + "---:|" * (len(LANGUAGES) + 1)
    lines = ["Planted errors that were found:", "", head]
    lines += [_row(planted, kind) for kind in KINDS if _tried(planted, kind)]
    lines += [_total(planted), "", "False alarms:", "", head, _row(verbatim, "verbatim")]
    kinds = dict.fromkeys(kind for kind, _ in reworded.tried)
    lines += [_row(reworded, kind) for kind in kinds]
    lines += [_total(reworded, "all other words")]
    times = sorted(t for r in results for t in r.seconds)
    lines += ["", f"{len(times):,} checks of one sentence against three paragraphs: median "
              f"{statistics.median(times) * 1000:.1f} ms, 99th percentile "
              f"{times[int(len(times) * 0.99)] * 1000:.1f} ms."]  # fmt: skip
    return "\n".join(lines)


def _tried(result: Result, kind: str) -> int:
    return sum(n for (k, _), n in result.tried.items() if k == kind)


def _row(result: Result, kind: str) -> str:
    cells = [_cell(result, [(kind, language)]) for language in LANGUAGES]
    return f"| {kind} | " + " | ".join([*cells, _cell(result, _keys(result, kind))]) + " |"


def _keys(result: Result, kind: str) -> list[tuple[str, str]]:
    return [key for key in result.tried if key[0] == kind]


def _total(result: Result, name: str = "all") -> str:
    cells = [
        _cell(result, [key for key in result.tried if key[1] == language]) for language in LANGUAGES
    ]
    return f"| **{name}** | " + " | ".join([*cells, _cell(result, list(result.tried))]) + " |"


def _cell(result: Result, keys: list[tuple[str, str]]) -> str:
    tried = sum(result.tried[key] for key in keys)
    alarms = sum(result.alarms[key] for key in keys)
    return f"{alarms}/{tried} {alarms / tried:.1%}" if tried else "–"


def write(text: str) -> None:
    page = PAGE.read_text()
    before, rest = page.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spelunker.settings")
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", default="")
    parser.add_argument(
        "--most", type=int, default=120, help="paragraphs of a language of a folder"
    )
    given = parser.parse_args()
    results = measured([*OWN, *given.folders], given.most)
    print(table(results))
    for result in results:
        for kind, texts in result.odd.items():
            if given.show in (kind, "all"):
                print(f"\n== {kind}", *texts[:40], sep="\n")
    if given.write:
        write(table(results))


if __name__ == "__main__":
    main()
