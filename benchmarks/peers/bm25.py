"""BM25 by bm25s, over whole texts. Run by the peers' own python.

In (standard input): {"texts": [...], "questions": [...], "most": 20}. Out: by setting, the places
of the best texts for each question. The settings are those that its documentation shows: words as
they are, and English stems without stop words.
"""

import json
import sys

import bm25s
import Stemmer

SETTINGS = {"plain": (None, None), "english": (Stemmer.Stemmer("english"), "en")}


def main() -> None:
    asked = json.load(sys.stdin)
    json.dump({name: ranked(asked, *setting) for name, setting in SETTINGS.items()}, sys.stdout)


def ranked(asked, stemmer, stopwords):
    def tokens(texts):
        return bm25s.tokenize(
            texts, stemmer=stemmer, stopwords=stopwords or [], show_progress=False
        )

    engine = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    engine.index(tokens(asked["texts"]), show_progress=False)
    most = min(asked["most"], len(asked["texts"]))
    places, scores = engine.retrieve(tokens(asked["questions"]), k=most, show_progress=False)
    return [
        [int(place) for place, score in zip(row, of_row, strict=True) if score > 0]
        for row, of_row in zip(places, scores, strict=True)
    ]


if __name__ == "__main__":
    main()
