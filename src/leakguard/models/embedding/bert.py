"""BERT models of sentence-transformers, run by OpenVINO if it is installed and by torch otherwise, without loading transformers."""

import json
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leakguard.models.embedding.folder import CONFIG, MODULES
from leakguard.models.embedding.weights import (
    PRECISION,
    TOKENIZER,
    WINDOW,
    BertShape,
    Forward,
    ModelFiles,
    need_packages,
    open_weights,
    read_tokenizer,
)

_SHAPE, _POOLING = "sentence_bert_config.json", "pooling_mode_mean_tokens"
# A text is padded to the next multiple of STEP tokens, whatever texts are beside it.
STEP, ROWS = 8, 16
_MARKS = 2


class BertEmbedder:
    """A BERT model with mean pooling. Each process loads the weights at its first call, so that workers can be forked before.

    A vector depends on its text alone, to the last bit: texts are padded to lengths of their own, and each batch has a shape that does
    not change the vectors in it.
    """

    def __init__(self, files: ModelFiles, shape: BertShape) -> None:
        """Read the tokenizer. Raises MissingExtra without an engine, UsageError."""
        if not (find_spec("openvino") or find_spec("torch")):
            raise need_packages()
        self.name, self.digest, self._files, self._shape = files.name, files.digest, files, shape
        self.precision = f"{PRECISION}, {'OpenVINO' if find_spec('openvino') else 'torch'}"
        self.limit = min(WINDOW, shape.tokens - _MARKS)
        self._tokenizer = read_tokenizer(files.folder, shape.tokens)
        self._forward: tuple[int, Forward] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return BertEmbedder, (self._files, self._shape)

    def embed(self, texts: Sequence[str]) -> Any:
        """Return one float32 unit vector per text, shape (texts, dimensions)."""
        import numpy as np

        forward = self._load()
        ids = [one.ids for one in self._tokenizer.encode_batch_fast(list(texts))]
        # Texts are grouped by their padded length; the groups run in batches of up to ROWS texts, and the vectors return to their places.
        by_length: dict[int, list[int]] = {}
        for index, one in enumerate(ids):
            by_length.setdefault(-(-len(one) // STEP) * STEP, []).append(index)
        found: list[tuple[list[int], Any]] = []
        for length, members in sorted(by_length.items()):
            for start in range(0, len(members), ROWS):
                batch = members[start : start + ROWS]
                tokens = np.zeros((len(batch), length), dtype=np.int64)
                mask = np.zeros((len(batch), length), dtype=np.float32)
                for row, index in enumerate(batch):
                    tokens[row, : len(ids[index])] = ids[index]
                    mask[row, : len(ids[index])] = 1
                found.append((batch, forward(tokens, mask)))
        out = np.zeros((len(texts), found[0][1].shape[1] if found else 0), dtype=np.float32)
        for batch, vectors in found:
            out[batch] = vectors
        return out

    def _load(self) -> Forward:
        """Return the forward pass of this process. An engine that was loaded before a fork may wait for threads that do not exist.

        Raises UsageError if the weights do not fit the configuration.
        """
        if self._forward is None or self._forward[0] != os.getpid():
            import numpy as np

            if find_spec("openvino"):
                from leakguard.models.embedding.bert_openvino import build_forward
            else:
                from leakguard.models.embedding.bert_torch import build_forward
            with open_weights(self._files) as tensors:
                names = {name.removeprefix("bert."): name for name in tensors.keys()}  # noqa: SIM118
                used = {
                    short: name for short, name in names.items() if short.startswith(("embeddings.", "encoder.")) and "ids" not in short
                }
                weights = {short: tensors.get_tensor(name).astype("float32") for short, name in used.items()}
            try:
                forward = build_forward(weights, self._shape)
                forward(np.zeros((1, STEP), dtype=np.int64), np.ones((1, STEP), dtype=np.float32))
            except Exception as error:
                raise self._files.fail(f"{type(error).__name__}: {error}") from error
            self._forward = os.getpid(), forward
        return self._forward[1]


def read_bert_shape(folder: Path) -> BertShape | None:
    """Return the shape of a BERT model with mean pooling, or None for any other model, which only the library can run."""
    try:
        return _read_shape(folder)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _read_shape(folder: Path) -> BertShape | None:
    config, said, modules = (_read(folder / name) for name in (CONFIG, _SHAPE, MODULES))
    kinds = [str(entry["type"]).rsplit(".", 1)[-1] for entry in modules]
    plain = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
    if any(config.get(key, value) != value for key, value in plain.items()) or "model_type" not in config:
        return None
    if kinds[:2] != ["Transformer", "Pooling"] or set(kinds[2:]) - {"Normalize"} or said.get("do_lower_case"):
        return None
    pooling = _read(folder / str(modules[1]["path"]) / CONFIG)
    modes = [key for key, value in pooling.items() if key.startswith("pooling_mode") and value]
    if modes != [_POOLING] or not pooling.get("include_prompt", True) or not (folder / TOKENIZER).is_file():
        return None
    tokens = min(int(said.get("max_seq_length") or 512), int(config["max_position_embeddings"]))
    return BertShape(int(config["num_hidden_layers"]), int(config["num_attention_heads"]), float(config["layer_norm_eps"]), tokens)


def _read(file: Path) -> Any:
    """Return the content of a JSON file of a checked folder; {} if there is none."""
    return json.loads(file.read_bytes()) if file.is_file() else {}
