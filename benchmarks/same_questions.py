"""How well the answer library tells equal questions from similar ones.

    python -m benchmarks.same_questions PAIRS.csv [--model ID]

PAIRS.csv has the columns question_1, question_2 and similar (1 or 0). Prints the area under the
ROC curve for both roles of the embedding model, and precision and recall at the threshold that
10-fold cross-validation chooses, with and without the comparison of numbers, names and denials.
"""

import argparse
import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llm_manager.providers.builtin.embedding import Embedder, get_embedder
from solution_library.answers.sameness import SAME, UNRELATED, compare, floor_among

FOLDS = 10
SEED = 20_260
#: A wrong "same" costs more than a missed one: precision counts double.
BETA = 0.5
Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spelunker.settings")
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--model", default="multilingual-e5-small-int8")
    given = parser.parse_args()
    with given.pairs.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    print(json.dumps(measured(rows, get_embedder(given.model)), indent=1, ensure_ascii=False))


def measured(rows: list[dict[str, str]], model: Embedder) -> dict[str, Any]:
    ones, others = [r["question_1"] for r in rows], [r["question_2"] for r in rows]
    same = np.array([r["similar"].strip() == "1" for r in rows])
    pairs = list(zip(ones, others, strict=True))
    differ = np.array([bool(compare(one, other, 1.0).differences) for one, other in pairs])
    scores = {}
    for left, right in (("query", "query"), ("query", "passage"), ("passage", "passage")):
        cosines = (model.embed(ones, left) * model.embed(others, right)).sum(axis=1)
        scores[f"{left} to {right}"] = cosines.astype(np.float64)
    floor = floor_among(model.embed(list(UNRELATED), "query"))
    rescaled = np.clip((scores["query to query"] - floor) / (1 - floor), 0, 1)
    return {
        "model": model.model_id,
        "pairs": len(rows),
        "same": int(same.sum()),
        "area under the ROC curve": {k: round(auc(v, same), 4) for k, v in scores.items()},
        "cosine of unrelated questions": round(floor, 4),
        "cross-validated": crossed(rescaled, same),
        "cross-validated, guarded": crossed(np.where(differ, 0.0, rescaled), same),
        f"at {SAME}, guarded": rates((rescaled >= SAME) & ~differ, same),
        "guards hit": {"same": int((differ & same).sum()), "other": int((differ & ~same).sum())},
    }


def auc(scores: Scores, same: Labels) -> float:
    left, right = scores[same][:, None], scores[~same][None, :]
    return float(np.mean((left > right) + 0.5 * (left == right)))


def crossed(scores: Scores, same: Labels) -> dict[str, float]:
    fold = np.random.default_rng(SEED).permutation(len(same)) % FOLDS
    said, chosen = np.zeros(len(same), bool), []
    for part in range(FOLDS):
        rest = fold != part
        least = max(np.unique(scores[rest]), key=lambda t: f_score(scores[rest] >= t, same[rest]))
        chosen.append(float(least))
        said[~rest] = scores[~rest] >= least
    spread = {"threshold": round(float(np.mean(chosen)), 3), "±": round(float(np.std(chosen)), 3)}
    return spread | rates(said, same)


def rates(said: Labels, same: Labels) -> dict[str, float]:
    hits = int((said & same).sum())
    return {
        "precision": round(hits / max(1, int(said.sum())), 3),
        "recall": round(hits / max(1, int(same.sum())), 3),
    }


def f_score(said: Labels, same: Labels) -> float:
    found = rates(said, same)
    precision, recall = found["precision"], found["recall"]
    weight = BETA * BETA
    return (1 + weight) * precision * recall / max(1e-9, weight * precision + recall)


if __name__ == "__main__":
    main()
