"""Readers of the weight files the packages hold, all into one shape of plain float arrays."""

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from llm_manager.providers.builtin.specs import ModelUnavailable

Floats = NDArray[np.float32]
Linear = tuple[Floats, Floats]  # weight (out, in) and bias; for a norm: scale and shift

Q4_BLOCK = 32  # weights that share one half-precision scale
Q4_BLOCK_BYTES = 2 + Q4_BLOCK // 2


@dataclass(frozen=True)
class EncoderLayer:
    query: Linear
    key: Linear
    value: Linear
    attention_out: Linear
    attention_norm: Linear
    expand: Linear
    contract: Linear
    output_norm: Linear


@dataclass(frozen=True)
class EncoderWeights:
    """A BERT encoder; `words` is (vocabulary, hidden), `positions` (places, hidden)."""

    words: Floats
    positions: Floats
    token_type: Floats
    embedding_norm: Linear
    layers: tuple[EncoderLayer, ...]
    heads: int
    epsilon: float


@dataclass(frozen=True)
class Pieces:
    """A unigram tokenizer: pieces with log-probabilities, and what each character becomes."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    begin: int
    end: int
    pad: int
    unknown: int
    characters: dict[str, str] = field(default_factory=dict)


class _Reader:
    """A cursor over bytes that refuses to run over the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def numbers(self, layout: str) -> tuple[int | float, ...]:
        packed = struct.Struct("<" + layout)
        values = packed.unpack(self.take(packed.size))
        return values

    def whole(self, layout: str = "i") -> int:
        return int(self.numbers(layout)[0])

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise ModelUnavailable("The weight file ends too early; delete it and build again.")
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece


@dataclass(frozen=True)
class _Sizes:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    words: int
    places: int
    types: int


def read_q4_file(path: Path) -> tuple[EncoderWeights, Pieces]:
    """An "E5S1" file: header, tokenizer, tensor directory; weights of 4 bits in blocks of 32."""
    data = path.read_bytes()
    reader = _Reader(data)
    if reader.take(4) != b"E5S1" or reader.whole("I") != 1:
        raise ModelUnavailable(f"{path.name} is not a weight file of a kind known here.")
    header = reader.numbers("7ifi")
    sizes = _Sizes(*(int(n) for n in header[:7]))
    if header[8] != Q4_BLOCK:
        raise ModelUnavailable(f"{path.name} has blocks of {header[8]} weights, not {Q4_BLOCK}.")
    pieces = _read_pieces(reader)
    return _Q4Tensors(data, reader).encoder(sizes, float(header[7])), pieces


def _read_pieces(reader: _Reader) -> Pieces:
    count = reader.whole()
    begin, end, pad, unknown = (int(n) for n in reader.numbers("4i"))
    text_bytes = reader.whole("Q")
    bounds = np.frombuffer(reader.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.take(4 * count), "<f4")
    blob = reader.take(text_bytes)
    texts = tuple(
        blob[start:stop].decode("utf-8", "replace")
        for start, stop in zip(bounds[:-1], bounds[1:], strict=True)
    )
    characters = _read_characters(reader)
    return Pieces(texts, tuple(map(float, scores)), begin, end, pad, unknown, characters)


def _read_characters(reader: _Reader) -> dict[str, str]:
    count, size = reader.whole("i"), reader.whole("I")
    stop = reader.at + size
    characters: dict[str, str] = {}
    for _ in range(count):
        code, length = (int(n) for n in reader.numbers("IB"))
        becomes = reader.numbers(f"{length}I")
        if code < 0x110000 and not 0xD800 <= code < 0xE000:
            characters[chr(code)] = "".join(chr(int(n)) for n in becomes)
    if reader.at != stop:
        raise ModelUnavailable("The weight file's character table is damaged; build again.")
    return characters


class _Q4Tensors:
    def __init__(self, data: bytes, reader: _Reader) -> None:
        self.data = data
        self.offsets: dict[str, int] = {}
        for _ in range(reader.whole()):
            name = reader.take(reader.whole("H")).decode()
            _kind, _count, offset, _size = (int(n) for n in reader.numbers("BIQQ"))
            self.offsets[name] = offset

    def floats(self, name: str, *shape: int) -> Floats:
        count = int(np.prod(shape))
        values = np.frombuffer(self.data, "<f4", count, self.offsets[name])
        return values.reshape(shape).astype(np.float32)

    def quarters(self, name: str, rows: int, columns: int) -> Floats:
        """Low halves of a block's bytes are its first 16 weights, high halves its last 16."""
        blocks = rows * columns // Q4_BLOCK
        raw = np.frombuffer(
            self.data, np.uint8, blocks * Q4_BLOCK_BYTES, self.offsets[name]
        ).reshape(blocks, Q4_BLOCK_BYTES)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        halves = np.concatenate([raw[:, 2:] & 15, raw[:, 2:] >> 4], axis=1)
        values: Floats = (halves.astype(np.float32) - 8) * scale
        return values.reshape(rows, columns)

    def linear(self, name: str, rows: int, columns: int) -> Linear:
        return self.quarters(f"{name}.w", rows, columns), self.floats(f"{name}.b", rows)

    def norm(self, name: str, size: int) -> Linear:
        return self.floats(f"{name}.w", size), self.floats(f"{name}.b", size)

    def layer(self, number: int, sizes: _Sizes) -> EncoderLayer:
        p, h, f = f"l{number}.", sizes.hidden, sizes.feed_forward
        return EncoderLayer(
            query=self.linear(p + "q", h, h),
            key=self.linear(p + "k", h, h),
            value=self.linear(p + "v", h, h),
            attention_out=self.linear(p + "ao", h, h),
            attention_norm=self.norm(p + "aln", h),
            expand=self.linear(p + "fi", f, h),
            contract=self.linear(p + "fo", h, f),
            output_norm=self.norm(p + "oln", h),
        )

    def encoder(self, sizes: _Sizes, epsilon: float) -> EncoderWeights:
        return EncoderWeights(
            words=self.quarters("emb.word", sizes.words, sizes.hidden),
            positions=self.floats("emb.pos", sizes.places, sizes.hidden),
            token_type=self.floats("emb.type", sizes.types, sizes.hidden)[0],
            embedding_norm=self.norm("emb.ln", sizes.hidden),
            layers=tuple(self.layer(n, sizes) for n in range(sizes.layers)),
            heads=sizes.heads,
            epsilon=epsilon,
        )


def read_safetensors(path: Path, config_path: Path) -> EncoderWeights:
    """BERT weights as safetensors: a length, a JSON header with offsets, then the numbers."""
    config = json.loads(config_path.read_text())
    tensors = _safetensors(path.read_bytes())

    def pair(name: str) -> Linear:
        return tensors[f"{name}.weight"], tensors[f"{name}.bias"]

    return EncoderWeights(
        words=tensors["embeddings.word_embeddings.weight"],
        positions=tensors["embeddings.position_embeddings.weight"],
        token_type=tensors["embeddings.token_type_embeddings.weight"][0],
        embedding_norm=pair("embeddings.LayerNorm"),
        layers=tuple(
            EncoderLayer(
                query=pair(f"encoder.layer.{n}.attention.self.query"),
                key=pair(f"encoder.layer.{n}.attention.self.key"),
                value=pair(f"encoder.layer.{n}.attention.self.value"),
                attention_out=pair(f"encoder.layer.{n}.attention.output.dense"),
                attention_norm=pair(f"encoder.layer.{n}.attention.output.LayerNorm"),
                expand=pair(f"encoder.layer.{n}.intermediate.dense"),
                contract=pair(f"encoder.layer.{n}.output.dense"),
                output_norm=pair(f"encoder.layer.{n}.output.LayerNorm"),
            )
            for n in range(config["num_hidden_layers"])
        ),
        heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
    )


def _safetensors(data: bytes) -> dict[str, Floats]:
    kinds = {"F32": "<f4", "F16": "<f2", "I64": "<i8"}
    reader = _Reader(data)
    header = json.loads(reader.take(reader.whole("Q")))
    header.pop("__metadata__", None)
    tensors: dict[str, Floats] = {}
    for name, entry in header.items():
        start, stop = (reader.at + n for n in entry["data_offsets"])
        values = np.frombuffer(data[start:stop], kinds[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"]).astype(np.float32)
    return tensors
