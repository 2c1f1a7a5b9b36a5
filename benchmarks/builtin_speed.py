"""How fast the built-in models work on this machine: passages embedded, answers written.

python benchmarks/builtin_speed.py [--model e5] [--passages 64]
"""

import argparse
import random
import resource
import time

from llm_manager.providers.base import AnswerInputs, Passage
from llm_manager.providers.builtin import responder
from llm_manager.providers.builtin.embedding import get_embedder, thread_count

WORDS = """data customer encryption key service access security policy review team backup system
    network incident report control audit log password user server storage region supplier test
    change approval release monitor recovery plan risk training vendor contract record file"""
PASSAGE_WORDS = 200


def passage(chance: random.Random) -> str:
    """Two hundred words in sentences of about fifteen."""
    words = [chance.choice(WORDS.split()) for _ in range(PASSAGE_WORDS)]
    sentences = [" ".join(words[n : n + 15]).capitalize() for n in range(0, PASSAGE_WORDS, 15)]
    return ". ".join(sentences) + "."


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="e5")
    parser.add_argument("--passages", type=int, default=64)
    options = parser.parse_args()
    chance = random.Random(7)
    start = time.perf_counter()
    embedder = get_embedder(options.model)
    print(f"{embedder.model_id}, {thread_count()} threads")
    print(f"load: {time.perf_counter() - start:.2f} s, {peak_megabytes():.0f} MB")
    texts = [passage(chance) for _ in range(options.passages)]
    start = time.perf_counter()
    embedder.embed(texts, "passage")
    seconds = time.perf_counter() - start
    print(f"passages: {len(texts) / seconds:.1f} a second, peak {peak_megabytes():.0f} MB")
    times = []
    for number in range(20):
        found = tuple(Passage(n, passage(chance), "Security") for n in range(1, 9))
        inputs = AnswerInputs(f"Is audit log {number} kept?", "", (), found, None, None, None)
        start = time.perf_counter()
        responder.answer(inputs, embedder=embedder)
        times.append(time.perf_counter() - start)
    print(
        f"answers: {sum(times) / 20:.3f} s on average, {max(times):.3f} s at most (nothing cached)"
    )


if __name__ == "__main__":
    main()
