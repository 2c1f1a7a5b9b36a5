"""A BERT encoder as an ONNX graph (token ids in, one normalised vector a text out), in 8 bits."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from llm_manager.providers.builtin.build.weights import EncoderLayer, EncoderWeights, Linear

OPSET = 20  # the first with Gelu
IR_VERSION = 9
OUTPUT = "sentence_embedding"
INPUTS = ("input_ids", "attention_mask")


class _Graph:
    """Nodes and constants under running names, so that the same weights give the same bytes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def whole(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def add(self, kind: str, *inputs: str, outputs: int = 1, **settings: Any) -> str:
        return self.add_many(kind, *inputs, outputs=outputs, **settings)[0]

    def add_many(self, kind: str, *inputs: str, outputs: int, **settings: Any) -> list[str]:
        names = [f"n{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **settings))
        return names

    def linear(self, x: str, weights: Linear) -> str:
        product = self.add("MatMul", x, self.constant(weights[0].T))
        return self.add("Add", product, self.constant(weights[1]))

    def norm(self, x: str, weights: Linear, epsilon: float) -> str:
        scale, shift = (self.constant(w) for w in weights)
        return self.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=epsilon)


def write_encoder(weights: EncoderWeights, path: Path) -> None:
    """Writes the 32-bit graph (the word embedding, three quarters of it, already in 8 bits)."""
    graph = _Graph()
    mask = graph.add("Cast", INPUTS[1], to=TensorProto.FLOAT)
    hidden = _embed(graph, weights)
    bias = _attention_bias(graph, mask)
    for layer in weights.layers:
        hidden = _layer(graph, hidden, layer, bias, weights)
    _pool(graph, hidden, mask)
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["n", "t"]) for n in INPUTS]
    size = weights.positions.shape[1]
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", size])
    body = helper.make_graph(graph.nodes, "encoder", inputs, [output], graph.constants)
    opsets = [helper.make_opsetid("", OPSET)]
    onnx.save(helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION), str(path))


def quantise(source: Path, target: Path) -> None:
    """8-bit weights for the matrix products.

    reduce_range keeps 7 bits: processors without VNNI saturate otherwise (a cosine of .951
    against .993 with it).
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _without_advice():
        quantize_dynamic(
            str(source),
            str(target),
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["MatMul"],
            extra_options={"MatMulConstBOnly": True},
        )


@contextlib.contextmanager
def _without_advice() -> Iterator[None]:
    """The quantiser advises a preparation that this graph does not need."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _embed(graph: _Graph, weights: EncoderWeights) -> str:
    scale = np.abs(weights.words).max(axis=1, keepdims=True) / 127 + 1e-12
    codes = np.round(weights.words / scale).astype(np.int8)
    row = graph.add("Gather", graph.constant(codes), INPUTS[0])
    factor = graph.add("Gather", graph.constant(scale.astype(np.float32)), INPUTS[0])
    words = graph.add("Mul", graph.add("Cast", row, to=TensorProto.FLOAT), factor)
    length = graph.add(
        "Slice", graph.add("Shape", INPUTS[0]), graph.whole(1), graph.whole(2), graph.whole(0)
    )
    places = graph.constant(weights.positions + weights.token_type)
    place = graph.add("Slice", places, graph.whole(0), length, graph.whole(0))
    return graph.norm(graph.add("Add", words, place), weights.embedding_norm, weights.epsilon)


def _attention_bias(graph: _Graph, mask: str) -> str:
    """0 where there is a token, very low where there is padding; shape (n, 1, 1, t)."""
    hidden = graph.add("Sub", graph.number(1.0), mask)
    return graph.add("Unsqueeze", graph.add("Mul", hidden, graph.number(-1e9)), graph.whole(1, 2))


def _layer(graph: _Graph, x: str, layer: EncoderLayer, bias: str, weights: EncoderWeights) -> str:
    context = _attention(graph, x, layer, bias, weights.heads)
    mixed = graph.add("Add", graph.linear(context, layer.attention_out), x)
    x = graph.norm(mixed, layer.attention_norm, weights.epsilon)
    wide = graph.add("Gelu", graph.linear(x, layer.expand))
    mixed = graph.add("Add", graph.linear(wide, layer.contract), x)
    return graph.norm(mixed, layer.output_norm, weights.epsilon)


def _attention(graph: _Graph, x: str, layer: EncoderLayer, bias: str, heads: int) -> str:
    size = layer.query[0].shape[0]
    split = graph.whole(0, 0, heads, size // heads)
    scale = np.float32((size // heads) ** -0.5)
    # One product for the three: the input is then quantised once, not three times.
    joint = (
        np.concatenate([layer.query[0] * scale, layer.key[0], layer.value[0]]),
        np.concatenate([layer.query[1] * scale, layer.key[1], layer.value[1]]),
    )
    parts = graph.add_many("Split", graph.linear(x, joint), outputs=3, axis=2, num_outputs=3)
    orders = ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
    query, key, value = (
        graph.add("Transpose", graph.add("Reshape", part, split), perm=order)
        for part, order in zip(parts, orders, strict=True)
    )
    scores = graph.add("Add", graph.add("MatMul", query, key), bias)
    context = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    joined = graph.add("Transpose", context, perm=[0, 2, 1, 3])
    return graph.add("Reshape", joined, graph.whole(0, 0, size))


def _pool(graph: _Graph, x: str, mask: str) -> None:
    """The mean over the real tokens, of length 1."""
    weighted = graph.add("Mul", x, graph.add("Unsqueeze", mask, graph.whole(2)))
    total = graph.add("ReduceSum", weighted, graph.whole(1), keepdims=0)
    count = graph.add("ReduceSum", mask, graph.whole(1), keepdims=1)
    mean = graph.add("Div", total, count)
    graph.nodes.append(helper.make_node("LpNormalization", [mean], [OUTPUT], axis=-1, p=2))
