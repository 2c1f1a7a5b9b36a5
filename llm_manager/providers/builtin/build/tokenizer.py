"""Tokenizer files: one made from the pieces of a weight file, or the package's own, cleaned."""

import json
import re
import unicodedata
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from llm_manager.providers.builtin.build.weights import Pieces

WORD_MARK = "\u2581"


def write_unigram(pieces: Pieces, path: Path) -> None:
    """Token ids are the pieces' places, so they fit the rows of the word embedding."""
    tokenizer = Tokenizer(models.Unigram(_vocabulary(pieces), unk_id=pieces.unknown))
    tokenizer.normalizer = normalizers.Sequence(_normalisers(pieces.characters))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
        replacement=WORD_MARK, prepend_scheme="always"
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", pieces.begin), ("</s>", pieces.end)]
    )
    tokenizer.save(str(path))


def copy_without_limits(source: Path, path: Path) -> None:
    """The package's tokenizer cuts at 128 tokens and pads; who embeds sets the limits."""
    settings = json.loads(source.read_text(encoding="utf-8"))
    settings["truncation"] = settings["padding"] = None
    path.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")


def _vocabulary(pieces: Pieces) -> list[tuple[str, float]]:
    special = {
        pieces.begin: "<s>",
        pieces.end: "</s>",
        pieces.pad: "<pad>",
        pieces.unknown: "<unk>",
    }
    vocabulary: list[tuple[str, float]] = []
    seen: set[str] = set()
    for number, (text, score) in enumerate(zip(pieces.texts, pieces.scores, strict=True)):
        name = special.get(number, text)
        # Unigram wants distinct texts; a repeated one can never be reached by its text anyway.
        name = f"<repeated{number}>" if name in seen else name
        seen.add(name)
        vocabulary.append((name, score))
    return vocabulary


def _normalisers(characters: dict[str, str]) -> list[normalizers.Normalizer]:
    """Only what NFKC does not do by itself is a rule: characters dropped or made a space."""
    extra = {
        char: becomes
        for char, becomes in characters.items()
        if unicodedata.normalize("NFKC", char) != becomes
    }
    rules: list[normalizers.Normalizer] = []
    for target in ("", " "):
        group = "".join(char for char, becomes in extra.items() if becomes == target)
        if group:
            rules.append(normalizers.Replace(Regex(f"[{re.escape(group)}]"), target))
    tail = [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    return [*rules, *tail, normalizers.Strip(left=True, right=True)]
