"""How many planted contradictions are found, and how many of what is true together is doubted.

    python -m benchmarks.contradictions [--show]

The sentences of the sample library, which agree with each other, are given as the answers of one
RFP: whatever is found there is a false alarm. Then each gets an error planted into a copy, as the
answer to another question: that ought to be found. The labelled pairs of
benchmarks/data/contradictions.jsonl come besides.
"""

import argparse
import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAIRS = ROOT / "benchmarks" / "data" / "contradictions.jsonl"
#: What two answers may differ in without one of them being wrong, or what is too odd to compare.
NOT_COMPARED = ("invented", "name", "version", "certificate", "date")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spelunker.settings")
    import django

    django.setup()
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    for name, figures in (
        ("labelled pairs", labelled(given.show)),
        ("library", library(given.show)),
    ):
        print(name, json.dumps(figures))


def labelled(show: bool) -> dict[str, Any]:
    """Precision and recall on pairs of answers."""
    counts: Counter[tuple[bool, bool]] = Counter()
    for line in PAIRS.read_text().splitlines():
        pair = json.loads(line)
        found = bool(found_in([tuple(pair["one"]), tuple(pair["other"])]))
        counts[pair["contradicts"], found] += 1
        if show and found != pair["contradicts"]:
            print("missed" if pair["contradicts"] else "false alarm", pair)
    hits = counts[True, True]
    return {
        "contradicting": hits + counts[True, False],
        "harmless": counts[False, True] + counts[False, False],
        "recall": round(hits / max(1, hits + counts[True, False]), 3),
        "precision": round(hits / max(1, hits + counts[False, True]), 3),
    }


def found_in(answers: list[tuple[str, ...]]) -> list[Any]:
    """The contradictions among (question, text, choice) triples."""
    from rfp_manager.contradictions import Told, contradicting

    told = [
        Told(n, 1, n, question, text, more[0] if more else "", n, True)
        for n, (question, text, *more) in enumerate(answers, 1)
    ]
    return contradicting(told)


def library(show: bool) -> dict[str, Any]:
    """False alarms among all sentences, and what is found of planted errors, by kind."""
    from benchmarks.grounding import OWN, paragraphs, plain
    from llm_manager.sentences import split_sentences
    from rfp_manager.planting import plants

    chance = random.Random(7)
    sentences = list(
        dict.fromkeys(
            plain(block[a:b])
            for block in paragraphs(OWN[0])
            for a, b in split_sentences(block)
            if len(block[a:b].split()) > 5
        )
    )
    started = time.perf_counter()
    alarms = found_in([("", sentence) for sentence in sentences])
    seconds = time.perf_counter() - started
    tried: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for sentence in sentences:
        for planted in plants(sentence, chance):
            if planted.kind not in NOT_COMPARED:
                tried[planted.kind] += 1
                found[planted.kind] += bool(found_in([("", sentence), ("", planted.text)]))
    if show:
        print(*(f"{a.topic}: {a.words}  //  {a.other_words}" for a in alarms), sep="\n")
    return {
        "sentences": len(sentences), "false alarms": len(alarms), "seconds": round(seconds, 2),
        "planted": sum(tried.values()), "found": sum(found.values()),
        "by kind": {kind: f"{found[kind]}/{tried[kind]}" for kind in tried},
    }  # fmt: skip


if __name__ == "__main__":
    main()
