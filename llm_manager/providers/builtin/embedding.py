"""Vectors for texts from a built-in model: no network, bounded memory, safe in threads and forks.

One model is loaded once a process, at its first use, so a worker that forks before that shares
nothing with its children; a child forked later loads its own.
"""

import ctypes
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from llm_manager.model_files import ModelFiles, default_model, installed_model
from llm_manager.providers.builtin.specs import ModelSpec, ModelUnavailable

Role = Literal["query", "passage"]
Vectors = NDArray[np.float32]

BATCH_TEXTS = 16
# Attention needs the square of a text's tokens for every text of a batch: at 512 tokens a
# batch of 16 takes 1.3 GB; 1,024 tokens at a time take half of it and are half as fast again
# (benchmarks/builtin_speed.py).
BATCH_TOKENS = 1024
CHARACTERS_PER_TOKEN = 24  # no text of max_tokens is longer; the rest need not be tokenised
CACHED_QUERIES = 512


class Embedder:
    """A loaded model. `embed` may be called from several threads at once."""

    def __init__(self, files: ModelFiles) -> None:
        self.spec: ModelSpec = files.spec
        self.build = files.build
        # One after the other: each takes for a moment much more than it keeps.
        self._tokenizer = _load_tokenizer(files)
        self._session = _load_session(files)
        self._run_options = _shrinking_run_options()
        self._threads = thread_count()
        self._free_cores = threading.BoundedSemaphore(self._threads)
        self._cache_lock = threading.Lock()
        self._queries: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def model_id(self) -> str:
        return self.spec.id

    @property
    def dims(self) -> int:
        return self.spec.dims

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """A row of length 1 for every text, in their order; float32, shape (n, dims).

        Texts longer than the model's limit count by their beginning. Queries are remembered.
        """
        if role == "passage":
            return self._embed_new([self.spec.passage_prefix + text for text in texts])
        known = {text: vector for text in texts if (vector := self._recall(text)) is not None}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            vectors = self._embed_new([self.spec.query_prefix + text for text in new])
            known.update(zip(new, vectors, strict=True))
            self._remember(new, vectors)
        rows = [known[text] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dims), np.float32)

    def count_tokens(self, text: str) -> int:
        """How many of the model's tokens the whole text has, without prefix and limit."""
        return len(self._tokenizer.encode(_encodable(text), add_special_tokens=False).ids)

    def _recall(self, text: str) -> Vectors | None:
        with self._cache_lock:
            vector = self._queries.get(text)
            if vector is not None:
                self._queries.move_to_end(text)
            return vector

    def _remember(self, texts: list[str], vectors: Vectors) -> None:
        with self._cache_lock:
            for text, vector in zip(texts, vectors, strict=True):
                self._queries[text] = vector
            while len(self._queries) > CACHED_QUERIES:
                self._queries.popitem(last=False)

    def _embed_new(self, texts: list[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dims), np.float32)
        tokens = self._tokens(texts)

        def fill(rows: list[int]) -> None:
            vectors[rows] = self._run([tokens[row] for row in rows])

        batches = list(_batches([len(ids) for ids in tokens]))
        if len(batches) == 1 or self._threads == 1:
            for rows in batches:
                fill(rows)
            return vectors
        # Ended with the call: a process that forks afterwards has no threads of ours.
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(fill, batches))
        return vectors

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        most = self.spec.max_tokens * CHARACTERS_PER_TOKEN
        cut = [_encodable(text[:most]) for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch(cut)]

    def _run(self, batch: list[list[int]]) -> Vectors:
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        # More runs than cores would only share these and take more memory.
        with self._free_cores:
            output = self._session.run(None, inputs, self._run_options)
        vectors: Vectors = output[0]
        return vectors


def get_embedder(name: str | None = None) -> Embedder:
    """This process's embedder for a model id (None: the default); loaded at the first call.

    Raises ModelUnavailable when the model's files are not on this machine.
    """
    files = default_model() if name is None else installed_model(name)
    with _registry.lock:
        embedder = _registry.embedders.get(files.spec.id)
        if embedder is None:
            embedder = _registry.embedders[files.spec.id] = Embedder(files)
        return embedder


class _Registry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.embedders: dict[str, Embedder] = {}


_registry = _Registry()


def _forget_after_fork() -> None:
    """The parent's session has threads that a child does not; its locks may be held for ever.
    Taking it apart would wait for those threads, so it is kept and never looked at again."""
    global _registry
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(_registry))
    _registry = _Registry()


os.register_at_fork(after_in_child=_forget_after_fork)


def thread_count() -> int:
    """The cores this process may use, at most SPELUNKER_EMBED_THREADS."""
    cores = len(os.sched_getaffinity(0))
    named = os.environ.get("SPELUNKER_EMBED_THREADS", "")
    return max(1, min(cores, int(named))) if named.isdigit() else cores


def _load_tokenizer(files: ModelFiles) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(files.tokenizer))
    except Exception as error:  # the library raises plain Exception
        raise _damaged(files, error) from error
    tokenizer.enable_truncation(max_length=files.spec.max_tokens)
    return tokenizer


def _load_session(files: ModelFiles) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # A core for each run: cores that share one wait for each other at every step of it.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(files.model), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the library's exceptions share no public base
        raise _damaged(files, error) from error


def _shrinking_run_options() -> Any:
    import onnxruntime

    options = onnxruntime.RunOptions()
    # Gives the memory of a large batch back, instead of keeping it for the process's life.
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _damaged(files: ModelFiles, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model {files.spec.id} cannot be loaded ({type(error).__name__});"
        f" delete {files.folder} and run `python -m llm_manager.model_files`."
    )


def _encodable(text: str) -> str:
    """Without lone surrogates, which broken documents hold and no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Places of texts, similar lengths together, so that little padding is computed."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == BATCH_TEXTS or (len(batch) + 1) * lengths[row] > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
