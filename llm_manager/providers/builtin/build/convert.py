"""From a package's source files to the two files the embedder reads."""

from pathlib import Path

from llm_manager.providers.builtin.build import graph, tokenizer, weights
from llm_manager.providers.builtin.specs import ModelSpec, ModelUnavailable


def convert(spec: ModelSpec, sources: list[Path], model: Path, tokens: Path) -> None:
    """Writes the 8-bit ONNX file `model` and the tokenizer `tokens`."""
    encoder = _READERS[spec.source_format](sources, tokens)
    if encoder.words.shape[1] != spec.dims:
        raise ModelUnavailable(f"{spec.id} has {encoder.words.shape[1]} dimensions, not as known.")
    whole = model.with_suffix(".whole")
    graph.write_encoder(encoder, whole)
    del encoder
    graph.quantise(whole, model)
    whole.unlink()


def _from_q4(sources: list[Path], tokens: Path) -> weights.EncoderWeights:
    encoder, pieces = weights.read_q4_file(sources[0])
    tokenizer.write_unigram(pieces, tokens)
    return encoder


def _from_safetensors(sources: list[Path], tokens: Path) -> weights.EncoderWeights:
    numbers, own_tokens, config = sources
    tokenizer.copy_without_limits(own_tokens, tokens)
    return weights.read_safetensors(numbers, config)


_READERS = {"q4": _from_q4, "safetensors": _from_safetensors}
